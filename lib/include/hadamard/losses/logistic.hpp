#pragma once

#include "hadamard/losses/detail/linear_model.hpp"

namespace hadamard::loss {

namespace detail {

/// log(1 + e^z), without overflow.
template <TranscendentalField T>
T softplus(const T& z) {
    using std::exp;
    using std::log1p;
    if constexpr (std::same_as<T, Interval>) {
        // One use of z keeps the enclosure of a wide ball tight; only a huge exponent forbids it.
        if (!certainly_less(Interval(1000), z)) return log1p(exp(z));
        return z + log1p(exp(-z));
    } else {
        return z > T(0) ? T(z + log1p(exp(T(-z)))) : T(log1p(exp(z)));
    }
}

/// 1/(1 + e^{−z}), to relative accuracy at both ends.
template <TranscendentalField T>
T sigmoid(const T& z) {
    using std::exp;
    if constexpr (!std::same_as<T, Interval>) {
        if (z < T(0)) {
            const T odds = exp(z);
            return odds / (T(1) + odds);
        }
    }
    return T(1) / (T(1) + exp(T(-z)));
}

/// ℓ(z; y) = log(1 + e^z) − yz for y ∈ {0, 1}; ℓ*(ν; y) = p log p + (1−p) log(1−p), p = ν + y.
///
/// Since ℓ(z; 1) = ℓ(−z; 0), everything is computed at y = 0 after a reflection: no 1 − p cancels.
template <Field T>
class LogisticError {
public:
    using Scalar = T;
    static constexpr std::string_view name = "logistic";
    static constexpr bool over_rational = false;
    static constexpr int smoothness = analytic;

    T value(const T& z, const T& y) const { return softplus(reflect(z, y)); }
    T derivative(const T& z, const T& y) const { return reflect(sigmoid(reflect(z, y)), y); }
    T curvature(const T& z, const T&) const { return sigmoid(z) * sigmoid(T(-z)); }

    /// The relative entropy of the coin p to the coin σ(z).
    T fenchel_young(const T& z, const T& y, const T& nu) const {
        const T a = reflect(z, y), p = reflect(nu, y);
        const T e = p - sigmoid(a);
        return entropy_term(e, sigmoid(a), T(-softplus(T(-a)))) +
               entropy_term(T(-e), sigmoid(T(-a)), T(-softplus(a)));
    }

    T dual_scale(const T& nu, const T& y) const {
        const T p = reflect(nu, y);
        switch (sign_of(p)) {
            case Sign::negative: return T(0);
            case Sign::unknown: break;
            default: return T(1) / larger(T(1), p);
        }
        if constexpr (std::same_as<T, Interval>)
            return Interval::ball(Interval(1) / Interval(2), Interval(1) / Interval(2));
        else
            return T(0);
    }

    static LogisticError from(const LossSpec&) { return {}; }
    static const char* wanted_response(const Rational& y) {
        return y == 0 || y == 1 ? nullptr : "0 or 1";
    }
    static std::vector<LossSpec> example_specs() {
        return example_designs(name, [](Index i, const Rational&) { return Rational(i % 2); });
    }

private:
    static T reflect(const T& a, const T& y) { return is_zero(y) ? a : T(-a); }
};

}  // namespace detail

/// Logistic loss  L(θ) = (1/n) Σ_i log(1 + e^{z_i}) − y_i z_i,  z_i = x_iᵀθ,  y_i ∈ {0, 1}.
///
/// Shapes   X: (n × d), y: (n), θ: (d).
/// Units    nats per observation.
/// Error    no overflow and no cancellation at any z, in every scalar; not over `Rational`.
/// Source   glmnet's binomial deviance is twice this value.
/// @pre every y_i is 0 or 1.
template <Field T>
using Logistic = detail::LinearModel<detail::LogisticError<T>>;

}  // namespace hadamard::loss
