#pragma once

#include "hadamard/optimizers/detail/epochs.hpp"

namespace hadamard::optim {

/// Adam with bias correction, elementwise:
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,
///     x ← x − η_t m̂ / (√v̂ + ε),   m̂ = m/(1 − β₁^t),   v̂ = v/(1 − β₂^t),   t = 1, 2, …
/// where g = ∇f(x), or ∇f_B(x) of a mini-batch B of a `Sampled` objective.
///
/// Penalty    λS is part of f, and its gradient is rescaled with the rest: torch.optim.Adam with
///            weight_decay (optimizers/weight_decay.hpp), not AdamW.
/// Guarantee  the first step is −η g/(|g| + ε), in effect −η sign g. Same seed, same result. No
///            descent is promised; with a constant η the iterates may circle a minimizer at a
///            distance of order η: let the cosine end at 0. Where g has always been 0 (a unit all
///            of whose factors are 0) x stays.
/// Balance    the flow law of the factors (claim flow-balance) is one of the gradient flow and does
///            not hold under Adam.
/// Report     as StochasticGradient.
/// Source     Kingma and Ba 2015, arXiv 1412.6980, algorithm 1.
template <RoundedField T>
class Adam {
public:
    using Scalar = T;
    static constexpr std::string_view name = "adam";

    struct Settings : EpochSettings<T> {
        T beta1 = T(9) / T(10);             ///< In [0, 1).
        T beta2 = T(999) / T(1000);         ///< In [0, 1).
        T epsilon = T(1) / T(100'000'000);  ///< ε > 0, units of ∇f.
    };

    Adam() : Adam(Settings()) {}

    explicit Adam(Settings settings) : s_(std::move(settings)) {
        s_.check("Adam");
        require(T(0) <= s_.beta1 && s_.beta1 < T(1), "Adam: beta1 not in [0, 1)");
        require(T(0) <= s_.beta2 && s_.beta2 < T(1), "Adam: beta2 not in [0, 1)");
        require(T(0) < s_.epsilon && is_finite(s_.epsilon), "Adam: epsilon must be positive");
    }

    /// @pre x0 has f.size() entries; batch = 0 or f is a `SampledObjective`.
    template <Objective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "Adam: x0");
        return detail::Epochs<T, F, Moments>(f, s_, Moments(s_, x0.size())).run(x0, watch);
    }

private:
    class Moments {
    public:
        Moments(const Settings& settings, Index size)
            : s_(settings), mean_(Vector<T>::Zero(size)), square_(Vector<T>::Zero(size)) {}

        void step(Vector<T>& x, const Vector<T>& gradient, const T& rate) {
            power1_ *= s_.beta1;
            power2_ *= s_.beta2;
            for (Index i = 0; i < x.size(); ++i) {
                const T& g = gradient[i];
                mean_[i] = s_.beta1 * mean_[i] + (T(1) - s_.beta1) * g;
                square_[i] = s_.beta2 * square_[i] + (T(1) - s_.beta2) * g * g;
                const T mean = mean_[i] / (T(1) - power1_), size = square_[i] / (T(1) - power2_);
                x[i] -= rate * mean / (square_root(size) + s_.epsilon);
            }
        }

    private:
        const Settings& s_;
        Vector<T> mean_;
        Vector<T> square_;
        T power1_ = T(1);  // β₁^t
        T power2_ = T(1);
    };

    Settings s_;
};

}  // namespace hadamard::optim
