#pragma once

#include "hadamard/core/concepts.hpp"
#include "hadamard/optimizers/report.hpp"

#include <chrono>
#include <utility>

namespace hadamard::optim::detail {

template <class T>
bool all_finite(const Vector<T>& x) {
    for (Index i = 0; i < x.size(); ++i)
        if (!is_finite(x[i])) return false;
    return true;
}

/// A report in the making, its clock and its watcher.
template <RoundedField T, class Watch>
class Run {
public:
    explicit Run(Watch& watch) : watch_(watch), start_(std::chrono::steady_clock::now()) {}

    Report<T> report;

    /// Records an iterate and shows it; false if the watcher wants no more.
    bool shows(const Vector<T>& x, const T& value, const T& certificate) {
        record(x, value, certificate);
        if constexpr (std::is_void_v<std::invoke_result_t<Watch&, const Report<T>&>>) {
            watch_(std::as_const(report));
            return true;
        } else {
            return static_cast<bool>(watch_(std::as_const(report)));
        }
    }

    void record(const Vector<T>& x, const T& value, const T& certificate) {
        report.x = x;
        report.value = value;
        report.certificate = certificate;
        report.seconds = elapsed();
    }

    Report<T> ended(Stop stop) {
        report.stop = stop;
        report.seconds = elapsed();
        return std::move(report);
    }

private:
    double elapsed() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

    Watch& watch_;
    std::chrono::steady_clock::time_point start_;
};

/// A point and what a smooth method knows there.
template <RoundedField T>
struct Point {
    Vector<T> x;
    T value;
    Vector<T> gradient;
    T gradient_norm;

    bool is_finite() const {
        return hadamard::is_finite(value) && hadamard::is_finite(gradient_norm) && all_finite(x);
    }
};

template <Objective F, class T>
Point<T> evaluate(const F& f, Vector<T> x, Report<T>& report) {
    Point<T> out{std::move(x), T(0), {}, T(0)};
    out.value = f.value(out.x);
    out.gradient = f.gradient(out.x);
    out.gradient_norm = out.gradient.norm();
    report.evaluations += 2;
    return out;
}

/// A gradient this far below the rounding of those met has nothing left to say: near a stationary
/// point at exactly 0 there is no rounding, and Newton's method would never stop.
template <class T>
T negligible(const T& scale) {
    return rounding_unit<T>() * square_root(rounding_unit<T>()) * scale;
}

/// 64 rounding units of the largest value met: `before`, or that of `value`.
template <class T>
T grown_rounding(const T& before, const T& value) {
    const T here = T(64) * rounding_unit<T>() * magnitude(value);
    return before < here ? here : before;
}

/// f(x + td) ≤ f(x) + c t ∇f(x)·d; or, where rounding of f hides that, the same said by slopes: f
/// is no larger than `rounding` allows and its slope at x + td at most (2c − 1)∇f(x)·d, which for
/// a quadratic f is equivalent (the approximate Wolfe condition of Hager and Zhang 2005).
template <class T>
bool is_sufficient_decrease(const Point<T>& at, const Point<T>& trial, const Vector<T>& d,
                            const T& t, const T& c, const T& rounding) {
    if (!trial.is_finite()) return false;
    const T slope = at.gradient.dot(d);
    if (trial.value < at.value && trial.value <= at.value + c * t * slope) return true;
    return trial.value <= at.value + rounding && trial.gradient.dot(d) <= (T(2) * c - T(1)) * slope;
}

}  // namespace hadamard::optim::detail
