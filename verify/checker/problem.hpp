#pragma once

#include "algebra.hpp"
#include "json.hpp"

#include <map>
#include <numeric>

namespace check {

constexpr size_t size_limit = 13;     // 3^14 patterns have more values than `Limits` allows
constexpr size_t bits_limit = 65536;  // of the common denominator
constexpr int degree_limit = 6, depth_limit = 5;

using Exponents = std::vector<long>;
/// Collected monomials: the coefficient of each vector of exponents.
template <class Number>
using Polynomial = std::map<Exponents, Number>;

inline int degree(const Exponents& e) { return std::accumulate(e.begin(), e.end(), 0); }

/// ∂p/∂β_i.
inline Polynomial<mpz_class> derivative(const Polynomial<mpz_class>& p, size_t i) {
    Polynomial<mpz_class> out;
    for (const auto& [e, c] : p) {
        if (e[i] == 0) continue;
        Exponents lowered = e;
        --lowered[i];
        out[lowered] = c * e[i];
    }
    return out;
}

/// In an instance a name that is not known may change what is meant.
inline void require_only(const Json& object, const std::set<std::string>& known) {
    if (!object.is_object()) not_understood("not an object");
    for (const auto& [name, value] : object.items())
        if (!known.contains(name))
            not_understood("\"" + name.substr(0, 40) + "\" is not covered by version 1");
}

enum class Transfer { product, difference, shared };

/// FORMAT.md section 3: Q(ξ) = L(K(ξ)) + λS(ξ), in what sections 4 to 12 need of it.
/// All numbers are times `scale`, a common denominator of L's coefficients and of μ_i/(4k²): this
/// makes all factors of section 4 integers and changes no sign.
struct Problem {
    size_t size = 0;
    int depth = 0;  ///< k
    Transfer transfer = Transfer::product;
    bool has_groups = false;                  ///< Section 11; without, {i} is the group i.
    std::vector<std::vector<size_t>> groups;  ///< A partition of the coordinates.
    std::vector<size_t> group_of;
    std::string mutant;  ///< Section 12; empty for the theory as it is.
    mpz_class scale = 1;
    Integers mu;  ///< 2λw/k of the group of i; for k = 2 this is λw.
    Polynomial<mpz_class> loss;
    std::vector<Polynomial<mpz_class>> gradient;
    Matrix<Polynomial<mpz_class>> hessian;
    int degree = 0;
    Integers b;  ///< Of degree ≤ 2 are L = ½βᵀAβ − bᵀβ.
    Matrix<mpz_class> A;

    explicit Problem(const Json& json) {
        require_only(json, {"loss", "transfer", "lambda", "mutant"});
        in(json, "loss", [&](const Json& member) { read_loss(member); });
        in(json, "transfer", [&](const Json& member) { read_transfer(member); });
        if (json.contains("mutant"))
            in(json, "mutant", [&](const Json& name) { read_mutant(name); });
        const mpq_class lambda = in(json, "lambda", fraction);
        if (mutant == "unregularized" ? lambda != 0 : lambda <= 0)
            not_understood("lambda is not positive, or not zero for the mutant without it");
        for (mpq_class& weight : exact_mu_) weight *= 2 * lambda / depth;
        find_integers();
        find_derivatives();
    }

    bool is_quadratic() const { return degree <= 2; }
    /// The e of a_i = c_i x_i^e.
    int exponent() const { return depth == 2 || has_groups ? 1 : depth; }
    /// The characters of a pattern: two more where (u, v) = ±(t, −t) can be stationary.
    std::string_view alphabet() const {
        if (has_groups) return "0*";
        return transfer == Transfer::difference && depth % 2 == 1 ? "0+-pm" : "0+-";
    }

private:
    static void require_short(const mpz_class& denominator) {
        if (mpz_sizeinbase(denominator.get_mpz_t(), 2) > bits_limit)
            not_understood("denominators too long");
    }
    size_t find_size(const Json& json) {
        size = array(json).size();
        if (size == 0 || size > size_limit)
            not_understood("dimension " + std::to_string(size) + ", not 1 to 13");
        return size;
    }
    /// The monomial of these coordinates.
    void add(const mpq_class& coefficient, std::initializer_list<size_t> coordinates) {
        Exponents e(size);
        for (const size_t i : coordinates) ++e[i];
        add(coefficient, e);
    }
    void add(const mpq_class& coefficient, const Exponents& exponents) {
        mpq_class& sum = exact_loss_[exponents];
        sum += coefficient;
        require_short(sum.get_den());
    }

    void read_loss(const Json& json) {
        const std::string kind = in(json, "kind", text);
        if (kind == "least_squares")
            read_least_squares(json);
        else if (kind == "quadratic")
            read_quadratic(json);
        else if (kind == "polynomial")
            read_polynomial(json);
        else
            not_understood("loss \"" + kind.substr(0, 40) + "\" is not covered by version 1");
    }

