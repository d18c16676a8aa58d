/// @file
/// The duality gap bounds P(θ) − min P from above everywhere, and is 0 at solutions known by
/// construction: exactly over Rational, to 45 digits and more in Real<50>.

#include "generators/scalars.hpp"

#include "hadamard/losses/huber.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/losses/poisson.hpp"
#include "hadamard/minima/duality_gap.hpp"
#include "hadamard/penalties/group_lq.hpp"
#include "hadamard/penalties/lq.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace hadamard {
namespace {

using minima::duality_gap;

/// XᵀX = n I, n = 4: the lasso separates into scalars. The first column is an intercept.
Matrix<Rational> orthogonal_design() {
    Matrix<Rational> X(4, 4);
    X << 1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1;
    return X;
}

/// λ Σ_{j ≥ free} |θ_j|: the first `free` coordinates are not penalised.
template <class T>
penalty::Lq<T> lasso(Index size, Index free = 0) {
    std::vector<T> weights(static_cast<std::size_t>(size), T(1));
    for (Index j = 0; j < free; ++j) weights[static_cast<std::size_t>(j)] = T(0);
    return penalty::Lq<T>(size, Exponent(1), weights);
}

template <class T>
T soft(const T& a, const T& threshold) {
    return magnitude(a) <= threshold ? T(0) : T(a - unit_sign(a) * threshold);
}

/// argmin ‖Xθ − y‖²/(2n) + λ Σ_{j ≥ free} |θ_j| for the orthogonal design.
template <class T>
Vector<T> orthogonal_solution(const Matrix<T>& X, const Vector<T>& y, const T& lambda, Index free) {
    Vector<T> theta = X.transpose() * y;
    for (Index j = 0; j < theta.size(); ++j) {
        theta[j] /= T(static_cast<int>(y.size()));
        if (j >= free) theta[j] = soft(T(theta[j]), lambda);
    }
    return theta;
}

template <class L, class R, class T>
T objective(const L& loss, const R& penalty, const T& lambda, const Vector<T>& theta) {
    return loss.value(theta) + lambda * penalty.value(theta);
}

/// The law: 0 at the solution and at least the suboptimality elsewhere, up to `rounding`.
template <class L, class R, class T>
bool gap_is_sound(const L& loss, const R& penalty, const T& lambda, const Vector<T>& solution,
                  const Vector<T>& theta, const T& rounding) {
    const T best = objective(loss, penalty, lambda, solution);
    const T excess = objective(loss, penalty, lambda, theta) - best;
    const T at_solution = duality_gap(loss, penalty, lambda, solution).gap;
    const T gap = duality_gap(loss, penalty, lambda, theta).gap;
    return at_solution >= T(0) && at_solution <= rounding && gap >= excess - rounding;
}

/// A loss whose dual candidate is made wrong: −ℓ' for ℓ', or constraints seen at half their size.
template <class L>
class Mutant {
public:
    using Scalar = typename L::Scalar;
    using V = Vector<Scalar>;

    Mutant(L loss, Scalar sign, Scalar slope)
        : loss_(std::move(loss)), sign_(std::move(sign)), slope_(std::move(slope)) {}

