#include "hadamard/optimizers/working_set.hpp"

#include "hadamard/core/error.hpp"
#include "solvers/centered_design.hpp"
#include "solvers/design_operations.hpp"
#include "solvers/groups.hpp"
#include "solvers/inner_problem.hpp"
#include "solvers/number_text.hpp"
#include "solvers/observation_weights.hpp"
#include "solvers/penalty_slopes.hpp"
#include "solvers/thread_clock.hpp"
#include "solvers/vector_loss.hpp"
#include "solvers/work.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hadamard::optim {

using detail::Index;
using detail::Matrix;
using detail::Vector;
using detail::WorkingBlock;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

class WorkingSet::Implementation {
public:
    Implementation(const SparseProblem& problem, SparseSettings settings)
        : problem_(checked(problem)),
          settings_(std::move(settings)),
          roots_(detail::weight_roots(problem)),
          loss_(detail::make_vector_loss(problem, roots_)),
          z_(Vector::Zero(problem.X.rows)),
          r_(-derivatives_at(z_)),
          weighted_(problem.X, roots_),
          centered_(weighted_.design(), problem.intercept, roots_),
          X_(centered_.design(), r_, roots_),
          groups_(problem, X_),
          store_(X_) {
        if (!(settings_.tolerance > 0))
            throw InputError("tolerance is " + detail::shortest_text(settings_.tolerance) +
                             "; it must be positive");
        detail::check_response_scale(problem_, *loss_);
        detail::check_intercept_exists(problem_);
        n_ = static_cast<double>(X_.rows());
        // Half the time of a Gram matrix is more than refinement takes where columns are many and long.
        constexpr Index many = 64;
        if (X_.columns() > many && (!loss_->is_quadratic || X_.rows() >= X_.columns()))
            precision_ = detail::Precision::single;
        position_.assign(groups_.count(), -1);
        scores_ = Vector::Zero(groups_.count());
        seen_drift_ = Vector::Zero(groups_.count());
        admit_free();
        at_zero_ = loss_->sum(Vector::Zero(X_.rows())) / n_;
    }

    double lambda_max() {
        if (lambda_max_ >= 0) return lambda_max_;
        const State before = state();
        const double lambda_before = lambda_before_;
        reset_to({});
        const bool is_fitted = fit_free();
        const double out = lambda_max_at_zero(is_fitted);
        if (!before.empty()) {
            reset_to(before);
            lambda_before_ = lambda_before;
        }
        return out;
    }

    SparseSolution solve(double lambda, int levels) {
        if (!(lambda > 0) || !std::isfinite(lambda))
            throw InputError("lambda is " + detail::shortest_text(lambda) +
                             "; it must be positive and finite");
        clock_.restart();
        counts_ = {};
        visited_ = 0;
        out_ = {};
        out_.lambda = lambda;
        out_.stop = run(lambda, levels);
        soften(1);  // stopped on the way
        fill(lambda);
        out_.cpu_seconds = clock_.seconds();
        lambda_before_ = lambda;
        return out_;
    }

    void start_at(std::span<const double> coefficients, double intercept) {
        if (static_cast<Index>(coefficients.size()) != X_.columns())
            throw InputError("start has " + std::to_string(coefficients.size()) +
                             " coefficients, X has " + std::to_string(X_.columns()) + " columns");
        for (std::size_t j = 0; j < coefficients.size(); ++j)
            if (!std::isfinite(coefficients[j]))
                throw InputError("start: coefficient " + std::to_string(j) + " is not finite");
        if (!std::isfinite(intercept)) throw InputError("start: the intercept is not finite");
        if (lambda_max_ < 0 && free_blocks_ > (problem_.intercept ? 1 : 0)) {
            reset_to({});  // the start would pass over the fit that refuses separated rows
            fit_free();
        }
        reset_to({std::vector<double>(coefficients.begin(), coefficients.end()), intercept});
        lambda_before_ = 0;  // no continuation: the start says where to look
        is_warm_ = true;
    }

    void restart() {
        reset_to({});
        is_warm_ = false;
    }

private:
    static const SparseProblem& checked(const SparseProblem& problem) {
        if (static_cast<Index>(problem.y.size()) != problem.X.rows)
            throw InputError("y has " + std::to_string(problem.y.size()) + " entries, X has " +
                             std::to_string(problem.X.rows) + " rows; they must agree");
        if (problem.depth < 2)
            throw InputError("depth is " + std::to_string(problem.depth) +
                             "; it must be 2 (q = 1) or more (q = 2/depth)");
        return problem;
    }

    Vector derivatives_at(const Vector& z) const {
        Vector out;
        loss_->derivatives(z, out);
        return out;
    }

    struct State {
        std::vector<double> coefficients;
        double intercept = 0;
        bool empty() const { return coefficients.empty(); }
    };

    // ---- the working set ------------------------------------------------------------------------

    Index slots() const { return store_.size(); }

    /// Unpenalised columns and the intercept are always in, first.
    void admit_free() {
        std::vector<Index> free;
        for (Index g = 0; g < groups_.count(); ++g)
            if (groups_.weight(g) == 0) free.push_back(g);
        if (problem_.intercept) {
            blocks_.push_back({-1, 0, 1, 0.0, 0.0});
            store_.append({detail::intercept_column});
            b_ = q_ = Vector::Zero(1);
        }
        append(free);
        free_blocks_ = static_cast<Index>(blocks_.size());
    }

    void append(const std::vector<Index>& groups) {
        const Index known = slots();
        for (const Index g : groups) {
            const auto columns = groups_.columns(g);
            position_[static_cast<std::size_t>(g)] = static_cast<Index>(blocks_.size());
            // Several unpenalised columns need not be one block: alone each is minimised exactly.
            blocks_.push_back(
                {g, slots(), static_cast<Index>(columns.size()), groups_.weight(g), 0.0});
            store_.append({columns.begin(), columns.end()});
        }
        b_.conservativeResize(slots());
        q_.conservativeResize(slots());
        b_.tail(slots() - known).setZero();
        complete_gram();
    }

