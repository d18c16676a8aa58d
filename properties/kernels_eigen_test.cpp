/// @file
/// Plain Eigen code over Real<D> with the kernels behind it: products of every shape against exact
/// rationals, decompositions of Hilbert matrices against 400 digits, and inertia.

#include "hadamard/core/types.hpp"
#include "hadamard/minima/inertia.hpp"

#include <gtest/gtest.h>
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <random>
#include <type_traits>

namespace hadamard {
namespace {

using R = Real<50>;
using Random = std::mt19937_64;

R entry(Random& random) {
    return R(static_cast<long>(random() % 2'000'001) - 1'000'000) /
           R(static_cast<long>(random() % 999) + 1);
}

Matrix<R> drawn(Index rows, Index columns, Random& random) {
    Matrix<R> out(rows, columns);
    for (Index j = 0; j < columns; ++j)
        for (Index i = 0; i < rows; ++i) out(i, j) = entry(random);
    return out;
}

Matrix<Rational> exact(const Matrix<R>& A) {
    Matrix<Rational> out(A.rows(), A.cols());
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i) out(i, j) = to_rational(A(i, j));
    return out;
}

/// |computed − C − alpha A B| ≤ 2^−160 (|C| + |alpha| |A| |B|), entry by entry: three roundings of 2^−168 and
/// room.
void expect_product(const Matrix<R>& computed, const Matrix<R>& C, const R& alpha,
                    const Matrix<R>& A, const Matrix<R>& B) {
    ASSERT_EQ(computed.rows(), A.rows());
    ASSERT_EQ(computed.cols(), B.cols());
    const Matrix<Rational> a = exact(A), b = exact(B), c = exact(C), out = exact(computed);
    const Rational factor = to_rational(alpha);
    Rational unit(1);
    mpq_div_2exp(unit.backend().data(), unit.backend().data(), 160);
    for (Index i = 0; i < A.rows(); ++i)
        for (Index j = 0; j < B.cols(); ++j) {
            Rational sum = c(i, j), size = abs(c(i, j));
            for (Index l = 0; l < A.cols(); ++l) {
                sum += factor * a(i, l) * b(l, j);
                size += abs(Rational(factor * a(i, l) * b(l, j)));
            }
            ASSERT_LE(abs(Rational(out(i, j) - sum)), Rational(unit * size))
                << i << ", " << j << " of " << A.rows() << " x " << A.cols() << " x " << B.cols();
        }
}

/// Empty, of size 1, below and above where Eigen changes its method, several panels.
TEST(Products, OfEveryShapeAreRight) {
    Random random(20230707);
    const Index sizes[] = {0, 1, 2, 5, 17, 33};
    for (const Index rows : sizes)
        for (const Index depth : sizes)
            for (const Index columns : sizes) {
                const Matrix<R> A = drawn(rows, depth, random), B = drawn(depth, columns, random);
                const Matrix<R> zero = Matrix<R>::Constant(rows, columns, R(0));
                expect_product(A * B, zero, 1, A, B);
                const Matrix<R> At = A.transpose(), Bt = B.transpose();
                expect_product(At.transpose() * Bt.transpose(), zero, 1, A, B);
                Matrix<R> C = drawn(rows, columns, random);
                const Matrix<R> before = C;
                C.noalias() -= A * B;
                expect_product(C, before, -1, A, B);
                const Matrix<R> middle = C;
                C.noalias() += (R(2) / R(3)) * A * B;
                expect_product(C, middle, R(2) / R(3), A, B);
            }
}

TEST(Products, OfPartsAndRowMajorMatricesAreRight) {
    using RowMajor = Eigen::Matrix<R, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Random random(5);
    const Matrix<R> whole = drawn(40, 40, random);
    const RowMajor rows = whole;
    const Matrix<R> A = whole.block(3, 2, 30, 25), B = whole.block(1, 7, 25, 28);
    const Matrix<R> zero = Matrix<R>::Constant(30, 28, R(0));
    expect_product(whole.block(3, 2, 30, 25) * rows.block(1, 7, 25, 28), zero, 1, A, B);
    // A row as a vector: neighbours lie apart.
    const Matrix<R> row = whole.row(6).segment(2, 25), column = zero.col(0);
    expect_product(whole.block(3, 2, 30, 25) * whole.row(6).segment(2, 25).transpose(), column, 1,
                   A, row.transpose());
    expect_product(rows.block(3, 2, 30, 25) * whole.row(6).segment(2, 25).transpose(), column, 1, A,
                   row.transpose());
    Matrix<R> x = A * B;
    const Matrix<R> square = x.topLeftCorner(28, 28);
    x = x.topLeftCorner(28, 28) * x.topLeftCorner(28, 28);  // on itself
    expect_product(x, Matrix<R>::Constant(28, 28, R(0)), 1, square, square);
}

TEST(Products, AreThoseOfTheKernel) {
    // 2^200 + 1 − 2^200: a loop that rounds each step to 168 bits gets 0.
    Matrix<R> A(1, 30);
    A.setZero();
    Vector<R> x = Vector<R>::Constant(30, R(1));
    A(0, 0) = ldexp(R(1), 200);
    A(0, 1) = 1;
    A(0, 2) = -A(0, 0);
    const Matrix<R> both = A.replicate(2, 1);
    const Vector<R> y = both * x;
    const Matrix<R> twice = A.replicate(30, 1) * x.replicate(1, 30);
#if HADAMARD_KERNELS && HADAMARD_HAS_FIXED_POINT_DOT
    EXPECT_EQ(y[0], 1);
    EXPECT_EQ(twice(3, 4), 1);
#else
    EXPECT_EQ(y[0], 0);
    EXPECT_EQ(twice(3, 4), 0);
#endif
}

/// 1/(i + j + 1), rounded to T: condition e^(3.5 n).
template <class T>
Matrix<T> hilbert(Index n) {
    Matrix<T> out(n, n);
    for (Index j = 0; j < n; ++j)
        for (Index i = 0; i < n; ++i) out(i, j) = T(1) / T(static_cast<long>(i + j + 1));
    return out;
}

/// The same numbers with more digits.
template <class Wide>
Matrix<Wide> widened(const Matrix<R>& A) {
    Matrix<Wide> out(A.rows(), A.cols());
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i)
            mpfr_set(out(i, j).backend().data(), A(i, j).backend().data(), MPFR_RNDN);
    return out;
}

