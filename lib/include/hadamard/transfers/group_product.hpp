#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/group_lq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/factor_products.hpp"
#include "hadamard/transfers/detail/group_partition.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

#include <utility>

namespace hadamard::transfer {

/// Group product of depth k:  K(ξ)_j = u_j Π_{l<k} ν_{j,l},
/// S(ξ) = (1/k) Σ_j w_j (‖u_j‖² + Σ_{l<k} ν_{j,l}²), which induces R(β) = Σ_j w_j ‖β_j‖₂^{2/k}.
///
/// Shapes   ξ = (u; ν_{·,1}; …; ν_{·,k−1}): (d + m·(k−1)), u in the order of β; β: (d); w: (m).
/// Domain   integer 2 ≤ k ≤ 64; the m groups are a partition of β's indices; K is onto.
/// Exact    over `Rational`; `lift` where every ‖β_j‖ is the k-th power of a rational.
/// Source   arXiv 2307.03571, 2509.23898; claim svf.penalty-equality (AM–GM).
template <Field T>
class GroupProduct {
public:
    using Scalar = T;
    static constexpr std::string_view name = "group_product";
    static constexpr bool grouped = true;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_integer_depth(k); }

    /// @throws InputError naming the field at fault.
    static GroupProduct from(const TransferSpec& spec) { return GroupProduct(spec); }

    /// One and several groups, singletons, interleaved indices, flat and deep, weights.
    static std::vector<TransferSpec> example_specs() {
        return detail::group_examples(name, {2, 2, 3, 4, 5});
    }

