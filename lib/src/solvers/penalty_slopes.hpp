#pragma once

#include <cmath>
#include <limits>

namespace hadamard::optim::detail {

/// μ q s^{q−1}, q = 2/depth: the slope of μ s^q at s > 0.
inline double penalty_slope(double mu, double s, int depth) {
    if (depth == 2) return mu;
    const double q = 2.0 / depth;
    return mu * q * std::pow(s, q - 1);
}

/// The least |z| h at which argmin_s μ|s|^q + h/2 (s − z)² leaves 0: μ itself for q = 1; otherwise, with
/// s* = 2(1−q)/(2−q), where μ/h = |z|^{2−q} s*^{2−q} / (2(1−q)) (minima/scalar_oracle.hpp).
inline double entry_slope(double mu, double h, int depth) {
    if (depth == 2) return mu;
    if (!(h > 0)) return std::numeric_limits<double>::infinity();
    const double q = 2.0 / depth, s = 2 * (1 - q) / (2 - q);
    return h * std::pow(mu / h * 2 * (1 - q), 1 / (2 - q)) / s;
}

/// The least μ at which `slope` = |z| h does not leave 0.
inline double entry_strength(double slope, double h, int depth) {
    if (depth == 2) return slope;
    if (!(h > 0)) return 0;
    const double q = 2.0 / depth, s = 2 * (1 - q) / (2 - q);
    return h * std::pow(s * slope / h, 2 - q) / (2 * (1 - q));
}

}  // namespace hadamard::optim::detail
