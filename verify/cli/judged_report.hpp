#pragma once

#include "engine/judged.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace hadamard::cli {

/// {"instances", "right", "wrong", "undecided", "open", "confusion", "by_kind", "ladder", "witness"}.
nlohmann::ordered_json judged_json(const verify::JudgedResult& result,
                                   const verify::JudgeSettings& settings);

/// The same as tables: answers by row, the confusion of truth and decision for P and Q, the ladder.
std::string judged_tables(const std::string& title, const verify::JudgedResult& result,
                          const verify::JudgeSettings& settings, double seconds);

}  // namespace hadamard::cli
