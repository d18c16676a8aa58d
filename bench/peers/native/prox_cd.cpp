/// Proximal coordinate descent on working sets with Anderson extrapolation (Bertrand, Klopfenstein,
/// Bannier, Gidel & Massias, "Beyond L1", NeurIPS 2022, algorithms 1 and 2); for the logistic loss the
/// same descent on quadratic models with a line search (prox-Newton: Massias, Vaiter, Gramfort &
/// Salmon 2020, section 5).

#include "hadamard/penalties/detail/power_prox.hpp"
#include "peers.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace peers {
namespace {

constexpr Index depth_of_history = 5;  // M of the paper
constexpr int epochs_between_checks = 10;
constexpr double inner_share = 0.3;  // of the outer violation, as in the paper's code
constexpr int max_epochs = 50'000, max_rounds = 500, max_newton = 20;

template <class X>
class ProxCd {
public:
    ProxCd(const X& x, const Problem& problem, Index first_size)
        : x_(x),
          problem_(problem),
          n_(static_cast<double>(x.rows())),
          size_(problem.group),
          blocks_(x.columns() / problem.group),
          first_size_(first_size),
          q_(2, problem.depth),
          beta_(Vec::Zero(x.columns())),
          z_(Vec::Zero(x.rows())),
          gradient_(x.columns()),
          score_(blocks_),
          norm_(Vec::Zero(blocks_)) {}

    std::int64_t solve(double lambda, const Effort& effort, Deadline& deadline) {
        lambda_ = lambda;
        deadline_ = &deadline;
        const std::int64_t before = epochs_;
        for (int round = 0; round < max_rounds && !deadline.has_passed(); ++round) {
            x_.correlate(problem_.residual(z_), gradient_);
            gradient_ /= -n_;
            for (Index b = 0; b < blocks_; ++b)
                score_[b] = violation(b, gradient_.data() + b * size_);
            const double worst = score_.maxCoeff();
            if (!(effort.tolerance * lambda < worst)) break;
            choose();
            if (problem_.logistic) {
                newton(inner_share * worst);
            } else {
                h_.resize(0);
                v_ = problem_.residual(z_);
                descend(inner_share * worst);
                z_ = problem_.y - v_;
            }
        }
        return epochs_ - before;
    }

    const Vec& coefficients() const { return beta_; }

private:
    using Exponent = hadamard::Exponent;

    auto block(Index b) { return beta_.segment(b * size_, size_); }

    /// ‖X_b‖₂²/n, when first needed.
    double lipschitz(Index b) {
        if (norm_[b] == 0) norm_[b] = squared_norm(b) / n_;
        return norm_[b];
    }

    double squared_norm(Index b) const {
        if (size_ == 1) return x_.squared_norm(b);
        Mat gram(size_, size_);
        for (Index i = 0; i < size_; ++i)
            for (Index j = 0; j <= i; ++j)
                gram(i, j) = x_.dot_columns(b * size_ + i, b * size_ + j);
        return Eigen::SelfAdjointEigenSolver<Mat>(gram, Eigen::EigenvaluesOnly)
            .eigenvalues()[size_ - 1];
    }

    double prox(double a, double t) const {
        const double magnitude = std::abs(a);
        double out = 0;
        if (problem_.depth == 2) {
            out = std::max(magnitude - t, 0.0);
        } else {
            out = hadamard::penalty::detail::power_prox(magnitude, t, q_);
        }
        return std::copysign(out, a);
    }

    /// Distance of −∇_b to the subdifferential; where q < 1, of β_b to its prox fixed point, times L.
    double violation(Index b, const double* gradient) {
        const Eigen::Map<const Vec> g(gradient, size_);
        if (problem_.depth > 2) {
            const double l = lipschitz(b);
            return l == 0 ? 0 : l * std::abs(beta_[b] - prox(beta_[b] - g[0] / l, lambda_ / l));
        }
        const double norm = block(b).norm();
        if (norm == 0) return std::max(g.norm() - lambda_, 0.0);
        return (g + lambda_ / norm * block(b)).norm();
    }

    bool is_zero(Index b) { return (block(b).array() == 0).all(); }

