#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "engine/claim.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/data/json_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace hadamard::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> runs;
    std::string json;
};

/// What all runs together say of one claim.
struct ClaimFigures {
    std::set<std::string> transfers;
    long cases = 0, refuted = 0, undecided = 0;
    std::map<std::string, std::pair<long, long>> mutants;  // id → killed, runs
};

using Figures = std::map<std::string, ClaimFigures>;

/// A result of `hadamard verify --json`.
/// @throws InputError when the file is none.
Json read_run(const std::string& path) {
    return from_json_file(path, [](Json run) {
        if (!run.is_object() || run.value("format", "") != "hadamard-verify")
            throw InputError("is not the JSON of hadamard verify");
        return run;
    });
}

void add(Figures& figures, const Json& cell) {
    ClaimFigures& claim = figures[cell.at("id")];
    claim.transfers.insert(cell.at("transfer").get<std::string>());
    claim.cases += cell.at("cases").get<long>();
    claim.refuted += cell.at("refuted").get<long>();
    claim.undecided += cell.at("undecided").get<long>();
    for (const Json& mutant : cell.at("mutants")) {
        auto& [killed, runs] = claim.mutants[mutant.at("id")];
        killed += mutant.at("killed").get<bool>() ? 1 : 0;
        ++runs;
    }
}

Json to_json(const Figures& figures) {
    Json out = Json::array();
    for (const auto& [id, claim] : figures) {
        Json one;
        one["id"] = id;
        one["transfers"] = claim.transfers;
        one["cases"] = claim.cases;
        one["refuted"] = claim.refuted;
        one["undecided"] = claim.undecided;
        one["mutants"] = Json::array();
        for (const auto& [mutant, count] : claim.mutants)
            one["mutants"].push_back(
                {{"id", mutant}, {"killed", count.first}, {"runs", count.second}});
        out.push_back(std::move(one));
    }
    return out;
}

Json summed(const std::vector<std::string>& files, const std::vector<std::string>& command) {
    Figures figures;
    Json runs = Json::array();
    std::set<std::string> seen;
    for (const std::string& path : files) {
        const Json run = read_run(path);
        if (run.value("interrupted", false))
            throw InputError(path + ": was interrupted; only whole runs are summed up");
        if (!seen.insert(run.value("claims", Json()).dump()).second)
            throw InputError(path + ": holds the same results as a file before it");
        try {
            for (const Json& cell : run.at("claims")) add(figures, cell);
            runs.push_back({{"command", run.at("command")},
                            {"seed", run.at("seed")},
                            {"program", run.at("program")},
                            {"machine", run.at("machine")},
                            {"seconds", run.at("seconds")}});
        } catch (const Json::exception& error) {
            throw InputError(path + ": a field is missing or of another type: " + error.what());
        }
    }
    Json out = provenance("hadamard-figures", command);
    out["runs"] = std::move(runs);
    out["claims"] = to_json(figures);
    return out;
}

std::string share(long part, long whole) {
    return whole == 0 ? "-"
                      : fmt::format("{:.2f} %",
                                    100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Json figures = summed(options.runs, command);
    const std::string text = figures.dump(2) + "\n";
    if (options.json == "-") {
        print(text);
        return as_claimed;
    }
    if (!options.json.empty()) OutputFile(options.json).commit(text);
    print(figures_table(figures));
    return as_claimed;
}

}  // namespace

std::string figures_table(const Json& figures) {
    std::string out =
        "| claim | transfers | cases | falsely refuted | undecided | mutants killed |\n"
        "|---|---|---|---|---|---|\n";
    long cases = 0, refuted = 0, undecided = 0, killed = 0, runs = 0;
    for (const Json& claim : figures.at("claims")) {
        long claim_killed = 0, claim_runs = 0;
        for (const Json& mutant : claim.at("mutants")) {
            claim_killed += mutant.at("killed").get<long>();
            claim_runs += mutant.at("runs").get<long>();
        }
        const long claim_cases = claim.at("cases"), claim_undecided = claim.at("undecided");
        out += fmt::format("| `{}` | {} | {} | {} | {} | {} of {} |\n",
                           claim.at("id").get<std::string>(), claim.at("transfers").size(),
                           claim_cases, claim.at("refuted").get<long>(),
                           share(claim_undecided, claim_cases), claim_killed, claim_runs);
        cases += claim_cases;
        refuted += claim.at("refuted").get<long>();
        undecided += claim_undecided;
        killed += claim_killed;
        runs += claim_runs;
    }
    return out + fmt::format("| all | | {} | {} | {} | {} of {} |\n", cases, refuted,
                             share(undecided, cases), killed, runs);
}

Verb add_figures_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "figures", "Sum up runs of verify: cases, false refutations, undecided shares, mutants");
    const auto options = std::make_shared<Options>();
    app->add_option("RUN.json", options->runs, "Results of hadamard verify --json")->required();
    app->add_option("--json", options->json, "Write JSON to this file; - for standard output");
    return {app, [options, command] { return run(*options, command); }};
}

}  // namespace hadamard::cli
