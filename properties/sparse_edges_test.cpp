/// @file
/// The working-set solver where problems degenerate, and what it says to input that is none.

#include "hadamard/core/error.hpp"
#include "sparse_instances.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace hadamard::sparse {
namespace {

constexpr double tolerance = 1e-10;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// n × p Gaussian, a response of the loss.
Instance plain(LossKind loss, Index n, Index p, std::uint64_t seed = 1) {
    Draws draws(seed);
    Instance out;
    out.loss = loss;
    out.n = n;
    out.p = p;
    for (Index k = 0; k < n * p; ++k) out.x.push_back(draws.normal());
    for (Index i = 0; i < n; ++i) {
        const double signal = out.entry(i, 0) - (p > 1 ? out.entry(i, 1) : 0);
        const bool counts = loss == LossKind::logistic || loss == LossKind::poisson;
        const double noisy = signal + 0.5 * draws.normal();
        out.y.push_back(counts ? (noisy > 0 ? 1 : 0) : noisy);
    }
    return out;
}

bool all_zero(const SparseSolution& at) {
    return std::all_of(at.coefficients.begin(), at.coefficients.end(),
                       [](double b) { return b == 0; });
}

/// Solved in every layout, by the judge's gap.
void expect_solved(const Instance& of, double lambda) {
    const Wide enough = tolerance * at_zero(of) + 1e-13L;
    for (const Form form : forms) {
        SCOPED_TRACE(summary(of) + " form " + std::to_string(static_cast<int>(form)) +
                     " lambda " + std::to_string(lambda));
        const Laid laid(of, form);
        const SparseSolution got = WorkingSet(laid.problem, to_gap(tolerance)).solve(lambda);
        EXPECT_EQ(got.stop, SparseStop::converged);
        const Wide gap = Judge(of, got).gap();
        EXPECT_LE(gap, enough);
        // Where nothing is free both have the same dual points to choose from; sums of n + p terms of
        // size P(0) are rounded to (n + p) ε P(0), some 1e-14 to 1e-13 of it here.
        if (!of.intercept && Judge::free_columns(of).empty()) {
            EXPECT_GE(Wide(got.gap), gap * (1 - 1e-6L) - 1e-13L * std::max(Wide(1), at_zero(of)));
        }
    }
}

void expect_solved_along_lambda(const Instance& of) {
    const Laid laid(of);
    const double largest = WorkingSet(laid.problem).lambda_max();
    for (const double share : {1.5, 0.9, 0.1, 1e-3})
        expect_solved(of, share * (largest > 0 ? largest : 1));
}

class Edges : public ::testing::TestWithParam<LossKind> {};

// ---- lambda_max ---------------------------------------------------------------------------------

/// λ_max of the definition: max_g ‖X_gᵀℓ'(z)‖/(n w_g), z the fit of what is free.
Wide lambda_max_at(const Instance& of, const WideVector& slopes) {
    const auto blocks = of.blocks();
    Wide out = 0;
    for (std::size_t g = 0; g < blocks.size(); ++g) {
        if (!(of.weight(g) > 0)) continue;
        Wide squares = 0;
        for (const Index j : blocks[g]) {
            Wide dot = 0;
            for (Index i = 0; i < of.n; ++i) dot += Wide(of.entry(i, j)) * slopes[at(i)];
            squares += dot * dot;
        }
        out = std::max(out, std::sqrt(squares) / (Wide(of.n) * Wide(of.weight(g))));
    }
    return out;
}

/// ℓ' at the best constant, by bisection of the mean slope.
WideVector slopes_at_best_constant(const Instance& of, bool intercept) {
    const auto slopes = [&](Wide b) {
        WideVector out;
        for (const double y : of.y) out.push_back(slope_of(of, b, Wide(y)));
        return out;
    };
    if (!intercept) return slopes(0);
    Wide low = -50, high = 50;
    for (int step = 0; step < 200; ++step) {
        const Wide middle = (low + high) / 2;
        Wide sum = 0;
        for (const Wide s : slopes(middle)) sum += s;
        (sum > 0 ? high : low) = middle;
    }
    return slopes(low);
}

TEST_P(Edges, LambdaMaxIsItsDefinition) {
    for (const bool intercept : {false, true})
        for (const bool grouped : {false, true}) {
            Instance of = plain(GetParam(), 17, 24);
            of.intercept = intercept;
            for (Index j = 0; j < of.p; ++j) of.weights.push_back(0.5 + 0.1 * double(j % 7));
            if (grouped) {
                of.weights.resize(10);
                of.groups.resize(10);
                for (Index j = 0; j < of.p; ++j) of.groups[at(j * j % 9)].push_back(j);
            }
            const Wide wanted = lambda_max_at(of, slopes_at_best_constant(of, intercept));
            for (const Form form : forms) {
                const Laid laid(of, form);
                const double got = WorkingSet(laid.problem).lambda_max();
                EXPECT_NEAR(got, double(wanted), 1e-9 * double(wanted))
                    << "intercept " << intercept << " groups " << grouped;
            }
        }
}

TEST(LambdaMax, IsThatOfTheProjectedResponseWhereColumnsAreFree) {
    for (const bool intercept : {false, true}) {
        Instance of = plain(LossKind::least_squares, 20, 30);
        of.intercept = intercept;
        of.weights.assign(at(of.p), 1);
        for (const std::size_t j : {0u, 4u, 29u}) of.weights[j] = 0;
        of.weights[7] = infinity;
        WideVector minus_y;
        for (const double y : of.y) minus_y.push_back(-Wide(y));
        const Wide wanted =
            lambda_max_at(of, Judge::without_free(of, minus_y, WideVector(at(of.n), 1)));
        const Laid laid(of);
        EXPECT_NEAR(WorkingSet(laid.problem).lambda_max(), double(wanted), 1e-12 * double(wanted));
    }
}

TEST_P(Edges, LambdaMaxSeparatesZeroFromNotZero) {
    for (const bool intercept : {false, true}) {
        Instance of = plain(GetParam(), 25, 40);
        of.intercept = intercept;
        of.weights.assign(at(of.p), 1);
        of.weights[3] = 0;
        const Laid laid(of);
        const double largest = WorkingSet(laid.problem).lambda_max();
        ASSERT_GT(largest, 0);
        const auto support = [&](double lambda) {
            const SparseSolution got = WorkingSet(laid.problem, to_gap(1e-14)).solve(lambda);
            Index out = 0;
            for (Index j = 0; j < of.p; ++j) out += j != 3 && got.coefficients[at(j)] != 0;
            return out;
        };
        EXPECT_EQ(support(largest * (1 + 1e-8)), 0);
        EXPECT_EQ(support(largest * 10), 0);
        EXPECT_GE(support(largest * (1 - 1e-5)), 1);
    }
}

TEST_P(Edges, AboveLambdaMaxOneProductIsEnough) {
    for (const bool intercept : {false, true}) {
        Instance of = plain(GetParam(), 30, 50);
        of.intercept = intercept;
        const Laid laid(of);
        const double largest = WorkingSet(laid.problem).lambda_max();
        const SparseSolution got =
            WorkingSet(laid.problem, to_gap(tolerance)).solve(largest * (1 + 1e-9));
        EXPECT_TRUE(all_zero(got));
        EXPECT_EQ(got.stop, SparseStop::converged);
        EXPECT_LE(got.passes, 1);
        EXPECT_EQ(got.support, 0);
    }
}

TEST_P(Edges, LambdaMaxDoesNotDependOnWhatWasAskedBefore) {
    Instance of = plain(GetParam(), 30, 20);
    of.intercept = true;
    const Laid laid(of);
    const double wanted = WorkingSet(laid.problem).lambda_max();
    std::vector<double> start(at(of.p), 0.0);
    start[0] = 0.3;
    start[5] = -0.2;
    const auto expect = [&](WorkingSet& solver) {
        EXPECT_NEAR(solver.lambda_max(), wanted, 1e-9 * wanted);
    };
    WorkingSet after_solve(laid.problem);
    after_solve.solve(0.1 * wanted);
    expect(after_solve);
    WorkingSet after_start(laid.problem);
    after_start.start_at(start, 0.1);
    expect(after_start);
    WorkingSet after_both(laid.problem);
    after_both.start_at(start, 0.1);
    after_both.solve(0.1 * wanted);
    expect(after_both);
    bool stop = true;
    SparseSettings settings;
    settings.is_interrupted = [&] { return stop; };
    WorkingSet after_interruption(laid.problem, settings);
    after_interruption.solve(0.1 * wanted);
    stop = false;
    expect(after_interruption);
}

TEST_P(Edges, LambdaMaxKeepsTheStart) {
    const Instance of = plain(GetParam(), 30, 20);
    const Laid laid(of);
    WorkingSet solver(laid.problem, to_gap(1e-12));
    const double lambda = 0.1 * solver.lambda_max();
    const SparseSolution first = solver.solve(lambda);
    solver.lambda_max();
    const SparseSolution again = solver.solve(lambda);
    EXPECT_EQ(again.iterations, 0);
    EXPECT_EQ(again.coefficients, first.coefficients);
}

// ---- degenerate problems ------------------------------------------------------------------------

TEST_P(Edges, ResponseZero) {
    Instance of = plain(GetParam(), 12, 20);
    of.y.assign(at(of.n), 0.0);
    expect_solved_along_lambda(of);
}

/// Whether the intercept alone, of a response that is `y` everywhere, is best at ±∞.
bool runs_away(LossKind loss, double y) {
    return loss == LossKind::logistic || (loss == LossKind::poisson && y == 0);
}

TEST_P(Edges, ResponseZeroAndAnIntercept) {
    if (runs_away(GetParam(), 0)) return;  // Refuses.AnInterceptThatRunsAway
    Instance of = plain(GetParam(), 12, 20);
    of.y.assign(at(of.n), 0.0);
    of.intercept = true;
    expect_solved(of, 0.1);
}

TEST_P(Edges, ConstantResponseIsTheInterceptAlone) {
    if (runs_away(GetParam(), 1)) return;
    Instance of = plain(GetParam(), 12, 20);
    of.y.assign(at(of.n), 1.0);
    of.intercept = true;
    expect_solved_along_lambda(of);
    expect_solved(of, 0.1);
}

TEST_P(Edges, ConstantAndZeroColumns) {
    for (const bool intercept : {false, true})
        for (const double weight : {0.0, 1.0}) {
            Instance of = plain(GetParam(), 15, 9);
            of.intercept = intercept;
            of.weights.assign(9, 1.0);
            of.weights[2] = of.weights[4] = of.weights[5] = weight;
            for (Index i = 0; i < of.n; ++i) {
                of.entry(i, 2) = 3;
                of.entry(i, 4) = 0;
                of.entry(i, 5) = -0.1;
                of.entry(i, 6) = 7;
            }
            expect_solved_along_lambda(of);
        }
}

TEST_P(Edges, EveryColumnIsZero) {
    Instance of = plain(GetParam(), 9, 4);
    of.x.assign(of.x.size(), 0.0);
    expect_solved(of, 0.1);
    of.intercept = true;
    expect_solved(of, 0.1);
    of.weights = {0, 1, 1, 1};
    expect_solved(of, 0.1);
    const Laid laid(of);
    EXPECT_EQ(WorkingSet(laid.problem).lambda_max(), 0);
}

TEST_P(Edges, ColumnsOfRankOne) {
    for (const bool intercept : {false, true}) {
        Instance of = plain(GetParam(), 11, 300);
        of.intercept = intercept;
        for (Index j = 1; j < of.p; ++j)
            for (Index i = 0; i < of.n; ++i)
                of.entry(i, j) = of.entry(i, 0) * (double(j % 17) - 8) / 4;
        expect_solved_along_lambda(of);
    }
}

TEST_P(Edges, CopiesOfUnpenalisedColumns) {
    Instance of = plain(GetParam(), 30, 8);
    of.intercept = true;
    of.weights = {1, 1, 0, 0, 0, 1, 1, 1};
    for (Index i = 0; i < of.n; ++i) {
        of.entry(i, 3) = -of.entry(i, 2);
        of.entry(i, 4) = 1 + of.entry(i, 2) / 3;  // of the intercept and column 2
    }
    expect_solved_along_lambda(of);
}

TEST_P(Edges, ScaledColumns) {
    Instance of = plain(GetParam(), 30, 40);
    Draws draws(3);
    for (Index j = 0; j < of.p; ++j) {
        const double scale = std::pow(10.0, draws.uniform(-8, 8));
        for (Index i = 0; i < of.n; ++i) of.entry(i, j) *= scale;
    }
    expect_solved_along_lambda(of);
    of.intercept = true;
    expect_solved_along_lambda(of);
}

TEST_P(Edges, ScalesThatTheWeightsUndoChangeNothing) {
    Instance of = plain(GetParam(), 30, 40), scaled = of;
    of.weights.assign(at(of.p), 1.0);
    Draws draws(3);
    for (Index j = 0; j < of.p; ++j) {
        const double scale = std::ldexp(1.0, static_cast<int>(draws.below(53)) - 26);
        scaled.weights.push_back(scale);
        for (Index i = 0; i < of.n; ++i) scaled.entry(i, j) *= scale;
    }
    const Laid a(of), b(scaled);
    const double lambda = 0.1 * WorkingSet(a.problem).lambda_max();
    const SparseSolution x = WorkingSet(a.problem, to_gap(1e-14)).solve(lambda);
    const SparseSolution y = WorkingSet(b.problem, to_gap(1e-14)).solve(lambda);
    EXPECT_EQ(y.stop, SparseStop::converged);
    for (Index j = 0; j < of.p; ++j)
        EXPECT_NEAR(y.coefficients[at(j)] * scaled.weights[at(j)], x.coefficients[at(j)], 1e-9);
}

TEST_P(Edges, LargeAndSmallResponses) {
    if (GetParam() == LossKind::logistic) return;
    Instance of = plain(GetParam(), 30, 40);
    of.intercept = true;
    // Poisson's P(0) is 1, whatever y: 1e-10 of that must stay above the rounding of y log y.
    const double scale = GetParam() == LossKind::poisson ? 100 : 1000;
    for (double& y : of.y) y = scale * std::abs(std::round(10 * y));
    expect_solved_along_lambda(of);
    if (GetParam() == LossKind::poisson) return;
    for (double& y : of.y) y *= 1e-12;
    of.delta = 1e-9;
    expect_solved_along_lambda(of);
}

TEST(SeparableLogistic, IsSolvedAtTinyLambda) {
    for (const Index p : {1, 5, 60}) {
        Instance of = plain(LossKind::logistic, 20, p);
        for (Index i = 0; i < of.n; ++i) {
            of.entry(i, 0) = (i % 2 == 0 ? 1 : -1) * (1 + 0.1 * double(i));
            of.y[at(i)] = i % 2 == 0 ? 1 : 0;
        }
        for (const bool intercept : {false, true}) {
            of.intercept = intercept;
            const Laid laid(of);
            const double largest = WorkingSet(laid.problem).lambda_max();
            for (const double share : {1e-2, 1e-4, 1e-6}) expect_solved(of, share * largest);
        }
    }
}

TEST(Unpenalised, AloneIsTheOrdinaryFit) {
    for (const Index p : {3, 10, 25}) {  // below, at and above the number of rows
        Instance of = plain(LossKind::least_squares, 10, p);
        of.weights.assign(at(p), 0.0);
        expect_solved(of, 0.5);
        of.intercept = true;
        expect_solved(of, 0.5);
    }
    Instance of = plain(LossKind::huber, 10, 3);
    of.weights.assign(3, 0.0);
    expect_solved(of, 0.5);
}

TEST_P(Edges, InfiniteWeightsKeepColumnsOut) {
    Instance of = plain(GetParam(), 20, 6);
    of.weights = {infinity, 1, infinity, 1, 1, infinity};
    expect_solved_along_lambda(of);
    const Laid laid(of);
    WorkingSet solver(laid.problem, to_gap(tolerance));
    solver.start_at(std::vector<double>(6, 0.5), 0);  // also from a start where they are not 0
    const SparseSolution got = solver.solve(0.01);
    EXPECT_EQ(got.stop, SparseStop::converged);
    for (const std::size_t j : {0u, 2u, 5u}) EXPECT_EQ(got.coefficients[j], 0);
    EXPECT_LE(Judge(of, got).gap(), tolerance * at_zero(of));
    of.weights.assign(6, infinity);
    expect_solved(of, 0.1);
}

TEST_P(Edges, OneRowOrOneColumn) {
    for (const bool intercept : {false, true}) {
        for (const Index p : {1, 7}) {
            Instance row = plain(GetParam(), 1, p);
            row.y[0] = 1;
            row.intercept = intercept;
            if (!intercept || !runs_away(row.loss, 1)) expect_solved(row, 0.01);
        }
        Instance column = plain(GetParam(), 9, 1);
        column.intercept = intercept;
        expect_solved_along_lambda(column);
    }
}

TEST(OneEntry, IsTheSoftThreshold) {
    for (const double lambda : {0.5, 2.0, 5.9, 6.1}) {
        Instance of;
        of.n = of.p = 1;
        of.x = {2};
        of.y = {-3};
        const Laid laid(of);
        const SparseSolution got = WorkingSet(laid.problem, to_gap(1e-15)).solve(lambda);
        EXPECT_NEAR(got.coefficients[0], -std::max(0.0, 6 - lambda) / 4, 1e-15);
    }
}

TEST_P(Edges, EmptyGroupsAndOneGroupOfAll) {
    Instance of = plain(GetParam(), 12, 20);
    of.groups.resize(5);
    for (Index j = 0; j < of.p; ++j) of.groups[2].push_back(of.p - 1 - j);
    expect_solved_along_lambda(of);
    of.weights = {0, infinity, 2, 1, 0};
    expect_solved_along_lambda(of);
    of.weights = {1, 1, 0, 1, 1};
    if (of.loss == LossKind::least_squares) expect_solved(of, 1);
}

TEST(TinyLambda, OnFullColumnRankIsTheOrdinaryFit) {
    Instance of = plain(LossKind::least_squares, 40, 10);
    const Laid laid(of);
    const double largest = WorkingSet(laid.problem).lambda_max();
    // Below, ε‖x_j‖‖r‖ is no longer small against nλ, and no gap in double is worth its digits.
    for (const double share : {1e-4, 1e-6, 1e-9}) expect_solved(of, share * largest);
}

INSTANTIATE_TEST_SUITE_P(Losses, Edges, ::testing::ValuesIn(losses),
                         [](const auto& of) { return name_of(of.param); });

// ---- bad input ----------------------------------------------------------------------------------

/// `act` throws an InputError whose text holds every one of the words.
void expect_refused(const std::function<void()>& act, const std::vector<std::string>& words) {
    try {
        act();
        ADD_FAILURE() << "nothing thrown; wanted a text with " << words.front();
    } catch (const InputError& error) {
        for (const std::string& word : words)
            EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
                << "no '" << word << "' in: " << error.what();
    }
}

void expect_refused(const Instance& of, const std::vector<std::string>& words) {
    for (const Form form : forms) {
        const Laid laid(of, form);
        expect_refused([&] { WorkingSet solver(laid.problem); }, words);
    }
}

TEST(Refuses, EntriesThatAreNoNumbers) {
    for (const double bad : {nan, infinity, -infinity}) {
        for (const auto& [i, j] : {std::pair<Index, Index>{0, 0}, {4, 2}, {6, 4}, {2, 1}}) {
            Instance of = plain(LossKind::least_squares, 7, 5);
            of.entry(i, j) = bad;
            expect_refused(of, {"X[" + std::to_string(i) + ", " + std::to_string(j) + "]",
                                std::isnan(bad) ? "NaN" : "infinite"});
        }
    }
    Instance of = plain(LossKind::least_squares, 7, 5);
    of.entry(3, 2) = 1e200;
    expect_refused(of, {"column 2"});
}

TEST(Refuses, ColumnsWhoseSquaresUnderflow) {
    Instance of = plain(LossKind::least_squares, 7, 5);
    for (Index i = 0; i < of.n; ++i) of.entry(i, 3) *= 1e-165;
    expect_refused(of, {"column 3", "underflow", "1e-145"});
    for (Index i = 0; i < of.n; ++i) of.entry(i, 3) = 0;
    EXPECT_NO_THROW(WorkingSet(Laid(of).problem));
}

/// Tall dense problems have their Gram matrix in single precision, sparse ones in double.
TEST(SinglePrecision, CostsNoDigits) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Instance of = plain(LossKind::least_squares, 300, 100, seed);
        for (const double share : {0.95, 0.6, 0.5, 0.05, 0.005}) {
            const Laid dense(of), sparse(of, Form::sparse);
            const double lambda = share * WorkingSet(dense.problem).lambda_max();
            const auto coefficients = [&](const Laid& laid) {
                return WorkingSet(laid.problem, to_gap(1e-13)).solve(lambda).coefficients;
            };
            const std::vector<double> got = coefficients(dense), wanted = coefficients(sparse);
            for (Index j = 0; j < of.p; ++j) EXPECT_NEAR(got[at(j)], wanted[at(j)], 1e-11);
        }
    }
}