    bool is_stopped() const { return detail::is_stopped(settings_.is_interrupted); }

    /// XᵀX of a quadratic loss, and what is bounded by it. False if it was stopped: then the next call
    /// goes on.
    bool complete_gram() {
        if (!loss_->is_quadratic) return true;
        constexpr Index piece = 256;
        while (gram_known_ < slots()) {
            if (slots() - gram_known_ > piece && is_stopped()) return false;
            if (precision_ == detail::Precision::single) {
                if (!store_.weighted_gram({}, gram_, gram_known_, precision_,
                                          settings_.is_interrupted))
                    return false;
                gram_known_ = slots();
                break;
            }
            const Index wanted = std::min(slots(), gram_known_ + piece);
            store_.extend_gram(gram_, gram_known_, wanted);
            gram_known_ = wanted;
        }
        for (WorkingBlock& block : blocks_)
            if (block.curvature == 0) block.curvature = curvature_of(block);
        return true;
    }

    double curvature_of(const WorkingBlock& block) const {
        if (block.size == 0) return 0;
        const auto G = gram_.view(slots());
        if (block.size == 1) return G(block.first, block.first);
        return detail::eigenvalue_bound(G.block(block.first, block.first, block.size, block.size),
                                        settings_.is_interrupted);
    }

    bool is_zero(const WorkingBlock& block) const {
        return b_.segment(block.first, block.size).isZero(0);
    }

    Index support() const { return (b_.array() != 0).count(); }

    /// Leaves out groups that are 0 and whose slope is below `share` of its bound.
    void compact(double mu, double share) {
        if (loss_->is_quadratic && gram_known_ < slots()) return;  // there is nothing yet to keep
        std::vector<Index> kept_slots;
        std::vector<WorkingBlock> kept;
        for (std::size_t k = 0; k < blocks_.size(); ++k) {
            WorkingBlock block = blocks_[k];
            const bool stays =
                static_cast<Index>(k) < free_blocks_ || !is_zero(block) ||
                q_.segment(block.first, block.size).norm() >= share * bound(mu, block.group);
            if (block.group >= 0) position_[static_cast<std::size_t>(block.group)] = -1;
            if (!stays) {
                scores_[block.group] = q_.segment(block.first, block.size).norm();
                seen_drift_[block.group] = drift_;
                continue;
            }
            for (Index s = 0; s < block.size; ++s) kept_slots.push_back(block.first + s);
            block.first = static_cast<Index>(kept_slots.size()) - block.size;
            if (block.group >= 0)
                position_[static_cast<std::size_t>(block.group)] = static_cast<Index>(kept.size());
            kept.push_back(block);
        }
        if (kept.size() == blocks_.size()) return;
        factor_.clear();
        Vector b(static_cast<Index>(kept_slots.size())), q(b.size());
        for (Index s = 0; s < b.size(); ++s) {
            b[s] = b_[kept_slots[static_cast<std::size_t>(s)]];
            q[s] = q_[kept_slots[static_cast<std::size_t>(s)]];
        }
        const bool keeps_gram = gram_known_ == slots();
        store_.keep(kept_slots, keeps_gram ? &gram_ : nullptr);
        gram_known_ = keeps_gram ? slots() : 0;
        b_ = b;
        q_ = q;
        blocks_ = std::move(kept);
    }

    /// ‖X_gᵀr‖ above which a group at 0 wants in.
    double bound(double mu, Index g) const {
        return detail::entry_slope(mu * groups_.weight(g), curvature_of(g), problem_.depth);
    }
    /// The μ at which `slope` is that bound.
    double strength(double slope, Index g) const {
        return detail::entry_strength(slope, curvature_of(g), problem_.depth) / groups_.weight(g);
    }
    double curvature_of(Index g) const { return groups_.norm(g) * groups_.norm(g) * steepest_; }

    // ---- residual and products ------------------------------------------------------------------

    /// r = −ℓ'(z), and how far it moved since the last time.
    void refresh_residual() {
        const Vector before = std::exchange(r_, -derivatives_at(z_));
        drift_ += (r_ - before).norm();
        is_at_first_ = is_at_first_ && r_ == before;
    }

    /// z, r and q after b changed; of a whole problem q and ‖r‖ alone.
    void refresh_predictors() {
        if (is_whole_) {
            refresh_by_gram();
            return;
        }
        store_.times(b_, z_);
        refresh_residual();
        q_ = store_.transpose_times(r_);
    }

    /// ‖X_gᵀr‖ of every group outside the working set that may reach its bound; for the others no
    /// more than a bound of it. Finds the largest μ at which one of them wants in on the way.
    void product(double mu) {
        worst_ratio_ = 0;
        if (is_whole_) return;
        const bool whole = !has_scores_;
        Vector all;
        if (problem_.depth > 2) steepest_ = loss_->steepest(z_);
        if (whole) {
            all = is_at_first_ ? X_.first_product() : X_.transpose_times(r_);
            visit(X_.columns());
        }
        for (Index g = 0; g < groups_.count(); ++g) {
            const double weight = groups_.weight(g);
            if (position_[static_cast<std::size_t>(g)] >= 0 || !std::isfinite(weight)) continue;
            const double most = scores_[g] + groups_.norm(g) * (drift_ - seen_drift_[g]) * safety;
            if (!whole && most < bound(mu, g)) {
                worst_ratio_ = std::max(worst_ratio_, strength(most, g));
                continue;
            }
            double squares = 0;
            for (const Index j : groups_.columns(g)) {
                const double value = whole ? all[j] : X_.dot(j, r_);
                squares += value * value;
                if (!whole) visit(1);
            }
            scores_[g] = std::sqrt(squares);
            seen_drift_[g] = drift_;
            worst_ratio_ = std::max(worst_ratio_, strength(scores_[g], g));
        }
        has_scores_ = true;
        product_drift_ = drift_;
    }

