/// @file
/// What exact algebra cannot see of a transfer: real depths, kinks, enclosures. In 50 digits the
/// error of a Taylor model is a number whose order can be read off; in `double` it would be noise.

#include "hadamard/catalogue/transfers.hpp"  // generated from the folder listing
#include "generators/scalars.hpp"
#include "generators/transfer_points.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"
#include "laws/hold.hpp"

#include <algorithm>
#include <cmath>

namespace hadamard {
namespace {

using R50 = Real<50>;
using R200 = Real<200>;
using V50 = Vector<R50>;
using Specimen = gen::Specimen<R50>;
using Balls = AnyTransfer<Interval>;
using Reals = AnyTransfer<R200>;

struct CatalogueName {
    template <class P>
    static std::string GetName(int) {
        return std::string(P::name);
    }
};

/// p/q ≠ 0 with abs(p) ≤ 8, q ≤ 6: no power has a kink here.
template <class T>
Vector<T> draw_away_from_zero(const char* name, Index size) {
    return from_rational<T>(gen::draw(name, gen::vector<Rational>(size, gen::nonzero_rational())));
}

template <class T>
Vector<T> draw_vector(const char* name, Index size) {
    return gen::draw(name, gen::vector<T>(size, gen::rational<T>()));
}

/// Where K is a polynomial anything, zeros too; else a point away from all kinks.
V50 draw_smooth_point(const Specimen& p) {
    return p.smoothness() == analytic ? draw_vector<R50>("xi", p.surrogate_size())
                                      : draw_away_from_zero<R50>("xi", p.surrogate_size());
}

/// error(t) = O(t^order): 2^{-40} in place of 2^{-20} divides it by 2^{20·order}, up to a factor 2,
/// unless both are rounding.
template <class Error>
bool is_of_order(int order, Error error) {
    const R50 coarse_step = ldexp(R50(1), -20), fine_step = ldexp(R50(1), -40);
    const R50 coarse = error(coarse_step), fine = error(fine_step);
    const R50 rounding("1e-38");  // values below 1e8 and a dozen digits of head room
    return fine <= rounding || fine <= ldexp(coarse, 1 - 20 * order);
}

inline R50 largest_entry(const V50& x) {
    R50 out(0);
    for (Index i = 0; i < x.size(); ++i) out = larger(out, magnitude(x[i]));
    return out;
}

/// ⟨K(ξ + tv), g⟩ = ⟨K, g⟩ + t⟨DKᵀg, v⟩ + ½t²⟨∇²⟨K, g⟩v, v⟩ + O(t³).
void derivatives_model_the_map(const Specimen& p) {
    const V50 xi = draw_smooth_point(p), v = draw_vector<R50>("v", p.surrogate_size());
    const V50 g = draw_vector<R50>("g", p.base_size());
    RC_PRE(p.smoothness_at(xi) == analytic);
    const R50 value = p.apply(xi).dot(g), slope = p.pullback(xi, g).dot(v);
    const R50 bend = p.curvature(xi, v, g).dot(v);
    RC_ASSERT(is_of_order(3, [&](const R50& t) {
        const V50 moved = xi + t * v;
        return magnitude(R50(p.apply(moved).dot(g) - value - t * slope - t * t * bend / R50(2)));
    }));
}

/// K(ξ + tv) = K + tDK[v] + O(t²) entry by entry, and DKᵀg along v likewise with the curvature.
void differentials_model_the_map(const Specimen& p) {
    const V50 xi = draw_smooth_point(p), v = draw_vector<R50>("v", p.surrogate_size());
    const V50 g = draw_vector<R50>("g", p.base_size());
    const V50 image = p.apply(xi), pushed = p.pushforward(xi, v);
    const V50 pulled = p.pullback(xi, g), bent = p.curvature(xi, v, g);
    RC_ASSERT(is_of_order(2, [&](const R50& t) {
        return largest_entry(V50(p.apply(V50(xi + t * v)) - image - t * pushed));
    }));
    RC_ASSERT(is_of_order(2, [&](const R50& t) {
        return largest_entry(V50(p.pullback(V50(xi + t * v), g) - pulled - t * bent));
    }));
}

/// S(ξ + tv) = S + t⟨∇S, v⟩ + ½t²⟨∇²S v, v⟩ + O(t³).
void derivatives_model_the_penalty(const Specimen& p) {
    const V50 xi = draw_smooth_point(p), v = draw_vector<R50>("v", p.surrogate_size());
    RC_PRE(p.smoothness_at(xi) == analytic);
    const R50 value = p.penalty(xi), slope = p.penalty_gradient(xi).dot(v);
    const R50 bend = p.penalty_hessian_times(xi, v).dot(v);
    RC_ASSERT(is_of_order(3, [&](const R50& t) {
        const V50 moved = xi + t * v;
        return magnitude(R50(p.penalty(moved) - value - t * slope - t * t * bend / R50(2)));
    }));
}

/// S(ξ) − R(K(ξ)) ≥ 0 up to rounding, 0 on lifts, K(lift(β)) = β: at real depths too.
void penalties_agree_on_lifts(const Specimen& p) {
    const R50 rounding("1e-40");
    const V50 xi = draw_vector<R50>("xi", p.surrogate_size());
    RC_ASSERT(p.penalty(xi) - p.induced().value(p.apply(xi)) >= -rounding);
    const V50 beta = draw_vector<R50>("beta", p.base_size()), lifted = p.lift(beta);
    RC_ASSERT(largest_entry(V50(p.apply(lifted) - beta)) <= rounding);
    RC_ASSERT(magnitude(R50(p.penalty(lifted) - p.induced().value(beta))) <= rounding);
    RC_ASSERT(largest_entry(p.imbalance(lifted)) <= rounding);
}

template <class P>
class TransferCalculus : public ::testing::Test {};
using OverReal50 = catalogue::Transfers<R50>::into<::testing::Types>;
TYPED_TEST_SUITE(TransferCalculus, OverReal50, CatalogueName);

TYPED_TEST(TransferCalculus, DerivativesModelTheMapToThirdOrder) {
    laws::hold("<K(xi + tv), g> up to O(t^3)", gen::specimens<TypeParam>(),
               derivatives_model_the_map);
}
TYPED_TEST(TransferCalculus, DifferentialsModelTheMapEntryByEntry) {
    laws::hold("K(xi + tv), DK^T g up to O(t^2)", gen::specimens<TypeParam>(),
               differentials_model_the_map);
}
TYPED_TEST(TransferCalculus, DerivativesModelThePenaltyToThirdOrder) {
    laws::hold("S(xi + tv) up to O(t^3)", gen::specimens<TypeParam>(),
               derivatives_model_the_penalty);
}
TYPED_TEST(TransferCalculus, PenaltiesAgreeOnLifts) {
    laws::hold("S >= R(K), == on lifts", gen::specimens<TypeParam>(), penalties_agree_on_lifts);
}

// ---- smoothness ---------------------------------------------------------------------------------

/// The r-th difference quotient of h at 0 with the given step, which may be negative: a one-sided
/// approximation of the r-th derivative.
template <class Function>
R50 difference_quotient(Function h, int r, const R50& step) {
    R50 sum(0), binomial(1), scale(1);
    for (int j = 0; j <= r; ++j) {
        sum += ((r - j) % 2 == 0 ? binomial : R50(-binomial)) * h(R50(step * R50(j)));
        binomial = binomial * R50(r - j) / R50(j + 1);
    }
    for (int i = 0; i < r; ++i) scale *= step;
    return sum / scale;
}

/// How far the r-th quotients at 0 are from one common limit: from the right against from the left,
/// and against half the step. Tends to 0 with the step iff h is C^r there; both are needed: a
/// derivative that blows up may be an even function.
template <class Function>
R50 disagreement(Function h, int r, int e) {
    const R50 step = ldexp(R50(1), -e), right = difference_quotient(h, r, step);
    return magnitude(R50(right - difference_quotient(h, r, R50(-step)))) +
           magnitude(R50(right - difference_quotient(h, r, R50(step / R50(2)))));
}

/// The r-th derivative of h exists and is continuous at 0, as far as two steps can tell. The slowest
/// decay here is t^{1/5} at r = 1, where 2^{−40} in place of 2^{−10} divides by 64 and rounding is
/// 1e−50·2^{40}; t^{1/2} at the others.
template <class Function>
bool is_continuous_to_order(Function h, int r) {
    const R50 coarse = disagreement(h, r, 10), fine = disagreement(h, r, r == 1 ? 40 : 18);
    return fine <= R50("1e-20") || fine * R50(8) <= coarse;
}

/// The first r < most at which h is not C^{r+1} at 0, `analytic` if there is none.
template <class Function>
int observed_class(Function h, int most) {
    for (int r = 1; r <= most; ++r)
        if (!is_continuous_to_order(h, r)) return r - 1;
    return analytic;
}

/// The line through the worst point of K: every factor under a power runs through 0 and the rest,
/// which multiplies it, is 1. For S all run through 0, for the one class or the other.
int observed_smoothness(const Specimen& p) {
    const Index d = p.base_size(), D = p.surrogate_size();
    V50 through = V50::Constant(D, R50(0)), along = V50::Constant(D, R50(1));
    if (D > d) {
        through.head(d).setConstant(R50(1));
        along.head(d).setConstant(R50(0));
    }
    const auto h = [&](const R50& t) -> R50 { return p.apply(V50(through + t * along)).sum(); };
    const auto s = [&](const R50& t) -> R50 { return p.penalty(V50::Constant(D, t)); };
    // K's polynomials have degree below 8 and are exact here; S rounds, by 1e−50·2^{18r}, and its powers
    // below 4 that are no polynomials are C³ at most.
    return std::min(observed_class(h, 8), observed_class(s, 5));
}

TYPED_TEST(TransferCalculus, MapIsAsSmoothAsItSaysAndNoMore) {
    for (const Specimen& p : gen::specimens<TypeParam>()) {
        EXPECT_EQ(observed_smoothness(p), p.smoothness()) << "depth " << p.depth().text();
        const V50 origin = V50::Constant(p.surrogate_size(), R50(0));
        EXPECT_EQ(p.smoothness_at(origin), p.smoothness());
        EXPECT_EQ(p.smoothness_at(V50::Constant(p.surrogate_size(), R50(-1))), analytic);
    }
}

// ---- enclosures ---------------------------------------------------------------------------------

/// The real is a member of the ball, but for its own rounding in the 200th digit.
inline bool encloses(const Interval& ball, const R200& value) {
    const R200 rounding = (R200(1) + magnitude(value)) * R200("1e-190");
    return ball.overlaps(Interval::ball(Interval::exactly(value), Interval::exactly(rounding)));
}
inline bool encloses(const Vector<Interval>& balls, const Vector<R200>& values) {
    if (balls.size() != values.size()) return false;
    for (Index i = 0; i < values.size(); ++i)
        if (!encloses(balls[i], values[i])) return false;
    return true;
}

/// A box and a point in it, often 0: an end or the middle of each side. Boxes are thin, or contain
/// 0 inside, at the edge, or nowhere.
struct BoxAndPoint {
    Vector<Interval> box;
    Vector<R200> point;
};
inline BoxAndPoint draw_box(const char* name, Index size) {
    const Vector<Rational> point =
        gen::draw(name, gen::vector<Rational>(size, gen::rational<Rational>()));
    const auto offset =
        rc::gen::element(Rational(0), Rational(0), Rational(1, 4), Rational(-1), Rational(3));
    BoxAndPoint out{Vector<Interval>(size), from_rational<R200>(point)};
    for (Index i = 0; i < size; ++i) {
        const Rational shift = gen::draw("centre minus point", offset);
        out.box[i] = Interval::ball(from_rational<Interval>(Rational(point[i] + shift)),
                                    from_rational<Interval>(shift));
    }
    return out;
}

/// Every function over a box encloses its values at points of the box, one-sided conventions
/// at kinks included. `balls` and `reals` are one transfer over two scalars.
void check_enclosures(const Balls& balls, const Reals& reals) {
    const BoxAndPoint xi = draw_box("xi", reals.surrogate_size());
    const BoxAndPoint v = draw_box("v", reals.surrogate_size());
    const BoxAndPoint g = draw_box("g", reals.base_size());
    RC_ASSERT(encloses(balls.apply(xi.box), reals.apply(xi.point)));
    RC_ASSERT(encloses(balls.pushforward(xi.box, v.box), reals.pushforward(xi.point, v.point)));
    RC_ASSERT(encloses(balls.pullback(xi.box, g.box), reals.pullback(xi.point, g.point)));
    RC_ASSERT(encloses(balls.curvature(xi.box, v.box, g.box),
                       reals.curvature(xi.point, v.point, g.point)));
    RC_ASSERT(encloses(balls.penalty(xi.box), reals.penalty(xi.point)));
    RC_ASSERT(encloses(balls.penalty_gradient(xi.box), reals.penalty_gradient(xi.point)));
    RC_ASSERT(encloses(balls.penalty_hessian_times(xi.box, v.box),
                       reals.penalty_hessian_times(xi.point, v.point)));
    RC_ASSERT(encloses(balls.imbalance(xi.box), reals.imbalance(xi.point)));
    RC_ASSERT(encloses(balls.lift(g.box), reals.lift(g.point)));
    RC_ASSERT(balls.smoothness_at(xi.box) <= reals.smoothness_at(xi.point));
}

TYPED_TEST(TransferCalculus, EnclosuresContainTheValuesAtEveryPointOfTheBox) {
    for (const TransferSpec& spec : TypeParam::example_specs()) {
        const Balls balls = make_transfer<Interval>(spec);
        const Reals reals = make_transfer<R200>(spec);
        EXPECT_TRUE(rc::check("f(x) in F(X) for x in X, depth " + spec.depth.text(),
                              [&] { check_enclosures(balls, reals); }));
    }
}

/// Thin boxes give thin enclosures: containment alone would be met by the whole line.
TYPED_TEST(TransferCalculus, EnclosuresOfExactPointsAreTight) {
    for (const TransferSpec& spec : TypeParam::example_specs()) {
        const Balls balls = make_transfer<Interval>(spec);
        Vector<Interval> xi = Vector<Interval>::Constant(balls.surrogate_size(), Interval(3));
        xi[0] = Interval(-2);
        const Vector<Interval> g = Vector<Interval>::Constant(balls.base_size(), Interval(5));
        std::vector<Vector<Interval>> results = {balls.apply(xi), balls.pushforward(xi, xi),
                                                 balls.pullback(xi, g), balls.curvature(xi, xi, g),
                                                 balls.penalty_gradient(xi)};
        // The enclosed lift of a matrix of lower rank is a bound, no more.
        if (!gen::is_matrix_transfer<TypeParam>) results.push_back(balls.lift(g));
        for (const Vector<Interval>& result : results)
            for (Index i = 0; i < result.size(); ++i)
                EXPECT_LT(result[i].radius_as_double(), 1e-40) << "depth " << spec.depth.text();
    }
}

/// The identity of balls tells the points of an orbit apart as the equality of numbers does.
TYPED_TEST(TransferCalculus, MinimalFibresHaveAsManyPointsOverIntervals) {
    if (!TypeParam::finite_fibres) return;
    for (const TransferSpec& spec : TypeParam::example_specs()) {
        const Vector<Rational> beta = Vector<Rational>::Constant(spec.base_size, Rational(-2, 3));
        const std::vector<Vector<R200>> expected =
            minimal_fibre(make_transfer<R200>(spec), from_rational<R200>(beta), 1000);
        const std::vector<Vector<Interval>> orbit =
            minimal_fibre(make_transfer<Interval>(spec), from_rational<Interval>(beta), 1000);
        ASSERT_EQ(orbit.size(), expected.size());
        for (std::size_t i = 0; i < orbit.size(); ++i) EXPECT_TRUE(encloses(orbit[i], expected[i]));
    }
}

/// At a kink every generalised derivative is enclosed, and the power forms stay finite there.
TEST(TransferKinks, AreEnclosedByEveryOneSidedValue) {
    const Vector<Interval> one = Vector<Interval>::Constant(1, Interval(1));
    const std::vector<Vector<Interval>> around_zero = {
        Vector<Interval>::Constant(1, Interval(0)),
        Vector<Interval>::Constant(1, Interval::ball(Interval(0), Interval(1)))};
    const Balls power = make_transfer<Interval>({"hadamard_power", 2, 1, {}, {}});
    const Balls norm = make_transfer<Interval>({"group_power", 2, 1, {{0}}, {}});
    const Balls shared = make_transfer<Interval>({"shared_product", 2, 1, {}, {}});
    for (const Vector<Interval>& u : around_zero) {
        for (const Interval& bend :
             {power.curvature(u, one, one)[0], norm.curvature(u, one, one)[0]}) {
            EXPECT_TRUE(bend.is_finite());
            EXPECT_TRUE(bend.contains(Rational(2)) && bend.contains(Rational(-2)));
        }
        Vector<Interval> xi(2), v(2);
        xi << Interval(1), u[0];
        v << Interval(0), Interval(1);
        const Interval slope = shared.pushforward(xi, v)[0];
        EXPECT_TRUE(slope.is_finite());
        EXPECT_TRUE(slope.contains(Rational(1)) && slope.contains(Rational(-1)));
        EXPECT_FALSE(shared.curvature(xi, v, one)[1].is_finite());
    }
}

// ---- mutants: wrong only where the powers are not polynomials, or only by a little --------------

struct CurvatureWithoutItsFactor : Specimen {
    V50 curvature(const V50& xi, const V50& v, const V50& g) const {
        return Specimen::curvature(xi, v, g) / depth().as<R50>();
    }
};

struct PullbackWithASquaredFactor : Specimen {
    V50 pullback(const V50& xi, const V50& g) const {
        return Specimen::pullback(V50(xi.cwiseProduct(xi)), g);
    }
};

struct PushforwardWithOneWrongDigit : Specimen {
    V50 pushforward(const V50& xi, const V50& v) const {
        return Specimen::pushforward(xi, v) * (R50(1) + R50("1e-9"));
    }
};

struct WeightsOnInducedOnly : Specimen {
    R50 penalty(const V50& xi) const {
        TransferSpec unweighted = spec;
        unweighted.weights.clear();
        return make_transfer<R50>(unweighted).penalty(xi);
    }
};

struct PenaltyCurvatureDoubled : Specimen {
    V50 penalty_hessian_times(const V50& xi, const V50& v) const {
        return Specimen::penalty_hessian_times(xi, v) * R50(2);
    }
};

struct PenaltyGradientWithOneWrongDigit : Specimen {
    V50 penalty_gradient(const V50& xi) const {
        return Specimen::penalty_gradient(xi) * (R50(1) + R50("1e-9"));
    }
};

TYPED_TEST(TransferCalculus, MutantsAreRefuted) {
    const std::vector<Specimen> all = gen::specimens<TypeParam>();
    EXPECT_TRUE(laws::is_refuted<CurvatureWithoutItsFactor>(all, derivatives_model_the_map));
    EXPECT_TRUE(laws::is_refuted<CurvatureWithoutItsFactor>(all, differentials_model_the_map));
    EXPECT_TRUE(laws::is_refuted<PenaltyCurvatureDoubled>(all, derivatives_model_the_penalty));
    EXPECT_TRUE(
        laws::is_refuted<PenaltyGradientWithOneWrongDigit>(all, derivatives_model_the_penalty));
    EXPECT_TRUE(laws::is_refuted<PullbackWithASquaredFactor>(all, derivatives_model_the_map));
    EXPECT_TRUE(laws::is_refuted<PushforwardWithOneWrongDigit>(all, differentials_model_the_map));
    EXPECT_TRUE(laws::is_refuted<WeightsOnInducedOnly>(all, penalties_agree_on_lifts));
}

/// The observation of smoothness tells neighbouring classes apart.
TEST(TransferSmoothness, ObservationTellsNeighbouringPowersApart) {
    for (int r = 0; r < 4; ++r) {
        const auto kink = [r](const R50& t) -> R50 {
            return t * abs_power(t, Exponent(2 * r + 1, 2));
        };
        EXPECT_TRUE(is_continuous_to_order(kink, r + 1)) << r;
        EXPECT_FALSE(is_continuous_to_order(kink, r + 2)) << r;
    }
}

}  // namespace
}  // namespace hadamard