    void read_least_squares(const Json& json) {
        require_only(json, {"kind", "X", "y"});
        const size_t n = in(json, "y", array).size();
        const Fractions y = in(json, "y", list, n, fraction);
        const Matrix<mpq_class> X = in(json, "X", [&](const Json& rows) {
            require_size(rows, n);
            if (n == 0) not_understood("no data");
            return list(rows, n, list, find_size(rows[0]), fraction);
        });
        for (size_t r = 0; r < n; ++r)
            for (size_t i = 0; i < size; ++i) {
                add(-X[r][i] * y[r] / n, {i});
                for (size_t j = 0; j < size; ++j) add(X[r][i] * X[r][j] / (2 * n), {i, j});
            }
    }

    void read_quadratic(const Json& json) {
        require_only(json, {"kind", "A", "b"});
        const size_t d = in(json, "b", [&](const Json& x) { return find_size(x); });
        const Fractions linear = in(json, "b", list, d, fraction);
        const Matrix<mpq_class> square = in(json, "A", list, d, list, d, fraction);
        for (size_t i = 0; i < d; ++i) {
            add(-linear[i], {i});
            for (size_t j = 0; j < d; ++j) {
                if (square[i][j] != square[j][i]) not_understood("A is not symmetric");
                add(square[i][j] / 2, {i, j});
            }
        }
    }

    void read_polynomial(const Json& json) {
        require_only(json, {"kind", "monomials"});
        in(json, "monomials", each, [&](const Json& monomial, size_t n) {
            require_only(monomial, {"coefficient", "exponents"});
            if (n == 0) in(monomial, "exponents", [&](const Json& x) { return find_size(x); });
            const Exponents e = in(monomial, "exponents", list, size, small_integer, degree_limit);
            if (*std::min_element(e.begin(), e.end()) < 0) not_understood("a negative exponent");
            if (check::degree(e) > degree_limit) not_understood("a degree above 6");
            add(in(monomial, "coefficient", fraction), e);
        });
        if (size == 0) not_understood("no monomials");
    }

    void read_transfer(const Json& json) {
        const std::string kind = in(json, "kind", text);
        has_groups = kind.starts_with("group_");
        if (kind == "hadamard_difference")
            transfer = Transfer::difference;
        else if (kind == "shared_product" || kind == "group_shared_product")
            transfer = Transfer::shared;
        else if (kind != "hadamard_product" && kind != "group_product")
            not_understood("transfer \"" + kind.substr(0, 40) + "\" is not covered by version 1");
        require_only(json, {"kind", "depth", "weights", has_groups ? "groups" : "kind"});
        read_groups(json);
        depth = static_cast<int>(in(json, "depth", small_integer, depth_limit));
        if (depth < 2) not_understood("a depth below 2");
        Fractions weights(groups.size(), 1);
        if (json.contains("weights")) weights = in(json, "weights", list, weights.size(), fraction);
        if (*std::min_element(weights.begin(), weights.end()) <= 0)
            not_understood("a weight that is not positive");
        for (const size_t j : group_of) exact_mu_.push_back(weights[j]);
    }

    /// Left out, they are one group of all, and without groups each coordinate is one.
    void read_groups(Json json) {
        Json all;
        for (size_t i = 0; i < size; ++i) all[has_groups ? 0 : i].push_back(i);
        json.emplace("groups", all);
        group_of.resize(size, size);
        in(json, "groups", each, [&](const Json& group, size_t j) {
            if (array(group).empty()) reject("an empty group");
            groups.emplace_back();
            each(group, [&](const Json& index, size_t) {
                const mpz_class i = integer(index);
                if (i < 0 || i >= size || std::exchange(group_of[i.get_ui()], j) < size)
                    reject("not a coordinate, or in a group before");
                groups[j].push_back(i.get_ui());
            });
        });
        if (std::count(group_of.begin(), group_of.end(), size) > 0)
            reject("a coordinate is in no group");
    }

    void read_mutant(const Json& json) {
        mutant = text(json);
        const bool is_product = transfer == Transfer::product;
        if (mutant != "square" && mutant != "unregularized") not_understood("an unknown mutant");
        if (mutant == "square" && (!is_product || has_groups || depth > 2))
            reject("this mutant is one of hadamard_product with k = 2");
        if (mutant == "unregularized" && (!is_product || !has_groups || groups.size() > 1))
            reject("this mutant is one of group_product with one group");
    }

    void find_integers() {
        const auto clear = [&](const mpq_class& x) {
            scale = lcm(scale, x.get_den());
            require_short(scale);
        };
        for (const mpq_class& exact : exact_mu_) clear(exact / (4 * depth * depth));
        for (const auto& [e, c] : exact_loss_) clear(c);
        for (const mpq_class& exact : exact_mu_) mu.emplace_back(exact * scale);
        for (const auto& [e, c] : exact_loss_) {
            if (c == 0) continue;
            loss[e] = c * scale;
            degree = std::max(degree, check::degree(e));
        }
    }

    void find_derivatives() {
        const Exponents constant(size);
        hessian.resize(size);
        A.resize(size);
        for (size_t i = 0; i < size; ++i) {
            gradient.push_back(derivative(loss, i));
            b.push_back(-gradient[i][constant]);
            for (size_t j = 0; j < size; ++j) {
                hessian[i].push_back(derivative(gradient[i], j));
                A[i].push_back(hessian[i][j][constant]);
            }
        }
    }

    Polynomial<mpq_class> exact_loss_;
    Fractions exact_mu_;  ///< At first the weights, one for each coordinate.
};

}  // namespace check
