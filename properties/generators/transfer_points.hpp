#pragma once

/// @file
/// Points on which a transfer is exact over `Rational`: K, S, R and lift are rational there.

#include "generators/specimen.hpp"

#include <rapidcheck.h>

namespace hadamard::gen {

/// A rational vector of length 1, n ≤ 3: ±1, or a Pythagorean direction in any order and signs.
Vector<Rational> draw_direction(Index n);

/// I − 2vvᵀ/vᵀv, v ≠ 0 of small integers: orthogonal, rational.
Matrix<Rational> draw_reflection(Index n);

/// β whose blocks are 0 or t^N times a vector of length 1: exact N-th powers, t small.
/// @pre k is an integer.
Vector<Rational> draw_planted_base(const Specimen<Rational>& p);

/// Roots other than 0.
rc::Gen<Rational> nonzero_rational();

/// ξ at which K, S, their derivatives and a power of R∘K are rational: any rational vector, one of
/// powers, or one whose groups have rational lengths.
Vector<Rational> draw_surrogate(const Specimen<Rational>& p);

/// Balanced, balanced but for one coordinate, or anything: "all 0 iff" needs all three.
Vector<Rational> draw_balanced_or_not(const Specimen<Rational>& p);

}  // namespace hadamard::gen
