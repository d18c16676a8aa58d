/// @file
/// Lattices decide identities for all inputs; unpenalised coordinates are drawn anywhere.

#include "engine/instances.hpp"
#include "engine/lattice.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace hadamard::verify {
namespace {

AnyTransfer<Rational> transfer(const std::string& name, Exponent depth) {
    return make_transfer<Rational>({.name = name, .depth = depth});
}

/// K(ξ) as an unknown combination of the monomials u^a v^b with a + b ≤ 4.
std::optional<Vector<Rational>> fitted(const std::string& name, Exponent depth, int highest) {
    const AnyTransfer<Rational> K = transfer(name, depth);
    std::vector<std::pair<int, int>> monomials;
    for (int a = 0; a <= highest; ++a)
        for (int b = 0; a + b <= highest; ++b) monomials.emplace_back(a, b);
    const Index unknowns = static_cast<Index>(monomials.size());
    return Lattice(K).solve(unknowns, [&](const Vector<Rational>& xi) {
        LinearEquation out;
        out.left.resize(unknowns);
        for (Index i = 0; i < unknowns; ++i) {
            const auto [a, b] = monomials[static_cast<std::size_t>(i)];
            out.left[i] = 1;
            for (int n = 0; n < a; ++n) out.left[i] *= xi[0];
            for (int n = 0; n < b; ++n) out.left[i] *= xi[1];
        }
        out.right = K.apply(xi)[0];
        return std::vector<LinearEquation>{out};
    });
}

TEST(Lattice, FindsThePolynomialThatKIs) {
    const std::optional<Vector<Rational>> K = fitted("hadamard_product", 2, 2);
    ASSERT_TRUE(K);
    // Monomials 1, v, v², u, uv, u²: K = uv alone, since the lattice determines them.
    Vector<Rational> expected(6);
    expected << 0, 0, 0, 0, 1, 0;
    EXPECT_EQ(*K, expected);
}

TEST(Lattice, RefusesWhatKIsNot) {
    EXPECT_FALSE(fitted("hadamard_product", 2, 1));     // uv is not affine
    EXPECT_FALSE(fitted("hadamard_difference", 4, 3));  // u⁴ − v⁴ is no cubic
    EXPECT_FALSE(fitted("shared_product", 4, 4));       // u|v|³ is no polynomial: signs are tried
    EXPECT_TRUE(fitted("shared_product", 3, 3));        // u|v|² is one
}

TEST(Lattice, HoldsSquaresWhereTheDepthIsAHalf) {
    const Lattice lattice(transfer("shared_product", Exponent(5, 2)));
    for (const Vector<Rational>& xi : lattice.points())
        for (Index a = 0; a < xi.size(); ++a) EXPECT_NO_THROW(abs_power(xi[a], Exponent(1, 2)));
    EXPECT_EQ(lattice.points().size(), 61U);  // |s_1| + |s_2| ≤ 5
}

TEST(Lattice, SaysWhereValuesAreIrrational) {
    const AnyTransfer<Rational> K = make_transfer<Rational>(
        {.name = "group_power", .depth = 2, .base_size = 2, .groups = {{0, 1}}});
    EXPECT_THROW(Lattice{K}, NotRepresentable);
}

RC_GTEST_PROP(UnpenalisedCoordinates, AreAsManyAsTheMenuSaysAtAnyPosition, ()) {
    Menu menu;
    menu.always_unpenalised = *rc::gen::inRange(1, 4);
    Tape tape(*rc::gen::arbitrary<std::uint64_t>());
    const Setting setting{transfer_traits("hadamard_product"), 2};
    const Instance instance = draw_instance(tape, setting, menu);
    const IndexList& U = instance.unpenalised;
    RC_ASSERT(U.size() >= 1U);
    RC_ASSERT(U.size() <= static_cast<std::size_t>(menu.always_unpenalised));
    for (std::size_t j = 1; j < U.size(); ++j) RC_ASSERT(U[j - 1] < U[j]);
    const ProblemFamily family(instance);  // throws unless the sizes fit
    RC_ASSERT(family.over<double>().base.size() ==
              instance.transfer.base_size + static_cast<Index>(U.size()));
}

TEST(UnpenalisedCoordinates, AreNotAlwaysTheFirst) {
    Menu menu;
    menu.always_unpenalised = 3;
    std::set<Index> first;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Tape tape(seed);
        first.insert(draw_instance(tape, {transfer_traits("hadamard_product"), 2}, menu)
                         .unpenalised.front());
    }
    EXPECT_EQ(*first.begin(), 0);
    EXPECT_GE(first.size(), 4U);
}

}  // namespace
}  // namespace hadamard::verify
