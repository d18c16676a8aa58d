#pragma once

#include <gmpxx.h>

#include <compare>

namespace check {

/// A number m·2^e, exactly.
class Dyadic {
public:
    Dyadic() = default;
    Dyadic(mpz_class mantissa, long exponent = 0)
        : mantissa_(std::move(mantissa)), exponent_(exponent) {}

    int sign() const { return mpz_sgn(mantissa_.get_mpz_t()); }
    /// The n with 2^(n−1) ≤ |this| < 2^n; not for zero.
    long magnitude() const;
    mpq_class rational() const;

    Dyadic& operator+=(const Dyadic& other);
    Dyadic& operator-=(const Dyadic& other);
    Dyadic& operator*=(const Dyadic& other);
    /// This times 2^n.
    Dyadic& shift(long n) {
        exponent_ += n;
        return *this;
    }

    friend Dyadic operator+(Dyadic a, const Dyadic& b) { return a += b; }
    friend Dyadic operator-(Dyadic a, const Dyadic& b) { return a -= b; }
    friend Dyadic operator*(Dyadic a, const Dyadic& b) { return a *= b; }
    friend Dyadic operator-(Dyadic a) {
        mpz_neg(a.mantissa_.get_mpz_t(), a.mantissa_.get_mpz_t());
        return a;
    }
    friend std::strong_ordering operator<=>(const Dyadic& a, const Dyadic& b);
    friend bool operator==(const Dyadic& a, const Dyadic& b) { return (a <=> b) == 0; }

    /// The largest multiple of 2^−n at most 1/this, n chosen for `bits` significant bits, or the
    /// smallest at least 1/this; this > 0.
    Dyadic inverse_below(long bits) const;
    Dyadic inverse_above(long bits) const;

private:
    /// The multiple of 2^exponent that this is; exponent ≤ exponent_ unless this is zero.
    mpz_class mantissa_at(long exponent) const;
    void align(const Dyadic& other);

    mpz_class mantissa_;
    long exponent_ = 0;
};

Dyadic power(const Dyadic& x, int n);
mpq_class power(const mpq_class& x, int n);

}  // namespace check
