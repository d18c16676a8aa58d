#pragma once

#include <gmpxx.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace check {

/// Collected monomials: the coefficient of each vector of exponents, none zero.
class Polynomial {
public:
    using Exponents = std::vector<int>;
    using Terms = std::map<Exponents, mpq_class>;

    void add(const Exponents& exponents, const mpq_class& coefficient);
    const Terms& terms() const { return terms_; }
    mpq_class coefficient(const Exponents& exponents) const;
    int degree() const;
    /// ∂/∂β_i.
    Polynomial derivative(int i) const;

private:
    Terms terms_;
};

int degree(const Polynomial::Exponents& exponents);

/// A set of coordinates, one bit each.
using Coordinates = std::uint32_t;
constexpr Coordinates coordinate(int i) { return Coordinates{1} << static_cast<unsigned>(i); }

/// A polynomial times a common denominator, made for evaluation.
struct IntegerTerm {
    mpz_class coefficient;
    std::vector<std::pair<int, int>> factors;  ///< Coordinate and exponent ≥ 1.
    Coordinates occurring = 0, odd = 0;        ///< Coordinates of exponent ≥ 1, of odd exponent.
};
using IntegerPolynomial = std::vector<IntegerTerm>;

IntegerPolynomial times(const mpz_class& scale, const Polynomial& polynomial);

}  // namespace check
