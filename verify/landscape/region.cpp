#include "landscape/region.hpp"

#include "landscape/group_system.hpp"
#include "landscape/inertia.hpp"

#include <cmath>
#include <cstdlib>

namespace hadamard::landscape {
namespace {

/// The preconditioner as the certificate holds it, and as numbers.
struct Preconditioner {
    std::vector<int> scale;
    std::vector<long> entries;
    Doubles C;  // exact in double: at most `bits` bits
};

/// C rounded to `bits` bits relative to √(max_j|C_ij| max_j|C_jl|), which bounds |C_il|.
std::optional<Preconditioner> rounded(const Doubles& C, std::size_t m, int bits) {
    Preconditioner out;
    for (std::size_t i = 0; i < m; ++i) {
        double largest = 0;
        for (std::size_t j = 0; j < m; ++j) largest = std::max(largest, std::fabs(C[i * m + j]));
        if (!(largest > 0) || !std::isfinite(largest)) return std::nullopt;
        const int exponent = static_cast<int>(std::ceil(0.5 * std::log2(largest)));
        if (std::abs(exponent) > 400) return std::nullopt;
        out.scale.push_back(exponent - bits / 2);
    }
    out.C.assign(m * m, 0);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const double mean = 0.5 * (C[i * m + j] + C[j * m + i]);
            const int shift = out.scale[i] + out.scale[j];
            const double entry = std::floor(std::ldexp(mean, -shift) + 0.5);
            out.entries.push_back(static_cast<long>(entry));
            out.C[i * m + j] = out.C[j * m + i] = std::ldexp(entry, shift);
        }
    return out;
}

/// What K needs of a centre: a(z) and C·G(z).
struct Centre {
    Ranges a, step;
};

template <class Equations>
Centre centre_of(const Equations& system, const Doubles& z, const Doubles& C) {
    const std::size_t m = system.size();
    Centre out;
    Ranges x(m), G;
    out.a.resize(m);
    for (std::size_t i = 0; i < m; ++i) {
        x[i] = Range(z[i]);
        out.a[i] = system.base(i, x[i]);
    }
    system.value(x, out.a, G);
    out.step.assign(m, Range(0.0));
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < m; ++j) out.step[i] += scaled(C[i * m + j], G[j]);
    return out;
}

/// K(B) ⊂ int a(B), FORMAT.md section 7.
template <class Equations>
bool contracts(const Equations& system, const Centre& centre, const Doubles& C, const Box& box) {
    const std::size_t m = system.size();
    if (!system.is_regular(box)) return false;
    Ranges x(m), a(m), J, offset(m);
    for (std::size_t i = 0; i < m; ++i) {
        x[i] = box[i];
        a[i] = system.base(i, x[i]);
        offset[i] = a[i] - centre.a[i];
    }
    system.jacobian(x, a, J);
    for (std::size_t i = 0; i < m; ++i) {
        Range image = centre.a[i] - centre.step[i];
        for (std::size_t j = 0; j < m; ++j) {
            Range entry(0.0);
            for (std::size_t l = 0; l < m; ++l) entry += scaled(C[i * m + l], J[l * m + j]);
            image += ((i == j ? Range(1.0) : Range(0.0)) - entry) * offset[j];
        }
        // The ends of a(B) as thin as rounding allows: inside the inner ones.
        const double low = system.base(i, Range(box.lo[i])).hi();
        const double high = system.base(i, Range(box.hi[i])).lo();
        if (!image.is_inside(low, high)) return false;
    }
    return true;
}

/// A double with at most `bits` significant bits not further from z than a: short text.
double shortened(double a, double z, int bits) {
    const double unit = std::ldexp(1.0, std::ilogb(std::fabs(a - z)) - bits);
    return a < z ? std::ceil(a / unit) * unit : std::floor(a / unit) * unit;
}

template <class Equations>
Box box_around(const Equations& system, const Doubles& z, const Doubles& reach) {
    Box out;
    for (std::size_t i = 0; i < z.size(); ++i) {
        const double low = std::max(z[i] - reach[i], system.least_beside(z[i]));
        out.lo.push_back(shortened(low, z[i], 6));
        out.hi.push_back(shortened(z[i] + reach[i], z[i], 6));
    }
    return out;
}

template <class Equations>
std::optional<Region> prove_with(const Equations& system, const Doubles& z, const Doubles& inverse,
                                 int bits) {
    const std::size_t m = system.size();
    const std::optional<Preconditioner> P = rounded(inverse, m, bits);
    if (!P) return std::nullopt;
    const Centre centre = centre_of(system, z, P->C);
    const Doubles scale = system.scales(z);
    const auto attempt = [&](double factor) {
        Doubles reach(m);
        for (std::size_t i = 0; i < m; ++i) reach[i] = factor * scale[i];
        return box_around(system, z, reach);
    };
    Region out;
    // E: the smallest that passes, from a few units in the last place upwards.
    double tight = std::ldexp(1.0, -46);
    bool proven = false;
    for (; tight < 1e-2 && !proven; tight *= 8) {
        out.radius.clear();
        for (const double s : scale) out.radius.push_back(std::ldexp(1.0, std::ilogb(tight * s)));
        out.center = z;
        proven = contracts(system, centre, P->C, out.inner());
    }
    if (!proven) return std::nullopt;
    // N: the largest that passes.
    const Box inner = out.inner();
    bool wide = false;
    for (double factor = 1.0; factor > tight; factor *= 0.6) {
        out.outer = attempt(factor);
        if (!inner.is_within(out.outer)) break;
        if (contracts(system, centre, P->C, out.outer)) {
            wide = true;
            break;
        }
    }
    if (!wide) out.outer = inner;
    out.signs = system.signs();
    out.scale = P->scale;
    out.C = P->entries;
    out.negative = negative_eigenvalues(P->C, m);
    return out;
}

}  // namespace

