#include "cli/run_options.hpp"
#include "cli/search_report.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/data/json_file.hpp"
#include "hadamard/data/number.hpp"
#include "search/store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using Json = nlohmann::ordered_json;
using search::StoredWitness;
using verify::Verdict;

struct Options {
    std::string store, witness, digits, exported, json;
};

std::string subject_of(const search::Case& one) {
    return one.claim + (one.mutant.empty() ? "" : "/" + one.mutant);
}

std::string list_text(search::Store& store) {
    std::string out;
    for (const search::StoredCampaign& campaign : store.campaigns()) {
        const Json key = Json::parse(campaign.key);
        out += fmt::format("campaign {}  {}{}  seed {}, {} units, {} evaluations, {} witnesses\n",
                           campaign.number, key.at("claim").get<std::string>(),
                           key.at("mutant") == "" ? "" : "/" + key.at("mutant").get<std::string>(),
                           key.at("seed").get<std::uint64_t>(), campaign.state.units,
                           campaign.state.health.evaluations(), campaign.state.found.size());
    }
    for (const StoredWitness& witness : store.witnesses()) {
        const search::Case one = search::case_from_text(witness.text);
        out += fmt::format("witness {}  {}  {} depth {}\n", short_id(witness.id), subject_of(one),
                           one.transfer, one.depth.text());
    }
    return out.empty() ? "no campaigns\n" : out;
}

Json list_json(search::Store& store) {
    Json out = Json::array();
    for (const StoredWitness& witness : store.witnesses())
        out.push_back({{"id", witness.id},
                       {"case", Json::parse(witness.text)},
                       {"witness", witness.witness.printed}});
    return out;
}

/// The witness whose address begins with `prefix`.
StoredWitness chosen(search::Store& store, const std::string& path, const std::string& prefix) {
    std::vector<StoredWitness> all = store.witnesses();
    std::erase_if(all, [&](const StoredWitness& one) { return !one.id.starts_with(prefix); });
    const std::string list = " (hadamard replay " + path + " lists them)";
    if (all.empty())
        throw InputError("WITNESS: no witness begins with " + in_quotes(prefix) + list);
    if (all.size() > 1)
        throw InputError("WITNESS: " + in_quotes(prefix) + " begins more than one" + list);
    return std::move(all.front());
}

Verdict verdict_of(const verify::Trial& trial) {
    if (trial.refuted()) return Verdict::refuted;
    return trial.held_parts().empty() || !trial.undecided_reasons().empty() ? Verdict::undecided
                                                                            : Verdict::supported;
}

/// A raw string literal that holds any JSON.
std::string literal(const std::string& text) { return "R\"json(" + text + ")json\""; }

/// A GoogleTest file: the case by its text, decided by the claim's own check.
std::string regression(const StoredWitness& witness, const search::Case& one) {
    std::string name;
    for (const char c : subject_of(one)) name += std::isalnum(c) != 0 ? c : '_';
    return fmt::format(
        "/// @file\n"
        "/// A counterexample to {0}, found by hadamard search.\n"
        "/// Beside the tests in properties/, as search_<name>_test.cpp, it is built and run.\n\n"
        "#include \"search/case.hpp\"\n\n"
        "#include <gtest/gtest.h>\n\n"
        "namespace hadamard::search {{\n"
        "namespace {{\n\n"
        "constexpr const char* text =\n    {1};\n\n"
        "constexpr const char* printed =\n    {2};\n\n"
        "TEST(Witness_{3}, {4}) {{\n"
        "    const Trial trial = replayed(case_from_text(text));\n"
        "    ASSERT_TRUE(trial.refuted());\n"
        "    EXPECT_EQ(trial.witness(), nlohmann::ordered_json::parse(printed));\n"
        "}}\n\n"
        "}}  // namespace\n"
        "}}  // namespace hadamard::search\n",
        subject_of(one), literal(witness.text), literal(witness.witness.printed.dump()),
        short_id(witness.id), name);
}

