#pragma once

#include "cli/solve_data.hpp"
#include "hadamard/minima/decision.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hadamard::cli {

/// What `--digits` adds to a solution: the stationary point near it in that many digits, and
/// whether it is a local minimizer of P, decided exactly or by enclosures.
struct SolveCertificate {
    minima::Decision decision;
    int digits = 50;                        ///< Of the point.
    std::vector<std::string> coefficients;  ///< Decimals, of X as it was solved with; one a column.
    std::string intercept;
    std::string objective;                    ///< In `digits` digits.
    std::optional<std::string> relative_gap;  ///< depth 2.
    optim::SparseSolution rounded;            ///< The solution with all this rounded to double.

    /// "local minimizer", "not a minimizer" or "undecided".
    std::string verdict() const;
};

/// @param rational_lambda  the λ at which `solution` was found, exactly.
/// @throws InputError when the problem is too large for enclosures of its Hessian in memory.
SolveCertificate certify(const Regression& regression, const optim::SparseSolution& solution,
                         const Rational& rational_lambda, int digits);

}  // namespace hadamard::cli
