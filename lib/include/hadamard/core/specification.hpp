#pragma once

/// @file
/// Plain, exact descriptions of losses, transfers and whole problem instances. They are what files
/// hold, what witnesses print, and what every scalar's objects are made from: the rational numbers
/// here are the problem; every other scalar only approximates or encloses it.

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <string>
#include <vector>

namespace hadamard {

/// coefficient · Π_i β_i^exponents[i].
struct Monomial {
    Rational coefficient;
    std::vector<int> exponents;
};

/// Data of a loss. Only the fields that `kind` names are read; the others stay empty.
struct LossSpec {
    std::string kind;                 ///< File name in losses/: "least_squares", …
    Matrix<Rational> X;               ///< Design, n × size (linear models).
    Vector<Rational> y;               ///< Response, n (linear models).
    Rational delta = 1;               ///< huber: width of the quadratic zone, > 0, units of y.
    Matrix<Rational> A;               ///< quadratic: symmetric, size × size.
    Vector<Rational> b;               ///< quadratic: size.
    std::vector<Monomial> monomials;  ///< polynomial.
};

/// Which transfer, at which depth, on how many coordinates.
struct TransferSpec {
    std::string name;                     ///< File name in transfers/: "hadamard_product", …
    Exponent depth = 2;                   ///< k ≥ 2.
    Index base_size = 1;                  ///< d ≥ 1.
    std::vector<IndexList> groups = {};   ///< Group transfers: a partition of 0 … d−1.
    std::vector<Rational> weights = {};   ///< One per coordinate or group, > 0; empty: all 1.
    std::vector<Exponent> exponents = {};  ///< young_product: a, b > 1 with 2/a + 2/b = k.
    Index inner_depth = 0;                 ///< mixed_group: k_1, factors that are vectors.
    Index rows = 0;                        ///< low_rank: rows of B = U Vᵀ, a divisor of d.
    Index width = 0;                       ///< low_rank: columns of U and of V.
};

/// P(θ) = L(θ) + λ R(θ_T) and Q(ψ, ξ) = L(θ(ψ, K(ξ))) + λ S(ξ), where T, the penalised coordinates,
/// are those not listed in `unpenalised`, in increasing order, and the transfer acts on T.
struct Instance {
    LossSpec loss;
    TransferSpec transfer;
    Rational lambda = 1;    ///< > 0; R is what the transfer induces.
    IndexList unpenalised;  ///< Coordinates of θ left alone (ψ), increasing; often the intercept.
};

}  // namespace hadamard
