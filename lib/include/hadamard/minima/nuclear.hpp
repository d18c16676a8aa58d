#pragma once

/// @file
/// When a matrix minimizes P = L + λ w ‖·‖_*. A singular B is a kink in directions that are no
/// coordinates, so that the rules for blocks do not apply; these need no singular values.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/decision.hpp"
#include "hadamard/penalties/nuclear.hpp"

namespace hadamard::minima {

/// 0 ∈ ∂P(θ), exactly: −G/(λw) ∈ ∂‖B‖_* and ∇L = 0 on ψ.
bool is_nuclear_stationary(const AnyBase<Rational>& P, const penalty::Nuclear<Rational>& R,
                           const Vector<Rational>& theta);

/// Is θ, given exactly, a local minimizer of P?
///
/// First order   `is_nuclear_stationary`: necessary for every L, because R is convex; sufficient for a global
///               minimizer if L is convex, and for a strict local one if ∇²L(θ) is positive definite (P is
///               strictly convex near θ).
/// Second order  otherwise `judge_nuclear_curvature`, where L is C². It is not sharp: between its two rules
///               the curvature of the norm along matrices of one rank counts, and the answer is undecided.
Decision judge_nuclear(const AnyBase<Rational>& P, const penalty::Nuclear<Rational>& R,
                       const Vector<Rational>& theta);

/// The same from balanced factors of B: (U, V) encloses a point where
///     G V = −λw U,  Gᵀ U = −λw V  (∇Q = 0),  ∇L = 0 on ψ.
/// Then GᵀG V = (λw)² V: the range of V reduces GᵀG, with eigenvalue (λw)² on it, and what first order still
/// asks, ‖G‖ ≤ λw, is (λw)² I − GᵀG ⪰ 0 off that range, hence (λw)² I − GᵀG + VVᵀ ⪰ 0. A strict one has a
/// positive definite enclosure although ‖G‖ = λw; a negative direction v has ‖Gv‖ > λw‖v‖. For
/// rows < cols GGᵀ and UUᵀ serve.
/// @param theta  encloses (ψ, UVᵀ).
Decision judge_nuclear_factors(const AnyBase<Interval>& P, const penalty::Nuclear<Interval>& R,
                               const Vector<Interval>& theta, const Matrix<Interval>& U,
                               const Matrix<Interval>& V);

/// No point of the box θ meets the first-order condition: ‖G‖ > λw throughout, or ⟨G, B⟩ + λw‖B‖_* ≠ 0.
bool certainly_not_nuclear_stationary(const AnyBase<Interval>& P,
                                      const penalty::Nuclear<Interval>& R,
                                      const Vector<Interval>& theta);

}  // namespace hadamard::minima