TEST(Refuses, ResponsesWhoseSquaresOverflow) {
    for (const LossKind loss : {LossKind::least_squares, LossKind::poisson}) {
        Instance of = plain(loss, 7, 5);
        of.y[3] = 1e200;
        expect_refused(of, {"y", "squares overflow", "1e150"});
    }
    Instance of = plain(LossKind::huber, 7, 5);
    of.y[3] = 1e200;  // δ bounds its slope
    EXPECT_NO_THROW(WorkingSet(Laid(of).problem));
    of.delta = 1e200;
    expect_refused(of, {"y", "loss overflows", "1e150"});
}

TEST(Refuses, AnInterceptThatRunsAway) {
    struct Case {
        LossKind loss;
        double y;
        const char* side;
    };
    for (const auto& [loss, y, side] : {Case{LossKind::logistic, 0, "-infinity"},
                                        {LossKind::logistic, 1, "+infinity"},
                                        {LossKind::poisson, 0, "-infinity"}}) {
        Instance of = plain(loss, 7, 5);
        of.y.assign(7, y);
        EXPECT_NO_THROW(WorkingSet(Laid(of).problem));
        of.intercept = true;
        expect_refused(of, {"y is " + std::to_string(int(y)), "7", "intercept", side});
        of.y[6] = 1 - y;
        EXPECT_NO_THROW(WorkingSet(Laid(of).problem));
    }
}

