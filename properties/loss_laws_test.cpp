/// @file
/// The laws of a loss, each a function of the loss that answers yes or no, run on every example of
/// every loss, and on a mutant that the same function must turn down.

#include "generators/scalars.hpp"

#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/catalogue/losses.hpp"
#include "hadamard/losses/huber.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/losses/poisson.hpp"
#include "hadamard/losses/polynomial.hpp"
#include "hadamard/losses/quadratic.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace hadamard {
namespace {

/// An example of a loss as the laws see it: of one type a scalar, made by name from the compiled
/// library, so that a law is compiled once and not once a loss.
template <class T>
struct Example : AnyLoss<T> {
    bool in_one_pass;  ///< The loss makes its Hessian itself, not from products.
};

/// Calls visit(spec, loss, i) for the i-th example of every loss over T.
template <class T>
struct ForAllLosses {
    std::function<void(const LossSpec&, const Example<T>&, std::size_t)> visit;

    template <class L>
    void one() const {
        if constexpr (!std::same_as<T, Rational> || L::over_rational) {
            constexpr bool in_one_pass = requires(const L& f, const Vector<T>& x) { f.hessian(x); };
            const std::vector<LossSpec> specs = L::example_specs();
            ASSERT_FALSE(specs.empty()) << "a law checked on nothing holds of nothing";
            for (std::size_t i = 0; i < specs.size(); ++i) {
                SCOPED_TRACE(std::string(L::name) + ", example " + std::to_string(i));
                ASSERT_EQ(specs[i].kind, L::name);
                visit(specs[i], {make_loss<T>(specs[i]), in_one_pass}, i);
            }
        }
    }
    template <class... Ls>
    void all(TypeList<Ls...>) const {
        (one<Ls>(), ...);
    }
};

template <class T, class Visit>
void for_all_losses(const Visit& visit) {
    ForAllLosses<T>{std::cref(visit)}.all(catalogue::Losses<T>{});
}

template <class L>
using VectorOf = Vector<typename L::Scalar>;

/// x is drawn with small entries: e^z at |z| ≤ 60 and the huber border are both within reach.
template <class T>
Vector<T> draw_point(const char* name, Index size) {
    return gen::draw(name, gen::vector<T>(size, gen::rational<T>()));
}

// The laws.

/// f(x + hv) = f + h⟨∇f, v⟩ + ½h²⟨∇²f v, v⟩ + O(h³) and ∇f(x + hv) = ∇f + h∇²f v + O(h²): dividing
/// h by 2^10 divides the errors by 2^30 and 2^20 (half of that is asked), or they are rounding.
template <class F>
bool gradient_and_hessian_model_the_value(const F& f, const VectorOf<F>& x, const VectorOf<F>& v) {
    using T = typename F::Scalar;
    const T value = f.value(x), slope = f.gradient(x).dot(v);
    const T bend = f.hessian_times(x, v).dot(v);
    const auto error = [&](const T& h) -> T {
        const Vector<T> moved = x + h * v;
        return magnitude(T(f.value(moved) - value - h * slope - h * h * bend / T(2)));
    };
    const auto gradient_error = [&](const T& h) -> T {
        const Vector<T> moved = x + h * v;
        const Vector<T> gap = f.gradient(moved) - f.gradient(x) - h * f.hessian_times(x, v);
        return gap.template lpNorm<Eigen::Infinity>();
    };
    // Scale of the numbers that cancel: the fourth-order bound of a few rounding units.
    const T size =
        T(1) + magnitude(value) + magnitude(slope) + magnitude(bend) + f.gradient(x).norm();
    const T rounding = size * T(1000) * rounding_unit<T>();
    const T coarse = T(1) / natural_power(T(2), 24), fine = T(1) / natural_power(T(2), 34);
    const T value_error = error(fine), slope_error = gradient_error(fine);
    return (value_error <= rounding || error(coarse) / value_error >= natural_power(T(2), 29)) &&
           (slope_error <= rounding ||
            gradient_error(coarse) / slope_error >= natural_power(T(2), 19));
}

/// f(x + v) − f(x) − ⟨∇f(x), v⟩ − ½⟨∇²f(x)v, v⟩ = 0: an identity for polynomials of degree 2.
template <class F>
bool quadratic_model_is_exact(const F& f, const VectorOf<F>& x, const VectorOf<F>& v) {
    using T = typename F::Scalar;
    const T rest = f.value(VectorOf<F>(x + v)) - f.value(x) - f.gradient(x).dot(v) -
                   f.hessian_times(x, v).dot(v) / T(2);
    return is_zero(rest);
}

/// The derivative of h ↦ f(x + hv) at 0, exactly, by interpolation of a polynomial of degree ≤ 4
/// from its values at −2 … 2; and the same of ⟨∇f, u⟩ for the Hessian.
template <class F>
bool derivatives_of_a_quartic_are_exact(const F& f, const VectorOf<F>& x, const VectorOf<F>& v,
                                        const VectorOf<F>& u) {
    using T = typename F::Scalar;
    const auto slope = [&](const auto& function) -> T {
        const auto at = [&](int h) -> T { return function(VectorOf<F>(x + T(h) * v)); };
        return (at(-2) - T(8) * at(-1) + T(8) * at(1) - at(2)) / T(12);
    };
    return slope([&](const VectorOf<F>& a) -> T { return f.value(a); }) == f.gradient(x).dot(v) &&
           slope([&](const VectorOf<F>& a) -> T { return f.gradient(a).dot(u); }) ==
               f.hessian_times(x, v).dot(u);
}

/// ⟨∇²f(x) u, v⟩ = ⟨u, ∇²f(x) v⟩, and linear in v.
template <class F>
bool hessian_is_symmetric_and_linear(const F& f, const VectorOf<F>& x, const VectorOf<F>& u,
                                     const VectorOf<F>& v) {
    using T = typename F::Scalar;
    const VectorOf<F> hu = f.hessian_times(x, u), hv = f.hessian_times(x, v);
    const VectorOf<F> sum = f.hessian_times(x, VectorOf<F>(u + T(2) * v));
    if constexpr (ScalarTraits<T>::is_exact) {
        return hu.dot(v) == u.dot(hv) && sum == hu + T(2) * hv;
    } else {
        const T scale = (T(1) + hu.norm() + hv.norm()) * (T(1) + u.norm() + v.norm());
        const T rounding = T(1000) * rounding_unit<T>() * scale;
        return magnitude(T(hu.dot(v) - u.dot(hv))) <= rounding &&
               (sum - hu - T(2) * hv).norm() <= rounding;
    }
}

/// `hessian(x)`, made in one pass, is the matrix of `hessian_times(x, ·)`.
template <class F>
bool hessian_is_that_of_the_products(const F& f, const VectorOf<F>& x) {
    using T = typename F::Scalar;
    const Matrix<T> h = f.hessian(x);
    for (Index j = 0; j < x.size(); ++j) {
        const VectorOf<F> column = f.hessian_times(x, VectorOf<F>::Unit(x.size(), j));
        for (Index i = 0; i < x.size(); ++i) {
            if constexpr (std::same_as<T, Interval>) {
                if (!h(i, j).overlaps(column[i])) return false;
            } else if constexpr (ScalarTraits<T>::is_exact) {
                if (h(i, j) != column[i]) return false;
            } else {
                // Two orders of summing n products, n ≤ 6 in the examples.
                const T rounding = T(100) * rounding_unit<T>() * (T(1) + h.norm());
                if (magnitude(T(h(i, j) - column[i])) > rounding) return false;
            }
        }
    }
    return true;
}

/// f((1−t)x + tz) ≤ (1−t)f(x) + t f(z), wherever `is_convex` certifies it.
template <class F>
bool certificate_of_convexity_holds(const F& f, const VectorOf<F>& x, const VectorOf<F>& z) {
    using T = typename F::Scalar;
    if (!f.is_convex()) return true;
    const T slack = f.value(x) + f.value(z) - T(2) * f.value(VectorOf<F>((x + z) / T(2)));
    const VectorOf<F> v = z - x;
    const T bend = f.hessian_times(x, v).dot(v);
    const T rounding = T(1000) * rounding_unit<T>() *
                       (T(1) + magnitude(f.value(x)) + magnitude(f.value(z)) + magnitude(bend));
    return slack >= -rounding && bend >= -rounding;
}

bool encloses(const Interval& ball, const Rational& a) { return ball.contains(a); }

/// 200 digits, with an allowance for their own rounding, against enclosures of about 60.
bool encloses(const Interval& ball, const Real<200>& a) {
    Interval error = Interval::exactly(Real<200>((Real<200>(1) + abs(a)) * Real<200>("1e-180")));
    return ball.overlaps(Interval::ball(Interval::exactly(a), error));
}

/// Value, gradient and Hessian product of the enclosing loss contain those of the reference.
template <class Enclosing, class Reference>
bool enclosures_contain(const Enclosing& enclosing, const Reference& reference,
                        const Vector<Rational>& x, const Vector<Rational>& v) {
    using T = typename Reference::Scalar;
    const Vector<T> a = from_rational<T>(x), b = from_rational<T>(v);
    const Vector<Interval> ball = from_rational<Interval>(x), along = from_rational<Interval>(v);
    if (!encloses(enclosing.value(ball), reference.value(a))) return false;
    const Vector<Interval> g = enclosing.gradient(ball), h = enclosing.hessian_times(ball, along);
    const Vector<T> g0 = reference.gradient(a), h0 = reference.hessian_times(a, b);
    for (Index i = 0; i < g.size(); ++i)
        if (!encloses(g[i], g0[i]) || !encloses(h[i], h0[i])) return false;
    return true;
}

// Mutants.

/// A gradient off by the factor 1 + 10^−6, a Hessian with a skew part, and a claim of convexity.
template <class F>
class Mutant {
public:
    using Scalar = typename F::Scalar;
    explicit Mutant(F f) : f_(std::move(f)) {}

