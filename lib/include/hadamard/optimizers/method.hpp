#pragma once

/// @file
/// P and Q of one regression in double, and every method that minimizes them, by name: what
/// `hadamard solve --method`, `hadamard converge`, bench/convergence and the Python module run. No Eigen
/// type, so that a library compiled for this processor can stand behind it.

#include "hadamard/optimizers/sparse_problem.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hadamard::custom {
struct CustomForm;
}

namespace hadamard::optim {

/// Q(ψ, ξ) = L(K(ξ), ψ) + λ S(ξ) for P(β, ψ) = L(β, ψ) + λ R(β), where ψ are the coefficients that are not
/// penalised: columns of weight 0, and the intercept, if any.
struct SurrogateSpec {
    /// X, y, loss, groups (of group transfers) and depth; `weights` are those of the *transfer*, one a
    /// group or column, finite and ≥ 0, or none. 0: not transferred.
    SparseProblem data;
    std::string transfer = "hadamard_product";  ///< A file name in transfers/.
    /// A user's transfer, as `custom::characterise` found it, instead; `data.depth` is its 2/q.
    std::shared_ptr<const custom::CustomForm> form;
    double lambda = 1;  ///< > 0.
};

/// What is known of one iterate. NaN: does not apply.
struct Sample {
    std::int64_t iteration = 0;  ///< In the units of `max_iterations`.
    /// Work in passes over X, (n × p): a product with X or Xᵀ is one, hence a value of Q one and a
    /// gradient two, a matrix XᵀWX p, an epoch's batches two, a sweep over a Gram matrix p/n.
    /// Factorizations and eigenvalues are not in it.
    double evaluations = 0;
    double cpu_seconds = 0;  ///< Of this thread since the method began; measuring is taken off.
    double objective = 0;    ///< P(β).
    double surrogate_objective = 0;  ///< Q(ξ); NaN for methods that iterate on β.
    /// Duality gap / `null_objective`, the former an upper bound of P(β) − inf P, where P is convex
    /// (q = 1); else NaN.
    double relative_gap = 0;
    /// ‖β − prox_{sλR}(β − s∇L)‖₂ / s, s = 1/‖∇²L(0)‖: 0 at every global minimizer. NaN: R has no prox.
    double prox_residual = 0;
    double distance = 0;      ///< ‖β − β̂‖₂ to the reference; NaN without one.
    double imbalance = 0;     ///< Largest |imbalance(ξ)|: 0 iff ξ ∈ M(K(ξ)); NaN on β.
    double misalignment = 0;  ///< S(ξ) − R(K(ξ)) ≥ 0; NaN on β.
    std::int64_t support = 0;  ///< |β_j| > 1e−6 max|β|.
    std::vector<double> coefficients;  ///< β, if `MethodSettings::keep_points`; intercept last.
    std::vector<double> factors;       ///< ξ, likewise; empty for methods that iterate on β.
};

/// Which run. What a method does not have it ignores.
struct MethodSettings {
    /// Epochs of stochastic_gradient and adam (passes over the rows; steps where batch = 0), cycles
    /// of alternating_ridge, rounds of working_set, steps of the others.
    std::int64_t max_iterations = 100'000;
    double max_seconds = std::numeric_limits<double>::infinity();  ///< CPU, without measuring.
    /// Stops where relative_gap (q = 1) or prox_residual / prox_residual(0) is no larger; 0: never.
    double tolerance = 1e-10;
    /// Of stochastic_gradient and adam. 0: for adam 1/100; else (1 − momentum)/h, h = the largest
    /// eigenvalue of ∇²Q at the start and at the reference (without one, at a rough solution of
    /// working_set), what tuning by hand would come to.
    double learning_rate = 0;
    std::string schedule = "constant";  ///< Or "cosine", which falls to 0 at max_iterations.
    double momentum = 0.9;              ///< Of stochastic_gradient, in [0, 1).
    std::int64_t batch = 0;             ///< Rows a step; 0: all.
    /// Of ξ: "variance_matched" (independent factors whose products have a deviation), "normal" (independent
    /// entries), "balanced" (the lift of a normal β), "constant" (every entry α); "auto" is the first where the
    /// transfer allows it, else the second with deviation σ^(1/k). β starts as K of that, for working_set as 0.
    std::string start = "auto";
    double start_scale = 1e-2;  ///< Deviation σ of β; of "normal" and "constant" that of ξ, or α.
    std::uint64_t seed = 1;     ///< Of the start and of the batches.
    std::vector<double> initial;  ///< ξ itself, or β for methods on β, instead of all that.
    std::vector<double> reference;  ///< β̂ with the intercept last; may be empty.
    double sampling = 1.15;  ///< Samples at iterations 0, 1, … and then each that many times the last, ≥ 1.
    bool keep_points = false;  ///< Whether samples hold β and ξ.
    std::function<bool()> is_interrupted;  ///< Asked at every report and epoch; true stops.
    std::function<void(const Sample&)> on_sample;  ///< Sees each sample when it is made.
};

/// What came of it.
struct MethodRun {
    std::vector<Sample> samples;       ///< Of the start, on the way, and of the end.
    std::vector<double> coefficients;  ///< β at the end, intercept last.
    std::vector<double> factors;       ///< ξ at the end, or empty.
    double learning_rate = 0;          ///< That was used; 0 where there is none.
    double measuring_seconds = 0;      ///< CPU time that the samples cost, in no other number.
    /// "tolerance_reached" (of `MethodSettings`), "converged" (by the method's own criterion), "iteration_limit",
    /// "time_limit", "line_search_failed", "non_finite", "no_progress", "interrupted".
    std::string stop;
};

/// One method.
struct MethodTraits {
    std::string name;     ///< File name in optimizers/: "lbfgs", …
    bool on_surrogate;    ///< Iterates on ξ; else on β.
    std::string summary;  ///< One line.
    /// Which of "learning_rate", "schedule", "momentum", "batch" of `MethodSettings` it has.
    std::vector<std::string> settings = {};
};

/// All methods, sorted by name.
std::vector<MethodTraits> method_catalogue();

/// P and Q of one regression.
///
/// Shapes  β: p coefficients, then the intercept if there is one. ξ: ψ, increasing as in β, then the
///         factors as the transfer has them. Points that are not of this size throw InputError.
/// Threads const members may run side by side.
class SurrogateProblem {
public:
    /// Copies X (as a dense matrix).
    /// @throws InputError naming what does not fit, as WorkingSet and as the transfer's `from`.
    explicit SurrogateProblem(const SurrogateSpec& spec);
    ~SurrogateProblem();
    SurrogateProblem(SurrogateProblem&&) noexcept;
    SurrogateProblem& operator=(SurrogateProblem&&) noexcept;

