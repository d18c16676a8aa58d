#pragma once

/// @file
/// Where counterexamples hide: zeros, balanced points, the boundary |g| = λ of complementarity and
/// the folds of minima/scalar_oracle.hpp, laid onto the rational draws of a case or onto its point
/// alone.

#include "search/case.hpp"

#include <random>
#include <string_view>

namespace hadamard::search {

/// How a candidate came about. The order is the order of the report.
enum class Origin { random, zeros, ties, boundary, fold, scales, mutated, crossed, ascent };

constexpr int origins = 9;

constexpr std::string_view to_string(Origin origin) {
    switch (origin) {
        case Origin::random: return "random";
        case Origin::zeros: return "zeros";
        case Origin::ties: return "balanced";
        case Origin::boundary: return "boundary";
        case Origin::fold: return "fold";
        case Origin::scales: return "scales";
        case Origin::mutated: return "mutated";
        case Origin::crossed: return "crossed";
        case Origin::ascent: return "ascent";
    }
    return "unreachable";
}

using Random = std::mt19937_64;

/// An integer in [0, n). By remainder, not by std::uniform_int_distribution: the same on every
/// platform.   @pre n ≥ 1.
std::uint64_t below(Random& random, std::uint64_t n);

/// The case with its rational draws structured: `zeros` sets some to 0; `ties` sets some to ± one
/// of them; `boundary` sets some to ± one that must be positive, λ among them; `fold` sets a
/// positive one and another to (λ, y) at which zero and a nonzero minimizer of ½(b − y)² + λ|b|^q
/// merge or swap; `scales` sets some to ± powers of two.
/// @param trial  a run of the case, which recorded the draws.
Choices structured(const Trial& trial, Origin origin, Random& random);

/// One choice to three changed.
Choices mutated(const Choices& parent, Random& random);

/// The beginning of one with the end of the other.
Choices crossed(const Choices& a, const Choices& b, Random& random);

/// Steele, Lea and Flood's SplitMix64: a screen draws a word for each entry of each point, and
/// std::mt19937_64 would be a fourth of its time.
class ScreenRandom {
public:
    explicit ScreenRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t operator()() {
        std::uint64_t word = state_ += 0x9e3779b97f4a7c15;
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
        word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
        return word ^ (word >> 31);
    }

private:
    std::uint64_t state_;
};

/// A point in [−size, size]^n of a kind: random (small fractions), zeros, ties (all moduli alike)
/// or scales (± powers of two).
/// @pre size < 2^12
void fill_point(Vector<double>& x, Origin origin, int size, ScreenRandom& random);

}  // namespace hadamard::search
