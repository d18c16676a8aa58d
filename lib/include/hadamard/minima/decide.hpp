#pragma once

/// @file
/// The decision procedures as entry points that are compiled once: a candidate that some solver
/// found, decided by exact arithmetic where the data allow and by enclosures otherwise.

#include "hadamard/catalogue/problem_family.hpp"
#include "hadamard/core/interval.hpp"
#include "hadamard/minima/decision.hpp"

#include <optional>
#include <vector>

namespace hadamard::minima {

struct DecideSettings {
    /// A candidate is taken to be correct to this much, relative to max(1, ‖candidate‖∞): the answer is
    /// about a stationary point that is proved to exist within this distance.
    Rational accuracy = Rational(1, Integer("1" + std::string(40, '0')));
    /// Rungs of the precision ladder, decimal digits; the next is tried when one leaves a sign open.
    /// None: exact arithmetic alone.
    std::vector<int> rungs = {50, 100, 200};
    /// Whether exact arithmetic is tried.
    bool exact = true;
    /// Whether an exact degenerate ξ ∈ M(β) may be decided by what P does at β, along curves and their
    /// lifts. Not for claims that compare Q with P: it is what they state.
    bool through_base = true;
};

/// The stationary point a decision is about: a box that contains exactly one, over `Interval` at the
/// precision that decided, zeros exact.
struct DecidedPoint {
    Decision decision;
    std::optional<Vector<Interval>> enclosure;  ///< None when none was proved to exist.
};

/// Is there a local minimizer of P at the candidate θ?
///
/// Shapes     θ: size of the loss; zero entries of penalised blocks must be exactly 0.
/// Exact      tried first: θ itself, and for losses that are quadratic on the support with q = 1 the exact
///            solution of the first-order equations for θ's support and signs.
/// Enclosure  otherwise a stationary point near θ is proved to exist (`enclose_root`) and judged
///            (`judge_base`), at 50, 100, 200 digits until every sign is certain.
/// Nuclear norm  `judge_nuclear` at θ itself, else at an enclosed zero of ∇Q near a lift of θ
///            `judge_nuclear_factors`, then (`through_base`) Q; `strict` where ∇²L is positive definite.
/// Degenerate  exact points that neither inertia nor convexity decides: `judge_degenerate_base`.
/// @returns   `not_minimizer` also when no point within `accuracy` of θ is stationary.
/// Source     the rules of minima/judge.hpp.
DecidedPoint decide_base(const ProblemFamily& family, const Vector<Rational>& theta,
                         const DecideSettings& settings = {});

/// Is there a local minimizer of Q at the candidate ξ? As `decide_base`.
///
/// Shapes     ξ: (ψ; ξ of the transfer). Blocks whose entries are all within `accuracy` of 0 are taken
///            for zero blocks, which are stationary by themselves (K and S have no linear part there).
/// Orbits     where (K, S) has continuous symmetries (`gauge_of`), the enclosure holds exactly one stationary
///            point in a slice across the orbit of ξ.
/// Through P  an exactly stationary ξ ∈ M(β) that ∇²Q leaves open is a minimizer if β is one of P
///            (majorization), and is none if P descends from β along a curve (its lift through ξ).
/// Majorization  where Hessians leave it open, L is convex and q = 1: minimizer if ξ is within
///            `accuracy` of M(θ*) for an exact minimizer θ* of P. The enclosure then holds that point.
DecidedPoint decide_surrogate(const ProblemFamily& family, const Vector<Rational>& xi,
                              const DecideSettings& settings = {});

}  // namespace hadamard::minima
