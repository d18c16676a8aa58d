#include "landscape/fold.hpp"

#include <Eigen/Eigenvalues>

#include <cmath>

namespace hadamard::landscape {
namespace {

using DenseMatrix = Eigen::MatrixXd;

/// The open boxes in clusters whose hulls are apart.
std::vector<Box> clusters(std::vector<Box> boxes) {
    const auto grow = [](Box& into, const Box& other) {
        for (std::size_t i = 0; i < into.size(); ++i) {
            into.lo[i] = std::min(into.lo[i], other.lo[i]);
            into.hi[i] = std::max(into.hi[i], other.hi[i]);
        }
    };
    const auto apart = [](const Box& a, const Box& b) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double gap = 0.01 * std::max(a.hi[i], b.hi[i]);
            if (a.lo[i] > b.hi[i] + gap || b.lo[i] > a.hi[i] + gap) return true;
        }
        return false;
    };
    std::vector<Box> out;
    for (Box& box : boxes) {
        for (std::size_t c = 0; c < out.size();) {
            if (apart(out[c], box)) {
                ++c;
                continue;
            }
            grow(box, out[c]);
            out.erase(out.begin() + static_cast<std::ptrdiff_t>(c));
            c = 0;
        }
        out.push_back(std::move(box));
    }
    return out;
}

double few_bits(double a) {
    if (a == 0) return 0;
    const double unit = std::ldexp(1.0, std::ilogb(a) - 20);
    return std::floor(a / unit + 0.5) * unit;
}

/// A double of few bits just below (or above) a.
double short_of(double a, double width, bool down) {
    const double unit = std::ldexp(1.0, std::ilogb(width) - 5);
    return (down ? std::floor(a / unit) : std::ceil(a / unit)) * unit;
}

Ranges bases(const System& system, const Box& box, Ranges& x) {
    Ranges a(box.size());
    x.resize(box.size());
    for (std::size_t i = 0; i < box.size(); ++i) {
        x[i] = box[i];
        a[i] = system.base(i, x[i]);
    }
    return a;
}

/// Checks 0 to 3 of the format for a region whose fields are set.
bool is_fold(const System& system, const Region& fold, const Doubles& inverse) {
    const std::size_t m = system.size(), n = m - 1;
    Ranges x, J;
    const Ranges H = bases(system, fold.outer, x);
    // 0. The range of ξ over H, with the enclosed first row of [v W]⁻¹.
    Range rho(0.0);
    for (std::size_t j = 0; j < m; ++j)
        rho += Range(std::fabs(inverse[j]) * (1 + 1e-9)) * Range((H[j] - H[j]).hi());
    const Ranges a = bases(system, fold.wide, x);
    for (std::size_t j = 0; j < m; ++j) {
        if (system.singular_at_zero() && !(fold.wide.lo[j] > 0)) return false;
        Range reach(0.0);
        for (std::size_t l = 0; l < n; ++l)
            reach += Range(std::fabs(fold.W[j * n + l])) * Range(fold.spread) * rho;
        const Range widened = H[j] + Range(-reach.hi(), reach.hi());
        const double low = system.base(j, Range(fold.wide.lo[j])).hi();
        const double high = system.base(j, Range(fold.wide.hi[j])).lo();
        if (!(widened.lo() >= low && widened.hi() <= high)) return false;
    }
    system.jacobian(x, a, J);
    // WᵀJW, WᵀJv
    Ranges JW(m * n), Jv(m), M(n * n), right(n);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < m; ++j) {
            Jv[i] += scaled(fold.v[j], J[i * m + j]);
            for (std::size_t l = 0; l < n; ++l)
                JW[i * n + l] += scaled(fold.W[j * n + l], J[i * m + j]);
        }
    for (std::size_t l = 0; l < n; ++l)
        for (std::size_t i = 0; i < m; ++i) {
            right[l] += scaled(fold.W[i * n + l], Jv[i]);
            for (std::size_t r = 0; r < n; ++r)
                M[l * n + r] += scaled(fold.W[i * n + l], JW[i * n + r]);
        }
    double epsilon = 0;
    for (std::size_t l = 0; l < n; ++l) {
        Range sum(0.0);
        for (std::size_t r = 0; r < n; ++r) {
            Range entry(l == r ? 1.0 : 0.0);
            for (std::size_t s = 0; s < n; ++s) entry -= scaled(fold.B[l * n + s], M[s * n + r]);
            sum += Range(std::max(std::fabs(entry.lo()), std::fabs(entry.hi())));
        }
        epsilon = std::max(epsilon, sum.hi());
    }
    if (!(epsilon < 1)) return false;
    for (std::size_t l = 0; l < n; ++l) {
        Range slope(0.0);
        for (std::size_t s = 0; s < n; ++s) slope += scaled(fold.B[l * n + s], right[s]);
        const double most = std::max(std::fabs(slope.lo()), std::fabs(slope.hi()));
        const double allowed = (Range(fold.spread) * (Range(1.0) - Range(epsilon))).lo();
        if (!(most <= allowed)) return false;
    }
    Ranges tau(m);
    for (std::size_t j = 0; j < m; ++j) {
        tau[j] = Range(fold.v[j]);
        for (std::size_t l = 0; l < n; ++l)
            tau[j] += scaled(fold.W[j * n + l], Range(-fold.spread, fold.spread));
    }
    return system.third_derivative(x, a, tau).excludes_zero();
}

