/// @file
/// CPU time of each method to its tolerance, as Google Benchmark entries
/// problem/method/transfer/depth, so that its compare.py works on two runs. The cells, their starts and
/// the tolerance are those of `hadamard converge` without flags, first repetition; curves are there.

#include "converge/cells.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace {

using namespace hadamard;

bool never() { return false; }

/// A problem with one penalty, its reference solved for when it is first needed.
struct Problem {
    converge::Plan plan;
    converge::Grid grid;

    const converge::Target& target(const converge::Cell& cell) {
        converge::Target& out = grid.targets[cell.target];
        if (out.reference.is_null()) find_reference(out, plan, never);
        return out;
    }
};

void run(benchmark::State& state, const std::shared_ptr<Problem>& all,
         const converge::Cell& cell) {
    const converge::Target& target = all->target(cell);
    const optim::SurrogateProblem problem = problem_of(target, cell);
    optim::MethodSettings settings = all->plan.settings;
    settings.seed = cell.seed;
    settings.reference = target.beta;
    optim::MethodRun last;
    for (auto _ : state) {
        last = problem.run(cell.method, settings);
        state.SetIterationTime(last.samples.back().cpu_seconds);
    }
    const optim::Sample& end = last.samples.back();
    state.counters["iterations"] = static_cast<double>(end.iteration);
    state.counters["passes"] = end.evaluations;
    state.counters["reached"] = last.stop == "tolerance_reached" ? 1 : 0;
    state.counters["measure"] = problem.is_convex() ? end.relative_gap : end.prox_residual;
}

}  // namespace

int main(int argc, char** argv) {
    const auto all = std::make_shared<Problem>();
    all->plan.settings.max_seconds = 10;
    all->plan.repetitions = 1;
    all->plan.digits = 0;  // a certificate changes no time
    all->grid = grid_of(all->plan, never);
    for (const converge::Cell& cell : all->grid.cells) {
        const std::string name =
            fmt::format("{}/{}/{}/{}", all->grid.targets[cell.target].problem, cell.method,
                        cell.on_surrogate ? cell.transfer : "base", cell.depth);
        benchmark::RegisterBenchmark(name.c_str(), [all, cell](benchmark::State& state) {
            run(state, all, cell);
        })->UseManualTime()->Unit(benchmark::kMillisecond);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
