#pragma once

#include "hadamard/objectives/surrogate.hpp"

#include <utility>

namespace hadamard {

/// A loss (1/n) Σ_i ℓ(x_iᵀθ; y_i) that shows its rows: the linear models of losses/.
template <class L>
concept RowwiseLoss = Loss<L> &&
    requires(const L f, const Vector<typename L::Scalar>& x, const typename L::Scalar& a) {
    { f.design() } -> std::convertible_to<const Matrix<typename L::Scalar>&>;    // X
    { f.response() } -> std::convertible_to<const Vector<typename L::Scalar>&>;  // y
    { f.predictors(x) } -> std::same_as<Vector<typename L::Scalar>>;             // Xθ
    { f.linear_derivatives(x) } -> std::same_as<Vector<typename L::Scalar>>;     // ℓ'(Xθ; y)
    { f.linear_curvatures(x) } -> std::same_as<Vector<typename L::Scalar>>;      // ℓ''(Xθ; y)
    { f.pointwise().value(a, a) } -> std::same_as<typename L::Scalar>;           // ℓ(z; y)
    { f.pointwise().derivative(a, a) } -> std::same_as<typename L::Scalar>;
};

/// An objective with a part that is a mean over rows, and that can be restricted to some of them.
template <class F>
concept SampledObjective = Objective<F> &&
    requires(const F f, const Vector<typename F::Scalar>& x, const IndexList& rows) {
    { f.samples() } -> std::same_as<Index>;  // n
    { f.batch_gradient(x, rows) } -> std::same_as<Vector<typename F::Scalar>>;
};

/// Q, and Q restricted to a batch B of rows:
///     Q_B(ξ) = (1/|B|) Σ_{i∈B} ℓ(x_iᵀK(ξ); y_i) + λ S(ξ),
/// whose mean over the batches of a partition into equal parts is Q.
///
/// Cost   keeps Xᵀ, so that a row is contiguous: O(|B| d + D) a batch gradient.
template <RowwiseLoss L, Transfer P>
class Sampled {
public:
    using Scalar = typename L::Scalar;

    explicit Sampled(Surrogate<L, P> surrogate)
        : surrogate_(std::move(surrogate)), rows_(surrogate_.loss().design().transpose()) {}

    const Surrogate<L, P>& surrogate() const { return surrogate_; }
    Index size() const { return surrogate_.size(); }
    Index samples() const { return rows_.cols(); }

    Scalar value(const Vector<Scalar>& xi) const { return surrogate_.value(xi); }
    Vector<Scalar> gradient(const Vector<Scalar>& xi) const { return surrogate_.gradient(xi); }
    Vector<Scalar> hessian_times(const Vector<Scalar>& xi, const Vector<Scalar>& v) const {
        return surrogate_.hessian_times(xi, v);
    }

    /// Q_B(ξ).   @pre B is not empty.
    Scalar batch_value(const Vector<Scalar>& xi, const IndexList& batch) const {
        const Vector<Scalar> beta = surrogate_.transfer().apply(xi);
        Scalar sum(0);
        for (const Index i : batch)
            sum += surrogate_.loss().pointwise().value(predictor(beta, i), response(i));
        return sum / count(batch) + surrogate_.lambda() * surrogate_.transfer().penalty(xi);
    }

    /// ∇Q_B(ξ) = DKᵀ (1/|B|) Σ_{i∈B} ℓ'(x_iᵀK(ξ); y_i) x_i + λ∇S(ξ).   @pre B is not empty.
    Vector<Scalar> batch_gradient(const Vector<Scalar>& xi, const IndexList& batch) const {
        const P& transfer = surrogate_.transfer();
        const Vector<Scalar> beta = transfer.apply(xi);
        Vector<Scalar> g = Vector<Scalar>::Constant(beta.size(), Scalar(0));
        for (const Index i : batch) {
            const Scalar slope =
                surrogate_.loss().pointwise().derivative(predictor(beta, i), response(i));
            g += slope * rows_.col(i);
        }
        g /= count(batch);
        Vector<Scalar> out = transfer.pullback(xi, g);
        out += surrogate_.lambda() * transfer.penalty_gradient(xi);
        return out;
    }

private:
    Scalar predictor(const Vector<Scalar>& beta, Index i) const { return rows_.col(i).dot(beta); }
    const Scalar& response(Index i) const { return surrogate_.loss().response()[i]; }

    static Scalar count(const IndexList& batch) {
        require(!batch.empty(), "Sampled: an empty batch has no mean");
        return Scalar(static_cast<int>(batch.size()));
    }

    Surrogate<L, P> surrogate_;
    Matrix<Scalar> rows_;
};

}  // namespace hadamard
