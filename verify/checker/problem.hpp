#pragma once

#include "exact_algebra.hpp"
#include "json.hpp"
#include "polynomial.hpp"

namespace check {

enum class Transfer { product, difference, shared };

/// FORMAT.md section 3: Q(ξ) = L(K(ξ)) + λS(ξ), and what sections 4 to 8 need of it.
/// `gradient`, `hessian` and `third` are those of `scale`·L.
struct Problem {
    int size = 0, depth = 0;  ///< d and k
    Transfer transfer = Transfer::product;
    Fractions mu;  ///< 2λw_i/k; for k = 2 this is λw_i.
    Polynomial loss;

    /// Degree ≤ 2: L = ½βᵀAβ − bᵀβ.
    bool is_quadratic() const { return loss.degree() <= 2; }
    Matrix<mpq_class> A;
    Fractions b;

    /// A common denominator of L's coefficients and of μ_i/(4k²), hence of all in section 4.
    mpz_class scale;
    Integers scaled_mu;
    std::vector<IntegerPolynomial> gradient;
    Matrix<IntegerPolynomial> hessian;

    IntegerPolynomial third(int i, int j, int l) const {
        return times(scale, loss.derivative(i).derivative(j).derivative(l));
    }
    /// The characters of a pattern: two more where (u, v) = ±(t, −t) can be stationary.
    const char* alphabet() const {
        return transfer == Transfer::difference && depth % 2 == 1 ? "0+-pm" : "0+-";
    }
};

/// @throws Failure (not understood) for an instance that is none or that version 1 does not cover.
Problem problem(const Value& instance);

}  // namespace check
