#pragma once

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/detail/linear_model.hpp"
#include "hadamard/optimizers/method.hpp"
#include "hadamard/optimizers/report.hpp"
#include "solvers/any_pointwise.hpp"
#include "solvers/counted.hpp"
#include "solvers/thread_clock.hpp"

#include <optional>
#include <string>

namespace hadamard::optim::detail {

using RegressionLoss = Counted<loss::detail::LinearModel<AnyPointwise>>;
using RegressionSurrogate = Surrogate<RegressionLoss, AnyTransfer<double>>;
using RegressionBase = Base<RegressionLoss, AnyPenalty<double>>;
using QuadraticLoss = Counted<loss::LeastSquares<double>>;
using QuadraticSurrogate = Surrogate<loss::LeastSquares<double>, AnyTransfer<double>>;

/// What the methods see of a `SurrogateSpec`: a column of ones comes last where there is an intercept.
struct MethodProblem {
    explicit MethodProblem(const SurrogateSpec& spec);

    /// Q with its loss known to be quadratic, which some methods use.
    /// @pre loss is least_squares.
    QuadraticSurrogate quadratic() const;

    /// The base problem as WorkingSet takes it; views of this object's memory.
    /// @throws InputError if R is not Σ_g w_g‖β_g‖₂^q, q = 2/k.
    SparseProblem sparse() const;

    SparseProblem data;  ///< y alone is a view of `response`; X of `design`.
    double lambda;
    Matrix<double> design;
    Vector<double> response;
    AnyTransfer<double> transfer;
    AnyPenalty<double> penalty;
    RegressionSurrogate surrogate;
    RegressionBase base;
    double step = 1;         ///< 1/‖∇²L(0)‖.
    double null_value = 0;   ///< P of the null model: β = 0, the intercept fitted.
    double residual_at_zero = 0;  ///< prox_residual at 0.
};

/// The positions in β that are not transferred, increasing: columns of weight 0 and the intercept.
IndexList free_positions(const SparseProblem& data);

/// The transfer of a spec over double, compiled for this processor.
AnyTransfer<double> transfer_of(const SurrogateSpec& spec);

/// ‖A‖ of a symmetric A ≥ 0, by power iteration: within a few percent, from below.
/// @param times  v ↦ Av.
template <class Times>
double largest_eigenvalue(Index size, const Times& times) {
    Vector<double> v = Vector<double>::Constant(size, 1.0);
    for (Index i = 0; i < size; ++i) v[i] += 0.1 * static_cast<double>(i % 7);  // no symmetry of A
    double out = 0;
    for (int i = 0; i < 100; ++i) {
        const double norm = v.norm();
        if (!(norm > 0) || !std::isfinite(norm)) break;
        out = norm;
        v = times(Vector<double>(v / norm));
    }
    return out;
}

/// Whether a run goes on, and what it has met so far: a watcher of every method.
class Sampler {
public:
    Sampler(const MethodProblem& problem, const MethodSettings& settings);

    /// Of a method on ξ.
    bool surrogate(const Report<double>& report);
    /// Of a method on β.
    bool base(const Report<double>& report);
    bool at(const Vector<double>& beta, const Vector<double>* factors, Index iteration);

    /// Samples the end and says why it came.
    MethodRun finish(const Vector<double>& beta, const Vector<double>* factors, Index iterations,
                     const std::string& stop);

private:
    void measure(const Vector<double>& beta, const Vector<double>* factors, Index iteration,
                 double seconds);
    bool is_done(const Sample& sample) const;

    const MethodProblem& problem_;
    const MethodSettings& settings_;
    ThreadClock clock_;
    double spent_ = 0;
    double multiplied_before_ = multiplied;
    Index next_ = 0;
    std::string why_;
    MethodRun out_;
};

/// P, Q and the measures at a point, but for its counts.
Sample measured(const MethodProblem& problem, const Vector<double>& beta,
                const Vector<double>* factors, std::span<const double> reference);

/// β of working_set at this tolerance.
/// @throws InputError as `MethodProblem::sparse`.
Vector<double> solved_by_working_set(const MethodProblem& problem, double tolerance);

Vector<double> start_of(const MethodProblem& problem, const MethodSettings& settings);

/// 1/h of `MethodSettings::learning_rate`.
double steady_rate(const MethodProblem& problem, const MethodSettings& settings,
                   const Vector<double>& start);

/// A method of the catalogue.
struct Method {
    MethodTraits traits;
    /// @returns why it cannot run, or "".
    std::string (*obstacle)(const MethodProblem&);
    /// @param start  ξ, or β.
    MethodRun (*run)(const MethodProblem&, const MethodSettings&, const Vector<double>& start);
};

/// Each file of methods registers its own.
std::vector<Method> smooth_methods();
std::vector<Method> epoch_methods();
std::vector<Method> factor_methods();
std::vector<Method> base_methods();

/// On ‖∇Q‖ (units of λ · x): where Q is not convex a run may end at a minimizer whose prox residual is
/// not 0, and only its own criterion stops it there. Where it is, the duality gap does.
inline double own_tolerance(const MethodProblem& problem, const MethodSettings& settings) {
    return problem.penalty.exponent() == Exponent(1) ? 0 : settings.tolerance * problem.lambda;
}

inline std::string no_obstacle(const MethodProblem&) { return ""; }

/// Runs `method.minimize(objective, start, watcher)` on ξ.
template <class M, class F>
MethodRun run_on_surrogate(const M& method, const F& objective, const MethodProblem& problem,
                           const MethodSettings& settings, const Vector<double>& start) {
    Sampler sampler(problem, settings);
    const auto watch = [&](const Report<double>& report) { return sampler.surrogate(report); };
    const Report<double> end = method.minimize(objective, start, watch);
    const Vector<double> beta = problem.transfer.apply(end.x);
    return sampler.finish(beta, &end.x, end.iterations, std::string(to_string(end.stop)));
}

}  // namespace hadamard::optim::detail
