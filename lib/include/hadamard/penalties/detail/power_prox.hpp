#pragma once

#include "hadamard/core/scalar.hpp"

namespace hadamard::penalty::detail {

/// The larger root s of  s − 1 + α q s^{q−1} = 0, corrected from `s` by one Newton step.
template <RoundedField T>
T newton_step(const T& s, const T& alpha, Exponent q) {
    const T pull = alpha * q.as<T>() * abs_power(s, q - 1);
    const T slope = T(1) - (T(1) - q.as<T>()) * pull / s;
    return s - (s - T(1) + pull) / slope;
}

/// q = 1/2. With s = t² the condition is t³ − t + α/2 = 0, three real roots, the largest
/// t = (2/√3) cos(arccos(−(3√3/4) α) / 3) by Viète (half-thresholding).
template <RoundedField T>
T half_root(const T& alpha) {
    using std::acos;
    using std::cos;
    const T root3 = square_root(T(3));
    const T angle = acos(T(-(T(3) * root3 / T(4)) * alpha));
    const T t = T(2) / root3 * cos(T(angle / T(3)));
    return t * t;
}

/// q = 2/3. With s = t³ the condition is t⁴ − t + c = 0, c = 2α/3. Adding u t² + u²/4 makes both
/// sides of t⁴ = t − c squares when u³ − 4cu − 1 = 0. Below the switch 4c/3 < 4^{−1/3}, so this
/// cubic has one real root, u = A + (4c/3)/A with A³ = 1/2 + √(1/4 − (4c/3)³), without
/// cancellation; the larger root of t² − √u t + u/2 − 1/(2√u) = 0 is t.
template <RoundedField T>
T two_thirds_root(const T& alpha) {
    const T p = T(8) * alpha / T(9);
    const T inner = square_root(T(T(1) / T(4) - p * p * p));
    const T a = abs_power(T(T(1) / T(2) + inner), Exponent(1, 3));
    const T u = a + p / a;
    const T root = square_root(u);
    const T t = (root + square_root(T(T(2) / root - u))) / T(2);
    return t * t * t;
}

/// Any q < 1. s − 1 + αq s^{q−1} is convex and positive at s = 1, and its slope at the larger root
/// is ≥ 1 − q/2: Newton's method from 1 falls monotonically to that root, until rounding stops it.
template <RoundedField T>
T newton_root(const T& alpha, Exponent q) {
    T s(1);
    for (int step = 0; step < 100; ++step) {
        const T next = newton_step(s, alpha, q);
        if (!(next < s)) return s;
        s = next;
    }
    return s;
}

/// argmin_{z ≥ 0}  a z^q + ½(z − y)².
///
/// Exact   over `Rational` at q = 1.
/// Error   |z − y + a q z^{q−1}| ≤ a few rounding units of y where z > 0. Scale-free: z = y s,
///         where s depends on α = a y^{q−2} alone, so that no y and a in range overflow.
/// Source  minima/scalar_oracle.hpp. The minimizer switches to 0 at y_glob, that is at
///         α = s^{2−q} / (2(1−q)), s = 2(1−q)/(2−q); within rounding of the switch, where 0 and
///         s have the same value, it is 0.
/// @pre y ≥ 0; a ≥ 0; q in (0, 1].
/// @throws NotRepresentable over `Rational` if q < 1 and a, y > 0.
template <OrderedField T>
T power_prox(const T& y, const T& a, Exponent q) {
    if (y == T(0) || a == T(0) || !is_finite(y)) return y;
    if (q == Exponent(1)) return a < y ? T(y - a) : T(0);
    if constexpr (ScalarTraits<T>::is_exact) {
        throw NotRepresentable("prox of |b|^(" + q.text() + ") is not rational");
    } else {
        // In this order α leaves the range of T only when its true value does.
        const T alpha = a / y * abs_power(y, q - 1);
        const T s = (Exponent(2) * (Exponent(1) - q) / (Exponent(2) - q)).template as<T>();
        const T at_switch = abs_power(s, Exponent(2) - q) / (T(2) * (T(1) - q.as<T>()));
        if (!(alpha < at_switch * (T(1) - T(8) * rounding_unit<T>()))) return T(0);
        if (q == Exponent(1, 2)) return y * newton_step(half_root(alpha), alpha, q);
        if (q == Exponent(2, 3)) return y * newton_step(two_thirds_root(alpha), alpha, q);
        return y * newton_root(alpha, q);
    }
}

/// The larger of the two; what is not finite, once met, stays.
template <OrderedField T>
T worse(const T& a, const T& b) {
    return is_finite(a) && !(b <= a) ? b : a;
}

}  // namespace hadamard::penalty::detail
