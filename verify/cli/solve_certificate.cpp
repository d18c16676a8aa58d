#include "cli/solve_certificate.hpp"

#include "engine/relative_gap.hpp"
#include "hadamard/catalogue/problem.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/data/table.hpp"
#include "hadamard/minima/decide.hpp"
#include "hadamard/optimizers/local_search.hpp"
#include "hadamard/optimizers/polish.hpp"
#include "hadamard/optimizers/working_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hadamard::cli {
namespace {

/// Decisions hold some four matrices of the size of ∇²P, of balls and of 50-digit numbers.
void require_memory(Index size) {
    constexpr std::uint64_t bytes_per_entry = 500;
    const std::uint64_t n = static_cast<std::uint64_t>(size);
    const std::uint64_t wanted = bytes_per_entry * n * n, limit = memory_limit();
    if (wanted > limit)
        throw InputError(
            fmt::format("--digits: {} columns need about {} GiB of memory to certify, "
                        "{} GiB are available; solve without it or use fewer columns",
                        size, wanted >> 30, limit >> 30));
}

/// The solution to the rounding level, so that its support is that of a stationary point. Why this
/// ended is of no interest: the point is judged by others.
optim::SparseSolution sharpened(const Regression& regression,
                                const optim::SparseSolution& solution) {
    optim::SparseSettings settings;
    settings.tolerance = 1e-15;
    settings.max_iterations = 200;
    optim::WorkingSet solver(regression.problem(), settings);
    solver.start_at(solution.coefficients, solution.intercept);
    return solver.solve(solution.lambda);
}

/// (λ/h)^{1/(2−q)}, h = max_j ‖X_j‖²/n: up to a constant the least nonzero coefficient of a minimizer
/// at q < 1, for there β_j^{q−2} λq(1−q) ≤ ∂²L/∂β_j². A method that goes to 0 passes below any part of it.
double least_coefficient(const Regression& regression, double lambda) {
    const optim::SparseProblem problem = regression.problem();
    double h = 0;
    for (Index j = 0; j < problem.X.columns; ++j)
        h = std::max(h, Eigen::Map<const Vector<double>>(problem.X.values + j * problem.X.stride,
                                                         problem.X.rows)
                            .squaredNorm());
    h /= static_cast<double>(problem.X.rows);
    const double q = 2.0 / problem.depth;
    return h > 0 ? std::pow(lambda / h, 1 / (2 - q)) : 0;
}

/// θ of the instance. What is smaller than `least` times the largest coefficient, or `scale`, becomes
/// 0.
Vector<double> instance_point(const Regression& regression, const optim::SparseSolution& solution,
                              double least, double scale) {
    double largest = scale;
    for (const double b : solution.coefficients) largest = std::max(largest, std::abs(b));
    const std::vector<Index> columns = regression.instance_columns();
    Vector<double> out(static_cast<Index>(columns.size()));
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool is_intercept = columns[i] < 0;
        const double b = is_intercept ? solution.intercept
                                      : solution.coefficients[static_cast<std::size_t>(columns[i])];
        out[static_cast<Index>(i)] = !is_intercept && std::abs(b) < least * largest ? 0.0 : b;
    }
    return out;
}

minima::DecidedPoint decided(const ProblemFamily& family, const Vector<Rational>& point) {
    // Exact elimination on numbers of 64 bits and more: seconds up to here, then hours.
    constexpr Index largest_exact = 40;
    minima::DecideSettings settings;
    const Index support = static_cast<Index>(
        std::count_if(point.begin(), point.end(), [](const Rational& b) { return b != 0; }));
    settings.exact = support <= largest_exact;
    return minima::decide_base(family, point, settings);
}

std::string decimals(const Real<200>& a, int digits) {
    return a == Real<200>(0) ? "0" : a.str(digits, std::ios_base::scientific);
}

