/// Variable projection as published (Poon & Peyré, "Smooth bilevel programming for sparse
/// regularization", NeurIPS 2021): minimising Q over u leaves
///     f(v) = (λ/2)(yᵀ(X diag(v²) Xᵀ + nλI)⁻¹ y + ‖v‖²),
/// to which L-BFGS is applied. Every step factors the n × n matrix, or, where p < n, the p × p matrix
/// diag(v) XᵀX diag(v) + nλI.

#include "hadamard/optimizers/lbfgs.hpp"
#include "peers.hpp"

namespace peers {
namespace {

class Reduced {
public:
    using Scalar = double;

    Reduced(const DenseDesign& x, const Vec& y, double lambda)
        : x_(x.matrix()), y_(y), lambda_(lambda), ridge_(lambda * static_cast<double>(x.rows())) {
        if (is_wide()) return;
        gram_ = Mat::Zero(x_.cols(), x_.cols());
        gram_.selfadjointView<Eigen::Lower>().rankUpdate(x_.transpose());
        gram_.triangularView<Eigen::StrictlyUpper>() = gram_.transpose();
        correlation_ = x_.transpose() * y_;
    }

    Index size() const { return x_.cols(); }

    double value(const Vec& v) const {
        project(v);
        return value_;
    }

    /// λ v (1 − z²), z = Xᵀr/(nλ).
    Vec gradient(const Vec& v) const {
        if (v != at_) project(v);
        return lambda_ * v.array() * (1 - z_.array().square());
    }

    Vec coefficients(const Vec& v) const {
        if (v != at_) project(v);
        return v.array().square() * z_.array();
    }

    Vec hessian_times(const Vec&, const Vec& direction) const { return direction; }

private:
    bool is_wide() const { return x_.cols() > x_.rows(); }

    void project(const Vec& v) const {
        at_ = v;
        double projected = 0;  // yᵀ(X diag(v²) Xᵀ + nλI)⁻¹ y
        if (is_wide()) {
            scaled_.noalias() = x_ * v.asDiagonal();
            matrix_ = Mat::Identity(x_.rows(), x_.rows()) * ridge_;
            matrix_.selfadjointView<Eigen::Lower>().rankUpdate(scaled_);
            const Vec a = Eigen::LLT<Eigen::Ref<Mat>>(matrix_).solve(y_);
            z_.noalias() = x_.transpose() * a;
            projected = y_.dot(a);
        } else {
            matrix_ = v.asDiagonal() * gram_ * v.asDiagonal();
            matrix_.diagonal().array() += ridge_;
            const Vec b = v.cwiseProduct(correlation_);
            const Vec u = Eigen::LLT<Eigen::Ref<Mat>>(matrix_).solve(b);
            z_ = (correlation_ - gram_ * v.cwiseProduct(u)) / ridge_;
            projected = (y_.squaredNorm() - b.dot(u)) / ridge_;
        }
        value_ = lambda_ / 2 * (projected + v.squaredNorm());
    }

    const Eigen::Map<const Mat>& x_;
    const Vec& y_;
    double lambda_, ridge_;
    Mat gram_;
    Vec correlation_;
    mutable Mat scaled_, matrix_;
    mutable Vec at_, z_;
    mutable double value_ = 0;
};

}  // namespace

Answer varpro(const DenseDesign& x, const Problem& problem, double lambda, const Effort& effort) {
    const double began = cpu_seconds();
    Deadline deadline(effort.max_seconds);
    const Reduced f(x, problem.y, lambda);
    hadamard::optim::Lbfgs<double>::Settings settings;
    settings.tolerance = effort.tolerance * lambda;
    settings.max_iterations = 1'000'000;
    const auto report = hadamard::optim::Lbfgs<double>(settings).minimize(
        f, Vec::Ones(f.size()), [&](const auto&) { return !deadline.has_passed(); });
    return Answer{f.coefficients(report.x), cpu_seconds() - began, report.iterations};
}

}  // namespace peers
