#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "hadamard/core/error.hpp"
#include "landscape/landscape.hpp"
#include "report/inputs.hpp"
#include "report/page.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>

namespace hadamard::cli {
namespace {

struct Options {
    std::vector<std::string> files;
    std::string out, title = "Hadamard overparametrization";
    bool quiet = false;
};

/// @throws InputError where a file is named twice, or would be written over.
void require_distinct(const Options& options) {
    namespace fs = std::filesystem;
    std::error_code error;
    std::set<std::string> seen;
    for (const std::string& file : options.files) {
        const fs::path place = fs::weakly_canonical(file, error);
        if (!seen.insert(error ? file : place.string()).second)
            throw InputError(file + ": is named twice; once shows all that is in it");
    }
    if (options.out == "-") throw InputError("--out: \"-\" is not a file; a report needs one");
    const fs::path out = fs::weakly_canonical(options.out, error);
    if (!error && fs::is_regular_file(out) && seen.count(out.string()) > 0)
        throw InputError("--out: " + options.out + " is one of the files to report on");
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
    return count == 0 ? "" : fmt::format(", {} {}", count, count == 1 ? one : many);
}

int run(const Options& options, const std::vector<std::string>& command) {
    require_distinct(options);
    OutputFile file(options.out);
    report::Inputs inputs(stop_requested());
    {
        ProgressLine line(options.quiet);
        std::size_t done = 0;
        for (const std::string& path : options.files) {
            line.show(fmt::format("file {} of {}", ++done, options.files.size()));
            try {
                inputs.add(path);
            } catch (const landscape::Interrupted&) {
            }
            if (!stop_requested()) continue;
            std::fputs("hadamard: interrupted; no report is written\n", stderr);
            return interrupted;
        }
    }
    nlohmann::ordered_json data = provenance("hadamard-report", command);
    data["title"] = options.title;
    data["catalogue"] = catalogue_json();
    data.update(inputs.json());
    const std::string html = report::page(data);
    file.commit(html);
    print(fmt::format("{}: {} file{}{}{}{}{}, {:.1f} MB\n", options.out, options.files.size(),
                      options.files.size() == 1 ? "" : "s",
                      counted(inputs.count("runs"), "curve", "curves"),
                      counted(inputs.count("verifications"), "verification", "verifications"),
                      counted(inputs.count("landscapes"), "landscape", "landscapes"),
                      counted(inputs.count("campaigns"), "campaign", "campaigns"),
                      1e-6 * static_cast<double>(html.size())));
    return as_claimed;
}

}  // namespace

Verb add_report_verb(CLI::App& program, const std::vector<std::string>& command) {
    CLI::App* app = program.add_subcommand(
        "report", "Put result files into one HTML file to look at: curves, claims, landscapes");
    const auto o = std::make_shared<Options>();
    app->add_option("FILES", o->files,
                    "Of converge (--out), verify (--json), certify (--out, --json), search "
                    "(--store, --json), in any number")
        ->required();
    app->add_option("--out", o->out, "Write the report to this file")->required();
    app->add_option("--title", o->title, "Its heading")->capture_default_str();
    app->add_flag("--quiet", o->quiet, "No progress on standard error");
    app->footer(
        "Example:\n"
        "  hadamard report runs.jsonl claims.json lasso_3.cert s.sqlite --out report.html\n"
        "The file needs no network. Exit: 0 written, 2 bad usage or input, 130 interrupted.");
    return {app, [o, command] { return run(*o, command); }};
}

}  // namespace hadamard::cli
