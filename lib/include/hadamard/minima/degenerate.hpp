#pragma once

/// @file
/// Degenerate cases, which minima/judge.hpp leaves open, that exact arithmetic still decides.

#include "hadamard/minima/copositive.hpp"
#include "hadamard/minima/germ.hpp"
#include "hadamard/minima/judge.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <optional>
#include <vector>

namespace hadamard::minima {

namespace detail {

/// A basis of ker H, in columns; none when H is nonsingular.
inline Matrix<Rational> kernel_of(const Matrix<Rational>& H) {
    if (H.rows() == 0) return Matrix<Rational>(0, 0);
    const Eigen::FullPivLU<Matrix<Rational>> lu(H);
    if (lu.dimensionOfKernel() == 0) return Matrix<Rational>(H.rows(), 0);
    return lu.kernel();
}

/// The kinks whose slope is exactly λ·bound, as the unit directions −g_j / (λ bound) in which P has
/// slope 0, and their coordinates.
struct Borders {
    std::vector<Vector<Rational>> directions;
    IndexList coordinates;
};

inline Borders borders_of(const AnyBase<Rational>& P, const Vector<Rational>& theta,
                          const Vector<Rational>& g) {
    Borders out;
    for (const Kink<Rational>& kink : P.penalty().kinks(theta)) {
        if (slope_excess(g, kink, P.lambda()) != Sign::zero) continue;
        Vector<Rational> e = Vector<Rational>::Constant(theta.size(), Rational(0));
        for (const Index i : kink.indices) e[i] = -g[i] / (P.lambda() * *kink.bound);
        out.directions.push_back(std::move(e));
        out.coordinates.insert(out.coordinates.end(), kink.indices.begin(), kink.indices.end());
    }
    return out;
}

/// v over a basis n_i: n_i, n_i ± n_j. Enough to find the directions that matter in small kernels; what
/// is not found stays undecided.
inline std::vector<Vector<Rational>> kernel_directions(const Matrix<Rational>& kernel) {
    std::vector<Vector<Rational>> out;
    for (Index i = 0; i < kernel.cols(); ++i) {
        out.push_back(kernel.col(i));
        for (Index j = 0; j < i; ++j) {
            out.push_back(kernel.col(i) + kernel.col(j));
            out.push_back(kernel.col(i) - kernel.col(j));
        }
    }
    return out;
}

/// How P changes along valleys in the kernel of H.
inline Decision judge_valleys(const AnyBase<Rational>& P, int degree, const Vector<Rational>& theta,
                              const IndexList& active, const Matrix<Rational>& H,
                              const Matrix<Rational>& kernel, bool only_direction) {
    constexpr std::size_t order = 5;  // of γ = dP/dt: P to order 6
    for (const Vector<Rational>& v : kernel_directions(kernel)) {
        const std::vector<Rational> slopes =
            valley_slopes(P, degree, theta, active, H, kernel, v, order);
        std::size_t m = 0;
        while (m <= order && slopes[m] == 0) ++m;
        if (m > order) continue;
        const std::string leading = "order " + std::to_string(m + 1) + " along the kernel";
        if (m % 2 == 0 || slopes[m] < 0)
            return conclude(Outcome::not_minimizer, "descends at " + leading);
        if (only_direction) return conclude(Outcome::minimizer, "grows at " + leading, {}, true);
    }
    return conclude(Outcome::undecided, "degenerate: no rule for this singular Hessian");
}

}  // namespace detail

/// Is θ, stationary on its support, a local minimizer of P, where neither the inertia on the support
/// nor global convexity says so?
///
/// Notation     a: the active coordinates, H = ∇²P on them, positive semidefinite with kernel N; s ≥ 0:
///              steps along the border directions e_j = −g_j/(λ w_j), where |g_j| = λ w_j.
/// Reduction    zero blocks with strict slopes, or with an infinite one, never obstruct: P(a, d, z) ≥
///              P(a, d, 0) + c‖z‖ near θ, c > 0. Within a border block only e_j counts: leaving its
///              direction by an angle costs first order, and gains third order by cross terms.
/// Convex       q = 1, L quadratic and ∇²L ⪰ 0 on active and border coordinates: there P is convex, and
///              first order suffices.
/// Borders      B, the Hessian of P in (a, s): nᵀB e_j ≠ 0 for some n ∈ N ⇒ not a minimizer, since c n + e_j
///              descends for a suitable c. Else with the Schur complement S = B_ss − B_sa H⁺ B_as: not
///              copositive ⇒ not a minimizer; N = 0 and strictly copositive ⇒ strict minimizer.
/// Valleys      P along the valley over a direction of N: an odd or a negative leading coefficient ⇒ not a
///              minimizer; N one-dimensional, no borders and a positive even one ⇒ strict minimizer.
/// Exact        every number is rational; what these rules leave open is `undecided`.
/// @param degree  of L as a polynomial.
/// @pre R is a sum of block powers; `judge_base` found θ stationary and H without negative eigenvalue.
inline Decision judge_degenerate_base(const AnyBase<Rational>& P, const Vector<Rational>& theta,
                                      int degree) {
    using detail::conclude;
    const bool q_is_one = P.penalty().exponent() == Exponent(1);
    const Vector<Rational> g = P.loss().gradient(theta);
    const detail::Borders borders = detail::borders_of(P, theta, g);
    const IndexList active = active_coordinates(P.penalty(), theta);
    const Matrix<Rational> loss_hessian = dense_hessian(P.loss(), theta);

    if (q_is_one && degree <= 2) {
        IndexList counted = active;
        counted.insert(counted.end(), borders.coordinates.begin(), borders.coordinates.end());
        if (exact_inertia(detail::principal_block(loss_hessian, counted)).negative == 0)
            return conclude(Outcome::minimizer, "convex on the coordinates that count");
    }
    const Matrix<Rational> bend = P.penalty().hessian(theta);
    const Matrix<Rational> whole = loss_hessian + P.lambda() * bend;
    const Matrix<Rational> H = detail::principal_block(whole, active);
    const Matrix<Rational> kernel = detail::kernel_of(H);

    const Index count = static_cast<Index>(borders.directions.size());
    if (count > 0) {
        Matrix<Rational> cross(H.rows(), count), S(count, count);
        std::vector<Vector<Rational>> images;
        for (const Vector<Rational>& e : borders.directions) images.push_back(times(whole, e));
        for (Index j = 0; j < count; ++j) {
            const std::size_t at = static_cast<std::size_t>(j);
            cross.col(j) = gather(images[at], active);
            for (Index i = 0; i < count; ++i)
                S(i, j) = borders.directions[static_cast<std::size_t>(i)].dot(images[at]);
        }
        const Matrix<Rational> tilt = transpose_times(kernel, cross);
        if (!tilt.isZero())
            return conclude(Outcome::not_minimizer, "a border direction tilts the kernel");
        if (H.rows() > 0) {
            Matrix<Rational> lifted = H;
            if (kernel.cols() > 0) lifted += kernel * kernel.transpose();
            const Matrix<Rational> inner = Eigen::FullPivLU<Matrix<Rational>>(lifted).solve(cross);
            S -= transpose_times(cross, inner);
        }
        const Copositivity kind = copositivity(S);
        if (kind == Copositivity::none)
            return conclude(Outcome::not_minimizer, "|g| = lambda: descends at order 2");
        if (kernel.cols() == 0)
            return kind == Copositivity::strict
                       ? conclude(Outcome::minimizer, "|g| = lambda: grows at order 2", {}, true)
                       : conclude(Outcome::undecided, "degenerate: |g| = lambda, flat at order 2");
    }
    return detail::judge_valleys(P, degree, theta, active, H, kernel,
                                 count == 0 && kernel.cols() == 1);
}

}  // namespace hadamard::minima
