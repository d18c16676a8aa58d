#pragma once

/// @file
/// The options every verb that runs claims has: precision, amount of work, seed, output.

#include "engine/run.hpp"

#include <string>

namespace CLI {
class App;  // CLI/CLI.hpp takes seconds to compile
}

namespace hadamard::cli {

/// The words as typed; `apply` gives them meaning.
struct RunOptions {
    std::string digits, cases, seed, threads, json;
    bool quiet = false;

    bool json_to_file() const { return !json.empty() && json != "-"; }
    bool json_to_output() const { return json == "-"; }
};

/// Declares --digits, --cases, --seed, --threads, --json and --quiet.
/// @param cases_help  what --cases counts and its default.
void add_run_options(CLI::App& app, RunOptions& options, const std::string& cases_help);

/// Sets what was typed in `settings`, and the number of threads.
/// @throws InputError naming the flag.
void apply(const RunOptions& options, verify::RunSettings& settings);

/// A whole number in [low, high], also written as 1e6.
/// @throws InputError naming the flag.
long whole_number(const std::string& flag, const std::string& word, long low, long high);

}  // namespace hadamard::cli
