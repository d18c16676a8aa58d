#pragma once

#include <gmpxx.h>

#include <algorithm>
#include <compare>
#include <utility>

namespace check {

inline int sign(const mpz_class& x) { return mpz_sgn(x.get_mpz_t()); }
inline long length(const mpz_class& x) {
    return static_cast<long>(mpz_sizeinbase(x.get_mpz_t(), 2));
}
inline mpz_class shifted(const mpz_class& x, long n) { return x << static_cast<mp_bitcnt_t>(n); }

/// The number m·2^e, exactly.
struct Dyadic {
    mpz_class m;
    long e = 0;

    Dyadic() = default;
    Dyadic(mpz_class mantissa, long exponent = 0) : m(std::move(mantissa)), e(exponent) {}

    /// The multiple of 2^exponent that this is; exponent ≤ e.
    mpz_class mantissa_at(long exponent) const { return shifted(m, e - exponent); }
    /// The n with 2^(n−1) ≤ |this| < 2^n, if this is not zero.
    long magnitude() const { return length(m) + e; }

    mpq_class rational() const {
        return e >= 0 ? mpq_class(shifted(m, e))
                      : mpq_class(mpq_class(m) >> static_cast<mp_bitcnt_t>(-e));
    }

    Dyadic& operator+=(const Dyadic& other) {
        if (sign(other.m) == 0) return *this;
        if (e > other.e) *this = {sign(m) == 0 ? mpz_class() : mantissa_at(other.e), other.e};
        if (e == other.e)
            m += other.m;
        else
            m += other.mantissa_at(e);
        return *this;
    }
};

inline int sign(const Dyadic& x) { return sign(x.m); }
inline Dyadic operator*(const Dyadic& a, const Dyadic& b) { return {a.m * b.m, a.e + b.e}; }
inline Dyadic operator+(Dyadic a, const Dyadic& b) { return a += b; }
inline Dyadic operator-(Dyadic a) {
    mpz_neg(a.m.get_mpz_t(), a.m.get_mpz_t());
    return a;
}
inline Dyadic operator-(const Dyadic& a, const Dyadic& b) { return -b + a; }
inline Dyadic abs(const Dyadic& x) { return sign(x) < 0 ? -x : x; }

inline std::strong_ordering operator<=>(const Dyadic& a, const Dyadic& b) {
    if (sign(a) != sign(b) || sign(a) == 0) return sign(a) <=> sign(b);
    // Lengths first: no long shift only to see which of two very different numbers is larger.
    if (a.magnitude() != b.magnitude()) return sign(a) * (a.magnitude() - b.magnitude()) <=> 0;
    const long e = std::min(a.e, b.e);
    return cmp(a.mantissa_at(e), b.mantissa_at(e)) <=> 0;
}

/// 1/x to so many significant bits at least, rounded down or up; x > 0.
inline Dyadic inverse(const Dyadic& x, long bits, bool up) {
    const long n = length(x.m) + bits;
    mpz_class out = shifted(1, n);
    (up ? mpz_cdiv_q : mpz_fdiv_q)(out.get_mpz_t(), out.get_mpz_t(), x.m.get_mpz_t());
    return {std::move(out), -n - x.e};
}

/// x^{1/k} to so many significant bits at least, rounded down or up; x > 0.
inline Dyadic root(const Dyadic& x, int k, long bits, bool up) {
    long n = k * bits;
    while ((x.e - n) % k != 0) ++n;  // m·2^e = (m·2^n)·2^(e − n)
    mpz_class out = shifted(x.m, n);
    const bool is_exact = mpz_root(out.get_mpz_t(), out.get_mpz_t(), static_cast<unsigned>(k)) != 0;
    if (up && !is_exact) ++out;
    return {std::move(out), (x.e - n) / k};
}

template <class Number>
Number power(const Number& x, int n) {
    Number out(1);
    for (int i = 0; i < n; ++i) out = out * x;
    return out;
}

/// The closed interval [lo, hi], lo ≤ hi; the operations give exact ranges.
struct Interval {
    Dyadic lo, hi;

    Interval() = default;
    Interval(Dyadic low, Dyadic high) : lo(std::move(low)), hi(std::move(high)) {}
    explicit Interval(const Dyadic& point) : Interval(point, point) {}

    Interval& operator+=(const Interval& other) {
        lo += other.lo;
        hi += other.hi;
        return *this;
    }
};

inline Interval operator-(const Interval& a) { return {-a.hi, -a.lo}; }
inline Interval operator+(Interval a, const Interval& b) { return a += b; }
inline Interval operator-(const Interval& a, const Interval& b) { return a + -b; }

inline Interval operator*(const Dyadic& a, const Interval& b) {
    return sign(a) >= 0 ? Interval(a * b.lo, a * b.hi) : Interval(a * b.hi, a * b.lo);
}

/// [a.lo, a.hi]·b, a.lo ≥ 0: each end of b meets the end of a that takes it furthest.
inline Interval nonnegative_times(const Interval& a, const Interval& b) {
    return {(sign(b.lo) >= 0 ? a.lo : a.hi) * b.lo, (sign(b.hi) >= 0 ? a.hi : a.lo) * b.hi};
}

inline Interval operator*(const Interval& a, const Interval& b) {
    if (sign(a.lo) >= 0) return nonnegative_times(a, b);
    if (sign(b.lo) >= 0) return nonnegative_times(b, a);
    if (sign(a.hi) <= 0) return -nonnegative_times(-a, b);
    if (sign(b.hi) <= 0) return -nonnegative_times(-b, a);
    return {std::min(a.lo * b.hi, a.hi * b.lo), std::max(a.lo * b.lo, a.hi * b.hi)};
}

inline Interval power(const Interval& x, int n) {
    const Dyadic lo = power(x.lo, n), hi = power(x.hi, n);
    if (n % 2 == 1 || sign(x.lo) >= 0) return {lo, hi};
    return {sign(x.hi) <= 0 ? hi : Dyadic(), std::max(lo, hi)};
}

inline bool excludes_zero(const Interval& x) { return sign(x.lo) > 0 || sign(x.hi) < 0; }
inline bool inside(const Interval& a, const Interval& b) { return b.lo <= a.lo && a.hi <= b.hi; }
inline bool strictly_inside(const Interval& a, const Interval& b) {
    return b.lo < a.lo && a.hi < b.hi;
}
/// The largest |x|.
inline Dyadic largest(const Interval& x) { return std::max(-x.lo, x.hi); }

}  // namespace check
