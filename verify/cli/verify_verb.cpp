#include "cli/run_report.hpp"
#include "cli/session.hpp"
#include "cli/transfer_files.hpp"
#include "cli/verbs.hpp"
#include "engine/data_problems.hpp"
#include "engine/planted.hpp"
#include "engine/run.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>

namespace hadamard::cli {
namespace {

using verify::CellResult;
using verify::PlantedResult;
using verify::RunResult;
using verify::RunSettings;
using verify::Verdict;

/// The words as typed; `settings_of` gives them meaning.
struct Options {
    std::vector<std::string> claims, transfers, depths, lambdas;
    std::string digits, cases, seed, threads, data, response, loss, json;
    bool planted = false, quiet = false;
};

std::vector<Exponent> depths_of(const std::vector<std::string>& words) {
    std::vector<Exponent> out;
    for (const std::string& word : words) {
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
        settings.data = verify::default_data_problems(HADAMARD_DATA_DIR);
        return;
    }
    if (options.response.empty())
        throw InputError("--data: needs --response, the name of the column to predict");
    settings.random = !options.cases.empty();
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
    if (!options.digits.empty()) {
        const long digits = whole_number("--digits", options.digits, 1, 200);
        out.digits = digits <= 50 ? 50 : digits <= 100 ? 100 : 200;
    }
    if (!options.cases.empty())
        out.cases = whole_number("--cases", options.cases, 1, 1'000'000'000);
    if (!options.seed.empty())
        out.seed = static_cast<std::uint64_t>(
            whole_number("--seed", options.seed, 0, std::numeric_limits<long>::max()));
    const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    out.threads = options.threads.empty()
                      ? processors
                      : static_cast<int>(whole_number("--threads", options.threads, 1, 1024));
    for (std::string& name : out.transfers) {
        name = resolved_transfer(name, out.seed);
        transfer_traits(name);
    }
    set_data(options, out);
    return out;
}

std::pair<long, long> killed_of(const CellResult& cell) {
    const long killed = std::count_if(cell.mutants.begin(), cell.mutants.end(),
                                      [](const auto& mutant) { return mutant.killed; });
    return {killed, static_cast<long>(cell.mutants.size())};
}

nlohmann::ordered_json to_json(const CellResult& cell) {
    nlohmann::ordered_json out;
    out["id"] = cell.claim;
    out["transfer"] = cell.transfer;
    out["verdict"] = to_string(cell.verdict);
    out["cases"] = cell.cases;
    out["refuted"] = cell.refuted;
    out["undecided"] = cell.undecided;
    out["discarded"] = cell.discarded;
    if (cell.refuted > 0) out["witness"] = cell.witness;
    out["parts"] = cell.parts;
    if (!cell.proved.empty()) out["proved"] = cell.proved;
    if (!cell.reasons.empty()) out["undecided_reasons"] = cell.reasons;
    if (!cell.measured.empty()) out["measured"] = cell.measured;
    out["mutants"] = nlohmann::ordered_json::array();
    for (const verify::MutantResult& mutant : cell.mutants)
        out["mutants"].push_back({{"id", mutant.id},
                                  {"killed", mutant.killed},
                                  {"cases", mutant.cases},
                                  {"witness", mutant.witness}});
    return out;
}

nlohmann::ordered_json to_json(const PlantedResult& planted) {
    nlohmann::ordered_json out;
    out["instances"] = planted.instances;
    out["right"] = planted.right;
    out["wrong"] = planted.wrong;
    out["undecided"] = planted.undecided;
    if (planted.witness) out["witness"] = *planted.witness;
    return out;
}

nlohmann::ordered_json to_json(const RunSettings& settings, const RunResult& result,
                               const std::optional<PlantedResult>& planted,
                               const std::vector<std::string>& command,
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
    if (planted) out["planted"] = to_json(*planted);
    out["seconds"] = stopwatch.seconds();
    out["threads"] = settings.threads;
    return out;
}

constexpr int name_width = 27;
constexpr int cell_width = 12;

/// "group_shared_product" → "group_shared" over "product".
std::pair<std::string, std::string> two_lines(const std::string& name) {
    const std::size_t cut = name.rfind('_');
    return {name.substr(0, cut), cut == std::string::npos ? "" : name.substr(cut + 1)};
}

std::string matrix(const RunResult& result) {
    std::vector<std::string> transfers, claims;
    for (const CellResult& cell : result.cells) {
        if (std::find(transfers.begin(), transfers.end(), cell.transfer) == transfers.end())
            transfers.push_back(cell.transfer);
        if (claims.empty() || claims.back() != cell.claim) claims.push_back(cell.claim);
    }
    std::sort(transfers.begin(), transfers.end());
    std::string top = fmt::format("{:{}}", "", name_width), bottom = top, out;
    for (const std::string& transfer : transfers) {
        top += fmt::format(" {:>{}}", two_lines(transfer).first, cell_width);
        bottom += fmt::format(" {:>{}}", two_lines(transfer).second, cell_width);
    }
    out = top + "\n" + bottom + "\n";
    for (const std::string& claim : claims) {
        std::string verdicts = fmt::format("{:{}}", claim, name_width);
        std::string counts = fmt::format("{:{}}", "  cases, mutants killed", name_width);
        for (const std::string& transfer : transfers) {
            const auto cell = std::find_if(
                result.cells.begin(), result.cells.end(),
                [&](const CellResult& c) { return c.claim == claim && c.transfer == transfer; });
            const bool applies = cell != result.cells.end();
            verdicts +=
                fmt::format(" {:>{}}", applies ? to_string(cell->verdict) : "-", cell_width);
            const auto [killed, all] = applies ? killed_of(*cell) : std::pair(0L, 0L);
            counts += fmt::format(" {:>{}}",
                                  applies ? fmt::format("{} {}/{}", cell->cases, killed, all) : "",
                                  cell_width);
        }
        out += verdicts + "\n" + counts + "\n";
    }
    return out;
}

std::string details(const RunResult& result) {
    std::string out;
    std::map<std::string, double> measured;
    for (const CellResult& cell : result.cells) {
        if (cell.refuted > 0)
            out += fmt::format("\nREFUTED {} on {} in {} of {} cases:\n{}\n", cell.claim,
                               cell.transfer, cell.refuted, cell.cases, cell.witness.dump(2));
        if (cell.verdict == Verdict::undecided)
            out += fmt::format("\nundecided: {} on {}: no case was decided\n", cell.claim,
                               cell.transfer);
        for (const auto& [name, value] : cell.measured)
            measured[name] = std::max(measured[name], value);
    }
    for (const std::string& mutant : result.toothless)
        out += fmt::format("\nTOOTHLESS {}: a false variant was not refuted\n", mutant);
    for (const auto& [name, value] : measured)
        out += fmt::format("\nlargest {}: {:.1e}\n", name, value);
    return out;
}

std::string details(const PlantedResult& planted) {
    std::string out =
        fmt::format("\nplanted instances: {}, judged rightly {}, wrongly {}, undecided {}\n",
                    planted.instances, planted.right, planted.wrong, planted.undecided);
    if (planted.witness) out += "JUDGED WRONGLY:\n" + planted.witness->dump(2) + "\n";
    return out;
}

std::string summary(const RunSettings& settings, const RunResult& result, double seconds) {
    long cases = 0, refuted = 0, undecided_cases = 0, killed = 0, mutants = 0;
    for (const CellResult& cell : result.cells) {
        cases += cell.cases;
        refuted += cell.refuted;
        undecided_cases += cell.undecided;
        killed += killed_of(cell).first;
        mutants += killed_of(cell).second;
    }
    return fmt::format(
        "\n{}{} cases: {} refuted, {} undecided. {} of {} mutant runs killed, {} toothless.\n"
        "seed {}, {} digits, {} threads, {:.0f} s\n",
        result.interrupted ? "INTERRUPTED, what was found so far: " : "", cases, refuted,
        undecided_cases, killed, mutants, result.toothless.size(), settings.seed, settings.digits,
        settings.threads, seconds);
}

int exit_code(const RunResult& result, const std::optional<PlantedResult>& planted) {
    const bool wrong = planted && planted->wrong > 0;
    if (result.verdict == Verdict::refuted || !result.toothless.empty() || wrong)
        return refuted_or_toothless;
    if (result.interrupted) return interrupted;
    return result.verdict == Verdict::undecided ? undecided : as_claimed;
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    const RunSettings settings = settings_of(options);
    const bool to_file = !options.json.empty() && options.json != "-";
    std::optional<OutputFile> file;
    if (to_file) file.emplace(options.json);

    RunResult result;
    std::optional<PlantedResult> planted;
    {
        ProgressLine line(options.quiet);
        result = verify::run(settings, stop_requested(), [&](const verify::Progress& p) {
            line.show(fmt::format("{}/{} units, {} refuted, {:.0f} s, last: {}", p.done, p.total,
                                  p.refuted, stopwatch.wall(), p.current));
        });
        if (options.planted) {
            line.show("planted instances");
            planted = verify::judge_planted(settings, stop_requested());
        }
    }
    const std::string json = to_json(settings, result, planted, command, stopwatch).dump(2) + "\n";
    if (file) file->commit(json);
    if (options.json == "-")
        print(json);
    else
        print(matrix(result) + details(result) + (planted ? details(*planted) : "") +
              summary(settings, result, stopwatch.wall()));
    return exit_code(result, planted);
}

}  // namespace

long whole_number(const std::string& flag, const std::string& word, long low, long high) {
    const std::string wanted =
        fmt::format("{}: \"{}\" is not a whole number from {} to {}", flag, word, low, high);
    try {
        const Rational value = parse_decimal(word);
        if (denominator(value) != 1 || value < low || value > high) throw InputError(wanted);
        return numerator(value).convert_to<long>();
    } catch (const InputError&) {
        throw InputError(wanted);
    }
}

nlohmann::ordered_json claims_json(const RunResult& result) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const CellResult& cell : result.cells) out.push_back(to_json(cell));
    return out;
}