void describe(SolveCertificate& out, const Regression& regression, const ProblemFamily& family,
              const Vector<Rational>& point) {
    using T = Real<200>;
    const Vector<T> theta = from_rational<T>(point);
    const T objective = family.over<T>().base.value(theta);
    out.objective = decimals(objective, out.digits);
    out.rounded.objective = objective.convert_to<double>();
    out.coefficients.assign(regression.columns().size(), "0");
    out.intercept = "0";
    out.rounded.coefficients.assign(regression.columns().size(), 0.0);
    out.rounded.intercept = 0;
    out.rounded.support = 0;
    const std::vector<Index> columns = regression.instance_columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const T& value = theta[static_cast<Index>(i)];
        const std::size_t j = static_cast<std::size_t>(std::max<Index>(columns[i], 0));
        const bool is_intercept = columns[i] < 0;
        (is_intercept ? out.intercept : out.coefficients[j]) = decimals(value, out.digits);
        (is_intercept ? out.rounded.intercept : out.rounded.coefficients[j]) =
            value.convert_to<double>();
        if (!is_intercept && value != T(0)) ++out.rounded.support;
    }
    if (regression.depth() != 2) return;
    if (const std::optional<T> gap = verify::relative_gap<T>(family, theta)) {
        out.relative_gap = decimals(*gap, 6);
        out.rounded.relative_gap = gap->convert_to<double>();
    }
}

}  // namespace

std::string SolveCertificate::verdict() const {
    return decision.outcome == minima::Outcome::minimizer
               ? "local minimizer"
               : std::string(to_string(decision.outcome));
}

SolveCertificate certify(const Regression& regression, const optim::SparseSolution& solution,
                         const Rational& rational_lambda, int digits, Polish polish) {
    require_memory(static_cast<Index>(regression.instance_columns().size()));
    const ProblemFamily family(regression.instance(rational_lambda));
    const bool as_it_is = polish == Polish::as_it_is;
    const optim::SparseSolution sharp = as_it_is ? solution : sharpened(regression, solution);
    SolveCertificate out;
    out.digits = digits;
    out.rounded = solution;
    // A coefficient that the solver has not quite brought to 0 belongs to no stationary point; it
    // shows by being small; methods on factors bring none to 0.
    const std::vector<double> thresholds =
        as_it_is ? std::vector<double>{1e-6} : std::vector<double>{0.0, 1e-8};
    const double scale = as_it_is ? least_coefficient(regression, solution.lambda) : 0;
    for (const double least : thresholds) {
        const optim::Found found =
            optim::polish_base_minimizer(
                family, instance_point(regression, sharp, least, scale), digits);
        minima::DecidedPoint judged = decided(family, found.point);
        // Where minimizers are not isolated, Newton's method ends anywhere: that says nothing of them.
        if (!found.converged && judged.decision.outcome == minima::Outcome::not_minimizer) {
            judged.decision.outcome = minima::Outcome::undecided;
            judged.decision.reason = "the polish met no isolated stationary point: " +
                                     judged.decision.reason;
        }
        if (least > thresholds.front() && judged.decision.outcome != minima::Outcome::minimizer)
            break;
        out.decision = judged.decision;
        describe(out, regression, family, found.point);
        if (judged.decision.outcome == minima::Outcome::minimizer) break;
    }
    return out;
}

Reference reference_of(const Regression& regression, const Rational& lambda, int digits,
                       const std::function<bool()>& is_interrupted) {
    optim::LocalSearchSettings settings;
    settings.solver.tolerance = 1e-13;
    settings.solver.is_interrupted = is_interrupted;
    Reference out;
    out.solution =
        optim::local_search(regression.problem(), from_rational<double>(lambda), settings);
    out.verdict = regression.depth() == 2 && out.solution.relative_gap < 1e-10 ? "solved"
                                                                               : "best known";
    // A decision takes seconds up to here, and cubically longer beyond.
    constexpr std::size_t most_columns = 500;
    if (digits > 0 && regression.columns().size() <= most_columns && !is_interrupted()) {
        const SolveCertificate certificate = certify(regression, out.solution, lambda, digits);
        if (certificate.decision.outcome == minima::Outcome::minimizer) {
            out.solution = certificate.rounded;
            out.verdict = "certified minimizer";
            out.digits = certificate.digits;
        }
    }
    out.beta = beta_of(regression, out.solution);
    return out;
}

std::vector<double> beta_of(const Regression& regression, const optim::SparseSolution& solution) {
    std::vector<double> out = solution.coefficients;
    if (regression.request().intercept) out.push_back(solution.intercept);
    return out;
}

}  // namespace hadamard::cli
