#pragma once

#include "dyadic.hpp"

namespace check {

/// The closed interval [lo, hi], lo ≤ hi; the operations give exact ranges.
struct Interval {
    Dyadic lo, hi;

    Interval() = default;
    Interval(Dyadic low, Dyadic high) : lo(std::move(low)), hi(std::move(high)) {}
    explicit Interval(const Dyadic& point) : lo(point), hi(point) {}

    bool excludes_zero() const { return lo.sign() > 0 || hi.sign() < 0; }
    Dyadic width() const { return hi - lo; }

    Interval& operator+=(const Interval& other);
    Interval& operator-=(const Interval& other);
    friend Interval operator+(Interval a, const Interval& b) { return a += b; }
    friend Interval operator-(Interval a, const Interval& b) { return a -= b; }
    friend Interval operator-(Interval a);
};

Interval operator*(const Interval& a, const Interval& b);
Interval operator*(const Dyadic& a, const Interval& b);
Interval power(const Interval& x, int n);

bool inside(const Interval& a, const Interval& b);
bool strictly_inside(const Interval& a, const Interval& b);
bool disjoint(const Interval& a, const Interval& b);

/// The largest |x|.
Dyadic largest(const Interval& x);

}  // namespace check
