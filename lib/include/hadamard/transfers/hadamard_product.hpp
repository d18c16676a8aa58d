#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/penalties/lq.hpp"
#include "hadamard/transfers/detail/examples.hpp"
#include "hadamard/transfers/detail/factor_products.hpp"
#include "hadamard/transfers/detail/quadratic_penalty.hpp"
#include "hadamard/transfers/detail/spec_checks.hpp"
#include "hadamard/transfers/detail/symmetry.hpp"

#include <utility>

namespace hadamard::transfer {

/// Hadamard product of depth k:  K(ξ) = u_1 ⊙ … ⊙ u_k,  S(ξ) = (1/k) Σ_i w_i Σ_l u_{l,i}²,
/// which induces R(β) = Σ_i w_i abs(β_i)^{2/k}.
///
/// Shapes   ξ = (u_1; …; u_k): (k·d); β: (d); w: (d).
/// Domain   integer 2 ≤ k ≤ 64; K is onto and polynomial.
/// Exact    over `Rational`; `lift` where every abs(β_i) is a k-th power.
/// Source   arXiv 1611.00040, 2307.03571; claim svf.penalty-equality (AM–GM).
template <Field T>
class HadamardProduct {
public:
    using Scalar = T;
    static constexpr std::string_view name = "hadamard_product";
    static constexpr bool grouped = false;
    static constexpr bool injective = false;
    static constexpr bool finite_fibres = true;
    static bool takes_depth(Exponent k) { return detail::takes_integer_depth(k); }

    /// @throws InputError naming the field at fault.
    static HadamardProduct from(const TransferSpec& spec) { return HadamardProduct(spec); }

    /// Scalar and wide, flat and deep, with and without weights.
    static std::vector<TransferSpec> example_specs() {
        return detail::coordinate_examples(name, {2, 2, 3, 4, 5});
    }

    Index base_size() const { return d_; }
    Index surrogate_size() const { return k_ * d_; }
    Exponent depth() const { return k_; }

    Vector<T> apply(const Vector<T>& xi) const { return detail::product(factors(xi)); }

    /// DK(ξ)[v] = Σ_l v_l ⊙ Π_{i≠l} u_i.
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        return detail::product_slope(factors(xi), factors(v));
    }

    /// DK(ξ)ᵀg, whose factor l is g ⊙ Π_{i≠l} u_i.
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        return times_base(detail::products_of_others(factors(xi)), g);
    }

    /// ∇²⟨K, g⟩(ξ)[v], whose factor l is g ⊙ Σ_{j≠l} v_j ⊙ Π_{i≠l,j} u_i.
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        return times_base(detail::slopes_of_others(factors(xi), factors(v)), g);
    }

    T penalty(const Vector<T>& xi) const { return penalty_.value(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return penalty_.gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return penalty_.hessian_times(xi, v);
    }

    penalty::Lq<T> induced() const { return penalty::Lq<T>(d_, Exponent(2, k_), weights_); }

    /// abs(β)^{1/k} in every factor; the first carries the sign.
    Vector<T> lift(const Vector<T>& beta) const {
        require_size(beta.size(), d_, "HadamardProduct::lift(beta)");
        Vector<T> out(surrogate_size());
        for (Index i = 0; i < d_; ++i) {
            const T root = abs_power(beta[i], Exponent(1, k_));
            for (Index l = 1; l < k_; ++l) out[l * d_ + i] = root;
            out[i] = signed_power(beta[i], Exponent(1, k_));
        }
        return out;
    }

    /// u_l² − u_{l+1}², l < k: d(k − 1) entries.
    Vector<T> imbalance(const Vector<T>& xi) const {
        require_size(xi.size(), surrogate_size(), "HadamardProduct::imbalance(xi)");
        Vector<T> out(d_ * (k_ - 1));
        for (Index a = 0; a < out.size(); ++a) out[a] = square(xi[a]) - square(xi[a + d_]);
        return out;
    }

    /// Sign flips of u_{l,i} and u_{l+1,i} together; the exchange of factors l and l + 1.
    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out;
        for (Index a = 0; a < d_ * (k_ - 1); ++a)
            out.push_back(detail::flip(surrogate_size(), {a, a + d_}));
        for (Index l = 0; l + 1 < k_; ++l)
            out.push_back(detail::exchange(surrogate_size(), l * d_, (l + 1) * d_, d_));
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out;
        for (Index i = 0; i < d_; ++i) {
            TransferBlock block{{i}, {}};
            for (Index l = 0; l < k_; ++l) block.surrogate.push_back(l * d_ + i);
            out.push_back(std::move(block));
        }
        return out;
    }

    int smoothness() const { return analytic; }
    int smoothness_at(const Vector<T>&) const { return analytic; }

private:
    explicit HadamardProduct(const TransferSpec& spec)
        : d_(detail::checked_base_size(spec)),
          k_(detail::checked_integer_depth(spec)),
          weights_(detail::checked_weights<T>(spec, d_)),
          penalty_(coefficients()) {
        detail::require_no_groups(spec);
    }

    /// w_i / k for every factor of coordinate i.
    Vector<T> coefficients() const {
        Vector<T> out(surrogate_size());
        for (Index a = 0; a < out.size(); ++a)
            out[a] = weights_[static_cast<std::size_t>(a % d_)] / T(k_);
        return out;
    }

    detail::Factors<T> factors(const Vector<T>& xi) const {
        require_size(xi.size(), surrogate_size(), "HadamardProduct(xi)");
        return detail::Factors<T>(xi.data(), d_, k_);
    }

    /// g ⊙ every column, columns stacked.
    Vector<T> times_base(const Matrix<T>& columns, const Vector<T>& g) const {
        require_size(g.size(), d_, "HadamardProduct(g)");
        Vector<T> out(surrogate_size());
        for (Index l = 0; l < k_; ++l) out.segment(l * d_, d_) = columns.col(l).cwiseProduct(g);
        return out;
    }

    Index d_;
    Index k_;
    std::vector<T> weights_;
    detail::QuadraticPenalty<T> penalty_;
};

static_assert(CataloguedTransfer<HadamardProduct<double>>);

}  // namespace hadamard::transfer
