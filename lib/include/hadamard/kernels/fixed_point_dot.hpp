#pragma once

/// @file
/// Dot products of `Real<D>`, several times as fast as a loop of products and sums: the limbs of
/// MPFR are read in place, products go into one fixed-point number wide enough for all of them, and
/// there is one rounding, at the end.
///
/// Every term a_i b_i, and a start value, is |t| < 2^E with E the largest of the sums of exponents.
/// With N limbs of 64 bits for each mantissa, the accumulator holds an integer multiple of
/// ε = 2^(E − 64(N+2)) in N + 3 limbs, two's complement; the top one takes the sign and carries of fewer
/// than 2^63 terms.
///
/// Bound     |computed − exact| ≤ 4nN · 2^(−64(N+1)) · max_i |t_i|  +  half an ulp of the result,
///           n counting the start value.
/// Proof     (a) A product of mantissas has 2N limbs, of which the lowest N − 2 columns of partial
///           products are left out. Column c holds c + 1 ≤ N − 2 of them, each < 2^128, so together
///           they are < (N − 2) 2^128 Σ_{c ≤ N−3} 2^(64c) < (N − 2)(1 + 2^−63) 2^(64(N−1)), in units
///           where the whole product is < 2^(128N): a part (N − 2)(1 + 2^−63) 2^(−64(N+1)) of
///           2^(e_a + e_b). (b) Shifting to the exponent E drops less than ε = 2^(−64) 2^(E − 64(N+1)).
///           Both err downwards, together by less than (N − 1) 2^(E − 64(N+1)); a term so small that
///           nothing of it is left is itself < ε. (c) Mantissas are at least 1/2, so the term with the
///           largest sum of exponents has |t| ≥ 2^(E−2): 2^E ≤ 4 max |t_i|. n terms and (a)–(c)
///           give the first summand. (d) The sum is exact, and `mpfr_set` rounds it once, to
///           nearest: half an ulp. ∎
///           A start value of N limbs is aligned with limbs to spare; (b) and (c) hold for it too.
///
/// For D = 50, N = 3 and 64(N+1) = 256 bits stand against a precision of 168: sums that cancel by 80
/// bits are still right to the last bit, where a loop that rounds each step has lost half of them.
/// `properties/kernels_dot_test.cpp` holds the bound against exact rationals.

#include "hadamard/core/real.hpp"

#include <cstdint>

#if defined(__x86_64__) && defined(__SIZEOF_INT128__)
#include <immintrin.h>
#define HADAMARD_HAS_FIXED_POINT_DOT 1
#else
#define HADAMARD_HAS_FIXED_POINT_DOT 0
#endif

