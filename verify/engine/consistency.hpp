#pragma once

#include "engine/trial.hpp"

namespace hadamard::verify {

/// Checks what every decision about Q takes from a transfer's code, against K and S themselves: a
/// wrong derivative would make `decide_surrogate` answer for another function.
///
/// At drawn rational points ξ without zeros, in 200 digits:
///   pushforward, curvature, ∇S, ∇²S   central differences of K, of DKᵀ, of S, of ∇S
///   pullback                          ⟨g, DK v⟩ = ⟨DKᵀg, v⟩
///   symmetries                        K(γξ) = K(ξ) and S(γξ) = S(ξ) for every generator γ
///   blocks                            a block set to 0 annuls its part of K and leaves the rest
///
/// @param trial  a random case: the points are drawn from its tape. Records "the transfer is
///               consistent" as refuted, or as held if the case has decided anything else: consistency
///               alone does not make a case.
void check_consistency(Trial& trial, const TransferSpec& spec);

}  // namespace hadamard::verify
