/// @file
/// Paths of the working-set solver and cross-validation on them: grids, warm starts, interruption,
/// repetition bit for bit, and what a fold is.

#include "hadamard/core/error.hpp"
#include "hadamard/optimizers/path.hpp"
#include "sparse_instances.hpp"

#include <gtest/gtest.h>

namespace hadamard::sparse {
namespace {

using optim::cross_validate;
using optim::CrossValidation;
using optim::lambda_grid;
using optim::solve_path;

Instance plain(LossKind loss, Index n, Index p, std::uint64_t seed) {
    Draws draws(seed);
    Instance out;
    out.loss = loss;
    out.n = n;
    out.p = p;
    for (Index k = 0; k < n * p; ++k) out.x.push_back(draws.chance(0.1) ? 0 : draws.normal());
    draw_response(draws, out);
    return out;
}

std::vector<double> grid_of(const SparseProblem& problem, double ratio, std::size_t count) {
    const double largest = WorkingSet(problem).lambda_max();
    return lambda_grid(largest, ratio * largest, count);
}

void expect_same(const SparseSolution& a, const SparseSolution& b) {
    EXPECT_EQ(a.coefficients, b.coefficients);
    EXPECT_EQ(a.intercept, b.intercept);
    EXPECT_EQ(a.objective, b.objective);
    EXPECT_EQ(a.residual, b.residual);
    EXPECT_EQ(a.iterations, b.iterations);
    EXPECT_EQ(a.newton_steps, b.newton_steps);
    EXPECT_EQ(a.sweeps, b.sweeps);
    EXPECT_EQ(a.passes, b.passes);
    EXPECT_EQ(a.stop, b.stop);
}

// ---- the grid -----------------------------------------------------------------------------------

TEST(LambdaGrid, RunsDownInEqualRatios) {
    const std::vector<double> grid = lambda_grid(3, 0.003, 31);
    ASSERT_EQ(grid.size(), 31u);
    EXPECT_EQ(grid.front(), 3);
    EXPECT_NEAR(grid.back(), 0.003, 1e-17);
    for (std::size_t k = 1; k < grid.size(); ++k)
        EXPECT_NEAR(grid[k] / grid[k - 1], std::pow(10.0, -0.1), 1e-14);
    EXPECT_EQ(lambda_grid(2, 1, 1), std::vector<double>{2});
    EXPECT_EQ(lambda_grid(2, 2, 3), (std::vector<double>{2, 2, 2}));
}

TEST(LambdaGrid, RefusesWhatIsNone) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(lambda_grid(1, 0.1, 0), PreconditionError);
    EXPECT_THROW(lambda_grid(1, 2, 3), PreconditionError);
    EXPECT_THROW(lambda_grid(1, 0, 3), PreconditionError);
    EXPECT_THROW(lambda_grid(1, -1, 3), PreconditionError);
    EXPECT_THROW(lambda_grid(nan, 0.1, 3), PreconditionError);
    EXPECT_THROW(lambda_grid(1, nan, 3), PreconditionError);
    EXPECT_THROW(lambda_grid(INFINITY, 1, 3), PreconditionError);
}

// ---- paths --------------------------------------------------------------------------------------

class Paths : public ::testing::TestWithParam<LossKind> {};

TEST_P(Paths, WarmStartsFindWhatColdStartsFind) {
    constexpr double tolerance = 1e-10;
    for (std::uint64_t seed = 0; seed < cases(8); ++seed) {
        const Instance of = draw_instance(seed + 4000, GetParam());
        const Laid laid(of);
        if (WorkingSet(laid.problem).lambda_max() == 0) continue;
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of));
        const std::vector<double> grid = grid_of(laid.problem, 1e-2, 12);
        const auto path = solve_path(laid.problem, grid, to_gap(tolerance));
        ASSERT_EQ(path.size(), grid.size());
        const Wide enough = tolerance * at_zero(of);
        for (std::size_t k = 0; k < grid.size(); ++k) {
            EXPECT_EQ(path[k].lambda, grid[k]);
            EXPECT_EQ(path[k].stop, SparseStop::converged);
            const Judge judge(of, path[k]);
            const Wide slack = 1e-14L * std::max(at_zero(of), std::abs(judge.objective()));
            EXPECT_LE(judge.gap(), enough + slack);
            if (k % 4 != 3) continue;
            WorkingSet cold(laid.problem, to_gap(tolerance));
            const SparseSolution alone = cold.solve(grid[k]);
            EXPECT_LE(std::abs(Judge(of, alone).objective() - judge.objective()), enough + slack);
        }
    }
}

