#include "cli/solve_report.hpp"

#include "converge/plan.hpp"
#include "converge/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace hadamard::cli {
namespace {

using nlohmann::ordered_json;
using optim::SparseSolution;

enum class Entries { all, nonzero };

ordered_json by_column(const Regression& regression, const std::vector<double>& values,
                       Entries entries) {
    ordered_json out = ordered_json::object();
    // Names differ, and operator[] would search all of those before each.
    auto& members = out.get_ref<ordered_json::object_t&>();
    for (std::size_t j = 0; j < values.size(); ++j)
        if (entries == Entries::all || values[j] != 0)
            members.emplace_back(regression.columns()[j], values[j] + 0.0);  // no -0
    return out;
}

ordered_json certificate_json(const Regression& regression, const SolveCertificate& certificate) {
    const minima::Decision& decision = certificate.decision;
    ordered_json out;
    out["verdict"] = certificate.verdict();
    out["reason"] = decision.reason;
    out["strict"] = decision.strict;
    out["arithmetic"] =
        decision.digits == 0 ? "exact" : fmt::format("enclosures of {} digits", decision.digits);
    out["distance"] = decision.distance;
    out["digits"] = certificate.digits;
    out["objective"] = certificate.objective;
    if (certificate.relative_gap) out["relative_gap"] = *certificate.relative_gap;
    const std::string prefix = regression.request().standardize ? "standardized_" : "";
    out[prefix + "intercept"] = certificate.intercept;
    ordered_json& values = out[prefix + "coefficients"] = ordered_json::object();
    for (std::size_t j = 0; j < certificate.coefficients.size(); ++j)
        if (certificate.coefficients[j] != "0")
            values[regression.columns()[j]] = certificate.coefficients[j];
    return out;
}

/// What another method than working_set has to say, in place of its counts.
void add_method(ordered_json& out, const MethodAnswer& answer) {
    using converge::number_or_null;
    const optim::Sample& end = answer.end();
    out["on_surrogate"] = answer.task.traits.on_surrogate;
    out["surrogate_objective"] = number_or_null(end.surrogate_objective);
    out["prox_residual"] = number_or_null(end.prox_residual);
    out["imbalance"] = number_or_null(end.imbalance);
    out["misalignment"] = number_or_null(end.misalignment);
    double reference = std::numeric_limits<double>::quiet_NaN();
    if (answer.reference) {
        reference = answer.reference->solution.objective;
        out["distance"] = number_or_null(end.distance);
        out["reference"] = {{"verdict", answer.reference->verdict},
                            {"digits", answer.reference->digits > 0
                                           ? ordered_json(answer.reference->digits)
                                           : nullptr},
                            {"objective", reference},
                            {"support", answer.reference->solution.support}};
    }
    out["iterations"] = end.iteration;
    out["evaluations"] = end.evaluations;
    out["cpu_seconds"] = end.cpu_seconds;
    out["measuring_seconds"] = answer.run.measuring_seconds;
    out["learning_rate"] =
        answer.run.learning_rate > 0 ? ordered_json(answer.run.learning_rate) : nullptr;
    out["seed"] = answer.task.settings.seed;
    out["settings"] = converge::settings_json(answer.task.settings);
    out["samples"] = converge::samples_json(answer.run.samples, reference, answer.null_objective);
}

void add_solution(ordered_json& out, const Regression& regression, const Solved& solved,
                  double lambda_max, Entries entries) {
    const SparseSolution& best = solved.best();
    const SparseSolution original = regression.on_original_scale(best);
    out["lambda"] = best.lambda;
    if (lambda_max > 0) out["lambda_ratio"] = best.lambda / lambda_max;
    out["coefficients"] = by_column(regression, original.coefficients, entries);
    out["intercept"] = original.intercept;
    out["standardized_coefficients"] = regression.request().standardize
                                           ? by_column(regression, best.coefficients, entries)
                                           : nullptr;
    out["standardized_intercept"] =
        regression.request().standardize ? ordered_json(best.intercept) : nullptr;
    out["objective"] = best.objective;
    if (regression.depth() == 2)
        out["relative_gap"] = converge::number_or_null(best.relative_gap);
    out["residual"] = converge::number_or_null(best.residual);
    out["support"] = best.support;
    out["verdict"] = solved.verdict();
    out["stop"] = solved.method ? solved.method->run.stop : to_string(solved.solution.stop);
    if (solved.certificate) out["certificate"] = certificate_json(regression, *solved.certificate);
    if (solved.method) return add_method(out, *solved.method);
    out["iterations"] = best.iterations;
    out["newton_steps"] = best.newton_steps;
    out["sweeps"] = best.sweeps;
    out["passes"] = best.passes;
    out["cpu_seconds"] = best.cpu_seconds;
}

ordered_json validation_json(const SolveResult& result) {
    const optim::CrossValidation& cv = *result.validation;
    ordered_json out;
    out["folds"] = result.folds;
    out["seed"] = result.seed;
    out["lambda_min"] = cv.lambdas[cv.best];
    out["lambda_1se"] = cv.lambdas[cv.one_standard_error];
    ordered_json& table = out["table"] = ordered_json::array();
    for (std::size_t k = 0; k < cv.lambdas.size(); ++k)
        table.push_back({{"lambda", cv.lambdas[k]},
                         {"mean_loss", cv.mean_loss[k]},
                         {"standard_error", cv.standard_error[k]}});
    out["unconverged"] = cv.unconverged;
    out["worst_unconverged"] = cv.worst;
    out["cpu_seconds"] = result.validation_seconds;
    return out;
}

/// The least that holds of all.
std::string worst_verdict(const SolveResult& result) {
    std::string out = result.solved.empty() ? "interrupted" : result.solved.front().verdict();
    for (const Solved& solved : result.solved)
        for (const char* bad :
             {"undecided", "interrupted", "no_progress", "iteration_limit", "not a minimizer"})
            if (solved.verdict() == bad) out = bad;
    return out;
}

/// "1e-12" where the measure of this depth is that, with its name.
std::string measure(const Regression& regression, const SparseSolution& solution) {
    return regression.depth() == 2 ? fmt::format("relative gap {:.2g}", solution.relative_gap)
                                   : fmt::format("residual {:.2g}", solution.residual);
}

std::string heading(const Regression& regression) {
    const SolveRequest& request = regression.request();
    const int k = regression.depth();
    const std::string unit = regression.group_count() > 0
                                 ? fmt::format("{} groups", regression.group_count())
                                 : "no groups";
    return fmt::format(
        "{} of {} on {} columns{} ({}), {} rows{}, {}\n{}: q = {}\n", regression.loss(),
        request.response, regression.columns().size(), request.standardize ? ", standardised" : "",
        unit, regression.rows(),
        request.observation_weights.empty() ? "" : " weighted by " + request.observation_weights,
        request.intercept ? "intercept not penalised" : "no intercept",
        regression.transfer(),
        k % 2 == 0 ? (k == 2 ? "1" : fmt::format("1/{}", k / 2)) : fmt::format("2/{}", k));
}

std::string lambda_text(double lambda, double lambda_max) {
    if (!(lambda_max > 0)) return fmt::format("lambda {:.6g}", lambda);
    return fmt::format("lambda {:.6g} ({:.4g} of lambda_max = {:.6g})", lambda, lambda / lambda_max,
                       lambda_max);
}

/// UTF-8: bytes of one character but the first do not count.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, width_of(text)), ' ');
}

