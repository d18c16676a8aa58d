#pragma once

#include "hadamard/core/interval.hpp"
#include "hadamard/core/product.hpp"
#include "hadamard/core/types.hpp"
#include "hadamard/minima/decision.hpp"
#include "hadamard/minima/diagonal_congruence.hpp"

#include <concepts>
#include <limits>

namespace hadamard::minima {

/// Inertia of a symmetric rational matrix by exact congruence elimination.
///
/// Exact   each step is a congruence (Sylvester): a nonzero diagonal entry is one eigenvalue sign;
///         when all remaining diagonal entries are 0, a nonzero a_ij is a 2×2 block with one
///         positive and one negative sign; when all entries are 0, so are the eigenvalues.
/// @pre A is square and symmetric.
Inertia exact_inertia(Matrix<Rational> A);

namespace detail {

/// V in T with VᵀAV nearly diagonal at the midpoint of `A`.
template <class T>
Matrix<T> midpoint_congruence(const Matrix<Interval>& A) {
    Matrix<T> middle(A.rows(), A.cols());
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i) {
            if constexpr (std::same_as<T, double>)
                middle(i, j) = A(i, j).midpoint_as_double();
            else
                middle(i, j) = A(i, j).template midpoint_as_real<ScalarTraits<T>::digits>();
        }
    return diagonal_congruence(middle);
}

/// Signs by Gershgorin's discs of VᵀAV for the thin matrix V. Sound for every V: if all discs avoid
/// 0 then VᵀAV, hence V, is nonsingular and Sylvester's law applies; and a negative diagonal entry
/// is vᵀAv < 0 for a column v, whatever the discs say.
template <class T>
Inertia gershgorin_inertia(const Matrix<Interval>& A, const Matrix<T>& V) {
    Matrix<Interval> thin(V.rows(), V.cols());
    for (Index j = 0; j < V.cols(); ++j)
        for (Index i = 0; i < V.rows(); ++i) {
            if (!is_finite(V(i, j))) {
                Inertia nothing;
                nothing.unknown = A.rows();
                return nothing;
            }
            thin(i, j) = Interval::exactly(V(i, j));
        }
    const Matrix<Interval> right = times(A, thin);
    const Matrix<Interval> B = transpose_times(thin, right);
    Inertia out;
    for (Index i = 0; i < B.rows(); ++i) {
        Interval radius(0);
        for (Index j = 0; j < B.cols(); ++j)
            if (j != i) radius += B(i, j).upper_magnitude();
        switch (sign_of(Interval::ball(B(i, i), radius.upper_magnitude()))) {
            case Sign::positive: ++out.positive; break;
            case Sign::negative: ++out.negative; break;
            default: ++out.unknown;
        }
        if (sign_of(B(i, i)) == Sign::negative) out.indefinite = true;
    }
    return out;
}

/// D A D with D the powers of two nearest 1/√|a_ii|: a congruence that evens out scales.
inline Matrix<Interval> equilibrated(Matrix<Interval> A) {
    Vector<Interval> d(A.rows());
    for (Index i = 0; i < A.rows(); ++i) {
        const long e = arf_abs_bound_lt_2exp_si(arb_midref(A(i, i).data()));
        d[i] = Interval(1);
        const bool usable = A(i, i).is_finite() && !A(i, i).contains_zero();
        if (usable) arb_mul_2exp_si(d[i].data(), d[i].data(), -(e / 2));
    }
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i) A(i, j) = d[i] * A(i, j) * d[j];
    return A;
}

}  // namespace detail

namespace detail {

/// Signs by `midpoint_congruence` in double, then, if one is left unknown, in `Finer`.
template <RoundedField Finer>
Inertia preconditioned_inertia(const Matrix<Interval>& A) {
    if (A.rows() == 0) return {};
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i)
            if (!A(i, j).is_finite()) {
                Inertia nothing;
                nothing.unknown = A.rows();
                return nothing;
            }
    const Matrix<Interval> scaled = equilibrated(A);
    const Inertia quick = gershgorin_inertia(scaled, midpoint_congruence<double>(scaled));
    if (quick.unknown == 0) return quick;
    return gershgorin_inertia(scaled, midpoint_congruence<Finer>(scaled));
}

}  // namespace detail

/// Inertia of every symmetric matrix within an interval matrix, as far as it is certain.
///
/// Guarantee  a counted sign holds for all symmetric members of A; `indefinite` means that one fixed
///            direction has negative curvature for all of them.
/// Method     L D Lᵀ of the midpoint in double, then, if a sign is left unknown, in 50 digits; it only
///            preconditions, so its errors cost sharpness, not truth.
Inertia enclosed_inertia(const Matrix<Interval>& A);

/// Inertia of a symmetric matrix of `Real<D>`, taken for exact numbers: for the signs of eigenvalues
/// a tenth of the work of the eigenvalues, and certain.
template <unsigned D>
Inertia enclosed_inertia(const Matrix<Real<D>>& A) {
    // A third more bits than A has: VᵀAV is enclosed to more than V is good for.
    const PrecisionScope scope(std::numeric_limits<Real<D>>::digits * 4 / 3);
    Matrix<Interval> thin(A.rows(), A.cols());
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i) thin(i, j) = Interval::exactly(A(i, j));
    return detail::preconditioned_inertia<Real<D>>(thin);
}

}  // namespace hadamard::minima
