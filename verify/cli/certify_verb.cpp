#include "cli/session.hpp"
#include "cli/transfer_files.hpp"
#include "cli/verbs.hpp"
#include "engine/run.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/custom/catalogued_form.hpp"
#include "hadamard/data/number.hpp"
#include "hadamard/data/transfer_json.hpp"
#include "landscape/certificate.hpp"
#include "landscape/cross_check.hpp"
#include "landscape/mutant.hpp"
#include "landscape/plot.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using landscape::Landscape;

struct Options {
    std::string file, transfer, out, json, plot;
    long leaves = landscape::SearchLimits{}.leaves;
    bool quiet = false, cross_check = false;

    bool json_to_file() const { return !json.empty() && json != "-"; }
    bool json_to_output() const { return json == "-"; }
};

/// @throws InputError when two of the files are one: the later would destroy the earlier.
void require_distinct_files(const Options& options) {
    namespace fs = std::filesystem;
    if (options.out == "-") throw InputError("--out: \"-\" is not a file; a certificate needs one");
    std::map<std::string, std::string> seen;
    for (const auto& [what, file] :
         {std::pair("INSTANCE", options.file), std::pair("--out", options.out),
          std::pair("--json", options.json_to_file() ? options.json : ""),
          std::pair("--plot", options.plot)}) {
        if (file.empty()) continue;
        std::error_code absent;
        const fs::path place = fs::weakly_canonical(file, absent);
        const bool is_file = absent || !fs::exists(place) || fs::is_regular_file(place);
        const auto [other, is_new] = seen.emplace(absent ? file : place.string(), what);
        if (!is_new && is_file)
            throw InputError(
                fmt::format("{}: {} is the file of {} too", what, file, other->second));
    }
}

std::string index_text(int index) { return index < 0 ? "-" : std::to_string(index); }

/// β of a region's zero to read: exact where that is short, else decimals of it or of K of its
/// centre.
std::vector<std::string> beta_of(const landscape::Problem& problem,
                                 const landscape::Region& region) {
    std::vector<std::string> out(static_cast<std::size_t>(problem.size), "0");
    const std::vector<int> S = landscape::support(problem, region.signs);
    for (std::size_t j = 0; j < S.size(); ++j) {
        const std::size_t i = static_cast<std::size_t>(S[j]);
        const bool is_exact = region.kind == landscape::Region::Kind::exact;
        if (is_exact && region.beta[j].str().size() <= 14) {
            out[i] = region.beta[j].str();
            continue;
        }
        double value = is_exact ? region.beta[j].convert_to<double>() : region.center[j];
        if (!is_exact && !problem.has_groups())
            value = landscape::sign_of_state(region.signs[i]) *
                    landscape::multiplicity(region.signs[i]) * std::pow(value, problem.exponent());
        out[i] = fmt::format("{:.12g}", value);
    }
    return out;
}

/// One line for each orbit of Q, with the point of P below it; of many the first.
std::string table(const Landscape& l) {
    constexpr std::size_t most = 60;
    std::string out = fmt::format("{:>10}  {:10} {:>5} {:>10}  {:10} {}\n", "signs", "Q", "index",
                                  "points", "P", "beta");
    for (std::size_t s = 0; s < l.surrogate.size() && s < most; ++s) {
        const landscape::SurrogatePoint& point = l.surrogate[s];
        std::string base = "-", beta;
        std::vector<std::string> place = beta_of(l.problem, l.regions[point.region]);
        if (point.base >= 0) {
            const landscape::BasePoint& below = l.base[static_cast<std::size_t>(point.base)];
            base = to_string(below.kind);
            place = below.digits;
        }
        for (const std::string& digits : place)
            beta += fmt::format("{:>14} ", digits.substr(0, 14));
        out +=
            fmt::format("{:>10}  {:10} {:>5} {:>10}  {:10} {}\n", l.regions[point.region].signs,
                        to_string(point.kind), index_text(point.index), point.points, base, beta);
    }
    if (std::any_of(l.surrogate.begin(), l.surrogate.end(),
                    [](const auto& point) { return point.base < 0; }))
        out +=
            "P \"-\": the image is not stationary for P (k = 2: abs(g_i) > lambda w_i at a zero, "
            "or "
            "u = -v), or not decided\n";
    if (l.surrogate.size() > most)
        out += fmt::format("… and {} more: see the certificate\n", l.surrogate.size() - most);
    if (l.bound.is_restricted()) out += "restricted to a box: " + l.bound.reason + "\n";
    for (const landscape::UndecidedPlace& place : l.undecided)
        out +=
            fmt::format("undecided: {}{}{}\n", place.kind,
                        place.signs.empty() ? "" : " at signs " + place.signs, ": " + place.reason);
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
        entry["beta"] = beta_of(l.problem, l.regions[point.region]);
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
    out["restricted"] = l.bound.is_restricted();
    out["edge"] = l.bound.edges;
    out["leaves"] = l.leaves;
    return out;
}