/// @param least  coefficients of smaller magnitude are not shown; 0: zeros alone.
std::string coefficient_table(const Regression& regression, const SparseSolution& solution,
                              double least) {
    const auto is_shown = [&](std::size_t j) {
        return solution.coefficients[j] != 0 && std::abs(solution.coefficients[j]) > least;
    };
    const SparseSolution original = regression.on_original_scale(solution);
    const bool scaled = regression.request().standardize;
    std::size_t width = std::string_view("(intercept)").size();
    for (std::size_t j = 0; j < solution.coefficients.size(); ++j)
        if (is_shown(j))
            width = std::max(width, width_of(regression.columns()[j]));
    const auto line = [&](const std::string& name, double a, double b) {
        return "  " + padded(name, width) + fmt::format("  {:>14.6g}", a) +
               (scaled ? fmt::format("  {:>14.6g}\n", b) : "\n");
    };
    std::string out = "\n  " + padded("column", width) + fmt::format("  {:>14}", "coefficient") +
                      (scaled ? fmt::format("  {:>14}\n", "standardised") : "\n");
    // Centred columns move the origin even where there is no intercept.
    if (regression.request().intercept || original.intercept != 0)
        out += line("(intercept)", original.intercept, solution.intercept);
    for (std::size_t j = 0; j < solution.coefficients.size(); ++j)
        if (is_shown(j))
            out +=
                line(regression.columns()[j], original.coefficients[j], solution.coefficients[j]);
    if (scaled)
        out +=
            "  (coefficient: of the column as it is in the file; standardised: of the column with "
            "mean 0, variance 1)\n";
    return out + "\n";
}

