#include "solvers/vector_loss.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/losses/huber.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/losses/poisson.hpp"
#include "solvers/logistic_loss.hpp"
#include "solvers/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>

namespace hadamard::optim {
namespace detail {
namespace {

template <class Pointwise>
class Loss final : public VectorLoss {
public:
    Loss(std::span<const double> y, Pointwise pointwise, bool quadratic)
        : y_(y), pointwise_(std::move(pointwise)) {
        is_quadratic = quadratic;
    }

    double sum(const Vector& z) const override {
        double out = 0;
        for (Eigen::Index i = 0; i < z.size(); ++i) out += pointwise_.value(z[i], y(i));
        return out;
    }
    void derivatives(const Vector& z, Vector& out) const override {
        out.resize(z.size());
        for (Eigen::Index i = 0; i < z.size(); ++i) out[i] = pointwise_.derivative(z[i], y(i));
    }
    void curvatures(const Vector& z, double share, Vector& out) const override {
        out.resize(z.size());
        for (Eigen::Index i = 0; i < z.size(); ++i) {
            out[i] = pointwise_.curvature(z[i], y(i));
            if constexpr (std::same_as<Pointwise, loss::detail::HuberError<double>>)
                if (out[i] == 0) out[i] = share * pointwise_.delta() / std::abs(z[i] - y(i));
        }
    }
    double steepest(const Vector& z) const override {
        if constexpr (std::same_as<Pointwise, loss::detail::PoissonError<double>>)
            return std::exp(z.maxCoeff());
        else
            return std::same_as<Pointwise, loss::detail::LogisticError<double>> ? 0.25 : 1.0;
    }
    double largest_excess(const Vector& z) const override {
        double out = 0;
        if constexpr (std::same_as<Pointwise, loss::detail::HuberError<double>>)
            for (Eigen::Index i = 0; i < z.size(); ++i)
                if (std::isfinite(z[i]))
                    out = std::max(out, std::abs(z[i] - y(i)) / pointwise_.delta());
        return out;
    }
    double fenchel_young(const Vector& z, const Vector& nu) const override {
        double out = 0;
        for (Eigen::Index i = 0; i < z.size(); ++i) {
            const double term = pointwise_.fenchel_young(z[i], y(i), nu[i]);
            out += term < 0 ? 0 : term;  // not std::max, which hides NaN
        }
        return out;
    }
    double dual_scale(const Vector& nu, double wanted) const override {
        if (is_quadratic) return wanted;
        double out = std::min(1.0, wanted);
        for (Eigen::Index i = 0; i < nu.size(); ++i)
            out = std::min(out, pointwise_.dual_scale(nu[i], y(i)));
        return out;
    }

private:
    double y(Eigen::Index i) const { return y_[static_cast<std::size_t>(i)]; }

    std::span<const double> y_;
    Pointwise pointwise_;
};

/// Loss for z_i = ρ_i (x_iᵀβ + b), see weight_roots. Rows with ρ_i = 0 are not there.
template <class Pointwise>
class WeightedLoss final : public VectorLoss {
public:
    WeightedLoss(std::span<const double> y, const Vector& roots, Pointwise pointwise,
                 bool quadratic)
        : plain_(y, pointwise, quadratic), y_(y), roots_(roots), pointwise_(std::move(pointwise)) {
        is_quadratic = quadratic;
    }

