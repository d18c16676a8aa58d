#include "bound.hpp"

#include "read.hpp"

#include <algorithm>

namespace check {
namespace {

using std::size_t;

void require_quadratic(const Problem& problem) {
    if (!problem.is_quadratic()) reject("this rule is for losses of degree at most 2");
}

/// Checks edge_i^n·factor_i ≥ value.
void require_beyond(const std::vector<Dyadic>& edge, int n, const Fractions& factor,
                    const mpq_class& value) {
    for (size_t i = 0; i < edge.size(); ++i)
        if (power(edge[i].rational(), n) * factor[i] < value)
            reject("edge[" + std::to_string(i) + "] is too small");
}

/// Σ c_iμ_it_i² = βᵀ(b − Aβ) ≤ ¼bᵀv.
void check_energy(const Value& bound, const Problem& problem, const std::vector<Dyadic>& edge) {
    require_quadratic(problem);
    const Fractions v = in(bound, "v", [&](const Value& value) {
        return list(value, edge.size(), [](const Value& x) { return fraction(x); });
    });
    if (inertia(scaled(problem.A).rows).negative > 0) reject("A is not positive semidefinite");
    mpq_class quarter_bv;
    for (size_t i = 0; i < v.size(); ++i) {
        mpq_class sum;
        for (size_t j = 0; j < v.size(); ++j) sum += problem.A[i][j] * v[j];
        if (sum != problem.b[i]) reject("Av is not b");
        quarter_bv += problem.b[i] * v[i] / 4;
    }
    require_beyond(edge, problem.depth == 2 ? 1 : 2, problem.mu, quarter_bv);
}

/// R_U for the U of these indices.
mpq_class principal_radius(const Problem& problem, const std::vector<int>& U, int c) {
    const Scaled A = scaled(principal(problem.A, U));
    const std::optional<Inverse> inverted = inverse(A.rows);
    if (!inverted) reject("a principal submatrix of A is singular");
    mpz_class norm;
    for (const Integers& row : inverted->numerator) {
        mpz_class sum;
        for (const mpz_class& x : row) sum += abs(x);
        norm = std::max(norm, sum);
    }
    mpq_class largest;
    for (const int i : U) {
        const auto at_i = static_cast<size_t>(i);
        mpq_class sum = abs(problem.b[at_i]) + problem.mu[at_i];
        for (int j = 0; j < problem.size; ++j)
            if (std::find(U.begin(), U.end(), j) == U.end())
                sum += c * abs(problem.A[at_i][static_cast<size_t>(j)]);
        largest = std::max(largest, sum);
    }
    return largest * norm * A.scale / inverted->denominator;
}

void check_principal(const Problem& problem, const std::vector<Dyadic>& edge) {
    require_quadratic(problem);
    if (problem.depth == 2) reject("this rule is for k > 2");
    const int c = std::string_view(problem.alphabet()).size() == 5 ? 2 : 1;
    mpq_class radius(c);
    for (Coordinates mask = 1; mask < coordinate(problem.size); ++mask) {
        std::vector<int> U;
        for (int i = 0; i < problem.size; ++i)
            if ((mask & coordinate(i)) != 0) U.push_back(i);
        radius = std::max(radius, principal_radius(problem, U, c));
    }
    require_beyond(edge, problem.depth, Fractions(edge.size(), 1), radius);
}

/// The exponent of a pure power β_i^D, if it is one.
bool is_pure_power(const Polynomial::Exponents& exponents, size_t i) {
    return exponents[i] == degree(exponents);
}

/// βᵀ∇L(β) ≥ p(max |β_i|), and p(R) > 0.
void check_coercive(const Value& bound, const Problem& problem, const std::vector<Dyadic>& edge) {
    const mpq_class R = in(bound, "radius", [](const Value& value) { return fraction(value); });
    const int D = problem.loss.degree();
    if (R <= 0) reject("the radius is not positive");
    if (D < 2 || D % 2 == 1) reject("the degree of L is not even and at least 2");
    Fractions delta(edge.size());
    mpq_class p;  // without its leading term
    for (const auto& [exponents, coefficient] : problem.loss.terms()) {
        const int j = degree(exponents);
        const bool harmless =
            coefficient > 0 && std::all_of(exponents.begin(), exponents.end(),
                                           [](int e) { return e % 2 == 0; });
        if (j < D && !harmless) p -= j * abs(coefficient) * power(R, j);
        for (size_t i = 0; j == D && i < delta.size(); ++i) {
            if (is_pure_power(exponents, i))
                delta[i] += coefficient;
            else if (!harmless)
                delta[i] -= abs(coefficient) * exponents[i] / D;
        }
    }
    const mpq_class least = *std::min_element(delta.begin(), delta.end());
    p += D * least * power(R, D);
    if (least <= 0) reject("L is not shown to be coercive");
    if (p <= 0) reject("the radius is too small");
    require_beyond(edge, problem.depth == 2 ? 1 : problem.depth, Fractions(edge.size(), 1), R);
}

Bound::Rule rule_of(const std::string& name) {
    if (name == "energy") return Bound::Rule::energy;
    if (name == "principal") return Bound::Rule::principal;
    if (name == "coercive") return Bound::Rule::coercive;
    if (name == "linear") return Bound::Rule::linear;
    if (name == "none") return Bound::Rule::none;
    not_understood("unknown rule \"" + name.substr(0, 40) + "\"");
}

}  // namespace

Bound checked_bound(const Value& bound, const Problem& problem) {
    Bound out;
    out.rule = in(bound, "rule", [](const Value& value) { return rule_of(value.text()); });
    if (out.rule == Bound::Rule::linear) {
        require_quadratic(problem);
        if (problem.depth != 2) reject("this rule is for k = 2");
        if (bound.find("edge") != nullptr) reject("this rule has no edge");
        return out;
    }
    out.edge = in(bound, "edge", [&](const Value& value) {
        return list(value, static_cast<size_t>(problem.size),
                    [](const Value& x) { return dyadic(x); });
    });
    for (const Dyadic& edge : out.edge)
        if (edge.sign() <= 0) reject("an edge that is not positive");
    switch (out.rule) {
        case Bound::Rule::energy: check_energy(bound, problem, out.edge); break;
        case Bound::Rule::principal: check_principal(problem, out.edge); break;
        case Bound::Rule::coercive: check_coercive(bound, problem, out.edge); break;
        default: break;
    }
    return out;
}

}  // namespace check
