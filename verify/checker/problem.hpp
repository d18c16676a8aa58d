#pragma once

#include "algebra.hpp"
#include "read.hpp"

#include <cstdint>
#include <map>
#include <numeric>

namespace check {

constexpr size_t size_limit = 13;     // 3^14 patterns have more values than `Limits` allows
constexpr size_t bits_limit = 65536;  // of the common denominator
constexpr int degree_limit = 6;

using Exponents = std::vector<int>;
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

    bool is_quadratic() const { return degree <= 2; }
    /// The e of a_i = c_i x_i^e.
    int exponent() const { return depth == 2 || has_groups ? 1 : depth; }
    /// The characters of a pattern: two more where (u, v) = ±(t, −t) can be stationary.
    std::string_view alphabet() const {
        if (has_groups) return "0*";
        return transfer == Transfer::difference && depth % 2 == 1 ? "0+-pm" : "0+-";
    }
};

/// In an instance a name that is not known may change what is meant.
inline void require_only(const Json& object, const std::set<std::string>& known) {
    if (!object.is_object()) not_understood("not an object");
    for (const auto& [name, value] : object.items())
        if (!known.contains(name))
            not_understood("\"" + name.substr(0, 40) + "\" is not covered by version 1");
}

class InstanceReader {
public:
    Problem read(const Json& json) {
        require_only(json, {"loss", "transfer", "lambda", "mutant"});
        in(json, "loss", [&](const Json& loss) { read_loss(loss); });
        in(json, "transfer", [&](const Json& transfer) { read_transfer(transfer); });
        const mpq_class lambda = in(json, "lambda", number);
        if (json.contains("mutant"))
            in(json, "mutant", [&](const Json& mutant) { read_mutant(text(mutant)); });
        if (out_.mutant == "unregularized" ? lambda != 0 : lambda <= 0)
            not_understood("lambda is not positive, or not zero for the mutant without it");
        for (mpq_class& mu : mu_) mu *= 2 * lambda / out_.depth;
        find_integers();
        find_derivatives();
        return std::move(out_);
    }

private:
    static mpq_class short_number(const mpq_class& x) {
        if (mpz_sizeinbase(x.get_den_mpz_t(), 2) > bits_limit)
            not_understood("denominators too long");
        return x;
    }

    void find_size(const Json& json) {
        out_.size = array(json).size();
        if (out_.size == 0 || out_.size > size_limit)
            not_understood("dimension " + std::to_string(out_.size) + ", not 1 to 13");
    }
    Fractions numbers(const Json& object, const char* name) const {
        return in(object, name, [&](const Json& x) { return list(x, out_.size, number); });
    }
    Matrix<mpq_class> rows(const Json& object, const char* name, size_t count) const {
        return in(object, name, [&](const Json& x) {
            return list(x, count, [&](const Json& row) { return list(row, out_.size, number); });
        });
    }

    void read_loss(const Json& loss) {
        const std::string kind = in(loss, "kind", text);
        if (kind == "least_squares")
            read_least_squares(loss);
        else if (kind == "quadratic")
            read_quadratic(loss);
        else if (kind == "polynomial")
            read_polynomial(loss);
        else
            not_understood("loss \"" + kind.substr(0, 40) + "\" is not covered by version 1");
    }

    void add(const mpq_class& coefficient, const Exponents& exponents) {
        mpq_class& sum = loss_[exponents];
        sum = short_number(sum + coefficient);
    }
    Exponents ones(std::initializer_list<size_t> coordinates) const {
        Exponents out(out_.size);
        for (const size_t i : coordinates) ++out[i];
        return out;
    }

    void read_least_squares(const Json& loss) {
        require_only(loss, {"kind", "X", "y"});
        const size_t n = array(member(loss, "y")).size();
        const auto y = in(loss, "y", [&](const Json& x) { return list(x, n, number); });
        if (n == 0 || array(member(loss, "X"), n).empty()) not_understood("no data");
        within("X", [&] { find_size(member(loss, "X")[0]); });
        const Matrix<mpq_class> X = rows(loss, "X", n);
        for (size_t r = 0; r < n; ++r)
            for (size_t i = 0; i < out_.size; ++i) {
                add(-X[r][i] * y[r] / n, ones({i}));
                for (size_t j = 0; j < out_.size; ++j)
                    add(X[r][i] * X[r][j] / (2 * n), ones({i, j}));
            }
    }

    void read_quadratic(const Json& loss) {
        require_only(loss, {"kind", "A", "b"});
        in(loss, "b", [&](const Json& b) { find_size(b); });
        const Fractions b = numbers(loss, "b");
        const Matrix<mpq_class> A = rows(loss, "A", out_.size);
        for (size_t i = 0; i < out_.size; ++i) {
            add(-b[i], ones({i}));
            for (size_t j = 0; j < out_.size; ++j) {
                if (A[i][j] != A[j][i]) not_understood("A is not symmetric");
                add(A[i][j] / 2, ones({i, j}));
            }
        }
    }

