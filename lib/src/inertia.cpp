#include "hadamard/minima/inertia.hpp"

#include <utility>

namespace hadamard::minima {

Inertia exact_inertia(Matrix<Rational> A) {
    Inertia out;
    Index n = A.rows();
    // Removes the leading entry by a ← a − a_i1 a_1j / pivot, on the trailing block.
    const auto eliminate_first = [&A, &n] {
        const Index m = n - 1;
        Matrix<Rational> next(m, m);
        for (Index i = 0; i < m; ++i)
            for (Index j = 0; j < m; ++j)
                next(i, j) = A(i + 1, j + 1) - A(i + 1, 0) * A(0, j + 1) / A(0, 0);
        A = std::move(next);
        n = m;
    };
    while (n > 0) {
        Index pivot = 0;
        while (pivot < n && A(pivot, pivot) == 0) ++pivot;
        if (pivot == n) {
            Index row = 0, column = 0;
            for (Index j = 0; j < n && row == column; ++j)
                for (Index i = 0; i < j; ++i)
                    if (A(i, j) != 0) {
                        row = i;
                        column = j;
                        break;
                    }
            if (row == column) {
                out.zero += n;
                break;
            }
            // Adding row and column `column` to `row` makes the diagonal entry 2 a_ij ≠ 0.
            A.row(row) += A.row(column).eval();
            A.col(row) += A.col(column).eval();
            pivot = row;
        }
        A.row(0).swap(A.row(pivot));
        A.col(0).swap(A.col(pivot));
        ++(A(0, 0) > 0 ? out.positive : out.negative);
        eliminate_first();
    }
    out.indefinite = out.negative > 0;
    return out;
}

Inertia enclosed_inertia(const Matrix<Interval>& A) {
    return detail::preconditioned_inertia<Real<50>>(A);
}

}  // namespace hadamard::minima
