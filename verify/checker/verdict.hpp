#pragma once

#include "points.hpp"
#include "tree.hpp"

namespace check {

/// FORMAT.md section 9: `undecided` names exactly what the proof leaves open.
/// @returns the number of its items.
std::size_t checked_undecided(const Value& undecided, const Bound& bound,
                              const std::vector<Region>& regions, const Trees& trees,
                              const Points& points);

/// Section 10: the sentence that these checks prove.
std::string sentence(const Points& points, std::size_t undecided, const Bound& bound);

}  // namespace check
