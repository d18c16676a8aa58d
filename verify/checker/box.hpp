#pragma once

#include "problem.hpp"

#include <array>
#include <optional>

namespace check {

/// FORMAT.md sections 4 and 11: the state of each coordinate or group.
struct Pattern {
    std::string signs, states;    ///< Of each group as written, and of each coordinate.
    std::vector<size_t> support;  ///< S, increasing.

    Pattern(const Problem& problem, const std::string& text) : signs(text) {
        if (signs.size() != problem.groups.size() ||
            signs.find_first_not_of(problem.alphabet()) != std::string::npos)
            not_understood("not a pattern of this instance");
        for (size_t i = 0; i < problem.size; ++i) {
            states += signs[problem.group_of[i]];
            if (on(i)) support.push_back(i);
        }
    }

    bool on(size_t i) const { return states[i] != '0'; }
    int sign(size_t i) const { return states[i] == '-' || states[i] == 'm' ? -1 : 1; }
    int multiplicity(size_t i) const {
        return states[i] == 'p' || states[i] == 'm' ? 2 : 1;
    }  ///< c_i
    /// How many groups have one of these states.
    int count(std::string_view these) const {
        return static_cast<int>(std::count_if(signs.begin(), signs.end(), [&](char state) {
            return these.find(state) != std::string_view::npos;
        }));
    }
};

/// A box X in the x of one pattern, and the enclosures of sections 4 and 11 over it, times `scale`.
/// Powers, and r² and φ of groups, are computed when first asked for and kept until a coordinate of
/// theirs changes. Negative powers and roots alone are rounded, outwards.
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

    const Interval& x(size_t i) const { return x_[i]; }
    void set(size_t i, Interval x) {
        x_[i] = std::move(x);
        for (std::optional<Interval>& power : powers_[i]) power.reset();
        square_[problem_->group_of[i]].reset();
        phi_[problem_->group_of[i]].reset();
    }

    /// Is G_i, or all of G, differentiable on all of the box?
    bool avoids_zero_at(size_t i) const {
        if (problem_->has_groups) return check::sign(square(problem_->group_of[i]).lo) > 0;
        return problem_->depth == 2 || check::sign(x_[i].lo) > 0;
    }
    bool avoids_zero() const {
        return std::all_of(pattern_->support.begin(), pattern_->support.end(),
                           [&](size_t i) { return avoids_zero_at(i); });
    }

    /// The box of the midpoints (lo + hi)/2. Its rounding is far finer than this box: to 128 bits,
    /// and twice those of x_i over its width.
    Box midpoint() const {
        Box out(*problem_, *pattern_);
        for (const size_t i : pattern_->support) {
            const Dyadic width = x_[i].hi - x_[i].lo, sum = x_[i].lo + x_[i].hi;
            const long ratio = largest(x_[i]).magnitude() - width.magnitude();
            if (sign(width) > 0) out.bits_ = std::max(out.bits_, 128 + 2 * ratio);
            out.set(i, Interval({sum.m, sum.e - 1}));
        }
        return out;
    }

    /// a_i(X)^n, 1 ≤ n ≤ `degree_limit`, zero off S. It stays in its place until the box changes.
    const Interval& a(size_t i, int n = 1) const {
        if (n == 1 && problem_->exponent() == 1) return x_[i];
        std::optional<Interval>& out = powers_[i][static_cast<size_t>(n)];
        if (!out && n > 1) out = power(a(i), n);
        if (!out) out = Dyadic(pattern_->multiplicity(i)) * power(x_[i], problem_->exponent());
        return *out;
    }

    /// r_j²(X) of a group.
    const Interval& square(size_t j) const {
        if (!square_[j]) square_[j] = square_without(j, problem_->size);
        return *square_[j];
    }

    /// s_i ∂_iL(β(X)); s_i = 1 off S and for groups.
    Interval slope(size_t i) const { return value(problem_->gradient[i], pattern_->sign(i)); }

    /// G_i, J_ij and ∂J_ij/∂a_l over the box, which must avoid zero.
    Interval residual(size_t i) const {
        Interval out = slope(i);
        out.add_product(1, problem_->mu[i], pull(i));
        return out;
    }
    Interval jacobian(size_t i, size_t j) const {
        const int signs = pattern_->sign(i) * pattern_->sign(j);
        const Interval out = value(problem_->hessian[i][j], signs);
        if (problem_->has_groups) return out + group_jacobian(i, j);
        return i == j ? out + penalty(i, 1) : out;
    }
    Interval third(size_t i, size_t j, size_t l) const {
        const int signs = pattern_->sign(i) * pattern_->sign(j) * pattern_->sign(l);
        const Interval out = value(derivative(problem_->hessian[i][j], l), signs);
        return i == j && j == l ? out + penalty(i, 2) : out;
    }

    /// The penalty's part of G_i over μ_i: x_i^{2−k}, of which only the lower end is meant where the
    /// box touches zero; φ_jβ_i of groups.
    Interval pull(size_t i) const {
        if (problem_->has_groups) return phi(problem_->group_of[i]) * a(i);
        if (problem_->depth == 2) return Interval(Dyadic(1));
        return inverted(power(x_[i], problem_->depth - 2));
    }

    /// Without groups, x_i^{k−2}·G_i: has its lower end and its upper end, x_i ≥ 0, these signs?
    /// That needs no division.
    Interval scaled_residual(size_t i) const {
        const Interval q = slope(i);
        const Dyadic mu(problem_->mu[i]);
        const int n = problem_->depth - 2;
        return {q.lo * power(x_[i].hi, n) + mu, q.hi * power(x_[i].lo, n) + mu};
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
        if (i != l) return inverted(square(j)) * (a(i) * a(l));
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
        return Dyadic(problem_->mu[i] / k) * (phi(j) * rest);
    }

    /// The derivative of this order, 1 or 2, of μ_ix_i^{2−k} by a_i = c_ix_i^k.
    Interval penalty(size_t i, int order) const {
        const int k = problem_->depth;
        if (k == 2) return {};
        mpz_class factor = problem_->mu[i];
        for (int n = 0; n < order; ++n)
            factor = -factor * (k - 2 + n * k) / (k * pattern_->multiplicity(i));
        return Dyadic(factor) * inverted(power(x_[i], k - 2 + order * k));
    }

    /// 1/x; where x touches zero only the lower end is meant.
    Interval inverted(const Interval& x) const {
        const Dyadic low = inverse(x.hi, bits_, false);
        return {low, sign(x.lo) > 0 ? inverse(x.lo, bits_, true) : low};
    }

    /// sign·p(β(X)).
    Interval value(const Polynomial<mpz_class>& p, int sign) const {
        static const Interval one(Dyadic(1));
        Interval sum, product;
        for (const auto& [exponents, coefficient] : p) {
            int s = sign;
            const Interval* factors = &one;
            for (size_t i = 0; i < exponents.size(); ++i) {
                const int n = static_cast<int>(exponents[i]);
                if (n == 0) continue;
                if (n % 2 == 1) s *= pattern_->sign(i);
                factors = factors == &one ? &a(i, n) : &(product = *factors * a(i, n));
            }
            sum.add_product(s, coefficient, *factors);
        }
        return sum;
    }

    const Problem* problem_;
    const Pattern* pattern_;
    std::vector<Interval> x_;
    /// powers_[i][n] = a_i(X)^n; r² and φ of each group.
    mutable std::vector<std::array<std::optional<Interval>, degree_limit + 1>> powers_;
    mutable std::vector<std::optional<Interval>> square_, phi_;
    long bits_ = 128;
};

}  // namespace check
