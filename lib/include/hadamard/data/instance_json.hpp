#pragma once

#include "hadamard/core/specification.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace hadamard {

/// The instance in the format of the instance files, one JSON object:
/// `{"loss": {"kind", …}, "transfer": {"kind", "depth", …}, "lambda", "unpenalised"}`.
///
/// Exact   numbers are JSON integers where they fit into 64 bits, else strings "p/q" or "p":
///         reading the object back gives an equal instance.
nlohmann::ordered_json to_json(const Instance& instance);

/// One exact number as in an instance: a JSON integer, or a string.
nlohmann::ordered_json to_json(const Rational& number);

/// Reads the same format. `unpenalised`, `groups`, `weights`, huber's `delta` may be left out;
/// `transfer.depth` defaults to 2. The transfer's size is that of the loss less the unpenalised
/// coordinates. Which kinds exist, and whether groups and depth suit the transfer, is for the
/// catalogue to say.
///
/// Exact   a number is a JSON integer or a string holding an integer, decimal or fraction; a JSON
///         float is refused, since it is not the number the author wrote.
/// @throws InputError naming the field; an unknown field is refused with the nearest known name.
Instance instance_from_json(const nlohmann::json& json);

/// Reads such a file.
/// @throws InputError naming the file.
Instance read_instance(const std::string& path);

}  // namespace hadamard
