#pragma once

#include "hadamard/optimizers/detail/run.hpp"
#include "hadamard/optimizers/detail/trust_region.hpp"

#include <optional>

namespace hadamard::optim {

/// Trust-region Newton method from the full eigendecomposition of ∇²f.
///
/// Guarantee  leaves strict saddles, also from a point where the gradient is exactly 0;
///            `converged` only if no eigenvalue of ∇²f is certainly below −curvature_tolerance;
///            f(x⁺) < f(x), or f(x⁺) ≤ f(x) + rounding with ‖∇f‖ at least halved. Quadratically
///            convergent at nondegenerate minimizers, to the rounding level of ∇f in any precision.
/// Rounding   without a tolerance the run goes on until ∇f is 0 or negligible beside those met, or
///            at most one rounding unit of ‖∇²f‖‖x‖ (which rounding x itself does to it), or no
///            longer halved by an interior Newton step too small for f to resolve. The last counts
///            as converged if ‖∇f‖ ≤ 64 n rounding units of the largest ‖∇f‖ + ‖∇²f‖‖x‖ met, else
///            as line_search_failed.
/// Report     certificate: ‖∇f(x)‖₂.
template <RoundedField T>
class Newton {
public:
    using Scalar = T;
    static constexpr std::string_view name = "newton";

    struct Settings {
        T tolerance = T(0);  ///< On ‖∇f‖₂, ≥ 0 (units of f / x); 0: the rounding level.
        T curvature_tolerance = T(0);  ///< Eigenvalues above its negative pass, ≥ 0 (f / x²).
        T first_radius = T(1);         ///< In units of max(1, ‖x0‖₂), > 0.
        Index max_iterations = 1'000;  ///< Accepted steps, ≥ 0.
        Index max_rejections = 300;    ///< In a row, ≥ 1; each divides the radius by 4.
    };

    Newton() : Newton(Settings()) {}

    explicit Newton(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "Newton: tolerance must be >= 0");
        require(T(0) <= s_.curvature_tolerance, "Newton: curvature_tolerance must be >= 0");
        require(T(0) < s_.first_radius && is_finite(s_.first_radius),
                "Newton: first_radius must be positive");
        require(s_.max_iterations >= 0 && s_.max_rejections >= 1, "Newton: bad limits");
    }

    /// @pre x0 has f.size() ≥ 1 entries.
    template <Objective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "Newton: x0");
        require(f.size() >= 1, "Newton: nothing to minimize");
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        State state{detail::evaluate(f, x0, run.report), {}, T(0), T(0), T(0)};
        state.radius = s_.first_radius * larger(T(1), T(x0.norm()));
        for (;; ++run.report.iterations) {
            const Point& at = state.at;
            if (!run.shows(at.x, at.value, at.gradient_norm)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            const std::optional<Spectrum> spectrum =
                detail::spectrum_of(dense_hessian(f, at.x));
            ++run.report.evaluations;
            if (!spectrum) return run.ended(Stop::non_finite);
            observe(state, *spectrum);
            if (is_converged(state, *spectrum)) return run.ended(Stop::converged);
            if (run.report.iterations == s_.max_iterations) return run.ended(Stop::iteration_limit);
            const std::optional<Stop> end = advance(f, state, *spectrum, run.report);
            if (end) return run.ended(*end);
        }
    }

private:
    using Point = detail::Point<T>;
    using Spectrum = detail::Spectrum<T>;
    using Step = detail::TrustRegionStep<T>;

    struct State {
        Point at;
        T radius;
        T value_scale;     // largest |f| met
        T gradient_scale;  // largest ‖∇f‖ + ‖∇²f‖‖x‖ met
        T local_scale;     // ‖∇²f‖‖x‖ here
    };

    static T larger(const T& a, const T& b) { return a < b ? b : a; }

    static void observe(State& state, const Spectrum& spectrum) {
        const Point& at = state.at;
        state.local_scale = spectrum.norm() * at.x.norm();
        state.value_scale = larger(state.value_scale, magnitude(at.value));
        state.gradient_scale =
            larger(state.gradient_scale, T(at.gradient_norm + state.local_scale));
    }

    bool has_no_descent_direction(const Spectrum& spectrum) const {
        return -larger(s_.curvature_tolerance, spectrum.error()) <= spectrum.lowest();
    }

    bool is_converged(const State& state, const Spectrum& spectrum) const {
        const T& g = state.at.gradient_norm;
        return has_no_descent_direction(spectrum) &&
               (g <= s_.tolerance || g <= rounding_unit<T>() * state.local_scale ||
                g <= detail::negligible(state.gradient_scale));
    }

    static T gradient_rounding(const State& state) {
        return T(64 * static_cast<long>(state.at.x.size())) * rounding_unit<T>() *
               state.gradient_scale;
    }

    /// Shrinks the radius until a step is accepted; the eigenvectors serve all of them.
    template <Objective F>
    std::optional<Stop> advance(const F& f, State& state, const Spectrum& spectrum,
                                Report<T>& report) const {
        const T slope_noise = rounding_unit<T>() * state.gradient_scale;
        const detail::TrustRegionModel<T> model(spectrum, state.at.gradient, slope_noise);
        bool was_finite = true;
        for (Index i = 0; i < s_.max_rejections; ++i) {
            const Step step = model.within(state.radius);
            Vector<T> x = state.at.x + step.s;
            if (x == state.at.x) break;
            Point trial = detail::evaluate(f, std::move(x), report);
            was_finite = trial.is_finite();
            const bool is_blind = is_below_rounding(state, step);
            const bool accepted = was_finite && (is_blind ? halves_gradient(state, trial)
                                                          : descends(state, step, trial));
            if (!is_blind) resize(state, step, trial);
            if (accepted) {
                state.at = std::move(trial);
                return std::nullopt;
            }
            if (is_blind && was_finite) break;
        }
        return stuck(state, spectrum, was_finite);
    }

    Stop stuck(const State& state, const Spectrum& spectrum, bool was_finite) const {
        if (!was_finite) return Stop::non_finite;
        return has_no_descent_direction(spectrum) &&
                       state.at.gradient_norm <= gradient_rounding(state)
                   ? Stop::converged
                   : Stop::line_search_failed;
    }

    static T value_rounding(const State& state) {
        return T(16) * rounding_unit<T>() * state.value_scale;
    }

    /// A pure Newton step whose gain f cannot resolve: only the gradient can judge it.
    static bool is_below_rounding(const State& state, const Step& step) {
        return step.is_interior && step.predicted <= T(100) * value_rounding(state);
    }

    static bool halves_gradient(const State& state, const Point& trial) {
        return trial.value <= state.at.value + T(200) * value_rounding(state) &&
               trial.gradient_norm <= state.at.gradient_norm / T(2);
    }

    static bool descends(const State& state, const Step& step, const Point& trial) {
        return trial.value < state.at.value &&
               step.predicted <= T(10) * (state.at.value - trial.value);
    }

    static void resize(State& state, const Step& step, const Point& trial) {
        const T gain = state.at.value - trial.value;
        if (!trial.is_finite() || !(step.predicted <= T(4) * gain))
            state.radius = step.s.norm() / T(4);
        else if (!step.is_interior && T(3) * step.predicted <= T(4) * gain)
            state.radius *= T(2);
    }

    Settings s_;
};

}  // namespace hadamard::optim
