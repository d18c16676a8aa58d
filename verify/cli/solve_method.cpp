#include "cli/solve_method.hpp"

#include "hadamard/data/number.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hadamard::cli {
namespace {

std::string progress_text(const MethodTask& task, const optim::Sample& sample) {
    return fmt::format("{}: iteration {}, P {:.8g}, {}", task.traits.name, sample.iteration,
                       sample.objective,
                       std::isfinite(sample.relative_gap)
                           ? fmt::format("relative gap {:.2g}", sample.relative_gap)
                           : fmt::format("prox residual {:.2g}", sample.prox_residual));
}

}  // namespace

double MethodAnswer::residual() const {
    return end().prox_residual / (residual_at_zero > 0 ? residual_at_zero : 1);
}

bool MethodAnswer::converged() const {
    const double tolerance = task.settings.tolerance;
    if (!std::isnan(end().relative_gap)) return end().relative_gap <= tolerance;
    return residual() <= tolerance;
}

std::string MethodAnswer::verdict() const {
    const bool claims_it = run.stop == "converged" || run.stop == "tolerance_reached";
    if (converged() == claims_it) return run.stop;
    if (run.stop == "converged" && std::isnan(end().relative_gap)) return "stationary";
    return converged() ? "tolerance_reached" : "no_progress";
}

optim::SparseSolution MethodAnswer::solution(const Regression& regression, double lambda) const {
    optim::SparseSolution out;
    const std::ptrdiff_t p = static_cast<std::ptrdiff_t>(regression.columns().size());
    out.lambda = lambda;
    out.coefficients.assign(run.coefficients.begin(), run.coefficients.begin() + p);
    out.intercept = regression.request().intercept ? run.coefficients.back() : 0;
    out.objective = end().objective;
    out.relative_gap = end().relative_gap;
    out.gap = end().relative_gap * (null_objective > 0 ? null_objective : 1);
    out.residual = residual();
    out.support = static_cast<std::ptrdiff_t>(end().support);
    out.iterations = static_cast<std::ptrdiff_t>(end().iteration);
    out.cpu_seconds = end().cpu_seconds;
    out.stop = run.stop == "interrupted" ? optim::SparseStop::interrupted
               : converged()             ? optim::SparseStop::converged
               : run.stop == "iteration_limit" ? optim::SparseStop::iteration_limit
                                               : optim::SparseStop::no_progress;
    return out;
}

std::optional<MethodAnswer> run_method(const Regression& regression, const Rational& lambda,
                                       const MethodTask& task, const MethodProgress& progress) {
    const optim::SurrogateProblem problem(
        regression.surrogate_spec(from_rational<double>(lambda)));
    if (const std::string obstacle = problem.obstacle(task.traits.name); !obstacle.empty())
        throw InputError("--method " + obstacle);
    MethodAnswer out;
    out.task = task;
    optim::MethodSettings& settings = out.task.settings;
    if (task.with_reference) {
        progress("certifying the minimizer");
        out.reference =
            reference_of(regression, lambda, task.reference_digits, settings.is_interrupted);
        settings.reference = out.reference->beta;
    }
    if (settings.is_interrupted()) return std::nullopt;
    progress(task.traits.name);
    settings.on_sample = [&](const optim::Sample& sample) {
        progress(progress_text(task, sample));
    };
    out.run = problem.run(task.traits.name, settings);
    const optim::Sample zero = problem.measure(std::vector<double>(problem.base_size(), 0.0));
    out.null_objective = problem.null_objective();
    out.residual_at_zero = zero.prox_residual;
    settings.on_sample = nullptr;       // they hold what may
    settings.is_interrupted = nullptr;  // not live as long as this
    return out;
}

}  // namespace hadamard::cli
