#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/mixed_lpq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/factor_products.hpp"
#include "hadamard/transfers/detail/group_partition.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

#include <string>
#include <utility>

namespace hadamard::transfer {

/// Mixed group product of depth k = k_1 + k_2:  K(ξ)_j = (u_{j,1} ⊙ … ⊙ u_{j,k_1}) Π_{r≤k_2} ν_{j,r},
/// S(ξ) = (1/k) Σ_j w_j (Σ_l ‖u_{j,l}‖² + Σ_r ν_{j,r}²), which induces
/// R(β) = Σ_j w_j ‖β_j‖_p^q with p = 2/k_1, q = 2/k: sparse groups, sparse inside.
///
/// Shapes   ξ = (u_1; …; u_{k_1}; ν_1; …; ν_{k_2}): (d·k_1 + m·k_2), u_l in the order of β, ν_r one
///          a group; β: (d); w: (m), one a group, which multiplies S and R alike.
/// Domain   integers 3 ≤ k ≤ 64, 1 ≤ k_1 < k (`inner_depth`; 2 if it is not given; k_1 = 1 is
///          group_product); the m groups are a partition of β's indices; K is onto and polynomial.
/// Exact    over `Rational`; `lift` where β_i = ±s^k c_i^{k_1} with Σ c_i² = 1 in every group.
/// Balance  Two levels: u_{l,i}² does not depend on l, and ‖u_{j,l}‖² = ν_{j,r}². In one group, with
///          γ = ⊙ u_l, P = Π ν_r, A = Σ_i abs(γ_i)^{2/k_1} = ‖γ‖_p^p and N = abs(P)^{2/k_2}:
///              Σ_l ‖u_l‖² ≥ k_1 A   (AM–GM in each i, equality iff all u_{l,i}² agree),
///              Σ_r ν_r² ≥ k_2 N     (equality iff all ν_r² agree, to N),
///              (k_1 A + k_2 N)/k ≥ A^{k_1/k} N^{k_2/k}   (equality iff A = N),
///          and the last is (‖γ‖_p abs(P))^q = ‖β_j‖_p^q, as p k_1 = 2. So S = R∘K iff all three are
///          equalities; given the first A = Σ_i u_{1,i}² = ‖u_1‖²: that is the balance, no more, no less.
/// Lift     With N = ν² the balance says abs(β_i) = abs(u_i)^{k_1} ν^{k_2}, so ‖β_j‖_p = ν^{k_2}
///          (Σ_i u_i²)^{k_1/2} = ν^k: ν = ‖β_j‖_p^{1/k}, abs(u_i) = (abs(β_i)/ν^{k_2})^{1/k_1}.
/// Open     not where a group has two coordinates, γ ≠ 0 and P = 0: near there K reaches only a cone
///          around γ. M(β) has no such point.
/// Source   claim svf.penalty-equality.
template <Field T>
class MixedGroup {
public:
    using Scalar = T;
    static constexpr std::string_view name = "mixed_group";
    static constexpr bool grouped = true;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) {
        return detail::takes_integer_depth(k) && k >= Exponent(3);
    }

    /// @throws InputError naming the field at fault.
    static MixedGroup from(const TransferSpec& spec) { return MixedGroup(spec); }

    /// One and several groups, singletons, interleaved indices, weights; k_1 = 1, 2, 3.
    static std::vector<TransferSpec> example_specs() {
        std::vector<TransferSpec> out = detail::group_examples(name, {3, 3, 4, 4, 3, 5});
        out[2].inner_depth = 3;
        out[3].inner_depth = 1;
        out[5].inner_depth = 4;
        return out;
    }

    /// k_1 = 2 … k−1; `spec` itself if it has made its choice.
    static std::vector<TransferSpec> variants(const TransferSpec& spec) {
        if (spec.inner_depth != 0 || !takes_depth(spec.depth)) return {spec};
        std::vector<TransferSpec> out;
        for (Index inner = 2; inner < spec.depth.num(); ++inner) {
            out.push_back(spec);
            out.back().inner_depth = inner;
        }
        return out;
    }

    Index base_size() const { return groups_.base_size(); }
    Index surrogate_size() const { return scalars_start() + groups_.count() * scalars_; }
    Exponent depth() const { return vectors_ + scalars_; }
    /// k_1.
    Index inner_depth() const { return vectors_; }

    Vector<T> apply(const Vector<T>& xi) const {
        require_xi(xi, "MixedGroup::apply(xi)");
        return detail::product(vectors(xi))
            .cwiseProduct(groups_.spread(detail::product(scalars(xi))));
    }

