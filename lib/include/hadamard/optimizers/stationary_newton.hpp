#pragma once

#include "hadamard/optimizers/detail/run.hpp"
#include "hadamard/optimizers/detail/spectrum.hpp"

#include <optional>

namespace hadamard::optim {

/// Finds stationary points of any index: Levenberg–Marquardt on ½‖∇f‖² with the symmetric Hessian,
/// (H² + μI) s = −H∇f. It minimises ‖∇f‖, not f: saddles and maxima attract it like minima.
///
/// Guarantee  ‖∇f‖ falls at every step. μ = 0, Newton's step, is tried first at every point, so
///            that convergence is quadratic, to the rounding level, where ∇²f is nonsingular.
/// Rounding   without a tolerance the run goes on until no step lowers ‖∇f‖; that is converged if
///            ‖∇f‖ ≤ 64 n rounding units of the largest ‖∇f‖ + ‖∇²f‖‖x‖ met, and otherwise (a
///            local minimum of ‖∇f‖ that is no stationary point of f) as line_search_failed.
/// Report     certificate: ‖∇f(x)‖₂.
template <RoundedField T>
class StationaryNewton {
public:
    using Scalar = T;
    static constexpr std::string_view name = "stationary_newton";

    struct Settings {
        T tolerance = T(0);  ///< On ‖∇f‖₂, ≥ 0 (units of f / x); 0: the rounding level.
        T sufficient = T(1) / T(1000);  ///< Share of the predicted fall of ‖∇f‖², in (0, 1).
        T damping = T(1) / T(1000);     ///< First μ > 0, in units of ‖∇²f‖².
        Index max_iterations = 1'000;   ///< Accepted steps, ≥ 0.
        Index max_dampings = 60;        ///< Values of μ a point, ≥ 1; each ten times the last.
    };

    StationaryNewton() : StationaryNewton(Settings()) {}

    explicit StationaryNewton(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "StationaryNewton: tolerance must be >= 0");
        require(T(0) < s_.sufficient && s_.sufficient < T(1),
                "StationaryNewton: sufficient not in (0, 1)");
        require(T(0) < s_.damping && is_finite(s_.damping),
                "StationaryNewton: damping must be positive");
        require(s_.max_iterations >= 0 && s_.max_dampings >= 1, "StationaryNewton: bad limits");
    }

    /// @pre x0 has f.size() ≥ 1 entries.
    template <Objective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "StationaryNewton: x0");
        require(f.size() >= 1, "StationaryNewton: nothing to solve");
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        Point at = detail::evaluate(f, x0, run.report);
        T scale(0);
        for (;; ++run.report.iterations) {
            if (!run.shows(at.x, at.value, at.gradient_norm)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            if (at.gradient_norm <= s_.tolerance || at.gradient_norm <= detail::negligible(scale))
                return run.ended(Stop::converged);
            if (run.report.iterations == s_.max_iterations) return run.ended(Stop::iteration_limit);
            const std::optional<Spectrum> spectrum =
                detail::spectrum_of(dense_hessian(f, at.x));
            ++run.report.evaluations;
            if (!spectrum) return run.ended(Stop::non_finite);
            const T size = at.gradient_norm + spectrum->norm() * at.x.norm();
            if (scale < size) scale = size;
            const std::optional<Stop> end = advance(f, at, *spectrum, scale, run.report);
            if (end) return run.ended(*end);
        }
    }

private:
    using Point = detail::Point<T>;
    using Spectrum = detail::Spectrum<T>;

    /// Newton's step, then more and more damped ones, until ‖∇f‖² falls enough.
    template <Objective F>
    std::optional<Stop> advance(const F& f, Point& at, const Spectrum& spectrum, const T& scale,
                                Report<T>& report) const {
        const Vector<T> slopes = spectrum.vectors.transpose() * at.gradient;
        T damping(0);
        bool was_finite = true;
        for (Index i = 0; i <= s_.max_dampings; ++i) {
            Vector<T> x = at.x + spectrum.vectors * coefficients(spectrum, slopes, damping);
            if (x == at.x) break;
            Point trial = detail::evaluate(f, std::move(x), report);
            was_finite = trial.is_finite();
            if (was_finite && falls(at, trial, predicted_fall(spectrum, slopes, damping))) {
                at = std::move(trial);
                return std::nullopt;
            }
            damping =
                i == 0 ? T(s_.damping * spectrum.norm() * spectrum.norm()) : T(T(10) * damping);
        }
        if (!was_finite) return Stop::non_finite;
        const T rounding = T(64 * static_cast<long>(at.x.size())) * rounding_unit<T>() * scale;
        return at.gradient_norm <= rounding ? Stop::converged : Stop::line_search_failed;
    }

    /// −λ_i γ_i / (λ_i² + μ); without damping 0 where λ_i has no certain sign.
    static Vector<T> coefficients(const Spectrum& spectrum, const Vector<T>& slopes,
                                  const T& damping) {
        const T error = spectrum.error();
        Vector<T> c(slopes.size());
        for (Index i = 0; i < c.size(); ++i) {
            const T& lambda = spectrum.values[i];
            const bool is_flat = damping == T(0) && magnitude(lambda) <= error;
            c[i] = is_flat ? T(0) : T(-lambda * slopes[i] / (lambda * lambda + damping));
        }
        return c;
    }

    /// ‖g‖² − ‖g + Hs‖² = Σ γ_i² (1 − (μ/(λ_i² + μ))²).
    static T predicted_fall(const Spectrum& spectrum, const Vector<T>& slopes, const T& damping) {
        const Vector<T> c = coefficients(spectrum, slopes, damping);
        T fall(0);
        for (Index i = 0; i < c.size(); ++i) {
            const T change = spectrum.values[i] * c[i];
            fall -= change * (T(2) * slopes[i] + change);
        }
        return fall;
    }

    bool falls(const Point& at, const Point& trial, const T& predicted) const {
        const T fall =
            (at.gradient_norm - trial.gradient_norm) * (at.gradient_norm + trial.gradient_norm);
        return trial.gradient_norm < at.gradient_norm && s_.sufficient * predicted <= fall;
    }

    Settings s_;
};

}  // namespace hadamard::optim
