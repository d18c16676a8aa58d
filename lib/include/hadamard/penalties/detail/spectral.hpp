#pragma once

/// @file
/// Singular values for the nuclear norm and its transfer: rounded, exact where they can be verified,
/// enclosed where they are bounded. What is for one scalar alone is a template all the same: a file
/// that does not call it does not compile it either, which for an `Svd<Real<200>>` takes seconds.

#include "hadamard/core/elementary.hpp"
#include "hadamard/core/interval.hpp"
#include "hadamard/core/product.hpp"
#include "hadamard/core/types.hpp"
#include "hadamard/losses/detail/semidefinite.hpp"

#include <Eigen/LU>
#include <Eigen/SVD>

#include <acb_mat.h>

#include <algorithm>
#include <concepts>
#include <vector>

namespace hadamard::penalty::detail {

/// B = left · diag(values) · rightᵀ with square orthogonal left and right, values decreasing.
template <RoundedField T>
struct Svd {
    Matrix<T> left;
    Vector<T> values;
    Matrix<T> right;

    /// left_i f(σ_i) right_iᵀ summed over i < count.
    template <class F>
    Matrix<T> mapped(Index count, F f) const {
        Matrix<T> out = Matrix<T>::Zero(left.rows(), right.rows());
        for (Index i = 0; i < count; ++i)
            out += left.col(i) * Vector<T>(right.col(i) * T(f(values[i]))).transpose();
        return out;
    }

    /// Singular values above the error of computing them, a few units of rounding of the largest.
    Index rank() const {
        const Index most = std::max(left.rows(), right.rows());
        Index out = 0;
        while (out < values.size() &&
               T(16) * T(static_cast<int>(most)) * rounding_unit<T>() * values[0] < values[out])
            ++out;
        return out;
    }
};

/// Error   σ_i to a few units of rounding of σ_1 (two-sided Jacobi).
template <RoundedField T>
Svd<T> svd(const Matrix<T>& B) {
    const Eigen::JacobiSVD<Matrix<T>> work(B, Eigen::ComputeFullU | Eigen::ComputeFullV);
    return {work.matrixU(), work.singularValues(), work.matrixV()};
}

/// The derivative of the polar factor A_ρC_ρᵀ along H, both in the singular bases, within rank ρ.
template <RoundedField T>
Matrix<T> polar_slope(const Svd<T>& work, const Matrix<T>& H) {
    const Index least = work.values.size(), rank = work.rank();
    Matrix<T> out = Matrix<T>::Zero(H.rows(), H.cols());
    for (Index j = 0; j < H.cols(); ++j)
        for (Index i = 0; i < H.rows(); ++i) {
            const Index first = std::min(i, j);
            if (first >= rank) continue;
            if (i < least && j < least)
                out(i, j) = (H(i, j) - H(j, i)) / (work.values[i] + work.values[j]);
            else
                out(i, j) = H(i, j) / work.values[first];
        }
    return out;
}

/// The simplest rational within 1e−150 (1 + |a|) on the way of a's continued fraction: it *finds* an
/// exact number, which the caller then verifies by an identity.
inline Rational nearby_rational(const Real<200>& a) {
    const Rational target = to_rational(a);
    const Rational close = (1 + magnitude(target)) / Rational(Integer("1" + std::string(150, '0')));
    Rational rest = target;
    Integer p0 = 0, p1 = 1, q0 = 1, q1 = 0;
    while (true) {
        Integer floor;
        mpz_fdiv_q(floor.backend().data(), Integer(numerator(rest)).backend().data(),
                   Integer(denominator(rest)).backend().data());
        const Integer p2 = floor * p1 + p0, q2 = floor * q1 + q0;
        p0 = p1, p1 = p2, q0 = q1, q1 = q2;
        const Rational convergent(p1, q1);
        if (magnitude(Rational(convergent - target)) <= close) return convergent;
        rest = 1 / Rational(rest - Rational(floor));  // not 0: the convergent would be the target
    }
}

template <std::same_as<Real<200>> T>
Matrix<Rational> nearby_rational(const Matrix<T>& A) {
    return A.unaryExpr([](const T& a) -> Rational { return nearby_rational(a); });
}

/// (B Bᵀ)^{1/2}, found in 200 digits and verified.
/// @throws NotRepresentable when it is irrational.
template <std::same_as<Rational> T>
Matrix<T> exact_modulus(const Matrix<T>& B) {
    const Svd<Real<200>> work = svd(from_rational<Real<200>>(B));
    Matrix<Real<200>> root = Matrix<Real<200>>::Zero(B.rows(), B.rows());
    for (Index i = 0; i < work.values.size(); ++i)
        root += work.left.col(i) *
                Vector<Real<200>>(work.left.col(i) * work.values[i]).transpose();
    const Matrix<T> N = nearby_rational(root);
    const bool is_root = N == N.transpose() && N * N == B * B.transpose() &&
                         loss::detail::is_positive_semidefinite(N);
    if (!is_root) throw NotRepresentable("the modulus of a matrix is not rational");
    return N;
}

/// Y ∈ ∂‖B‖_*, decided without a square root:
///     YᵀB symmetric positive semidefinite,  YYᵀB = B,  I − YᵀY positive semidefinite.
///
/// If they hold, H = YᵀB has YH = B and H² = BᵀYYᵀB = BᵀB, so that H = (BᵀB)^{1/2} and ⟨Y, B⟩ =
/// tr H = ‖B‖_* with ‖Y‖ ≤ 1. Conversely Y = ACᵀ + W with B = AΣCᵀ, AᵀW = 0, WC = 0, ‖W‖ ≤ 1 (Watson
/// 1992) has YᵀB = CΣCᵀ and YYᵀB = YCΣCᵀ = B.
template <std::same_as<Rational> T>
bool is_subgradient(const Matrix<T>& Y, const Matrix<T>& B) {
    const Matrix<T> H = Y.transpose() * B;
    if (H != H.transpose() || Y * H != B) return false;
    const Matrix<T> slack = Matrix<T>::Identity(Y.cols(), Y.cols()) - Y.transpose() * Y;
    return loss::detail::is_positive_semidefinite(slack) &&
           loss::detail::is_positive_semidefinite(H);
}

/// B Bᵀ for a B with two rows, as its three entries, and |det| of a square one.
template <Field T>
struct Gram2 {
    T a, b, c;     ///< [[a, b], [b, c]].
    T determinant;  ///< Σ of squared 2 × 2 minors (Cauchy–Binet): no cancellation, hence ≥ 0.

