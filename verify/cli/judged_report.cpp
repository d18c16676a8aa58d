#include "cli/judged_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hadamard::cli {
namespace {

using minima::Outcome;
using verify::Confusion;
using verify::FamilyTally;
using verify::JudgedResult;
using verify::JudgeSettings;

constexpr std::array<Outcome, 3> outcomes = {Outcome::minimizer, Outcome::not_minimizer,
                                             Outcome::undecided};

/// As a truth, `undecided` means that it is not known.
std::string_view truth_name(Outcome truth) {
    return truth == Outcome::undecided ? "unknown" : to_string(truth);
}

nlohmann::ordered_json to_json(const Confusion& confusion) {
    nlohmann::ordered_json out;
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        for (std::size_t j = 0; j < outcomes.size(); ++j)
            out[std::string(truth_name(outcomes[i]))][std::string(to_string(outcomes[j]))] =
                confusion[i][j];
    return out;
}

nlohmann::ordered_json to_json(const FamilyTally& row, const JudgeSettings& settings) {
    nlohmann::ordered_json out;
    out["instances"] = row.instances;
    out["right"] = row.right;
    out["wrong"] = row.wrong;
    out["undecided"] = row.undecided;
    out["open"] = row.open;
    out["confusion"] = {{"P", to_json(row.base)}, {"Q", to_json(row.surrogate)}};
    if (settings.double_says)
        out["double_says"] = {{"right", row.double_right},
                              {"wrong", row.double_wrong},
                              {"undecided", row.double_undecided}};
    return out;
}

std::string confusion_table(const JudgedResult& result) {
    std::string out = fmt::format("\n{:18} {:16} {:>30} {:>30}\n{:18} {:16} {:>30} {:>30}\n", "", "",
                                  "decided for P:", "decided for Q:", "", "truth",
                                  "minimizer  not  undecided", "minimizer  not  undecided");
    for (const auto& [name, row] : result.families)
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const auto& p = row.base[i];
            const auto& q = row.surrogate[i];
            if (p[0] + p[1] + p[2] + q[0] + q[1] + q[2] == 0) continue;
            out += fmt::format("{:18} {:16} {:>12} {:>8} {:>8} {:>12} {:>8} {:>8}\n", name,
                               truth_name(outcomes[i]), p[0], p[1], p[2], q[0], q[1], q[2]);
        }
    return out;
}

std::string double_table(const JudgedResult& result) {
    std::string out =
        fmt::format("\n{:18} {:>9} {:>7} {:>12} {:>9} | double says: {:>7} {:>7} {:>9}\n", "family",
                    "instances", "right", "false alarms", "undecided", "right", "wrong",
                    "undecided");
    for (const auto& [name, row] : result.families)
        out += fmt::format("{:18} {:>9} {:>7} {:>12} {:>9} | {:>12} {:>7} {:>7} {:>9}\n", name,
                           row.instances, row.right, row.wrong, row.undecided, "(points)",
                           row.double_right, row.double_wrong, row.double_undecided);
    return out;
}

std::string ladder_table(const JudgedResult& result) {
    std::string out = fmt::format("\nprecision ladder: {} points decided on every rung; changes:\n",
                                  result.decided_on_ladder);
    for (const auto& [what, change] : result.ladder)
        out += fmt::format("  {}: {} (first instance {})\n", what, change.count, change.first);
    return out;
}

}  // namespace

nlohmann::ordered_json judged_json(const JudgedResult& result, const JudgeSettings& settings) {
    nlohmann::ordered_json out = to_json(result.total(), settings);
    out["interrupted"] = result.interrupted;
    out["by_kind"] = nlohmann::ordered_json::object();
    for (const auto& [name, row] : result.families) out["by_kind"][name] = to_json(row, settings);
    if (settings.ladder) {
        out["ladder"]["decided_on_every_rung"] = result.decided_on_ladder;
        out["ladder"]["changes"] = nlohmann::ordered_json::array();
        for (const auto& [what, change] : result.ladder)
            out["ladder"]["changes"].push_back({{"change", what},
                                                {"count", change.count},
                                                {"first", change.first},
                                                {"witness", change.witness}});
    }
    if (result.witness) out["witness"] = *result.witness;
    return out;
}

std::string judged_tables(const std::string& title, const JudgedResult& result,
                          const JudgeSettings& settings, double seconds) {
    const FamilyTally total = result.total();
    std::string out = fmt::format(
        "\n{}: {} instances, judged rightly {}, wrongly {}, undecided {}; without a known answer, so "
        "neither right nor wrong, {}; {:.0f} instances/s\n",
        title, total.instances, total.right, total.wrong, total.undecided, total.open,
        static_cast<double>(total.instances) / std::max(seconds, 1e-3));
    out += confusion_table(result);
    if (settings.double_says) out += double_table(result);
    if (settings.ladder) out += ladder_table(result);
    if (result.witness) out += "JUDGED WRONGLY:\n" + result.witness->dump(2) + "\n";
    return out;
}

}  // namespace hadamard::cli
