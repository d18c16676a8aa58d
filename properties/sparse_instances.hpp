#pragma once

/// @file
/// Penalised regressions for the suites of the fast solvers, in every layout of X, and a judge of
/// their answers in long double that shares no line with the solvers.

#include "hadamard/optimizers/working_set.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace hadamard::sparse {

using optim::Design;
using optim::LossKind;
using optim::SparseProblem;
using optim::SparseSettings;
using optim::SparseSolution;
using optim::SparseStop;
using optim::WorkingSet;

using Index = std::ptrdiff_t;
/// 64 bits of significand: what a double gap of 1e-13 is judged by keeps six digits.
using Wide = long double;
using WideVector = std::vector<Wide>;

inline std::size_t at(Index i) { return static_cast<std::size_t>(i); }

/// A problem with memory of its own; X by columns.
struct Instance {
    Index n = 0, p = 0;
    std::vector<double> x, y;
    LossKind loss = LossKind::least_squares;
    double delta = 1;
    std::vector<std::vector<Index>> groups;
    std::vector<double> weights;
    bool intercept = false;
    int depth = 2;
    bool has_copies = false;  ///< Of columns: then the coefficients are not unique.

    double entry(Index i, Index j) const { return x[at(i + j * n)]; }
    double& entry(Index i, Index j) { return x[at(i + j * n)]; }

    /// The columns of each group, also where no groups are named.
    std::vector<std::vector<Index>> blocks() const {
        if (!groups.empty()) return groups;
        std::vector<std::vector<Index>> out;
        for (Index j = 0; j < p; ++j) out.push_back({j});
        return out;
    }
    double weight(std::size_t g) const { return weights.empty() ? 1 : weights[g]; }
};

enum class Form { columns, padded_columns, padded_rows, sparse };
inline constexpr Form forms[] = {Form::columns, Form::padded_columns, Form::padded_rows,
                                 Form::sparse};

/// An instance laid out in memory. The padding is NaN: who reads it shows it.
class Laid {
public:
    explicit Laid(const Instance& of, Form form = Form::columns) : y_(of.y) {
        problem.loss = of.loss;
        problem.huber_delta = of.delta;
        problem.groups = of.groups;
        problem.weights = of.weights;
        problem.intercept = of.intercept;
        problem.depth = of.depth;
        problem.y = y_;
        problem.X.rows = of.n;
        problem.X.columns = of.p;
        if (form == Form::sparse)
            compress(of);
        else
            spread(of, form);
        problem.X.values = values_.data();
    }
    Laid(const Laid&) = delete;
    Laid& operator=(const Laid&) = delete;

    SparseProblem problem;

private:
    void spread(const Instance& of, Form form) {
        const bool by_rows = form == Form::padded_rows;
        const Index length = by_rows ? of.p : of.n, lines = by_rows ? of.n : of.p;
        const Index stride = length + (form == Form::columns ? 0 : 3);
        values_.assign(at(stride * (lines - 1) + length), std::numeric_limits<double>::quiet_NaN());
        for (Index j = 0; j < of.p; ++j)
            for (Index i = 0; i < of.n; ++i)
                values_[at(by_rows ? i * stride + j : i + j * stride)] = of.entry(i, j);
        problem.X.layout = by_rows ? Design::Layout::rows : Design::Layout::columns;
        problem.X.stride = stride;
    }
    /// Rows within a column run downwards or upwards: any order is allowed.
    void compress(const Instance& of) {
        starts_.push_back(0);
        for (Index j = 0; j < of.p; ++j) {
            for (Index k = 0; k < of.n; ++k) {
                const Index i = j % 2 == 0 ? k : of.n - 1 - k;
                if (of.entry(i, j) == 0) continue;
                indices_.push_back(static_cast<std::int32_t>(i));
                values_.push_back(of.entry(i, j));
            }
            starts_.push_back(static_cast<std::int64_t>(values_.size()));
        }
        problem.X.layout = Design::Layout::sparse_columns;
        problem.X.starts = starts_.data();
        problem.X.indices = indices_.data();
    }

    std::vector<double> y_, values_;
    std::vector<std::int64_t> starts_;
    std::vector<std::int32_t> indices_;
};

/// Draws that are the same on every machine, as those of the standard distributions are not.
class Draws {
public:
    explicit Draws(std::uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15u + 1) {}

