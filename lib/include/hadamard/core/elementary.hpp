#pragma once

/// @file
/// Elementary functions whose enclosure is tighter than the obvious product or branch, written for
/// every scalar so that a formula that uses them is written once.

#include "hadamard/core/interval.hpp"
#include "hadamard/core/scalar.hpp"

namespace hadamard {

/// a².
template <OrderedField T>
T square(const T& a) {
    return a * a;
}
/// a², without negative numbers even where a straddles 0.
inline Interval square(const Interval& a) {
    Interval out;
    arb_sqr(out.data(), a.data(), Interval::precision());
    return out;
}

/// d/dt sign(t): 0, but for the jump at 0, which an enclosure that may hold it covers by the whole
/// line.
template <OrderedField T>
T sign_slope(const T&) {
    return T(0);
}
inline Interval sign_slope(const Interval& t) {
    Interval out;
    if (t.contains_zero()) arb_zero_pm_inf(out.data());
    return out;
}

/// a^n by repeated products, a^0 = 1 also at a = 0.
template <OrderedField T>
T natural_power(const T& a, unsigned long n) {
    return detail::natural_power(a, n);
}
inline Interval natural_power(const Interval& a, unsigned long n) {
    Interval out;
    arb_pow_ui(out.data(), a.data(), n, Interval::precision());
    return out;
}

/// min(a, b).
template <OrderedField T>
T smaller(const T& a, const T& b) {
    return b < a ? b : a;
}
inline Interval smaller(const Interval& a, const Interval& b) {
    Interval out;
    arb_min(out.data(), a.data(), b.data(), Interval::precision());
    return out;
}

/// max(a, b).
template <OrderedField T>
T larger(const T& a, const T& b) {
    return a < b ? b : a;
}
inline Interval larger(const Interval& a, const Interval& b) {
    Interval out;
    arb_max(out.data(), a.data(), b.data(), Interval::precision());
    return out;
}

}  // namespace hadamard
