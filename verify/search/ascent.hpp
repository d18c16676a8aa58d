#pragma once

#include "engine/claim.hpp"

namespace hadamard::search {

/// A point and its margin, in `double`.
struct Scored {
    Vector<double> x;
    double margin = -1;
    long evaluations = 0;  ///< Spent on it.
};

/// The margin, −1 where it is not a number: nothing can be worse.
double scored(const verify::Margin& margin, const Vector<double>& x);

/// The best point of a derivative-free ascent from `start` within the box [−size, size]^n: Rowan's
/// subspace simplex method (NLopt's LN_SBPLX), which needs no smoothness. Deterministic.
/// @param most  evaluations of the margin, at most.
/// @pre `start` lies in the box.
Scored ascended(const verify::Margin& margin, const Vector<double>& start, double size, int most);

}  // namespace hadamard::search
