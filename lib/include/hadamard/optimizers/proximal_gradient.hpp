#pragma once

#include "hadamard/objectives/prox_residual.hpp"
#include "hadamard/optimizers/detail/run.hpp"

#include <optional>

namespace hadamard::optim {

enum class Restart { none, gradient, function };

/// Proximal gradient method for P = L + λR:  z = prox_{tλR}(y − t∇L(y)), t by backtracking.
///
/// Momentum   FISTA with adaptive restart for convex P (q = 1 and L certainly convex); otherwise
///            none: y = x, and P never rises beyond 64 rounding units of L.
/// Rounding   a step that does not move x ends the run: `converged` if the certificate is within
///            the tolerance or 64 n rounding units of ‖∇L‖ + ‖x‖/t, else `line_search_failed`.
/// Report     certificate: prox_residual(x, t) with the current step t; while momentum runs, the
///            watcher sees that of the extrapolated point y, and the end that of x.
/// Source     Beck and Teboulle 2009; O'Donoghue and Candès 2015 (restart).
template <RoundedField T>
class ProximalGradient {
public:
    using Scalar = T;
    static constexpr std::string_view name = "proximal_gradient";

    struct Settings {
        T tolerance = square_root(rounding_unit<T>());  ///< On the certificate, ≥ 0 (units of ∇L).
        T first_step = T(0);  ///< ≥ 0 (units of x² / L); 0: 1/‖∇²L(x0)‖ by power iteration.
        T shrink = T(1) / T(2);               ///< Backtracking factor, in (0, 1).
        Restart restart = Restart::gradient;  ///< Of the momentum.
        bool momentum = true;                 ///< Where the problem allows it.
        Index max_iterations = 100'000;       ///< Steps, ≥ 0.
        Index max_backtracks = 200;           ///< Per iteration, ≥ 1.
    };

    ProximalGradient() : ProximalGradient(Settings()) {}

    explicit ProximalGradient(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "ProximalGradient: tolerance must be >= 0");
        require(T(0) <= s_.first_step && is_finite(s_.first_step),
                "ProximalGradient: first_step must be >= 0");
        require(T(0) < s_.shrink && s_.shrink < T(1), "ProximalGradient: shrink not in (0, 1)");
        require(s_.max_iterations >= 0 && s_.max_backtracks >= 1, "ProximalGradient: bad limits");
    }

    /// @pre x0 has f.size() entries.
    template <CompositeObjective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "ProximalGradient: x0");
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        const bool has_momentum =
            s_.momentum && f.penalty().exponent() == Exponent(1) && f.loss().is_convex();
        State now{x0, x0, f.value(x0), T(1), first_step(f, x0), true};
        now.certificate = residual(f, now, run.report);
        for (;; ++run.report.iterations) {
            if (!run.shows(now.x, now.value, now.certificate)) return run.ended(Stop::interrupted);
            if (!is_finite(now.value) || !is_finite(now.certificate))
                return run.ended(Stop::non_finite);
            if (now.is_certified && now.certificate <= s_.tolerance)
                return run.ended(Stop::converged);
            std::optional<Stop> end;
            if (run.report.iterations == s_.max_iterations) end = Stop::iteration_limit;
            if (!end) end = advance(f, now, has_momentum, run.report);
            if (!end) continue;
            if (!now.is_certified) now.certificate = residual(f, now, run.report);
            if (*end != Stop::non_finite) run.record(now.x, now.value, now.certificate);
            if (*end == Stop::line_search_failed && now.certificate <= rounding(f, now))
                end = Stop::converged;
            return run.ended(*end);
        }
    }

