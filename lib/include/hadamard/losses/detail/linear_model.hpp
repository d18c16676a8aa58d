#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/core/product.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hadamard::loss::detail {

// clang-format off
/// ℓ(z; y), convex in the linear predictor z: what tells one linear model from another.
///
/// ℓ*(ν; y) = sup_z νz − ℓ(z; y) is the conjugate; duality gaps need it in two forms that do not
/// cancel: the Fenchel–Young distance of ν from ℓ'(z), and how far ν may be stretched.
template <class P>
concept Pointwise = Field<typename P::Scalar> &&
    requires(const P p, const typename P::Scalar& a, const LossSpec& spec, const Rational& y) {
    { p.value(a, a) } -> std::same_as<typename P::Scalar>;              // ℓ(z; y)
    { p.derivative(a, a) } -> std::same_as<typename P::Scalar>;         // ℓ'(z; y)
    { p.curvature(a, a) } -> std::same_as<typename P::Scalar>;          // ℓ''(z; y)
    { p.fenchel_young(a, a, a) } -> std::same_as<typename P::Scalar>;   // ℓ + ℓ* − zν; (z,y,ν)
    { p.dual_scale(a, a) } -> std::same_as<typename P::Scalar>;  // max s ≤ 1: ℓ*(sν) < ∞; (ν,y)
    { P::from(spec) } -> std::same_as<P>;
    { P::example_specs() } -> std::same_as<std::vector<LossSpec>>;
    { P::wanted_response(y) } -> std::same_as<const char*>;  // nullptr iff y is acceptable
    { P::name } -> std::convertible_to<std::string_view>;
    { P::over_rational } -> std::convertible_to<bool>;
    { P::smoothness } -> std::convertible_to<int>;
};
// clang-format on

/// Mean loss of a linear model:  L(θ) = (1/n) Σ_i ℓ(x_iᵀθ; y_i).
///
/// Shapes   X: (n × d), y: (n), θ: (d).
/// Units    those of ℓ; the 1/n makes λ comparable across n.
/// Exact    over `Rational` where ℓ is.
/// Source   ∇L = Xᵀ ℓ'(Xθ)/n and ∇²L v = Xᵀ diag ℓ''(Xθ) X v/n, the chain rule.
/// @pre n ≥ 1, d ≥ 1, y has n entries in ℓ's domain.
template <Pointwise P>
class LinearModel {
public:
    using Scalar = typename P::Scalar;
    static constexpr std::string_view name = P::name;
    static constexpr bool over_rational = P::over_rational;

    LinearModel(Matrix<Scalar> design, Vector<Scalar> response, P pointwise = P())
        : X_(std::move(design)), y_(std::move(response)), pointwise_(std::move(pointwise)) {
        require(X_.rows() >= 1 && X_.cols() >= 1, "LinearModel: empty design");
        require_size(y_.size(), X_.rows(), "LinearModel: response");
    }

    /// @throws InputError naming the field and row that do not fit.
    static LinearModel from(const LossSpec& spec) {
        const std::string who = std::string(name) + ": ";
        if (spec.X.rows() < 1) throw InputError(who + "X has no rows; at least one is needed");
        if (spec.X.cols() < 1) throw InputError(who + "X has no columns; at least one is needed");
        if (spec.y.size() != spec.X.rows())
            throw InputError(who + "y has " + std::to_string(spec.y.size()) + " entries, X has " +
                             std::to_string(spec.X.rows()) + " rows; they must agree");
        for (Index i = 0; i < spec.y.size(); ++i)
            if (const char* wanted = P::wanted_response(spec.y[i]))
                throw InputError(who + "y[" + std::to_string(i) + "] is " + spec.y[i].str() +
                                 "; it must be " + wanted);
        return LinearModel(from_rational<Scalar>(spec.X), from_rational<Scalar>(spec.y),
                           P::from(spec));
    }

    static std::vector<LossSpec> example_specs() { return P::example_specs(); }

    Index size() const { return X_.cols(); }
    bool is_convex() const { return true; }
    int smoothness() const { return P::smoothness; }

    const Matrix<Scalar>& design() const { return X_; }
    const Vector<Scalar>& response() const { return y_; }
    const P& pointwise() const { return pointwise_; }
    Index observations() const { return X_.rows(); }

    /// z = Xθ.
    Vector<Scalar> predictors(const Vector<Scalar>& theta) const {
        require_size(theta.size(), size(), name.data());
        return times(X_, theta);
    }

    Scalar value(const Vector<Scalar>& theta) const {
        const Vector<Scalar> z = predictors(theta);
        Scalar sum(0);
        for (Index i = 0; i < z.size(); ++i) sum += pointwise_.value(z[i], y_[i]);
        return sum / count();
    }

    Vector<Scalar> gradient(const Vector<Scalar>& theta) const {
        return mean_pullback(linear_derivatives(theta));
    }

