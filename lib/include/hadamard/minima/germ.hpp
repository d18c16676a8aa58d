#pragma once

/// @file
/// Taylor coefficients of P along curves on its support, exactly: what decides when the Hessian is
/// singular there.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/objectives/active_coordinates.hpp"

#include <Eigen/LU>

#include <vector>

namespace hadamard::minima {

/// x(t) = Σ_m x[m] t^m with vector coefficients.
using Curve = std::vector<Vector<Rational>>;

namespace detail {

inline Vector<Rational> at(const Curve& curve, const Rational& t) {
    Vector<Rational> out = curve.back();
    for (std::size_t m = curve.size() - 1; m-- > 0;) out = (t * out + curve[m]).eval();
    return out;
}

/// Coefficients 0 … order of a polynomial vector of degree ≤ n from its values at 0, 1, …, n:
/// Newton's divided differences, expanded.
inline Curve interpolated(std::vector<Vector<Rational>> values, std::size_t order) {
    const std::size_t n = values.size();
    for (std::size_t level = 1; level < n; ++level)
        for (std::size_t i = n; i-- > level;)
            values[i] = (values[i] - values[i - 1]) / Rational(static_cast<int>(level));
    const Vector<Rational> zero = Vector<Rational>::Constant(values.front().size(), Rational(0));
    Curve out(n, zero);
    // Horner's scheme in the nodes: p ← p·(t − i) + difference i.
    for (std::size_t i = n; i-- > 0;) {
        const Rational node(static_cast<int>(i));
        for (std::size_t m = n; m-- > 1;) out[m] = (out[m - 1] - node * out[m]).eval();
        out[0] = (values[i] - node * out[0]).eval();
    }
    out.resize(order + 1, zero);
    return out;
}

/// Coefficients of ∇L(x(t)) for a polynomial L of this degree.
inline Curve loss_slopes(const AnyLoss<Rational>& L, int degree, const Curve& x,
                         std::size_t order) {
    const int n = (degree - 1) * static_cast<int>(x.size() - 1);
    std::vector<Vector<Rational>> values;
    for (int t = 0; t <= n; ++t) values.push_back(L.gradient(at(x, Rational(t))));
    return interpolated(std::move(values), order);
}

/// Coefficients of s(t)^α, s[0] > 0, given s[0]^α: from s p' = α s' p.
inline std::vector<Rational> series_power(const std::vector<Rational>& s, const Rational& alpha,
                                          const Rational& first) {
    std::vector<Rational> p = {first};
    for (std::size_t m = 1; m < s.size(); ++m) {
        Rational sum(0);
        for (std::size_t i = 1; i <= m; ++i)
            sum += (alpha * static_cast<int>(i) - static_cast<int>(m - i)) * s[i] * p[m - i];
        p.push_back(Rational(sum / (s[0] * static_cast<int>(m))));
    }
    return p;
}

/// Coefficients of ∇R(x(t)), R = Σ_j w_j ‖β_j‖^q, on its nonzero blocks: w q s^{(q−2)/2} β_j with
/// s = ‖β_j‖².
inline Curve penalty_slopes(const AnyPenalty<Rational>& R, const Curve& x, std::size_t order) {
    const Exponent half = (R.exponent() - 2) / 2;
    const Vector<Rational> zero = Vector<Rational>::Constant(x.front().size(), Rational(0));
    Curve out(order + 1, zero);
    for (const PenaltyBlock<Rational>& block : R.blocks()) {
        if (hadamard::detail::all_zero(x.front(), block.indices)) continue;
        std::vector<Vector<Rational>> b;
        for (std::size_t m = 0; m <= order; ++m)
            b.push_back(gather(m < x.size() ? x[m] : zero, block.indices));
        std::vector<Rational> s(order + 1, Rational(0));
        for (std::size_t m = 0; m <= order; ++m)
            for (std::size_t i = 0; i <= m; ++i) s[m] += Rational(b[i].dot(b[m - i]));
        const std::vector<Rational> p =
            series_power(s, half.as<Rational>(), abs_power(s[0], half));
        const Rational factor = block.weight * R.exponent().as<Rational>();
        for (std::size_t m = 0; m <= order; ++m)
            for (std::size_t i = 0; i <= m; ++i)
                for (std::size_t c = 0; c < block.indices.size(); ++c)
                    out[m][block.indices[c]] += factor * p[i] * b[m - i][static_cast<Index>(c)];
    }
    return out;
}

}  // namespace detail

/// Whether R = Σ_j w_j ‖β_j‖₂^q over its blocks, as far as values and slopes at two generic points
/// tell: they are compared in 60 digits. Penalties of other shapes differ there.
inline bool is_sum_of_block_powers(const AnyPenalty<Interval>& R) {
    const PrecisionScope scope(PrecisionScope::bits_for(60));
    const Exponent q = R.exponent();
    for (const int shift : {2, 5}) {
        Vector<Interval> x(R.size());
        for (Index i = 0; i < x.size(); ++i)
            x[i] = Interval(static_cast<int>((7 * i + shift) % 11) + 1) / Interval(3);
        Interval value(0);
        Vector<Interval> slope = Vector<Interval>::Constant(x.size(), Interval(0));
        for (const PenaltyBlock<Interval>& block : R.blocks()) {
            Interval s(0);
            for (const Index i : block.indices) s += square(x[i]);
            value += block.weight * abs_power(s, q / 2);
            for (const Index i : block.indices)
                slope[i] = block.weight * q.as<Interval>() * abs_power(s, (q - 2) / 2) * x[i];
        }
        if (!value.overlaps(R.value(x))) return false;
        const Vector<Interval> claimed = R.gradient(x);
        for (Index i = 0; i < x.size(); ++i)
            if (!slope[i].overlaps(claimed[i])) return false;
    }
    return true;
}

/// P along the curve x(t) = θ + t v + Σ_{m≥2} x_m t^m on the support that follows the valley: its
/// gradient stays in the kernel of H to the order computed.
///
/// Returns   the coefficients of γ(t) = ⟨∇P(x(t)), x'(t)⟩ = (d/dt) P(x(t)), orders 0 … `order`. The
///           first that is not 0 says how P changes along the curve. If the kernel is spanned by v and
///           H ⪰ 0, P near θ is minimal on the valley for fixed ⟨v, x⟩ (implicit functions), so that
///           the same coefficient decides.
/// Exact     L polynomial of `degree`, R a sum of block powers; x_m solves H x_m = −r_m on the
///           complement of the kernel, r_m being the part of order m that lower x's cause.
/// @param kernel  a basis of ker H in its columns, H = ∇²P on the `active` coordinates; v in its span.
inline std::vector<Rational> valley_slopes(const AnyBase<Rational>& P, int degree,
                                           const Vector<Rational>& theta, const IndexList& active,
                                           const Matrix<Rational>& H,
                                           const Matrix<Rational>& kernel,
                                           const Vector<Rational>& v, std::size_t order) {
    const Matrix<Rational> projector_part = kernel * kernel.transpose();
    const Matrix<Rational> lifted = H + projector_part;
    const Eigen::FullPivLU<Matrix<Rational>> solver(lifted);
    const Matrix<Rational> gram = kernel.transpose() * kernel;
    const Eigen::FullPivLU<Matrix<Rational>> gram_solver(gram);

    const Vector<Rational> zero = Vector<Rational>::Constant(theta.size(), Rational(0));
    Curve x = {theta, zero};
    scatter(x[1], active, v);
    const auto slopes = [&](std::size_t up_to) {
        Curve out = detail::loss_slopes(P.loss(), degree, x, up_to);
        const Curve bends = detail::penalty_slopes(P.penalty(), x, up_to);
        for (std::size_t m = 0; m <= up_to; ++m) out[m] += P.lambda() * bends[m];
        return out;
    };
    for (std::size_t m = 2; m < order; ++m) {
        const Vector<Rational> r = gather(slopes(m)[m], active);
        const Vector<Rational> along = kernel.transpose() * r;
        const Vector<Rational> share = gram_solver.solve(along);
        const Vector<Rational> across = r - kernel * share;
        const Vector<Rational> step = solver.solve(across);
        x.push_back(zero);
        scatter(x.back(), active, Vector<Rational>(-step));
    }
    const Curve gradient = slopes(order);
    std::vector<Rational> out(order + 1, Rational(0));
    for (std::size_t m = 0; m <= order; ++m)
        for (std::size_t i = 1; i < x.size() && i <= m + 1; ++i)
            for (const Index a : active)
                out[m] += gradient[m + 1 - i][a] * x[i][a] * static_cast<int>(i);
    return out;
}

}  // namespace hadamard::minima
