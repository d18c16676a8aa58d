#include "cli/budget.hpp"
#include "cli/run_options.hpp"
#include "cli/search_report.hpp"
#include "cli/session.hpp"
#include "cli/transfer_files.hpp"
#include "cli/verbs.hpp"
#include "engine/run.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/data/number.hpp"
#include "search/ranks.hpp"
#include "search/store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using search::Plan;
using search::State;

/// The words as typed; `plan_of` and `limits_of` give them meaning.
struct Options {
    std::string claim, mutant, budget, store, witnesses, digits, seed, threads, json;
    std::vector<std::string> transfers, depths;
    bool quiet = false;
};

std::vector<Exponent> depths_of(const std::vector<std::string>& words) {
    std::vector<Exponent> out;
    for (const std::string& word : words) {
        const std::string wanted =
            "--depth: " + in_quotes(word) + " is not a depth: an integer or fraction from 2 to 64";
        try {
            out.push_back(parse_exponent(word));
        } catch (const InputError&) {
            throw InputError(wanted);
        }
        if (out.back() < Exponent(2) || out.back() > Exponent(64)) throw InputError(wanted);
        if (std::find(out.begin(), out.end() - 1, out.back()) != out.end() - 1) out.pop_back();
    }
    return out;
}

verify::RunSettings settings_of(const Options& options) {
    verify::RunSettings out;
    RunOptions run;
    run.digits = options.digits;
    run.seed = options.seed;
    run.threads = options.threads;
    apply(run, out);
    return out;
}

Plan plan_of(const Options& options, const verify::RunSettings& settings) {
    search::Subject subject(options.claim, options.mutant);
    std::vector<std::string> transfers = options.transfers;
    for (std::string& name : transfers) name = resolved_transfer(name, settings.seed);
    std::vector<search::Cell> cells =
        search::cells_of(subject, transfers, depths_of(options.depths));
    return {subject, std::move(cells), settings.seed, settings.digits};
}

search::Limits limits_of(const Options& options, const Budget& budget) {
    search::Limits out;
    out.evaluations = budget.evaluations;
    out.time = budget.time;
    if (!options.witnesses.empty())
        out.witnesses = whole_number("--witnesses", options.witnesses, 1, 1'000'000);
    return out;
}

/// The command as it was typed, to be typed again.
std::string again(const std::vector<std::string>& command) {
    std::string out = "hadamard";
    for (std::size_t i = 1; i < command.size(); ++i) out += " " + command[i];
    return out;
}

std::string closing_words(const Options& options, const std::vector<std::string>& command,
                          const search::Limits& limits, const State& state) {
    if (limits.reached_by(state)) return "";
    if (options.store.empty())
        return "not finished, and not kept: with --store FILE it could be resumed\n";
    return "not finished; to resume: " + again(command) + "\n";
}

int exit_code(const Plan& plan, const State& state, const search::Limits& limits) {
    const bool found = !state.found.empty();
    if (found && !plan.subject.is_mutant()) return refuted_or_toothless;
    if (stop_requested() && !limits.reached_by(state)) return interrupted;
    if (!found && decided_cases(state) + state.health.screened == 0) return undecided;
    return found || !plan.subject.is_mutant() ? as_claimed : undecided;
}

/// Runs the campaign, in the store where there is one.
State carried_out(const Options& options, const Plan& plan, const search::Limits& limits,
                  const Budget& budget, const search::Crew& crew,
                  const nlohmann::ordered_json& session) {
    std::optional<search::Store> store;
    std::unique_ptr<search::Ledger> ledger = std::make_unique<search::NoLedger>();
    State state;
    if (!options.store.empty()) {
        store.emplace(search::Store::for_writing(options.store));
        search::StoredCampaign stored = store->campaign(search::key_of(plan));
        store->begin_session(stored.number, session);
        ledger = std::make_unique<search::StoreLedger>(*store, stored.number);
        state = std::move(stored.state);
    }
    ProgressLine line(options.quiet);
    const Stopwatch watch;
    const long before = state.health.evaluations();
    search::run_units(plan, limits, crew, stop_requested(), state, *ledger, [&](const State& now) {
        line.show(progress_text(now, budget, now.health.evaluations() - before, watch.wall()));
    });
    return state;
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    const verify::RunSettings settings = settings_of(options);
    const Plan plan = plan_of(options, settings);
    const Budget budget = budget_of(options.budget);
    const search::Limits limits = limits_of(options, budget);
    search::Ranks ranks;
    if (ranks.rank() > 0) {
        ranks.serve(plan);
        return as_claimed;
    }
    const bool json_to_file = !options.json.empty() && options.json != "-";
    std::optional<OutputFile> file;
    if (json_to_file) file.emplace(options.json);

    const search::Crew crew = ranks.size() > 1 ? ranks.crew() : search::threads(settings.threads);
    nlohmann::ordered_json out = provenance("hadamard-search", command);
    const State state = carried_out(options, plan, limits, budget, crew, out);

    out["seed"] = settings.seed;
    out.update(search_json(plan, state));
    out["finished"] = limits.reached_by(state);
    out["seconds"] = stopwatch.seconds();
    out["workers"] = crew.size;
    out["ranks"] = ranks.size();
    const std::string json = out.dump(2) + "\n";
    if (file) file->commit(json);
    print(options.json == "-" ? json : search_text(plan, state));
    const std::string words = closing_words(options, command, limits, state);
    if (!options.quiet) std::fputs(words.c_str(), stderr);
    return exit_code(plan, state, limits);
}

}  // namespace

Verb add_search_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "search", "Search for a counterexample to a claim, or to one of its mutants");
    const auto o = std::make_shared<Options>();
    o->budget = "1m";
    app->add_option("ID", o->claim, "The claim (see hadamard claims)")->required();
    app->add_option("--mutant", o->mutant, "Search this false variant of it instead");
    app->add_option("--transfer", o->transfers,
                    "Transfers to search (default: all); a FILE.json holds one of your own");
    app->add_option(
        "--depth", o->depths,
        "Depths k, integers or fractions (default: 2 3 4, and 5/2 where k may be real)");
    app->add_option("--budget", o->budget,
                    "When to stop: a time of this run (30s, 10m, 2h) or the number of evaluations "
                    "of the whole campaign (1e6); default 1m");
    app->add_option("--witnesses", o->witnesses,
                    "Stop when this many different counterexamples are found (default 1)");
    app->add_option("--store", o->store,
                    "Keep the campaign in this file, and resume it from there");
    app->add_option("--digits", o->digits,
                    "Decimal digits that decisions start from, rounded up to 50, 100 or 200");
    app->add_option("--seed", o->seed, "Seed of the campaign (default 20230707)");
    app->add_option("--threads", o->threads, "Threads (default: all processors)");
    app->add_option("--json", o->json,
                    "Write the result as JSON to this file; - for standard output");
    app->add_flag("--quiet", o->quiet, "No progress on standard error");
    for (CLI::Option* option : app->get_options())
        option->check([](const std::string& word) {
            return word.empty() ? std::string("is empty") : std::string();
        });
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
