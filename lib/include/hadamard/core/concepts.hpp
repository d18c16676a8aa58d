#pragma once

/// @file
/// The whole extension interface on one page. A type that satisfies one of these concepts, in a
/// file of the matching folder, is a full member of the library: the file name gives the type name
/// (`hadamard_product.hpp` → `HadamardProduct<T>`), and presence is membership.
///
/// Symbols: β ∈ R^d base, ξ ∈ R^D surrogate, K: R^D → R^d, λ > 0.

#include "hadamard/core/interval.hpp"
#include "hadamard/core/scalar.hpp"
#include "hadamard/core/specification.hpp"
#include "hadamard/core/types.hpp"

#include <concepts>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace hadamard {

/// r of the class C^r; `analytic` for polynomials and for points where nothing is singular.
inline constexpr int analytic = std::numeric_limits<int>::max();

/// What the generated catalogues, the command line and the suites need of every member, beside the
/// operations: a name, a way to be made from exact data, and small instances that reach every branch.
template <class M, class Spec>
concept Catalogued = requires(const Spec spec) {
    { M::name } -> std::convertible_to<std::string_view>;        // equals the file name
    { M::from(spec) } -> std::same_as<M>;                        // throws InputError
    { M::example_specs() } -> std::same_as<std::vector<Spec>>;
};

/// A data term L: R^d → R with two derivatives (the second almost everywhere for C^{1,1} losses).
///
/// `L::over_rational` says whether value, gradient and hessian_times are exact over `Rational`;
/// where it is false the type is not instantiated with `Rational`. Over `Interval` every result
/// encloses the exact one; for a C^{1,1} loss hessian_times encloses all generalised Hessians.
template <class L>
concept Loss = Field<typename L::Scalar> &&
    requires(const L f, const Vector<typename L::Scalar>& x) {
    { f.size() } -> std::same_as<Index>;                         // d
    { f.value(x) } -> std::same_as<typename L::Scalar>;
    { f.gradient(x) } -> std::same_as<Vector<typename L::Scalar>>;
    { f.hessian_times(x, x) } -> std::same_as<Vector<typename L::Scalar>>;  // ∇²L(x) v
    { f.is_convex() } -> std::same_as<bool>;                     // true only if certainly convex
    { f.smoothness() } -> std::same_as<int>;                     // r of C^r, or `analytic`
};

/// A member of losses/.
template <class L>
concept CataloguedLoss = Loss<L> && Catalogued<L, LossSpec> && requires {
    { L::over_rational } -> std::convertible_to<bool>;
};

/// The coordinates of β that one term w·‖β_j‖₂^q of a penalty sees.
template <class T>
struct PenaltyBlock {
    IndexList indices;
    T weight;
};

/// A block of coordinates in which R has a kink at x: all of them are exactly 0 there, and
/// R(x + v) = R(x) + bound ‖v‖₂ + o(‖v‖) for v in the block. No bound: R rises faster than every
/// multiple of ‖v‖, and the block is 0 at a local minimizer of P whatever the loss.
template <class T>
struct Kink {
    IndexList indices;
    std::optional<T> bound;
};

/// R: non-smooth at its kinks, C² near every other point. Coordinates in no block are not penalised.
/// Σ_j w_j ‖β_j‖₂^q, q ∈ (0, 1], say. A block is zero iff all its entries are exactly 0 (`is_zero`).
template <class R>
concept Penalty = Field<typename R::Scalar> &&
    requires(const R r, const Vector<typename R::Scalar>& x, const typename R::Scalar& a,
             Index size, const IndexList& positions) {
    { r.size() } -> std::same_as<Index>;                                   // d
    { r.exponent() } -> std::same_as<Exponent>;                            // q
    { r.blocks() } -> std::same_as<std::vector<PenaltyBlock<typename R::Scalar>>>;
    { r.kinks(x) } -> std::same_as<std::vector<Kink<typename R::Scalar>>>;  // disjoint
    { r.value(x) } -> std::same_as<typename R::Scalar>;                    // R(β), without λ
    { r.gradient(x) } -> std::same_as<Vector<typename R::Scalar>>;  // ∇R outside kinks, else 0
    { r.hessian(x) } -> std::same_as<Matrix<typename R::Scalar>>;   // ∇²R likewise, d × d
    { r.embed(size, positions) } -> std::same_as<R>;  // the same penalty of x[positions], x ∈ R^size
};

/// The parts of a penalty that need an order: the prox and the judge.
template <class R>
concept ProximalPenalty = Penalty<R> &&
    requires(const R r, const Vector<typename R::Scalar>& x, const typename R::Scalar& a) {
    { r.prox(x, a) } -> std::same_as<Vector<typename R::Scalar>>;  // argmin_z a R(z) + ½‖z − x‖²
    { r.stationarity(x, x, a) } -> std::same_as<typename R::Scalar>;  // dist(−g, a ∂R(x)): max over blocks
};

/// out[i] = sign[i] · x[from[i]]: a symmetry of (K, S), K(out) = K(x) and S(out) = S(x).
struct SignedPermutation {
    IndexList from;
    std::vector<int> sign;

    template <class T>
    Vector<T> operator()(const Vector<T>& x) const {
        Vector<T> out(x.size());
        for (Index i = 0; i < x.size(); ++i) {
            const T& entry = x[from[static_cast<std::size_t>(i)]];
            out[i] = sign[static_cast<std::size_t>(i)] < 0 ? T(-entry) : entry;
        }
        return out;
    }
};

/// The coordinates of ξ on which the coordinates `base` of K(ξ) depend, and no others do.
struct TransferBlock {
    IndexList base;
    IndexList surrogate;
};

