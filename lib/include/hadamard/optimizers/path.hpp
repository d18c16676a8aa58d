#pragma once

#include "hadamard/optimizers/sparse_problem.hpp"

#include <cstdint>
#include <vector>

namespace hadamard::optim {

/// `count` values from `largest` to `smallest`, equally spaced in log λ.
/// @pre count ≥ 1, 0 < smallest ≤ largest.
std::vector<double> lambda_grid(double largest, double smallest, std::size_t count);

/// Solutions along decreasing λ, each from the one before. `seen` gets each as it is found; false stops.
/// @throws InputError as WorkingSet, or if a λ is not positive.
std::vector<SparseSolution> solve_path(const SparseProblem& problem,
                                       const std::vector<double>& lambdas,
                                       const SparseSettings& settings,
                                       const std::function<bool(const SparseSolution&)>& seen = {});

/// K-fold cross-validation over a grid of λ.
struct CrossValidation {
    std::vector<double> lambdas;
    std::vector<double> mean_loss;       ///< Mean over folds of the held-out (weighted) mean loss.
    std::vector<double> standard_error;  ///< Of that mean: sd over folds / √K.
    std::size_t best = 0;                ///< Position of the least mean loss.
    /// The largest λ within one standard error of the best (Breiman et al. 1984; glmnet's lambda.1se).
    std::size_t one_standard_error = 0;
    std::size_t unconverged = 0;  ///< Fits, of one λ on the rows of one fold, that did not converge.
    double worst = 0;  ///< The largest relative gap (depth 2) or residual among those.
};

/// Rows are dealt to `folds` parts of equal size (± 1) by a shuffle that `seed` alone determines; those
/// of observation weight 0 to none.
/// @throws InputError unless 2 ≤ folds ≤ the number of rows that are dealt.
CrossValidation cross_validate(const SparseProblem& problem, const std::vector<double>& lambdas,
                               std::size_t folds, std::uint64_t seed,
                               const SparseSettings& settings,
                               const std::function<void(std::size_t fold)>& began = {});

}  // namespace hadamard::optim
