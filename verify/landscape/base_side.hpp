#pragma once

#include "landscape/landscape.hpp"

#include <vector>

namespace hadamard::landscape {

/// All stationary points of P, found without Q and in other arithmetic: for every support and sign
/// pattern the zeros of ∂P in β itself, by exact linear algebra (k = 2, quadratic) or by interval
/// Newton in Arb balls over the library's own losses; then the conditions off the support.
///
/// `beta` is wide enough (2^{−30} of each coordinate) to hold another enclosure of the same point.
/// Points that this side does not decide are left out, and are in places where Q's side is
/// undecided too; otherwise the matching fails.
/// @throws Interrupted
std::vector<BasePoint> base_side(const Problem& problem, const Bound& bound,
                                 const Settings& settings);

}  // namespace hadamard::landscape
