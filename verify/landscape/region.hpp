#pragma once

/// @file
/// Proven pieces of a landscape: where Krawczyk's operator shows exactly one zero.

#include "landscape/system.hpp"

#include <optional>

namespace hadamard::landscape {

/// FORMAT.md section 7. Lists are over the support.
struct Region {
    enum class Kind { root, outside, exact, fold };

    std::string signs;
    Kind kind = Kind::root;
    Doubles center, radius;            ///< E = [center − radius, center + radius]
    Box outer;                         ///< N; of a fold H
    std::vector<int> scale;            ///< C_ij = C[i(i+1)/2+j]·2^{scale_i+scale_j}
    std::vector<long> C;
    int negative = 0;                  ///< Negative eigenvalues of J.
    std::vector<Rational> beta;        ///< exact: over the support
    Box wide;                          ///< fold: the widened hull
    Doubles v, W, B;                   ///< fold: W is m × (m−1), B its square, row by row
    double spread = 0;                 ///< fold: bound of the slope along W

    Box inner() const;                 ///< A box of doubles that contains E.
};

/// The inverse of an n × n matrix by elimination with pivoting; false if a pivot vanishes.
bool invert(Doubles& matrix, std::size_t n);

/// Newton's method in a from x, in plain doubles. The zero it settled on, if any.
/// `Equations`: `System` or `GroupSystem`.
template <class Equations>
std::optional<Doubles> newton(const Equations& system, Doubles x);

/// The largest box around the zero near z that Krawczyk's test proves to hold exactly one zero, with
/// a tight box E around it, and the inertia of J. Nothing if no size passes.
/// @pre the thread rounds upwards.
template <class Equations>
std::optional<Region> prove_zero(const Equations& system, const Doubles& z);

}  // namespace hadamard::landscape