    /// Whether one Gram matrix of all columns is cheaper than a product with X for every λ of a path.
    bool wants_whole() const {
        return loss_->is_quadratic && !is_whole_ && has_solved_ && X_.rows() >= X_.columns() &&
               X_.columns() <= 2000;
    }

    /// From now on XᵀX and Xᵀy stand for X and y.
    void take_whole() {
        std::vector<Index> rest;
        for (Index g = 0; g < groups_.count(); ++g)
            if (position_[static_cast<std::size_t>(g)] < 0 && std::isfinite(groups_.weight(g)))
                rest.push_back(g);
        append(rest);
        if (!complete_gram()) {
            q_ = store_.transpose_times(r_);
            return;
        }
        const Vector y = -derivatives_at(Vector::Zero(X_.rows()));
        response_ = store_.transpose_times(y);
        response_squares_ = y.squaredNorm();
        visit(X_.columns());
        is_whole_ = true;
        refresh_by_gram();
    }

    /// q = Xᵀy − XᵀX b; ‖r‖² = ‖y‖² − bᵀ(Xᵀy + q), unless that cancels.
    void refresh_by_gram() {
        const auto G = gram_.view(slots());
        q_ = response_;
        for (Index s = 0; s < slots(); ++s)
            if (b_[s] != 0) q_ -= b_[s] * G.col(s);
        residual_squares_ = response_squares_ - b_.dot(response_ + q_);
        if (residual_squares_ > 1e-6 * response_squares_) return;
        store_.times(b_, z_);
        residual_squares_ = derivatives_at(z_).squaredNorm();
    }

    double residual_norm() const { return is_whole_ ? std::sqrt(residual_squares_) : r_.norm(); }

    /// Whether the residual has moved since the last product: what that found is no bound any more.
    bool is_product_old() const { return !is_whole_ && drift_ != product_drift_; }

    /// The groups that violate most, of `room` columns together, heaviest first.
    std::vector<Index> violators(double mu, Index room) {
        std::vector<Index> out;
        for (Index g = 0; g < groups_.count(); ++g) {
            const double weight = groups_.weight(g);
            if (position_[static_cast<std::size_t>(g)] < 0 && std::isfinite(weight) &&
                seen_drift_[g] == drift_ && scores_[g] > bound(mu, g))
                out.push_back(g);
        }
        const auto worse = [&](Index a, Index b) {
            const double x = strength(scores_[a], a), y = strength(scores_[b], b);
            return x > y || (x == y && a < b);
        };
        const auto most = std::min<std::ptrdiff_t>(std::ssize(out), std::max<Index>(room, 1));
        std::nth_element(out.begin(), out.begin() + most, out.end(), worse);
        out.resize(static_cast<std::size_t>(most));
        std::sort(out.begin(), out.end(), worse);
        Index columns = 0;
        std::size_t count = 0;
        while (count < out.size() && (count == 0 || columns < room))
            columns += static_cast<Index>(groups_.columns(out[count++]).size());
        out.resize(count);
        return out;
    }

    // ---- the method -----------------------------------------------------------------------------

    /// Worth keeping where XᵀX stays, nothing bends, and supports are close to one another: along a path
    /// it halves the time; alone, with n < p, it costs a tenth (A01).
    detail::SupportFactor* kept_factor() {
        const bool is_linear =
            loss_->is_quadratic && problem_.depth == 2 && !groups_.has_groups();
        return is_linear && (has_solved_ || X_.rows() >= X_.columns()) ? &factor_ : nullptr;
    }

    void visit(Index columns) {
        visited_ += columns;
        detail::multiplied += static_cast<double>(columns) * n_;
    }

    double solve_inner(double mu, double tolerance) {
        detail::InnerProblem inner(gram_.view(slots()), blocks_, mu, residual_norm(),
                                   problem_.depth, b_, q_, counts_, kept_factor());
        const Index sweeps = counts_.sweeps;
        const double out = inner.solve(tolerance, 200, settings_.is_interrupted);
        detail::multiplied += static_cast<double>((counts_.sweeps - sweeps) * slots() * slots());
        return out;
    }

    /// Minimises over the working set to a relative violation; returns the one reached.
    double minimize(double mu, double tolerance) {
        if (slots() == 0) return 0;
        if (!complete_gram()) return infinity;
        if (loss_->is_quadratic) {
            solve_inner(mu, tolerance);
            refresh_predictors();
            return refined(mu, tolerance);
        }
        return model_steps(mu, tolerance);
    }

    /// Where XᵀX is in single precision, Xᵀr is not: the next solution with both is some six digits
    /// better.
    double refined(double mu, double tolerance) {
        for (int k = 0;; ++k) {
            const double reached = violation(mu);
            if (precision_ == detail::Precision::twice || reached <= tolerance || is_stopped())
                return reached;
            if (k == 3) use_double();
            if (gram_known_ < slots()) return reached;
            solve_inner(mu, tolerance);
            refresh_predictors();
        }
    }

    /// A gap is of second order where one multiple of ν suits the whole support: coefficients have half
    /// its digits. XᵀX in double would give them all; one step on that in single gives six more.
    bool polishes(double mu, double tolerance) {
        if (!loss_->is_quadratic || precision_ == detail::Precision::twice || is_polished_) return false;
        is_polished_ = true;
        if (violation(mu) <= tolerance || is_stopped()) return false;
        minimize(mu, tolerance);
        return true;
    }

    double penalty(const Vector& b) const {
        double out = 0;
        for (const WorkingBlock& block : blocks_)
            if (block.weight != 0)
                out += block.weight *
                       std::pow(b.segment(block.first, block.size).norm(), 2.0 / problem_.depth);
        return out;
    }

