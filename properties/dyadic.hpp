#pragma once

/// @file
/// Exact sums of products of Real<D>, for tests of the kernels.

#include "hadamard/core/scalar.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>

namespace hadamard {

using Random = std::mt19937_64;

/// m·2^e: sums and products of these are exact, and cheaper than those of fractions.
struct Dyadic {
    Integer m = 0;
    long e = 0;
};

template <unsigned D>
Dyadic exact(const Real<D>& a) {
    Dyadic out;
    if (a != 0) out.e = mpfr_get_z_2exp(out.m.backend().data(), a.backend().data());
    return out;
}

inline Integer shifted(const Integer& m, long n) {
    return n > 0 ? Integer(m << static_cast<unsigned>(n)) : m;
}

inline Dyadic operator+(const Dyadic& a, const Dyadic& b) {
    if (a.m == 0) return b;
    if (b.m == 0) return a;
    const long e = std::min(a.e, b.e);
    return {shifted(a.m, a.e - e) + shifted(b.m, b.e - e), e};
}
inline Dyadic operator*(const Dyadic& a, const Dyadic& b) { return {a.m * b.m, a.e + b.e}; }
inline Dyadic operator-(const Dyadic& a) { return {-a.m, a.e}; }
inline Dyadic magnitude(const Dyadic& a) { return {abs(a.m), a.e}; }
inline bool operator<=(const Dyadic& a, const Dyadic& b) { return (b + -a).m >= 0; }

/// A full mantissa, or few bits of it, times 2^e with |e| ≤ spread; sometimes 0.
template <unsigned D>
Real<D> drawn(Random& random, long spread) {
    const auto kind = random() % 16;
    if (kind == 0) return 0;
    Real<D> out = static_cast<long>(random() >> 2) | 1;
    for (int bits = 62; kind > 3 && bits < std::numeric_limits<Real<D>>::digits; bits += 62)
        out = out * Real<D>(static_cast<long>(1) << 62) + Real<D>(static_cast<long>(random() >> 2));
    if (random() % 2 == 0) out = -out;
    mpfr_set_exp(out.backend().data(),
                 static_cast<long>(random() % static_cast<std::uint64_t>(2 * spread + 1)) - spread);
    return out;
}

/// Half of what the last bit of a number that is not zero stands for.
template <unsigned D>
Dyadic half_ulp(const Real<D>& a) {
    return {1, mpfr_get_exp(a.backend().data()) - std::numeric_limits<Real<D>>::digits - 1};
}

}  // namespace hadamard
