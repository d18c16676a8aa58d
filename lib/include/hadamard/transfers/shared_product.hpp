#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/lq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/powers.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

#include <algorithm>

namespace hadamard::transfer {

/// Shared product of depth k:  K(ξ) = u ⊙ abs(v)^{k−1},
/// S(ξ) = (1/k) Σ_i w_i (u_i² + (k−1) v_i²), which induces R(β) = Σ_i w_i abs(β_i)^{2/k}.
///
/// Shapes   ξ = (u; v): (2·d); β: (d); w: (d).
/// Domain   real (rational) 2 ≤ k ≤ 64; K is onto.
/// Exact    over `Rational` at integer k; otherwise NotRepresentable but at perfect powers.
/// Smooth   polynomial at odd k, else C^r with the largest r < k − 1 (k = 2: continuous only), and
///          analytic where no v_i is 0. Where a derivative does not exist at v_i = 0, ordered
///          scalars return 0 for its term; `Interval` [−1, 1] for sign(v_i) and the whole line for
///          the infinite second derivative (2 ≤ k < 3).
/// Source   arXiv 2307.03571; claim svf.penalty-equality (weighted AM–GM).
template <Field T>
class SharedProduct {
public:
    using Scalar = T;
    static constexpr std::string_view name = "shared_product";
    static constexpr bool grouped = false;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_real_depth(k); }

    /// @throws InputError naming the field at fault.
    static SharedProduct from(const TransferSpec& spec) { return SharedProduct(spec); }

    /// Even, odd and fractional depths, with and without weights.
    static std::vector<TransferSpec> example_specs() {
        return detail::coordinate_examples(name, {2, 2, 3, 4, {5, 2}, {9, 2}});
    }

    Index base_size() const { return d_; }
    Index surrogate_size() const { return 2 * d_; }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& xi) const {
        require_xi(xi, "SharedProduct::apply(xi)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = xi[i] * abs_power(xi[d_ + i], k_ - 1);
        return out;
    }

    /// DK(ξ)[(a; b)] = abs(v)^{k−1} ⊙ a + (k−1) u ⊙ sign(v) abs(v)^{k−2} ⊙ b.
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        require_xi(xi, "SharedProduct::pushforward(xi)");
        require_xi(v, "SharedProduct::pushforward(v)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i)
            out[i] = abs_power(xi[d_ + i], k_ - 1) * v[i] + xi[i] * slope(xi, i) * v[d_ + i];
        return out;
    }

    /// DK(ξ)ᵀg = (abs(v)^{k−1} ⊙ g; (k−1) u ⊙ sign(v) abs(v)^{k−2} ⊙ g).
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        require_xi(xi, "SharedProduct::pullback(xi)");
        require_size(g.size(), d_, "SharedProduct::pullback(g)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            out[i] = abs_power(xi[d_ + i], k_ - 1) * g[i];
            out[d_ + i] = xi[i] * slope(xi, i) * g[i];
        }
        return out;
    }

    /// ∇²⟨K, g⟩(ξ)[(a; b)] = (f' ⊙ g ⊙ b; f' ⊙ g ⊙ a + u ⊙ f'' ⊙ g ⊙ b) with f = abs(v)^{k−1}.
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_xi(xi, "SharedProduct::curvature(xi)");
        require_xi(v, "SharedProduct::curvature(v)");
        require_size(g.size(), d_, "SharedProduct::curvature(g)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            const T first = slope(xi, i), second = detail::modulus_bend(xi[d_ + i], k_ - 1);
            out[i] = first * g[i] * v[d_ + i];
            out[d_ + i] = (first * v[i] + xi[i] * second * v[d_ + i]) * g[i];
        }
        return out;
    }

    T penalty(const Vector<T>& xi) const { return penalty_.value(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return penalty_.gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return penalty_.hessian_times(xi, v);
    }

    penalty::Lq<T> induced() const { return penalty::Lq<T>(d_, Exponent(2) / k_, weights_); }

    /// u = sign(β) abs(β)^{1/k}, v = abs(β)^{1/k}.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), d_, "SharedProduct::lift(beta)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            out[i] = signed_power(beta[i], Exponent(1) / k_);
            out[d_ + i] = abs_power(beta[i], Exponent(1) / k_);
        }
        return out;
    }

    /// u² − v².
    Vector<T> imbalance(const Vector<T>& xi) const {
        require_xi(xi, "SharedProduct::imbalance(xi)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = square(xi[i]) - square(xi[d_ + i]);
        return out;
    }

    /// Sign flips of every v_i.
    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out;
        for (Index i = 0; i < d_; ++i) out.push_back(detail::flip(2 * d_, {d_ + i}));
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index i = 0; i < d_; ++i) out.push_back({{i}, {i, d_ + i}});
        return out;
    }

    int smoothness() const {
        return k_.is_odd_integer() ? analytic : detail::smoothness_of_power(k_ - 1);
    }
    int smoothness_at(const Vector<T>& xi) const {
        require_xi(xi, "SharedProduct::smoothness_at(xi)");
        return std::all_of(xi.begin() + d_, xi.end(), detail::certainly_nonzero<T>) ? analytic
                                                                                    : smoothness();
    }

private:
    explicit SharedProduct(const TransferSpec& spec)
        : d_(detail::checked_base_size(spec)),
          k_(detail::checked_real_depth(spec)),
          weights_(detail::checked_weights<T>(spec, d_)),
          penalty_(coefficients()) {
        detail::require_no_groups(spec);
    }

    /// w_i / k for u_i, w_i (k−1)/k for v_i.
    Vector<T> coefficients() const {
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            const T& w = weights_[static_cast<std::size_t>(i)];
            out[i] = w / k_.as<T>();
            out[d_ + i] = w * ((k_ - 1) / k_).as<T>();
        }
        return out;
    }

    /// d/dv_i abs(v_i)^{k−1}.
    T slope(const Vector<T>& xi, Index i) const {
        return detail::modulus_slope(xi[d_ + i], k_ - 1);
    }

    void require_xi(const Vector<T>& xi, const char* who) const {
        require_size(xi.size(), surrogate_size(), who);
    }

    Index d_;
    Exponent k_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<SharedProduct<double>>);

}  // namespace hadamard::transfer
