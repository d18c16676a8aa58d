#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/product.hpp"

#include <utility>

namespace hadamard {

/// Surrogate objective  Q(ξ) = L(K(ξ)) + λ S(ξ).
///
/// With unpenalised parameters ψ the transfer is a `Partial`, whose K is the identity on ψ.
/// Smooth   of the class of K (`transfer.smoothness()`), if L is.
/// Source   arXiv 2307.03571. By the chain rule
///          ∇Q = DKᵀ g + λ∇S,   ∇²Q v = DKᵀ ∇²L DK v + ∇²⟨K, g⟩ v + λ∇²S v,   g = ∇L(K(ξ)).
/// @pre λ > 0; K maps onto L's space.
template <Loss L, Transfer P>
class Surrogate {
public:
    using Scalar = typename L::Scalar;

    Surrogate(L loss, P transfer, Scalar lambda)
        : loss_(std::move(loss)), transfer_(std::move(transfer)), lambda_(std::move(lambda)) {
        require_size(transfer_.base_size(), loss_.size(), "Surrogate: transfer");
        require(sign_of(lambda_) == Sign::positive, "Surrogate: lambda must be positive");
    }

    Index size() const { return transfer_.surrogate_size(); }
    const L& loss() const { return loss_; }
    const P& transfer() const { return transfer_; }
    const Scalar& lambda() const { return lambda_; }

    Scalar value(const Vector<Scalar>& xi) const {
        return loss_.value(transfer_.apply(xi)) + lambda_ * transfer_.penalty(xi);
    }

    Vector<Scalar> gradient(const Vector<Scalar>& xi) const {
        Vector<Scalar> out = transfer_.pullback(xi, loss_.gradient(transfer_.apply(xi)));
        out += lambda_ * transfer_.penalty_gradient(xi);
        return out;
    }

    Vector<Scalar> hessian_times(const Vector<Scalar>& xi, const Vector<Scalar>& v) const {
        const Vector<Scalar> beta = transfer_.apply(xi);
        Vector<Scalar> out =
            transfer_.pullback(xi, loss_.hessian_times(beta, transfer_.pushforward(xi, v)));
        out += transfer_.curvature(xi, v, loss_.gradient(beta));
        out += lambda_ * transfer_.penalty_hessian_times(xi, v);
        return out;
    }

    /// ∇²Q(ξ), with ∇L and ∇²L taken once.
    Matrix<Scalar> hessian(const Vector<Scalar>& xi) const {
        const Vector<Scalar> beta = transfer_.apply(xi), g = loss_.gradient(beta);
        const Matrix<Scalar> loss_hessian = dense_hessian(loss_, beta);
        Matrix<Scalar> out(size(), size());
        Vector<Scalar> unit = Vector<Scalar>::Zero(size());
        for (Index j = 0; j < size(); ++j) {
            unit[j] = Scalar(1);
            const Vector<Scalar> pushed = times(loss_hessian, transfer_.pushforward(xi, unit));
            Vector<Scalar> column = transfer_.pullback(xi, pushed);
            column += transfer_.curvature(xi, unit, g);
            column += lambda_ * transfer_.penalty_hessian_times(xi, unit);
            out.col(j) = column;
            unit[j] = Scalar(0);
        }
        return out;
    }

private:
    L loss_;
    P transfer_;
    Scalar lambda_;
};

}  // namespace hadamard
