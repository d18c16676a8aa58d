#pragma once

#include "solvers/vector_loss.hpp"

#include <span>

namespace hadamard::optim::detail {

/// Σ log(1 + e^{z_i}) − y_i z_i, y_i ∈ {0, 1}: the formulas of loss::Logistic, eight rows at a time.
///
/// Rows with |z_i| ≥ 700, where e^{−|z|} leaves the normal numbers, or NaN send the whole call to
/// loss::detail::LogisticError, row by row.
class LogisticLoss final : public VectorLoss {
public:
    explicit LogisticLoss(std::span<const double> y);

    double sum(const Vector& z) const override;
    void derivatives(const Vector& z, Vector& out) const override;
    void curvatures(const Vector& z, double share, Vector& out) const override;
    double steepest(const Vector&) const override { return 0.25; }
    double fenchel_young(const Vector& z, const Vector& nu) const override;
    double dual_scale(const Vector& nu, double wanted) const override;

private:
    static bool is_moderate(const Vector& z);
    double y(Eigen::Index i) const { return y_[static_cast<std::size_t>(i)]; }
    /// (1 − 2y) v, v = z or ν.
    auto reflected(const Vector& v, Eigen::Index first, Eigen::Index count) const {
        return signs_.segment(first, count) * v.segment(first, count).array();
    }

    std::span<const double> y_;
    Eigen::ArrayXd signs_;  ///< 1 − 2y: ℓ(z; 1) = ℓ(−z; 0), so that all is computed at y = 0.
};

}  // namespace hadamard::optim::detail