    double uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
    double uniform(double from, double to) { return from + (to - from) * uniform(); }
    bool chance(double p) { return uniform() < p; }
    Index below(Index n) { return static_cast<Index>(uniform() * static_cast<double>(n)); }
    double normal() {
        return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform());
    }
    double poisson(double mean) {
        double count = 0, left = uniform() - std::exp(-mean), term = std::exp(-mean);
        while (left > 0 && count < 1000) {
            term *= mean / ++count;
            left -= term;
        }
        return count;
    }

private:
    std::mt19937_64 random_;
};

// ---- the judge ----------------------------------------------------------------------------------

inline Wide value_of(const Instance& of, Wide z, Wide y) {
    const Wide r = z - y, delta = of.delta;
    switch (of.loss) {
        case LossKind::least_squares: return r * r / 2;
        case LossKind::huber:
            return std::abs(r) <= delta ? r * r / 2 : delta * std::abs(r) - delta * delta / 2;
        case LossKind::logistic:
            return (z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z))) - y * z;
        case LossKind::poisson: return std::exp(z) - y * z;
    }
    return 0;
}

inline Wide slope_of(const Instance& of, Wide z, Wide y) {
    const Wide delta = of.delta;
    switch (of.loss) {
        case LossKind::least_squares: return z - y;
        case LossKind::huber: return std::clamp(z - y, -delta, delta);
        case LossKind::logistic: return 1 / (1 + std::exp(-z)) - y;
        case LossKind::poisson: return std::exp(z) - y;
    }
    return 0;
}

inline Wide curvature_of(const Instance& of, Wide z, Wide y) {
    switch (of.loss) {
        case LossKind::least_squares: return 1;
        case LossKind::huber: return std::abs(z - y) <= Wide(of.delta) ? 1 : 0;
        case LossKind::logistic: return 1 / ((1 + std::exp(-z)) * (1 + std::exp(z)));
        case LossKind::poisson: return std::exp(z);
    }
    return 0;
}

/// ℓ*(ν; y) inside its domain.
inline Wide conjugate_of(const Instance& of, Wide nu, Wide y) {
    const auto entropy = [](Wide p) { return p > 0 ? p * std::log(p) : Wide(0); };
    const Wide p = nu + y;
    switch (of.loss) {
        case LossKind::least_squares:
        case LossKind::huber: return nu * nu / 2 + y * nu;
        case LossKind::logistic: return entropy(p) + entropy(1 - p);
        case LossKind::poisson: return entropy(p) - p;
    }
    return 0;
}

/// The largest s ≤ 1 with sν in the domain of ℓ*(·; y).
inline Wide domain_scale(const Instance& of, Wide nu, Wide y) {
    const Wide wrong_side = y == 0 ? -nu : nu;
    switch (of.loss) {
        case LossKind::least_squares: return 1;
        case LossKind::huber: return 1 / std::max(Wide(1), std::abs(nu) / Wide(of.delta));
        case LossKind::logistic:
            return wrong_side > 0 ? 0 : 1 / std::max(Wide(1), std::abs(nu));
        case LossKind::poisson:
            if (y == 0) return wrong_side > 0 ? 0 : 1;
            return 1 / std::max(Wide(1), -nu / y);
    }
    return 0;
}

/// The seven figures of a point that a solver claims something about.
class Judge {
public:
    Judge(const Instance& of, const std::vector<double>& beta, double intercept, double lambda)
        : of_(of), beta_(beta), lambda_(lambda), z_(at(of.n), Wide(intercept)) {
        for (Index j = 0; j < of.p; ++j)
            if (beta[at(j)] != 0)
                for (Index i = 0; i < of.n; ++i)
                    z_[at(i)] += Wide(of.entry(i, j)) * Wide(beta[at(j)]);
        for (Index i = 0; i < of.n; ++i)
            slopes_.push_back(slope_of(of, z_[at(i)], Wide(of.y[at(i)])));
    }
    Judge(const Instance& of, const SparseSolution& at)
        : Judge(of, at.coefficients, at.intercept, at.lambda) {}

    const WideVector& predictors() const { return z_; }

    Wide norm(const std::vector<Index>& block) const {
        Wide out = 0;
        for (const Index j : block) out += Wide(beta_[at(j)]) * Wide(beta_[at(j)]);
        return std::sqrt(out);
    }

