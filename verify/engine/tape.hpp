#pragma once

#include "hadamard/core/scalar.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace hadamard::verify {

/// A rational number that a case drew: the continuous coordinates of a search over tapes.
struct RationalDraw {
    std::size_t at;  ///< Its first choice on the tape; it takes two.
    int size;        ///< It lies in [−size, size], or in (0, size].
    bool positive;
    Rational value;
};

/// The random choices of one case, recorded: a case is a function of its tape. Replaying the tape
/// replays the case, and simplifying its numbers shrinks the case (0 always means the simplest
/// choice), as in RapidCheck, whatever the case makes of them.
///
/// A rational draw can be pinned to any rational of its range, not only to those that choices reach:
/// `pins` maps the place of its first choice to the value. Pins elsewhere, or out of range, are
/// dropped.
class Tape {
public:
    /// Fresh choices from a seed. Built on mt19937_64 alone, so draws agree on every platform.
    explicit Tape(std::uint64_t seed) : rng_(seed) {}

    /// Recorded choices; past their end every choice is 0.
    explicit Tape(std::vector<std::uint32_t> choices, std::map<std::size_t, Rational> pins = {})
        : choices_(std::move(choices)), wanted_pins_(std::move(pins)), replaying_(true) {}

    /// An integer in [low, high]; `low` is the simplest.   @pre low ≤ high.
    int integer(int low, int high) {
        const std::uint32_t width = static_cast<std::uint32_t>(high - low) + 1;
        std::uint32_t& choice = next();
        choice %= width;  // recorded as it counts, so that less is simpler
        return low + static_cast<int>(choice);
    }

    /// An integer in [−size, size], simplest first: 0, 1, −1, 2, −2, …
    int signed_integer(int size) {
        const int z = integer(0, 2 * size);
        return z % 2 == 1 ? (z + 1) / 2 : -z / 2;
    }

    /// True in about n of m cases; false is the simplest.
    bool chance(int n, int m) { return integer(0, m - 1) >= m - n; }

    /// p/q with |p| ≤ size, q ∈ {1, 2, 3, 4, 8}.
    Rational rational(int size) {
        const std::size_t at = used_;
        const int p = signed_integer(size);
        return settled({at, size, false, Rational(p, denominators[integer(0, 4)])});
    }

    /// p/q > 0 with 1 ≤ p ≤ size.
    Rational positive_rational(int size) {
        const std::size_t at = used_;
        const int p = integer(1, size);
        return settled({at, size, true, Rational(p, denominators[integer(0, 4)])});
    }

    const std::vector<std::uint32_t>& choices() const { return choices_; }
    std::size_t used() const { return used_; }
    /// The rational draws so far, in order.
    const std::vector<RationalDraw>& rationals() const { return rationals_; }
    /// The pins that took effect.
    const std::map<std::size_t, Rational>& pins() const { return pins_; }

private:
    static constexpr int denominators[] = {1, 2, 4, 8, 3};

    /// The value of a draw: its pin if it has one. The choices beneath a pin do not count and become 0.
    Rational settled(RationalDraw draw) {
        if (const auto pin = wanted_pins_.find(draw.at); pin != wanted_pins_.end()) {
            const Rational& value = pin->second;
            const bool in_range = value <= draw.size && value >= -draw.size;
            if (in_range && (!draw.positive || value > 0)) {
                draw.value = value;
                pins_[draw.at] = value;
                choices_[draw.at] = choices_[draw.at + 1] = 0;
            }
        }
        rationals_.push_back(draw);
        return std::move(draw.value);
    }

    std::uint32_t& next() {
        if (used_ == choices_.size())
            choices_.push_back(replaying_ ? 0 : static_cast<std::uint32_t>(rng_() >> 40));
        return choices_[used_++];
    }

    std::mt19937_64 rng_;
    std::vector<std::uint32_t> choices_;
    std::map<std::size_t, Rational> wanted_pins_, pins_;
    std::vector<RationalDraw> rationals_;
    std::size_t used_ = 0;
    bool replaying_ = false;
};

/// A seed for one case that depends on nothing but these words: not on threads, not on order.
/// FNV-1a over the bytes, finished by splitmix64.
class SeedMix {
public:
    explicit SeedMix(std::uint64_t seed) { *this << seed; }
    SeedMix& operator<<(std::uint64_t word) {
        for (int byte = 0; byte < 8; ++byte) absorb(static_cast<unsigned char>(word >> (8 * byte)));
        return *this;
    }
    SeedMix& operator<<(std::string_view word) {
        for (const char c : word) absorb(static_cast<unsigned char>(c));
        absorb(0xff);
        return *this;
    }
    std::uint64_t value() const {
        std::uint64_t z = state_ + 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

private:
    void absorb(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001b3ULL; }
    std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace hadamard::verify
