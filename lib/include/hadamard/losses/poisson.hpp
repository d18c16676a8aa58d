#pragma once

#include "hadamard/losses/detail/linear_model.hpp"

namespace hadamard::loss {

namespace detail {

/// ℓ(z; y) = e^z − yz for a count y; ℓ*(ν; y) = p log p − p, p = ν + y ≥ 0.
template <Field T>
class PoissonError {
public:
    using Scalar = T;
    static constexpr std::string_view name = "poisson";
    static constexpr bool over_rational = false;
    static constexpr int smoothness = analytic;

    T value(const T& z, const T& y) const {
        using std::exp;
        return exp(z) - y * z;
    }
    T derivative(const T& z, const T& y) const {
        using std::exp;
        return exp(z) - y;
    }
    T curvature(const T& z, const T&) const {
        using std::exp;
        return exp(z);
    }

    /// The relative entropy of the Poisson mean p to the mean e^z.
    T fenchel_young(const T& z, const T& y, const T& nu) const {
        using std::exp;
        const T mean = exp(z);
        return entropy_term(T(nu + y - mean), mean, z);
    }

    T dual_scale(const T& nu, const T& y) const {
        // s ν ≥ −y; at y = 0 that asks for ν ≥ 0.
        if (is_zero(y)) {
            const Sign sign = sign_of(nu);
            if (sign == Sign::positive || sign == Sign::zero) return T(1);
            if constexpr (std::same_as<T, Interval>)
                if (sign == Sign::unknown)
                    return Interval::ball(Interval(1) / Interval(2), Interval(1) / Interval(2));
            return T(0);
        }
        return T(1) / larger(T(1), T(-nu / y));
    }

    static PoissonError from(const LossSpec&) { return {}; }
    static const char* wanted_response(const Rational& y) {
        return y >= 0 && denominator(y) == 1 ? nullptr : "an integer, 0 or larger";
    }
    static std::vector<LossSpec> example_specs() {
        return example_designs(name, [](Index i, const Rational&) { return Rational(i * i % 4); });
    }
};

}  // namespace detail

/// Poisson loss with logarithmic link  L(θ) = (1/n) Σ_i e^{z_i} − y_i z_i,  z_i = x_iᵀθ.
///
/// Shapes   X: (n × d), y: (n), θ: (d).
/// Units    nats per observation, less the constant log y_i!.
/// Error    not over `Rational`; e^z overflows `double` to infinity above z ≈ 709.
/// Source   half of glmnet's Poisson deviance, up to a constant.
/// @pre every y_i is a nonnegative integer.
template <Field T>
using Poisson = detail::LinearModel<detail::PoissonError<T>>;

}  // namespace hadamard::loss
