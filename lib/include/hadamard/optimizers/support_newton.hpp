#pragma once

#include "hadamard/optimizers/detail/run.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <optional>
#include <vector>

namespace hadamard::optim {

/// Polishes a point of P = L + λR: Newton's method on P restricted to the coordinates in no kink of R,
/// where P is smooth. What is in a kink stays 0 and blocks stay nonzero; a penalised single coordinate
/// keeps its sign, and so does one of a block if R has a kink where it alone is 0.
///
/// Guarantee  ‖∇P‖ on the support falls at every step; quadratic, to the rounding level, where ∇²P
///            there is nonsingular, of whatever inertia: saddles are polished as well.
/// Rounding   without a tolerance the run goes on until no step lowers ‖∇P‖; that is converged if
///            ‖∇P‖ ≤ 64 n rounding units of ‖∇L‖ + λ‖∇R‖ + ‖∇²P‖_F ‖x‖ there.
/// Report     certificate: ‖∇P‖₂ on the support; it says nothing about the zero blocks.
template <RoundedField T>
class SupportNewton {
public:
    using Scalar = T;
    static constexpr std::string_view name = "support_newton";

    struct Settings {
        T tolerance = T(0);  ///< On ‖∇P‖₂ on the support, ≥ 0; 0: the rounding level.
        Index max_iterations = 200;  ///< Accepted steps, ≥ 0.
        Index max_halvings = 100;    ///< Of a step, ≥ 1.
    };

    SupportNewton() : SupportNewton(Settings()) {}

    explicit SupportNewton(Settings settings) : s_(std::move(settings)) {
        require(T(0) <= s_.tolerance, "SupportNewton: tolerance must be >= 0");
        require(s_.max_iterations >= 0 && s_.max_halvings >= 1, "SupportNewton: bad limits");
    }

