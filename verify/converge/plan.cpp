#include "converge/plan.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/core/suggest.hpp"

#include <cmath>
#include <functional>
#include <map>

namespace hadamard::converge {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json settings_json(const optim::MethodSettings& s) {
    ordered_json out;
    out["max_iterations"] = s.max_iterations;
    out["max_seconds"] = std::isfinite(s.max_seconds) ? ordered_json(s.max_seconds) : nullptr;
    out["tolerance"] = s.tolerance;
    out["learning_rate"] = s.learning_rate;
    out["schedule"] = s.schedule;
    out["momentum"] = s.momentum;
    out["batch"] = s.batch;
    out["start"] = s.start;
    out["start_scale"] = s.start_scale;
    out["sampling"] = s.sampling;
    return out;
}

ordered_json Plan::json() const {
    ordered_json out;
    out["problems"] = problems;
    out["response"] = response;
    out["loss"] = loss;
    out["groups"] = groups;
    out["weights"] = weights;
    out["intercept"] = intercept;
    out["methods"] = methods;
    out["transfers"] = transfers;
    out["depths"] = depths;
    out["lambda_ratios"] = lambda_ratios;
    out["repetitions"] = repetitions;
    out["seed"] = seed;
    out["digits"] = digits;
    out.update(settings_json(settings));
    return out;
}

void read_plan(Plan& plan, const json& object, const std::string& where) {
    if (!object.is_object()) throw InputError(where + ": a plan is one JSON object {…}");
    optim::MethodSettings& s = plan.settings;
    std::map<std::string, std::function<void(const json&)>> fields;
    const auto field = [&](const std::string& name, auto& target) {
        fields[name] = [&target](const json& value) { value.get_to(target); };
    };
    field("problems", plan.problems);
    field("response", plan.response);
    field("loss", plan.loss);
    field("groups", plan.groups);
    field("weights", plan.weights);
    field("intercept", plan.intercept);
    field("methods", plan.methods);
    field("transfers", plan.transfers);
    field("depths", plan.depths);
    field("lambda_ratios", plan.lambda_ratios);
    field("repetitions", plan.repetitions);
    field("seed", plan.seed);
    field("digits", plan.digits);
    field("max_iterations", s.max_iterations);
    fields["max_seconds"] = [&s](const json& value) {
        if (!value.is_null()) value.get_to(s.max_seconds);
    };
    field("tolerance", s.tolerance);
    field("learning_rate", s.learning_rate);
    field("schedule", s.schedule);
    field("momentum", s.momentum);
    field("batch", s.batch);
    field("start", s.start);
    field("start_scale", s.start_scale);
    field("sampling", s.sampling);
    std::vector<std::string> names;
    for (const auto& [name, read] : fields) names.push_back(name);
    for (const auto& [name, value] : object.items()) {
        const auto found = fields.find(name);
        if (found == fields.end())
            throw InputError(where + ": " + unknown_name("key", name, names));
        try {
            found->second(value);
        } catch (const json::exception&) {
            throw InputError(where + ": " + name + " is " + value.dump() +
                             ", which is not of its type; see `hadamard converge --help`");
        }
    }
}

}  // namespace hadamard::converge