    /// The Gram matrix of the quadratic model of the loss: the old one, extended, where it is close.
    bool refresh_model() {
        if (model_weights_.size() == 0) {
            gram_known_ = 0;
            loss_->curvatures(z_, share_, model_weights_);
            factor_.clear();
        }
        const Index known = gram_known_;
        gram_known_ = 0;
        if (!store_.weighted_gram(model_weights_, gram_, known, precision_,
                                  settings_.is_interrupted)) {
            forget_model();
            return false;
        }
        gram_known_ = slots();
        auto G = gram_.view(slots());
        // Where the loss is straight (Huber) a column may have no curvature left; and what single
        // precision leaves of a small eigenvalue may be negative.
        const double relative = precision_ == detail::Precision::single ? 1e-6 : 0;
        for (Index s = known; s < slots(); ++s) {
            const double norm = X_.norm(store_.column(s));
            G(s, s) += damping_ + relative * G(s, s) + 1e-9 * norm * norm / n_;
        }
        for (WorkingBlock& block : blocks_)
            if (block.first >= known) block.curvature = curvature_of(block);
        if (damping_ > 0) forget_model();
        return true;
    }

    void forget_model() { model_weights_.resize(0); }

    /// Columns are too close to one another for a Gram matrix in single precision, or it will last.
    void use_double() {
        if (std::exchange(precision_, detail::Precision::twice) == detail::Precision::twice) return;
        forget_model();
        if (!loss_->is_quadratic) return;  // the next step makes a model anew
        gram_known_ = 0;
        factor_.clear();
        for (WorkingBlock& block : blocks_) block.curvature = 0;
        complete_gram();
    }

    /// Whether steps on the old model get from a violation to the wanted one sooner than a new model
    /// would: they contract by the relative change of ℓ'', and in the time of a Gram matrix of m columns
    /// one makes m/50 of them.
    bool is_model_worth_keeping(double violation, double wanted) const {
        if (model_weights_.size() == 0 || damping_ > 0 || slots() < 50) return false;
        Vector weights;
        loss_->curvatures(z_, share_, weights);
        const double rate =
            (weights - model_weights_).lpNorm<1>() / std::max(model_weights_.sum(), 1e-300);
        const double steps = std::log(wanted / violation) / std::log(rate);
        return rate < 0.03 && steps < 2 + static_cast<double>(slots()) / 50;
    }

    /// Steps on quadratic models of the loss: one, and what the model is good for after that.
    double model_steps(double mu, double tolerance) {
        double now = 1, before = infinity;
        for (int k = 0; k < 10; ++k, before = now) {
            if (!is_model_worth_keeping(now, std::max(tolerance, 1e-3 * now))) {
                if (k > 0) break;
                forget_model();
            }
            const double reached = model_step(mu, tolerance);
            if (reached == infinity || is_stopped()) return reached;
            now = violation(mu);
            if (now <= tolerance) break;
            // What changed little on average may be all there is where the model is nearly singular.
            if (now > 0.3 * before) forget_model();
        }
        return now;
    }

    /// One step on the quadratic model of the loss, then a line search on P.
    double model_step(double mu, double tolerance) {
        if (!refresh_model()) return infinity;
        auto G = gram_.view(slots());
        const Vector before = b_, z = z_;
        const double value = loss_->sum(z_) + mu * penalty(b_);
        const double reached = solve_inner(mu, tolerance);
        const Vector change = b_ - before;
        Vector image(z.size());
        store_.times(change, image);
        for (double t = 1; t > 1e-6; t /= 2) {
            b_ = before + t * change;
            z_ = z + t * image;
            const double now = loss_->sum(z_) + mu * penalty(b_);
            if (now <= value + 1e-14 * std::abs(value)) {
                if (t == 1) {
                    damping_ = damping_ > 1e-9 * G.diagonal().mean() ? 0.1 * damping_ : 0;
                    share_ *= 0.3;
                } else {  // the model promised too much
                    share_ = std::min(1.0, 3 * share_);
                    forget_model();
                }
                refresh_predictors();
                return reached;
            }
        }
        b_ = before;
        refresh_predictors();
        share_ = 1;
        damping_ = std::max(10 * damping_, 1e-4 * G.diagonal().mean());
        use_double();
        return reached;
    }

    /// Unpenalised columns alone; what else is in the working set is at 0 and stays there. False if
    /// they were not fitted to the end.
    bool fit_free() {
        if (free_blocks_ == 0) return true;
        constexpr double beyond = 1e100;  // a μ at which nothing penalised moves
        refresh_predictors();
        for (int round = 0; round < 100; ++round) {
            const Vector before = z_;
            minimize(beyond, 1e-12);
            if (is_stopped()) return false;
            if (detail::falls_for_ever(problem_, z_, -1e-9)) refuse_separation();
            if (violation(beyond) <= 1e-10) return true;
            // Rows between the classes settle, the others run away: the last step shows them.
            if (round == 99 && detail::falls_for_ever(problem_, z_ - before, 1e-6))
                refuse_separation();
        }
        return false;
    }

    /// @throws InputError naming the columns along which the loss falls for ever.
    [[noreturn]] void refuse_separation() const {
        std::string columns;
        int named = 0;
        for (Index s = 0; s < slots(); ++s) {
            if (store_.column(s) == detail::intercept_column || b_[s] == 0 || named > 5) continue;
            columns += named == 5 ? ", …" : (named ? ", " : "") + std::to_string(store_.column(s));
            ++named;
        }
        const bool is_logistic = problem_.loss == LossKind::logistic;
        throw InputError(
            std::string(is_logistic ? "logistic: the columns that are not penalised ("
                                    : "poisson: the columns that are not penalised (") +
            columns + (problem_.intercept ? ", with the intercept" : "") +
            (is_logistic ? ") separate y = 0 from y = 1" : ") tell rows with y = 0 from the others") +
            ": their coefficients are best at infinity; penalise them or leave them out");
    }

