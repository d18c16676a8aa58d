/// @file
/// The laws of the penalties: values and derivatives, the prox against searches and exact oracles,
/// the judge, embedding, enclosures. Every law also has to reject a false variant.

#include "generators/scalars.hpp"
#include "hadamard/objectives/prox_residual.hpp"
#include "hadamard/penalties/group_lq.hpp"
#include "hadamard/penalties/lq.hpp"
#include "hadamard/penalties/mixed_lpq.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace hadamard {
namespace {

using penalty::GroupLq;
using penalty::Lq;
using penalty::MixedLpq;

template <class T>
Vector<T> vector_of(std::initializer_list<T> entries) {
    Vector<T> out(static_cast<Index>(entries.size()));
    Index i = 0;
    for (const T& entry : entries) out[i++] = entry;
    return out;
}

/// step·R(z) + ½‖z − x‖².
template <class R, class T = typename R::Scalar>
T prox_objective(const R& penalty, const Vector<T>& x, const T& step, const Vector<T>& z) {
    return step * penalty.value(z) + Vector<T>(z - x).squaredNorm() / T(2);
}

/// z solves its optimality condition outside the kinks of R to `units` rounding units of ‖x‖.
template <class R, class T = typename R::Scalar>
bool is_critical(const R& penalty, const Vector<T>& x, const T& step, const Vector<T>& z,
                 int units) {
    Vector<T> slope = step * penalty.gradient(z) + z - x;
    for (const Kink<T>& kink : penalty.kinks(z))
        for (const Index i : kink.indices) slope[i] = T(0);
    T worst(0);
    for (const PenaltyBlock<T>& block : penalty.blocks()) {
        const T size = gather(slope, block.indices).norm();
        if (worst < size) worst = size;
    }
    return worst <= T(units) * rounding_unit<T>() * x.norm();
}

/// No multiple s·x_j, s = 0, 1/400, …, 1, of a block beats z there: the minimizer is radial, and
/// the penalty separates, so that this is a dense search. Allows rounding of the two values.
template <class R, class T = typename R::Scalar>
bool is_global(const R& penalty, const Vector<T>& x, const T& step, const Vector<T>& z) {
    const T best = prox_objective(penalty, x, step, z);
    const T rounding = T(64) * rounding_unit<T>() * (best + x.squaredNorm());
    for (const PenaltyBlock<T>& block : penalty.blocks()) {
        for (int i = 0; i <= 400; ++i) {
            Vector<T> other = z;
            const Vector<T> scaled = gather(x, block.indices) * T(T(i) / T(400));
            scatter(other, block.indices, scaled);
            if (prox_objective(penalty, x, step, other) < best - rounding) return false;
        }
    }
    return true;
}

/// Whether the penalty knows its prox; if not, it says so and throws.
template <class R>
bool has_prox(const R& penalty) {
    using T = typename R::Scalar;
    if constexpr (requires { penalty.has_prox(); }) {
        if (penalty.has_prox()) return true;
        EXPECT_THROW((void)penalty.prox(Vector<T>::Constant(penalty.size(), T(3)), T(1)),
                     PreconditionError);
        return false;
    }
    return true;
}

/// No point of the grid of multiples x_i · n/10 beats z in a block of at most three: a search that
/// knows nothing of the shape of the minimizer.
template <class R, class T = typename R::Scalar>
bool is_global_on_grid(const R& penalty, const Vector<T>& x, const T& step, const Vector<T>& z) {
    const T best = prox_objective(penalty, x, step, z);
    const T rounding = T(64) * rounding_unit<T>() * (best + x.squaredNorm());
    for (const PenaltyBlock<T>& block : penalty.blocks()) {
        std::vector<int> digits(block.indices.size(), 0);
        for (bool done = false; !done;) {
            Vector<T> other = z;
            for (std::size_t i = 0; i < digits.size(); ++i)
                other[block.indices[i]] = x[block.indices[i]] * T(digits[i]) / T(10);
            if (prox_objective(penalty, x, step, other) < best - rounding) return false;
            std::size_t i = 0;
            while (i < digits.size() && digits[i] == 10) digits[i++] = 0;
            done = i == digits.size();
            if (!done) ++digits[i];
        }
    }
    return true;
}

template <class T>
class Prox : public ::testing::Test {};
using Rounded = ::testing::Types<double, Real<50>>;
TYPED_TEST_SUITE(Prox, Rounded);

template <class R>
void expect_prox_laws() {
    using T = typename R::Scalar;
    for (const R& penalty : R::examples()) {
        SCOPED_TRACE("exponent " + penalty.exponent().text());
        if (!has_prox(penalty)) continue;
        EXPECT_TRUE(rc::check("prox is critical and global", [&penalty] {
            const Vector<T> x = gen::draw("x", gen::vector(penalty.size(), gen::rational<T>()));
            const T step = gen::draw("step", gen::positive_rational<T>());
            const Vector<T> z = penalty.prox(x, step);
            RC_ASSERT(is_critical(penalty, x, step, z, 16));
            RC_ASSERT(is_global(penalty, x, step, z));
            if (std::same_as<T, double>) RC_ASSERT(is_global_on_grid(penalty, x, step, z));
        }));
    }
}

TYPED_TEST(Prox, IsCriticalAndGlobal) {
    expect_prox_laws<Lq<TypeParam>>();
    expect_prox_laws<GroupLq<TypeParam>>();
    expect_prox_laws<MixedLpq<TypeParam>>();
}

/// The minimizer is a soft threshold, which takes relatively more from the smaller entry: a radial
/// shrinkage is beaten.
TYPED_TEST(Prox, OfTheMixedPenaltyIsNoRadialShrinkage) {
    using T = TypeParam;
    const MixedLpq<T> penalty(2, 1, Exponent(2, 3), {{0, 1}});
    const Vector<T> x = vector_of<T>({T(3), T(1)});
    const T step(1);
    const Vector<T> z = penalty.prox(x, step);
    EXPECT_LT(z[1] * x[0], x[1] * z[0]);
    EXPECT_TRUE(is_global_on_grid(penalty, x, step, z));
    EXPECT_FALSE(is_global_on_grid(penalty, x, step, Vector<T>(x * T(T(1) / T(3)))));
    EXPECT_FALSE(is_critical(penalty, x, step, Vector<T>(z * T(T(101) / T(100))), 16));
    EXPECT_EQ(penalty.prox(x, T(100)), vector_of<T>({T(0), T(0)}));
}

TYPED_TEST(Prox, MutantsAreRejected) {
    using T = TypeParam;
    const T step(1);
    for (const Exponent q : {Exponent(1, 2), Exponent(2, 3), Exponent(2, 5), Exponent(4, 5)}) {
        const Lq<T> penalty(1, q);
        // Between the point where the nonzero minimizer appears and the switch lie values where it
        // is only local; twice the switch is where a threshold off by 2 still says 0.
        const T s = (Exponent(2) * (Exponent(1) - q) / (Exponent(2) - q)).template as<T>();
        const T x_glob = abs_power(T(T(2) * (T(1) - q.as<T>())), Exponent(1) / (Exponent(2) - q));
        const T y_glob = x_glob / s;
        const Vector<T> above = vector_of<T>({y_glob * T(3) / T(2)});
        EXPECT_TRUE(is_global(penalty, above, step, penalty.prox(above, step)));
        EXPECT_FALSE(is_global(penalty, above, step, Vector<T>(Vector<T>::Zero(1))));
        const Vector<T> below = vector_of<T>({y_glob * T(19) / T(20)});
        EXPECT_EQ(penalty.prox(below, step)[0], T(0));
        EXPECT_FALSE(is_global(penalty, below, step, Vector<T>(below * s)));
        const Vector<T> z = penalty.prox(above, step);
        EXPECT_FALSE(is_critical(penalty, above, step, Vector<T>(z * T(T(101) / T(100))), 16));
    }
}

TYPED_TEST(Prox, SwitchesAtTheOracle) {
    using T = TypeParam;
    const T little = T(1) / T(1'000'000);
    for (const Exponent q : {Exponent(1, 2), Exponent(2, 3), Exponent(2, 5), Exponent(4, 5)}) {
        SCOPED_TRACE(q.text());
        for (const T& lambda : {T(T(1) / T(7)), T(1), T(5)}) {
            const T x_glob =
                abs_power(T(T(2) * lambda * (T(1) - q.as<T>())), Exponent(1) / (Exponent(2) - q));
            const T y_glob = x_glob * (T(2) - q.as<T>()) / (T(2) * (T(1) - q.as<T>()));
            const T below = penalty::detail::power_prox(T(y_glob * (T(1) - little)), lambda, q);
            const T above = penalty::detail::power_prox(T(y_glob * (T(1) + little)), lambda, q);
            EXPECT_EQ(below, T(0));
            EXPECT_LE(x_glob, above);
            EXPECT_LE(above, x_glob * (T(1) + T(100) * little));
        }
    }
    // k = 4, λ = 1: y_glob = 3/2, exactly the tie.
    EXPECT_EQ(penalty::detail::power_prox(T(T(3) / T(2)), T(1), Exponent(1, 2)), T(0));
}

/// The 50-digit result of the same doubles, for which no scale is extreme.
double reference(double y, double a, Exponent q) {
    return penalty::detail::power_prox(Real<50>(y), Real<50>(a), q).template convert_to<double>();
}

TEST(ProxInDouble, AgreesWithFiftyDigitsAtExtremeScales) {
    using limits = std::numeric_limits<double>;
    const std::vector<double> sizes = {limits::denorm_min(),
                                       1e-310,
                                       3e-300,
                                       1e-200,
                                       7e-155,
                                       1e-100,
                                       1e-8,
                                       1,
                                       12345,
                                       1e100,
                                       2e154,
                                       1e300,
                                       limits::max()};
    for (const Exponent q : {Exponent(1), Exponent(1, 2), Exponent(2, 3), Exponent(1, 5),
                             Exponent(9, 10), Exponent(6, 7)}) {
        for (const double y : sizes) {
            for (const double a : sizes) {
                SCOPED_TRACE(q.text() + " y " + text(y) + " a " + text(a));
                const double z = penalty::detail::power_prox(y, a, q);
                const double bound = 64 * limits::epsilon() * y + limits::denorm_min();
                EXPECT_LE(std::abs(z - reference(y, a, q)), bound);
            }
        }
    }
}

TEST(ProxInDouble, GroupsKeepScaleAndDirection) {
    for (const double unit : {1e-300, 1e-160, 1.0, 1e160, 1e300}) {
        for (const Exponent q : {Exponent(1), Exponent(2, 3), Exponent(2, 5)}) {
            const GroupLq<double> penalty(2, q, {{0, 1}});
            const Vector<double> x = vector_of<double>({3 * unit, -4 * unit});
            for (const double step : {1e-300, 1e-3, 1.0, 1e300}) {
                const Vector<double> z = penalty.prox(x, step);
                const double length = reference(5 * unit, step, q);
                EXPECT_LE(std::abs(z[0] - 0.6 * length), 1e-14 * unit);
                EXPECT_LE(std::abs(z[1] + 0.8 * length), 1e-14 * unit);
            }
            EXPECT_TRUE(std::isfinite(penalty.value(x)));
            for (const double entry : penalty.gradient(x)) EXPECT_TRUE(std::isfinite(entry));
        }
    }
}

TEST(ProxOverRational, IsSoftThresholdingAtExponentOne) {
    const Lq<Rational> penalty(3, 1, {Rational(1), Rational(0), Rational(2)});
    EXPECT_TRUE(rc::check("prox = soft threshold", [&penalty] {
        const Vector<Rational> x =
            gen::draw("x", gen::vector<Rational>(3, gen::rational<Rational>()));
        const Rational step = gen::draw("step", gen::positive_rational<Rational>());
        const Vector<Rational> z = penalty.prox(x, step);
        for (Index i = 0; i < 3; ++i) {
            const Rational level = step * penalty.weights()[static_cast<std::size_t>(i)];
            const Rational excess = magnitude(x[i]) - level;
            RC_ASSERT(z[i] == (excess > 0 ? Rational(excess * unit_sign(x[i])) : Rational(0)));
        }
        RC_ASSERT(penalty.stationarity(z, Vector<Rational>(z - x), step) ==
                  magnitude(Rational(z[1] - x[1])));
    }));
}

TEST(ProxOverRational, GroupsShrinkAlongRationalLengths) {
    const GroupLq<Rational> penalty(2, 1, {{0, 1}});
    const Vector<Rational> x = vector_of<Rational>({3, -4});
    EXPECT_EQ(penalty.prox(x, Rational(1)), vector_of<Rational>({{12, 5}, {-16, 5}}));
    EXPECT_EQ(penalty.prox(x, Rational(5)), vector_of<Rational>({0, 0}));
    // Irrational length: decided where the squares decide, refused where the result is irrational.
    const Vector<Rational> y = vector_of<Rational>({1, 1});
    EXPECT_EQ(penalty.prox(y, Rational(3, 2)), vector_of<Rational>({0, 0}));
    EXPECT_THROW((void)penalty.prox(y, Rational(1)), NotRepresentable);
    EXPECT_EQ(penalty.stationarity(vector_of<Rational>({0, 0}), y, Rational(2)), Rational(0));
}

TEST(ProxOverRational, RefusesSmallerExponents) {
    const Lq<Rational> penalty(1, Exponent(1, 2));
    EXPECT_THROW((void)penalty.prox(vector_of<Rational>({4}), Rational(1)), NotRepresentable);
    EXPECT_EQ(penalty.prox(vector_of<Rational>({4}), Rational(0)), vector_of<Rational>({4}));
    EXPECT_EQ(penalty.prox(vector_of<Rational>({0}), Rational(1)), vector_of<Rational>({0}));
}

/// h(t) = R(x + tv) against its quadratic model; true iff the error is O(t³).
template <class R, class T = typename R::Scalar>
bool is_third_order(const R& penalty, const Vector<T>& x, const Vector<T>& v, const T& slope,
                    const T& bend) {
    const T value = penalty.value(x);
    const auto error = [&](const T& t) -> T {
        return magnitude(
            T(penalty.value(Vector<T>(x + t * v)) - value - t * slope - t * t * bend / T(2)));
    };
    const T t = T(1) / T(1L << 20);
    const T coarse = error(t), fine = error(T(t / T(1024)));
    return fine <= T("1e-46") || T(1024) * T(1024) * T(512) * fine <= coarse;
}

template <class R>
void expect_derivative_laws() {
    using T = typename R::Scalar;
    for (const R& penalty : R::examples()) {
        SCOPED_TRACE("exponent " + penalty.exponent().text());
        EXPECT_TRUE(rc::check("R(x + tv) = R + t∇R·v + t²v·∇²R v/2 + O(t³)", [&penalty] {
            const Vector<T> size =
                gen::draw("size", gen::vector(penalty.size(), gen::positive_rational<T>()));
            const Vector<T> turn =
                gen::draw("turn", gen::vector(penalty.size(), rc::gen::element(T(1), T(-1))));
            const Vector<T> x = size.cwiseProduct(turn);
            const Vector<T> v = gen::draw("v", gen::vector(penalty.size(), gen::rational<T>()));
            const T slope = penalty.gradient(x).dot(v);
            const T bend = v.dot(Vector<T>(penalty.hessian(x) * v));
            RC_ASSERT(is_third_order(penalty, x, v, slope, bend));
            const T clear = T(1) / T(10);  // a slope 0 leaves nothing to double
            if (clear < magnitude(slope))
                RC_ASSERT(!is_third_order(penalty, x, v, T(T(2) * slope), bend));
            if (clear < magnitude(bend))
                RC_ASSERT(!is_third_order(penalty, x, v, slope, T(bend / T(2))));
        }));
    }
}

TEST(Derivatives, ModelThePenaltyToThirdOrder) {
    expect_derivative_laws<Lq<Real<50>>>();
    expect_derivative_laws<GroupLq<Real<50>>>();
    expect_derivative_laws<MixedLpq<Real<50>>>();
}

TEST(Derivatives, AreZeroOnZeroBlocks) {
    const Lq<double> lq(2, Exponent(1, 2));
    const Vector<double> x = vector_of<double>({0, 4});
    EXPECT_EQ(lq.gradient(x), vector_of<double>({0, 0.25}));
    EXPECT_EQ(lq.hessian(x)(0, 0), 0);
    const GroupLq<double> group(3, 1, {{0, 2}});
    EXPECT_EQ(group.gradient(vector_of<double>({0, 7, 0})), vector_of<double>({0, 0, 0}));
    EXPECT_EQ(group.hessian(vector_of<double>({0, 7, 0})).norm(), 0);
}

template <class R>
void expect_fixed_points_are_stationary() {
    using T = typename R::Scalar;
    for (const R& penalty : R::examples()) {
        SCOPED_TRACE("exponent " + penalty.exponent().text());
        if (!has_prox(penalty)) continue;
        EXPECT_TRUE(rc::check("z = prox(z − g) is stationary", [&penalty] {
            const Vector<T> x = gen::draw("x", gen::vector(penalty.size(), gen::rational<T>()));
            const T step = gen::draw("step", gen::positive_rational<T>());
            const Vector<T> z = penalty.prox(x, step), g = z - x;
            const T rounding = T(16) * rounding_unit<T>() * x.norm();
            RC_ASSERT(penalty.stationarity(z, g, step) <= rounding);
            RC_ASSERT(prox_residual(penalty, z, g, step, T(1)) <= T(4) * rounding);
            // Mutant: a gradient that is a hundredth longer, where something pulls.
            const Vector<T> off = g * T(T(101) / T(100));
            const bool pulls = Vector<T>(penalty.gradient(z)) != Vector<T>::Zero(z.size());
            if (pulls) RC_ASSERT(rounding < penalty.stationarity(z, off, step));
        }));
    }
}

TYPED_TEST(Prox, FixedPointsAreStationary) {
    expect_fixed_points_are_stationary<Lq<TypeParam>>();
    expect_fixed_points_are_stationary<GroupLq<TypeParam>>();
    expect_fixed_points_are_stationary<MixedLpq<TypeParam>>();
}

TEST(Stationarity, IsTheDistanceToTheLimitingSubdifferential) {
    const Vector<Rational> zero = vector_of<Rational>({0, 0}), g = vector_of<Rational>({3, -4});
    EXPECT_EQ(Lq<Rational>(2, 1).stationarity(zero, g, Rational(2)), Rational(2));
    EXPECT_EQ(Lq<Rational>(2, 1).stationarity(zero, g, Rational(4)), Rational(0));
    EXPECT_EQ(Lq<Rational>(2, Exponent(2, 3)).stationarity(zero, g, Rational(1)), Rational(0));
    EXPECT_EQ(GroupLq<Rational>(2, 1, {{0, 1}}).stationarity(zero, g, Rational(2)), Rational(3));
    EXPECT_EQ(GroupLq<Rational>(2, 1, {{0}}).stationarity(zero, g, Rational(9)), Rational(4));
    const Vector<Rational> x = vector_of<Rational>({6, -8});
    EXPECT_EQ(GroupLq<Rational>(2, 1, {{0, 1}}).stationarity(x, zero, Rational(5)), Rational(5));
    EXPECT_EQ(Lq<Rational>(2, 1).stationarity(x, g, Rational(1)), Rational(5));
}

TEST(Stationarity, NeverHidesWhatIsNotANumber) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Lq<double> penalty(3, 1);
    const double d =
        penalty.stationarity(vector_of<double>({1, 2, 3}), vector_of<double>({5, nan, 0}), 1.0);
    EXPECT_FALSE(std::isfinite(d));
}