std::string claims_text(const RunResult& result) { return matrix(result) + details(result); }

Verb add_verify_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "verify",
        "Decide the claims on random instances and on real data, and refute their mutants");
    const auto o = std::make_shared<Options>();
    app->add_option("ID", o->claims, "Claims to run (default: all; see hadamard claims)");
    app->add_option("--transfer", o->transfers, "Transfers to run them on (default: all); a FILE.json holds one of your own");
    app->add_option(
        "--depth", o->depths,
        "Depths k, integers or fractions (default: 2 3 4, and 5/2 where k may be real)");
    app->add_option("--digits", o->digits,
                    "Decimal digits to work in: 50, 100 or 200 (default 50); decisions go on from "
                    "there when a sign is open");
    app->add_option("--cases", o->cases,
                    "Random cases for each claim and transfer (default: 20 to 120, by claim)");
    app->add_option("--seed", o->seed, "Seed of the random cases (default 20230707)");
    app->add_option("--threads", o->threads, "Threads (default: all processors)");
    app->add_option("--data", o->data,
                    "A CSV file: run the claims on it and not on random instances "
                    "(default: diabetes and breast cancer, beside random instances)");
    app->add_option("--response", o->response, "The column of --data to predict");
    app->add_option("--loss", o->loss,
                    "least_squares, huber, logistic or poisson (default: logistic for a response "
                    "with two values, else least_squares)");
    app->add_option("--lambda", o->lambdas,
                    "Values of lambda for --data (default: 1/2, 1/10 and 1/50 of lambda_max)");
    app->add_flag("--planted", o->planted,
                  "Also judge instances whose answer is known by construction");
    app->add_option("--json", o->json,
                    "Write the result as JSON to this file; - for standard output");
    app->add_flag("--quiet", o->quiet, "No progress on standard error");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