namespace hadamard::kernels {

using Index = Eigen::Index;

/// Σ a_i b_i by a product and a sum at a time: IEEE's rules for infinities and NaN.
template <unsigned D>
Real<D> loop_dot(const Real<D>* a, Index a_step, const Real<D>* b, Index b_step, Index n) {
    Real<D> sum(0);
    for (Index i = 0; i < n; ++i) sum += Real<D>(a[i * a_step] * b[i * b_step]);
    return sum;
}

#if HADAMARD_HAS_FIXED_POINT_DOT

namespace detail {

using Limb = unsigned long long;
__extension__ using TwoLimbs = unsigned __int128;
static_assert(GMP_NUMB_BITS == 64 && sizeof(mp_limb_t) == sizeof(Limb));

/// Limbs that MPFR keeps for a Real<D>.
template <unsigned D>
inline constexpr int limbs = (std::numeric_limits<Real<D>>::digits + 63) / 64;

/// Below it exponents mean zero, infinity or NaN.
inline constexpr mpfr_exp_t least_exponent = -(mpfr_exp_t(1) << 62);

template <unsigned D>
mpfr_srcptr data_of(const Real<D>& a) {
    return a.backend().data();
}
inline bool is_regular(mpfr_srcptr a) { return a->_mpfr_exp >= least_exponent; }

/// The N + 2 upper limbs of a·b, lowest first, from the columns N − 2 and up: (a) of the proof.
template <int N>
inline void upper_product(const mp_limb_t* a, const mp_limb_t* b, Limb* out) {
    if constexpr (N > 12) {  // where GMP's routine on all columns is faster
        mp_limb_t whole[2 * N];
        mpn_mul_n(whole, a, b, N);
        for (int k = 0; k < N + 2; ++k) out[k] = whole[N - 2 + k];
    } else {
        constexpr int first = N >= 2 ? N - 2 : 0;
        if constexpr (N < 2) out[0] = 0;
        TwoLimbs sum = 0;
        Limb high = 0;
#pragma GCC unroll 16
        for (int column = first; column < 2 * N - 1; ++column) {
#pragma GCC unroll 16
            for (int i = column < N ? 0 : column - N + 1; i <= (column < N ? column : N - 1); ++i) {
                const auto p = static_cast<TwoLimbs>(a[i]) * b[column - i];
                high += __builtin_add_overflow(sum, p, &sum);
            }
            out[column - (N - 2)] = static_cast<Limb>(sum);
            sum = (sum >> 64) | (static_cast<TwoLimbs>(high) << 64);
            high = 0;
        }
        out[N + 1] = static_cast<Limb>(sum);
    }
}

/// A number of L limbs, two's complement, times 2^e as MPFR has it; zero is +0.
template <int L>
class ExactNumber {
public:
    /// @pre |number| < 2^(64L − 1); e, and e + 64L, in MPFR's range of exponents
    ExactNumber(const Limb (&limb)[L], mpfr_exp_t e) {
        const bool negative = limb[L - 1] >> 63 != 0;
        const Limb mask = negative ? ~Limb(0) : 0;
        Limb magnitude[L];
        unsigned char carry = negative ? 1 : 0;
        for (int k = 0; k < L; ++k) carry = _addcarry_u64(carry, limb[k] ^ mask, 0, &magnitude[k]);
        int top = L - 1;
        while (top >= 0 && magnitude[top] == 0) --top;
        if (top < 0) {
            mpfr_custom_init_set(number_, MPFR_ZERO_KIND, 0, 64 * L, mantissa_);
            return;
        }
        const int zeros = __builtin_clzll(magnitude[top]);
        for (int k = 0; k < L; ++k) {
            const int from = k - (L - 1 - top);
            const Limb here = from >= 0 ? magnitude[from] << zeros : 0;
            const Limb below = zeros != 0 && from > 0 ? magnitude[from - 1] >> (64 - zeros) : 0;
            mantissa_[k] = here | below;
        }
        mpfr_custom_init_set(number_, (negative ? -1 : 1) * MPFR_REGULAR_KIND,
                             e + 64 * (top + 1) - zeros, 64 * L, mantissa_);
    }
    ExactNumber(const ExactNumber&) = delete;
    ExactNumber& operator=(const ExactNumber&) = delete;

    mpfr_srcptr data() const { return number_; }

private:
    mp_limb_t mantissa_[L];
    mpfr_t number_;
};

/// A multiple of 2^(E − 64(N+2)), |·| < 2^(E + 63).
template <int N>
class Accumulator {
public:
    /// ± 2^(E − shift) · 0.terms, where `term` has N + 2 limbs.
    void add(const Limb* term, std::uint64_t shift, bool negative) {
        Limb aligned[N + 2];
        const auto whole = static_cast<int>(shift / 64), bits = static_cast<int>(shift % 64);
        if (whole == 0 && bits != 0) [[likely]] {
#pragma GCC unroll 16
            for (int k = 0; k < N + 1; ++k)
                aligned[k] = (term[k] >> bits) | (term[k + 1] << (64 - bits));
            aligned[N + 1] = term[N + 1] >> bits;
        } else {
            for (int k = 0; k < N + 2; ++k) {
                const Limb low = k + whole < N + 2 ? term[k + whole] : 0;
                const Limb high = k + whole + 1 < N + 2 ? term[k + whole + 1] : 0;
                aligned[k] = bits != 0 ? (low >> bits) | (high << (64 - bits)) : low;
            }
        }
        // −x is ~x + 1: the 1 goes in as the first carry, and ~0 into the top limb.
        const Limb mask = negative ? ~Limb(0) : 0;
        unsigned char carry = negative ? 1 : 0;
#pragma GCC unroll 16
        for (int k = 0; k < N + 2; ++k)
            carry = _addcarry_u64(carry, limb_[k], aligned[k] ^ mask, &limb_[k]);
        _addcarry_u64(carry, limb_[N + 2], mask, &limb_[N + 2]);
    }

