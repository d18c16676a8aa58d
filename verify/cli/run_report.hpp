#pragma once

/// @file
/// How the result of a run of claims is shown, for every verb that runs claims.

#include "engine/run.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace hadamard::cli {

/// The "claims" of a result file.
nlohmann::ordered_json claims_json(const verify::RunResult& result);

/// The matrix of verdicts, with refutations, undecided cells and toothless mutants below it.
std::string claims_text(const verify::RunResult& result);

/// "2222 cases: 0 refuted, 5 undecided. 99 of 99 mutant runs killed, 0 toothless."
std::string counts_text(const verify::RunResult& result);

}  // namespace hadamard::cli