TEST(Refuses, WithNumbersThatReadBack) {
    const Laid laid(plain(LossKind::least_squares, 7, 5));
    WorkingSet solver(laid.problem);
    expect_refused([&] { solver.solve(-1e-300); }, {"lambda is -1e-300;"});
    expect_refused([&] { WorkingSet other(laid.problem, to_gap(-0.1)); }, {"tolerance is -0.1;"});
    Instance of = plain(LossKind::least_squares, 7, 5);
    of.weights = {1, 1, 1, -1e-9, 1};
    expect_refused(of, {"weights[3] is -1e-09;"});
}

TEST(Refuses, ResponsesOutsideTheDomain) {
    for (const LossKind loss : losses)
        for (const double bad : {nan, infinity}) {
            Instance of = plain(loss, 7, 5);
            of.y[4] = bad;
            expect_refused(of, {"y[4]"});
        }
    for (const double bad : {2.0, 0.5, -1.0}) {
        Instance of = plain(LossKind::logistic, 7, 5);
        of.y[6] = bad;
        expect_refused(of, {"y[6]", "0 or 1"});
    }
    for (const double bad : {1.5, -1.0}) {
        Instance of = plain(LossKind::poisson, 7, 5);
        of.y[0] = bad;
        expect_refused(of, {"y[0]", "integer"});
    }
}

