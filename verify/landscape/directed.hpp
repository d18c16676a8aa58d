#pragma once

/// @file
/// Intervals of doubles with directed rounding: they find and they exclude. What they prove is
/// proved again by whoever checks the certificate, in exact rationals.

#include "hadamard/core/scalar.hpp"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>

namespace hadamard::landscape {

/// Rounds upwards while it lives. Everything in `Range` asks for it; printing, Arb and the library
/// of anybody else ask for its absence. Code between the two lies in a function of its own, which
/// the compiler cannot move across the change of mode.
class RoundUpwards {
public:
    RoundUpwards() : before_(std::fegetround()) { std::fesetround(FE_UPWARD); }
    ~RoundUpwards() { std::fesetround(before_); }
    RoundUpwards(const RoundUpwards&) = delete;
    RoundUpwards& operator=(const RoundUpwards&) = delete;

private:
    int before_;
};

/// A closed interval [lo, hi], kept as (−lo, hi) so that both ends round upwards.
///
/// Guarantee  every operation returns an interval that contains the exact results, if the thread
///            rounds upwards. Overflow gives infinite ends; ∞·0 and ∞ − ∞ give the whole line.
class Range {
public:
    constexpr Range() = default;
    constexpr Range(double a) : negated_lo_(-a), hi_(a) {}  // NOLINT: numbers are intervals
    constexpr Range(double lo, double hi) : negated_lo_(-lo), hi_(hi) {}
    static constexpr Range whole() {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        return {-infinity, infinity};
    }

    constexpr double lo() const { return -negated_lo_; }
    constexpr double hi() const { return hi_; }
    bool is_positive() const { return negated_lo_ < 0; }
    bool is_negative() const { return hi_ < 0; }
    /// False for NaN as well: nothing is excluded by a number that is none.
    bool excludes_zero() const { return is_positive() || is_negative(); }
    bool is_inside(double a, double b) const { return -negated_lo_ > a && hi_ < b; }
    double middle() const { return 0.5 * (hi_ - negated_lo_); }

    friend Range operator+(const Range& a, const Range& b) {
        return made(a.negated_lo_ + b.negated_lo_, a.hi_ + b.hi_);
    }
    friend Range operator-(const Range& a) { return made(a.hi_, a.negated_lo_); }
    friend Range operator-(const Range& a, const Range& b) { return a + -b; }
    Range& operator+=(const Range& b) { return *this = *this + b; }
    Range& operator-=(const Range& b) { return *this = *this - b; }

    friend Range operator*(const Range& a, const Range& b) {
        const double al = -a.negated_lo_, bl = -b.negated_lo_;
        const double up1 = al * bl, up2 = al * b.hi_, up3 = a.hi_ * bl, up4 = a.hi_ * b.hi_;
        const double down1 = a.negated_lo_ * bl, down2 = a.negated_lo_ * b.hi_;
        const double down3 = a.hi_ * b.negated_lo_, down4 = -a.hi_ * b.hi_;
        const double sum = up1 + up2 + up3 + up4;
        if (sum != sum) return whole();  // max would hide a NaN
        return made(std::max(std::max(down1, down2), std::max(down3, down4)),
                    std::max(std::max(up1, up2), std::max(up3, up4)));
    }
    Range& operator*=(const Range& b) { return *this = *this * b; }

    /// c·a for a number c.
    friend Range scaled(double c, const Range& a) {
        return c >= 0 ? made(c * a.negated_lo_, c * a.hi_) : made(-c * a.hi_, -c * a.negated_lo_);
    }

    /// 1/a, for a > 0; else the whole line.
    friend Range reciprocal(const Range& a) {
        if (!a.is_positive()) return whole();
        return made(-1.0 / a.hi_, 1.0 / -a.negated_lo_);
    }

private:
    static constexpr Range made(double negated_lo, double hi) {
        Range out;
        out.negated_lo_ = negated_lo;
        out.hi_ = hi;
        if (negated_lo != negated_lo || hi != hi) return whole();
        return out;
    }

    double negated_lo_ = 0, hi_ = 0;
};

/// a^n, n ≥ 0: the range of the power, from the ends of abs(a) at even n.
inline Range power(const Range& a, int n) {
    if (n == 0) return Range(1.0);
    if (n == 1) return a;
    if (a.lo() >= 0) {
        Range out = a;
        for (int l = 1; l < n; ++l) out *= a;
        return out;
    }
    if (a.hi() <= 0) return n % 2 == 0 ? power(-a, n) : -power(-a, n);
    const Range below = power(Range(-a.lo()), n), above = power(Range(a.hi()), n);
    return n % 2 == 0 ? Range(0.0, std::max(below.hi(), above.hi()))
                      : Range(-below.hi(), above.hi());
}

/// a^{−n} for a > 0; else the whole line.
inline Range negative_power(const Range& a, int n) {
    return n == 0 ? Range(1.0) : reciprocal(power(a, n));
}

/// The tightest interval of doubles around a rational.   Independent of the rounding mode.
Range enclosure(const Rational& a);

/// The number a double *is*.
Rational exactly(double a);

}  // namespace hadamard::landscape
