#pragma once

/// @file
/// Claims made up for tests, whose verdicts are known.

#include "engine/claim.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::verify {

inline bool only_at_depth_2(const Setting& s) {
    return s.transfer.name == "hadamard_product" && s.depth == Exponent(2);
}

/// A claim at depth 2 of hadamard_product.
inline Claim made_up_claim(const std::string& id, std::function<void(Trial&)> check,
                           std::vector<Mutant> mutants) {
    Claim out;
    out.id = "test." + id;
    out.statement = out.source = out.argument = out.machine = "made up";
    out.hypotheses = {{"made up"}};
    out.applies = only_at_depth_2;
    out.check = std::move(check);
    out.mutants = std::move(mutants);
    out.default_cases = 40;
    return out;
}

}  // namespace hadamard::verify
