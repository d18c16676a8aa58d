#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace hadamard::cli {

/// How long a search goes on: a time or a number of evaluations.
struct Budget {
    std::optional<std::chrono::duration<double>> time;
    std::optional<long> evaluations;
};

/// "30s", "10m", "2h", "1d" are times; "1e6" or "250000" is a number of evaluations.
/// @throws InputError naming the flag `--budget`.
Budget budget_of(const std::string& word);

}  // namespace hadamard::cli
