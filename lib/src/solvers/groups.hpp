#pragma once

#include "hadamard/optimizers/sparse_problem.hpp"
#include "solvers/design_operations.hpp"

#include <span>
#include <vector>

namespace hadamard::optim::detail {

/// The groups of a problem; single columns where it names none. Unpenalised groups of several columns
/// are split: a block minimised alone is minimised exactly.
class Groups {
public:
    /// @throws InputError naming the column or group that does not fit.
    Groups(const SparseProblem& problem, const DesignOperations& X);

    Index count() const { return static_cast<Index>(weights_.size()); }
    bool has_groups() const { return has_groups_; }
    std::span<const Index> columns(Index g) const {
        const auto from = static_cast<std::size_t>(starts_[static_cast<std::size_t>(g)]);
        const auto to = static_cast<std::size_t>(starts_[static_cast<std::size_t>(g) + 1]);
        return std::span<const Index>(columns_).subspan(from, to - from);
    }
    double weight(Index g) const { return weights_[static_cast<std::size_t>(g)]; }
    double norm(Index g) const { return norms_[static_cast<std::size_t>(g)]; }  ///< ‖X_g‖_F.

private:
    void add(std::span<const Index> columns, double weight, const DesignOperations& X);

    std::vector<Index> columns_, starts_ = {0};
    std::vector<double> weights_, norms_;
    bool has_groups_ = false;
};

}  // namespace hadamard::optim::detail
