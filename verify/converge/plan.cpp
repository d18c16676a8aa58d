#include "converge/plan.hpp"

#include "cli/run_options.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/json_file.hpp"
#include "hadamard/data/number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

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

namespace {

using Words = std::vector<std::string>;
using Kind = Field::Kind;
using Set = decltype(Field::set);
using Settings = optim::MethodSettings;

Rational number(const std::string& where, const std::string& word, const std::string& wanted) {
    try {
        return parse_rational(word);
    } catch (const InputError&) {
        throw InputError(where + ": " + in_quotes(word) + " is not " + wanted);
    }
}

Set text(std::string Plan::*target) {
    return [target](Plan& plan, const std::string&, const Words& words) {
        plan.*target = words.front();
    };
}

Set texts(Words Plan::*target) {
    return [target](Plan& plan, const std::string&, const Words& words) { plan.*target = words; };
}

template <class T>
Set whole(T Plan::*target, long low, long high) {
    return [=](Plan& plan, const std::string& where, const Words& words) {
        plan.*target = static_cast<T>(cli::whole_number(where, words.front(), low, high));
    };
}

Set whole(std::int64_t Settings::*target, long low, long high) {
    return [=](Plan& plan, const std::string& where, const Words& words) {
        plan.settings.*target = cli::whole_number(where, words.front(), low, high);
    };
}

/// @param wanted  "a number >= 0", for the message; what holds of it.
Set real(double Settings::*target, const std::string& wanted, bool (*holds)(double)) {
    return [=](Plan& plan, const std::string& where, const Words& words) {
        const double value = from_rational<double>(number(where, words.front(), wanted));
        if (!std::isfinite(value) || !holds(value))
            throw InputError(where + ": " + in_quotes(words.front()) + " is not " + wanted);
        plan.settings.*target = value;
    };
}

Set choice(std::string Settings::*target, const Words& names) {
    return [=](Plan& plan, const std::string& where, const Words& words) {
        if (std::find(names.begin(), names.end(), words.front()) == names.end())
            throw InputError(fmt::format("{}: {}; there are {}", where,
                                         unknown_name("value", words.front(), names),
                                         fmt::join(names, ", ")));
        plan.settings.*target = words.front();
    };
}

void set_depths(Plan& plan, const std::string& where, const Words& words) {
    plan.depths.clear();
    for (const std::string& word : words)
        plan.depths.push_back(static_cast<int>(cli::whole_number(where, word, 2, 64)));
}

/// As fractions, so that 0.1 and 1/10 are one.
void set_ratios(Plan& plan, const std::string& where, const Words& words) {
    const std::string wanted = "in (0, 1], a part of lambda_max";
    plan.lambda_ratios.clear();
    for (const std::string& word : words) {
        const Rational ratio = number(where, word, wanted);
        if (ratio <= 0 || ratio > 1)
            throw InputError(where + ": " + in_quotes(word) + " is not " + wanted);
        plan.lambda_ratios.push_back(ratio.str());
    }
}

void set_digits(Plan& plan, const std::string& where, const Words& words) {
    const Words known = {"0", "50", "100", "200"};
    if (std::find(known.begin(), known.end(), words.front()) == known.end())
        throw InputError(where + ": " + in_quotes(words.front()) +
                         "; there are 50, 100 and 200, and 0 for no certificate");
    plan.digits = std::stoi(words.front());
}

Set yes_or_no(bool meaning) {
    return [=](Plan& plan, const std::string& where, const Words& words) {
        if (words.front() != "true" && words.front() != "false")
            throw InputError(where + ": " + in_quotes(words.front()) + " is not true or false");
        plan.intercept = (words.front() == "true") == meaning;
    };
}

std::vector<Field> all_fields() {
    constexpr long many = 1'000'000'000;
    constexpr long longest = std::numeric_limits<long>::max();
    const auto at_least_0 = [](double a) { return a >= 0; };
    const auto below_1 = [](double a) { return a >= 0 && a < 1; };
    return {
        {"problem", "problems", Kind::many,
         "diabetes, breast_cancer, a FILE.csv with --response, or a synthetic design "
         "toeplitz[:rows=100,columns=200,correlation=0.6,nonzeros=10,snr=3,group=1,"
         "binary=0,seed=1] (default toeplitz diabetes)",
         texts(&Plan::problems)},
        {"response", "", Kind::one, "The column of FILE.csv to predict", text(&Plan::response)},
        {"loss", "", Kind::one, "As in `hadamard solve`", text(&Plan::loss)},
        {"groups", "", Kind::one,
         "For group transfers: N, every N columns a group, or a FILE.csv column,group[,weight]",
         text(&Plan::groups)},
        {"weights", "", Kind::one,
         "A FILE.csv column,weight: of each column's penalty (default all 1)",
         text(&Plan::weights)},
        {"no_intercept", "", Kind::yes,
         "No unpenalised intercept for data from files (synthetic ones have none)",
         yes_or_no(false)},
        {"method", "methods", Kind::many, "Methods, see below (default all)",
         texts(&Plan::methods)},
        {"transfer", "transfers", Kind::many,
         "Transfers (default hadamard_product); a FILE.json holds one of your own",
         texts(&Plan::transfers)},
        {"depth", "depths", Kind::many,
         "Depths, 2 to 64 (default 2 3); a transfer from a file has its own", set_depths},
        {"lambda_ratio", "lambda_ratios", Kind::many, "Parts of lambda_max (default 1/10)",
         set_ratios},
        {"repetitions", "", Kind::one, "Runs of each, with a seed of their own (default 3)",
         whole(&Plan::repetitions, 1, 10'000)},
        {"seed", "", Kind::one, "The first of them (default 20230707)",
         whole(&Plan::seed, 0, longest)},
        {"max_iterations", "", Kind::one, "Of a run, epochs with batches (default 100000)",
         whole(&Settings::max_iterations, 0, many)},
        {"max_seconds", "", Kind::one, "CPU time of a run (default 10)",
         real(&Settings::max_seconds, "a number >= 0", at_least_0)},
        {"tol", "tolerance", Kind::one,
         "A run ends at this relative duality gap (q = 1) or prox residual relative to "
         "that at 0 (q < 1) (default 1e-10)",
         real(&Settings::tolerance, "a number in [0, 1)", below_1)},
        {"learning_rate", "", Kind::one,
         "Of stochastic_gradient and adam (default 0: from the curvature at start and "
         "reference; adam 0.01)",
         real(&Settings::learning_rate, "a number >= 0", at_least_0)},
        {"schedule", "", Kind::one, "constant or cosine",
         choice(&Settings::schedule, {"constant", "cosine"})},
        {"momentum", "", Kind::one, "Of stochastic_gradient (default 0.9)",
         real(&Settings::momentum, "a number in [0, 1)", below_1)},
        {"batch", "", Kind::one, "Rows a step (default 0: all)", whole(&Settings::batch, 0, many)},
        {"start", "", Kind::one, "auto, variance_matched, normal, balanced or constant",
         choice(&Settings::start,
                {"auto", "variance_matched", "normal", "balanced", "constant"})},
        {"start_scale", "", Kind::one, "Deviation of the start (default 0.01)",
         real(&Settings::start_scale, "a number > 0", [](double a) { return a > 0; })},
        {"sampling", "", Kind::one, "Samples at iterations that grow by this factor (default 1.15)",
         real(&Settings::sampling, "a number from 1 to 1000",
              [](double a) { return a >= 1 && a <= 1000; })},
        {"digits", "", Kind::one,
         "Certify the reference in 50, 100 or 200 digits; 0: do not (default 50)", set_digits},
    };
}

/// The words of a value of JSON.
Words words_of(const std::string& where, const Field& field, const json& value) {
    const bool is_list = value.is_array() && field.kind == Kind::many;
    const bool is_switch = value.is_boolean() && field.kind == Kind::yes;
    const auto word = [&](const json& one) {
        if (one.is_string()) return one.get<std::string>();
        if (one.is_number() || is_switch) return one.dump();
        throw InputError(fmt::format("{} is {}; {} belongs there", where, one.dump(),
                                     field.kind == Kind::yes    ? "true or false"
                                     : field.kind == Kind::many ? "a text, a number or a list of them"
                                                                : "one text or number"));
    };
    if (!is_list) return {word(value)};
    Words out;
    for (const json& one : value) out.push_back(word(one));
    return out;
}

template <class List>
void require_distinct(const char* name, const List& list) {
    std::set<typename List::value_type> seen;
    for (const auto& one : list)
        if (!seen.insert(one).second)
            throw InputError(fmt::format("{}: {} is named twice", name, one));
}

}  // namespace

std::string Field::flag() const {
    std::string out = "--" + name;
    std::replace(out.begin() + 2, out.end(), '_', '-');
    return out;
}

const std::vector<Field>& fields() {
    static const std::vector<Field> all = all_fields();
    return all;
}

void read_plan(Plan& plan, const std::string& path) {
    std::vector<Field> known = fields();
    // `Plan::json` says it the other way round than the flag.
    known.push_back({"intercept", "", Kind::yes, "", yes_or_no(true)});
    std::map<std::string, const Field*> by_key;
    Words names;
    for (const Field& field : known)
        for (const std::string& name : {field.name, field.also})
            if (!name.empty() && by_key.emplace(name, &field).second) names.push_back(name);
    const auto interpret = [&](const json& object) {
        if (!object.is_object()) throw InputError("a plan is one JSON object {…}");
        for (const auto& [key, value] : object.items()) {
            const auto found = by_key.find(key);
            if (found == by_key.end()) throw InputError(unknown_name("key", key, names));
            const Field& field = *found->second;
            if (key == field.also && object.contains(field.name))
                throw InputError(field.name + " and " + key + " are one setting; name one of them");
            if (key == "intercept" && object.contains("no_intercept"))
                throw InputError("intercept and no_intercept are one setting; name one of them");
            field.set(plan, key, words_of(key, field, value));
        }
        return 0;
    };
    try {
        from_json_file(path, interpret);
    } catch (const InputError& error) {
        throw InputError(std::string("--plan ") + error.what());
    }
}

void check(const Plan& plan) {
    for (const auto& [name, is_empty] : {std::pair("problem", plan.problems.empty()),
                                         std::pair("transfer", plan.transfers.empty()),
                                         std::pair("depth", plan.depths.empty()),
                                         std::pair("lambda_ratio", plan.lambda_ratios.empty())})
        if (is_empty) throw InputError(std::string(name) + ": at least one is needed");
    require_distinct("problem", plan.problems);
    require_distinct("method", plan.methods);
    require_distinct("transfer", plan.transfers);
    require_distinct("depth", plan.depths);
    require_distinct("lambda_ratio", plan.lambda_ratios);
    // A run is some kilobytes of results; that many take hours.
    constexpr double most = 1e6;
    const std::size_t methods =
        plan.methods.empty() ? optim::method_catalogue().size() : plan.methods.size();
    double runs = plan.repetitions;
    for (const std::size_t count : {plan.problems.size(), plan.transfers.size(), plan.depths.size(),
                                    plan.lambda_ratios.size(), methods})
        runs *= static_cast<double>(count);
    if (runs > most)
        throw InputError(fmt::format("the grid has {:.0f} runs ({} repetitions); at most {:.0f} "
                                     "are made at a time",
                                     runs, plan.repetitions, most));
}

}  // namespace hadamard::converge
