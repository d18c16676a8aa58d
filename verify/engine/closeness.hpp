#pragma once

/// @file
/// How close a comparison came to failing, in `double` and relative to its terms: what `Trial`
/// notes for searches to climb. It decides nothing.

#include "hadamard/core/interval.hpp"
#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <limits>

namespace hadamard::verify {

/// What says nothing of how close a part is to failing.
constexpr double no_margin = std::numeric_limits<double>::quiet_NaN();

namespace detail {

inline double in_double(double a) { return a; }
inline double in_double(const Interval& a) { return a.midpoint_as_double(); }
template <class T>
double in_double(const T& a) {
    return a.template convert_to<double>();
}

}  // namespace detail

/// The margin of left ≤ right: (left − right)/(|left| + |right|) in [−1, 1]; 0 where both are 0.
/// The quotient is taken in T, so that terms of 1e−400 compare like any others.
template <class T>
double margin_of_at_most(const T& left, const T& right) {
    const T size = magnitude(left) + magnitude(right);
    if (is_zero(size)) return 0;
    const T difference = left - right;
    return detail::in_double(T(difference / size));
}

/// The margin of left = right: |left − right|/(|left| + |right|) > 0 where they differ. Where they do
/// not it says nothing: no equality holds with more room than another.
template <class T>
double margin_of_equal(const T& left, const T& right) {
    const T difference = left - right;
    if (is_zero(difference)) return no_margin;
    return detail::in_double(T(magnitude(difference) / T(magnitude(left) + magnitude(right))));
}

/// Likewise of vectors, in the norm Σ|x_i|.
template <class T>
double margin_of_equal(const Vector<T>& left, const Vector<T>& right) {
    T difference(0), size(0);
    for (Index i = 0; i < left.size(); ++i) {
        difference += magnitude(T(left[i] - right[i]));
        size += magnitude(left[i]) + magnitude(right[i]);
    }
    return is_zero(difference) ? no_margin : detail::in_double(T(difference / size));
}

/// The margin of x = 0: Σ|x_i| / (Σ|x_i| + scale) where it is not; else it says nothing.
/// @param scale  > 0: of the terms that cancel in x, or of what x stands beside.
template <class T>
double margin_of_zero(const Vector<T>& x, const T& scale) {
    T size(0);
    for (Index i = 0; i < x.size(); ++i) size += magnitude(x[i]);
    return is_zero(size) ? no_margin : detail::in_double(T(size / T(size + scale)));
}

/// The margin of "⟨a, b⟩ ≤ 0": the cosine of their angle; nothing where one of them is 0.
template <class T>
double margin_of_obtuse(const Vector<T>& a, const Vector<T>& b) {
    Vector<double> x(a.size()), y(b.size());
    for (Index i = 0; i < a.size(); ++i) {
        x[i] = detail::in_double(a[i]);
        y[i] = detail::in_double(b[i]);
    }
    return x.dot(y) / (x.norm() * y.norm());
}

/// The margin of "symmetric H has no negative eigenvalue": −min μ / max |μ|; nothing for H = 0, or
/// without rows.
double margin_of_no_descent(const Matrix<double>& H);

/// The margin of statements that count the signs of eigenvalues: −min |μ| / max |μ| over the
/// eigenvalues that are not 0 up to rounding; nothing where there are none.
double margin_of_signs(const Matrix<double>& H);

}  // namespace hadamard::verify
