#pragma once

#include "engine/trial.hpp"

namespace hadamard::verify {

/// For q = 1 and a convex linear model: measures the relative duality gap of θ in 50 digits and
/// holds it to 1e−40. Elsewhere does nothing.
void record_gap(Trial& trial, const ProblemFamily& family, const Vector<Rational>& theta);

}  // namespace hadamard::verify
