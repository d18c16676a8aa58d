/// @file
/// What every smooth optimizer promises: descent, honest reports, stop reasons, determinism.

#include "generators/scalars.hpp"
#include "hadamard/losses/quadratic.hpp"
#include "hadamard/optimizers/gradient_descent.hpp"
#include "hadamard/optimizers/lbfgs.hpp"
#include "hadamard/optimizers/newton.hpp"
#include "hadamard/optimizers/stationary_newton.hpp"
#include "optimizer_problems.hpp"

#include <gtest/gtest.h>

namespace hadamard {
namespace {

using namespace problems;
using optim::Report;
using optim::Stop;

template <class M>
class SmoothOptimizer : public ::testing::Test {};
using Methods = ::testing::Types<optim::GradientDescent<double>, optim::Lbfgs<double>,
                                 optim::Newton<double>, optim::StationaryNewton<double>>;
struct MethodName {
    template <class M>
    static std::string GetName(int) {
        return std::string(M::name);
    }
};
TYPED_TEST_SUITE(SmoothOptimizer, Methods, MethodName);

const Vector<double> start = vector_of<double>({3.0, 1.0 / 7.0});

/// The report repeats what the objective itself says at x.
template <class F>
bool is_honest(const F& f, const Report<double>& r) {
    return r.value == f.value(r.x) && r.certificate == f.gradient(r.x).norm() && r.seconds >= 0;
}

TYPED_TEST(SmoothOptimizer, ReachesAStationaryPoint) {
    const DepthTwo<double> f;
    const Trace<double> run = trace(TypeParam(), f, start);
    EXPECT_EQ(run.last.stop, Stop::converged);
    EXPECT_LE(run.last.certificate, 2e-8);
    EXPECT_NEAR(std::abs(run.last.x[0]), std::sqrt(0.75), 1e-7);
    EXPECT_TRUE(is_complete(run));
    for (const Report<double>& r : run.seen) EXPECT_TRUE(is_honest(f, r));
    EXPECT_TRUE(is_honest(f, run.last));
}

TYPED_TEST(SmoothOptimizer, StopsAtTheIterationLimit) {
    typename TypeParam::Settings settings;
    settings.max_iterations = 1;
    const Report<double> r = TypeParam(settings).minimize(DepthTwo<double>(), start);
    EXPECT_EQ(r.stop, Stop::iteration_limit);
    EXPECT_EQ(r.iterations, 1);
    EXPECT_GT(r.evaluations, 2);
}

TYPED_TEST(SmoothOptimizer, IsInterruptedByItsWatcher) {
    Vector<double> seen;
    const Report<double> r =
        TypeParam().minimize(DepthTwo<double>(), start, [&seen](const Report<double>& now) {
            seen = now.x;
            return now.iterations < 2;
        });
    EXPECT_EQ(r.stop, Stop::interrupted);
    EXPECT_EQ(r.iterations, 2);
    EXPECT_EQ(r.x, seen);
}

TYPED_TEST(SmoothOptimizer, NeverReturnsWhatIsNotFinite) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Report<double> lost =
        TypeParam().minimize(DepthTwo<double>(), vector_of<double>({nan, 1.0}));
    EXPECT_EQ(lost.stop, Stop::non_finite);
    EXPECT_EQ(lost.iterations, 0);
    const Report<double> r = TypeParam().minimize(Island<DepthTwo<double>>{{}, start}, start);
    EXPECT_EQ(r.stop, Stop::non_finite);
    EXPECT_EQ(r.x, start);
    EXPECT_TRUE(is_all_finite(r));
}

TYPED_TEST(SmoothOptimizer, NeverReturnsInfinityFromBelow) {
    const loss::Quadratic<double> unbounded(Matrix<double>(-Matrix<double>::Identity(2, 2)),
                                            vector_of<double>({1.0, 2.0}));
    const Report<double> r = TypeParam().minimize(unbounded, start);
    EXPECT_TRUE(is_all_finite(r));
    const bool is_maximum = r.stop == Stop::converged;  // all StationaryNewton asks for
    EXPECT_EQ(is_maximum, TypeParam::name == "stationary_newton");
}

TYPED_TEST(SmoothOptimizer, IsDeterministic) {
    const Report<double> a = TypeParam().minimize(DepthTwo<double>(), start);
    const Report<double> b = TypeParam().minimize(DepthTwo<double>(), start);
    EXPECT_EQ(a.x, b.x);
    EXPECT_EQ(a.iterations, b.iterations);
    EXPECT_EQ(a.evaluations, b.evaluations);
}

TYPED_TEST(SmoothOptimizer, RejectsBadSettingsAndStarts) {
    typename TypeParam::Settings settings;
    settings.tolerance = -1;
    EXPECT_THROW(TypeParam{settings}, PreconditionError);
    settings.tolerance = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(TypeParam{settings}, PreconditionError);
    settings = {};
    settings.max_iterations = -1;
    EXPECT_THROW(TypeParam{settings}, PreconditionError);
    EXPECT_THROW((void)TypeParam().minimize(DepthTwo<double>(), vector_of<double>({1.0})),
                 PreconditionError);
}

TYPED_TEST(SmoothOptimizer, SolvesPositiveDefiniteQuadratics) {
    EXPECT_TRUE(rc::check("A x = b", [] {
        const Matrix<double> B = gen::draw("B", gen::matrix<double>(3, 3));
        const Vector<double> b = gen::draw("b", gen::vector<double>(3));
        const Matrix<double> A = B.transpose() * B / 16.0 + Matrix<double>::Identity(3, 3);
        const loss::Quadratic<double> f(A, b, true);
        const Report<double> r = TypeParam().minimize(f, Vector<double>(Vector<double>::Zero(3)));
        RC_ASSERT(r.stop == Stop::converged);
        RC_ASSERT(Vector<double>(A * r.x - b).norm() <= 4e-8);
    }));
}

/// Steps uphill and says so nowhere.
struct Ascent {
    template <class F, class Watch>
    Report<double> minimize(const F& f, Vector<double> x, Watch&& watch) const {
        Report<double> r;
        for (; r.iterations < 5; ++r.iterations) {
            r.x = x;
            r.value = f.value(x);
            watch(r);
            x += 0.01 * f.gradient(x);
        }
        return r;
    }
};

TEST(Descent, HoldsAndTheMutantDoesNotDescend) {
    const DepthTwo<double> f;
    EXPECT_TRUE(descends(trace(optim::GradientDescent<double>(), f, start), 4000));
    EXPECT_TRUE(descends(trace(optim::Lbfgs<double>(), f, start), 4000));
    EXPECT_TRUE(descends(trace(optim::Newton<double>(), f, start), 4000));
    EXPECT_FALSE(descends(trace(Ascent(), f, start), 4000));
}

TEST(Descent, StationaryNewtonLowersTheGradientNorm) {
    const Trace<double> run = trace(optim::StationaryNewton<double>(), DepthTwo<double>(), start);
    for (std::size_t i = 1; i < run.seen.size(); ++i)
        EXPECT_LT(run.seen[i].certificate, run.seen[i - 1].certificate);
}

TEST(GradientDescent, FixedStepIsTheBareRecursion) {
    optim::GradientDescent<double>::Settings settings;
    settings.rule = optim::StepRule::fixed;
    settings.step = 0.125;
    settings.max_iterations = 3;
    const DepthTwo<double> f;
    Vector<double> x = start;
    for (int i = 0; i < 3; ++i) x = x - 0.125 * f.gradient(x);
    EXPECT_EQ(optim::GradientDescent<double>(settings).minimize(f, start).x, x);
}

TEST(GradientDescent, DivergingFixedStepEndsAtTheLastFiniteIterate) {
    optim::GradientDescent<double>::Settings settings;
    settings.rule = optim::StepRule::fixed;
    settings.step = 10;
    const Report<double> r =
        optim::GradientDescent<double>(settings).minimize(DepthTwo<double>(), start);
    EXPECT_EQ(r.stop, Stop::non_finite);
    EXPECT_GT(r.iterations, 0);
    EXPECT_TRUE(is_all_finite(r));
}

TEST(GradientDescent, RejectsBadSteps) {
    using Method = optim::GradientDescent<double>;
    for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
        Method::Settings settings;
        settings.step = bad;
        EXPECT_THROW(Method{settings}, PreconditionError);
        settings = {};
        settings.shrink = bad;
        EXPECT_THROW(Method{settings}, PreconditionError);
        settings = {};
        settings.sufficient = bad;
        EXPECT_THROW(Method{settings}, PreconditionError);
    }
}

TEST(Lbfgs, RejectsBadWolfeConstants) {
    using Method = optim::Lbfgs<double>;
    Method::Settings settings;
    settings.curvature = settings.sufficient;
    EXPECT_THROW(Method{settings}, PreconditionError);
    settings = {};
    settings.memory = 0;
    EXPECT_THROW(Method{settings}, PreconditionError);
}

TEST(Lbfgs, NeedsFarFewerStepsThanGradientDescentOnALongValley) {
    const Index d = 20;
    Matrix<double> A = Matrix<double>::Zero(d, d);
    for (Index i = 0; i < d; ++i) A(i, i) = 1.0 + 50.0 * static_cast<double>(i);
    const loss::Quadratic<double> f(A, Vector<double>(Vector<double>::Ones(d)), true);
    const Vector<double> zero = Vector<double>::Zero(d);
    const Report<double> fast = optim::Lbfgs<double>().minimize(f, zero);
    const Report<double> slow = optim::GradientDescent<double>().minimize(f, zero);
    EXPECT_EQ(fast.stop, Stop::converged);
    EXPECT_LT(4 * fast.iterations, slow.iterations);
}

}  // namespace
}  // namespace hadamard
