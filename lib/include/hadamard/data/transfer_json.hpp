#pragma once

#include "hadamard/custom/custom_transfer.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace hadamard {

/// A transfer that a user wrote down, one JSON object of strings:
/// `{"name", "factors": ["u", "v"], "K": "u*v^2", "S": "(u^2+2*v^2)/3", "R": "abs(b)^(2/3)"}`.
/// `R` may be left out. At most 6 factors.
///
/// @throws InputError naming the field and, inside an expression, the character.
custom::CustomSpec transfer_from_json(const nlohmann::json& json);

/// Reads such a file.
/// @throws InputError naming the file.
custom::CustomSpec read_transfer(const std::string& path);

/// Whether a word given for a transfer's name means a file: it ends in ".json".
bool names_transfer_file(const std::string& word);

}  // namespace hadamard
