#include "solvers/interruptible.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace hadamard::optim::detail {
namespace {

using Eigen::Index;
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr Index largest_spectrum = 300;  // rows: some milliseconds
constexpr Index panel = 128;             // columns between two questions

/// Gaussian numbers by Box and Muller from 53 bits of each draw, as the standard's distributions are not
/// the same everywhere.
Vector gaussian(Index n) {
    std::mt19937_64 random(20230707);
    const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53; };
    Vector out(n);
    for (double& x : out) {
        const double radius = std::sqrt(-2 * std::log(uniform()));
        x = radius * std::cos(6.283185307179586 * uniform());
    }
    return out;
}

}  // namespace

double eigenvalue_bound(const Eigen::Ref<const Matrix>& A, const Interrupt& interrupt) {
    // A little above what is computed, which may be below the true value by rounding.
    constexpr double safety = 1 + 1e-10;
    if (A.rows() <= largest_spectrum)
        return Eigen::SelfAdjointEigenSolver<Matrix>(A, Eigen::EigenvaluesOnly)
                   .eigenvalues()[A.rows() - 1] *
               safety;
    const double trace = A.trace() * safety;
    constexpr int steps = 60;
    constexpr double log_alpha = 45.6;  // α = 2/(π 1e−20)
    Vector x = gaussian(A.rows());
    double log_length = std::log(x.norm());  // of A^m ω
    x /= x.norm();
    for (int step = 0; step < steps; ++step) {
        if (is_stopped(interrupt)) return trace;
        const Vector image = A.selfadjointView<Eigen::Lower>() * x;
        const double length = image.norm();
        if (!(length > 0) || !std::isfinite(length)) return trace;
        log_length += std::log(length);
        x = image / length;
    }
    return std::min(trace, std::exp((log_alpha + 2 * log_length) / (2 * steps)) * safety);
}

Cholesky::Cholesky(Matrix A, const Interrupt& interrupt) : L_(std::move(A)) {
    is_there_ = factorise(interrupt);
}

/// Panel by panel from the left: a panel less the products of those before it, its square on the
/// diagonal factorised, the rest solved for.
bool Cholesky::factorise(const Interrupt& interrupt) {
    const Index n = L_.rows();
    const Index width = n <= 8 * panel ? n : panel;
    for (Index k = 0; k < n; k += width) {
        if (k > 0 && is_stopped(interrupt)) return false;
        const Index b = std::min(width, n - k), rest = n - k - b;
        if (k > 0)
            L_.block(k, k, n - k, b).noalias() -=
                L_.block(k, 0, n - k, k) * L_.block(k, 0, b, k).transpose();
        Eigen::Ref<Matrix> corner = L_.block(k, k, b, b);
        const Eigen::LLT<Eigen::Ref<Matrix>> factors(corner);  // in place
        if (factors.info() != Eigen::Success) return false;
        if (rest > 0)
            corner.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(
                L_.block(k + b, k, rest, b));
    }
    return true;
}

Vector Cholesky::solve(Vector b) const {
    L_.triangularView<Eigen::Lower>().solveInPlace(b);
    L_.triangularView<Eigen::Lower>().transpose().solveInPlace(b);
    return b;
}

}  // namespace hadamard::optim::detail
