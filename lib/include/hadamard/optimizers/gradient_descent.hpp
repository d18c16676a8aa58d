#pragma once

#include "hadamard/optimizers/detail/run.hpp"

#include <optional>

namespace hadamard::optim {

enum class StepRule { fixed, armijo };

/// Gradient descent  x⁺ = x − t ∇f(x), with a fixed step t or Armijo backtracking.
///
/// Guarantee  armijo: f(x⁺) ≤ f(x) − c t ‖∇f(x)‖², or, where f's own rounding hides that, f(x⁺) ≤
///            f(x) + 64 rounding units of the largest |f| met, judged by slopes instead. Under an
///            L-Lipschitz gradient the accepted t ≥ min(step, 2·shrink·(1 − c)/L).
///            fixed: the bare recursion, which may diverge; it then ends with `non_finite`.
/// Report     certificate: ‖∇f(x)‖₂.
template <RoundedField T>
class GradientDescent {
public:
    using Scalar = T;
    static constexpr std::string_view name = "gradient_descent";

    struct Settings {
        StepRule rule = StepRule::armijo;
        T tolerance = square_root(rounding_unit<T>());  ///< On ‖∇f‖₂, ≥ 0 (units of f / x).
        T step = T(1);           ///< Fixed step, or the first trial, > 0 (units of x² / f).
        T shrink = T(1) / T(2);  ///< Backtracking factor, in (0, 1).
        /// Armijo constant c, in (0, 1). Far below 1/4, steps just short of 2/L are accepted, which
        /// hardly contract.
        T sufficient = T(1) / T(4);
        Index max_iterations = 10'000;  ///< Accepted steps, ≥ 0.
        Index max_backtracks = 100;     ///< Per iteration, ≥ 1.
    };

    GradientDescent() : GradientDescent(Settings()) {}

    explicit GradientDescent(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "GradientDescent: tolerance must be >= 0");
        require(T(0) < s_.step && is_finite(s_.step), "GradientDescent: step must be positive");
        require(T(0) < s_.shrink && s_.shrink < T(1), "GradientDescent: shrink not in (0, 1)");
        require(T(0) < s_.sufficient && s_.sufficient < T(1),
                "GradientDescent: sufficient not in (0, 1)");
        require(s_.max_iterations >= 0 && s_.max_backtracks >= 1, "GradientDescent: bad limits");
    }

    /// @pre x0 has f.size() entries.
    template <Objective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "GradientDescent: x0");
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        Point at = detail::evaluate(f, x0, run.report);
        T step = s_.step, rounding(0);
        for (;; ++run.report.iterations) {
            if (!run.shows(at.x, at.value, at.gradient_norm)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            if (at.gradient_norm <= s_.tolerance) return run.ended(Stop::converged);
            if (run.report.iterations == s_.max_iterations) return run.ended(Stop::iteration_limit);
            rounding = detail::grown_rounding(rounding, at.value);
            const std::optional<Stop> end = s_.rule == StepRule::fixed
                                                ? move(f, at, step, run.report)
                                                : backtrack(f, at, step, rounding, run.report);
            if (end) return run.ended(*end);
        }
    }

private:
    using Point = detail::Point<T>;

    template <Objective F>
    static std::optional<Stop> move(const F& f, Point& at, const T& step, Report<T>& report) {
        Point next = detail::evaluate(f, Vector<T>(at.x - step * at.gradient), report);
        if (!next.is_finite()) return Stop::non_finite;
        at = std::move(next);
        return std::nullopt;
    }

    /// From twice the last accepted step on, so that the step can also grow.
    template <Objective F>
    std::optional<Stop> backtrack(const F& f, Point& at, T& step, const T& rounding,
                                  Report<T>& report) const {
        const Vector<T> d = -at.gradient;
        bool was_finite = true;
        T t = report.iterations == 0 ? step : T(T(2) * step);
        for (Index i = 0; i < s_.max_backtracks; ++i, t *= s_.shrink) {
            Vector<T> x = at.x + t * d;
            if (x == at.x) break;
            Point trial = detail::evaluate(f, std::move(x), report);
            was_finite = trial.is_finite();
            if (!detail::is_sufficient_decrease(at, trial, d, t, s_.sufficient, rounding)) continue;
            step = t;
            at = std::move(trial);
            return std::nullopt;
        }
        return was_finite ? Stop::line_search_failed : Stop::non_finite;
    }

    Settings s_;
};

}  // namespace hadamard::optim
