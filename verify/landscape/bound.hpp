#pragma once

#include "landscape/problem.hpp"
#include "landscape/system.hpp"

#include <string>
#include <vector>

namespace hadamard::landscape {

/// A box that holds every stationary point, and why (FORMAT.md section 5).
struct Bound {
    std::string rule;         ///< energy, principal, coercive, linear, none
    Doubles edges;            ///< Of x; empty for linear.
    std::vector<Rational> v;  ///< energy
    Rational radius;          ///< coercive
    std::string reason;       ///< none: why nothing is proved
};

/// The first rule that applies. With none, edges to look within all the same.
Bound bound_of(const Problem& problem);

/// A solution of M x = b over the rationals, and whether it is the only one.
struct LinearSolution {
    bool exists = false, unique = false;
    std::vector<Rational> x;
};
LinearSolution solve(std::vector<std::vector<Rational>> M, std::vector<Rational> b);

}  // namespace hadamard::landscape
