#pragma once

#include "json.hpp"

#include <cstdint>
#include <string>

namespace check {

/// What an accepted certificate proves.
struct Proof {
    std::string verdict, sentence;
    std::size_t patterns = 0, regions = 0, undecided = 0;
    std::uint64_t tokens = 0;
};

/// Checks everything that FORMAT.md asks for.
/// @throws Failure with the first item that fails.
Proof checked(const Value& certificate);

}  // namespace check