    /// DK(ξ)[(a; α)]_j = Dγ_j[a] P_j + γ_j DP_j[α].
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        require_xi(xi, "MixedGroup::pushforward(xi)");
        require_xi(v, "MixedGroup::pushforward(v)");
        const Vector<T> P = detail::product(scalars(xi)), gamma = detail::product(vectors(xi));
        const Vector<T> dP = detail::product_slope(scalars(xi), scalars(v));
        const Vector<T> dgamma = detail::product_slope(vectors(xi), vectors(v));
        return dgamma.cwiseProduct(groups_.spread(P)) + gamma.cwiseProduct(groups_.spread(dP));
    }

    /// DK(ξ)ᵀg = (P_j g_j ⊙ Π_{i≠l} u_{j,i}; (γ_j·g_j) Π_{i≠r} ν_{j,i}).
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        require_xi(xi, "MixedGroup::pullback(xi)");
        require_size(g.size(), base_size(), "MixedGroup::pullback(g)");
        const Vector<T> Pg = g.cwiseProduct(groups_.spread(detail::product(scalars(xi))));
        const Vector<T> gamma_g = groups_.inner_products(detail::product(vectors(xi)), g);
        return scaled(detail::products_of_others(vectors(xi)), Pg,
                      detail::products_of_others(scalars(xi)), gamma_g);
    }

    /// ∇²⟨K, g⟩(ξ)[(a; α)]: the derivative of the pullback, factor by factor, because
    /// ⟨K, g⟩ = Σ_j P_j (γ_j·g_j).
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_xi(xi, "MixedGroup::curvature(xi)");
        require_xi(v, "MixedGroup::curvature(v)");
        require_size(g.size(), base_size(), "MixedGroup::curvature(g)");
        const Vector<T> P = detail::product(scalars(xi)), gamma = detail::product(vectors(xi));
        const Vector<T> dP = detail::product_slope(scalars(xi), scalars(v));
        const Vector<T> dgamma = detail::product_slope(vectors(xi), vectors(v));
        const Vector<T> Pg = g.cwiseProduct(groups_.spread(P));
        const Vector<T> dPg = g.cwiseProduct(groups_.spread(dP));
        return scaled(detail::products_of_others(vectors(xi)), dPg,
                      detail::products_of_others(scalars(xi)), groups_.inner_products(dgamma, g)) +
               scaled(detail::slopes_of_others(vectors(xi), vectors(v)), Pg,
                      detail::slopes_of_others(scalars(xi), scalars(v)),
                      groups_.inner_products(gamma, g));
    }

    T penalty(const Vector<T>& xi) const { return penalty_.value(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return penalty_.gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return penalty_.hessian_times(xi, v);
    }

    penalty::MixedLpq<T> induced() const {
        return penalty::MixedLpq<T>(base_size(), inner_exponent(), Exponent(2) / depth(),
                                    groups_.all(), weights_);
    }

    /// The point above; the first vector carries the signs. 0 where β_j is.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), base_size(), "MixedGroup::lift(beta)");
        Vector<T> out(surrogate_size());
        for (Index j = 0; j < groups_.count(); ++j) {
            const T length = penalty::detail::p_norm(gather(beta, groups_[j]), inner_exponent());
            const T nu = abs_power(length, Exponent(1) / depth());
            for (Index r = 0; r < scalars_; ++r) out[scalar_index(r, j)] = nu;
            const bool regular = sign_of(length) == Sign::positive;
            const T shrink = regular ? natural_power(nu, static_cast<unsigned long>(scalars_)) : nu;
            for (const Index i : groups_[j]) {
                const T root = regular ? signed_power(T(beta[i] / shrink), Exponent(1, vectors_))
                                       : detail::shrunk_to_zero(T(beta[i]), Exponent(1) / depth());
                for (Index l = 1; l < vectors_; ++l) out[l * base_size() + i] = magnitude(root);
                out[i] = root;
            }
        }
        return out;
    }

    /// u_{l,i}² − u_{l+1,i}² for every l < k_1 and i, ‖u_{j,1}‖² − ν_{j,r}² for every r and j.
    Vector<T> imbalance(const Vector<T>& xi) const {
        require_xi(xi, "MixedGroup::imbalance(xi)");
        const Index inside = base_size() * (vectors_ - 1);
        const Vector<T> squares = groups_.squared_norms(Vector<T>(xi.head(base_size())));
        Vector<T> out(inside + groups_.count() * scalars_);
        for (Index a = 0; a < inside; ++a) out[a] = square(xi[a]) - square(xi[a + base_size()]);
        for (Index a = 0; a < groups_.count() * scalars_; ++a)
            out[inside + a] = squares[a % groups_.count()] - square(xi[scalars_start() + a]);
        return out;
    }

    /// Sign flips of (u_{l,i}, u_{l+1,i}), of (u_{j,1}, ν_{j,1}), of (ν_{j,r}, ν_{j,r+1}); the exchange
    /// of neighbouring vectors and of neighbouring scalars.
    std::vector<SignedPermutation> symmetries() const {
        const Index D = surrogate_size(), d = base_size(), m = groups_.count();
        std::vector<SignedPermutation> out;
        for (Index a = 0; a + d < scalars_start(); ++a) out.push_back(detail::flip(D, {a, a + d}));
        for (Index j = 0; j < m; ++j) {
            IndexList vector_and_scalar = groups_[j];
            vector_and_scalar.push_back(scalar_index(0, j));
            out.push_back(detail::flip(D, vector_and_scalar));
        }
        for (Index a = scalars_start(); a + m < D; ++a) out.push_back(detail::flip(D, {a, a + m}));
        for (Index l = 0; l + 1 < vectors_; ++l)
            out.push_back(detail::exchange(D, l * d, (l + 1) * d, d));
        for (Index a = scalars_start(); a + m < D; a += m)
            out.push_back(detail::exchange(D, a, a + m, m));
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index j = 0; j < groups_.count(); ++j) {
            TransferBlock block{groups_[j], {}};
            for (Index l = 0; l < vectors_; ++l)
                for (const Index i : groups_[j]) block.surrogate.push_back(l * base_size() + i);
            for (Index r = 0; r < scalars_; ++r) block.surrogate.push_back(scalar_index(r, j));
            out.push_back(std::move(block));
        }
        return out;
    }

    int smoothness() const { return analytic; }
    int smoothness_at(const Vector<T>&) const { return analytic; }

