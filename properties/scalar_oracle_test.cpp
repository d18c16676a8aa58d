/// @file
/// The closed forms of the scalar problem against the decisions, below, at and above their thresholds.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/copositive.hpp"
#include "hadamard/minima/decide.hpp"
#include "hadamard/minima/scalar_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

namespace hadamard::minima {
namespace {

Rational ten_to_minus(int exponent) {
    return Rational(1, Integer("1" + std::string(static_cast<std::size_t>(exponent), '0')));
}

ProblemFamily scalar_problem(Exponent depth, const Rational& lambda, const Rational& y) {
    Instance out;
    out.transfer = {.name = "hadamard_power", .depth = depth, .base_size = 1};
    out.lambda = lambda;
    out.loss.kind = "least_squares";
    out.loss.X = Matrix<Rational>::Constant(1, 1, Rational(1));
    out.loss.y = Vector<Rational>::Constant(1, y);
    return ProblemFamily(out);
}

Outcome decided(const ProblemFamily& family, const Rational& b, std::vector<int> rungs) {
    DecideSettings settings;
    settings.rungs = std::move(rungs);
    return decide_base(family, Vector<Rational>::Constant(1, b), settings).decision.outcome;
}

TEST(ScalarOracle, AgreesWithTheFormulasForDepthThreeAndFour) {
    // k = 4: y_loc = 3(λ/4)^{2/3}, x_glob = λ^{2/3}, y_glob = 1.5 λ^{2/3}.
    const ScalarOracle<Rational> four{Rational(4), Exponent(1, 2)};
    EXPECT_EQ(four.y_loc(), 3);
    const ScalarOracle<Rational> eight{Rational(8), Exponent(1, 2)};
    EXPECT_EQ(eight.x_glob(), 4);
    EXPECT_EQ(eight.y_glob(), 6);
    // k = 3: y_loc = 4 (2λ/9)^{3/4}, y_glob = 2 (2λ/3)^{3/4}.
    const ScalarOracle<Rational> fold{Rational(72), Exponent(2, 3)};
    EXPECT_EQ(fold.y_loc(), 32);
    const ScalarOracle<Rational> change{Rational(24), Exponent(2, 3)};
    EXPECT_EQ(change.y_glob(), 16);
    EXPECT_THROW((ScalarOracle<Rational>{Rational(1), Exponent(2, 3)}.y_loc()), NotRepresentable);
}

TEST(ScalarOracle, SidesAreExactWhereTheThresholdIsIrrational) {
    const Rational lambda(3, 7);
    const Exponent q(2, 3);
    const PrecisionScope scope(PrecisionScope::bits_for(200));
    const ScalarOracle<Interval> oracle{from_rational<Interval>(lambda), q};
    const Rational fold = oracle.y_loc().midpoint_as_rational();
    const Rational change = oracle.y_glob().midpoint_as_rational(), hair = ten_to_minus(190);
    EXPECT_EQ(side_of_fold(Rational(fold + hair), lambda, q), Sign::positive);
    EXPECT_EQ(side_of_fold(Rational(fold - hair), lambda, q), Sign::negative);
    EXPECT_EQ(side_of_switch(Rational(change + hair), lambda, q), Sign::positive);
    EXPECT_EQ(side_of_switch(Rational(change - hair), lambda, q), Sign::negative);
    EXPECT_EQ(side_of_fold(Rational(32), Rational(72), q), Sign::zero);
    EXPECT_EQ(side_of_switch(Rational(16), Rational(24), q), Sign::zero);
}

TEST(ScalarOracle, DecisionsAgreeBelowAtAndAboveTheFold) {
    for (const Exponent depth : {Exponent(3), Exponent(4), Exponent(5, 2)}) {
        const Exponent q = Exponent(2) / depth;
        const Rational lambda(2, 3);
        for (const int e : {3, 12, 30}) {
            const PrecisionScope scope(PrecisionScope::bits_for(200));
            const ScalarOracle<Interval> oracle{from_rational<Interval>(lambda), q};
            const Rational fold = oracle.y_loc().midpoint_as_rational(), hair = ten_to_minus(e);
            const Rational above = fold + hair, below = fold - hair;
            EXPECT_FALSE(nonzero_stationary(below, lambda, q));
            const auto points = nonzero_stationary(above, lambda, q);
            ASSERT_TRUE(points);
            const ProblemFamily family = scalar_problem(depth, lambda, above);
            const Rational top = points->maximum.midpoint_as_rational();
            const Rational bottom = points->minimizer.midpoint_as_rational();
            EXPECT_LT(top, bottom);
            EXPECT_EQ(decided(family, bottom, {50, 100, 200}), Outcome::minimizer);
            EXPECT_EQ(decided(family, top, {50, 100, 200}), Outcome::not_minimizer);
            EXPECT_EQ(decided(family, 0, {50}), Outcome::minimizer);
            const Rational x = oracle.x_loc().midpoint_as_rational();
            EXPECT_EQ(decided(scalar_problem(depth, lambda, below), x, {50, 100, 200}),
                      Outcome::not_minimizer);
        }
    }
}

TEST(ScalarOracle, TheDoublePointAtTheFoldIsNoMinimizer) {
    // k = 3, λ = 72: x_loc = (72·2/9)^{3/4} = 8, y_loc = 32.
    const ScalarOracle<Rational> oracle{Rational(72), Exponent(2, 3)};
    const ProblemFamily family = scalar_problem(3, 72, oracle.y_loc());
    EXPECT_EQ(decided(family, oracle.x_loc(), {}), Outcome::not_minimizer);
    // An enclosure alone cannot say so: a double root is never isolated.
    DecideSettings enclosures;
    enclosures.exact = false;
    EXPECT_EQ(decide_base(family, Vector<Rational>::Constant(1, oracle.x_loc()), enclosures)
                  .decision.outcome,
              Outcome::undecided);
}

TEST(ScalarOracle, TheSwitchIsWhereTheValuesCross) {
    const Exponent q(1, 2);
    const Rational lambda(8);
    const ScalarOracle<Rational> oracle{lambda, q};
    const ProblemFamily family = scalar_problem(4, lambda, oracle.y_glob());
    const auto P = family.over<Rational>().base;
    EXPECT_EQ(P.value(Vector<Rational>::Constant(1, oracle.x_glob())),
              P.value(Vector<Rational>::Constant(1, Rational(0))));
    EXPECT_EQ(decided(family, oracle.x_glob(), {}), Outcome::minimizer);
}

TEST(SoftThreshold, IsTheMinimizerForQOne) {
    for (const int y : {-5, -2, 0, 1, 2, 7}) {
        const ProblemFamily family = scalar_problem(2, 2, y);
        const Rational b = soft_threshold(Rational(y), Rational(2));
        EXPECT_EQ(decided(family, b, {}), Outcome::minimizer);
        EXPECT_EQ(decided(family, Rational(b + 1), {50}), Outcome::not_minimizer);
    }
}

/// The least value of sᵀAs on a grid of the simplex: it can show `none`, and `boundary` at grid points.
TEST(Copositivity, AgreesWithAGridOnTheSimplex) {
    long counts[3] = {0, 0, 0};
    std::mt19937_64 rng(5);
    for (int trial = 0; trial < 400; ++trial) {
        const Index n = 1 + static_cast<Index>(rng() % 3);
        Matrix<Rational> A(n, n);
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j <= i; ++j) A(i, j) = A(j, i) = static_cast<int>(rng() % 7) - 2;
        Rational least(1000);
        constexpr int grid = 24;
        for (int a = 0; a <= grid; ++a)
            for (int b = 0; a + b <= grid; ++b) {
                Vector<Rational> s = Vector<Rational>::Constant(n, Rational(0));
                const int parts[3] = {a, b, grid - a - b};
                for (int c = 0; c < 3; ++c) s[std::min<Index>(c, n - 1)] += parts[c];
                const Vector<Rational> image = A * s;
                least = std::min(least, Rational(s.dot(image)));
            }
        const Copositivity kind = copositivity(A);
        ++counts[static_cast<int>(kind)];
        if (least < 0) {
            EXPECT_EQ(kind, Copositivity::none);
        }
        if (least == 0) {
            EXPECT_NE(kind, Copositivity::strict);
        }
        if (kind == Copositivity::strict) {
            EXPECT_GT(least, 0);
        }
    }
    for (const long count : counts) EXPECT_GT(count, 10);
}

}  // namespace
}  // namespace hadamard::minima
