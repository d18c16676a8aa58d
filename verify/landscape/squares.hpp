#pragma once

/// @file
/// Polynomials bounded below, by sums of squares in exact rationals.

#include "hadamard/core/scalar.hpp"

#include <map>
#include <optional>
#include <vector>

namespace hadamard::landscape {

/// Collected monomials: the coefficient of each vector of exponents.
using Polynomial = std::map<std::vector<int>, Rational>;

/// Why Σ_j σ_j p_j + c ≥ 0 everywhere: it is zᵀGz, coefficient by coefficient, with G positive
/// semidefinite.
struct SumOfSquares {
    std::vector<std::vector<int>> monomials;  ///< z
    std::vector<std::vector<Rational>> gram;  ///< G
    Rational constant;                        ///< c ≥ 0
    std::vector<Rational> sigma;              ///< σ > 0, of sum the number of the p_j
};

/// Looks for σ and the smallest c for which there is such a proof, in doubles, and rounds to one near
/// it. Exact: what is returned is a proof. Nothing: there may be none, or none of moderate size, or
/// none that is found.
///
/// @pre the thread rounds to nearest; no p_j has a constant term
std::optional<SumOfSquares> sum_of_squares(std::vector<Polynomial> p);

}  // namespace hadamard::landscape
