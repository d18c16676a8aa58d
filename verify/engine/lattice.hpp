#pragma once

/// @file
/// Finite sets of rational points on which an identity holds only if it holds everywhere: what turns
/// exact evaluations of a transfer into a proof.

#include "engine/trial.hpp"
#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/core/specification.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace hadamard::verify {

/// Σ_i left[i] x_i = right.
struct LinearEquation {
    Vector<Rational> left;
    Rational right = 0;
};

/// The points ±s^N, entrywise, s ∈ {0, 1, …}^D with Σ s_i ≤ n, where N is the denominator of k and
/// n = N k; all sign patterns unless the transfer is polynomial in ξ, then none and N = 1.
///
/// Guarantee  K, DK(ξ)[Aξ] and S in the catalogue are, on each orthant, polynomials of total degree ≤ n
///            in s (K is homogeneous of degree k ≥ 2 in ξ, S of degree 2, and |ξ_i|^e is s_i^{N e} with N e a whole
///            number wherever values are rational). The simplex lattice of order n determines
///            polynomials of total degree ≤ n: an identity among them that holds at all its points
///            holds on the orthant, and on all of them everywhere.
class Lattice {
public:
    /// @throws NotRepresentable when K is irrational at a point; PreconditionError when K is not
    ///         homogeneous of degree k, or S of degree 2, on the lattice.
    explicit Lattice(const AnyTransfer<Rational>& transfer);

    const std::vector<Vector<Rational>>& points() const { return points_; }

    /// x with all the equations that `at(ξ)` returns for each point ξ, exactly; none if there is none.
    using Equations = std::function<std::vector<LinearEquation>(const Vector<Rational>&)>;
    std::optional<Vector<Rational>> solve(Index unknowns, const Equations& at) const;

private:
    std::vector<Vector<Rational>> points_;
};

/// One block of the setting's transfer, of each small shape and variant: groups of 1, 2 and 3, or one
/// coordinate. A transfer that couples coordinates without groups comes with 2 and 4 of them.
std::vector<TransferSpec> small_blocks(const Setting& setting);

/// The shape of one block in words: its size, or rows x columns and the width, and what tells variants
/// apart: "1 (exponents 3, 3/2)".
std::string block_text(const TransferSpec& spec);

/// The shapes of single blocks, each once: "blocks of size 1, 2".
std::string blocks_text(const std::vector<TransferSpec>& blocks);

}  // namespace hadamard::verify