template <class R, class Law>
void for_embedded(const std::vector<R>& examples, Law law) {
    for (const R& penalty : examples) {
        const Index d = penalty.size();
        IndexList positions;
        for (Index i = 0; i < d; ++i) positions.push_back(d + 1 - i);  // reversed, two left out
        law(penalty, penalty.embed(d + 3, positions), positions);
    }
}

template <class R>
void expect_embedding() {
    using T = typename R::Scalar;
    for_embedded(R::examples(), [](const R& inner, const R& outer, const IndexList& positions) {
        Vector<T> x(outer.size()), g(outer.size());
        for (Index i = 0; i < x.size(); ++i) {
            x[i] = T(static_cast<long>(i * i) - 5);
            g[i] = T(0);
        }
        const Vector<T> y = gather(x, positions);
        EXPECT_EQ(outer.size(), inner.size() + 3);
        EXPECT_EQ(outer.blocks().size(), inner.blocks().size());
        EXPECT_EQ(outer.value(x), inner.value(y));
        EXPECT_EQ(gather(Vector<T>(outer.gradient(x)), positions), inner.gradient(y));
        if (has_prox(inner)) {
            EXPECT_EQ(gather(Vector<T>(outer.prox(x, T(1))), positions), inner.prox(y, T(1)));
            EXPECT_EQ(outer.prox(x, T(1))[0], x[0]);
        }
        g[0] = T(1000);
        EXPECT_EQ(outer.stationarity(x, g, T(1)), T(1000));
        for (Index i = 0; i < inner.size(); ++i)
            for (Index j = 0; j < inner.size(); ++j)
                EXPECT_EQ(outer.hessian(x)(positions[static_cast<std::size_t>(i)],
                                           positions[static_cast<std::size_t>(j)]),
                          inner.hessian(y)(i, j));
    });
}