    /// The support and the worst violators, twice as many as the support has.
    void choose() {
        Index support = 0;
        for (Index b = 0; b < blocks_; ++b) {
            if (is_zero(b)) continue;
            score_[b] = std::numeric_limits<double>::infinity();
            ++support;
        }
        const Index count = std::min(blocks_, std::max(first_size_, 2 * support));
        set_.resize(static_cast<std::size_t>(blocks_));
        std::iota(set_.begin(), set_.end(), Index(0));
        std::nth_element(set_.begin(), set_.begin() + (count - 1), set_.end(),
                         [&](Index a, Index b) { return score_[a] > score_[b]; });
        set_.resize(static_cast<std::size_t>(count));
        std::sort(set_.begin(), set_.end());
    }

    /// Cyclic descent on  −v·d/n + dᵀ diag(h) d/(2n) + R  over the working set, where v is kept.
    void descend(double tolerance) {
        const Index width = static_cast<Index>(set_.size()) * size_;
        steps_.resize(static_cast<Index>(set_.size()));
        for (std::size_t k = 0; k < set_.size(); ++k)
            steps_[static_cast<Index>(k)] = model_lipschitz(set_[k]);
        Mat history(width, depth_of_history + 1);
        for (int epoch = 0; epoch < max_epochs; ++epoch) {
            const Index slot = epoch % (depth_of_history + 1);
            history.col(slot) = gathered();
            if (slot == depth_of_history) {
                extrapolate(history);
                history.col(slot) = gathered();
            }
            for (std::size_t k = 0; k < set_.size(); ++k)
                update(set_[k], steps_[static_cast<Index>(k)]);
            ++epochs_;
            if (epoch % epochs_between_checks == epochs_between_checks - 1 &&
                (model_violation() <= tolerance || deadline_->has_passed()))
                return;
        }
    }

    double model_lipschitz(Index b) {
        if (h_.size() == 0) return lipschitz(b);
        if (size_ == 1) return x_.weighted_squared_norm(b, h_) / n_;
        return h_.maxCoeff() * lipschitz(b);
    }

    void update(Index b, double l) {
        if (l == 0) return;
        if (size_ == 1) {
            const double before = beta_[b];
            const double after = prox(before + x_.dot(b, v_) / (n_ * l), lambda_ / l);
            if (after == before) return;
            beta_[b] = after;
            subtract(b, after - before);
            return;
        }
        Vec target(size_);
        for (Index i = 0; i < size_; ++i)
            target[i] = beta_[b * size_ + i] + x_.dot(b * size_ + i, v_) / (n_ * l);
        const double norm = target.norm();
        target *= norm > lambda_ / l ? 1 - lambda_ / (l * norm) : 0.0;
        for (Index i = 0; i < size_; ++i) {
            const double change = target[i] - beta_[b * size_ + i];
            if (change != 0) subtract(b * size_ + i, change);
        }
        block(b) = target;
    }

    void subtract(Index j, double change) {
        if (h_.size() == 0) {
            x_.add(j, -change, v_);
        } else {
            x_.add_weighted(j, -change, h_, v_);
        }
    }

    Vec gathered() {
        Vec out(static_cast<Index>(set_.size()) * size_);
        for (std::size_t k = 0; k < set_.size(); ++k)
            out.segment(static_cast<Index>(k) * size_, size_) = block(set_[k]);
        return out;
    }

    /// The affine combination of the last iterates with the least combined step, if it is better.
    void extrapolate(const Mat& history) {
        const Mat differences =
            history.rightCols(depth_of_history) - history.leftCols(depth_of_history);
        Mat gram = differences.transpose() * differences;
        const double ridge = 1e-14 * gram.trace();
        if (!(ridge > 0)) return;
        gram.diagonal().array() += ridge;
        Vec c = gram.ldlt().solve(Vec::Ones(depth_of_history));
        c /= c.sum();
        if (!c.allFinite()) return;
        const Vec target = history.rightCols(depth_of_history) * c;
        const Vec old = gathered();
        Vec d = Vec::Zero(x_.rows());
        for (std::size_t k = 0; k < set_.size(); ++k)
            for (Index i = 0; i < size_; ++i) {
                const Index at = static_cast<Index>(k) * size_ + i;
                if (target[at] != old[at]) x_.add(set_[k] * size_ + i, target[at] - old[at], d);
            }
        const Vec v = h_.size() == 0 ? Vec(v_ - d) : Vec(v_ - h_.cwiseProduct(d));
        const double smooth = -(v_ + v).dot(d) / (2 * n_);
        if (!(smooth + lambda_ * (penalty(target) - penalty(old)) < 0)) return;
        v_ = v;
        for (std::size_t k = 0; k < set_.size(); ++k)
            block(set_[k]) = target.segment(static_cast<Index>(k) * size_, size_);
    }

