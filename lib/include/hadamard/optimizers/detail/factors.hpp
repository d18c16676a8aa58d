#pragma once

#include "hadamard/core/concepts.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace hadamard::optim::detail {

/// A set of surrogate coordinates, at most one factor of each product, in which K is linear while
/// the others stay: u_l of a Hadamard product, all of U of U Vᵀ.
using FactorSet = std::vector<IndexList>;  // the members in each of the transfer's blocks

/// The coordinates of ξ that are in no block: ψ.
template <Transfer P>
IndexList free_coordinates(const P& transfer) {
    std::vector<bool> is_free(static_cast<std::size_t>(transfer.surrogate_size()), true);
    for (const TransferBlock& block : transfer.blocks())
        for (const Index a : block.surrogate) is_free[static_cast<std::size_t>(a)] = false;
    IndexList out;
    for (Index a = 0; a < transfer.surrogate_size(); ++a)
        if (is_free[static_cast<std::size_t>(a)]) out.push_back(a);
    return out;
}

/// A point with positive entries, of many different values: no derivative of a polynomial with
/// positive coefficients vanishes there unless it vanishes everywhere.
template <Field T>
Vector<T> probe(Index size) {
    Vector<T> out(size);
    for (Index a = 0; a < size; ++a) out[a] = T(8 + static_cast<int>(a % 7)) / T(8);
    return out;
}

/// A partition of the transferred coordinates into sets in each of which K is linear, as few as
/// first fit finds: k for the product forms of depth k, 2 for low_rank.
///
/// Method     two coordinates of a block share a set if ∂²⟨K, g⟩/∂ξ_a∂ξ_b = 0 at a probe. Powers of
///            a modulus may still pass: the last word is K(ξ with the set negated) = −K(ξ).
/// @throws PreconditionError if K is not multilinear: shared and power forms, differences.
template <Transfer P>
std::vector<FactorSet> factor_sets(const P& transfer) {
    using T = typename P::Scalar;
    const std::vector<TransferBlock> blocks = transfer.blocks();
    const Vector<T> xi = probe<T>(transfer.surrogate_size()), g = probe<T>(transfer.base_size());
    const std::string complaint =
        "this transfer is no product of factors in each of which K is linear";

    std::size_t longest = 0;
    for (const TransferBlock& block : blocks) longest = std::max(longest, block.surrogate.size());
    std::vector<std::size_t> set_of(static_cast<std::size_t>(transfer.surrogate_size()), 0);
    std::vector<FactorSet> out;
    for (std::size_t r = 0; r < longest; ++r) {  // the r-th coordinates of all blocks at once
        Vector<T> direction = Vector<T>::Constant(xi.size(), T(0));
        for (const TransferBlock& block : blocks)
            if (r < block.surrogate.size()) direction[block.surrogate[r]] = T(1);
        const Vector<T> bends = transfer.curvature(xi, direction, g);
        for (std::size_t j = 0; j < blocks.size(); ++j) {
            const IndexList& coordinates = blocks[j].surrogate;
            if (r >= coordinates.size()) continue;
            require(is_zero(T(bends[coordinates[r]])), complaint);
            std::vector<bool> is_taken(out.size() + 1, false);
            for (std::size_t s = 0; s < r; ++s)
                if (!is_zero(T(bends[coordinates[s]])))
                    is_taken[set_of[static_cast<std::size_t>(coordinates[s])]] = true;
            const std::size_t chosen = static_cast<std::size_t>(
                std::find(is_taken.begin(), is_taken.end(), false) - is_taken.begin());
            if (chosen == out.size()) out.emplace_back(blocks.size());
            set_of[static_cast<std::size_t>(coordinates[r])] = chosen;
            out[chosen][j].push_back(coordinates[r]);
        }
    }

    const Vector<T> beta = transfer.apply(xi);
    for (const FactorSet& set : out) {
        Vector<T> negated = xi;
        for (const IndexList& members : set)
            for (const Index a : members) negated[a] = T(-xi[a]);
        const Vector<T> image = transfer.apply(negated);
        for (const TransferBlock& block : blocks)
            for (const Index i : block.base) require(is_zero(T(image[i] + beta[i])), complaint);
    }
    return out;
}

}  // namespace hadamard::optim::detail
