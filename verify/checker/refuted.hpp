#pragma once

#include "region.hpp"

namespace check {

/// FORMAT.md section 12. K(ξ) = u²: β is a strict local minimizer of P on {β ≥ 0}, all that Q sees,
/// and P decreases along −e_i for i in `edge`, all of those.
inline void check_square(const Json& json, const Problem& problem, const Region& region) {
    require(json, "region", 0);
    if (region.kind != (problem.is_quadratic() ? "exact" : "root"))
        reject("of degree 2 the region is exact, of another a root");
    if (region.pattern.count("-") > 0) reject("K = u² is never negative");
    if (region.negative > 0) reject("not a minimizer on its support");
    Json edge = Json::array();
    for (size_t i = 0; i < problem.size; ++i) {
        if (region.pattern.on(i)) continue;
        const Range<mpq_class> slope = region.slope(problem, i);
        const mpz_class& mu = problem.mu[i];
        if (slope.lo > mu)
            edge.push_back(i);
        else if (slope.lo <= -mu || slope.hi >= mu)
            reject("coordinate " + std::to_string(i) + " is not shown to lead up or down");
    }
    if (edge.empty()) reject("no coordinate leads down");
    require(json, "edge", edge);
}

/// λ = 0: with H = ∇²L(0), Q(u', ν') = ½p²u'ᵀHu' + O(p³) ≥ 0 near (u; 0), but 0 is no minimizer of
/// L.
inline void check_unregularized(const Json& json, const Problem& problem) {
    const Matrix<mpz_class>& H = problem.A;
    if (problem.b != Integers(problem.size)) reject("∇L(0) is not zero");
    if (Spectrum(H).negative_eigenvalues == 0) reject("∇²L(0) has no negative eigenvalue");
    const Fractions u = in(json, "u", list, problem.size, fraction);
    mpq_class sum;
    for (size_t i = 0; i < u.size(); ++i) sum += u[i] * dot(H[i], u);
    if (sum <= 0) reject("uᵀ∇²L(0)u is not positive");
}

/// @returns the regions, one for the mutant `square`, else none.
inline std::vector<Region> checked_refutation(const Json& certificate, const Problem& problem) {
    const bool is_square = problem.mutant == "square";
    LinearSystems systems(problem);
    const std::vector<Region> regions =
        in(certificate, "regions", list, size_t{is_square ? 1U : 0U},
           [&](const Json& json) { return Region(json, problem, systems); });
    in(certificate, "witness", [&](const Json& json) {
        if (is_square)
            check_square(json, problem, regions.front());
        else
            check_unregularized(json, problem);
    });
    return regions;
}

}  // namespace check
