#pragma once

/// @file
/// RapidCheck generators of our scalars, and how a counterexample prints them: exactly.

#include "hadamard/core/interval.hpp"
#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <rapidcheck.h>

#include <limits>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace hadamard::gen {

/// Integers in [−bound, bound]. Sums and products of a few of them are exact in every supported
/// scalar, `double` included, so algebraic laws are checked with == and need no tolerance. Zero,
/// where fibres change shape, is drawn three times as often as any other value.
///
/// Drawn as (magnitude, sign) because `rc::gen::inRange(a, b)` shrinks towards a, not towards 0.
template <class T>
rc::Gen<T> integer(int bound = 8) {
    const auto magnitude = rc::gen::weightedOneOf<int>(
        {{1, rc::gen::just(0)}, {static_cast<std::size_t>(bound), rc::gen::inRange(0, bound + 1)}});
    return rc::gen::map(rc::gen::pair(magnitude, rc::gen::element(1, -1)),
                        [](const std::pair<int, int>& ms) { return T(ms.first * ms.second); });
}

/// Small fractions p/q, abs(p) ≤ 8, 1 ≤ q ≤ 6; they shrink to integers, then to 0. Rounded once
/// where T does not hold them, enclosed over `Interval`.
template <class T>
rc::Gen<T> rational() {
    return rc::gen::map(rc::gen::pair(integer<Rational>(), rc::gen::inRange(1, 7)),
                        [](const std::pair<Rational, int>& pq) {
                            return from_rational<T>(Rational(pq.first / pq.second));
                        });
}

/// Fractions p/q > 0, p ≤ 8, q ≤ 6; they shrink to 1.
template <class T>
rc::Gen<T> positive_rational() {
    return rc::gen::map(rc::gen::pair(rc::gen::inRange(1, 9), rc::gen::inRange(1, 7)),
                        [](const std::pair<int, int>& pq) {
                            return from_rational<T>(Rational(pq.first, pq.second));
                        });
}

/// p·2^e, abs(p) ≤ 8, abs(e) ≤ `range` ≤ 1000: exact in every scalar, over very different
/// magnitudes; they shrink to integers, then to 0.
template <class T>
rc::Gen<T> dyadic(int range = 40) {
    const auto exponent =
        rc::gen::map(rc::gen::pair(rc::gen::inRange(0, range + 1), rc::gen::element(1, -1)),
                     [](const std::pair<int, int>& es) { return es.first * es.second; });
    return rc::gen::map(
        rc::gen::pair(integer<Rational>(), exponent), [](const std::pair<Rational, int>& pe) {
            const Integer power = Integer(1) << (pe.second < 0 ? -pe.second : pe.second);
            return from_rational<T>(pe.second < 0 ? Rational(pe.first / power)
                                                  : Rational(pe.first * power));
        });
}

/// What `rc::gen::arbitrary<double>` never draws: infinities, NaN, subnormals, the largest and the
/// smallest numbers, −0; mixed with ordinary numbers.
inline rc::Gen<double> wild_double() {
    using limits = std::numeric_limits<double>;
    return rc::gen::weightedOneOf<double>(
        {{1, rc::gen::element(limits::infinity(), -limits::infinity(), limits::quiet_NaN(),
                              limits::denorm_min(), -limits::denorm_min(), limits::min(),
                              limits::max(), limits::lowest(), -0.0)},
         {2, dyadic<double>(300)},
         {1, rc::gen::arbitrary<double>()}});
}

/// Balls that contain the drawn rational: thin ones, and ones of radius p/q.
inline rc::Gen<Interval> ball() {
    return rc::gen::map(rc::gen::pair(rational<Interval>(), rational<Interval>()),
                        [](const std::pair<Interval, Interval>& cr) {
                            return Interval::ball(cr.first, cr.second);
                        });
}

/// A vector of independent entries.
template <class T>
rc::Gen<Vector<T>> vector(Index size, const rc::Gen<T>& entry) {
    return rc::gen::map(rc::gen::container<std::vector<T>>(static_cast<std::size_t>(size), entry),
                        [](const std::vector<T>& entries) {
                            Vector<T> out(static_cast<Index>(entries.size()));
                            for (Index i = 0; i < out.size(); ++i)
                                out[i] = entries[static_cast<std::size_t>(i)];
                            return out;
                        });
}

/// A vector of small integers.
template <class T>
rc::Gen<Vector<T>> vector(Index size) {
    return vector<T>(size, integer<T>());
}

/// A matrix of independent entries.
template <class T>
rc::Gen<Matrix<T>> matrix(Index rows, Index cols, const rc::Gen<T>& entry) {
    return rc::gen::map(vector<T>(rows * cols, entry), [rows, cols](const Vector<T>& entries) {
        Matrix<T> out(rows, cols);
        for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < cols; ++j) out(i, j) = entries[i * cols + j];
        return out;
    });
}

/// A matrix of small integers.
template <class T>
rc::Gen<Matrix<T>> matrix(Index rows, Index cols) {
    return matrix<T>(rows, cols, integer<T>());
}

