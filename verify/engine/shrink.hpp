#pragma once

#include "engine/claim.hpp"

namespace hadamard::verify {

/// The simplest refuted trial that `check` still refutes in the same part, found by replaying the
/// tape with single choices set to 0 or less than they were, at most `replays` times. Deterministic.
/// @pre trial.refuted() and trial is a random case.
Trial shrunk(const std::function<void(Trial&)>& check, const Trial& trial, int replays);

}  // namespace hadamard::verify
