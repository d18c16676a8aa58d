#pragma once

/// @file
/// When a matrix minimizes P = L + λ w ‖·‖_*. A singular B is a kink in directions that are no
/// coordinates, so that the rules for blocks do not apply; these need no singular values.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/decision.hpp"
#include "hadamard/minima/inertia.hpp"
#include "hadamard/penalties/nuclear.hpp"

#include <string>
#include <utility>

namespace hadamard::minima {

namespace detail {

inline Decision nuclear_decision(Outcome outcome, std::string reason, bool strict = false) {
    Decision out;
    out.outcome = outcome;
    out.reason = std::move(reason);
    out.strict = strict;
    return out;
}

template <class T>
bool is_definite(const Inertia& inertia, const Matrix<T>& A) {
    return inertia.positive == A.rows();
}

}  // namespace detail

/// Is θ, given exactly, a local minimizer of P?
///
/// First order  −G/(λw) ∈ ∂‖B‖_*, G = ∇L on B, by `is_subgradient`, and ∇L = 0 on ψ: necessary for every L,
///              because R is convex; sufficient for a global minimizer if L is convex, and for a strict
///              local one if ∇²L(θ) is positive definite (P is strictly convex near θ). Else undecided.
inline Decision judge_nuclear(const AnyBase<Rational>& P, const penalty::Nuclear<Rational>& R,
                              const Vector<Rational>& theta) {
    using detail::nuclear_decision;
    const Vector<Rational> g = P.loss().gradient(theta);
    Vector<Rational> rest = g;
    for (const Index i : R.positions()) rest[i] = 0;
    const Matrix<Rational> Y = R.matrix(g) / Rational(-P.lambda() * R.weight());
    if (!rest.isZero() || !penalty::detail::is_subgradient(Y, R.matrix(theta)))
        return nuclear_decision(Outcome::not_minimizer,
                                "-grad L is not in lambda times the nuclear subdifferential");
    if (P.loss().smoothness() >= 2) {
        const Matrix<Rational> H = dense_hessian(P.loss(), theta);
        if (detail::is_definite(exact_inertia(H), H))
            return nuclear_decision(Outcome::minimizer,
                                    "convex near the point: first order suffices", true);
    }
    if (P.loss().is_convex())
        return nuclear_decision(Outcome::minimizer, "convex: first order suffices");
    return nuclear_decision(Outcome::undecided, "first order holds, L is not convex");
}

/// The same from balanced factors of B: (U, V) encloses a point where
///     G V = −λw U,  Gᵀ U = −λw V  (∇Q = 0),  ∇L = 0 on ψ.
/// Then GᵀG V = (λw)² V: the range of V reduces GᵀG, with eigenvalue (λw)² on it, and what first order still
/// asks, ‖G‖ ≤ λw, is (λw)² I − GᵀG ⪰ 0 off that range, hence (λw)² I − GᵀG + VVᵀ ⪰ 0. A strict one has a
/// positive definite enclosure although ‖G‖ = λw; a negative direction v has ‖Gv‖ > λw‖v‖. For
/// rows < cols GGᵀ and UUᵀ serve.
/// @param theta  encloses (ψ, UVᵀ).
inline Decision judge_nuclear_factors(const AnyBase<Interval>& P,
                                      const penalty::Nuclear<Interval>& R,
                                      const Vector<Interval>& theta, const Matrix<Interval>& U,
                                      const Matrix<Interval>& V) {
    using detail::nuclear_decision;
    Matrix<Interval> G = R.matrix(P.loss().gradient(theta)), factor = V;
    if (G.rows() < G.cols()) {
        G.transposeInPlace();
        factor = U;
    }
    const Matrix<Interval> turned = factor.transpose();
    const Interval level = P.lambda() * R.weight();
    Matrix<Interval> slack = times(factor, turned) - transpose_times(G, G);
    for (Index i = 0; i < slack.rows(); ++i) slack(i, i) += level * level;
    const Inertia inertia = enclosed_inertia(slack);
    if (inertia.indefinite)
        return nuclear_decision(Outcome::not_minimizer, "the operator norm of grad L exceeds lambda");
    if (!detail::is_definite(inertia, slack))
        return nuclear_decision(Outcome::undecided,
                                "degenerate: an operator norm may be lambda off the range");
    const Matrix<Interval> H = dense_hessian(P.loss(), theta);
    if (detail::is_definite(enclosed_inertia(H), H))
        return nuclear_decision(Outcome::minimizer, "convex near the point: first order suffices",
                                true);
    if (P.loss().is_convex())
        return nuclear_decision(Outcome::minimizer, "convex: first order suffices");
    return nuclear_decision(Outcome::undecided, "first order holds, L is not convex");
}

/// No point of the box θ meets the first-order condition: ‖G‖ > λw throughout, or ⟨G, B⟩ + λw‖B‖_* ≠ 0.
inline bool certainly_not_nuclear_stationary(const AnyBase<Interval>& P,
                                             const penalty::Nuclear<Interval>& R,
                                             const Vector<Interval>& theta) {
    const Vector<Interval> g = P.loss().gradient(theta);
    Interval pairing = P.lambda() * R.value(theta);
    for (const Index i : R.positions()) pairing += g[i] * theta[i];
    const Sign sign = sign_of(pairing);
    if (sign == Sign::positive || sign == Sign::negative) return true;
    const Matrix<Interval> G = R.matrix(g);
    const Interval level = P.lambda() * R.weight();
    Matrix<Interval> slack = -transpose_times(G, G);
    for (Index i = 0; i < slack.rows(); ++i) slack(i, i) += level * level;
    return enclosed_inertia(slack).indefinite;
}

}  // namespace hadamard::minima
