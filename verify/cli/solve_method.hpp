#pragma once

#include "cli/solve_certificate.hpp"
#include "cli/solve_data.hpp"
#include "hadamard/optimizers/method.hpp"

#include <functional>
#include <optional>
#include <string>

namespace hadamard::cli {

/// A method of the catalogue at one λ.
struct MethodTask {
    optim::MethodTraits traits;
    optim::MethodSettings settings;
    bool with_reference = false;  ///< Whether the distance to the best known minimizer is wanted.
    int reference_digits = 50;    ///< Of its certificate.
};

/// What came of it.
struct MethodAnswer {
    MethodTask task;
    optim::MethodRun run;
    double null_objective = 0;    ///< P of the null model, what gaps are relative to.
    double residual_at_zero = 0;  ///< prox_residual there.
    std::optional<Reference> reference;

    /// Of the end of the run.
    const optim::Sample& end() const { return run.samples.back(); }
    /// The prox residual over that at 0.
    double residual() const;
    /// Whether the tolerance is met, as this program measures it: the duality gap where P is convex.
    bool converged() const;
    /// "tolerance_reached", "converged", or why it ended; "stationary": by its own criterion a stationary
    /// point of Q or P, but no fixed point of the prox to the tolerance, so perhaps no minimizer.
    std::string verdict() const;
    /// In the form of the solver's own answers. What it does not know is 0.
    optim::SparseSolution solution(const Regression& regression, double lambda) const;
};

/// Told of what is going on.
using MethodProgress = std::function<void(const std::string&)>;

/// @returns nothing if `task.settings.is_interrupted` before the run began.
/// @throws InputError for a method that cannot run on this problem, with the reason.
std::optional<MethodAnswer> run_method(const Regression& regression, const Rational& lambda,
                                       const MethodTask& task, const MethodProgress& progress);

}  // namespace hadamard::cli
