#pragma once

#include "bound.hpp"
#include "fold.hpp"

namespace check {

/// The stationary points of a pattern for k = 2 and degree ≤ 2: A_SS β_S = b_S − (μ_i s_i)_S.
class LinearSystems {
public:
    struct Solution {
        char token = 'X';  ///< What the tree must be: no point, `R`: this one, `U`: not unique.
        Fractions beta;    ///< Over S, if it is unique.
        int negative = 0;  ///< Eigenvalues of A_SS.
    };

    explicit LinearSystems(const Problem& problem) : problem_(problem) {}

    Solution solve(const Pattern& pattern) {
        const std::vector<size_t>& S = pattern.support;
        const auto found = spectra_.try_emplace(S, principal(problem_.A, S)).first;
        const Spectrum& of_A = found->second;
        Integers right;
        for (const size_t i : S) right.push_back(problem_.b[i] - problem_.mu[i] * pattern.sign(i));
        Solution out{'U', {}, of_A.negative_eigenvalues};
        for (size_t i = 0; i < S.size(); ++i) {
            const mpq_class sum = dot(of_A.adjugate[i], right);
            const bool is_regular = of_A.divisor != 0;
            if (is_regular) out.beta.push_back(sum / of_A.divisor);
            if (is_regular ? sign(out.beta[i]) != pattern.sign(S[i]) : sum != 0) return {};
        }
        if (of_A.divisor != 0) out.token = 'R';
        return out;
    }

private:
    const Problem& problem_;
    std::map<std::vector<size_t>, Spectrum> spectra_;
};

/// The box of some β, all d coordinates.
using Image = std::vector<Range<mpq_class>>;

/// FORMAT.md section 7: a region whose claims hold.
struct Region {
    std::string kind;
    Pattern pattern;
    std::vector<Interval> outer;  ///< Over S: N, or H of a fold; none of an `exact` one.
    std::vector<Interval> inner;  ///< Over S: E.
    Image image;                  ///< β(E), or the exact β.
    int negative = 0;             ///< Eigenvalues of J.

    /// @param bound  what the claims are restricted to; of a refutation none
    Region(const Json& json, const Problem& problem, LinearSystems& systems,
           const Bound* bound = nullptr)
        : kind(in(json, "kind", text)),
          pattern(problem, in(json, "signs", text)),
          image(problem.size) {
        if (problem.has_groups && kind != "root" && kind != "outside")
            reject("a region of groups is a root, or outside");
        if (!is_exact()) outer = in(json, "outer", list, pattern.support.size(), interval);
        if (is_exact())
            check_exact(json, systems);
        else if (kind == "fold")
            Fold(json, problem, pattern, outer);
        else if (kind == "root" || kind == "outside")
            check_root(json, problem, bound);
        else
            not_understood("an unknown kind");
    }

    bool is_exact() const { return kind == "exact"; }
    bool is_point() const { return kind == "root" || is_exact(); }

    /// g_i(β(E)), or the exact g_i(β); i off S.
    Range<mpq_class> slope(const Problem& problem, size_t i) const {
        if (!is_exact()) return rational(Box(problem, pattern, inner).slope(i));
        mpq_class g = -problem.b[i];
        for (const size_t j : pattern.support) g += problem.A[i][j] * image[j].lo;
        return Range<mpq_class>(g);
    }

private:
    void check_exact(const Json& json, LinearSystems& systems) {
        const Fractions beta = in(json, "beta", list, pattern.support.size(), fraction);
        const LinearSystems::Solution solution = systems.solve(pattern);
        if (solution.token != 'R') reject("no unique stationary point has these signs");
        if (solution.beta != beta) reject("beta is not the solution");
        negative = solution.negative;
        for (size_t i = 0; i < beta.size(); ++i)
            image[pattern.support[i]] = Range<mpq_class>(beta[i]);
    }