TEST(Embedding, IsThePenaltyOfTheChosenCoordinates) {
    expect_embedding<Lq<Real<50>>>();
    expect_embedding<GroupLq<Real<50>>>();
    expect_embedding<MixedLpq<Real<50>>>();
}

// ---- the mixed penalty --------------------------------------------------------------------------

/// b_i = ±s^k c_i^{k_1}, Σ c_i² = 1, p = 2/k_1, q = 2/k: ‖b‖_p = s^k, exactly.
TEST(MixedPlanted, PowersGiveExactValuesAndDerivatives) {
    EXPECT_TRUE(rc::check("‖b‖_p^q = s², and its derivatives", [] {
        const int k1 = gen::draw("k1", rc::gen::inRange(1, 5));
        const int k = k1 + gen::draw("k2", rc::gen::inRange(1, 4)) + (k1 == 1 ? 1 : 0);
        const Rational s = gen::draw("s", gen::positive_rational<Rational>());
        const Rational power = abs_power(s, k);
        const Exponent p(2, k1), q(2, k);
        const Rational c0 = abs_power(Rational(3, 5), k1), c1 = abs_power(Rational(4, 5), k1);
        const MixedLpq<Rational> penalty(2, p, q, {{0, 1}}, {Rational(3)});
        const Vector<Rational> b = vector_of<Rational>({power * c0, -power * c1});
        RC_ASSERT(penalty.value(b) == 3 * s * s);
        // w q s^{2−k} c^{p−1}, c^{1/k_1} to the power 2 − k_1.
        const Rational slope = 3 * Rational(2, k) * abs_power(s, Exponent(2 - k));
        const Vector<Rational> g = penalty.gradient(b);
        RC_ASSERT(g[0] == slope * abs_power(Rational(3, 5), Exponent(2 - k1)));
        RC_ASSERT(g[1] == -slope * abs_power(Rational(4, 5), Exponent(2 - k1)));
        // Euler: R is homogeneous of degree q, ∇R of degree q − 1.
        RC_ASSERT(g.dot(b) == q.as<Rational>() * penalty.value(b));
        const Vector<Rational> Hb = penalty.hessian(b) * b;
        RC_ASSERT(Hb == Vector<Rational>((q - 1).as<Rational>() * g));
        RC_ASSERT(penalty.kinks(b).empty());
    }));
}