private:
    struct State {
        Vector<T> x;  // the iterate
        Vector<T> y;  // where the next step starts
        T value;      // P(x)
        T momentum;   // FISTA's t_k
        T step;
        bool is_certified;  // the certificate is that of x, not of the last y
        T certificate = T(0);
    };

    template <CompositeObjective F>
    static T residual(const F& f, State& now, Report<T>& report) {
        report.evaluations += 1;
        now.is_certified = true;
        return prox_residual(f.penalty(), now.x, Vector<T>(f.loss().gradient(now.x)), T(f.lambda()),
                             now.step);
    }

    /// 1/‖∇²L v‖ for a unit v after ten power iterations: about 1/‖∇²L‖, from above.
    template <CompositeObjective F>
    T first_step(const F& f, const Vector<T>& x) const {
        if (T(0) < s_.first_step) return s_.first_step;
        Vector<T> v(x.size());
        for (Index i = 0; i < v.size(); ++i) v[i] = T(1 + static_cast<int>(i % 7));
        T curvature(0);
        for (int i = 0; i < 10; ++i) {
            v = f.loss().hessian_times(x, Vector<T>(v / v.norm()));
            curvature = v.norm();
            if (!(T(0) < curvature) || !is_finite(curvature)) return T(1);
        }
        return T(1) / curvature;
    }

    /// One step. Where the momentum only led uphill it is repeated from x itself.
    template <CompositeObjective F>
    std::optional<Stop> advance(const F& f, State& now, bool has_momentum,
                                Report<T>& report) const {
        bool was_finite = true;
        const std::optional<Vector<T>> z = forward_backward(f, now, was_finite, report);
        if (!z) return was_finite ? Stop::line_search_failed : Stop::non_finite;
        const T value = f.value(*z);
        ++report.evaluations;
        if (*z == now.x && now.y == now.x) return Stop::line_search_failed;
        const bool uphill = value > now.value && s_.restart == Restart::function;
        if (has_momentum && uphill && now.y != now.x) {
            now.momentum = T(1);
            now.y = now.x;
            return std::nullopt;
        }
        const Vector<T> back = now.y - *z, ahead = *z - now.x;
        move(now, *z, value, has_momentum, back.dot(ahead));
        now.certificate = back.norm() / now.step;
        now.is_certified = false;
        if (!has_momentum || now.certificate <= T(2) * s_.tolerance)
            now.certificate = residual(f, now, report);
        return std::nullopt;
    }

    /// prox_{tλR}(y − t∇L(y)) with t small enough for the quadratic bound
    /// L(z) ≤ L(y) + ∇L(y)·(z − y) + ‖z − y‖²/(2t); nothing, and t as before, if no t is.
    template <CompositeObjective F>
    std::optional<Vector<T>> forward_backward(const F& f, State& now, bool& was_finite,
                                              Report<T>& report) const {
        const T loss = f.loss().value(now.y), rounding = detail::grown_rounding(T(0), loss);
        const Vector<T> g = f.loss().gradient(now.y);
        report.evaluations += 2;
        T step = now.step;
        for (Index i = 0; i < s_.max_backtracks; ++i, step *= s_.shrink) {
            Vector<T> z = f.penalty().prox(Vector<T>(now.y - step * g), T(step * T(f.lambda())));
            if (i > 0 && z == now.y) break;  // too short a step to be judged
            const Vector<T> d = z - now.y;
            const T reached = f.loss().value(z);
            ++report.evaluations;
            was_finite = is_finite(reached);
            if (reached <= loss + g.dot(d) + d.squaredNorm() / (T(2) * step) + rounding) {
                now.step = step;
                return z;
            }
        }
        return std::nullopt;
    }

    void move(State& now, const Vector<T>& z, const T& value, bool has_momentum,
              const T& against) const {
        if (!has_momentum || (s_.restart == Restart::gradient && T(0) < against)) {
            now.momentum = T(1);
            now.y = z;
        } else {
            const T next =
                (T(1) + square_root(T(T(1) + T(4) * now.momentum * now.momentum))) / T(2);
            now.y = z + T((now.momentum - T(1)) / next) * Vector<T>(z - now.x);
            now.momentum = next;
        }
        now.x = z;
        now.value = value;
    }

    template <CompositeObjective F>
    T rounding(const F& f, const State& now) const {
        const T scale = f.loss().gradient(now.x).norm() + now.x.norm() / now.step;
        const T units = T(64 * static_cast<long>(now.x.size())) * rounding_unit<T>();
        return s_.tolerance < units * scale ? T(units * scale) : s_.tolerance;
    }

    Settings s_;
};

}  // namespace hadamard::optim