std::string verdict_text(const Regression& regression, const Solved& solved) {
    std::string out = "verdict: " + solved.verdict();
    if (!solved.certificate) return out + "\n";
    const minima::Decision& decision = solved.certificate->decision;
    const bool is_global =
        decision.outcome == minima::Outcome::minimizer && regression.depth() == 2;
    out += fmt::format(
        " ({}; {}{})\n", decision.reason,
        decision.digits == 0 ? std::string("exact") : fmt::format("{} digits", decision.digits),
        is_global ? "; global, P is convex" : "");
    if (solved.certificate->relative_gap)
        out += "relative duality gap of that point: " + *solved.certificate->relative_gap + "\n";
    return out;
}

std::string method_solution(const Regression& regression, const Solved& solved, double lambda_max) {
    const MethodAnswer& answer = *solved.method;
    const SparseSolution& best = solved.best();
    const optim::Sample& end = answer.end();
    double largest = 0;
    for (const double b : best.coefficients) largest = std::max(largest, std::abs(b));
    std::string out = lambda_text(best.lambda, lambda_max) + "\n\n";
    out += fmt::format("{} on {}: {} iterations, {} evaluations, {:.3g} s", answer.task.traits.name,
                       answer.task.traits.on_surrogate ? "Q" : "P", end.iteration, end.evaluations,
                       end.cpu_seconds);
    if (answer.run.learning_rate > 0)
        out += fmt::format(", learning rate {:.4g}", answer.run.learning_rate);
    out += fmt::format("\nobjective {:.10g}", end.objective);
    if (answer.task.traits.on_surrogate)
        out += fmt::format(", of the surrogate {:.10g}; imbalance {:.2g}, misalignment {:.2g}",
                           end.surrogate_objective, end.imbalance, end.misalignment);
    out += fmt::format("\n{}, {} of {} coefficients above 1e-6 of the largest\n",
                       measure(regression, solved.solution), end.support, best.coefficients.size());
    if (answer.reference)
        out += fmt::format("distance {:.4g} to the reference ({}, objective {:.10g})\n",
                           end.distance, answer.reference->verdict,
                           answer.reference->solution.objective);
    return out + coefficient_table(regression, best, 1e-6 * largest) +
           verdict_text(regression, solved);
}

std::string one_solution(const Regression& regression, const Solved& solved, double lambda_max) {
    const SparseSolution& best = solved.best();
    return fmt::format(
               "{}\nobjective {:.10g}, {}, {} of {} coefficients, {} iterations, {:.3g} s\n",
               lambda_text(best.lambda, lambda_max), best.objective, measure(regression, best),
               best.support, best.coefficients.size(), best.iterations, best.cpu_seconds) +
           coefficient_table(regression, best, 0) + verdict_text(regression, solved);
}

std::string path_table(const Regression& regression, const SolveResult& result) {
    std::string out = fmt::format(
        "lambda_max {:.6g}\n\n  {:>12}  {:>10}  {:>7}  {:>14}  {:>12}  {:>10}  {:>8}  {}\n",
        result.lambda_max, "lambda", "of max", "support", "objective",
        regression.depth() == 2 ? "relative gap" : "residual", "iterations", "seconds", "verdict");
    for (const Solved& solved : result.solved) {
        const SparseSolution& best = solved.best();
        out += fmt::format(
            "  {:>12.6g}  {:>10.4g}  {:>7}  {:>14.8g}  {:>12.2g}  {:>10}  {:>8.2g}  {}\n",
            best.lambda, result.lambda_max > 0 ? best.lambda / result.lambda_max : 0.0,
            best.support, best.objective,
            regression.depth() == 2 ? best.relative_gap : best.residual, best.iterations,
            best.cpu_seconds, solved.verdict());
    }
    return out + "\n(--json has the coefficients)\n" + "verdict: " + worst_verdict(result) +
           fmt::format(" ({} values of lambda, {:.3g} s)\n", result.solved.size(),
                       result.cpu_seconds);
}

