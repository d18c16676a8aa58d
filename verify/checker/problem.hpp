#pragma once

#include "polynomial.hpp"
#include "read.hpp"

namespace check {

constexpr size_t size_limit = 16;      // 3^16 patterns are beyond any certificate
constexpr size_t bits_limit = 65536;   // of the common denominator
constexpr int degree_limit = 6;

enum class Transfer { product, difference, shared };

/// FORMAT.md section 3: Q(ξ) = L(K(ξ)) + λS(ξ), in what sections 4 to 8 need of it.
/// `mu`, `A`, `b` and the derivatives are times `scale`, a common denominator of L's coefficients
/// and of μ_i/(4k²): this makes all factors of section 4 integers and changes no sign.
struct Problem {
    size_t size = 0;
    int depth = 0;  ///< k
    Transfer transfer = Transfer::product;
    Polynomial loss;
    mpz_class scale = 1;
    Integers mu;  ///< 2λw_i/k; for k = 2 this is λw_i.

    bool is_quadratic = false;  ///< Degree ≤ 2: L = ½βᵀAβ − bᵀβ.
    Matrix<mpz_class> A;
    Integers b;

    std::vector<Terms> gradient;
    Matrix<Terms> hessian;

    Terms third(size_t i, size_t j, size_t l) const {
        return times(scale, derivative(derivative(derivative(loss, i), j), l));
    }
    /// The characters of a pattern: two more where (u, v) = ±(t, −t) can be stationary.
    std::string_view alphabet() const {
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

/// Adds the parts of an instance to a problem.
class InstanceReader {
public:
    Problem read(const Json& instance) {
        require_only(instance, {"loss", "transfer", "lambda"});
        in(instance, "loss", [&](const Json& loss) { read_loss(loss); });
        out_.is_quadratic = degree(out_.loss) <= 2;
        in(instance, "transfer", [&](const Json& transfer) { read_transfer(transfer); });
        const mpq_class lambda = in(instance, "lambda", number);
        if (lambda <= 0) not_understood("lambda is not positive");
        Fractions mu;
        for (const mpq_class& w : weights_) mu.push_back(2 * lambda * w / out_.depth);
        find_scale(mu);
        find_derivatives();
        return std::move(out_);
    }

private:
    static mpq_class short_number(const mpq_class& x) {
        if (mpz_sizeinbase(x.get_den_mpz_t(), 2) > bits_limit) not_understood("denominators too long");
        return x;
    }

    static Fractions numbers(const Json& json, size_t size) { return list(json, size, number); }

    void find_size(const Json& json) {
        out_.size = array(json).size();
        if (out_.size == 0 || out_.size > size_limit)
            not_understood("dimension " + std::to_string(out_.size) + ", not 1 to " +
                           std::to_string(size_limit));
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

    Exponents ones(std::initializer_list<size_t> coordinates) const {
        Exponents out(out_.size);
        for (const size_t i : coordinates) ++out[i];
        return out;
    }

    /// L = ½βᵀAβ − bᵀβ.
    void set_quadratic(const Matrix<mpq_class>& A, const Fractions& b) {
        for (size_t i = 0; i < b.size(); ++i) {
            out_.loss[ones({i})] -= b[i];
            for (size_t j = 0; j < b.size(); ++j) out_.loss[ones({i, j})] += A[i][j] / 2;
        }
    }

    void read_least_squares(const Json& loss) {
        require_only(loss, {"kind", "X", "y"});
        const size_t rows = array(member(loss, "y")).size();
        if (rows == 0) not_understood("y is empty");
        const auto X = in(loss, "X", [&](const Json& json) {
            find_size(array(json, rows)[0]);
            return list(json, rows, [&](const Json& row) { return numbers(row, out_.size); });
        });
        const Fractions y = in(loss, "y", [&](const Json& json) { return numbers(json, rows); });
        Matrix<mpq_class> A(out_.size, Fractions(out_.size));
        Fractions b(out_.size);
        for (size_t r = 0; r < rows; ++r)
            for (size_t i = 0; i < out_.size; ++i) {
                b[i] = short_number(b[i] + X[r][i] * y[r] / rows);
                for (size_t j = 0; j < out_.size; ++j)
                    A[i][j] = short_number(A[i][j] + X[r][i] * X[r][j] / rows);
            }
        set_quadratic(A, b);
    }

    void read_quadratic(const Json& loss) {
        require_only(loss, {"kind", "A", "b"});
        in(loss, "b", [&](const Json& json) { find_size(json); });
        const Fractions b = in(loss, "b", [&](const Json& json) { return numbers(json, out_.size); });
        const auto A = in(loss, "A", [&](const Json& json) {
            return list(json, out_.size, [&](const Json& row) { return numbers(row, out_.size); });
        });
        for (size_t i = 0; i < out_.size; ++i)
            for (size_t j = 0; j < i; ++j)
                if (A[i][j] != A[j][i]) not_understood("A is not symmetric");
        set_quadratic(A, b);
    }

    void read_polynomial(const Json& loss) {
        require_only(loss, {"kind", "monomials"});
        in(loss, "monomials", [&](const Json& monomials) {
            if (array(monomials).empty()) not_understood("empty");
            find_size(member(monomials[0], "exponents"));
            each(monomials, [&](const Json& monomial, size_t) {
                require_only(monomial, {"coefficient", "exponents"});
                const Exponents exponents = in(monomial, "exponents", [&](const Json& json) {
                    return list(json, out_.size, [](const Json& e) {
                        return static_cast<int>(small_integer(e, degree_limit));
                    });
                });
                if (*std::min_element(exponents.begin(), exponents.end()) < 0)
                    not_understood("a negative exponent");
                if (degree(exponents) > degree_limit) not_understood("a degree above 6");
                mpq_class& sum = out_.loss[exponents];
                sum = short_number(sum + in(monomial, "coefficient", number));
            });
        });
    }

    void read_transfer(const Json& transfer) {
        require_only(transfer, {"kind", "depth", "weights"});
        const std::string kind = in(transfer, "kind", text);
        if (kind == "hadamard_difference")
            out_.transfer = Transfer::difference;
        else if (kind == "shared_product")
            out_.transfer = Transfer::shared;
        else if (kind != "hadamard_product")
            not_understood("transfer \"" + kind.substr(0, 40) + "\" is not covered by version 1");
        out_.depth = in(transfer, "depth", [](const Json& k) {
            return static_cast<int>(small_integer(k, 5));
        });
        if (out_.depth < 2) not_understood("a depth below 2");
        weights_.assign(out_.size, 1);
        if (transfer.contains("weights"))
            weights_ = in(transfer, "weights", [&](const Json& w) { return numbers(w, out_.size); });
        if (*std::min_element(weights_.begin(), weights_.end()) <= 0)
            not_understood("a weight that is not positive");
    }

    void find_scale(const Fractions& mu) {
        const auto clear = [&](const mpq_class& x) {
            out_.scale = lcm(out_.scale, x.get_den());
            short_number(quotient(1, out_.scale));
        };
        for (const mpq_class& x : mu) clear(x / (4 * out_.depth * out_.depth));
        for (const auto& [exponents, coefficient] : out_.loss) clear(coefficient);
        for (const mpq_class& x : mu) out_.mu.push_back(times(out_.scale, x));
    }

    void find_derivatives() {
        const auto at_zero = [&](Polynomial p) { return times(out_.scale, p[ones({})]); };
        for (size_t i = 0; i < out_.size; ++i) {
            const Polynomial slope = derivative(out_.loss, i);
            out_.gradient.push_back(times(out_.scale, slope));
            out_.b.push_back(-at_zero(slope));
            out_.hessian.emplace_back();
            out_.A.emplace_back();
            for (size_t j = 0; j < out_.size; ++j) {
                out_.hessian[i].push_back(times(out_.scale, derivative(slope, j)));
                out_.A[i].push_back(at_zero(derivative(slope, j)));
            }
        }
    }

    Problem out_;
    Fractions weights_;
};

}  // namespace check
