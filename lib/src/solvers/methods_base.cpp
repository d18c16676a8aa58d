#include "hadamard/optimizers/coordinate_descent.hpp"
#include "hadamard/optimizers/proximal_gradient.hpp"
#include "hadamard/optimizers/working_set.hpp"
#include "solvers/method_problem.hpp"

namespace hadamard::optim::detail {
namespace {

template <class M>
MethodRun run(const MethodProblem& problem, const MethodSettings& settings,
              const Vector<double>& start) {
    typename M::Settings s;
    s.tolerance = 0;
    s.max_iterations = settings.max_iterations;
    Sampler sampler(problem, settings);
    const auto watch = [&](const Report<double>& report) { return sampler.base(report); };
    const Report<double> end = M(s).minimize(problem.base, start, watch);
    return sampler.finish(end.x, nullptr, end.iterations, std::string(to_string(end.stop)));
}

/// Sampled sweep by sweep: the model of a quadratic loss is P itself, and one outer step solves it.
MethodRun run_coordinate_descent(const MethodProblem& problem, const MethodSettings& settings,
                                 const Vector<double>& start) {
    CoordinateDescent<double>::Settings s;
    s.tolerance = 0;
    s.max_iterations = settings.max_iterations;
    s.max_sweeps = std::max<Index>(1, settings.max_iterations);
    s.shows_sweeps = true;
    Sampler sampler(problem, settings);
    Index seen = 0;
    const auto watch = [&](const Report<double>& report) {
        const Index p = problem.design.cols(), sweeps = report.iterations - seen;
        multiplied += static_cast<double>(p * p * sweeps);
        seen = report.iterations;
        return sampler.base(report);
    };
    const Report<double> end =
        CoordinateDescent<double>(s).minimize(problem.base, start, watch);
    return sampler.finish(end.x, nullptr, end.iterations, std::string(to_string(end.stop)));
}

std::string no_sparse_problem(const MethodProblem& problem) {
    try {
        problem.sparse();
        return "";
    } catch (const InputError& error) {
        return std::string("working_set: ") + error.what();
    }
}

Vector<double> joined(std::span<const double> coefficients, double intercept, bool has_intercept) {
    const Index p = static_cast<Index>(coefficients.size());
    Vector<double> out(p + (has_intercept ? 1 : 0));
    out.head(p) = Eigen::Map<const Vector<double>>(coefficients.data(), p);
    if (has_intercept) out[p] = intercept;
    return out;
}

MethodRun run_working_set(const MethodProblem& problem, const MethodSettings& settings,
                          const Vector<double>& start) {
    const bool has_intercept = problem.data.intercept;
    Sampler sampler(problem, settings);
    SparseSettings s;
    s.tolerance = settings.tolerance > 0 ? settings.tolerance : 1e-15;
    // Its own gap is relative to P(0, 0).
    if (const double zero = problem.base.value(Vector<double>::Zero(start.size()));
        problem.penalty.exponent() == Exponent(1) && settings.tolerance > 0 && zero > 0 &&
        problem.null_value > 0)
        s.tolerance *= problem.null_value / zero;
    s.max_iterations = settings.max_iterations;
    s.watch = [&](std::span<const double> coefficients, double intercept, std::ptrdiff_t rounds) {
        return sampler.at(joined(coefficients, intercept, has_intercept), nullptr, rounds);
    };
    WorkingSet solver(problem.sparse(), s);
    if (!settings.initial.empty()) {
        const std::size_t p = static_cast<std::size_t>(problem.data.X.columns);
        solver.start_at(std::span(start.data(), p), has_intercept ? start[start.size() - 1] : 0);
    }
    const SparseSolution end = solver.solve(problem.lambda);
    return sampler.finish(joined(end.coefficients, end.intercept, has_intercept), nullptr,
                          end.iterations, to_string(end.stop));
}

}  // namespace

Vector<double> solved_by_working_set(const MethodProblem& problem, double tolerance) {
    SparseSettings settings;
    settings.tolerance = tolerance;
    const SparseSolution end = WorkingSet(problem.sparse(), settings).solve(problem.lambda);
    return joined(end.coefficients, end.intercept, problem.data.intercept);
}

std::vector<Method> base_methods() {
    return {
        {{"coordinate_descent", false, "coordinate descent on the quadratic model of L"},
         no_obstacle, run_coordinate_descent},
        {{"proximal_gradient", false, "accelerated proximal gradient (FISTA with restart)"},
         no_obstacle, run<ProximalGradient<double>>},
        {{"working_set", false, "Newton on the surrogate of a working set: `hadamard solve`"},
         no_sparse_problem, run_working_set},
    };
}

}  // namespace hadamard::optim::detail