    Wide objective() const {
        Wide loss = 0, penalty = 0;
        for (Index i = 0; i < of_.n; ++i) loss += value_of(of_, z_[at(i)], Wide(of_.y[at(i)]));
        const auto blocks = of_.blocks();
        for (std::size_t g = 0; g < blocks.size(); ++g)
            if (const Wide size = norm(blocks[g]); size > 0)
                penalty += Wide(of_.weight(g)) * std::pow(size, Wide(2) / of_.depth);
        return loss / Wide(of_.n) + Wide(lambda_) * penalty;
    }

    /// −∇L.
    WideVector gradient() const { return transposed(slopes_, -1 / Wide(of_.n)); }

    /// P − D at the best multiple (`restrained`: ≤ 1) of ℓ'(z), made orthogonal to what is free.
    Wide gap(bool restrained = false) const {
        const WideVector nu = dual_direction();
        const Wide scale = dual_scale(nu, restrained);
        Wide dual = 0;
        for (Index i = 0; i < of_.n; ++i)
            dual -= conjugate_of(of_, scale * nu[at(i)], Wide(of_.y[at(i)]));
        return objective() - dual / Wide(of_.n);
    }

    /// What rounding of ν in double may do to the gap: ν_i carries that of the terms of Xβ and y; the
    /// scale of ν hangs on max ‖X_gᵀν‖/(nλw_g), an n-term sum, and multiplies λ Σ w_g‖β_g‖.
    Wide gap_rounding() const {
        const auto blocks = of_.blocks();
        Wide longest = 0, penalty = 0, squares = 0;
        for (Index i = 0; i < of_.n; ++i) {
            Wide terms = std::abs(slopes_[at(i)]) + std::abs(Wide(of_.y[at(i)]));
            for (Index j = 0; j < of_.p; ++j)
                if (beta_[at(j)] != 0) terms += std::abs(Wide(of_.entry(i, j)) * Wide(beta_[at(j)]));
            squares += terms * terms;
        }
        for (std::size_t g = 0; g < blocks.size(); ++g) {
            const Wide weight = Wide(of_.weight(g));
            if (weight == 0 || std::isinf(weight)) continue;
            Wide norm_squares = 0;
            for (const Index j : blocks[g])
                for (Index i = 0; i < of_.n; ++i)
                    norm_squares += Wide(of_.entry(i, j)) * Wide(of_.entry(i, j));
            longest = std::max(longest, std::sqrt(norm_squares) / weight);
            penalty += weight * norm(blocks[g]);
        }
        const Wide unit = std::numeric_limits<double>::epsilon();
        return Wide(of_.n) * unit * longest * std::sqrt(squares) * penalty;
    }

    /// Largest relative violation of the prox fixed point over the penalised groups (depth 2).
    Wide residual() const {
        const WideVector g = gradient();
        const auto blocks = of_.blocks();
        Wide out = 0;
        for (std::size_t k = 0; k < blocks.size(); ++k) {
            const Wide bound = Wide(lambda_) * Wide(of_.weight(k)), size = norm(blocks[k]);
            if (bound == 0 || std::isinf(bound)) continue;
            Wide squares = 0;
            for (const Index j : blocks[k]) {
                const Wide pull = size > 0 ? bound * Wide(beta_[at(j)]) / size : 0;
                squares += (g[at(j)] - pull) * (g[at(j)] - pull);
            }
            out = std::max(out, std::sqrt(squares) / bound - (size > 0 ? 0 : 1));
        }
        return out;
    }

    /// Columns of the unpenalised groups.
    static std::vector<Index> free_columns(const Instance& of) {
        std::vector<Index> out;
        const auto blocks = of.blocks();
        for (std::size_t g = 0; g < blocks.size(); ++g)
            if (of.weight(g) == 0) out.insert(out.end(), blocks[g].begin(), blocks[g].end());
        return out;
    }

