#pragma once

/// @file
/// Transfers that users wrote down, put beside those of the catalogue for the time of a run.

#include "hadamard/custom/characterise.hpp"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <cstdint>
#include <string>

namespace hadamard::verify {

/// @throws InputError when the catalogue, or an earlier file, has a transfer of that name.
void require_new_name(const std::string& name);

/// Characterises what `definition` says (see `transfer_from_json`) and registers it, so that claims
/// run on it; one that is registered already by the same definition is left as it is. Not to be
/// called while other threads use the catalogue, but for one that is registered.
/// @returns its name.
/// @throws InputError when it is no transfer, or none that claims can run on.
std::string register_user_transfer(const nlohmann::json& definition, std::uint64_t seed,
                                   const std::atomic<bool>* stop = nullptr);

/// What a registered transfer is; null for one of the catalogue.
std::shared_ptr<const custom::CustomForm> form_of(const std::string& transfer);

/// The definition of a registered transfer as one line of JSON; empty for one of the catalogue.
std::string definition_of(const std::string& transfer);

}  // namespace hadamard::verify
