#pragma once

#include "engine/judged.hpp"
#include "hadamard/minima/planted.hpp"

#include <cstdint>

namespace hadamard::verify {

/// An instance of this kind: the transfer, the loss and the instance are drawn from the seed. Nothing
/// when no draw of a few admits the kind.
std::optional<minima::Planted> draw_planted(const TransferTraits& transfer, Exponent depth,
                                            minima::PlantedKind kind, std::uint64_t seed);

/// Planted instance `number` of a run: transfers, depths and kinds take turns, those without a lift that
/// is exact (infinite fibres) left out.
/// @throws InputError when the settings leave no transfer.
class PlantedStream {
public:
    explicit PlantedStream(const RunSettings& settings);
    KnownInstance operator()(long number) const;

private:
    std::vector<Setting> settings_;
    std::uint64_t seed_;
};

/// The base point and its preimages, as points to decide.
KnownInstance known_instance(const minima::Planted& planted, std::string family);

}  // namespace hadamard::verify
