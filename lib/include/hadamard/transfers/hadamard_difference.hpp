#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/penalties/lq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

namespace hadamard::transfer {

/// Hadamard difference of depth k:  K(ξ) = u^k − v^k,  S(ξ) = Σ_i w_i (u_i² + v_i²),
/// which induces R(β) = Σ_i w_i abs(β_i)^{2/k}.
///
/// Shapes   ξ = (u; v): (2·d); β: (d); w: (d).
/// Domain   integer 2 ≤ k ≤ 64; K is onto and polynomial.
/// Exact    over `Rational`; `lift` where every abs(β_i) is a k-th power.
/// Source   arXiv 2307.03571. M(β) is u_i v_i = 0 for every k: with a = abs(u_i), b = abs(v_i),
///          abs(β_i) ≤ a^k + b^k ≤ (a² + b²)^{k/2}, and for a, b > 0 the first is strict at even k,
///          the second at k > 2.
template <Field T>
class HadamardDifference {
public:
    using Scalar = T;
    static constexpr std::string_view name = "hadamard_difference";
    static constexpr bool grouped = false;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_integer_depth(k); }

    /// @throws InputError naming the field at fault.
    static HadamardDifference from(const TransferSpec& spec) { return HadamardDifference(spec); }

    /// Even and odd depths, with and without weights.
    static std::vector<TransferSpec> example_specs() {
        return detail::coordinate_examples(name, {2, 2, 3, 4, 5});
    }

    Index base_size() const { return d_; }
    Index surrogate_size() const { return 2 * d_; }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& xi) const {
        require_xi(xi, "HadamardDifference::apply(xi)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = power(xi[i], k_) - power(xi[d_ + i], k_);
        return out;
    }

    /// DK(ξ)[(a; b)] = k (u^{k−1} ⊙ a − v^{k−1} ⊙ b).
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        require_xi(v, "HadamardDifference::pushforward(v)");
        const Vector<T> slopes = diagonal(xi, T(k_), k_ - 1);
        const Vector<T> both = slopes.cwiseProduct(v);
        return both.head(d_) + both.tail(d_);
    }

    /// DK(ξ)ᵀg = k (u^{k−1} ⊙ g; −v^{k−1} ⊙ g).
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        return times_base(diagonal(xi, T(k_), k_ - 1), g);
    }

    /// ∇²⟨K, g⟩(ξ)[(a; b)] = k(k−1) (u^{k−2} ⊙ g ⊙ a; −v^{k−2} ⊙ g ⊙ b).
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_xi(v, "HadamardDifference::curvature(v)");
        const Vector<T> bends = times_base(diagonal(xi, T(k_ * (k_ - 1)), k_ - 2), g);
        return bends.cwiseProduct(v);
    }

    T penalty(const Vector<T>& xi) const { return penalty_.value(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return penalty_.gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return penalty_.hessian_times(xi, v);
    }

    penalty::Lq<T> induced() const { return penalty::Lq<T>(d_, Exponent(2, k_), weights_); }

    /// (β₊^{1/k}; β₋^{1/k}) with the positive and the negative part of β; for odd k (β^{1/k}; 0),
    /// which needs no sign.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), d_, "HadamardDifference::lift(beta)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            const T root = signed_power(beta[i], Exponent(1, k_));
            out[i] = is_even() ? larger(root, T(0)) : root;
            out[d_ + i] = is_even() ? larger(T(-root), T(0)) : T(0);
        }
        return out;
    }

    /// u ⊙ v.
    Vector<T> imbalance(const Vector<T>& xi) const {
        require_xi(xi, "HadamardDifference::imbalance(xi)");
        return xi.head(d_).cwiseProduct(xi.tail(d_));
    }

    /// Even k: sign flips of every entry. Odd k: (u_i, v_i) → (−v_i, −u_i).
    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out;
        if (is_even()) {
            for (Index a = 0; a < 2 * d_; ++a) out.push_back(detail::flip(2 * d_, {a}));
            return out;
        }
        for (Index i = 0; i < d_; ++i) {
            SignedPermutation reversal = detail::exchange(2 * d_, i, d_ + i, 1);
            reversal.sign = detail::flip(2 * d_, {i, d_ + i}).sign;
            out.push_back(reversal);
        }
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index i = 0; i < d_; ++i) out.push_back({{i}, {i, d_ + i}});
        return out;
    }

    int smoothness() const { return analytic; }
    int smoothness_at(const Vector<T>&) const { return analytic; }

private:
    explicit HadamardDifference(const TransferSpec& spec)
        : d_(detail::checked_base_size(spec)),
          k_(detail::checked_integer_depth(spec)),
          weights_(detail::checked_weights<T>(spec, d_)),
          penalty_(coefficients()) {
        detail::require_no_groups(spec);
    }

    /// w_i for u_i and for v_i.
    Vector<T> coefficients() const {
        Vector<T> out(surrogate_size());
        for (Index a = 0; a < out.size(); ++a) out[a] = weights_[static_cast<std::size_t>(a % d_)];
        return out;
    }

    bool is_even() const { return k_ % 2 == 0; }

    static T power(const T& t, Index n) { return natural_power(t, static_cast<unsigned long>(n)); }

    /// (c u^n; −c v^n).
    Vector<T> diagonal(const Vector<T>& xi, const T& c, Index n) const {
        require_xi(xi, "HadamardDifference(xi)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            out[i] = c * power(xi[i], n);
            out[d_ + i] = -c * power(xi[d_ + i], n);
        }
        return out;
    }

    Vector<T> times_base(const Vector<T>& x, const Vector<T>& g) const {
        require_size(g.size(), d_, "HadamardDifference(g)");
        Vector<T> out(surrogate_size());
        out << x.head(d_).cwiseProduct(g), x.tail(d_).cwiseProduct(g);
        return out;
    }

    void require_xi(const Vector<T>& xi, const char* who) const {
        require_size(xi.size(), surrogate_size(), who);
    }

    Index d_;
    Index k_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<HadamardDifference<double>>);

}  // namespace hadamard::transfer
