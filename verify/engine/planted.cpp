#include "engine/planted.hpp"

#include "engine/instances.hpp"

namespace hadamard::verify {

using minima::Planted;
using minima::PlantedKind;

std::optional<Planted> draw_planted(const TransferTraits& transfer, Exponent depth,
                                    PlantedKind kind, std::uint64_t seed) {
    constexpr int attempts = 6;  // a support or a loss may not admit the kind
    static constexpr const char* losses[] = {"quadratic", "least_squares", "polynomial"};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        SeedMix mix(seed);
        mix << "planted instance" << static_cast<std::uint64_t>(attempt);
        Tape tape(mix.value());
        // Small ones more often: they are as sharp a test and cost less.
        const Setting setting{transfer, depth};
        const Index d = takes_matrices(transfer)
                            ? draw_base_size(tape, setting, 6)
                            : std::min(tape.integer(1, 6), tape.integer(1, 6));
        const TransferSpec spec = draw_transfer(tape, setting, d);
        minima::PlantedOptions options;
        options.intercept = tape.chance(1, 4);
        options.loss = losses[(tape.integer(0, 2) + attempt) % 3];
        try {
            if (std::optional<Planted> out =
                    minima::planted_instance(spec, kind, mix.value(), options))
                return out;
        } catch (const NotRepresentable&) {
            continue;
        }
    }
    return std::nullopt;
}

PlantedStream::PlantedStream(const RunSettings& settings) : seed_(settings.seed) {
    for (const TransferTraits& transfer : chosen_transfers(settings))
        if (transfer.finite_fibres || takes_matrices(transfer))
            for (const Exponent depth : chosen_depths(settings, transfer))
                settings_.push_back({transfer, depth});
    if (settings_.empty())
        throw InputError("--planted: no transfer that was chosen has points with an exact lift");
}

KnownInstance PlantedStream::operator()(long number) const {
    const std::size_t n = static_cast<std::size_t>(number);
    const Setting& setting = settings_[n % settings_.size()];
    SeedMix mix(seed_);
    mix << "planted" << setting.transfer.name << setting.depth.text()
        << static_cast<std::uint64_t>(number);
    const std::size_t first = (n / settings_.size()) % minima::planted_kinds.size();
    constexpr std::size_t stride = 5;  // coprime to 12: kinds that fail are replaced evenly
    for (std::size_t shift = 0; shift < minima::planted_kinds.size(); ++shift) {
        const auto& [kind, name] =
            minima::planted_kinds[(first + stride * shift) % minima::planted_kinds.size()];
        const std::optional<Planted> planted =
            draw_planted(setting.transfer, setting.depth, kind, mix.value());
        if (planted) return known_instance(*planted, std::string(name));
    }
    throw PreconditionError("planted: " + setting.transfer.name + " of depth " +
                            setting.depth.text() + " admits no kind of instance");
}

KnownInstance known_instance(const Planted& planted, std::string family) {
    KnownInstance out{std::move(family), planted.instance, {}};
    out.points.push_back({false, planted.base_point, planted.truth, "base"});
    for (const minima::PlantedPreimage& preimage : planted.preimages)
        out.points.push_back({true, preimage.point, preimage.truth, std::string(preimage.how)});
    return out;
}

}  // namespace hadamard::verify
