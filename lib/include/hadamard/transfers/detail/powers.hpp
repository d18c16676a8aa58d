#pragma once

/// @file
/// The scalar powers inside the power and shared forms, with two derivatives.
///
/// Kinks   where a derivative does not exist, or is infinite, an ordered scalar gets 0 (ask
///         `smoothness_at` first); `Interval` gets every generalised value: [−1, 1] for sign(t) as
///         soon as t may be 0, the whole line for an infinite or jumping derivative.

#include "hadamard/core/elementary.hpp"

namespace hadamard::transfer::detail {

/// |t|^e; for e < 0 the kink rule above at t = 0.
template <OrderedField T>
T even_power(const T& t, Exponent e) {
    return e < Exponent(0) && t == T(0) ? T(0) : abs_power(t, e);
}
inline Interval even_power(const Interval& t, Exponent e) { return abs_power(t, e); }

/// sign(t)|t|^e, e ≥ 0; for e = 0 the kink rule above at t = 0.
template <OrderedField T>
T odd_power(const T& t, Exponent e) {
    return signed_power(t, e);
}
inline Interval odd_power(const Interval& t, Exponent e) {
    if (e >= Exponent(1)) return t * abs_power(t, e - 1);  // keeps both endpoints' own size
    if (e == Exponent(0)) return t.contains_zero() ? Interval::ball(0, 1) : unit_sign(t);
    return signed_power(t, e);
}

/// d/dt |t|^e = e sign(t)|t|^{e−1}, e ≥ 1.
template <Field T>
T modulus_slope(const T& t, Exponent e) {
    return e.as<T>() * odd_power(t, e - 1);
}

/// d²/dt² |t|^e = e(e−1)|t|^{e−2}, e ≥ 1.
template <Field T>
T modulus_bend(const T& t, Exponent e) {
    if (e == Exponent(1)) return sign_slope(t);
    return (e * (e - 1)).as<T>() * even_power(t, e - 2);
}

/// The largest r < e: |t|^e and t|t|^{e−1} are C^r at 0 and no better, unless they are polynomials.
inline int smoothness_of_power(Exponent e) {
    return static_cast<int>((e.num() - 1) / e.den());  // ⌈e⌉ − 1 for e > 0
}

/// True iff t is known not to be 0.
template <Field T>
bool certainly_nonzero(const T& t) {
    const Sign sign = sign_of(t);
    return sign == Sign::positive || sign == Sign::negative;
}

}  // namespace hadamard::transfer::detail
