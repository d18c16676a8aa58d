/// @file
/// Boxes proved by sums of squares, and claims restricted to a box: proofs redone coefficient by
/// coefficient, known polynomials, and Newton's method in all variables of Q.

#include "landscape/cross_check.hpp"
#include "landscape/inertia.hpp"
#include "landscape_oracles.hpp"

#include <gtest/gtest.h>

namespace hadamard::landscape {
namespace {

using Exponents = std::vector<int>;

Polynomial product(const Polynomial& a, const Polynomial& b) {
    Polynomial out;
    for (const auto& [e, c] : a)
        for (const auto& [f, d] : b) {
            Exponents sum = e;
            for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += f[i];
            out[sum] += c * d;
        }
    return out;
}
Polynomial sum_of(const std::vector<Polynomial>& squared) {
    Polynomial out;
    for (const Polynomial& p : squared)
        for (const auto& [e, c] : product(p, p)) out[e] += c;
    return out;
}
Polynomial without_constant(Polynomial p) {
    p.erase(Exponents(p.begin()->first.size()));
    return p;
}

/// (1 − x)² + 100(y − x²)²
Polynomial rosenbrock() {
    return sum_of({{{{0, 0}, 1}, {{1, 0}, -1}}, {{{0, 1}, 10}, {{2, 0}, -10}}});
}
/// (1 − x)² + (y − x² + x³)²: no weights make its leading terms those of a slope.
Polynomial valley() {
    return sum_of({{{{0, 0}, 1}, {{1, 0}, -1}}, {{{0, 1}, 1}, {{2, 0}, -1}, {{3, 0}, 1}}});
}
/// Nonnegative, but no sum of squares, whatever constant is added.
Polynomial motzkin() { return {{{4, 2}, 1}, {{2, 4}, 1}, {{2, 2}, -3}}; }
Polynomial himmelblau() {
    return sum_of(
        {{{{2, 0}, 1}, {{0, 1}, 1}, {{0, 0}, -11}}, {{{1, 0}, 1}, {{0, 2}, 1}, {{0, 0}, -7}}});
}

/// Is Σσ_jp_j + c = zᵀGz with σ > 0 and G positive semidefinite?
bool is_proof(const SumOfSquares& proof, const std::vector<Polynomial>& p) {
    Polynomial rest;
    rest[Exponents(p[0].begin()->first.size())] = proof.constant;
    for (std::size_t j = 0; j < p.size(); ++j) {
        if (proof.sigma[j] <= 0) return false;
        for (const auto& [e, c] : p[j]) rest[e] += proof.sigma[j] * c;
    }
    for (std::size_t i = 0; i < proof.monomials.size(); ++i)
        for (std::size_t j = 0; j < proof.monomials.size(); ++j) {
            Exponents e = proof.monomials[i];
            for (std::size_t l = 0; l < e.size(); ++l) e[l] += proof.monomials[j][l];
            rest[e] -= proof.gram[i][j];
        }
    for (const auto& [e, c] : rest)
        if (c != 0) return false;
    return inertia(proof.gram).negative == 0;
}

TEST(SumsOfSquares, AreProofsWithNearlyTheLeastConstant) {
    const struct {
        Polynomial loss;
        double least;  // L(0) less the minimum of L
    } known[] = {{rosenbrock(), 1}, {valley(), 1}, {himmelblau(), 170}};
    for (const auto& [loss, least] : known) {
        const std::vector<Polynomial> p{without_constant(loss)};
        const std::optional<SumOfSquares> proof = sum_of_squares(p);
        ASSERT_TRUE(proof);
        EXPECT_TRUE(is_proof(*proof, p));
        EXPECT_GE(proof->constant.convert_to<double>(), least);
        EXPECT_LT(proof->constant.convert_to<double>(), 1.1 * least);
        SumOfSquares wrong = *proof;
        wrong.constant += Rational(1, 1000);
        EXPECT_FALSE(is_proof(wrong, p));
    }
}

TEST(SumsOfSquares, WhereThereIsNone) {
    EXPECT_FALSE(sum_of_squares({motzkin()}));
    EXPECT_FALSE(sum_of_squares({{{{1, 1}, 1}}}));
    EXPECT_FALSE(sum_of_squares({{{{3}, 1}, {{2}, 1}}}));
    EXPECT_FALSE(sum_of_squares({{{{4}, -1}, {{2}, 1}}}));
    EXPECT_FALSE(sum_of_squares({{{{0, 2}, 1}, {{4, 0}, -1}}}));
    EXPECT_FALSE(sum_of_squares({Polynomial()}));
}

/// Squares of z + …, y + … and x + … in three variables: Gram matrices that are singular at best.
TEST(SumsOfSquares, OfRandomSums) {
    Engine engine(3);
    const auto number = [&] { return eighths(engine, 16); };
    for (int trial = 0; trial < 40; ++trial) {
        const Polynomial f{{{0, 0, 1}, 1},
                           {{2, 0, 0}, number()},
                           {{1, 1, 0}, number()},
                           {{0, 1, 0}, number()},
                           {{0, 0, 0}, number()}};
        const Polynomial g{{{0, 1, 0}, 1}, {{2, 0, 0}, number()}, {{1, 0, 0}, number()}};
        const Polynomial h{{{1, 0, 0}, 1}, {{0, 0, 0}, number()}};
        const std::vector<Polynomial> p{without_constant(sum_of({f, g, h}))};
        const std::optional<SumOfSquares> proof = sum_of_squares(p);
        ASSERT_TRUE(proof) << trial;
        EXPECT_TRUE(is_proof(*proof, p)) << trial;
    }
}

Instance instance_of(const Polynomial& loss, const std::string& transfer, int depth,
                     Rational lambda) {
    Instance out;
    out.loss.kind = "polynomial";
    for (const auto& [e, c] : loss)
        if (c != 0) out.loss.monomials.push_back({c, e});
    out.transfer.name = transfer;
    out.transfer.depth = depth;
    out.transfer.base_size = static_cast<Index>(loss.begin()->first.size());
    out.lambda = std::move(lambda);
    return out;
}

Landscape landscape_of(const Instance& instance) {
    return landscape_of(problem_of(instance), Settings());
}

TEST(Bounds, OfKnownLosses) {
    const struct {
        Polynomial loss;
        const char *rule, *before, *after;
    } known[] = {
        {rosenbrock(), "squares", "Q has exactly ", " and misses none."},
        {valley(), "sublevel", "In the box where abs(beta_i) is at most r_i, r = (",
         " Nothing is proved beyond this box."},
        {motzkin(), "box", "In the box where abs(beta_i) is at most r_i, r = (65/16, 65/16): Q has",
         " Nothing is proved beyond this box."},
    };
    for (const auto& [loss, rule, before, after] : known) {
        const Landscape l = landscape_of(instance_of(loss, "hadamard_product", 2, Rational(1, 4)));
        EXPECT_EQ(l.bound.rule, rule);
        EXPECT_EQ(l.verdict, "proved");
        EXPECT_EQ(l.sentence.find(before), 0u) << l.sentence;
        EXPECT_EQ(l.sentence.rfind(after) + std::string(after).size(), l.sentence.size());
    }
}

AnySurrogate<double> surrogate_of(const Instance& instance) {
    return ProblemFamily(instance).over<double>().surrogate;
}

/// Whether a point found by Newton is within the box; nothing if it is near the edge.
std::optional<bool> is_within(const Landscape& l, const Found& point) {
    std::optional<bool> out = true;
    for (std::size_t i = 0; i < l.bound.edges.size(); ++i) {
        const double edge = std::pow(l.bound.edges[i], l.problem.exponent());
        const double size = std::fabs(point.beta[static_cast<Index>(i)]);
        if (size > (1 + 1e-6) * edge) return false;
        if (size > (1 - 1e-6) * edge) out = std::nullopt;
    }
    return out;
}

/// Quartics and quadratics in two variables for which no rule but these holds, among others.
Polynomial random_loss(Engine& engine) {
    const auto number = [&] { return eighths(engine, 16); };
    switch (engine() % 3) {
        case 0: {  // a curve's distance and a line's
            const Polynomial curve{{{0, 1}, 1}, {{2, 0}, number()}, {{1, 0}, number()}};
            const Polynomial line{{{1, 0}, 1}, {{0, 1}, number()}, {{0, 0}, number()}};
            return without_constant(sum_of({curve, line}));
        }
        case 1:  // nothing of degree 4 in y
            return {{{4, 0}, Rational(1, 2)}, {{2, 1}, number()}, {{1, 1}, number()},
                    {{0, 2}, number()},       {{1, 0}, number()}, {{0, 1}, number()}};
        default: return {{{1, 1}, 1}, {{0, 2}, number()}, {{1, 0}, number()}, {{0, 1}, number()}};
    }
}

TEST(Bounds, EveryPointThatNewtonFindsInTheBoxIsListed) {
    Engine engine(41);
    std::map<std::string, int> proved;
    int points = 0, beyond = 0, missed = 0;
    for (int trial = 0; trial < 200; ++trial) {
        const int k = 2 + static_cast<int>(engine() % 2);
        const char* transfers[] = {"hadamard_product", "hadamard_difference", "group_product"};
        const char* transfer = transfers[engine() % 3];
        Instance instance = instance_of(random_loss(engine), transfer, k,
                                        Rational(1 + static_cast<long>(engine() % 8), 8));
        const bool grouped = instance.transfer.name == "group_product";
        if (grouped) instance.transfer.groups = {{0, 1}};
        if (engine() % 2 == 0) instance.transfer.weights.assign(grouped ? 1 : 2, 2);
        const Landscape l = landscape_of(instance);
        if (l.verdict != "proved" || l.bound.rule == "linear") continue;
        ++proved[l.bound.rule];
        for (const Found& point : newton_points(surrogate_of(instance), engine, 20)) {
            const std::optional<bool> within = is_within(l, point);
            if (!within) continue;
            if (!*within) {
                // p and m have β = 2t^k, and only what is restricted has points beyond.
                EXPECT_TRUE(l.bound.is_restricted() || l.problem.has_doubled_states());
                ++beyond;
                continue;
            }
            ++points;
            EXPECT_TRUE(is_listed(l, point, l.surrogate.size()))
                << transfer << " " << k << " beta " << point.beta.transpose() << " index "
                << point.index << ": " << l.sentence;
            missed += is_listed(l, point, 0) ? 0 : 1;
        }
    }
    EXPECT_GT(proved["squares"], 20);
    EXPECT_GT(proved["box"], 20);
    EXPECT_GT(points, 500);
    EXPECT_GT(missed, 0);  // an orbit left out is noticed
    EXPECT_GT(beyond, 0);
}

TEST(Bounds, CrossChecksAgreeWithinTheBox) {
    Polynomial saddle{{{1, 1}, 1}, {{0, 2}, Rational(1, 2)}, {{1, 0}, -2}, {{0, 1}, -1}};
    const Instance instances[] = {
        instance_of(valley(), "hadamard_product", 2, Rational(1, 4)),
        instance_of(rosenbrock(), "hadamard_product", 2, Rational(1, 4)),
        instance_of(motzkin(), "shared_product", 3, Rational(1, 8)),
        instance_of(saddle, "hadamard_difference", 3, Rational(1, 4)),
    };
    for (const Instance& instance : instances) {
        const Landscape l = landscape_of(instance);
        ASSERT_EQ(l.verdict, "proved") << l.sentence;
        SearchLimits limits;
        limits.leaves = 300'000;
        const CrossCheck check = cross_check(l, limits);
        EXPECT_EQ(check.outcome, CrossCheck::Outcome::agrees) << summary(check);
        EXPECT_EQ(check.orbits, static_cast<long>(l.surrogate.size()));
    }
}

/// β = ((65/16)³, 1) is stationary: a point on the very edge is neither listed nor passed over.
TEST(Bounds, APointOnTheEdgeIsUndecided) {
    const Rational t(65, 16), mu(1, 4), x = t * t * t, y = 1;
    const auto saddle = [&](const Rational& shift) -> Polynomial {
        return {{{1, 1}, 1},
                {{0, 2}, Rational(1, 2)},
                {{1, 0}, -(y + mu / t)},
                {{0, 1}, -(x + shift + y + mu)}};
    };
    const Landscape edge =
        landscape_of(instance_of(saddle(0), "hadamard_product", 3, Rational(3, 8)));
    EXPECT_EQ(edge.bound.rule, "box");
    EXPECT_EQ(edge.verdict, "undecided");
    ASSERT_EQ(edge.undecided.size(), 1u);
    EXPECT_EQ(edge.undecided[0].kind, "leaves");
    EXPECT_EQ(edge.undecided[0].signs, "++");
    EXPECT_EQ(edge.sentence.find("In the box"), 0u);
    // A little to either side it is beyond the box or in it.
    const Landscape beyond =
        landscape_of(instance_of(saddle(Rational(1, 1000)), "hadamard_product", 3, Rational(3, 8)));
    const Landscape inside = landscape_of(
        instance_of(saddle(Rational(-1, 1000)), "hadamard_product", 3, Rational(3, 8)));
    EXPECT_EQ(beyond.verdict, "proved");
    EXPECT_EQ(inside.verdict, "proved");
    EXPECT_EQ(beyond.surrogate.size() + 1, inside.surrogate.size());
    EXPECT_EQ(beyond.base.size() + 1, inside.base.size());
}

}  // namespace
}  // namespace hadamard::landscape
