#pragma once

#include "solvers/vector_loss.hpp"

#include <memory>
#include <span>

namespace hadamard::optim::detail {

/// Σ ρ_i² ℓ(z_i/ρ_i; y_i), ℓ(z; y) = log(1 + e^z) − yz, y_i ∈ {0, 1}: the formulas of loss::Logistic, eight
/// rows at a time. ρ of weight_roots; rows with ρ_i = 0 are not there.
///
/// Where some |z_i/ρ_i| ≥ 700, so that e^{−|z|} leaves the normal numbers, or is NaN, the whole call is
/// left to `by_rows`, the same loss row by row.
class LogisticLoss final : public VectorLoss {
public:
    /// @param roots  ρ; none: all 1.
    LogisticLoss(std::span<const double> y, const Vector& roots,
                 std::unique_ptr<VectorLoss> by_rows);

    double sum(const Vector& z) const override;
    void derivatives(const Vector& z, Vector& out) const override;
    void curvatures(const Vector& z, double share, Vector& out) const override;
    double steepest(const Vector&) const override { return 0.25; }
    double fenchel_young(const Vector& z, const Vector& nu) const override;
    double dual_scale(const Vector& nu, double wanted) const override {
        return by_rows_->dual_scale(nu, wanted);
    }

private:
    bool is_moderate(const Vector& z) const;
    /// (1 − 2y) v/ρ, v = z or ν; 0 where ρ = 0.
    auto reflected(const Vector& v, Eigen::Index first, Eigen::Index count) const {
        return reflections_.segment(first, count) * v.segment(first, count).array();
    }

    Eigen::ArrayXd roots_, reflections_;  ///< ρ; (1 − 2y)/ρ: ℓ(z; 1) = ℓ(−z; 0), so that y = 0.
    std::unique_ptr<VectorLoss> by_rows_;
};

}  // namespace hadamard::optim::detail
