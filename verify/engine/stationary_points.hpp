#pragma once

/// @file
/// Points of any index at which P or Q is stationary exactly, with a loss made for each: over
/// `Rational` nothing about them has to be found, enclosed or believed.

#include "engine/trial.hpp"
#include "hadamard/catalogue/problem.hpp"

#include <optional>
#include <vector>

namespace hadamard::verify {

/// A quadratic loss and a point (ψ; ξ) of Q with its image θ.
struct ExactPoint {
    Instance instance;
    Vector<Rational> surrogate_point;
    Vector<Rational> base_point;  ///< K(surrogate_point).
};

struct ExactMenu {
    int most_coordinates = 3;  ///< Penalised coordinates.
    bool off_fibre = false;    ///< Half of the points with small entries, in M(K(ξ)) or not.
};

/// A point at which ∇Q is exactly 0: ξ and λ are drawn and DK(ξ)ᵀ∇L = −λ∇S(ξ) is solved for ∇L, so
/// that neither R nor M has a say in what is stationary. ∇²L is Bᵀ diag(0, ±1, 2) B less λ∇²R, which
/// makes minima, maxima, saddles of every index and singular Hessians of P; at kinks with a bound the
/// slope ‖∇_jL‖ is 0, half of λ·bound, λ·bound itself, or more.
///
/// @returns  nothing when no loss makes the drawn ξ stationary, or when its numbers are irrational.
std::optional<ExactPoint> draw_surrogate_stationary(Tape& tape, const Setting& setting,
                                                    const ExactMenu& menu = {});

/// A point θ at which ∇L + λ∇R is exactly 0 on the support, and one of M(θ): ∇L is −λ∇R(θ) there, so
/// that neither K nor S has a say. Slopes and ∇²L as above.
std::optional<ExactPoint> draw_base_stationary(Tape& tape, const Setting& setting,
                                               const ExactMenu& menu = {});

/// A rational vector of length 1 with at most two nonzero entries.   @pre size ≥ 1.
Vector<Rational> draw_unit_vector(Tape& tape, Index size);

/// One block of β, and nothing else: `size` coordinates in one group, or one coordinate.
TransferSpec single_block(const Setting& setting, Index size, const Rational& weight);

/// One block of each size ≤ 2 (grouped) or 1, weight 1 or 2, and variant: a statement that holds for
/// their rays, or along directions up to rotation, holds for every block.
std::vector<TransferSpec> single_blocks(const Setting& setting);

/// The class C^r of (K, S) at ξ = 0, where it is worst.
int smoothness_at_zero(const Setting& setting);

/// ±1, or points of the unit circle at 7 values of its rational parameter: enough to compare
/// functions of a direction that are quotients of polynomials of degree ≤ 6 by (1 + a²)^n.
/// @pre size is 1 or 2.
std::vector<Vector<Rational>> direction_grid(Index size);

/// DK(0) = 0 and ∇S(0) = 0: a zero block is stationary, and shares no entry of ∇²Q with others.
bool is_flat_at_zero(const AnyTransfer<Rational>& K);

/// {"instance", "surrogate_point", "image"}, exactly.
nlohmann::ordered_json witness_of(const ExactPoint& point);

}  // namespace hadamard::verify
