#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <vector>

namespace hadamard::loss::detail {

/// Whether every eigenvalue of a symmetric rational matrix is ≥ 0.
///
/// Exact   symmetric elimination: a negative diagonal entry refutes; eliminating a positive one is
///         a congruence of the rest; when only zeros are left on the diagonal, a nonzero a_ij gives
///         the value −2 abs(a_ij) of xᵀAx at x = e_i ∓ e_j, so the rest must be 0.
/// @pre A is square and symmetric.
inline bool is_positive_semidefinite(Matrix<Rational> A) {
    const Index n = A.rows();
    std::vector<bool> done(static_cast<std::size_t>(n), false);
    const auto left = [&done](Index i) { return !done[static_cast<std::size_t>(i)]; };
    for (;;) {
        Index pivot = n;
        for (Index i = 0; i < n; ++i) {
            if (!left(i)) continue;
            if (A(i, i) < 0) return false;
            if (A(i, i) > 0 && pivot == n) pivot = i;
        }
        if (pivot == n) break;
        done[static_cast<std::size_t>(pivot)] = true;
        for (Index i = 0; i < n; ++i) {
            if (!left(i) || A(i, pivot) == 0) continue;
            const Rational factor = A(i, pivot) / A(pivot, pivot);
            for (Index j = 0; j < n; ++j)
                if (left(j)) A(i, j) -= Rational(factor * A(pivot, j));
        }
    }
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j)
            if (left(i) && left(j) && A(i, j) != 0) return false;
    return true;
}

}  // namespace hadamard::loss::detail
