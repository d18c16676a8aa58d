/// @file
/// Observation weights of the working-set solver: whole ones are copies of their rows, scale does not
/// matter, 0 is a row that is not there; all by the judge in long double on the rows written out.

#include "hadamard/core/error.hpp"
#include "hadamard/optimizers/method.hpp"
#include "hadamard/optimizers/path.hpp"
#include "sparse_instances.hpp"

#include <gtest/gtest.h>

namespace hadamard::sparse {
namespace {

using optim::cross_validate;
using optim::CrossValidation;
using optim::lambda_grid;

constexpr double tolerance = 1e-11;

/// An instance with whole weights, and the same with its rows written out so many times.
struct Weighted {
    Instance of, repeated;
    std::vector<double> weights;
    bool is_far = false;  ///< A column is a thousand deviations from 0.
};

/// The columns of the rows named.
Instance rows_of(const Instance& of, const std::vector<Index>& rows) {
    Instance out = of;
    out.n = static_cast<Index>(rows.size());
    out.x.clear();
    out.y.clear();
    for (Index j = 0; j < of.p; ++j)
        for (const Index i : rows) out.x.push_back(of.entry(i, j));
    for (const Index i : rows) out.y.push_back(of.y[at(i)]);
    return out;
}

Weighted draw_weighted(std::uint64_t seed, LossKind loss, int depth = 2) {
    Weighted out;
    out.of = draw_instance(seed, loss);
    out.of.depth = depth;
    if (loss == LossKind::logistic)  // few rows with free columns would often be separated
        for (double& w : out.of.weights) w = w == 0 ? 1 : w;
    Draws draws(seed + 77);
    out.is_far = loss != LossKind::huber && out.of.intercept && draws.chance(0.5);
    if (out.is_far)  // it is centred in a copy
        for (Index i = 0; i < out.of.n; ++i) out.of.x[at(i)] += 1000;
    std::vector<Index> rows;
    for (Index i = 0; i < out.of.n; ++i) {
        // The first rows stay, so that a response of two values keeps both.
        const Index copies = i < 4 ? 1 + draws.below(3) : draws.below(4);
        out.weights.push_back(static_cast<double>(copies));
        rows.insert(rows.end(), at(copies), i);
    }
    if (loss == LossKind::logistic || loss == LossKind::poisson)
        for (Index i = 0; i < 4; ++i) out.of.y[at(i)] = static_cast<double>(i % 2);
    out.repeated = rows_of(out.of, rows);
    return out;
}

class WeightedLosses : public ::testing::TestWithParam<LossKind> {};

TEST_P(WeightedLosses, WholeWeightsAreCopiesOfRows) {
    for (std::uint64_t seed = 0; seed < cases(25); ++seed) {
        const Weighted drawn = draw_weighted(seed, GetParam());
        const Laid plain(drawn.repeated);
        WorkingSet copies(plain.problem, to_gap(1e-13));
        const double largest = copies.lambda_max();
        const double lambda = largest > 0 ? 0.1 * largest : 0.1;
        const Wide least = Judge(drawn.repeated, copies.solve(lambda)).objective();
        const Wide rounding = 1e-13L * std::max(at_zero(drawn.repeated), std::abs(least));
        for (const auto& [form, scale] : {std::pair(Form::columns, 1.0), {Form::padded_columns, 0.7},
                                          {Form::padded_rows, 0x1p-600}, {Form::sparse, 3.0}}) {
            if (form == Form::sparse && drawn.is_far) continue;  // those are not centred
            SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(drawn.of) + " form " +
                         std::to_string(static_cast<int>(form)));
            Laid laid(drawn.of, form);
            std::vector<double> weights = drawn.weights;
            for (double& s : weights) s *= scale;
            laid.problem.observation_weights = weights;
            WorkingSet solver(laid.problem, to_gap(tolerance));
            EXPECT_NEAR(solver.lambda_max(), largest, 1e-8 * largest);
            for (int time = 0; time < 2; ++time) {  // the second may be of the whole Gram matrix
                const SparseSolution got = solver.solve(lambda);
                EXPECT_EQ(got.stop, SparseStop::converged);
                const Wide objective = Judge(drawn.repeated, got).objective();
                EXPECT_LE(std::abs(Wide(got.objective) - objective), rounding);
                EXPECT_LE(objective - least, tolerance * at_zero(drawn.repeated) + rounding);
                EXPECT_GE(Wide(got.gap), objective - least - rounding);
            }
        }
    }
}

/// Far from converged, the gap is an upper bound all the same; without free columns it is no larger than
/// that of the same point on rows written out.
TEST_P(WeightedLosses, TheGapOfAnyAnswerIsOne) {
    for (std::uint64_t seed = 100; seed < 100 + cases(25); ++seed) {
        const Weighted drawn = draw_weighted(seed, GetParam());
        const Laid plain(drawn.repeated);
        WorkingSet copies(plain.problem, to_gap(1e-13));
        const double largest = copies.lambda_max();
        const double lambda = largest > 0 ? 0.02 * largest : 0.1;
        const Wide least = Judge(drawn.repeated, copies.solve(lambda)).objective();
        const Wide rounding = 1e-13L * std::max(at_zero(drawn.repeated), std::abs(least));
        Laid laid(drawn.of);
        laid.problem.observation_weights = drawn.weights;
        SparseSettings settings = to_gap(1e-13);
        settings.max_iterations = 2;
        const SparseSolution got = WorkingSet(laid.problem, settings).solve(lambda);
        const Judge judge(drawn.repeated, got);
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(drawn.of));
        EXPECT_GE(Wide(got.gap), judge.objective() - least - rounding);
        if (drawn.of.intercept || !Judge::free_columns(drawn.of).empty()) continue;
        const Wide room = rounding + judge.gap_rounding();
        EXPECT_GE(Wide(got.gap), judge.gap() * (1 - 1e-6L) - room);
        EXPECT_LE(Wide(got.gap), judge.gap(true) * (1 + 1e-6L) + room);
    }
}

