#pragma once

#include "hadamard/penalties/detail/block.hpp"
#include "hadamard/penalties/detail/power_prox.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace hadamard::penalty::detail {

/// ‖b‖_p = (Σ abs(b_i)^p)^{1/p}, p > 0; for p < 1 no norm.
///
/// Exact   over `Rational` if the ratios abs(b_i)/max abs(b_i) are, to the power p.
/// Error   a few rounding units, relative; scaled by the largest entry, no overflow on the way.
template <Field T>
T p_norm(const Vector<T>& b, Exponent p) {
    if (b.size() == 1) return magnitude(T(b[0]));
    T scale(1);
    if constexpr (OrderedField<T>) {
        scale = largest_magnitude(b);
        if (!(T(0) < scale) || !is_finite(scale)) {  // 0, NaN or infinite
            for (Index i = 0; i < b.size(); ++i) scale += magnitude(T(b[i]));
            return scale;
        }
    }
    T sum(0);
    for (Index i = 0; i < b.size(); ++i) sum += abs_power(T(b[i] / scale), p);
    return scale * abs_power(sum, Exponent(1) / p);
}

/// ∇‖b‖_p at the nonzero entries, sign(b_i) (abs(b_i)/‖b‖_p)^{p−1}; 0 at the others.
/// @pre b is not 0.
template <Field T>
Vector<T> p_norm_gradient(const Vector<T>& b, Exponent p) {
    const T length = p_norm(b, p);
    Vector<T> out = Vector<T>::Constant(b.size(), T(0));
    for (Index i = 0; i < b.size(); ++i)
        if (!is_zero(b[i])) out[i] = signed_power(T(b[i] / length), p - 1);
    return out;
}

/// (p−1) (abs(b_i)/‖b‖_p)^{p−2}, which ∂²‖b‖_p/∂b_i² adds to the rank-one part; 0 at b_i = 0 but
/// for p = 2.
template <OrderedField T>
T p_norm_bend(const T& entry, const T& length, Exponent p) {
    if (p == Exponent(1) || (is_zero(entry) && p != Exponent(2))) return T(0);
    return (p - 1).template as<T>() * abs_power(T(entry / length), p - 2);
}
/// The whole line where the entry may be 0 and need not: the slope of abs(b_i)^p jumps there.
inline Interval p_norm_bend(const Interval& entry, const Interval& length, Exponent p) {
    if (is_zero(entry) && p != Exponent(2)) return Interval(0);
    if (p < Exponent(2) && entry.contains_zero()) {
        Interval out;
        arb_zero_pm_inf(out.data());
        return out;
    }
    if (p == Exponent(1)) return Interval(0);
    return (p - 1).as<Interval>() * abs_power(Interval(entry / length), p - 2);
}

/// The larger root N of  N − y + a q N^{q−1} = 0, if there is one: the nonzero local minimizer of
/// a N^q + ½(N − y)², whether or not 0 is lower.
///
/// Source  minima/scalar_oracle.hpp: for N = y s, α = a y^{q−2} the left side is least over s at
///         s_0 = (αq(1−q))^{1/(2−q)}, where it is s_0 (2−q)/(1−q) − 1.
/// @pre y ≥ 0; a > 0; q in (0, 1).
template <RoundedField T>
std::optional<T> larger_root(const T& y, const T& a, Exponent q) {
    if (!(T(0) < y) || !is_finite(y)) return std::nullopt;
    const T alpha = a / y * abs_power(y, q - 1);
    const T at_minimum = abs_power(T(alpha * (q * (Exponent(1) - q)).template as<T>()),
                                   Exponent(1) / (Exponent(2) - q));
    if (!(at_minimum * ((Exponent(2) - q) / (Exponent(1) - q)).template as<T>() < T(1)))
        return std::nullopt;
    return T(y * newton_root(alpha, q));
}

/// z_i = sign(b_i) max(abs(b_i) − τ, 0).
template <OrderedField T>
Vector<T> soft_threshold(const Vector<T>& b, const T& tau) {
    Vector<T> out(b.size());
    for (Index i = 0; i < b.size(); ++i) {
        const T left = magnitude(T(b[i])) - tau;
        out[i] = !(T(0) < left) ? T(0) : b[i] < T(0) ? T(-left) : left;
    }
    return out;
}

/// argmin_z  a ‖z‖_1^q + ½‖z − b‖²; at a tie 0.
///
/// Argument  For a given N = ‖z‖_1 ≤ ‖b‖_1 the nearest z is a soft threshold of b (a projection onto
///           an ℓ1 ball). Where it keeps the m largest entries, of sum X_m, its threshold is
///           τ = (X_m − N)/m, and the objective is a N^q + (X_m − N)²/(2m) + const: a local minimizer
///           N > 0 is the larger root of N − X_m + m a q N^{q−1} = 0, and then τ = a q N^{q−1}. So the
///           global minimizer is 0 or one of the n soft thresholds at these τ, whichever has the lowest
///           objective, evaluated as it is.
/// Error     |z_i − b_i + τ sign| ≤ a few rounding units of ‖b‖_1 at nonzero entries: at the global
///           minimizer the slope aq(1−q) N^{q−2} of τ in N is at most 1/m.
/// @pre a ≥ 0; q in (0, 1).
/// @throws NotRepresentable over `Rational` if a > 0 and b is not 0.
template <OrderedField T>
Vector<T> one_norm_prox(const Vector<T>& b, const T& a, Exponent q) {
    if (b.size() == 1) {
        const T shrunk = power_prox(magnitude(T(b[0])), a, q);
        return Vector<T>::Constant(1, b[0] < T(0) && T(0) < shrunk ? T(-shrunk) : shrunk);
    }
    if (is_zero_block(b) || a == T(0) || !is_finite(T(b.sum()))) return b;
    if constexpr (ScalarTraits<T>::is_exact) {
        throw NotRepresentable("prox of |b|_1^(" + q.text() + ") is not rational");
    } else {
        std::vector<T> sizes;
        for (Index i = 0; i < b.size(); ++i) sizes.push_back(magnitude(T(b[i])));
        std::sort(sizes.begin(), sizes.end(), std::greater<T>());
        Vector<T> best = Vector<T>::Zero(b.size());
        T lowest = b.squaredNorm() / T(2);
        lowest -= T(8) * rounding_unit<T>() * lowest;  // within rounding of a tie it is 0
        T sum(0);
        for (std::size_t m = 1; m <= sizes.size(); ++m) {
            sum += sizes[m - 1];
            const std::optional<T> root = larger_root(sum, T(a * T(static_cast<int>(m))), q);
            if (!root) continue;
            const T tau = a * q.as<T>() * abs_power(*root, q - 1);
            const Vector<T> z = soft_threshold(b, tau);
            const T value =
                a * abs_power(p_norm(z, Exponent(1)), q) + Vector<T>(z - b).squaredNorm() / T(2);
            if (value < lowest) {
                lowest = value;
                best = z;
            }
        }
        return best;
    }
}

}  // namespace hadamard::penalty::detail