TEST_P(Paths, AnyOrderOfLambdaIsRight) {
    const Instance of = plain(GetParam(), 40, 60, 5);
    const Laid laid(of);
    WorkingSet solver(laid.problem, to_gap(1e-11));
    const double largest = solver.lambda_max();
    for (const double share : {0.01, 0.5, 2.0, 0.05, 0.9, 0.05, 0.001, 1.0}) {
        const SparseSolution got = solver.solve(share * largest);
        EXPECT_EQ(got.stop, SparseStop::converged) << share;
        EXPECT_LE(Judge(of, got).gap(), 1.01e-11L * at_zero(of)) << share;
        if (share > 1) {
            EXPECT_EQ(got.support, 0) << share;
        }
    }
}

TEST_P(Paths, RepeatBitForBit) {
    for (const int depth : {2, 3}) {
        Instance of = draw_instance(77, GetParam());
        of.depth = depth;
        const Laid laid(of);
        const std::vector<double> grid = grid_of(laid.problem, 1e-2, 8);
        const auto once = solve_path(laid.problem, grid, {});
        const std::vector<std::vector<double>> clutter(100, std::vector<double>(1000, NAN));
        const auto again = solve_path(laid.problem, grid, {});
        ASSERT_EQ(once.size(), again.size());
        for (std::size_t k = 0; k < once.size(); ++k) expect_same(once[k], again[k]);
    }
}

TEST_P(Paths, StopWhereTheListenerSays) {
    const Instance of = plain(GetParam(), 30, 20, 2);
    const Laid laid(of);
    const std::vector<double> grid = grid_of(laid.problem, 1e-2, 8);
    std::vector<double> seen;
    const auto path = solve_path(laid.problem, grid, {}, [&](const SparseSolution& at) {
        seen.push_back(at.lambda);
        return seen.size() < 3;
    });
    EXPECT_EQ(path.size(), 3u);
    EXPECT_EQ(seen, std::vector<double>(grid.begin(), grid.begin() + 3));
}

TEST_P(Paths, InterruptedAnywhereStillBoundTheirError) {
    for (std::uint64_t seed = 0; seed < cases(4); ++seed) {
        const Instance of = draw_instance(seed + 6000, GetParam());
        const Laid laid(of);
        WorkingSet whole(laid.problem, to_gap(1e-12));
        const double largest = whole.lambda_max();
        const double lambda = 0.02 * (largest > 0 ? largest : 1);
        const Wide least = Judge(of, whole.solve(lambda)).objective();
        const Wide slack = 1e-13L * std::max(at_zero(of), std::abs(least));
        SCOPED_TRACE("seed " + std::to_string(seed) + " " + summary(of));
        for (const int calls : {0, 1, 2, 3, 4, 5, 7, 9, 12, 16, 25, 40}) {
            SCOPED_TRACE("interrupted after " + std::to_string(calls));
            int left = calls;
            SparseSettings settings = to_gap(1e-10);
            settings.is_interrupted = [&] { return left-- <= 0; };
            WorkingSet solver(laid.problem, settings);
            const SparseSolution got = solver.solve(lambda);
            if (got.stop != SparseStop::converged) {
                EXPECT_EQ(got.stop, SparseStop::interrupted);
            }
            EXPECT_GE(Wide(got.gap), Judge(of, got).objective() - least - slack);
            left = 1 << 30;  // and on from there
            const SparseSolution on = solver.solve(lambda);
            EXPECT_EQ(on.stop, SparseStop::converged);
            EXPECT_LE(Judge(of, on).objective() - least, 1e-10L * at_zero(of) + slack);
        }
    }
}