    Index size() const { return f_.size(); }
    Scalar value(const VectorOf<F>& x) const { return f_.value(x); }
    VectorOf<F> gradient(const VectorOf<F>& x) const {
        VectorOf<F> out = f_.gradient(x);
        for (Index i = 0; i < out.size(); ++i) out[i] *= Scalar(1'000'001) / Scalar(1'000'000);
        return out;
    }
    VectorOf<F> hessian_times(const VectorOf<F>& x, const VectorOf<F>& v) const {
        VectorOf<F> out = f_.hessian_times(x, v);
        out[0] += v[v.size() - 1];
        return out;
    }
    Matrix<Scalar> hessian(const VectorOf<F>& x) const { return dense_hessian(f_, x); }
    bool is_convex() const { return true; }

private:
    F f_;
};

// The catalogue under the laws.

/// At a kink of ℓ'' the third-order model does not hold; huber's residuals stay clear of it.
template <class T>
bool near_a_kink(const LossSpec& spec, const Vector<T>& x) {
    if (spec.kind != "huber") return false;
    const loss::Huber<T> f = loss::Huber<T>::from(spec);
    const Vector<T> z = f.predictors(x);
    for (Index i = 0; i < z.size(); ++i) {
        const T room = f.pointwise().delta() - magnitude(T(z[i] - f.response()[i]));
        if (magnitude(room) < T(1) / T(1000)) return true;
    }
    return false;
}

TEST(LossLaws, DerivativesModelTheValueToThirdOrder) {
    for_all_losses<Real<50>>([](const LossSpec& spec, const auto& f, std::size_t) {
        using T = Real<50>;
        EXPECT_TRUE(rc::check("third-order model error", [&] {
            const Vector<T> x = draw_point<T>("x", f.size()), v = draw_point<T>("v", f.size());
            RC_PRE(!near_a_kink(spec, x));
            RC_ASSERT(gradient_and_hessian_model_the_value(f, x, v));
        }));
        const Vector<T> x = Vector<T>::Constant(f.size(), T(1) / T(3)), v = f.gradient(x);
        EXPECT_TRUE(v.norm() > T(0)) << "the point of the mutant must have a slope";
        EXPECT_FALSE(gradient_and_hessian_model_the_value(Mutant(f), x, v));
    });
}

TEST(LossLaws, DerivativesOverTheRationalsAreExact) {
    for_all_losses<Rational>([](const LossSpec&, const auto& f, std::size_t) {
        if (f.smoothness() != analytic) return;  // piecewise: the next test
        EXPECT_TRUE(rc::check("slopes of quartics", [&f] {
            const Vector<Rational> x = draw_point<Rational>("x", f.size());
            const Vector<Rational> v = draw_point<Rational>("v", f.size());
            const Vector<Rational> u = draw_point<Rational>("u", f.size());
            RC_ASSERT(derivatives_of_a_quartic_are_exact(f, x, v, u));
        }));
        Vector<Rational> x = Vector<Rational>::Constant(f.size(), Rational(1, 3));
        const Vector<Rational> v = f.gradient(x);
        EXPECT_FALSE(derivatives_of_a_quartic_are_exact(Mutant(f), x, v, v));
    });
}

/// Inside one piece of every term huber is a polynomial of degree 2.
TEST(LossLaws, HuberIsQuadraticWithinAPiece) {
    for (const LossSpec& spec : loss::Huber<Rational>::example_specs()) {
        const AnyLoss<Rational> f = make_loss<Rational>(spec);
        const Rational step(1, 100'000);
        EXPECT_TRUE(rc::check("exact model within a piece", [&] {
            const Vector<Rational> x = draw_point<Rational>("x", f.size());
            const Vector<Rational> v = step * draw_point<Rational>("v", f.size());
            RC_PRE(!near_a_kink(spec, x));
            RC_ASSERT(quadratic_model_is_exact(f, x, v));
        }));
    }
}

TEST(LossLaws, HuberMeetsItselfAtTheBorder) {
    const loss::detail::HuberError<Rational> h(Rational(3, 2));
    const Rational y(1, 3), border = y + Rational(3, 2);
    EXPECT_EQ(h.value(border, y), Rational(9, 8));
    EXPECT_EQ(h.derivative(border, y), Rational(3, 2));
    EXPECT_EQ(h.curvature(border, y), 1);
    EXPECT_EQ(h.curvature(Rational(border + Rational(1, 1000)), y), 0);
    // The interval version must not decide what it cannot: the whole of [0, 1], and both branches.
    const loss::detail::HuberError<Interval> enclosing(Interval(1));
    for (const Interval& z :
         {Interval(1), Interval::ball(Interval(1), Interval(1) / Interval(10))}) {
        const Interval curvature = enclosing.curvature(z, Interval(0));
        EXPECT_TRUE(curvature.contains(Rational(0)) && curvature.contains(Rational(1)));
    }
    const Interval wide = Interval::ball(Interval(1), Interval(1) / Interval(2));  // [1/2, 3/2]
    EXPECT_TRUE(enclosing.value(wide, Interval(0)).contains(Rational(1, 8)));
    EXPECT_TRUE(enclosing.value(wide, Interval(0)).contains(Rational(1)));
    EXPECT_TRUE(enclosing.derivative(wide, Interval(0)).contains(Rational(1, 2)));
    EXPECT_TRUE(enclosing.derivative(wide, Interval(0)).contains(Rational(1)));
}

TEST(LossLaws, HessianIsSymmetric) {
    const auto law = [](const LossSpec&, const auto& f, std::size_t) {
        using T = typename std::decay_t<decltype(f)>::Scalar;
        EXPECT_TRUE(rc::check("<Hu, v> = <u, Hv>", [&f] {
            const Vector<T> x = draw_point<T>("x", f.size());
            const Vector<T> u = draw_point<T>("u", f.size()), v = draw_point<T>("v", f.size());
            RC_ASSERT(hessian_is_symmetric_and_linear(f, x, u, v));
        }));
        if (f.size() == 1) return;  // every 1 × 1 matrix is symmetric
        const Vector<T> x = Vector<T>::Zero(f.size());
        Vector<T> u = x, v = x;
        u[0] = T(1);
        v[f.size() - 1] = T(1);
        EXPECT_FALSE(hessian_is_symmetric_and_linear(Mutant(f), x, u, v));
    };
    for_all_losses<Rational>(law);
    for_all_losses<Real<50>>(law);
}

TEST(LossLaws, HessiansInOnePassAreThoseOfTheProducts) {
    int checked = 0;
    const auto law = [&checked](const LossSpec&, const auto& f, std::size_t) {
        using T = typename std::decay_t<decltype(f)>::Scalar;
        if (!f.in_one_pass) return;
        ++checked;
        EXPECT_TRUE(rc::check("hessian(x) e_j = hessian_times(x, e_j)", [&f] {
            RC_ASSERT(hessian_is_that_of_the_products(f, draw_point<T>("x", f.size())));
        }));
        const Vector<T> origin = Vector<T>::Constant(f.size(), T(0));
        if (!std::same_as<T, Interval>) {  // at a kink of huber all of [0, 1] overlaps
            EXPECT_FALSE(hessian_is_that_of_the_products(Mutant(f), origin));
        }
    };
    for_all_losses<Rational>(law);
    for_all_losses<Real<50>>(law);
    for_all_losses<Interval>(law);
    EXPECT_GT(checked, 20);
}

TEST(LossLaws, ConvexityCertificateHolds) {
    int certified = 0, refused = 0, mutants_killed = 0;
    for_all_losses<Real<50>>([&](const LossSpec&, const auto& f, std::size_t) {
        using T = Real<50>;
        EXPECT_TRUE(rc::check("midpoint convexity", [&f] {
            const Vector<T> x = draw_point<T>("x", f.size()), z = draw_point<T>("z", f.size());
            RC_ASSERT(certificate_of_convexity_holds(f, x, z));
        }));
        ++(f.is_convex() ? certified : refused);
        if (f.is_convex()) return;
        // The mutant that certifies everything is caught by a pair of half-integer points.
        struct Claim : std::decay_t<decltype(f)> {
            bool is_convex() const { return true; }
        };
        const Claim claim{f};
        bool caught = false;
        for (int a = -3; a <= 3; ++a)
            for (int b = -3; b <= 3; ++b)
                for (const int side : {-1, 1}) {
                    const Vector<T> x = Vector<T>::Constant(f.size(), T(a) / T(2));
                    Vector<T> z = Vector<T>::Constant(f.size(), T(b) / T(2));
                    z[0] *= T(side);
                    caught = caught || !certificate_of_convexity_holds(claim, x, z);
                }
        EXPECT_TRUE(caught);
        mutants_killed += caught;
    });
    EXPECT_GT(certified, 0);
    EXPECT_EQ(mutants_killed, refused);
    EXPECT_GT(refused, 0);
}

TEST(LossLaws, SemidefinitenessIsDecidedExactly) {
    using loss::detail::is_positive_semidefinite;
    EXPECT_TRUE(rc::check("A = BᵀB is semidefinite; A − ε e eᵀ off the range is not", [] {
        const Index n = *rc::gen::inRange(1, 6), rank = *rc::gen::inRange(0, 5);
        const Matrix<Rational> B = gen::draw("B", gen::matrix<Rational>(rank, n));
        Matrix<Rational> A = Matrix<Rational>::Zero(n, n);
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j < n; ++j)
                for (Index k = 0; k < rank; ++k) A(i, j) += Rational(B(k, i) * B(k, j));
        RC_ASSERT(is_positive_semidefinite(A));
        if (rank < n) {  // xᵀ(A − εI)x < 0 on the kernel of B, however small ε is
            Matrix<Rational> lowered = A;
            for (Index i = 0; i < n; ++i) lowered(i, i) -= Rational(1, Integer(1) << 100);
            RC_ASSERT(!is_positive_semidefinite(lowered));
        }
    }));
    Matrix<Rational> saddle(3, 3);
    saddle << 1, 0, 0, 0, 0, 1, 0, 1, 0;  // an indefinite block behind a zero diagonal
    EXPECT_FALSE(is_positive_semidefinite(saddle));
    saddle << 1, 1, 1, 1, 1, 1, 1, 1, 1;
    EXPECT_TRUE(is_positive_semidefinite(saddle));
}

TEST(LossLaws, PolynomialCertificateIsNeitherBlindNorCredulous) {
    const auto convex = [](std::vector<Monomial> monomials) {
        LossSpec spec;
        spec.kind = "polynomial";
        spec.monomials = std::move(monomials);
        return loss::Polynomial<double>::from(spec).is_convex();
    };
    EXPECT_TRUE(convex({{-3, {1, 0}}, {7, {0, 0}}}));
    EXPECT_TRUE(convex({{1, {4, 0}}, {1, {2, 0}}, {-2, {1, 1}}, {1, {0, 2}}}));
    EXPECT_TRUE(convex({{1, {3, 0}}, {-1, {3, 0}}, {1, {0, 2}}}));  // the cubes cancel
    EXPECT_FALSE(convex({{1, {3, 0}}}));
    EXPECT_FALSE(convex({{-1, {4, 0}}}));
    EXPECT_FALSE(convex({{1, {2, 2}}}));
    EXPECT_FALSE(convex({{1, {2, 0}}, {-3, {1, 1}}, {1, {0, 2}}}));
}

TEST(LossLaws, EnclosuresContainTheExactResult) {
    // Both walks meet the same examples in the same order.
    for_all_losses<Rational>([](const LossSpec& spec, const auto& exact, std::size_t example) {
        for_all_losses<Interval>([&](const LossSpec& other, const auto& enclosing, std::size_t j) {
            if (spec.kind != other.kind || example != j) return;
            EXPECT_TRUE(rc::check("balls contain rationals", [&] {
                const Vector<Rational> x = draw_point<Rational>("x", exact.size());
                const Vector<Rational> v = draw_point<Rational>("v", exact.size());
                RC_ASSERT(enclosures_contain(enclosing, exact, x, v));
            }));
            const Vector<Rational> x = Vector<Rational>::Constant(exact.size(), Rational(1, 3));
            EXPECT_FALSE(enclosures_contain(enclosing, Mutant(exact), x, x));
        });
    });
}

void expect_transcendental_enclosures(const std::vector<LossSpec>& examples) {
    for (const LossSpec& spec : examples) {
        const AnyLoss<Interval> enclosing = make_loss<Interval>(spec);
        const AnyLoss<Real<200>> reference = make_loss<Real<200>>(spec);
        const AnyLoss<double> rounded = make_loss<double>(spec);
        EXPECT_TRUE(rc::check("balls contain 200 digits", [&] {
            const Vector<Rational> x = draw_point<Rational>("x", enclosing.size());
            const Vector<Rational> v = draw_point<Rational>("v", enclosing.size());
            RC_ASSERT(enclosures_contain(enclosing, reference, x, v));
            const double value = rounded.value(from_rational<double>(x));
            const double expected =
                reference.value(from_rational<Real<200>>(x)).convert_to<double>();
            RC_ASSERT(magnitude(value - expected) <= 1e-12 * (1 + magnitude(expected)));
        }));
        const Vector<Rational> x = Vector<Rational>::Constant(enclosing.size(), Rational(1, 3));
        EXPECT_FALSE(enclosures_contain(enclosing, Mutant(reference), x, x));
    }
}

TEST(LossLaws, EnclosuresContainTranscendentalResults) {
    expect_transcendental_enclosures(loss::Logistic<double>::example_specs());
    expect_transcendental_enclosures(loss::Poisson<double>::example_specs());
}

/// Balls of positive radius contain the results at the points inside.
TEST(LossLaws, WideBallsContainTheirPoints) {
    for_all_losses<Interval>([](const LossSpec&, const auto& enclosing, std::size_t) {
        const Interval radius = Interval(1) / Interval(7);
        EXPECT_TRUE(rc::check("inclusion", [&, d = enclosing.size()] {
            const Vector<Rational> x = draw_point<Rational>("x", d);
            const Vector<Rational> inside = gen::draw(
                "inside", gen::vector<Rational>(
                              d, rc::gen::map(gen::integer<Rational>(),
                                              [](const Rational& a) { return Rational(a / 56); })));
            Vector<Interval> ball(d), thin(d);
            for (Index i = 0; i < d; ++i) {
                ball[i] = Interval::ball(from_rational<Interval>(x[i]), radius);
                thin[i] = from_rational<Interval>(Rational(x[i] + inside[i]));
            }
            RC_ASSERT(enclosing.value(ball).overlaps(enclosing.value(thin)));
            const Vector<Interval> g = enclosing.gradient(ball), g0 = enclosing.gradient(thin);
            const Vector<Interval> h = enclosing.hessian_times(ball, thin);
            const Vector<Interval> h0 = enclosing.hessian_times(thin, thin);
            for (Index i = 0; i < d; ++i) {
                RC_ASSERT(g[i].overlaps(g0[i]));
                RC_ASSERT(h[i].overlaps(h0[i]));
            }
        }));
    });
}

TEST(LossLaws, LogisticNeverOverflows) {
    const loss::detail::LogisticError<double> f;
    const loss::detail::LogisticError<Real<50>> g;
    for (const double z : {0.0, 1.0, 30.0, 700.0, 710.0, 1e4, 1e300})
        for (const double sign : {1.0, -1.0})
            for (const double y : {0.0, 1.0}) {
                const double a = sign * z;
                EXPECT_TRUE(is_finite(f.value(a, y)));
                EXPECT_TRUE(is_finite(g.value(Real<50>(a), Real<50>(y))));
                EXPECT_GE(f.value(a, y), 0);
                EXPECT_LE(magnitude(f.derivative(a, y)), 1);
                EXPECT_TRUE(f.curvature(a, y) >= 0 && f.curvature(a, y) <= 0.25);
            }
    EXPECT_EQ(f.value(1e300, 0), 1e300);
    EXPECT_EQ(f.value(1e300, 1), 0);
    EXPECT_DOUBLE_EQ(f.derivative(-700, 0), std::exp(-700.0));  // no 1 − σ that cancels
    EXPECT_DOUBLE_EQ(f.derivative(700, 1), -std::exp(-700.0));
    EXPECT_TRUE(loss::detail::softplus(Interval(1'000'000)).contains(Interval(1'000'000)));
}

/// ℓ(z) + ℓ*(ν) − zν ≥ 0, = 0 at ν = ℓ'(z), and = (ν − ℓ'(z))²/(2ℓ'') to leading order: far below
/// what the difference of the three terms could show.
template <class P>
bool fenchel_young_is_a_distance(const P& p, const typename P::Scalar& z,
                                 const typename P::Scalar& y, const typename P::Scalar& step) {
    using T = typename P::Scalar;
    const T slope = p.derivative(z, y);
    const T at_slope = p.fenchel_young(z, y, slope), moved = p.fenchel_young(z, y, T(slope + step));
    const T expected = square(step) / (T(2) * p.curvature(z, y));
    return at_slope >= T(0) &&
           at_slope <= square(rounding_unit<T>()) * T(1000) * (T(1) + square(z)) &&
           magnitude(T(moved / expected - T(1))) <= T("1e-12");
}

TEST(LossLaws, FenchelYoungDistanceDoesNotCancel) {
    using T = Real<50>;
    const T step("1e-30");  // its square is 1e−60: invisible beside ℓ ≈ 1 in 50 digits
    for (const int tenths : {-50, -17, -3, 0, 4, 26, 49}) {
        const T z = T(tenths) / T(10);
        EXPECT_TRUE(fenchel_young_is_a_distance(loss::detail::LogisticError<T>(), z, T(0), step));
        EXPECT_TRUE(fenchel_young_is_a_distance(loss::detail::LogisticError<T>(), z, T(1), step));
        EXPECT_TRUE(fenchel_young_is_a_distance(loss::detail::PoissonError<T>(), z, T(3), step));
        EXPECT_TRUE(fenchel_young_is_a_distance(loss::detail::SquaredError<T>(), z, T(3), step));
        EXPECT_TRUE(fenchel_young_is_a_distance(loss::detail::HuberError<T>(T(9)), z, T(3), step));
    }
    // The same law turns down the plain difference.
    struct Plain : loss::detail::PoissonError<T> {
        T fenchel_young(const T& z, const T& y, const T& nu) const {
            const T p = nu + y;
            return value(z, y) + p * log(p) - p - z * nu;
        }
    };
    EXPECT_FALSE(fenchel_young_is_a_distance(Plain(), T(4) / T(10), T(3), step));
}

/// Fenchel–Young against its definition, at points far from ν = ℓ'(z).
TEST(LossLaws, FenchelYoungIsTheSumOfItsTerms) {
    using T = Real<50>;
    EXPECT_TRUE(rc::check("l(z) + l*(nu) - z nu", [] {
        const T z = gen::draw("z", gen::rational<T>());
        const T share = gen::draw(
            "p", rc::gen::map(rc::gen::inRange(1, 12), [](int a) { return T(T(a) / T(12)); }));
        const T y(*rc::gen::inRange(0, 2));
        const T entropy = share * log(share) + (T(1) - share) * log(T(1) - share);
        const loss::detail::LogisticError<T> coin;
        RC_ASSERT(magnitude(T(coin.fenchel_young(z, y, T(share - y)) - coin.value(z, y) - entropy +
                              z * (share - y))) < T("1e-45"));
        const loss::detail::PoissonError<T> count;
        const T mean = T(5) * share;
        RC_ASSERT(magnitude(T(count.fenchel_young(z, y, T(mean - y)) - count.value(z, y) -
                              mean * log(mean) + mean + z * (mean - y))) < T("1e-42"));
        const loss::detail::HuberError<T> robust(T(3) / T(2));
        const T nu = (T(2) * share - T(1)) * T(3) / T(2);
        RC_ASSERT(magnitude(T(robust.fenchel_young(z, y, nu) - robust.value(z, y) - nu * nu / T(2) -
                              y * nu + z * nu)) < T("1e-45"));
    }));
}

template <template <class> class L>
void expect_refused(const LossSpec& spec, const char* part) {
    try {
        L<double>::from(spec);
        ADD_FAILURE() << "accepted; expected a message with: " << part;
    } catch (const InputError& e) {
        EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
        EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos) << e.what();
    }
}

