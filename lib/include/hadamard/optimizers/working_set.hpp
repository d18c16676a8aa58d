#pragma once

#include "hadamard/optimizers/sparse_problem.hpp"

#include <memory>

namespace hadamard::optim {

/// Newton's method on the Hadamard surrogate of a working set of columns, grown until the rest of the
/// problem agrees: the base problem is solved through Q = L∘K + λS.
///
/// Derivation  On the support the balanced surrogate has ‖β_g‖ = ν^k with one positive number ν a
///     group (k = depth) and S = w ν². With b̂ = β_g/‖β_g‖, g = −∇L and d = λwq‖β‖^{q−1} − b̂·g,
///         ∂Q/∂ν = kν^{k−1} d,   ∂²Q/∂ν² = (kν^{k−1})² [b̂ᵀ∇²L b̂ + λwq(q−1)‖β‖^{q−2} + d(k−1)/(k‖β‖)].
///     A Newton step of Q in units of β therefore solves
///         (∇²L + λ∇²R + diag blocks d₊(k−1)/(k‖β_g‖) b̂b̂ᵀ) δ = g − λ∇R
///     and moves on the arc ‖β_g⁺‖ = ‖β_g‖ w^k, w = 1 + t b̂ᵀδ/(k‖β_g‖), in the direction b̂; the part of
///     δ across b̂ is added. The added term is the curvature that the factors lend: as β_g → 0 with d > 0
///     it tends to infinity and the group decouples, a smooth active set. Where d ≤ 0 the factors sit
///     on the unstable side of the strict saddle at 0 (claim landscape.strict-saddle), and the step is
///     that of P itself. d₊ = max(d, 0). A group whose w falls to 1/10 becomes 0.
/// Method  Outer: λ falls geometrically to the wanted one; each round one product Xᵀr, the groups
///     that violate ‖X_gᵀr‖ ≤ nλw_g most enter the working set, and the inner problem on its Gram
///     matrix is solved. Inner: prox sweeps until no support changes, then one Hadamard-Newton step on
///     the support, and again. Logistic, Poisson and Huber: the same inner problem for the quadratic
///     model of the loss, then a line search on P.
///     Huber with residuals of many δ: δ falls to the wanted one together with λ, from where all residuals
///     are inside. After a stall: once more from 0, λ falling in smaller steps (depth 2).
///     Groups are left out of a product while ‖X_gᵀr at the last visit‖ + ‖X_g‖_F Σ‖Δr‖ < nλw_g, which
///     is exact (Cauchy–Schwarz): screening never removes what is needed.
/// Products  The model of a loss that bends, at the point z₀, serves as long as steps on it contract
///     faster than a new one would pay: by Σ|ℓ''(z) − ℓ''(z₀)| / Σℓ''(z₀) each. Its Gram matrix, and
///     for n ≥ p > 64 that of least squares, is summed in single precision: it decides only how fast
///     the method gets there, for Xᵀr, the line search and the gap are in double. Where it contracts no
///     more (columns closer to one another than 1e−6), and along a path of least squares, it is in
///     double too.
/// Convergence (depth 2)  Sweeps and accepted Newton steps never raise P; a sweep from a point that
///     is not stationary for P on the working set lowers it, so no point that is only stationary for
///     Q's factors (a zero with ‖g_g‖ > λw_g, the strict saddle) can hold the iteration; by claim
///     minima.surrogate-to-base the local minimizers of Q are those of P, which is convex. A round that
///     is not optimal adds a violating group, of which there are finitely many.
/// Guarantee  `gap` is an upper bound of P − inf P for every depth-2 answer, converged or not, up to
///            rounding: ε max ‖x_j‖‖r‖/(nλw_j) times the penalty, which at λ < 1e−12 λ_max is no longer
///            small. Where ε‖x_j‖‖Xβ‖/(nλw_j) exceeds the tolerance and progress has ended, it is taken at
///            the nearest ν with the slopes of the optimum on the support. For depth > 2 a converged
///            answer is a prox fixed point with positive curvature on its support, as computed in
///            double; minima/ decides.
/// Memory  X is not copied, unless there is an intercept and a dense column has a mean of ten standard
///         deviations or more: then it is centred in a copy; or there are observation weights: then
///         its rows are multiplied with their roots in one.
/// Source  formulas: this project; working sets: Blitz (Johnson & Guestrin 2015), Celer (Massias et
///     al. 2018); the bound on skipped products: Bonnefoy et al. 2015, static form.
class WorkingSet {
public:
    /// Looks at every entry of X once (norms, finiteness).
    /// @throws InputError naming what is wrong and where: sizes, NaN or infinite entries (row and
    ///         column), columns whose squares overflow or underflow, y outside the loss's domain, a
    ///         column in no group or in two, weights < 0 or NaN, depth < 2, huber_delta ≤ 0, CSC
    ///         indices out of range, observation weights that are negative, not finite or all 0.
    explicit WorkingSet(const SparseProblem& problem, SparseSettings settings = {});
    ~WorkingSet();
    WorkingSet(WorkingSet&&) noexcept;
    WorkingSet& operator=(WorkingSet&&) noexcept;

    /// The least λ at which all penalised coefficients are 0, from the fit of the unpenalised ones
    /// alone; 0 if they are 0 at every λ. For depth > 2: at which 0 is a fixed point of the prox, which
    /// depends on depth (0 is a local minimizer at every λ).
    double lambda_max();

    /// Solves at λ from where the last call ended (from 0 at first). λ falls to the wanted one in
    /// `levels` steps; 0: in as many as suit the problem.
    /// @throws InputError if λ is not positive and finite.
    SparseSolution solve(double lambda, int levels = 0);

    /// Where the next call starts.
    /// @throws InputError unless there is one finite coefficient for each column.
    void start_at(std::span<const double> coefficients, double intercept);

    /// Back to 0; columns and their products are kept.
    void restart();

private:
    class Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace hadamard::optim
