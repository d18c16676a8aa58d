#pragma once

#include "cli/solve_data.hpp"
#include "converge/plan.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hadamard::converge {

/// One problem with one penalty at one λ, and what its runs are measured against.
struct Target {
    std::string problem, penalty;  ///< As written, and "sum |b_j|^(2/3)" say.
    std::shared_ptr<const cli::Regression> regression;
    std::shared_ptr<const Table> table;  ///< What that was made from.
    double lambda_max = 0, lambda = 0;
    std::string lambda_ratio;
    nlohmann::ordered_json reference;  ///< The record of FORMAT.md; null until it is known.
    std::vector<double> beta;          ///< β̂, intercept last.
};

/// One run to make.
struct Cell {
    std::size_t target;
    std::string method, transfer;  ///< transfer: one that induces the penalty, also for methods on β.
    bool on_surrogate;
    int depth;
    int repetition;
    std::uint64_t seed;
    std::string key;
};

struct Grid {
    std::vector<Target> targets;
    std::vector<Cell> cells;
    /// Problem → sha256 of its file or, of a synthetic one, of its values in print, row by row.
    nlohmann::ordered_json data = nlohmann::ordered_json::object();
    std::vector<std::string> left_out;  ///< "varpro on …: the reason".
    nlohmann::ordered_json definitions = nlohmann::ordered_json::object();  ///< Of users' transfers.
};

/// Everything the plan asks for; nothing is run.
/// @returns what there is of it where it was interrupted.
/// @throws InputError naming the flag.
Grid grid_of(const Plan& plan, const std::function<bool()>& is_interrupted);

/// The problem in double, as the cell's method sees it.
optim::SurrogateProblem problem_of(const Target& target, const Cell& cell);

/// Finds β̂: certified to `digits` where that is possible, and fills in `reference`.
void find_reference(Target& target, const Plan& plan, const std::function<bool()>& is_interrupted);
/// Takes one from a file.
void take_reference(Target& target, const nlohmann::json& record);

/// Makes the run.   @returns its record, or null if it was interrupted.
nlohmann::ordered_json run_cell(const Target& target, const Cell& cell, const Plan& plan,
                                const std::function<bool()>& is_interrupted);

}  // namespace hadamard::converge
