#pragma once

#include <gmpxx.h>

#include <algorithm>
#include <compare>
#include <utility>
#include <vector>

namespace check {

inline int sign(const mpz_class& x) { return sgn(x); }
inline int sign(const mpq_class& x) { return sgn(x); }

/// The number m·2^e, exactly.
struct Dyadic {
    mpz_class m;
    long e = 0;

    Dyadic() = default;
    Dyadic(mpz_class mantissa, long exponent = 0) : m(std::move(mantissa)), e(exponent) {}

    /// The multiple of 2^exponent that this is; exponent ≤ e.
    mpz_class mantissa_at(long exponent) const {
        return m << static_cast<mp_bitcnt_t>(e - exponent);
    }
    /// The n with 2^(n−1) ≤ |this| < 2^n, if this is not zero.
    long magnitude() const { return static_cast<long>(mpz_sizeinbase(m.get_mpz_t(), 2)) + e; }
    mpq_class rational() const {
        if (e >= 0) return mantissa_at(0);
        return mpq_class(m) >> static_cast<mp_bitcnt_t>(-e);
    }

    /// Adds sign·factor·x in place: to ask for memory takes most of the time of short numbers.
    Dyadic& add_product(int sign, const mpz_class& factor, const Dyadic& x) {
        static mpz_class aligned;
        if (e > x.e) m <<= static_cast<mp_bitcnt_t>(std::exchange(e, x.e) - x.e);
        if (e < x.e) aligned = x.m << static_cast<mp_bitcnt_t>(x.e - e);
        (sign < 0 ? mpz_submul : mpz_addmul)(m.get_mpz_t(), factor.get_mpz_t(),
                                             (e < x.e ? aligned : x.m).get_mpz_t());
        return *this;
    }
    Dyadic& operator+=(const Dyadic& other) {
        static const mpz_class one = 1;
        return add_product(1, one, other);
    }
};

inline int sign(const Dyadic& x) { return sign(x.m); }
inline Dyadic operator*(const Dyadic& a, const Dyadic& b) { return {a.m * b.m, a.e + b.e}; }
inline Dyadic operator+(Dyadic a, const Dyadic& b) { return std::move(a += b); }
inline Dyadic operator-(Dyadic a) {
    mpz_neg(a.m.get_mpz_t(), a.m.get_mpz_t());
    return a;
}
inline Dyadic operator-(const Dyadic& a, const Dyadic& b) { return -b + a; }

inline std::strong_ordering operator<=>(const Dyadic& a, const Dyadic& b) {
    if (sign(a) != sign(b) || sign(a) == 0) return sign(a) <=> sign(b);
    // Lengths first: no long shift only to see which of two very different numbers is larger.
    if (a.magnitude() != b.magnitude()) return sign(a) * (a.magnitude() - b.magnitude()) <=> 0;
    const long e = std::min(a.e, b.e);
    return cmp(a.mantissa_at(e), b.mantissa_at(e)) <=> 0;
}

/// 1/x to so many significant bits at least, rounded down or up; x > 0.
inline Dyadic inverse(const Dyadic& x, long bits, bool up) {
    const long n = x.magnitude() - x.e + bits;
    mpz_class out = Dyadic(1, n).mantissa_at(0);
    (up ? mpz_cdiv_q : mpz_fdiv_q)(out.get_mpz_t(), out.get_mpz_t(), x.m.get_mpz_t());
    return {std::move(out), -n - x.e};
}

/// x^{1/k} to so many significant bits at least, rounded down or up; x > 0.
inline Dyadic root(const Dyadic& x, int k, long bits, bool up) {
    long n = k * bits;
    while ((x.e - n) % k != 0) ++n;  // m·2^e = (m·2^n)·2^(e − n)
    mpz_class out = x.mantissa_at(x.e - n);
    const bool is_exact = mpz_root(out.get_mpz_t(), out.get_mpz_t(), static_cast<unsigned>(k)) != 0;
    if (up && !is_exact) ++out;
    return {std::move(out), (x.e - n) / k};
}

template <class Number>
Number power(const Number& x, int n) {
    if (n < 2) return n == 0 ? Number(1) : x;
    Number out = x * x;
    for (int i = 2; i < n; ++i) out = out * x;
    return out;
}

/// The closed interval [lo, hi], lo ≤ hi; the operations give exact ranges.
template <class Number>
struct Range {
    Number lo, hi;

    Range() = default;
    Range(Number low, Number high) : lo(std::move(low)), hi(std::move(high)) {}
    explicit Range(const Number& point) : Range(point, point) {}

    Range& operator+=(const Range& other) {
        lo += other.lo;
        hi += other.hi;
        return *this;
    }
    void add_product(int s, const mpz_class& factor, const Range& x) {
        const bool is_turned = s * sign(factor) < 0;
        lo.add_product(s, factor, is_turned ? x.hi : x.lo);
        hi.add_product(s, factor, is_turned ? x.lo : x.hi);
    }
    friend Range operator-(Range a) { return {-std::move(a.hi), -std::move(a.lo)}; }
    friend Range operator+(Range a, const Range& b) { return std::move(a += b); }
    friend Range operator-(const Range& a, const Range& b) { return -b + a; }
    friend Range operator*(const Number& a, const Range& b) {
        return sign(a) >= 0 ? Range(a * b.lo, a * b.hi) : Range(a * b.hi, a * b.lo);
    }
    friend Range operator*(const Range& a, const Range& b) {
        // Of a ≥ 0 each end of b meets the end that takes it furthest.
        if (sign(a.lo) >= 0)
            return {(sign(b.lo) >= 0 ? a.lo : a.hi) * b.lo, (sign(b.hi) >= 0 ? a.hi : a.lo) * b.hi};
        if (sign(a.hi) <= 0) return -a * -b;
        if (sign(b.lo) >= 0 || sign(b.hi) <= 0) return b * a;
        return {std::min(a.lo * b.hi, a.hi * b.lo), std::max(a.lo * b.lo, a.hi * b.hi)};
    }
    friend Range power(const Range& x, int n) {
        Number lo = power(x.lo, n), hi = power(x.hi, n);
        if (n % 2 == 1 || sign(x.lo) >= 0) return {std::move(lo), std::move(hi)};
        if (sign(x.hi) <= 0) return {std::move(hi), std::move(lo)};
        return {Number(), std::max(lo, hi)};
    }
};
using Interval = Range<Dyadic>;

inline Range<mpq_class> rational(const Interval& x) { return {x.lo.rational(), x.hi.rational()}; }

inline bool excludes_zero(const Interval& x) { return sign(x.lo) > 0 || sign(x.hi) < 0; }
template <class Number>
bool is_inside(const Range<Number>& a, const Range<Number>& b) {
    return b.lo <= a.lo && a.hi <= b.hi;
}
/// Have these two boxes no point in common?
template <class Number>
bool are_apart(const std::vector<Range<Number>>& a, const std::vector<Range<Number>>& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].hi < b[i].lo || b[i].hi < a[i].lo) return true;
    return false;
}
/// The largest |x|.
inline Dyadic largest(const Interval& x) { return std::max(-x.lo, x.hi); }

}  // namespace check
