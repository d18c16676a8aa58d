/// @file
/// A transfer of some parameters obeys every law of a transfer of all, and leaves the others alone.

#include "hadamard/objectives/partial.hpp"
#include "hadamard/catalogue/transfers.hpp"  // generated from the folder listing
#include "hadamard/losses/quadratic.hpp"
#include "hadamard/objectives/surrogate.hpp"
#include "laws/transfer_laws.hpp"

namespace hadamard {
namespace {

using V = Vector<Rational>;

/// The examples of P with the coordinates 0 and 2 of θ left alone: before, between and after those
/// that are transferred.
template <class P>
struct LeavingTwoAlone : Partial<P> {
    static constexpr bool grouped = P::grouped, injective = P::injective;
    static constexpr bool finite_fibres = P::finite_fibres;
    static bool takes_depth(Exponent k) { return P::takes_depth(k); }
    static LeavingTwoAlone from(const TransferSpec& spec) {
        return {Partial<P>(P::from(spec), {0, 2})};
    }
    static std::vector<TransferSpec> example_specs() { return P::example_specs(); }
};

template <class P>
Index untransferred(const LeavingTwoAlone<P>&) {
    return 2;
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
    using P = LeavingTwoAlone<TypeParam>;
    static_assert(Transfer<P>);
    laws::hold<P>("<DK v, g> == <v, DK^T g>", laws::pullback_is_adjoint);
    laws::hold<P>("<H v, z> == <v, H z>", laws::curvature_is_symmetric);
    laws::hold<P>("slope and bend of t -> <K(xi + t v), g>",
                  laws::derivatives_are_those_of_the_polynomial);
    laws::hold<P>("S(xi + v) == S + <dS, v> + <ddS v, v>/2", laws::penalty_is_quadratic);
}

TYPED_TEST(PartialTransfer, ObeysTheLawsOfItsPenaltiesAndStructure) {
    using P = LeavingTwoAlone<TypeParam>;
    laws::hold<P>("K(lift) == beta, S(lift) == R(beta)", laws::lift_is_a_right_inverse);
    laws::hold<P>("S >= R(K), == iff imbalance is 0", laws::surrogate_majorizes_induced);
    laws::hold<P>("K(s xi) == K(xi), S(s xi) == S(xi)", laws::symmetries_fix_map_and_penalty);
    laws::hold<P>("K, S, R split over the blocks", laws::blocks_separate);
}

/// The inner transfer sees ξ and θ_T; ψ goes to θ_U as it is and costs nothing.
inline constexpr auto transfers_a_part = [](const auto& p) {
    const V x = gen::draw_surrogate(p), image = p.apply(x);
    const V psi = x.head(2), xi = x.tail(x.size() - 2);
    RC_ASSERT(gather(image, p.unpenalised()) == psi);
    RC_ASSERT(gather(image, p.transferred()) == p.inner().apply(xi));
    RC_ASSERT(p.penalty(x) == p.inner().penalty(xi));
    const V theta = gen::draw_planted_base(p), lifted = p.lift(theta);
    RC_ASSERT(V(lifted.head(2)) == gather(theta, p.unpenalised()));
    RC_ASSERT(p.induced().value(theta) ==
              p.inner().induced().value(gather(theta, p.transferred())));
};

TYPED_TEST(PartialTransfer, IsTheIdentityOnWhatItLeavesAlone) {
    laws::hold<LeavingTwoAlone<TypeParam>>("K(psi, xi) == (psi, K(xi)), S(psi, xi) == S(xi)",
                                           transfers_a_part);
}

/// The Taylor polynomial of Q along a line is exact where K is polynomial: ψ, ξ and their mixed
/// terms enter the gradient and the Hessian of the surrogate objective as they should.
inline constexpr auto surrogate_objective_has_its_derivatives = [](const auto& p) {
    if (p.smoothness() != analytic) return;
    const Index n = p.base_size();
    const Matrix<Rational> A =
        gen::draw("A", gen::symmetric_matrix<Rational>(n, gen::integer<Rational>()));
    const V b = gen::draw("b", gen::vector<Rational>(n));
    LossSpec loss;
    loss.kind = "quadratic";
    loss.A = A;
    loss.b = b;
    const Surrogate Q(loss::Quadratic<Rational>::from(loss), p, Rational(1, 3));
    const V x = gen::draw_surrogate(p);
    const V v = gen::draw("v", gen::vector<Rational>(p.surrogate_size()));
    std::vector<Rational> values;
    for (long t = 0; t <= 2 * p.depth().num(); ++t)
        values.push_back(Q.value(V(x + Rational(t) * v)));
    const auto [slope, half_bend] = laws::first_coefficients(values);
    RC_ASSERT(Q.gradient(x).dot(v) == slope);
    RC_ASSERT(Q.hessian_times(x, v).dot(v) == 2 * half_bend);
    RC_ASSERT(V(Q.hessian(x) * v) == Q.hessian_times(x, v));
};

TYPED_TEST(PartialTransfer, GivesASurrogateObjectiveItsDerivatives) {
    laws::hold<LeavingTwoAlone<TypeParam>>("slope and bend of t -> Q(x + t v)",
                                           surrogate_objective_has_its_derivatives);
}

TYPED_TEST(PartialTransfer, ReportsTheSmoothnessOfWhatItTransfers) {
    for (const auto& p : laws::examples<LeavingTwoAlone<TypeParam>>()) {
        EXPECT_EQ(p.smoothness(), p.inner().smoothness());
        V x = V::Zero(p.surrogate_size());
        EXPECT_EQ(p.smoothness_at(x), p.inner().smoothness());
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

template <class P>
struct PenalisesPsiToo : LeavingTwoAlone<P> {
    static PenalisesPsiToo from(const TransferSpec& s) { return {LeavingTwoAlone<P>::from(s)}; }
    Rational penalty(const V& x) const { return LeavingTwoAlone<P>::penalty(x) + x[0] * x[0]; }
};

template <class P>
struct PutsPsiFirstInTheta : LeavingTwoAlone<P> {
    static PutsPsiFirstInTheta from(const TransferSpec& s) { return {LeavingTwoAlone<P>::from(s)}; }
    V apply(const V& x) const {
        V out(this->base_size());
        out << x.head(2), this->inner().apply(V(x.tail(x.size() - 2)));
        return out;
    }
};

template <class P>
struct ForgetsPsiInThePullback : LeavingTwoAlone<P> {
    static ForgetsPsiInThePullback from(const TransferSpec& s) {
        return {LeavingTwoAlone<P>::from(s)};
    }
    V pullback(const V& x, const V& g) const {
        V out = LeavingTwoAlone<P>::pullback(x, g);
        out[1] = Rational(0);
        return out;
    }
};

TYPED_TEST(PartialTransfer, MutantsAreRefuted) {
    using P = TypeParam;
    EXPECT_TRUE(laws::is_refuted<PenalisesPsiToo<P>>(laws::penalty_is_quadratic));
    EXPECT_TRUE(laws::is_refuted<PenalisesPsiToo<P>>(laws::lift_is_a_right_inverse));
    EXPECT_TRUE(laws::is_refuted<PutsPsiFirstInTheta<P>>(laws::lift_is_a_right_inverse));
    EXPECT_TRUE(laws::is_refuted<PutsPsiFirstInTheta<P>>(transfers_a_part));
    EXPECT_TRUE(laws::is_refuted<ForgetsPsiInThePullback<P>>(laws::pullback_is_adjoint));
}

}  // namespace
}  // namespace hadamard
