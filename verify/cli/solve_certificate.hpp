#pragma once

#include "cli/solve_data.hpp"
#include "hadamard/minima/decision.hpp"

#include <functional>
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

/// Which point is polished: what the working set makes of the solution, or the solution itself with
/// coefficients below 1e-6 of the largest set to 0.
enum class Polish { after_working_set, as_it_is };

/// @param rational_lambda  the λ at which `solution` was found, exactly.
/// @throws InputError when the problem is too large for enclosures of its Hessian in memory.
SolveCertificate certify(const Regression& regression, const optim::SparseSolution& solution,
                         const Rational& rational_lambda, int digits,
                         Polish polish = Polish::after_working_set);

/// The best minimizer that is known, for methods to be measured against.
struct Reference {
    optim::SparseSolution solution;
    std::vector<double> beta;  ///< The coefficients, then the intercept if there is one.
    std::string verdict;  ///< "certified minimizer", "solved" (depth 2, gap < 1e-10), "best known".
    int digits = 0;       ///< Of the certificate; 0: there is none.
};

/// @param digits  0: without a certificate.
Reference reference_of(const Regression& regression, const Rational& lambda, int digits,
                       const std::function<bool()>& is_interrupted);

/// The coefficients, then the intercept if there is one, as `optim::SurrogateProblem` has them.
std::vector<double> beta_of(const Regression& regression, const optim::SparseSolution& solution);

}  // namespace hadamard::cli
