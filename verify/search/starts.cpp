#include "search/starts.hpp"

#include "hadamard/core/elementary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace hadamard::search {
namespace {

using Draws = std::vector<verify::RationalDraw>;

bool coin(Random& random) { return below(random, 2) == 0; }

Rational signed_by(Random& random, const Rational& value) { return coin(random) ? -value : value; }

const verify::RationalDraw& any_of(const Draws& draws, Random& random) {
    return draws[static_cast<std::size_t>(below(random, draws.size()))];
}

/// Pins about half of the draws to what `value` makes.
template <class Value>
void pin_some(Choices& choices, const Draws& draws, Random& random, Value value) {
    for (const verify::RationalDraw& draw : draws)
        if (coin(random)) choices.pins[draw.at] = value(draw);
}

Rational power_of_two(Random& random, int most) {
    const auto e = static_cast<unsigned>(below(random, 21));
    return e <= static_cast<unsigned>(most) ? Rational(1L << e) : Rational(1) / (1L << e);
}

/// (λ, y) of minima/scalar_oracle.hpp with β = s^num, k = num/den, q = 2/k: at the fold
/// λ = β^{2−q}/(q(1−q)), y = β(2−q)/(1−q); where the global minimizer switches
/// λ = β^{2−q}/(2(1−q)), y = β(2−q)/(2(1−q)). At q = 1 both are the boundary λ = y.
std::pair<Rational, Rational> fold_pair(Exponent k, const Rational& s, bool global) {
    const Exponent q = Exponent(2) / k;
    if (q == Exponent(1)) return {s, s};
    const Rational exact_q = q.as<Rational>(), rest = 1 - exact_q;
    const Rational beta = abs_power(s, Exponent(k.num()));
    const Rational slope = abs_power(s, Exponent(2 * k.num() - 2 * k.den()));
    const Rational twice = global ? Rational(2) : exact_q;
    const Rational y = beta * (2 - exact_q) / rest;
    return {slope / (twice * rest), global ? Rational(y / 2) : y};
}

void pin_fold(Choices& choices, const Trial& trial, const Draws& positive, Random& random) {
    static const std::array<Rational, 6> roots = {Rational(1),    Rational(1, 2), Rational(2, 3),
                                                  Rational(3, 2), Rational(1, 3), Rational(5, 4)};
    const auto [lambda, y] =
        fold_pair(trial.setting().depth, roots[below(random, roots.size())], coin(random));
    choices.pins[any_of(positive, random).at] = lambda;
    choices.pins[any_of(trial.tape().rationals(), random).at] = signed_by(random, y);
}

Draws positive_draws(const Draws& draws) {
    Draws out;
    std::copy_if(draws.begin(), draws.end(), std::back_inserter(out),
                 [](const verify::RationalDraw& draw) { return draw.positive; });
    return out;
}

}  // namespace

std::uint64_t below(Random& random, std::uint64_t n) { return random() % n; }

Choices structured(const Trial& trial, Origin origin, Random& random) {
    Choices out = used_choices(trial);
    const Draws& draws = trial.tape().rationals();
    if (draws.empty()) return out;
    const Draws positive = positive_draws(draws);
    switch (origin) {
        case Origin::zeros: pin_some(out, draws, random, [](auto&) { return Rational(0); }); break;
        case Origin::ties: {
            const Rational value = magnitude(any_of(draws, random).value);
            pin_some(out, draws, random, [&](auto&) { return signed_by(random, value); });
            break;
        }
        case Origin::boundary: {
            const Rational bound = any_of(positive.empty() ? draws : positive, random).value;
            pin_some(out, draws, random, [&](const verify::RationalDraw& draw) {
                return draw.positive ? draw.value : signed_by(random, bound);
            });
            break;
        }
        case Origin::fold:
            if (!positive.empty()) pin_fold(out, trial, positive, random);
            break;
        case Origin::scales:
            pin_some(out, draws, random,
                     [&](auto&) { return signed_by(random, power_of_two(random, 2)); });
            break;
        default: break;
    }
    return out;
}

Choices mutated(const Choices& parent, Random& random) {
    Choices out = parent;
    if (out.numbers.empty()) out.numbers.push_back(0);
    const std::uint64_t changes = 1 + below(random, 3);
    for (std::uint64_t n = 0; n < changes; ++n) {
        const auto at = static_cast<std::size_t>(below(random, out.numbers.size()));
        out.pins.erase(at);
        out.numbers[at] = static_cast<std::uint32_t>(random() >> 40);
    }
    return out;
}

Choices crossed(const Choices& a, const Choices& b, Random& random) {
    const std::size_t least = std::min(a.numbers.size(), b.numbers.size());
    const auto cut = static_cast<std::size_t>(below(random, least + 1));
    Choices out = a;
    out.numbers.resize(cut);
    out.numbers.insert(out.numbers.end(), b.numbers.begin() + static_cast<std::ptrdiff_t>(cut),
                       b.numbers.end());
    out.pins.erase(out.pins.lower_bound(cut), out.pins.end());
    out.pins.insert(b.pins.lower_bound(cut), b.pins.end());
    return out;
}

void fill_point(Vector<double>& x, Origin origin, int size, ScreenRandom& random) {
    static constexpr std::array<double, 5> inverse_denominators = {1, 0.5, 0.25, 0.125, 1.0 / 3};
    static constexpr int powers = 22;  // 2^2 down to 2^-19
    const auto width = static_cast<std::uint64_t>(2 * size + 1);
    // Numerator, denominator and a coin of one word, from bits of their own, by multiplication.
    const auto fraction = [size, width](std::uint64_t word) {
        const auto p = static_cast<double>(((word & 0xffffffff) * width) >> 32) - size;
        return p * inverse_denominators[((word >> 32 & 0xffff) * inverse_denominators.size()) >> 16];
    };
    const auto heads = [](std::uint64_t word) { return word >> 63 != 0; };
    if (origin == Origin::ties) {
        const double common = fraction(random());
        for (double& entry : x) entry = heads(random()) ? -common : common;
    } else if (origin == Origin::zeros) {
        for (double& entry : x) {
            const std::uint64_t word = random();
            entry = heads(word) ? 0 : fraction(word);
        }
    } else if (origin == Origin::scales) {
        for (double& entry : x) {
            const std::uint64_t word = random();
            entry = std::ldexp(heads(word) ? -1 : 1,
                               2 - static_cast<int>(((word & 0xffffffff) * powers) >> 32));
        }
    } else {
        for (double& entry : x) entry = fraction(random());
    }
}

}  // namespace hadamard::search
