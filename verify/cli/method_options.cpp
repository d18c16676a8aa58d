#include "cli/method_options.hpp"

#include "cli/run_options.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"
#include "hadamard/data/table.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace hadamard::cli {
namespace {

double real_number(const std::string& flag, const std::string& word) {
    try {
        return from_rational<double>(parse_rational(word));
    } catch (const InputError&) {
        throw InputError(flag + ": " + in_quotes(word) + " is not a number");
    }
}

/// The methods that have a setting.
std::vector<std::string> owners(const std::string& setting) {
    std::vector<std::string> out;
    for (const optim::MethodTraits& method : optim::method_catalogue())
        if (std::count(method.settings.begin(), method.settings.end(), setting) > 0)
            out.push_back(method.name);
    return out;
}

}  // namespace

void add_method_options(CLI::App& app, MethodOptions& o, const std::string& seconds_default) {
    app.add_option("--max-seconds", o.max_seconds,
                   "CPU time of a run (default " + seconds_default + ")");
    app.add_option("--learning-rate", o.learning_rate,
                   "Of stochastic_gradient and adam (default: from the curvature at start and "
                   "reference; adam 0.01)");
    app.add_option("--schedule", o.schedule, "constant or cosine (default constant)");
    app.add_option("--momentum", o.momentum, "Of stochastic_gradient (default 0.9)");
    app.add_option("--batch", o.batch, "Rows a step of these two (default all)");
    app.add_option("--start", o.start, "auto, variance_matched, normal, balanced or constant");
    app.add_option("--start-scale", o.start_scale, "Deviation of the start (default 0.01)");
    app.add_option("--sampling", o.sampling,
                   "Samples at iterations that grow by this factor (default 1.15)");
}

void apply(const MethodOptions& o, optim::MethodSettings& settings) {
    const auto real = [](const std::string& flag, const std::string& word, double& target) {
        if (!word.empty()) target = real_number(flag, word);
    };
    if (!o.batch.empty()) settings.batch = whole_number("--batch", o.batch, 0, 1'000'000'000);
    if (!o.schedule.empty()) settings.schedule = o.schedule;
    if (!o.start.empty()) settings.start = o.start;
    real("--max-seconds", o.max_seconds, settings.max_seconds);
    real("--learning-rate", o.learning_rate, settings.learning_rate);
    real("--momentum", o.momentum, settings.momentum);
    real("--start-scale", o.start_scale, settings.start_scale);
    real("--sampling", o.sampling, settings.sampling);
}

void require_use(const MethodOptions& o, const optim::MethodTraits& method) {
    const std::vector<std::string>& has = method.settings;
    for (const auto& [setting, flag, word] :
         {std::tuple("learning_rate", "--learning-rate", &o.learning_rate),
          std::tuple("schedule", "--schedule", &o.schedule),
          std::tuple("momentum", "--momentum", &o.momentum),
          std::tuple("batch", "--batch", &o.batch)})
        if (!word->empty() && std::count(has.begin(), has.end(), setting) == 0)
            throw InputError(fmt::format("{}: {} has none; it is of {}", flag, method.name,
                                         fmt::join(owners(setting), " and ")));
}

optim::MethodTraits method_named(const std::string& name) {
    std::vector<std::string> names;
    for (const optim::MethodTraits& method : optim::method_catalogue()) {
        if (method.name == name) return method;
        names.push_back(method.name);
    }
    throw InputError(fmt::format("--method: {} (there are {})", unknown_name("method", name, names),
                                 fmt::join(names, ", ")));
}

std::string method_help() {
    std::string out = "Methods:\n";
    for (const optim::MethodTraits& method : optim::method_catalogue())
        out += fmt::format("  {:20} {}\n", method.name, method.summary);
    return out;
}

}  // namespace hadamard::cli
