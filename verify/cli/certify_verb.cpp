#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/data/instance_json.hpp"
#include "landscape/certificate.hpp"
#include "landscape/cross_check.hpp"
#include "landscape/plot.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using landscape::Landscape;

struct Options {
    std::string file, out, json, plot;
    bool quiet = false, cross_check = false;

    bool json_to_file() const { return !json.empty() && json != "-"; }
    bool json_to_output() const { return json == "-"; }
};

std::string index_text(int index) { return index < 0 ? "-" : std::to_string(index); }

/// One line for each orbit of Q, with the point of P below it; of many the first.
std::string table(const Landscape& l) {
    constexpr std::size_t most = 60;
    std::string out = fmt::format("{:>10}  {:10} {:>5} {:>10}  {:10} {}\n", "signs", "Q", "index",
                                  "points", "P", "beta");
    for (std::size_t s = 0; s < l.surrogate.size() && s < most; ++s) {
        const landscape::SurrogatePoint& point = l.surrogate[s];
        std::string base = "-", beta;
        if (point.base >= 0) {
            const landscape::BasePoint& below = l.base[static_cast<std::size_t>(point.base)];
            base = to_string(below.kind);
            for (const std::string& digits : below.digits)
                beta += fmt::format("{:>14} ", digits.substr(0, 14));
        }
        out += fmt::format("{:>10}  {:10} {:>5} {:>10}  {:10} {}\n", l.regions[point.region].signs,
                           to_string(point.kind), index_text(point.index), point.points, base,
                           beta);
    }
    if (l.surrogate.size() > most)
        out += fmt::format("… and {} more: see the certificate\n", l.surrogate.size() - most);
    for (const landscape::UndecidedPlace& place : l.undecided)
        out += fmt::format("undecided: {}{}{}\n", place.kind,
                           place.signs.empty() ? "" : " at signs " + place.signs,
                           ": " + place.reason);
    return out;
}

nlohmann::ordered_json point_json(const landscape::BasePoint& point) {
    return {{"beta", point.digits}, {"index", point.index}, {"class", to_string(point.kind)}};
}

nlohmann::ordered_json to_json(const Landscape& l) {
    nlohmann::ordered_json out;
    out["verdict"] = l.verdict;
    out["sentence"] = l.sentence;
    nlohmann::ordered_json& base = out["base"];
    base["stationary"] = l.base.size();
    base["minimizers"] = nlohmann::ordered_json::array();
    base["points"] = nlohmann::ordered_json::array();
    for (const landscape::BasePoint& point : l.base) {
        base["points"].push_back(point_json(point));
        if (point.kind == landscape::PointClass::minimizer)
            base["minimizers"].push_back(point_json(point));
    }
    nlohmann::ordered_json& surrogate = out["surrogate"];
    surrogate["stationary_orbits"] = l.surrogate.size();
    surrogate["minimizer_orbits"] = l.minimizer_orbits();
    surrogate["points"] = nlohmann::ordered_json::array();
    for (const landscape::SurrogatePoint& point : l.surrogate) {
        nlohmann::ordered_json entry;
        entry["signs"] = l.regions[point.region].signs;
        entry["class"] = to_string(point.kind);
        entry["index"] = nullptr;
        if (point.index >= 0) entry["index"] = point.index;
        entry["points"] = point.points;
        entry["base"] = nullptr;
        if (point.base >= 0) entry["base"] = point.base;
        surrogate["points"].push_back(std::move(entry));
    }
    out["undecided"] = nlohmann::ordered_json::array();
    for (const landscape::UndecidedPlace& place : l.undecided)
        out["undecided"].push_back(
            {{"kind", place.kind}, {"signs", place.signs}, {"reason", place.reason}});
    out["bound"] = l.bound.rule;
    out["leaves"] = l.leaves;
    return out;
}

nlohmann::ordered_json to_json(const landscape::CrossCheck& check) {
    return {{"outcome", to_string(check.outcome)}, {"variables", check.variables},
            {"orbits", check.orbits}, {"points", check.points}, {"leaves", check.leaves},
            {"seconds", check.seconds}, {"reason", check.reason}};
}

/// @throws Error when the two enumerations disagree: one of them is wrong, and so is this program.
landscape::CrossCheck checked(const Landscape& l, const landscape::SearchLimits& limits) {
    const landscape::CrossCheck out = cross_check(l, limits);
    if (out.outcome == landscape::CrossCheck::Outcome::disagrees)
        throw Error("internal error, no certificate is written: cross-check " + summary(out));
    return out;
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    const landscape::Problem problem = landscape::problem_of(read_instance(options.file));
    if (!options.plot.empty()) require_plottable(problem);
    if (options.cross_check) require_cross_checkable(problem);
    OutputFile certificate(options.out);
    std::optional<OutputFile> json, picture;
    if (options.json_to_file()) json.emplace(options.json);
    if (!options.plot.empty()) picture.emplace(options.plot);

    landscape::Settings settings;
    settings.limits.stop = [] { return stop_requested().load(); };
    ProgressLine line(options.quiet);
    settings.progress = [&](const std::string& text) { line.show(text); };
    std::optional<Landscape> found;
    std::optional<landscape::CrossCheck> cross;
    try {
        found = landscape_of(problem, settings);
        if (options.cross_check) {
            line.show("cross-check over all variables of Q");
            landscape::SearchLimits limits = settings.limits;
            limits.leaves = 300'000;  // some minutes at D = 24
            cross = checked(*found, limits);
        }
    } catch (const landscape::Interrupted&) {
        std::fputs("hadamard: interrupted; no certificate is written\n", stderr);
        return interrupted;
    }
    certificate.commit(
        landscape::certificate(*found, provenance("hadamard-landscape", command)));
    if (picture) picture->commit(plot(*found));
    nlohmann::ordered_json out = provenance("hadamard-certify", command);
    out.update(to_json(*found));
    if (cross) out["cross_check"] = to_json(*cross);
    out["search_seconds"] = found->search_seconds;
    out["seconds"] = stopwatch.seconds();
    const std::string text = out.dump(2) + "\n";
    if (json) json->commit(text);
    if (options.json_to_output())
        print(text);
    else
        print(table(*found) +
              (cross ? "\ncross-check " + summary(*cross) + "\n" : std::string()) +
              fmt::format("\n{}\nverdict: {} ({} leaves, {:.2f} s)\n", found->sentence,
                          found->verdict, found->leaves, stopwatch.wall()));
    return found->verdict == "proved" ? as_claimed : undecided;
}

}  // namespace

Verb add_certify_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "certify",
        "Find all stationary points of P and Q of a small instance, match them, and write a "
        "certificate that hadamard-check accepts or rejects");
    const auto o = std::make_shared<Options>();
    app->add_option("INSTANCE", o->file, "JSON: {\"loss\", \"transfer\", \"lambda\"}")->required();
    app->add_option("--out", o->out, "Write the certificate to this file")->required();
    app->add_option("--json", o->json,
                    "Write the result as JSON to this file; - for standard output");
    app->add_option("--plot", o->plot, "Draw P and Q to this SVG file (one or two coordinates)");
    app->add_flag("--cross-check", o->cross_check,
                  "Find the stationary points of Q a second time, over all its variables, and "
                  "compare (at most 24 variables)");
    app->add_flag("--quiet", o->quiet, "No progress on standard error");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
