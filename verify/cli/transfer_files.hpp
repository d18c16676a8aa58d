#pragma once

/// @file
/// Transfers from users' files, for every verb that takes `--transfer`.

#include "hadamard/custom/characterise.hpp"

#include <cstdint>
#include <string>

namespace hadamard::cli {

/// "claims at depth 3, S divided by 3/2": what claims about a user's transfer speak of.
std::string claims_heading(const custom::CustomForm& form);

/// The name under which verbs find the transfer that `word` means: itself, or, where it is the name of
/// a file, the name in the file, whose transfer is characterised and registered.
/// @throws InputError when the file is wrong or holds no transfer that claims can run on.
std::string resolved_transfer(const std::string& word, std::uint64_t seed);

}  // namespace hadamard::cli
