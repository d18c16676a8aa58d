#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace hadamard::cli {

/// A verb: its flags on a subcommand, and what runs when it is chosen.
struct Verb {
    CLI::App* app;
    std::function<int()> run;
};

/// The claims as a Markdown table: the one in the README.
std::string claims_table();

/// `command` is the whole command line, for provenance.
Verb add_claims_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_transfer_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_verify_verb(CLI::App& program, const std::vector<std::string>& command);

}  // namespace hadamard::cli
