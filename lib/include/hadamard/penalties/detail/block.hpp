#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/core/interval.hpp"
#include "hadamard/core/types.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::penalty::detail {

/// Every entry is exactly 0.
template <Field T>
bool is_zero_block(const Vector<T>& b) {
    for (Index i = 0; i < b.size(); ++i)
        if (!is_zero(b[i])) return false;
    return true;
}

/// ‖b‖₂².
template <Field T>
T squared_norm(const Vector<T>& b) {
    T sum(0);
    for (Index i = 0; i < b.size(); ++i) {
        if constexpr (OrderedField<T>)
            sum += b[i] * b[i];
        else
            sum += abs_power(b[i], Exponent(2));  // the square of one ball, not of two
    }
    return sum;
}

/// max_i |b_i|.
template <OrderedField T>
T largest_magnitude(const Vector<T>& b) {
    T largest(0);
    for (Index i = 0; i < b.size(); ++i)
        if (largest < magnitude(b[i])) largest = magnitude(b[i]);
    return largest;
}

/// b divided by its largest modulus: the squares then neither overflow nor vanish. Intervals, which
/// have no largest entry and no overflow, stay as they are.
/// @pre b is not 0.
template <Field T>
Vector<T> rescaled(const Vector<T>& b) {
    if constexpr (OrderedField<T>)
        return b / largest_magnitude(b);
    else
        return b;
}

/// ‖b‖² neither overflowed nor lost digits to underflow.
template <RoundedField T>
bool is_trustworthy_square(const T& s) {
    return is_finite(s) && std::numeric_limits<T>::min() / rounding_unit<T>() < s;
}

/// ‖b‖₂^e.
///
/// Exact   over `Rational` if |b| (one entry) or (‖b‖²)^{e/2} is rational; else NotRepresentable.
/// Error   a few rounding units, relative; no overflow on the way.
/// @pre b is not 0, or e > 0.
template <Field T>
T norm_power(const Vector<T>& b, Exponent e) {
    if (b.size() == 1) return abs_power(b[0], e);
    const T s = squared_norm(b);
    if constexpr (RoundedField<T>) {
        if (!is_trustworthy_square(s)) {
            if (is_zero_block(b)) return T(0);
            const T length = largest_magnitude(b) * square_root(squared_norm(rescaled(b)));
            return abs_power(length, e);
        }
    }
    return abs_power(s, e / 2);
}

template <Field T>
T norm(const Vector<T>& b) {
    return norm_power(b, Exponent(1));
}

/// The gradient of w‖b‖^q,  w q ‖b‖^{q−2} b.
/// @pre b is not 0.
template <Field T>
Vector<T> block_gradient(const Vector<T>& b, const T& weight, Exponent q) {
    const T scale = weight * q.as<T>();
    if (b.size() == 1) return Vector<T>::Constant(1, scale * signed_power(b[0], q - 1));
    if constexpr (RoundedField<T>) {
        // ‖b‖^{q−2} alone may overflow where its product with b does not.
        const Vector<T> direction = b / norm(b);
        return direction * T(scale * norm_power(b, q - 1));
    } else {
        return b * T(scale * norm_power(b, q - 2));
    }
}

/// The Hessian of w‖b‖^q,  w q ‖b‖^{q−2} (I + (q−2) bbᵀ/‖b‖²).
/// @pre b is not 0.
template <Field T>
Matrix<T> block_hessian(const Vector<T>& b, const T& weight, Exponent q) {
    const T scale = weight * q.as<T>();
    if (b.size() == 1) {
        if (q == Exponent(1)) return Matrix<T>::Constant(1, 1, scale * sign_slope(b[0]));
        return Matrix<T>::Constant(1, 1, scale * (q - 1).as<T>() * norm_power(b, q - 2));
    }
    const Vector<T> c = rescaled(b);
    Matrix<T> out = c * Vector<T>(c * T((q - 2).as<T>() / squared_norm(c))).transpose();
    for (Index i = 0; i < out.rows(); ++i) out(i, i) += T(1);
    return out * T(scale * norm_power(b, q - 2));
}

/// The kinks of Σ_j w_j ‖β_j‖₂^q: its zero blocks, of slope w_j for q = 1, infinite for q < 1.
template <Field T>
std::vector<Kink<T>> kinks_at_zero_blocks(std::vector<PenaltyBlock<T>> blocks, Exponent q,
                                          const Vector<T>& x) {
    std::vector<Kink<T>> out;
    for (PenaltyBlock<T>& block : blocks) {
        if (!is_zero_block(gather(x, block.indices))) continue;
        Kink<T> kink{std::move(block.indices), std::nullopt};
        if (q == Exponent(1)) kink.bound = std::move(block.weight);
        out.push_back(std::move(kink));
    }
    return out;
}

inline void require_exponent(Exponent q, const char* who) {
    require(Exponent(0) < q && q <= Exponent(1),
            std::string(who) + ": exponent " + q.text() + " is not in (0, 1]");
}

/// `positions` are `expected` different indices below `size`.
inline void require_positions(const IndexList& positions, Index expected, Index size,
                              const char* who) {
    require_size(static_cast<long>(positions.size()), expected, who);
    std::vector<bool> used(static_cast<std::size_t>(size), false);
    for (const Index i : positions) {
        require(0 <= i && i < size,
                std::string(who) + ": position " + std::to_string(i) + " is out of range");
        require(!used[static_cast<std::size_t>(i)],
                std::string(who) + ": position " + std::to_string(i) + " occurs twice");
        used[static_cast<std::size_t>(i)] = true;
    }
}

}  // namespace hadamard::penalty::detail
