#pragma once

#include "landscape/search.hpp"

namespace hadamard::landscape {

/// Where boxes of a tree stay open: proves around them, if it can, that there are at most two zeros
/// and at most one minimizer (FORMAT.md section 9), and grows the tree anew with those regions.
/// @pre the thread rounds upwards.
Tree with_folds(const System& system, const Doubles& edges, const SearchLimits& limits, Tree tree);

}  // namespace hadamard::landscape
