#pragma once

/// @file
/// Raises the precision of a stationary point without decomposing a matrix in high precision.

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <Eigen/LU>

#include <optional>

namespace hadamard::optim {

/// Newton's method on the `active` coordinates, the others kept, with one Hessian, factorised in
/// double: x ← x − H⁻¹∇f(x) in T. Each step gains as many digits as H is good to, and costs one
/// gradient. Nothing when the steps stop shrinking before they reach the rounding level of T.
template <RoundedField T, class F>
std::optional<Vector<T>> refined(const F& f, const Matrix<double>& hessian, const IndexList& active,
                                 Vector<T> x) {
    constexpr int most_steps = 120;
    if (active.empty()) return x;
    const Eigen::PartialPivLU<Matrix<double>> lu(Matrix<double>(hessian(active, active)));
    const T goal = T(1000) * rounding_unit<T>();
    T last(-1);
    for (int step = 0; step < most_steps; ++step) {
        const Vector<T> gradient = gather(Vector<T>(f.gradient(x)), active);
        const T scale = gradient.norm();
        if (!is_finite(scale)) return std::nullopt;
        if (scale == T(0)) return x;
        // The right-hand side is scaled to 1: 1e-200 has no place in a double.
        const Vector<double> unit = from_rational<double>(to_rational<T>(gradient / scale));
        const Vector<double> direction = lu.solve(unit);
        if (!direction.allFinite()) return std::nullopt;
        const Vector<T> move = scale * direction.template cast<T>();
        const T length = move.norm();
        const bool arrived = length <= goal * (T(1) + x.norm());
        if (!arrived && last >= T(0) && !(T(2) * length < last)) return std::nullopt;
        scatter(x, active, Vector<T>(gather(x, active) - move));
        if (arrived) return x;
        last = length;
    }
    return std::nullopt;
}

}  // namespace hadamard::optim
