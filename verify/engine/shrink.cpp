#include "engine/shrink.hpp"

#include "hadamard/core/error.hpp"

namespace hadamard::verify {
namespace {

std::optional<Trial> replay(const std::function<void(Trial&)>& check, const Trial& original,
                            std::vector<std::uint32_t> choices) {
    Trial trial(original.setting(), Tape(std::move(choices)), original.digits());
    try {
        check(trial);
    } catch (const Error&) {
        return std::nullopt;  // the simplified choices make no valid case
    }
    if (!trial.refuted() || trial.failed_part() != original.failed_part()) return std::nullopt;
    return trial;
}

std::vector<std::uint32_t> used_choices(const Trial& trial) {
    std::vector<std::uint32_t> out = trial.tape().choices();
    out.resize(trial.tape().used());
    return out;
}

}  // namespace

Trial shrunk(const std::function<void(Trial&)>& check, const Trial& trial, int replays) {
    Trial best = trial;
    bool improved = true;
    while (improved && replays > 0) {
        improved = false;
        for (std::size_t i = 0; i < used_choices(best).size() && replays > 0; ++i) {
            const std::uint32_t value = used_choices(best)[i];
            // 0 first, then half as far, a quarter, …, one less.
            for (std::uint32_t less = value; less > 0 && replays > 0; less /= 2) {
                std::vector<std::uint32_t> choices = used_choices(best);
                choices[i] = value - less;
                --replays;
                if (std::optional<Trial> smaller = replay(check, best, std::move(choices))) {
                    best = std::move(*smaller);
                    improved = true;
                    break;
                }
            }
        }
    }
    return best;
}

}  // namespace hadamard::verify