Box Region::inner() const {
    Box out;
    for (std::size_t i = 0; i < center.size(); ++i) {
        out.lo.push_back((Range(center[i]) - Range(radius[i])).lo());
        out.hi.push_back((Range(center[i]) + Range(radius[i])).hi());
    }
    return out;
}

bool invert(Doubles& matrix, std::size_t n) {
    Doubles right(n * n, 0);
    for (std::size_t i = 0; i < n; ++i) right[i * n + i] = 1;
    for (std::size_t c = 0; c < n; ++c) {
        std::size_t pivot = c;
        for (std::size_t r = c + 1; r < n; ++r)
            if (std::fabs(matrix[r * n + c]) > std::fabs(matrix[pivot * n + c])) pivot = r;
        const double value = matrix[pivot * n + c];
        if (!(std::fabs(value) > 0) || !std::isfinite(value)) return false;
        for (std::size_t j = 0; j < n; ++j) {
            std::swap(matrix[c * n + j], matrix[pivot * n + j]);
            std::swap(right[c * n + j], right[pivot * n + j]);
        }
        for (std::size_t j = 0; j < n; ++j) {
            matrix[c * n + j] /= value;
            right[c * n + j] /= value;
        }
        for (std::size_t r = 0; r < n; ++r) {
            const double factor = matrix[r * n + c];
            if (r == c || factor == 0) continue;
            for (std::size_t j = c; j < n; ++j) matrix[r * n + j] -= factor * matrix[c * n + j];
            for (std::size_t j = 0; j < n; ++j) right[r * n + j] -= factor * right[c * n + j];
        }
    }
    matrix = std::move(right);
    return true;
}

template <class Equations>
std::optional<Doubles> newton(const Equations& system, Doubles x) {
    const std::size_t m = system.size();
    Doubles a(m), next(m), G, J;
    double before = std::numeric_limits<double>::infinity();
    for (int step = 0; step < 12; ++step) {
        for (std::size_t i = 0; i < m; ++i) a[i] = system.base(i, x[i]);
        system.value(x, a, G);
        system.jacobian(x, a, J);
        if (!invert(J, m)) return std::nullopt;
        for (std::size_t i = 0; i < m; ++i) {
            double delta = 0;
            for (std::size_t j = 0; j < m; ++j) delta += J[i * m + j] * G[j];
            next[i] = a[i] - delta;
        }
        system.keep_regular(a, next);
        const Doubles scale = system.scales(x);
        double change = 0;
        for (std::size_t i = 0; i < m; ++i) {
            const double moved = system.root(i, next[i]);
            if (!std::isfinite(moved)) return std::nullopt;
            change = std::max(change, std::fabs(moved - x[i]) / scale[i]);
            x[i] = moved;
        }
        if (change < 1e-14 || (change < 1e-9 && change >= 0.5 * before)) return x;
        if (step >= 5 && change > 0.3) return std::nullopt;
        before = change;
    }
    return before < 1e-9 ? std::optional(x) : std::nullopt;
}

template <class Equations>
std::optional<Region> prove_zero(const Equations& system, const Doubles& near) {
    const std::size_t m = system.size();
    // 51 bits at the scale of E's radii, which are powers of two not below 2^{−47}: the ends of E
    // are doubles.
    Doubles z = near;
    const Doubles scale = system.scales(near);
    for (std::size_t i = 0; i < m; ++i) {
        const double unit = std::ldexp(1.0, std::ilogb(scale[i]) - 50);
        z[i] = std::floor(z[i] / unit + 0.5) * unit;
    }
    Doubles a(m), J;
    for (std::size_t i = 0; i < m; ++i) a[i] = system.base(i, z[i]);
    system.jacobian(z, a, J);
    if (!invert(J, m)) return std::nullopt;
    for (const double entry : J)
        if (!std::isfinite(entry)) return std::nullopt;
    for (const int bits : {24, 44})
        if (std::optional<Region> out = prove_with(system, z, J, bits)) return out;
    return std::nullopt;
}

template std::optional<Doubles> newton(const System&, Doubles);
template std::optional<Doubles> newton(const GroupSystem&, Doubles);
template std::optional<Region> prove_zero(const System&, const Doubles&);
template std::optional<Region> prove_zero(const GroupSystem&, const Doubles&);

}  // namespace hadamard::landscape