    void read_polynomial(const Json& loss) {
        require_only(loss, {"kind", "monomials"});
        in(loss, "monomials", [&](const Json& monomials) {
            if (array(monomials).empty()) not_understood("empty");
            find_size(member(monomials[0], "exponents"));
            each(monomials, [&](const Json& monomial, size_t) {
                require_only(monomial, {"coefficient", "exponents"});
                const auto read = [](const Json& e) {
                    return static_cast<int>(small_integer(e, 6));
                };
                const Exponents e = list(member(monomial, "exponents"), out_.size, read);
                if (*std::min_element(e.begin(), e.end()) < 0)
                    not_understood("a negative exponent");
                if (degree(e) > degree_limit) not_understood("a degree above 6");
                add(in(monomial, "coefficient", number), e);
            });
        });
    }

    void read_transfer(const Json& json) {
        const std::string kind = in(json, "kind", text);
        out_.has_groups = kind.starts_with("group_");
        if (kind == "hadamard_difference")
            out_.transfer = Transfer::difference;
        else if (kind == "shared_product" || kind == "group_shared_product")
            out_.transfer = Transfer::shared;
        else if (kind != "hadamard_product" && kind != "group_product")
            not_understood("transfer \"" + kind.substr(0, 40) + "\" is not covered by version 1");
        require_only(json, out_.has_groups
                               ? std::set<std::string>{"kind", "depth", "weights", "groups"}
                               : std::set<std::string>{"kind", "depth", "weights"});
        out_.group_of.resize(out_.size);
        if (json.contains("groups"))
            in(json, "groups", [&](const Json& groups) { read_groups(groups); });
        else
            for (size_t i = 0; i < out_.size; ++i) add_to_group(out_.has_groups ? 0 : i, i);
        const auto depth = [](const Json& k) { return static_cast<int>(small_integer(k, 5)); };
        out_.depth = in(json, "depth", depth);
        if (out_.depth < 2) not_understood("a depth below 2");
        Fractions weights(out_.groups.size(), 1);
        if (json.contains("weights"))
            weights =
                in(json, "weights", [&](const Json& x) { return list(x, weights.size(), number); });
        if (*std::min_element(weights.begin(), weights.end()) <= 0)
            not_understood("a weight that is not positive");
        for (const size_t j : out_.group_of) mu_.push_back(weights[j]);
    }

    void add_to_group(size_t j, size_t i) {
        if (j == out_.groups.size()) out_.groups.emplace_back();
        out_.groups[j].push_back(i);
        out_.group_of[i] = j;
    }

    void read_groups(const Json& json) {
        std::set<long> seen;
        each(json, [&](const Json& group, size_t j) {
            if (array(group).empty()) reject("an empty group");
            each(group, [&](const Json& index, size_t) {
                const long i = small_integer(index, size_limit);
                if (i < 0 || static_cast<size_t>(i) >= out_.size || !seen.insert(i).second)
                    reject("not a coordinate, or in a group before");
                add_to_group(j, static_cast<size_t>(i));
            });
        });
        if (seen.size() < out_.size) reject("a coordinate is in no group");
    }

    void read_mutant(const std::string& mutant) {
        const bool is_product = out_.transfer == Transfer::product;
        if (mutant == "square") {
            if (!is_product || out_.has_groups || out_.depth > 2)
                reject("this mutant is one of hadamard_product with k = 2");
        } else if (mutant == "unregularized") {
            if (!is_product || !out_.has_groups || out_.groups.size() > 1)
                reject("this mutant is one of group_product with one group");
        } else {
            not_understood("an unknown mutant");
        }
        out_.mutant = mutant;
    }

    void find_integers() {
        const auto clear = [&](const mpq_class& x) {
            out_.scale = lcm(out_.scale, x.get_den());
            short_number(quotient(1, out_.scale));
        };
        const auto integer = [&](const mpq_class& x) -> mpz_class {
            return x.get_num() * (out_.scale / x.get_den());
        };
        for (const mpq_class& mu : mu_) clear(mu / (4 * out_.depth * out_.depth));
        for (const auto& [e, c] : loss_) clear(c);
        for (const mpq_class& mu : mu_) out_.mu.push_back(integer(mu));
        for (const auto& [e, c] : loss_) {
            if (c == 0) continue;
            out_.loss[e] = integer(c);
            out_.degree = std::max(out_.degree, degree(e));
        }
    }

    void find_derivatives() {
        for (size_t i = 0; i < out_.size; ++i) {
            out_.gradient.push_back(derivative(out_.loss, i));
            out_.b.push_back(-out_.gradient[i][ones({})]);
            out_.hessian.emplace_back();
            out_.A.emplace_back();
            for (size_t j = 0; j < out_.size; ++j) {
                out_.hessian[i].push_back(derivative(out_.gradient[i], j));
                out_.A[i].push_back(out_.hessian[i][j][ones({})]);
            }
        }
    }

    Problem out_;
    Polynomial<mpq_class> loss_;
    Fractions mu_;  ///< At first the weights, one for each coordinate.
};

}  // namespace check
