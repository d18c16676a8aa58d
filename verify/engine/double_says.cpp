#include "engine/double_says.hpp"

#include "engine/closeness.hpp"
#include "hadamard/minima/judge.hpp"
#include "hadamard/objectives/active_coordinates.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hadamard::verify {
namespace {

using minima::Outcome;

constexpr double first_order_tolerance = 1e-8;  // what solvers stop at

/// |a + b| is small beside its terms.
bool cancels(double a, double b) {
    return std::abs(a + b) <= first_order_tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

Outcome by_eigenvalues(const Matrix<double>& H) {
    if (H.rows() == 0) return Outcome::minimizer;
    if (!H.allFinite()) return Outcome::undecided;
    const Vector<double> mu =
        Eigen::SelfAdjointEigenSolver<Matrix<double>>(H, Eigen::EigenvaluesOnly).eigenvalues();
    const double tolerance = static_cast<double>(H.rows()) *
                             std::numeric_limits<double>::epsilon() * mu.cwiseAbs().maxCoeff();
    if (!mu.allFinite()) return Outcome::undecided;
    if (mu.minCoeff() < -tolerance) return Outcome::not_minimizer;
    return mu.minCoeff() > tolerance ? Outcome::minimizer : Outcome::undecided;
}

/// The larger of two margins; one that says nothing does not count.
double worse(double a, double b) { return std::isnan(a) || b > a ? b : a; }

double slope_margin(double a, double b) {
    return cancels(a, b) ? no_margin : std::abs(a + b) / (std::abs(a) + std::abs(b));
}

}  // namespace

Outcome double_says_base(const ProblemFamily& family, const Vector<Rational>& exact) {
    const AnyBase<double> P = family.over<double>().base;
    const Vector<double> theta = from_rational<double>(exact);
    const Vector<double> g = P.loss().gradient(theta);
    const Vector<double> pull = P.lambda() * P.penalty().gradient(theta);
    const IndexList active = active_coordinates(P.penalty(), theta);
    if (!g.allFinite() || !pull.allFinite()) return Outcome::undecided;
    if (const penalty::Nuclear<double>* R = nuclear_of(P.penalty())) {
        const double off = R->stationarity(theta, g, P.lambda());
        return off <= first_order_tolerance * std::max(1.0, P.lambda() * R->weight())
                   ? by_eigenvalues(dense_hessian(P.loss(), theta) +
                                    P.lambda() * P.penalty().hessian(theta))
                   : Outcome::not_minimizer;
    }
    for (const Index i : active)
        if (!cancels(g[i], pull[i])) return Outcome::not_minimizer;
    for (const Kink<double>& kink : P.penalty().kinks(theta)) {
        if (!kink.bound) continue;
        const double slope = gather(g, kink.indices).norm();
        if (slope > P.lambda() * *kink.bound * (1 + first_order_tolerance))
            return Outcome::not_minimizer;
    }
    const Matrix<double> H =
        dense_hessian(P.loss(), theta) + P.lambda() * P.penalty().hessian(theta);
    return by_eigenvalues(minima::detail::principal_block(H, active));
}

Outcome double_says_surrogate(const ProblemFamily& family, const Vector<Rational>& exact) {
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    const Vector<double> xi = from_rational<double>(exact);
    const Vector<double> g = Q.transfer().pullback(xi, Q.loss().gradient(Q.transfer().apply(xi)));
    const Vector<double> pull = Q.lambda() * Q.transfer().penalty_gradient(xi);
    if (!g.allFinite() || !pull.allFinite()) return Outcome::undecided;
    for (Index i = 0; i < xi.size(); ++i)
        if (!cancels(g[i], pull[i])) return Outcome::not_minimizer;
    return by_eigenvalues(Q.hessian(xi));
}

double minimality_margin_base(const ProblemFamily& family, const Vector<Rational>& exact) {
    const AnyBase<double> P = family.over<double>().base;
    const Vector<double> theta = from_rational<double>(exact);
    const Vector<double> g = P.loss().gradient(theta);
    const Matrix<double> H =
        dense_hessian(P.loss(), theta) + P.lambda() * P.penalty().hessian(theta);
    if (const penalty::Nuclear<double>* R = nuclear_of(P.penalty())) {
        const double level = P.lambda() * R->weight();
        const double off = R->stationarity(theta, g, P.lambda());
        return off > first_order_tolerance * std::max(1.0, level) ? off / (off + level)
                                                                  : margin_of_no_descent(H);
    }
    const Vector<double> pull = P.lambda() * P.penalty().gradient(theta);
    const IndexList active = active_coordinates(P.penalty(), theta);
    double out = margin_of_no_descent(minima::detail::principal_block(H, active));
    for (const Index i : active) out = worse(out, slope_margin(g[i], pull[i]));
    for (const Kink<double>& kink : P.penalty().kinks(theta))
        if (kink.bound)
            out = worse(
                out, margin_of_at_most(gather(g, kink.indices).norm(), P.lambda() * *kink.bound));
    return out;
}

double minimality_margin_surrogate(const ProblemFamily& family, const Vector<Rational>& exact) {
    const AnySurrogate<double> Q = family.over<double>().surrogate;
    const Vector<double> xi = from_rational<double>(exact);
    const Vector<double> g = Q.transfer().pullback(xi, Q.loss().gradient(Q.transfer().apply(xi)));
    const Vector<double> pull = Q.lambda() * Q.transfer().penalty_gradient(xi);
    // Along orbits Q is constant, which says nothing: there it is bent upwards.
    const Matrix<double> tangents = gauge_of(Q.transfer(), xi);
    Matrix<double> H = Q.hessian(xi);
    if (tangents.squaredNorm() > 0)
        H += H.norm() / tangents.squaredNorm() * tangents * tangents.transpose();
    double out = margin_of_no_descent(H);
    for (Index i = 0; i < xi.size(); ++i) out = worse(out, slope_margin(g[i], pull[i]));
    return out;
}

}  // namespace hadamard::verify
