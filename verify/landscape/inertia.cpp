#include "landscape/inertia.hpp"

#include "landscape/directed.hpp"

#include <optional>
#include <utility>

namespace hadamard::landscape {
namespace {

/// LDLᵀ without pivoting in intervals: the signs of the pivots, if all are known.
std::optional<int> negative_pivots(const std::vector<double>& matrix, std::size_t n) {
    std::vector<Range> a(matrix.begin(), matrix.end());
    int negative = 0;
    for (std::size_t c = 0; c < n; ++c) {
        const Range pivot = a[c * n + c];
        if (!pivot.excludes_zero()) return std::nullopt;
        negative += pivot.is_negative() ? 1 : 0;
        const Range inverse = pivot.is_negative() ? -reciprocal(-pivot) : reciprocal(pivot);
        for (std::size_t i = c + 1; i < n; ++i) {
            const Range factor = a[i * n + c] * inverse;
            for (std::size_t j = c + 1; j <= i; ++j) {
                a[i * n + j] -= factor * a[j * n + c];
                a[j * n + i] = a[i * n + j];
            }
        }
    }
    return negative;
}

/// Subtracts what row and column p explain.
void eliminate(std::vector<std::vector<Rational>>& a, std::size_t p) {
    for (std::size_t i = p + 1; i < a.size(); ++i) {
        const Rational factor = a[i][p] / a[p][p];
        if (factor == 0) continue;
        for (std::size_t j = p + 1; j < a.size(); ++j) a[i][j] -= factor * a[p][j];
    }
}

void exchange(std::vector<std::vector<Rational>>& a, std::size_t p, std::size_t q) {
    std::swap(a[p], a[q]);
    for (std::vector<Rational>& row : a) std::swap(row[p], row[q]);
}

}  // namespace

Inertia inertia(std::vector<std::vector<Rational>> a) {
    Inertia out;
    const std::size_t n = a.size();
    for (std::size_t p = 0; p < n; ++p) {
        std::size_t q = p;
        while (q < n && a[q][q] == 0) ++q;
        if (q == n) {
            // All remaining diagonal entries are 0: adding row and column j to i makes one 2a_ij.
            std::size_t i = p, j = p;
            for (std::size_t r = p; r < n; ++r)
                for (std::size_t s = p; s < n; ++s)
                    if (a[r][s] != 0) i = r, j = s;
            if (i == j) {
                out.zero = static_cast<int>(n - p);
                return out;
            }
            for (std::size_t s = p; s < n; ++s) a[i][s] += a[j][s];
            for (std::size_t r = p; r < n; ++r) a[r][i] += a[r][j];
            q = i;
        }
        exchange(a, p, q);
        (a[p][p] < 0 ? out.negative : out.positive) += 1;
        eliminate(a, p);
    }
    return out;
}

int negative_eigenvalues(const std::vector<double>& matrix, std::size_t n) {
    if (const std::optional<int> known = negative_pivots(matrix, n)) return *known;
    std::vector<std::vector<Rational>> exact(n, std::vector<Rational>(n));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) exact[i][j] = exactly(matrix[i * n + j]);
    return inertia(std::move(exact)).negative;
}

}  // namespace hadamard::landscape
