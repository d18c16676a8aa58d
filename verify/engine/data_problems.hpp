#pragma once

#include "engine/trial.hpp"

#include <string>
#include <vector>

namespace hadamard::verify {

/// A regression on a CSV file: standardised columns, an unpenalised intercept.
struct DataRequest {
    std::string file;
    std::string response;
    std::string loss;  ///< Empty: logistic for two distinct values, else least_squares.
    std::vector<Rational> lambdas;  ///< Empty: λ_max times `fractions`.
    std::vector<Rational> fractions = {Rational(1, 2), Rational(1, 10), Rational(1, 50)};
};

/// One problem for each λ.
/// @throws InputError as `read_table` and `regression_problem` do.
std::vector<DataProblem> data_problems(const DataRequest& request);

/// The public data sets of bench/data, at fewer λ.
std::vector<DataProblem> default_data_problems(const std::string& folder);

}  // namespace hadamard::verify
