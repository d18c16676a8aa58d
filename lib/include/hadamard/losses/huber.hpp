#pragma once

#include "hadamard/losses/detail/linear_model.hpp"

namespace hadamard::loss {

namespace detail {

/// ℓ(z; y) = r²/2 if |r| ≤ δ, else δ|r| − δ²/2, r = z − y; ℓ*(ν; y) = ν²/2 + yν on |ν| ≤ δ.
///
/// Over `Interval`, where |r| ≤ δ may be undecidable, every result encloses both branches, and the
/// curvature is [0, 1], the whole generalised derivative of ℓ', unless |r| ≠ δ certainly.
template <Field T>
class HuberError {
public:
    using Scalar = T;
    static constexpr std::string_view name = "huber";
    static constexpr bool over_rational = true;
    static constexpr int smoothness = 1;

    /// @pre δ > 0.
    explicit HuberError(T delta = T(1)) : delta_(std::move(delta)) {
        require(sign_of(delta_) == Sign::positive, "HuberError: delta must be positive");
    }

    const T& delta() const { return delta_; }

    T value(const T& z, const T& y) const {
        const T r = z - y, size = magnitude(r);
        const T inner = square(r) / T(2), outer = delta_ * size - square(delta_) / T(2);
        const Sign room = sign_of(T(delta_ - size));
        if constexpr (std::same_as<T, Interval>)
            if (room == Sign::unknown) return hull(inner, outer);
        return room == Sign::negative ? outer : inner;
    }

    T derivative(const T& z, const T& y) const {
        return larger(T(-delta_), smaller(delta_, T(z - y)));
    }

    T curvature(const T& z, const T& y) const {
        const Sign room = sign_of(T(delta_ - magnitude(T(z - y))));
        if constexpr (std::same_as<T, Interval>)
            if (room == Sign::unknown || room == Sign::zero)
                return Interval::ball(Interval(1) / Interval(2), Interval(1) / Interval(2));
        return room == Sign::negative ? T(0) : T(1);
    }

    /// (r − ν)²/2 in the quadratic zone; outside, with s = sign r, (δ − sν)(|r| − (δ + sν)/2).
    T fenchel_young(const T& z, const T& y, const T& nu) const {
        const T r = z - y;
        const T inner = square(T(r - nu)) / T(2);
        const T along = unit_sign(r) * nu;
        const T outer = (delta_ - along) * (magnitude(r) - (delta_ + along) / T(2));
        const Sign room = sign_of(T(delta_ - magnitude(r)));
        if constexpr (std::same_as<T, Interval>)
            if (room == Sign::unknown) return hull(inner, outer);
        return room == Sign::negative ? outer : inner;
    }

    T dual_scale(const T& nu, const T&) const {
        return T(1) / larger(T(1), T(magnitude(nu) / delta_));
    }

    static HuberError from(const LossSpec& spec) {
        if (spec.delta <= 0)
            throw InputError("huber: delta is " + spec.delta.str() + "; it must be positive");
        return HuberError(from_rational<T>(spec.delta));
    }
    static const char* wanted_response(const Rational&) { return nullptr; }

    /// At θ = 0 the first has residuals inside, outside and on the border of the quadratic zone.
    static std::vector<LossSpec> example_specs() {
        std::vector<LossSpec> specs =
            example_designs(name, [](Index, const Rational& y) { return y; });
        specs.front().delta = Rational(1, 2);
        specs.back().delta = Rational(3, 2);
        return specs;
    }

private:
    T delta_;
};

}  // namespace detail

/// Huber's loss  L(θ) = (1/n) Σ_i h(x_iᵀθ − y_i),  h(r) = r²/2 if |r| ≤ δ, else δ|r| − δ²/2.
///
/// Shapes   X: (n × d), y: (n), θ: (d).
/// Units    δ in units of y; value in units of y², halved and averaged.
/// Exact    piecewise polynomial: exact over `Rational`. C^{1,1}, not C²: at |r| = δ the Hessian
///          takes the curvature 1 of the inner side, over `Interval` the whole of [0, 1].
/// Source   Huber 1964, doi:10.1214/aoms/1177703732. scikit-learn's HuberRegressor differs: it
///          estimates a scale and does not halve.
/// @pre δ > 0.
template <Field T>
using Huber = detail::LinearModel<detail::HuberError<T>>;

}  // namespace hadamard::loss