std::string validation_table(const Regression& regression, const SolveResult& result) {
    const optim::CrossValidation& cv = *result.validation;
    std::string out = fmt::format("{} folds, seed {}\n\n  {:>12}  {:>12}  {:>14}\n", result.folds,
                                  result.seed, "lambda", "mean loss", "standard error");
    for (std::size_t k = 0; k < cv.lambdas.size(); ++k)
        out += fmt::format("  {:>12.6g}  {:>12.6g}  {:>14.4g}{}{}\n", cv.lambdas[k],
                           cv.mean_loss[k], cv.standard_error[k], k == cv.best ? "  least" : "",
                           k == cv.one_standard_error ? "  one standard error" : "");
    if (cv.unconverged > 0)
        out += fmt::format("\n{} of {} fits on folds did not converge: {} up to {:.2g}, asked {:.2g}\n",
                           cv.unconverged, result.folds * cv.lambdas.size(),
                           regression.depth() == 2 ? "relative gap" : "residual", cv.worst,
                           result.tolerance);
    return out + fmt::format(
                     "\nlambda of the least mean loss {:.6g}, within one standard error of it "
                     "{:.6g}: fitted on all rows,\n",
                     cv.lambdas[cv.best], cv.lambdas[cv.one_standard_error]);
}

}  // namespace

const SparseSolution& Solved::best() const {
    const bool is_proved =
        certificate && certificate->decision.outcome == minima::Outcome::minimizer;
    return is_proved ? certificate->rounded : solution;
}

std::string Solved::verdict() const {
    if (certificate) return certificate->verdict();
    return method ? method->verdict() : to_string(solution.stop);
}

void add_json(ordered_json& out, const Regression& regression, const SolveResult& result) {
    const SolveRequest& request = regression.request();
    out["data"] = {{"file", request.file},
                   {"response", request.response},
                   {"rows", regression.rows()},
                   {"columns", regression.columns().size()},
                   {"groups", regression.group_count()},
                   {"observation_weights", request.observation_weights.empty()
                                               ? ordered_json(nullptr)
                                               : ordered_json(request.observation_weights)},
                   {"standardized", request.standardize},
                   {"free_intercept", request.intercept}};
    out["loss"] = regression.loss();
    out["transfer"] = regression.transfer();
    out["depth"] = regression.depth();
    out["method"] = result.method;
    out["tolerance"] = result.tolerance;
    out["lambda_max"] = result.lambda_max;
    out["interrupted"] = result.interrupted;
    if (result.validation) {
        out["cross_validation"] = validation_json(result);
        const char* names[] = {"lambda_min", "lambda_1se"};
        for (std::size_t k = 0; k < result.solved.size(); ++k)
            add_solution(out["solutions"][names[k]], regression, result.solved[k],
                         result.lambda_max, Entries::all);
    }
    if (!result.is_path) {
        if (!result.solved.empty())
            add_solution(out, regression, result.solved.back(), result.lambda_max, Entries::all);
        else
            out["verdict"] = "interrupted";
        return;
    }
    ordered_json& path = out["path"] = ordered_json::array();
    for (const Solved& solved : result.solved) {
        path.emplace_back();
        add_solution(path.back(), regression, solved, result.lambda_max, Entries::nonzero);
    }
    out["verdict"] = worst_verdict(result);
    out["cpu_seconds"] = result.cpu_seconds;
}

std::string solve_tables(const Regression& regression, const SolveResult& result) {
    std::string out = heading(regression);
    if (result.validation) out += validation_table(regression, result);
    if (result.is_path) return out + path_table(regression, result);
    if (result.solved.empty()) return out;
    const Solved& solved = result.solved.back();
    return out + (solved.method ? method_solution(regression, solved, result.lambda_max)
                                : one_solution(regression, solved, result.lambda_max));
}

}  // namespace hadamard::cli