TEST_P(Paths, InterruptedPathEndsThere) {
    const Instance of = plain(GetParam(), 30, 20, 2);
    const Laid laid(of);
    const std::vector<double> grid = grid_of(laid.problem, 1e-2, 8);
    SparseSettings settings;
    bool stop = false;
    settings.is_interrupted = [&] { return stop; };
    const auto path = solve_path(laid.problem, grid, settings, [&](const SparseSolution& at) {
        stop = at.lambda == grid[2];
        return true;
    });
    ASSERT_EQ(path.size(), 4u);
    EXPECT_EQ(path.back().stop, SparseStop::interrupted);
    EXPECT_EQ(path[2].stop, SparseStop::converged);
}

INSTANTIATE_TEST_SUITE_P(Losses, Paths, ::testing::ValuesIn(losses),
                         [](const auto& of) { return name_of(of.param); });

/// Between two λ with the same signs the solution is linear in λ: one step with the factor kept from the
/// λ before is exact, whatever columns came and went until there.
TEST(Paths, TakeOneStepWhereNoSignChanges) {
    const Instance of = plain(LossKind::least_squares, 60, 20, 5);
    const Laid laid(of);
    std::vector<double> grid = grid_of(laid.problem, 1e-4, 200);
    for (std::size_t k = grid.size(); k > 0; --k) grid.push_back(grid[k - 1]);  // and up again
    const auto path = solve_path(laid.problem, grid, to_gap(1e-10));
    const auto signs = [](const SparseSolution& at) {
        std::vector<int> out;
        for (const double b : at.coefficients) out.push_back((b > 0) - (b < 0));
        return out;
    };
    int same = 0, changes = 0;
    for (std::size_t k = 1; k < path.size(); ++k) {
        ASSERT_EQ(path[k].stop, SparseStop::converged);
        if (grid[k] == grid[k - 1] || path[k].support == 0) continue;
        if (signs(path[k]) != signs(path[k - 1])) {
            ++changes;
            continue;
        }
        ++same;
        EXPECT_LE(path[k].newton_steps, 2) << "lambda " << k;
        EXPECT_LE(path[k].sweeps, 2) << "lambda " << k;
    }
    EXPECT_GE(same, 200);
    EXPECT_GE(changes, 30);
}

TEST(Paths, RefuseLambdasThatAreNone) {
    const Instance of = plain(LossKind::least_squares, 10, 5, 2);
    const Laid laid(of);
    for (const double bad : {0.0, -1.0, double(NAN), double(INFINITY)})
        EXPECT_THROW(solve_path(laid.problem, {0.1, bad}, {}), InputError);
    EXPECT_TRUE(solve_path(laid.problem, {}, {}).empty());
}

// ---- cross-validation ---------------------------------------------------------------------------

/// X = 0: every fit predicts 0 and the mean loss of a fold is that of y²/2 there.
CrossValidation of_responses(const std::vector<double>& y, std::size_t folds, std::uint64_t seed) {
    Instance of;
    of.n = static_cast<Index>(y.size());
    of.p = 1;
    of.y = y;
    of.x.assign(y.size(), 0.0);
    const Laid laid(of);
    return cross_validate(laid.problem, {1.0}, folds, seed, {});
}

TEST(CrossValidate, DealsEveryRowToOneFoldOfEqualSize) {
    constexpr std::size_t n = 11;
    for (std::size_t folds = 2; folds <= n; ++folds)
        for (const std::uint64_t seed : {0u, 1u, 17u}) {
            std::size_t in_larger = 0;
            for (std::size_t i = 0; i < n; ++i) {
                // Only row i has a loss: its fold's mean is 1/size, the others' 0.
                std::vector<double> y(n, 0.0);
                y[i] = std::sqrt(2.0);
                const double mean = of_responses(y, folds, seed).mean_loss[0];
                const double size = 1 / (mean * double(folds));
                const bool is_larger = std::abs(size - double(n / folds + 1)) < 1e-9;
                EXPECT_TRUE(is_larger || std::abs(size - double(n / folds)) < 1e-9) << size;
                in_larger += is_larger;
            }
            EXPECT_EQ(in_larger, (n % folds) * (n / folds + 1));
        }
}

