#pragma once

#include "problem.hpp"

#include <bit>
#include <optional>

namespace check {

/// A set of coordinates, one bit each.
using Coordinates = std::uint32_t;
constexpr Coordinates coordinate(size_t i) { return Coordinates{1} << i; }

/// FORMAT.md sections 4 and 11: the state of each coordinate or group.
struct Pattern {
    std::string signs;
    std::vector<size_t> support;                            ///< S, increasing.
    Coordinates on_support = 0, negative = 0, between = 0;  ///< S, s_i = −1, states p and m.

    Pattern() = default;
    Pattern(const Problem& problem, const std::string& text) : signs(text) {
        if (signs.size() != problem.groups.size() ||
            signs.find_first_not_of(problem.alphabet()) != std::string::npos)
            not_understood("not a pattern of this instance");
        for (size_t i = 0; i < problem.size; ++i) {
            const char state = signs[problem.group_of[i]];
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

/// A box X in the x of one pattern, and the enclosures of sections 4 and 11 over it, times `scale`.
/// Powers, and r² and φ of groups, are computed when first asked for and kept until a coordinate of
/// theirs changes. Negative powers and roots alone are rounded, outwards, to `bits` significant
/// bits.
class Box {
public:
    Box(const Problem& problem, const Pattern& pattern, const std::vector<Interval>& x = {})
        : problem_(&problem),
          pattern_(&pattern),
          x_(problem.size),
          powers_(problem.size),
          square_(problem.groups.size()),
          phi_(problem.groups.size()) {
        for (size_t i = 0; i < x.size(); ++i) set(pattern.support[i], x[i]);
    }

    const Pattern& pattern() const { return *pattern_; }
    const Interval& x(size_t i) const { return x_[i]; }
    void set(size_t i, Interval x) {
        x_[i] = std::move(x);
        powers_[i].clear();
        square_[problem_->group_of[i]].reset();
        phi_[problem_->group_of[i]].reset();
    }
    void set_bits(long bits) {
        bits_ = bits;
        for (std::optional<Interval>& phi : phi_) phi.reset();
    }

    /// Is G differentiable on all of the box?
    bool avoids_zero() const {
        return std::all_of(pattern_->support.begin(), pattern_->support.end(), [&](size_t i) {
            if (problem_->has_groups) return avoids_zero_in(problem_->group_of[i]);
            return problem_->depth == 2 || check::sign(x_[i].lo) > 0;
        });
    }
    bool avoids_zero_in(size_t group) const { return check::sign(square(group).lo) > 0; }

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

    /// a_i(X)^n, 1 ≤ n ≤ `degree_limit`; i in S. It stays in its place until the box changes.
    const Interval& a(size_t i, int n = 1) const {
        std::vector<Interval>& powers = powers_[i];
        powers.reserve(degree_limit);
        if (powers.empty())
            powers.push_back(Dyadic(pattern_->multiplicity(i)) *
                             power(x_[i], problem_->exponent()));
        while (static_cast<int>(powers.size()) < n)
            powers.push_back(power(powers[0], static_cast<int>(powers.size()) + 1));
        return powers[static_cast<size_t>(n - 1)];
    }

    /// r_j²(X) of a group.
    const Interval& square(size_t j) const {
        if (!square_[j]) square_[j] = square_without(j, problem_->size);
        return *square_[j];
    }

    /// s_i ∂_iL(β(X)); s_i = 1 off S and for groups.
    Interval slope(size_t i) const { return signed_value(problem_->gradient[i], {i}); }

    /// G_i(X), J_ij(X) and ∂J_ij/∂a_l(X); the box must avoid zero.
    Interval residual(size_t i) const { return slope(i) + pull(i); }
    /// μ_ix_i^{2−k}; where the box touches zero only the lower end is meant. μ_jφ_jβ_i of groups.
    Interval pull(size_t i) const {
        if (problem_->has_groups) return penalty(i, 1, 0) * (phi(problem_->group_of[i]) * a(i));
        return penalty(i, 1, 0) * negative_power(i, problem_->depth - 2);
    }
    Interval jacobian(size_t i, size_t j) const {
        const int k = problem_->depth;
        const Interval out = signed_value(problem_->hessian[i][j], {i, j});
        if (problem_->has_groups) return out + group_jacobian(i, j);
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
    /// Σ β_l(X)² over a group, but for the coordinate i.
    Interval square_without(size_t group, size_t i) const {
        Interval out;
        for (const size_t l : problem_->groups[group])
            if (l != i) out += a(l, 2);
        return out;
    }

    /// φ_j(X) = (r_j²)^{−(k−1)/k}.
    const Interval& phi(size_t j) const {
        const int k = problem_->depth;
        const auto end = [&](const Dyadic& r, bool up) {
            return root(inverse(power(r, k - 1), bits_, up), k, bits_, up);
        };
        if (!phi_[j]) phi_[j] = Interval(end(square(j).hi, false), end(square(j).lo, true));
        return *phi_[j];
    }

    /// β_iβ_l/r_j²(X), i and l of group j: for i = l monotone in β_i² and in the rest of r_j².
    Interval ratio(size_t i, size_t l) const {
        const size_t j = problem_->group_of[i];
        if (i != l) {
            const Interval& r = square(j);
            return Interval(inverse(r.hi, bits_, false), inverse(r.lo, bits_, true)) *
                   (a(i) * a(l));
        }
        const Interval rest = square_without(j, i), &own = a(i, 2);
        return {own.lo * inverse(own.lo + rest.hi, bits_, false),
                own.hi * inverse(own.hi + rest.lo, bits_, true)};
    }

    /// μ_jφ_j([i=l] − (2(k−1)/k)β_iβ_l/r_j²) of i and l in one group j, else 0.
    Interval group_jacobian(size_t i, size_t l) const {
        const size_t j = problem_->group_of[i];
        if (problem_->group_of[l] != j) return {};
        const int k = problem_->depth;
        const Interval rest = Interval(Dyadic(i == l ? k : 0)) - Dyadic(2 * (k - 1)) * ratio(i, l);
        return penalty(i, 1, 1) * (phi(j) * rest);
    }

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
    mutable std::vector<std::optional<Interval>> square_, phi_;  ///< Of each group.
    long bits_ = 192;
};

}  // namespace check