/// v, W, B at the middle of the hull, from the eigenvectors of J in coordinates scaled by a.
std::optional<Region> fold_around(const System& system, const Box& hull, double margin) {
    const std::size_t m = system.size(), n = m - 1;
    Region out;
    out.kind = Region::Kind::fold;
    out.signs = system.signs();
    Doubles x(m), a(m), J;
    for (std::size_t i = 0; i < m; ++i) {
        x[i] = 0.5 * (hull.lo[i] + hull.hi[i]);
        a[i] = system.base(i, x[i]);
        const double reach = margin * x[i];
        out.outer.lo.push_back(short_of(hull.lo[i] - reach, reach, true));
        out.outer.hi.push_back(short_of(hull.hi[i] + reach, reach, false));
        if (!(out.outer.lo[i] > 0)) return std::nullopt;
    }
    system.jacobian(x, a, J);
    const Eigen::Index rows = static_cast<Eigen::Index>(m);
    DenseMatrix scaled_J(rows, rows);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < m; ++j)
            scaled_J(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                a[i] * J[i * m + j] * a[j];
    const Eigen::SelfAdjointEigenSolver<DenseMatrix> solver(scaled_J);
    if (solver.info() != Eigen::Success) return std::nullopt;
    Eigen::Index null = 0;
    for (Eigen::Index l = 1; l < rows; ++l)
        if (std::fabs(solver.eigenvalues()[l]) < std::fabs(solver.eigenvalues()[null])) null = l;
    out.W.resize(m * n);
    for (std::size_t i = 0; i < m; ++i) {
        const Eigen::Index row = static_cast<Eigen::Index>(i);
        out.v.push_back(few_bits(a[i] * solver.eigenvectors()(row, null)));
        for (Eigen::Index l = 0, at = 0; l < rows; ++l)
            if (l != null)
                out.W[i * n + static_cast<std::size_t>(at++)] =
                    few_bits(a[i] * solver.eigenvectors()(row, l));
    }
    Doubles M(n * n, 0.0);
    for (std::size_t l = 0; l < n; ++l)
        for (std::size_t r = 0; r < n; ++r)
            for (std::size_t i = 0; i < m; ++i)
                for (std::size_t j = 0; j < m; ++j)
                    M[l * n + r] += out.W[i * n + l] * J[i * m + j] * out.W[j * n + r];
    if (!invert(M, n)) return std::nullopt;
    for (double& entry : M) entry = few_bits(entry);
    out.B = std::move(M);
    Doubles inverse(m * m);
    for (std::size_t i = 0; i < m; ++i) {
        inverse[i * m] = out.v[i];
        for (std::size_t l = 0; l < n; ++l) inverse[i * m + 1 + l] = out.W[i * n + l];
    }
    if (!invert(inverse, m)) return std::nullopt;
    for (double spread = std::ldexp(1.0, -8); spread < 2; spread *= 2) {
        out.spread = spread;
        out.wide = out.outer;
        double extent = 0;
        for (std::size_t j = 0; j < m; ++j)
            extent += std::fabs(inverse[j]) *
                      (system.base(j, out.outer.hi[j]) - system.base(j, out.outer.lo[j]));
        for (std::size_t j = 0; j < m; ++j) {
            double reach = 0;
            for (std::size_t l = 0; l < n; ++l) reach += std::fabs(out.W[j * n + l]);
            reach *= 1.01 * spread * extent;
            if (reach == 0) continue;
            const double low = system.base(j, out.outer.lo[j]) - reach;
            if (!(low > 0)) return std::nullopt;
            const double step = out.outer.hi[j] - out.outer.lo[j];
            out.wide.lo[j] = short_of(system.root(j, low), step, true);
            out.wide.hi[j] =
                short_of(system.root(j, system.base(j, out.outer.hi[j]) + reach), step, false);
        }
        if (is_fold(system, out, inverse)) return out;
    }
    return std::nullopt;
}

}  // namespace

Tree with_folds(const System& system, const Doubles& edges, const SearchLimits& limits, Tree tree) {
    std::vector<Region> known;
    for (const Box& hull : clusters(tree.open))
        for (const double margin : {1e-3, 1e-4, 1e-5, 1e-6})
            if (std::optional<Region> fold = fold_around(system, hull, margin)) {
                known.push_back(std::move(*fold));
                break;
            }
    if (known.empty()) return tree;
    return search(system, edges, limits, std::move(known));
}

}  // namespace hadamard::landscape