private:
    explicit MixedGroup(const TransferSpec& spec)
        : groups_(detail::checked_base_size(spec), detail::checked_groups(spec)),
          vectors_(checked_inner_depth(spec)),
          scalars_(checked_depth(spec) - vectors_),
          weights_(detail::checked_weights<T>(spec, groups_.count())),
          penalty_(coefficients()) {}

    static Index checked_depth(const TransferSpec& spec) {
        const Index k = detail::checked_integer_depth(spec);
        if (k < 3)
            throw InputError("depth: " + spec.depth.text() + ", must be at least 3 for " +
                             std::string(name));
        return k;
    }

    static Index checked_inner_depth(const TransferSpec& spec) {
        const Index k = checked_depth(spec), inner = spec.inner_depth == 0 ? 2 : spec.inner_depth;
        if (inner < 1 || inner >= k)
            throw InputError("inner_depth: " + std::to_string(inner) + ", must be from 1 to " +
                             std::to_string(k - 1) + ", less than the depth");
        return inner;
    }

    /// w_j / k for every coordinate of group j's factors.
    Vector<T> coefficients() const {
        const T share = T(1) / depth().template as<T>();
        const Vector<T> of_vectors = detail::spread_weights(groups_, weights_, share);
        Vector<T> out(surrogate_size());
        for (Index l = 0; l < vectors_; ++l) out.segment(l * base_size(), base_size()) = of_vectors;
        for (Index r = 0; r < scalars_; ++r)
            for (Index j = 0; j < groups_.count(); ++j)
                out[scalar_index(r, j)] = weights_[static_cast<std::size_t>(j)] * share;
        return out;
    }

    Exponent inner_exponent() const { return Exponent(2, vectors_); }
    Index scalars_start() const { return base_size() * vectors_; }
    Index scalar_index(Index r, Index j) const { return scalars_start() + r * groups_.count() + j; }

    /// u as a d × k_1 view, ν as an m × k_2 view.
    detail::Factors<T> vectors(const Vector<T>& xi) const {
        return detail::Factors<T>(xi.data(), base_size(), vectors_);
    }
    detail::Factors<T> scalars(const Vector<T>& xi) const {
        return detail::Factors<T>(xi.data() + scalars_start(), groups_.count(), scalars_);
    }

    /// Every column of `u` times x, every column of `nu` times y, stacked.
    Vector<T> scaled(const Matrix<T>& u, const Vector<T>& x, const Matrix<T>& nu,
                     const Vector<T>& y) const {
        Vector<T> out(surrogate_size());
        for (Index l = 0; l < vectors_; ++l)
            out.segment(l * base_size(), base_size()) = u.col(l).cwiseProduct(x);
        for (Index r = 0; r < scalars_; ++r)
            out.segment(scalar_index(r, 0), groups_.count()) = nu.col(r).cwiseProduct(y);
        return out;
    }

    void require_xi(const Vector<T>& xi, const char* who) const {
        require_size(xi.size(), surrogate_size(), who);
    }

    detail::GroupPartition groups_;
    Index vectors_;
    Index scalars_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<MixedGroup<double>>);

}  // namespace hadamard::transfer
