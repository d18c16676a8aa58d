#pragma once

/// @file
/// Branch and bound over all D variables: every zero of ∇Q in a box, each once, with its index.

#include "landscape/factor_system.hpp"
#include "landscape/search.hpp"

#include <string>
#include <vector>

namespace hadamard::landscape {

/// A zero of ∇Q, the only one in `outer`. In `inner` a variable is exactly 0 or of one sign.
struct FactorRoot {
    Box inner, outer;
    int index = 0;  ///< Negative eigenvalues of ∇²Q.
};

struct FactorZeros {
    std::vector<FactorRoot> roots;  ///< Some may lie beyond the box.
    long leaves = 0;
    std::string undecided;  ///< Why the list may be incomplete; empty if it is not.
};

/// All zeros of ∇Q in `start`. The search ends at the first box that no test decides.
/// @param limits  leaves of the whole search
/// @throws Interrupted
FactorZeros zeros_of(const FactorSystem& system, const Box& start, const SearchLimits& limits);

}  // namespace hadamard::landscape
