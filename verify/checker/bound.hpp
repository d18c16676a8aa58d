#pragma once

#include "problem.hpp"
#include "interval.hpp"

#include <string>

namespace check {

/// FORMAT.md section 5: where the trees start.
struct Bound {
    enum class Rule { energy, principal, coercive, linear, none } rule = Rule::none;
    std::vector<Dyadic> edge;  ///< Empty for the rule `linear`.
};

/// Reads it and checks that no stationary point lies beyond it.
Bound checked_bound(const Value& bound, const Problem& problem);

}  // namespace check
