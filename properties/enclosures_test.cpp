/// @file
/// Enclosures contain what they enclose: arithmetic of balls, products, Krawczyk's theorem, inertia.

#include "generators/scalars.hpp"

#include "hadamard/core/product.hpp"
#include "hadamard/minima/inertia.hpp"
#include "hadamard/minima/krawczyk.hpp"

#include "hadamard/penalties/group_lq.hpp"

#include "hadamard/penalties/lq.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace hadamard {
namespace {

using minima::Inertia;

// Arithmetic: the image of every point of a ball lies in the image of the ball.

struct Operation {
    std::string name;
    std::function<Interval(const Interval&, const Interval&)> enclosing;
    std::function<Real<200>(const Real<200>&, const Real<200>&)> reference;
    bool positive = false;  ///< Only for positive operands.
};

const std::vector<Operation>& operations() {
    using I = const Interval&;
    using R = const Real<200>&;
    static const std::vector<Operation> all = {
        {"a + b", [](I a, I b) { return a + b; }, [](R a, R b) { return Real<200>(a + b); }},
        {"a - b", [](I a, I b) { return a - b; }, [](R a, R b) { return Real<200>(a - b); }},
        {"a * b", [](I a, I b) { return a * b; }, [](R a, R b) { return Real<200>(a * b); }},
        {"a / b", [](I a, I b) { return a / b; }, [](R a, R b) { return Real<200>(a / b); }, true},
        {"-a", [](I a, I) { return -a; }, [](R a, R) { return Real<200>(-a); }},
        {"|a|", [](I a, I) { return abs(a); }, [](R a, R) { return Real<200>(abs(a)); }},
        {"hull", [](I a, I b) { return hull(a, b); }, [](R a, R) { return a; }},
        {"exp", [](I a, I) { return exp(a); }, [](R a, R) { return Real<200>(exp(a)); }},
        {"log", [](I a, I) { return log(a); }, [](R a, R) { return Real<200>(log(a)); }, true},
        {"log1p", [](I a, I) { return log1p(a); }, [](R a, R) { return Real<200>(log1p(a)); },
         true},
        {"sqrt", [](I a, I) { return sqrt(a); }, [](R a, R) { return Real<200>(sqrt(a)); }, true},
        {"|a|^(2/3)",
         [](I a, I) {
             return abs_power(a, {2, 3});
         },
         [](R a, R) {
             return abs_power(a, {2, 3});
         }},
        {"|a|^(-1/3)",
         [](I a, I) {
             return abs_power(a, {-1, 3});
         },
         [](R a, R) {
             return abs_power(a, {-1, 3});
         },
         true},
        {"sign(a)|a|^(5/2)",
         [](I a, I) {
             return signed_power(a, {5, 2});
         },
         [](R a, R) {
             return signed_power(a, {5, 2});
         }},
    };
    return all;
}

/// Whether the ball holds the value, given to 200 digits less a few.
bool holds(const Interval& ball, const Real<200>& value) {
    const Real<200> error = (1 + abs(value)) * Real<200>("1e-190");
    return ball.overlaps(Interval::ball(Interval::exactly(value), Interval::exactly(error)));
}

/// op(ball around a, ball around b) holds op at points of the balls.
bool contains_images(const Operation& op, const Rational& a, const Rational& b,
                     const Rational& radius, const Rational& where) {
    const auto around = [&](const Rational& x) {
        return Interval::ball(from_rational<Interval>(x), from_rational<Interval>(radius));
    };
    const auto point = [&](const Rational& x) {
        return from_rational<Real<200>>(Rational(x + where * radius));
    };
    return holds(op.enclosing(around(a), around(b)), op.reference(point(a), point(b)));
}

TEST(Interval, ContainsTheImagesOfItsPoints) {
    for (const Operation& op : operations())
        EXPECT_TRUE(rc::check(op.name, [&op] {
            Rational a = gen::draw("a", gen::rational<Rational>());
            Rational b = gen::draw("b", gen::rational<Rational>());
            if (op.positive) a = magnitude(a) + 1, b = magnitude(b) + 1;
            const Rational radius(*rc::gen::element(0, 1, 7), 8);
            const Rational where(*rc::gen::inRange(-4, 5), 4);
            RC_ASSERT(contains_images(op, a, b, radius, where));
        }));
}

TEST(Interval, TheLawRejectsAnOperationOnMidpoints) {
    for (Operation op : operations()) {
        const auto sound = op.enclosing;
        op.enclosing = [sound](const Interval& a, const Interval& b) {
            return sound(a.midpoint(), b.midpoint()).midpoint();
        };
        // At the end of the ball every operation but |a − b| has moved; a − b at unequal ends.
        const bool is_blind = op.name == "a - b";
        EXPECT_NE(contains_images(op, 3, 2, Rational(1, 2), 1), !is_blind) << op.name;
    }
}

TEST(Interval, RefusesToOrderWhatOverlaps) {
    EXPECT_TRUE(rc::check("signs are never wrong", [] {
        const Rational a = gen::draw("a", gen::rational<Rational>());
        const Rational radius = magnitude(gen::draw("radius", gen::rational<Rational>()));
        const Interval ball =
            Interval::ball(from_rational<Interval>(a), from_rational<Interval>(radius));
        switch (sign_of(ball)) {
            case Sign::positive: RC_ASSERT(a - radius > 0); break;
            case Sign::negative: RC_ASSERT(a + radius < 0); break;
            case Sign::zero: RC_ASSERT(a == 0 && radius == 0); break;
            case Sign::unknown: RC_ASSERT(ball.contains_zero()); break;
        }
        const Interval other = from_rational<Interval>(Rational(1));
        if (certainly_less(ball, other)) RC_ASSERT(a + radius < 1);
        if (a + radius < Rational(1) - Rational(1, 1000)) RC_ASSERT(certainly_less(ball, other));
    }));
}

TEST(Interval, SpecialValuesAreKeptApart) {
    const Interval zero(0), one(1);
    const Interval infinity = Interval::exactly(std::numeric_limits<double>::infinity());
    const Interval nan = Interval::exactly(std::numeric_limits<double>::quiet_NaN());
    EXPECT_FALSE(infinity.is_finite());
    EXPECT_FALSE(nan.is_finite());
    EXPECT_FALSE((one / zero).is_finite());
    EXPECT_FALSE(log(zero).is_finite());
    EXPECT_FALSE(sqrt(-one).is_finite());
    EXPECT_FALSE(abs_power(zero, {-1, 2}).is_finite());
    EXPECT_TRUE(is_zero(abs_power(zero, {1, 2})));
    EXPECT_TRUE(is_zero(zero * one));
    EXPECT_EQ(sign_of(zero), Sign::zero);
    EXPECT_EQ(sign_of(nan), Sign::unknown);
    EXPECT_FALSE(certainly_less(nan, one));
    EXPECT_FALSE(certainly_less(one, nan));
}

TEST(Interval, PrecisionIsOfTheScope) {
    const long before = Interval::precision();
    {
        const PrecisionScope coarse(64);
        EXPECT_EQ(Interval::precision(), 64);
        const Interval third = Interval(1) / Interval(3);
        EXPECT_GT(third.radius_as_double(), 1e-22);
        {
            const PrecisionScope fine(PrecisionScope::bits_for(200));
            EXPECT_LT((Interval(1) / Interval(3)).radius_as_double(), 1e-200);
        }
        EXPECT_EQ(Interval::precision(), 64);
    }
    EXPECT_EQ(Interval::precision(), before);
}

// Products.

template <class T>
bool equals(const T& a, const Rational& exact) {
    if constexpr (std::same_as<T, Interval>)
        return a.contains(exact);
    else
        return a == exact;
}

template <class T>
void check_products() {
    EXPECT_TRUE(rc::check("products are those of plain loops", [] {
        const Index n = *rc::gen::inRange(0, 5), m = *rc::gen::inRange(1, 5);
        const Matrix<Rational> A = gen::draw("A", gen::matrix<Rational>(n, m));
        const Vector<Rational> x = gen::draw("x", gen::vector<Rational>(m));
        const Vector<Rational> w = gen::draw("w", gen::vector<Rational>(n));
        const Vector<T> Ax = times(from_rational<T>(A), from_rational<T>(x));
        const Vector<T> Aw = transpose_times(from_rational<T>(A), from_rational<T>(w));
        const Matrix<T> gram = weighted_gram(from_rational<T>(A), from_rational<T>(w));
        for (Index i = 0; i < n; ++i) {
            Rational sum(0);
            for (Index j = 0; j < m; ++j) sum += A(i, j) * x[j];
            RC_ASSERT(equals(Ax[i], sum));
        }
        for (Index j = 0; j < m; ++j) {
            Rational sum(0);
            for (Index i = 0; i < n; ++i) sum += A(i, j) * w[i];
            RC_ASSERT(equals(Aw[j], sum));
            for (Index k = 0; k < m; ++k) {
                Rational entry(0);
                for (Index i = 0; i < n; ++i) entry += A(i, j) * w[i] * A(i, k);
                RC_ASSERT(equals(gram(j, k), entry));
            }
        }
    }));
}

TEST(Products, AreExactOverTheRationals) { check_products<Rational>(); }
TEST(Products, AreEnclosedByBalls) { check_products<Interval>(); }

// Krawczyk's theorem.

/// F(x)_i = Π over the roots r of row i of (x_i − r), plus coupling c Σ_{j<i} (x_j − first root of j):
/// the vector of first roots is a root.
struct Polynomials {
    std::vector<std::vector<Rational>> roots;
    Rational coupling = 0;