/// R(x + tv) − R(x) = t·bound + O(t²) in a zero entry of a nonzero group.
TEST(MixedKinks, HaveTheSlopeOfTheirBound) {
    const MixedLpq<Real<50>> one(3, 1, Exponent(2, 3), {{0, 1, 2}}, {Real<50>(5)});
    const Vector<Real<50>> x = vector_of<Real<50>>({8, 0, 0});
    const std::vector<Kink<Real<50>>> kinks = one.kinks(x);
    ASSERT_EQ(kinks.size(), 2u);
    EXPECT_EQ(kinks[0].indices, IndexList{1});
    EXPECT_EQ(kinks[1].indices, IndexList{2});
    const Real<50> t("1e-20");
    for (const Real<50>& sign : {Real<50>(1), Real<50>(-1)}) {
        const Real<50> moved = one.value(vector_of<Real<50>>({8, sign * t, 0}));
        EXPECT_LE(magnitude(Real<50>(moved - one.value(x) - t * *kinks[0].bound)), t * t * 10);
    }
    // No bound inside for p < 1, none for zero groups; no kink inside for p = 2.
    const MixedLpq<Rational> half(3, Exponent(1, 2), Exponent(1, 3), {{0, 1}, {2}});
    const Vector<Rational> y = vector_of<Rational>({1, 0, 0});
    ASSERT_EQ(half.kinks(y).size(), 2u);
    EXPECT_FALSE(half.kinks(y)[0].bound || half.kinks(y)[1].bound);
    EXPECT_TRUE(MixedLpq<Rational>(2, 2, Exponent(2, 3), {{0, 1}}).kinks(y.head(2)).empty());
    // dist(−g, a∂R): over the bound q w ‖x‖^{q−1} = 1/3 at ‖x‖ = 8, q = 2/3.
    const MixedLpq<Rational> exact(2, 1, Exponent(2, 3), {{0, 1}});
    const Vector<Rational> at = vector_of<Rational>({8, 0});
    EXPECT_EQ(*exact.kinks(at)[0].bound, Rational(1, 3));
    EXPECT_EQ(exact.stationarity(at, vector_of<Rational>({Rational(-1, 3), Rational(1, 3)}), 1),
              Rational(0));
    EXPECT_EQ(exact.stationarity(at, vector_of<Rational>({Rational(-1, 3), Rational(-4, 3)}), 1),
              Rational(1));
}

