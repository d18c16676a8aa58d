#include "engine/planted.hpp"

#include "engine/instances.hpp"
#include "hadamard/minima/decide.hpp"

namespace hadamard::verify {
namespace {

using minima::Outcome;
using minima::PlantedKind;

constexpr std::pair<PlantedKind, std::string_view> kinds[] = {
    {PlantedKind::minimizer, "minimizer"},
    {PlantedKind::saddle, "saddle"},
    {PlantedKind::degenerate, "degenerate"}};

void judge(PlantedResult& result, const minima::Planted& planted, std::string_view kind) {
    const ProblemFamily family(planted.instance);
    const minima::Decision base = minima::decide_base(family, planted.base_point).decision;
    const minima::Decision surrogate =
        minima::decide_surrogate(family, planted.surrogate_point).decision;
    const auto contradicts = [&](const minima::Decision& decision) {
        return decision.outcome != Outcome::undecided && decision.outcome != planted.truth;
    };
    ++result.instances;
    if (!contradicts(base) && !contradicts(surrogate)) {
        const bool both = base.outcome == planted.truth && surrogate.outcome == planted.truth;
        ++(both ? result.right : result.undecided);
        return;
    }
    ++result.wrong;
    if (result.witness) return;
    nlohmann::ordered_json witness = witness_of(planted.instance);
    witness["kind"] = kind;
    witness["truth"] = to_string(planted.truth);
    witness["base_point"] = exact_list(planted.base_point);
    witness["base_decision"] = to_string(base.outcome);
    witness["surrogate_point"] = exact_list(planted.surrogate_point);
    witness["surrogate_decision"] = to_string(surrogate.outcome);
    result.witness = std::move(witness);
}

}  // namespace

minima::Planted draw_planted(const TransferTraits& transfer, Exponent depth, PlantedKind kind,
                             std::uint64_t seed) {
    Tape tape(seed);
    const Index d = tape.integer(1, 4);
    const TransferSpec spec = draw_transfer(tape, {transfer, depth}, d);
    const bool intercept = tape.chance(1, 4);
    return minima::planted_instance(spec, kind, seed, intercept);
}

PlantedResult judge_planted(const RunSettings& settings, const std::atomic<bool>& stop) {
    const long cases = settings.cases.value_or(20);
    PlantedResult out;
    for (const TransferTraits& transfer : chosen_transfers(settings)) {
        if (!transfer.finite_fibres) continue;  // the planter's truth is about separate blocks
        for (const Exponent depth : chosen_depths(settings, transfer))
            for (const auto& [kind, name] : kinds)
                for (long n = 0; n < cases && !stop; ++n) {
                    SeedMix mix(settings.seed);
                    mix << "planted" << name << transfer.name << depth.text()
                        << static_cast<std::uint64_t>(n);
                    judge(out, draw_planted(transfer, depth, kind, mix.value()), name);
                }
    }
    return out;
}

}  // namespace hadamard::verify
