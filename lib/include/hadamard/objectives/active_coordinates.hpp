#pragma once

#include "hadamard/core/concepts.hpp"

#include <algorithm>
#include <vector>

namespace hadamard {

namespace detail {

template <class T>
bool all_zero(const Vector<T>& x, const IndexList& indices) {
    return std::all_of(indices.begin(), indices.end(), [&x](Index i) { return is_zero(x[i]); });
}

/// 0 … size−1 without the entries of `removed`.
inline IndexList complement(Index size, const IndexList& removed) {
    std::vector<bool> keep(static_cast<std::size_t>(size), true);
    for (Index i : removed) keep[static_cast<std::size_t>(i)] = false;
    IndexList out;
    for (Index i = 0; i < size; ++i)
        if (keep[static_cast<std::size_t>(i)]) out.push_back(i);
    return out;
}

}  // namespace detail

/// Coordinates of θ on which P is smooth near θ: those in no kink of R.
template <Penalty R>
IndexList active_coordinates(const R& penalty, const Vector<typename R::Scalar>& theta) {
    IndexList zero;
    for (const auto& kink : penalty.kinks(theta))
        zero.insert(zero.end(), kink.indices.begin(), kink.indices.end());
    return detail::complement(theta.size(), zero);
}

/// Coordinates of ξ outside the blocks that are entirely 0.
template <Transfer P>
IndexList active_coordinates(const P& transfer, const Vector<typename P::Scalar>& xi) {
    IndexList zero;
    for (const TransferBlock& block : transfer.blocks())
        if (detail::all_zero(xi, block.surrogate))
            zero.insert(zero.end(), block.surrogate.begin(), block.surrogate.end());
    return detail::complement(xi.size(), zero);
}

}  // namespace hadamard