    std::size_t base_size() const;       ///< Of β.
    std::size_t surrogate_size() const;  ///< Of ξ.
    bool is_convex() const;              ///< q = 1: relative_gap is defined.

    /// P of the null model: all coefficients 0, the intercept fitted if there is one.
    double null_objective() const;
    double objective(std::span<const double> beta) const;               ///< P(β).
    double surrogate_objective(std::span<const double> factors) const;  ///< Q(ξ).
    std::vector<double> surrogate_gradient(std::span<const double> factors) const;  ///< ∇Q(ξ).
    std::vector<double> surrogate_hessian(std::span<const double> factors) const;  ///< By columns.
    std::vector<double> apply(std::span<const double> factors) const;   ///< β = K(ξ).
    std::vector<double> lift(std::span<const double> beta) const;       ///< ξ ∈ M(β).
    double penalty(std::span<const double> factors) const;              ///< S(ξ).
    double induced_penalty(std::span<const double> beta) const;         ///< R(β).
    std::vector<double> imbalance(std::span<const double> factors) const;
    std::vector<double> start(const MethodSettings& settings) const;    ///< ξ that it names.

    /// What a run that ended at β would know of it.
    Sample measure(std::span<const double> beta, std::span<const double> reference = {}) const;

    /// Whether the method runs on this problem: empty, or the reason why not.
    std::string obstacle(const std::string& method) const;

    /// @throws InputError for an unknown method (naming the nearest), one that has an `obstacle`, and for
    ///         settings out of range, naming them.
    MethodRun run(const std::string& method, const MethodSettings& settings) const;

private:
    class Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace hadamard::optim
