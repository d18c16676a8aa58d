#pragma once

#include <gmpxx.h>

#include <optional>
#include <vector>

namespace check {

/// Rows of a matrix.
template <class Number>
using Matrix = std::vector<std::vector<Number>>;
using Integers = std::vector<mpz_class>;
using Fractions = std::vector<mpq_class>;

/// These numbers times their least common denominator `scale`.
struct Scaled {
    mpz_class scale;
    Matrix<mpz_class> rows;
};
Scaled scaled(const Matrix<mpq_class>& a);

/// The inverse of an integer matrix, numerator / denominator, denominator > 0.
struct Inverse {
    mpz_class denominator;
    Matrix<mpz_class> numerator;
};
/// Nothing if the matrix is singular.
std::optional<Inverse> inverse(const Matrix<mpz_class>& a);

/// Has Ax = b a solution? A may be singular.
bool is_solvable(const Matrix<mpz_class>& a, const Integers& b);

/// How many eigenvalues of a symmetric matrix are negative, and how many are zero.
struct Inertia {
    int negative = 0, zero = 0;
};
Inertia inertia(Matrix<mpz_class> a);

/// The rows and columns of these indices.
template <class Number>
Matrix<Number> principal(const Matrix<Number>& a, const std::vector<int>& indices) {
    Matrix<Number> out;
    for (const int i : indices) {
        out.emplace_back();
        for (const int j : indices)
            out.back().push_back(a[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]);
    }
    return out;
}

}  // namespace check
