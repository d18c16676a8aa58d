#pragma once

#include "hadamard/optimizers/detail/spectrum.hpp"

namespace hadamard::optim::detail {

template <RoundedField T>
struct TrustRegionStep {
    Vector<T> s;
    T predicted;       ///< Decrease of the model, ≥ 0.
    bool is_interior;  ///< The radius did not matter.
};

/// The model  m(s) = g·s + ½ sᵀHs, minimised over ‖s‖₂ ≤ radius from H's eigenvectors.
///
/// With c = Vᵀs and γ = Vᵀg the minimizer is c_i = −γ_i / (λ_i + μ), μ ≥ max(0, −λ_1). The unknown
/// is δ = λ_1 + μ and not μ: near a saddle δ may be far below a rounding unit of λ_1.
/// Hard case  γ vanishes on λ_1's eigenspace and λ_1 < 0: the rest of the radius goes along v_1,
///            turned so that its largest entry is positive.
/// Noise      eigenvalues without a certain sign count as positive, and slopes along them at or
///            below `slope_noise` as 0: flat directions are left alone.
/// Source     Conn, Gould and Toint, Trust-Region Methods, section 7.3.
template <RoundedField T>
class TrustRegionModel {
public:
    TrustRegionModel(const Spectrum<T>& spectrum, const Vector<T>& gradient, const T& slope_noise)
        : vectors_(spectrum.vectors),
          values_(spectrum.values),
          slopes_(spectrum.vectors.transpose() * gradient) {
        const T error = spectrum.error();
        for (Index i = 0; i < values_.size(); ++i) {
            if (error < magnitude(T(values_[i]))) continue;
            values_[i] = error;
            if (magnitude(T(slopes_[i])) <= slope_noise) slopes_[i] = T(0);
        }
        lowest_ = values_.minCoeff(&lowest_index_);
    }

    TrustRegionStep<T> within(const T& radius) const {
        const T start = lowest_ < T(0) ? T(0) : lowest_;
        Vector<T> c = coefficients(start);
        T length = c.norm();
        const bool fits = is_finite(length) && length <= radius;
        const bool is_interior = fits && !(lowest_ < T(0));
        if (!fits) {
            c = coefficients(secular_root(radius, start));
        } else if (!is_interior) {
            c[lowest_index_] += turn() * square_root(T((radius - length) * (radius + length)));
        }
        T predicted(0);
        for (Index i = 0; i < c.size(); ++i)
            predicted -= c[i] * (slopes_[i] + values_[i] * c[i] / T(2));
        return {vectors_ * c, predicted, is_interior};
    }

private:
    /// A slope 0 gives 0, also over a denominator 0.
    Vector<T> coefficients(const T& delta) const {
        Vector<T> c = Vector<T>::Zero(slopes_.size());
        for (Index i = 0; i < c.size(); ++i)
            if (slopes_[i] != T(0)) c[i] = -slopes_[i] / (values_[i] - lowest_ + delta);
        return c;
    }

    T turn() const {
        Index largest = 0;
        vectors_.col(lowest_index_).cwiseAbs().maxCoeff(&largest);
        return vectors_(largest, lowest_index_) < T(0) ? T(-1) : T(1);
    }

    /// ‖c(δ)‖ = radius to one percent. Newton's method on 1/‖c‖, which increases and is concave in
    /// δ: monotone once left of the root, and kept in a bracket until then.
    T secular_root(const T& radius, T low) const {
        T high = slopes_.norm() / radius;
        T delta = low;
        for (int step = 0; step < 200; ++step) {
            const Vector<T> c = coefficients(delta);
            const T length = c.norm();
            if (magnitude(T(length - radius)) <= radius / T(100)) return delta;
            (length < radius ? high : low) = delta;
            T bend(0);
            for (Index i = 0; i < c.size(); ++i)
                if (slopes_[i] != T(0)) bend += c[i] * c[i] / (values_[i] - lowest_ + delta);
            delta += (length / radius - T(1)) * length * length / bend;
            if (!(low < delta && delta < high))
                delta = low == T(0) ? T(high / T(1000)) : T((low + high) / T(2));
        }
        return high;
    }

    const Matrix<T>& vectors_;
    Vector<T> values_;
    Vector<T> slopes_;
    T lowest_;
    Index lowest_index_ = 0;
};

}  // namespace hadamard::optim::detail
