#pragma once

#include "hadamard/optimizers/find.hpp"

namespace hadamard::optim {

/// Polishes a point that some other solver of P found: Newton's method on its support, signs kept.
/// @pre start.size() = size of the loss, finite; digits ∈ {50, 100, 200}; no nuclear norm.
Found polish_base_minimizer(const ProblemFamily& family, const Vector<double>& start, int digits);

}  // namespace hadamard::optim
