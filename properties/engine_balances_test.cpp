/// @file
/// Quadratic balances found by linear algebra against those derived by hand, and the tools that make
/// a proof of them.

#include "engine/balances.hpp"

#include <gtest/gtest.h>
#include <Eigen/LU>

namespace hadamard::verify {
namespace {

TransferSpec one_block(const std::string& name, Exponent depth, Index size = 1) {
    const TransferTraits traits = transfer_traits(name);
    return one_block_specs(traits, depth, size).front();
}

std::vector<Balance> found(const TransferSpec& spec, Search search) {
    return balances(make_transfer<Rational>(spec), spec, search);
}

TEST(balances, hadamard_product_has_one_fewer_than_factors) {
    for (const long k : {2L, 3L, 4L, 5L}) {
        const TransferSpec spec = one_block("hadamard_product", k);
        const std::vector<Balance> all = found(spec, Search::lattice);
        ASSERT_EQ(all.size(), static_cast<std::size_t>(k - 1));
        // Reduced echelon form: u_l² − u_k².
        for (Index l = 0; l + 1 < k; ++l) {
            const Matrix<Rational>& A = all[static_cast<std::size_t>(l)].form;
            for (Index a = 0; a < k; ++a)
                for (Index b = 0; b < k; ++b)
                    EXPECT_EQ(A(a, b), a != b ? 0 : a == l ? 1 : a == k - 1 ? -1 : 0);
        }
    }
}

TEST(balances, group_product_compares_norms) {
    const std::vector<Balance> all = found(one_block("group_product", 2, 3), Search::lattice);
    ASSERT_EQ(all.size(), 1u);
    Vector<Rational> xi(4);
    xi << 1, 2, Rational(1, 2), 3;
    EXPECT_EQ(quadratic_value(all[0].form, xi), Rational(21, 4) - 9);
}

TEST(balances, shared_product_weighs_the_shared_factor) {
    for (const Exponent k : {Exponent(2), Exponent(5, 2), Exponent(3), Exponent(4)}) {
        const std::vector<Balance> all = found(one_block("shared_product", k), Search::lattice);
        ASSERT_EQ(all.size(), 1u) << k.text();
        const Rational ratio = all[0].form(0, 0) / all[0].form(1, 1);
        EXPECT_EQ(ratio, -(k - 1).as<Rational>()) << k.text();
    }
}

TEST(balances, hadamard_difference_has_uv_at_depth_2_alone) {
    EXPECT_EQ(found(one_block("hadamard_difference", 2), Search::lattice).size(), 1u);
    EXPECT_TRUE(found(one_block("hadamard_difference", 3), Search::lattice).empty());
}

TEST(balances, an_injective_transfer_has_none) {
    EXPECT_TRUE(found(one_block("hadamard_power", 3), Search::lattice).empty());
    EXPECT_TRUE(found(one_block("group_power", 3, 2), Search::lattice).empty());
}

TEST(balances, sampled_and_lattice_agree_wherever_both_exist) {
    for (const TransferTraits& traits : transfer_catalogue())
        for (const Exponent k : {Exponent(2), Exponent(5, 2), Exponent(3)}) {
            if (!traits.takes_depth(k) || traits.injective) continue;
            for (const TransferSpec& spec : one_block_specs(traits, k, traits.grouped ? 2 : 1)) {
                const std::vector<Balance> sampled = found(spec, Search::sampled);
                const std::vector<Balance> proved = found(spec, Search::lattice);
                ASSERT_EQ(sampled.size(), proved.size()) << spec.name << " " << k.text();
                for (std::size_t i = 0; i < proved.size(); ++i)
                    EXPECT_EQ(sampled[i].form, proved[i].form) << spec.name;
            }
        }
}

TEST(balances, a_false_form_is_rejected) {
    // u² − v² is a balance of u abs(v)^{k−1} at k = 2 and at no other depth.
    Matrix<Rational> form = Matrix<Rational>::Identity(2, 2);
    form(1, 1) = -1;
    for (const long k : {2L, 3L, 4L}) {
        const TransferSpec spec = one_block("shared_product", k);
        EXPECT_EQ(is_balance(make_transfer<Rational>(spec), spec, form, {0, 1}), k == 2);
    }
}

TEST(balances, the_degree_guard_notices_a_higher_degree) {
    TransferSpec spec = one_block("hadamard_product", 4);
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    EXPECT_TRUE(has_degree_of_depth(transfer, spec));
    spec.depth = 3;  // what the lattice would be sized for
    EXPECT_FALSE(has_degree_of_depth(transfer, spec));
}

TEST(balances, isotropy_is_the_weight_over_the_depth_for_products_only) {
    TransferSpec spec = one_block("hadamard_product", 3);
    EXPECT_EQ(isotropy(make_transfer<Rational>(spec), spec, {0, 1, 2}), Rational(1, 3));
    spec.weights = {Rational(2)};
    EXPECT_EQ(isotropy(make_transfer<Rational>(spec), spec, {0, 1, 2}), Rational(2, 3));
    spec = one_block("shared_product", 3);
    EXPECT_EQ(isotropy(make_transfer<Rational>(spec), spec, {0, 1}), std::nullopt);
}

/// The monomials of total degree ≤ n are independent on the lattice: their matrix is square and regular.
TEST(lattice, decides_polynomials_of_its_degree) {
    constexpr Index variables = 2;
    constexpr long degree = 3;
    const std::vector<Vector<Rational>> points = lattice(variables, degree);
    ASSERT_EQ(points.size(), 10u);
    Matrix<Rational> values(10, 10);
    for (Index p = 0; p < 10; ++p) {
        Index column = 0;
        const Vector<Rational>& x = points[static_cast<std::size_t>(p)];
        for (unsigned long i = 0; i <= degree; ++i)
            for (unsigned long j = 0; i + j <= degree; ++j)
                values(p, column++) =
                    natural_power(Rational(x[0]), i) * natural_power(Rational(x[1]), j);
    }
    EXPECT_NE(values.fullPivLu().determinant(), Rational(0));
}

}  // namespace
}  // namespace hadamard::verify