/// R ≤ majorizer + constant, with equality at the point of contact; the mutant without the factor
/// q/p touches at another slope.
TEST(MixedMajorizer, LiesAboveThePenaltyAndTouchesIt) {
    for (const MixedLpq<double>& penalty : MixedLpq<double>::examples()) {
        EXPECT_TRUE(rc::check("R(z) − R(x) ≤ M(z) − M(x)", [&penalty] {
            const Vector<double> x =
                gen::draw("x", gen::vector(penalty.size(), gen::positive_rational<double>()));
            const Vector<double> z =
                gen::draw("z", gen::vector(penalty.size(), gen::rational<double>()));
            const std::optional<Lq<double>> M = penalty.majorizer(x, 0.0);
            RC_ASSERT(M.has_value() == !(penalty.inner_exponent() == Exponent(2)));
            if (!M) return;
            const double rise = penalty.value(z) - penalty.value(x);
            const double bound = M->value(z) - M->value(x);
            RC_ASSERT(rise <= bound + 1e-12 * (M->value(z) + M->value(x)));
            const Vector<double> slope = penalty.gradient(x), tangent = M->gradient(x);
            RC_ASSERT((slope - tangent).norm() <= 1e-12 * slope.norm());
            const double q_over_p =
                (penalty.exponent() / penalty.inner_exponent()).template as<double>();
            RC_ASSERT((slope - tangent / q_over_p).norm() > 1e-3 * slope.norm());
        }));
    }
}

