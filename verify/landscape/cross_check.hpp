#pragma once

/// @file
/// A landscape against a second enumeration of the stationary points of Q, over all D factors.

#include "landscape/landscape.hpp"

#include <string>

namespace hadamard::landscape {

inline constexpr int largest_cross_check = 24;  ///< Variables.

/// What the second enumeration found. It searches one representative of each orbit, by
///
///     hadamard_product      u_1, …, u_{k−1} ≥ 0
///     shared_product        v ≥ 0
///     hadamard_difference   k even: u, v ≥ 0;  k odd: u + v ≥ 0, as (u, v) → (−v, −u) keeps Q
///
/// where only zeros of u + v = 0 and of vanishing factors are on the border, and these no symmetry
/// moves: each orbit has exactly one root there.
struct CrossCheck {
    enum class Outcome { agrees, disagrees, unfinished };

    Outcome outcome = Outcome::unfinished;
    int variables = 0;  ///< D
    long orbits = 0;    ///< Of the landscape that are hit.
    long points = 0;    ///< Stationary points of Q that the roots stand for.
    long leaves = 0;
    double seconds = 0;
    std::string reason;  ///< The first disagreement, or why it is unfinished.
};

std::string to_string(CrossCheck::Outcome outcome);

/// One line: "over all D = 9 variables: 11 orbits, 512 points, agrees (3140 leaves, 0.2 s)".
std::string summary(const CrossCheck& check);

/// @throws InputError for groups, or when D is beyond `largest_cross_check`
void require_cross_checkable(const Problem& problem);

/// Every root's image and factors lie in exactly one orbit of the list, each orbit has as many
/// points as its roots stand for, and its index and class are those of the D × D Hessian. A
/// landscape with undecided places has nothing to compare with, one at k = 2 whose solutions have no
/// common bound no box to search: unfinished. Roots beyond a box that the claims are restricted to are
/// none of the list.
///
/// @param limits  leaves of the whole search
/// @throws InputError, Interrupted
CrossCheck cross_check(const Landscape& landscape, const SearchLimits& limits);

}  // namespace hadamard::landscape
