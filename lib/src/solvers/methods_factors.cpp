#include "hadamard/optimizers/alternating_ridge.hpp"
#include "hadamard/optimizers/varpro.hpp"
#include "solvers/method_problem.hpp"

namespace hadamard::optim::detail {
namespace {

MethodRun run_ridge(const MethodProblem& problem, const MethodSettings& settings,
                    const Vector<double>& start) {
    AlternatingRidge<double>::Settings s;
    s.tolerance = own_tolerance(problem, settings);
    s.max_iterations = settings.max_iterations;
    const AlternatingRidge<double> method(s);
    return problem.data.loss == LossKind::least_squares
               ? run_on_surrogate(method, problem.quadratic(), problem, settings, start)
               : run_on_surrogate(method, problem.surrogate, problem, settings, start);
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
    return run_on_surrogate(VarPro<double>(s), problem.quadratic(), problem, settings, start);
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