/// Whether two rows share a fold: then one fold has all the loss.
bool share_fold(std::size_t i, std::size_t j, std::size_t n, std::size_t folds,
                std::uint64_t seed) {
    std::vector<double> y(n, 0.0);
    y[i] = y[j] = 1;
    const CrossValidation got = of_responses(y, folds, seed);
    // One of K values is not 0: standard error = mean. Two equal ones: less.
    return got.standard_error[0] > got.mean_loss[0] * (1 - 1e-9);
}

TEST(CrossValidate, SharingAFoldIsAnEquivalenceThatTheSeedDetermines) {
    constexpr std::size_t n = 9, folds = 3;
    std::vector<std::vector<bool>> partitions;
    for (const std::uint64_t seed : {3u, 3u, 4u, 5u}) {
        std::vector<bool> same(n * n, true);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                if (i != j) same[i * n + j] = share_fold(i, j, n, folds, seed);
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_EQ(std::count(same.begin() + static_cast<Index>(i * n),
                                 same.begin() + static_cast<Index>(i * n + n), true),
                      3);
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t k = 0; k < n; ++k)
                    EXPECT_TRUE(!same[i * n + j] || same[i * n + k] == same[j * n + k]);
        }
        partitions.push_back(same);
    }
    EXPECT_EQ(partitions[0], partitions[1]);
    EXPECT_TRUE(partitions[1] != partitions[2] || partitions[2] != partitions[3]);
}

/// Rows but one.
Instance without_row(const Instance& of, Index row) {
    Instance out = of;
    out.n = of.n - 1;
    out.x.clear();
    out.y.erase(out.y.begin() + row);
    for (Index j = 0; j < of.p; ++j)
        for (Index i = 0; i < of.n; ++i)
            if (i != row) out.x.push_back(of.entry(i, j));
    return out;
}

class CrossValidated : public ::testing::TestWithParam<LossKind> {};

TEST_P(CrossValidated, LeavingOneOutIsWhatItSays) {
    Instance of = plain(GetParam(), 14, 6, 9);
    of.intercept = true;
    of.delta = 0.8;
    const Laid laid(of);
    const std::vector<double> grid = grid_of(laid.problem, 0.05, 6);
    std::vector<std::vector<Wide>> held_out(grid.size());
    for (Index row = 0; row < of.n; ++row) {
        const Instance rest = without_row(of, row);
        const Laid part(rest);
        WorkingSet solver(part.problem, to_gap(1e-13));
        for (std::size_t k = 0; k < grid.size(); ++k) {
            const SparseSolution at_grid = solver.solve(grid[k]);
            const Wide z = Judge(of, at_grid).predictors()[at(row)];
            held_out[k].push_back(value_of(of, z, Wide(of.y[at(row)])));
        }
    }
    for (const Form form : forms) {
        const Laid view(of, form);
        std::vector<std::size_t> began;
        const CrossValidation got =
            cross_validate(view.problem, grid, at(of.n), 5, to_gap(1e-13),
                           [&](std::size_t fold) { began.push_back(fold); });
        ASSERT_EQ(began.size(), at(of.n));
        for (std::size_t fold = 0; fold < began.size(); ++fold) EXPECT_EQ(began[fold], fold);
        EXPECT_EQ(got.lambdas, grid);
        for (std::size_t k = 0; k < grid.size(); ++k) {
            Wide mean = 0, squares = 0;
            for (const Wide v : held_out[k]) mean += v / Wide(of.n);
            for (const Wide v : held_out[k]) squares += (v - mean) * (v - mean);
            EXPECT_NEAR(got.mean_loss[k], double(mean), 1e-5 * double(mean));
            EXPECT_NEAR(got.standard_error[k],
                        double(std::sqrt(squares / Wide(of.n - 1) / Wide(of.n))),
                        1e-5 * double(mean));
        }
    }
}