    Index base_size() const { return groups_.base_size(); }
    Index surrogate_size() const { return base_size() + groups_.count() * (k_ - 1); }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& xi) const {
        require_xi(xi, "GroupProduct::apply(xi)");
        return vectors(xi).cwiseProduct(groups_.spread(detail::product(scalars(xi))));
    }

    /// DK(ξ)[(a; α)]_j = a_j p_j + u_j Dp_j[α], with p_j = Π_l ν_{j,l}.
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        require_xi(xi, "GroupProduct::pushforward(xi)");
        require_xi(v, "GroupProduct::pushforward(v)");
        const Vector<T> p = detail::product(scalars(xi));
        const Vector<T> dp = detail::product_slope(scalars(xi), scalars(v));
        return vectors(v).cwiseProduct(groups_.spread(p)) +
               vectors(xi).cwiseProduct(groups_.spread(dp));
    }

    /// DK(ξ)ᵀg = (p_j g_j; (u_j·g_j) Π_{i≠l} ν_{j,i}).
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        require_xi(xi, "GroupProduct::pullback(xi)");
        require_size(g.size(), base_size(), "GroupProduct::pullback(g)");
        const Vector<T> p = detail::product(scalars(xi));
        const Vector<T> ug = groups_.inner_products(vectors(xi), g);
        const Matrix<T> others = detail::products_of_others(scalars(xi));
        Vector<T> out(surrogate_size());
        out.head(base_size()) = g.cwiseProduct(groups_.spread(p));
        for (Index l = 0; l + 1 < k_; ++l) scalars_of(out, l) = others.col(l).cwiseProduct(ug);
        return out;
    }

    /// ∇²⟨K, g⟩(ξ)[(a; α)] = (Dp_j[α] g_j; (a_j·g_j) o_{j,l} + (u_j·g_j) Do_{j,l}[α]), with
    /// o_{j,l} = Π_{i≠l} ν_{j,i}, because ⟨K, g⟩ = Σ_j p_j (u_j·g_j).
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        require_xi(xi, "GroupProduct::curvature(xi)");
        require_xi(v, "GroupProduct::curvature(v)");
        require_size(g.size(), base_size(), "GroupProduct::curvature(g)");
        const Vector<T> dp = detail::product_slope(scalars(xi), scalars(v));
        const Vector<T> ug = groups_.inner_products(vectors(xi), g);
        const Vector<T> ag = groups_.inner_products(vectors(v), g);
        const Matrix<T> others = detail::products_of_others(scalars(xi));
        const Matrix<T> slopes = detail::slopes_of_others(scalars(xi), scalars(v));
        Vector<T> out(surrogate_size());
        out.head(base_size()) = g.cwiseProduct(groups_.spread(dp));
        for (Index l = 0; l + 1 < k_; ++l)
            scalars_of(out, l) = others.col(l).cwiseProduct(ag) + slopes.col(l).cwiseProduct(ug);
        return out;
    }

    T penalty(const Vector<T>& xi) const { return penalty_.value(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return penalty_.gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return penalty_.hessian_times(xi, v);
    }

    penalty::GroupLq<T> induced() const {
        return penalty::GroupLq<T>(base_size(), Exponent(2, k_), groups_.all(), weights_);
    }

    /// u_j = β_j ‖β_j‖^{1/k − 1}, ν_{j,l} = ‖β_j‖^{1/k}; all 0 where β_j is.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), base_size(), "GroupProduct::lift(beta)");
        const Vector<T> root = detail::root_norms(groups_, beta, k_);
        Vector<T> out(surrogate_size());
        out.head(base_size()) = detail::root_directions(groups_, beta, k_);
        for (Index l = 0; l + 1 < k_; ++l) scalars_of(out, l) = root;
        return out;
    }

    /// ‖u_j‖² − ν_{j,l}² for every j and l: m(k−1) entries.
    Vector<T> imbalance(const Vector<T>& xi) const {
        require_xi(xi, "GroupProduct::imbalance(xi)");
        const Vector<T> squares = groups_.squared_norms(vectors(xi));
        Vector<T> out(groups_.count() * (k_ - 1));
        for (Index a = 0; a < out.size(); ++a)
            out[a] = squares[a % groups_.count()] - square(xi[base_size() + a]);
        return out;
    }

    /// Sign flips of (u_j, ν_{j,1}) and of (ν_{j,l}, ν_{j,l+1}); the exchange of ν_{·,l} and
    /// ν_{·,l+1}.
    std::vector<SignedPermutation> symmetries() const {
        const Index D = surrogate_size(), d = base_size(), m = groups_.count();
        std::vector<SignedPermutation> out;
        for (Index j = 0; j < m; ++j) {
            IndexList vector_and_scalar = groups_[j];
            vector_and_scalar.push_back(d + j);
            out.push_back(detail::flip(D, vector_and_scalar));
        }
        for (Index a = d; a + m < D; ++a) out.push_back(detail::flip(D, {a, a + m}));
        for (Index a = d; a + m < D; a += m) out.push_back(detail::exchange(D, a, a + m, m));
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index j = 0; j < groups_.count(); ++j) {
            TransferBlock block{groups_[j], groups_[j]};
            for (Index l = 0; l + 1 < k_; ++l)
                block.surrogate.push_back(base_size() + l * groups_.count() + j);
            out.push_back(std::move(block));
        }
        return out;
    }

    int smoothness() const { return analytic; }
    int smoothness_at(const Vector<T>&) const { return analytic; }

private:
    explicit GroupProduct(const TransferSpec& spec)
        : groups_(detail::checked_base_size(spec), detail::checked_groups(spec)),
          k_(detail::checked_integer_depth(spec)),
          weights_(detail::checked_weights<T>(spec, groups_.count())),
          penalty_(coefficients()) {}

    /// w_j / k for the entries of u_j and for every ν_{j,l}.
    Vector<T> coefficients() const {
        const T share = T(1) / T(k_);
        Vector<T> out(surrogate_size());
        out.head(base_size()) = detail::spread_weights(groups_, weights_, share);
        for (Index a = base_size(); a < out.size(); ++a)
            out[a] =
                weights_[static_cast<std::size_t>((a - base_size()) % groups_.count())] * share;
        return out;
    }

    Vector<T> vectors(const Vector<T>& xi) const { return xi.head(base_size()); }

    /// ν as an m × (k−1) view.
    detail::Factors<T> scalars(const Vector<T>& xi) const {
        return detail::Factors<T>(xi.data() + base_size(), groups_.count(), k_ - 1);
    }

    Eigen::VectorBlock<Vector<T>> scalars_of(Vector<T>& xi, Index l) const {
        return xi.segment(base_size() + l * groups_.count(), groups_.count());
    }

    void require_xi(const Vector<T>& xi, const char* who) const {
        require_size(xi.size(), surrogate_size(), who);
    }

    detail::GroupPartition groups_;
    Index k_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<GroupProduct<double>>);

}  // namespace hadamard::transfer
