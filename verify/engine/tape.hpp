#pragma once

#include "hadamard/core/scalar.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace hadamard::verify {

/// The random choices of one case, recorded: a case is a function of its tape. Replaying the tape
/// replays the case, and simplifying its numbers shrinks the case (0 always means the simplest
/// choice), as in RapidCheck, whatever the case makes of them.
class Tape {
public:
    /// Fresh choices from a seed. Built on mt19937_64 alone, so draws agree on every platform.
    explicit Tape(std::uint64_t seed) : rng_(seed) {}

    /// Recorded choices; past their end every choice is 0.
    explicit Tape(std::vector<std::uint32_t> choices)
        : choices_(std::move(choices)), replaying_(true) {}

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
        static constexpr int denominators[] = {1, 2, 4, 8, 3};
        const int p = signed_integer(size);
        return Rational(p, denominators[integer(0, 4)]);
    }

    /// p/q > 0 with 1 ≤ p ≤ size.
    Rational positive_rational(int size) {
        static constexpr int denominators[] = {1, 2, 4, 8, 3};
        const int p = integer(1, size);
        return Rational(p, denominators[integer(0, 4)]);
    }

    const std::vector<std::uint32_t>& choices() const { return choices_; }
    std::size_t used() const { return used_; }

private:
    std::uint32_t& next() {
        if (used_ == choices_.size())
            choices_.push_back(replaying_ ? 0 : static_cast<std::uint32_t>(rng_() >> 40));
        return choices_[used_++];
    }

    std::mt19937_64 rng_;
    std::vector<std::uint32_t> choices_;
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
