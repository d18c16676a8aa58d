#include "hadamard/optimizers/gradient_descent.hpp"
#include "hadamard/optimizers/lbfgs.hpp"
#include "hadamard/optimizers/newton.hpp"
#include "solvers/method_problem.hpp"

namespace hadamard::optim::detail {
namespace {

template <class M>
MethodRun run(const MethodProblem& problem, const MethodSettings& settings,
              const Vector<double>& start) {
    typename M::Settings s;
    s.tolerance = own_tolerance(problem, settings);
    s.max_iterations = settings.max_iterations;
    return run_on_surrogate(M(s), problem.surrogate, problem, settings, start);
}

std::string no_hessian(const MethodProblem& problem) {
    constexpr Index most = 2000;  // eigenvalues of ∇²Q, 10 s a step there
    const Index size = problem.surrogate.size();
    if (size > most)
        return "newton: takes the eigenvalues of a Hessian of " + std::to_string(size) +
               " factors; 2000 are its limit";
    return problem.transfer.smoothness() >= 2 ? "" : "newton: Q has no second derivative everywhere";
}

}  // namespace

std::vector<Method> smooth_methods() {
    return {
        {{"gradient_descent", true, "steepest descent on Q, Armijo's step"}, no_obstacle,
         run<GradientDescent<double>>},
        {{"lbfgs", true, "L-BFGS on Q, Wolfe line search"}, no_obstacle, run<Lbfgs<double>>},
        {{"newton", true, "trust-region Newton on Q, dense Hessian"}, no_hessian,
         run<Newton<double>>},
    };
}

}  // namespace hadamard::optim::detail
