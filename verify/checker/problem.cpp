#include "problem.hpp"

#include "read.hpp"

#include <algorithm>
#include <string_view>

namespace check {
namespace {

constexpr std::size_t size_limit = 16;  // 3^16 patterns are beyond any certificate
constexpr int degree_limit = 6;
constexpr std::size_t bits_limit = 65536;  // of a common denominator

using std::size_t;

/// In an instance a name that is not known may change what is meant.
void require_only(const Value& object, std::initializer_list<std::string_view> known) {
    for (const Value::Member& member : object.object())
        if (std::find(known.begin(), known.end(), member.name) == known.end())
            not_understood("\"" + member.name.substr(0, 40) + "\" is not covered by version 1");
}

void require_short(const mpz_class& denominator) {
    if (mpz_sizeinbase(denominator.get_mpz_t(), 2) > bits_limit)
        not_understood("the common denominator is too long");
}

size_t size_of(const Value& list) {
    const size_t size = list.array().size();
    if (size == 0 || size > size_limit)
        not_understood("dimension " + std::to_string(size) + "; this checker covers 1 to " +
                       std::to_string(size_limit));
    return size;
}

Fractions numbers(const Value& value, size_t size) { return list(value, size, number); }

Polynomial::Exponents exponents_of(size_t size, size_t i, size_t j) {
    Polynomial::Exponents out(size);
    ++out[i];
    ++out[j];
    return out;
}

Polynomial::Exponents exponents_of(size_t size, size_t i) {
    Polynomial::Exponents out(size);
    ++out[i];
    return out;
}

/// ½βᵀAβ − bᵀβ, A symmetric.
Polynomial quadratic(const Matrix<mpq_class>& A, const Fractions& b) {
    Polynomial out;
    for (size_t i = 0; i < b.size(); ++i) {
        out.add(exponents_of(b.size(), i), -b[i]);
        for (size_t j = 0; j < b.size(); ++j) out.add(exponents_of(b.size(), i, j), A[i][j] / 2);
    }
    return out;
}

Polynomial least_squares(const Value& loss, size_t& size) {
    require_only(loss, {"kind", "X", "y"});
    const size_t rows = loss.at("X").array().size();
    if (rows == 0) not_understood("X has no rows");
    size = within("X", [&] { return size_of(loss.at("X").array()[0]); });
    const Matrix<mpq_class> X = in(loss, "X", [&](const Value& value) {
        return list(value, rows, [&](const Value& row) { return numbers(row, size); });
    });
    const Fractions y = in(loss, "y", [&](const Value& value) { return numbers(value, rows); });
    Matrix<mpq_class> A(size, Fractions(size));
    Fractions b(size);
    const mpq_class n(mpz_class(static_cast<unsigned long>(rows)));
    for (size_t r = 0; r < rows; ++r)
        for (size_t i = 0; i < size; ++i) {
            b[i] += X[r][i] * y[r] / n;
            require_short(b[i].get_den());
            for (size_t j = 0; j < size; ++j) {
                A[i][j] += X[r][i] * X[r][j] / n;
                require_short(A[i][j].get_den());
            }
        }
    return quadratic(A, b);
}

Polynomial given_quadratic(const Value& loss, size_t& size) {
    require_only(loss, {"kind", "A", "b"});
    size = in(loss, "b", size_of);
    const Fractions b = in(loss, "b", [&](const Value& value) { return numbers(value, size); });
    const Matrix<mpq_class> A = in(loss, "A", [&](const Value& value) {
        return list(value, size, [&](const Value& row) { return numbers(row, size); });
    });
    for (size_t i = 0; i < size; ++i)
        for (size_t j = 0; j < i; ++j)
            if (A[i][j] != A[j][i]) not_understood("A is not symmetric");
    return quadratic(A, b);
}

Polynomial given_polynomial(const Value& loss, size_t& size) {
    require_only(loss, {"kind", "monomials"});
    Polynomial out;
    in(loss, "monomials", [&](const Value& monomials) {
        if (monomials.array().empty()) not_understood("empty");
        size = size_of(monomials.array()[0].at("exponents"));
        monomials.each([&](const Value& monomial, size_t) {
            require_only(monomial, {"coefficient", "exponents"});
            Polynomial::Exponents exponents;
            for (const Value& e : monomial.at("exponents").array(size))
                exponents.push_back(static_cast<int>(small_integer(e, degree_limit)));
            if (std::any_of(exponents.begin(), exponents.end(), [](int e) { return e < 0; }))
                not_understood("a negative exponent");
            if (degree(exponents) > degree_limit)
                not_understood("degree " + std::to_string(degree(exponents)) + " exceeds 6");
            out.add(exponents, in(monomial, "coefficient", number));
            require_short(out.coefficient(exponents).get_den());
        });
    });
    return out;
}

Polynomial loss_of(const Value& loss, size_t& size) {
    const std::string& kind = in(loss, "kind", [](const Value& v) -> auto& { return v.text(); });
    if (kind == "least_squares") return least_squares(loss, size);
    if (kind == "quadratic") return given_quadratic(loss, size);
    if (kind == "polynomial") return given_polynomial(loss, size);
    not_understood("loss \"" + kind.substr(0, 40) + "\" is not covered by version 1");
}

Transfer transfer_of(const std::string& kind) {
    if (kind == "hadamard_product") return Transfer::product;
    if (kind == "hadamard_difference") return Transfer::difference;
    if (kind == "shared_product") return Transfer::shared;
    not_understood("transfer \"" + kind.substr(0, 40) + "\" is not covered by version 1");
}

void read_transfer(const Value& transfer, Problem& out) {
    require_only(transfer, {"kind", "depth", "weights"});
    out.transfer = transfer_of(transfer.at("kind").text());
    out.depth = static_cast<int>(
        in(transfer, "depth", [](const Value& v) { return small_integer(v, 1000); }));
    if (out.depth < 2 || out.depth > 5) not_understood("depth outside 2 to 5");
    out.mu.assign(static_cast<size_t>(out.size), 1);
    if (transfer.find("weights") == nullptr) return;
    out.mu = in(transfer, "weights", [&](const Value& v) { return numbers(v, out.mu.size()); });
    if (*std::min_element(out.mu.begin(), out.mu.end()) <= 0)
        not_understood("a weight that is not positive");
}

void find_matrices(Problem& out) {
    const auto size = static_cast<size_t>(out.size);
    for (size_t i = 0; i < size; ++i) {
        out.b.push_back(-out.loss.coefficient(exponents_of(size, i)));
        out.A.emplace_back();
        for (size_t j = 0; j < size; ++j)
            out.A[i].push_back(out.loss.coefficient(exponents_of(size, i, j)) * (i == j ? 2 : 1));
    }
}

void find_derivatives(Problem& out) {
    const mpz_class four_k_squared(4 * out.depth * out.depth);
    out.scale = 1;
    const auto clear = [&](const mpz_class& denominator) {
        out.scale = lcm(out.scale, denominator);
        require_short(out.scale);
    };
    for (const mpq_class& mu : out.mu) clear(mu.get_den() * four_k_squared);
    for (const auto& [exponents, coefficient] : out.loss.terms()) clear(coefficient.get_den());
    for (int i = 0; i < out.size; ++i) {
        const mpq_class& mu = out.mu[static_cast<size_t>(i)];
        out.scaled_mu.push_back(mu.get_num() * (out.scale / mu.get_den()));
        const Polynomial derivative = out.loss.derivative(i);
        out.gradient.push_back(times(out.scale, derivative));
        out.hessian.emplace_back();
        for (int j = 0; j < out.size; ++j)
            out.hessian.back().push_back(times(out.scale, derivative.derivative(j)));
    }
}

}  // namespace

Problem problem(const Value& instance) {
    require_only(instance, {"loss", "transfer", "lambda"});
    Problem out;
    size_t size = 0;
    out.loss = in(instance, "loss", [&](const Value& loss) { return loss_of(loss, size); });
    out.size = static_cast<int>(size);
    in(instance, "transfer", [&](const Value& transfer) { read_transfer(transfer, out); });
    const mpq_class lambda = in(instance, "lambda", number);
    if (lambda <= 0) not_understood("lambda is not positive");
    for (mpq_class& mu : out.mu) mu *= 2 * lambda / out.depth;  // so far the weights
    find_matrices(out);
    find_derivatives(out);
    return out;
}

}  // namespace check