TEST(Refuses, WrongSizes) {
    Instance of = plain(LossKind::least_squares, 7, 5);
    of.y.push_back(1);
    expect_refused(of, {"8", "7"});
    of.y.resize(6);
    expect_refused(of, {"6", "7"});
    of = plain(LossKind::least_squares, 7, 5);
    of.weights = {1, 1};
    expect_refused(of, {"weights", "2", "5"});
    of.groups = {{0, 1, 2}, {3, 4}, {}};
    expect_refused(of, {"weights", "2", "3"});

    const Laid laid(plain(LossKind::least_squares, 7, 5));
    SparseProblem problem = laid.problem;
    problem.X.columns = 0;
    expect_refused([&] { WorkingSet solver(problem); }, {"no columns"});
    problem.X.columns = -1;
    expect_refused([&] { WorkingSet solver(problem); }, {"no columns"});
    problem = laid.problem;
    problem.X.rows = 0;
    problem.y = {};
    expect_refused([&] { WorkingSet solver(problem); }, {"no rows"});
    for (const Form form : {Form::columns, Form::padded_rows}) {
        const Laid dense(plain(LossKind::least_squares, 7, 5), form);
        problem = dense.problem;
        problem.X.stride = 4;  // columns or rows would overlap
        expect_refused([&] { WorkingSet solver(problem); }, {"stride", "4"});
    }
    WorkingSet solver(laid.problem);
    expect_refused([&] { solver.start_at(std::vector<double>(4, 0.0), 0); }, {"4", "5"});
    expect_refused([&] { solver.start_at(std::vector<double>{0, nan, 0, 0, 0}, 0); }, {"1"});
    expect_refused([&] { solver.start_at(std::vector<double>(5, 0.0), infinity); }, {"intercept"});
}

