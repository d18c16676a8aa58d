/// @file
/// Modular products of whole matrices against exact sums: the error bound, the exact rounding where
/// exponents do not spread, special values, and that Eigen's products reach them.

#include "dyadic.hpp"

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <gtest/gtest.h>
#include <Eigen/Cholesky>

#include <cfenv>
#include <limits>
#include <vector>

#if HADAMARD_HAS_FIXED_POINT_DOT

namespace hadamard {
namespace {

using kernels::detail::MatrixView;
using kernels::detail::ModularProduct;
using kernels::detail::ModularSizes;
using kernels::detail::Part;
using kernels::detail::ResidueJob;
using kernels::detail::touches;
using R = Real<50>;

template <unsigned D>
MatrixView<D> view(const Matrix<Real<D>>& A) {
    return {A.data(), 1, A.rows()};
}

/// C += alpha A B by the modular product whatever the sizes; false if it declines.
template <unsigned D>
bool add(Matrix<Real<D>>& C, const Real<D>& alpha, MatrixView<D> A, MatrixView<D> B, Index depth,
         Part part = Part::whole) {
    return ModularProduct<D>({C.data(), 1, C.rows()}, alpha, A, B, C.rows(), depth, C.cols(), part)
        .run();
}

/// Entries of c + sign · A B against exact sums.
template <unsigned D>
void expect_within_bound(const Matrix<Real<D>>& computed, const Matrix<Real<D>>& C, bool subtracts,
                         MatrixView<D> A, MatrixView<D> B, Index depth, Part part, bool is_exact) {
    constexpr int N = kernels::detail::limbs<D>;
    for (Index j = 0; j < C.cols(); ++j)
        for (Index i = 0; i < C.rows(); ++i) {
            if (!touches(part, i, 1, j, 1)) {
                ASSERT_EQ(computed(i, j), C(i, j)) << i << ", " << j << " was not asked for";
                continue;
            }
            Dyadic sum = exact(C(i, j)), largest;
            for (Index k = 0; k < depth; ++k) {
                const Dyadic term = exact(*A.at(i, k)) * exact(*B.at(k, j));
                sum = sum + (subtracts ? -term : term);
                if (!(magnitude(term) <= largest)) largest = magnitude(term);
            }
            Dyadic bound;
            if (!is_exact) bound = {largest.m * 8 * depth, largest.e - 64 * (N + 1)};
            if (computed(i, j) != 0) bound = bound + half_ulp(computed(i, j));
            ASSERT_TRUE(magnitude(exact(computed(i, j)) + -sum) <= bound)
                << i << ", " << j << ", digits " << D << ", depth " << depth;
        }
}

/// Half of the matrices have columns in pairs whose terms cancel but for the last bit.
template <unsigned D>
void draw_factors(Matrix<Real<D>>& A, Matrix<Real<D>>& B, Random& random, long spread) {
    for (Index k = 0; k < A.cols(); ++k) {
        for (Index i = 0; i < A.rows(); ++i) A(i, k) = drawn<D>(random, spread);
        for (Index j = 0; j < B.cols(); ++j) B(k, j) = drawn<D>(random, spread);
    }
    if (random() % 2 == 0) return;
    for (Index k = 1; k < A.cols(); k += 2) {
        A.col(k) = -A.col(k - 1);
        B.row(k) = B.row(k - 1);
        const Index j = static_cast<Index>(random()) & 1;
        if (j < B.cols() && B(k, j) != 0) mpfr_nextabove(B(k, j).backend().data());
    }
}

/// Rows and columns times powers of two: nothing is lost by that.
template <unsigned D>
void scale(Matrix<Real<D>>& A, Random& random) {
    for (Index i = 0; i < A.rows(); ++i) {
        const long power = static_cast<long>(random() % 4001) - 2000;
        for (Index k = 0; k < A.cols(); ++k) A(i, k) = ldexp(A(i, k), static_cast<int>(power));
    }
}

template <unsigned D>
void hold_bound(int rounds, std::uint64_t seed) {
    Random random(seed);
    const auto size = [&random](unsigned most) { return static_cast<Index>(random() % most) + 1; };
    int done = 0, declined = 0;
    for (int round = 0; round < rounds; ++round) {
        SCOPED_TRACE(round);
        const Index rows = size(19), depth = size(40);
        const auto part = static_cast<Part>(random() % 3);
        const Index columns = part == Part::whole ? size(19) : rows;
        const auto spread = static_cast<long>(random() % (1UL << random() % 9)) + 1;
        Matrix<Real<D>> A(rows, depth), B(depth, columns), C(rows, columns);
        draw_factors<D>(A, B, random, spread);
        scale<D>(A, random);
        Matrix<Real<D>> Bt = B.transpose();
        scale<D>(Bt, random);
        for (Index j = 0; j < columns; ++j)
            for (Index i = 0; i < rows; ++i)
                C(i, j) = random() % 2 == 0 ? Real<D>(0) : drawn<D>(random, 2 * spread);
        const bool subtracts = random() % 2 == 0;
        Matrix<Real<D>> out = C;
        const MatrixView<D> right = view<D>(Bt).transposed();
        if (!add<D>(out, Real<D>(subtracts ? -1 : 1), view<D>(A), right, depth, part)) {
            ++declined;
            ASSERT_TRUE(out == C);
            continue;
        }
        ++done;
        constexpr int digits = std::numeric_limits<Real<D>>::digits;
        const bool is_exact =
            2 * spread <= std::min(ModularSizes<D>::P - digits, ModularSizes<D>::s);
        expect_within_bound<D>(out, C, subtracts, view<D>(A), right, depth, part, is_exact);
        if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_GT(done, rounds / 2);
    EXPECT_GT(declined, 0);
}

TEST(Modular, ErrsWithinTheBound) {
    hold_bound<50>(200, 20230707);
    hold_bound<34>(100, 20230708);
    hold_bound<100>(100, 20230709);
    hold_bound<200>(60, 20230710);
    hold_bound<400>(30, 20230711);
}

/// Few entries without a large term among many with one: these go to the dot product.
TEST(Modular, LeavesWhatIsNotCoveredToDot) {
    Random random(3);
    const Index n = 12;
    Matrix<R> A(n, n), B(n, n), C = Matrix<R>::Constant(n, n, R(0));
    draw_factors<50>(A, B, random, 1);
    A.row(4).setConstant(R(1) / 3);
    B.col(5).setConstant(R(2) / 7);
    A(4, 0) = ldexp(A(4, 0), 400);
    B(1, 5) = ldexp(B(1, 5), 500);
    A(4, 1) = B(0, 5) = 0;  // The largest of the row and of the column meet zeros.
    ASSERT_TRUE(add<50>(C, R(1), view<50>(A), view<50>(B), n));
    expect_within_bound<50>(C, Matrix<R>::Constant(n, n, R(0)), false, view<50>(A), view<50>(B), n,
                            Part::whole, false);
    EXPECT_GT(C(4, 5), 0);
}

/// More than a block of rows, columns and depth.
TEST(Modular, WorksInBlocks) {
    Random random(17);
    for (const auto [rows, depth, columns] :
         {std::array<Index, 3>{3, 1100, 2}, {261, 3, 2}, {2, 5, 270}, {258, 257, 1}}) {
        Matrix<R> A(rows, depth), B(depth, columns);
        draw_factors<50>(A, B, random, 10);
        Matrix<R> C = Matrix<R>::Constant(rows, columns, R(0));
        const Matrix<R> zero = C;
        ASSERT_TRUE(add<50>(C, R(1), view<50>(A), view<50>(B), depth));
        expect_within_bound<50>(C, zero, false, view<50>(A), view<50>(B), depth, Part::whole, true);
    }
}

/// All integers as large as they can be, of one sign: sums do not wrap around.
TEST(Modular, HasRoomForTheLargestSums) {
    const R largest = -boost::multiprecision::nextafter(R(1), R(0));
    for (const R& sign : {R(1), R(-1)}) {
        const Index depth = 70'000;
        const Matrix<R> A = Matrix<R>::Constant(1, depth, largest);
        const Matrix<R> B = Matrix<R>::Constant(depth, 1, R(sign * largest));
        Matrix<R> C = Matrix<R>::Constant(1, 1, R(0));
        ASSERT_TRUE(add<50>(C, R(1), view<50>(A), view<50>(B), depth));
        EXPECT_EQ(C(0, 0), from_rational<R>(to_rational(largest) * to_rational(largest) *
                                            to_rational(sign) * static_cast<long>(depth)));
    }
}

TEST(Modular, TreatsSpecialValuesAsALoopDoes) {
    Random random(23);
    const R inf = std::numeric_limits<R>::infinity(), nan = std::numeric_limits<R>::quiet_NaN();
    Matrix<R> A(20, 7), B(7, 20);
    draw_factors<50>(A, B, random, 5);
    A.row(0).setZero();
    A(3, 2) = inf;
    B(2, 8) = R(0);
    B(4, 6) = nan;
    Matrix<R> C = Matrix<R>::Constant(20, 20, R(1));
    C(10, 10) = inf;
    C(11, 11) = nan;
    ASSERT_TRUE(add<50>(C, R(-1), view<50>(A), view<50>(B), 7));
    for (Index i = 0; i < 20; ++i)
        for (Index j = 0; j < 20; ++j) {
            const R loop = 1 - kernels::loop_dot<50>(&A(i, 0), 20, &B(0, j), 1, 7);
            if (j == 6 || (i == 11 && j == 11) || (i == 3 && B(2, j) == 0))
                EXPECT_TRUE(isnan(C(i, j))) << i << ", " << j;
            else if (i == 3)
                EXPECT_EQ(C(i, j), loop) << j;
            else if (i == 10 && j == 10)
                EXPECT_EQ(C(i, j), inf);
            else
                EXPECT_FALSE(isnan(C(i, j)) || isinf(C(i, j))) << i << ", " << j;
        }
    EXPECT_EQ(C(0, 1), 1);
    Matrix<R> all = Matrix<R>::Constant(20, 20, R(0));
    A.setConstant(inf);
    EXPECT_FALSE(add<50>(all, R(1), view<50>(A), view<50>(B), 7));
}

/// A zero result is +0, as that of `dot`.
TEST(Modular, HasPositiveZeros) {
    const Matrix<R> A = Matrix<R>::Constant(2, 2, R(-0.0));
    Matrix<R> C = Matrix<R>::Constant(2, 2, R(-0.0));
    for (const R& alpha : {R(1), R(-1)}) {
        ASSERT_TRUE(add<50>(C, alpha, view<50>(A), view<50>(A), 2));
        EXPECT_EQ(C(0, 0), 0);
        EXPECT_FALSE(signbit(C(1, 0)));
    }
}

/// Factors at the ends of MPFR's range, whose exponents have no sum that fits.
TEST(Modular, SurvivesTheEndsOfTheRange) {
    const mpfr_exp_t old_least = mpfr_get_emin(), old_most = mpfr_get_emax();
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    Matrix<R> A = Matrix<R>::Constant(8, 8, R(1)), C = Matrix<R>::Constant(8, 8, R(0));
    mpfr_set_exp(A(0, 3).backend().data(), mpfr_get_emax_max());
    mpfr_set_exp(A(2, 2).backend().data(), mpfr_get_emin_min());
    Matrix<R> B = Matrix<R>::Constant(8, 8, R(1));
    mpfr_set_exp(B(3, 0).backend().data(), mpfr_get_emax_max());
    EXPECT_TRUE(add<50>(C, R(1), view<50>(A), view<50>(B), 8));
    EXPECT_TRUE(isinf(C(0, 0)));
    EXPECT_EQ(C(0, 1), A(0, 3));
    EXPECT_EQ(C(2, 5), 7);
    EXPECT_EQ(C(5, 0), B(3, 0));
    EXPECT_EQ(C(5, 5), 8);
    mpfr_set_emin(old_least);
    mpfr_set_emax(old_most);
}

/// Residues by every runner that this processor has, in every rounding mode.
TEST(Residues, AreThoseOfIntegers) {
    constexpr std::size_t primes = ResidueJob::primes;
    constexpr int digits = ResidueJob::most_digits;
    const std::vector<unsigned long long> modulus = kernels::detail::primes_below_2_23(primes);
    Random random(29);
    const Index rows = 32, columns = 24, depth = 150;
    const Index left_plane = rows * depth, right_plane = columns * depth,
                out_plane = rows * columns;
    const kernels::detail::Scratch left(digits * left_plane), right(digits * right_plane),
        left_residues(4 * left_plane), right_residues(4 * right_plane), out(4 * out_plane);
    const double largest = (1 << 24) - 1;
    for (Index e = 0; e < digits * left_plane; ++e)
        left.get()[e] = e % 3 == 0 ? largest : static_cast<double>(random() % (1 << 24));
    for (Index e = 0; e < digits * right_plane; ++e)
        right.get()[e] = e % 5 == 0 ? -largest : -static_cast<double>(random() % (1 << 24));
    ResidueJob job;
    std::vector<std::vector<double>> powers;
    for (std::size_t p = 0; p < primes; ++p)
        powers.emplace_back(digits, static_cast<double>(modulus[p] / 2));
    for (std::size_t p = 0; p < primes; ++p) {
        job.modulus[p] = static_cast<double>(modulus[p]);
        job.inverse[p] = 1 / job.modulus[p];
        job.left_powers[p] = job.right_powers[p] = powers[p].data();
    }
    job.left_digits = left.get(), job.right_digits = right.get();
    job.left_plane = left_plane, job.right_plane = right_plane, job.out_plane = out_plane;
    job.digits = digits;
    job.left = left_residues.get(), job.right = right_residues.get(), job.out = out.get();
    job.row_panels = rows / 16, job.column_panels = columns / 8, job.depth = depth;

    const auto residue = [&](const kernels::detail::Scratch& plane, Index size, Index e, long m) {
        long sum = 0;
        for (int d = 0; d < digits; ++d)
            sum = (sum + static_cast<long>(plane.get()[d * size + e]) * (m / 2)) % m;
        return sum;
    };
    std::vector<long> wanted;
    for (std::size_t p = 0; p < primes; ++p) {
        const auto m = static_cast<long>(modulus[p]);
        std::vector<long> a, b;
        for (Index e = 0; e < left_plane; ++e) a.push_back(residue(left, left_plane, e, m));
        for (Index e = 0; e < right_plane; ++e) b.push_back(residue(right, right_plane, e, m));
        for (Index j = 0; j < columns; ++j)
            for (Index i = 0; i < rows; ++i) {
                long sum = 0;
                for (Index k = 0; k < depth; ++k)
                    sum += a[static_cast<std::size_t>((i / 16 * depth + k) * 16 + i % 16)] *
                           b[static_cast<std::size_t>((j / 8 * depth + k) * 8 + j % 8)] % m;
                wanted.push_back(sum % m);
            }
    }
    std::vector<kernels::detail::JobRunner> runners = {kernels::detail::run_anywhere};
    if (__builtin_cpu_supports("avx2")) runners.push_back(kernels::detail::run_with_avx2);
    if (__builtin_cpu_supports("avx512f")) runners.push_back(kernels::detail::run_with_avx512);
    for (const int mode : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO})
        for (const kernels::detail::JobRunner runner : runners)
            for (const bool adds : {false, true}) {  // what was found before, once more
                job.adds = adds;
                std::fesetround(mode);
                runner(job);
                std::fesetround(FE_TONEAREST);
                for (std::size_t e = 0; e < wanted.size(); ++e) {
                    const double found = out.get()[e];
                    const auto m = static_cast<long>(modulus[e / (rows * columns)]);
                    ASSERT_LT(std::abs(found), 1 << 23);
                    ASSERT_EQ((static_cast<long>(found) - (adds ? 2 : 1) * wanted[e]) % m, 0)
                        << "mode " << mode << ", entry " << e;
                }
            }
}

#if HADAMARD_KERNELS

/// (1 + 2^−167)² − 1 − 2^−166 = 2^−334, of which a dot product keeps nothing.
TEST(Eigen, ReachesTheModularProduct) {
    const Index n = 40;
    Matrix<R> A = Matrix<R>::Constant(n, n, R(0)), B = A;
    const R ulp = ldexp(R(1), -167), tiny = ldexp(R(1), -334);
    A.col(0).setConstant(R(1 + ulp));
    A.col(1).setConstant(R(1));
    A.col(2).setConstant(R(2 * ulp));
    B.row(0).setConstant(R(1 + ulp));
    B.row(1).setConstant(R(-1));
    B.row(2).setConstant(R(-1));
    R dotted;
    kernels::dot<50>(dotted, &A(0, 0), n, &B(0, 0), 1, n);
    ASSERT_EQ(dotted, 0);
    const Matrix<R> wanted = Matrix<R>::Constant(n, n, tiny);
    EXPECT_TRUE(Matrix<R>(A * B) == wanted);
    using RowMajor = Eigen::Matrix<R, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const RowMajor rows = A;
    EXPECT_TRUE(Matrix<R>(rows * B) == wanted);
    EXPECT_TRUE(RowMajor(rows * B.transpose().transpose()) == wanted);
    EXPECT_TRUE(Matrix<R>(A.block(1, 0, 35, n) * B.block(0, 2, n, 37)) ==
                wanted.topLeftCorner(35, 37));
    Matrix<R> C = wanted;
    C.noalias() -= A * B;
    EXPECT_TRUE(C == Matrix<R>::Constant(n, n, R(0)));
    C.noalias() += R(4) * A * B;
    EXPECT_TRUE(C == Matrix<R>(R(4) * wanted));
    C.setZero();
    C.triangularView<Eigen::Lower>() = A * B;
    EXPECT_EQ(C(7, 3), tiny);
    EXPECT_EQ(C(7, 7), tiny);
    EXPECT_EQ(C(3, 7), 0);
    C.triangularView<Eigen::Upper>() += A * B;
    EXPECT_EQ(C(3, 7), tiny);
    EXPECT_EQ(C(7, 3), tiny);
    EXPECT_EQ(C(7, 7), R(2 * tiny));
}

/// AᵀA, of which one triangle is computed, is that of a copy.
TEST(Eigen, GramMatricesAreTheProducts) {
    Random random(31);
    for (const Index n : {33, 70}) {
        Matrix<R> A(n, n), B(n, n);
        draw_factors<50>(A, B, random, 40);
        A.col(3) *= ldexp(R(1), 300);
        A(2, 3) = 0;
        A(2, 5) = ldexp(A(2, 5) + 1, 200);  // an entry for the dot product
        const Matrix<R> copy = A;
        EXPECT_TRUE(Matrix<R>(A.transpose() * A) == Matrix<R>(A.transpose() * copy));
        EXPECT_TRUE(Matrix<R>(A * A.transpose()) == Matrix<R>(copy * A.transpose()));
        Matrix<R> C = B, D = B;
        C.noalias() -= A.transpose() * A;
        D.noalias() -= A.transpose() * copy;
        EXPECT_TRUE(C == D);
    }
}

#endif

}  // namespace
}  // namespace hadamard

#endif
