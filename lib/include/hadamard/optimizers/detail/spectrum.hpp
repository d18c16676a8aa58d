#pragma once

#include "hadamard/core/concepts.hpp"

#include <Eigen/Eigenvalues>

#include <optional>

namespace hadamard::optim::detail {

/// H = V diag(values) Vᵀ, values increasing.
template <RoundedField T>
struct Spectrum {
    Vector<T> values;
    Matrix<T> vectors;

    const T& lowest() const { return values[0]; }

    /// ‖H‖₂.
    T norm() const {
        const T a = magnitude(T(values[0])), b = magnitude(T(values[values.size() - 1]));
        return a < b ? b : a;
    }

    /// Eigenvalues nearer to 0 than this have no certain sign: the solver is backward stable, its
    /// error a small multiple of n rounding units of ‖H‖₂.
    T error() const {
        return T(16 * static_cast<long>(values.size())) * rounding_unit<T>() * norm();
    }
};

/// Nothing if an entry is not finite or the iteration does not converge.   @pre H is symmetric.
template <RoundedField T>
std::optional<Spectrum<T>> spectrum_of(const Matrix<T>& h) {
    for (Index j = 0; j < h.cols(); ++j)
        for (Index i = 0; i < h.rows(); ++i)
            if (!is_finite(h(i, j))) return std::nullopt;
    const Eigen::SelfAdjointEigenSolver<Matrix<T>> solver(h);
    if (solver.info() != Eigen::Success) return std::nullopt;
    return Spectrum<T>{solver.eigenvalues(), solver.eigenvectors()};
}

}  // namespace hadamard::optim::detail
