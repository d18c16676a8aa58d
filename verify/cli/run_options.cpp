#include "cli/run_options.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/data/number.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <thread>

namespace hadamard::cli {

void add_run_options(CLI::App& app, RunOptions& options, const std::string& cases_help) {
    app.add_option("--digits", options.digits,
                   "Decimal digits to work in, rounded up to 50, 100 or 200 (default 50); "
                   "decisions go on from there when a sign is open");
    app.add_option("--cases", options.cases, cases_help);
    app.add_option("--seed", options.seed, "Seed of the random cases (default 20230707)");
    app.add_option("--threads", options.threads, "Threads (default: all processors)");
    app.add_option("--json", options.json,
                   "Write the result as JSON to this file; - for standard output");
    app.add_flag("--quiet", options.quiet, "No progress on standard error");
}

void apply(const RunOptions& options, verify::RunSettings& settings) {
    if (!options.digits.empty()) {
        const long digits = whole_number("--digits", options.digits, 1, 200);
        settings.digits = digits <= 50 ? 50 : digits <= 100 ? 100 : 200;
    }
    if (!options.cases.empty())
        settings.cases = whole_number("--cases", options.cases, 1, 1'000'000'000);
    if (!options.seed.empty())
        settings.seed = static_cast<std::uint64_t>(
            whole_number("--seed", options.seed, 0, std::numeric_limits<long>::max()));
    const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    settings.threads = options.threads.empty()
                           ? processors
                           : static_cast<int>(whole_number("--threads", options.threads, 1, 1024));
}

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

}  // namespace hadamard::cli
