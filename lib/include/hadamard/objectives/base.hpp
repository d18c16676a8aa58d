#pragma once

#include "hadamard/core/concepts.hpp"

#include <utility>

namespace hadamard {

/// Base objective  P(θ) = L(θ) + λ R(θ), non-smooth where a penalised block is 0.
///
/// Units   λ multiplies R as it stands (README: λ in other packages); L is a mean over rows.
/// Source  arXiv 2307.03571.
/// @pre λ > 0; L and R have the same size.
template <Loss L, Penalty R>
class Base {
public:
    using Scalar = typename L::Scalar;

    Base(L loss, R penalty, Scalar lambda)
        : loss_(std::move(loss)), penalty_(std::move(penalty)), lambda_(std::move(lambda)) {
        require_size(penalty_.size(), loss_.size(), "Base: penalty");
        require(sign_of(lambda_) == Sign::positive, "Base: lambda must be positive");
    }

    Index size() const { return loss_.size(); }
    const L& loss() const { return loss_; }
    const R& penalty() const { return penalty_; }
    const Scalar& lambda() const { return lambda_; }

    Scalar value(const Vector<Scalar>& x) const {
        return loss_.value(x) + lambda_ * penalty_.value(x);
    }

private:
    L loss_;
    R penalty_;
    Scalar lambda_;
};

}  // namespace hadamard
