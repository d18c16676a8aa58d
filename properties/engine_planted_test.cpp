/// @file
/// The decisions of minima/ against instances whose answer is known by construction, and against the
/// degenerate cases of minima/judge.hpp, written out by hand.

#include "engine/instances.hpp"
#include "engine/planted.hpp"
#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/decide.hpp"
#include "hadamard/minima/nuclear.hpp"
#include "hadamard/objectives/active_coordinates.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace hadamard::verify {
namespace {

using minima::Outcome;
using minima::Planted;
using minima::PlantedKind;

Rational power_of_ten(int exponent) {
    return Rational(1, Integer("1" + std::string(static_cast<std::size_t>(exponent), '0')));
}

bool has_exact_lifts(const TransferTraits& transfer) {
    return transfer.finite_fibres || takes_matrices(transfer);
}

/// Calls visit(planted, kind, depth) for some instances of every transfer, depth and kind.
template <class Visit>
void for_all_planted(int cases, const Visit& visit) {
    for (const TransferTraits& transfer : transfer_catalogue())
        for (const Exponent depth : default_depths(transfer))
            for (const auto& [kind, name] : minima::planted_kinds)
                for (int n = 0; n < cases && has_exact_lifts(transfer); ++n) {
                    SCOPED_TRACE(transfer.name + ", depth " + depth.text() + ", " +
                                 std::string(name) + ", case " + std::to_string(n));
                    SeedMix mix(7);
                    mix << transfer.name << depth.text() << static_cast<std::uint64_t>(n);
                    if (const auto planted = draw_planted(transfer, depth, kind, mix.value()))
                        visit(*planted, kind, depth);
                }
}

Outcome base_answer(const Planted& planted, const Vector<Rational>& theta) {
    return minima::decide_base(ProblemFamily(planted.instance), theta).decision.outcome;
}

Outcome surrogate_answer(const Planted& planted, const Vector<Rational>& xi) {
    return minima::decide_surrogate(ProblemFamily(planted.instance), xi).decision.outcome;
}

/// The nonzero entries moved by up to `size` times their own modulus, zeros kept.
Vector<Rational> moved(Vector<Rational> x, const Rational& size) {
    for (Index i = 0; i < x.size(); ++i) x[i] += x[i] * size * Rational(i % 3 - 1, 2);
    return x;
}

TEST(Planted, PointsAreStationaryOnTheirSupportExactly) {
    for_all_planted(4, [](const Planted& planted, PlantedKind kind, Exponent) {
        const AnyBase<Rational> P = ProblemFamily(planted.instance).over<Rational>().base;
        if (const penalty::Nuclear<Rational>* R = nuclear_of(P.penalty())) {
            EXPECT_EQ(minima::is_nuclear_stationary(P, *R, planted.base_point),
                      kind != PlantedKind::steep);
            return;
        }
        const Vector<Rational> slope = P.loss().gradient(planted.base_point) +
                                       P.lambda() * P.penalty().gradient(planted.base_point);
        for (const Index i : active_coordinates(P.penalty(), planted.base_point))
            EXPECT_EQ(slope[i], 0);
    });
}

TEST(Planted, TruthSurvivesASearchAroundThePoint) {
    // A direct check that owes nothing to second-order rules: no point nearby is lower than a planted
    // minimizer. Sampling can refute and not confirm; the saddles show that it does refute.
    long saddles = 0, descended = 0;
    for_all_planted(4, [&](const Planted& planted, PlantedKind kind, Exponent) {
        using T = Real<200>;
        const AnyBase<T> P = ProblemFamily(planted.instance).over<T>().base;
        const Vector<T> theta = from_rational<T>(planted.base_point);
        // Basins are down to 1e-22 wide (a fourth-order term of 1 beside a fifth-order one of 1e21). A
        // step of 1e-35 to the fourth power is 1e-140; terms below 1e35 cancel in P.
        const T value = P.value(theta), rounding = T("1e-160") * (1 + abs(value));
        bool lower = false;
        for (Index i = 0; i < theta.size(); ++i)
            for (const int side : {-1, 1})
                for (const char* step : {"1e-30", "1e-35"}) {
                    Vector<T> x = theta;
                    x[i] += side * T(step);
                    lower = lower || P.value(x) < value - rounding;
                }
        EXPECT_FALSE(lower && planted.truth == Outcome::minimizer);
        if (kind != PlantedKind::maximum && kind != PlantedKind::steep) return;
        ++saddles;
        descended += lower ? 1 : 0;
    });
    EXPECT_GT(2 * descended, saddles);
}

/// Whether second order on the support, with strict slopes, decides.
bool is_regular(PlantedKind kind) {
    return kind == PlantedKind::minimizer || kind == PlantedKind::saddle ||
           kind == PlantedKind::maximum || kind == PlantedKind::steep;
}

TEST(Decisions, AgreeWithTheTruth) {
    for_all_planted(3, [](const Planted& planted, PlantedKind, Exponent) {
        if (planted.truth == Outcome::undecided) return;
        EXPECT_EQ(base_answer(planted, planted.base_point), planted.truth);
        for (const minima::PlantedPreimage& preimage : planted.preimages)
            EXPECT_EQ(surrogate_answer(planted, preimage.point), preimage.truth) << preimage.how;
    });
}

TEST(Decisions, StayOpenWhereTheTheoryGivesNoRule) {
    long open = 0, undecided = 0;
    for_all_planted(3, [&](const Planted& planted, PlantedKind kind, Exponent) {
        if (kind != PlantedKind::border_open) return;
        ++open;
        undecided += base_answer(planted, planted.base_point) == Outcome::undecided ? 1 : 0;
    });
    EXPECT_GT(open, 10);
    EXPECT_GE(2 * undecided, open);
}

TEST(PlantedStream, CoversEveryKindAndCatchesADoctoredJudge) {
    const std::atomic<bool> stop{false};
    const PlantedStream stream(RunSettings{});
    constexpr long count = 600;
    const JudgedResult honest = judge_known(count, stream, {}, stop);
    EXPECT_EQ(honest.total().instances, count);
    EXPECT_EQ(honest.total().wrong, 0);
    EXPECT_EQ(honest.total().undecided, 0);
    EXPECT_EQ(honest.total().right + honest.total().open, count);
    EXPECT_EQ(honest.families.size(), minima::planted_kinds.size());
    // A judge that takes every stationary point for a minimizer.
    const JudgedResult doctored =
        judge_known(count, stream, {}, stop, {}, [](const ProblemFamily&, const KnownPoint&) {
            return Outcome::minimizer;
        });
    for (const auto& [name, row] : doctored.families) {
        const bool has_no_minimizers =
            name == "maximum" || name == "cubic" || name == "border, descends";
        if (has_no_minimizers) {
            EXPECT_EQ(row.wrong, row.instances) << name;
        }
    }
    ASSERT_TRUE(doctored.witness);
    // One that is right but for the lift.
    const JudgedResult lame =
        judge_known(count, stream, {}, stop, {}, [](const ProblemFamily&, const KnownPoint& point) {
            return point.how == "lift" ? Outcome::not_minimizer : point.truth;
        });
    EXPECT_GT(lame.total().wrong, 0);
    EXPECT_GT(lame.total().right, 0);
}

/// Within the accuracy of 1e-40 a candidate stands for the stationary point next to it: the way there
/// leads over enclosures, which must not contradict the exact answer.
TEST(Decisions, HoldForCandidatesThatAreRoundedToFortyDigits) {
    for_all_planted(4, [](const Planted& planted, PlantedKind kind, Exponent) {
        if (!is_regular(kind)) return;
        const Rational size = power_of_ten(44);
        EXPECT_EQ(base_answer(planted, moved(planted.base_point, size)), planted.truth);
        EXPECT_EQ(surrogate_answer(planted, moved(planted.preimages.front().point, size)), planted.truth);
    });
}

TEST(Decisions, RefuseCandidatesThatAreOnlyNear) {
    long moved_points = 0;
    for_all_planted(4, [&](const Planted& planted, PlantedKind, Exponent) {
        const Vector<Rational> theta = moved(planted.base_point, power_of_ten(10));
        const Vector<Rational> xi = moved(planted.preimages.front().point, power_of_ten(10));
        if (theta == planted.base_point || xi == planted.preimages.front().point) return;
        const ProblemFamily family(planted.instance);
        const AnyBase<Rational> P = family.over<Rational>().base;
        if (planted.truth == Outcome::minimizer) {
            // On a flat set of minimizers the neighbour is one, too.
            const Vector<Rational> slope = P.loss().gradient(theta);
            if (slope == P.loss().gradient(planted.base_point)) return;
        }
        ++moved_points;
        EXPECT_NE(base_answer(planted, theta), Outcome::minimizer);
        EXPECT_NE(surrogate_answer(planted, xi), Outcome::minimizer);
    });
    EXPECT_GT(moved_points, 100);
}

// The delicate cases, by hand: L = ½aβ² − bβ in one coordinate.

Planted scalar(const char* transfer, Exponent depth, const Rational& a, const Rational& b,
               const Rational& lambda, const Rational& theta) {
    Planted out;
    out.instance.transfer = {.name = transfer, .depth = depth, .base_size = 1};
    if (transfer_traits(transfer).grouped) out.instance.transfer.groups = {{0}};
    out.instance.lambda = lambda;
    out.instance.loss.kind = "quadratic";
    out.instance.loss.A = Matrix<Rational>::Constant(1, 1, a);
    out.instance.loss.b = Vector<Rational>::Constant(1, b);
    out.base_point = Vector<Rational>::Constant(1, theta);
    const Problem<Rational> problem = ProblemFamily(out.instance).over<Rational>();
    out.preimages.push_back({problem.surrogate.transfer().lift(out.base_point), {}, "lift"});
    return out;
}

TEST(DelicateCases, ZeroIsAlwaysALocalMinimizerForQBelowOne) {
    for (const TransferTraits& transfer : transfer_catalogue()) {
        if (!transfer.takes_depth(3)) continue;
        const Planted at_zero = scalar(transfer.name.c_str(), 3, -5, 100, Rational(1, 100), 0);
        EXPECT_EQ(base_answer(at_zero, at_zero.base_point), Outcome::minimizer);
        EXPECT_EQ(surrogate_answer(at_zero, at_zero.preimages.front().point), Outcome::minimizer)
            << transfer.name;
    }
}

TEST(DelicateCases, TheOriginAtDepthTwoIsASaddleExactlyWhenTheSlopeExceedsLambda) {
    for (const TransferTraits& transfer : transfer_catalogue()) {
        if (!transfer.takes_depth(2)) continue;
        const auto answers_at = [&](const Rational& slope, Outcome truth) {
            const Planted at_zero = scalar(transfer.name.c_str(), 2, 1, slope, 1, 0);
            EXPECT_EQ(base_answer(at_zero, at_zero.base_point), truth) << transfer.name;
            EXPECT_EQ(surrogate_answer(at_zero, at_zero.preimages.front().point), truth) << transfer.name;
        };
        const Rational hair = power_of_ten(60);
        answers_at(Rational(1) - hair, Outcome::minimizer);
        answers_at(Rational(1), Outcome::minimizer);  // |g| = λ, decided by convexity
        answers_at(Rational(1) + hair, Outcome::not_minimizer);
        answers_at(Rational(-1) - hair, Outcome::not_minimizer);
    }
}

TEST(DelicateCases, TheBorderWithoutConvexityStaysOpen) {
    // L = −½β² + β at λ = 1: g(0) = 1 = λ, and P(β) = −½β² + 2β or −½β² decreases for β < 0. First and
    // second order of P on its support, which is empty, do not see it.
    const Planted at_zero = scalar("hadamard_product", 2, -1, -1, 1, 0);
    EXPECT_NE(base_answer(at_zero, at_zero.base_point), Outcome::minimizer);
    EXPECT_NE(surrogate_answer(at_zero, at_zero.preimages.front().point), Outcome::minimizer);
}

TEST(DelicateCases, TheKinkOfHuberIsNotDecidedByACurvatureOfOneSide) {
    // h(β − 9) with δ = 1 + 3|β|^{2/3}: at β = 8 the residual is −1, on the border, and g = −1 =
    // −λ(2/3) 8^{−1/3}. The penalty bends by −1/24, the loss by 1 for β > 8 and by 0 for β < 8.
    Instance instance;
    instance.transfer = {.name = "hadamard_product", .depth = 3, .base_size = 1};
    instance.loss.kind = "huber";
    instance.loss.delta = Rational(1);
    instance.loss.X = Matrix<Rational>::Constant(1, 1, Rational(1));
    instance.loss.y = Vector<Rational>::Constant(1, Rational(9));
    instance.lambda = 3;
    const ProblemFamily family(instance);
    const Vector<Rational> theta = Vector<Rational>::Constant(1, Rational(8));
    EXPECT_EQ(minima::decide_base(family, theta).decision.outcome, Outcome::undecided);
    const Vector<Rational> lift = Vector<Rational>::Constant(3, Rational(2));
    EXPECT_EQ(minima::decide_surrogate(family, lift).decision.outcome, Outcome::undecided);
}

TEST(DelicateCases, DuplicatedColumnsHaveAFlatSetOfMinimizers) {
    // ½(β_1 + β_2 − 2)² + |β_1| + |β_2|: every β ≥ 0 with β_1 + β_2 = 1 is a minimizer.
    Instance instance;
    instance.transfer = {.name = "hadamard_product", .depth = 2, .base_size = 2};
    instance.lambda = 1;
    instance.loss.kind = "least_squares";
    instance.loss.X = Matrix<Rational>::Constant(1, 2, Rational(1));
    instance.loss.y = Vector<Rational>::Constant(1, Rational(2));
    const ProblemFamily family(instance);
    Vector<Rational> theta(2), lift(4);
    theta << Rational(16, 25), Rational(9, 25);
    lift << Rational(4, 5), Rational(-3, 5), Rational(4, 5), Rational(-3, 5);
    const minima::Decision base = minima::decide_base(family, theta).decision;
    EXPECT_EQ(base.outcome, Outcome::minimizer);
    EXPECT_FALSE(base.strict);
    EXPECT_EQ(minima::decide_surrogate(family, lift).decision.outcome, Outcome::minimizer);
    theta << Rational(16, 25), Rational(10, 25);
    EXPECT_EQ(minima::decide_base(family, theta).decision.outcome, Outcome::not_minimizer);
}

}  // namespace
}  // namespace hadamard::verify