    double sum(const Vector& z) const override {
        double out = 0;
        for (Eigen::Index i = 0; i < z.size(); ++i)
            if (has(i)) out += roots_[i] * roots_[i] * pointwise_.value(z[i] / roots_[i], y(i));
        return out;
    }
    void derivatives(const Vector& z, Vector& out) const override {
        out.setZero(z.size());
        for (Eigen::Index i = 0; i < z.size(); ++i)
            if (has(i)) out[i] = roots_[i] * pointwise_.derivative(z[i] / roots_[i], y(i));
    }
    void curvatures(const Vector& z, double share, Vector& out) const override {
        plain_.curvatures(unscaled(z), share, out);
        for (Eigen::Index i = 0; i < z.size(); ++i)
            if (!has(i)) out[i] = 0;
    }
    double steepest(const Vector& z) const override { return plain_.steepest(unscaled(z)); }
    double largest_excess(const Vector& z) const override {
        return plain_.largest_excess(unscaled(z));
    }
    double fenchel_young(const Vector& z, const Vector& nu) const override {
        double out = 0;
        for (Eigen::Index i = 0; i < z.size(); ++i) {
            if (!has(i)) continue;
            const double term = pointwise_.fenchel_young(z[i] / roots_[i], y(i), nu[i] / roots_[i]);
            out += term < 0 ? 0 : roots_[i] * roots_[i] * term;  // not std::max, which hides NaN
        }
        return out;
    }
    double dual_scale(const Vector& nu, double wanted) const override {
        if (is_quadratic) return wanted;
        double out = std::min(1.0, wanted);
        for (Eigen::Index i = 0; i < nu.size(); ++i)
            if (has(i)) out = std::min(out, pointwise_.dual_scale(nu[i] / roots_[i], y(i)));
        return out;
    }

private:
    bool has(Eigen::Index i) const { return roots_[i] > 0; }
    double y(Eigen::Index i) const { return y_[static_cast<std::size_t>(i)]; }
    /// x_iᵀβ + b; −∞, where nothing is steep, of rows that are not there.
    Vector unscaled(const Vector& z) const {
        Vector out(z.size());
        for (Eigen::Index i = 0; i < z.size(); ++i)
            out[i] = has(i) ? z[i] / roots_[i] : -std::numeric_limits<double>::infinity();
        return out;
    }

