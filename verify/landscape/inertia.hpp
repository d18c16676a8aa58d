#pragma once

#include "hadamard/core/scalar.hpp"

#include <cstddef>
#include <vector>

namespace hadamard::landscape {

/// Signs of the eigenvalues of a symmetric matrix.
struct Inertia {
    int negative = 0, zero = 0, positive = 0;
};

/// Exact, by symmetric elimination: a zero diagonal with a nonzero entry beside it counts one of
/// each sign (the 2 × 2 block has a negative determinant).
Inertia inertia(std::vector<std::vector<Rational>> matrix);

/// Of a nonsingular symmetric n × n matrix of doubles, row by row; exact where rounding leaves a
/// pivot in doubt.
/// @pre the thread rounds upwards.
int negative_eigenvalues(const std::vector<double>& matrix, std::size_t n);

}  // namespace hadamard::landscape