    double penalty(const Vec& b) const {
        if (size_ == 1 && problem_.depth == 2) return b.lpNorm<1>();
        if (problem_.depth == 4) return b.cwiseAbs().cwiseSqrt().sum();
        if (problem_.depth == 3)
            return b.unaryExpr([](double t) { return std::cbrt(t * t); }).sum();
        double sum = 0;
        for (Index i = 0; i < b.size(); i += size_) sum += b.segment(i, size_).norm();
        return sum;
    }

    double model_violation() {
        double worst = 0;
        Vec g(size_);
        for (const Index b : set_) {
            for (Index i = 0; i < size_; ++i) g[i] = -x_.dot(b * size_ + i, v_) / n_;
            worst = std::max(worst, violation(b, g.data()));
        }
        return worst;
    }

    /// Prox-Newton on the working set.
    void newton(double tolerance) {
        for (int step = 0; step < max_newton && !deadline_->has_passed(); ++step) {
            h_ = problem_.curvature(z_);
            v_ = problem_.residual(z_);
            const double here = model_violation();
            if (here <= tolerance) return;
            const Vec slope = v_, from = beta_;
            descend(inner_share * here);
            search(from, slope);
        }
    }

    /// Backtracks from the model's minimizer to a point that lowers P enough.
    void search(const Vec& from, const Vec& residual) {
        const Vec old = gathered_from(from), target = gathered();
        Vec d = Vec::Zero(x_.rows());
        for (std::size_t k = 0; k < set_.size(); ++k)
            for (Index i = 0; i < size_; ++i) {
                const Index j = set_[k] * size_ + i;
                if (beta_[j] != from[j]) x_.add(j, beta_[j] - from[j], d);
            }
        const double before = problem_.loss(z_) + lambda_ * penalty(old);
        const double slope = -residual.dot(d) / n_ + lambda_ * (penalty(target) - penalty(old));
        const double rounding = 4 * std::numeric_limits<double>::epsilon() * before;
        for (double t = 1; t > 1e-10; t /= 2) {
            const Vec trial = old + t * (target - old);
            const double value = problem_.loss(z_ + t * d) + lambda_ * penalty(trial);
            if (!(value <= before + 1e-4 * t * slope + rounding)) continue;
            z_ += t * d;
            for (std::size_t k = 0; k < set_.size(); ++k)
                block(set_[k]) = trial.segment(static_cast<Index>(k) * size_, size_);
            return;
        }
        beta_ = from;
    }

    Vec gathered_from(const Vec& beta) const {
        Vec out(static_cast<Index>(set_.size()) * size_);
        for (std::size_t k = 0; k < set_.size(); ++k)
            out.segment(static_cast<Index>(k) * size_, size_) =
                beta.segment(set_[k] * size_, size_);
        return out;
    }

    const X& x_;
    const Problem& problem_;
    double n_;
    Index size_, blocks_, first_size_;
    Exponent q_;
    double lambda_ = 0;
    Deadline* deadline_ = nullptr;
    std::int64_t epochs_ = 0;
    Vec beta_, z_, gradient_, score_, norm_;
    std::vector<Index> set_;
    Vec v_, h_,
        steps_;  // of the quadratic model: residual, curvature (empty: 1), Lipschitz constants
};

}  // namespace

Answer prox_cd(const Design& x, const Problem& problem, const std::vector<double>& lambdas,
               const Effort& effort, Index first_size) {
    return answers_along(x, lambdas, effort,
                         [&](const auto& design) { return ProxCd(design, problem, first_size); });
}

}  // namespace peers