    Loss<Pointwise> plain_;
    std::span<const double> y_;
    Vector roots_;
    Pointwise pointwise_;
};

template <class Pointwise>
std::unique_ptr<VectorLoss> made(std::span<const double> y, const VectorLoss::Vector& roots,
                                 Pointwise pointwise, bool quadratic) {
    if (roots.size() == 0)
        return std::make_unique<Loss<Pointwise>>(y, std::move(pointwise), quadratic);
    return std::make_unique<WeightedLoss<Pointwise>>(y, roots, std::move(pointwise), quadratic);
}

template <class Accepts>
void check_response(std::span<const double> y, const char* who, const char* wanted,
                    Accepts accepts) {
    for (std::size_t i = 0; i < y.size(); ++i)
        if (!std::isfinite(y[i]) || !accepts(y[i]))
            throw InputError(std::string(who) + ": y[" + std::to_string(i) + "] is " +
                             shortest_text(y[i]) + "; it must be " + wanted);
}

}  // namespace

std::unique_ptr<VectorLoss> make_vector_loss(const SparseProblem& problem,
                                             const VectorLoss::Vector& roots) {
    using namespace loss::detail;
    const auto any = [](double) { return true; };
    switch (problem.loss) {
        case LossKind::least_squares:
            check_response(problem.y, "least_squares", "a finite number", any);
            return made(problem.y, roots, SquaredError<double>(), true);
        case LossKind::huber:
            check_response(problem.y, "huber", "a finite number", any);
            if (!(problem.huber_delta > 0) || !std::isfinite(problem.huber_delta))
                throw InputError("huber: delta is " + shortest_text(problem.huber_delta) +
                                 "; it must be positive and finite");
            return made(problem.y, roots, HuberError<double>(problem.huber_delta), false);
        case LossKind::logistic:
            check_response(problem.y, "logistic", "0 or 1",
                           [](double y) { return y == 0 || y == 1; });
            return std::make_unique<LogisticLoss>(
                problem.y, roots, made(problem.y, roots, LogisticError<double>(), false));
        case LossKind::poisson:
            check_response(problem.y, "poisson", "an integer, 0 or larger",
                           [](double y) { return y >= 0 && y == std::floor(y); });
            return made(problem.y, roots, PoissonError<double>(), false);
    }
    throw InputError("unknown loss");
}

void check_response_scale(const SparseProblem& problem, const VectorLoss& loss) {
    double squares = 0;
    for (const double y : problem.y) squares += y * y;
    // Slopes of Huber's loss are δ at most.
    const bool needs_squares = problem.loss != LossKind::huber;
    if ((needs_squares && !std::isfinite(squares)) ||
        !std::isfinite(loss.sum(VectorLoss::Vector::Zero(problem.X.rows))))
        throw InputError(std::string("y: its ") +
                         (needs_squares ? "squares overflow" : "loss overflows") +
                         "; scale it to entries below 1e150");
    // Below, a gap of one rounding unit of P(0) would not be a normal number.
    constexpr double least_squares_sum = 1e-290;
    if (squares < least_squares_sum &&
        std::any_of(problem.y.begin(), problem.y.end(), [](double y) { return y != 0; }))
        throw InputError("y: its squares underflow; scale it to entries above 1e-145");
}

void check_intercept_exists(const SparseProblem& problem) {
    const bool is_logistic = problem.loss == LossKind::logistic;
    if (!problem.intercept || !(is_logistic || problem.loss == LossKind::poisson)) return;
    // Rows of weight 0 are not there.
    double least = std::numeric_limits<double>::infinity(), most = -least;
    std::size_t count = 0;
    for (std::size_t i = 0; i < problem.y.size(); ++i) {
        if (!problem.observation_weights.empty() && problem.observation_weights[i] == 0) continue;
        least = std::min(least, problem.y[i]);
        most = std::max(most, problem.y[i]);
        ++count;
    }
    if (least != most || (!is_logistic && most > 0)) return;
    const std::string rows = std::to_string(count) +
                             (problem.observation_weights.empty() ? "" : " of positive weight");
    const std::string start = std::string(is_logistic ? "logistic" : "poisson") + ": y is " +
                              shortest_text(most) + " in every row (" + rows +
                              "), where the intercept, which is not penalised, is best at " +
                              (most > 0 ? "+" : "-") + "infinity; ";
    throw InputError(start +
                     (is_logistic ? "y must have both 0 and 1" : "y needs a count above 0") +
                     ", or the problem no intercept");
}

bool falls_for_ever(const SparseProblem& problem, const VectorLoss::Vector& image, double slack) {
    const bool is_logistic = problem.loss == LossKind::logistic;
    const double largest = image.cwiseAbs().maxCoeff();
    if (!(is_logistic || problem.loss == LossKind::poisson) || !(largest > 0)) return false;
    for (Eigen::Index i = 0; i < image.size(); ++i) {
        const double y = problem.y[static_cast<std::size_t>(i)];
        const bool is_right = is_logistic ? (y == 1 ? image[i] : -image[i]) >= -slack * largest
                              : y > 0     ? std::abs(image[i]) <= slack * largest
                                          : image[i] <= slack * largest;
        const bool is_there = problem.observation_weights.empty() ||
                              problem.observation_weights[static_cast<std::size_t>(i)] > 0;
        if (is_there && !is_right) return false;
    }
    return true;
}

}  // namespace detail

LossKind loss_kind(const std::string& name) {
    if (name == "least_squares") return LossKind::least_squares;
    if (name == "logistic") return LossKind::logistic;
    if (name == "poisson") return LossKind::poisson;
    if (name == "huber") return LossKind::huber;
    throw InputError("unknown loss '" + name +
                     "'; there are least_squares, logistic, poisson and huber");
}

std::string to_string(SparseStop stop) {
    switch (stop) {
        case SparseStop::converged: return "converged";
        case SparseStop::iteration_limit: return "iteration_limit";
        case SparseStop::no_progress: return "no_progress";
        case SparseStop::interrupted: return "interrupted";
    }
    return "unreachable";
}

}  // namespace hadamard::optim
