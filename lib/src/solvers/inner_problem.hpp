#pragma once

#include "solvers/interruptible.hpp"
#include "solvers/support_factor.hpp"

#include <Eigen/Core>

#include <functional>
#include <vector>

namespace hadamard::optim::detail {

using Index = Eigen::Index;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

/// A group in a working set: the slots [first, first + size).
struct WorkingBlock {
    Index group = 0;
    Index first = 0, size = 1;
    double weight = 1;     ///< w_g; 0: unpenalised.
    double curvature = 0;  ///< ≥ the largest eigenvalue of its part of the Gram matrix (eigenvalue_bound).
};

/// Counts over a whole solve.
struct InnerCounts {
    Index newton_steps = 0, sweeps = 0;
};

/// min over b of  ½ (b − b₀)ᵀG(b − b₀) − q₀ᵀ(b − b₀) + μ Σ_g w_g ‖b_g‖^{2/depth}, started at b = b₀.
///
/// Keeps q = q₀ − G(b − b₀), the negative gradient of the smooth part, up to date in every step.
class InnerProblem {
public:
    /// `energy` is the length of the residual behind q: what an unpenalised column's q is measured by.
    InnerProblem(Eigen::Map<Matrix, 0, Eigen::OuterStride<>> G,
                 const std::vector<WorkingBlock>& blocks, double mu, double energy, int depth,
                 Vector& b, Vector& q, InnerCounts& counts, SupportFactor* factor = nullptr)
        : G_(G),
          blocks_(blocks),
          mu_(mu),
          energy_(energy),
          depth_(depth),
          b_(b),
          q_(q),
          counts_(counts),
          factor_(factor) {}

    /// Until `residual()` ≤ tolerance, or nothing moves, or `limit` cycles of sweeps and a step.
    /// @returns the residual reached.
    double solve(double tolerance, int limit, const Interrupt& is_interrupted);

    /// max over groups of the violation of the prox fixed point: ‖q_g − λ∇R‖ of a group that is not 0
    /// relative to ‖λ∇R‖; how far ‖q_g‖ of a group at 0 exceeds the slope at which it leaves,
    /// relative to that; an unpenalised group's ‖q_g‖ relative to √curvature times the energy.
    double residual() const;

    /// Where the objective has negative curvature on the support (only for depth > 2): a step along it
    /// that lowers the objective. False if there is none.
    bool escape_saddle();

private:
    /// The groups that a Newton step moves, their slots side by side, and what is known of each.
    struct Support {
        std::vector<const WorkingBlock*> blocks;
        std::vector<Index> slots;
        std::vector<double> sizes, pulls;  ///< ‖b_g‖ and d_g = ‖λ∇R‖ − b̂·q of each group.
    };

    /// One prox step for each group; true if a support or a sign changed.
    bool sweep();
    bool update_single(const WorkingBlock& block);
    bool update_group(const WorkingBlock& block);

    Support support() const;
    /// Along β_g the penalty bends by its own second derivative; with what the factors lend; or, where
    /// that is still negative, not at all.
    enum class Bend { own, lent, convex };
    /// ∇² of the objective on the support.
    Matrix hessian(const Support& support, Bend bend) const;
    /// g − λ∇R on the support.
    Vector slopes(const Support& support) const;
    bool newton_step(const Interrupt& is_interrupted);
    /// With the factor kept from before, nothing lent and no bend: where no sign changes, exact.
    bool straight_step();
    /// Along the step to the first coefficient that becomes 0. Where there are more columns in the
    /// support than rows, the objective is linear along a null vector of G and the step endless: so
    /// the support loses a column at a time, as a vertex method would.
    bool step_to_boundary(const Support& support, const Vector& step);
    /// The move of one group for a step δ of it: along the arc of the factors, or straight.
    Vector moved(const WorkingBlock& block, double size, double pull, const Vector& delta) const;
    /// Change of the penalty less q·move, without cancellation for single coordinates at q = 1.
    double change_of(const WorkingBlock& block, double size, const Vector& move) const;
    /// Makes the move (one entry a slot of the support) if it lowers the objective.
    bool accept(const Support& support, const Vector& move);
    Vector move_of(const Support& support, const Vector& step, double t, bool on_arc) const;

    Eigen::Map<Matrix, 0, Eigen::OuterStride<>> G_;
    const std::vector<WorkingBlock>& blocks_;
    double mu_, energy_;
    int depth_;
    Vector& b_;
    Vector& q_;
    InnerCounts& counts_;
    SupportFactor* factor_;
    bool is_at_boundary_ = false;  // the last step ended where a coefficient became 0
};

}  // namespace hadamard::optim::detail
