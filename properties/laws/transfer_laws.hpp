#pragma once

/// @file
/// The laws of a transfer that are equations or inequalities between rationals: each is drawn and
/// decided exactly. A law is a function of one transfer that draws its own point; laws/hold.hpp
/// runs it on every example, or demands that it fails on one of them.

#include "generators/specimen.hpp"

#include <utility>
#include <vector>

namespace hadamard::laws {

using Specimen = gen::Specimen<Rational>;

/// ⟨DK(ξ)[v], g⟩ = ⟨v, DK(ξ)ᵀg⟩.
void pullback_is_adjoint(const Specimen& p);

/// ⟨Hv, z⟩ = ⟨v, Hz⟩ for H = ∇²⟨K, g⟩(ξ).
void curvature_is_symmetric(const Specimen& p);

/// Where K is a polynomial, t ↦ ⟨K(ξ + tv), g⟩ has degree ≤ k; the polynomial through k + 1 of its
/// values has the slope and the bend that DKᵀg and the curvature claim.
void derivatives_are_those_of_the_polynomial(const Specimen& p);

/// K(tξ) = t^k K(ξ) for t > 0 (k the degree of K) and Euler's identities DK(ξ)[ξ] = kK(ξ),
/// ∇²⟨K, g⟩(ξ)[ξ] = (k−1) DKᵀg, which reach the powers that are not polynomials.
void map_is_homogeneous(const Specimen& p);

/// S(ξ + v) = S(ξ) + ⟨∇S(ξ), v⟩ + ½⟨∇²S v, v⟩ and S(0) = 0: S is a quadratic form, with
/// these derivatives. With other exponents than 2 (young_product): S = Σ_i S_i(ξ_i) with
/// S_i(t^n ξ_i) = t^m S_i(ξ_i), m/n the exponent of the coordinate, and Euler's identities for both
/// derivatives, the second diagonal.
void penalty_is_quadratic(const Specimen& p);

/// K(lift(β)) = β, S(lift(β)) = R(β), lift(β) ∈ M(β).
void lift_is_a_right_inverse(const Specimen& p);

/// S_j(ξ) ≥ w_j ‖K(ξ)_j‖^{2/k} in every block j, with equality iff the block is balanced. Decided
/// as (S_j/w_j)^k ≥ ‖K(ξ)_j‖²: without roots but for those the generator provides for.
///
/// Of matrices, S/w ≥ ‖B‖_* = σ_1 + σ_2 for B with at most two rows or columns. Decided without
/// roots: (S/w)² ≥ ‖B‖_F² + 2√δ, δ = Σ of squared 2 × 2 minors, iff e = (S/w)² − ‖B‖_F² ≥ 0 and
/// e² ≥ 4δ.
void surrogate_majorizes_induced(const Specimen& p);

/// K(σξ) = K(ξ) and S(σξ) = S(ξ) for every generator σ.
void symmetries_fix_map_and_penalty(const Specimen& p);

/// The blocks are disjoint, cover what is transferred, and K, S and R split over them.
void blocks_separate(const Specimen& p);

/// The orbit of lift(β) is M(β), found by trying every sign and every zero: 3^D points, D ≤ 8; for
/// young_product with a ≠ b 5^D, as long as that is no more. Not where M(β) is infinite.
void orbit_of_the_lift_is_the_minimal_fibre(const Specimen& p);

/// The polynomial through the points (i, values[i]), i = 0 … n, by Newton's divided differences;
/// returns its coefficients of t and t².
std::pair<Rational, Rational> first_coefficients(std::vector<Rational> values);

}  // namespace hadamard::laws