    /// 2^E times the number, rounded once to the precision of `out`.
    void round_to(mpfr_ptr out, mpfr_exp_t E) {
        // Near the ends of the range 2^E follows, exactly but for overflow and underflow.
        const bool is_far = E > -least_exponent / 2 || E < least_exponent / 2;
        const ExactNumber<N + 3> number(limb_, (is_far ? 0 : E) - 64 * (N + 2));
        mpfr_set(out, number.data(), MPFR_RNDN);
        if (is_far) mpfr_mul_2si(out, out, E, MPFR_RNDN);
    }

private:
    Limb limb_[N + 3] = {};
};

/// What the terms have in common.
struct Extent {
    mpfr_exp_t E = 0;         ///< All are < 2^E.
    bool is_zero = true;      ///< There is no other term.
    bool is_special = false;  ///< An infinity or NaN is among the factors.

    void hold(mpfr_exp_t e) {
        if (is_zero || e > E) E = e;
        is_zero = false;
    }
};

template <unsigned D>
Extent extent_of(const Real<D>* a, Index a_step, const Real<D>* b, Index b_step, Index n,
                 const Real<D>* start) {
    Extent out;
    for (Index i = 0; i < n; ++i) {
        const mpfr_srcptr x = data_of(a[i * a_step]), y = data_of(b[i * b_step]);
        if (is_regular(x) && is_regular(y)) [[likely]]
            out.hold(x->_mpfr_exp + y->_mpfr_exp);
        else if (!mpfr_number_p(x) || !mpfr_number_p(y))
            out.is_special = true;
    }
    if (start != nullptr) {
        if (is_regular(data_of(*start)))
            out.hold(data_of(*start)->_mpfr_exp);
        else if (!mpfr_number_p(data_of(*start)))
            out.is_special = true;
    }
    return out;
}

}  // namespace detail

/// out = Σ_i a_i b_i, or start ± Σ_i a_i b_i, with the bound above; a_i is a[i·a_step]. `out` may be one
/// of the operands. A zero result is +0. Infinities and NaN by `loop_dot`.
/// @pre 0 ≤ n < 2^62, ea + eb of every term in the range of a 64-bit integer (always true with
///      MPFR's largest range of exponents)
template <unsigned D>
void dot(Real<D>& out, const Real<D>* a, Index a_step, const Real<D>* b, Index b_step, Index n,
         const Real<D>* start = nullptr, bool subtract = false) {
    constexpr int N = detail::limbs<D>;
    const detail::Extent extent = detail::extent_of(a, a_step, b, b_step, n, start);
    if (extent.is_special) [[unlikely]] {
        const Real<D> sum = loop_dot(a, a_step, b, b_step, n);
        const Real<D> term = subtract ? Real<D>(-sum) : sum;
        out = start != nullptr ? Real<D>(*start + term) : term;
        return;
    }
    if (extent.is_zero) {
        out = 0;
        return;
    }
    // E − e ≥ 0 may exceed the signed range; unsigned arithmetic has it.
    const auto shift_of = [E = static_cast<std::uint64_t>(extent.E)](mpfr_exp_t e) {
        return E - static_cast<std::uint64_t>(e);
    };
    constexpr std::uint64_t width = 64 * (N + 2);
    detail::Accumulator<N> sum;
    detail::Limb term[N + 2];
    for (Index i = 0; i < n; ++i) {
        const mpfr_srcptr x = detail::data_of(a[i * a_step]), y = detail::data_of(b[i * b_step]);
        if (!detail::is_regular(x) || !detail::is_regular(y)) [[unlikely]]
            continue;
        const std::uint64_t shift = shift_of(x->_mpfr_exp + y->_mpfr_exp);
        if (shift >= width) [[unlikely]]
            continue;
        detail::upper_product<N>(x->_mpfr_d, y->_mpfr_d, term);
        sum.add(term, shift, ((x->_mpfr_sign ^ y->_mpfr_sign) < 0) != subtract);
    }
    if (start != nullptr && detail::is_regular(detail::data_of(*start))) {
        const mpfr_srcptr x = detail::data_of(*start);
        const std::uint64_t shift = shift_of(x->_mpfr_exp);
        if (shift < width) {
            term[0] = term[1] = 0;
            for (int k = 0; k < N; ++k) term[k + 2] = x->_mpfr_d[k];
            sum.add(term, shift, x->_mpfr_sign < 0);
        }
    }
    sum.round_to(out.backend().data(), extent.E);
}

#endif

}  // namespace hadamard::kernels
