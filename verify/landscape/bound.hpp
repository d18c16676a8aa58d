#pragma once

#include "landscape/problem.hpp"
#include "landscape/squares.hpp"
#include "landscape/system.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hadamard::landscape {

/// A box that holds every stationary point, and why (FORMAT.md section 5); or a box that all claims
/// are restricted to.
struct Bound {
    /// energy, principal, coercive, squares: all stationary points; linear: no box; sublevel: those
    /// with Q ≤ Q(0); box: nothing is proved beyond it; none: of a refutation, which needs no box
    std::string rule;
    Doubles edges;                        ///< Of x; empty for linear.
    std::vector<Rational> v;              ///< energy
    Rational radius;                      ///< coercive
    std::vector<Rational> sigma;          ///< squares: σ_i, the same within a group
    std::optional<SumOfSquares> squares;  ///< squares, sublevel
    std::string reason;                   ///< sublevel, box: what is not proved

    /// There may be stationary points beyond the edges: they are none of the list.
    bool is_restricted() const { return rule == "sublevel" || rule == "box"; }
};

/// The first rule that applies.
Bound bound_of(const Problem& problem);

/// What a restricted sentence begins with; empty if it is not restricted.
std::string restriction(const Problem& problem, const Bound& bound);

/// A solution of M x = b over the rationals, and whether it is the only one.
struct LinearSolution {
    bool exists = false, unique = false;
    std::vector<Rational> x;
};
LinearSolution solve(std::vector<std::vector<Rational>> M, std::vector<Rational> b);

}  // namespace hadamard::landscape