    Index size() const { return loss_.size(); }
    Scalar value(const V& x) const { return loss_.value(x); }
    V gradient(const V& x) const { return loss_.gradient(x); }
    V hessian_times(const V& x, const V& v) const { return loss_.hessian_times(x, v); }
    bool is_convex() const { return true; }
    int smoothness() const { return loss_.smoothness(); }
    const Matrix<Scalar>& design() const { return loss_.design(); }
    const V& response() const { return loss_.response(); }
    const auto& pointwise() const { return loss_.pointwise(); }
    V predictors(const V& x) const { return loss_.predictors(x); }
    V linear_curvatures(const V& x) const { return loss_.linear_curvatures(x); }
    V linear_derivatives(const V& x) const { return sign_ * loss_.linear_derivatives(x); }
    V mean_pullback(const V& nu) const { return slope_ * loss_.mean_pullback(nu); }

private:
    L loss_;
    Scalar sign_, slope_;
};

TEST(DualityGap, IsZeroExactlyAtSoftThresholding) {
    EXPECT_TRUE(rc::check("orthogonal least squares over Q", [] {
        const Matrix<Rational> X = orthogonal_design();
        const Vector<Rational> y = gen::draw("y", gen::vector<Rational>(4));
        const Rational lambda = gen::draw("lambda", gen::positive_rational<Rational>());
        const Index free = *rc::gen::inRange(0, 3);
        const loss::LeastSquares<Rational> loss(X, y);
        const penalty::Lq<Rational> penalty = lasso<Rational>(4, free);
        const Vector<Rational> solution = orthogonal_solution(X, y, lambda, free);
        const Vector<Rational> theta = gen::draw("theta", gen::vector<Rational>(4));
        RC_ASSERT(gap_is_sound(loss, penalty, lambda, solution, theta, Rational(0)));
    }));
}

TEST(DualityGap, OfMutantsIsTurnedDown) {
    const Matrix<Rational> X = orthogonal_design();
    Vector<Rational> y(4), theta(4);
    y << 5, 1, -2, 4;
    theta << 0, 0, 0, 0;
    const Rational lambda(1, 2);
    const loss::LeastSquares<Rational> loss(X, y);
    const penalty::Lq<Rational> penalty = lasso<Rational>(4, 1);
    const Vector<Rational> solution = orthogonal_solution(X, y, lambda, 1);
    const auto sound = [&](const auto& f) {
        return gap_is_sound(f, penalty, lambda, solution, theta, Rational(0));
    };
    EXPECT_TRUE(sound(loss));
    EXPECT_TRUE(sound(Mutant(loss, Rational(1), Rational(1))));
    EXPECT_FALSE(sound(Mutant(loss, Rational(-1), Rational(1)))) << "wrong dual sign";
    EXPECT_FALSE(sound(Mutant(loss, Rational(1), Rational(1, 2)))) << "infeasible dual point";
}

TEST(DualityGap, IsZeroToFiftyDigitsAtSoftThresholding) {
    using T = Real<50>;
    const Matrix<T> X = from_rational<T>(orthogonal_design());
    EXPECT_TRUE(rc::check("orthogonal least squares, 50 digits", [&] {
        const Vector<T> y = gen::draw("y", gen::vector<T>(4, gen::rational<T>()));
        RC_PRE(y.norm() > T(0));
        const T lambda = gen::draw("lambda", gen::positive_rational<T>());
        const Index free = *rc::gen::inRange(0, 3);
        const loss::LeastSquares<T> loss(X, y);
        const Vector<T> solution = orthogonal_solution(X, y, lambda, free);
        const T relative = duality_gap(loss, lasso<T>(4, free), lambda, solution).relative;
        RC_ASSERT(relative >= T(0));
        RC_ASSERT(relative <= T("1e-45"));
    }));
}

TEST(DualityGap, IsZeroAtBlockSoftThresholding) {
    using T = Real<50>;
    const Matrix<T> X = from_rational<T>(orthogonal_design());
    Vector<T> y(4);
    y << T(7), T(1) / T(3), T(-2), T(5);
    const loss::LeastSquares<T> loss(X, y);
    const std::vector<T> weights = {T(1) / T(2), T(3)};
    const penalty::GroupLq<T> penalty(
        penalty::GroupLq<T>(3, Exponent(1), {{0, 2}, {1}}, weights).embed(4, {1, 2, 3}));
    for (const T& lambda : {T(1) / T(10), T(1), T(100)}) {
        Vector<T> theta = orthogonal_solution(X, y, T(0), 4);
        for (const PenaltyBlock<T>& block : penalty.blocks()) {
            const T norm = minima::detail::block_norm(theta, block.indices);
            const T factor = soft(norm, T(lambda * block.weight)) / norm;
            for (const Index i : block.indices) theta[i] *= factor;
        }
        EXPECT_LE(duality_gap(loss, penalty, lambda, theta).relative, T("1e-45"));
        theta[3] += T(1) / T(1000);
        EXPECT_GE(duality_gap(loss, penalty, lambda, theta).gap, T(1) / T(4'000'000));
    }
}

/// Data with an intercept in column 0 and signs that are known below.
LossSpec small_problem(const std::string& kind) {
    LossSpec spec;
    spec.kind = kind;
    spec.X.resize(8, 3);
    spec.X << 1, -3, 1, 1, -2, -1, 1, -1, 2, 1, 0, -2, 1, 1, 0, 1, 1, 1, 1, 2, -3, 1, 3, 2;
    spec.y.resize(8);
    if (kind == "logistic")
        spec.y << 0, 0, 1, 0, 1, 0, 1, 1;
    else if (kind == "poisson")
        spec.y << 0, 1, 0, 2, 3, 1, 4, 5;
    else
        spec.y << -4, -1, 0, 1, 9, 2, 2, 5;
    spec.delta = 3;
    return spec;
}

/// The minimizer of L(θ) + λ⟨signs, θ⟩ by damped Newton steps: of P when the signs come out.
template <class L>
Vector<typename L::Scalar> signed_solution(const L& loss, const typename L::Scalar& lambda,
                                           const Vector<typename L::Scalar>& signs) {
    using T = typename L::Scalar;
    Vector<T> theta = Vector<T>::Zero(loss.size());
    const auto value = [&](const Vector<T>& a) -> T {
        return loss.value(a) + lambda * signs.dot(a);
    };
    for (int i = 0; i < 60; ++i) {
        const Vector<T> slope = loss.gradient(theta) + lambda * signs;
        Matrix<T> hessian = dense_hessian(loss, theta);
        const Vector<T> step = minima::detail::solve_definite<T>(hessian, slope).value();
        T length(1);
        // Values cannot tell good steps from bad ones once their differences are rounding.
        const int halvings = step.norm() < T("1e-10") ? 0 : 30;
        for (int j = 0; j < halvings && value(Vector<T>(theta - length * step)) > value(theta); ++j)
            length /= T(2);
        theta -= length * step;
        if (step.norm() < T("1e-48")) break;
    }
    return theta;
}

template <template <class> class L>
void expect_tight_at_the_solution(const std::string& kind) {
    using T = Real<50>;
    SCOPED_TRACE(kind);
    const LossSpec spec = small_problem(kind);
    const L<T> loss = L<T>::from(spec);
    const penalty::Lq<T> penalty = lasso<T>(3, 1);
    const T lambda = T(1) / T(50);
    Vector<T> signs = signed_solution(loss, T(0), Vector<T>::Zero(3));
    for (Index j = 0; j < 3; ++j) signs[j] = j == 0 ? T(0) : unit_sign(T(signs[j]));
    const Vector<T> solution = signed_solution(loss, lambda, signs);
    for (Index j = 1; j < 3; ++j) ASSERT_EQ(unit_sign(T(solution[j])), signs[j]);

    const minima::DualityGap<T> at_solution = duality_gap(loss, penalty, lambda, solution);
    EXPECT_GE(at_solution.gap, T(0));
    EXPECT_LE(at_solution.relative, T("1e-45"));
    EXPECT_TRUE(rc::check("gap >= P - min P, and small nearby", [&] {
        const Vector<T> move = gen::draw("move", gen::vector<T>(3, gen::rational<T>()));
        const int digits = *rc::gen::inRange(0, 20);
        const T scale = natural_power(T(T(1) / T(10)), static_cast<unsigned long>(digits));
        const Vector<T> theta = solution + scale * move;
        RC_ASSERT(gap_is_sound(loss, penalty, lambda, solution, theta, T("1e-45")));
        if (digits >= 4)
            RC_ASSERT(duality_gap(loss, penalty, lambda, theta).gap <= T(100'000) * scale);
    }));

    // Above λ_max: only the intercept is left, and in closed form where there is a mean to take.
    Vector<T> null = Vector<T>::Zero(3);
    const T mean = loss.response().sum() / T(8);
    if (kind == "logistic") null[0] = log(mean / (T(1) - mean));
    if (kind == "poisson") null[0] = log(mean);
    if (kind == "least_squares") null[0] = mean;
    if (kind != "huber") {
        EXPECT_LE(duality_gap(loss, penalty, T(1000), null).relative, T("1e-47"));
        EXPECT_GT(duality_gap(loss, penalty, lambda, null).relative, T("1e-3"));
    }

    // The same in double and in enclosures, which bound what 200 digits find.
    const L<double> rounded = L<double>::from(spec);
    Vector<double> near(3);
    for (Index j = 0; j < 3; ++j) near[j] = solution[j].template convert_to<double>();
    EXPECT_LE(duality_gap(rounded, lasso<double>(3, 1), 0.02, near).relative, 1e-14);
    const L<Interval> enclosing = L<Interval>::from(spec);
    const L<Real<200>> fine = L<Real<200>>::from(spec);
    for (const int shift : {0, 1, 2}) {
        Vector<Rational> theta = to_rational(near);
        theta[shift] += Rational(shift, 3);
        const Interval enclosed =
            duality_gap(enclosing, lasso<Interval>(3, 1), Interval(1) / Interval(50),
                        from_rational<Interval>(theta))
                .gap;
        const Real<200> gap =
            duality_gap(fine, lasso<Real<200>>(3, 1), Real<200>(Real<200>(1) / Real<200>(50)),
                        from_rational<Real<200>>(theta))
                .gap;
        EXPECT_TRUE(enclosed.is_finite());
        EXPECT_TRUE(enclosed.overlaps(Interval::exactly(gap))) << enclosed.str() << ' ' << gap;
        EXPECT_LE(enclosed.radius_as_double(), 1e-25);
    }
}

TEST(DualityGap, IsTightForLeastSquares) {
    expect_tight_at_the_solution<loss::LeastSquares>("least_squares");
}
TEST(DualityGap, IsTightForLogistic) { expect_tight_at_the_solution<loss::Logistic>("logistic"); }
TEST(DualityGap, IsTightForPoisson) { expect_tight_at_the_solution<loss::Poisson>("poisson"); }
TEST(DualityGap, IsTightForHuber) { expect_tight_at_the_solution<loss::Huber>("huber"); }

/// Over Rational the gap is exact, so its enclosure must contain it.
TEST(DualityGap, EnclosureContainsTheExactGap) {
    EXPECT_TRUE(rc::check("interval gap contains rational gap", [] {
        LossSpec spec = small_problem("huber");
        spec.y = gen::draw("y", gen::vector<Rational>(8));
        const Vector<Rational> theta =
            gen::draw("theta", gen::vector<Rational>(3, gen::rational<Rational>()));
        const Rational lambda = gen::draw("lambda", gen::positive_rational<Rational>());
        const Index free = *rc::gen::inRange(0, 3);
        const Vector<Interval> ball = from_rational<Interval>(theta);
        const Interval thickness = from_rational<Interval>(lambda);
        RC_ASSERT(duality_gap(loss::LeastSquares<Interval>::from(spec), lasso<Interval>(3, free),
                              thickness, ball)
                      .gap.contains(duality_gap(loss::LeastSquares<Rational>::from(spec),
                                                lasso<Rational>(3, free), lambda, theta)
                                        .gap));
        const Rational gap =
            duality_gap(loss::Huber<Rational>::from(spec), lasso<Rational>(3), lambda, theta).gap;
        RC_ASSERT(gap >= 0);
        RC_ASSERT(
            duality_gap(loss::Huber<Interval>::from(spec), lasso<Interval>(3), thickness, ball)
                .gap.contains(gap));
    }));
}

/// Every observation in the linear zone, and unpenalised columns that depend on each other: no
/// weighted projection exists; the bound must still be one.
TEST(DualityGap, SurvivesDegenerateProjections) {
    using T = Real<50>;
    LossSpec spec = small_problem("huber");
    spec.delta = Rational(1, 1000);
    const loss::Huber<T> robust = loss::Huber<T>::from(spec);
    Vector<T> theta(3), zero = Vector<T>::Zero(3);
    theta << T(20), T(1), T(-1);
    const T lambda = T(1) / T(100'000);
    const auto bound = [&](const auto& f, const auto& penalty, const Vector<T>& a,
                           const Vector<T>& b) {
        return duality_gap(f, penalty, lambda, a).gap -
               (objective(f, penalty, lambda, a) - objective(f, penalty, lambda, b));
    };
    EXPECT_GE(bound(robust, lasso<T>(3, 1), theta, zero), T(0));
    spec = small_problem("least_squares");
    spec.X.col(1) = Rational(2) * spec.X.col(0);
    const loss::LeastSquares<T> flat = loss::LeastSquares<T>::from(spec);
    EXPECT_GE(bound(flat, lasso<T>(3, 2), theta, zero), T(0));
    spec.y.setZero();
    const loss::LeastSquares<T> silent = loss::LeastSquares<T>::from(spec);
    EXPECT_EQ(duality_gap(silent, lasso<T>(3, 1), lambda, zero).gap, T(0));
    EXPECT_EQ(duality_gap(silent, lasso<T>(3, 1), lambda, zero).relative, T(0));
}

TEST(DualityGap, RefusesWhatItIsNotDefinedFor) {
    const loss::LeastSquares<double> loss =
        loss::LeastSquares<double>::from(small_problem("least_squares"));
    const Vector<double> theta = Vector<double>::Zero(3);
    EXPECT_THROW(duality_gap(loss, penalty::Lq<double>(3, Exponent(2, 3)), 1.0, theta),
                 PreconditionError);
    EXPECT_THROW(duality_gap(loss, lasso<double>(3), 0.0, theta), PreconditionError);
    EXPECT_THROW(duality_gap(loss, lasso<double>(2), 1.0, theta), PreconditionError);
}

}  // namespace
}  // namespace hadamard
