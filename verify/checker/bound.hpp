#pragma once

#include "box.hpp"

namespace check {

/// FORMAT.md section 5: where the trees start; checks that no stationary point lies beyond it, or what
/// the claims are restricted to.
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
        else if (rule_ == "squares" || rule_ == "sublevel")
            check_squares(json);
        else if (rule_ != "box")
            not_understood("an unknown rule");
    }

    bool is_linear() const { return rule_ == "linear"; }
    bool is_restricted() const { return rule_ == "sublevel" || rule_ == "box"; }
    const Dyadic& edge(size_t i) const { return edge_[i]; }

    /// Where the claims are restricted: do they speak of all of x_i, of none of it?
    bool holds(size_t i, const Interval& x) const {
        return !is_restricted() || largest(x) <= edge_[i];
    }
    bool excludes(size_t i, const Interval& x) const {
        return is_restricted() && (edge_[i] < x.lo || x.hi < -edge_[i]);
    }

    /// Section 10: what the sentence begins with.
    std::string restriction() const {
        if (!is_restricted()) return "";
        std::string out =
            problem_.exponent() == 1
                ? "In the box where abs(beta_i) is at most r_i"
                : "In the box where every factor of coordinate i is at most r_i in size, and "
                  "abs(beta_i) at most r_i^" +
                      std::to_string(problem_.depth);
        for (const Dyadic& edge : edge_)
            out += (&edge == &edge_[0] ? ", r = (" : ", ") + edge.rational().get_str();
        return out + (rule_ == "box" ? "): " : "), and which holds all points with Q <= Q(0): ");
    }

private:
    static constexpr size_t monomials_limit = 64;

    /// edge_i^n·factor_i ≥ value.
    void require_beyond(int n, const Fractions& factor, const mpq_class& value) const {
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
        require_sum(Fractions(v.size(), 1), quarter_bv);
    }

    /// Σ σ_iμ_it_i² ≤ value at all that counts, over groups if there are any.
    void require_sum(const Fractions& sigma, const mpq_class& value) const {
        const int n = problem_.has_groups ? problem_.depth : 1;
        Fractions factors;
        for (size_t i = 0; i < sigma.size(); ++i)
            factors.push_back(power(mpq_class(sigma[i] * problem_.mu[i]), n));
        require_beyond(problem_.depth == 2 && n == 1 ? 1 : 2, factors, power(value, n));
    }

    /// Σσ_iβ_i∂_iL + c, or L − L(0) + c, is zᵀGz with G positive semidefinite.
    void check_squares(const Json& json) const {
        const size_t d = problem_.size, n = in(json, "monomials", array).size();
        if (n > monomials_limit) not_understood("too many monomials");
        const std::vector<Exponents> z =
            in(json, "monomials", list, n, list, d, small_integer, degree_limit);
        const Fractions G = in(json, "gram", list, n * (n + 1) / 2, fraction);
        Fractions sigma(d, 1);
        if (!is_restricted()) sigma = in(json, "sigma", list, d, fraction);
        const mpq_class c = in(json, "constant", fraction) * problem_.scale;

        Polynomial<mpq_class> rest;  // all of it, less zᵀGz
        rest[Exponents(d)] = c;
        for (const auto& [e, coefficient] : problem_.loss) {
            mpq_class factor(is_restricted() && degree(e) > 0 ? 1 : 0);
            for (size_t i = 0; i < d && !is_restricted(); ++i) factor += sigma[i] * e[i];
            rest[e] += coefficient * factor;
        }
        mpz_class common(1);
        for (const mpq_class& entry : G) common = lcm(common, entry.get_den());
        Matrix<mpz_class> whole(n, Integers(n));  // common·G
        for (size_t i = 0, next = 0; i < n; ++i)
            for (size_t j = 0; j <= i; ++j, ++next) {
                whole[i][j] = whole[j][i] = G[next].get_num() * (common / G[next].get_den());
                Exponents e = z[i];
                for (size_t l = 0; l < d; ++l) e[l] += z[j][l];
                rest[e] -= problem_.scale * G[next] * (i == j ? 1 : 2);
            }
        for (const auto& [e, coefficient] : rest)
            if (coefficient != 0) reject("the sum of squares is another polynomial");
        if (Spectrum(whole).negative_eigenvalues > 0) reject("gram is not positive semidefinite");
        for (size_t i = 0; i < d; ++i)
            if (sigma[i] <= 0 || sigma[i] != sigma[problem_.groups[problem_.group_of[i]][0]])
                reject("sigma is not positive, or not the same in a group");
        // λw_i|u|²/k = ½μ_i|u|² is a term of λS ≤ c, for each factor u of each transfer.
        require_sum(sigma, is_restricted() ? mpq_class(2 * c) : c);
    }

    void check_principal() const {
        if (!problem_.is_quadratic() || (problem_.depth == 2 && !problem_.has_groups))
            reject("this rule is for degree 2, and k > 2 or groups");
        mpq_class radius(c());
        for (size_t U = 1; U < size_t{1} << problem_.groups.size(); ++U)
            radius = std::max(radius, principal_radius(U));
        require_beyond(problem_.exponent(), Fractions(edge_.size(), 1), radius);
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
        require_beyond(problem_.exponent(), Fractions(edge_.size(), 1), R);
    }

    const Problem& problem_;
    std::string rule_;
    std::vector<Dyadic> edge_;
};

}  // namespace check
