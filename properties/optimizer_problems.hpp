#pragma once

/// @file
/// Small problems the optimizer suites share, and what they record of a run.

#include "hadamard/core/concepts.hpp"
#include "hadamard/optimizers/report.hpp"

#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

namespace hadamard::problems {

template <class T>
Vector<T> vector_of(std::initializer_list<T> entries) {
    Vector<T> out(static_cast<Index>(entries.size()));
    Index i = 0;
    for (const T& entry : entries) out[i++] = entry;
    return out;
}

/// ½(uv − 1)² + (λ/2)(u² + v²): the depth-2 surrogate of ½(β − 1)² + λ|β|. For λ < 1 the origin is
/// a strict saddle with the eigenvalues λ ± 1, and u = v = ±√(1 − λ) are the minimizers.
template <class T>
struct DepthTwo {
    using Scalar = T;
    T lambda = T(1) / T(4);

    Index size() const { return 2; }
    T value(const Vector<T>& x) const {
        const T r = x[0] * x[1] - T(1);
        return (r * r + lambda * x.squaredNorm()) / T(2);
    }
    Vector<T> gradient(const Vector<T>& x) const {
        const T r = x[0] * x[1] - T(1);
        return vector_of<T>({r * x[1] + lambda * x[0], r * x[0] + lambda * x[1]});
    }
    Vector<T> hessian_times(const Vector<T>& x, const Vector<T>& v) const {
        const T r = x[0] * x[1] - T(1), dr = v[0] * x[1] + x[0] * v[1];
        return vector_of<T>(
            {dr * x[1] + r * v[1] + lambda * v[0], dr * x[0] + r * v[0] + lambda * v[1]});
    }
    bool is_convex() const { return false; }
    int smoothness() const { return analytic; }
};

/// Σ x_i⁴/4 − c_i x_i²/2: wells at ±√c_i where c_i > 0, degenerate at c_i = 0.
template <class T>
struct Wells {
    using Scalar = T;
    Vector<T> c;

    Index size() const { return c.size(); }
    T value(const Vector<T>& x) const {
        T sum(0);
        for (Index i = 0; i < size(); ++i) sum += x[i] * x[i] * (x[i] * x[i] / T(4) - c[i] / T(2));
        return sum;
    }
    Vector<T> gradient(const Vector<T>& x) const {
        Vector<T> out(size());
        for (Index i = 0; i < size(); ++i) out[i] = x[i] * (x[i] * x[i] - c[i]);
        return out;
    }
    Vector<T> hessian_times(const Vector<T>& x, const Vector<T>& v) const {
        Vector<T> out(size());
        for (Index i = 0; i < size(); ++i) out[i] = v[i] * (T(3) * x[i] * x[i] - c[i]);
        return out;
    }
    bool is_convex() const { return false; }
    int smoothness() const { return analytic; }
};

/// f at one point, NaN everywhere else.
template <class F>
struct Island {
    using Scalar = typename F::Scalar;
    F inner;
    Vector<Scalar> point;

    bool is_forbidden(const Vector<Scalar>& x) const { return x != point; }
    Index size() const { return inner.size(); }
    Scalar value(const Vector<Scalar>& x) const {
        return is_forbidden(x) ? std::numeric_limits<Scalar>::quiet_NaN() : inner.value(x);
    }
    Vector<Scalar> gradient(const Vector<Scalar>& x) const { return inner.gradient(x); }
    Vector<Scalar> hessian_times(const Vector<Scalar>& x, const Vector<Scalar>& v) const {
        return inner.hessian_times(x, v);
    }
    bool is_convex() const { return inner.is_convex(); }
    int smoothness() const { return inner.smoothness(); }
};

/// Every report a watcher saw, and the last one.
template <class T>
struct Trace {
    std::vector<optim::Report<T>> seen;
    optim::Report<T> last;
};

template <class Method, class F, class T>
Trace<T> trace(const Method& method, const F& f, const Vector<T>& x0) {
    Trace<T> out;
    out.last = method.minimize(f, x0, [&out](const optim::Report<T>& r) { out.seen.push_back(r); });
    return out;
}

/// No step raised the value by more than `units` rounding units of it.
template <class T>
bool descends(const Trace<T>& trace, int units) {
    for (std::size_t i = 1; i < trace.seen.size(); ++i) {
        const T& before = trace.seen[i - 1].value;
        const T rounding = T(units) * rounding_unit<T>() * magnitude(before);
        if (!(trace.seen[i].value <= before + rounding)) return false;
    }
    return true;
}

/// One watcher call at the start and one after every step, counted without gaps.
template <class T>
bool is_complete(const Trace<T>& trace) {
    for (std::size_t i = 0; i < trace.seen.size(); ++i)
        if (trace.seen[i].iterations != static_cast<Index>(i)) return false;
    return static_cast<Index>(trace.seen.size()) == trace.last.iterations + 1;
}

template <class T>
bool is_all_finite(const optim::Report<T>& r) {
    for (const T& entry : r.x)
        if (!is_finite(entry)) return false;
    return is_finite(r.value) && is_finite(r.certificate);
}

}  // namespace hadamard::problems
