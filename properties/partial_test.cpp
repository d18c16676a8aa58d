/// @file
/// A transfer of some parameters obeys every law of a transfer of all, and leaves the others alone.

#include "hadamard/objectives/partial.hpp"
#include "generators/scalars.hpp"
#include "generators/transfer_points.hpp"
#include "hadamard/catalogue/transfers.hpp"  // generated from the folder listing
#include "hadamard/losses/quadratic.hpp"
#include "hadamard/objectives/surrogate.hpp"
#include "laws/hold.hpp"
#include "laws/transfer_laws.hpp"

#include <algorithm>

namespace hadamard {
namespace {

using V = Vector<Rational>;
using laws::Specimen;

/// θ's coordinates that are left alone: before, between and after those that are transferred.
const IndexList left_alone = {0, 2};

IndexList transferred(Index size) {
    IndexList out;
    for (Index i = 0; i < size; ++i)
        if (std::find(left_alone.begin(), left_alone.end(), i) == left_alone.end())
            out.push_back(i);
    return out;
}

/// The transfer inside a specimen below.
AnyTransfer<Rational> inner(const Specimen& p) { return make_transfer<Rational>(p.spec); }

/// The examples of P with two coordinates of θ left alone.
template <class P>
std::vector<Specimen> leaving_two_alone() {
    std::vector<Specimen> out;
    for (const Specimen& p : gen::specimens<P>()) {
        const Partial<AnyTransfer<Rational>> partial(p, left_alone);
        out.push_back({AnyTransfer<Rational>(partial), p.spec, p.needs});
        out.back().needs.untransferred = 2;
    }
    return out;
}

struct CatalogueName {
    template <class P>
    static std::string GetName(int) {
        return std::string(P::name);
    }
};

template <class P>
class PartialTransfer : public ::testing::Test {};
using OverRational = catalogue::Transfers<Rational>::into<::testing::Types>;
TYPED_TEST_SUITE(PartialTransfer, OverRational, CatalogueName);

TYPED_TEST(PartialTransfer, ObeysTheLawsOfItsDerivatives) {
    static_assert(Transfer<Partial<TypeParam>>);
    const std::vector<Specimen> all = leaving_two_alone<TypeParam>();
    laws::hold("<DK v, g> == <v, DK^T g>", all, laws::pullback_is_adjoint);
    laws::hold("<H v, z> == <v, H z>", all, laws::curvature_is_symmetric);
    laws::hold("slope and bend of t -> <K(xi + t v), g>", all,
               laws::derivatives_are_those_of_the_polynomial);
    laws::hold("S(xi + v) == S + <dS, v> + <ddS v, v>/2", all, laws::penalty_is_quadratic);
}

TYPED_TEST(PartialTransfer, ObeysTheLawsOfItsPenaltiesAndStructure) {
    const std::vector<Specimen> all = leaving_two_alone<TypeParam>();
    laws::hold("K(lift) == beta, S(lift) == R(beta)", all, laws::lift_is_a_right_inverse);
    laws::hold("S >= R(K), == iff imbalance is 0", all, laws::surrogate_majorizes_induced);
    laws::hold("K(s xi) == K(xi), S(s xi) == S(xi)", all, laws::symmetries_fix_map_and_penalty);
    laws::hold("K, S, R split over the blocks", all, laws::blocks_separate);
}

/// The inner transfer sees ξ and θ_T; ψ goes to θ_U as it is and costs nothing.
void transfers_a_part(const Specimen& p) {
    const AnyTransfer<Rational> part = inner(p);
    const IndexList rest = transferred(p.base_size());
    const V x = gen::draw_surrogate(p), image = p.apply(x);
    const V psi = x.head(2), xi = x.tail(x.size() - 2);
    RC_ASSERT(gather(image, left_alone) == psi);
    RC_ASSERT(gather(image, rest) == part.apply(xi));
    RC_ASSERT(p.penalty(x) == part.penalty(xi));
    const V theta = gen::draw_planted_base(p), lifted = p.lift(theta);
    RC_ASSERT(V(lifted.head(2)) == gather(theta, left_alone));
    RC_ASSERT(p.induced().value(theta) == part.induced().value(gather(theta, rest)));
}

TYPED_TEST(PartialTransfer, IsTheIdentityOnWhatItLeavesAlone) {
    laws::hold("K(psi, xi) == (psi, K(xi)), S(psi, xi) == S(xi)", leaving_two_alone<TypeParam>(),
               transfers_a_part);
}

/// The Taylor polynomial of Q along a line is exact where K is polynomial: ψ, ξ and their mixed
/// terms enter the gradient and the Hessian of the surrogate objective as they should.
void surrogate_objective_has_its_derivatives(const Specimen& p) {
    if (p.smoothness() != analytic) return;
    const Index n = p.base_size();
    const Matrix<Rational> A =
        gen::draw("A", gen::symmetric_matrix<Rational>(n, gen::integer<Rational>()));
    const V b = gen::draw("b", gen::vector<Rational>(n));
    LossSpec loss;
    loss.kind = "quadratic";
    loss.A = A;
    loss.b = b;
    const AnyTransfer<Rational> transfer = p;
    const Surrogate Q(loss::Quadratic<Rational>::from(loss), transfer, Rational(1, 3));
    const V x = gen::draw_surrogate(p);
    const V v = gen::draw("v", gen::vector<Rational>(p.surrogate_size()));
    std::vector<Rational> values;
    for (long t = 0; t <= 2 * p.depth().num(); ++t)
        values.push_back(Q.value(V(x + Rational(t) * v)));
    const auto [slope, half_bend] = laws::first_coefficients(values);
    RC_ASSERT(Q.gradient(x).dot(v) == slope);
    RC_ASSERT(Q.hessian_times(x, v).dot(v) == 2 * half_bend);
    RC_ASSERT(V(Q.hessian(x) * v) == Q.hessian_times(x, v));
}

TYPED_TEST(PartialTransfer, GivesASurrogateObjectiveItsDerivatives) {
    laws::hold("slope and bend of t -> Q(x + t v)", leaving_two_alone<TypeParam>(),
               surrogate_objective_has_its_derivatives);
}

TYPED_TEST(PartialTransfer, ReportsTheSmoothnessOfWhatItTransfers) {
    for (const Specimen& p : leaving_two_alone<TypeParam>()) {
        const int expected = inner(p).smoothness();
        EXPECT_EQ(p.smoothness(), expected);
        V x = V::Zero(p.surrogate_size());
        EXPECT_EQ(p.smoothness_at(x), expected);
        x.tail(x.size() - 2).setOnes();
        EXPECT_EQ(p.smoothness_at(x), analytic);
    }
}

TYPED_TEST(PartialTransfer, RefusesIndicesThatAreNotIncreasingOrNotThere) {
    const TypeParam inner = TypeParam::from(TypeParam::example_specs().front());
    ASSERT_EQ(inner.base_size(), 1);
    for (const IndexList& bad : {IndexList{-1}, IndexList{2}, IndexList{1, 0}, IndexList{1, 1}})
        EXPECT_THROW(Partial<TypeParam>(inner, bad), InputError);
    for (const IndexList& good : {IndexList{}, IndexList{0}, IndexList{1}, IndexList{0, 1, 2}})
        EXPECT_EQ(Partial<TypeParam>(inner, good).base_size(), 1 + static_cast<Index>(good.size()));
}

// ---- mutants ------------------------------------------------------------------------------------

struct PenalisesPsiToo : Specimen {
    Rational penalty(const V& x) const { return Specimen::penalty(x) + x[0] * x[0]; }
};

struct PutsPsiFirstInTheta : Specimen {
    V apply(const V& x) const {
        V out(base_size());
        out << x.head(2), inner(*this).apply(V(x.tail(x.size() - 2)));
        return out;
    }
};

struct ForgetsPsiInThePullback : Specimen {
    V pullback(const V& x, const V& g) const {
        V out = Specimen::pullback(x, g);
        out[1] = Rational(0);
        return out;
    }
};

TYPED_TEST(PartialTransfer, MutantsAreRefuted) {
    const std::vector<Specimen> all = leaving_two_alone<TypeParam>();
    EXPECT_TRUE(laws::is_refuted<PenalisesPsiToo>(all, laws::penalty_is_quadratic));
    EXPECT_TRUE(laws::is_refuted<PenalisesPsiToo>(all, laws::lift_is_a_right_inverse));
    EXPECT_TRUE(laws::is_refuted<PutsPsiFirstInTheta>(all, laws::lift_is_a_right_inverse));
    EXPECT_TRUE(laws::is_refuted<PutsPsiFirstInTheta>(all, transfers_a_part));
    EXPECT_TRUE(laws::is_refuted<ForgetsPsiInThePullback>(all, laws::pullback_is_adjoint));
}

}  // namespace
}  // namespace hadamard
