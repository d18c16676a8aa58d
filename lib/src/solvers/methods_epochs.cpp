#include "hadamard/objectives/sampled.hpp"
#include "hadamard/optimizers/adam.hpp"
#include "hadamard/optimizers/stochastic_gradient.hpp"
#include "solvers/method_problem.hpp"

namespace hadamard::optim::detail {
namespace {

using Batches = CountedBatches<RegressionLoss, AnyTransfer<double>>;

template <class S>
S epochs(const MethodProblem& problem, const MethodSettings& settings, double rate) {
    S out;
    out.learning_rate.rate = rate;
    if (settings.schedule == "cosine") out.learning_rate.decay = Decay::cosine;
    out.tolerance = own_tolerance(problem, settings);
    out.batch = settings.batch;
    out.seed = settings.seed;
    out.max_epochs = settings.max_iterations;
    // Between samples nothing but gradients is evaluated.
    out.report_growth = settings.sampling;
    out.look_early = settings.is_interrupted;
    return out;
}

template <class M>
MethodRun run(const M& method, double rate, const MethodProblem& problem,
              const MethodSettings& settings, const Vector<double>& start) {
    MethodRun out =
        settings.batch > 0
            ? run_on_surrogate(method, Batches(problem.surrogate), problem, settings, start)
            : run_on_surrogate(method, problem.surrogate, problem, settings, start);
    out.learning_rate = rate;
    return out;
}

MethodRun run_sgd(const MethodProblem& problem, const MethodSettings& settings,
                  const Vector<double>& start) {
    const double rate =
        settings.learning_rate > 0
            ? settings.learning_rate
            : (1 - settings.momentum) * steady_rate(problem, settings, start);
    auto s = epochs<StochasticGradient<double>::Settings>(problem, settings, rate);
    s.momentum = settings.momentum;
    return run(StochasticGradient<double>(s), rate, problem, settings, start);
}

MethodRun run_adam(const MethodProblem& problem, const MethodSettings& settings,
                   const Vector<double>& start) {
    const double rate = settings.learning_rate > 0 ? settings.learning_rate : 1e-2;
    return run(Adam<double>(epochs<Adam<double>::Settings>(problem, settings, rate)), rate, problem,
               settings, start);
}

}  // namespace

std::vector<Method> epoch_methods() {
    return {
        {{"adam", true, "Adam on Q, full or mini-batches", {"learning_rate", "schedule", "batch"}},
         no_obstacle, run_adam},
        {{"stochastic_gradient",
          true,
          "(mini-batch) gradient descent on Q with momentum",
          {"learning_rate", "schedule", "momentum", "batch"}},
         no_obstacle,
         run_sgd},
    };
}

}  // namespace hadamard::optim::detail
