#pragma once

/// @file
/// The loss on the coordinates of one support: its gradient and Hessian there, monomial by monomial,
/// over doubles to find and over `Range` to prove.

#include "landscape/directed.hpp"
#include "landscape/problem.hpp"

#include <utility>
#include <vector>

namespace hadamard::landscape {

using Ranges = std::vector<Range>;
using Doubles = std::vector<double>;

/// L_s(a) = L(s ⊙ a) with support S = {i : s_i ≠ 0}, m = |S|.
///
/// Shapes   a, gradient: (m); Hessian: m × m row by row.
/// @pre the thread rounds upwards wherever `Range` is involved.
class LossPart {
public:
    /// @param s  d numbers of {−1, 0, 1}
    LossPart(const Problem& problem, const std::vector<int>& s);

    std::size_t size() const { return gradient_.size(); }
    bool is_quadratic() const { return constant_hessian_; }

    /// s_i∂_iL, i ∈ S.
    template <class Number>
    void gradient(const std::vector<Number>& a, std::vector<Number>& out) const {
        out.resize(size());
        for (std::size_t i = 0; i < size(); ++i) out[i] = gradient_at(i, a);
    }
    /// The entry of the i-th coordinate of S.
    template <class Number>
    Number gradient_at(std::size_t i, const std::vector<Number>& a) const {
        return evaluate(gradient_[i], a);
    }
    /// ∂_iL for a coordinate i of 0 … d−1 off the support.
    Range gradient_off_support(int i, const Ranges& a) const {
        return evaluate(off_support_[static_cast<std::size_t>(i)], a);
    }
    /// s_is_j∂_i∂_jL.
    void hessian(const Ranges& a, Ranges& out) const;
    void hessian(const Doubles& a, Doubles& out) const;
    /// Σ s_is_js_l ∂³L τ_iτ_jτ_l.
    Range third_derivative(const Ranges& a, const Ranges& tau) const;

    /// Quadratic only: s_is_jA_ij in intervals and rounded, and the gradient at a = 0.
    const Ranges& constant_hessian() const { return hessian_constants_; }
    const Doubles& rounded_hessian() const { return hessian_middles_; }
    const Ranges& linear() const { return linear_; }

private:
    /// coefficient·Π a_{variable}^{exponent}, variables counted within the support.
    struct Product {
        Range coefficient;
        double middle = 0;
        std::vector<std::pair<int, int>> powers;
    };
    using Sum = std::vector<Product>;

    struct Signed {
        Rational coefficient;
        std::vector<int> exponents;  // within S
    };

    static std::vector<Signed> derived(const std::vector<Signed>& terms, std::size_t i);
    static Sum sum_of(const std::vector<Signed>& terms);
    void keep_constants();
    template <class Number>
    static Number evaluate(const Sum& sum, const std::vector<Number>& a);

    std::vector<Sum> gradient_, hessian_, third_derivatives_, off_support_;
    bool constant_hessian_;
    Ranges hessian_constants_, linear_;
    Doubles hessian_middles_;
};

inline double power(double a, int n) {
    double out = 1;
    for (int l = 0; l < n; ++l) out *= a;
    return out;
}

template <class Number>
Number LossPart::evaluate(const Sum& sum, const std::vector<Number>& a) {
    Number out(0.0);
    for (const Product& product : sum) {
        Number value;
        if constexpr (std::is_same_v<Number, double>)
            value = product.middle;
        else
            value = product.coefficient;
        for (const auto& [variable, exponent] : product.powers)
            value = value * power(a[static_cast<std::size_t>(variable)], exponent);
        out = out + value;
    }
    return out;
}

}  // namespace hadamard::landscape