using Wide = Real<400>;

/// Distances of what 50 digits give from what 400 give, relative to the norm of the latter.
Wide distance(const Matrix<R>& computed, const Matrix<Wide>& reference) {
    return (widened<Wide>(computed) - reference).norm() / reference.norm();
}

TEST(Decompositions, OfHilbertMatricesAgreeWith400Digits) {
    for (const Index n : {4, 12, 24}) {
        const Matrix<R> H = hilbert<R>(n);
        const Matrix<Wide> reference = widened<Wide>(H);
        const Vector<R> b = Vector<R>::Constant(n, R(1));
        const Vector<Wide> wide_b = Vector<Wide>::Constant(n, Wide(1));
        const Vector<Wide> x = reference.ldlt().solve(wide_b);
        const Eigen::SelfAdjointEigenSolver<Matrix<Wide>> eigen(reference);
        const Wide condition = eigen.eigenvalues()[n - 1] / eigen.eigenvalues()[0];
        // Backward stable: n² units of rounding, times the condition for solutions.
        const Wide unit =
            Wide(n * n) * widened<Wide>(Matrix<R>::Constant(1, 1, rounding_unit<R>()))(0, 0);
        EXPECT_LE(distance(H.llt().solve(b), x), unit * condition) << n;
        EXPECT_LE(distance(H.ldlt().solve(b), x), unit * condition) << n;
        const Matrix<R> L = H.llt().matrixL();
        EXPECT_LE(distance(L * L.transpose(), reference), unit) << n;
        const Vector<R> values = Eigen::SelfAdjointEigenSolver<Matrix<R>>(H).eigenvalues();
        EXPECT_LE(distance(values, eigen.eigenvalues()), unit) << n;
    }
}

TEST(Inertia, OfIllConditionedMatricesIsCertain) {
    for (const Index n : {3, 12, 24}) {
        const minima::Inertia definite = minima::enclosed_inertia(hilbert<R>(n));
        EXPECT_EQ(definite.positive, n);
        // Shifted by a little more than the smallest eigenvalue: it alone is negative.
        const Vector<Wide> values =
            Eigen::SelfAdjointEigenSolver<Matrix<Wide>>(widened<Wide>(hilbert<R>(n))).eigenvalues();
        Matrix<R> shifted = hilbert<R>(n);
        const R shift = R((values[0] + values[1]) / 2);
        for (Index i = 0; i < n; ++i) shifted(i, i) -= shift;
        const minima::Inertia one = minima::enclosed_inertia(shifted);
        EXPECT_EQ(one.negative, 1);
        EXPECT_EQ(one.positive, n - 1);
    }
}

/// No entry of the diagonal can be a pivot.
TEST(Inertia, WithAnEmptyDiagonalNeedsBlocksOfTwo) {
    Random random(11);
    for (const Index n : {2, 3, 8, 15}) {
        Matrix<R> A = drawn(n, n, random);
        A = (A + A.transpose()).eval();
        for (Index i = 0; i < n; ++i) A(i, i) = 0;
        const minima::Inertia wanted = minima::exact_inertia(exact(A));
        const minima::Inertia got = minima::enclosed_inertia(A);
        EXPECT_EQ(got.unknown, 0);
        EXPECT_EQ(got.negative, wanted.negative);
        EXPECT_EQ(got.positive, wanted.positive);
        EXPECT_GT(wanted.negative, 0);
    }
}

TEST(Inertia, OfASingularMatrixIsNotGuessed) {
    const Matrix<R> A = Matrix<R>::Constant(4, 4, R(1));
    const minima::Inertia got = minima::enclosed_inertia(A);
    EXPECT_EQ(got.positive, 1);
    EXPECT_EQ(got.negative, 0);
    EXPECT_EQ(got.unknown, 3);
    EXPECT_EQ(minima::enclosed_inertia(Matrix<R>(Matrix<R>::Constant(3, 3, R(0)))).unknown, 3);
    Matrix<R> infinite = A;
    infinite(0, 0) = std::numeric_limits<R>::infinity();
    EXPECT_EQ(minima::enclosed_inertia(infinite).unknown, 4);
}

}  // namespace
}  // namespace hadamard
