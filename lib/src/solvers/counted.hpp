#pragma once

#include "hadamard/core/types.hpp"
#include "hadamard/objectives/sampled.hpp"
#include "solvers/work.hpp"

namespace hadamard::optim::detail {

/// A `LinearModel` that counts its products.
template <class L>
class Counted : public L {
public:
    using Scalar = typename L::Scalar;
    using Point = Vector<Scalar>;

    using L::L;

    /// What follows a call of `linear_curvatures`, in passes: `AlternatingRidge` solves a regression
    /// with a design of X's size.
    double after_curvatures = 0;

    Point predictors(const Point& x) const { return count(1), L::predictors(x); }
    Scalar value(const Point& x) const { return count(1), L::value(x); }
    Point gradient(const Point& x) const { return count(2), L::gradient(x); }
    Point hessian_times(const Point& x, const Point& v) const {
        return count(3), L::hessian_times(x, v);
    }
    Matrix<Scalar> hessian(const Point& x) const {
        return count(1 + static_cast<double>(L::size())), L::hessian(x);
    }
    Point linear_derivatives(const Point& x) const { return count(1), L::linear_derivatives(x); }
    Point linear_curvatures(const Point& x) const {
        return count(1 + after_curvatures), L::linear_curvatures(x);
    }
    Point mean_pullback(const Point& nu) const { return count(1), L::mean_pullback(nu); }

private:
    void count(double passes) const {
        multiplied += passes * static_cast<double>(L::observations() * L::size());
    }
};

/// Batches: two products with some rows.
template <class L, class P>
class CountedBatches : public Sampled<L, P> {
public:
    using Scalar = typename L::Scalar;
    using Sampled<L, P>::Sampled;

    Vector<Scalar> batch_gradient(const Vector<Scalar>& xi, const IndexList& batch) const {
        multiplied += 2 * static_cast<double>(batch.size()) *
                      static_cast<double>(this->surrogate().loss().size());
        return Sampled<L, P>::batch_gradient(xi, batch);
    }
};

}  // namespace hadamard::optim::detail