TEST_P(WeightedLosses, AtDeeperFactorsTheyAreCopiesToo) {
    for (std::uint64_t seed = 200; seed < 200 + cases(10); ++seed) {
        const Weighted drawn = draw_weighted(seed, GetParam(), 3);
        const Laid plain(drawn.repeated);
        Laid laid(drawn.of);
        laid.problem.observation_weights = drawn.weights;
        WorkingSet copies(plain.problem), solver(laid.problem);
        const double largest = copies.lambda_max();
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(drawn.of));
        EXPECT_NEAR(solver.lambda_max(), largest, 1e-6 * largest);
        if (!(largest > 0)) continue;
        const SparseSolution got = solver.solve(0.2 * largest);
        copies.start_at(got.coefficients, got.intercept);
        const SparseSolution there = copies.solve(0.2 * largest);
        // What is a fixed point of one is one of the other.
        EXPECT_EQ(got.stop, SparseStop::converged);
        EXPECT_EQ(there.iterations, 0);
        EXPECT_NEAR(there.objective, got.objective, 1e-12 * std::abs(got.objective));
    }
}

INSTANTIATE_TEST_SUITE_P(Losses, WeightedLosses, ::testing::ValuesIn(losses),
                         [](const auto& of) { return name_of(of.param); });

TEST(ObservationWeights, OfOneChangeNothing) {
    const Instance of = draw_instance(3, LossKind::least_squares);
    const Laid plain(of);
    Laid laid(of);
    const std::vector<double> ones(at(of.n), 1.0);
    laid.problem.observation_weights = ones;
    const double lambda = 0.1 * WorkingSet(plain.problem).lambda_max();
    const SparseSolution expected = WorkingSet(plain.problem).solve(lambda);
    const SparseSolution got = WorkingSet(laid.problem).solve(lambda);
    EXPECT_EQ(got.coefficients, expected.coefficients);
    EXPECT_EQ(got.gap, expected.gap);
}