    /// r less its projection, in the inner product diag(h), on H times the free columns.
    static WideVector without_free(const Instance& of, WideVector r, const WideVector& h) {
        std::vector<WideVector> basis;
        const auto product = [&](const WideVector& a, const WideVector& b) {
            Wide out = 0;
            for (std::size_t i = 0; i < a.size(); ++i) out += a[i] * b[i] * h[i];
            return out;
        };
        const auto add = [&](WideVector column) {
            const Wide before = std::sqrt(product(column, column));
            for (int pass = 0; pass < 2; ++pass)  // twice is enough (Kahan)
                for (const WideVector& q : basis) {
                    const Wide c = product(q, column);
                    for (std::size_t i = 0; i < column.size(); ++i) column[i] -= c * q[i];
                }
            const Wide after = std::sqrt(product(column, column));
            if (!(after > 1e-13L * before)) return;  // depends on the ones before
            for (Wide& c : column) c /= after;
            basis.push_back(std::move(column));
        };
        if (of.intercept) add(WideVector(at(of.n), 1));
        for (const Index j : free_columns(of)) {
            WideVector column;
            for (Index i = 0; i < of.n; ++i) column.push_back(Wide(of.entry(i, j)));
            add(std::move(column));
        }
        for (int pass = 0; pass < 2; ++pass)
            for (const WideVector& q : basis) {
                Wide c = 0;
                for (std::size_t i = 0; i < r.size(); ++i) c += q[i] * r[i];
                for (std::size_t i = 0; i < r.size(); ++i) r[i] -= c * h[i] * q[i];
            }
        return r;
    }

private:
    WideVector transposed(const WideVector& r, Wide scale) const {
        WideVector out(at(of_.p), 0);
        for (Index j = 0; j < of_.p; ++j) {
            for (Index i = 0; i < of_.n; ++i) out[at(j)] += Wide(of_.entry(i, j)) * r[at(i)];
            out[at(j)] *= scale;
        }
        return out;
    }

    WideVector dual_direction() const {
        WideVector h;
        for (Index i = 0; i < of_.n; ++i)
            h.push_back(curvature_of(of_, z_[at(i)], Wide(of_.y[at(i)])));
        if (*std::max_element(h.begin(), h.end()) <= 0) h.assign(at(of_.n), 1);
        return without_free(of_, slopes_, h);
    }

    Wide dual_scale(const WideVector& nu, bool restrained) const {
        const WideVector g = transposed(nu, 1);
        const auto blocks = of_.blocks();
        Wide most = std::numeric_limits<Wide>::infinity();
        for (std::size_t k = 0; k < blocks.size(); ++k) {
            const Wide weight = of_.weight(k);
            if (weight == 0 || std::isinf(weight)) continue;
            Wide squares = 0;
            for (const Index j : blocks[k]) squares += g[at(j)] * g[at(j)];
            if (squares > 0)
                most = std::min(most, Wide(of_.n) * Wide(lambda_) * weight / std::sqrt(squares));
        }
        if (of_.loss == LossKind::least_squares && !restrained) {
            Wide ry = 0, rr = 0;
            for (Index i = 0; i < of_.n; ++i) {
                ry -= nu[at(i)] * Wide(of_.y[at(i)]);
                rr += nu[at(i)] * nu[at(i)];
            }
            return rr > 0 ? std::clamp(ry / rr, -most, most) : Wide(1);
        }
        most = std::min(most, Wide(1));
        for (Index i = 0; i < of_.n; ++i)
            most = std::min(most, domain_scale(of_, nu[at(i)], Wide(of_.y[at(i)])));
        return most;
    }

    const Instance& of_;
    std::vector<double> beta_;
    double lambda_;
    WideVector z_, slopes_;
};

/// P(0, 0), what gaps are relative to.
inline Wide at_zero(const Instance& of) {
    return Judge(of, std::vector<double>(at(of.p), 0.0), 0, 1).objective();
}

// ---- random instances ---------------------------------------------------------------------------

/// Columns that share a factor (or a chain) up to a correlation of 0.99; some are copies, some of them
/// with the other sign.
inline void draw_design(Draws& draws, Instance& out) {
    const double correlations[] = {0, 0.5, 0.9, 0.99};
    const double rho = correlations[draws.below(4)];
    const bool is_chain = draws.chance(0.5), is_sparse = draws.chance(0.25);
    const double copies = draws.chance(0.4) ? 0.2 : 0;
    std::vector<double> shared;
    for (Index i = 0; i < out.n; ++i) shared.push_back(draws.normal());
    for (Index j = 0; j < out.p; ++j) {
        if (j > 0 && draws.chance(copies)) {
            const Index of = draws.below(j);
            const double sign = draws.chance(0.5) ? 1 : -1;
            for (Index i = 0; i < out.n; ++i) out.x.push_back(sign * out.entry(i, of));
            out.has_copies = true;
            continue;
        }
        for (Index i = 0; i < out.n; ++i) {
            double& from = shared[at(i)];
            const double value = std::sqrt(rho) * from + std::sqrt(1 - rho) * draws.normal();
            out.x.push_back(is_sparse && draws.chance(0.6) ? 0 : value);
            if (is_chain) from = value;
        }
    }
}

