#pragma once

#include "engine/run.hpp"
#include "hadamard/minima/planted.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace hadamard::verify {

/// The judges on planted instances: `decide_base` at the planted point, `decide_surrogate` at its lift.
struct PlantedResult {
    long instances = 0;
    long right = 0;      ///< Both answers are the truth.
    long wrong = 0;      ///< An answer contradicts the truth.
    long undecided = 0;  ///< None is wrong, one is undecided.
    /// The first wrong instance, exactly.
    std::optional<nlohmann::ordered_json> witness;
};

/// Transfers, depths, seed and cases (for each transfer, depth and kind; default 20) are those of a
/// run.
/// @param stop  becomes true to end early.
PlantedResult judge_planted(const RunSettings& settings, const std::atomic<bool>& stop);

/// One instance: the transfer and the instance are drawn from the seed.
minima::Planted draw_planted(const TransferTraits& transfer, Exponent depth,
                             minima::PlantedKind kind, std::uint64_t seed);

}  // namespace hadamard::verify
