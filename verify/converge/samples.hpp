#pragma once

#include "hadamard/optimizers/method.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace hadamard::converge {

/// One list a field, as in FORMAT.md; null for what is NaN in every sample.
/// @param reference       P there; NaN: there is none, and no suboptimality.
/// @param null_objective  What suboptimality is relative to.
nlohmann::ordered_json samples_json(const std::vector<optim::Sample>& samples, double reference,
                                    double null_objective);

/// JSON has no NaN.
nlohmann::ordered_json number_or_null(double a);

}  // namespace hadamard::converge
