#include "engine/closeness.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>

namespace hadamard::verify {
namespace {

Vector<double> eigenvalues(const Matrix<double>& H) {
    if (H.rows() == 0 || !H.allFinite()) return {};
    return Eigen::SelfAdjointEigenSolver<Matrix<double>>(H, Eigen::EigenvaluesOnly).eigenvalues();
}

}  // namespace

double margin_of_no_descent(const Matrix<double>& H) {
    const Vector<double> mu = eigenvalues(H);
    if (mu.size() == 0) return no_margin;
    return -mu.minCoeff() / mu.cwiseAbs().maxCoeff();
}

double margin_of_signs(const Matrix<double>& H) {
    const Vector<double> mu = eigenvalues(H);
    if (mu.size() == 0) return no_margin;
    const double largest = mu.cwiseAbs().maxCoeff();
    const double rounding =
        static_cast<double>(mu.size()) * std::numeric_limits<double>::epsilon() * largest;
    double least = largest;
    for (const double one : mu)
        if (std::abs(one) > rounding) least = std::min(least, std::abs(one));
    return -least / largest;  // NaN for H = 0
}

}  // namespace hadamard::verify
