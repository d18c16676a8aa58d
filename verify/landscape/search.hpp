#pragma once

/// @file
/// The tree of one pattern: every zero of G in the a-priori box is in a region, and why.

#include "landscape/group_system.hpp"
#include "landscape/region.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hadamard::landscape {

/// A preorder stream of tokens (FORMAT.md section 6); regions are numbered within `regions`.
struct Tree {
    std::string signs;
    std::string tokens;
    std::vector<Region> regions;
    long leaves = 0;
    long undecided = 0;
    std::vector<Box> open;  ///< The boxes of the tokens U.
};

struct SearchLimits {
    long leaves = 20'000;      ///< Of one pattern, before the rest is left undecided.
    double width = 1e-9;       ///< Of a box relative to its place, below which it is undecided.
    std::function<bool()> stop;  ///< Asked now and then; true ends the search.
    bool is_restricted = false;  ///< Zeros beyond the edges are possible, and not listed.
};

class Interrupted {};

/// Branch and bound over Π[0, edge_i].
/// @param known  regions to start from (folds).
/// @throws Interrupted
Tree search(const System& system, const Doubles& edges, const SearchLimits& limits,
            std::vector<Region> known = {});

/// Branch and bound over Π[−edge_i, edge_i] for groups.
/// @throws Interrupted
Tree search(const GroupSystem& system, const Doubles& edges, const SearchLimits& limits);

/// The text of a double: m·2^e as "m" or "mpe".
std::string dyadic(double a);

}  // namespace hadamard::landscape
