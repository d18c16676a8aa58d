#pragma once

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
    double curvature = 0;  ///< ≥ the largest eigenvalue of its part of the Gram matrix.
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
    InnerProblem(Eigen::Map<Matrix, 0, Eigen::OuterStride<>> G, const std::vector<WorkingBlock>& blocks, double mu, double energy,
                 int depth, Vector& b, Vector& q, InnerCounts& counts)
        : G_(G), blocks_(blocks), mu_(mu), energy_(energy), depth_(depth), b_(b), q_(q),
          counts_(counts) {}

    /// Until `residual()` ≤ tolerance, or nothing moves, or `limit` cycles of sweeps and a step.
    /// @returns the residual reached.
    double solve(double tolerance, int limit, const std::function<bool()>& is_interrupted);

    /// max over groups of the violation of stationarity, relative to μw_g; an unpenalised group's
    /// relative to √curvature times the energy.
    double residual() const;

private:
    /// One prox step for each group; true if a support or a sign changed.
    bool sweep();
    bool update_single(const WorkingBlock& block);
    bool update_group(const WorkingBlock& block);
    bool newton_step();

    double threshold(double weight, double size) const;

    Eigen::Map<Matrix, 0, Eigen::OuterStride<>> G_;
    const std::vector<WorkingBlock>& blocks_;
    double mu_, energy_;
    int depth_;
    Vector& b_;
    Vector& q_;
    InnerCounts& counts_;
};

}  // namespace hadamard::optim::detail
