#pragma once

#include "hadamard/penalties/detail/block.hpp"
#include "hadamard/penalties/detail/power_prox.hpp"

namespace hadamard::penalty::detail {

/// ‖b‖₂ ≤ bound; over `Rational` without the root, which may be irrational.
template <OrderedField T>
bool is_within(const Vector<T>& b, const T& bound) {
    if constexpr (ScalarTraits<T>::is_exact)
        return squared_norm(b) <= bound * bound;
    else
        return norm(b) <= bound;
}

/// argmin_z  a ‖z‖₂^q + ½‖z − b‖²: the scalar prox along b, since both terms are radial around it.
///
/// Error   as `power_prox`.
/// @pre a ≥ 0; q in (0, 1].
template <OrderedField T>
Vector<T> block_prox(const Vector<T>& b, const T& a, Exponent q) {
    if (b.size() == 1) {
        const T shrunk = power_prox(magnitude(b[0]), a, q);
        return Vector<T>::Constant(1, b[0] < T(0) && T(0) < shrunk ? T(-shrunk) : shrunk);
    }
    if (is_zero_block(b) || a == T(0)) return b;
    if (q == Exponent(1) && is_within(b, a)) return Vector<T>::Zero(b.size());
    const T length = norm(b);
    if (!is_finite(length)) return b;
    return b * T(power_prox(length, a, q) / length);
}

}  // namespace hadamard::penalty::detail
