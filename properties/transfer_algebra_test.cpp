/// @file
/// The exact laws of laws/transfer_laws.hpp, run on the whole catalogue over `Rational`. A new file
/// in lib/include/hadamard/transfers/ is enrolled by existing. After them: transfers with one wrong
/// formula each, which the same laws must refute.

#include "hadamard/catalogue/transfers.hpp"  // generated from the folder listing
#include "laws/hold.hpp"
#include "laws/transfer_laws.hpp"

namespace hadamard {
namespace {

using V = Vector<Rational>;
using gen::specimens, laws::Specimen;

struct CatalogueName {  // "hadamard_product", not a page of template arguments
    template <class P>
    static std::string GetName(int) {
        return std::string(P::name);
    }
};

template <class P>
class TransferAlgebra : public ::testing::Test {};
using OverRational = catalogue::Transfers<Rational>::into<::testing::Types>;
TYPED_TEST_SUITE(TransferAlgebra, OverRational, CatalogueName);

TYPED_TEST(TransferAlgebra, PullbackIsTheAdjointOfPushforward) {
    laws::hold("<DK v, g> == <v, DK^T g>", specimens<TypeParam>(), laws::pullback_is_adjoint);
}
TYPED_TEST(TransferAlgebra, CurvatureIsSymmetric) {
    laws::hold("<H v, z> == <v, H z>", specimens<TypeParam>(), laws::curvature_is_symmetric);
}
TYPED_TEST(TransferAlgebra, DerivativesAreThoseOfThePolynomial) {
    laws::hold("slope and bend of t -> <K(xi + t v), g>", specimens<TypeParam>(),
               laws::derivatives_are_those_of_the_polynomial);
}
TYPED_TEST(TransferAlgebra, MapIsHomogeneousOfDegreeDepth) {
    laws::hold("K(t xi) == t^k K(xi), Euler", specimens<TypeParam>(), laws::map_is_homogeneous);
}
TYPED_TEST(TransferAlgebra, PenaltyIsAQuadraticForm) {
    laws::hold("S(xi + v) == S + <dS, v> + <ddS v, v>/2", specimens<TypeParam>(),
               laws::penalty_is_quadratic);
}
TYPED_TEST(TransferAlgebra, LiftIsARightInverseOntoTheMinimalFibre) {
    laws::hold("K(lift) == beta, S(lift) == R(beta)", specimens<TypeParam>(),
               laws::lift_is_a_right_inverse);
}
TYPED_TEST(TransferAlgebra, SurrogateMajorizesInducedWithEqualityIffBalanced) {
    laws::hold("S >= R(K), == iff imbalance is 0", specimens<TypeParam>(),
               laws::surrogate_majorizes_induced);
}
TYPED_TEST(TransferAlgebra, SymmetriesFixMapAndPenalty) {
    laws::hold("K(s xi) == K(xi), S(s xi) == S(xi)", specimens<TypeParam>(),
               laws::symmetries_fix_map_and_penalty);
}
TYPED_TEST(TransferAlgebra, BlocksSeparateMapAndPenalties) {
    laws::hold("K, S, R split over the blocks", specimens<TypeParam>(), laws::blocks_separate);
}
TYPED_TEST(TransferAlgebra, OrbitOfTheLiftIsTheMinimalFibre) {
    laws::hold("orbit == M(beta)", specimens<TypeParam>(),
               laws::orbit_of_the_lift_is_the_minimal_fibre);
}

/// q = 2/k, and the weights of the spec, one a block in the order of the blocks; for young_product
/// each times 1/q.
TYPED_TEST(TransferAlgebra, InducedPenaltyHasTheExponentAndWeightsOfTheSpec) {
    for (const TransferSpec& spec : TypeParam::example_specs()) {
        const AnyTransfer<Rational> p = make_transfer<Rational>(spec);
        EXPECT_EQ(spec.name, TypeParam::name);
        EXPECT_TRUE(p.depth() == spec.depth);
        EXPECT_TRUE(p.induced().exponent() * spec.depth == Exponent(2));
        const Rational scale =
            gen::HasExponents<TypeParam> ? spec.depth.as<Rational>() / 2 : Rational(1);
        const std::vector<PenaltyBlock<Rational>> blocks = p.induced().blocks();
        for (std::size_t j = 0; j < blocks.size(); ++j)
            EXPECT_EQ(blocks[j].weight,
                      scale * (spec.weights.empty() ? Rational(1) : spec.weights.at(j)));
    }
}

// ---- specs that must be refused -----------------------------------------------------------------

/// The text of the InputError that `from` throws; empty if it throws none.
template <class P>
std::string refusal(const TransferSpec& spec) {
    try {
        P::from(spec);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

template <class P>
TransferSpec valid_spec() {
    return {std::string(P::name),
            P::takes_depth(3) ? 3 : 2,
            3,
            P::grouped ? std::vector<IndexList>{{0, 2}, {1}} : std::vector<IndexList>{},
            {}};
}

TYPED_TEST(TransferAlgebra, RefusesDepthsItHasNoMeaningFor) {
    TransferSpec spec = valid_spec<TypeParam>();
    EXPECT_EQ(refusal<TypeParam>(spec), "");
    for (const Exponent depth : {Exponent(1), Exponent(0), Exponent(-2), Exponent(3, 2),
                                 Exponent(65), Exponent(129, 2), Exponent(4001, 2000)}) {
        spec.depth = depth;
        EXPECT_TRUE(refusal<TypeParam>(spec).starts_with("depth: " + depth.text()));
    }
    const bool starts_at_3 = TypeParam::name == "mixed_group";
    const bool ends_before_4 =
        gen::HasExponents<TypeParam> || gen::is_matrix_transfer<TypeParam>;  // k = 2 alone
    EXPECT_EQ(TypeParam::takes_depth(2), !starts_at_3);
    EXPECT_EQ(TypeParam::takes_depth(64), !ends_before_4);
    EXPECT_EQ(TypeParam::takes_depth(4), !ends_before_4);
    for (const Exponent depth : {Exponent(2), Exponent(4), Exponent(64)}) {
        spec.depth = depth;
        const std::string expected =
            TypeParam::takes_depth(depth) ? "" : "depth: " + depth.text() + ", must be";
        EXPECT_EQ(refusal<TypeParam>(spec).substr(0, expected.size()), expected);
        EXPECT_EQ(refusal<TypeParam>(spec).empty(), TypeParam::takes_depth(depth));
    }
    spec.depth = Exponent(5, 2);
    EXPECT_EQ(refusal<TypeParam>(spec).empty(), TypeParam::takes_depth(spec.depth));
}

TYPED_TEST(TransferAlgebra, RefusesSizesWeightsAndGroupsNamingTheIndex) {
    TransferSpec spec = valid_spec<TypeParam>();
    const std::size_t count = TypeParam::grouped                         ? 2
                              : gen::is_matrix_transfer<TypeParam> ? 1
                                                                   : 3;
    spec.weights.assign(count + 1, Rational(1));
    EXPECT_EQ(refusal<TypeParam>(spec),
              "weights: " + std::to_string(count + 1) + ", must be " + std::to_string(count));
    spec.weights.assign(count, Rational(1));
    for (const Rational& weight : {Rational(0), Rational(-1, 2)}) {
        spec.weights.back() = weight;
        EXPECT_TRUE(refusal<TypeParam>(spec).starts_with(
            "weights: weight " + std::to_string(count - 1) + " is "));
    }
    spec = valid_spec<TypeParam>();
    spec.base_size = 0;
    EXPECT_TRUE(refusal<TypeParam>(spec).starts_with("base_size: 0"));
    spec = valid_spec<TypeParam>();
    if (!TypeParam::grouped) {
        spec.groups = {{0, 1, 2}};
        EXPECT_TRUE(refusal<TypeParam>(spec).starts_with("groups: "));
        return;
    }
    const std::vector<std::pair<std::vector<IndexList>, std::string>> bad = {
        {{}, "groups: index 0 is in no group"},
        {{{0}, {1}}, "groups: index 2 is in no group"},
        {{{0, 1}, {1, 2}}, "groups: group 1 holds index 1, which is already in a group"},
        {{{0, 1}, {2, 2}}, "groups: group 1 holds index 2, which is already in a group"},
        {{{0, 3}, {1, 2}}, "groups: group 0 holds index 3, must be from 0 to 2"},
        {{{0, 1, 2}, {-1}}, "groups: group 1 holds index -1, must be from 0 to 2"},
        {{{0, 1, 2}, {}}, "groups: group 1 is empty"}};
    for (const auto& [groups, text] : bad) {
        spec.groups = groups;
        EXPECT_EQ(refusal<TypeParam>(spec), text);
    }
}

TEST(YoungProduct, RefusesExponentsThatDoNotFitTheDepth) {
    using P = transfer::YoungProduct<Rational>;
    TransferSpec spec = valid_spec<P>();
    const std::vector<std::pair<std::vector<Exponent>, std::string>> bad = {
        {{{4, 3}}, "exponents: 1, must be 2: a and b"},
        {{{4, 3}, {4, 3}, 2}, "exponents: 3, must be 2: a and b"},
        {{2, 1}, "exponents: exponent 1 is 1, must be more than 1"},
        {{{-4, 3}, {4, 3}}, "exponents: exponent 0 is -4/3, must be more than 1"},
        {{2, 2}, "exponents: 2/a + 2/b is 2, must be the depth 3"}};
    for (const auto& [exponents, text] : bad) {
        spec.exponents = exponents;
        EXPECT_EQ(refusal<P>(spec), text);
    }
    spec.exponents = {{6, 5}, {3, 2}};
    EXPECT_EQ(refusal<P>(spec), "");
}

TEST(MixedGroup, RefusesInnerDepthsThatLeaveNoScalar) {
    using P = transfer::MixedGroup<Rational>;
    TransferSpec spec = valid_spec<P>();
    for (const Index inner : {-1, 3, 4}) {
        spec.inner_depth = inner;
        EXPECT_TRUE(refusal<P>(spec).starts_with("inner_depth: " + std::to_string(inner)));
    }
    for (const Index inner : {0, 1, 2}) {
        spec.inner_depth = inner;
        EXPECT_EQ(refusal<P>(spec), "");
        EXPECT_EQ(P::from(spec).inner_depth(), inner == 0 ? 2 : inner);
    }
}

/// Variants are specs of the same depth that `from` takes, all different, with the choice made: the
/// variant of a variant is itself. Lifts are rational at the degree they state.
template <class P>
void expect_variants(const std::vector<Exponent>& depths, std::size_t least) {
    for (const Exponent depth : depths) {
        TransferSpec spec = valid_spec<P>();
        spec.depth = depth;
        const std::vector<TransferSpec> variants = P::variants(spec);
        EXPECT_GE(variants.size(), least) << depth.text();
        for (const TransferSpec& variant : variants) {
            EXPECT_EQ(refusal<P>(variant), "");
            EXPECT_TRUE(P::from(variant).depth() == depth);
            ASSERT_EQ(P::variants(variant).size(), 1u);
            EXPECT_EQ(std::count_if(variants.begin(), variants.end(),
                                    [&](const TransferSpec& other) {
                                        return other.exponents == variant.exponents &&
                                               other.inner_depth == variant.inner_depth;
                                    }),
                      1);
        }
    }
}

TEST(TransferVariants, AreAllTheChoicesOfOneDepth) {
    using Young = transfer::YoungProduct<Rational>;
    using Mixed = transfer::MixedGroup<Rational>;
    expect_variants<Young>({2, {5, 2}, 3}, 5);
    expect_variants<Young>({{7, 2}}, 3);
    expect_variants<Mixed>({3}, 1);
    expect_variants<Mixed>({4, 5, 9}, 2);
    TransferSpec spec = valid_spec<Young>();
    for (const Exponent depth : {Exponent(2), Exponent(5, 2), Exponent(3), Exponent(7, 2)}) {
        spec.depth = depth;
        for (const TransferSpec& variant : Young::variants(spec)) {
            const Young p = Young::from(variant);
            const Exponent degree(Young::lift_degree(variant));
            const V beta = V::Constant(3, Rational(-abs_power(Rational(2, 3), degree)));
            const V lifted = p.lift(beta);
            EXPECT_EQ(p.apply(lifted), beta);
            EXPECT_EQ(p.penalty(lifted), p.induced().value(beta));
            EXPECT_TRUE(on_minimal_fibre(p, lifted));
        }
    }
}

// ---- mutants: a specimen with one wrong formula -------------------------------------------------

struct SquaredFactorInPullback : Specimen {
    V pullback(const V& xi, const V& g) const {
        return Specimen::pullback(xi.cwiseProduct(xi), g);
    }
};

struct HalvedCurvature : Specimen {
    V curvature(const V& xi, const V& v, const V& g) const {
        return Specimen::curvature(xi, v, g) / Rational(2);
    }
};

struct SkewCurvature : Specimen {
    V curvature(const V& xi, const V& v, const V& g) const {
        V out = Specimen::curvature(xi, v, g);
        out[0] *= 2;
        return out;
    }
};

struct PenaltyTimesDepth : Specimen {
    Rational penalty(const V& xi) const {
        return depth().as<Rational>() * Specimen::penalty(xi);
    }
};

struct GradientWithoutTheTwo : Specimen {
    V penalty_gradient(const V& xi) const { return Specimen::penalty_gradient(xi) / Rational(2); }
};

struct WeightsOnInducedOnly : Specimen {
    Rational penalty(const V& xi) const {
        TransferSpec unweighted = spec;
        unweighted.weights.clear();
        return make_transfer<Rational>(unweighted).penalty(xi);
    }
};

struct LiftOfTheOppositeSign : Specimen {
    V lift(const V& beta) const { return Specimen::lift(V(-beta)); }
};

struct NeverUnbalanced : Specimen {
    V imbalance(const V&) const { return V(0); }
};

struct LastImbalanceDropped : Specimen {
    V imbalance(const V& xi) const {
        const V all = Specimen::imbalance(xi);
        return all.head(all.size() - 1);
    }
};

struct FlipsOneFactorAlone : Specimen {
    std::vector<SignedPermutation> symmetries() const {
        return {transfer::detail::flip(surrogate_size(), {0})};
    }
};

struct ForgetsTheLastFlip : Specimen {
    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out = Specimen::symmetries();
        const auto is_flip = [](const SignedPermutation& symmetry) {
            return std::count(symmetry.sign.begin(), symmetry.sign.end(), -1) > 0;
        };
        out.erase(std::find_if(out.rbegin(), out.rend(), is_flip).base() - 1);
        return out;
    }
};

struct ForgetsAFactorInItsBlock : Specimen {
    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out = Specimen::blocks();
        out.back().surrogate.pop_back();
        return out;
    }
};

struct MapWithOneFactorMore : Specimen {
    V apply(const V& xi) const { return Specimen::apply(xi) * xi.sum(); }
};

template <class P>
class TransferMutants : public ::testing::Test {};
TYPED_TEST_SUITE(TransferMutants, OverRational, CatalogueName);

TYPED_TEST(TransferMutants, OfTheDerivativesAreRefuted) {
    const std::vector<Specimen> all = specimens<TypeParam>();
    EXPECT_TRUE(laws::is_refuted<SquaredFactorInPullback>(all, laws::map_is_homogeneous));
    EXPECT_TRUE(laws::is_refuted<HalvedCurvature>(all, laws::map_is_homogeneous));
    EXPECT_TRUE(
        laws::is_refuted<HalvedCurvature>(all, laws::derivatives_are_those_of_the_polynomial));
    EXPECT_TRUE(laws::is_refuted<MapWithOneFactorMore>(all, laws::map_is_homogeneous));
    EXPECT_TRUE(laws::is_refuted<SkewCurvature>(all, laws::map_is_homogeneous));
    EXPECT_TRUE(laws::is_refuted<GradientWithoutTheTwo>(all, laws::penalty_is_quadratic));
    const bool has_off_diagonal =
        !(TypeParam::name == "hadamard_power" || TypeParam::name == "hadamard_difference");
    if (!has_off_diagonal) return;  // a scaled diagonal matrix is still symmetric
    EXPECT_TRUE(laws::is_refuted<SquaredFactorInPullback>(all, laws::pullback_is_adjoint));
    EXPECT_TRUE(laws::is_refuted<SkewCurvature>(all, laws::curvature_is_symmetric));
}

TYPED_TEST(TransferMutants, OfThePenaltiesAreRefuted) {
    const std::vector<Specimen> all = specimens<TypeParam>();
    EXPECT_TRUE(laws::is_refuted<PenaltyTimesDepth>(all, laws::lift_is_a_right_inverse));
    EXPECT_TRUE(laws::is_refuted<PenaltyTimesDepth>(all, laws::surrogate_majorizes_induced));
    EXPECT_TRUE(laws::is_refuted<WeightsOnInducedOnly>(all, laws::lift_is_a_right_inverse));
    EXPECT_TRUE(laws::is_refuted<WeightsOnInducedOnly>(all, laws::surrogate_majorizes_induced));
    EXPECT_TRUE(laws::is_refuted<LiftOfTheOppositeSign>(all, laws::lift_is_a_right_inverse));
}

TYPED_TEST(TransferMutants, OfTheStructureAreRefuted) {
    const std::vector<Specimen> all = specimens<TypeParam>();
    EXPECT_TRUE(laws::is_refuted<FlipsOneFactorAlone>(all, laws::symmetries_fix_map_and_penalty));
    EXPECT_TRUE(laws::is_refuted<ForgetsAFactorInItsBlock>(all, laws::blocks_separate));
    if (all.front().symmetries().empty()) return;  // one point a fibre
    EXPECT_TRUE(laws::is_refuted<NeverUnbalanced>(all, laws::surrogate_majorizes_induced));
    EXPECT_TRUE(laws::is_refuted<LastImbalanceDropped>(all, laws::surrogate_majorizes_induced));
    if (!TypeParam::finite_fibres) return;  // no orbit of finitely many points
    EXPECT_TRUE(
        laws::is_refuted<ForgetsTheLastFlip>(all, laws::orbit_of_the_lift_is_the_minimal_fibre));
}

}  // namespace
}  // namespace hadamard
