/// @file
/// Newton's methods: saddles left or hunted, convergence in many digits, the trust-region model.

#include "generators/scalars.hpp"
#include "hadamard/losses/quadratic.hpp"
#include "hadamard/optimizers/newton.hpp"
#include "hadamard/optimizers/stationary_newton.hpp"
#include "optimizer_problems.hpp"

#include <gtest/gtest.h>

namespace hadamard {
namespace {

using namespace problems;
using optim::Newton;
using optim::Report;
using optim::StationaryNewton;
using optim::Stop;

template <class T>
class NewtonInDigits : public ::testing::Test {};
using Scalars = ::testing::Types<double, Real<50>, Real<200>>;
TYPED_TEST_SUITE(NewtonInDigits, Scalars);

TYPED_TEST(NewtonInDigits, LeavesTheStrictSaddleWhereTheGradientIsZero) {
    using T = TypeParam;
    const DepthTwo<T> f;
    const Vector<T> origin = Vector<T>::Zero(2);
    ASSERT_EQ(f.gradient(origin), origin);
    const Report<T> r = Newton<T>().minimize(f, origin);
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_LE(r.iterations, 20);
    const T side = square_root(T(T(3) / T(4)));
    const T rounding = T(64) * rounding_unit<T>();
    EXPECT_LE(magnitude(T(r.x[0] - side)), rounding);
    EXPECT_LE(magnitude(T(r.x[1] - side)), rounding);
    EXPECT_LE(r.certificate, rounding);
}

TYPED_TEST(NewtonInDigits, LeavesItAlsoFromItsStableManifold) {
    using T = TypeParam;
    // On u = −v gradient descent runs into the saddle; the gradient has no part along the way out.
    const Report<T> r =
        Newton<T>().minimize(DepthTwo<T>(), vector_of<T>({T(1) / T(3), -T(1) / T(3)}));
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_LE(magnitude(T(r.x[0] * r.x[1] - T(3) / T(4))), T(256) * rounding_unit<T>());
}

TYPED_TEST(NewtonInDigits, ConvergesQuadraticallyToTheRoundingLevel) {
    using T = TypeParam;
    const Trace<T> run = trace(Newton<T>(), DepthTwo<T>(), vector_of<T>({T(2), T(3) / T(2)}));
    EXPECT_EQ(run.last.stop, Stop::converged);
    EXPECT_LE(run.last.certificate, T(64) * rounding_unit<T>());
    for (std::size_t i = 1; i < run.seen.size(); ++i) {
        const T& before = run.seen[i - 1].certificate;
        if (before < T(1) / T(1000)) {
            EXPECT_LE(run.seen[i].certificate,
                      T(100) * before * before + T(64) * rounding_unit<T>());
        }
    }
}

TYPED_TEST(NewtonInDigits, LeavesAMaximum) {
    using T = TypeParam;
    const Wells<T> f{vector_of<T>({T(1), T(4)})};
    const Report<T> r = Newton<T>().minimize(f, Vector<T>(Vector<T>::Zero(2)));
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_LE(magnitude(T(magnitude(T(r.x[0])) - T(1))), T(64) * rounding_unit<T>());
    EXPECT_LE(magnitude(T(magnitude(T(r.x[1])) - T(2))), T(64) * rounding_unit<T>());
}

TYPED_TEST(NewtonInDigits, StationaryNewtonFindsSaddlesAndMaxima) {
    using T = TypeParam;
    const Report<T> saddle =
        StationaryNewton<T>().minimize(DepthTwo<T>(), vector_of<T>({T(1) / T(10), -T(1) / T(20)}));
    EXPECT_EQ(saddle.stop, Stop::converged);
    EXPECT_LE(saddle.x.norm(), T(64) * rounding_unit<T>());
    const Wells<T> wells{vector_of<T>({T(1), T(4)})};
    const Report<T> maximum =
        StationaryNewton<T>().minimize(wells, vector_of<T>({T(1) / T(10), T(1) / T(5)}));
    EXPECT_EQ(maximum.stop, Stop::converged);
    EXPECT_LE(maximum.x.norm(), T(64) * rounding_unit<T>());
}

TEST(Newton, DoesNotCallASaddleConverged) {
    Newton<double>::Settings settings;
    settings.max_iterations = 0;
    const Report<double> r =
        Newton<double>(settings).minimize(DepthTwo<double>(), vector_of<double>({0.0, 0.0}));
    EXPECT_EQ(r.stop, Stop::iteration_limit);
    // Mutant: a judge that looks at the gradient alone calls it converged.
    EXPECT_EQ(r.certificate, 0.0);
    settings.curvature_tolerance = 1;
    EXPECT_EQ(
        Newton<double>(settings).minimize(DepthTwo<double>(), vector_of<double>({0.0, 0.0})).stop,
        Stop::converged);
}

TEST(Newton, ConvergesWhereTheHessianIsSingular) {
    using T = Real<50>;
    const Wells<T> quartic{vector_of<T>({T(0), T(1)})};
    const Report<T> r = Newton<T>().minimize(quartic, vector_of<T>({T(1), T(2)}));
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_LE(r.certificate, T("1e-45"));
    // A valley: x + y = 1, nothing to tell its points apart.
    const loss::Quadratic<T> valley(Matrix<T>(Matrix<T>::Ones(2, 2)), vector_of<T>({T(1), T(1)}));
    const Report<T> flat = Newton<T>().minimize(valley, vector_of<T>({T(5), T(1) / T(3)}));
    EXPECT_EQ(flat.stop, Stop::converged);
    EXPECT_LE(magnitude(T(flat.x.sum() - T(1))), T("1e-47"));
    // It goes straight to the valley and not along it.
    EXPECT_LE(magnitude(T(flat.x[0] - flat.x[1] - T(14) / T(3))), T("1e-46"));
}

TEST(Newton, TakesOneStepOnAPositiveDefiniteQuadratic) {
    Matrix<double> A(2, 2);
    A << 4, 1, 1, 3;
    const loss::Quadratic<double> f(A, vector_of<double>({1.0, 2.0}), true);
    const Report<double> r = Newton<double>().minimize(f, vector_of<double>({0.5, 0.0}));
    EXPECT_EQ(r.stop, Stop::converged);
    EXPECT_LE(r.iterations, 2);
    EXPECT_NEAR(r.x[0], 1.0 / 11, 1e-15);
}

TEST(Newton, RejectsBadSettings) {
    Newton<double>::Settings settings;
    settings.first_radius = 0;
    EXPECT_THROW(Newton<double>{settings}, PreconditionError);
    settings = {};
    settings.curvature_tolerance = -1;
    EXPECT_THROW(Newton<double>{settings}, PreconditionError);
    StationaryNewton<double>::Settings damped;
    damped.damping = 0;
    EXPECT_THROW(StationaryNewton<double>{damped}, PreconditionError);
}

/// x³/3 + x: its gradient x² + 1 has a minimum and no zero.
struct NoStationaryPoint {
    using Scalar = double;
    Index size() const { return 1; }
    double value(const Vector<double>& x) const { return x[0] * x[0] * x[0] / 3 + x[0]; }
    Vector<double> gradient(const Vector<double>& x) const {
        return vector_of<double>({x[0] * x[0] + 1});
    }
    Vector<double> hessian_times(const Vector<double>& x, const Vector<double>& v) const {
        return vector_of<double>({2 * x[0] * v[0]});
    }
};

TEST(StationaryNewton, SaysWhenThereIsNothingToFind) {
    const Report<double> r =
        StationaryNewton<double>().minimize(NoStationaryPoint(), vector_of<double>({2.0}));
    EXPECT_NE(r.stop, Stop::converged);
    EXPECT_NEAR(r.certificate, 1.0, 1e-3);
}

/// The best of 720 directions at each of ten radii: what the model's step has to match.
double searched_decrease(const Matrix<double>& h, const Vector<double>& g, double radius) {
    double best = 0;
    for (int ring = 1; ring <= 10; ++ring) {
        for (int i = 0; i < 720; ++i) {
            const double angle = 3.14159265358979 * i / 360, r = radius * ring / 10;
            const Vector<double> s = vector_of<double>({r * std::cos(angle), r * std::sin(angle)});
            best = std::max(best, -(g.dot(s) + s.dot(h * s) / 2));
        }
    }
    return best;
}

/// The step stays inside (to the two percent its radius may miss) and finds at least what a search
/// of a slightly smaller disc finds.
bool is_trust_region_step(const Matrix<double>& h, const Vector<double>& g, double radius,
                          const Vector<double>& s) {
    const double found = -(g.dot(s) + s.dot(h * s) / 2);
    const double rounding = 1e-9 * (1 + h.norm()) * (1 + g.norm());
    return s.norm() <= 1.02 * radius && searched_decrease(h, g, 0.98 * radius) <= found + rounding;
}

TEST(TrustRegion, BeatsASearchOfTheDisc) {
    EXPECT_TRUE(rc::check("the model's minimizer", [] {
        const Matrix<double> h =
            gen::draw("H", gen::symmetric_matrix<double>(2, gen::integer<double>()));
        const Vector<double> g = gen::draw("g", gen::vector<double>(2));
        const double radius = gen::draw("radius", gen::positive_rational<double>());
        const auto spectrum = optim::detail::spectrum_of(h);
        RC_ASSERT(spectrum.has_value());
        const optim::detail::TrustRegionModel<double> model(*spectrum, g, 0.0);
        const optim::detail::TrustRegionStep<double> step = model.within(radius);
        RC_ASSERT(is_trust_region_step(h, g, radius, step.s));
        // The prediction is the model's own decrease.
        const double decrease = -(g.dot(step.s) + step.s.dot(h * step.s) / 2);
        RC_ASSERT(std::abs(step.predicted - decrease) <= 1e-9 * (1 + std::abs(decrease)));
    }));
}

TEST(TrustRegion, RejectsTheMutants) {
    Matrix<double> h(2, 2);
    h << -2, 0, 0, 3;
    const Vector<double> g = vector_of<double>({0.0, 1.0});                         // the hard case
    EXPECT_FALSE(is_trust_region_step(h, g, 1.0, vector_of<double>({0.0, -0.2})));  // g alone
    EXPECT_FALSE(is_trust_region_step(h, g, 1.0, vector_of<double>({2.0, 0.0})));   // outside
    const auto spectrum = optim::detail::spectrum_of(h);
    const optim::detail::TrustRegionModel<double> model(*spectrum, g, 0.0);
    EXPECT_TRUE(is_trust_region_step(h, g, 1.0, model.within(1.0).s));
    EXPECT_GT(model.within(1.0).s[0], 0.9);  // the sign is a rule, not an accident
}

TEST(TrustRegion, ResolvesSlopesFarBelowRounding) {
    using T = Real<50>;
    Matrix<T> h = Matrix<T>::Zero(2, 2);
    h(0, 0) = T(-1);
    h(1, 1) = T(1);
    const Vector<T> g = vector_of<T>({T("1e-120"), T(1) / T(4)});
    const auto spectrum = optim::detail::spectrum_of(h);
    const optim::detail::TrustRegionModel<T> model(*spectrum, g, T(0));
    const optim::detail::TrustRegionStep<T> step = model.within(T(1));
    EXPECT_LE(magnitude(T(step.s.norm() - T(1))), T(1) / T(50));
    EXPECT_LT(step.s[0], T(-9) / T(10));
}

}  // namespace
}  // namespace hadamard
