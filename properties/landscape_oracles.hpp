#pragma once

/// @file
/// What the suites of landscapes compare with: Newton's method on ∇Q in all its D variables, started
/// everywhere, with the full D × D Hessian.

#include "hadamard/catalogue/problem.hpp"
#include "landscape/landscape.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace hadamard::landscape {

using Engine = std::mt19937;

/// n/8 with abs(n) ≤ reach.
inline Rational eighths(Engine& engine, int reach) {
    return Rational(static_cast<long>(engine() % static_cast<unsigned>(2 * reach + 1)) - reach, 8);
}

/// K of an orbit, to rounding.
inline Vector<double> image(const Problem& problem, const Region& region) {
    Vector<double> out = Vector<double>::Zero(problem.size);
    const std::vector<int> S = support(problem, region.signs);
    for (std::size_t j = 0; j < S.size(); ++j) {
        if (region.kind == Region::Kind::exact) {
            out[S[j]] = region.beta[j].convert_to<double>();
        } else if (problem.has_groups()) {
            out[S[j]] = region.center[j];
        } else {
            const char state = region.signs[static_cast<std::size_t>(S[j])];
            out[S[j]] = sign_of_state(state) * multiplicity(state) *
                        std::pow(region.center[j], problem.exponent());
        }
    }
    return out;
}

/// A stationary point of Q: its image, and the index of the D × D Hessian.
struct Found {
    Vector<double> beta;
    int index;
};

/// Stationary points of Q in ξ ∈ R^D, with clearly regular Hessians.
inline std::vector<Found> newton_points(const AnySurrogate<double>& Q, Engine& engine, int starts) {
    std::normal_distribution<double> normal(0, 1.2);
    std::vector<Found> out;
    for (int start = 0; start < starts; ++start) {
        Vector<double> xi(Q.size());
        for (Index a = 0; a < xi.size(); ++a) xi[a] = engine() % 4 == 0 ? 0.0 : normal(engine);
        for (int step = 0; step < 60 && xi.allFinite(); ++step) {
            const Vector<double> move = Q.hessian(xi).fullPivLu().solve(Q.gradient(xi));
            xi -= move * std::min(1.0, 0.7 / std::max(move.norm(), 1e-300));
            if (move.norm() < 1e-13) break;
        }
        if (!xi.allFinite() || xi.norm() > 50 || Q.gradient(xi).norm() > 1e-11) continue;
        const Eigen::SelfAdjointEigenSolver<hadamard::Matrix<double>> solver(Q.hessian(xi));
        if (solver.eigenvalues().cwiseAbs().minCoeff() < 1e-4) continue;
        out.push_back(
            {Q.transfer().apply(xi), static_cast<int>((solver.eigenvalues().array() < 0).count())});
    }
    return out;
}

/// Whether the list has an orbit with this image and index, but for the one skipped. 1e−6: at Hessians
/// beyond 1e−4 Newton's error is 1e−11/1e−4 in ξ, times the slope of K, below 10 here.
inline bool is_listed(const Landscape& l, const Found& point, std::size_t skip) {
    for (std::size_t s = 0; s < l.surrogate.size(); ++s) {
        if (s == skip || l.surrogate[s].index != point.index) continue;
        const Vector<double> beta = image(l.problem, l.regions[l.surrogate[s].region]);
        if ((beta - point.beta).norm() < 1e-6 * (1 + beta.norm())) return true;
    }
    return false;
}

}  // namespace hadamard::landscape