std::string exported(const Options& options, const StoredWitness& witness,
                     const search::Case& one) {
    if (options.exported == "cpp") return regression(witness, one);
    const Json instance = instance_in(witness.witness);
    if (instance.contains("transfer") && instance["transfer"].value("kind", one.transfer) != one.transfer)
        std::fprintf(stderr,
                     "note: this mutant changes K; %s is the nearest transfer of the catalogue, on "
                     "which nothing is refuted\n",
                     instance["transfer"]["kind"].get<std::string>().c_str());
    return instance.dump(2) + "\n";
}

int exit_code(Verdict verdict) {
    switch (verdict) {
        case Verdict::refuted: return as_claimed;  // as the store says
        case Verdict::undecided: return undecided;
        default: return refuted_or_toothless;
    }
}

int replay_one(const Options& options, const StoredWitness& witness, const search::Case& one,
               const std::vector<std::string>& command) {
    const int digits = options.digits.empty()
                           ? one.digits
                           : static_cast<int>(whole_number("--digits", options.digits, 1, 200));
    const int rounded = digits <= 50 ? 50 : digits <= 100 ? 100 : 200;
    const verify::Trial trial = search::replayed(one, rounded);
    const Verdict verdict = verdict_of(trial);
    if (rounded == one.digits && trial.witness() != witness.witness.printed)
        throw InputError(options.store + ": witness " + short_id(witness.id) +
                         ": the case gives another text than the one stored: the store was "
                         "changed, or another version of hadamard wrote it");
    Json out = provenance("hadamard-replay", command);
    out["id"] = witness.id;
    out["verdict"] = to_string(verdict);
    out["digits"] = rounded;
    out["subject"] = subject_of(one);
    out["case"] = Json::parse(witness.text);
    out["witness"] = trial.witness();
    if (!options.json.empty() && options.json != "-")
        OutputFile(options.json).commit(out.dump(2) + "\n");
    if (options.json == "-") {
        print(out.dump(2) + "\n");
    } else {
        print(fmt::format("{}: {} {} at {} digits\n{}\n", short_id(witness.id), subject_of(one),
                          verdict == Verdict::refuted ? "REFUTED again" : to_string(verdict),
                          rounded, trial.witness().dump(2)));
    }
    return exit_code(verdict);
}

int done(const Options& options, const std::vector<std::string>& command) {
    if (!options.exported.empty() && options.witness.empty())
        throw InputError("--export: needs a WITNESS");
    if (!options.exported.empty() && options.exported != "json" && options.exported != "cpp")
        throw InputError("--export: " + in_quotes(options.exported) + " is neither json nor cpp");
    if (!options.digits.empty() && options.witness.empty())
        throw InputError("--digits: needs a WITNESS");
    search::Store store = search::Store::for_reading(options.store);
    if (options.witness.empty()) {
        print(options.json == "-" ? list_json(store).dump(2) + "\n" : list_text(store));
        return as_claimed;
    }
    const StoredWitness witness = chosen(store, options.store, options.witness);
    const search::Case one = search::case_from_text(witness.text);
    if (options.exported.empty()) return replay_one(options, witness, one, command);
    print(exported(options, witness, one));
    return as_claimed;
}

/// JSON in a store that does not have the fields it should was not written by this program.
int run(const Options& options, const std::vector<std::string>& command) {
    try {
        return done(options, command);
    } catch (const nlohmann::json::exception& error) {
        throw InputError(options.store + ": is damaged (" + plain_words(error) +
                         "); restore a copy");
    }
}

}  // namespace

Verb add_replay_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "replay", "List the witnesses of a store, decide one again, or export it");
    const auto o = std::make_shared<Options>();
    app->add_option("STORE", o->store, "A file made by hadamard search --store")->required();
    app->add_option("WITNESS", o->witness, "The address of a witness, or its first digits");
    app->add_option(
        "--digits", o->digits,
        "Decimal digits to decide in, rounded up to 50, 100 or 200 (default: as found)");
    app->add_option("--export", o->exported,
                    "json: the instance (for certify, where the claim is about one); cpp: a "
                    "GoogleTest file");
    app->add_option("--json", o->json,
                    "Write the result as JSON to this file; - for standard output");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
