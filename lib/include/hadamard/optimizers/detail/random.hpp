#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <cstdint>
#include <random>
#include <utility>

namespace hadamard::optim::detail {

/// Draws that are the same on every machine. The engine is fixed by the C++ standard to the last
/// bit; the standard's distributions are not, so those below are written out, in integers or in
/// MPFR, which rounds log and √ correctly.
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    /// Uniform on 0 … bound − 1: draws beyond the largest multiple of `bound` are thrown away.
    /// @pre bound ≥ 1.
    std::uint64_t below(std::uint64_t bound) {
        const std::uint64_t largest = std::mt19937_64::max();
        const std::uint64_t excess = (largest % bound + 1) % bound;  // 2^64 mod bound
        std::uint64_t draw = engine_();
        while (draw > largest - excess) draw = engine_();
        return draw % bound;
    }

    /// All orders of 0 … size − 1 are equally likely (Fisher and Yates).
    IndexList permutation(Index size) {
        IndexList out;
        for (Index i = 0; i < size; ++i) out.push_back(i);
        for (std::size_t left = out.size(); left > 1; --left)
            std::swap(out[left - 1], out[below(left)]);
        return out;
    }

    /// N(0, 1) by Marsaglia's polar method from 64 random bits a coordinate: the resolution is
    /// 2^−63 in every scalar.
    template <RoundedField T>
    T normal() {
        for (;;) {
            const Real<50> a = symmetric(), b = symmetric(), s = a * a + b * b;
            if (s < 1) return T(a * sqrt(Real<50>(-2 * log(s) / s)));
        }
    }

private:
    /// Uniform on the 2^64 midpoints (m + ½)/2^63 − 1 of (−1, 1): never 0.
    Real<50> symmetric() {
        const Real<50> middle = Real<50>(engine_()) + Real<50>(1) / 2;
        return ldexp(middle, -63) - 1;
    }

    std::mt19937_64 engine_;
};

}  // namespace hadamard::optim::detail