    /// One product where all that is penalised is 0; kept as λ_max if the others are at their best.
    double lambda_max_at_zero(bool is_fitted) {
        product(0);
        for (const WorkingBlock& block : blocks_)
            if (block.weight != 0)
                worst_ratio_ =
                    std::max(worst_ratio_,
                             strength(q_.segment(block.first, block.size).norm(), block.group));
        if (is_fitted) lambda_max_ = lambda_before_ = worst_ratio_ / n_;
        return worst_ratio_ / n_;
    }

    /// Of the working set, at the true slope.
    double violation(double mu) {
        return detail::InnerProblem(gram_.view(slots()), blocks_, mu, residual_norm(),
                                    problem_.depth, b_, q_, counts_)
            .residual();
    }

    /// Also of the groups outside the working set, as the last product saw them.
    double violation_everywhere(double mu) {
        double outside = 0;
        for (Index g = 0; g < groups_.count(); ++g)
            if (position_[static_cast<std::size_t>(g)] < 0 && std::isfinite(groups_.weight(g)) &&
                seen_drift_[g] == drift_ && scores_[g] > 0)
                outside = std::max(outside, scores_[g] / bound(mu, g) - 1);
        return std::max(outside, violation(mu));
    }

    SparseStop run(double lambda, int wanted_levels) {
        const double mu = n_ * lambda;
        const bool is_cold = !is_warm_;
        if (!is_warm_) {
            const bool is_fitted = fit_free();
            is_warm_ = true;
            lambda_max_at_zero(is_fitted);
        } else {
            if (has_solved_ && loss_->is_quadratic) use_double();
            if (wants_whole())
                take_whole();
            else if (is_product_old())
                product(mu);
        }
        const double start = std::min(lambda_before_, std::max(lambda_max_, lambda));
        const int levels =
            wanted_levels > 0 && start > lambda ? wanted_levels : level_count(start, lambda);
        const SparseStop stop = descend(lambda, start, levels, is_cold);
        if (stop != SparseStop::no_progress || problem_.depth != 2) return stop;
        return descend_slowly(lambda);
    }

    /// From where the last answer is, or from 0 (`is_cold`).
    SparseStop descend(double lambda, double start, int levels, bool is_cold) {
        const double excess = far_out();
        // Measured: from 0 it is faster from 3 on (by up to a hundred times), a neighbour on a path
        // is the better start until 1000.
        const bool is_zero_best = lambda_max_ >= 0 && lambda >= lambda_max_;
        if (problem_.depth == 2 && !is_zero_best && excess > (is_cold ? 3 : 1000))
            return harden(lambda, start, levels, excess);
        return approach(lambda, start, levels, settings_.tolerance);
    }

    /// After a stall: from 0 again in many small steps. The better of both answers stays.
    SparseStop descend_slowly(double lambda) {
        const State before = state();
        const double gap_before = out_.relative_gap;
        reset_to({});
        const double start = std::max(lambda_max_, lambda), fall = std::log(start / lambda);
        const int levels = std::max(2 * level_count(start, lambda),
                                    static_cast<int>(std::ceil(fall / std::log(2.0))));
        const SparseStop stop = descend(lambda, start, levels, true);
        if (stop == SparseStop::converged) return stop;
        soften(1);
        set_gap(lambda);
        if (!(out_.relative_gap < gap_before)) reset_to(before);
        return stop;
    }

    /// max |z_i − y_i|/δ of Huber's loss, as far as the squares of residuals that are all inside do not
    /// overflow; others: 0.
    double far_out() const {
        constexpr double most = 1e140;
        return std::min(loss_->largest_excess(z_), most / problem_.huber_delta);
    }

    /// Where residuals are many δ, Newton steps see nothing but the few rows that are not. δ and λ come
    /// down together from where all rows are inside: a path of the lasso on [X, I] (Huber's loss is
    /// that of a row with an outlier of its own under ℓ1), each step from the answer before.
    SparseStop harden(double lambda, double start, int levels, double excess) {
        const int steps = static_cast<int>(std::ceil(std::log10(excess)));
        for (int k = steps; k > 0; --k) {
            const double factor = std::pow(excess, static_cast<double>(k) / steps);
            soften(factor);
            const bool is_first = k == steps;
            const SparseStop stop =
                approach(factor * lambda, factor * (is_first ? start : lambda), is_first ? levels : 1,
                         1e-4);  // a neighbour's start needs no more
            if (stop == SparseStop::interrupted || stop == SparseStop::iteration_limit) return stop;
        }
        soften(1);
        return approach(lambda, lambda, 1, settings_.tolerance);
    }

    /// δ of the Huber loss, times `factor`.
    void soften(double factor) {
        if (factor == softness_) return;
        softness_ = factor;
        SparseProblem softer = problem_;
        softer.huber_delta *= factor;
        loss_ = detail::make_vector_loss(softer, roots_);
        at_zero_ = loss_->sum(Vector::Zero(X_.rows())) / n_;
        damping_ = 0, share_ = 1;
        refresh_predictors();
    }

