#pragma once

/// @file
/// When a point is a local minimizer, once for exact rationals and for enclosures. `judge_*`
/// takes a point that is given exactly (T = Rational) or a box in which a stationary point is known
/// to lie (T = Interval), and answers for that point.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/decision.hpp"
#include "hadamard/minima/inertia.hpp"
#include "hadamard/minima/nuclear.hpp"
#include "hadamard/objectives/active_coordinates.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::minima {

namespace detail {

inline Inertia inertia_of(const Matrix<Rational>& A) { return exact_inertia(A); }
inline Inertia inertia_of(const Matrix<Interval>& A) { return enclosed_inertia(A); }

template <class T>
Matrix<T> principal_block(const Matrix<T>& A, const IndexList& indices) {
    const Index n = static_cast<Index>(indices.size());
    Matrix<T> out(n, n);
    for (Index j = 0; j < n; ++j)
        for (Index i = 0; i < n; ++i)
            out(i, j) =
                A(indices[static_cast<std::size_t>(i)], indices[static_cast<std::size_t>(j)]);
    return out;
}

/// Sign of ‖g_j‖ − λ·bound at a kink, without a square root; negative where there is no bound.
template <class T>
Sign slope_excess(const Vector<T>& g, const Kink<T>& kink, const T& lambda) {
    if (!kink.bound) return Sign::negative;
    T squared(0);
    for (Index i : kink.indices) squared += g[i] * g[i];
    const T level = lambda * *kink.bound;
    return sign_of(T(squared - level * level));
}

/// A loss that is only C^{1,1} has one-sided second derivatives at its kinks. Enclosures cover all of
/// them; an exact evaluation picks one, which decides nothing.
template <class T>
bool second_order_unknown(const AnyLoss<T>& loss) {
    return ScalarTraits<T>::is_exact && loss.smoothness() < 2;
}

/// Whether every penalised coordinate of θ is 0.
template <class T>
bool is_sparsest(const AnyPenalty<T>& R, const Vector<T>& theta) {
    for (const PenaltyBlock<T>& block : R.blocks())
        if (!hadamard::detail::all_zero(theta, block.indices)) return false;
    return true;
}

inline Decision conclude(Outcome outcome, std::string reason, Inertia inertia = {},
                         bool strict = false) {
    Decision out;
    out.outcome = outcome;
    out.strict = strict;
    out.reason = std::move(reason);
    out.inertia = inertia;
    return out;
}

}  // namespace detail

