#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <Eigen/Jacobi>

#include <utility>
#include <vector>

namespace hadamard::minima::detail {

/// P A Pᵀ ≈ L D Lᵀ with L unit lower triangular and D of blocks of size 1 and 2.
template <RoundedField T>
struct BlockFactors {
    std::vector<Index> order;  ///< Row i of P A Pᵀ is row order[i] of A.
    Matrix<T> L, D;
    std::vector<Index> pairs;  ///< First indices of the blocks of size 2.
};

/// Bunch and Parlett's factorisation: the largest entry left is the pivot, with its whole block of
/// size 2 where the diagonal has none nearly as large; entries of L stay below 2.8 (SIAM J. Numer.
/// Anal. 8, 1971, p. 639). For any numbers, also wrong or infinite ones, it ends.
/// @pre A is square and symmetric.
template <RoundedField T>
class BunchParlett {
public:
    explicit BunchParlett(Matrix<T> A) : A_(std::move(A)), n_(A_.rows()) {
        out_.L = Matrix<T>::Identity(n_, n_);
        out_.D = Matrix<T>::Constant(n_, n_, T(0));
        for (Index i = 0; i < n_; ++i) out_.order.push_back(i);
        for (Index k = 0; k < n_;) k += step(k);
    }
    const BlockFactors<T>& factors() const { return out_; }

private:
    /// @returns the size of the block eliminated.
    Index step(Index k) {
        Index diagonal = k, row = k, column = k;
        for (Index j = k; j < n_; ++j) {
            if (magnitude(A_(j, j)) > magnitude(A_(diagonal, diagonal))) diagonal = j;
            for (Index i = j + 1; i < n_; ++i)
                if (row == column || magnitude(A_(i, j)) > magnitude(A_(row, column)))
                    row = i, column = j;
        }
        // (1 + √17)/8 = 0.640 balances the growth of both kinds; nothing hangs on its last digits.
        const T alpha = T(16) / T(25);
        const bool is_single = row == column || magnitude(A_(diagonal, diagonal)) >=
                                                    T(alpha * magnitude(A_(row, column)));
        if (is_single) {
            exchange(k, k, diagonal);
            eliminate_one(k);
            return 1;
        }
        exchange(k, k, column);  // column < row: neither exchange undoes the other
        exchange(k, k + 1, row);
        eliminate_two(k);
        return 2;
    }

    void exchange(Index done, Index i, Index j) {
        if (i == j) return;
        A_.row(i).swap(A_.row(j));
        A_.col(i).swap(A_.col(j));
        out_.L.row(i).head(done).swap(out_.L.row(j).head(done));
        std::swap(out_.order[static_cast<std::size_t>(i)], out_.order[static_cast<std::size_t>(j)]);
    }

    void eliminate_one(Index k) {
        const T pivot = A_(k, k);
        out_.D(k, k) = pivot;
        if (pivot == T(0)) return;  // then all that is left is 0
        const Index rest = n_ - k - 1;
        const Vector<T> below = A_.col(k).tail(rest);
        const Vector<T> scaled = below / pivot;
        out_.L.col(k).tail(rest) = scaled;
        A_.bottomRightCorner(rest, rest) -= scaled * below.transpose();
    }

    void eliminate_two(Index k) {
        const T a = A_(k, k), c = A_(k + 1, k), b = A_(k + 1, k + 1);
        const T determinant = T(a * b) - T(c * c);  // |a|, |b| < α|c|: not 0
        out_.D.block(k, k, 2, 2) << a, c, c, b;
        out_.pairs.push_back(k);
        const Index rest = n_ - k - 2;
        const Matrix<T> below = A_.block(k + 2, k, rest, 2);
        Matrix<T> scaled(rest, 2);
        for (Index i = 0; i < rest; ++i) {
            scaled(i, 0) = T(T(below(i, 0) * b) - T(below(i, 1) * c)) / determinant;
            scaled(i, 1) = T(T(below(i, 1) * a) - T(below(i, 0) * c)) / determinant;
        }
        out_.L.block(k + 2, k, rest, 2) = scaled;
        A_.bottomRightCorner(rest, rest) -= scaled * below.transpose();
    }

    Matrix<T> A_;
    Index n_;
    BlockFactors<T> out_;
};

/// V with VᵀAV nearly diagonal: V = Pᵀ L^{−T} Q from `BunchParlett`, Q the rotations of its blocks of
/// size 2. A third of the work of the factors is in the inverse of L; eigenvectors cost ten times
/// both together. As a preconditioner: nothing is claimed of V.
template <RoundedField T>
Matrix<T> diagonal_congruence(const Matrix<T>& A) {
    const BunchParlett<T> bunch_parlett(A);
    const BlockFactors<T>& factors = bunch_parlett.factors();
    const Index n = A.rows();
    Matrix<T> W = Matrix<T>::Identity(n, n);
    const Matrix<T> upper = factors.L.transpose();
    upper.template triangularView<Eigen::UnitUpper>().solveInPlace(W);
    for (const Index k : factors.pairs) {
        Eigen::JacobiRotation<T> rotation;
        rotation.makeJacobi(factors.D, k, k + 1);
        W.applyOnTheRight(k, k + 1, rotation);
    }
    Matrix<T> V(n, n);
    for (Index i = 0; i < n; ++i) V.row(factors.order[static_cast<std::size_t>(i)]) = W.row(i);
    return V;
}

}  // namespace hadamard::minima::detail