nlohmann::ordered_json to_json(const landscape::CrossCheck& check) {
    return {{"outcome", to_string(check.outcome)},
            {"variables", check.variables},
            {"orbits", check.orbits},
            {"points", check.points},
            {"leaves", check.leaves},
            {"seconds", check.seconds},
            {"reason", check.reason}};
}

/// What a run ends with: verdict, the certificate if there is one, and what is said of it.
struct Answer {
    std::string verdict, certificate, table, detail;
    nlohmann::ordered_json json;
    std::optional<Landscape> landscape;
};

/// β of the region below the spurious minimizer, or u, in decimals.
std::vector<std::string> witness_of(const landscape::Refutation& r) {
    std::vector<std::string> out;
    if (r.mutant == landscape::Mutant::unregularized) {
        for (const Rational& x : r.u) out.push_back(x.str());
        return out;
    }
    return beta_of(r.problem, r.regions[0]);
}

Answer refuted(const landscape::Refutation& r, const std::vector<std::string>& command) {
    Answer out;
    out.verdict = "refuted";
    out.certificate = landscape::certificate(r, provenance("hadamard-landscape", command));
    const std::vector<std::string> witness = witness_of(r);
    const std::string list = fmt::format("({})", fmt::join(witness, ", "));
    const std::string sentence = landscape::Refutation::sentence();
    out.json = {{"verdict", out.verdict}, {"sentence", sentence}, {"mutant", to_string(r.mutant)}};
    if (r.mutant == landscape::Mutant::square) {
        out.json["witness"] = {{"beta", witness}, {"edge", r.edge}};
        out.table = fmt::format(
            "beta = {} minimizes P over beta >= 0, where K ends; P decreases "
            "from it along -e_i, i = {}\n\n",
            list, fmt::join(r.edge, ", "));
    } else {
        out.json["witness"] = {{"u", witness}};
        out.table = fmt::format(
            "(u; 0, ..., 0) with u = {} minimizes Q; K takes it to 0, where the "
            "Hessian of P = L has a negative eigenvalue\n\n",
            list);
    }
    out.table += sentence + "\n";
    return out;
}

Answer not_refuted(landscape::Mutant mutant) {
    Answer out;
    out.verdict = "undecided";
    const std::string sentence =
        mutant == landscape::Mutant::square
            ? "No spurious minimizer was found: none of the listed minimizers over beta >= 0 has P "
              "decrease where K ends."
            : "No spurious minimizer was found: it takes a loss without linear terms whose Hessian "
              "at 0 has eigenvalues of both signs.";
    out.json = {{"verdict", out.verdict}, {"sentence", sentence}, {"mutant", to_string(mutant)}};
    out.table = sentence + "\n";
    return out;
}

Answer listed(Landscape found, const std::vector<std::string>& command) {
    Answer out;
    out.verdict = found.verdict;
    out.certificate = landscape::certificate(found, provenance("hadamard-landscape", command));
    out.json = to_json(found);
    out.json["search_seconds"] = found.search_seconds;
    out.table = table(found) + "\n" + found.sentence + "\n";
    out.detail = fmt::format("{} leaves, ", found.leaves);
    out.landscape = std::move(found);
    return out;
}

Answer answer_to(const landscape::Question& question, const landscape::Problem& problem,
                 const landscape::Settings& settings, const std::vector<std::string>& command) {
    using landscape::Mutant;
    if (question.mutant == Mutant::none) return listed(landscape_of(problem, settings), command);
    const std::optional<landscape::Refutation> r =
        question.mutant == Mutant::square ? refuted_square(landscape_of(problem, settings))
                                          : refuted_unregularized(problem);
    return r ? refuted(*r, command) : not_refuted(question.mutant);
}

ExitCode exit_code(const std::string& verdict) {
    if (verdict == "proved") return as_claimed;
    return verdict == "refuted" ? refuted_or_toothless : undecided;
}

/// The second enumeration. Ctrl-C ends it, and leaves the certificate as good as it was.
/// @throws Error when the two disagree: one of them is wrong, and so is this program.
landscape::CrossCheck cross_checked(const Landscape& l, ProgressLine& line) {
    const Stopwatch stopwatch;
    landscape::SearchLimits limits;
    limits.leaves = 300'000;  // of the whole search: minutes at D = 24
    limits.stop = [&] {
        line.show(fmt::format("cross-check over all variables of Q: {:.0f} s", stopwatch.wall()));
        return stop_requested().load();
    };
    landscape::CrossCheck out;
    try {
        out = cross_check(l, limits);
    } catch (const landscape::Interrupted&) {
        out.reason = "interrupted";
    }
    if (out.outcome == landscape::CrossCheck::Outcome::disagrees)
        throw Error("internal error, no certificate is written: cross-check " + summary(out));
    return out;
}

