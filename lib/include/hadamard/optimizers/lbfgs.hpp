#pragma once

#include "hadamard/optimizers/detail/run.hpp"

#include <deque>
#include <optional>

namespace hadamard::optim {

/// Limited-memory BFGS with a weak Wolfe line search by bisection (Lewis and Overton).
///
/// Guarantee  f(x⁺) ≤ f(x) + c₁ t ∇f·d, or, where f's own rounding hides that, f(x⁺) ≤ f(x) + 64
///            rounding units of the largest |f| met, judged by slopes (approximate Wolfe).
///            Pairs without positive curvature are dropped, so that every direction descends.
/// Report     certificate: ‖∇f(x)‖₂.
/// Source     Nocedal and Wright, Numerical Optimization, algorithm 7.4; Lewis and Overton 2013.
template <RoundedField T>
class Lbfgs {
public:
    using Scalar = T;
    static constexpr std::string_view name = "lbfgs";

    struct Settings {
        T tolerance = square_root(rounding_unit<T>());  ///< On ‖∇f‖₂, ≥ 0 (units of f / x).
        Index memory = 10;                              ///< Curvature pairs kept, ≥ 1.
        T sufficient = T(1) / T(10'000);                ///< Armijo constant c₁.
        T curvature = T(9) / T(10);                     ///< Wolfe constant c₂, c₁ < c₂ < 1.
        Index max_iterations = 10'000;                  ///< Accepted steps, ≥ 0.
        Index max_trials = 100;                         ///< Per line search, ≥ 1.
    };

    Lbfgs() : Lbfgs(Settings()) {}

    explicit Lbfgs(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "Lbfgs: tolerance must be >= 0");
        require(T(0) < s_.sufficient && s_.sufficient < s_.curvature && s_.curvature < T(1),
                "Lbfgs: needs 0 < sufficient < curvature < 1");
        require(s_.memory >= 1 && s_.max_iterations >= 0 && s_.max_trials >= 1,
                "Lbfgs: bad limits");
    }

    /// @pre x0 has f.size() entries.
    template <Objective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "Lbfgs: x0");
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        Point at = detail::evaluate(f, x0, run.report);
        std::deque<Pair> pairs;
        T rounding(0);
        for (;; ++run.report.iterations) {
            if (!run.shows(at.x, at.value, at.gradient_norm)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            if (at.gradient_norm <= s_.tolerance) return run.ended(Stop::converged);
            if (run.report.iterations == s_.max_iterations) return run.ended(Stop::iteration_limit);
            rounding = detail::grown_rounding(rounding, at.value);
            const std::optional<Stop> end = advance(f, at, pairs, rounding, run.report);
            if (end) return run.ended(*end);
        }
    }

private:
    using Point = detail::Point<T>;

    struct Pair {
        Vector<T> s, y;
        T inverse;  // 1 / (s·y)
    };

    /// One line search; a failed one is repeated along −∇f with the memory cleared.
    template <Objective F>
    std::optional<Stop> advance(const F& f, Point& at, std::deque<Pair>& pairs, const T& rounding,
                                Report<T>& report) const {
        bool was_finite = true;
        std::optional<Point> next =
            search(f, at, direction(pairs, at), rounding, was_finite, report);
        if (!next && !pairs.empty()) {
            pairs.clear();
            next = search(f, at, direction(pairs, at), rounding, was_finite, report);
        }
        if (!next) return was_finite ? Stop::line_search_failed : Stop::non_finite;
        remember(pairs, at, *next);
        at = *std::move(next);
        return std::nullopt;
    }

    /// −H ∇f by the two-loop recursion; without pairs −∇f, no longer than 1.
    Vector<T> direction(const std::deque<Pair>& pairs, const Point& at) const {
        Vector<T> d = -at.gradient;
        if (pairs.empty()) return T(1) < at.gradient_norm ? Vector<T>(d / at.gradient_norm) : d;
        Vector<T> a(static_cast<Index>(pairs.size()));
        for (std::size_t k = pairs.size(); k-- > 0;) {
            T& coefficient = a[static_cast<Index>(k)];
            coefficient = pairs[k].inverse * pairs[k].s.dot(d);
            d -= coefficient * pairs[k].y;
        }
        d /= T(pairs.back().inverse * pairs.back().y.squaredNorm());
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            const T b = pairs[k].inverse * pairs[k].y.dot(d);
            d += T(a[static_cast<Index>(k)] - b) * pairs[k].s;
        }
        return d;
    }

    void remember(std::deque<Pair>& pairs, const Point& from, const Point& to) const {
        Pair pair{to.x - from.x, to.gradient - from.gradient, T(0)};
        const T curvature = pair.s.dot(pair.y);
        if (!(rounding_unit<T>() * pair.s.norm() * pair.y.norm() < curvature)) return;
        pair.inverse = T(1) / curvature;
        pairs.push_back(std::move(pair));
        if (static_cast<Index>(pairs.size()) > s_.memory) pairs.pop_front();
    }

    /// Bisection between steps that fail to descend and steps whose slope is still steep. When the
    /// trials run out, the last step that descended is taken. Nothing if d is no descent direction.
    template <Objective F>
    std::optional<Point> search(const F& f, const Point& at, const Vector<T>& d, const T& rounding,
                                bool& was_finite, Report<T>& report) const {
        const T slope = at.gradient.dot(d);
        std::optional<Point> descended;
        if (!(slope < T(0))) return descended;
        T low(0), high(0), t(1);
        for (Index i = 0; i < s_.max_trials; ++i) {
            Vector<T> x = at.x + t * d;
            if (x == at.x) break;
            Point trial = detail::evaluate(f, std::move(x), report);
            was_finite = trial.is_finite();
            if (!detail::is_sufficient_decrease(at, trial, d, t, s_.sufficient, rounding)) {
                high = t;
            } else if (s_.curvature * slope <= trial.gradient.dot(d)) {
                return trial;
            } else {
                low = t;
                descended = std::move(trial);
            }
            t = high == T(0) ? T(T(2) * t) : T((low + high) / T(2));
        }
        return descended;
    }

    Settings s_;
};

}  // namespace hadamard::optim
