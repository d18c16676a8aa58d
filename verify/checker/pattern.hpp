#pragma once

#include "problem.hpp"

#include <cstdint>
#include <string>

namespace check {

/// FORMAT.md section 4: the state of each coordinate.
struct Pattern {
    std::string signs;
    std::vector<int> support;           ///< S, increasing.
    Coordinates on_support = 0, negative = 0;
    std::vector<int> multiplicity;      ///< c_i for each coordinate; 1 off S.
    int between = 0;                    ///< The number of states p and m.

    bool on(int i) const { return (on_support & coordinate(i)) != 0; }
    int sign(int i) const { return (negative & coordinate(i)) != 0 ? -1 : 1; }
};

/// @throws Failure (not understood) for a character that is none of the alphabet's.
Pattern pattern(const Problem& problem, const std::string& signs);

/// The patterns of a problem in a fixed order.
std::uint64_t number_of_patterns(const Problem& problem);
std::uint64_t rank_of(const Problem& problem, const std::string& signs);

}  // namespace check
