#pragma once

/// @file
/// How a campaign is shown: one progress line while it runs, a page or JSON when it has ended.

#include "cli/budget.hpp"
#include "search/campaign.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace hadamard::cli {

/// "812 units, 3.3e+06 evaluations (1.2e+06/s), best margin -1.2e-09, 0 witnesses, 12 s left".
/// @param evaluated  evaluations of this session, in `seconds`.
std::string progress_text(const search::State& state, const Budget& budget, long evaluated,
                          double seconds);

/// Cases that were within the hypotheses and of which something was decided.
long decided_cases(const search::State& state);

/// Witnesses first, then what was tried and how healthy it was.
std::string search_text(const search::Plan& plan, const search::State& state);

/// {"witnesses": [{"id", "instance", "margin", …}], "evaluations", …}.
nlohmann::ordered_json search_json(const search::Plan& plan, const search::State& state);

/// The instance of a witness where its claim prints one, else all that it prints.
nlohmann::ordered_json instance_in(const search::Witness& witness);

/// The first digits of an address: enough to name it to `replay`.
std::string short_id(const std::string& id);

}  // namespace hadamard::cli
