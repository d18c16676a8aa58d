#include "landscape/bound.hpp"

#include "landscape/inertia.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

namespace hadamard::landscape {
namespace {

using Matrix = std::vector<std::vector<Rational>>;

Rational power(const Rational& a, int n) {
    Rational out = 1;
    for (int l = 0; l < n; ++l) out *= a;
    return out;
}

Rational magnitude(const Rational& a) { return a < 0 ? Rational(-a) : a; }

/// A double of few bits, ≥ 2^{−60}, with x^n ≥ target: from the rounded root upwards, each try exact.
double short_root_above(const Rational& target, int n) {
    const double guess =
        std::pow(std::max(target.convert_to<double>(), 1e-18), 1.0 / static_cast<double>(n));
    require(std::isfinite(guess), "landscape: the a-priori bound is beyond the range of doubles");
    const double unit = std::ldexp(1.0, std::ilogb(guess) - 6);
    double x = std::ceil(guess / unit) * unit;
    while (power(exactly(x), n) < target) x += unit;
    return x;
}

/// Where Σ_i strength_i t_i² ≤ B (over the groups, if there are any) puts the edges of x.
Doubles edges_of(const Problem& problem, const Rational& B, const std::vector<Rational>& strength) {
    Doubles out;
    for (const Rational& mu : strength)
        out.push_back(problem.has_groups()
                          ? short_root_above(power(Rational(B / mu), problem.depth), 2)
                          : short_root_above(B / mu, problem.depth == 2 ? 1 : 2));
    return out;
}

std::optional<Bound> energy(const Problem& problem) {
    if (!problem.is_quadratic()) return std::nullopt;
    if (inertia(problem.A).negative > 0) return std::nullopt;
    const LinearSolution solution = solve(problem.A, problem.b);
    if (!solution.exists) return std::nullopt;
    Bound out;
    out.rule = "energy";
    out.v = solution.x;
    Rational B = 0;
    for (std::size_t i = 0; i < out.v.size(); ++i) B += problem.b[i] * out.v[i] / 4;
    out.edges = edges_of(problem, B, problem.mu);
    return out;
}

/// ‖M⁻¹‖_∞, if there is one.
std::optional<Rational> inverse_norm(const Matrix& M) {
    const std::size_t n = M.size();
    std::vector<Rational> sums(n);
    for (std::size_t c = 0; c < n; ++c) {
        std::vector<Rational> unit(n, Rational(0));
        unit[c] = 1;
        const LinearSolution column = solve(M, std::move(unit));
        if (!column.exists || !column.unique) return std::nullopt;
        for (std::size_t r = 0; r < n; ++r) sums[r] += magnitude(column.x[r]);
    }
    return *std::max_element(sums.begin(), sums.end());
}

/// ‖A_UU⁻¹‖_∞ · max_{i∈U} (|b_i| + c* Σ_{j∉U} |A_ij| + μ_i), U = {i : inside[i]}; nothing if A_UU is
/// singular.
std::optional<Rational> principal_bound(const Problem& problem, const std::vector<bool>& inside,
                                        const Rational& most) {
    Matrix M;
    Rational right = 0;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (!inside[i]) continue;
        M.emplace_back();
        Rational sum = magnitude(problem.b[i]) + problem.mu[i];
        for (std::size_t j = 0; j < inside.size(); ++j) {
            if (inside[j])
                M.back().push_back(problem.A[i][j]);
            else
                sum += most * magnitude(problem.A[i][j]);
        }
        right = std::max(right, sum);
    }
    std::optional<Rational> out = inverse_norm(M);
    if (out) *out *= right;
    return out;
}

/// Over all unions of groups, or all sets of coordinates.
std::optional<Bound> principal(const Problem& problem) {
    if (!problem.is_quadratic()) return std::nullopt;
    const std::size_t d = static_cast<std::size_t>(problem.size);
    const Rational most = problem.has_doubled_states() ? 2 : 1;
    Rational R = most;
    for (unsigned long mask = 1; mask < 1UL << problem.state_count(); ++mask) {
        std::vector<bool> inside(d);
        for (std::size_t i = 0; i < d; ++i) inside[i] = mask >> problem.state_index(i) & 1;
        const std::optional<Rational> size = principal_bound(problem, inside, most);
        if (!size) return std::nullopt;
        R = std::max(R, *size);
    }
    Bound out;
    out.rule = "principal";
    out.edges.assign(d, short_root_above(R, problem.exponent()));
    return out;
}

std::optional<Bound> coercive(const Problem& problem) {
    const int D = problem.degree;
    if (D < 2 || D % 2 != 0) return std::nullopt;
    const std::size_t d = static_cast<std::size_t>(problem.size);
    std::vector<Rational> delta(d), sigma(static_cast<std::size_t>(D));
    for (const Monomial& term : problem.terms) {
        int degree = 0, pure = -1;
        bool even = true;
        for (std::size_t i = 0; i < d; ++i) {
            degree += term.exponents[i];
            even = even && term.exponents[i] % 2 == 0;
            if (term.exponents[i] == D) pure = static_cast<int>(i);
        }
        if (pure >= 0) {
            delta[static_cast<std::size_t>(pure)] += term.coefficient;
            continue;
        }
        if (even && term.coefficient > 0) continue;
        const Rational size = magnitude(term.coefficient);
        if (degree < D) {
            sigma[static_cast<std::size_t>(degree)] += size;
            continue;
        }
        for (std::size_t i = 0; i < d; ++i) delta[i] -= size * term.exponents[i] / D;
    }
    const Rational least = *std::min_element(delta.begin(), delta.end());
    if (least <= 0) return std::nullopt;
    const auto is_positive = [&](const Rational& r) {
        Rational p = D * least * power(r, D);
        for (int j = 1; j < D; ++j) p -= j * sigma[static_cast<std::size_t>(j)] * power(r, j);
        return p > 0;
    };
    Bound out;
    out.rule = "coercive";
    out.radius = 1;
    while (!is_positive(out.radius)) out.radius *= 2;
    // p(r)/r^D increases: halve the step towards the largest root.
    Rational step = out.radius / 2;
    for (int l = 0; l < 12; ++l, step /= 2)
        if (out.radius > step && is_positive(Rational(out.radius - step))) out.radius -= step;
    out.edges.assign(d, short_root_above(out.radius, problem.exponent()));
    return out;
}

/// −Σ_iσ_iβ_ig_i = Σ_iσ_ic_iμ_it_i² ≤ c at every stationary point, if the left side is ≤ c everywhere.
/// Of no use at degree 2: with σ > 0, diag(σ)A + A diag(σ) ⪰ 0 makes A ⪰ 0, which `energy` is for.
std::optional<Bound> squares(const Problem& problem) {
    if (problem.is_quadratic()) return std::nullopt;
    std::vector<Polynomial> parts(static_cast<std::size_t>(problem.state_count()));  // β_j·g_j
    for (const Monomial& term : problem.terms)
        for (std::size_t i = 0; i < term.exponents.size(); ++i)
            if (term.exponents[i] > 0)
                parts[problem.state_index(i)][term.exponents] +=
                    term.coefficient * term.exponents[i];
    Bound out;
    out.rule = "squares";
    out.squares = sum_of_squares(std::move(parts));
    if (!out.squares) return std::nullopt;
    std::vector<Rational> strength;
    for (std::size_t i = 0; i < problem.mu.size(); ++i) {
        out.sigma.push_back(out.squares->sigma[problem.state_index(i)]);
        strength.push_back(out.sigma.back() * problem.mu[i]);
    }
    out.edges = edges_of(problem, out.squares->constant, strength);
    return out;
}

/// Where nothing suggests a size: beyond 4, so that round numbers are not on the edge.
constexpr double usual_edge = 4.0625;

/// Q(ξ) ≤ Q(0) = L(0): λS(ξ) ≤ L(0) − L ≤ c bounds each factor, as λw_i abs(u)²/k is a term of λS.
/// Where a loss of degree 2 is bounded below, `energy` has done better.
std::optional<Bound> sublevel(const Problem& problem) {
    if (problem.is_quadratic()) return std::nullopt;
    Polynomial loss;
    for (const Monomial& term : problem.terms) loss[term.exponents] = term.coefficient;
    Bound out;
    out.rule = "sublevel";
    out.squares = sum_of_squares({loss});
    if (!out.squares) return std::nullopt;
    out.edges = edges_of(problem, 2 * out.squares->constant, problem.mu);
    for (double& edge : out.edges) edge = std::max(edge, usual_edge);
    out.reason = "the loss is bounded below, but no box that holds all stationary points is proved";
    return out;
}

Bound box(const Problem& problem) {
    Bound out;
    out.rule = "box";
    out.edges.assign(static_cast<std::size_t>(problem.size), usual_edge);
    out.reason =
        problem.is_quadratic()
            ? "a principal submatrix of the Hessian is singular and the loss not bounded below"
            : "no sum of squares was found that bounds the loss or its slope from below";
    return out;
}

}  // namespace

