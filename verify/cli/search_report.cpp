#include "cli/search_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace hadamard::cli {
namespace {

using search::Health;
using search::State;

std::string margin_text(const std::optional<double>& margin) {
    return margin ? fmt::format("{:.3g}", *margin) : "none (its checks compare no numbers)";
}

/// "-0.5 after 12, -0.1 after 340 evaluations": the last few records.
std::string record_text(const State& state) {
    constexpr std::size_t most = 6;
    const std::size_t count = state.records.size();
    std::string out;
    for (std::size_t i = count - std::min(count, most); i < count; ++i)
        out += fmt::format("{}{:.3g} after {}", out.empty() ? "" : ", ", state.records[i].margin,
                           state.records[i].evaluations);
    return out.empty() ? "" : "record     " + out + " evaluations\n";
}

std::optional<double> best_margin(const State& state) {
    if (state.records.empty()) return std::nullopt;
    return state.records.back().margin;
}

std::string time_left(const Budget& budget, double evaluated, double done, double seconds) {
    if (budget.time)
        return fmt::format(", {:.0f} s left", std::max(0.0, budget.time->count() - seconds));
    if (budget.evaluations && evaluated > 0) {
        const double rest = static_cast<double>(*budget.evaluations) - done;
        return fmt::format(", {:.0f} s left", std::max(0.0, rest * seconds / evaluated));
    }
    return "";
}

/// "random 4096, zeros 1024", the largest first.
std::string counts(const std::map<std::string, long>& by) {
    std::vector<std::pair<std::string, long>> rows(by.begin(), by.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    constexpr std::size_t most = 9;
    std::string out;
    for (std::size_t i = 0; i < rows.size() && i < most; ++i)
        out += fmt::format("{}{} {}", i == 0 ? "" : ", ", rows[i].first, rows[i].second);
    if (rows.size() > most) out += fmt::format(", and {} more", rows.size() - most);
    return out;
}

std::string percent(long part, long whole) {
    return whole == 0 ? "-"
                      : fmt::format("{:.1f} %",
                                    100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string health_text(const Health& health) {
    std::string out = fmt::format(
        "tried      {} margins at points, {} on the way up, {} cases by the claim's own check\n"
        "cases      {} outside the hypotheses, {} undecided, {} alarms of double not confirmed\n",
        health.screened, health.ascended, health.cases, percent(health.discarded, health.cases),
        percent(health.undecided, health.cases), health.alarms);
    out += "by origin  " + counts(health.by_origin) + "\n";
    out += "by cell    " + counts(health.by_cell) + "\n";
    out += "by depth   " + counts(health.by_depth) + "\n";
    if (!health.by_support.empty()) out += "by support " + counts(health.by_support) + "\n";
    if (!health.by_regime.empty()) out += "by regime  " + counts(health.by_regime) + "\n";
    if (!health.reasons.empty()) out += "undecided  " + counts(health.reasons) + "\n";
    return out;
}

std::string witness_text(const search::Found& found) {
    const search::Witness& witness = found.witness;
    std::string out = fmt::format("witness {}  (unit {}, from {})\n", short_id(witness.id),
                                  found.unit, witness.origin);
    return out + witness.printed.dump() + "\n";
}

}  // namespace

std::string short_id(const std::string& id) { return id.substr(0, 12); }

nlohmann::ordered_json instance_in(const search::Witness& witness) {
    return witness.printed.contains("instance") ? witness.printed.at("instance") : witness.printed;
}

std::string progress_text(const State& state, const Budget& budget, long evaluated,
                          double seconds) {
    const long done = state.health.evaluations();
    return fmt::format(
        "{} units, {} evaluations ({:.3g}/s), best margin {}, {} witnesses{}", state.units, done,
        seconds > 0 ? static_cast<double>(evaluated) / seconds : 0.0,
        best_margin(state) ? fmt::format("{:.3g}", *best_margin(state)) : "-", state.found.size(),
        time_left(budget, static_cast<double>(evaluated), static_cast<double>(done), seconds));
}

std::string search_text(const search::Plan& plan, const State& state) {
    std::string out;
    for (const search::Found& found : state.found) out += witness_text(found) + "\n";
    out += fmt::format("{}: {}\n", plan.subject.name(), plan.subject.statement());
    out += state.found.empty()
               ? "no counterexample found; that is evidence, not a proof\n"
               : fmt::format("REFUTED: {} witness{}, proved by the claim's own check\n",
                             state.found.size(), state.found.size() == 1 ? "" : "es");
    out += fmt::format("units      {} over {} transfers and depths, seed {}, {} digits, {:.1f} s\n",
                       state.units, plan.cells.size(), plan.seed, plan.digits, state.seconds);
    out += health_text(state.health) + record_text(state);
    return out + "best margin " + margin_text(best_margin(state)) + "\n";
}

nlohmann::ordered_json search_json(const search::Plan& plan, const State& state) {
    nlohmann::ordered_json out;
    out["claim"] = plan.subject.claim_id();
    out["mutant"] = plan.subject.is_mutant() ? nlohmann::ordered_json(plan.subject.mutant_id())
                                             : nlohmann::ordered_json(nullptr);
    out["statement"] = plan.subject.statement();
    out["witnesses"] = nlohmann::ordered_json::array();
    for (const search::Found& found : state.found) {
        nlohmann::ordered_json one;
        one["id"] = found.witness.id;
        one["instance"] = instance_in(found.witness);
        one["margin"] = found.witness.margin ? nlohmann::ordered_json(*found.witness.margin)
                                             : nlohmann::ordered_json(nullptr);
        one["case"] = nlohmann::ordered_json::parse(found.witness.text);
        one["witness"] = found.witness.printed;
        one["unit"] = found.unit;
        one["origin"] = found.witness.origin;
        out["witnesses"].push_back(std::move(one));
    }
    out["evaluations"] = state.health.evaluations();
    out["units"] = state.units;
    out["health"] = state.health.to_json();
    out["margin_records"] = nlohmann::ordered_json::array();
    for (const search::MarginRecord& record : state.records)
        out["margin_records"].push_back({{"unit", record.unit},
                                         {"evaluations", record.evaluations},
                                         {"margin", record.margin}});
    out["campaign_seconds"] = state.seconds;
    return out;
}

}  // namespace hadamard::cli