TEST(MixedEnclosures, ContainTheExactResultsAndSeeKinks) {
    const MixedLpq<Rational> exact(2, 1, Exponent(2, 3), {{0, 1}});
    const MixedLpq<Interval> ball(2, 1, Exponent(2, 3), {{0, 1}});
    const Vector<Rational> b = vector_of<Rational>({6, -2});
    for (const Rational& width : {Rational(0), Rational(1, 100)}) {
        Vector<Interval> box = from_rational<Interval>(b);
        for (Index i = 0; i < 2; ++i)
            box[i] = Interval::ball(box[i], from_rational<Interval>(width));
        EXPECT_TRUE(ball.value(box).contains(exact.value(b)));
        for (Index i = 0; i < 2; ++i) {
            EXPECT_TRUE(ball.gradient(box)[i].contains(exact.gradient(b)[i]));
            for (Index j = 0; j < 2; ++j)
                EXPECT_TRUE(ball.hessian(box)(i, j).contains(exact.hessian(b)(i, j)));
        }
        EXPECT_FALSE(ball.value(box).contains(Rational(exact.value(b) + 1)));
    }
    // A slope that may jump is enclosed, and so is its derivative.
    Vector<Interval> box = from_rational<Interval>(b);
    box[1] = Interval::ball(Interval(0), Interval(1));
    EXPECT_TRUE(ball.gradient(box)[1].contains(Rational(1, 10)));
    EXPECT_TRUE(ball.gradient(box)[1].contains(Rational(-1, 10)));
    EXPECT_FALSE(ball.hessian(box)(1, 1).is_finite());
}

