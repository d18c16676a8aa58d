#pragma once

/// @file
/// `--method` and the settings of methods, as `solve` and `converge` have them.

#include "hadamard/optimizers/method.hpp"

#include <string>

namespace CLI {
class App;  // CLI/CLI.hpp takes seconds to compile
}

namespace hadamard::cli {

/// The words as typed, flags by the names of `optim::MethodSettings`; empty: the default.
struct MethodOptions {
    std::string learning_rate, schedule, momentum, batch, start, start_scale, sampling, max_seconds;
};

/// @param seconds_default  what --max-seconds is without it.
void add_method_options(CLI::App& app, MethodOptions& options, const std::string& seconds_default);

/// Sets what was typed.
/// @throws InputError naming the flag.
void apply(const MethodOptions& options, optim::MethodSettings& settings);

/// @throws InputError naming a flag that was typed and that this method has no use for.
void require_use(const MethodOptions& options, const optim::MethodTraits& method);

/// @throws InputError for an unknown name, with the nearest and with all there are.
optim::MethodTraits method_named(const std::string& name);

/// One line each, for the end of a help text.
std::string method_help();

}  // namespace hadamard::cli
