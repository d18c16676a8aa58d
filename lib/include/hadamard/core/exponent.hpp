#pragma once

#include "hadamard/core/error.hpp"

#include <numeric>
#include <string>

namespace hadamard {

/// A rational exponent num/den in lowest terms, den ≥ 1: a depth k, or q = 2/k.
///
/// Exponents are exact so that |b|^q can be computed by roots and products, and so that
/// "k is an odd integer" is a fact, not a comparison of floating-point numbers.
class Exponent {
public:
    constexpr Exponent(long integer) : num_(integer), den_(1) {}  // NOLINT: 2 is an exponent
    constexpr Exponent(long num, long den) : num_(num), den_(den) {
        if (den == 0) throw PreconditionError("Exponent: denominator 0");
        const long divisor = std::gcd(num, den) * (den < 0 ? -1 : 1);
        num_ /= divisor;
        den_ /= divisor;
    }

    constexpr long num() const { return num_; }
    constexpr long den() const { return den_; }
    constexpr bool is_integer() const { return den_ == 1; }
    constexpr bool is_odd_integer() const { return den_ == 1 && num_ % 2 != 0; }
    constexpr bool is_even_integer() const { return den_ == 1 && num_ % 2 == 0; }

    friend constexpr Exponent operator+(Exponent a, Exponent b) {
        return {a.num_ * b.den_ + b.num_ * a.den_, a.den_ * b.den_};
    }
    friend constexpr Exponent operator-(Exponent a, Exponent b) {
        return a + Exponent(-b.num_, b.den_);
    }
    friend constexpr Exponent operator*(Exponent a, Exponent b) {
        return {a.num_ * b.num_, a.den_ * b.den_};
    }
    friend constexpr Exponent operator/(Exponent a, Exponent b) {
        return {a.num_ * b.den_, a.den_ * b.num_};
    }
    friend constexpr bool operator==(Exponent a, Exponent b) = default;
    friend constexpr bool operator<(Exponent a, Exponent b) {
        return a.num_ * b.den_ < b.num_ * a.den_;
    }
    friend constexpr bool operator>(Exponent a, Exponent b) { return b < a; }
    friend constexpr bool operator<=(Exponent a, Exponent b) { return !(b < a); }
    friend constexpr bool operator>=(Exponent a, Exponent b) { return !(a < b); }

    /// The value in the scalar T: num/den, one rounding.
    template <class T>
    T as() const {
        return T(num_) / T(den_);
    }

    /// "3" or "5/2".
    std::string text() const {
        return den_ == 1 ? std::to_string(num_)
                         : std::to_string(num_) + "/" + std::to_string(den_);
    }

private:
    long num_;
    long den_;
};

}  // namespace hadamard
