#pragma once

#include "hadamard/core/interval.hpp"
#include "hadamard/core/product.hpp"
#include "hadamard/core/types.hpp"

#include <Eigen/LU>

#include <optional>
#include <utility>

namespace hadamard::minima {

namespace detail {

/// An approximate inverse of the midpoint of J, computed in T and returned as thin balls; nothing
/// when that inverse is not finite.
template <class T>
std::optional<Matrix<Interval>> approximate_inverse(const Matrix<Interval>& J) {
    Matrix<T> middle(J.rows(), J.cols());
    for (Index j = 0; j < J.cols(); ++j)
        for (Index i = 0; i < J.rows(); ++i) {
            if (!J(i, j).is_finite()) return std::nullopt;
            if constexpr (std::same_as<T, double>)
                middle(i, j) = J(i, j).midpoint_as_double();
            else
                middle(i, j) = J(i, j).template midpoint_as_real<ScalarTraits<T>::digits>();
        }
    const Matrix<T> inverse = Eigen::PartialPivLU<Matrix<T>>(middle).inverse();
    Matrix<Interval> out(J.rows(), J.cols());
    for (Index j = 0; j < J.cols(); ++j)
        for (Index i = 0; i < J.rows(); ++i) {
            if (!is_finite(inverse(i, j))) return std::nullopt;
            out(i, j) = Interval::exactly(inverse(i, j));
        }
    return out;
}

inline Vector<Interval> midpoints(const Vector<Interval>& x) {
    return x.unaryExpr([](const Interval& a) -> Interval { return a.midpoint(); });
}

/// sup |x_i| over all entries, as a thin ball; 0 when x is empty.
inline Interval sup_norm(const Vector<Interval>& x) {
    Interval out(0);
    for (Index i = 0; i < x.size(); ++i) {
        const Interval bound = x[i].upper_magnitude();
        if (!certainly_less(bound, out)) out = bound;
    }
    return out;
}

/// Simplified Newton steps x ← mid(x − C F(x)) until they stop shrinking.
template <class Function>
Vector<Interval> refine(const Function& F, const Matrix<Interval>& C, Vector<Interval> x) {
    constexpr int most_steps = 80;  // 200 digits at 3 a step, C being good to a few digits
    std::optional<Interval> last;
    for (int step = 0; step < most_steps; ++step) {
        const Vector<Interval> residual = midpoints(F(x));
        const Vector<Interval> move = times(C, residual);
        const Interval length = sup_norm(move);
        if (!length.is_finite()) break;
        if (last && !certainly_less(length + length, *last)) break;
        last = length;
        x = midpoints(x - move);
        if (is_zero(length)) break;
    }
    return x;
}

/// Krawczyk's test on boxes around x that grow until one passes; nothing if none does.
template <class Function, class Jacobian>
std::optional<Vector<Interval>> contract(const Function& F, const Jacobian& J,
                                         const Matrix<Interval>& C, const Vector<Interval>& x) {
    const Vector<Interval> step = times(C, F(x));
    const Matrix<Interval> identity = Matrix<Interval>::Identity(x.size(), x.size());
    Interval unit(1);
    arb_mul_2exp_si(unit.data(), unit.data(), -Interval::precision());
    for (int attempt = 0; attempt < 6; ++attempt) {
        Interval growth(1);
        arb_mul_2exp_si(growth.data(), growth.data(), 1 + 3 * attempt);
        Vector<Interval> box(x.size()), offset(x.size());
        const Interval common = sup_norm(step) + sup_norm(x) * unit + unit * unit;
        for (Index i = 0; i < x.size(); ++i) {
            offset[i] = Interval::ball(Interval(0), growth * common);
            box[i] = x[i] + offset[i];
        }
        const Matrix<Interval> defect = identity - times(C, J(box));
        const Vector<Interval> correction = times(defect, offset);
        const Vector<Interval> image = x - step + correction;
        bool inside = true;
        for (Index i = 0; i < x.size() && inside; ++i)
            inside = image[i].is_finite() && box[i].contains_in_interior(image[i]);
        if (inside) return image;
    }
    return std::nullopt;
}

}  // namespace detail

/// Encloses a root of F near x0 and proves that it is one: Krawczyk's theorem.
///
/// Guarantee  the returned box contains exactly one root of F (K(X) ⊂ int X implies existence and
///            uniqueness in X, and the root lies in the image K(X) that is returned). Nothing is
///            returned when that could not be proved, which says nothing about roots.
/// Source     R. Krawczyk 1969; R. E. Moore, SIAM J. Numer. Anal. 14 (1977), 611–615.
/// @param F   maps a box to an enclosure of its image; @param J likewise for the Jacobian.
template <class Function, class Jacobian>
std::optional<Vector<Interval>> enclose_root(const Function& F, const Jacobian& J,
                                             const Vector<Interval>& x0) {
    if (x0.size() == 0) return x0;
    const auto attempt = [&](const std::optional<Matrix<Interval>>& C) {
        if (!C) return std::optional<Vector<Interval>>();
        return detail::contract(F, J, *C, detail::refine(F, *C, detail::midpoints(x0)));
    };
    const Matrix<Interval> jacobian = J(detail::midpoints(x0));
    if (auto box = attempt(detail::approximate_inverse<double>(jacobian))) return box;
    return attempt(detail::approximate_inverse<Real<50>>(jacobian));
}

}  // namespace hadamard::minima