TEST(LossInput, IsRefusedWithTheFieldNamed) {
    LossSpec spec = loss::Logistic<double>::example_specs()[0];
    spec.y[3] = 2;
    expect_refused<loss::Logistic>(spec, "y[3] is 2; it must be 0 or 1");
    spec = loss::Poisson<double>::example_specs()[0];
    spec.y[1] = -1;
    expect_refused<loss::Poisson>(spec, "y[1] is -1");
    spec.y[1] = Rational(1, 2);
    expect_refused<loss::Poisson>(spec, "y[1] is 1/2");
    spec = loss::Huber<double>::example_specs()[0];
    spec.delta = 0;
    expect_refused<loss::Huber>(spec, "delta is 0; it must be positive");
    spec = loss::LeastSquares<double>::example_specs()[0];
    spec.y.conservativeResize(5);
    expect_refused<loss::LeastSquares>(spec, "y has 5 entries, X has 6 rows");
    expect_refused<loss::LeastSquares>(LossSpec{}, "X has no rows");
    spec = loss::Quadratic<double>::example_specs()[0];
    spec.A(0, 1) = 7;
    expect_refused<loss::Quadratic>(spec, "A must be symmetric");
    spec.A.conservativeResize(3, 2);
    expect_refused<loss::Quadratic>(spec, "square");
    expect_refused<loss::Quadratic>(LossSpec{}, "A has no rows");
    spec = loss::Polynomial<double>::example_specs()[0];
    spec.monomials[1].exponents[0] = -1;
    expect_refused<loss::Polynomial>(spec, "monomials[1] has exponent -1");
    spec.monomials[1].exponents = {1};
    expect_refused<loss::Polynomial>(spec, "monomials[1] has 1 exponents");
    expect_refused<loss::Polynomial>(LossSpec{}, "monomials is empty");
}

}  // namespace
}  // namespace hadamard
