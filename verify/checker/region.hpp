#pragma once

#include "bound.hpp"
#include "box.hpp"
#include "linear.hpp"

#include <string>

namespace check {

/// FORMAT.md section 7, checked: what lists over S holds is known to be true.
struct Region {
    enum class Kind { root, outside, exact, fold } kind = Kind::root;
    Pattern pattern;
    std::vector<Interval> outer;  ///< N or H; empty for `exact`.
    std::vector<Interval> inner;  ///< E of `root` and `outside`.
    Fractions beta;               ///< Of `exact`.
    int negative = 0;             ///< Eigenvalues of J on N.

    bool is_point() const { return kind == Kind::root || kind == Kind::exact; }
};

/// The box with these intervals over S.
Box box_over(const Problem& problem, const Pattern& pattern, const std::vector<Interval>& x);

std::vector<Region> checked_regions(const Value& regions, const Problem& problem,
                                    const Bound& bound, LinearSystems& systems);

/// Section 9: the checks of a `fold` region with this `outer`.
void check_fold(const Value& region, const Problem& problem, const Pattern& pattern,
                const std::vector<Interval>& outer);

}  // namespace check