    Vector<Interval> value(const Vector<Interval>& x) const {
        Vector<Interval> out(x.size());
        Interval others(0);
        const Interval c = from_rational<Interval>(coupling);
        for (Index i = 0; i < x.size(); ++i) {
            Interval product(1);
            for (const Rational& r : row(i)) product *= x[i] - from_rational<Interval>(r);
            out[i] = product + c * others;
            others += x[i] - from_rational<Interval>(row(i)[0]);
        }
        return out;
    }

    Matrix<Interval> jacobian(const Vector<Interval>& x) const {
        Matrix<Interval> out = Matrix<Interval>::Constant(x.size(), x.size(), Interval(0));
        for (Index i = 0; i < x.size(); ++i) {
            for (Index j = 0; j < i; ++j) out(i, j) = from_rational<Interval>(coupling);
            for (std::size_t skip = 0; skip < row(i).size(); ++skip) {
                Interval product(1);
                for (std::size_t r = 0; r < row(i).size(); ++r)
                    if (r != skip) product *= x[i] - from_rational<Interval>(row(i)[r]);
                out(i, i) += product;
            }
        }
        return out;
    }

    std::optional<Vector<Interval>> enclosed_near(const Vector<Rational>& x0) const {
        return minima::enclose_root([this](const Vector<Interval>& x) { return value(x); },
                                    [this](const Vector<Interval>& x) { return jacobian(x); },
                                    from_rational<Interval>(x0));
    }

