#pragma once

#include "search/case.hpp"

#include <vector>

namespace hadamard::search {

/// A refuted trial at its depth, with the choices that it used.
struct Refuted {
    Exponent depth = 2;
    Trial trial;
};

/// The simplest refuted trial within reach: smaller depth first, then fewer choices (fewer
/// variables and rows), simpler pins, smaller numbers. It fails in the same part of the statement.
///
/// Every step is a replay of the claim's own check, at most `replays` of them. Deterministic.
/// @pre found.trial.refuted()
Refuted simplified(const Subject& subject, const Refuted& found, int replays);

/// The rationals of [−size, size] nearest to `value` with denominators up to 8, and `value` at half
/// its bits: what a pin may become, simplest first.
std::vector<Rational> simpler_rationals(const Rational& value);

}  // namespace hadamard::search
