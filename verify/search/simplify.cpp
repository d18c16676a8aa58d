#include "search/simplify.hpp"

#include "hadamard/core/elementary.hpp"
#include "search/starts.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

namespace hadamard::search {
namespace {

std::size_t bits(const Integer& n) {
    return n == 0 ? 0 : static_cast<std::size_t>(boost::multiprecision::msb(abs(n))) + 1;
}

std::size_t bits(const Rational& value) {
    return bits(Integer(numerator(value))) + bits(Integer(denominator(value)));
}

/// The order of simplicity.
using Weight = std::tuple<Rational, std::size_t, std::size_t, std::uint64_t>;

Weight weight_of(Exponent depth, const Choices& choices) {
    std::size_t pinned = 0;
    for (const auto& [at, value] : choices.pins) pinned += 1 + bits(value);
    const std::size_t end = choices.pins.empty() ? 0 : choices.pins.rbegin()->first + 2;
    return {depth.as<Rational>(), std::max(choices.numbers.size(), end), pinned,
            std::accumulate(choices.numbers.begin(), choices.numbers.end(), std::uint64_t{0})};
}

/// `count` choices from `at` on taken out; pins behind them move up.
Choices without(const Choices& choices, std::size_t at, std::size_t count) {
    Choices out;
    for (std::size_t i = 0; i < choices.numbers.size(); ++i)
        if (i < at || i >= at + count) out.numbers.push_back(choices.numbers[i]);
    for (const auto& [place, value] : choices.pins)
        if (place < at)
            out.pins[place] = value;
        else if (place >= at + count)
            out.pins[place - count] = value;
    return out;
}

class Simplifier {
public:
    Simplifier(const Subject& subject, Refuted best, int replays)
        : subject_(subject),
          best_(std::move(best)),
          choices_(used_choices(best_.trial)),
          replays_(replays),
          random_(choices_.numbers.size() + 1) {}

    Refuted result() {
        try_depths();
        bool improved = true;
        while (improved && replays_ > 0) {
            improved = false;
            improved |= shorten_from_the_front();
            improved |= delete_blocks();
            improved |= simplify_pins();
            improved |= lower_numbers();
        }
        return std::move(best_);
    }

private:
    /// Keeps the choices if the same part fails and they are simpler than the best.
    bool keeps(Exponent depth, const Choices& choices) {
        if (replays_ <= 0) return false;
        --replays_;
        const Setting setting = subject_.setting(best_.trial.setting().transfer, depth);
        Trial trial = subject_.tried(setting, choices.tape(), best_.trial.digits());
        if (!trial.refuted() || trial.failed_part() != best_.trial.failed_part()) return false;
        Choices used = used_choices(trial);
        if (weight_of(depth, used) >= weight_of(best_.depth, choices_)) return false;
        best_ = {depth, std::move(trial)};
        choices_ = std::move(used);
        return true;
    }
    bool keeps(const Choices& choices) { return keeps(best_.depth, choices); }

    void try_depths() {
        const auto depths = subject_.shallower(best_.trial.setting().transfer, best_.depth);
        for (const Exponent depth : depths)
            if (keeps(depth, choices_)) return;
    }

    /// The first choices say how many coordinates there are; with fewer, the rest of the tape means
    /// something else, so it is drawn anew a few times.
    bool shorten_from_the_front() {
        bool improved = false;
        for (std::size_t i = 0; i < 4 && i < choices_.numbers.size(); ++i)
            for (std::uint32_t less = 0; i < choices_.numbers.size() && less < choices_.numbers[i];
                 ++less)
                if (completes(i, less)) {
                    improved = true;
                    break;
                } else if (less >= 3) {
                    break;
                }
        return improved;
    }

    bool completes(std::size_t i, std::uint32_t less) {
        Choices shorter = choices_;
        shorter.numbers[i] = less;
        if (keeps(shorter)) return true;
        for (int attempt = 0; attempt < 4; ++attempt) {
            for (std::size_t j = i + 1; j < shorter.numbers.size(); ++j)
                shorter.numbers[j] = static_cast<std::uint32_t>(random_() >> 40);
            shorter.pins.clear();
            if (keeps(shorter)) return true;
        }
        return false;
    }

    bool delete_blocks() {
        bool improved = false;
        for (const std::size_t count : {8, 4, 2, 1})
            for (std::size_t at = choices_.numbers.size(); at-- > 0 && replays_ > 0;) {
                if (at >= choices_.numbers.size()) continue;
                if (keeps(without(choices_, at, count))) improved = true;
            }
        return improved;
    }

    bool simplify_pins() {
        bool improved = false;
        const std::map<std::size_t, Rational> pins = choices_.pins;
        for (const auto& [at, value] : pins) {
            Choices unpinned = choices_;
            unpinned.pins.erase(at);
            if (keeps(unpinned)) {
                improved = true;
                continue;
            }
            for (const Rational& simpler : simpler_rationals(value)) {
                Choices next = choices_;
                if (!next.pins.contains(at)) break;
                next.pins[at] = simpler;
                if (keeps(next)) {
                    improved = true;
                    break;
                }
            }
        }
        return improved;
    }

    /// 0 first, then half as far, a quarter, …, one less.
    bool lower_numbers() {
        bool improved = false;
        for (std::size_t i = 0; i < choices_.numbers.size() && replays_ > 0; ++i) {
            const std::uint32_t value = choices_.numbers[i];
            for (std::uint32_t less = value; less > 0 && replays_ > 0; less /= 2) {
                Choices lower = choices_;
                lower.numbers[i] = value - less;
                if (keeps(lower)) {
                    improved = true;
                    break;
                }
            }
        }
        return improved;
    }

    const Subject& subject_;
    Refuted best_;
    Choices choices_;
    int replays_;
    Random random_;
};

/// The multiple of 1/n nearest to `value`, halves up.
Rational rounded(const Rational& value, const Integer& n) {
    const Rational scaled = value * Rational(n) + Rational(1, 2);
    Integer whole = numerator(scaled) / denominator(scaled);
    if (Rational(whole) > scaled) whole -= 1;
    return Rational(whole) / Rational(n);
}

}  // namespace

std::vector<Rational> simpler_rationals(const Rational& value) {
    std::vector<Rational> out = {Rational(0), Rational(1), Rational(-1)};
    for (int n = 1; n <= 8; ++n) out.push_back(rounded(value, n));
    const std::size_t size = bits(Integer(denominator(value)));
    if (size > 4) out.push_back(rounded(value, Integer(1) << (size / 2)));
    const std::size_t limit = bits(value);
    std::erase_if(out, [&](const Rational& simpler) { return bits(simpler) >= limit; });
    return out;
}

Refuted simplified(const Subject& subject, const Refuted& found, int replays) {
    return Simplifier(subject, found, replays).result();
}

}  // namespace hadamard::search