    explicit Gram2(const Matrix<T>& B) : a(0), b(0), c(0), determinant(0) {
        for (Index j = 0; j < B.cols(); ++j) {
            a += square(T(B(0, j)));
            b += B(0, j) * B(1, j);
            c += square(T(B(1, j)));
            for (Index i = 0; i < j; ++i)
                determinant += square(T(B(0, i) * B(1, j) - B(0, j) * B(1, i)));
        }
    }
};

/// √a for an enclosure of a number known to be ≥ 0: what lies below 0 is error.
inline Interval root_of_nonnegative(const Interval& a) {
    if (sign_of(a) == Sign::positive) return sqrt(a);
    if (is_zero(a)) return Interval(0);
    return hull(Interval(0), sqrt(a.upper_magnitude()));
}
template <OrderedField T>
T root_of_nonnegative(const T& a) {
    return square_root(a);
}

/// σ_1 + σ_2 of a B with two rows: (σ_1 + σ_2)² = ‖B‖_F² + 2 σ_1σ_2, σ_1σ_2 = √det BBᵀ.
template <Field T>
T nuclear_norm_of_two_rows(const Matrix<T>& B) {
    const Gram2<T> M(B);
    const T product = root_of_nonnegative(M.determinant);
    return root_of_nonnegative(T(M.a + M.c + T(2) * product));
}

/// Σ √μ over the eigenvalues μ of BBᵀ, all enclosed by Arb; where that fails, ‖B‖_F ≤ ‖B‖_* ≤
/// √rows ‖B‖_F.
template <std::same_as<Interval> T>
T nuclear_norm_by_eigenvalues(const Matrix<T>& B) {
    const Index n = B.rows();
    const long bits = Interval::precision();
    acb_mat_t M, approximate_vectors;
    acb_mat_init(M, n, n);
    acb_mat_init(approximate_vectors, n, n);
    acb_ptr approximate = _acb_vec_init(n), enclosed = _acb_vec_init(n);
    Interval trace(0);
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j) {
            Interval entry(0);
            for (Index k = 0; k < B.cols(); ++k)
                entry += i == j ? square(Interval(B(i, k))) : Interval(B(i, k) * B(j, k));
            if (i == j) trace += entry;
            acb_set_arb(acb_mat_entry(M, i, j), entry.data());
        }
    bool found = trace.is_finite();
    if (found) {
        acb_mat_approx_eig_qr(approximate, nullptr, approximate_vectors, M, nullptr, 0, bits);
        found = acb_mat_eig_multiple(enclosed, M, approximate, approximate_vectors, bits) != 0;
    }
    Interval out(0);
    for (Index i = 0; found && i < n; ++i) {
        Interval eigenvalue;
        acb_get_real(eigenvalue.data(), enclosed + i);
        out += root_of_nonnegative(eigenvalue);
    }
    _acb_vec_clear(approximate, n);
    _acb_vec_clear(enclosed, n);
    acb_mat_clear(M);
    acb_mat_clear(approximate_vectors);
    if (found && out.is_finite()) return out;
    const Interval length = root_of_nonnegative(trace);
    return hull(length, sqrt(Interval(static_cast<long>(n))) * length);
}

}  // namespace hadamard::penalty::detail
