#pragma once

#include "solvers/design_operations.hpp"

#include <vector>

namespace hadamard::optim::detail {

/// √(n s_i / Σ s) for each row, or nothing where the problem has no observation weights.
///
/// Σ s_i ℓ(x_iᵀβ + b; y_i) / Σ s is a mean of ρ_i² ℓ over the rows, ρ the roots: the mean of
/// ℓ̃_i(z̃_i) = ρ_i² ℓ(z̃_i/ρ_i) for the design with rows ρ_i x_i and the intercept's column ρ. Its
/// derivative is ρ_i ℓ', its curvature ℓ'' itself, its conjugate ρ_i² ℓ*(ν_i/ρ_i): everything that
/// bounds products by norms of columns and of residuals holds as it stands.
/// @throws InputError unless there is one finite number ≥ 0 a row, and one of them positive.
Vector weight_roots(const SparseProblem& problem);

/// X itself if there are no roots, else a copy with row i times roots[i].
class WeightedDesign {
public:
    WeightedDesign(const Design& X, const Vector& roots);
    WeightedDesign(const WeightedDesign&) = delete;
    WeightedDesign& operator=(const WeightedDesign&) = delete;

    const Design& design() const { return design_; }

private:
    void scale_dense(const Design& X, const Vector& roots);
    void scale_sparse(const Design& X, const Vector& roots);

    Design design_;
    Buffer entries_;
};

}  // namespace hadamard::optim::detail
