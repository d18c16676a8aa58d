#pragma once

/// @file
/// Zeros of ∂P on one pattern of groups, in β: P's own enumeration, which knows nothing of Q's.

#include "hadamard/catalogue/any_loss.hpp"
#include "landscape/base_balls.hpp"
#include "landscape/base_side.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hadamard::landscape {

/// P on the groups of one pattern, in balls:
/// F_i(β) = ∂_iL(β) + λ w_j q ‖β_j‖^{q−2} β_i, q = 2/k, and its Jacobian.
class GroupRestriction {
public:
    GroupRestriction(const Problem& problem, const AnyLoss<Interval>& loss,
                     const std::optional<hadamard::Matrix<Interval>>& constant_hessian,
                     const std::string& signs, const Bound& bound);

    std::size_t size() const { return S_.size(); }
    /// All of β ≠ 0 is within the pattern, but not within the edges.
    Sign domain(const Balls& b) const { return within(b, edges_); }
    Vector<Interval> beta(const Balls& b) const;
    Balls curvature(const Balls& b) const;
    Balls value(const Balls& b) const;
    Balls jacobian(const Balls& b, Balls curvature) const;

private:
    /// λ w_j q ‖β_j‖^{q−2} and ‖β_j‖² of the group of each coordinate.
    struct Pull {
        Interval strength, square;
    };
    Pull pull(const Balls& b, std::size_t i) const;

    const AnyLoss<Interval>& loss_;
    const std::optional<hadamard::Matrix<Interval>>& constant_hessian_;
    std::vector<int> S_, group_of_;
    Balls edges_;
    int size_, k_;
    Balls scale_;
};

/// Boxes in β_S that hold one zero each, and all zeros between them.   @throws Interrupted
BoxesOfZeros boxes_of_group_zeros(const Problem& problem, const std::string& signs,
                                  const Bound& bound, const SearchLimits& limits);

}  // namespace hadamard::landscape
