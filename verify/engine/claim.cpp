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

}  // namespace

Registration::Registration(Claim claim) {
    require(claim.mutants.size() >= 2, "claim " + claim.id + ": needs two mutants");
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
