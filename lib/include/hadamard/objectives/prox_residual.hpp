#pragma once

#include "hadamard/core/concepts.hpp"

namespace hadamard {

/// ‖x − prox_{step·λR}(x − step·g)‖₂ / step, which is 0 exactly where x solves its own prox step.
///
/// Units      those of g = ∇L(x).
/// Guarantee  0 at every global minimizer of P if step < 1/Lipschitz(∇L); for q = 1 and convex L at
///            no other point. For q < 1 it is larger than `stationarity` sees: a zero coordinate
///            passes only if no step away from it pays.
/// @pre step > 0; λ ≥ 0.
template <ProximalPenalty R>
requires RoundedField<typename R::Scalar>
typename R::Scalar prox_residual(const R& penalty, const Vector<typename R::Scalar>& x,
                                 const Vector<typename R::Scalar>& g,
                                 const typename R::Scalar& lambda, const typename R::Scalar& step) {
    using T = typename R::Scalar;
    const Vector<T> moved = x - step * g;
    const Vector<T> difference = x - penalty.prox(moved, T(step * lambda));
    return difference.norm() / step;
}

}  // namespace hadamard
