#pragma once

#include "interval.hpp"
#include "pattern.hpp"

namespace check {

/// A box X in the x of one pattern, and the enclosures of section 4 over it, all times
/// `problem.scale`, which changes no sign. Powers are computed when first asked for and kept until
/// their coordinate changes.
///
/// Negative powers x^−n alone are rounded, outwards, to `bits` significant bits.
class Box {
public:
    Box(const Problem& problem, const Pattern& pattern);

    const Pattern& pattern() const { return *pattern_; }
    const Interval& x(int i) const { return at(i).x; }
    void set(int i, Interval x);
    void set_bits(long bits) { bits_ = bits; }

    /// a_i(X)^n, n ≥ 1; i in the support.
    const Interval& a(int i, int n = 1) const;
    /// x_i^−n; for n > 0 the lower end of x_i must be positive.
    Interval negative_power(int i, int n) const;
    /// s_i ∂_iL(β(X)); s_i = 1 off the support.
    Interval slope(int i) const;
    /// G_i(X), J_ij(X) and ∂J_ij/∂a_l(X).
    Interval residual(int i) const;
    Interval jacobian(int i, int j) const;
    Interval third(int i, int j, int l) const;

private:
    struct Coordinate {
        Interval x;
        mutable std::vector<Interval> powers;  ///< Of a_i: powers[n−1].
    };

    const Coordinate& at(int i) const { return coordinates_[static_cast<std::size_t>(i)]; }
    /// p(β(X)) of a polynomial in β.
    Interval value(const IntegerPolynomial& p) const;
    /// The factor (scale·μ_i/k^n)·numerator/c_i^n, an integer for n ≤ 2.
    Dyadic penalty(int i, int numerator, int n) const;

    const Problem* problem_;
    const Pattern* pattern_;
    std::vector<Coordinate> coordinates_;
    long bits_ = 192;
};

/// Significant bits that make the rounding of negative powers far smaller than X itself:
/// 192 and twice those of the ratio of x_i to its width.
long bits_for(const Box& box);

/// The box of the midpoints (lo + hi)/2.
Box midpoint(const Problem& problem, const Box& box);

}  // namespace check