TEST(Planted, PowersGiveExactValuesAndDerivatives) {
    EXPECT_TRUE(rc::check("b = ±t^k: |b|^{2/k} = t²", [] {
        const int k = gen::draw("k", rc::gen::inRange(2, 9));
        const Rational t = gen::draw("t", gen::positive_rational<Rational>());
        const Rational sign = gen::draw("sign", rc::gen::element(Rational(1), Rational(-1)));
        const Exponent q(2, k);
        const Rational power = abs_power(t, k);
        const Lq<Rational> lq(2, q, {Rational(3), Rational(1)});
        const Vector<Rational> b = vector_of<Rational>({sign * power, 0});
        const Rational slope = Rational(3) * Rational(2, k) * abs_power(t, Exponent(2 - k));
        RC_ASSERT(lq.value(b) == 3 * t * t);
        RC_ASSERT(lq.gradient(b)[0] == sign * slope);
        RC_ASSERT(lq.hessian(b)(0, 0) == slope * (Rational(2, k) - 1) / power);
        // (3/5, 4/5) t^k has the length t^k.
        const GroupLq<Rational> group(2, q, {{0, 1}});
        const Vector<Rational> c = vector_of<Rational>({power * 3 / 5, power * 4 / 5 * sign});
        RC_ASSERT(group.value(c) == t * t);
        RC_ASSERT(group.gradient(c)[0] == slope / 3 * Rational(3, 5));
        RC_ASSERT(group.hessian(c)(0, 1) ==
                  slope / 3 / power * (Rational(2, k) - 2) * Rational(12, 25) * sign);
    }));
    const Lq<Rational> irrational(1, Exponent(2, 3));
    EXPECT_THROW((void)irrational.value(vector_of<Rational>({2})), NotRepresentable);
}

Vector<Interval> enclose(const Vector<Rational>& x, const Interval& radius) {
    Vector<Interval> out = from_rational<Interval>(x);
    for (Index i = 0; i < out.size(); ++i) out[i] = Interval::ball(out[i], radius);
    return out;
}

