#pragma once

#include "cli/solve_certificate.hpp"
#include "cli/solve_data.hpp"
#include "hadamard/optimizers/path.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hadamard::cli {

/// One λ: the solution in units of X, and its certificate where one was asked for.
struct Solved {
    optim::SparseSolution solution;
    std::optional<SolveCertificate> certificate;

    /// The solution to report: that of the certificate, if there is one and it proves a minimizer.
    const optim::SparseSolution& best() const;
    /// That of the certificate, else why the solver ended.
    std::string verdict() const;
    bool converged() const { return solution.stop == optim::SparseStop::converged; }
};

/// All that `hadamard solve` found out.
struct SolveResult {
    double lambda_max = 0;
    std::vector<Solved> solved;  ///< λ decreasing; with `validation`: least mean loss, then 1 SE.
    bool is_path = false;
    std::optional<optim::CrossValidation> validation;
    std::size_t folds = 0;
    std::uint64_t seed = 0;
    double cpu_seconds = 0;  ///< Of the solves alone.
    double validation_seconds = 0;
    double tolerance = 0;
    bool interrupted = false;
};

/// The fields of `solve --json`.
void add_json(nlohmann::ordered_json& out, const Regression& regression, const SolveResult& result);

/// The same as tables.
std::string solve_tables(const Regression& regression, const SolveResult& result);

}  // namespace hadamard::cli