/// Puts the instance to a user's transfer, if that is one whose landscapes are known.
/// @returns what is said of it   @throws InputError
std::string use_transfer(const std::string& file, Instance& instance) {
    if (file.empty()) return "";
    if (!names_transfer_file(file))
        throw InputError(
            "--transfer: \"" + file +
            "\" is no FILE.json; a transfer of the catalogue is named in the instance");
    resolved_transfer(file, verify::RunSettings{}.seed);  // R as it says, K onto, S attained
    const custom::CustomSpec spec = read_transfer(file);
    const std::optional<custom::CataloguedForm> form = custom::catalogued_form(spec.K, spec.S);
    if (!form)
        throw InputError(
            file +
            ": K and S are not written as those of hadamard_product, shared_product or "
            "hadamard_difference, whose landscapes certify knows");
    instance.transfer.name = form->name;
    instance.transfer.depth = Exponent(form->depth);
    instance.lambda *= form->scale;
    return fmt::format("{} is {} of depth {}, with lambda times {}\n", spec.name, form->name,
                       form->depth, text(form->scale));
}

/// @throws InputError for what a mutant's instance has no answer to.
void require_landscape(const Options& options, const landscape::Question& question) {
    if (question.mutant == landscape::Mutant::none) return;
    for (const auto& [flag, given] : {std::pair("--plot", !options.plot.empty()),
                                      std::pair("--cross-check", options.cross_check)})
        if (given)
            throw InputError(std::string(flag) +
                             ": needs a landscape, but the instance names a mutant");
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    require_distinct_files(options);
    landscape::Question question = landscape::read_question(options.file);
    const std::string transfer = use_transfer(options.transfer, question.instance);
    const landscape::Problem problem = problem_of(question);
    require_landscape(options, question);
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
    settings.limits.leaves = options.leaves;
    std::optional<Answer> answer;
    std::optional<landscape::CrossCheck> cross;
    try {
        answer = answer_to(question, problem, settings, command);
        if (options.cross_check) cross = cross_checked(*answer->landscape, line);
    } catch (const landscape::Interrupted&) {
        std::fputs("hadamard: interrupted; no certificate is written\n", stderr);
        return interrupted;
    }
    if (!answer->certificate.empty()) certificate.commit(answer->certificate);
    if (picture) picture->commit(plot(*answer->landscape));
    nlohmann::ordered_json out = provenance("hadamard-certify", command);
    out.update(answer->json);
    if (cross) out["cross_check"] = to_json(*cross);
    out["seconds"] = stopwatch.seconds();
    const std::string text = out.dump(2) + "\n";
    if (json) json->commit(text);
    if (options.json_to_output())
        print(text);
    else
        print(transfer + answer->table +
              (cross ? "cross-check " + summary(*cross) + "\n" : std::string()) +
              fmt::format("verdict: {} ({}{:.2f} s)\n", answer->verdict, answer->detail,
                          stopwatch.wall()));
    return stop_requested() ? interrupted : exit_code(answer->verdict);
}

}  // namespace

Verb add_certify_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "certify",
        "Find all stationary points of P and Q of a small instance, match them, and write a "
        "certificate that hadamard-check accepts or rejects");
    const auto o = std::make_shared<Options>();
    app->add_option(
           "INSTANCE", o->file,
           "JSON: {\"loss\", \"transfer\", \"lambda\"}, and \"mutant\" to put it to a false "
           "variant of the theory")
        ->required();
    app->add_option("--transfer", o->transfer,
                    "FILE.json of a transfer of your own, to take the place of the instance's");
    app->add_option("--out", o->out, "Write the certificate to this file")->required();
    app->add_option("--json", o->json,
                    "Write the result as JSON to this file; - for standard output");
    app->add_option("--plot", o->plot, "Draw P and Q to this SVG file (one or two coordinates)");
    app->add_flag("--cross-check", o->cross_check,
                  "Find the stationary points of Q a second time, over all its variables, and "
                  "compare (coordinate transfers, at most 24 variables)");
    app->add_option(
           "--leaves", o->leaves,
           "Boxes of one sign pattern before the rest of it is left undecided (of groups 50 "
           "times as many)")
        ->check(CLI::Range(1L, 100'000'000L))
        ->capture_default_str();
    app->add_flag("--quiet", o->quiet, "No progress on standard error");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
