#pragma once

#include "hadamard/core/concepts.hpp"

namespace hadamard::optim {

/// The `weight_decay` of each surrogate parameter that adds to a gradient what λS does: PyTorch's
/// SGD and Adam add weight_decay · ξ, the gradient of (weight_decay/2)‖ξ‖², so that
///     weight_decay = λ ∇S(1, …, 1).
///
///     hadamard_product, group_product, mixed_group     2λ/k for every factor
///     hadamard_difference, hadamard_power, group_power 2λ
///     shared_product, group_shared_product             2λ/k for u, 2λ(k − 1)/k for the shared v
///     low_rank                                         λ
/// each times the weight w_i or w_j; ψ gets 0: keep an intercept out of the decayed parameters.
/// Keras' l2(c) adds c‖ξ‖², not half of it: c = weight_decay/2.
///
/// Units  those of λ, with a loss that is a mean and squares halved (1/2n). A loss without the half
///        (PyTorch's MSELoss) is twice ours: double the weight decay with it. AdamW decouples the
///        decay from the gradient and minimizes another objective: no weight_decay makes it Q.
/// @pre S(ξ) = Σ c_a ξ_a² (all transfers but young_product with a ≠ 2); λ ≥ 0.
template <Transfer P>
requires OrderedField<typename P::Scalar> Vector<typename P::Scalar> weight_decay(
    const P& transfer, const typename P::Scalar& lambda) {
    using T = typename P::Scalar;
    require(T(0) <= lambda, "weight_decay: lambda must be >= 0");
    const Vector<T> one = Vector<T>::Constant(transfer.surrogate_size(), T(1));
    const Vector<T> slope = transfer.penalty_gradient(one);
    const Vector<T> twice = transfer.penalty_gradient(Vector<T>(T(2) * one));
    require(
        twice == Vector<T>(T(2) * slope),
        "weight_decay: this transfer's penalty is no sum of squares, no weight decay equals it");
    return lambda * slope;
}

}  // namespace hadamard::optim