    /// Rounds at λ falling from `start` in `levels` steps, until the relative gap is `tolerance`.
    SparseStop approach(double lambda, double start, int levels, double tolerance) {
        const double mu = n_ * lambda;
        double best = infinity;
        int stalled = 0;
        // The gap is of first order in the violation.
        double inner_tolerance = std::max(1e-14, 0.3 * tolerance), wanted = 0;
        const Index before = out_.iterations;
        is_refined_ = is_polished_ = false;
        if (is_product_old()) product(mu);
        for (Index round = 0; before + round < settings_.max_iterations; ++round) {
            out_.iterations = before + round;
            if (settings_.is_interrupted && settings_.is_interrupted())
                return SparseStop::interrupted;
            if (!shows(out_.iterations)) return SparseStop::interrupted;
            const bool is_last = round >= levels - 1;
            const double share = static_cast<double>(round + 1) / levels;
            const double level = is_last ? mu : n_ * start * std::pow(lambda / start, share);
            if (round > 0) product(level);
            if (is_last) {
                const double gap = measure(lambda);
                if (gap <= tolerance) {
                    if (polishes(mu, inner_tolerance)) continue;
                    if (leaves_saddle(mu)) continue;
                    return problem_.depth > 2 && is_stopped() ? SparseStop::interrupted
                                                              : SparseStop::converged;
                }
                stalled = gap < 0.5 * best ? 0 : stalled + 1;
                is_refined_ = is_refined_ || (stalled > 5 && slope_rounding(mu) > tolerance);
                best = std::min(best, gap);
                if (stalled > 0 && wanted == inner_tolerance) {
                    wanted = inner_tolerance = std::max(1e-14, inner_tolerance * 0.1);
                    use_double();
                }
                if (stalled > 30) return SparseStop::no_progress;
            }
            // A loss that is not quadratic takes all products anew: only what is close stays.
            if (!is_whole_) {
                if (!loss_->is_quadratic || slots() > std::max<Index>(200, support() + 50))
                    compact(level, 0.95);
                const Index known = slots();
                append(violators(level, room(round, is_last)));
                if (slots() > known) q_.tail(slots() - known) = store_.transpose_times(r_, known);
            }
            // While groups are missing, more precision than their violation is wasted.
            const double now = 0.1 * (worst_ratio_ / level - 1);
            wanted = is_last ? std::max(inner_tolerance, std::min(1e-2, now)) : 0.05;
            // On the way one model is not enough: from too far, supports grow beyond the rank of X.
            const int most = is_last || loss_->is_quadratic ? 1 : 8;
            for (int k = 0; k < most && minimize(level, wanted) > wanted && !is_stopped(); ++k) {
            }
        }
        return SparseStop::iteration_limit;
    }

    /// False if the watcher wants no more.
    bool shows(Index round) const {
        if (!settings_.watch) return true;
        State now = state();
        now.coefficients.resize(static_cast<std::size_t>(X_.columns()), 0.0);
        return settings_.watch(now.coefficients, now.intercept, round);
    }

    /// Whether the point, stationary for q < 1, was one of negative curvature; then it is left.
    bool leaves_saddle(double mu) {
        if (problem_.depth == 2 || slots() == 0) return false;
        if (!loss_->is_quadratic) {  // the last model was made elsewhere, or there is none yet
            use_double();
            forget_model();
            const double share = std::exchange(share_, 0), damping = std::exchange(damping_, 0);
            const bool is_there = refresh_model();
            forget_model();
            share_ = share, damping_ = damping;
            if (!is_there) return false;
        }
        if (!complete_gram()) return false;
        detail::InnerProblem inner(gram_.view(slots()), blocks_, mu, residual_norm(),
                                   problem_.depth, b_, q_, counts_);
        if (!inner.escape_saddle()) return false;
        refresh_predictors();
        return true;
    }

    /// How many columns may join: fewer on the way down, where the next round comes anyway.
    Index room(Index round, bool is_last) const {
        const Index least = round == 0 && !loss_->is_quadratic ? 100 : 50;
        return std::max(least, is_last ? support() / 2 : support() * 3 / 10);
    }

    /// In how many steps λ falls.
    int level_count(double start, double lambda) const {
        if (!(start > lambda)) return 1;
        if (problem_.depth > 2) return 5;
        const double fall = std::log(start / lambda);
        if (!loss_->is_quadratic || groups_.has_groups()) {
            // Below, directly, supports grow far beyond the rank of X and take long to come down.
            const double direct = std::log(1000.0);
            return fall <= direct ? 1 : static_cast<int>(std::ceil(fall / std::log(2.0)));
        }
        if (X_.rows() >= X_.columns() || fall < 2.31) return fall < 0.8 ? 1 : 2;
        return static_cast<int>(std::ceil(fall / 0.5));
    }

    // ---- the gap --------------------------------------------------------------------------------

    /// What the tolerance is on.
    double measure(double lambda) {
        if (problem_.depth != 2) {
            out_.residual = violation_everywhere(n_ * lambda);
            return out_.residual;
        }
        set_gap(lambda);
        return out_.relative_gap;
    }

    /// ν = ℓ'(z), made orthogonal to the unpenalised columns: it moves by Hψ c.
    struct Dual {
        Vector nu, slopes;                           ///< ν, and X_Wᵀν.
        double squares = 0, moved = 0, r_moved = 0;  ///< ‖ν‖², ‖Hψ c‖, r·X_ψ c.
    };

    Dual dual_point() {
        Dual out{-r_, -q_};
        if (const Index free = free_slots(); free > 0) {
            const Vector correction = projection(free);
            out.nu -= correction;
            out.slopes = store_.transpose_times(out.nu);
            out.moved = correction.norm();
        }
        out.squares = out.nu.squaredNorm();
        return out;
    }

    /// The same from XᵀX; ν itself is not there.
    Dual dual_by_gram() const {
        Dual out{{}, -q_, residual_squares_};
        const Index free = free_slots();
        if (free == 0) return out;
        const auto G = gram_.view(slots());
        const Vector c = Matrix(G.topLeftCorner(free, free)).ldlt().solve(Vector(-q_.head(free)));
        if (!c.allFinite()) return out;
        out.slopes -= G.leftCols(free) * c;
        out.moved = std::sqrt(std::max(0.0, c.dot(G.topLeftCorner(free, free) * c)));
        out.r_moved = c.dot(q_.head(free));
        out.squares = residual_squares_ + 2 * out.r_moved + out.moved * out.moved;
        return out;
    }

    /// The columns whose slope the optimum fixes: X_jᵀν = −μ ∂R/∂β_j where β_g is not 0, 0 where nothing
    /// is penalised.
    struct Fixed {
        std::vector<Index> slots;
        Vector slopes;
    };

