#pragma once

#include "landscape/landscape.hpp"

#include <vector>

namespace hadamard::landscape {

/// All stationary points of P, found without Q and in other arithmetic: for every support and sign
/// pattern the zeros of ∂P in β itself, by exact linear algebra (k = 2, quadratic) or by interval
/// Newton, confirmed in Arb balls over the library's own losses; then the conditions off the support.
///
/// `lo` and `hi` are wide enough (2^{−30} of each coordinate) to hold another enclosure of the same
/// point.
struct BaseSide {
    std::vector<BasePoint> points;
    std::vector<std::string> open;  ///< Patterns on which it gave up on some box.
};

/// Boxes with one zero of ∂P each; between them all zeros of a pattern if `complete`.
struct BoxesOfZeros {
    std::vector<Box> zeros;
    bool complete = true;
};

/// @throws Interrupted
BaseSide base_side(const Problem& problem, const Bound& bound, const Settings& settings);

/// A point from an enclosure and the number of negative eigenvalues of the Hessian on its support.
BasePoint base_point(const Problem& problem, const std::string& signs, std::vector<Rational> lo,
                     std::vector<Rational> hi, int negative);

}  // namespace hadamard::landscape
