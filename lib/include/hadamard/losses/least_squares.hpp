#pragma once

#include "hadamard/losses/detail/linear_model.hpp"

namespace hadamard::loss {

namespace detail {

/// ℓ(z; y) = (z − y)²/2, with ℓ*(ν; y) = ν²/2 + yν.
template <Field T>
class SquaredError {
public:
    using Scalar = T;
    static constexpr std::string_view name = "least_squares";
    static constexpr bool over_rational = true;
    static constexpr int smoothness = analytic;

    T value(const T& z, const T& y) const { return square(T(z - y)) / T(2); }
    T derivative(const T& z, const T& y) const { return z - y; }
    T curvature(const T&, const T&) const { return T(1); }

    /// (z − y − ν)²/2.
    T fenchel_young(const T& z, const T& y, const T& nu) const {
        return square(T(z - y - nu)) / T(2);
    }
    T dual_scale(const T&, const T&) const { return T(1); }

    static SquaredError from(const LossSpec&) { return {}; }
    static const char* wanted_response(const Rational&) { return nullptr; }
    static std::vector<LossSpec> example_specs() {
        return example_designs(name, [](Index, const Rational& y) { return y; });
    }
};

}  // namespace detail

/// Least squares  L(θ) = ‖Xθ − y‖² / (2n).
///
/// Shapes   X: (n × d), y: (n), θ: (d).
/// Units    y², halved and averaged.
/// Exact    polynomial: exact over `Rational`; convex, strongly iff X has full column rank.
/// Source   glmnet's and scikit-learn's Lasso take the same 1/(2n).
template <Field T>
using LeastSquares = detail::LinearModel<detail::SquaredError<T>>;

}  // namespace hadamard::loss
