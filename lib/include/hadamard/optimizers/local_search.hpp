#pragma once

#include "hadamard/optimizers/sparse_problem.hpp"

#include <cstdint>
#include <vector>

namespace hadamard::optim {

/// Where a search for a good local minimizer starts.
struct LocalSearchSettings {
    SparseSettings solver;
    /// λ falls to the wanted one from where 0 stops being a fixed point, in so many steps: one run each.
    std::vector<int> levels = {3, 5, 8, 20};
    /// q falls from 1: depth 2 (the global minimizer of the convex problem), then 3, … at the same λ.
    bool homotopy = true;
    /// Runs from the solution for weights multiplied by random numbers between 1/2 and 2.
    int random_starts = 0;
    std::uint64_t seed = 1;
};

/// A local minimizer of P for q = 2/depth < 1, the best of several runs of WorkingSet.
///
/// Which local minimizer a run ends at is a matter of the last fraction of a percent of P, and no
/// start is the best on all data; several runs on one store of columns cost little more
/// than one.
/// Guarantee  P of the answer is the least met at a converged run. Every converged run ends at a fixed
///            point of the group-wise prox, with positive curvature on the support as computed in double;
///            minima/ decides what it is.
/// Report     counts, passes and cpu_seconds are of all runs together.
/// @throws InputError as WorkingSet; depth 2 is one convex run.
SparseSolution local_search(const SparseProblem& problem, double lambda,
                            const LocalSearchSettings& settings);

}  // namespace hadamard::optim
