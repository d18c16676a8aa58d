#pragma once

#include "hadamard/objectives/sampled.hpp"
#include "hadamard/optimizers/batches.hpp"
#include "hadamard/optimizers/detail/run.hpp"
#include "hadamard/optimizers/learning_rate.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace hadamard::optim {

/// What the stochastic methods share. An *epoch* is one pass over the rows; with a full batch it is
/// one step.
template <RoundedField T>
struct EpochSettings {
    LearningRate<T> learning_rate;                  ///< Over all max_epochs · ⌈n/batch⌉ steps.
    T tolerance = square_root(rounding_unit<T>());  ///< On ‖∇f‖₂, ≥ 0 (units of f / x).
    Index batch = 0;            ///< Rows a step; 0, or n and more: all, which needs no `Sampled`.
    std::uint64_t seed = 1;     ///< Of the order of the rows.
    Index max_epochs = 10'000;  ///< ≥ 0.
    Index report_every = 1;     ///< Epochs between two looks at f and ∇f, ≥ 1.
    double report_growth = 1;   ///< ≥ 1: the next look is at no less than that many times the epoch.

    /// @throws PreconditionError naming the field at fault.
    void check(const std::string& who) const {
        learning_rate.check(who);
        require(T(0) <= tolerance, who + ": tolerance must be >= 0");
        require(batch >= 0, who + ": batch must be >= 0");
        require(max_epochs >= 0 && report_every >= 1, who + ": bad limits");
        require(report_growth >= 1, who + ": report_growth must be >= 1");
    }
};

namespace detail {

/// x ← rule(x, gradient, η_t), epoch after epoch; between two reports nothing but gradients is
/// evaluated.
template <RoundedField T, Objective F, class Rule>
class Epochs {
public:
    Epochs(const F& f, const EpochSettings<T>& settings, Rule rule)
        : f_(f), s_(settings), rule_(std::move(rule)) {
        if constexpr (SampledObjective<F>)
            if (0 < s_.batch && s_.batch < f.samples())
                batches_.emplace(f.samples(), s_.batch, s_.seed);
        require(SampledObjective<F> || s_.batch == 0,
                "mini-batches need an objective that knows its rows: wrap it in Sampled, or set "
                "batch = 0");
        total_ = s_.max_epochs * (batches_ ? batches_->per_epoch() : 1);
    }

    template <class Watch>
    Report<T> run(const Vector<T>& x0, Watch& watch) {
        Run<T, Watch> run(watch);
        Point<T> at = evaluate(f_, x0, run.report);
        for (Index epoch = 0;;) {
            run.report.iterations = epoch;
            if (!run.shows(at.x, at.value, at.gradient_norm)) return run.ended(Stop::interrupted);
            if (!at.is_finite()) return run.ended(Stop::non_finite);
            if (at.gradient_norm <= s_.tolerance) return run.ended(Stop::converged);
            if (epoch == s_.max_epochs) return run.ended(Stop::iteration_limit);
            const Index next = std::min(s_.max_epochs, next_look(epoch));
            Vector<T> x = at.x;
            pass(x, &at.gradient, run.report);
            for (++epoch; epoch < next; ++epoch) pass(x, nullptr, run.report);
            Point<T> reached = evaluate(f_, std::move(x), run.report);
            if (!reached.is_finite()) return run.ended(Stop::non_finite);
            at = std::move(reached);
        }
    }

private:
    Index next_look(Index epoch) const {
        const double grown = s_.report_growth * static_cast<double>(epoch);
        return std::max(epoch + s_.report_every,
                        static_cast<Index>(std::min(grown, static_cast<double>(s_.max_epochs))));
    }

    /// One epoch. The batch gradients of one epoch count as one evaluation.
    /// @param known  ∇f(x), if somebody has it already.
    void pass(Vector<T>& x, const Vector<T>* known, Report<T>& report) {
        if (!batches_) {
            if (known == nullptr) ++report.evaluations;
            step(x, known != nullptr ? *known : Vector<T>(f_.gradient(x)));
            return;
        }
        if constexpr (SampledObjective<F>)
            for (const IndexList& rows : batches_->next_epoch())
                step(x, f_.batch_gradient(x, rows));
        ++report.evaluations;
    }

    void step(Vector<T>& x, const Vector<T>& gradient) {
        rule_.step(x, gradient, s_.learning_rate.at(step_, total_));
        ++step_;
    }

    const F& f_;
    const EpochSettings<T>& s_;
    Rule rule_;
    std::optional<Batches> batches_;
    Index step_ = 0;
    Index total_ = 0;
};

}  // namespace detail
}  // namespace hadamard::optim
