#pragma once

#include "hadamard/optimizers/sparse_problem.hpp"

#include <Eigen/Core>

#include <memory>

namespace hadamard::optim::detail {

/// Σ_i ℓ(z_i; y_i) and its parts, for a whole vector at a call.
class VectorLoss {
public:
    using Vector = Eigen::VectorXd;

    virtual ~VectorLoss() = default;
    virtual double sum(const Vector& z) const = 0;
    virtual void derivatives(const Vector& z, Vector& out) const = 0;
    /// ℓ''(z_i); where ℓ is straight (Huber, |r| > δ), `share` of the curvature δ/|r| of the parabola
    /// that touches ℓ at z_i and at its mirror image, and lies above it.
    virtual void curvatures(const Vector& z, double share, Vector& out) const = 0;
    /// The largest ℓ'': everywhere, or for Poisson at the z_i.
    virtual double steepest(const Vector& z) const = 0;
    /// Huber: the largest |z_i − y_i|/δ of the rows that are there (z_i finite); others: 0.
    virtual double largest_excess(const Vector&) const { return 0; }
    /// Σ ℓ(z_i) + ℓ*(ν_i) − z_i ν_i, each term computed without cancellation.
    virtual double fenchel_young(const Vector& z, const Vector& nu) const = 0;
    /// The largest s ≤ 1 (least squares: ≤ `wanted`, which may exceed 1) with ℓ*(sν_i) finite for all i.
    virtual double dual_scale(const Vector& nu, double wanted) const = 0;

    bool is_quadratic = false;  ///< ℓ'' = 1.
};

/// @param roots  ρ of weight_roots: then the loss is Σ_i ρ_i² ℓ(z_i/ρ_i; y_i), a term with ρ_i = 0
///               being 0; none: all 1.
/// @throws InputError naming the row of y that the loss does not take.
std::unique_ptr<VectorLoss> make_vector_loss(const SparseProblem& problem,
                                             const VectorLoss::Vector& roots = {});

/// @throws InputError where ‖y‖² or the loss at zero overflows, or ‖y‖² of a y that is not 0 underflows.
void check_response_scale(const SparseProblem& problem, const VectorLoss& loss);

/// Held-out rows of a fold are not asked for this: nothing is fitted to them.
/// @throws InputError where the best intercept is ±∞: logistic with one class, Poisson without counts.
void check_intercept_exists(const SparseProblem& problem);

/// Whether the loss falls for ever along d, X d = image: logistic, where no row that counts is on the
/// wrong side of 0 by more than `slack` · max|image| (slack < 0: all are on the right one, beyond doubt);
/// Poisson, where rows with counts stay and no other rises, likewise.
bool falls_for_ever(const SparseProblem& problem, const VectorLoss::Vector& image, double slack);

}  // namespace hadamard::optim::detail
