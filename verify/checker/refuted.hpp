#pragma once

#include "points.hpp"

namespace check {

/// FORMAT.md section 12: the regions of a refutation, one for the mutant `square`, else none.
inline std::vector<Region> refuting(const Json& json, const Problem& problem) {
    const size_t count = problem.mutant == "square" ? 1 : 0;
    LinearSystems systems(problem);
    return list(json, count, [&](const Json& element) {
        Region out(element, problem, systems);
        if (out.kind != (problem.is_quadratic() ? "exact" : "root"))
            reject("of degree 2 the region is exact, of another a root");
        if (out.pattern.signs.find_first_not_of("0+") != std::string::npos)
            reject("K = u² is never negative");
        return out;
    });
}

/// K(ξ) = u²: β is a strict local minimizer of P on {β ≥ 0}, all that Q sees, and P decreases along
/// −e_i for i in `edge`.
inline void check_square(const Json& json, const Problem& problem, const Region& region) {
    if (integer(member(json, "region")) != 0) reject("the region is not 0");
    if (region.negative > 0) reject("not a minimizer on its support");
    std::set<size_t> edge;
    in(json, "edge", [&](const Json& indices) {
        if (array(indices).empty()) reject("empty");
        each(indices, [&](const Json& index, size_t) {
            const mpz_class i = integer(index);
            if (i < 0 || i >= problem.size) reject("no such coordinate");
            if (!edge.insert(i.get_ui()).second) reject("a coordinate twice");
            if (region.pattern.on(i.get_ui())) reject("a coordinate of the support");
        });
    });
    for (size_t i = 0; i < problem.size; ++i) {
        if (region.pattern.on(i)) continue;
        const auto [low, high] = region.slope(problem, i);
        const mpz_class& mu = problem.mu[i];
        if (edge.contains(i) ? low <= mu : low <= -mu || high >= mu)
            reject("the slope of coordinate " + std::to_string(i) + " is not as claimed");
    }
}

/// λ = 0: with H = ∇²L(0), Q(u', ν') = ½p²u'ᵀHu' + O(p³) ≥ 0 near (u; 0), but 0 is no minimizer of
/// L.
inline void check_unregularized(const Json& json, const Problem& problem) {
    const Matrix<mpz_class>& H = problem.A;
    if (problem.b != Integers(problem.size)) reject("∇L(0) is not zero");
    if (negative_eigenvalues(H) == 0) reject("∇²L(0) has no negative eigenvalue");
    in(json, "u", [&](const Json& json_u) {
        const Fractions u = fractions(json_u, problem.size);
        mpq_class sum;
        for (size_t i = 0; i < u.size(); ++i)
            for (size_t j = 0; j < u.size(); ++j) sum += u[i] * H[i][j] * u[j];
        if (sum <= 0) reject("uᵀ∇²L(0)u is not positive");
    });
}

inline void check_witness(const Json& json, const Problem& problem,
                          const std::vector<Region>& regions) {
    if (problem.mutant == "square")
        check_square(json, problem, regions.front());
    else
        check_unregularized(json, problem);
}

}  // namespace check
