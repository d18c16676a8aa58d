#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/group_lq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/group_partition.hpp"
#include "hadamard/transfers/detail/powers.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

#include <algorithm>
#include <utility>

namespace hadamard::transfer {

/// Shared group product of depth k:  K(ξ)_j = u_j abs(ν_j)^{k−1},
/// S(ξ) = (1/k) Σ_j w_j (‖u_j‖² + (k−1) ν_j²), which induces R(β) = Σ_j w_j ‖β_j‖₂^{2/k}.
///
/// Shapes   ξ = (u; ν): (d + m), u in the order of β; β: (d); w: (m).
/// Domain   real (rational) 2 ≤ k ≤ 64; the m groups are a partition of β's indices; K is onto.
/// Exact    over `Rational` at integer k; otherwise NotRepresentable but at perfect powers.
/// Smooth   polynomial at odd k, else C^r with the largest r < k − 1 (k = 2: continuous only), and
///          analytic where no ν_j is 0. Where a derivative does not exist at ν_j = 0, ordered
///          scalars return 0 for its term; `Interval` [−1, 1] for sign(ν_j) and the whole line for
///          the infinite second derivative (2 ≤ k < 3).
/// Source   arXiv 2307.03571; claim svf.penalty-equality (weighted AM–GM).
template <Field T>
class GroupSharedProduct {
public:
    using Scalar = T;
    static constexpr std::string_view name = "group_shared_product";
    static constexpr bool grouped = true;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_real_depth(k); }

    /// @throws InputError naming the field at fault.
    static GroupSharedProduct from(const TransferSpec& spec) { return GroupSharedProduct(spec); }

    /// One and several groups, singletons, interleaved indices; even, odd, fractional depths.
    static std::vector<TransferSpec> example_specs() {
        return detail::group_examples(name, {2, 2, 3, 4, {5, 2}, {9, 2}});
    }

    Index base_size() const { return groups_.base_size(); }
    Index surrogate_size() const { return base_size() + groups_.count(); }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& xi) const {
        return vectors(xi).cwiseProduct(groups_.spread(values(xi)));
    }

    /// DK(ξ)[(a; α)]_j = f(ν_j) a_j + f'(ν_j) α_j u_j with f(t) = abs(t)^{k−1}.
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        const Vector<T> df = slopes(xi).cwiseProduct(scalars(v));
        return vectors(v).cwiseProduct(groups_.spread(values(xi))) +
               vectors(xi).cwiseProduct(groups_.spread(df));
    }

    /// DK(ξ)ᵀg = (f(ν_j) g_j; f'(ν_j) (u_j·g_j)).
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        require_size(g.size(), base_size(), "GroupSharedProduct::pullback(g)");
        Vector<T> out(surrogate_size());
        out << g.cwiseProduct(groups_.spread(values(xi))),
            slopes(xi).cwiseProduct(groups_.inner_products(vectors(xi), g));
        return out;
    }

    /// ∇²⟨K, g⟩(ξ)[(a; α)] = (f'(ν_j) α_j g_j; f'(ν_j) (a_j·g_j) + f''(ν_j) α_j (u_j·g_j)),
    /// because ⟨K, g⟩ = Σ_j f(ν_j) (u_j·g_j).
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_size(g.size(), base_size(), "GroupSharedProduct::curvature(g)");
        const Vector<T> first = slopes(xi);
        const Vector<T> df = first.cwiseProduct(scalars(v));
        const Vector<T> ddf = bends(xi).cwiseProduct(scalars(v));
        Vector<T> out(surrogate_size());
        out << g.cwiseProduct(groups_.spread(df)),
            first.cwiseProduct(groups_.inner_products(vectors(v), g)) +
                ddf.cwiseProduct(groups_.inner_products(vectors(xi), g));
        return out;
    }

    T penalty(const Vector<T>& xi) const { return penalty_.value(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return penalty_.gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return penalty_.hessian_times(xi, v);
    }

    penalty::GroupLq<T> induced() const {
        return penalty::GroupLq<T>(base_size(), Exponent(2) / k_, groups_.all(), weights_);
    }

    /// u_j = β_j ‖β_j‖^{1/k − 1}, ν_j = ‖β_j‖^{1/k}; both 0 where β_j is.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), base_size(), "GroupSharedProduct::lift(beta)");
        Vector<T> out(surrogate_size());
        out << detail::root_directions(groups_, beta, k_), detail::root_norms(groups_, beta, k_);
        return out;
    }

    /// ‖u_j‖² − ν_j².
    Vector<T> imbalance(const Vector<T>& xi) const {
        Vector<T> out = groups_.squared_norms(vectors(xi));
        for (Index j = 0; j < out.size(); ++j) out[j] -= square(xi[base_size() + j]);
        return out;
    }

    /// Sign flips of every ν_j.
    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out;
        for (Index a = base_size(); a < surrogate_size(); ++a)
            out.push_back(detail::flip(surrogate_size(), {a}));
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index j = 0; j < groups_.count(); ++j) {
            TransferBlock block{groups_[j], groups_[j]};
            block.surrogate.push_back(base_size() + j);
            out.push_back(std::move(block));
        }
        return out;
    }

    int smoothness() const {
        return k_.is_odd_integer() ? analytic : detail::smoothness_of_power(k_ - 1);
    }
    int smoothness_at(const Vector<T>& xi) const {
        const Vector<T> nu = scalars(xi);
        return std::all_of(nu.begin(), nu.end(), detail::certainly_nonzero<T>) ? analytic
                                                                               : smoothness();
    }

