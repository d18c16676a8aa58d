/// @file
/// Methods by name on P and Q (optimizers/method.hpp): each reaches the minimizer of a convex problem
/// through each transfer that it takes, as duality gaps judge it, and what its samples say is true.

#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/catalogue/problem.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/optimizers/method.hpp"
#include "hadamard/optimizers/working_set.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace hadamard::optim {
namespace {

/// y depends on two columns of eight; entries are small multiples of 1/8, the same everywhere.
struct Data {
    std::vector<double> X, y;
    SurrogateSpec spec;

    explicit Data(const std::string& transfer, int depth = 2, double lambda = 0.1) {
        const int n = 12, p = 8;
        unsigned state = 7;
        const auto draw = [&] {
            state = state * 1664525u + 1013904223u;
            return static_cast<double>(static_cast<int>(state >> 27) - 16) / 8;
        };
        for (int k = 0; k < n * p; ++k) X.push_back(draw());
        for (int i = 0; i < n; ++i) {
            const std::size_t row = static_cast<std::size_t>(i);
            y.push_back(2 * X[row] - X[row + 3 * n] + draw() / 8);
        }
        spec.data.X = {.rows = n, .columns = p, .values = X.data(), .stride = n};
        spec.data.y = y;
        spec.data.depth = depth;
        spec.transfer = transfer;
        spec.lambda = lambda;
        if (transfer_traits(transfer).grouped)
            spec.data.groups = {{0, 1}, {2, 3}, {4, 5, 6}, {7}};
    }
};

/// Transfers of depth 2 that induce ℓ1 or the group lasso.
const std::vector<std::string> convex = {"group_power",         "group_product",
                                         "group_shared_product", "hadamard_difference",
                                         "hadamard_power",      "hadamard_product",
                                         "shared_product"};

TEST(Methods, ReachTheMinimizerThroughEveryTransferTheyTake) {
    std::map<std::string, int> taken;
    for (const std::string& transfer : convex) {
        const Data data(transfer);
        const SurrogateProblem problem(data.spec);
        ASSERT_TRUE(problem.is_convex()) << transfer;
        for (const MethodTraits& method : method_catalogue()) {
            if (!problem.obstacle(method.name).empty()) continue;
            ++taken[method.name];
            MethodSettings settings;
            settings.tolerance = 1e-6;
            settings.start_scale = 0.1;
            // shared_product starts untruncated: from some seeds a coordinate with the wrong sign
            // meets the saddle at 0 when its imbalance has underflowed, and plain gradients stay.
            settings.seed = 3;
            const MethodRun run = problem.run(method.name, settings);
            EXPECT_LE(run.samples.back().relative_gap, 1e-6)
                << method.name << " through " << transfer << " ended by " << run.stop;
            EXPECT_EQ(run.factors.empty(), !method.on_surrogate);
        }
    }
    for (const MethodTraits& method : method_catalogue())
        EXPECT_GE(taken[method.name], 2) << method.name;
}

/// Columns of weight 0 are neither penalised nor transferred, alone or as a group.
TEST(Methods, WeightZeroIsWhatTheWorkingSetMakesOfIt) {
    for (const std::string transfer : {"hadamard_product", "group_product"}) {
        Data data(transfer);
        data.spec.data.intercept = true;
        data.spec.data.weights = transfer == "hadamard_product"
                                     ? std::vector<double>{1, 0, 2, 1, 0, 1, 1, 1}
                                     : std::vector<double>{1, 0, 2, 1};
        const std::size_t free = 3, inner = transfer == "hadamard_product" ? 12 : 6 + 3;
        const SurrogateProblem problem(data.spec);
        EXPECT_EQ(problem.surrogate_size(), free + inner);
        const SparseSolution own =
            WorkingSet(data.spec.data, {.tolerance = 1e-13}).solve(data.spec.lambda);
        MethodSettings settings;
        settings.tolerance = 1e-9;
        settings.seed = 3;
        for (const char* method : {"lbfgs", "coordinate_descent", "working_set", "adam"}) {
            const MethodRun run = problem.run(method, settings);
            EXPECT_LE(run.samples.back().relative_gap, 1e-9) << method << " " << transfer;
            EXPECT_NEAR(run.samples.back().objective, own.objective, 1e-7 * own.objective)
                << method << " " << transfer;
        }
        EXPECT_NE(problem.obstacle("varpro"), "");
    }
}

TEST(Methods, SamplesSayWhatIsTrue) {
    for (const int depth : {2, 3}) {
        const Data data("hadamard_product", depth);
        const SurrogateProblem problem(data.spec);
        MethodSettings settings;
        settings.keep_points = true;
        settings.reference = std::vector<double>(8, 0.5);
        for (const char* method : {"lbfgs", "stochastic_gradient", "proximal_gradient"}) {
            const MethodRun run = problem.run(method, settings);
            double seconds = 0;
            std::int64_t iteration = -1;
            for (const Sample& sample : run.samples) {
                EXPECT_GT(sample.iteration, iteration);
                EXPECT_GE(sample.cpu_seconds, seconds);
                iteration = sample.iteration;
                seconds = sample.cpu_seconds;
                EXPECT_EQ(sample.objective, problem.objective(sample.coefficients));
                double squares = 0;
                for (const double b : sample.coefficients) squares += (b - 0.5) * (b - 0.5);
                // Sums of 8 squares in another order: 8 rounding units are ample.
                EXPECT_NEAR(sample.distance, std::sqrt(squares), 8e-16 * std::sqrt(squares));
                if (sample.factors.empty()) continue;
                EXPECT_EQ(problem.apply(sample.factors), sample.coefficients);
                EXPECT_EQ(sample.surrogate_objective,
                          problem.surrogate_objective(sample.factors));
                EXPECT_EQ(sample.misalignment, problem.penalty(sample.factors) -
                                                   problem.induced_penalty(sample.coefficients));
            }
            EXPECT_EQ(run.coefficients, run.samples.back().coefficients);
        }
    }
}

TEST(Methods, GapIsThatOfTheWorkingSet) {
    const Data data("hadamard_product");
    const SurrogateProblem problem(data.spec);
    WorkingSet solver(data.spec.data, {.max_iterations = 1});
    const SparseSolution found = solver.solve(data.spec.lambda);
    ASSERT_GT(found.relative_gap, 1e-6);  // far above the rounding of either
    const Sample sample = problem.measure(found.coefficients);
    EXPECT_NEAR(sample.objective, found.objective, 1e-14 * found.objective);
    // Both are bounds by a feasible dual point; the solver's is scaled best, the other at most by 1.
    EXPECT_GE(sample.relative_gap, found.relative_gap * (1 - 1e-9));
}

TEST(Methods, AgreeWithTheTemplatesOnQ) {
    const Data data("hadamard_product", 3);
    const SurrogateProblem problem(data.spec);
    Instance instance;
    instance.loss.kind = "least_squares";
    instance.loss.X.resize(12, 8);
    instance.loss.y.resize(12);
    for (Index i = 0; i < 12; ++i) {
        instance.loss.y[i] = to_rational(data.y[static_cast<std::size_t>(i)]);
        for (Index j = 0; j < 8; ++j)
            instance.loss.X(i, j) = to_rational(data.X[static_cast<std::size_t>(i + 12 * j)]);
    }
    instance.transfer = {.name = "hadamard_product", .depth = 3, .base_size = 8};
    instance.lambda = to_rational(data.spec.lambda);
    const auto exact = ProblemFamily(instance).over<Real<50>>();
    std::vector<double> xi(24);
    for (std::size_t a = 0; a < xi.size(); ++a) xi[a] = std::sin(1.0 + static_cast<double>(a));
    Vector<Real<50>> point(24);
    for (Index a = 0; a < 24; ++a) point[a] = Real<50>(xi[static_cast<std::size_t>(a)]);
    const double value = exact.surrogate.value(point).convert_to<double>();
    EXPECT_NEAR(problem.surrogate_objective(xi), value, 1e-14 * value);
    const Vector<Real<50>> gradient = exact.surrogate.gradient(point);
    const std::vector<double> ours = problem.surrogate_gradient(xi);
    for (Index a = 0; a < 24; ++a)
        EXPECT_NEAR(ours[static_cast<std::size_t>(a)], gradient[a].convert_to<double>(), 1e-13);
}

TEST(Methods, TakeAnInterceptAndEveryLoss) {
    for (const LossKind loss : {LossKind::least_squares, LossKind::logistic, LossKind::huber}) {
        Data data("hadamard_product", 2, 0.05);
        data.spec.data.loss = loss;
        data.spec.data.intercept = true;
        if (loss == LossKind::logistic)
            for (double& y : data.y) y = y > 0.3 ? 1 : 0;
        data.spec.data.y = data.y;
        const SurrogateProblem problem(data.spec);
        EXPECT_EQ(problem.base_size(), 9u);
        EXPECT_EQ(problem.surrogate_size(), 17u);
        for (const char* method : {"lbfgs", "adam", "working_set", "alternating_ridge"}) {
            MethodSettings settings;
            settings.tolerance = 1e-6;
            EXPECT_LE(problem.run(method, settings).samples.back().relative_gap, 1e-6) << method;
        }
    }
}

TEST(Methods, SameSeedSameRun) {
    const Data data("hadamard_product", 3);
    const SurrogateProblem problem(data.spec);
    MethodSettings settings;
    settings.batch = 5;
    settings.max_iterations = 50;
    const auto run = [&](std::uint64_t seed) {
        settings.seed = seed;
        return problem.run("stochastic_gradient", settings).factors;
    };
    EXPECT_EQ(run(3), run(3));
    EXPECT_NE(run(3), run(4));
}

TEST(Methods, StopWhenAskedTo) {
    const Data data("hadamard_product");
    const SurrogateProblem problem(data.spec);
    for (const MethodTraits& method : method_catalogue()) {
        MethodSettings settings;
        settings.is_interrupted = [] { return true; };
        EXPECT_EQ(problem.run(method.name, settings).stop, "interrupted") << method.name;
    }
}

void expect_refusal(const SurrogateSpec& spec, const std::string& part) {
    try {
        SurrogateProblem problem(spec);
        FAIL() << "accepted; expected: " << part;
    } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
}

TEST(Methods, RefuseWhatMakesNoSense) {
    Data data("hadamard_product");
    SurrogateSpec spec = data.spec;
    spec.transfer = "hadamard_produkt";
    expect_refusal(spec, "did you mean \"hadamard_product\"");
    spec = data.spec;
    spec.lambda = 0;
    expect_refusal(spec, "lambda");
    spec = data.spec;
    spec.data.weights = std::vector<double>(8, 0.0);
    expect_refusal(spec, "weights");
    data.X[13] = std::nan("");
    expect_refusal(data.spec, "row 1, column 1");
    data.X[13] = 1;
    const SurrogateProblem problem(data.spec);
    EXPECT_THROW(problem.run("lbgfs", {}), InputError);
    MethodSettings settings;
    settings.momentum = 1;
    EXPECT_THROW(problem.run("lbfgs", settings), InputError);
    settings = {};
    settings.reference = {1, 2};
    EXPECT_THROW(problem.run("lbfgs", settings), InputError);
    EXPECT_THROW(problem.objective(std::vector<double>(7)), InputError);
}

}  // namespace
}  // namespace hadamard::optim