LinearSolution solve(Matrix M, std::vector<Rational> b) {
    const std::size_t n = M.size();
    std::vector<std::size_t> pivot_row_of(n, n);
    std::size_t rank = 0;
    for (std::size_t c = 0; c < n; ++c) {
        std::size_t pivot = rank;
        while (pivot < n && M[pivot][c] == 0) ++pivot;
        if (pivot == n) continue;
        std::swap(M[pivot], M[rank]);
        std::swap(b[pivot], b[rank]);
        for (std::size_t r = 0; r < n; ++r) {
            if (r == rank || M[r][c] == 0) continue;
            const Rational factor = M[r][c] / M[rank][c];
            for (std::size_t j = c; j < n; ++j) M[r][j] -= factor * M[rank][j];
            b[r] -= factor * b[rank];
        }
        pivot_row_of[c] = rank++;
    }
    LinearSolution out;
    for (std::size_t r = rank; r < n; ++r)
        if (b[r] != 0) return out;
    out.exists = true;
    out.unique = rank == n;
    out.x.assign(n, Rational(0));
    for (std::size_t c = 0; c < n; ++c)
        if (pivot_row_of[c] < n) out.x[c] = b[pivot_row_of[c]] / M[pivot_row_of[c]][c];
    return out;
}

Bound bound_of(const Problem& problem) {
    if (problem.is_linear()) {
        Bound out;
        out.rule = "linear";
        return out;
    }
    for (const auto& rule : {energy, principal, coercive, squares, sublevel})
        if (std::optional<Bound> out = rule(problem)) return *out;
    return box(problem);
}

std::string restriction(const Problem& problem, const Bound& bound) {
    if (!bound.is_restricted()) return "";
    std::string out =
        problem.exponent() == 1
            ? "In the box where abs(beta_i) is at most r_i"
            : fmt::format(
                  "In the box where every factor of coordinate i is at most r_i in size, "
                  "and abs(beta_i) at most r_i^{}",
                  problem.depth);
    for (std::size_t i = 0; i < bound.edges.size(); ++i)
        out += (i == 0 ? ", r = (" : ", ") + exactly(bound.edges[i]).str();
    return out + ")" +
           (bound.rule == "sublevel" ? ", and which holds all points with Q <= Q(0): " : ": ");
}

}  // namespace hadamard::landscape
