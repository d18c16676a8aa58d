#include "converge/samples.hpp"

#include <cmath>

namespace hadamard::converge {

using nlohmann::ordered_json;

ordered_json number_or_null(double a) { return std::isfinite(a) ? ordered_json(a) : nullptr; }

ordered_json samples_json(const std::vector<optim::Sample>& samples, double reference,
                          double null_objective) {
    using optim::Sample;
    ordered_json out;
    const auto whole = [&](const char* name, auto field) {
        ordered_json& list = out[name] = ordered_json::array();
        for (const Sample& sample : samples) list.push_back(sample.*field);
    };
    const auto column = [&](const char* name, const auto& value) {
        ordered_json list = ordered_json::array();
        bool any = false;
        for (const Sample& sample : samples) {
            const double a = value(sample);
            any = any || std::isfinite(a);
            list.push_back(number_or_null(a));
        }
        out[name] = any ? list : ordered_json(nullptr);
    };
    const auto real_column = [&](const char* name, double Sample::*field) {
        column(name, [field](const Sample& sample) { return sample.*field; });
    };
    whole("iteration", &Sample::iteration);
    real_column("evaluations", &Sample::evaluations);
    real_column("cpu_seconds", &Sample::cpu_seconds);
    real_column("objective", &Sample::objective);
    real_column("surrogate_objective", &Sample::surrogate_objective);
    column("suboptimality", [&](const Sample& sample) {
        return (sample.objective - reference) / (null_objective > 0 ? null_objective : 1);
    });
    real_column("relative_gap", &Sample::relative_gap);
    real_column("prox_residual", &Sample::prox_residual);
    real_column("distance", &Sample::distance);
    real_column("imbalance", &Sample::imbalance);
    real_column("misalignment", &Sample::misalignment);
    whole("support", &Sample::support);
    return out;
}

}  // namespace hadamard::converge
