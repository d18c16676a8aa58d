#pragma once

#include "problem.hpp"

#include <bit>

namespace check {

/// A set of coordinates, one bit each.
using Coordinates = std::uint32_t;
constexpr Coordinates coordinate(size_t i) { return Coordinates{1} << i; }

/// FORMAT.md section 4: the state of each coordinate.
struct Pattern {
    std::string signs;
    std::vector<size_t> support;                            ///< S, increasing.
    Coordinates on_support = 0, negative = 0, between = 0;  ///< S, s_i = −1, states p and m.

    Pattern() = default;
    Pattern(const Problem& problem, const std::string& text) : signs(text) {
        if (signs.size() != problem.size ||
            signs.find_first_not_of(problem.alphabet()) != std::string::npos)
            not_understood("not a pattern of this instance");
        for (size_t i = 0; i < signs.size(); ++i) {
            const char state = signs[i];
            if (state == '0') continue;
            support.push_back(i);
            on_support |= coordinate(i);
            if (state == '-' || state == 'm') negative |= coordinate(i);
            if (state == 'p' || state == 'm') between |= coordinate(i);
        }
    }

    bool on(size_t i) const { return (on_support & coordinate(i)) != 0; }
    int sign(size_t i) const { return (negative & coordinate(i)) != 0 ? -1 : 1; }
    int multiplicity(size_t i) const { return (between & coordinate(i)) != 0 ? 2 : 1; }  ///< c_i
};

/// A box X in the x of one pattern, and the enclosures of section 4 over it, times `scale`.
/// Powers are computed when first asked for and kept until their coordinate changes.
/// Negative powers x^−n alone are rounded, outwards, to `bits` significant bits.
class Box {
public:
    Box(const Problem& problem, const Pattern& pattern, const std::vector<Interval>& x = {})
        : problem_(&problem), pattern_(&pattern), x_(problem.size), powers_(problem.size) {
        for (size_t i = 0; i < x.size(); ++i) set(pattern.support[i], x[i]);
    }

    const Pattern& pattern() const { return *pattern_; }
    const Interval& x(size_t i) const { return x_[i]; }
    void set(size_t i, Interval x) {
        x_[i] = std::move(x);
        powers_[i].clear();
    }
    void set_bits(long bits) { bits_ = bits; }

    /// Bits that make the rounding far smaller than X: 192, and twice those of x_i over its width.
    long bits() const {
        long ratio = 0;
        for (const size_t i : pattern_->support) {
            const Dyadic width = x_[i].hi - x_[i].lo;
            if (sign(width) > 0)
                ratio = std::max(ratio, largest(x_[i]).magnitude() - width.magnitude());
        }
        return 192 + 2 * ratio;
    }

    /// The box of the midpoints (lo + hi)/2, which rounds as this one does.
    Box midpoint() const {
        Box out(*problem_, *pattern_);
        out.set_bits(bits_);
        for (const size_t i : pattern_->support) {
            const Dyadic sum = x_[i].lo + x_[i].hi;
            out.set(i, Interval({sum.m, sum.e - 1}));
        }
        return out;
    }

    /// a_i(X)^n, n ≥ 1; i in S.
    const Interval& a(size_t i, int n = 1) const {
        std::vector<Interval>& powers = powers_[i];
        if (powers.empty())
            powers.push_back(Dyadic(pattern_->multiplicity(i)) *
                             power(x_[i], problem_->depth == 2 ? 1 : problem_->depth));
        while (static_cast<int>(powers.size()) < n)
            powers.push_back(power(powers[0], static_cast<int>(powers.size()) + 1));
        return powers[static_cast<size_t>(n - 1)];
    }

    /// s_i ∂_iL(β(X)); s_i = 1 off S.
    Interval slope(size_t i) const { return signed_value(problem_->gradient[i], {i}); }

    /// G_i(X), J_ij(X) and ∂J_ij/∂a_l(X); for k ≥ 3 the box must not touch zero.
    Interval residual(size_t i) const { return slope(i) + pull(i); }
    /// μ_ix_i^{2−k}; where the box touches zero only the lower end is meant.
    Interval pull(size_t i) const {
        return penalty(i, 1, 0) * negative_power(i, problem_->depth - 2);
    }
    Interval jacobian(size_t i, size_t j) const {
        const int k = problem_->depth;
        const Interval out = signed_value(problem_->hessian[i][j], {i, j});
        if (i != j || k == 2) return out;
        return out - penalty(i, k - 2, 1) * negative_power(i, 2 * k - 2);
    }
    Interval third(size_t i, size_t j, size_t l) const {
        const int k = problem_->depth;
        const Interval out = signed_value(derivative(problem_->hessian[i][j], l), {i, j, l});
        if (i != j || j != l || k == 2) return out;
        return out + penalty(i, (k - 2) * (2 * k - 2), 2) * negative_power(i, 3 * k - 2);
    }

private:
    /// The product of the signs of these coordinates, and of p(β(X)).
    Interval signed_value(const Polynomial<mpz_class>& p,
                          std::initializer_list<size_t> coordinates) const {
        int common = 1;
        for (const size_t i : coordinates) common *= pattern_->sign(i);
        Interval sum;
        for (const auto& [exponents, coefficient] : p) {
            Interval term(Dyadic(coefficient * common));
            for (size_t i = 0; i < exponents.size(); ++i) {
                if (exponents[i] == 0) continue;
                term = pattern_->on(i) ? a(i, exponents[i]) * term : Interval();
                if (exponents[i] % 2 == 1 && pattern_->sign(i) < 0) term = -term;
            }
            sum += term;
        }
        return sum;
    }

    /// μ_i·numerator/(c_ik)^n, n ≤ 2.
    Dyadic penalty(size_t i, int numerator, int n) const {
        const mpz_class divisor(problem_->depth * pattern_->multiplicity(i));
        return {problem_->mu[i] * numerator / power(divisor, n)};
    }

    Interval negative_power(size_t i, int n) const {
        if (n == 0) return Interval(Dyadic(1));
        const Interval x = power(x_[i], n);
        const Dyadic low = inverse(x.hi, bits_, false);
        return {low, sign(x.lo) > 0 ? inverse(x.lo, bits_, true) : low};
    }

    const Problem* problem_;
    const Pattern* pattern_;
    std::vector<Interval> x_;
    mutable std::vector<std::vector<Interval>> powers_;  ///< powers_[i][n − 1] = a_i(X)^n.
    long bits_ = 192;
};

}  // namespace check
