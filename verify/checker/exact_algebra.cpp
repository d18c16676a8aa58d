#include "exact_algebra.hpp"

namespace check {
namespace {

using std::size_t;

/// Bareiss' step: (pivot·x − left·above)/previous, an integer as all of these are minors.
void eliminate(mpz_class& x, const mpz_class& pivot, const mpz_class& left, const mpz_class& above,
               const mpz_class& previous) {
    x *= pivot;
    x -= left * above;
    mpz_divexact(x.get_mpz_t(), x.get_mpz_t(), previous.get_mpz_t());
}

/// Gauss and Jordan without fractions on the first `columns` columns.
/// Returns the rank; the last pivot, at all pivots' places, is left in `pivot`.
size_t row_reduce(Matrix<mpz_class>& a, size_t columns, mpz_class& pivot) {
    size_t rank = 0;
    pivot = 1;
    for (size_t column = 0; column < columns && rank < a.size(); ++column) {
        size_t row = rank;
        while (row < a.size() && a[row][column] == 0) ++row;
        if (row == a.size()) continue;
        std::swap(a[row], a[rank]);
        const mpz_class previous = pivot;
        pivot = a[rank][column];
        for (size_t i = 0; i < a.size(); ++i) {
            if (i == rank) continue;
            const mpz_class left = a[i][column];
            for (size_t j = 0; j < a[i].size(); ++j)
                eliminate(a[i][j], pivot, left, a[rank][j], previous);
        }
        ++rank;
    }
    return rank;
}

void swap_symmetrically(Matrix<mpz_class>& a, size_t i, size_t j) {
    std::swap(a[i], a[j]);
    for (auto& row : a) std::swap(row[i], row[j]);
}

/// Row and column j added to row and column i: a congruence.
void add_symmetrically(Matrix<mpz_class>& a, size_t i, size_t j) {
    for (size_t l = 0; l < a.size(); ++l) a[i][l] += a[j][l];
    for (auto& row : a) row[i] += row[j];
}

/// Brings a nonzero number to the diagonal at n by congruences of what is right of and below n.
/// @returns false if all of that is zero.
bool find_pivot(Matrix<mpz_class>& a, size_t n) {
    for (size_t i = n; i < a.size(); ++i)
        if (a[i][i] != 0) {
            swap_symmetrically(a, n, i);
            return true;
        }
    for (size_t i = n; i < a.size(); ++i)
        for (size_t j = n; j < i; ++j)
            if (a[i][j] != 0) {
                add_symmetrically(a, j, i);  // the diagonal becomes 2a_ij: that at i is zero
                swap_symmetrically(a, n, j);
                return true;
            }
    return false;
}

}  // namespace

Scaled scaled(const Matrix<mpq_class>& a) {
    Scaled out{1, {}};
    for (const auto& row : a)
        for (const mpq_class& x : row) out.scale = lcm(out.scale, x.get_den());
    for (const auto& row : a) {
        out.rows.emplace_back();
        for (const mpq_class& x : row)
            out.rows.back().push_back(x.get_num() * (out.scale / x.get_den()));
    }
    return out;
}

std::optional<Inverse> inverse(const Matrix<mpz_class>& a) {
    const size_t n = a.size();
    Matrix<mpz_class> work = a;
    for (size_t i = 0; i < n; ++i) {
        work[i].resize(2 * n);
        work[i][n + i] = 1;
    }
    Inverse out;
    if (row_reduce(work, n, out.denominator) < n) return std::nullopt;
    const int sign = sgn(out.denominator);
    out.denominator *= sign;
    for (const auto& row : work) {
        out.numerator.emplace_back();
        for (size_t j = n; j < 2 * n; ++j) out.numerator.back().push_back(row[j] * sign);
    }
    return out;
}

bool is_solvable(const Matrix<mpz_class>& a, const Integers& b) {
    Matrix<mpz_class> work = a;
    for (size_t i = 0; i < a.size(); ++i) work[i].push_back(b[i]);
    mpz_class pivot;
    for (size_t i = row_reduce(work, a.size(), pivot); i < a.size(); ++i)
        if (work[i].back() != 0) return false;
    return true;
}

Inertia inertia(Matrix<mpz_class> a) {
    Inertia out;
    mpz_class previous(1);
    for (size_t n = 0; n < a.size(); ++n) {
        if (!find_pivot(a, n)) {
            out.zero = static_cast<int>(a.size() - n);
            break;
        }
        // The Schur complement's entry is the quotient of two leading minors.
        const mpz_class pivot = a[n][n];
        if (sgn(pivot) != sgn(previous)) ++out.negative;
        for (size_t i = n + 1; i < a.size(); ++i)
            for (size_t j = n + 1; j < a.size(); ++j)
                eliminate(a[i][j], pivot, a[i][n], a[n][j], previous);
        previous = pivot;
    }
    return out;
}

}  // namespace check
