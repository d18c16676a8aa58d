#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/penalties/nuclear.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::minima {

/// A loss (1/n) Σ ℓ(x_iᵀθ; y_i) whose ℓ knows its conjugate: the linear models of losses/.
template <class L>
concept DualLoss = Loss<L> &&
    requires(const L f, const Vector<typename L::Scalar>& x, const typename L::Scalar& a) {
    { f.design() } -> std::convertible_to<const Matrix<typename L::Scalar>&>;
    { f.response() } -> std::convertible_to<const Vector<typename L::Scalar>&>;
    { f.predictors(x) } -> std::same_as<Vector<typename L::Scalar>>;
    { f.linear_derivatives(x) } -> std::same_as<Vector<typename L::Scalar>>;
    { f.linear_curvatures(x) } -> std::same_as<Vector<typename L::Scalar>>;
    { f.mean_pullback(x) } -> std::same_as<Vector<typename L::Scalar>>;
    { f.pointwise().fenchel_young(a, a, a) } -> std::same_as<typename L::Scalar>;
    { f.pointwise().dual_scale(a, a) } -> std::same_as<typename L::Scalar>;
};

/// An upper bound on P(θ) − inf P.
template <class T>
struct DualityGap {
    T gap;       ///< P(θ) − D(ν) ≥ 0, in units of the loss.
    T relative;  ///< gap / P(0), P(0) = L(0): the scale of all tables; gap itself if P(0) = 0.
};

namespace detail {

/// max(0, a) for an ordered scalar; an enclosure is left as it is.
template <class T>
T nonnegative(const T& a) {
    if constexpr (std::same_as<T, Interval>)
        return a;
    else
        return a < T(0) ? T(0) : a;
}

/// ‖x[indices]‖₂; the magnitude of a single entry needs no root.
template <class T>
T block_norm(const Vector<T>& x, const IndexList& indices) {
    if (indices.size() == 1) return magnitude(T(x[indices.front()]));
    T squares(0);
    for (const Index i : indices) squares += square(T(x[i]));
    return square_root(squares);
}

/// ‖x_j‖ of the dual norm of a block: Euclidean, or for a nuclear norm the operator norm.
template <class T, class R>
T dual_norm(const R& penalty, const PenaltyBlock<T>& block, const Vector<T>& x) {
    if (const penalty::Nuclear<T>* nuclear = nuclear_of(penalty)) {
        if constexpr (RoundedField<T>)
            return penalty::detail::svd(nuclear->matrix(x)).values[0];
        else
            throw NotRepresentable("duality_gap: no operator norm over this scalar");
    }
    return block_norm(x, block.indices);
}

/// ‖x_j‖ of the penalty's own norm.
template <class T, class R>
T primal_norm(const R& penalty, const PenaltyBlock<T>& block, const Vector<T>& x) {
    if (const penalty::Nuclear<T>* nuclear = nuclear_of(penalty))
        return nuclear->value(x) / nuclear->weight();
    return block_norm(x, block.indices);
}

/// Solves Gc = b for a positive definite G by LDLᵀ; nothing when a pivot is not certainly positive,
/// or is lost in the rounding of its diagonal entry.
template <class T>
std::optional<Vector<T>> solve_definite(Matrix<T> G, Vector<T> b) {
    const Index n = G.rows();
    for (Index k = 0; k < n; ++k) {
        if (sign_of(T(G(k, k))) != Sign::positive) return std::nullopt;
        for (Index i = k + 1; i < n; ++i) {
            const T factor = G(i, k) / G(k, k);
            const T diagonal = G(i, i);
            for (Index j = k + 1; j < n; ++j) G(i, j) -= factor * G(k, j);
            b[i] -= factor * b[k];
            if constexpr (!std::same_as<T, Interval>)
                if (G(i, i) <= T(64) * rounding_unit<T>() * diagonal) return std::nullopt;
        }
    }
    for (Index k = n; k-- > 0;) {
        for (Index j = k + 1; j < n; ++j) b[k] -= G(k, j) * b[j];
        b[k] /= G(k, k);
    }
    return b;
}

/// ν − W X_ψ c with X_ψᵀ of it 0: the step that a Newton iteration in ψ would make in ν. The weight
/// W = diag ℓ'' keeps each ν_i in the domain of its conjugate up to |x_iᵀc| ≤ 1, however close to
/// the border, where an unweighted projection would leave it.
template <class T>
std::optional<Vector<T>> projected(const Matrix<T>& design, const IndexList& free,
                                   const Vector<T>& weights, const Vector<T>& nu) {
    const Index p = static_cast<Index>(free.size()), n = design.rows();
    Matrix<T> G(p, p);
    Vector<T> b(p);
    const auto entry = [&](Index i, Index j) -> const T& {
        return design(i, free[static_cast<std::size_t>(j)]);
    };
    for (Index j = 0; j < p; ++j) {
        b[j] = T(0);
        for (Index i = 0; i < n; ++i) b[j] += entry(i, j) * nu[i];
        for (Index l = 0; l <= j; ++l) {
            T sum(0);
            for (Index i = 0; i < n; ++i) sum += entry(i, j) * weights[i] * entry(i, l);
            G(j, l) = sum;
            G(l, j) = sum;
        }
    }
    const std::optional<Vector<T>> c = solve_definite(std::move(G), std::move(b));
    if (!c) return std::nullopt;
    Vector<T> out = nu;
    for (Index i = 0; i < n; ++i) {
        T shift(0);
        for (Index j = 0; j < p; ++j) shift += entry(i, j) * (*c)[j];
        out[i] -= weights[i] * shift;
    }
    return out;
}

}  // namespace detail

