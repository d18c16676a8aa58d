/// @file
/// The containment law of `Range`: whatever is computed with the exact numbers lies in what is
/// computed with intervals; and the inertia of symmetric matrices.

#include "landscape/directed.hpp"
#include "landscape/inertia.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace hadamard::landscape {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool contains(const Range& a, const Rational& x) {
    return (a.lo() == -infinity || exactly(a.lo()) <= x) &&
           (a.hi() == infinity || x <= exactly(a.hi()));
}

/// Numbers that hurt: zeros, halfway cases, the ends of the normal and subnormal ranges.
class Numbers {
public:
    explicit Numbers(unsigned seed) : engine_(seed) {}

    double operator()() {
        static const std::vector<double> special = {0.0,     1.0,    -1.0,   1.0 + 0x1p-52, 0x1p-1074,
                                                    0x1p-1022, 3.0,   -0x1p-1074, 0x1.8p+1,  -0x1p+200,
                                                    0x1p+500, 0x1p-500, 0.1,  -1.0 / 3.0};
        if (engine_() % 8 == 0) return special[engine_() % special.size()];
        const double mantissa = std::uniform_real_distribution<double>(-1, 1)(engine_);
        return std::ldexp(mantissa, static_cast<int>(engine_() % 41) - 20);
    }
    Range range() {
        const double a = (*this)(), b = (*this)();
        return {std::min(a, b), std::max(a, b)};
    }
    /// A point of [lo, hi].
    Rational in(const Range& a) {
        const Rational share(static_cast<long>(engine_() % 17), 16);
        return exactly(a.lo()) + (exactly(a.hi()) - exactly(a.lo())) * share;
    }

private:
    std::mt19937 engine_;
};

Rational natural(const Rational& x, int n) {
    Rational out = 1;
    for (int l = 0; l < n; ++l) out *= x;
    return out;
}

struct Results {
    Range sum, difference, product, scaled_by, powers[6], inverse;
};

__attribute__((noinline)) Results computed(const Range& a, const Range& b, double c) {
    const RoundUpwards upwards;
    Results out;
    out.sum = a + b;
    out.difference = a - b;
    out.product = a * b;
    out.scaled_by = scaled(c, a);
    for (int n = 0; n < 6; ++n) out.powers[n] = power(a, n);
    out.inverse = reciprocal(a);
    return out;
}

TEST(Range, ContainsTheExactResults) {
    Numbers numbers(20230707);
    for (int trial = 0; trial < 80'000; ++trial) {  // 12 operations each: about a million
        const Range a = numbers.range(), b = numbers.range();
        const double c = numbers();
        const Results r = computed(a, b, c);
        const Rational x = numbers.in(a), y = numbers.in(b);
        ASSERT_TRUE(contains(r.sum, Rational(x + y)));
        ASSERT_TRUE(contains(r.difference, Rational(x - y)));
        ASSERT_TRUE(contains(r.product, Rational(x * y)));
        ASSERT_TRUE(contains(r.scaled_by, Rational(exactly(c) * x)));
        for (int n = 0; n < 6; ++n) ASSERT_TRUE(contains(r.powers[n], natural(x, n)));
        if (x != 0) {
            ASSERT_TRUE(contains(r.inverse, Rational(1 / x)));
        }
    }
}

/// The law is not blind: without the mode some result is missed.
TEST(Range, NeedsTheRoundingMode) {
    Numbers numbers(7);
    int missed = 0;
    for (int trial = 0; trial < 1000; ++trial) {
        const Range a(numbers()), b(numbers());
        const Range product = a * b;
        missed += contains(product, Rational(exactly(a.lo()) * exactly(b.lo()))) ? 0 : 1;
    }
    EXPECT_GT(missed, 0);
}

TEST(Range, OverflowAndNaNExcludeNothing) {
    const RoundUpwards upwards;
    const Range huge(0x1p+1000, 0x1p+1001);
    EXPECT_EQ((huge * huge).hi(), infinity);
    const Range unbounded(1.0, infinity);
    EXPECT_FALSE((unbounded * Range(0.0)).excludes_zero());
    EXPECT_FALSE((unbounded - unbounded).excludes_zero());
    EXPECT_FALSE(reciprocal(Range(0.0, 1.0)).excludes_zero());
}

TEST(Range, EnclosesRationals) {
    Numbers numbers(3);
    for (int trial = 0; trial < 2000; ++trial) {
        const Rational x = numbers.in(numbers.range()) / 3;
        const Range a = enclosure(x);
        ASSERT_TRUE(contains(a, x));
        ASSERT_LE(a.hi(), std::nextafter(a.lo(), infinity));
    }
}

TEST(Inertia, OfKnownMatrices) {
    const auto of = [](std::vector<std::vector<Rational>> a) { return inertia(std::move(a)); };
    EXPECT_EQ(of({{0, 1}, {1, 0}}).negative, 1);
    EXPECT_EQ(of({{0, 1}, {1, 0}}).positive, 1);
    EXPECT_EQ(of({{0, 0}, {0, 0}}).zero, 2);
    EXPECT_EQ(of({{1, 2}, {2, 4}}).zero, 1);
    EXPECT_EQ(of({{-1, 0, 0}, {0, 0, 2}, {0, 2, 0}}).negative, 2);
    const RoundUpwards upwards;
    EXPECT_EQ(negative_eigenvalues({0, 1, 1, 0}, 2), 1);
    EXPECT_EQ(negative_eigenvalues({2, 1, 1, -3}, 2), 1);
}

/// Sylvester: congruence by an invertible matrix keeps the signs.
TEST(Inertia, IsKeptByCongruence) {
    std::mt19937 engine(5);
    for (int trial = 0; trial < 300; ++trial) {
        const std::size_t n = 1 + engine() % 5;
        int negative = 0;
        std::vector<std::vector<Rational>> D(n, std::vector<Rational>(n)), T = D, out = D;
        for (std::size_t i = 0; i < n; ++i) {
            D[i][i] = engine() % 2 == 0 ? 1 : -1;
            negative += D[i][i] < 0 ? 1 : 0;
            T[i][i] = 1;
            for (std::size_t j = 0; j < i; ++j) T[i][j] = static_cast<long>(engine() % 7) - 3;
        }
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t l = 0; l < n; ++l) out[i][j] += T[i][l] * D[l][l] * T[j][l];
        EXPECT_EQ(inertia(out).negative, negative);
    }
}

}  // namespace
}  // namespace hadamard::landscape
