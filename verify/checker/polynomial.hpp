#pragma once

#include "algebra.hpp"

#include <cstdint>
#include <map>
#include <numeric>

namespace check {

using Exponents = std::vector<int>;
/// Collected monomials: the coefficient of each vector of exponents.
using Polynomial = std::map<Exponents, mpq_class>;

inline int degree(const Exponents& e) { return std::accumulate(e.begin(), e.end(), 0); }

inline int degree(const Polynomial& p) {
    int out = 0;
    for (const auto& [e, c] : p) out = std::max(out, c == 0 ? 0 : degree(e));
    return out;
}

/// ∂p/∂β_i.
inline Polynomial derivative(const Polynomial& p, size_t i) {
    Polynomial out;
    for (const auto& [e, c] : p) {
        if (e[i] == 0) continue;
        Exponents lowered = e;
        --lowered[i];
        out[lowered] = c * e[i];
    }
    return out;
}

/// A set of coordinates, one bit each.
using Coordinates = std::uint32_t;
constexpr Coordinates coordinate(size_t i) { return Coordinates{1} << i; }

/// The monomials of a polynomial times a common denominator, made for evaluation.
struct Term {
    mpz_class coefficient;
    std::vector<std::pair<size_t, int>> factors;  ///< Coordinate and exponent ≥ 1.
    Coordinates occurring = 0, odd = 0;           ///< Of exponent ≥ 1, of odd exponent.
};
using Terms = std::vector<Term>;

inline mpz_class times(const mpz_class& scale, const mpq_class& x) {
    return x.get_num() * (scale / x.get_den());
}

inline Terms times(const mpz_class& scale, const Polynomial& p) {
    Terms out;
    for (const auto& [e, c] : p) {
        Term term{times(scale, c), {}};
        for (size_t i = 0; i < e.size(); ++i) {
            if (e[i] == 0) continue;
            term.factors.emplace_back(i, e[i]);
            term.occurring |= coordinate(i);
            if (e[i] % 2 == 1) term.odd |= coordinate(i);
        }
        out.push_back(std::move(term));
    }
    return out;
}

}  // namespace check
