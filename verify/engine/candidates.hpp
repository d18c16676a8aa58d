#pragma once

/// @file
/// Local minimizers for claims to talk about: found by the solvers, decided by `minima/`.

#include "engine/trial.hpp"
#include "hadamard/minima/decide.hpp"

#include <vector>

namespace hadamard::verify {

/// The decision settings for a trial that works in `digits`: candidates are polished to four fifths
/// of the digits, decisions climb from there, and Q is judged without asking what P does.
minima::DecideSettings decide_settings(int digits);

/// What `decide_*` said about what a solver found.
struct Candidate {
    Vector<Rational> point;
    minima::DecidedPoint decided;

    bool is_minimizer() const { return decided.decision.outcome == minima::Outcome::minimizer; }
};

/// Candidates for local minimizers of Q from `starts` random starts and the origin's neighbourhood,
/// without those whose images repeat one before. Every one is decided. On real data the first that
/// is a minimizer is the last.
std::vector<Candidate> surrogate_candidates(Trial& trial, const ProblemFamily& family, int starts);

/// Stationary points of Q of any index, likewise.
std::vector<Candidate> stationary_candidates(Trial& trial, const ProblemFamily& family, int starts);

/// Candidates for local minimizers of P by proximal gradient and coordinate descent.
std::vector<Candidate> base_candidates(Trial& trial, const ProblemFamily& family, int starts);

/// K(ξ) of a decided surrogate point, as a candidate for P: midpoints, zeros exact.
/// @pre the point has an enclosure.
Vector<Rational> image_of(const ProblemFamily& family, const minima::DecidedPoint& point);

/// Points of M(θ) for a decided base point, at most `limit`, to the precision of 100 digits.
/// @pre the point has an enclosure.
std::vector<Vector<Rational>> fibre_of(const ProblemFamily& family,
                                       const minima::DecidedPoint& point, Index limit);

/// Midpoints of an enclosure.
Vector<Rational> midpoints(const Vector<Interval>& x);

/// sup |a − b| ≤ 10^−exponent · max(1, sup |a|).
bool agree(const Vector<Rational>& a, const Vector<Rational>& b, int exponent);

}  // namespace hadamard::verify