    Vector<Scalar> hessian_times(const Vector<Scalar>& theta, const Vector<Scalar>& v) const {
        Vector<Scalar> image = predictors(v);
        const Vector<Scalar> weights = linear_curvatures(theta);
        for (Index i = 0; i < image.size(); ++i) image[i] *= weights[i];
        return mean_pullback(image);
    }

    /// Xᵀ diag ℓ''(Xθ) X / n, with ℓ'' taken once.
    Matrix<Scalar> hessian(const Vector<Scalar>& theta) const {
        Vector<Scalar> weights = linear_curvatures(theta);
        for (Index i = 0; i < weights.size(); ++i) weights[i] /= count();
        return weighted_gram(X_, weights);
    }

    /// ℓ'(x_iᵀθ; y_i), one for each observation.
    Vector<Scalar> linear_derivatives(const Vector<Scalar>& theta) const {
        Vector<Scalar> out = predictors(theta);
        for (Index i = 0; i < out.size(); ++i)
            out[i] = pointwise_.derivative(Scalar(out[i]), y_[i]);
        return out;
    }

    /// ℓ''(x_iᵀθ; y_i), one for each observation.
    Vector<Scalar> linear_curvatures(const Vector<Scalar>& theta) const {
        Vector<Scalar> out = predictors(theta);
        for (Index i = 0; i < out.size(); ++i) out[i] = pointwise_.curvature(Scalar(out[i]), y_[i]);
        return out;
    }

    /// Xᵀν / n.
    Vector<Scalar> mean_pullback(const Vector<Scalar>& nu) const {
        Vector<Scalar> out = transpose_times(X_, nu);
        const Scalar n = count();
        for (Index j = 0; j < out.size(); ++j) out[j] /= n;
        return out;
    }

    /// n as a scalar.
    Scalar count() const { return Scalar(static_cast<int>(X_.rows())); }

private:
    Matrix<Scalar> X_;
    Vector<Scalar> y_;
    P pointwise_;
};

/// Small integers that make every example below: a fixed pattern without two equal rows or columns.
inline LossSpec example_design(std::string_view kind, Index rows, Index cols) {
    LossSpec spec;
    spec.kind = kind;
    spec.X.resize(rows, cols);
    spec.y.resize(rows);
    for (Index i = 0; i < rows; ++i) {
        spec.y[i] = Rational(static_cast<int>((2 * i * i + i) % 5) - 1, 2);
        for (Index j = 0; j < cols; ++j)
            spec.X(i, j) = Rational(static_cast<int>((3 * i + 5 * j + i * j) % 7) - 3);
    }
    return spec;
}

/// A tall, a wide (rank-deficient) and a one-column problem, with responses `response(i)`.
template <class Response>
std::vector<LossSpec> example_designs(std::string_view kind, Response response) {
    std::vector<LossSpec> specs = {example_design(kind, 6, 3), example_design(kind, 2, 4),
                                   example_design(kind, 4, 1)};
    for (LossSpec& spec : specs)
        for (Index i = 0; i < spec.y.size(); ++i) spec.y[i] = response(i, spec.y[i]);
    return specs;
}

/// m·φ(e/m), φ(t) = (1+t) log(1+t) − t: the part that one outcome of mean m adds to the relative
/// entropy of (m + e) to m. Nonnegative, and e²/(2m) to first order.
///
/// Domain   m > 0, m + e ≥ 0; `log_m` = log m, which is finite where m itself may underflow.
/// Error    relative, a few units of rounding also for e ≪ m: there the power series
///          φ(t) = Σ_{j≥2} (−t)^j / (j(j−1)) is summed; over `Interval` the enclosure
///          t²/2 · 1/(1+θt), θ ∈ [0, 1] (Lagrange) is taken.
template <TranscendentalField T>
T entropy_term(const T& e, const T& m, const T& log_m) {
    using std::log;
    if (is_zero(e)) return T(0);
    const T t = e / m;
    if constexpr (std::same_as<T, Interval>) {
        Interval small(1);
        arb_mul_2exp_si(small.data(), small.data(), -Interval::precision() / 3);
        if (certainly_less(abs(t), small))
            return m * square(t) / (Interval(2) * (Interval(1) + hull(Interval(0), t)));
    } else {
        if (magnitude(t) < T(1) / T(8)) {
            T power = t * t, sum = power / T(2);
            for (int j = 3; j < 2000; ++j) {
                power *= -t;
                const T term = power / T(j * (j - 1)), next = sum + term;
                if (next == sum) break;
                sum = next;
            }
            return m * sum;
        }
    }
    const T p = m + e;
    if (sign_of(p) == Sign::zero || sign_of(p) == Sign::negative) return m;  // φ(−1) = 1
    return p * (log(p) - log_m) - e;
}

}  // namespace hadamard::loss::detail