    const std::vector<Rational>& row(Index i) const { return roots[static_cast<std::size_t>(i)]; }
};

TEST(Krawczyk, EnclosesTheRootNextToTheStart) {
    EXPECT_TRUE(rc::check("simple roots", [] {
        const Index n = *rc::gen::inRange(1, 5);
        Polynomials F;
        F.coupling = gen::draw("coupling", gen::rational<Rational>());
        Vector<Rational> root(n), start(n);
        for (Index i = 0; i < n; ++i) {
            root[i] = gen::draw("root", gen::rational<Rational>());
            F.roots.push_back({root[i], Rational(root[i] + 1), Rational(root[i] - 3)});
            start[i] = root[i] + Rational(*rc::gen::inRange(-9, 10), 100);
        }
        const auto box = F.enclosed_near(start);
        RC_ASSERT(box.has_value());
        for (Index i = 0; i < n; ++i) {
            RC_ASSERT((*box)[i].contains(root[i]));
            RC_ASSERT((*box)[i].radius_as_double() < 1e-40);
        }
    }));
}

TEST(Krawczyk, ProvesNothingWhereThereIsNothingToProve) {
    const Polynomials double_root{{{Rational(1), Rational(1)}}};
    const Vector<Rational> at_root = Vector<Rational>::Constant(1, Rational(1));
    EXPECT_FALSE(double_root.enclosed_near(at_root));
    EXPECT_FALSE(
        double_root.enclosed_near(Vector<Rational>::Constant(1, Rational(1'000'001, 1'000'000))));
    // x² + 1 has no root.
    for (const int start : {-1, 0, 1, 10}) {
        const auto box = minima::enclose_root(
            [](const Vector<Interval>& x) -> Vector<Interval> {
                return Vector<Interval>::Constant(1, x[0] * x[0] + Interval(1));
            },
            [](const Vector<Interval>& x) -> Matrix<Interval> {
                return Matrix<Interval>::Constant(1, 1, x[0] + x[0]);
            },
            Vector<Interval>::Constant(1, Interval(start)));
        EXPECT_FALSE(box) << start;
    }
}

// Inertia.

bool contradicts(const Inertia& enclosed, const Inertia& exact) {
    return enclosed.negative > exact.negative || enclosed.positive > exact.positive ||
           (enclosed.indefinite && exact.negative == 0);
}

Matrix<Rational> drawn_symmetric() {
    const Index n = *rc::gen::inRange(1, 6), rank = *rc::gen::inRange(1, 7);
    const Matrix<Rational> B = gen::draw("B", gen::matrix<Rational>(rank, n));
    Vector<Rational> signs(rank);
    for (Index i = 0; i < rank; ++i) signs[i] = *rc::gen::element(1, -1);
    return weighted_gram(B, signs);  // singular when rank < n
}

TEST(Inertia, EnclosedNeverContradictsExact) {
    EXPECT_TRUE(rc::check("signs of eigenvalues", [] {
        const Matrix<Rational> A = drawn_symmetric();
        const Inertia exact = minima::exact_inertia(A);
        const Inertia enclosed = minima::enclosed_inertia(from_rational<Interval>(A));
        RC_ASSERT(exact.negative + exact.zero + exact.positive == A.rows());
        RC_ASSERT(!contradicts(enclosed, exact));
        RC_ASSERT(enclosed.zero == 0);
        if (exact.zero == 0) RC_ASSERT(enclosed.positive == exact.positive);
        if (exact.negative > 0) RC_ASSERT(enclosed.indefinite);
    }));
}

TEST(Inertia, IsKeptByCongruences) {
    EXPECT_TRUE(rc::check("Sylvester's law", [] {
        const Matrix<Rational> A = drawn_symmetric();
        const Index n = A.rows();
        Matrix<Rational> T = Matrix<Rational>::Identity(n, n);
        for (Index j = 0; j < n; ++j)
            for (Index i = 0; i < j; ++i) T(i, j) = gen::draw("t", gen::integer<Rational>());
        const Matrix<Rational> AT = times(A, T);
        const Inertia before = minima::exact_inertia(A);
        const Inertia after = minima::exact_inertia(transpose_times(T, AT));
        RC_ASSERT(before.negative == after.negative && before.positive == after.positive);
    }));
}

TEST(Inertia, OfWideMatricesHoldsForEveryMember) {
    // [[1, r], [r, 1]] with r in [0, 2] has members of both inertias.
    Matrix<Interval> A = Matrix<Interval>::Identity(2, 2);
    A(0, 1) = A(1, 0) = Interval::ball(Interval(1), Interval(1));
    const Inertia wide = minima::enclosed_inertia(A);
    EXPECT_FALSE(wide.indefinite);
    EXPECT_LT(wide.positive, 2);
    A(0, 1) = A(1, 0) = Interval::ball(Interval(3), Interval(1));
    EXPECT_TRUE(minima::enclosed_inertia(A).indefinite);
    A(0, 1) = A(1, 0) = Interval::ball(Interval(0), Interval(1) / Interval(2));
    EXPECT_EQ(minima::enclosed_inertia(A).positive, 2);
}

TEST(Inertia, TheLawRejectsSignsOfRoundedEigenvalues) {
    // An eigenvalue of 1e-30 next to 1: rounded to double it has any sign.
    Matrix<Rational> A(2, 2);
    A << Rational(1), Rational(1), Rational(1),
        Rational(1) - Rational(1, Integer("1" + std::string(30, '0')));
    const Inertia exact = minima::exact_inertia(A);
    EXPECT_EQ(exact.negative, 1);
    EXPECT_FALSE(contradicts(minima::enclosed_inertia(from_rational<Interval>(A)), exact));
    Inertia rounded;
    rounded.positive = 2;
    EXPECT_TRUE(contradicts(rounded, exact));
}

/// The gradient of |b| jumps inside a ball that holds 0: a Hessian of 0 would let Krawczyk's test prove
/// roots that are none.
TEST(PenaltyEnclosure, HessianCoversTheJumpOfTheGradientAtZero) {
    const Vector<Interval> wide = Vector<Interval>::Constant(1, Interval::ball(0, 1));
    const Vector<Interval> positive = Vector<Interval>::Constant(1, Interval::ball(2, 1));
    const penalty::Lq<Interval> scalar(1, 1);
    const penalty::GroupLq<Interval> singleton(1, 1, {{0}});
    EXPECT_FALSE(scalar.hessian(wide)(0, 0).is_finite());
    EXPECT_FALSE(singleton.hessian(wide)(0, 0).is_finite());
    EXPECT_TRUE(is_zero(scalar.hessian(positive)(0, 0)));
    EXPECT_TRUE(is_zero(singleton.hessian(positive)(0, 0)));
}

}  // namespace
}  // namespace hadamard
