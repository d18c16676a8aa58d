#pragma once

#include "landscape/mutant.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace hadamard::landscape {

/// The certificate (verify/checker/FORMAT.md), one pattern, region or point a line, after the
/// fields of `provenance` (an object).
std::string certificate(const Landscape& landscape, const nlohmann::ordered_json& provenance);
/// The certificate of a refuted mutant.
std::string certificate(const Refutation& refutation, const nlohmann::ordered_json& provenance);

}  // namespace hadamard::landscape
