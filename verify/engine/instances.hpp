#pragma once

/// @file
/// Instances for claims: drawn from a tape, planted, or made from real data.

#include "engine/trial.hpp"
#include "hadamard/core/specification.hpp"

namespace hadamard::verify {

/// What may be drawn. The default is everything that the claims about minima can use.
struct Menu {
    int most_coordinates = 4;       ///< Penalised coordinates.
    bool only_convex = false;       ///< Losses certified convex.
    bool only_rational = false;     ///< Losses exact over `Rational`.
    bool allow_unpenalised = true;  ///< Sometimes an intercept.
    int always_unpenalised = 0;     ///< If > 0: from 1 to so many, at any positions.
};

/// Whether β is a matrix to this transfer: its variants have rows.
bool takes_matrices(const TransferTraits& transfer);

/// 1 … most coordinates; for transfers of matrices a number that matrices with two rows have as well:
/// 1, 2, 4, and 6 where `most` ≥ 4.
Index draw_base_size(Tape& tape, const Setting& setting, int most);

/// The default; convex losses only for transfers of matrices: a singular matrix is a kink of the nuclear norm
/// in directions that are no coordinates, at which only convex losses are always decided.
Menu decidable_menu(const Setting& setting);

/// A transfer of this setting on d coordinates: for group transfers a random partition; weights 1 or
/// small positive rationals.
TransferSpec draw_transfer(Tape& tape, const Setting& setting, Index d);

/// `spec` with the fields that only its transfer reads drawn: one of `TransferTraits::variants`.
TransferSpec draw_variant(Tape& tape, const Setting& setting, TransferSpec spec);

/// Small integers, halves and thirds, with delicate cases drawn on
/// purpose: duplicated columns, a zero response, λ far below and far above λ_max.
Instance draw_instance(Tape& tape, const Setting& setting, const Menu& menu = {});

/// The case's instance: its real data if it has any, otherwise a drawn one.
Instance instance_of(Trial& trial, const Menu& menu = {});

/// ξ of small rationals.
Vector<Rational> draw_point(Tape& tape, Index size);

/// β whose lift and R(β) are exact: ±s^N for scalars, s^N·(±3/5, ±4/5)-like directions for groups, with
/// N the transfer's `lift_degree`; the entries of the direction to the power `inner_depth`. Zeros occur.
/// For matrices Σ s_i² a_i c_iᵀ, (a_i) and (c_i) orthonormal.
/// @pre spec is one of its transfer's `variants`.
Vector<Rational> draw_exact_base_point(Tape& tape, const TransferSpec& spec);

/// A dyadic start for a solver, entries in [−4, 4].
Vector<double> draw_start(Tape& tape, Index size);

/// {"instance": …, "point": […]} and more, exactly printed.
nlohmann::ordered_json witness_of(const Instance& instance);
nlohmann::ordered_json exact_list(const Vector<Rational>& x);
/// Midpoints to `digits` significant digits.
nlohmann::ordered_json decimal_list(const Vector<Rational>& x, int digits = 45);

}  // namespace hadamard::verify