TEST(Enclosures, ContainTheExactResults) {
    const Exponent q(2, 3);
    const Lq<Interval> lq(2, q);
    const GroupLq<Interval> group(2, q, {{0, 1}});
    const Lq<Rational> exact(2, q);
    const GroupLq<Rational> exact_group(2, q, {{0, 1}});
    const Interval wide = from_rational<Interval>(Rational(1, 100));
    for (const Interval& radius : {Interval(0), wide}) {
        const Vector<Rational> b = vector_of<Rational>({8, Rational(-1, 27)});
        const Vector<Interval> ball = enclose(b, radius);
        EXPECT_TRUE(lq.value(ball).contains(exact.value(b)));
        const Vector<Rational> c = vector_of<Rational>({Rational(24, 5), Rational(-32, 5)});
        const Vector<Interval> ball_group = enclose(c, radius);
        EXPECT_TRUE(group.value(ball_group).contains(exact_group.value(c)));
        for (Index i = 0; i < 2; ++i) {
            EXPECT_TRUE(lq.gradient(ball)[i].contains(exact.gradient(b)[i]));
            EXPECT_TRUE(group.gradient(ball_group)[i].contains(exact_group.gradient(c)[i]));
            for (Index j = 0; j < 2; ++j) {
                EXPECT_TRUE(lq.hessian(ball)(i, j).contains(exact.hessian(b)(i, j)));
                EXPECT_TRUE(group.hessian(ball_group)(i, j).contains(exact_group.hessian(c)(i, j)));
            }
        }
        // Mutant: the enclosure of another number.
        EXPECT_FALSE(lq.value(ball).contains(Rational(exact.value(b) + 1)));
    }
}

TEST(Enclosures, AreInfiniteWhereABlockMayBeZero) {
    const Lq<Interval> penalty(1, Exponent(1, 2));
    Vector<Interval> x(1);
    x[0] = Interval::ball(Interval(0), Interval(1));
    EXPECT_FALSE(penalty.gradient(x)[0].is_finite());
    EXPECT_TRUE(penalty.value(x).contains(Rational(0)));
    EXPECT_TRUE(penalty.value(x).contains(Rational(1)));
    x[0] = Interval(0);
    EXPECT_TRUE(is_zero(penalty.gradient(x)[0]));
}

TEST(Preconditions, AreChecked) {
    using Groups = std::vector<IndexList>;
    EXPECT_THROW(Lq<double>(2, 0), PreconditionError);
    EXPECT_THROW(Lq<double>(2, Exponent(3, 2)), PreconditionError);
    EXPECT_THROW(Lq<double>(2, 1, {1.0}), PreconditionError);
    EXPECT_THROW(Lq<double>(1, 1, {-1.0}), PreconditionError);
    EXPECT_THROW(Lq<double>(1, 1, {std::numeric_limits<double>::quiet_NaN()}), PreconditionError);
    EXPECT_THROW(GroupLq<double>(2, 1, Groups{{0}, {0}}), PreconditionError);
    EXPECT_THROW(GroupLq<double>(2, 1, Groups{{2}}), PreconditionError);
    EXPECT_THROW(GroupLq<double>(2, 1, Groups{{}}), PreconditionError);
    EXPECT_THROW(GroupLq<double>(2, 1, Groups{{0}}, {0.0}), PreconditionError);
    EXPECT_THROW(MixedLpq<double>(2, 1, 1, Groups{{0, 1}}), PreconditionError);
    EXPECT_THROW(MixedLpq<double>(2, Exponent(1, 2), Exponent(1, 2), Groups{{0}}),
                 PreconditionError);
    EXPECT_THROW(MixedLpq<double>(2, Exponent(3, 2), Exponent(1, 2), Groups{{0}}),
                 PreconditionError);
    EXPECT_THROW(MixedLpq<double>(2, 1, Exponent(1, 2), Groups{{0}, {0}}), PreconditionError);
    EXPECT_THROW(MixedLpq<double>(2, 1, Exponent(1, 2), Groups{{2}}), PreconditionError);
    EXPECT_THROW(MixedLpq<double>(2, 1, Exponent(1, 2), Groups{{}}), PreconditionError);
    EXPECT_THROW(MixedLpq<double>(2, 1, Exponent(1, 2), Groups{{0}}, {0.0}), PreconditionError);
    const Lq<double> penalty(2, 1);
    EXPECT_THROW((void)penalty.value(vector_of<double>({1})), PreconditionError);
    EXPECT_THROW((void)penalty.prox(vector_of<double>({1, 2}), -1.0), PreconditionError);
    EXPECT_THROW((void)penalty.embed(3, {0, 0}), PreconditionError);
    EXPECT_THROW((void)penalty.embed(3, {0, 3}), PreconditionError);
    EXPECT_THROW((void)penalty.embed(3, {0}), PreconditionError);
    try {
        const GroupLq<double> overlapping(3, 1, Groups{{0, 1}, {2, 1}});
        FAIL() << "overlap accepted";
    } catch (const PreconditionError& e) {
        EXPECT_STREQ(e.what(), "GroupLq: index 1 of group 1 is already in group 0");
    }
}

}  // namespace
}  // namespace hadamard
