#include "cli/method_options.hpp"
#include "cli/run_options.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "converge/run.hpp"
#include "hadamard/data/number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <tuple>

namespace hadamard::cli {
namespace {

using converge::Plan;
using converge::Results;
using nlohmann::json;
using nlohmann::ordered_json;

/// The words as typed.
struct Options {
    std::string plan, out, json, threads, response, loss, groups, weights, digits;
    std::vector<std::string> problems, methods, transfers, depths, ratios;
    std::string repetitions, seed, max_iterations, tolerance;
    MethodOptions method;
    bool no_intercept = false, quiet = false;
};

double number(const std::string& flag, const std::string& word) {
    try {
        return from_rational<double>(parse_rational(word));
    } catch (const InputError&) {
        throw InputError(flag + ": " + in_quotes(word) + " is not a number");
    }
}

json read_json(const std::string& path) {
    std::ifstream stream(path);
    if (!stream) throw InputError("--plan: cannot read " + path);
    std::stringstream text;
    text << stream.rdbuf();
    json out = json::parse(text.str(), nullptr, false);
    if (out.is_discarded()) throw InputError("--plan: " + path + " is not JSON");
    return out;
}

Plan plan_of(const Options& o) {
    Plan out;
    out.settings.max_seconds = 10;
    if (!o.plan.empty()) read_plan(out, read_json(o.plan), "--plan " + o.plan);
    const auto take = [](const auto& words, auto& target) {
        if (!words.empty()) target = words;
    };
    take(o.problems, out.problems);
    take(o.methods, out.methods);
    take(o.transfers, out.transfers);
    take(o.ratios, out.lambda_ratios);
    take(o.response, out.response);
    take(o.loss, out.loss);
    take(o.groups, out.groups);
    take(o.weights, out.weights);
    if (o.no_intercept) out.intercept = false;
    if (!o.depths.empty()) out.depths.clear();
    for (const std::string& word : o.depths)
        out.depths.push_back(static_cast<int>(whole_number("--depth", word, 2, 64)));
    const auto whole = [](const std::string& flag, const std::string& word, long low, long high,
                          auto& target) {
        if (!word.empty())
            target = static_cast<std::remove_reference_t<decltype(target)>>(
                whole_number(flag, word, low, high));
    };
    optim::MethodSettings& s = out.settings;
    whole("--repetitions", o.repetitions, 1, 10'000, out.repetitions);
    whole("--seed", o.seed, 0, std::numeric_limits<long>::max(), out.seed);
    whole("--max-iterations", o.max_iterations, 0, 1'000'000'000, s.max_iterations);
    if (!o.tolerance.empty()) s.tolerance = number("--tol", o.tolerance);
    apply(o.method, s);
    if (!o.digits.empty() && o.digits != "0" && o.digits != "50" && o.digits != "100" &&
        o.digits != "200")
        throw InputError("--digits: " + in_quotes(o.digits) + "; there are 0, 50, 100 and 200");
    if (!o.digits.empty()) out.digits = std::stoi(o.digits);
    for (const auto& [name, list] : {std::pair("problems", out.problems.size()),
                                     std::pair("transfers", out.transfers.size()),
                                     std::pair("depths", out.depths.size()),
                                     std::pair("lambda_ratios", out.lambda_ratios.size())})
        if (list == 0) throw InputError(std::string(name) + ": at least one is needed");
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
                    out += fmt::format("  reference: {}, objective {:.12g}, support {}\n",
                                       reference.at("verdict").get<std::string>(),
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
                 "suboptimality is (P - P(reference)) / P(0).\n";
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    const Plan plan = plan_of(options);
    int workers = converge::available_cores();
    if (!options.threads.empty())
        workers = static_cast<int>(whole_number("--threads", options.threads, 1, 1024));
    converge::Grid grid = grid_of(plan);
    if (grid.cells.empty())
        throw InputError(fmt::format("no method runs: {}", fmt::join(grid.left_out, "; ")));
    converge::RecordFile file(options.out);
    ordered_json session = {{"record", "session"}};
    session.update(provenance("hadamard-converge", command));
    session["plan"] = plan.json();
    if (!grid.definitions.empty()) session["definitions"] = grid.definitions;
    file.append(session);
    Results results;
    {
        ProgressLine line(options.quiet);
        results = converge::run(
            grid, plan, file, workers, [] { return stop_requested().load(); },
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
    if (results.runs.size() == results.cells) return as_claimed;
    std::fputs("hadamard: interrupted; this is what was found so far\n", stderr);
    return interrupted;
}

}  // namespace

Verb add_converge_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "converge", "Convergence of methods on P and Q, measured against certified minimizers");
    const auto o = std::make_shared<Options>();
    app->add_option("--problem", o->problems,
                    "diabetes, breast_cancer, a FILE.csv with --response, or a synthetic design "
                    "toeplitz[:rows=100,columns=200,correlation=0.6,nonzeros=10,snr=3,group=1,"
                    "binary=0,seed=1] (default toeplitz diabetes)");
    app->add_option("--response", o->response, "The column of FILE.csv to predict");
    app->add_option("--loss", o->loss, "As in `hadamard solve`");
    app->add_option("--groups", o->groups,
                    "For group transfers: N, every N columns a group, or a FILE.csv "
                    "column,group[,weight]");
    app->add_option("--weights", o->weights,
                    "A FILE.csv column,weight: of each column's penalty (default all 1)");
    app->add_flag("--no-intercept", o->no_intercept,
                  "No unpenalised intercept for data from files (synthetic ones have none)");
    app->add_option("--method", o->methods, "Methods, see below (default all)");
    app->add_option("--transfer", o->transfers,
                    "Transfers (default hadamard_product); a FILE.json holds one of your own");
    app->add_option("--depth", o->depths,
                    "Depths (default 2 3); a transfer from a file has its own");
    app->add_option("--lambda-ratio", o->ratios, "Parts of lambda_max (default 1/10)");
    app->add_option("--repetitions", o->repetitions, "Seeds of starts and batches (default 3)");
    app->add_option("--seed", o->seed, "The first of them (default 20230707)");
    app->add_option("--max-iterations", o->max_iterations,
                    "Of a run, epochs with batches (default 100000)");
    app->add_option("--tol", o->tolerance,
                    "A run ends at this relative duality gap (q = 1) or prox residual relative to "
                    "that at 0 (q < 1) (default 1e-10)");
    add_method_options(*app, o->method, "10");
    app->add_option("--digits", o->digits,
                    "Certify the reference in 50, 100 or 200 digits; 0: do not (default 50)");
    app->add_option("--plan", o->plan, "A JSON file with any of these, as {\"depths\": [2]}");
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
                "  hadamard converge --problem my.csv --response y --lambda-ratio 1/10 1/100");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