/// Is θ a local minimizer of P?
///
/// First order   on ψ and the support ∇L + λ∇R = 0; at a kink of R with a bound ‖g_j‖ ≤ λ·bound (q = 1:
///               λ w_j); at one without nothing, the slope of ‖·‖^q there being infinite.
/// Second order  the inertia of ∇²L + λ∇²R on ψ and the support. Positive definite with strict slopes ⇒
///               strict local minimizer; a negative direction or a slope excess ⇒ not one. When
///               neither, first order decides where L is convex and q = 1; or, for every q, β = 0 with
///               strict slopes, whatever L does along ψ (huber may be constant): L(ψ', β') ≥ L(ψ, 0) +
///               g·β', and g·β' + λR(β') ≥ 0 for β' near 0.
/// Nuclear norm  minima/nuclear.hpp: `judge_nuclear` for T = Rational; not judged here from a box.
/// @param stationary  T = Interval: the box is known to hold a point that is stationary on its active
///                    coordinates. Ignored for T = Rational, where it is checked.
/// Source        second-order conditions on ψ and the support; |b|^q outgrows every slope at 0.
template <class T>
Decision judge_base(const AnyBase<T>& P, const Vector<T>& theta, bool stationary) {
    using detail::conclude;
    if (const penalty::Nuclear<T>* R = nuclear_of(P.penalty())) {
        if constexpr (ScalarTraits<T>::is_exact)
            return judge_nuclear(P, *R, theta);
        else
            return conclude(Outcome::undecided, "a nuclear norm is judged by its factors");
    }
    const bool q_is_one = P.penalty().exponent() == Exponent(1);
    const Vector<T> g = P.loss().gradient(theta);
    const Vector<T> slope = g + P.lambda() * P.penalty().gradient(theta);
    const IndexList active = active_coordinates(P.penalty(), theta);

    bool exactly_zero = true;
    for (Index i : active) {
        const Sign sign = sign_of(slope[i]);
        if (sign == Sign::positive || sign == Sign::negative)
            return conclude(Outcome::not_minimizer, "the gradient on the support is not 0");
        exactly_zero = exactly_zero && sign == Sign::zero;
    }

    bool slopes_strict = true, slopes_known = true;
    for (const Kink<T>& kink : P.penalty().kinks(theta)) {
        switch (detail::slope_excess(g, kink, P.lambda())) {
            case Sign::positive:
                return conclude(Outcome::not_minimizer, "a zero block has a slope |g| > lambda");
            case Sign::zero: slopes_strict = false; break;
            case Sign::unknown: slopes_strict = slopes_known = false; break;
            case Sign::negative: break;
        }
    }
    stationary = ScalarTraits<T>::is_exact ? exactly_zero : (stationary || exactly_zero);
    if (!stationary) return conclude(Outcome::undecided, "no stationary point was enclosed");

    const bool first_order_decides =
        P.loss().is_convex() && slopes_known &&
        (q_is_one || (slopes_strict && detail::is_sparsest(P.penalty(), theta)));
    if (detail::second_order_unknown<T>(P.loss())) {
        if (first_order_decides)
            return conclude(Outcome::minimizer, "convex: first order suffices");
        return conclude(Outcome::undecided, "the loss may have a kink in its gradient here");
    }
    const Matrix<T> curvature =
        dense_hessian(P.loss(), theta) + P.lambda() * P.penalty().hessian(theta);
    const Inertia inertia = detail::inertia_of(detail::principal_block(curvature, active));
    if (inertia.indefinite)
        return conclude(Outcome::not_minimizer, "negative curvature on the support", inertia);
    const bool definite = inertia.positive == static_cast<Index>(active.size());
    if (definite && slopes_strict)
        return conclude(Outcome::minimizer, "strict first order, positive definite on the support",
                        inertia, true);
    if (first_order_decides)
        return conclude(Outcome::minimizer, "convex: first order suffices", inertia);
    return conclude(Outcome::undecided,
                    definite ? "degenerate: |g| = lambda at a zero block"
                             : "degenerate: singular Hessian on the support",
                    inertia);
}

namespace detail {

/// At a zero block where K or S is not C² its leading term is read off by hand. It is
/// λS_j + ⟨g_j, K_j⟩. Where R has no bound there (k > 2), K_j = o(S_j): the term is positive. Where the
/// bound is c, its minimum over S_j = s is (λ − ‖g_j‖/c) s, since |⟨g_j, K_j⟩| reaches
/// ‖g_j‖ S_j / c and no more (S ≥ R∘K, with equality on M). Cross terms are O(‖δ‖ S_j) in both cases.
template <class T>
Sign rough_block_curvature(const AnySurrogate<T>& Q, const Vector<T>& g, const Kink<T>& kink) {
    switch (slope_excess(g, kink, Q.lambda())) {
        case Sign::negative: return Sign::positive;
        case Sign::positive: return Sign::negative;
        case Sign::zero: return Sign::zero;
        case Sign::unknown: break;
    }
    return Sign::unknown;
}

/// L is convex, all of ξ but ψ is 0, and the leading term of every block is positive. By convexity
/// Q(ψ', ξ') ≥ Q(ψ, 0) + Σ_j (⟨g_j, K_j(ξ')⟩ + λS_j(ξ')), whatever L does along ψ: a minimizer, if ∂L/∂ψ = 0.
/// Not for continuous symmetries, whose R is no sum of block powers.
template <class T>
bool is_minimal_by_convexity(const AnySurrogate<T>& Q, const Vector<T>& xi) {
    if (!Q.loss().is_convex() || gauge_of(Q.transfer(), xi).cols() > 0) return false;
    for (const TransferBlock& block : Q.transfer().blocks())
        if (!hadamard::detail::all_zero(xi, block.surrogate)) return false;
    const Vector<T> beta = Q.transfer().apply(xi), g = Q.loss().gradient(beta);
    for (const Kink<T>& kink : Q.transfer().induced().kinks(beta))
        if (rough_block_curvature(Q, g, kink) != Sign::positive) return false;
    return true;
}

}  // namespace detail

