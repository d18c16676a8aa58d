#pragma once

#include "solvers/design_operations.hpp"

#include <vector>

namespace hadamard::optim::detail {

/// X, or, where there is an intercept and a dense column is far from 0 against its spread, a copy with
/// the means taken off: x_j − m_j 1 with the intercept b + Σ m_j β_j is the same model, and the products
/// of the columns no longer drown in those of their means. A sparse X stays what it is.
class CenteredDesign {
public:
    /// @param X      that of the problem, its rows times `roots` if there are any; then the means are
    ///               weighted, and multiples of the roots are taken off.
    CenteredDesign(const Design& X, bool has_intercept, const Vector& roots);
    CenteredDesign(const CenteredDesign&) = delete;
    CenteredDesign& operator=(const CenteredDesign&) = delete;

    const Design& design() const { return design_; }
    /// m_j; 0 if nothing was taken off.
    double mean(Index j) const { return means_.empty() ? 0 : means_[static_cast<std::size_t>(j)]; }

private:
    Design design_;
    std::vector<double> means_;
    Buffer entries_;
};

}  // namespace hadamard::optim::detail