TEST(Refuses, GroupsThatAreNoPartition) {
    Instance of = plain(LossKind::least_squares, 7, 5);
    of.groups = {{0, 1}, {2, 3, 1}, {4}};
    expect_refused(of, {"groups[1]", "column 1", "group 0"});
    of.groups = {{0, 1}, {2, 3}};
    expect_refused(of, {"column 4"});
    of.groups = {{0, 1}, {2, 3, 4, 5}};
    expect_refused(of, {"groups[1]", "column 5"});
    of.groups = {{0, 1, 2, 3, 4}, {-1}};
    expect_refused(of, {"groups[1]", "column -1"});
    of.groups = {{0, 1, 1}, {2, 3, 4}};
    expect_refused(of, {"groups[0]", "column 1"});
}

TEST(Refuses, SettingsOutOfRange) {
    Instance of = plain(LossKind::least_squares, 7, 5);
    for (const double bad : {-1.0, nan, -infinity}) {
        of.weights = {1, 1, bad, 1, 1};
        expect_refused(of, {"weights[2]"});
    }
    of.weights.clear();
    for (const int bad : {1, 0, -3}) {
        of.depth = bad;
        expect_refused(of, {"depth", std::to_string(bad)});
    }
    of.depth = 2;
    of.loss = LossKind::huber;
    for (const double bad : {0.0, -1.0, nan, infinity}) {
        of.delta = bad;
        expect_refused(of, {"delta"});
    }
    const Laid laid(plain(LossKind::least_squares, 7, 5));
    for (const double bad : {0.0, -1e-8, nan})
        expect_refused([&] { WorkingSet solver(laid.problem, to_gap(bad)); }, {"tolerance"});
    WorkingSet solver(laid.problem);
    for (const double bad : {0.0, -1.0, nan, infinity})
        expect_refused([&] { solver.solve(bad); }, {"lambda"});
    EXPECT_THROW(optim::loss_kind("hinge"), InputError);
    expect_refused([] { optim::loss_kind("hinge"); },
                   {"hinge", "least_squares", "logistic", "poisson", "huber"});
}

TEST(Refuses, SparseColumnsThatAreNone) {
    const std::vector<double> values = {1, 2, 3, 4}, y = {1, 2, 3};
    std::vector<std::int64_t> starts = {0, 1, 3, 4};
    std::vector<std::int32_t> indices = {0, 0, 2, 1};
    SparseProblem problem;
    problem.y = y;
    problem.X = {Design::Layout::sparse_columns, 3, 3, values.data(), 0, starts.data(),
                 indices.data()};
    EXPECT_NO_THROW(WorkingSet solver(problem));
    const auto refused = [&](const std::vector<std::string>& words) {
        expect_refused([&] { WorkingSet solver(problem); }, words);
    };
    for (const std::int32_t bad : {3, -1}) {
        indices[2] = bad;
        refused({"column 1", "row " + std::to_string(bad)});
    }
    indices[2] = 2;
    starts = {0, 1000000, 1, 4};  // nothing of column 0 may be looked at
    refused({"column 1", "ends before it starts"});
    starts = {1, 1, 3, 4};
    refused({"start"});
    starts = {0, 1, 3, 4};
    indices[2] = 0;  // row 0 twice in column 1
    refused({"column 1", "row 0"});
}

}  // namespace
}  // namespace hadamard::sparse
