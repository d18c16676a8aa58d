#include "solvers/groups.hpp"

#include "hadamard/core/error.hpp"
#include "solvers/number_text.hpp"

#include <cmath>
#include <string>

namespace hadamard::optim::detail {
namespace {

void check_weight(double weight, std::size_t g) {
    if (std::isnan(weight) || weight < 0)
        throw InputError("weights[" + std::to_string(g) + "] is " + shortest_text(weight) +
                         "; it must be 0 (unpenalised), positive, or infinite (left out)");
}

void check_partition(const std::vector<std::vector<std::ptrdiff_t>>& groups, Index columns) {
    std::vector<std::ptrdiff_t> owner(static_cast<std::size_t>(columns), -1);
    for (std::size_t g = 0; g < groups.size(); ++g)
        for (const std::ptrdiff_t j : groups[g]) {
            const std::string where = "groups[" + std::to_string(g) + "]";
            if (j < 0 || j >= columns)
                throw InputError(where + " names column " + std::to_string(j) +
                                 "; columns are 0 to " + std::to_string(columns - 1));
            std::ptrdiff_t& of = owner[static_cast<std::size_t>(j)];
            if (of >= 0)
                throw InputError(where + " names column " + std::to_string(j) + ", which group " +
                                 std::to_string(of) + " has already");
            of = static_cast<std::ptrdiff_t>(g);
        }
    for (Index j = 0; j < columns; ++j)
        if (owner[static_cast<std::size_t>(j)] < 0)
            throw InputError("column " + std::to_string(j) +
                             " is in no group; every column must be in one");
}

}  // namespace

Groups::Groups(const SparseProblem& problem, const DesignOperations& X) {
    const auto& groups = problem.groups;
    const std::size_t wanted =
        groups.empty() ? static_cast<std::size_t>(X.columns()) : groups.size();
    if (!problem.weights.empty() && problem.weights.size() != wanted)
        throw InputError("weights has " + std::to_string(problem.weights.size()) + " entries; " +
                         std::to_string(wanted) + " are needed, one a " +
                         (groups.empty() ? "column" : "group"));
    if (!groups.empty()) check_partition(groups, X.columns());
    for (std::size_t g = 0; g < wanted; ++g) {
        const double weight = problem.weights.empty() ? 1.0 : problem.weights[g];
        check_weight(weight, g);
        if (groups.empty()) {
            const Index j = static_cast<Index>(g);
            add({&j, 1}, weight, X);
        } else {
            const std::vector<Index> columns(groups[g].begin(), groups[g].end());
            has_groups_ = has_groups_ || columns.size() > 1;
            add(columns, weight, X);
        }
    }
}

void Groups::add(std::span<const Index> columns, double weight, const DesignOperations& X) {
    if (weight == 0 && columns.size() > 1) {
        for (const Index& j : columns) add({&j, 1}, weight, X);
        return;
    }
    if (columns.empty()) return;
    double squares = 0;
    for (const Index j : columns) {
        columns_.push_back(j);
        squares += X.norm(j) * X.norm(j);
    }
    starts_.push_back(static_cast<Index>(columns_.size()));
    weights_.push_back(weight);
    norms_.push_back(std::sqrt(squares));
}

}  // namespace hadamard::optim::detail
