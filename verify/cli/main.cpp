#include "cli/session.hpp"
#include "cli/verbs.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/custom/characterise.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <new>
#include <string>
#include <vector>

namespace {

using namespace hadamard;

/// The words of the command line that no option of `app` is, with what was probably meant.
std::string complaint(const CLI::App& program, const CLI::ParseError& error,
                      const std::vector<std::string>& words) {
    std::vector<std::string> flags, verbs;
    const CLI::App* chosen = &program;
    for (const CLI::App* verb : program.get_subcommands({})) {
        verbs.push_back(verb->get_name());
        if (verb->parsed() || (words.size() > 1 && words[1] == verb->get_name())) chosen = verb;
    }
    if (chosen == &program && words.size() > 1 && !words[1].starts_with("-"))
        return unknown_name("verb", words[1], verbs);
    for (const CLI::Option* option : chosen->get_options())
        for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string flag = words[i].substr(0, words[i].find('='));
        const bool is_flag = flag.size() > 2 && flag.starts_with("--");
        if (is_flag && std::find(flags.begin(), flags.end(), flag) == flags.end())
            return unknown_name("flag", flag, flags);
    }
    std::string text = error.what();
    for (char& c : text)
        if (c == '\n') c = ' ';
    return text;
}

int run(int argc, char** argv) {
    const std::vector<std::string> words(argv, argv + argc);
    CLI::App program{"Verifies the theory of Hadamard overparametrization."};
    program.name("hadamard");
    program.set_version_flag("--version", "hadamard " HADAMARD_VERSION);
    program.require_subcommand(1);
    program.footer(
        "Exit: 0 all as claimed, 1 refuted or toothless, 2 bad usage or input, "
        "3 undecided, 130 interrupted.");
    const std::vector<cli::Verb> verbs = {
        cli::add_claims_verb(program, words), cli::add_transfer_verb(program, words),
        cli::add_verify_verb(program, words), cli::add_figures_verb(program, words),
        cli::add_certify_verb(program, words), cli::add_search_verb(program, words),
        cli::add_replay_verb(program, words), cli::add_solve_verb(program, words),
        cli::add_converge_verb(program, words), cli::add_report_verb(program, words)};
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& help) {
        return program.exit(help);
    } catch (const CLI::ParseError& error) {
        throw InputError(complaint(program, error, words) + " (see hadamard --help)");
    }
    for (const cli::Verb& verb : verbs)
        if (verb.app->parsed()) return verb.run();
    return cli::bad_input;
}

}  // namespace

int main(int argc, char** argv) {
    cli::catch_interrupts();
    try {
        return run(argc, argv);
    } catch (const custom::Interrupted& error) {
        std::fprintf(stderr, "hadamard: %s\n", error.what());
        return cli::interrupted;
    } catch (const Error& error) {
        std::fprintf(stderr, "hadamard: %s\n", error.what());
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "hadamard: out of memory\n");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "hadamard: %s\n", error.what());
    }
    return cli::bad_input;
}
