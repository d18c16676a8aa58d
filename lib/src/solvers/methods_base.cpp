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
    return sampler.finish(end.x, nullptr, end.iterations, end.evaluations,
                          std::string(to_string(end.stop)));
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

/// Evaluations: products Xᵀr, one a round.
MethodRun run_working_set(const MethodProblem& problem, const MethodSettings& settings,
                          const Vector<double>& start) {
    const bool has_intercept = problem.data.intercept;
    Sampler sampler(problem, settings);
    SparseSettings s;
    s.tolerance = settings.tolerance > 0 ? settings.tolerance : 1e-15;
    s.max_iterations = settings.max_iterations;
    s.watch = [&](std::span<const double> coefficients, double intercept, std::ptrdiff_t rounds) {
        return sampler.at(joined(coefficients, intercept, has_intercept), nullptr, rounds, rounds);
    };
    WorkingSet solver(problem.sparse(), s);
    if (!settings.initial.empty()) {
        const std::size_t p = static_cast<std::size_t>(problem.data.X.columns);
        solver.start_at(std::span(start.data(), p), has_intercept ? start[start.size() - 1] : 0);
    }
    const SparseSolution end = solver.solve(problem.lambda);
    return sampler.finish(joined(end.coefficients, end.intercept, has_intercept), nullptr,
                          end.iterations, end.iterations, to_string(end.stop));
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
         no_obstacle, run<CoordinateDescent<double>>},
        {{"proximal_gradient", false, "accelerated proximal gradient (FISTA with restart)"},
         no_obstacle, run<ProximalGradient<double>>},
        {{"working_set", false, "Newton on the surrogate of a working set: `hadamard solve`"},
         no_sparse_problem, run_working_set},
    };
}

}  // namespace hadamard::optim::detail
