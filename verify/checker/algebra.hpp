#pragma once

#include "numbers.hpp"

namespace check {

using std::size_t;
using Integers = std::vector<mpz_class>;
using Fractions = std::vector<mpq_class>;
/// Rows of a matrix.
template <class Number>
using Matrix = std::vector<std::vector<Number>>;

/// The rows and columns of these indices.
inline Matrix<mpz_class> principal(const Matrix<mpz_class>& A, const std::vector<size_t>& indices) {
    Matrix<mpz_class> out;
    for (const size_t i : indices) {
        out.emplace_back();
        for (const size_t j : indices) out.back().push_back(A[i][j]);
    }
    return out;
}

inline mpq_class dot(const auto& a, const auto& b) {
    mpq_class sum;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

/// What det(x − A) = xⁿ + c_1x^{n−1} + … + c_n tells of an integer matrix A, found without a pivot
/// by Faddeev and LeVerrier: M_1 = 1, c_k = −tr(A·M_k)/k, M_{k+1} = A·M_k + c_k.
struct Spectrum {
    /// A⁻¹ = adjugate/divisor if the divisor, ±det A, is not zero. If it is, and A is symmetric of
    /// rank r, the adjugate is M_{r+1}, a multiple of the projection on A's kernel: there it is
    /// c_r ≠ 0, and A·M_{r+1} = 0 as all later c are zero.
    Matrix<mpz_class> adjugate;
    mpz_class divisor = 1;
    /// Of a symmetric A: all eigenvalues are real, so that Descartes' rule of signs is exact.
    int negative_eigenvalues = 0;

    explicit Spectrum(const Matrix<mpz_class>& A) {
        const size_t n = A.size();
        Matrix<mpz_class> M(n, Integers(n));
        for (size_t i = 0; i < n; ++i) M[i][i] = 1;
        adjugate = M;
        int previous = 1;
        for (size_t k = 1; k <= n; ++k) {
            Matrix<mpz_class> next(n, Integers(n));
            mpz_class c;
            for (size_t i = 0; i < n; ++i) {
                for (size_t j = 0; j < n; ++j)
                    for (size_t l = 0; l < n; ++l) next[i][j] += A[i][l] * M[l][j];
                c -= next[i][i];
            }
            mpz_divexact_ui(c.get_mpz_t(), c.get_mpz_t(), k);
            for (size_t i = 0; i < n; ++i) next[i][i] += c;
            const int turned = k % 2 == 0 ? sign(c) : -sign(c);  // in det(−x − A)
            if (turned * previous < 0) ++negative_eigenvalues;
            if (turned != 0) {
                previous = turned;
                adjugate = k < n ? next : M;
            }
            divisor = -c;
            M = std::move(next);
        }
    }
};

}  // namespace check
