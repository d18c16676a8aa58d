#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "engine/claim.hpp"
#include "engine/run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using verify::Claim;

struct Options {
    std::string id;
    std::string json;
    bool markdown = false;
};

std::vector<std::string> transfers_of(const Claim& claim) {
    std::vector<std::string> out;
    for (const TransferTraits& transfer : transfer_catalogue()) {
        bool applies = false;
        for (const Exponent depth : verify::default_depths(transfer))
            applies = applies || claim.applies({transfer, depth});
        if (applies) out.push_back(transfer.name);
    }
    return out;
}

/// "all", "all but a, b", or the names.
std::string short_list(const std::vector<std::string>& transfers) {
    std::vector<std::string> missing;
    for (const TransferTraits& transfer : transfer_catalogue())
        if (std::find(transfers.begin(), transfers.end(), transfer.name) == transfers.end())
            missing.push_back(transfer.name);
    if (missing.empty()) return "all";
    if (missing.size() < transfers.size())
        return fmt::format("all but {}", fmt::join(missing, ", "));
    return fmt::format("{}", fmt::join(transfers, ", "));
}

/// A `|` would end the cell of a Markdown table.
std::string cell(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
    return out;
}

nlohmann::ordered_json to_json(const Claim& claim) {
    nlohmann::ordered_json out;
    out["id"] = claim.id;
    out["statement"] = claim.statement;
    out["hypotheses"] = verify::text_of(claim.hypotheses);
    out["source"] = claim.source;
    out["argument"] = claim.argument;
    out["machine"] = claim.machine;
    out["transfers"] = transfers_of(claim);
    out["mutants"] = nlohmann::ordered_json::array();
    for (const verify::Mutant& mutant : claim.mutants)
        out["mutants"].push_back(
            {{"id", mutant.id}, {"statement", mutant.statement}, {"why", mutant.why}});
    return out;
}

std::string listing(const Claim& claim) {
    return fmt::format("{:28} {}\n", claim.id, claim.statement);
}

std::string page(const Claim& claim) {
    std::string out = fmt::format(
        "{}\n\n  Statement   {}\n  Hypotheses  {}\n  Source      {}\n  Argument    {}\n"
        "  Machine     {}\n  Transfers   {}\n  Mutants\n",
        claim.id, claim.statement, verify::text_of(claim.hypotheses), claim.source, claim.argument,
        claim.machine, fmt::join(transfers_of(claim), ", "));
    for (const verify::Mutant& mutant : claim.mutants)
        out += fmt::format("    {:22} {}\n{:27} false: {}\n", mutant.id, mutant.statement, "",
                           mutant.why);
    return out;
}

int run(const Options& options, const std::vector<std::string>& command) {
    std::vector<const Claim*> shown;
    if (options.id.empty())
        for (const Claim& claim : verify::claims()) shown.push_back(&claim);
    else
        shown.push_back(&verify::claim_named(options.id));

    if (!options.json.empty()) {
        nlohmann::ordered_json out = provenance("hadamard-claims", command);
        out["claims"] = nlohmann::ordered_json::array();
        for (const Claim* claim : shown) out["claims"].push_back(to_json(*claim));
        const std::string text = out.dump(2) + "\n";
        if (options.json == "-") {
            print(text);
            return as_claimed;
        }
        OutputFile(options.json).commit(text);
    }
    if (options.markdown) {
        print(claims_table());
        return as_claimed;
    }
    std::string text;
    for (const Claim* claim : shown) text += options.id.empty() ? listing(*claim) : page(*claim);
    print(text);
    return as_claimed;
}

}  // namespace

nlohmann::ordered_json catalogue_json() {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const Claim& claim : verify::claims()) out.push_back(to_json(claim));
    return out;
}

std::string claims_table() {
    std::string out = "| claim | statement | transfers | mutants |\n|---|---|---|---|\n";
    for (const Claim& claim : verify::claims()) {
        std::vector<std::string> mutants;
        for (const verify::Mutant& mutant : claim.mutants) mutants.push_back(mutant.id);
        out += fmt::format("| `{}` | {} | {} | {} |\n", claim.id,
                           cell(claim.statement), short_list(transfers_of(claim)),
                           fmt::join(mutants, ", "));
    }
    return out;
}

Verb add_claims_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand("claims", "List the claims, or show one");
    const auto options = std::make_shared<Options>();
    app->add_option("ID", options->id, "Show this claim in full: hypotheses, source, mutants");
    app->add_option("--json", options->json, "Write JSON to this file; - for standard output");
    app->add_flag("--markdown", options->markdown, "Print the table of the README");
    return {app, [options, command] { return run(*options, command); }};
}

}  // namespace hadamard::cli
