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

/// Hadamard power of depth k:  K(u) = u ⊙ abs(u)^{k−1},  S(u) = Σ_i w_i u_i²,
/// which induces R(β) = Σ_i w_i abs(β_i)^{2/k}.
///
/// Shapes   ξ = u: (d); β: (d); w: (d).
/// Domain   real (rational) 2 ≤ k ≤ 64; K is a homeomorphism.
/// Exact    over `Rational` at integer k; otherwise NotRepresentable but at perfect powers.
/// Smooth   polynomial at odd k, else C^r with the largest r < k, and analytic where no u_i is 0.
///          At k = 2 the curvature at u_i = 0 has only the one-sided values ±2: ordered scalars
///          return 0 there, `Interval` [−2, 2].
/// Source   arXiv 2307.03571; claim svf.penalty-equality.
template <Field T>
class HadamardPower {
public:
    using Scalar = T;
    static constexpr std::string_view name = "hadamard_power";
    static constexpr bool grouped = false;
    static constexpr bool injective = true;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_real_depth(k); }

    /// @throws InputError naming the field at fault.
    static HadamardPower from(const TransferSpec& spec) { return HadamardPower(spec); }

    /// Even, odd and fractional depths, with and without weights.
    static std::vector<TransferSpec> example_specs() {
        return detail::coordinate_examples(name, {2, 2, 3, 4, {5, 2}, {7, 2}});
    }

    Index base_size() const { return d_; }
    Index surrogate_size() const { return d_; }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& u) const {
        require_size(u.size(), d_, "HadamardPower::apply(u)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = u[i] * abs_power(u[i], k_ - 1);
        return out;
    }

    /// DK(u)[v] = k abs(u)^{k−1} ⊙ v.
    Vector<T> pushforward(const Vector<T>& u, const Vector<T>& v) const {
        require_size(u.size(), d_, "HadamardPower(u)");
        require_size(v.size(), d_, "HadamardPower(v)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = k_.as<T>() * abs_power(u[i], k_ - 1) * v[i];
        return out;
    }

    /// DK(u) is diagonal.
    Vector<T> pullback(const Vector<T>& u, const Vector<T>& g) const { return pushforward(u, g); }

    /// ∇²⟨K, g⟩(u)[v] = k(k−1) sign(u) abs(u)^{k−2} ⊙ g ⊙ v.
    Vector<T> curvature(const Vector<T>& u, const Vector<T>& v, const Vector<T>& g) const {
        require_size(u.size(), d_, "HadamardPower::curvature(u)");
        require_size(v.size(), d_, "HadamardPower::curvature(v)");
        require_size(g.size(), d_, "HadamardPower::curvature(g)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i)
            out[i] = k_.as<T>() * detail::modulus_slope(u[i], k_ - 1) * g[i] * v[i];
        return out;
    }

    T penalty(const Vector<T>& u) const { return penalty_.value(u); }
    Vector<T> penalty_gradient(const Vector<T>& u) const { return penalty_.gradient(u); }
    Vector<T> penalty_hessian_times(const Vector<T>& u, const Vector<T>& v) const {
        return penalty_.hessian_times(u, v);
    }

    penalty::Lq<T> induced() const { return penalty::Lq<T>(d_, Exponent(2) / k_, weights_); }

    /// sign(β) abs(β)^{1/k}, the one point with this image.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), d_, "HadamardPower::lift(beta)");
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = signed_power(beta[i], Exponent(1) / k_);
        return out;
    }

    /// Empty: every fibre is one point.
    Vector<T> imbalance(const Vector<T>& u) const {
        require_size(u.size(), d_, "HadamardPower::imbalance(u)");
        return Vector<T>(0);
    }

    /// None: K is injective.
    std::vector<SignedPermutation> symmetries() const { return {}; }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index i = 0; i < d_; ++i) out.push_back({{i}, {i}});
        return out;
    }

    int smoothness() const {
        return k_.is_odd_integer() ? analytic : detail::smoothness_of_power(k_);
    }
    int smoothness_at(const Vector<T>& u) const {
        return std::all_of(u.begin(), u.end(), detail::certainly_nonzero<T>) ? analytic
                                                                             : smoothness();
    }

private:
    explicit HadamardPower(const TransferSpec& spec)
        : d_(detail::checked_base_size(spec)),
          k_(detail::checked_real_depth(spec)),
          weights_(detail::checked_weights<T>(spec, d_)),
          penalty_(coefficients()) {
        detail::require_no_groups(spec);
    }

    /// w_i.
    Vector<T> coefficients() const {
        Vector<T> out(d_);
        for (Index i = 0; i < d_; ++i) out[i] = weights_[static_cast<std::size_t>(i)];
        return out;
    }

    Index d_;
    Exponent k_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<HadamardPower<double>>);

}  // namespace hadamard::transfer
