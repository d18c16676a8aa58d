#pragma once

/// @file
/// Matrix products for every scalar. Eigen's kernels ask a scalar for ==, which an `Interval`
/// does not have; Arb's dot product is also faster and rounds once.

#include "hadamard/core/interval.hpp"
#include "hadamard/core/types.hpp"

#include <type_traits>

namespace hadamard {

namespace detail {

static_assert(sizeof(Interval) == sizeof(arb_struct) && std::is_standard_layout_v<Interval>,
              "a column of intervals must be an array of Arb balls");

/// Σ_k a[k·stride] x[k], k < size, enclosed.
inline Interval dot(const Interval* a, Index stride, const Interval* x, Index size) {
    Interval out;
    if (size > 0)
        arb_dot(out.data(), nullptr, 0, a->data(), static_cast<slong>(stride), x->data(), 1,
                static_cast<slong>(size), Interval::precision());
    return out;
}

}  // namespace detail

/// A x.
/// @pre A.cols() == x.size().
template <class T>
Vector<T> times(const Matrix<T>& A, const Vector<T>& x) {
    require_size(x.size(), A.cols(), "times");
    if constexpr (std::same_as<T, Interval>) {
        Vector<T> out(A.rows());
        for (Index i = 0; i < A.rows(); ++i)
            out[i] = detail::dot(A.data() + i, A.rows(), x.data(), x.size());
        return out;
    } else {
        Vector<T> out = A * x;
        return out;
    }
}

/// Aᵀ x.
/// @pre A.rows() == x.size().
template <class T>
Vector<T> transpose_times(const Matrix<T>& A, const Vector<T>& x) {
    require_size(x.size(), A.rows(), "transpose_times");
    if constexpr (std::same_as<T, Interval>) {
        Vector<T> out(A.cols());
        for (Index j = 0; j < A.cols(); ++j)
            out[j] = detail::dot(A.data() + j * A.rows(), 1, x.data(), x.size());
        return out;
    } else {
        Vector<T> out = A.transpose() * x;
        return out;
    }
}

/// A B.
/// @pre A.cols() == B.rows().
template <class T>
Matrix<T> times(const Matrix<T>& A, const Matrix<T>& B) {
    Matrix<T> out(A.rows(), B.cols());
    for (Index j = 0; j < B.cols(); ++j) out.col(j) = times(A, Vector<T>(B.col(j)));
    return out;
}

/// Aᵀ B.
/// @pre A.rows() == B.rows().
template <class T>
Matrix<T> transpose_times(const Matrix<T>& A, const Matrix<T>& B) {
    Matrix<T> out(A.cols(), B.cols());
    for (Index j = 0; j < B.cols(); ++j) out.col(j) = transpose_times(A, Vector<T>(B.col(j)));
    return out;
}

/// Aᵀ diag(w) A, symmetric to the last bit.
/// @pre A.rows() == w.size().
template <class T>
Matrix<T> weighted_gram(const Matrix<T>& A, const Vector<T>& w) {
    require_size(w.size(), A.rows(), "weighted_gram");
    Matrix<T> out(A.cols(), A.cols());
    for (Index j = 0; j < A.cols(); ++j) {
        Vector<T> column = A.col(j);
        for (Index i = 0; i < w.size(); ++i) column[i] *= w[i];
        for (Index i = 0; i <= j; ++i) {
            if constexpr (std::same_as<T, Interval>)
                out(i, j) = detail::dot(A.data() + i * A.rows(), 1, column.data(), column.size());
            else
                out(i, j) = A.col(i).dot(column);
            out(j, i) = out(i, j);
        }
    }
    return out;
}

}  // namespace hadamard
