#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace hadamard::report {

/// One HTML file that needs no other: template, styles, scripts and `data` spliced together.
std::string page(const nlohmann::ordered_json& data);

}  // namespace hadamard::report
