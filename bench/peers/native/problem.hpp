#pragma once

#include <Eigen/Dense>

#include <cmath>
#include <cstdint>
#include <ctime>
#include <variant>
#include <vector>

namespace peers {

using Index = Eigen::Index;
using Vec = Eigen::VectorXd;
using Mat = Eigen::MatrixXd;

/// CPU seconds of this thread since some instant.
inline double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Whether a budget of CPU seconds is spent. Looks at the CPU clock, a system call of more than a
/// microsecond here, once a tick of the coarse clock: a path of small problems would be half clock.
class Deadline {
public:
    explicit Deadline(double budget) : end_(cpu_seconds() + budget) {}

    bool has_passed() {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
        if (now.tv_sec != seen_.tv_sec || now.tv_nsec != seen_.tv_nsec) {
            seen_ = now;
            has_passed_ = cpu_seconds() > end_;
        }
        return has_passed_;
    }

private:
    double end_;
    timespec seen_{};
    bool has_passed_ = false;
};

/// A view of a column-major n × p array.
class DenseDesign {
public:
    DenseDesign(const double* values, Index n, Index p) : x_(values, n, p) {}

    Index rows() const { return x_.rows(); }
    Index columns() const { return x_.cols(); }
    const auto& matrix() const { return x_; }

    double dot(Index j, const Vec& v) const { return x_.col(j).dot(v); }
    double squared_norm(Index j) const { return x_.col(j).squaredNorm(); }
    double weighted_squared_norm(Index j, const Vec& h) const {
        return (x_.col(j).array().square() * h.array()).sum();
    }
    double dot_columns(Index i, Index j) const { return x_.col(i).dot(x_.col(j)); }
    /// out += a X_j.
    void add(Index j, double a, Vec& out) const { out.noalias() += a * x_.col(j); }
    /// out += a h ∘ X_j.
    void add_weighted(Index j, double a, const Vec& h, Vec& out) const {
        out.array() += a * h.array() * x_.col(j).array();
    }
    /// q = Xᵀ r.
    void correlate(const Vec& r, Vec& q) const { q.noalias() = x_.transpose() * r; }

private:
    Eigen::Map<const Mat> x_;
};

/// A view of CSC arrays.
class SparseDesign {
public:
    SparseDesign(const double* values, const std::int32_t* indices, const std::int64_t* starts,
                 Index n, Index p)
        : values_(values), indices_(indices), starts_(starts), n_(n), p_(p) {}

    Index rows() const { return n_; }
    Index columns() const { return p_; }
    const double* values() const { return values_; }
    const std::int32_t* indices() const { return indices_; }
    const std::int64_t* starts() const { return starts_; }

    double dot(Index j, const Vec& v) const {
        double sum = 0;
        for (Index k = starts_[j]; k < starts_[j + 1]; ++k) sum += values_[k] * v[indices_[k]];
        return sum;
    }
    double squared_norm(Index j) const {
        double sum = 0;
        for (Index k = starts_[j]; k < starts_[j + 1]; ++k) sum += values_[k] * values_[k];
        return sum;
    }
    double weighted_squared_norm(Index j, const Vec& h) const {
        double sum = 0;
        for (Index k = starts_[j]; k < starts_[j + 1]; ++k)
            sum += values_[k] * values_[k] * h[indices_[k]];
        return sum;
    }
    double dot_columns(Index i, Index j) const {
        Vec column = Vec::Zero(n_);
        add(j, 1, column);
        return dot(i, column);
    }
    void add(Index j, double a, Vec& out) const {
        for (Index k = starts_[j]; k < starts_[j + 1]; ++k) out[indices_[k]] += a * values_[k];
    }
    void add_weighted(Index j, double a, const Vec& h, Vec& out) const {
        for (Index k = starts_[j]; k < starts_[j + 1]; ++k)
            out[indices_[k]] += a * h[indices_[k]] * values_[k];
    }
    void correlate(const Vec& r, Vec& q) const {
        for (Index j = 0; j < p_; ++j) q[j] = dot(j, r);
    }

private:
    const double* values_;
    const std::int32_t* indices_;
    const std::int64_t* starts_;
    Index n_, p_;
};

using Design = std::variant<DenseDesign, SparseDesign>;

/// z = X β, skipping zeros.
template <class X>
Vec product(const X& x, const Vec& beta) {
    Vec z = Vec::Zero(x.rows());
    for (Index j = 0; j < x.columns(); ++j)
        if (beta[j] != 0) x.add(j, beta[j], z);
    return z;
}

/// min  (1/n) Σ ℓ(x_iᵀβ; y_i) + λ Σ_g ‖β_g‖₂^q,  q = 2/depth, groups of `group` columns in order.
struct Problem {
    Vec y;
    bool logistic = false;  ///< ℓ(z; y) = log(1 + e^z) − yz instead of (z − y)²/2.
    Index group = 1;        ///< ≥ 1, divides p; > 1 only at depth 2.
    int depth = 2;          ///< 2, 3 or 4; > 2 only for least squares.

    /// (1/n) Σ ℓ(z_i; y_i).
    double loss(const Vec& z) const {
        if (!logistic) return (y - z).squaredNorm() / (2 * static_cast<double>(y.size()));
        double sum = 0;
        for (Index i = 0; i < z.size(); ++i)
            sum += std::max(z[i], 0.0) + std::log1p(std::exp(-std::abs(z[i]))) - y[i] * z[i];
        return sum / static_cast<double>(y.size());
    }

    /// −n ∇_z of the loss: y − z, or y − σ(z).
    Vec residual(const Vec& z) const {
        if (!logistic) return y - z;
        return y.array() - (1 + (-z.array()).exp()).inverse();
    }

    /// n ∇²_z of the loss, a diagonal.
    Vec curvature(const Vec& z) const {
        if (!logistic) return Vec::Ones(z.size());
        const Eigen::ArrayXd mean = (1 + (-z.array()).exp()).inverse();
        return mean * (1 - mean);
    }

    double largest_curvature() const { return logistic ? 0.25 : 1; }
};

/// What a peer found at each λ (a column each), and what it took.
struct Answer {
    Mat coefficients;
    double cpu_seconds = 0;
    std::int64_t iterations = 0;
};

/// How far a peer goes; each says what its tolerance means.
struct Effort {
    double tolerance = 1e-6;
    double max_seconds = 30;  ///< CPU, for all λ together.
};

}  // namespace peers
