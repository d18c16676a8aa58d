#include "hadamard/optimizers/alternating_ridge.hpp"
#include "hadamard/optimizers/varpro.hpp"
#include "solvers/method_problem.hpp"

namespace hadamard::optim::detail {
namespace {

/// Q with the passes of the ridge regressions: each makes Z, multiplies with it twice, and forms the
/// smaller of ZᵀWZ and ZZᵀ.
template <class L>
Surrogate<L, AnyTransfer<double>> with_ridges(L loss, const MethodProblem& problem) {
    const Index side = std::min(problem.design.rows(), problem.design.cols());
    loss.after_curvatures = 3 + static_cast<double>(side);
    return {std::move(loss), problem.transfer, problem.lambda};
}

MethodRun run_ridge(const MethodProblem& problem, const MethodSettings& settings,
                    const Vector<double>& start) {
    AlternatingRidge<double>::Settings s;
    s.tolerance = own_tolerance(problem, settings);
    s.max_iterations = settings.max_iterations;
    const AlternatingRidge<double> method(s);
    if (problem.data.loss != LossKind::least_squares)
        return run_on_surrogate(method, with_ridges(problem.surrogate.loss(), problem), problem,
                                settings, start);
    const QuadraticLoss loss(problem.design, problem.response);
    return run_on_surrogate(method, with_ridges(loss, problem), problem, settings, start);
}

std::string not_multilinear(const MethodProblem& problem) {
    try {
        weight_decay(problem.transfer, problem.lambda);
        factor_sets(problem.transfer);
        return "";
    } catch (const PreconditionError& error) {
        return std::string("alternating_ridge: ") + error.what();
    }
}

MethodRun run_varpro(const MethodProblem& problem, const MethodSettings& settings,
                     const Vector<double>& start) {
    VarPro<double>::Settings s;
    s.tolerance = own_tolerance(problem, settings);
    s.max_iterations = settings.max_iterations;
    const VarPro<double> method(s);
    const QuadraticSurrogate objective = problem.quadratic();
    Sampler sampler(problem, settings);
    const double pass = static_cast<double>(problem.design.size());
    const Index n = problem.design.rows(), p = problem.design.cols();
    const bool has_gram = p <= n;
    if (has_gram) multiplied += static_cast<double>(p + 1) * pass;  // XᵀX and Xᵀy
    Index seen = 0;
    const auto watch = [&](const Report<double>& report) {
        // A value with its gradient: Q's value, and u by two products, or by XD Xᵀ and one.
        const double each = 1 + (has_gram ? 2 : static_cast<double>(n) + 1);
        multiplied += each * pass * static_cast<double>(report.evaluations - seen) / 2;
        seen = report.evaluations;
        return sampler.surrogate(report);
    };
    const Report<double> end = method.minimize(objective, start, watch);
    return sampler.finish(problem.transfer.apply(end.x), &end.x, end.iterations,
                          std::string(to_string(end.stop)));
}

std::string not_projectable(const MethodProblem& problem) {
    if (problem.data.loss != LossKind::least_squares) return "varpro: for least_squares alone";
    if (problem.data.intercept) return "varpro: takes no unpenalised intercept";
    if (!free_positions(problem.data).empty())
        return "varpro: takes no columns of weight 0, which are not penalised";
    try {
        const QuadraticSurrogate surrogate = problem.quadratic();
        ProjectedSurrogate<double, AnyTransfer<double>> projected(surrogate);
        return "";
    } catch (const PreconditionError& error) {
        return error.what();
    }
}

}  // namespace

std::vector<Method> factor_methods() {
    return {
        {{"alternating_ridge", true, "ridge regressions in one factor after the other (Hoff)"},
         not_multilinear, run_ridge},
        {{"varpro", true, "L-BFGS on Q with u projected out (variable projection)"},
         not_projectable, run_varpro},
    };
}

}  // namespace hadamard::optim::detail