    Fixed fixed_slopes(double mu) const {
        Fixed out;
        std::vector<double> slopes;
        for (const WorkingBlock& block : blocks_) {
            const auto b = b_.segment(block.first, block.size);
            const double size = b.norm();
            if (block.weight != 0 && size == 0) continue;
            for (Index k = 0; k < block.size; ++k) {
                out.slots.push_back(block.first + k);
                slopes.push_back(block.weight == 0 ? 0 : -mu * block.weight * (b[k] / size));
            }
        }
        out.slopes = Eigen::Map<const Vector>(slopes.data(), std::ssize(slopes));
        return out;
    }

    /// What the rounding of z = Xβ may do to a slope, relative to μw_g: an error of the gap of that order.
    double slope_rounding(double mu) const {
        double out = 0;
        for (const WorkingBlock& block : blocks_)
            if (block.weight != 0 && !is_zero(block))
                out = std::max(out, groups_.norm(block.group) / (mu * block.weight));
        return out * std::numeric_limits<double>::epsilon() * z_.norm();
    }

    /// The least move of ν, in the metric diag 1/ℓ'', that gives the support the slopes of the optimum.
    /// z = Xβ carries ε|z|, which ℓ' passes on and the slopes, of size μ, do not forgive; any ν serves,
    /// and this one does not come from z.
    Dual refined_dual_point(double mu) {
        Dual out{-r_, -q_};
        const Fixed fixed = fixed_slopes(mu);
        const auto count = static_cast<Index>(fixed.slots.size());
        constexpr double most_work = 1e9;  // about a second, during which nobody can interrupt
        if (count == 0 || static_cast<double>(count * count * X_.rows()) > most_work) return out;
        Vector roots;
        loss_->curvatures(z_, 0, roots);
        roots = roots.cwiseSqrt();
        Matrix columns(X_.rows(), count);
        for (Index s = 0; s < count; ++s)
            X_.copy_column(store_.column(fixed.slots[static_cast<std::size_t>(s)]), columns.col(s));
        // Copies of a column are in the support together: least squares of least length.
        const Eigen::CompleteOrthogonalDecomposition<Matrix> inverse(columns.transpose() *
                                                                     roots.asDiagonal());
        for (int pass = 0; pass < 2; ++pass) {
            const Vector missing = fixed.slopes - columns.transpose() * out.nu;
            const Vector step = roots.cwiseProduct(inverse.solve(missing));
            if (!step.allFinite()) return {-r_, -q_};
            out.nu += step;
        }
        out.moved = (out.nu + r_).norm();
        out.slopes = store_.transpose_times(out.nu);
        out.squares = out.nu.squaredNorm();
        return out;
    }

    void set_gap(double lambda) {
        double gap = gap_of(lambda, is_whole_ ? dual_by_gram() : dual_point());
        if (is_refined_ && !is_whole_)
            gap = std::min(gap, gap_of(lambda, refined_dual_point(n_ * lambda)));
        out_.gap = gap;
        out_.relative_gap = at_zero_ > 0 ? out_.gap / at_zero_ : out_.gap;
    }

    /// minima::duality_gap in terms of what is at hand.
    double gap_of(double lambda, const Dual& dual) const {
        const double mu = n_ * lambda;
        const Vector& slopes = dual.slopes;
        const double moved = dual.moved;
        double worst = 0;
        for (Index g = 0; g < groups_.count(); ++g) {
            const double weight = groups_.weight(g);
            if (!std::isfinite(weight) || weight == 0) continue;
            const Index at = position_[static_cast<std::size_t>(g)];
            if (at >= 0) {
                const WorkingBlock& block = blocks_[static_cast<std::size_t>(at)];
                worst = std::max(worst, slopes.segment(block.first, block.size).norm() / weight);
            } else if (moved > 0) {
                const double bound =
                    scores_[g] + groups_.norm(g) * ((drift_ - seen_drift_[g]) * safety + moved);
                worst = std::max(worst, bound / weight);
            }
        }
        if (moved == 0) worst = std::max(worst, worst_ratio_);
        double scale = worst > 0 ? mu / worst : infinity;
        if (loss_->is_quadratic) {
            // The best multiple of ν, had it no other bound: −ν·y/‖ν‖², where ν·y = ν·(z − ν) and ν·z
            // is that of the penalised columns. As it stands, a ν of rounding alone would spoil it.
            double along = 0;
            for (const WorkingBlock& block : blocks_)
                if (block.weight != 0)
                    along += b_.segment(block.first, block.size)
                                 .dot(slopes.segment(block.first, block.size));
            const double rr = dual.squares;
            scale = rr > 0 ? std::clamp(1 - along / rr, -scale, scale) : 1.0;
        } else {
            scale = std::min(1.0, scale);
        }
        double gap;
        if (is_whole_) {  // ‖r + sν‖²/2 with ν = −r − X_ψ c
            const double rest = 1 - scale;
            gap = 0.5 *
                  std::max(0.0, rest * rest * residual_squares_ - 2 * scale * rest * dual.r_moved +
                                    scale * scale * dual.moved * dual.moved);
        } else {
            scale = loss_->dual_scale(dual.nu, scale);
            gap = loss_->fenchel_young(z_, scale * dual.nu);
        }
        for (const WorkingBlock& block : blocks_) {
            if (block.weight == 0) continue;
            const auto b = b_.segment(block.first, block.size);
            const double size = b.norm();
            if (size == 0) continue;
            const double term =
                mu * block.weight * size + scale * b.dot(slopes.segment(block.first, block.size));
            gap += term < 0 ? 0 : term;
        }
        return gap / n_;
    }

    Index free_slots() const {
        Index out = 0;
        for (Index k = 0; k < free_blocks_; ++k) out += blocks_[static_cast<std::size_t>(k)].size;
        return out;
    }

