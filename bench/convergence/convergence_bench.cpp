/// @file
/// CPU time of each method to a tolerance, as Google Benchmark entries
/// problem/method/transfer/depth, so that its compare.py works on two runs. The same cells as `hadamard
/// converge` has by default; curves are there.

#include "hadamard/data/synthetic.hpp"
#include "hadamard/optimizers/method.hpp"
#include "hadamard/optimizers/working_set.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace hadamard;

/// A design of `synthetic_table` in double, at λ_max/10.
struct Cell {
    Matrix<double> X;
    Vector<double> y;
    std::vector<double> reference;
    std::unique_ptr<optim::SurrogateProblem> problem;

    Cell(const SyntheticDesign& design, const std::string& transfer, int depth) {
        const Table table = synthetic_table(design);
        X = from_rational<double>(Matrix<Rational>(table.values.leftCols(design.columns)));
        y = from_rational<double>(Vector<Rational>(table.values.col(design.columns)));
        optim::SurrogateSpec spec;
        spec.data.X = {.rows = X.rows(), .columns = X.cols(), .values = X.data(), .stride = X.rows()};
        spec.data.y = {y.data(), static_cast<std::size_t>(y.size())};
        spec.data.depth = depth;
        spec.transfer = transfer;
        optim::WorkingSet solver(spec.data, {.tolerance = 1e-13});
        spec.lambda = 0.1 * solver.lambda_max();
        reference = solver.solve(spec.lambda).coefficients;
        problem = std::make_unique<optim::SurrogateProblem>(spec);
    }
};

void run(benchmark::State& state, const std::shared_ptr<const Cell>& cell,
         const std::string& method) {
    optim::MethodSettings settings;
    settings.tolerance = 1e-7;
    settings.max_seconds = 5;
    settings.reference = cell->reference;
    optim::MethodRun last;
    for (auto _ : state) {
        last = cell->problem->run(method, settings);
        state.SetIterationTime(last.samples.back().cpu_seconds);
    }
    const optim::Sample& end = last.samples.back();
    state.counters["iterations"] = static_cast<double>(end.iteration);
    state.counters["evaluations"] = static_cast<double>(end.evaluations);
    state.counters["reached"] = last.stop == "tolerance_reached" ? 1 : 0;
    state.counters["measure"] = cell->problem->is_convex() ? end.relative_gap : end.prox_residual;
}

void add(const std::string& problem, const SyntheticDesign& design, const std::string& transfer,
         int depth) {
    const auto cell = std::make_shared<const Cell>(design, transfer, depth);
    for (const optim::MethodTraits& method : optim::method_catalogue()) {
        if (!cell->problem->obstacle(method.name).empty()) continue;
        const std::string name =
            problem + "/" + method.name + "/" + transfer + "/" + std::to_string(depth);
        benchmark::RegisterBenchmark(name.c_str(), [cell, method](benchmark::State& state) {
            run(state, cell, method.name);
        })->UseManualTime()->Unit(benchmark::kMillisecond);
    }
}

}  // namespace

int main(int argc, char** argv) {
    for (const int depth : {2, 3}) {
        add("toeplitz_100x200", {}, "hadamard_product", depth);
        add("toeplitz_200x100", {.rows = 200, .columns = 100}, "hadamard_product", depth);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
