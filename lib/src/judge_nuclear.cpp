#include "hadamard/minima/nuclear.hpp"

#include "hadamard/minima/inertia.hpp"

#include <Eigen/LU>

#include <string>
#include <utility>

namespace hadamard::minima {
namespace {

Decision nuclear_decision(Outcome outcome, std::string reason, bool strict = false) {
    Decision out;
    out.outcome = outcome;
    out.reason = std::move(reason);
    out.strict = strict;
    return out;
}

template <class T>
bool is_definite(const Inertia& inertia, const Matrix<T>& A) {
    return inertia.positive == A.rows();
}

/// Columns that span {x : Ax = 0}.
Matrix<Rational> null_space(const Matrix<Rational>& A) {
    if (A.rows() == 0) return Matrix<Rational>::Identity(A.cols(), A.cols());
    const Eigen::FullPivLU<Matrix<Rational>> lu(A);
    if (lu.dimensionOfKernel() == 0) return Matrix<Rational>(A.cols(), 0);
    return lu.kernel();
}

/// Directions (ψ, H) at (ψ, B), as columns, in which the nuclear norm behaves in a known way. With B =
/// AΣCᵀ of rank ρ and Y ∈ ∂‖B‖_*:
struct NuclearDirections {
    /// {H = AX + ZCᵀ}: for H off this space, with part H_0 orthogonal to it, ‖B + H‖_* ≥ ‖B‖_* + ⟨Y, H⟩ +
    /// (1 − ‖Y − ACᵀ‖) ‖H_0‖_*, because Y may be moved by every contraction off the ranges.
    Matrix<Rational> tangent;
    /// {H = AMCᵀ, M symmetric}: there ‖B + tH‖_* = tr(Σ + tM) for small t, linear on both sides.
    Matrix<Rational> linear;
};

/// Without roots: with bases N, O of the null spaces of Bᵀ, B the first is NᵀHO = 0, the second NᵀH = 0,
/// HO = 0, YᵀH symmetric.
NuclearDirections nuclear_directions(const penalty::Nuclear<Rational>& R, const Matrix<Rational>& B,
                                     const Matrix<Rational>& Y) {
    const Matrix<Rational> N = null_space(B.transpose()), O = null_space(B);
    const Index rows = B.rows(), cols = B.cols(), size = R.size();
    const Index off_tangent = N.cols() * O.cols(), kills_left = N.cols() * cols,
                kills_right = rows * O.cols();
    Matrix<Rational> off = Matrix<Rational>::Zero(off_tangent, size),
                     bent = Matrix<Rational>::Zero(kills_left + kills_right + cols * cols, size);
    for (Index k = 0; k < rows * cols; ++k) {
        Matrix<Rational> H = Matrix<Rational>::Zero(rows, cols);
        H(k % rows, k / rows) = 1;
        const Index at = R.positions()[static_cast<std::size_t>(k)];
        const Matrix<Rational> left = N.transpose() * H, right = H * O;
        const Matrix<Rational> both = left * O, turned = Y.transpose() * H;
        const Matrix<Rational> skew = turned - turned.transpose();
        off.col(at) << both.reshaped();
        bent.col(at) << left.reshaped(), right.reshaped(), skew.reshaped();
    }
    return {null_space(off), null_space(bent)};
}

Inertia inertia_on(const Matrix<Rational>& H, const Matrix<Rational>& basis) {
    const Matrix<Rational> image = H * basis;
    return exact_inertia(Matrix<Rational>(basis.transpose() * image));
}

/// First order holds at (ψ, B), with Y ∈ ∂‖B‖_* and the Hessian H of a loss that is not convex. Along
/// `linear` directions P has the curvature of L: a negative one descends. Conversely let ‖Y − ACᵀ‖ < 1 and H
/// be positive definite on the tangent directions: P rises at order 2 along them and at order 1 off them, and
/// the mixed terms are smaller than either.
Decision judge_nuclear_curvature(const penalty::Nuclear<Rational>& R, const Matrix<Rational>& B,
                                 const Matrix<Rational>& Y, const Matrix<Rational>& H) {
    const NuclearDirections directions = nuclear_directions(R, B, Y);
    if (inertia_on(H, directions.linear).negative > 0)
        return nuclear_decision(Outcome::not_minimizer,
                                "negative curvature where the nuclear norm is linear");
    // I − YᵀY is 0 on the range of Bᵀ, where BᵀB is positive definite.
    const Matrix<Rational> slack =
        Matrix<Rational>::Identity(B.cols(), B.cols()) - Y.transpose() * Y + B.transpose() * B;
    if (is_definite(exact_inertia(slack), slack) &&
        inertia_on(H, directions.tangent).positive == directions.tangent.cols())
        return nuclear_decision(Outcome::minimizer,
                                "strict first order, positive definite along matrices of this rank",
                                true);
    return nuclear_decision(Outcome::undecided, "first order holds, L is not convex");
}

/// −G/(λw), G = ∇L(θ) on B.
Matrix<Rational> dual_matrix(const AnyBase<Rational>& P, const penalty::Nuclear<Rational>& R,
                             const Vector<Rational>& theta) {
    return R.matrix(P.loss().gradient(theta)) / Rational(-P.lambda() * R.weight());
}

}  // namespace

bool is_nuclear_stationary(const AnyBase<Rational>& P, const penalty::Nuclear<Rational>& R,
                           const Vector<Rational>& theta) {
    Vector<Rational> rest = P.loss().gradient(theta);
    for (const Index i : R.positions()) rest[i] = 0;
    return rest.isZero() &&
           penalty::detail::is_subgradient(dual_matrix(P, R, theta), R.matrix(theta));
}

Decision judge_nuclear(const AnyBase<Rational>& P, const penalty::Nuclear<Rational>& R,
                       const Vector<Rational>& theta) {
    if (!is_nuclear_stationary(P, R, theta))
        return nuclear_decision(Outcome::not_minimizer,
                                "-grad L is not in lambda times the nuclear subdifferential");
    Matrix<Rational> H;
    if (P.loss().smoothness() >= 2) {
        H = dense_hessian(P.loss(), theta);
        if (is_definite(exact_inertia(H), H))
            return nuclear_decision(Outcome::minimizer,
                                    "convex near the point: first order suffices", true);
    }
    if (P.loss().is_convex())
        return nuclear_decision(Outcome::minimizer, "convex: first order suffices");
    if (P.loss().smoothness() >= 2)
        return judge_nuclear_curvature(R, R.matrix(theta), dual_matrix(P, R, theta), H);
    return nuclear_decision(Outcome::undecided, "first order holds, L is not convex");
}

Decision judge_nuclear_factors(const AnyBase<Interval>& P, const penalty::Nuclear<Interval>& R,
                               const Vector<Interval>& theta, const Matrix<Interval>& U,
                               const Matrix<Interval>& V) {
    Matrix<Interval> G = R.matrix(P.loss().gradient(theta)), factor = V;
    if (G.rows() < G.cols()) {
        G.transposeInPlace();
        factor = U;
    }
    const Matrix<Interval> turned = factor.transpose();
    const Interval level = P.lambda() * R.weight();
    Matrix<Interval> slack = times(factor, turned) - transpose_times(G, G);
    for (Index i = 0; i < slack.rows(); ++i) slack(i, i) += level * level;
    const Inertia inertia = enclosed_inertia(slack);
    if (inertia.indefinite)
        return nuclear_decision(Outcome::not_minimizer,
                                "the operator norm of grad L exceeds lambda");
    if (!is_definite(inertia, slack))
        return nuclear_decision(Outcome::undecided,
                                "degenerate: an operator norm may be lambda off the range");
    const Matrix<Interval> H = dense_hessian(P.loss(), theta);
    if (is_definite(enclosed_inertia(H), H))
        return nuclear_decision(Outcome::minimizer, "convex near the point: first order suffices",
                                true);
    if (P.loss().is_convex())
        return nuclear_decision(Outcome::minimizer, "convex: first order suffices");
    return nuclear_decision(Outcome::undecided, "first order holds, L is not convex");
}

bool certainly_not_nuclear_stationary(const AnyBase<Interval>& P,
                                      const penalty::Nuclear<Interval>& R,
                                      const Vector<Interval>& theta) {
    const Vector<Interval> g = P.loss().gradient(theta);
    Interval pairing = P.lambda() * R.value(theta);
    for (const Index i : R.positions()) pairing += g[i] * theta[i];
    const Sign sign = sign_of(pairing);
    if (sign == Sign::positive || sign == Sign::negative) return true;
    const Matrix<Interval> G = R.matrix(g);
    const Interval level = P.lambda() * R.weight();
    Matrix<Interval> slack = -transpose_times(G, G);
    for (Index i = 0; i < slack.rows(); ++i) slack(i, i) += level * level;
    return enclosed_inertia(slack).indefinite;
}

}  // namespace hadamard::minima
