#pragma once

#include "numbers.hpp"

#include <optional>
#include <vector>

namespace check {

using std::size_t;
using Integers = std::vector<mpz_class>;
using Fractions = std::vector<mpq_class>;
/// Rows of a matrix.
template <class Number>
using Matrix = std::vector<std::vector<Number>>;

/// Bareiss' step: (pivot·x − left·above)/previous, an integer as all of these are minors.
inline void eliminate(mpz_class& x, const mpz_class& pivot, const mpz_class& left,
                      const mpz_class& above, const mpz_class& previous) {
    x *= pivot;
    x -= left * above;
    mpz_divexact(x.get_mpz_t(), x.get_mpz_t(), previous.get_mpz_t());
}

/// Gauss and Jordan without fractions on the first n columns, n the number of rows.
/// @returns the rank; the common value of all pivots is left in `pivot`.
inline size_t row_reduce(Matrix<mpz_class>& a, mpz_class& pivot) {
    size_t rank = 0;
    pivot = 1;
    for (size_t column = 0; column < a.size(); ++column) {
        size_t row = rank;
        while (row < a.size() && a[row][column] == 0) ++row;
        if (row == a.size()) continue;
        std::swap(a[row], a[rank]);
        const mpz_class previous = std::exchange(pivot, a[rank][column]);
        for (size_t i = 0; i < a.size(); ++i) {
            const mpz_class left = a[i][column];
            for (size_t j = 0; i != rank && j < a[i].size(); ++j)
                eliminate(a[i][j], pivot, left, a[rank][j], previous);
        }
        ++rank;
    }
    return rank;
}

/// The inverse of an integer matrix: numerator / denominator, denominator > 0.
struct Inverse {
    mpz_class denominator;
    Matrix<mpz_class> numerator;
};

/// Nothing if the matrix is singular.
inline std::optional<Inverse> inverse(Matrix<mpz_class> a) {
    const size_t n = a.size();
    for (size_t i = 0; i < n; ++i) {
        a[i].resize(2 * n);
        a[i][n + i] = 1;
    }
    Inverse out;
    if (row_reduce(a, out.denominator) < n) return std::nullopt;
    const int s = sign(out.denominator);
    out.denominator *= s;
    for (const Integers& row : a) {
        out.numerator.emplace_back();
        for (size_t j = n; j < 2 * n; ++j) out.numerator.back().push_back(row[j] * s);
    }
    return out;
}

/// Has Ax = b a solution? A may be singular.
inline bool is_solvable(Matrix<mpz_class> a, const Integers& b) {
    for (size_t i = 0; i < a.size(); ++i) a[i].push_back(b[i]);
    mpz_class pivot;
    for (size_t i = row_reduce(a, pivot); i < a.size(); ++i)
        if (a[i].back() != 0) return false;
    return true;
}

/// Brings a nonzero number to the diagonal at n by congruences of what is right of and below n.
/// @returns false if all of that is zero.
inline bool find_pivot(Matrix<mpz_class>& a, size_t n) {
    const auto swap_with_n = [&](size_t i) {
        std::swap(a[n], a[i]);
        for (Integers& row : a) std::swap(row[n], row[i]);
        return true;
    };
    for (size_t i = n; i < a.size(); ++i)
        if (a[i][i] != 0) return swap_with_n(i);
    for (size_t i = n; i < a.size(); ++i)
        for (size_t j = n; j < i; ++j) {
            if (a[i][j] == 0) continue;
            // Row and column i added to j: the diagonal becomes 2a_ij, as that at i is zero.
            for (size_t l = 0; l < a.size(); ++l) a[j][l] += a[i][l];
            for (Integers& row : a) row[j] += row[i];
            return swap_with_n(j);
        }
    return false;
}

/// How many eigenvalues of a symmetric matrix are negative.
inline int negative_eigenvalues(Matrix<mpz_class> a) {
    int out = 0;
    mpz_class previous(1);
    for (size_t n = 0; n < a.size() && find_pivot(a, n); ++n) {
        // The pivot of the Schur complement is the quotient of two leading minors.
        const mpz_class pivot = a[n][n];
        if (sign(pivot) != sign(previous)) ++out;
        for (size_t i = n + 1; i < a.size(); ++i)
            for (size_t j = n + 1; j < a.size(); ++j)
                eliminate(a[i][j], pivot, a[i][n], a[n][j], previous);
        previous = pivot;
    }
    return out;
}

/// The rows and columns of these indices.
inline Matrix<mpz_class> principal(const Matrix<mpz_class>& a, const std::vector<size_t>& indices) {
    Matrix<mpz_class> out;
    for (const size_t i : indices) {
        out.emplace_back();
        for (const size_t j : indices) out.back().push_back(a[i][j]);
    }
    return out;
}

}  // namespace check
