/// @file
/// The fixed-point dot product against exact rational sums: its error bound, and every special value.
/// HADAMARD_DOTS sets how many random products (10^5; the bound was held against 10^7).

#include "dyadic.hpp"

#include "hadamard/core/scalar.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

#if HADAMARD_HAS_FIXED_POINT_DOT

namespace hadamard {
namespace {

using Eigen::Index;
using kernels::dot;

/// 4nN·2^(−64(N+1))·max|t| + half an ulp of the result.
template <unsigned D>
Dyadic bound(const Real<D>& result, const Dyadic& largest, Index terms) {
    constexpr int N = kernels::detail::limbs<D>;
    Dyadic out{largest.m * 4 * terms * N, largest.e - 64 * (N + 1)};
    return result != 0 ? out + half_ulp(result) : out;
}

long dots_wanted() {
    const char* wanted = std::getenv("HADAMARD_DOTS");
    return wanted != nullptr ? std::atol(wanted) : 100'000;
}

/// Random sums, half of which nearly cancel, with and without a start value.
template <unsigned D>
void hold_bound(long dots, std::uint64_t seed) {
    Random random(seed);
    std::vector<Real<D>> a(1000), b(1000);
    long cancelled = 0;
    for (long round = 0; round < dots; ++round) {
        // Lengths evenly over the powers of two up to 1000, spreads over those up to 2000 each way.
        const auto n = static_cast<Index>(random() % (1UL << random() % 10)) + 1;
        const auto spread = static_cast<long>(random() % (1UL << random() % 11)) + 1;
        const Index step = n <= 500 ? 1 + static_cast<Index>(random() % 2) : 1;
        Dyadic sum, largest;
        for (Index i = 0; i < n; ++i) {
            Real<D>& x = a[static_cast<std::size_t>(i * step)];
            Real<D>& y = b[static_cast<std::size_t>(i)];
            x = drawn<D>(random, spread);
            y = drawn<D>(random, spread);
            if (i % 2 == 1 && random() % 2 == 0) {  // the term before with the other sign, nearly
                x = -a[static_cast<std::size_t>((i - 1) * step)];
                y = b[static_cast<std::size_t>(i - 1)];
                if (y != 0 && random() % 2 == 0) mpfr_nextabove(y.backend().data());
            }
            const Dyadic term = exact(x) * exact(y);
            sum = sum + term;
            if (!(magnitude(term) <= largest)) largest = magnitude(term);
        }
        Real<D> start = drawn<D>(random, 2 * spread), out;
        const bool starts = random() % 2 == 0, subtracts = starts && random() % 2 == 0;
        if (subtracts) sum = -sum;
        if (starts) {
            sum = sum + exact(start);
            if (!(magnitude(exact(start)) <= largest)) largest = magnitude(exact(start));
        }
        if (starts) out = start;  // in place
        dot<D>(out, a.data(), step, b.data(), 1, n, starts ? &out : nullptr, subtracts);
        const Dyadic error = magnitude(exact(out) + -sum);
        ASSERT_TRUE(error <= bound(out, largest, n + 1))
            << "digits " << D << ", seed " << seed << ", round " << round << ", n " << n;
        // Sums that lost 80 bits of 168 and are right nevertheless.
        if (sum.m != 0 && magnitude(Dyadic{sum.m, sum.e + 80}) <= largest && error <= half_ulp(out))
            ++cancelled;
    }
    EXPECT_GT(cancelled, dots / 1000);
}

TEST(Dot, ErrsWithinTheBound) {
    hold_bound<50>(dots_wanted() / 2, 20230707);
    hold_bound<34>(dots_wanted() / 10, 20230708);
    hold_bound<100>(dots_wanted() / 5, 20230709);
    hold_bound<200>(dots_wanted() / 5, 20230710);
}

/// One limb is a size of its own: no column is left out.
TEST(Dot, WorksWithOneAndTwoLimbs) {
    static_assert(kernels::detail::limbs<16> == 1 && kernels::detail::limbs<30> == 2);
    hold_bound<16>(dots_wanted() / 100, 20230711);
    hold_bound<30>(dots_wanted() / 100, 20230712);
}

using R = Real<50>;

R dot_of(const std::vector<R>& a, const std::vector<R>& b) {
    R out = 77;
    dot(out, a.data(), 1, b.data(), 1, static_cast<Index>(a.size()));
    return out;
}

TEST(Dot, OfNothingIsZero) {
    EXPECT_EQ(dot_of({}, {}), 0);
    EXPECT_EQ(dot_of({0, 0}, {1, 0}), 0);
    R start = 5;
    dot<50>(start, nullptr, 1, nullptr, 1, 0, &start, true);
    EXPECT_EQ(start, 5);
}

TEST(Dot, TreatsInfinityAndNaNAsALoopDoes) {
    const R inf = std::numeric_limits<R>::infinity(), nan = std::numeric_limits<R>::quiet_NaN();
    EXPECT_EQ(dot_of({1, inf}, {2, 3}), inf);
    EXPECT_EQ(dot_of({1, inf}, {2, -3}), -inf);
    EXPECT_TRUE(isnan(dot_of({0, 1}, {inf, 1})));
    EXPECT_TRUE(isnan(dot_of({inf, inf}, {1, -1})));
    EXPECT_TRUE(isnan(dot_of({nan}, {0})));
    R start = inf;
    const R one = 1;
    dot(start, &one, 1, &one, 1, 1, &start, true);
    EXPECT_EQ(start, inf);
}

/// Factors at the ends of MPFR's range: sums of two exponents no longer fit one.
TEST(Dot, OverflowsAndUnderflowsAsAProductDoes) {
    const mpfr_exp_t old_least = mpfr_get_emin(), old_most = mpfr_get_emax();
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    const auto power = [](mpfr_exp_t e) {
        R out = 1;
        mpfr_set_exp(out.backend().data(), e);
        return out;
    };
    const R huge = power(mpfr_get_emax_max()), tiny = power(mpfr_get_emin_min());
    EXPECT_TRUE(isinf(dot_of({huge, 1}, {huge, 1})));
    EXPECT_EQ(dot_of({tiny}, {tiny}), R(tiny * tiny));
    EXPECT_EQ(dot_of({huge}, {tiny}), R(huge * tiny));
    EXPECT_EQ(dot_of({huge, tiny}, {1, 1}), huge);
    EXPECT_EQ(dot_of({huge, huge}, {huge, R(-huge)}), 0);           // no overflow on the way
    EXPECT_EQ(dot_of({huge, huge, 1}, {huge, R(-huge), tiny}), 0);  // within the bound
    EXPECT_EQ(dot_of({huge, tiny}, {huge, tiny}), std::numeric_limits<R>::infinity());
    EXPECT_EQ(dot_of({tiny, tiny}, {1, 1}), R(2 * tiny));
    mpfr_set_emin(old_least);
    mpfr_set_emax(old_most);
}

TEST(Dot, SumsAMillionTerms) {
    const std::vector<R> a(1'000'000, R(1) / 3), b(1'000'000, R(3));
    // 3·fl(1/3), a million times.
    EXPECT_EQ(dot_of(a, b), R(from_rational<R>(to_rational(a[0]) * 3'000'000)));
    R same = 0;
    dot<50>(same, a.data(), 0, b.data(), 0, 1'000'000);
    EXPECT_EQ(same, dot_of(a, b));
}

long allocations = 0;

/// MPFR allocates by GMP's functions.
TEST(Dot, AllocatesNothing) {
    const std::vector<Real<200>> a(50, Real<200>(1) / 3);
    Real<200> out;
    mp_set_memory_functions(
        [](std::size_t size) {
            ++allocations;
            return std::malloc(size);
        },
        nullptr, nullptr);
    dot(out, a.data(), 1, a.data(), 1, 50);
    const long counted = allocations;
    const Integer control = Integer(1) << 1000;
    mp_set_memory_functions(nullptr, nullptr, nullptr);
    EXPECT_EQ(counted, 0);
    EXPECT_GT(allocations, 0) << control;
}

TEST(Dot, MayWriteOnItsOperands) {
    std::vector<R> a = {R(1) / 3, R(2) / 7, -5};
    const R wanted = dot_of(a, a);
    dot(a[1], a.data(), 1, a.data(), 1, 3);
    EXPECT_EQ(a[1], wanted);
}

}  // namespace
}  // namespace hadamard

#endif
