/// @file
/// The solvers of P: against closed forms and exact oracles, judged by the penalty's own
/// subdifferential and never by their own criterion.

#include "generators/scalars.hpp"
#include "hadamard/losses/quadratic.hpp"
#include "hadamard/objectives/base.hpp"
#include "hadamard/optimizers/coordinate_descent.hpp"
#include "hadamard/optimizers/proximal_gradient.hpp"
#include "hadamard/optimizers/support_newton.hpp"
#include "hadamard/penalties/group_lq.hpp"
#include "hadamard/penalties/lq.hpp"
#include "optimizer_problems.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hadamard {
namespace {

using namespace problems;
using loss::Quadratic;
using optim::CoordinateDescent;
using optim::ProximalGradient;
using optim::Report;
using optim::Stop;
using optim::SupportNewton;
using penalty::GroupLq;
using penalty::Lq;

template <class T>
Vector<T> zeros(Index size) {
    return Vector<T>::Zero(size);
}

/// dist(−∇L(x), λ∂R(x)): the judge.
template <class L, class R>
typename L::Scalar stationarity(const Base<L, R>& f, const Vector<typename L::Scalar>& x) {
    return f.penalty().stationarity(x, f.loss().gradient(x), f.lambda());
}

template <class M>
class ProximalMethod : public ::testing::Test {};
using Methods = ::testing::Types<ProximalGradient<double>, CoordinateDescent<double>,
                                 ProximalGradient<Real<50>>, CoordinateDescent<Real<50>>>;
struct MethodName {
    template <class M>
    static std::string GetName(int) {
        return std::string(M::name) + "_" + std::string(ScalarTraits<typename M::Scalar>::name);
    }
};
TYPED_TEST_SUITE(ProximalMethod, Methods, MethodName);

/// ½‖Xβ − y‖² for a 4 × 3 design of small integers, of condition number about 8.
template <class T>
Quadratic<T> correlated() {
    Matrix<T> X(4, 3);
    X << T(1), T(2), T(-1), T(0), T(1), T(3), T(2), T(2), T(2), T(1), T(0), T(-1);
    const Vector<T> y = vector_of<T>({T(1), T(5), T(2), T(-1)});
    return Quadratic<T>(Matrix<T>(X.transpose() * X), Vector<T>(X.transpose() * y), true);
}

/// The orthogonal design: A = 4I, as XᵀX of a 4 × 4 Hadamard matrix. P separates into scalars.
template <class T>
Quadratic<T> orthogonal(const Vector<T>& b) {
    return Quadratic<T>(Matrix<T>(T(4) * Matrix<T>::Identity(b.size(), b.size())), b, true);
}

TYPED_TEST(ProximalMethod, SolvesOrthogonalDesignsToRounding) {
    using T = typename TypeParam::Scalar;
    const Vector<T> b = vector_of<T>({T(7), T(-3), T(1) / T(3), T(0)});
    for (const Exponent q : {Exponent(1), Exponent(2, 3), Exponent(1, 2), Exponent(2, 5)}) {
        SCOPED_TRACE(q.text());
        const Base f(orthogonal(b), Lq<T>(4, q), T(T(3) / T(4)));
        typename TypeParam::Settings settings;
        settings.tolerance = T(0);
        const Report<T> r = TypeParam(settings).minimize(f, zeros<T>(4));
        EXPECT_EQ(r.stop, Stop::converged);
        for (Index i = 0; i < 4; ++i) {
            const T oracle =
                penalty::detail::power_prox(magnitude(T(b[i] / T(4))), T(T(3) / T(16)), q);
            EXPECT_LE(magnitude(T(r.x[i] - oracle * unit_sign(b[i]))), T(64) * rounding_unit<T>());
        }
        // Mutant: the oracle of another λ.
        const T other = penalty::detail::power_prox(T(T(7) / T(4)), T(T(3) / T(32)), q);
        EXPECT_LT(T(1) / T(100), magnitude(T(r.x[0] - other)));
    }
}

TYPED_TEST(ProximalMethod, AgreesWithTheJudgeOnCorrelatedDesigns) {
    using T = typename TypeParam::Scalar;
    for (const Exponent q : {Exponent(1), Exponent(2, 3), Exponent(1, 2), Exponent(2, 5)}) {
        SCOPED_TRACE(q.text());
        const T lambda = T(1) / T(2), small = T(100) * square_root(rounding_unit<T>());
        const Base single(correlated<T>(), Lq<T>(3, q), lambda);
        const Report<T> a = TypeParam().minimize(single, zeros<T>(3));
        EXPECT_EQ(a.stop, Stop::converged);
        EXPECT_LE(stationarity(single, a.x), small);
        EXPECT_EQ(a.value, single.value(a.x));
        const Base grouped(correlated<T>(), GroupLq<T>(3, q, {{0, 2}}), lambda);
        const Report<T> b = TypeParam().minimize(grouped, zeros<T>(3));
        EXPECT_EQ(b.stop, Stop::converged);
        EXPECT_LE(stationarity(grouped, b.x), small);
        // Mutant: the same points a little off.
        EXPECT_LT(small, stationarity(single, Vector<T>(a.x * T(T(11) / T(10)))));
        EXPECT_LT(small, stationarity(grouped, Vector<T>(b.x * T(T(11) / T(10)))));
    }
}

TYPED_TEST(ProximalMethod, NeverRaisesPWithoutConvexity) {
    using T = typename TypeParam::Scalar;
    const Base saddle(DepthTwo<T>(), Lq<T>(2, Exponent(2, 3)), T(T(1) / T(10)));
    const Trace<T> run = trace(TypeParam(), saddle, vector_of<T>({T(3), T(1) / T(7)}));
    EXPECT_EQ(run.last.stop, Stop::converged);
    EXPECT_TRUE(is_complete(run));
    EXPECT_TRUE(descends(run, 256));
    const Wells<T> wells{vector_of<T>({T(1), T(4), T(-1)})};
    const Base negative_curvature(wells, Lq<T>(3, 1), T(T(1) / T(10)));
    const Trace<T> other =
        trace(TypeParam(), negative_curvature, vector_of<T>({T(1) / T(3), T(-1) / T(5), T(2)}));
    EXPECT_EQ(other.last.stop, Stop::converged);
    EXPECT_TRUE(descends(other, 256));
    EXPECT_LE(stationarity(negative_curvature, other.last.x),
              T(100) * square_root(rounding_unit<T>()));
    EXPECT_EQ(other.last.x[2], T(0));
    // Mutant: the same run backwards.
    Trace<T> backwards = other;
    std::reverse(backwards.seen.begin(), backwards.seen.end());
    EXPECT_FALSE(descends(backwards, 256));
}

TYPED_TEST(ProximalMethod, StopsForEachReason) {
    using T = typename TypeParam::Scalar;
    const Base f(correlated<T>(), Lq<T>(3, 1), T(T(1) / T(2)));
    typename TypeParam::Settings settings;
    settings.max_iterations = 0;
    EXPECT_EQ(TypeParam(settings).minimize(f, zeros<T>(3)).stop, Stop::iteration_limit);
    settings = {};
    settings.tolerance = T(0);
    const Report<T> exact = TypeParam(settings).minimize(f, zeros<T>(3));
    EXPECT_EQ(exact.stop, Stop::converged);
    EXPECT_LE(exact.certificate, T(4096) * rounding_unit<T>());
    const Report<T> stopped =
        TypeParam().minimize(f, zeros<T>(3), [](const Report<T>&) { return false; });
    EXPECT_EQ(stopped.stop, Stop::interrupted);
    EXPECT_EQ(stopped.iterations, 0);
    const Vector<T> nan = Vector<T>::Constant(3, std::numeric_limits<T>::quiet_NaN());
    EXPECT_EQ(TypeParam().minimize(f, nan).stop, Stop::non_finite);
    const Vector<T> start = vector_of<T>({T(3), T(1)});
    const Base island(Island<DepthTwo<T>>{{}, start}, Lq<T>(2, 1), T(1));
    const Report<T> lost = TypeParam().minimize(island, start);
    EXPECT_EQ(lost.stop, Stop::non_finite);
    EXPECT_EQ(lost.x, start);
    EXPECT_TRUE(is_all_finite(lost));
}

TYPED_TEST(ProximalMethod, RejectsBadSettingsAndStarts) {
    using T = typename TypeParam::Scalar;
    typename TypeParam::Settings settings;
    settings.tolerance = T(-1);
    EXPECT_THROW(TypeParam{settings}, PreconditionError);
    settings = {};
    settings.max_iterations = -1;
    EXPECT_THROW(TypeParam{settings}, PreconditionError);
    const Base f(correlated<T>(), Lq<T>(3, 1), T(1));
    EXPECT_THROW((void)TypeParam().minimize(f, zeros<T>(2)), PreconditionError);
}

TYPED_TEST(ProximalMethod, IsDeterministic) {
    using T = typename TypeParam::Scalar;
    const Base f(correlated<T>(), Lq<T>(3, Exponent(2, 3)), T(T(1) / T(2)));
    const Report<T> a = TypeParam().minimize(f, zeros<T>(3));
    const Report<T> b = TypeParam().minimize(f, zeros<T>(3));
    EXPECT_EQ(a.x, b.x);
    EXPECT_EQ(a.evaluations, b.evaluations);
}

TEST(ProximalMethods, AgreeOnRandomLassos) {
    EXPECT_TRUE(rc::check("FISTA = coordinate descent", [] {
        const Matrix<double> X = gen::draw("X", gen::matrix<double>(4, 5));
        const Vector<double> y = gen::draw("y", gen::vector<double>(4));
        const double lambda = gen::draw("lambda", gen::positive_rational<double>());
        const Quadratic<double> loss(Matrix<double>(X.transpose() * X),
                                     Vector<double>(X.transpose() * y), true);
        const Base f(loss, Lq<double>(5, 1), lambda);
        const Report<double> a = ProximalGradient<double>().minimize(f, zeros<double>(5));
        const Report<double> b = CoordinateDescent<double>().minimize(f, zeros<double>(5));
        RC_ASSERT(a.stop == Stop::converged);
        RC_ASSERT(b.stop == Stop::converged);
        RC_ASSERT(stationarity(f, a.x) <= 1e-6);
        RC_ASSERT(stationarity(f, b.x) <= 1e-6);
        RC_ASSERT(std::abs(a.value - b.value) <= 1e-6);
    }));
}

TEST(CoordinateDescent, SolvesDiagonalProblemsByTheOraclesInOneOuterStep) {
    EXPECT_TRUE(rc::check("coordinatewise prox", [] {
        const Vector<double> a = gen::draw("a", gen::vector(3, gen::positive_rational<double>()));
        const Vector<double> b = gen::draw("b", gen::vector<double>(3));
        const double lambda = gen::draw("lambda", gen::positive_rational<double>());
        const Quadratic<double> loss(Matrix<double>(a.asDiagonal()), b, true);
        for (const Exponent q : {Exponent(1), Exponent(2, 3), Exponent(1, 2)}) {
            const Base f(loss, Lq<double>(3, q), lambda);
            const Report<double> r = CoordinateDescent<double>().minimize(f, zeros<double>(3));
            RC_ASSERT(r.stop == Stop::converged);
            RC_ASSERT(r.iterations <= 1);
            for (Index i = 0; i < 3; ++i) {
                const double oracle =
                    penalty::detail::power_prox(std::abs(b[i] / a[i]), lambda / a[i], q);
                RC_ASSERT(std::abs(std::abs(r.x[i]) - oracle) <= 1e-7);
            }
        }
    }));
}

TEST(CoordinateDescent, LeavesUnpenalisedCoordinatesFree) {
    const Base f(correlated<double>(), Lq<double>(3, 1, {0.0, 1.0, 1.0}), 100.0);
    const Report<double> r = CoordinateDescent<double>().minimize(f, zeros<double>(3));
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_EQ(r.x[1], 0);
    EXPECT_EQ(r.x[2], 0);
    EXPECT_NEAR(f.loss().gradient(r.x)[0], 0, 1e-7);
}

TEST(CoordinateDescent, ShowsTheSweepsOfAQuadraticLossWithTheirValues) {
    for (const Exponent q : {Exponent(1), Exponent(2, 3)}) {
        const Base f(correlated<double>(), Lq<double>(3, q), 0.1);
        CoordinateDescent<double>::Settings settings;
        settings.shows_sweeps = true;
        const Vector<double> start = 3 * Vector<double>::Ones(3);
        Index shown = 0;
        double before = f.value(start);
        const auto watch = [&](const Report<double>& r) {
            EXPECT_TRUE(r.iterations == shown || r.iterations == shown + 1);
            shown = r.iterations;
            EXPECT_NEAR(r.value, f.value(r.x), 1e-14 * std::abs(before));
            EXPECT_LE(r.value, before + 1e-14 * std::abs(before));
            before = r.value;
        };
        const Report<double> r =
            CoordinateDescent<double>(settings).minimize(f, start, watch);
        EXPECT_EQ(r.stop, Stop::converged);
        EXPECT_GT(shown, 3);
        // The same points as without, but for how they are counted; and the limit is one of sweeps.
        EXPECT_EQ(r.x, CoordinateDescent<double>().minimize(f, start).x);
        settings.max_iterations = 2;
        const Report<double> cut = CoordinateDescent<double>(settings).minimize(f, start);
        EXPECT_EQ(cut.iterations, 2);
        EXPECT_EQ(cut.stop, Stop::iteration_limit);
    }
}

TEST(ProximalGradient, MomentumAndRestartsPayOnIllConditionedLassos) {
    const Index d = 30;
    Matrix<double> A = Matrix<double>::Zero(d, d);
    for (Index i = 0; i < d; ++i) A(i, i) = 1.0 + 40.0 * static_cast<double>(i);
    const Base f(Quadratic<double>(A, Vector<double>(Vector<double>::Ones(d)), true),
                 Lq<double>(d, 1), 0.01);
    ProximalGradient<double>::Settings settings;
    settings.momentum = false;
    const Report<double> plain = ProximalGradient<double>(settings).minimize(f, zeros<double>(d));
    EXPECT_EQ(plain.stop, Stop::converged);
    settings.momentum = true;
    for (const optim::Restart restart : {optim::Restart::gradient, optim::Restart::function}) {
        settings.restart = restart;
        const Report<double> r = ProximalGradient<double>(settings).minimize(f, zeros<double>(d));
        EXPECT_EQ(r.stop, Stop::converged);
        EXPECT_LT(4 * r.iterations, plain.iterations);
        EXPECT_LE(stationarity(f, r.x), 1e-7);
    }
    settings.restart = optim::Restart::none;
    EXPECT_EQ(ProximalGradient<double>(settings).minimize(f, zeros<double>(d)).stop,
              Stop::converged);
}

TEST(ProximalGradient, BacktracksFromAStepThatIsFarTooLong) {
    const Base f(correlated<double>(), Lq<double>(3, 1), 0.5);
    ProximalGradient<double>::Settings settings;
    settings.first_step = 1e6;
    EXPECT_EQ(ProximalGradient<double>(settings).minimize(f, zeros<double>(3)).stop,
              Stop::converged);
    settings.first_step = -1;
    EXPECT_THROW(ProximalGradient<double>{settings}, PreconditionError);
    settings = {};
    settings.shrink = 1;
    EXPECT_THROW(ProximalGradient<double>{settings}, PreconditionError);
}

template <class T>
class Polish : public ::testing::Test {};
using Digits = ::testing::Types<double, Real<50>, Real<200>>;
TYPED_TEST_SUITE(Polish, Digits);

TYPED_TEST(Polish, ReachesTheRoundingLevelAndKeepsZerosAndSigns) {
    using T = TypeParam;
    for (const Exponent q : {Exponent(1), Exponent(2, 3), Exponent(1, 2)}) {
        SCOPED_TRACE(q.text());
        const Base coarse(correlated<double>(), Lq<double>(3, q), 0.5);
        const Vector<double> found =
            ProximalGradient<double>().minimize(coarse, zeros<double>(3)).x;
        const Vector<T> start = from_rational<T>(to_rational(found));
        const Base f(correlated<T>(), Lq<T>(3, q), T(T(1) / T(2)));
        const Report<T> r = SupportNewton<T>().minimize(f, start);
        EXPECT_EQ(r.stop, Stop::converged);
        EXPECT_LE(r.iterations, 8);
        EXPECT_LE(stationarity(f, r.x), T(1024) * rounding_unit<T>());
        for (Index i = 0; i < 3; ++i) EXPECT_EQ(sign_of(T(r.x[i])), sign_of(T(start[i])));
    }
}

TYPED_TEST(Polish, PolishesGroupsAndUnpenalisedCoordinates) {
    using T = TypeParam;
    const Base f(correlated<T>(), GroupLq<T>(3, Exponent(2, 3), {{0, 2}}), T(T(1) / T(2)));
    const Vector<T> start = vector_of<T>({T(-85) / T(100), T(12) / T(10), T(97) / T(100)});
    const Report<T> r = SupportNewton<T>().minimize(f, start);
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_LE(stationarity(f, r.x), T(1024) * rounding_unit<T>());
    // With the group at zero only the free coordinate moves.
    const Report<T> free = SupportNewton<T>().minimize(f, zeros<T>(3));
    EXPECT_EQ(free.stop, Stop::converged);
    EXPECT_EQ(free.x[0], T(0));
    EXPECT_EQ(free.x[2], T(0));
    EXPECT_LE(magnitude(T(f.loss().gradient(free.x)[1])), T(64) * rounding_unit<T>());
}

TYPED_TEST(Polish, KeepsALocalMaximum) {
    using T = TypeParam;
    // k = 4, ½(b − 2)², λ = 1 has a local maximum at b ≈ 0.067.
    Matrix<T> A = Matrix<T>::Identity(1, 1);
    const Base f(Quadratic<T>(A, vector_of<T>({T(2)}), true), Lq<T>(1, Exponent(1, 2)), T(1));
    const Report<T> r = SupportNewton<T>().minimize(f, vector_of<T>({T(7) / T(100)}));
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_LE(stationarity(f, r.x), T(256) * rounding_unit<T>());
    EXPECT_LT(magnitude(T(r.x[0] - T(67) / T(1000))), T(1) / T(1000));
    EXPECT_LT(f.penalty().hessian(r.x)(0, 0) + T(1), T(0));
}

TEST(SupportNewton, StopsForEachReason) {
    const Base f(correlated<double>(), Lq<double>(3, 1), 0.5);
    const Vector<double> start = vector_of<double>({-1.0, 1.0, 1.0});
    SupportNewton<double>::Settings settings;
    settings.max_iterations = 0;
    EXPECT_EQ(SupportNewton<double>(settings).minimize(f, start).stop, Stop::iteration_limit);
    EXPECT_EQ(SupportNewton<double>().minimize(f, zeros<double>(3)).stop, Stop::converged);
    const Report<double> stopped =
        SupportNewton<double>().minimize(f, start, [](const Report<double>&) { return false; });
    EXPECT_EQ(stopped.stop, Stop::interrupted);
    const Vector<double> nan =
        Vector<double>::Constant(3, std::numeric_limits<double>::quiet_NaN());
    EXPECT_EQ(SupportNewton<double>().minimize(f, nan).stop, Stop::non_finite);
    // λ so large that no zero of the gradient keeps the signs: it says so and stays finite.
    const Base heavy(correlated<double>(), Lq<double>(3, 1), 1000.0);
    const Report<double> stuck = SupportNewton<double>().minimize(heavy, start);
    EXPECT_NE(stuck.stop, Stop::converged);
    EXPECT_TRUE(is_all_finite(stuck));
    for (Index i = 0; i < 3; ++i) EXPECT_EQ(sign_of(stuck.x[i]), sign_of(start[i]));
    settings.tolerance = -1;
    EXPECT_THROW(SupportNewton<double>{settings}, PreconditionError);
}

}  // namespace
}  // namespace hadamard