/// A transfer (K, S, R, M): R(β) = min {S(ξ) : K(ξ) = β}, attained on M(β); arXiv 2307.03571.
///
/// K's and S's derivatives are exact formulas wherever they exist; `smoothness_at(ξ)` says how many
/// do. Multiplications by other factors are rebuilt, never divided out: a factor may be zero.
template <class P>
concept Transfer = Field<typename P::Scalar> &&
    requires(const P p, const Vector<typename P::Scalar>& a) {
    { p.base_size() } -> std::same_as<Index>;                              // d
    { p.surrogate_size() } -> std::same_as<Index>;                         // D
    { p.depth() } -> std::same_as<Exponent>;                               // k
    { p.apply(a) } -> std::same_as<Vector<typename P::Scalar>>;            // K(ξ)
    { p.pushforward(a, a) } -> std::same_as<Vector<typename P::Scalar>>;   // DK(ξ)[v]
    { p.pullback(a, a) } -> std::same_as<Vector<typename P::Scalar>>;      // DK(ξ)ᵀ g
    { p.curvature(a, a, a) } -> std::same_as<Vector<typename P::Scalar>>;  // ∇²⟨K, g⟩(ξ)[v]; (ξ,v,g)
    { p.penalty(a) } -> std::same_as<typename P::Scalar>;                  // S(ξ)
    { p.penalty_gradient(a) } -> std::same_as<Vector<typename P::Scalar>>;
    { p.penalty_hessian_times(a, a) } -> std::same_as<Vector<typename P::Scalar>>;  // ∇²S(ξ) v
    { p.induced() } -> Penalty;                                            // R
    { p.lift(a) } -> std::same_as<Vector<typename P::Scalar>>;  // one canonical point of M(β)
    { p.imbalance(a) } -> std::same_as<Vector<typename P::Scalar>>;  // all 0 iff ξ ∈ M(K(ξ))
    { p.symmetries() } -> std::same_as<std::vector<SignedPermutation>>;  // generators
    { p.blocks() } -> std::same_as<std::vector<TransferBlock>>;  // partition of ξ's coordinates
    { p.smoothness() } -> std::same_as<int>;       // r of the class C^r of (K, S), or `analytic`
    { p.smoothness_at(a) } -> std::same_as<int>;   // of (K, S) near ξ
};

/// Vectors that span the tangent space at ξ of the orbit under the connected group of symmetries of
/// (K, S), D × m: `transfer.gauge(ξ)`, or none for the transfers, most, whose symmetries are finite.
template <Transfer P>
Matrix<typename P::Scalar> gauge_of(const P& transfer, const Vector<typename P::Scalar>& xi) {
    if constexpr (requires { transfer.gauge(xi); })
        return transfer.gauge(xi);
    else
        return Matrix<typename P::Scalar>(xi.size(), 0);
}

/// A member of transfers/. It may also have
///     Matrix<Scalar> gauge(ξ)
///         see `gauge_of`; ∇Q is orthogonal to its columns, and ∇²Q is singular along them where
///         ∇Q = 0.
///     static std::vector<TransferSpec> variants(const TransferSpec&)
///         `spec` with every choice of the fields that only this transfer reads (default: itself);
///     static long lift_degree(const TransferSpec&)
///         N such that lift and R are rational where every abs(β_i) (or ‖β_j‖) is s^N, s rational
///         (default: the numerator of k).
template <class P>
concept CataloguedTransfer = Transfer<P> && Catalogued<P, TransferSpec> &&
    requires(Exponent k) {
    { P::takes_depth(k) } -> std::same_as<bool>;        // whether `from` accepts this k
    { P::grouped } -> std::convertible_to<bool>;        // takes `groups`
    { P::injective } -> std::convertible_to<bool>;      // K is one to one: M(β) is the fibre
    { P::finite_fibres } -> std::convertible_to<bool>;  // every M(β) is a finite set
};

/// ξ ∈ M(K(ξ)), exactly; `unknown` enclosures count as no.
template <Transfer P>
bool on_minimal_fibre(const P& transfer, const Vector<typename P::Scalar>& xi) {
    const Vector<typename P::Scalar> imbalance = transfer.imbalance(xi);
    for (Index i = 0; i < imbalance.size(); ++i)
        if (!is_zero(imbalance[i])) return false;
    return true;
}

/// What a smooth optimizer sees.
template <class F>
concept Objective = requires(const F f, const Vector<typename F::Scalar>& x) {
    { f.size() } -> std::same_as<Index>;
    { f.value(x) } -> std::same_as<typename F::Scalar>;
    { f.gradient(x) } -> std::same_as<Vector<typename F::Scalar>>;
    { f.hessian_times(x, x) } -> std::same_as<Vector<typename F::Scalar>>;
};

/// What a proximal optimizer sees: P = smooth part + λ R.
template <class F>
concept CompositeObjective = requires(const F f, const Vector<typename F::Scalar>& x) {
    { f.size() } -> std::same_as<Index>;
    { f.value(x) } -> std::same_as<typename F::Scalar>;  // P(x)
    { f.lambda() } -> std::convertible_to<typename F::Scalar>;
    f.loss();     // a Loss
    f.penalty();  // a ProximalPenalty
};

/// The Hessian of `f` at x: its own `hessian(x)`, if it has that, or column by column.
template <class F>
Matrix<typename F::Scalar> dense_hessian(const F& f, const Vector<typename F::Scalar>& x) {
    using T = typename F::Scalar;
    if constexpr (requires { f.hessian(x); }) return f.hessian(x);
    Matrix<T> out(x.size(), x.size());
    Vector<T> unit = Vector<T>::Zero(x.size());
    for (Index j = 0; j < x.size(); ++j) {
        unit[j] = T(1);
        out.col(j) = f.hessian_times(x, unit);
        unit[j] = T(0);
    }
    return out;
}

}  // namespace hadamard
