#pragma once

/// @file
/// What every transfer asks of its `TransferSpec`. The texts name the field and the index at fault.

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/specification.hpp"

#include <string>
#include <vector>

namespace hadamard::transfer::detail {

inline constexpr long deepest = 64;                ///< t^k beyond it is of no use in any scalar.
inline constexpr long largest_denominator = 1000;  ///< Of a real depth.

inline Index checked_base_size(const TransferSpec& spec) {
    if (spec.base_size < 1)
        throw InputError("base_size: " + std::to_string(spec.base_size) + ", must be at least 1");
    return spec.base_size;
}

/// 2 ≤ k ≤ 64, with a denominator that cannot make comparisons overflow.
inline bool takes_real_depth(Exponent k) {
    return k.den() <= largest_denominator && k >= Exponent(2) && k <= Exponent(deepest);
}
inline bool takes_integer_depth(Exponent k) { return k.is_integer() && takes_real_depth(k); }

/// @throws InputError unless 2 ≤ k ≤ 64.
inline Exponent checked_real_depth(const TransferSpec& spec) {
    const Exponent k = spec.depth;
    // First, so that the comparisons after it cannot overflow.
    if (k.den() > largest_denominator)
        throw InputError("depth: " + k.text() + ", its denominator must be at most " +
                         std::to_string(largest_denominator));
    if (k < Exponent(2) || k > Exponent(deepest))
        throw InputError("depth: " + k.text() + ", must be from 2 to " + std::to_string(deepest));
    return k;
}

/// @throws InputError unless k counts factors: an integer, 2 ≤ k ≤ 64.
inline Index checked_integer_depth(const TransferSpec& spec) {
    const Exponent k = checked_real_depth(spec);
    if (!k.is_integer())
        throw InputError("depth: " + k.text() + ", must be an integer: it counts factors");
    return k.num();
}

inline void require_no_groups(const TransferSpec& spec) {
    if (!spec.groups.empty()) throw InputError("groups: " + spec.name + " takes none");
}

/// The groups, if they are a partition of 0 … d−1.
inline std::vector<IndexList> checked_groups(const TransferSpec& spec) {
    const Index d = checked_base_size(spec);
    std::vector<bool> seen(static_cast<std::size_t>(d), false);
    for (std::size_t j = 0; j < spec.groups.size(); ++j) {
        const std::string where = "groups: group " + std::to_string(j);
        if (spec.groups[j].empty()) throw InputError(where + " is empty");
        for (const Index i : spec.groups[j]) {
            if (i < 0 || i >= d)
                throw InputError(where + " holds index " + std::to_string(i) +
                                 ", must be from 0 to " + std::to_string(d - 1));
            if (seen[static_cast<std::size_t>(i)])
                throw InputError(where + " holds index " + std::to_string(i) +
                                 ", which is already in a group");
            seen[static_cast<std::size_t>(i)] = true;
        }
    }
    for (Index i = 0; i < d; ++i)
        if (!seen[static_cast<std::size_t>(i)])
            throw InputError("groups: index " + std::to_string(i) + " is in no group");
    return spec.groups;
}

/// The weights over T, all 1 if none are given.
/// @throws InputError unless there are none or `count`, each > 0.
template <Field T>
std::vector<T> checked_weights(const TransferSpec& spec, Index count) {
    const std::size_t size = static_cast<std::size_t>(count);
    if (spec.weights.empty()) return std::vector<T>(size, T(1));
    if (spec.weights.size() != size)
        throw InputError("weights: " + std::to_string(spec.weights.size()) + ", must be " +
                         std::to_string(size));
    std::vector<T> out;
    out.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        if (spec.weights[i] <= 0)
            throw InputError("weights: weight " + std::to_string(i) + " is " +
                             text(spec.weights[i]) + ", must be positive");
        out.push_back(from_rational<T>(spec.weights[i]));
    }
    return out;
}

}  // namespace hadamard::transfer::detail
