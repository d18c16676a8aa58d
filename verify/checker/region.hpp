#pragma once

#include "bound.hpp"
#include "fold.hpp"
#include "linear.hpp"

namespace check {

/// C of FORMAT.md section 7: C_ij = integer_ij·2^(f_i + f_j).
struct Preconditioner {
    Matrix<mpz_class> integers;
    std::vector<long> f;

    Preconditioner(const Json& json, size_t m) {
        f = in(json, "scale", [&](const Json& scale) {
            return list(scale, m, [](const Json& x) { return small_integer(x, exponent_limit); });
        });
        const Integers triangle = in(json, "C", [&](const Json& C) {
            return list(C, m * (m + 1) / 2, [](const Json& x) { return integer(x); });
        });
        integers.assign(m, Integers(m));
        for (size_t i = 0, n = 0; i < m; ++i)
            for (size_t j = 0; j <= i; ++j, ++n) integers[i][j] = integers[j][i] = triangle[n];
    }
    Dyadic operator()(size_t i, size_t j) const { return {integers[i][j], f[i] + f[j]}; }
};

/// Krawczyk's operator of G in the variables a, all times `scale`.
class Krawczyk {
public:
    Krawczyk(const Problem& problem, const Box& z, const Preconditioner& C)
        : S_(z.pattern().support), scale_(problem.scale), z_(z), C_(C) {
        for (size_t i = 0; i < S_.size(); ++i) {
            newton_.push_back(scale_ * z.a(S_[i]));
            for (size_t j = 0; j < S_.size(); ++j) newton_[i] += -C(i, j) * z.residual(S_[j]);
        }
    }

    /// Does a(z) − C·G(z) + (I − C·J(B))(a(B) − a(z)) lie in the interior of a(B)?
    bool maps_into_interior(const Box& B) const {
        const size_t m = S_.size();
        Matrix<Interval> J(m, std::vector<Interval>(m));
        for (size_t i = 0; i < m; ++i)
            for (size_t j = 0; j <= i; ++j) J[i][j] = J[j][i] = B.jacobian(S_[i], S_[j]);
        for (size_t i = 0; i < m; ++i) {
            Interval image = newton_[i];
            for (size_t j = 0; j < m; ++j) {
                Interval defect(i == j ? scale_ : Dyadic());
                for (size_t l = 0; l < m; ++l) defect += -C_(i, l) * J[l][j];
                image += defect * (B.a(S_[j]) - z_.a(S_[j]));
            }
            if (!strictly_inside(image, scale_ * B.a(S_[i]))) return false;
        }
        return true;
    }

private:
    const std::vector<size_t>& S_;
    Dyadic scale_;
    const Box& z_;
    const Preconditioner& C_;
    std::vector<Interval> newton_;
};

using Range = std::pair<mpq_class, mpq_class>;
inline Range rational(const Interval& x) { return {x.lo.rational(), x.hi.rational()}; }

/// Section 7: a region whose claims hold.
struct Region {
    std::string kind;
    Pattern pattern;
    std::vector<Interval> outer, inner;  ///< Over S: N or H, and E; none of an `exact` one.
    Fractions beta;                      ///< Over S, of an `exact` one.
    int negative = 0;                    ///< Eigenvalues of J.

    /// @param bound  what the claims are restricted to; of a refutation none
    Region(const Json& json, const Problem& problem, LinearSystems& systems,
           const Bound* bound = nullptr)
        : kind(in(json, "kind", text)), pattern(problem, in(json, "signs", text)) {
        const size_t m = pattern.support.size();
        if (problem.has_groups && kind != "root" && kind != "outside")
            reject("a region of groups is a root, or outside");
        if (!is_exact()) outer = in(json, "outer", [&](const Json& x) { return intervals(x, m); });
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
    /// Different points of one pattern?
    bool is_apart_from(const Region& other) const {
        for (size_t i = 0; i < inner.size(); ++i)
            if (inner[i].hi < other.inner[i].lo || other.inner[i].hi < inner[i].lo) return true;
        return false;
    }

    /// g_i(β(E)), or the exact g_i(β); i off S.
    Range slope(const Problem& problem, size_t i) const {
        if (!is_exact()) return rational(Box(problem, pattern, inner).slope(i));
        mpq_class g = -problem.b[i];
        for (size_t j = 0; j < beta.size(); ++j) g += problem.A[i][pattern.support[j]] * beta[j];
        return {g, g};
    }

private:
    void check_exact(const Json& json, LinearSystems& systems) {
        beta =
            in(json, "beta", [&](const Json& x) { return fractions(x, pattern.support.size()); });
        const LinearSystems::Solution solution = systems.solve(pattern);
        if (solution.outcome != LinearSystems::Outcome::stationary)
            reject("no unique stationary point has these signs");
        if (solution.beta != beta) reject("beta is not the solution");
        negative = solution.negative;
    }

    void check_root(const Json& json, const Problem& problem, const Bound* bound) {
        const size_t m = pattern.support.size();
        const auto numbers = [&](const Json& x) { return dyadics(x, m); };
        const auto center = in(json, "center", numbers), radius = in(json, "radius", numbers);
        Box z(problem, pattern);
        for (size_t i = 0; i < m; ++i) {
            if (sign(radius[i]) <= 0) reject("a radius that is not positive");
            inner.emplace_back(center[i] - radius[i], center[i] + radius[i]);
            z.set(pattern.support[i], Interval(center[i]));
        }
        for (size_t i = 0; i < m; ++i)
            if (!inside(inner[i], outer[i])) reject("E is not inside N");
        Box E(problem, pattern, inner), N(problem, pattern, outer);
        if (!N.avoids_zero()) reject("N touches zero");
        check_place(problem.has_groups, bound);
        for (Box* box : {&z, &N, &E}) box->set_bits(E.bits());
        const Preconditioner C(json, m);
        negative = negative_eigenvalues(C.integers);
        const Krawczyk krawczyk(problem, z, C);
        if (!krawczyk.maps_into_interior(N)) reject("N is not mapped into its interior");
        if (!krawczyk.maps_into_interior(E)) reject("E is not mapped into its interior");
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
};

/// All regions, no point twice.
inline std::vector<Region> checked_regions(const Json& json, const Problem& problem,
                                           const Bound& bound, LinearSystems& systems) {
    std::vector<Region> out;
    std::map<std::string, std::vector<size_t>> points;  // of each pattern
    each(json, [&](const Json& element, size_t r) {
        const Region& region = out.emplace_back(element, problem, systems, &bound);
        if (bound.is_linear() != region.is_exact() && !region.pattern.support.empty())
            reject("this kind goes with another rule of the bound");
        if (!region.is_point()) return;
        std::vector<size_t>& others = points[region.pattern.signs];
        for (const size_t other : others)
            if (bound.is_linear() || !region.is_apart_from(out[other]))
                reject("a point listed before");
        others.push_back(r);
    });
    return out;
}

}  // namespace check
