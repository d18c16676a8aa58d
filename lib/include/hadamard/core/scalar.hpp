#pragma once

/// @file
/// The scalar types the library is written for, and the only place that knows them apart.
///
///     double      finds
///     Real<D>     decides: D decimal digits, D = 50, 100, 200 (MPFR on the stack, no expression
///                 templates: the fastest of the ready-made types)
///     Rational    exact; roots only of perfect powers, no transcendental functions
///     Interval    encloses; `core/interval.hpp`
///
/// Every function below exists for all of them, so that a formula is written once.

#include "hadamard/core/error.hpp"
#include "hadamard/core/exponent.hpp"
#include "hadamard/core/real.hpp"
#include "hadamard/kernels/eigen_products.hpp"

#include <boost/multiprecision/gmp.hpp>

#include <Eigen/Core>

#include <cmath>
#include <concepts>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>

namespace hadamard {

using Rational = boost::multiprecision::number<boost::multiprecision::gmp_rational,
                                               boost::multiprecision::et_off>;
using Integer = boost::multiprecision::number<boost::multiprecision::gmp_int,
                                              boost::multiprecision::et_off>;

}  // namespace hadamard

namespace Eigen {

template <>
struct NumTraits<hadamard::Rational> : GenericNumTraits<hadamard::Rational> {
    using Real = hadamard::Rational;
    using NonInteger = hadamard::Rational;
    using Nested = hadamard::Rational;
    using Literal = int;
    enum {
        IsComplex = 0,
        IsInteger = 0,
        IsSigned = 1,
        RequireInitialization = 1,
        ReadCost = 4,
        AddCost = 50,
        MulCost = 50
    };
    static Real epsilon() { return Real(0); }
    static Real dummy_precision() { return Real(0); }
    static int digits10() { return 0; }
};

}  // namespace Eigen

