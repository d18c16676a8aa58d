/// @file
/// The working-set solver on random hard problems (q = 1): every number it reports against a judge in
/// long double, and the same answer in every layout of X.

#include "sparse_instances.hpp"

#include <gtest/gtest.h>

namespace hadamard::sparse {
namespace {

constexpr double tolerance = 1e-10;

/// What rounding in double may do to a mean loss or a gap: n ≤ 60 terms, P up to some P(0, 0).
Wide rounding(const Instance& of, Wide objective) {
    return 1e-14L * std::max(at_zero(of), std::abs(objective));
}

double random_lambda(Draws& draws, double largest) {
    return largest > 0 ? largest * std::exp(draws.uniform(std::log(1e-3), 0)) : 0.1;
}

SparseSolution solved(const SparseProblem& problem, double lambda, SparseSettings settings) {
    return WorkingSet(problem, std::move(settings)).solve(lambda);
}

bool is_free(const Instance& of) { return of.intercept || !Judge::free_columns(of).empty(); }

/// The claims about any answer at q = 1, converged or not; `least` is P at a better one.
void expect_honest(const Instance& of, const SparseSolution& got, Wide least) {
    const Judge judge(of, got);
    const Wide objective = judge.objective(), slack = rounding(of, objective);
    EXPECT_LE(std::abs(Wide(got.objective) - objective), slack);
    EXPECT_GE(Wide(got.gap), objective - least - slack) << "the gap is no upper bound";
    // Where nothing is free both have the same dual points: the multiples of ℓ'(z).
    if (!is_free(of)) {
        const Wide room = slack + judge.gap_rounding();
        EXPECT_GE(Wide(got.gap), judge.gap() * (1 - 1e-6L) - room);
        EXPECT_LE(Wide(got.gap), judge.gap(true) * (1 + 1e-6L) + room);
    }
    const Wide unit = at_zero(of) > 0 ? at_zero(of) : 1;
    EXPECT_LE(std::abs(Wide(got.relative_gap) * unit - Wide(got.gap)), 1e-13L * Wide(got.gap));
    EXPECT_EQ(got.support, std::count_if(got.coefficients.begin(), got.coefficients.end(),
                                         [](double b) { return b != 0; }));
    if (!of.intercept) {
        EXPECT_EQ(got.intercept, 0);
    }
    const auto blocks = of.blocks();
    for (std::size_t g = 0; g < blocks.size(); ++g)
        if (std::isinf(of.weight(g))) {
            EXPECT_EQ(judge.norm(blocks[g]), 0);
        }
}

class HardProblems : public ::testing::TestWithParam<LossKind> {};

TEST_P(HardProblems, AreSolvedToTheGapTheyClaimInEveryLayout) {
    for (std::uint64_t seed = 0; seed < cases(40); ++seed) {
        const Instance of = draw_instance(seed, GetParam());
        Draws draws(seed + 1000000);
        const Laid plain(of);
        const double lambda = random_lambda(draws, WorkingSet(plain.problem).lambda_max());
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of) + " lambda " +
                     std::to_string(lambda));
        const Wide least = Judge(of, solved(plain.problem, lambda, to_gap(1e-13))).objective();
        std::vector<WideVector> predictors;
        for (const Form form : forms) {
            const Laid laid(of, form);
            const SparseSolution got = solved(laid.problem, lambda, to_gap(tolerance));
            EXPECT_EQ(got.stop, SparseStop::converged) << "form " << static_cast<int>(form);
            EXPECT_LE(got.relative_gap, tolerance);
            const Judge judge(of, got);
            // With free columns the judge's ν may be a poor one: near separation it leaves the domain.
            const Wide excess = is_free(of) ? judge.objective() - least : judge.gap();
            EXPECT_LE(excess, tolerance * at_zero(of) + rounding(of, least) + judge.gap_rounding());
            expect_honest(of, got, least);
            predictors.push_back(judge.predictors());
        }
        if (of.loss != LossKind::least_squares) continue;
        // P is 1/n-strongly convex in Xβ: both are within √(2n gap) of the minimizer's.
        const Wide radius = std::sqrt(2 * Wide(of.n) * (tolerance * at_zero(of) + rounding(of, 0)));
        for (std::size_t k = 1; k < predictors.size(); ++k) {
            Wide squares = 0;
            for (std::size_t i = 0; i < predictors[k].size(); ++i)
                squares += std::pow(predictors[k][i] - predictors[0][i], 2);
            EXPECT_LE(std::sqrt(squares), 2 * radius);
        }
    }
}

TEST_P(HardProblems, StoppedEarlyStillBoundTheirError) {
    for (std::uint64_t seed = 0; seed < cases(40); ++seed) {
        const Instance of = draw_instance(seed + 500, GetParam());
        Draws draws(seed + 2000000);
        const Laid plain(of);
        const double lambda = random_lambda(draws, WorkingSet(plain.problem).lambda_max());
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of));
        SparseSettings settings = to_gap(1e-13);
        const Wide least = Judge(of, solved(plain.problem, lambda, settings)).objective();
        for (const Index rounds : {1, 2, 3, 5, 8}) {
            SCOPED_TRACE("rounds " + std::to_string(rounds));
            settings.max_iterations = rounds;
            const SparseSolution got = solved(plain.problem, lambda, settings);
            expect_honest(of, got, least);
            if (is_free(of)) continue;
            const Wide expected = Judge(of, got).residual();
            EXPECT_NEAR(static_cast<double>(expected), got.residual,
                        1e-9 * static_cast<double>(1 + expected) * 1e-3 / lambda + 1e-9);
        }
    }
}

TEST_P(HardProblems, ResidualIsThatOfAllGroups) {
    for (std::uint64_t seed = 0; seed < cases(40); ++seed) {
        Instance of = draw_instance(seed + 900, GetParam());
        of.intercept = false;
        for (double& w : of.weights) w = std::max(w, 0.1);
        const Laid plain(of);
        WorkingSet solver(plain.problem, to_gap(1e-12));
        const double lambda = 0.05 * solver.lambda_max();
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of));
        const SparseSolution got = solver.solve(lambda);
        EXPECT_EQ(got.stop, SparseStop::converged);
        EXPECT_NEAR(got.residual, static_cast<double>(Judge(of, got).residual()), 1e-9);
    }
}

TEST_P(HardProblems, HaveTheSameCoefficientsInEveryLayoutWhereTheyAreUnique) {
    for (std::uint64_t seed = 0; seed < cases(20); ++seed) {
        Instance of;
        Draws draws(seed + 7);
        of.loss = GetParam();
        of.n = 40;
        of.p = 12;
        of.delta = 0.7;
        for (Index k = 0; k < of.n * of.p; ++k)
            of.x.push_back(draws.chance(0.2) ? 0 : draws.normal());
        draw_response(draws, of);
        draw_penalty(draws, of);
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of));
        std::vector<SparseSolution> got;
        for (const Form form : forms) {
            const Laid laid(of, form);
            WorkingSet solver(laid.problem, to_gap(1e-14));
            got.push_back(solver.solve(0.1 * solver.lambda_max()));
            for (Index j = 0; j < of.p; ++j)
                EXPECT_NEAR(got.back().coefficients[at(j)], got[0].coefficients[at(j)], 1e-9);
            EXPECT_NEAR(got.back().intercept, got[0].intercept, 1e-9);
        }
    }
}

std::string loss_name(const ::testing::TestParamInfo<LossKind>& of) { return name_of(of.param); }

INSTANTIATE_TEST_SUITE_P(Losses, HardProblems, ::testing::ValuesIn(losses), loss_name);

}  // namespace
}  // namespace hadamard::sparse
