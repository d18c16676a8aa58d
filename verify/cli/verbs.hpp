#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;  // CLI/CLI.hpp takes seconds to compile
}

namespace hadamard::cli {

/// A verb: its flags on a subcommand, and what runs when it is chosen.
struct Verb {
    CLI::App* app;
    std::function<int()> run;
};

/// The claims as `claims --json` lists them.
nlohmann::ordered_json catalogue_json();

/// The claims as a Markdown table: the one in the README.
std::string claims_table();

/// The figures that `hadamard figures` sums up, as the Markdown table of the README.
std::string figures_table(const nlohmann::ordered_json& figures);

/// `command` is the whole command line, for provenance.
Verb add_certify_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_claims_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_converge_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_figures_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_replay_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_report_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_search_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_solve_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_transfer_verb(CLI::App& program, const std::vector<std::string>& command);
Verb add_verify_verb(CLI::App& program, const std::vector<std::string>& command);

}  // namespace hadamard::cli