    /// @pre x0 has f.size() entries.
    template <CompositeObjective F, Watcher<T> Watch = Unwatched>
    Report<T> minimize(const F& f, const Vector<T>& x0, Watch&& watch = {}) const {
        require_size(x0.size(), f.size(), "SupportNewton: x0");
        detail::Run<T, std::remove_reference_t<Watch>> run(watch);
        const Support support = support_of(f, x0);
        Point at = evaluate(f, support, x0, run.report);
        T scale(0);
        for (;; ++run.report.iterations) {
            if (!run.shows(at.x, at.value, at.gradient_norm)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            if (scale < at.scale) scale = at.scale;
            if (at.gradient_norm <= s_.tolerance || at.gradient_norm <= detail::negligible(scale))
                return run.ended(Stop::converged);
            if (run.report.iterations == s_.max_iterations) return run.ended(Stop::iteration_limit);
            const std::optional<Stop> end = advance(f, support, at, run.report);
            if (end) return run.ended(*end);
        }
    }

private:
    struct Support {
        IndexList free;                 // coordinates that move
        std::vector<IndexList> blocks;  // what must not become 0, as positions in `free`
    };

    struct Point {
        Vector<T> x;
        T value;
        Vector<T> gradient;  // of P, on the support
        T gradient_norm;
        T scale;  // ‖∇L‖ + λ‖∇R‖ there: what was added to give the gradient

        bool is_finite() const {
            return hadamard::is_finite(value) && hadamard::is_finite(gradient_norm);
        }
    };

    template <CompositeObjective F>
    static Support support_of(const F& f, const Vector<T>& x) {
        Support out;
        std::vector<bool> is_penalised(static_cast<std::size_t>(f.size()), false);
        std::vector<bool> rests(static_cast<std::size_t>(f.size()), false);
        for (const Kink<T>& kink : f.penalty().kinks(x))
            for (const Index i : kink.indices) rests[static_cast<std::size_t>(i)] = true;
        for (const PenaltyBlock<T>& block : f.penalty().blocks()) {
            bool starts_piece = true;
            for (const Index i : block.indices) {
                is_penalised[static_cast<std::size_t>(i)] = true;
                if (rests[static_cast<std::size_t>(i)]) continue;
                if (starts_piece || is_kinked_alone(f, x, i)) out.blocks.emplace_back();
                starts_piece = false;
                out.blocks.back().push_back(static_cast<Index>(out.free.size()));
                out.free.push_back(i);
            }
        }
        for (Index i = 0; i < f.size(); ++i)
            if (!is_penalised[static_cast<std::size_t>(i)]) out.free.push_back(i);
        return out;
    }

    /// R has a kink in coordinate i alone where that is 0 and the rest as in x.
    template <CompositeObjective F>
    static bool is_kinked_alone(const F& f, Vector<T> x, Index i) {
        x[i] = T(0);
        const std::vector<Kink<T>> kinks = f.penalty().kinks(x);
        return std::any_of(kinks.begin(), kinks.end(), [i](const Kink<T>& kink) {
            return kink.indices == IndexList{i};
        });
    }

    template <CompositeObjective F>
    static Point evaluate(const F& f, const Support& support, Vector<T> x, Report<T>& report) {
        Point out{std::move(x), T(0), {}, T(0), T(0)};
        out.value = f.value(out.x);
        const Vector<T> slope = gather(Vector<T>(f.loss().gradient(out.x)), support.free);
        const Vector<T> pull =
            T(f.lambda()) * gather(Vector<T>(f.penalty().gradient(out.x)), support.free);
        report.evaluations += 2;
        out.gradient = slope + pull;
        out.gradient_norm = out.gradient.norm();
        out.scale = slope.norm() + pull.norm();
        return out;
    }

    /// ∇²P on the support.
    template <CompositeObjective F>
    static Matrix<T> hessian(const F& f, const Support& support, const Vector<T>& x) {
        const Index n = static_cast<Index>(support.free.size());
        const Matrix<T> bend = f.penalty().hessian(x);
        Matrix<T> out(n, n);
        Vector<T> unit = Vector<T>::Zero(x.size());
        for (Index j = 0; j < n; ++j) {
            const Index column = support.free[static_cast<std::size_t>(j)];
            unit[column] = T(1);
            const Vector<T> image = f.loss().hessian_times(x, unit);
            unit[column] = T(0);
            for (Index i = 0; i < n; ++i) {
                const Index row = support.free[static_cast<std::size_t>(i)];
                out(i, j) = image[row] + T(f.lambda()) * bend(row, column);
            }
        }
        return out;
    }

    template <CompositeObjective F>
    std::optional<Stop> advance(const F& f, const Support& support, Point& at,
                                Report<T>& report) const {
        if (support.free.empty()) return Stop::converged;
        const Matrix<T> h = hessian(f, support, at.x);
        ++report.evaluations;
        const Vector<T> here = gather(at.x, support.free);
        const Vector<T> d = Eigen::PartialPivLU<Matrix<T>>(h).solve(Vector<T>(-at.gradient));
        T t = detail::all_finite(d) ? longest_step(support, here, d) : T(0);
        for (Index i = 0; i < s_.max_halvings && T(0) < t; ++i, t /= T(2)) {
            Vector<T> x = at.x;
            scatter(x, support.free, Vector<T>(here + t * d));
            if (x == at.x) break;
            Point trial = evaluate(f, support, std::move(x), report);
            if (trial.is_finite() &&
                trial.gradient_norm <= (T(1) - t / T(1000)) * at.gradient_norm) {
                at = std::move(trial);
                return std::nullopt;
            }
        }
        const T rounding = T(64 * static_cast<long>(here.size())) * rounding_unit<T>() *
                           (at.scale + h.norm() * here.norm());
        return at.gradient_norm <= rounding ? Stop::converged : Stop::line_search_failed;
    }

    /// The largest t ≤ 1 that moves no block by more than 9/10 of its length.
    static T longest_step(const Support& support, const Vector<T>& here, const Vector<T>& d) {
        T t(1);
        for (const IndexList& block : support.blocks) {
            const T reach = T(9) / T(10) * gather(here, block).norm();
            const T move = gather(d, block).norm();
            if (reach < t * move) t = reach / move;
        }
        return t;
    }

    Settings s_;
};

}  // namespace hadamard::optim
