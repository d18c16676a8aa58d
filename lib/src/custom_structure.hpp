#pragma once

/// @file
/// What can be read off a user's expressions exactly: homogeneity, monomials, symmetries.

#include "hadamard/custom/custom_transfer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hadamard::custom {

/// K(t^a ∘ ξ) = t K(ξ) and S(t^a ∘ ξ) = t^q S(ξ) for all t > 0.
struct Scaling {
    std::vector<Exponent> weights;  ///< a ≥ 0.
    Exponent degree = 1;            ///< q.
    /// "u by t, v by 1/t": a scaling that changes S and not K, where there is one.
    std::optional<std::string> escaping;
};

/// None where no weights a ≥ 0 are found: proved from the form of the expressions, not from values.
std::optional<Scaling> scaling_of(const Expression& K, const Expression& S);

/// The terms that weighted AM–GM makes equal, one a factor, where K is a monomial in all factors, up to
/// moduli, and S a sum of powers of one modulus each, one for every factor.
std::optional<std::vector<BalanceTerm>> balance_of(const Expression& K, const Expression& S);

/// Generators of signed permutations of the factors that leave K and S alone, at exact random points.
std::vector<SignedPermutation> symmetries_of(const Expression& K, const Expression& S);

}  // namespace hadamard::custom
