#pragma once

#include "region.hpp"

namespace check {

/// FORMAT.md section 6: every pattern has one tree, whose leaves cover its box.
struct Trees {
    std::uint64_t tokens = 0;
    /// The number of U tokens of each pattern that has some.
    std::vector<std::pair<std::string, std::uint64_t>> undecided;
};

Trees checked_trees(const Value& patterns, const Problem& problem, const Bound& bound,
                    const std::vector<Region>& regions, LinearSystems& systems);

}  // namespace check