/// Is ξ a local minimizer of Q?
///
/// First order   ∇Q = 0, wherever K is differentiable.
/// Second order  the inertia of ∇²Q; where K or S is not C² at ξ, the inertia on the coordinates outside the
///               zero blocks and the block rule above on them.
/// Degenerate    convex L, q = 1 (depth 2) and ξ balanced with K(ξ) a minimizer of P: then Q ≥ P∘K ≥
///               P(K(ξ)) = Q(ξ) (majorization) decides; `is_minimal_by_convexity` where ξ = 0 but for ψ.
/// Orbits        where the symmetries of (K, S) are continuous, with tangents Z = gauge(ξ), Q is constant along
///               the orbit and ∇²Q Z = 0. The orbit crosses the slice ξ + Z^⊥ transversally, so that every
///               point near ξ has one of its orbit in the slice: a local minimizer in the slice is one. On
///               Z^⊥ the forms of ∇²Q and ∇²Q + ZZᵀ agree, and that sum can be positive definite. Such a
///               minimizer is never strict.
/// @param stationary  as in `judge_base`.
/// Source        second-order conditions of Q; the degenerate case: claim svf.majorization.
template <class T>
Decision judge_surrogate(const Problem<T>& problem, const Vector<T>& xi, bool stationary) {
    using detail::conclude;
    const AnySurrogate<T>& Q = problem.surrogate;
    const Vector<T> gradient = Q.gradient(xi);
    bool exactly_zero = true;
    for (Index i = 0; i < xi.size(); ++i) {
        const Sign sign = sign_of(gradient[i]);
        if (sign == Sign::positive || sign == Sign::negative)
            return conclude(Outcome::not_minimizer, "the gradient is not 0");
        exactly_zero = exactly_zero && sign == Sign::zero;
    }
    stationary = ScalarTraits<T>::is_exact ? exactly_zero : (stationary || exactly_zero);
    if (!stationary) return conclude(Outcome::undecided, "no stationary point was enclosed");

    const std::string convexity = "convex, and nothing but psi is not 0: first order suffices";
    if (detail::second_order_unknown<T>(Q.loss()))
        return detail::is_minimal_by_convexity(Q, xi)
                   ? conclude(Outcome::minimizer, convexity)
                   : conclude(Outcome::undecided, "the loss may have a kink in its gradient here");
    const Vector<T> beta = Q.transfer().apply(xi);
    const bool smooth = Q.transfer().smoothness_at(xi) >= 2;
    const IndexList active =
        smooth ? hadamard::detail::complement(xi.size(), {}) : active_coordinates(Q.transfer(), xi);
    bool rough_strict = true;
    if (!smooth) {
        const Vector<T> g = Q.loss().gradient(beta);
        for (const Kink<T>& kink : Q.transfer().induced().kinks(beta)) {
            const Sign sign = detail::rough_block_curvature(Q, g, kink);
            if (sign == Sign::negative)
                return conclude(Outcome::not_minimizer, "negative curvature at a zero block");
            rough_strict = rough_strict && sign == Sign::positive;
        }
    }
    Matrix<T> hessian = Q.hessian(xi);
    const Matrix<T> tangents = gauge_of(Q.transfer(), xi);
    const bool has_orbit = tangents.cols() > 0;
    if (has_orbit) {  // vᵀ(∇²Q + ZZᵀ)v < 0 has vᵀ∇²Q v < 0 as well
        const Matrix<T> turned = tangents.transpose();
        hessian += times(tangents, turned);
    }
    const Inertia inertia = detail::inertia_of(detail::principal_block(hessian, active));
    if (inertia.indefinite)
        return conclude(Outcome::not_minimizer, "the Hessian has a negative eigenvalue", inertia);
    if (inertia.positive == static_cast<Index>(active.size()) && rough_strict)
        return has_orbit
                   ? conclude(Outcome::minimizer,
                              "gradient 0, Hessian positive definite across the orbit", inertia)
                   : conclude(Outcome::minimizer, "gradient 0, Hessian positive definite", inertia,
                              true);
    if (detail::is_minimal_by_convexity(Q, xi))
        return conclude(Outcome::minimizer, convexity, inertia);
    if (ScalarTraits<T>::is_exact && on_minimal_fibre(Q.transfer(), xi)) {
        const Decision base = judge_base(problem.base, beta, false);
        if (base.outcome == Outcome::minimizer && base.reason.starts_with("convex"))
            return conclude(Outcome::minimizer, "majorization: the image is a global minimizer",
                            inertia);
    }
    return conclude(Outcome::undecided, "degenerate: singular Hessian", inertia);
}

}  // namespace hadamard::minima
