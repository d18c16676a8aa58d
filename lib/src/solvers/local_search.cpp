#include "hadamard/optimizers/local_search.hpp"

#include "hadamard/optimizers/working_set.hpp"

#include <cmath>
#include <random>
#include <utility>

namespace hadamard::optim {
namespace {

/// The best run so far, with the effort of all.
class Best {
public:
    void offer(const SparseSolution& run) {
        const bool is_better =
            !is_any_ || std::pair(run.stop != SparseStop::converged, run.objective) <
                            std::pair(best_.stop != SparseStop::converged, best_.objective);
        SparseSolution effort = is_any_ ? std::move(best_) : SparseSolution();
        const SparseSolution kept = is_better ? run : effort;
        iterations_ += run.iterations, newton_ += run.newton_steps, sweeps_ += run.sweeps;
        passes_ += run.passes, seconds_ += run.cpu_seconds;
        best_ = kept;
        is_any_ = true;
    }
    SparseSolution result() const {
        SparseSolution out = best_;
        out.iterations = iterations_, out.newton_steps = newton_, out.sweeps = sweeps_;
        out.passes = passes_, out.cpu_seconds = seconds_;
        return out;
    }

private:
    bool is_any_ = false;
    SparseSolution best_;
    std::ptrdiff_t iterations_ = 0, newton_ = 0, sweeps_ = 0;
    double passes_ = 0, seconds_ = 0;
};

/// A number in [1/2, 2], its logarithm uniform: 53 bits of one draw, the same on every machine.
double random_factor(std::mt19937_64& random) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
    return 0.5 * std::exp2(2 * uniform);
}

SparseSolution from_random_weights(const SparseProblem& problem, double lambda,
                                   const SparseSettings& settings, std::mt19937_64& random) {
    SparseProblem skewed = problem;
    const std::size_t count = problem.groups.empty() ? static_cast<std::size_t>(problem.X.columns)
                                                     : problem.groups.size();
    if (skewed.weights.empty()) skewed.weights.assign(count, 1.0);
    for (double& weight : skewed.weights) weight *= random_factor(random);
    return WorkingSet(skewed, settings).solve(lambda);
}

}  // namespace

SparseSolution local_search(const SparseProblem& problem, double lambda,
                            const LocalSearchSettings& settings) {
    WorkingSet solver(problem, settings.solver);
    if (problem.depth == 2) return solver.solve(lambda);
    Best best;
    const auto run_from = [&](const SparseSolution& start) {
        solver.start_at(start.coefficients, start.intercept);
        best.offer(solver.solve(lambda));
    };
    if (settings.levels.empty() && !settings.homotopy && settings.random_starts == 0)
        best.offer(solver.solve(lambda));
    for (const int levels : settings.levels) {
        solver.restart();
        best.offer(solver.solve(lambda, levels));
    }
    if (settings.homotopy) {
        SparseProblem easier = problem;
        easier.depth = 2;
        SparseSolution at = WorkingSet(easier, settings.solver).solve(lambda);
        for (easier.depth = 3; easier.depth < problem.depth; ++easier.depth) {
            WorkingSet next(easier, settings.solver);
            next.start_at(at.coefficients, at.intercept);
            at = next.solve(lambda);
        }
        run_from(at);
    }
    std::mt19937_64 random(settings.seed);
    for (int k = 0; k < settings.random_starts; ++k)
        run_from(from_random_weights(problem, lambda, settings.solver, random));
    return best.result();
}

}  // namespace hadamard::optim
