#pragma once

#include "hadamard/core/specification.hpp"
#include "hadamard/data/table.hpp"

#include <string>
#include <vector>

namespace hadamard {

/// One standardized column: (x − mean x)/sd x, Σ = 0 and Σ squares = n up to the rounding below; with
/// weights s mean and sd are Σ s x / Σ s and that of squares.
///
/// Exact   the mean is exact; sd, with 1/n inside the root, is the nearest number of 15 significant
///         decimal digits; every entry is then the nearest multiple of 2^−64. The rational column
///         that comes out *is* the data, the same at every precision: `Real<50>` and above hold it
///         without rounding, and its exact arithmetic stays cheap.
/// @pre   no weights, or one ≥ 0 an entry and one > 0.
/// @throws InputError naming the column when it is constant.
Vector<Rational> standardized(const Vector<Rational>& column, const std::string& name,
                              const Vector<Rational>& weights = {});

/// Mean and variance of a column, weighted where there are weights.
struct Moments {
    Rational mean, variance;
};
Moments moments(const Vector<Rational>& column, const Vector<Rational>& weights = {});

/// The design, response and kind of a regression on all other columns of a table.
///
/// Shapes  X: (rows × columns), the standardized columns (those of the table where `standardize` is
///         false) in table order without the response, after a column of ones when `intercept` is
///         asked for: then coordinate 0 is meant to stay unpenalised. y: (rows). `weights`, one a row or
///         none, are those of the standardization.
/// Units   the response is taken as it is, neither centred nor scaled: the intercept sees to that.
/// Domain  `least_squares`, `huber` (δ = 1): any response. `logistic`: exactly two distinct values;
///         the smaller becomes 0, the larger 1. `poisson`: nonnegative integers.
/// @throws InputError for an unknown kind or column (naming the nearest), fewer than two rows, no
///         column left, a constant column to standardize, or a response outside the domain.
LossSpec regression_problem(const Table& table, const std::string& response,
                            const std::string& kind, bool intercept, bool standardize = true,
                            const Vector<Rational>& weights = {});

/// The least λ at which all penalised coefficients are 0 for q = 1, rounded up by one part in 10^9:
/// max_j ‖X_jᵀ ν‖₂ / (n w_j), where ν = ℓ' at the minimizer over the unpenalised coordinates alone.
///
/// Shapes  `groups` partition the penalised coordinates, numbered 0, 1, … without the unpenalised
///         ones as in `TransferSpec`; empty: one coordinate each. `weights`: one a group; empty: 1.
/// Error   in `double`: relative 1e−12 for well-conditioned data, which the rounding up covers.
/// Source  the subdifferential of ‖·‖₂ at 0 is the unit ball.
/// @throws InputError when the loss is not a linear model, or when all coefficients are 0 at every
///         λ > 0, so that there is no such λ.
Rational lambda_max(const LossSpec& loss, const IndexList& unpenalised,
                    const std::vector<IndexList>& groups = {},
                    const std::vector<Rational>& weights = {});

/// The names of the columns of X in a `regression_problem`: "(intercept)" first when asked for.
std::vector<std::string> regression_columns(const Table& table, const std::string& response,
                                            bool intercept);

}  // namespace hadamard
