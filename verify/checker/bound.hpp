#pragma once

#include "box.hpp"

namespace check {

/// FORMAT.md section 5: where the trees start; checks that no stationary point lies beyond it.
class Bound {
public:
    Bound(const Json& json, const Problem& problem) : problem_(problem) {
        rule_ = in(json, "rule", text);
        if (is_linear()) {
            if (!problem.is_quadratic() || problem.depth != 2 || problem.has_groups)
                reject("this rule is for k = 2, degree 2 and no groups");
            if (json.contains("edge")) reject("this rule has no edge");
            return;
        }
        edge_ = in(json, "edge", list, problem.size, dyadic);
        for (const Dyadic& edge : edge_)
            if (sign(edge) <= 0) reject("an edge that is not positive");
        if (rule_ == "energy")
            check_energy(json);
        else if (rule_ == "principal")
            check_principal();
        else if (rule_ == "coercive")
            check_coercive(json);
        else if (!is_none())
            not_understood("an unknown rule");
    }

    bool is_linear() const { return rule_ == "linear"; }
    bool is_none() const { return rule_ == "none"; }
    const Dyadic& edge(size_t i) const { return edge_[i]; }

private:
    /// edge_i^n·factor_i ≥ value.
    void require_beyond(int n, const Integers& factor, const mpq_class& value) const {
        for (size_t i = 0; i < edge_.size(); ++i)
            if (power(edge_[i].rational(), n) * factor[i] < value)
                reject("edge[" + std::to_string(i) + "] is too small");
    }

    /// Σ c_iμ_it_i² = βᵀ(b − Aβ) ≤ ¼bᵀv; of groups Σ μ_jt_j², and ‖β_j‖² = t_j^{2k}.
    void check_energy(const Json& json) const {
        const Matrix<mpz_class>& A = problem_.A;
        const Integers& b = problem_.b;
        if (!problem_.is_quadratic()) reject("this rule is for degree 2");
        if (Spectrum(A).negative_eigenvalues > 0) reject("A is not positive semidefinite");
        const Fractions v = in(json, "v", list, b.size(), fraction);
        for (size_t i = 0; i < v.size(); ++i)
            if (dot(A[i], v) != b[i]) reject("Av is not b");
        const mpq_class quarter_bv = dot(b, v) / 4;
        if (!problem_.has_groups)
            return require_beyond(problem_.depth == 2 ? 1 : 2, problem_.mu, quarter_bv);
        Integers powers;
        for (const mpz_class& mu : problem_.mu) powers.push_back(power(mu, problem_.depth));
        require_beyond(2, powers, power(quarter_bv, problem_.depth));
    }

    void check_principal() const {
        if (!problem_.is_quadratic() || (problem_.depth == 2 && !problem_.has_groups))
            reject("this rule is for degree 2, and k > 2 or groups");
        mpq_class radius(c());
        for (size_t U = 1; U < size_t{1} << problem_.groups.size(); ++U)
            radius = std::max(radius, principal_radius(U));
        require_beyond(problem_.exponent(), Integers(edge_.size(), 1), radius);
    }

    /// The largest c_i of any pattern.
    int c() const { return problem_.alphabet().size() == 5 ? 2 : 1; }

    /// R_U: A_UUβ_U = b_U − A_{U,rest}β_rest − (μ_is_it_i^{2−k})_U with t_i ≥ 1 on U, < 1 off it.
    /// @param U a set of groups, one bit each
    mpq_class principal_radius(size_t U) const {
        const auto in_U = [&](size_t i) { return (U >> problem_.group_of[i]) % 2 == 1; };
        std::vector<size_t> indices;
        mpz_class largest;
        for (size_t i = 0; i < problem_.size; ++i) {
            if (!in_U(i)) continue;
            indices.push_back(i);
            mpz_class sum = ::abs(problem_.b[i]) + problem_.mu[i];
            for (size_t j = 0; j < problem_.size; ++j)
                if (!in_U(j)) sum += c() * ::abs(problem_.A[i][j]);
            largest = std::max(largest, sum);
        }
        const Spectrum of_A(principal(problem_.A, indices));
        if (of_A.divisor == 0) reject("a principal submatrix of A is singular");
        mpz_class norm;
        for (const Integers& row : of_A.adjugate) {
            mpz_class sum;
            for (const mpz_class& x : row) sum += ::abs(x);
            norm = std::max(norm, sum);
        }
        return quotient(norm * largest, ::abs(of_A.divisor));
    }

    /// βᵀ∇L(β) ≥ p(max |β_i|), which is positive from R on.
    void check_coercive(const Json& json) const {
        const mpq_class R = in(json, "radius", fraction);
        const int D = problem_.degree;
        if (R <= 0) reject("the radius is not positive");
        if (D < 2 || D % 2 == 1) reject("the degree of L is not even and at least 2");
        Fractions delta(edge_.size());  // as L here, times `scale`
        mpq_class p;                    // so far without its leading term
        for (const auto& [e, c] : problem_.loss) {
            const bool even = std::all_of(e.begin(), e.end(), [](long n) { return n % 2 == 0; });
            const mpq_class harm = even && c > 0 ? mpq_class() : mpq_class(::abs(c));
            if (degree(e) < D) p -= degree(e) * harm * power(R, degree(e));
            for (size_t i = 0; degree(e) == D && i < delta.size(); ++i)
                delta[i] += e[i] == D ? c : mpq_class(-harm * e[i] / D);
        }
        const mpq_class least = *std::min_element(delta.begin(), delta.end());
        if (least <= 0) reject("L is not shown to be coercive");
        p += D * least * power(R, D);
        if (p <= 0) reject("the radius is too small");
        require_beyond(problem_.exponent(), Integers(edge_.size(), 1), R);
    }

    const Problem& problem_;
    std::string rule_;
    std::vector<Dyadic> edge_;
};

}  // namespace check