    /// H X_ψ c with X_ψᵀ(ν − H X_ψ c) = 0, H = diag ℓ''.
    Vector projection(Index free) {
        Vector weights;
        loss_->curvatures(z_, 0, weights);
        Matrix columns(X_.rows(), free);
        for (Index s = 0; s < free; ++s) X_.copy_column(store_.column(s), columns.col(s));
        if (weights.maxCoeff() <= 0) weights.setOnes();
        const Matrix product = columns.transpose() * weights.asDiagonal() * columns;
        const Vector rhs = columns.transpose() * (-r_);
        const Vector c = product.ldlt().solve(rhs);
        if (!c.allFinite()) return Vector::Zero(X_.rows());
        return weights.asDiagonal() * (columns * c);
    }

    // ---- in and out -----------------------------------------------------------------------------

    State state() const {
        State out;
        if (!is_warm_) return out;
        out.coefficients.assign(static_cast<std::size_t>(X_.columns()), 0.0);
        for (Index s = 0; s < slots(); ++s) {
            const Index j = store_.column(s);
            if (j == detail::intercept_column) {
                out.intercept += b_[s];
            } else {
                out.coefficients[static_cast<std::size_t>(j)] = b_[s];
                out.intercept -= centered_.mean(j) * b_[s];
            }
        }
        return out;
    }

    void reset_to(const State& state) {
        b_.setZero();
        if (!state.empty()) {
            std::vector<Index> wanted;
            for (Index g = 0; g < groups_.count(); ++g) {
                if (position_[static_cast<std::size_t>(g)] >= 0) continue;
                if (!std::isfinite(groups_.weight(g))) continue;  // 0 whatever the start says
                for (const Index j : groups_.columns(g))
                    if (state.coefficients[static_cast<std::size_t>(j)] != 0) {
                        wanted.push_back(g);
                        break;
                    }
            }
            append(wanted);
            double intercept = state.intercept;
            for (Index s = 0; s < slots(); ++s) {
                const Index j = store_.column(s);
                if (j == detail::intercept_column) continue;
                b_[s] = state.coefficients[static_cast<std::size_t>(j)];
                intercept += centered_.mean(j) * b_[s];
            }
            if (problem_.intercept) b_[0] = intercept;  // the first slot, always
        }
        refresh_predictors();
    }

    void fill(double lambda) {
        const State at = state();
        out_.coefficients = at.coefficients;
        out_.intercept = at.intercept;
        const double loss = is_whole_ ? residual_squares_ / 2 : loss_->sum(z_);
        out_.objective = loss / n_ + lambda * penalty(b_);
        has_solved_ = true;
        if (is_product_old()) product(n_ * lambda);  // stopped between steps
        if (problem_.depth == 2) {
            set_gap(lambda);
        } else {
            out_.gap = out_.relative_gap = std::numeric_limits<double>::quiet_NaN();
        }
        out_.residual = violation_everywhere(n_ * lambda);
        out_.support = std::count_if(out_.coefficients.begin(), out_.coefficients.end(),
                                     [](double b) { return b != 0; });
        out_.newton_steps = counts_.newton_steps;
        out_.sweeps = counts_.sweeps;
        out_.passes = static_cast<double>(visited_) / static_cast<double>(X_.columns());
    }

    /// Σ‖Δr‖ and scores carry rounding; this much more keeps the bound one.
    static constexpr double safety = 1 + 1e-12;

    SparseProblem problem_;
    SparseSettings settings_;
    Vector roots_;  // of the observation weights; then X_, z_ and r_ are times them
    std::unique_ptr<detail::VectorLoss> loss_;
    Vector z_, r_;  // Xβ + b, and −ℓ' there
    detail::WeightedDesign weighted_;
    detail::CenteredDesign centered_;
    detail::DesignOperations X_;
    detail::Groups groups_;
    detail::ColumnStore store_;
    std::vector<WorkingBlock> blocks_;
    std::vector<Index> position_;  // of a group in blocks_, or −1
    Index free_blocks_ = 0, gram_known_ = 0;
    detail::Gram gram_;
    detail::SupportFactor factor_;
    Vector b_, q_;
    Vector scores_, seen_drift_;  // ‖X_gᵀr‖ at the last visit, and the drift then
    double n_ = 0, drift_ = 0, product_drift_ = -1, worst_ratio_ = 0, at_zero_ = 0;
    double steepest_ = 1;             // bound of ℓ''
    double softness_ = 1;             // what δ of the Huber loss is multiplied with
    double damping_ = 0, share_ = 1;  // of the model of a loss that is not quadratic
    Vector model_weights_;            // ℓ'' in gram_; none: it is no model to go on with
    detail::Precision precision_ = detail::Precision::twice;
    double lambda_max_ = -1, lambda_before_ = infinity;
    bool has_scores_ = false, is_warm_ = false, is_at_first_ = true, has_solved_ = false;
    bool is_refined_ = false;  // whether the gap may be worth a better ν
    bool is_polished_ = false;
    bool is_whole_ = false;    // all columns are in the working set
    Vector response_;        // then: Xᵀy, ‖y‖², ‖r‖²
    double response_squares_ = 0, residual_squares_ = 0;
    Index visited_ = 0;
    detail::InnerCounts counts_;
    detail::ThreadClock clock_;
    SparseSolution out_;
};

WorkingSet::WorkingSet(const SparseProblem& problem, SparseSettings settings)
    : self_(std::make_unique<Implementation>(problem, std::move(settings))) {}
WorkingSet::~WorkingSet() = default;
WorkingSet::WorkingSet(WorkingSet&&) noexcept = default;
WorkingSet& WorkingSet::operator=(WorkingSet&&) noexcept = default;

double WorkingSet::lambda_max() { return self_->lambda_max(); }
SparseSolution WorkingSet::solve(double lambda, int levels) { return self_->solve(lambda, levels); }
void WorkingSet::restart() { self_->restart(); }
void WorkingSet::start_at(std::span<const double> coefficients, double intercept) {
    self_->start_at(coefficients, intercept);
}

}  // namespace hadamard::optim
