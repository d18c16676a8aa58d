#pragma once

/// @file
/// G(x) = 0 of one pattern (FORMAT.md section 4), over doubles to find and over `Range` to prove.

#include "landscape/loss_part.hpp"

#include <string>
#include <vector>

namespace hadamard::landscape {

/// A box in x, over the support.
struct Box {
    std::vector<double> lo, hi;

    std::size_t size() const { return lo.size(); }
    Range operator[](std::size_t i) const { return {lo[i], hi[i]}; }
    bool is_within(const Box& outer) const {
        for (std::size_t i = 0; i < size(); ++i)
            if (!(lo[i] >= outer.lo[i] && hi[i] <= outer.hi[i])) return false;
        return true;
    }
};

/// The reduced system of a pattern with support S, m = |S|:
/// G_i = ∂_iL_s(a) + μ_i x_i^{2−k}, a_i = c_i x_i^e, L_s(a) = L(s ⊙ a), J = ∂G/∂a.
///
/// Shapes   x, a, G: (m); J: m × m row by row.
/// @pre the thread rounds upwards wherever `Range` is involved.
class System {
public:
    System(const Problem& problem, const std::string& signs);

    std::size_t size() const { return S_.size(); }
    int depth() const { return k_; }
    const std::vector<int>& support() const { return S_; }
    const std::string& signs() const { return signs_; }
    bool singular_at_zero() const { return k_ >= 3; }
    const Range& mu(std::size_t i) const { return mu_[i]; }

    /// c·x^e.
    Range base(std::size_t i, const Range& x) const { return scaled(c_[i], power(x, e_)); }
    double base(std::size_t i, double x) const { return c_[i] * power(x, e_); }
    /// x with c·x^e = a, for a ≥ 0 (k = 2: any a); rounded somehow.
    double root(std::size_t i, double a) const;

    /// Whether G and J are finite all over the box.
    bool is_regular(const Box& box) const {
        for (const double low : box.lo)
            if (singular_at_zero() && !(low > 0)) return false;
        return true;
    }
    /// The size of x near z, for boxes around it: z itself, for k = 2 not below that of all.
    Doubles scales(const Doubles& z) const;
    /// The least x_i that a box around z may reach.
    double least_beside(double z) const {
        return singular_at_zero() ? 0.25 * z : -std::numeric_limits<double>::infinity();
    }
    /// Shortens a step of Newton's method from a that would leave x > 0.
    void keep_regular(const Doubles& a, Doubles& next) const {
        for (std::size_t i = 0; singular_at_zero() && i < size(); ++i)
            if (!(next[i] > 0.02 * a[i])) next[i] = 0.02 * a[i];
    }

    /// s_i∂_iL(β), i ∈ S.
    void slope(const Ranges& a, Ranges& out) const { loss_.gradient(a, out); }
    /// ∂_iL(β) for any i, on or off the support.
    Range slope_at(int i, const Ranges& a) const;
    /// G; x > 0 if k ≥ 3.
    void value(const Ranges& x, const Ranges& a, Ranges& out) const;
    /// J.
    void jacobian(const Ranges& x, const Ranges& a, Ranges& out) const;
    /// Σ s_is_js_l ∂³L τ_iτ_jτ_l + Σ_i μ_i (k−2)(2k−2)/(c_i²k²) x_i^{2−3k} τ_i³.
    Range third_derivative(const Ranges& x, const Ranges& a, const Ranges& tau) const;

    /// Σ_i c_i G_i for a quadratic loss, summed by coordinate: Σ_j α_j a_j + c_j μ_j x_j^{2−k} and the
    /// constant. `terms`: m ranges of these summands over the box and, last, the constant.
    void combination(const double* c, const Ranges& x, const Ranges& a, Ranges& terms) const;
    bool is_quadratic() const { return loss_.is_quadratic(); }
    /// s_is_jA_ij, row by row, of a quadratic loss.
    const Doubles& quadratic_part() const { return loss_.rounded_hessian(); }

    /// The same in plain doubles.
    void value(const Doubles& x, const Doubles& a, Doubles& out) const;
    void jacobian(const Doubles& x, const Doubles& a, Doubles& out) const;

private:
    std::string signs_;
    std::vector<int> S_;
    LossPart loss_;
    int k_, e_;
    Doubles c_, mu_middle_;
    Ranges mu_, bend_;  // μ_i, μ_i(k−2)/(c_i k)
    Ranges third_;      // μ_i(k−2)(2k−2)/(c_i²k²)
    Doubles bend_middle_;
};

}  // namespace hadamard::landscape
