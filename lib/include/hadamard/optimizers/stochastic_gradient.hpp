#pragma once

#include "hadamard/optimizers/detail/epochs.hpp"

namespace hadamard::optim {

/// Stochastic gradient descent with heavy-ball momentum, PyTorch's way:
///     v ← μ v + g,   x ← x − η_t v,   v = g in the first step,
/// where g = ∇f(x), or ∇f_B(x) of a mini-batch B of a `Sampled` objective.
///
/// Momentum   η stands outside v: where η_t changes, so does the whole step. Sutskever's v ← μ v −
///            η g, x ← x + v, is the same for a constant η only. In the long run a step is about
///            1/(1 − μ) times as long as without momentum.
/// Penalty    λS is part of f: what others call weight decay, see optimizers/weight_decay.hpp.
/// Guarantee  μ = 0, full batch, constant η: GradientDescent with a fixed step, bit by bit. Same
///            seed, same result. No descent is promised; a run that diverges ends `non_finite`. A
///            unit of Q that starts with all factors 0 stays there (dead_units.hpp). With
///            mini-batches and a constant η the iterates end up wandering about a minimizer.
/// Report     certificate: ‖∇f(x)‖₂ over all rows. The watcher sees the start and every
///            `report_every`-th epoch; `iterations` counts epochs.
/// Source     Robbins and Monro 1951; Polyak 1964; for Q: Ziyin and Wang, arXiv 2210.01212.
template <RoundedField T>
class StochasticGradient {
public:
    using Scalar = T;
    static constexpr std::string_view name = "stochastic_gradient";

    struct Settings : EpochSettings<T> {
        T momentum = T(0);  ///< μ, in [0, 1).
    };

    StochasticGradient() : StochasticGradient(Settings()) {}

    explicit StochasticGradient(Settings settings) : s_(std::move(settings)) {
        s_.check("StochasticGradient");
        require(T(0) <= s_.momentum && s_.momentum < T(1),
                "StochasticGradient: momentum not in [0, 1)");
    }

    /// @pre x0 has f.size() entries; batch = 0 or f is a `SampledObjective`.
    template <Objective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "StochasticGradient: x0");
        return detail::Epochs<T, F, HeavyBall>(f, s_, HeavyBall{s_.momentum, {}}).run(x0, watch);
    }

private:
    struct HeavyBall {
        T momentum;
        Vector<T> velocity;

        void step(Vector<T>& x, const Vector<T>& gradient, const T& rate) {
            if (velocity.size() == 0)
                velocity = gradient;
            else
                velocity = momentum * velocity + gradient;
            x -= rate * velocity;
        }
    };

    Settings s_;
};

}  // namespace hadamard::optim
