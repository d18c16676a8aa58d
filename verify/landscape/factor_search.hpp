#pragma once

/// @file
/// Branch and bound over all D variables: every zero of ∇Q in a box, each once, with its index.

#include "landscape/factor_system.hpp"
#include "landscape/search.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hadamard::landscape {

/// Where zeros are looked for: in a box, where some sums ξ_a + ξ_b are ≥ 0.
struct FactorDomain {
    Box box;
    std::vector<std::pair<std::size_t, std::size_t>> sums;
};

/// A zero of ∇Q, the only one in `outer`. In `inner` a variable is exactly 0 or of one sign.
struct FactorRoot {
    Box inner, outer;
    int index = 0;  ///< Negative eigenvalues of ∇²Q.
};

struct FactorZeros {
    std::vector<FactorRoot> roots;  ///< Some may lie beyond the domain.
    long leaves = 0;
    std::string undecided;  ///< Why the list may be incomplete; empty if it is not.
    Box place;              ///< Where.
};

/// All zeros of ∇Q in the domain. The search ends at the first box that no test decides.
/// @param limits  leaves of the whole search
/// @throws Interrupted
FactorZeros zeros_of(const FactorSystem& system, const FactorDomain& domain,
                     const SearchLimits& limits);

}  // namespace hadamard::landscape
