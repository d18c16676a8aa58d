#pragma once

#include "landscape/landscape.hpp"

#include <string>

namespace hadamard::landscape {

/// The landscape as an SVG picture, d = 1 or 2. d = 1: P over β, Q over two factors in contours (of
/// a product of more than two factors the slice where all but the first agree), an arrow from each
/// minimizer of Q to its image. d = 2: contours of P. Points are marked by index.
/// @throws InputError for d > 2.
std::string plot(const Landscape& landscape);

/// @throws InputError unless `plot` can draw the problem.
void require_plottable(const Problem& problem);

}  // namespace hadamard::landscape
