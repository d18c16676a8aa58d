#pragma once

#include "hadamard/core/elementary.hpp"
#include "hadamard/core/interval.hpp"
#include "hadamard/core/scalar.hpp"

#include <optional>
#include <string>
#include <utility>

namespace hadamard::custom {

/// ±a^{1/n} with a rational a ≥ 0: a constant that every scalar can hold exactly, round or enclose.
class Radical {
public:
    Radical(Rational value)
        : sign_(value < 0 ? -1 : 1), base_(magnitude(value)), root_(1) {}  // NOLINT
    /// @pre base ≥ 0, root ≥ 1.
    Radical(int sign, Rational base, unsigned long root)
        : sign_(sign < 0 ? -1 : 1), base_(std::move(base)), root_(root) {
        require(base_ >= 0 && root_ >= 1, "Radical: base >= 0, root >= 1");
    }

    bool is_rational() const { return root_ == 1; }
    /// @throws NotRepresentable over `Rational` when it is irrational.
    template <class T>
    T as() const {
        const T size = abs_power(from_rational<T>(base_), Exponent(1, static_cast<long>(root_)));
        return sign_ < 0 ? T(-size) : size;
    }

    /// The least n with a rational n-th power for certain.
    unsigned long root() const { return root_; }
    /// Its n-th power.   @pre n is a multiple of root().
    Rational rational_power(unsigned long n) const {
        require(n % root_ == 0, "Radical::rational_power: not a multiple of the root");
        const Rational size = natural_power(base_, n / root_);
        return sign_ < 0 && n % 2 == 1 ? Rational(-size) : size;
    }

    /// "3", "3/2*2^(1/3)", "sqrt(2)".
    std::string text() const;

    /// The product with a rational number.
    friend Radical operator*(const Radical& a, const Rational& factor) {
        return {factor < 0 ? -a.sign_ : a.sign_,
                a.base_ * natural_power(magnitude(factor), a.root_), a.root_};
    }

private:
    int sign_;
    Rational base_;
    unsigned long root_;
};

/// The radical of root at most 12 and small base that agrees with x to 10^−digits, relative, where
/// there is one. Bases have at most 24 digits in all, so that a chance agreement to 150 digits is out
/// of the question.   @pre x is correct to `digits`.
std::optional<Radical> recognised(const Real<200>& x, int digits = 150);

}  // namespace hadamard::custom