TEST_P(CrossValidated, ChoosesByItsRules) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        Instance of = plain(GetParam(), 40, 15, seed);
        of.intercept = seed % 2 == 0;
        const Laid laid(of);
        std::vector<double> grid = grid_of(laid.problem, 1e-3, 15);
        if (seed % 3 == 2) std::reverse(grid.begin(), grid.end());
        const CrossValidation got = cross_validate(laid.problem, grid, 5, seed, {});
        const CrossValidation again = cross_validate(laid.problem, grid, 5, seed, {});
        EXPECT_EQ(got.mean_loss, again.mean_loss);
        EXPECT_EQ(got.standard_error, again.standard_error);
        ASSERT_EQ(got.mean_loss.size(), grid.size());
        const auto best = std::min_element(got.mean_loss.begin(), got.mean_loss.end());
        EXPECT_EQ(got.mean_loss[got.best], *best);
        const double enough = *best + got.standard_error[got.best];
        double largest = 0;
        for (std::size_t k = 0; k < grid.size(); ++k)
            if (got.mean_loss[k] <= enough) largest = std::max(largest, grid[k]);
        EXPECT_EQ(grid[got.one_standard_error], largest);
    }
}

INSTANTIATE_TEST_SUITE_P(Losses, CrossValidated, ::testing::ValuesIn(losses),
                         [](const auto& of) { return name_of(of.param); });

void expect_refused(const SparseProblem& problem, std::size_t folds,
                    const std::vector<std::string>& words) {
    try {
        cross_validate(problem, {0.1}, folds, 1, {});
        ADD_FAILURE() << "nothing thrown; wanted a text with " << words.front();
    } catch (const InputError& error) {
        for (const std::string& word : words)
            EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
                << "no '" << word << "' in: " << error.what();
    }
}

TEST(CrossValidate, RefusesWhatItCannotDo) {
    Instance of = plain(LossKind::least_squares, 10, 5, 2);
    {
        const Laid laid(of);
        for (const std::size_t folds : {0u, 1u, 11u, 1000u})
            expect_refused(laid.problem, folds, {"folds", std::to_string(folds), "10"});
        EXPECT_THROW(cross_validate(laid.problem, {}, 2, 1, {}), std::exception);
        SparseProblem short_y = laid.problem;
        short_y.y = short_y.y.first(8);
        expect_refused(short_y, 2, {"y has 8", "10"});
    }
    for (const Index row : {0, 3, 9}) {  // by the row of the whole, not of a fold
        Instance bad = of;
        bad.entry(row, 2) = NAN;
        for (const Form form : forms) {
            const Laid laid(bad, form);
            expect_refused(laid.problem, 3, {"X[" + std::to_string(row) + ", 2]"});
        }
        bad = of;
        bad.y[at(row)] = NAN;
        const Laid laid(bad);
        expect_refused(laid.problem, 3, {"y[" + std::to_string(row) + "]"});
    }
    const std::vector<double> values = {1, 2}, y = {1, 2, 3};
    const std::vector<std::int64_t> starts = {0, 1, 2};
    const std::vector<std::int32_t> indices = {0, 1000000};
    SparseProblem sparse;
    sparse.y = y;
    sparse.X = {Design::Layout::sparse_columns, 3, 2, values.data(), 0, starts.data(),
                indices.data()};
    expect_refused(sparse, 2, {"column 1", "row 1000000"});
}

TEST(CrossValidate, InterruptedKnowsNothing) {
    const Instance of = plain(LossKind::least_squares, 20, 5, 2);
    const Laid laid(of);
    SparseSettings settings;
    settings.is_interrupted = [] { return true; };
    const CrossValidation got = cross_validate(laid.problem, {0.1, 0.01}, 4, 1, settings);
    for (const double loss : got.mean_loss) EXPECT_TRUE(std::isnan(loss));
}

}  // namespace
}  // namespace hadamard::sparse