inline void draw_response(Draws& draws, Instance& out) {
    std::vector<double> eta(at(out.n), draws.uniform(-0.5, 0.5));
    const Index active = 1 + draws.below(std::min<Index>(out.p, 8));
    for (Index k = 0; k < active; ++k) {
        const Index j = draws.below(out.p);
        const double b = draws.normal();
        for (Index i = 0; i < out.n; ++i) eta[at(i)] += b * out.entry(i, j);
    }
    const double noise = draws.chance(0.3) ? 0.01 : 1;
    for (Index i = 0; i < out.n; ++i) {
        const double e = eta[at(i)];
        switch (out.loss) {
            case LossKind::least_squares: out.y.push_back(e + noise * draws.normal()); break;
            case LossKind::huber:
                out.y.push_back(e + (draws.chance(0.2) ? 10 : noise) * draws.normal());
                break;
            case LossKind::logistic:
                out.y.push_back(draws.uniform() < 1 / (1 + std::exp(-e)) ? 1 : 0);
                break;
            case LossKind::poisson:
                out.y.push_back(draws.poisson(std::exp(std::clamp(e, -2.0, 3.0))));
                break;
        }
    }
    // Both classes, some counts: otherwise a free intercept runs to infinity.
    if (out.loss == LossKind::logistic || out.loss == LossKind::poisson) {
        for (Index i = 0; i < 3; ++i) out.y[at(i)] = 0;
        for (Index i = 3; i < 6; ++i) out.y[at(i)] = 1;
    }
}

/// Groups of 0 to 5 columns, or none; weights, among them a few 0 and infinite ones, or none.
inline void draw_penalty(Draws& draws, Instance& out) {
    if (draws.chance(0.4)) {
        std::vector<Index> order;
        for (Index j = 0; j < out.p; ++j) order.push_back(j);
        for (Index j = out.p - 1; j > 0; --j) std::swap(order[at(j)], order[at(draws.below(j + 1))]);
        for (std::size_t from = 0; from < order.size();) {
            const std::size_t size = std::min(at(draws.below(6)), order.size() - from);
            out.groups.emplace_back(order.begin() + static_cast<Index>(from),
                                    order.begin() + static_cast<Index>(from + size));
            from += size;
        }
    }
    if (draws.chance(0.5)) {
        const std::size_t count = out.groups.empty() ? at(out.p) : out.groups.size();
        for (std::size_t g = 0; g < count; ++g)
            out.weights.push_back(draws.chance(0.03) ? std::numeric_limits<double>::infinity()
                                                     : std::exp(draws.uniform(-1, 1)));
        if (draws.chance(0.5)) out.weights[at(draws.below(static_cast<Index>(count)))] = 0;
    }
    out.intercept = draws.chance(0.5);
}

inline Instance draw_instance(std::uint64_t seed, LossKind loss) {
    Draws draws(seed);
    Instance out;
    out.loss = loss;
    out.n = 10 + draws.below(51);
    const double ratio = std::exp(draws.uniform(std::log(0.1), std::log(100.0)));
    out.p = std::max<Index>(1, static_cast<Index>(ratio * static_cast<double>(out.n)));
    out.delta = std::exp(draws.uniform(-1, 1));
    draw_design(draws, out);
    draw_response(draws, out);
    draw_penalty(draws, out);
    return out;
}

inline constexpr LossKind losses[] = {LossKind::least_squares, LossKind::logistic,
                                      LossKind::poisson, LossKind::huber};

inline std::string name_of(LossKind loss) {
    const char* names[] = {"least_squares", "logistic", "poisson", "huber"};
    return names[static_cast<int>(loss)];
}

inline SparseSettings to_gap(double tolerance) {
    SparseSettings out;
    out.tolerance = tolerance;
    return out;
}

/// For a trace: what an instance is.
inline std::string summary(const Instance& of) {
    return name_of(of.loss) + " n=" + std::to_string(of.n) +
           " p=" + std::to_string(of.p) + (of.groups.empty() ? "" : " groups") +
           (of.weights.empty() ? "" : " weights") + (of.intercept ? " intercept" : "") +
           (of.has_copies ? " copies" : "") + " depth=" + std::to_string(of.depth) +
           " free=" + std::to_string(Judge::free_columns(of).size());
}

/// How many random cases: `wanted`, or what HADAMARD_CASES says.
inline std::uint64_t cases(std::uint64_t wanted) {
    const char* said = std::getenv("HADAMARD_CASES");
    return said ? std::strtoull(said, nullptr, 10) : wanted;
}

}  // namespace hadamard::sparse
