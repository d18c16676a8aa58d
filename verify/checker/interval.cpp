#include "interval.hpp"

namespace check {

Interval& Interval::operator+=(const Interval& other) {
    lo += other.lo;
    hi += other.hi;
    return *this;
}

Interval& Interval::operator-=(const Interval& other) {
    lo -= other.hi;
    hi -= other.lo;
    return *this;
}

Interval operator-(Interval a) {
    std::swap(a.lo, a.hi);
    a.lo = -std::move(a.lo);
    a.hi = -std::move(a.hi);
    return a;
}

namespace {

/// [a.lo, a.hi]·b, a.lo ≥ 0: each end of b meets the end of a that takes it furthest.
Interval nonnegative_times(const Interval& a, const Interval& b) {
    return {(b.lo.sign() >= 0 ? a.lo : a.hi) * b.lo, (b.hi.sign() >= 0 ? a.hi : a.lo) * b.hi};
}

}  // namespace

Interval operator*(const Interval& a, const Interval& b) {
    if (a.lo.sign() >= 0) return nonnegative_times(a, b);
    if (b.lo.sign() >= 0) return nonnegative_times(b, a);
    if (a.hi.sign() <= 0) return -nonnegative_times(-a, b);
    if (b.hi.sign() <= 0) return -nonnegative_times(-b, a);
    return {std::min(a.lo * b.hi, a.hi * b.lo), std::max(a.lo * b.lo, a.hi * b.hi)};
}

Interval operator*(const Dyadic& a, const Interval& b) {
    return a.sign() >= 0 ? Interval(a * b.lo, a * b.hi) : Interval(a * b.hi, a * b.lo);
}

Interval power(const Interval& x, int n) {
    Interval ends(power(x.lo, n), power(x.hi, n));
    if (n % 2 == 1 || x.lo.sign() >= 0) return ends;
    if (x.hi.sign() <= 0) return {ends.hi, ends.lo};
    return {Dyadic(), std::max(ends.lo, ends.hi)};
}

bool inside(const Interval& a, const Interval& b) { return b.lo <= a.lo && a.hi <= b.hi; }
bool strictly_inside(const Interval& a, const Interval& b) { return b.lo < a.lo && a.hi < b.hi; }
bool disjoint(const Interval& a, const Interval& b) { return a.hi < b.lo || b.hi < a.lo; }

Dyadic largest(const Interval& x) { return std::max(-x.lo, x.hi); }

}  // namespace check