    void check_root(const Json& json, const Problem& problem, const Bound* bound) {
        const std::vector<size_t>& S = pattern.support;
        const size_t m = S.size();
        const std::vector<Dyadic> center = in(json, "center", list, m, dyadic);
        const std::vector<Dyadic> radius = in(json, "radius", list, m, dyadic);
        for (size_t i = 0; i < m; ++i) {
            if (sign(radius[i]) <= 0) reject("a radius that is not positive");
            inner.emplace_back(center[i] - radius[i], center[i] + radius[i]);
            if (!is_inside(inner[i], outer[i])) reject("E is not inside N");
        }
        const Box E(problem, pattern, inner), N(problem, pattern, outer);
        if (!N.avoids_zero()) reject("N touches zero");
        check_place(problem.has_groups, bound);
        for (const size_t i : S) image[i] = rational(Dyadic(pattern.sign(i)) * E.a(i));
        const Matrix<Dyadic> C = preconditioner(json);
        const Box z = E.midpoint();
        if (!maps_into_interior(problem, z, C, N)) reject("N is not mapped into its interior");
        if (!maps_into_interior(problem, z, C, E)) reject("E is not mapped into its interior");
    }

    /// All x > 0 on E and in the box of the claims, or some x ≤ 0 or beyond it.
    void check_place(bool has_groups, const Bound* bound) const {
        bool is_outside = false;
        for (size_t j = 0; j < inner.size(); ++j) {
            const Interval& x = inner[j];
            const size_t i = pattern.support[j];
            if (is_point() && !has_groups && sign(x.lo) <= 0) reject("E touches zero");
            if (is_point() && bound != nullptr && !bound->holds(i, x))
                reject("E is not in the box that the claims are restricted to");
            is_outside = is_outside || (!has_groups && sign(x.hi) <= 0) ||
                         (bound != nullptr && bound->excludes(i, x));
        }
        if (!is_point() && !is_outside) reject("E may hold a point of the list");
    }

    /// C_ij = integer_ij·2^(f_i + f_j), which has the inertia of the integers.
    Matrix<Dyadic> preconditioner(const Json& json) {
        const size_t m = pattern.support.size();
        const std::vector<long> f = in(json, "scale", list, m, small_integer, exponent_limit);
        const Integers triangle = in(json, "C", list, m * (m + 1) / 2, integer);
        Matrix<mpz_class> integers(m, Integers(m));
        Matrix<Dyadic> C(m, std::vector<Dyadic>(m));
        for (size_t i = 0; i < m; ++i)
            for (size_t j = 0; j < m; ++j) {
                const size_t row = std::max(i, j);
                integers[i][j] = triangle[row * (row + 1) / 2 + std::min(i, j)];
                C[i][j] = {integers[i][j], f[i] + f[j]};
            }
        negative = Spectrum(integers).negative_eigenvalues;
        return C;
    }

    /// Krawczyk's operator in the variables a, all times `scale`: does
    /// a(z) − C·G(z) + (I − C·J(B))(a(B) − a(z)) lie in the interior of a(B)?
    bool maps_into_interior(const Problem& problem, const Box& z, const Matrix<Dyadic>& C,
                            const Box& B) const {
        const std::vector<size_t>& S = pattern.support;
        const size_t m = S.size();
        const Dyadic scale(problem.scale);
        Matrix<Interval> J(m, std::vector<Interval>(m));
        std::vector<Interval> G;
        for (size_t i = 0; i < m; ++i) {
            G.push_back(z.residual(S[i]));
            for (size_t j = 0; j <= i; ++j) J[i][j] = J[j][i] = B.jacobian(S[i], S[j]);
        }
        for (size_t i = 0; i < m; ++i) {
            Interval mapped = scale * z.a(S[i]);
            for (size_t j = 0; j < m; ++j) {
                Interval defect(i == j ? scale : Dyadic());
                for (size_t l = 0; l < m; ++l) defect += -C[i][l] * J[l][j];
                mapped += defect * (B.a(S[j]) - z.a(S[j])) - C[i][j] * G[j];
            }
            const Interval whole = scale * B.a(S[i]);
            if (mapped.lo <= whole.lo || whole.hi <= mapped.hi) return false;
        }
        return true;
    }
};

/// All regions, no point twice.
inline std::vector<Region> checked_regions(const Json& json, const Problem& problem,
                                           const Bound& bound, LinearSystems& systems) {
    std::vector<Region> out;
    std::map<std::string, std::vector<Image>> points;  // of each pattern
    each(json, [&](const Json& element, size_t) {
        const Region& region = out.emplace_back(element, problem, systems, &bound);
        if (bound.is_linear() != region.is_exact() && !region.pattern.support.empty())
            reject("this kind goes with another rule of the bound");
        if (!region.is_point()) return;
        for (const Image& other : points[region.pattern.signs])
            if (!are_apart(region.image, other)) reject("a point listed before");
        points[region.pattern.signs].push_back(region.image);
    });
    return out;
}

}  // namespace check
