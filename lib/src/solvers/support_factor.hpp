#pragma once

#include "solvers/design_operations.hpp"

#include <Eigen/Core>

#include <vector>

namespace hadamard::optim::detail {

/// Relative ridge of a Newton matrix: copies of a column make it singular, and along their difference the
/// right-hand side is 0 up to rounding, so that no precision is lost.
inline constexpr double ridge = 1e-11;

/// The Cholesky factor of G_FF, G a Gram matrix with a little ridge and F a support, kept while F changes
/// by a few slots: adding m slots to k costs O(k²m), taking one away O(k²), not O(k³).
class SupportFactor {
public:
    /// Makes `support` (ascending) the set F. False if G_FF is not positive definite in double; then the
    /// factor is empty.
    bool update(const Gram::View& G, const std::vector<Index>& support);
    /// Solves G_FF x = rhs, entries in the order of `support`.
    Vector solve(const Vector& rhs) const;
    /// The Gram matrix changed, or its slots other numbers.
    void clear() { slots_.clear(); }
    bool is_empty() const { return slots_.empty(); }

private:
    Index size() const { return static_cast<Index>(slots_.size()); }
    void remove(Index at);
    bool append(const Gram::View& G, const std::vector<Index>& added);

    std::vector<Index> slots_, order_;  ///< F as factored; where each of it is in `support`.
    Matrix L_;                          ///< Lower triangle, its upper left corner used.
};

}  // namespace hadamard::optim::detail