/// Duality gap of  P(θ) = (1/n) Σ_i ℓ(z_i; y_i) + λ Σ_j w_j ‖θ_j‖₂,  z = Xθ,  at θ; coordinates in
/// no block (ψ, with columns X_ψ) are not penalised.
///
/// For every ν ∈ Rⁿ, ℓ(z; y) ≥ νz − ℓ*(ν; y) (Fenchel–Young). Minimizing the right side over θ,
///     inf P ≥ D(ν) = −(1/n) Σ ℓ*(ν_i; y_i)   if X_ψᵀν = 0 and ‖X_jᵀν‖₂ ≤ n λ w_j for every j.
/// With such a ν, since Σ ν_i z_i = Σ_j θ_jᵀ X_jᵀν,
///     P(θ) − D(ν) = (1/n) Σ [ℓ(z_i) + ℓ*(ν_i) − z_i ν_i] + Σ_j [λ w_j ‖θ_j‖₂ + θ_jᵀ X_jᵀν / n],
/// in which every bracket is ≥ 0 and none is a difference of large sums: that is what is evaluated.
/// ν is ℓ'(z) (the multiplier at a minimizer), made orthogonal to X_ψ, then multiplied by the
/// largest s ∈ [0, 1] that satisfies the other constraints and keeps ν_i where ℓ* is finite. If X_ψ
/// is rank deficient to working precision, ν = 0: a bound all the same, but a crude one.
///
/// Nuclear norms: ‖θ_j‖₂ is ‖B‖_* and ‖X_jᵀν‖₂ the operator norm, its dual (rounded scalars).
///
/// Units   P(0) is taken with ψ = 0 too, so that the scale does not depend on θ.
/// Error   rounded scalars: absolute, a few units of rounding of n-term sums of λ w_j ‖θ_j‖ and of
///         ℓ' times |Xθ|: relative gaps of 1e−15 in `double` and 1e−48 in 50 digits are real.
///         `Interval`: an enclosure of the gap at every θ enclosed, hence a rigorous bound above;
///         infinite or indeterminate when ν cannot be told from the border of the domain of ℓ*.
/// Exact   over `Rational` for polynomial losses and blocks of one coordinate.
/// Source  Boyd & Vandenberghe, Convex Optimization, section 5.1; conjugates in losses/.
/// @pre q = 1; λ > 0; θ finite; the blocks of `penalty` index θ.
template <DualLoss L, Penalty R>
DualityGap<typename L::Scalar> duality_gap(const L& loss, const R& penalty,
                                           const typename L::Scalar& lambda,
                                           const Vector<typename L::Scalar>& theta) {
    using T = typename L::Scalar;
    require(penalty.exponent() == Exponent(1), "duality_gap: the penalty must have q = 1");
    require(sign_of(lambda) == Sign::positive, "duality_gap: lambda must be positive");
    require_size(theta.size(), loss.size(), "duality_gap: theta");
    require_size(penalty.size(), loss.size(), "duality_gap: penalty");
    const std::vector<PenaltyBlock<T>> blocks = penalty.blocks();

    std::vector<bool> penalised(static_cast<std::size_t>(theta.size()), false);
    for (const PenaltyBlock<T>& block : blocks)
        for (const Index i : block.indices) penalised[static_cast<std::size_t>(i)] = true;
    IndexList free;
    for (Index i = 0; i < theta.size(); ++i)
        if (!penalised[static_cast<std::size_t>(i)]) free.push_back(i);

    const Vector<T> z = loss.predictors(theta), &y = loss.response();
    Vector<T> nu = loss.linear_derivatives(theta);
    T scale(1);
    if (!free.empty()) {
        std::optional<Vector<T>> feasible =
            detail::projected(loss.design(), free, loss.linear_curvatures(theta), nu);
        if (!feasible) {  // Huber with every observation in the linear zone has no weights
            const Vector<T> ones = Vector<T>::Constant(nu.size(), T(1));
            feasible = detail::projected(loss.design(), free, ones, nu);
        }
        if (feasible)
            nu = std::move(*feasible);
        else
            scale = T(0);
    }

    // λ w_j / max(λ w_j, ‖X_jᵀν‖/n): never a division by 0.
    Vector<T> slope = loss.mean_pullback(nu);
    for (const PenaltyBlock<T>& block : blocks) {
        const T bound = lambda * block.weight;
        const T steepest = detail::dual_norm(penalty, block, slope);
        scale = smaller(scale, T(bound / larger(bound, steepest)));
    }
    for (Index i = 0; i < nu.size(); ++i)
        scale = smaller(scale, loss.pointwise().dual_scale(T(nu[i]), y[i]));
    for (Index i = 0; i < nu.size(); ++i) nu[i] *= scale;
    for (Index j = 0; j < slope.size(); ++j) slope[j] *= scale;

    T distances(0), slack(0), at_zero(0);
    for (Index i = 0; i < nu.size(); ++i) {
        distances += detail::nonnegative(loss.pointwise().fenchel_young(T(z[i]), y[i], T(nu[i])));
        at_zero += loss.pointwise().value(T(0), y[i]);
    }
    for (const PenaltyBlock<T>& block : blocks) {
        T term = lambda * block.weight * detail::primal_norm(penalty, block, theta);
        for (const Index i : block.indices) term += theta[i] * slope[i];
        slack += detail::nonnegative(term);
    }
    const T n = T(static_cast<int>(nu.size()));
    const T gap = distances / n + slack, reference = at_zero / n;
    return {gap, sign_of(reference) == Sign::positive ? T(gap / reference) : gap};
}

}  // namespace hadamard::minima
