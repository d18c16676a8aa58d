#pragma once

#include "hadamard/core/concepts.hpp"

#include <utility>

namespace hadamard::transfer::detail {

inline SignedPermutation identity_symmetry(Index size) {
    SignedPermutation out;
    for (Index i = 0; i < size; ++i) out.from.push_back(i);
    out.sign.assign(static_cast<std::size_t>(size), 1);
    return out;
}

/// ξ_a → −ξ_a for every a in `indices`.
inline SignedPermutation flip(Index size, const IndexList& indices) {
    SignedPermutation out = identity_symmetry(size);
    for (const Index a : indices) out.sign[static_cast<std::size_t>(a)] = -1;
    return out;
}

/// Exchanges the runs of `length` coordinates that start at `first` and at `second`.
inline SignedPermutation exchange(Index size, Index first, Index second, Index length) {
    SignedPermutation out = identity_symmetry(size);
    for (Index i = 0; i < length; ++i)
        std::swap(out.from[static_cast<std::size_t>(first + i)],
                  out.from[static_cast<std::size_t>(second + i)]);
    return out;
}

}  // namespace hadamard::transfer::detail
