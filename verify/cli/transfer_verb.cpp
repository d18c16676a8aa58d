#include "cli/run_options.hpp"
#include "cli/run_report.hpp"
#include "cli/session.hpp"
#include "cli/transfer_files.hpp"
#include "cli/verbs.hpp"
#include "engine/run.hpp"
#include "engine/user_transfers.hpp"
#include "hadamard/data/transfer_json.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>

namespace hadamard::cli {
namespace {

using custom::Characterisation;
using custom::CustomSpec;
using custom::Defect;
using custom::InducedValue;
using verify::RunResult;
using verify::RunSettings;
using verify::Verdict;

struct Options {
    std::string file;
    RunOptions run;
};

std::string smoothness_text(int r) {
    if (r == analytic) return "analytic (no kinks)";
    if (r < 0) return "not continuous";
    return fmt::format("C^{}{}", r, r >= 8 ? " or better" : " and no better") +
           " (one-sided derivatives in 200 digits on lines through the kinks)";
}

std::string number(const std::optional<Real<200>>& value) {
    return value ? short_text(*value, 30) : "-";
}

/// The two values of R in as many digits as show that they differ.
std::pair<std::string, std::string> told_apart(const InducedValue& row) {
    std::pair<std::string, std::string> out;
    for (const int digits : {30, 60, 120, 200}) {
        out = {short_text(*row.given, digits), short_text(*row.value, digits)};
        if (out.first != out.second) break;
    }
    return out;
}

std::string table_of(const Characterisation& found) {
    if (found.table.empty()) return "";
    const bool has_given = found.table.front().given.has_value();
    std::string out = fmt::format("\n  {:>10}  {:38}{}\n", "b", "R(b) = min S over K = b",
                                  has_given ? "R(b) given" : "");
    for (const InducedValue& row : found.table)
        out += fmt::format("  {:>10}  {:38}{}\n", short_text(from_rational<double>(row.b)),
                           number(row.value), has_given ? number(row.given) : "");
    return out;
}

std::string openness_text(const custom::Openness& open) {
    if (open.everywhere.value_or(false)) return "K is open everywhere that was tried";
    if (open.closed_at.empty())
        return open.unknown_at.empty()
                   ? "K was found open at the zeros of the factors; nothing is known elsewhere"
                   : fmt::format("openness of K is not known where {}",
                                 fmt::join(open.unknown_at, "; "));
    return fmt::format("K is not open where {} (proved by signs){}",
                       fmt::join(open.closed_at, "; "),
                       open.on_minimal_fibres ? "; none of these points is in M" : "");
}

std::string page(const CustomSpec& spec, const Characterisation& found) {
    std::string out =
        fmt::format("{}: K({}) = {},  S = {}{}\n", spec.name, fmt::join(spec.factors, ", "),
                    spec.K.print(), spec.S.print(), spec.R ? ",  R(b) = " + spec.R->print() : "");
    out += table_of(found);
    out += "\n";
    if (found.law) {
        out += fmt::format("R(b) = {}, {} digits agree ({})\n", found.law->text(),
                           found.law->digits, found.law->argument);
    } else if (found.is_transfer() && found.undecided.empty()) {
        out += "R(b) is no c*abs(b)^q that holds for both signs; the table has it\n";
    }
    for (const std::string& line : found.minimal_fibre) out += "M: " + line + "\n";
    out += "K and S: " + smoothness_text(found.smoothness) + "\n";
    out += openness_text(found.openness) + "\n";
    for (const std::string& fact : found.facts) out += fact + "\n";
    for (const std::string& reason : found.undecided) out += "undecided: " + reason + "\n";
    for (const Defect& defect : found.defects)
        out += fmt::format("DIAGNOSIS {}: {}\n", defect.kind, defect.witness);
    if (found.disagreement) {
        const auto [given, value] = told_apart(*found.disagreement);
        out += fmt::format(
            "REFUTED R: at b = {} the given R is {}, the minimum of S on the fibre is {}\n",
            text(found.disagreement->b), given, value);
    }
    return out;
}

nlohmann::ordered_json induced_json(const Characterisation& found) {
    if (!found.law) return nullptr;
    const custom::PowerLaw& law = *found.law;
    nlohmann::ordered_json out;
    out["coefficient"] =
        law.coefficient ? law.coefficient->text() : short_text(law.coefficient_value, 50);
    out["exponent"] = law.exponent.text();
    out["digits"] = law.digits;
    out["closed_form"] = nullptr;
    if (law.coefficient) out["closed_form"] = law.text();
    out["argument"] = law.argument;
    return out;
}

nlohmann::ordered_json to_json(const CustomSpec& spec, const Characterisation& found) {
    nlohmann::ordered_json out;
    out["name"] = spec.name;
    out["K"] = spec.K.print();
    out["S"] = spec.S.print();
    out["valid"] = found.defects.empty() && !found.disagreement;
    out["diagnosis"] = nlohmann::ordered_json::array();
    out["witnesses"] = nlohmann::ordered_json::array();
    for (const Defect& defect : found.defects) {
        out["diagnosis"].push_back(defect.kind);
        out["witnesses"].push_back({{"diagnosis", defect.kind}, {"witness", defect.witness}});
    }
    out["induced"] = induced_json(found);
    out["open"] = nullptr;
    if (found.openness.everywhere) out["open"] = *found.openness.everywhere;
    out["not_open_at"] = found.openness.closed_at;
    out["smoothness"] = found.smoothness == analytic ? nlohmann::ordered_json("analytic")
                                                     : nlohmann::ordered_json(found.smoothness);
    out["minimal_fibre"] = found.minimal_fibre;
    out["facts"] = found.facts;
    out["undecided"] = found.undecided;
    out["table"] = nlohmann::ordered_json::array();
    for (const InducedValue& row : found.table) {
        nlohmann::ordered_json entry;
        entry["b"] = text(row.b);
        entry["R"] = nullptr;
        if (row.value) entry["R"] = short_text(*row.value, 50);
        if (row.given) entry["given"] = short_text(*row.given, 50);
        out["table"].push_back(std::move(entry));
    }
    if (found.disagreement) {
        const auto [given, value] = told_apart(*found.disagreement);
        out["refuted_R"] = {
            {"b", text(found.disagreement->b)}, {"given", given}, {"found", value}};
    }
    return out;
}

Verdict verdict_of(const Characterisation& found, const std::optional<RunResult>& claims) {
    if (!found.defects.empty() || found.disagreement) return Verdict::refuted;
    return claims ? claims->verdict : Verdict::undecided;  // characterised, but nothing ran on it
}

/// `custom::characterise` with the file's name in messages.
Characterisation characterised(const CustomSpec& spec, const std::string& file,
                               std::uint64_t seed) {
    try {
        verify::require_new_name(spec.name);
        return custom::characterise(spec, seed, &stop_requested());
    } catch (const InputError& error) {
        throw InputError(file + ": " + error.what());
    }
}

int run(const Options& options, const std::vector<std::string>& command) {
    const Stopwatch stopwatch;
    RunSettings settings;
    apply(options.run, settings);
    const CustomSpec spec = read_transfer(options.file);
    std::optional<OutputFile> file;
    if (options.run.json_to_file()) file.emplace(options.run.json);
    const Characterisation found = characterised(spec, options.file, settings.seed);
    const bool prints = !options.run.json_to_output();
    if (prints) print(page(spec, found));

    std::optional<RunResult> claims;
    if (found.form && !found.disagreement) {
        register_transfer(custom::registration_of(found.form));
        settings.transfers = {spec.name};
        if (prints) print(claims_heading(*found.form));
        ProgressLine line(options.run.quiet);
        claims = verify::run(settings, stop_requested(), [&](const verify::Progress& p) {
            line.show(fmt::format("{}/{} units, {} refuted, last: {}", p.done, p.total, p.refuted,
                                  p.current));
        });
    }
    const Verdict verdict = verdict_of(found, claims);
    const bool toothless = claims && !claims->toothless.empty();
    nlohmann::ordered_json out = provenance("hadamard-transfer", command);
    out["seed"] = settings.seed;
    out["verdict"] = to_string(verdict);
    out.update(to_json(spec, found));
    if (found.form) out["claims_scale"] = text(found.form->scale);
    out["claims"] = claims ? claims_json(*claims) : nlohmann::ordered_json::array();
    if (claims) out["toothless"] = claims->toothless;
    if (!claims) out["claims_not_run"] = found.disagreement ? "R is refuted" : found.why_no_form;
    out["interrupted"] = claims && claims->interrupted;
    out["seconds"] = stopwatch.seconds();
    const std::string json = out.dump(2) + "\n";
    if (file) file->commit(json);
    if (!prints)
        print(json);
    else if (claims)
        print("\n" + claims_text(*claims));
    else
        print(fmt::format("claims not run: {}\n",
                          found.disagreement ? "R is refuted" : found.why_no_form));
    if (prints)
        print(
            fmt::format("\n{}verdict: {}{} ({:.0f} s, seed {})\n",
                        claims && claims->interrupted ? "INTERRUPTED, what was found so far: " : "",
                        to_string(verdict), toothless ? ", with toothless claims" : "",
                        stopwatch.wall(), settings.seed));
    if (verdict == Verdict::refuted || toothless) return refuted_or_toothless;
    if (claims && claims->interrupted) return interrupted;
    return verdict == Verdict::undecided ? undecided : as_claimed;
}

}  // namespace

Verb add_transfer_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "transfer",
        "Characterise a transfer you wrote down (K and S as text), and run every claim on it");
    const auto o = std::make_shared<Options>();
    app->add_option("FILE", o->file,
                    "JSON: {\"name\", \"factors\", \"K\", \"S\"} and, if you like, \"R\"; see "
                    "examples/transfers")
        ->required();
    add_run_options(*app, o->run, "Random cases for each claim (default: by claim)");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