/// A symmetric matrix of independent entries.
template <class T>
rc::Gen<Matrix<T>> symmetric_matrix(Index size, const rc::Gen<T>& entry) {
    return rc::gen::map(matrix<T>(size, size, entry), [](Matrix<T> out) {
        for (Index i = 0; i < out.rows(); ++i)
            for (Index j = 0; j < i; ++j) out(i, j) = T(out(j, i));
        return out;
    });
}

/// A drawn value, named so that a counterexample reads "w: (1, 0)" and not by its type.
template <class T>
T draw(const char* name, const rc::Gen<T>& generator) {
    return *generator.as(name);
}

}  // namespace hadamard::gen

// RapidCheck finds these by argument-dependent lookup: each lives in the namespace of its type.

namespace hadamard {

inline void showValue(const Interval& a, std::ostream& os) { os << a.str(30); }

namespace gen::detail {

/// The exact value when that is short ("3/4"), else enough digits to read the number back.
template <class T>
std::string exact_text(const T& a) {
    if constexpr (std::same_as<T, Interval>) {
        return a.str(30);
    } else if constexpr (std::same_as<T, Integer>) {
        return a.str();
    } else {
        if (!is_finite(a)) return text(a);
        const std::string exact = to_rational(a).str();
        return ScalarTraits<T>::is_exact || exact.size() <= 20 ? exact : text(a);
    }
}

}  // namespace gen::detail
}  // namespace hadamard

namespace boost::multiprecision {

template <class Backend, expression_template_option Option>
void showValue(const number<Backend, Option>& a, std::ostream& os) {
    os << hadamard::gen::detail::exact_text(a);
}

}  // namespace boost::multiprecision

namespace Eigen {

/// "(1, 0, 1/2)" for a vector, "(1, 0; 0, 1)" for a matrix.
template <class T, int Rows, int Cols>
void showValue(const Matrix<T, Rows, Cols>& a, std::ostream& os) {
    os << '(';
    for (Index i = 0; i < a.rows(); ++i)
        for (Index j = 0; j < a.cols(); ++j) {
            if (i + j > 0) os << (j == 0 && Cols != 1 ? "; " : ", ");
            os << hadamard::gen::detail::exact_text(T(a(i, j)));
        }
    os << ')';
}

}  // namespace Eigen

namespace rc {

template <>
struct Arbitrary<hadamard::Rational> {
    static Gen<hadamard::Rational> arbitrary() {
        return hadamard::gen::rational<hadamard::Rational>();
    }
};

template <unsigned D>
struct Arbitrary<hadamard::Real<D>> {
    static Gen<hadamard::Real<D>> arbitrary() {
        return gen::oneOf(hadamard::gen::rational<hadamard::Real<D>>(),
                          hadamard::gen::dyadic<hadamard::Real<D>>());
    }
};

template <>
struct Arbitrary<hadamard::Interval> {
    static Gen<hadamard::Interval> arbitrary() { return hadamard::gen::ball(); }
};

}  // namespace rc

// What most suites draw: compiled once, in scalars.cpp.

namespace hadamard::gen {

extern template rc::Gen<Rational> integer<Rational>(int);
extern template rc::Gen<Rational> rational<Rational>();
extern template rc::Gen<Rational> positive_rational<Rational>();
extern template rc::Gen<Vector<Rational>> vector<Rational>(Index, const rc::Gen<Rational>&);
extern template rc::Gen<Vector<Rational>> vector<Rational>(Index);
extern template rc::Gen<Matrix<Rational>> matrix<Rational>(Index, Index, const rc::Gen<Rational>&);
extern template Rational draw<Rational>(const char*, const rc::Gen<Rational>&);
extern template Vector<Rational> draw<Vector<Rational>>(const char*,
                                                        const rc::Gen<Vector<Rational>>&);
extern template Matrix<Rational> draw<Matrix<Rational>>(const char*,
                                                        const rc::Gen<Matrix<Rational>>&);

extern template rc::Gen<Real<50>> integer<Real<50>>(int);
extern template rc::Gen<Real<50>> rational<Real<50>>();
extern template rc::Gen<Real<50>> positive_rational<Real<50>>();
extern template rc::Gen<Vector<Real<50>>> vector<Real<50>>(Index, const rc::Gen<Real<50>>&);
extern template rc::Gen<Vector<Real<50>>> vector<Real<50>>(Index);
extern template rc::Gen<Matrix<Real<50>>> matrix<Real<50>>(Index, Index, const rc::Gen<Real<50>>&);
extern template Real<50> draw<Real<50>>(const char*, const rc::Gen<Real<50>>&);
extern template Vector<Real<50>> draw<Vector<Real<50>>>(const char*,
                                                        const rc::Gen<Vector<Real<50>>>&);
extern template Matrix<Real<50>> draw<Matrix<Real<50>>>(const char*,
                                                        const rc::Gen<Matrix<Real<50>>>&);

}  // namespace hadamard::gen
