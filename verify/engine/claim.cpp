#include "engine/claim.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/core/suggest.hpp"

#include <algorithm>

namespace hadamard::verify {
namespace {

std::vector<Claim>& registry() {
    static std::vector<Claim> all;
    return all;
}

/// A mutant that drops a hypothesis runs the claim's own check.
void resolve_dropped(const Claim& claim, Mutant& mutant) {
    const std::string who = "claim " + claim.id + ", mutant " + mutant.id;
    if (mutant.drops.empty()) {
        require(static_cast<bool>(mutant.check), who + ": needs a check");
        return;
    }
    const bool is_known =
        std::any_of(claim.hypotheses.begin(), claim.hypotheses.end(),
                    [&](const Hypothesis& hypothesis) { return hypothesis.id == mutant.drops; });
    require(is_known, who + ": drops no hypothesis of the claim");
    require(!mutant.check, who + ": drops a hypothesis and has a check");
    mutant.check = claim.check;
}

}  // namespace

std::string text_of(const std::vector<Hypothesis>& hypotheses) {
    std::string out;
    for (const Hypothesis& hypothesis : hypotheses)
        out += (out.empty() ? "" : "; ") + hypothesis.text;
    return out;
}

Registration::Registration(Claim claim) {
    require(claim.mutants.size() >= 2, "claim " + claim.id + ": needs two mutants");
    for (Mutant& mutant : claim.mutants) resolve_dropped(claim, mutant);
    std::vector<Claim>& all = registry();
    const auto place = std::lower_bound(all.begin(), all.end(), claim,
                                        [](const Claim& a, const Claim& b) { return a.id < b.id; });
    require(place == all.end() || place->id != claim.id, "claim " + claim.id + ": twice");
    all.insert(place, std::move(claim));
}

const std::vector<Claim>& claims() { return registry(); }

const Claim& claim_named(const std::string& id) {
    std::vector<std::string> names;
    for (const Claim& claim : claims()) {
        if (claim.id == id) return claim;
        names.push_back(claim.id);
    }
    throw InputError(unknown_name("claim", id, names));
}

}  // namespace hadamard::verify
