#pragma once

#include "hadamard/objectives/prox_residual.hpp"
#include "hadamard/objectives/surrogate.hpp"
#include "hadamard/optimizers/report.hpp"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace hadamard::optim {

/// What there is to know of one iterate ξ on Q, β = K(ξ).
template <class T>
struct Measurement {
    Index iteration = 0;       ///< As the method counts.
    Index evaluations = 0;     ///< Of the method; measuring adds none.
    double seconds = 0;        ///< Wall time of the method; that of measuring is taken off.
    T surrogate_value = T(0);  ///< Q(ξ).
    T base_value = T(0);       ///< P(β) ≤ Q(ξ).
    T imbalance = T(0);  ///< max |imbalance(ξ)|: 0 iff ξ ∈ M(β); |u_l² − u_m²| of neighbours.
    T misalignment = T(0);  ///< S(ξ) − R(β) ≥ 0: (Q(ξ) − P(β))/λ (claim majorization).
    std::optional<T> prox_residual;  ///< Of β for P; nothing where R has no prox.
    std::optional<T> distance;       ///< ‖β − β̂‖₂ to the reference, if there is one.
};

/// A watcher that measures every m-th report of a run on Q: hand it to `minimize`, then to `finish`
/// what that returns.
///
///     Trajectory trajectory(f, {.every = 10, .step = T(1) / T(4), .reference = certified});
///     trajectory.finish(method.minimize(f, x0, trajectory));
///
/// Cost     one loss value and gradient, K, S, R and a prox a measurement.
/// @pre f outlives it.
template <Loss L, Transfer P>
requires RoundedField<typename L::Scalar>
class Trajectory {
public:
    using T = typename L::Scalar;

    struct Settings {
        Index every = 1;  ///< Reports from one measurement to the next, ≥ 1.
        T step = T(1);    ///< Of the prox residual, > 0 (units of x² / L): below 1/‖∇²L‖.
        std::optional<Vector<T>> reference = std::nullopt;  ///< β̂, a certified minimizer say.
    };

    explicit Trajectory(const Surrogate<L, P>& f) : Trajectory(f, Settings()) {}

    Trajectory(const Surrogate<L, P>& f, Settings settings)
        : f_(f), s_(std::move(settings)), penalty_(f.transfer().induced()) {
        require(s_.every >= 1, "Trajectory: every must be >= 1");
        require(T(0) < s_.step && is_finite(s_.step), "Trajectory: step must be positive");
        if (s_.reference)
            require_size(s_.reference->size(), f.transfer().base_size(), "Trajectory: reference");
    }

    void operator()(const Report<T>& report) {
        if (seen_++ % s_.every == 0) measure(report);
    }

    /// Measures the end, unless that was the last thing seen, and returns the report.
    Report<T> finish(Report<T> last) {
        if (measurements_.empty() || measurements_.back().iteration != last.iterations)
            measure(last);
        return last;
    }

    const std::vector<Measurement<T>>& measurements() const { return measurements_; }

private:
    using Clock = std::chrono::steady_clock;

    void measure(const Report<T>& report) {
        const Clock::time_point start = Clock::now();
        const Vector<T> beta = f_.transfer().apply(report.x);
        const T loss = f_.loss().value(beta), S = f_.transfer().penalty(report.x),
                R = penalty_.value(beta);
        Measurement<T> out;
        out.iteration = report.iterations;
        out.evaluations = report.evaluations;
        out.seconds = report.seconds - spent_;
        out.surrogate_value = loss + f_.lambda() * S;
        out.base_value = loss + f_.lambda() * R;
        for (const T& entry : Vector<T>(f_.transfer().imbalance(report.x)))
            if (out.imbalance < magnitude(entry)) out.imbalance = magnitude(entry);
        out.misalignment = S - R;
        if (has_prox())
            out.prox_residual = prox_residual(penalty_, beta, Vector<T>(f_.loss().gradient(beta)),
                                              f_.lambda(), s_.step);
        if (s_.reference) out.distance = Vector<T>(beta - *s_.reference).norm();
        measurements_.push_back(std::move(out));
        spent_ += std::chrono::duration<double>(Clock::now() - start).count();
    }

    bool has_prox() const {
        if constexpr (requires { penalty_.has_prox(); })
            return penalty_.has_prox();
        else
            return true;
    }

    const Surrogate<L, P>& f_;
    Settings s_;
    decltype(std::declval<const P&>().induced()) penalty_;
    std::vector<Measurement<T>> measurements_;
    Index seen_ = 0;
    double spent_ = 0;
};

}  // namespace hadamard::optim
