#include "cli/judged_report.hpp"
#include "cli/run_options.hpp"
#include "cli/run_report.hpp"
#include "cli/session.hpp"
#include "cli/transfer_files.hpp"
#include "cli/verbs.hpp"
#include "engine/data_problems.hpp"
#include "engine/delicate/families.hpp"
#include "engine/planted.hpp"
#include "engine/run.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using verify::JudgedResult;
using verify::RunResult;
using verify::RunSettings;
using verify::Verdict;

/// The words as typed; `settings_of` gives them meaning.
struct Options {
    std::vector<std::string> claims, transfers, depths, lambdas;
    std::string data, response, loss;
    std::string planted, delicate;  // empty: not asked for
    bool ladder = false, no_data = false;
    RunOptions run;
};

/// Options that take several words swallow the claims typed after them.
void refuse_claim(const std::string& flag, const std::string& word) {
    for (const verify::Claim& claim : verify::claims())
        if (claim.id == word)
            throw InputError(flag + ": \"" + word + "\" is a claim; claims go before the options");
}

/// What is named twice counts once.
template <class T>
void keep_distinct(std::vector<T>& words) {
    std::vector<T> out;
    for (T& word : words)
        if (std::find(out.begin(), out.end(), word) == out.end()) out.push_back(std::move(word));
    words = std::move(out);
}

std::vector<Exponent> depths_of(const std::vector<std::string>& words) {
    std::vector<Exponent> out;
    for (const std::string& word : words) {
        refuse_claim("--depth", word);
        const std::string wanted =
            "--depth: \"" + word + "\" is not a depth: an integer or fraction from 2 to 64";
        try {
            const Exponent depth = parse_exponent(word);
            if (depth < Exponent(2) || depth > Exponent(64)) throw InputError(wanted);
            out.push_back(depth);
        } catch (const InputError&) {
            throw InputError(wanted);
        }
    }
    return out;
}

std::vector<Rational> lambdas_of(const std::vector<std::string>& words) {
    std::vector<Rational> out;
    for (const std::string& word : words) {
        const std::string wanted = "--lambda: \"" + word + "\" is not a positive number";
        try {
            out.push_back(parse_rational(word));
        } catch (const InputError&) {
            throw InputError(wanted);
        }
        if (out.back() <= 0) throw InputError(wanted);
    }
    return out;
}

void set_data(const Options& options, RunSettings& settings) {
    if (options.data.empty()) {
        for (const auto& [flag, given] : {std::pair("--response", !options.response.empty()),
                                          std::pair("--lambda", !options.lambdas.empty()),
                                          std::pair("--loss", !options.loss.empty())})
            if (given) throw InputError(std::string(flag) + ": goes with --data");
        if (!options.no_data) settings.data = verify::default_data_problems(HADAMARD_DATA_DIR);
        return;
    }
    if (options.no_data) throw InputError("--no-data: there is --data as well; choose one");
    if (options.response.empty())
        throw InputError("--data: needs --response, the name of the column to predict");
    settings.random = !options.run.cases.empty();
    settings.data = verify::data_problems({.file = options.data,
                                           .response = options.response,
                                           .loss = options.loss,
                                           .lambdas = lambdas_of(options.lambdas)});
}

RunSettings settings_of(const Options& options) {
    RunSettings out;
    out.claims = options.claims;
    out.transfers = options.transfers;
    for (const std::string& id : out.claims) verify::claim_named(id);
    out.depths = depths_of(options.depths);
    apply(options.run, out);
    for (std::string& name : out.transfers) {
        refuse_claim("--transfer", name);
        name = resolved_transfer(name, out.seed);
        transfer_traits(name);
    }
    keep_distinct(out.claims);
    keep_distinct(out.transfers);
    keep_distinct(out.depths);
    set_data(options, out);
    return out;
}

/// What --planted, --delicate and --ladder ask for, and what came out.
struct KnownAnswers {
    long planted_count = 0, delicate_count = 0;  // 0: not asked for
    verify::JudgeSettings planted_settings, delicate_settings;
    std::optional<JudgedResult> planted, delicate;
    double planted_seconds = 0, delicate_seconds = 0;

    long wrong() const {
        return (planted ? planted->total().wrong : 0) + (delicate ? delicate->total().wrong : 0);
    }
};

constexpr long most_instances = 1'000'000'000;

KnownAnswers known_answers_of(const Options& options, int threads) {
    KnownAnswers out;
    refuse_claim("--planted", options.planted);
    refuse_claim("--delicate", options.delicate);
    if (!options.planted.empty())
        out.planted_count = whole_number("--planted", options.planted, 1, most_instances);
    if (!options.delicate.empty())
        out.delicate_count = whole_number("--delicate", options.delicate, 1, most_instances / 100);
    if (options.ladder && out.planted_count + out.delicate_count == 0)
        throw InputError("--ladder: goes with --planted or --delicate");
    out.planted_settings = {
        .threads = threads, .double_says = options.ladder, .ladder = options.ladder};
    out.delicate_settings = {.threads = threads, .double_says = true, .ladder = options.ladder};
    return out;
}

