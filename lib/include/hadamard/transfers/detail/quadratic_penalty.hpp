#pragma once

#include "hadamard/core/elementary.hpp"
#include "hadamard/core/types.hpp"

#include <utility>

namespace hadamard::transfer::detail {

/// S(ξ) = Σ_a c_a ξ_a²: the surrogate penalty of every transfer here, which differ in c only.
///
/// Exact   over `Rational`; `double` and `Real` round the sum.
template <Field T>
class QuadraticPenalty {
public:
    explicit QuadraticPenalty(Vector<T> coefficients) : c_(std::move(coefficients)) {}

    Index size() const { return c_.size(); }

    T value(const Vector<T>& xi) const {
        require_size(xi.size(), size(), "penalty(xi)");
        T sum(0);
        for (Index a = 0; a < size(); ++a) sum += c_[a] * square(xi[a]);
        return sum;
    }

    Vector<T> gradient(const Vector<T>& xi) const {
        require_size(xi.size(), size(), "penalty_gradient(xi)");
        return T(2) * c_.cwiseProduct(xi);
    }

    Vector<T> hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        require_size(xi.size(), size(), "penalty_hessian_times(xi)");
        require_size(v.size(), size(), "penalty_hessian_times(v)");
        return T(2) * c_.cwiseProduct(v);
    }

private:
    Vector<T> c_;
};

}  // namespace hadamard::transfer::detail
