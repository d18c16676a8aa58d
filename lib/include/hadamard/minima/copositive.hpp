#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <vector>

namespace hadamard::minima {

/// Signs of sᵀAs over the orthant s ≥ 0, s ≠ 0.
enum class Copositivity {
    strict,    ///< All positive.
    boundary,  ///< None negative, some 0.
    none,      ///< Some negative.
};

namespace detail {

/// det A by elimination, exact.
inline Rational determinant(Matrix<Rational> A) {
    Rational out(1);
    for (Index k = 0; k < A.rows(); ++k) {
        Index pivot = k;
        while (pivot < A.rows() && A(pivot, k) == 0) ++pivot;
        if (pivot == A.rows()) return Rational(0);
        if (pivot != k) {
            A.row(k).swap(A.row(pivot));
            out = -out;
        }
        out *= A(k, k);
        for (Index i = k + 1; i < A.rows(); ++i) {
            const Rational factor = A(i, k) / A(k, k);
            for (Index j = k; j < A.rows(); ++j) A(i, j) -= Rational(factor * A(k, j));
        }
    }
    return out;
}

/// Rows and columns of the bits in `kept`.
inline Matrix<Rational> submatrix(const Matrix<Rational>& A, unsigned rows, unsigned columns) {
    IndexList r, c;
    for (Index i = 0; i < A.rows(); ++i) {
        if ((rows >> i) & 1u) r.push_back(i);
        if ((columns >> i) & 1u) c.push_back(i);
    }
    return A(r, c);
}

/// The smallest sign among the entries of adj A, which is symmetric as A is.
inline Sign smallest_adjugate_sign(const Matrix<Rational>& A) {
    const unsigned all = (1u << A.rows()) - 1u;
    Sign out = Sign::positive;
    for (Index i = 0; i < A.rows(); ++i)
        for (Index j = 0; j <= i; ++j) {
            const Rational minor = determinant(submatrix(A, all & ~(1u << i), all & ~(1u << j)));
            const Sign sign = sign_of(Rational((i + j) % 2 == 0 ? minor : Rational(-minor)));
            if (sign == Sign::negative) return sign;
            if (sign == Sign::zero) out = sign;
        }
    return out;
}

}  // namespace detail

/// Which of the three a symmetric matrix is.
///
/// Exact   over all principal submatrices B, smaller ones first, by the criteria of Cottle, Habetler
///         and Lemke (1970) and of Hadeler (1983): when the proper principal submatrices of B are
///         (strictly) copositive, B is not copositive iff det B < 0 and adj B ≥ 0, and not strictly
///         copositive iff det B ≤ 0 and adj B > 0. The empty product: adj of a 1 × 1 matrix is 1.
/// Source  K. P. Hadeler, On copositive matrices, Linear Algebra Appl. 49 (1983), 79–89.
/// @pre A is square and symmetric, of order at most 16.
inline Copositivity copositivity(const Matrix<Rational>& A) {
    require(A.rows() == A.cols() && A.rows() <= 16, "copositivity: order above 16");
    std::vector<unsigned> subsets;
    for (int size = 1; size <= static_cast<int>(A.rows()); ++size)
        for (unsigned s = 1; s < (1u << A.rows()); ++s)
            if (__builtin_popcount(s) == size) subsets.push_back(s);
    Copositivity out = Copositivity::strict;
    for (const unsigned s : subsets) {
        const Matrix<Rational> B = detail::submatrix(A, s, s);
        const Rational det = detail::determinant(B);
        if (det > 0) continue;
        const Sign adjugate = detail::smallest_adjugate_sign(B);
        if (det < 0 && adjugate != Sign::negative) return Copositivity::none;
        // While all before were strict, a B that is not strict has adj B > 0; later, `boundary` stays.
        if (adjugate == Sign::positive) out = Copositivity::boundary;
    }
    return out;
}

}  // namespace hadamard::minima