void judge(KnownAnswers& known, const RunSettings& settings, ProgressLine& line) {
    const auto show = [&line](const char* what, long total) {
        return [&line, what, total](long done) {
            line.show(fmt::format("{} instances: {}/{}", what, done, total));
        };
    };
    if (known.planted_count > 0) {
        const Stopwatch watch;
        const verify::PlantedStream stream(settings);
        known.planted = verify::judge_known(known.planted_count, stream, known.planted_settings,
                                            stop_requested(), show("planted", known.planted_count));
        known.planted_seconds = watch.wall();
    }
    if (known.delicate_count > 0) {
        const Stopwatch watch;
        const long total =
            known.delicate_count * static_cast<long>(verify::delicate_families().size());
        known.delicate = verify::judge_known(
            total, [&](long i) { return verify::delicate_instance(settings.seed, i); },
            known.delicate_settings, stop_requested(), show("delicate", total));
        known.delicate_seconds = watch.wall();
    }
}

std::string tables(const KnownAnswers& known) {
    std::string out;
    if (known.planted)
        out +=
            judged_tables("planted", *known.planted, known.planted_settings, known.planted_seconds);
    if (known.delicate)
        out += judged_tables("delicate", *known.delicate, known.delicate_settings,
                             known.delicate_seconds);
    return out;
}

nlohmann::ordered_json to_json(const RunSettings& settings, const RunResult& result,
                               const KnownAnswers& known, const std::vector<std::string>& command,
                               const Stopwatch& stopwatch) {
    nlohmann::ordered_json out = provenance("hadamard-verify", command);
    out["seed"] = settings.seed;
    out["digits"] = settings.digits;
    out["verdict"] = to_string(result.verdict);
    out["interrupted"] = result.interrupted;
    out["toothless"] = result.toothless;
    out["data"] = nlohmann::ordered_json::array();
    for (const verify::DataProblem& data : settings.data)
        out["data"].push_back({{"name", data.name},
                               {"loss", data.loss.kind},
                               {"rows", data.loss.X.rows()},
                               {"columns", data.loss.X.cols()},
                               {"lambda", text(data.lambda)}});
    out["claims"] = claims_json(result);
    if (known.planted) out["planted"] = judged_json(*known.planted, known.planted_settings);
    if (known.delicate) out["delicate"] = judged_json(*known.delicate, known.delicate_settings);
    out["seconds"] = stopwatch.seconds();
    out["threads"] = settings.threads;
    return out;
}

std::string summary(const RunSettings& settings, const RunResult& result, double seconds) {
    return fmt::format("\n{}{}\nseed {}, {} digits, {} threads, {:.0f} s\n",
                       result.interrupted ? "INTERRUPTED, what was found so far: " : "",
                       counts_text(result), settings.seed, settings.digits, settings.threads,
                       seconds);
}

int exit_code(const RunResult& result, const KnownAnswers& known) {
    if (result.verdict == Verdict::refuted || !result.toothless.empty() || known.wrong() > 0)
        return refuted_or_toothless;
    if (stop_requested()) return interrupted;
    return result.verdict == Verdict::undecided ? undecided : as_claimed;
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    const RunSettings settings = settings_of(options);
    std::optional<OutputFile> file;
    if (options.run.json_to_file()) file.emplace(options.run.json);

    RunResult result;
    KnownAnswers known = known_answers_of(options, settings.threads);
    {
        ProgressLine line(options.run.quiet);
        result = verify::run(settings, stop_requested(), [&](const verify::Progress& p) {
            line.show(fmt::format("{}/{} units, {} refuted, {:.0f} s, last: {}", p.done, p.total,
                                  p.refuted, stopwatch.wall(), p.current));
        });
        judge(known, settings, line);
    }
    const std::string json = to_json(settings, result, known, command, stopwatch).dump(2) + "\n";
    if (file) file->commit(json);
    if (options.run.json_to_output())
        print(json);
    else
        print(claims_text(result) + tables(known) + summary(settings, result, stopwatch.wall()));
    return exit_code(result, known);
}

}  // namespace

Verb add_verify_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "verify",
        "Decide the claims on random instances and on real data, and refute their mutants");
    const auto o = std::make_shared<Options>();
    app->add_option("ID", o->claims, "Claims to run (default: all; see hadamard claims)");
    app->add_option("--transfer", o->transfers,
                    "Transfers to run them on (default: all); a FILE.json holds one of your own");
    app->add_option(
        "--depth", o->depths,
        "Depths k, integers or fractions (default: 2 3 4, and 5/2 where k may be real)");
    add_run_options(*app, o->run,
                    "Random cases for each claim and transfer (default: 6 to 160, by claim; with "
                    "--data none)");
    app->add_option("--data", o->data,
                    "A CSV file: run the claims on it and not on random instances "
                    "(default: diabetes and breast cancer, beside random instances)");
    app->add_flag("--no-data", o->no_data, "Random instances only");
    app->add_option("--response", o->response, "The column of --data to predict");
    app->add_option("--loss", o->loss,
                    "least_squares, huber, logistic or poisson (default: logistic for a response "
                    "with two values, else least_squares)");
    app->add_option("--lambda", o->lambdas,
                    "Values of lambda for --data (default: 1/2, 1/10 and 1/50 of lambda_max)");
    app->add_option("--planted", o->planted,
                    "Also judge this many instances whose answer is known by construction (1000 "
                    "where no number follows)")
        ->expected(0, 1)
        ->default_str("1000")
        ->option_text("[N]");
    app->add_option("--delicate", o->delicate,
                    "Also judge this many instances of each delicate family, beside what double "
                    "precision says (20 where no number follows)")
        ->expected(0, 1)
        ->default_str("20")
        ->option_text("[N]");
    app->add_flag("--ladder", o->ladder,
                  "With --planted or --delicate: also decide in double, 50, 100 and 200 digits and "
                  "exactly, each alone, and list the verdicts that change");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
