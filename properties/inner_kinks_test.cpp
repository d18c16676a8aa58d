/// @file
/// The decision rules and the solvers where R is no Σ w ‖β_j‖₂^q and S no quadratic form: exact
/// instances of mixed_group, whose R has kinks inside nonzero groups, and of young_product, whose S is
/// only C^1, with the answer known by construction. Every instance is decided at the exact point, by
/// rationals, and at a point 1e−45 beside it, by enclosures.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/decide.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"
#include "hadamard/optimizers/find.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hadamard {
namespace {

using minima::Outcome;

Vector<Rational> vector_of(const std::vector<Rational>& entries) {
    Vector<Rational> out(static_cast<Index>(entries.size()));
    for (Index i = 0; i < out.size(); ++i) out[i] = entries[static_cast<std::size_t>(i)];
    return out;
}

/// L = ½βᵀAβ − bᵀβ, A = cI, with ∇L(θ) = −λ∇R(θ) at nonzero entries of θ and as told at the others.
struct Case {
    TransferSpec transfer;
    Vector<Rational> theta;
    Vector<Rational> slopes;  // ∇L where θ is 0
    Rational lambda = 1;
    Rational curvature = 1;
};

ProblemFamily family_of(const Case& c) {
    const Index d = c.theta.size();
    const AnyPenalty<Rational> R = make_transfer<Rational>(c.transfer).induced();
    Vector<Rational> g = -c.lambda * R.gradient(c.theta);
    for (Index i = 0; i < d; ++i)
        if (c.theta[i] == 0) g[i] = c.slopes[i];
    Instance out;
    out.transfer = c.transfer;
    out.lambda = c.lambda;
    out.loss.kind = "quadratic";
    out.loss.A = c.curvature * Matrix<Rational>::Identity(d, d);
    out.loss.b = c.curvature * c.theta - g;
    return ProblemFamily(out);
}

Vector<Rational> beside(Vector<Rational> x) {
    const Rational little(1, Integer("1" + std::string(45, '0')));
    for (Index i = 0; i < x.size(); ++i)
        if (x[i] != 0) x[i] += little;
    return x;
}

void expect_outcome(const Case& c, Outcome expected) {
    const ProblemFamily family = family_of(c);
    EXPECT_EQ(minima::decide_base(family, c.theta).decision.outcome, expected);
    EXPECT_EQ(minima::decide_base(family, beside(c.theta)).decision.outcome, expected);
    const AnyTransfer<Rational> transfer = family.over<Rational>().surrogate.transfer();
    const std::vector<Vector<Rational>> fibre = minimal_fibre(transfer, c.theta, 6);
    EXPECT_GE(fibre.size(), c.theta.isZero() ? 1u : 2u);
    for (const Vector<Rational>& xi : fibre) {
        EXPECT_EQ(minima::decide_surrogate(family, xi).decision.outcome, expected);
        EXPECT_EQ(minima::decide_surrogate(family, beside(xi)).decision.outcome, expected);
    }
}

/// Groups {0, 1, 2} and {3}: ‖θ_{012}‖_1 = 8 at depth 3, so that the bound is λ w q 8^{q−1} = λ w/3.
Case one_norm_case(const Rational& share, const Rational& weight) {
    Case out;
    out.transfer = {.name = "mixed_group",
                    .depth = 3,
                    .base_size = 4,
                    .groups = {{0, 1, 2}, {3}},
                    .weights = {weight, Rational(1)},
                    .inner_depth = 2};
    out.theta = vector_of({Rational(72, 25), Rational(-128, 25), 0, 0});
    out.lambda = Rational(3, 2);
    out.slopes = vector_of({0, 0, share * out.lambda * weight / 3, 1000});
    return out;
}

TEST(MixedGroupDecisions, ComparesSlopesInsideAGroupWithTheirBound) {
    for (const Rational& weight : {Rational(1), Rational(2, 3)})
        for (const int sign : {1, -1}) {
            for (const Rational& share : {Rational(0), Rational(1, 2), Rational(999, 1000)})
                expect_outcome(one_norm_case(sign * share, weight), Outcome::minimizer);
            for (const Rational& share : {Rational(1001, 1000), Rational(5)})
                expect_outcome(one_norm_case(sign * share, weight), Outcome::not_minimizer);
        }
}

/// |g| = bound exactly is neither a minimizer nor none by the rules.
TEST(MixedGroupDecisions, LeavesTheBorderOpen) {
    const Case c = one_norm_case(1, 1);
    const ProblemFamily family = family_of(c);
    EXPECT_EQ(minima::decide_base(family, c.theta).decision.outcome, Outcome::undecided);
    const Vector<Rational> xi = family.over<Rational>().surrogate.transfer().lift(c.theta);
    EXPECT_EQ(minima::decide_surrogate(family, xi).decision.outcome, Outcome::undecided);
}

/// ∇²R = q(q−1) 8^{q−2} nnᵀ/... < 0 along n: without curvature of the loss θ is a saddle.
TEST(MixedGroupDecisions, SeesNegativeCurvatureOnTheSupport) {
    Case c = one_norm_case(0, 1);
    c.curvature = Rational(1, 1000);
    expect_outcome(c, Outcome::not_minimizer);
}

/// k_1 = 3: p = 2/3 < 1, and no slope inside a group is too large.
TEST(MixedGroupDecisions, HasNoBoundInsideForThreeVectors) {
    Case c;
    c.transfer = {
        .name = "mixed_group", .depth = 4, .base_size = 3, .groups = {{2, 0, 1}}, .inner_depth = 3};
    c.theta = vector_of({Rational(16 * 27, 125), 0, Rational(-16 * 64, 125)});
    c.slopes = vector_of({0, 1000, 0});
    expect_outcome(c, Outcome::minimizer);
    c.theta = vector_of({0, 0, 0});
    c.slopes = vector_of({1000, -1000, 3});
    expect_outcome(c, Outcome::minimizer);
}

Case young_case(Exponent depth, const std::vector<Exponent>& exponents, const Rational& slope) {
    Case out;
    out.transfer = {.name = "young_product",
                    .depth = depth,
                    .base_size = 2,
                    .weights = {Rational(1, 2), Rational(3)},
                    .exponents = exponents};
    const Exponent degree(transfer_traits("young_product").lift_degree(out.transfer));
    out.theta = vector_of({Rational(-abs_power(Rational(3, 2), degree)), 0});
    out.slopes = vector_of({0, slope});
    return out;
}

/// k = 2, q = 1: the bound is λ w_2 = 3, whatever a and b are, smooth S or not. On it, L being convex,
/// first order decides.
TEST(YoungProductDecisions, CompareSlopesWithTheWeightAtDepth2) {
    for (const std::vector<Exponent>& exponents :
         std::vector<std::vector<Exponent>>{{}, {3, {3, 2}}, {{3, 2}, 3}, {{4, 3}, 4}}) {
        for (const Rational& slope : {Rational(0), Rational(-299, 100), Rational(3)})
            expect_outcome(young_case(2, exponents, slope), Outcome::minimizer);
        expect_outcome(young_case(2, exponents, Rational(301, 100)), Outcome::not_minimizer);
    }
}

TEST(YoungProductDecisions, KnowNoBoundAtLargerDepths) {
    for (const std::vector<Exponent>& exponents :
         std::vector<std::vector<Exponent>>{{}, {{6, 5}, {3, 2}}, {{8, 5}, {8, 7}}})
        expect_outcome(young_case(3, exponents, Rational(-1000)), Outcome::minimizer);
    expect_outcome(young_case({5, 2}, {2, {4, 3}}, Rational(1000)), Outcome::minimizer);
    // λw/q q(1−q)|θ|^{q−2} against the curvature of L.
    Case c = young_case(3, {}, 0);
    c.curvature = Rational(1, 1000);
    expect_outcome(c, Outcome::not_minimizer);
}

/// From several starts both solvers of P and that of Q end at proved minimizers, on instances with
/// a zero entry in a nonzero group.
TEST(MixedGroupSolvers, FindMinimizers) {
    const ProblemFamily family = family_of(one_norm_case(Rational(1, 2), 1));
    bool found_planted = false;
    for (int n = 0; n < 6; ++n) {
        Vector<double> start(4);
        for (Index i = 0; i < 4; ++i) start[i] = 0.75 * ((n * 7 + static_cast<int>(i) * 5) % 9 - 4);
        for (const optim::BaseMethod method :
             {optim::BaseMethod::coordinate_descent, optim::BaseMethod::proximal_gradient}) {
            const optim::Found found = optim::find_base_minimizer(family, start, method, 50);
            ASSERT_TRUE(found.converged);
            EXPECT_EQ(minima::decide_base(family, found.point).decision.outcome,
                      Outcome::minimizer);
            found_planted = found_planted || (found.point[0] != 0 && found.point[2] == 0);
        }
        Vector<double> xi(10);
        for (Index i = 0; i < 10; ++i)
            xi[i] = 0.5 * ((n * 5 + static_cast<int>(i) * 3) % 7 - 3) + 0.1;
        const optim::Found found = optim::find_surrogate_minimizer(family, xi, 50);
        if (found.converged) {
            EXPECT_EQ(minima::decide_surrogate(family, found.point).decision.outcome,
                      Outcome::minimizer);
        }
    }
    EXPECT_TRUE(found_planted);
}

}  // namespace
}  // namespace hadamard
