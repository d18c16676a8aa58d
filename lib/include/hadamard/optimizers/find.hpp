#pragma once

/// @file
/// Solvers as entry points that are compiled once: they find candidates, in double first and then to
/// full precision, and say nothing about what the candidates are. `minima/decide.hpp` judges.

#include "hadamard/catalogue/problem_family.hpp"
#include "hadamard/core/types.hpp"

#include <string>

namespace hadamard::optim {

/// A point some solver ended at, as the binary numbers it is.
struct Found {
    Vector<Rational> point;
    bool converged = false;  ///< The solver's own criterion was met in the last precision.
    std::string method;      ///< "newton", "proximal_gradient+support_newton", …
    Index iterations = 0;    ///< In all precisions together.
};

/// Descends on Q from `start`: Newton in double, then in Real<50>, and on to `digits`.
/// @pre start.size() = surrogate size; digits ∈ {50, 100, 200}.
Found find_surrogate_minimizer(const ProblemFamily& family, const Vector<double>& start,
                               int digits);

/// A zero of ∇Q of any index near `start`, likewise.
Found find_surrogate_stationary(const ProblemFamily& family, const Vector<double>& start,
                                int digits);

/// Which solver looks for a minimizer of P.
enum class BaseMethod { proximal_gradient, coordinate_descent };

/// Descends on P from `start` in double, then polishes on the support found there to `digits`.
/// @pre start.size() = size of the loss; digits ∈ {50, 100, 200}.
Found find_base_minimizer(const ProblemFamily& family, const Vector<double>& start,
                          BaseMethod method, int digits);

}  // namespace hadamard::optim