/// Message of the error that the weights are refused with.
std::string refusal(const std::vector<double>& weights) {
    const Instance of = rows_of(draw_instance(1, LossKind::least_squares), {0, 1, 2});
    Laid laid(of);
    laid.problem.observation_weights = weights;
    try {
        const WorkingSet refused(laid.problem);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

TEST(ObservationWeights, ThatCannotBeAreNamed) {
    EXPECT_NE(refusal({1, -2, 1}).find("entry 1 is -2;"), std::string::npos);
    EXPECT_NE(refusal({1, 1, std::nan("")}).find("entry 2 is nan;"), std::string::npos);
    EXPECT_NE(refusal({INFINITY, 1, 1}).find("entry 0 is inf;"), std::string::npos);
    EXPECT_NE(refusal({0, 0, 0}).find("all are 0"), std::string::npos);
    EXPECT_NE(refusal({1, 1}).find("there are 2, X has 3 rows"), std::string::npos);
    EXPECT_EQ(refusal({1e308, 1e308, 1e-308}), "");
}

/// A row of weight 0 decides nothing, but what is in it must be a number.
TEST(ObservationWeights, OfNothingHideNothing) {
    Instance of = rows_of(draw_instance(1, LossKind::least_squares), {0, 1, 2});
    of.x[at(1)] = std::nan("");
    Laid laid(of);
    const std::vector<double> weights = {1, 0, 1};
    laid.problem.observation_weights = weights;
    EXPECT_THROW(WorkingSet{laid.problem}, InputError);
}

TEST(ObservationWeights, OneClassAmongTheRowsThatCountIsNamed) {
    Instance of = rows_of(draw_instance(1, LossKind::logistic), {0, 1, 2, 3});
    of.y = {0, 1, 0, 0};
    of.intercept = true;
    Laid laid(of);
    const std::vector<double> weights = {1, 0, 1, 2};
    laid.problem.observation_weights = weights;
    EXPECT_THROW(WorkingSet{laid.problem}, InputError);
}

TEST(ObservationWeights, RowsOfNoWeightAreInNoFold) {
    const Instance of = draw_instance(5, LossKind::least_squares);
    std::vector<double> weights, kept_weights;
    std::vector<Index> kept;
    for (Index i = 0; i < of.n; ++i) {
        weights.push_back(i % 3 == 0 ? 0 : static_cast<double>(i % 5 + 1));
        if (i % 3 == 0) continue;
        kept.push_back(i);
        kept_weights.push_back(weights.back());
    }
    Laid laid(of);
    const Instance fewer = rows_of(of, kept);
    Laid less(fewer);
    laid.problem.observation_weights = weights;
    less.problem.observation_weights = kept_weights;
    const double largest = WorkingSet(less.problem).lambda_max();
    const std::vector<double> lambdas = lambda_grid(largest, 0.1 * largest, 4);
    const CrossValidation a = cross_validate(laid.problem, lambdas, 3, 1, to_gap(1e-13));
    const CrossValidation b = cross_validate(less.problem, lambdas, 3, 1, to_gap(1e-13));
    for (std::size_t k = 0; k < lambdas.size(); ++k) {
        EXPECT_NEAR(a.mean_loss[k], b.mean_loss[k], 1e-5 * b.mean_loss[k]);
        EXPECT_NEAR(a.standard_error[k], b.standard_error[k], 1e-4 * b.standard_error[k]);
    }
}

TEST(ObservationWeights, AreRefusedWhereTheyWouldBeIgnored) {
    const Instance of = draw_instance(5, LossKind::least_squares);
    Laid laid(of);
    const std::vector<double> ones(at(of.n), 1.0);
    laid.problem.observation_weights = ones;
    optim::SurrogateSpec spec;
    spec.data = laid.problem;
    EXPECT_THROW(optim::SurrogateProblem{spec}, InputError);
}

}  // namespace
}  // namespace hadamard::sparse
