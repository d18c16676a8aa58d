#include "cli/method_options.hpp"
#include "cli/run_options.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "build_record.hpp"
#include "converge/run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <map>
#include <memory>
#include <tuple>

namespace hadamard::cli {
namespace {

using converge::Plan;
using converge::Results;
using nlohmann::json;
using nlohmann::ordered_json;

/// The words as typed.
struct Options {
    std::map<std::string, std::vector<std::string>> words;  // by name of the field
    std::string plan, out, json, threads;
    bool quiet = false;
};

Plan plan_of(const Options& o) {
    Plan out;
    out.settings.max_seconds = 10;
    if (!o.plan.empty()) read_plan(out, o.plan);
    for (const converge::Field& field : converge::fields())
        if (const auto& words = o.words.at(field.name); !words.empty())
            field.set(out, field.flag(), words);
    check(out);
    return out;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    if (n == 0) return std::numeric_limits<double>::quiet_NaN();
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double last_of(const json& run, const char* name) {
    const json& list = run.at("samples").at(name);
    if (!list.is_array() || list.empty() || list.back().is_null())
        return std::numeric_limits<double>::quiet_NaN();
    return list.back().get<double>();
}

/// Of the problem, penalty and λ that a run is of.
std::string target_name(const json& run) {
    return json({run.at("problem"), run.at("penalty"), run.at("lambda_ratio")}).dump();
}

/// Runs that differ in their repetition alone, target after target.
struct Row {
    json first;
    std::vector<double> seconds, iterations, suboptimality, distance;
    std::map<std::string, int> stops;
};

std::vector<Row> rows_of(const Results& results) {
    std::vector<Row> out;
    std::map<std::string, std::size_t> places;
    for (const json& run : results.runs) {
        const std::string name =
            target_name(run) +
            json({run.at("method"), run.at("transfer"), run.at("depth")}).dump();
        const auto [place, is_new] = places.emplace(name, out.size());
        if (is_new) out.push_back({run, {}, {}, {}, {}, {}});
        Row& row = out[place->second];
        row.seconds.push_back(run.at("cpu_seconds"));
        row.iterations.push_back(run.at("iterations"));
        row.suboptimality.push_back(last_of(run, "suboptimality"));
        row.distance.push_back(last_of(run, "distance"));
        ++row.stops[run.at("stop")];
    }
    std::map<std::string, std::size_t> order;
    for (const Row& row : out) order.emplace(target_name(row.first), order.size());
    std::stable_sort(out.begin(), out.end(), [&](const Row& a, const Row& b) {
        return order.at(target_name(a.first)) < order.at(target_name(b.first));
    });
    return out;
}

/// " (1000 columns; …)" where the file says so.
std::string why_not_certified(const json& reference) {
    const auto found = reference.find("reason");
    return found == reference.end() || found->is_null() ? ""
                                                        : " (" + found->get<std::string>() + ")";
}

std::string table(const Results& results) {
    std::string out;
    std::string heading;
    for (const Row& row : rows_of(results)) {
        const json& run = row.first;
        const std::string here =
            fmt::format("{}: {} of {} rows, {} columns; penalty {}, lambda {:.4g} = {:.4g} lambda_max",
                        run.at("problem").get<std::string>(), run.at("loss").get<std::string>(),
                        run.at("rows").get<long>(), run.at("columns").get<long>(),
                        run.at("penalty").get<std::string>(), run.at("lambda").get<double>(),
                        run.at("lambda_ratio").get<double>());
        if (here != heading) {
            heading = here;
            out += "\n" + here + "\n";
            for (const json& reference : results.references)
                if (target_name(reference) == target_name(run))
                    out += fmt::format("  reference: {}{}, objective {:.12g}, support {}\n",
                                       reference.at("verdict").get<std::string>(),
                                       why_not_certified(reference),
                                       reference.at("objective").get<double>(),
                                       reference.at("support").get<long>());
            out += fmt::format("  {:20}  {:28}  {:>9}  {:>10}  {:>13}  {:>9}  {}\n", "method",
                               "transfer", "CPU s", "iterations", "suboptimality", "distance",
                               "ended by");
        }
        std::vector<std::string> stops;
        for (const auto& [stop, count] : row.stops)
            stops.push_back(row.stops.size() == 1 && count == 1 ? stop
                                                                : fmt::format("{} {}", count, stop));
        out += fmt::format(
            "  {:20}  {:28}  {:>9.3g}  {:>10.0f}  {:>13.2g}  {:>9.2g}  {}\n",
            run.at("method").get<std::string>(),
            run.at("transfer").is_null()
                ? "-"
                : fmt::format("{}, depth {}", run.at("transfer").get<std::string>(),
                              run.at("depth").get<int>()),
            median(row.seconds), median(row.iterations), median(row.suboptimality),
            median(row.distance), fmt::join(stops, ", "));
    }
    return out + "\nMedians over repetitions; CPU seconds without what measuring costs; "
                 "suboptimality is (P - P(reference)) / P(null model), the intercept fitted.\n";
}

/// Met what is not finite, or gave up without having lowered P.
bool has_failed(const json& run) {
    const std::string stop = run.at("stop");
    if (stop == "non_finite") return true;
    if (stop != "line_search_failed" && stop != "no_progress") return false;
    return !(last_of(run, "objective") < run.at("samples").at("objective").at(0).get<double>());
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    const Plan plan = plan_of(options);
    int workers = converge::available_cores();
    if (!options.threads.empty())
        workers = static_cast<int>(whole_number("--threads", options.threads, 1, 1024));
    const auto is_stopped = [] { return stop_requested().load(); };
    converge::Grid grid = grid_of(plan, is_stopped);
    if (is_stopped()) {
        std::fputs("hadamard: interrupted; nothing was run\n", stderr);
        return interrupted;
    }
    if (grid.cells.empty())
        throw InputError(fmt::format("no method runs: {}", fmt::join(grid.left_out, "; ")));
    converge::RecordFile file(options.out);
    ordered_json session = {{"record", "session"}};
    session.update(provenance("hadamard-converge", command));
    const converge::Cores cores(workers);
    session["date"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    session["build"] = {{"commit", build::commit},
                        {"compiler", build::compiler},
                        {"flags", build::flags}};
    session["threads"] = cores.numbers().size();
    session["cores"] = cores.numbers();
    session["cores_shared"] = cores.are_shared();
    session["data"] = grid.data;
    session["plan"] = plan.json();
    if (!grid.definitions.empty()) session["definitions"] = grid.definitions;
    file.append(session);
    if (cores.are_shared())
        std::fputs("hadamard: another `hadamard converge` holds all cores; times are of shared ones\n",
                   stderr);
    Results results;
    {
        ProgressLine line(options.quiet);
        results = converge::run(
            grid, plan, file, cores, is_stopped,
            [&](const std::string& what) {
                line.show(fmt::format("{}, {:.0f} s", what, stopwatch.wall()));
            });
    }
    if (!options.json.empty()) {
        ordered_json out = session;
        out.erase("record");
        out["references"] = results.references;
        out["runs"] = results.runs;
        out["left_out"] = grid.left_out;
        out["seconds"] = stopwatch.seconds();
        const std::string text = out.dump() + "\n";
        if (options.json == "-")
            print(text);
        else
            OutputFile(options.json).commit(text);
    }
    if (options.json != "-") {
        std::string text = table(results);
        for (const std::string& what : grid.left_out) text += "left out: " + what + "\n";
        text += fmt::format("{} runs of {}", results.runs.size(), results.cells);
        if (results.reused > 0) text += fmt::format(", {} of them from the file", results.reused);
        text += options.out.empty() ? "; --out FILE keeps the curves for `hadamard report`\n"
                                    : fmt::format("; curves in {}\n", options.out);
        print(text);
    }
    if (results.runs.size() == results.cells) {
        if (!std::all_of(results.runs.begin(), results.runs.end(), has_failed)) return as_claimed;
        std::fputs("hadamard: every run failed; the column \"ended by\" says how\n", stderr);
        return refuted_or_toothless;
    }
    std::fputs("hadamard: interrupted; this is what was found so far\n", stderr);
    return interrupted;
}

}  // namespace

Verb add_converge_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "converge", "Convergence of methods on P and Q, measured against certified minimizers");
    const auto o = std::make_shared<Options>();
    for (const converge::Field& field : converge::fields()) {
        std::vector<std::string>& words = o->words[field.name];
        if (field.kind == converge::Field::Kind::yes) {
            app->add_flag_callback(field.flag(), [&words] { words = {"true"}; }, field.help);
            continue;
        }
        CLI::Option* option = app->add_option(field.flag(), words, field.help);
        if (field.kind == converge::Field::Kind::one) option->expected(1);
    }
    app->add_option("--plan", o->plan,
                    "A JSON file {\"depth\": [2, 3], \"max_seconds\": 5, …}: any of the flags "
                    "above, with _ for - and true for a switch; flags have the last word");
    app->add_option("--out", o->out,
                    "Keep the runs in this file, one JSON object a line; the same command goes on "
                    "where it ended");
    app->add_option("--json", o->json, "Write all runs as one JSON object; - for standard output");
    app->add_option("--threads", o->threads,
                    "Runs at a time, each on a core of its own (default all cores; 1 for the "
                    "steadiest times)");
    app->add_flag("--quiet", o->quiet, "No progress on standard error");
    app->footer("\n" + method_help() +
                "\nExamples:\n"
                "  hadamard converge --out runs.jsonl && hadamard report runs.jsonl --out r.html\n"
                "  hadamard converge --problem toeplitz:rows=200,columns=1000 --method lbfgs "
                "working_set --depth 2 3 4\n"
                "  hadamard converge --problem my.csv --response y --lambda-ratio 1/10 1/100\n"
                "Exit: 0 all runs made, 1 all of them failed, 2 bad usage or input, or no run to make, "
                "130 interrupted.");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
