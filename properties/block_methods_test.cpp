/// @file
/// Alternating ridge regressions and variable projection: every block is solved to rounding, Q never
/// rises, the projected derivatives are the derivatives, and both end where coordinate descent on P
/// does.

#include "first_order_problems.hpp"
#include "hadamard/losses/huber.hpp"
#include "hadamard/objectives/partial.hpp"
#include "hadamard/optimizers/alternating_ridge.hpp"
#include "hadamard/optimizers/initialize.hpp"
#include "hadamard/optimizers/varpro.hpp"
#include "hadamard/transfers/group_shared_product.hpp"
#include "hadamard/transfers/hadamard_difference.hpp"
#include "hadamard/transfers/hadamard_power.hpp"
#include "hadamard/transfers/low_rank.hpp"
#include "hadamard/transfers/mixed_group.hpp"
#include "hadamard/transfers/shared_product.hpp"
#include "hadamard/transfers/young_product.hpp"

#include <gtest/gtest.h>

namespace hadamard {
namespace {

using namespace problems;
using optim::AlternatingRidge;
using optim::Lbfgs;
using optim::ProjectedSurrogate;
using optim::Report;
using optim::Stop;
using optim::VarPro;
using transfer::GroupProduct;
using transfer::HadamardProduct;
using Ridge = AlternatingRidge<double>;

template <class T = double>
auto lasso(Index rows, Index cols, Exponent depth = 2) {
    return Surrogate(regression<T>(rows, cols), HadamardProduct<T>::from(product_spec(cols, depth)),
                     T(T(1) / T(4)));
}

template <class T = double>
auto group_lasso(Index rows, Index cols, Exponent depth = 2) {
    return Surrogate(regression<T>(rows, cols), GroupProduct<T>::from(group_spec(cols, depth)),
                     T(T(1) / T(4)));
}

TransferSpec weighted(TransferSpec spec) {
    const std::size_t count =
        spec.groups.empty() ? static_cast<std::size_t>(spec.base_size) : spec.groups.size();
    for (std::size_t i = 0; i < count; ++i)
        spec.weights.push_back(Rational(static_cast<int>(i % 3) + 1, 2));
    return spec;
}

TransferSpec mixed_spec() {
    TransferSpec spec = group_spec(5, 3);
    spec.name = "mixed_group";
    spec.inner_depth = 2;
    return spec;
}

TransferSpec low_rank_spec() {
    TransferSpec spec{"low_rank", 2, 6};
    spec.rows = 2;
    spec.width = 2;
    return spec;
}

template <class F>
Vector<typename F::Scalar> random_start(const F& f) {
    return optim::start::small(f.transfer(), typename F::Scalar(1), 3);
}

/// ‖β − β̂‖ is ‖∇Q‖ ≤ 2^−26 over the curvature of Q at its minimizer, above 1/64 in all of these.
constexpr double agreement = 1e-6;

// ---- alternating ridge -------------------------------------------------------------------------

/// ∇Q is a difference of two terms: a few hundred rounding units of their size are 0.
template <class F>
double gradient_rounding(const F& f, const Vector<double>& xi) {
    return 512 * rounding_unit<double>() *
           (f.lambda() * f.transfer().penalty_gradient(xi).norm() + f.gradient(xi).norm());
}

/// ‖∇Q‖ in the factor that a cycle solves last.
template <class F>
double last_gradient(const F& f, const Vector<double>& xi) {
    const Vector<double> g = f.gradient(xi);
    double sum = 0;
    const std::vector<optim::detail::FactorSet> sets = optim::detail::factor_sets(f.transfer());
    for (const IndexList& members : sets.back())
        for (const Index a : members) sum += g[a] * g[a];
    return std::sqrt(sum);
}

TEST(AlternatingRidge, SolvesEachLeastSquaresBlockExactlyInOneStep) {
    Ridge::Settings once;
    once.max_iterations = 1;
    const auto solves = [&](const auto& f) {
        const Vector<double> x0 = random_start(f);
        const Report<double> r = Ridge(once).minimize(f, x0);
        EXPECT_EQ(r.stop, Stop::iteration_limit);
        EXPECT_LT(r.value, f.value(x0));
        EXPECT_LE(last_gradient(f, r.x), gradient_rounding(f, r.x));
        // Mutants: the whole gradient is not 0 yet, and neither is the block's a little off.
        EXPECT_LT(1e-3, r.certificate);
        EXPECT_LT(1e-6, last_gradient(f, Vector<double>(1.001 * r.x)));
    };
    for (const auto& [rows, cols] :
         {std::pair<Index, Index>(8, 5), std::pair<Index, Index>(5, 8)}) {
        for (const int depth : {2, 3, 4}) solves(lasso(rows, cols, depth));
        for (const int depth : {2, 3}) solves(group_lasso(rows, cols, depth));
        solves(Surrogate(regression<double>(rows, cols),
                         HadamardProduct<double>::from(weighted(product_spec(cols))), 0.25));
        const Partial free(HadamardProduct<double>::from(product_spec(cols - 1)), {2});
        solves(Surrogate(regression<double>(rows, cols), free, 0.25));
    }
    solves(Surrogate(regression<double>(8, 5), transfer::MixedGroup<double>::from(mixed_spec()),
                     0.25));
    solves(Surrogate(regression<double>(8, 6), transfer::LowRank<double>::from(low_rank_spec()),
                     0.25));
}

/// The first cycle of the Hadamard product by hand: u = (diag(v)XᵀX diag(v)/n + λI)⁻¹ v ⊙ Xᵀy/n.
TEST(AlternatingRidge, IsHoffsUpdate) {
    Ridge::Settings once;
    once.max_iterations = 1;
    for (const auto& [rows, cols] :
         {std::pair<Index, Index>(8, 5), std::pair<Index, Index>(5, 8)}) {
        const auto f = lasso(rows, cols);
        const Vector<double> x0 = random_start(f);
        const Matrix<double> gram =
            f.loss().design().transpose() * f.loss().design() / f.loss().count();
        const Vector<double> moment =
            f.loss().design().transpose() * f.loss().response() / f.loss().count();
        const auto ridge = [&](const Vector<double>& other) {
            const Matrix<double> system =
                Matrix<double>(other.asDiagonal() * gram * other.asDiagonal()) +
                0.25 * Matrix<double>::Identity(cols, cols);
            return Vector<double>(system.inverse() * other.cwiseProduct(moment));
        };
        const Vector<double> u = ridge(x0.tail(cols)), v = ridge(u);
        const Vector<double> x = Ridge(once).minimize(f, x0).x;
        EXPECT_LE(Vector<double>(x.head(cols) - u).norm(), 1e-12);
        EXPECT_LE(Vector<double>(x.tail(cols) - v).norm(), 1e-12);
    }
}

template <class F>
void ridge_agrees(const F& f) {
    const Trace<double> run = trace(Ridge(), f, random_start(f));
    EXPECT_EQ(run.last.stop, Stop::converged);
    EXPECT_TRUE(is_complete(run));
    EXPECT_TRUE(descends(run, 64));
    EXPECT_EQ(run.last.value, f.value(run.last.x));
    EXPECT_EQ(run.last.certificate, f.gradient(run.last.x).norm());
    EXPECT_LE(distance(f, run.last.x, solution(f)), agreement);
    const Surrogate other(f.loss(), f.transfer(), 2 * f.lambda());
    EXPECT_LT(100 * agreement, distance(f, run.last.x, solution(other)));  // mutant: another λ
}

TEST(AlternatingRidge, ReachesWhatCoordinateDescentFinds) {
    ridge_agrees(lasso(8, 5));
    ridge_agrees(lasso(5, 8));
    ridge_agrees(group_lasso(8, 5));
    const Partial with_intercept(HadamardProduct<double>::from(product_spec(4)), {0});
    ridge_agrees(Surrogate(regression<double>(8, 5), with_intercept, 0.25));
}

TEST(AlternatingRidge, TakesNewtonStepsForOtherLosses) {
    ridge_agrees(Surrogate(classification<double>(8, 5),
                           HadamardProduct<double>::from(product_spec(5)), 0.0625));
    ridge_agrees(Surrogate(classification<double>(5, 8),
                           HadamardProduct<double>::from(product_spec(8)), 0.0625));
    const auto squares = regression<double>(8, 5);
    const loss::Huber<double> huber(squares.design(), squares.response(),
                                    loss::detail::HuberError<double>(0.5));
    ridge_agrees(Surrogate(huber, HadamardProduct<double>::from(product_spec(5)), 0.0625));
}

TEST(AlternatingRidge, DescendsWhereTheProblemIsNotConvex) {
    const auto f = lasso(8, 5, 4);
    const Trace<double> run = trace(Ridge(), f, random_start(f));
    EXPECT_EQ(run.last.stop, Stop::converged);
    EXPECT_TRUE(descends(run, 64));
    Trace<double> backwards = run;  // mutant
    std::reverse(backwards.seen.begin(), backwards.seen.end());
    EXPECT_FALSE(descends(backwards, 64));
}

/// K must be linear in each factor and S a sum of squares.
TEST(AlternatingRidge, RejectsTransfersWithoutFactors) {
    const auto rejects = [](const auto& transfer) {
        const Surrogate f(regression<double>(8, transfer.base_size()), transfer, 0.25);
        EXPECT_THROW((void)Ridge().minimize(f, random_start(f)), PreconditionError);
    };
    TransferSpec spec = product_spec(3);
    rejects(transfer::HadamardDifference<double>::from({"hadamard_difference", 2, 3}));
    rejects(transfer::HadamardDifference<double>::from({"hadamard_difference", 3, 3}));
    rejects(transfer::HadamardPower<double>::from({"hadamard_power", 2, 3}));
    rejects(transfer::HadamardPower<double>::from({"hadamard_power", 3, 3}));
    rejects(transfer::SharedProduct<double>::from({"shared_product", 2, 3}));
    rejects(transfer::SharedProduct<double>::from({"shared_product", 3, 3}));
    spec = {"young_product", 2, 3};
    spec.exponents = {3, {3, 2}};
    rejects(transfer::YoungProduct<double>::from(spec));
}

TEST(AlternatingRidge, StopsForEachReasonAndRejectsBadSettings) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto f = lasso(8, 5);
    const Vector<double> x0 = random_start(f);
    const Report<double> stopped =
        Ridge().minimize(f, x0, [](const Report<double>& r) { return r.iterations < 2; });
    EXPECT_EQ(stopped.stop, Stop::interrupted);
    EXPECT_EQ(stopped.iterations, 2);
    Vector<double> spoiled = x0;
    spoiled[1] = nan;
    EXPECT_EQ(Ridge().minimize(f, spoiled).stop, Stop::non_finite);
    const Report<double> far = Ridge().minimize(f, Vector<double>(1e100 * x0));
    EXPECT_TRUE(is_all_finite(far) || far.iterations == 0);
    const Vector<double> zero = Vector<double>::Zero(10);
    EXPECT_EQ(Ridge().minimize(f, zero).iterations, 0);  // stationary, if not a minimizer
    EXPECT_EQ(Ridge().minimize(f, x0).x, Ridge().minimize(f, x0).x);
    EXPECT_THROW((void)Ridge().minimize(f, Vector<double>(x0.head(3))), PreconditionError);
    for (int field = 0; field < 5; ++field) {
        Ridge::Settings settings;
        if (field == 0) settings.tolerance = -1;
        if (field == 1) settings.tolerance = nan;
        if (field == 2) settings.max_iterations = -1;
        if (field == 3) settings.max_newton = 0;
        if (field == 4) settings.max_backtracks = 0;
        EXPECT_THROW(Ridge{settings}, PreconditionError);
    }
}

// ---- variable projection -----------------------------------------------------------------------

using R50 = Real<50>;

/// Central differences with h = 10^−12 are off by h² times third derivatives, 10^−24 times what is
/// below 10^4 here; 50 digits leave 10^−38 of rounding.
template <class F>
void projected_derivatives_are_right(const F& f) {
    const ProjectedSurrogate projected(f);
    const Vector<R50> v = projected.outer(random_start(f));
    const Vector<R50> gradient = projected.gradient(v);
    const R50 h = R50(1) / R50("1e12"), tolerance = R50("1e-19");
    for (Index j = 0; j < v.size(); ++j) {
        Vector<R50> unit = Vector<R50>::Zero(v.size());
        unit[j] = R50(1);
        const Vector<R50> up = v + h * unit, down = v - h * unit;
        const R50 slope = (projected.value(up) - projected.value(down)) / (2 * h);
        EXPECT_LE(magnitude(R50(slope - gradient[j])), tolerance);
        const Vector<R50> bend = (projected.gradient(up) - projected.gradient(down)) / R50(2 * h);
        EXPECT_LE(Vector<R50>(bend - projected.hessian_times(v, unit)).norm(), tolerance);
        EXPECT_LT(tolerance, magnitude(R50(slope - 2 * gradient[j])));  // mutant
    }
    // u is the minimizer: the u part of ∇Q is 0, and the v part is ∇f.
    const Vector<R50> full = f.gradient(projected.completed(v));
    EXPECT_LE(Vector<R50>(full.head(full.size() - v.size())).norm(), R50("1e-45"));
    EXPECT_LE(Vector<R50>(full.tail(v.size()) - gradient).norm(), R50("1e-45"));
}

TEST(ProjectedSurrogate, DerivativesAreThoseOfTheProjectedValue) {
    projected_derivatives_are_right(lasso<R50>(4, 3));
    projected_derivatives_are_right(lasso<R50>(3, 4));
    projected_derivatives_are_right(group_lasso<R50>(5, 3));
    projected_derivatives_are_right(group_lasso<R50>(2, 3));
    projected_derivatives_are_right(Surrogate(regression<R50>(5, 4),
                                              HadamardProduct<R50>::from(weighted(product_spec(4))),
                                              R50(R50(1) / R50(3))));
    projected_derivatives_are_right(Surrogate(regression<R50>(3, 5),
                                              GroupProduct<R50>::from(weighted(group_spec(5))),
                                              R50(R50(1) / R50(3))));
}

/// f(v) = (λ/2)(yᵀM⁻¹y + ‖v‖²), ∂f/∂v = λ v ⊙ (1 − z²), z = XᵀM⁻¹y, M = nλI + X diag(v²) Xᵀ, as
/// published.
TEST(ProjectedSurrogate, IsThePublishedFormulaFromEitherSide) {
    for (const auto& [rows, cols] :
         {std::pair<Index, Index>(8, 5), std::pair<Index, Index>(5, 8)}) {
        const auto f = lasso(rows, cols);
        const ProjectedSurrogate projected(f);
        const Vector<double> v = projected.outer(random_start(f));
        const Matrix<double>& X = f.loss().design();
        const Matrix<double> M =
            0.25 * static_cast<double>(rows) * Matrix<double>::Identity(rows, rows) +
            Matrix<double>(X * v.cwiseAbs2().asDiagonal() * X.transpose());
        const Vector<double> y = f.loss().response(), z = X.transpose() * (M.inverse() * y);
        const double value = 0.125 * (y.dot(M.inverse() * y) + v.squaredNorm());
        EXPECT_NEAR(projected.value(v), value, 1e-12 * value);
        const Vector<double> gradient =
            0.25 * v.cwiseProduct(Vector<double>(Vector<double>::Ones(cols) - z.cwiseAbs2()));
        EXPECT_LE(Vector<double>(projected.gradient(v) - gradient).norm(), 1e-12);
        EXPECT_LE(Vector<double>(projected.completed(v).head(cols) - v.cwiseProduct(z)).norm(),
                  1e-12);
    }
}

TEST(ProjectedSurrogate, RejectsOtherTransfers) {
    const auto rejects = [](const auto& transfer) {
        const Surrogate f(regression<double>(8, transfer.base_size()), transfer, 0.25);
        EXPECT_THROW((void)VarPro<double>().minimize(f, random_start(f)), PreconditionError);
    };
    rejects(HadamardProduct<double>::from(product_spec(3, 3)));
    rejects(transfer::HadamardDifference<double>::from({"hadamard_difference", 2, 3}));
    rejects(transfer::HadamardPower<double>::from({"hadamard_power", 2, 3}));
    rejects(transfer::SharedProduct<double>::from({"shared_product", 2, 3}));
    TransferSpec shared = group_spec(3);
    shared.name = "group_shared_product";
    rejects(transfer::GroupSharedProduct<double>::from(shared));
    rejects(Partial(HadamardProduct<double>::from(product_spec(3)), {0}));
    rejects(transfer::LowRank<double>::from(low_rank_spec()));
    TransferSpec young{"young_product", 2, 3};
    young.exponents = {3, {3, 2}};
    rejects(transfer::YoungProduct<double>::from(young));
}

template <class F>
void varpro_agrees(const F& f) {
    const Trace<double> run = trace(VarPro<double>(), f, random_start(f));
    EXPECT_EQ(run.last.stop, Stop::converged);
    EXPECT_TRUE(is_complete(run));
    EXPECT_TRUE(descends(run, 128));
    EXPECT_EQ(run.last.value, f.value(run.last.x));
    EXPECT_NEAR(run.last.certificate, f.gradient(run.last.x).norm(), 1e-12);
    EXPECT_LE(distance(f, run.last.x, solution(f)), agreement);
    const Surrogate other(f.loss(), f.transfer(), 2 * f.lambda());
    EXPECT_LT(100 * agreement, distance(f, run.last.x, solution(other)));  // mutant: another λ
}

TEST(VarPro, ReachesWhatCoordinateDescentFinds) {
    varpro_agrees(lasso(8, 5));
    varpro_agrees(lasso(5, 8));
    varpro_agrees(group_lasso(8, 5));
    varpro_agrees(group_lasso(5, 8));
    varpro_agrees(Surrogate(regression<double>(5, 8),
                            HadamardProduct<double>::from(weighted(product_spec(8))), 0.125));
}

TEST(VarPro, ReadsOnlyVAndNotItsSigns) {
    const auto f = lasso(8, 5);
    const Vector<double> x0 = random_start(f);
    Vector<double> other = x0;
    other.head(5).setConstant(std::numeric_limits<double>::quiet_NaN());
    EXPECT_EQ(VarPro<double>().minimize(f, other).x, VarPro<double>().minimize(f, x0).x);
    other.tail(5) = x0.tail(5).cwiseAbs();
    const Report<double> a = VarPro<double>().minimize(f, x0);
    const Report<double> b = VarPro<double>().minimize(f, other);
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(f.transfer().apply(a.x), f.transfer().apply(b.x));
}

TEST(VarPro, StopsForEachReasonAndRejectsBadSettings) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto f = lasso(8, 5);
    const Vector<double> x0 = random_start(f);
    VarPro<double>::Settings settings;
    settings.max_iterations = 1;
    EXPECT_EQ(VarPro<double>(settings).minimize(f, x0).stop, Stop::iteration_limit);
    Vector<double> seen;
    const Report<double> stopped =
        VarPro<double>().minimize(f, x0, [&seen](const Report<double>& r) {
            seen = r.x;
            return r.iterations < 2;
        });
    EXPECT_EQ(stopped.stop, Stop::interrupted);
    EXPECT_EQ(stopped.iterations, 2);
    EXPECT_EQ(stopped.x, seen);
    Vector<double> spoiled = x0;
    spoiled[7] = nan;
    const Report<double> lost = VarPro<double>().minimize(f, spoiled);
    EXPECT_EQ(lost.stop, Stop::non_finite);
    EXPECT_EQ(lost.iterations, 0);
    EXPECT_EQ(lost.x.head(5), x0.head(5));
    settings.tolerance = -1;
    EXPECT_THROW(VarPro<double>{settings}, PreconditionError);
    EXPECT_THROW((void)VarPro<double>().minimize(f, Vector<double>(x0.head(3))), PreconditionError);
}

/// Where λ is small L-BFGS on Q itself needs more steps.
TEST(VarPro, DoesNotMindSmallLambdaAsQDoes) {
    const Surrogate f(regression<double>(8, 5), HadamardProduct<double>::from(product_spec(5)),
                      1e-4);
    const Vector<double> x0 = random_start(f);
    const Report<double> projected = VarPro<double>().minimize(f, x0);
    const Report<double> whole = Lbfgs<double>().minimize(f, x0);
    EXPECT_EQ(projected.stop, Stop::converged);
    EXPECT_LT(projected.iterations, whole.iterations);
}

}  // namespace
}  // namespace hadamard
