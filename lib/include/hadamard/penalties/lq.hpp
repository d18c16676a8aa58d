#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/penalties/detail/block.hpp"
#include "hadamard/penalties/detail/power_prox.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hadamard::penalty {

/// Weighted ℓ_q penalty  R(β) = Σ_i w_i |β_i|^q,  0 < q ≤ 1.
///
/// Shapes     β: (d); weights: (d). Weight 0: the coordinate is not penalised and is in no block.
/// Exact      over `Rational` where |β_i|^q, |β_i|^{q−1} are rational (β_i = ±t^k, q = 2/k), else
///            NotRepresentable; `prox` and `stationarity` always at q = 1.
/// Error      `prox` solves its optimality condition to a few rounding units of |x_i|, any scale.
/// Source     claim svf.penalty-equality; prox: minima/scalar_oracle.hpp.
template <Field T>
class Lq {
public:
    using Scalar = T;
    static constexpr std::string_view name = "lq";

    /// All weights 1.
    Lq(Index size, Exponent q) : Lq(size, q, ones(size)) {}

    /// @pre size ≥ 0; q in (0, 1]; `size` finite weights ≥ 0.
    Lq(Index size, Exponent q, std::vector<T> weights) : q_(q), weights_(std::move(weights)) {
        detail::require_exponent(q, "Lq");
        require_size(static_cast<long>(weights_.size()), size, "Lq: weights");
        for (std::size_t i = 0; i < weights_.size(); ++i) {
            const Sign sign = sign_of(weights_[i]);
            require(is_finite(weights_[i]) && (sign == Sign::positive || sign == Sign::zero),
                    "Lq: weight " + std::to_string(i) + " is not a number >= 0");
        }
    }

    Index size() const { return static_cast<Index>(weights_.size()); }
    Exponent exponent() const { return q_; }
    const std::vector<T>& weights() const { return weights_; }

    std::vector<PenaltyBlock<T>> blocks() const {
        std::vector<PenaltyBlock<T>> out;
        for (Index i = 0; i < size(); ++i)
            if (is_penalised(i)) out.push_back({{i}, weight(i)});
        return out;
    }

    /// The zero coordinates, of slope w_i if q = 1.
    std::vector<Kink<T>> kinks(const Vector<T>& x) const {
        require_size(x.size(), size(), "Lq::kinks");
        return detail::kinks_at_zero_blocks(blocks(), q_, x);
    }

    T value(const Vector<T>& x) const {
        require_size(x.size(), size(), "Lq::value");
        T sum(0);
        for (Index i = 0; i < size(); ++i)
            if (is_penalised(i)) sum += weight(i) * abs_power(x[i], q_);
        return sum;
    }

    /// w_i q |β_i|^{q−1} sign β_i on the support, 0 elsewhere.
    Vector<T> gradient(const Vector<T>& x) const {
        require_size(x.size(), size(), "Lq::gradient");
        Vector<T> out = Vector<T>::Constant(size(), T(0));
        for (Index i = 0; i < size(); ++i)
            if (is_penalised(i) && !is_zero(x[i])) out[i] = slope(x[i], i);
        return out;
    }

    /// diag w_i q (q−1) |β_i|^{q−2} on the support, 0 elsewhere. Over `Interval` the whole line where
    /// β_i may be 0 and need not: the gradient may jump there.
    Matrix<T> hessian(const Vector<T>& x) const {
        require_size(x.size(), size(), "Lq::hessian");
        Matrix<T> out = Matrix<T>::Constant(size(), size(), T(0));
        for (Index i = 0; i < size(); ++i)
            if (is_penalised(i) && !is_zero(x[i])) out(i, i) = weight(i) * bend(x[i]);
        return out;
    }

    /// The same penalty of x[positions], x ∈ R^size.
    Lq embed(Index size, const IndexList& positions) const {
        detail::require_positions(positions, this->size(), size, "Lq::embed");
        std::vector<T> spread(static_cast<std::size_t>(size), T(0));
        for (std::size_t i = 0; i < positions.size(); ++i)
            spread[static_cast<std::size_t>(positions[i])] = weights_[i];
        return Lq(size, q_, std::move(spread));
    }

    /// argmin_z  step·R(z) + ½‖z − x‖²; at a tie the minimizer 0.   @pre step ≥ 0.
    Vector<T> prox(const Vector<T>& x, const T& step) const requires OrderedField<T> {
        require_size(x.size(), size(), "Lq::prox");
        require(T(0) <= step, "Lq::prox: step must be >= 0");
        Vector<T> out(size());
        for (Index i = 0; i < size(); ++i) {
            const T shrunk = detail::power_prox(magnitude(x[i]), T(step * weight(i)), q_);
            out[i] = x[i] < T(0) && T(0) < shrunk ? T(-shrunk) : shrunk;  // no -0
        }
        return out;
    }

    /// dist(−g, a ∂R(x)) in the maximum over coordinates, with the limiting subdifferential: at
    /// x_i = 0 it is [−w_i, w_i] for q = 1 and all of R for q < 1.
    T stationarity(const Vector<T>& x, const Vector<T>& g,
                   const T& a) const requires OrderedField<T> {
        require_size(x.size(), size(), "Lq::stationarity(x)");
        require_size(g.size(), size(), "Lq::stationarity(g)");
        T worst(0);
        for (Index i = 0; i < size(); ++i) worst = detail::worse(worst, distance(x[i], g[i], a, i));
        return worst;
    }

    /// Small members that reach every branch: each closed form, Newton's method, a weight 0.
    static std::vector<Lq> examples() {
        return {Lq(2, 1), Lq(3, Exponent(2, 3), {T(1), T(0), T(1) / T(4)}), Lq(2, Exponent(1, 2)),
                Lq(2, Exponent(2, 5), {T(3), T(1) / T(2)}), Lq(2, Exponent(4, 5))};
    }

private:
    const T& weight(Index i) const { return weights_[static_cast<std::size_t>(i)]; }
    bool is_penalised(Index i) const { return !is_zero(weight(i)); }

    static std::vector<T> ones(Index size) {
        require(size >= 0, "Lq: negative size");
        return std::vector<T>(static_cast<std::size_t>(size), T(1));
    }

    T slope(const T& b, Index i) const { return weight(i) * q_.as<T>() * signed_power(b, q_ - 1); }

    /// d²/db² |b|^q.
    T bend(const T& b) const {
        if (q_ == Exponent(1)) return sign_slope(b);
        return (q_ * (q_ - 1)).as<T>() * abs_power(b, q_ - 2);
    }

    T distance(const T& b, const T& g, const T& a, Index i) const {
        if (!is_penalised(i)) return magnitude(g);
        if (!is_zero(b)) return magnitude(T(g + a * slope(b, i)));
        if (q_ < Exponent(1)) return T(0);
        const T bound = a * weight(i);
        return magnitude(g) <= bound ? T(0) : T(magnitude(g) - bound);
    }

    Exponent q_;
    std::vector<T> weights_;
};

static_assert(ProximalPenalty<Lq<double>>);
static_assert(ProximalPenalty<Lq<Rational>>);
static_assert(Penalty<Lq<Interval>>);

}  // namespace hadamard::penalty