namespace hadamard {

// clang-format off
/// A field the templates may compute in. `T(int)` is exact; a `double` literal is never written.
template <class T>
concept Field = std::semiregular<T> && requires(T a, T b) {
    { T(2) } -> std::same_as<T>;
    { a + b } -> std::convertible_to<T>;
    { a - b } -> std::convertible_to<T>;
    { a * b } -> std::convertible_to<T>;
    { a / b } -> std::convertible_to<T>;
};
// clang-format on

/// A scalar is supported once it is named here.
template <class T>
struct ScalarTraits;

template <>
struct ScalarTraits<double> {
    static constexpr std::string_view name = "double";
    static constexpr bool is_exact = false;
    static constexpr bool is_ordered = true;
    static constexpr bool is_transcendental = true;  // exp, log and roots of anything positive
    static constexpr int digits = 15;
};

template <unsigned D>
struct ScalarTraits<Real<D>> {
    static constexpr std::string_view name = D == 50    ? "real50"
                                             : D == 100 ? "real100"
                                             : D == 200 ? "real200"
                                                        : "real";
    static constexpr bool is_exact = false;
    static constexpr bool is_ordered = true;
    static constexpr bool is_transcendental = true;
    static constexpr int digits = D;
};

template <>
struct ScalarTraits<Rational> {
    static constexpr std::string_view name = "rational";
    static constexpr bool is_exact = true;
    static constexpr bool is_ordered = true;
    static constexpr bool is_transcendental = false;
    static constexpr int digits = std::numeric_limits<int>::max();
};

/// A field whose `<` always has an answer. Intervals are fields but not ordered: code that branches
/// on a value asks for this, so that it cannot be instantiated where the branch is undecidable.
template <class T>
concept OrderedField = Field<T> && ScalarTraits<T>::is_ordered;

/// An ordered field rounded to a fixed precision: what the optimizers compute in.
template <class T>
concept RoundedField = OrderedField<T> && !ScalarTraits<T>::is_exact;

/// A field with exp and log.
template <class T>
concept TranscendentalField = Field<T> && ScalarTraits<T>::is_transcendental;

template <class T>
inline constexpr bool is_real_v = false;
template <unsigned D>
inline constexpr bool is_real_v<Real<D>> = true;

/// What is known of the sign of a number. `unknown` occurs for intervals and for NaN only.
enum class Sign { negative, zero, positive, unknown };

template <OrderedField T>
Sign sign_of(const T& a) {
    if (a < T(0)) return Sign::negative;
    if (a > T(0)) return Sign::positive;
    return a == T(0) ? Sign::zero : Sign::unknown;
}

/// True iff `a` is exactly 0; for an interval, iff it is [0, 0].
template <Field T>
bool is_zero(const T& a) {
    return sign_of(a) == Sign::zero;
}

/// |a|.
template <OrderedField T>
T magnitude(const T& a) {
    return a < T(0) ? T(-a) : a;
}

/// −1, 0 or +1 in T; NaN gives 0.
template <OrderedField T>
T unit_sign(const T& a) {
    return a < T(0) ? T(-1) : a > T(0) ? T(1) : T(0);
}

template <OrderedField T>
bool is_finite(const T& a) {
    if constexpr (ScalarTraits<T>::is_exact) {
        return true;
    } else {
        using std::isfinite;
        return isfinite(a);
    }
}

namespace detail {

/// The nonnegative n-th root of a ≥ 0, exact or `NotRepresentable`.
inline Integer exact_root(const Integer& a, unsigned long n) {
    Integer root;
    if (mpz_root(root.backend().data(), a.backend().data(), n) == 0)
        throw NotRepresentable("root " + std::to_string(n) + " of " + a.str() + " is not rational");
    return root;
}

inline Rational nonnegative_root(const Rational& a, unsigned long n) {
    return Rational(exact_root(numerator(a), n), exact_root(denominator(a), n));
}

inline double nonnegative_root(double a, unsigned long n) {
    if (n == 1) return a;
    if (n == 2) return std::sqrt(a);
    if (n == 3) return std::cbrt(a);
    return std::pow(a, 1.0 / static_cast<double>(n));
}

template <unsigned D>
Real<D> nonnegative_root(const Real<D>& a, unsigned long n) {
    if (n == 1) return a;
    Real<D> root;
    mpfr_rootn_ui(root.backend().data(), a.backend().data(), n, MPFR_RNDN);
    return root;
}

template <OrderedField T>
T natural_power(T base, unsigned long n) {
    if constexpr (is_real_v<T>) {
        mpfr_pow_ui(base.backend().data(), base.backend().data(), n, MPFR_RNDN);
        return base;
    } else {
        T out(1);
        for (; n > 0; n >>= 1) {
            if (n & 1) out = T(out * base);
            if (n > 1) base = T(base * base);
        }
        return out;
    }
}

}  // namespace detail

/// |a|^e, with |0|^0 = 1.
/// @throws NotRepresentable over `Rational` when the value is irrational; PreconditionError over
///         `Rational` when a = 0 and e < 0 (rounded types give infinity).
template <OrderedField T>
T abs_power(const T& a, Exponent e) {
    if (e.num() == 0) return T(1);
    const bool negative = e.num() < 0;
    if constexpr (ScalarTraits<T>::is_exact)
        require(!(negative && a == T(0)), "abs_power: 0 to a negative power");
    const unsigned long n = static_cast<unsigned long>(negative ? -e.num() : e.num());
    const T root = detail::nonnegative_root(magnitude(a), static_cast<unsigned long>(e.den()));
    const T power = detail::natural_power(root, n);
    return negative ? T(T(1) / power) : power;
}

/// sign(a)·|a|^e, which is 0 at a = 0 for every e > 0.
template <OrderedField T>
T signed_power(const T& a, Exponent e) {
    if (a == T(0) && e.num() <= 0) return T(0);
    const T power = abs_power(a, e);
    return a < T(0) ? T(-power) : power;
}

/// √a for a ≥ 0.
template <OrderedField T>
T square_root(const T& a) {
    return detail::nonnegative_root(a, 2);
}

/// The number nearest to a rational: one correct rounding (for `Interval`: an enclosure).
template <class T>
struct FromRational {
    static T convert(const Rational& a) {
        if constexpr (std::same_as<T, Rational>) {
            return a;
        } else if constexpr (is_real_v<T>) {
            T out;
            mpfr_set_q(out.backend().data(), a.backend().data(), MPFR_RNDN);
            return out;
        } else {
            // mpq_get_d truncates; 60 digits rounded once more are the nearest double but for
            // ties no decimal input reaches.
            return FromRational<Real<50>>::convert(a).template convert_to<double>();
        }
    }
};

template <class T>
T from_rational(const Rational& a) {
    return FromRational<T>::convert(a);
}

template <class T, class From>
Eigen::Matrix<T, Eigen::Dynamic, 1> from_rational(const Eigen::Matrix<From, Eigen::Dynamic, 1>& a) {
    Eigen::Matrix<T, Eigen::Dynamic, 1> out(a.size());
    for (Eigen::Index i = 0; i < a.size(); ++i) out[i] = from_rational<T>(a[i]);
    return out;
}

template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> from_rational(
    const Eigen::Matrix<Rational, Eigen::Dynamic, Eigen::Dynamic>& a) {
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> out(a.rows(), a.cols());
    for (Eigen::Index j = 0; j < a.cols(); ++j)
        for (Eigen::Index i = 0; i < a.rows(); ++i) out(i, j) = from_rational<T>(a(i, j));
    return out;
}

/// The rational a finite binary number *is*: no rounding.
template <OrderedField T>
Rational to_rational(const T& a) {
    require(is_finite(a), "to_rational: not a finite number");
    if constexpr (std::same_as<T, Rational>) {
        return a;
    } else if constexpr (is_real_v<T>) {
        if (a == T(0)) return Rational(0);
        Integer mantissa;
        const mpfr_exp_t e = mpfr_get_z_2exp(mantissa.backend().data(), a.backend().data());
        Rational out(mantissa);
        if (e >= 0)
            mpq_mul_2exp(out.backend().data(), out.backend().data(), static_cast<mp_bitcnt_t>(e));
        else
            mpq_div_2exp(out.backend().data(), out.backend().data(), static_cast<mp_bitcnt_t>(-e));
        return out;
    } else {
        Rational out;
        mpq_set_d(out.backend().data(), a);
        return out;
    }
}

template <OrderedField T>
Eigen::Matrix<Rational, Eigen::Dynamic, 1> to_rational(
    const Eigen::Matrix<T, Eigen::Dynamic, 1>& a) {
    Eigen::Matrix<Rational, Eigen::Dynamic, 1> out(a.size());
    for (Eigen::Index i = 0; i < a.size(); ++i) out[i] = to_rational(a[i]);
    return out;
}

/// "3", "-7/2".
inline std::string text(const Rational& a) { return a.str(); }

/// Enough digits to read the same number back.
inline std::string text(double a) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.17g", a);
    return buffer;
}
template <unsigned D>
std::string text(const Real<D>& a) {
    return a.str(std::numeric_limits<Real<D>>::max_digits10, std::ios_base::scientific);
}

/// The first `digits` significant digits, for people.
template <OrderedField T>
std::string short_text(const T& a, int digits = 6) {
    if constexpr (std::same_as<T, Rational>) {
        return short_text(from_rational<Real<50>>(a), digits);
    } else if constexpr (is_real_v<T>) {
        return a.str(digits, std::ios_base::fmtflags(0));
    } else {
        char buffer[40];
        std::snprintf(buffer, sizeof buffer, "%.*g", digits, a);
        return buffer;
    }
}

/// One unit of rounding: 2^(1−p) for rounded types, 0 for exact ones.
template <OrderedField T>
T rounding_unit() {
    if constexpr (ScalarTraits<T>::is_exact)
        return T(0);
    else
        return std::numeric_limits<T>::epsilon();
}

}  // namespace hadamard
