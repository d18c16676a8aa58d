#pragma once

#include "hadamard/data/table.hpp"

#include <cstdint>

namespace hadamard {

/// A sparse regression drawn from a seed, as the sparse-learning literature simulates them:
///     rows of X ~ N(0, Σ), Σ_ij = ρ^{|i−j|};   β: `nonzeros` entries (whole groups of `group` columns)
///     at drawn places, N(0, 1);   y = Xβ + ε, ε ~ N(0, σ²) with ‖Xβ‖/‖ε‖ = snr;
/// binary: whether that is positive.
struct SyntheticDesign {
    Index rows = 100, columns = 200;  ///< ≥ 2, ≥ 1.
    double correlation = 0.6;         ///< ρ, in (−1, 1).
    Index nonzeros = 10;              ///< 0 … columns, a multiple of `group`.
    double snr = 3;                   ///< > 0.
    Index group = 1;                  ///< ≥ 1, divides `columns`.
    bool binary = false;
    std::uint64_t seed = 1;
};

/// Columns x1, x2, …, then y. Every number is a multiple of 2^−20, so that exact arithmetic on it stays
/// cheap; the same on every machine.
/// @throws InputError naming the field that is out of range.
Table synthetic_table(const SyntheticDesign& design);

}  // namespace hadamard
