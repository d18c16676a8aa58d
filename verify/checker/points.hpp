#pragma once

#include "region.hpp"

namespace check {

/// FORMAT.md section 8, checked: the counts of the sentence.
struct Points {
    std::size_t stationary_orbits = 0, minimizer_orbits = 0;
    mpz_class stationary_points, minimizer_points;
    std::size_t base_stationary = 0, base_minimizers = 0;
    std::vector<std::size_t> degenerate;  ///< Regions of the points of class `undecided`.
};

Points checked_points(const Value& surrogate, const Value& base, const Problem& problem,
                      const std::vector<Region>& regions);

}  // namespace check
