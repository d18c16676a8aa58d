#pragma once

#include "hadamard/core/interval.hpp"
#include "hadamard/core/scalar.hpp"

#include <optional>

namespace hadamard::minima {

/// Closed forms for the scalar problem  ½(b − y)² + λ abs(b)^q,  0 < q < 1, y ≥ 0.
///
/// Notation   x_loc = (λ q(1−q))^{1/(2−q)} is where 1 + λ q(q−1) b^{q−2} changes sign and y_loc its
///            value of b + λ q b^{q−1}, the least there; x_glob = (2λ(1−q))^{1/(2−q)} and y_glob:
///            where a nonzero local minimizer has the value of 0.
/// Exact      over `Rational` where the root is rational, else NotRepresentable; over `Interval`
///            enclosures. Comparisons with a rational y are exact always: `side_of_fold`, `side_of_switch`.
/// Source     y = b + λ q b^{q−1} is least at x_loc; at x_glob also ½b² − yb + λ b^q = 0.
/// @pre λ > 0; 0 < q < 1.
template <Field T>
struct ScalarOracle {
    T lambda;
    Exponent q;

    T x_loc() const { return root(T(lambda * q.as<T>() * (Exponent(1) - q).template as<T>())); }
    T y_loc() const { return x_loc() * ((Exponent(2) - q) / (Exponent(1) - q)).template as<T>(); }
    T x_glob() const { return root(T(T(2) * lambda * (Exponent(1) - q).template as<T>())); }
    T y_glob() const {
        return x_glob() * ((Exponent(2) - q) / (Exponent(2) * (Exponent(1) - q))).template as<T>();
    }
    /// The y for which b > 0 is stationary: b + λ q b^{q−1}.
    T response_at(const T& b) const { return b + lambda * q.as<T>() * abs_power(b, q - 1); }

private:
    T root(const T& a) const { return abs_power(a, Exponent(1) / (Exponent(2) - q)); }
};

namespace detail {

/// The sign of y − c·a^{1/(2−q)} with 2 − q = m/n: of (y/c)^m − a^n, exactly.
inline Sign compare_with_root(const Rational& y, const Rational& c, const Rational& a, Exponent q) {
    const Exponent power = Exponent(2) - q;
    const Rational left = abs_power(Rational(y / c), Exponent(power.num()));
    const Rational right = abs_power(a, Exponent(power.den()));
    return sign_of(Rational(left - right));
}

}  // namespace detail

/// The sign of y − y_loc: two nonzero stationary points, a double one, or none.   @pre y ≥ 0.
inline Sign side_of_fold(const Rational& y, const Rational& lambda, Exponent q) {
    const Exponent c = (Exponent(2) - q) / (Exponent(1) - q);
    const Rational a = lambda * q.as<Rational>() * (Exponent(1) - q).as<Rational>();
    return detail::compare_with_root(y, c.as<Rational>(), a, q);
}

/// The sign of y − y_glob: the nonzero minimizer is global, ties with 0, or is not.   @pre y ≥ 0.
inline Sign side_of_switch(const Rational& y, const Rational& lambda, Exponent q) {
    const Exponent c = (Exponent(2) - q) / (Exponent(2) * (Exponent(1) - q));
    const Rational a = Rational(2) * lambda * (Exponent(1) - q).as<Rational>();
    return detail::compare_with_root(y, c.as<Rational>(), a, q);
}

/// The two nonzero stationary points for y > y_loc, enclosed at the precision of the current scope:
/// the local maximum below x_loc and the local minimizer above. Nothing for other y.
///
/// Argument   b + λ q b^{q−1} − y is strictly convex with its least value, y_loc − y < 0, at x_loc;
///            it is positive at y, since λ q y^{q−1} > 0, and tends to infinity at 0. One root on each
///            side: bisection, with signs that are certain, keeps it enclosed.
struct ScalarStationary {
    Interval maximum, minimizer;
};

inline std::optional<ScalarStationary> nonzero_stationary(const Rational& y,
                                                          const Rational& lambda, Exponent q) {
    if (side_of_fold(y, lambda, q) != Sign::positive) return std::nullopt;
    const ScalarOracle<Interval> oracle{from_rational<Interval>(lambda), q};
    const Interval target = from_rational<Interval>(y);
    // Between `inside`, where the function is negative, and `outside`, where it is positive.
    const auto bisect = [&](Interval inside, Interval outside) -> Interval {
        const long steps = 4 * Interval::precision() + 64;
        for (long step = 0; step < steps; ++step) {
            const Interval middle = ((inside + outside) / Interval(2)).midpoint();
            const Sign sign = sign_of(Interval(oracle.response_at(middle) - target));
            if (sign == Sign::negative)
                inside = middle;
            else if (sign == Sign::positive)
                outside = middle;
            else
                break;  // the precision is used up
        }
        return hull(inside, outside);
    };
    const Interval fold = oracle.x_loc();
    Interval low = fold;
    while (sign_of(Interval(oracle.response_at(low) - target)) != Sign::positive)
        low = (low / Interval(16)).midpoint();
    return ScalarStationary{bisect(fold, low), bisect(fold, target)};
}

/// The minimizer of ½(b − y)² + λ abs(b): sign(y) max(|y| − λ, 0).
template <OrderedField T>
T soft_threshold(const T& y, const T& lambda) {
    const T left = magnitude(y) - lambda;
    return left > T(0) ? T(unit_sign(y) * left) : T(0);
}

}  // namespace hadamard::minima
