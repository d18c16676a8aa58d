#pragma once

/// @file
/// Penalised regression in double as the fast solvers see it: views of the caller's arrays, nothing
/// copied, no Eigen type, so that a library compiled for this processor can stand behind it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hadamard::optim {

/// The design X (n × p), in the caller's memory.
///
/// Shapes  dense: entry (i, j) is values[i + j·stride] by columns, values[i·stride + j] by rows.
///         sparse: column j is values[starts[j] … starts[j+1]) in the rows `indices` of the same
///         positions (CSC; rows within a column in any order, none twice).
struct Design {
    enum class Layout { columns, rows, sparse_columns };
    Layout layout = Layout::columns;
    std::ptrdiff_t rows = 0, columns = 0;
    const double* values = nullptr;
    std::ptrdiff_t stride = 0;              ///< Dense only.
    const std::int64_t* starts = nullptr;   ///< Sparse only, columns + 1 of them.
    const std::int32_t* indices = nullptr;  ///< Sparse only.
};

/// ℓ(z; y) of losses/: least squares (z − y)²/2, logistic log(1 + e^z) − yz, Poisson e^z − yz, Huber.
enum class LossKind { least_squares, logistic, poisson, huber };

/// By the names of losses/.
/// @throws InputError listing them.
LossKind loss_kind(const std::string& name);

/// min over (β, b) of  P = (1/n) Σ_i ℓ(x_iᵀβ + b; y_i) + λ Σ_g w_g ‖β_g‖₂^q,  q = 2/depth.
///
/// With observation weights s the loss is the weighted mean Σ_i s_i ℓ(x_iᵀβ + b; y_i) / Σ_i s_i.
/// Units   λ as everywhere here: losses are means, least squares is ‖y − Xβ‖²/(2n). glmnet and
///         scikit-learn's Lasso have the same λ for least squares; scikit-learn's C is 1/(nλ).
///         Only ratios of observation weights matter, and whole ones are that many copies of their
///         rows at the same λ: so in glmnet, and in scikit-learn's Lasso; its C is 1/(λ Σ s).
struct SparseProblem {
    Design X;
    std::span<const double> y;  ///< n of them; logistic: 0 or 1; Poisson: counts.
    LossKind loss = LossKind::least_squares;
    double huber_delta = 1;  ///< δ > 0 of the Huber loss.
    /// The columns of each group; every column in exactly one; a group may be empty. No groups: each
    /// column its own.
    std::vector<std::vector<std::ptrdiff_t>> groups;
    /// w_g ≥ 0, one a group (column); none: all 1. 0: unpenalised; infinite: β_g = 0.
    std::vector<double> weights;
    bool intercept = false;  ///< Whether b is free (and unpenalised) or 0.
    int depth = 2;           ///< k ≥ 2 factors: q = 2/k; 2 is ℓ1 and the group lasso.
    /// s_i ≥ 0 and finite, one a row, not all 0; none: all 1. 0: as if the row were not there, but its
    /// entries must be numbers and its y one that the loss takes.
    std::span<const double> observation_weights = {};
};

/// Why a solver ended. `converged`: the tolerance was met.
enum class SparseStop { converged, iteration_limit, no_progress, interrupted };

/// "converged", …
std::string to_string(SparseStop stop);

/// A point and what is known of it.
struct SparseSolution {
    double lambda = 0;
    std::vector<double> coefficients;  ///< β, p of them.
    double intercept = 0;
    double objective = 0;  ///< P there.
    /// depth 2: P − D(ν) ≥ P − inf P, an upper bound computed without cancellation; else NaN. ν is a
    /// feasible multiple of ℓ'(Xβ) made orthogonal to unpenalised columns: for least squares the best of
    /// them, so that the gap may be smaller than that of programs which only scale into feasibility.
    /// The error of β is of the order of its root.
    double gap = 0;
    double relative_gap = 0;  ///< gap / P(0, 0), or gap itself where P(0, 0) = 0.
    /// Largest violation of the prox fixed point over the groups, relative: ‖g − λ∇R‖/‖λ∇R‖ where β_g is
    /// not 0, ‖g‖ over the slope at which the group leaves 0, less 1, where it is.
    double residual = 0;
    std::ptrdiff_t support = 0;       ///< Nonzero coefficients.
    std::ptrdiff_t iterations = 0;    ///< Outer rounds.
    std::ptrdiff_t newton_steps = 0;  ///< Accepted Hadamard-Newton steps.
    std::ptrdiff_t sweeps = 0;        ///< Prox sweeps over a working set.
    double passes = 0;                ///< Columns of X multiplied with a residual, in units of p.
    double cpu_seconds = 0;           ///< Of this thread, for this solution alone.
    SparseStop stop = SparseStop::iteration_limit;
};

/// How far to go.
struct SparseSettings {
    double tolerance = 1e-8;  ///< On relative_gap (depth 2) or residual (depth > 2), > 0.
    std::ptrdiff_t max_iterations = 1000;  ///< Outer rounds for one λ.
    /// Asked after every sweep over a working set and every round; true stops.
    std::function<bool()> is_interrupted = nullptr;
    /// Sees β, b and the number of rounds made, before every outer round; false stops.
    std::function<bool(std::span<const double> coefficients, double intercept,
                       std::ptrdiff_t rounds)>
        watch = nullptr;
};

}  // namespace hadamard::optim