private:
    explicit GroupSharedProduct(const TransferSpec& spec)
        : groups_(detail::checked_base_size(spec), detail::checked_groups(spec)),
          k_(detail::checked_real_depth(spec)),
          weights_(detail::checked_weights<T>(spec, groups_.count())),
          penalty_(coefficients()) {}

    /// w_j / k for the entries of u_j, w_j (k−1)/k for ν_j.
    Vector<T> coefficients() const {
        const T vector_share = (Exponent(1) / k_).as<T>(), scalar_share = ((k_ - 1) / k_).as<T>();
        Vector<T> out(surrogate_size());
        out.head(base_size()) = detail::spread_weights(groups_, weights_, vector_share);
        for (Index j = 0; j < groups_.count(); ++j)
            out[base_size() + j] = weights_[static_cast<std::size_t>(j)] * scalar_share;
        return out;
    }

    Vector<T> vectors(const Vector<T>& xi) const {
        require_size(xi.size(), surrogate_size(), "GroupSharedProduct(xi)");
        return xi.head(base_size());
    }
    Vector<T> scalars(const Vector<T>& xi) const {
        require_size(xi.size(), surrogate_size(), "GroupSharedProduct(xi)");
        return xi.tail(groups_.count());
    }

    /// f(ν), f'(ν), f''(ν) with f(t) = abs(t)^{k−1}.
    Vector<T> values(const Vector<T>& xi) const {
        Vector<T> out = scalars(xi);
        for (Index j = 0; j < out.size(); ++j) out[j] = abs_power(out[j], k_ - 1);
        return out;
    }
    Vector<T> slopes(const Vector<T>& xi) const {
        Vector<T> out = scalars(xi);
        for (Index j = 0; j < out.size(); ++j) out[j] = detail::modulus_slope(out[j], k_ - 1);
        return out;
    }
    Vector<T> bends(const Vector<T>& xi) const {
        Vector<T> out = scalars(xi);
        for (Index j = 0; j < out.size(); ++j) out[j] = detail::modulus_bend(out[j], k_ - 1);
        return out;
    }

    detail::GroupPartition groups_;
    Exponent k_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<GroupSharedProduct<double>>);

}  // namespace hadamard::transfer
