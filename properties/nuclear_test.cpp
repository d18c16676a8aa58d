/// @file
/// The nuclear norm: exact values, prox and subdifferential on planted matrices, the verdicts on P and Q
/// that rest on them, and the duality gap. Every law also has to reject a false variant.

#include "generators/scalars.hpp"
#include "generators/transfer_points.hpp"
#include "hadamard/catalogue/problem.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/minima/decide.hpp"
#include "hadamard/minima/duality_gap.hpp"
#include "hadamard/minima/judge.hpp"
#include "hadamard/penalties/nuclear.hpp"
#include "hadamard/transfers/low_rank.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <vector>

namespace hadamard {
namespace {

using minima::Outcome;
using penalty::Nuclear;
using R50 = Real<50>;

/// B = Σ σ_i a_i c_iᵀ with rational orthonormal (a_i), (c_i), and Y = Σ y_i a_i c_iᵀ.
struct Planted {
    Index rows = 0, cols = 0;
    Vector<Rational> sigma;
    Matrix<Rational> A, C;

    Vector<Rational> with(const Vector<Rational>& values) const {
        Matrix<Rational> out = Matrix<Rational>::Zero(rows, cols);
        for (Index i = 0; i < values.size(); ++i) {
            const Vector<Rational> left = A.col(i) * values[i], right = C.col(i);
            out += left * right.transpose();
        }
        return out.reshaped();
    }
    Vector<Rational> B() const { return with(sigma); }
};

/// Squares, often 0, often equal.
Planted draw_planted(Index rows, Index cols) {
    Planted out{rows, cols, Vector<Rational>(std::min(rows, cols)), gen::draw_reflection(rows),
                gen::draw_reflection(cols)};
    for (Index i = 0; i < out.sigma.size(); ++i) {
        const int s = *rc::gen::inRange(0, 4).as("root of sigma");
        out.sigma[i] = Rational(s * s);
    }
    return out;
}

Planted draw_planted(const Nuclear<Rational>& R) { return draw_planted(R.rows(), R.cols()); }

template <class Law>
void on_every_shape(const char* name, Law law) {
    for (const Nuclear<Rational>& R : Nuclear<Rational>::examples())
        EXPECT_TRUE(rc::check(name, [&] { law(R, draw_planted(R)); }));
}

TEST(NuclearNorm, IsTheSumOfTheSingularValuesOverEveryScalar) {
    on_every_shape("R = w sum sigma", [](const Nuclear<Rational>& R, const Planted& planted) {
        const Rational truth = R.weight() * planted.sigma.sum();
        const Vector<Rational> beta = planted.B();
        RC_ASSERT(R.value(beta) == truth);
        const Nuclear<R50> rounded(R.rows(), R.cols(), from_rational<R50>(R.weight()));
        const R50 error = rounded.value(from_rational<R50>(beta)) - from_rational<R50>(truth);
        RC_ASSERT(magnitude(error) <= R50("1e-46"));  // values below 100, sums of 9 terms
        const PrecisionScope scope(PrecisionScope::bits_for(50));
        const Nuclear<Interval> enclosing(R.rows(), R.cols(), from_rational<Interval>(R.weight()));
        const Interval enclosed = enclosing.value(from_rational<Interval>(beta));
        RC_ASSERT(enclosed.contains(truth));
        // Multiple eigenvalues of BBᵀ are not always enclosed apart: then ‖B‖_F and √n ‖B‖_F are all.
        const std::set<Rational> distinct(planted.sigma.begin(), planted.sigma.end());
        if (static_cast<Index>(distinct.size()) < planted.sigma.size()) return;
        RC_ASSERT(!enclosed.contains(Rational(truth + Rational(1, 1000))));
    });
    const Nuclear<Rational> square(2, 2);
    Vector<Rational> irrational(4);
    irrational << 1, 1, 1, 0;  // (σ_1 + σ_2)² = 3 + 2
    EXPECT_THROW((void)square.value(irrational), NotRepresentable);
}

TEST(NuclearNorm, ProxIsSoftThresholdingOfTheSingularValues) {
    on_every_shape("prox", [](const Nuclear<Rational>& R, const Planted& planted) {
        const Rational step = gen::draw("step", gen::positive_rational<Rational>());
        const Rational level = step * R.weight();
        Vector<Rational> shrunk = planted.sigma;
        for (Rational& sigma : shrunk) sigma = sigma > level ? Rational(sigma - level) : Rational(0);
        const Vector<Rational> x = planted.B(), z = R.prox(x, step);
        RC_ASSERT(z == planted.with(shrunk));
        RC_ASSERT(R.stationarity(z, Vector<Rational>(z - x), step) == 0);
        const Nuclear<R50> rounded(R.rows(), R.cols(), from_rational<R50>(R.weight()));
        const Vector<R50> error = rounded.prox(from_rational<R50>(x), from_rational<R50>(step)) -
                                  from_rational<R50>(z);
        RC_ASSERT(error.norm() <= R50("1e-46"));
    });
}

TEST(NuclearNorm, SubgradientsAreThePolarFactorAndAContractionOffTheRange) {
    for (const auto& [rows, cols] : {std::pair<Index, Index>(2, 2), {2, 3}, {3, 2}, {3, 3}})
        EXPECT_TRUE(rc::check("Y in the subdifferential iff y = 1 on the support, |y| <= 1", [&] {
            const Planted planted = draw_planted(rows, cols);
            Vector<Rational> y(planted.sigma.size());
            bool expected = true;
            for (Index i = 0; i < y.size(); ++i) {
                y[i] = Rational(*rc::gen::inRange(-5, 6).as("4y"), 4);
                if (planted.sigma[i] != 0 && *rc::gen::inRange(0, 4).as("keep") != 0) y[i] = 1;
                expected = expected &&
                           (planted.sigma[i] != 0 ? y[i] == 1 : magnitude(y[i]) <= Rational(1));
            }
            const Nuclear<Rational> R(rows, cols);
            const Matrix<Rational> Y = R.matrix(planted.with(y)), B = R.matrix(planted.B());
            RC_ASSERT(penalty::detail::is_subgradient(Y, B) == expected);
            // dist(Y, ∂R) = ‖(y − 1 on the support; (|y| − 1)₊ off it)‖.
            Rational squares(0);
            for (Index i = 0; i < y.size(); ++i) {
                Rational off = planted.sigma[i] != 0 ? Rational(y[i] - 1)
                                                     : Rational(magnitude(y[i]) - 1);
                if (planted.sigma[i] == 0 && off < 0) off = 0;
                squares += off * off;
            }
            const Nuclear<R50> rounded(rows, cols);
            const Vector<R50> g = -from_rational<R50>(planted.with(y));
            const R50 found = rounded.stationarity(from_rational<R50>(planted.B()), g, R50(1));
            RC_ASSERT(magnitude(R50(found * found - from_rational<R50>(squares))) <= R50("1e-44"));
        }));
}

/// R(x + tv) = R + t⟨∇R, v⟩ + ½t²⟨∇²R v, v⟩ + O(t³) at matrices of full rank.
TEST(NuclearNorm, DerivativesModelItToThirdOrderAtFullRank) {
    for (const Nuclear<R50>& R : Nuclear<R50>::examples())
        EXPECT_TRUE(rc::check("Taylor", [&R] {
            Vector<Rational> point = gen::draw("x", gen::vector<Rational>(
                                                        R.size(), gen::rational<Rational>()));
            for (Index i = 0; i < std::min(R.rows(), R.cols()); ++i)
                point[i * R.rows() + i] += 20;  // diagonally dominant on a square part
            const Vector<R50> x = from_rational<R50>(point);
            const Vector<R50> v = gen::draw("v", gen::vector<R50>(R.size(), gen::rational<R50>()));
            const R50 slope = R.gradient(x).dot(v), bend = v.dot(Vector<R50>(R.hessian(x) * v));
            const auto error = [&](const R50& t, const R50& b) -> R50 {
                const R50 model = R.value(x) + t * slope + t * t * b / R50(2);
                return magnitude(R50(R.value(Vector<R50>(x + t * v)) - model));
            };
            // A third of the step: 27 times less, but for the fourth order.
            const R50 t("1e-8"), third = t / R50(3);
            RC_ASSERT(error(third, bend) * R50(20) <= error(t, bend) + R50("1e-40"));
            if (R50("0.1") < bend)
                RC_ASSERT(R50("1e-40") < error(t, R50(bend / R50(2))));
        }));
}

/// L = ½‖B − T‖² with G = B − T = −λw Y.
struct PlantedProblem {
    ProblemFamily family;
    Vector<Rational> beta, xi;
};

PlantedProblem problem_of(const Planted& planted, const Vector<Rational>& y, const Rational& lambda,
                          Index width) {
    Instance instance;
    const Index d = planted.rows * planted.cols;
    instance.transfer = {.name = "low_rank", .base_size = d, .weights = {Rational(2)},
                         .rows = planted.rows, .width = width};
    instance.lambda = lambda;
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Identity(d, d);
    instance.loss.b = planted.B() + Rational(2 * lambda) * planted.with(y);
    const ProblemFamily family(instance);
    return {family, planted.B(),
            family.over<Rational>().surrogate.transfer().lift(planted.B())};
}

TEST(NuclearDecisions, AreThoseOfThePlantedSubgradient) {
    for (const auto& [rows, cols] : {std::pair<Index, Index>(2, 2), {2, 3}, {3, 2}})
        EXPECT_TRUE(rc::check("minimizer iff |y| <= 1 off the support", [&] {
            const Planted planted = draw_planted(rows, cols);
            Vector<Rational> y(planted.sigma.size());
            bool minimizer = true;
            for (Index i = 0; i < y.size(); ++i) {
                y[i] = planted.sigma[i] != 0 ? Rational(1)
                                             : Rational(*rc::gen::inRange(-6, 7).as("4y"), 4);
                minimizer = minimizer && magnitude(y[i]) <= Rational(1);
            }
            const Rational lambda = gen::draw("lambda", gen::positive_rational<Rational>());
            const Index spare = *rc::gen::inRange<Index>(0, 2).as("spare width");
            const PlantedProblem p =
                problem_of(planted, y, lambda, std::min(rows, cols) + spare);
            const Outcome truth = minimizer ? Outcome::minimizer : Outcome::not_minimizer;
            RC_ASSERT(minima::decide_base(p.family, p.beta).decision.outcome == truth);
            RC_ASSERT(minima::decide_surrogate(p.family, p.xi).decision.outcome == truth);
            // Half of the factors is no stationary point, unless it is all 0.
            const Vector<Rational> off = p.xi / Rational(2), image = p.beta / Rational(4);
            if (off.isZero()) return;
            RC_ASSERT(minima::decide_base(p.family, image).decision.outcome ==
                      Outcome::not_minimizer);
            RC_ASSERT(minima::decide_surrogate(p.family, off).decision.outcome ==
                      Outcome::not_minimizer);
        }));
}

/// An irrational minimizer: the prox of a target, known to 200 digits, within the accuracy of 1e−40.
TEST(NuclearDecisions, ReachIrrationalMinimizersByEnclosures) {
    Vector<Rational> target(6);
    target << 5, 1, -2, 3, 0, 1;
    for (const Rational& lambda : {Rational(1, 3), Rational(3), Rational(9)}) {  // rank 2, 1, 0
        Instance instance;
        instance.transfer = {.name = "low_rank", .base_size = 6, .rows = 2, .width = 3};
        instance.lambda = lambda;
        instance.loss.kind = "quadratic";
        instance.loss.A = Matrix<Rational>::Identity(6, 6);
        instance.loss.b = target;
        const ProblemFamily family(instance);
        using T = Real<200>;
        const Vector<T> z = Nuclear<T>(2, 3).prox(from_rational<T>(target),
                                                  from_rational<T>(lambda));
        const Vector<Rational> beta = to_rational(z);
        const minima::DecidedPoint base = minima::decide_base(family, beta);
        EXPECT_EQ(base.decision.outcome, Outcome::minimizer) << base.decision.reason;
        EXPECT_TRUE(base.decision.strict);
        const Vector<Rational> xi =
            to_rational(family.over<T>().surrogate.transfer().lift(z));
        const minima::DecidedPoint lifted = minima::decide_surrogate(family, xi);
        EXPECT_EQ(lifted.decision.outcome, Outcome::minimizer) << lifted.decision.reason;
        // Any other point of the orbit as well: (UO, VO) with the rotation of (3/5, 4/5).
        const transfer::LowRank<Rational> shape(2, 3, 3, Rational(1));
        Matrix<Rational> turn = Matrix<Rational>::Identity(3, 3);
        turn.topLeftCorner(2, 2) << Rational(3, 5), Rational(4, 5), Rational(-4, 5), Rational(3, 5);
        const Matrix<Rational> U = shape.left(xi) * turn, V = shape.right(xi) * turn;
        Vector<Rational> turned(15);
        turned << U.reshaped(), V.reshaped();
        EXPECT_EQ(minima::decide_surrogate(family, turned).decision.outcome, Outcome::minimizer);
        // Mutants: a point that is off by 1e−20, and another λ.
        Vector<Rational> off = beta;
        off[1] += Rational(1, Integer("100000000000000000000"));
        EXPECT_NE(minima::decide_base(family, off).decision.outcome, Outcome::minimizer);
        Instance other = instance;
        other.lambda = lambda / 2;
        EXPECT_EQ(minima::decide_base(ProblemFamily(other), beta).decision.outcome,
                  Outcome::not_minimizer);
    }
}

/// B = diag(1, 0), −G/λ = diag(1, y), ∇²L = diag(a) on (B_11, B_21, B_12, B_22). Along B_11 the norm is linear; with
/// t = B_22, σ_2 = |t − B_12 B_21| + …, so that P of second order on (B_21, B_12) is ½ hᵀ[[a_21 + 1, −y], [−y,
/// a_12 + 1]]h, and B_22 counts at first order where |y| < 1.
TEST(NuclearDecisions, SecondOrderWhereTheLossIsNotConvex) {
    struct Case {
        std::vector<Rational> a;
        Rational y;
        Outcome exactly, through_q;
    };
    const std::vector<Case> cases = {
        {{1, 1, 1, -5}, Rational(1, 2), Outcome::minimizer, Outcome::minimizer},
        {{-1, 1, 1, 1}, Rational(1, 2), Outcome::not_minimizer, Outcome::not_minimizer},
        {{1, Rational(-1, 4), 1, 1}, Rational(1, 2), Outcome::undecided, Outcome::minimizer},
        {{1, -3, 1, 1}, Rational(1, 2), Outcome::undecided, Outcome::not_minimizer},
        {{1, Rational(-7, 8), 1, 1}, Rational(3, 4), Outcome::undecided, Outcome::not_minimizer},
        {{1, 1, 1, -5}, Rational(1), Outcome::undecided, Outcome::undecided},
        {{1, 1, 1, -5}, Rational(3, 2), Outcome::not_minimizer, Outcome::not_minimizer}};
    for (const Case& one : cases) {
        Instance instance;
        instance.transfer = {.name = "low_rank", .base_size = 4, .rows = 2};
        instance.lambda = 1;
        instance.loss.kind = "quadratic";
        instance.loss.A = Matrix<Rational>::Zero(4, 4);
        for (Index i = 0; i < 4; ++i) instance.loss.A(i, i) = one.a[static_cast<std::size_t>(i)];
        Vector<Rational> theta(4), g(4);
        theta << 1, 0, 0, 0;
        g << -1, 0, 0, -one.y;
        instance.loss.b = instance.loss.A * theta - g;
        const ProblemFamily family(instance);
        EXPECT_EQ(minima::judge_base(family.over<Rational>().base, theta, true).outcome,
                  one.exactly);
        EXPECT_EQ(minima::decide_base(family, theta).decision.outcome, one.through_q);
        minima::DecideSettings independent;
        independent.through_base = false;
        EXPECT_EQ(minima::decide_base(family, theta, independent).decision.outcome, one.exactly);
    }
}

/// ‖G‖_F is no dual of ‖B‖_*: the gap of the minimizer is 0, and that of its neighbour is the difference.
TEST(NuclearGap, VanishesAtTheMinimizerAndBoundsTheRest) {
    LossSpec spec;
    spec.kind = "least_squares";
    spec.X = Matrix<Rational>::Identity(4, 4);
    spec.y.resize(4);
    spec.y << 16, 4, -8, 12;
    const loss::LeastSquares<R50> L = loss::LeastSquares<R50>::from(spec);
    const Nuclear<R50> R(2, 2);
    const R50 lambda(1);  // P = (1/8)‖β − y‖² + λR = (1/4)(½‖β − y‖² + 4λR)
    const Vector<R50> y = from_rational<R50>(spec.y), z = R.prox(y, R50(4));
    const auto value = [&](const Vector<R50>& x) -> R50 { return L.value(x) + lambda * R.value(x); };
    EXPECT_LE(minima::duality_gap(L, R, lambda, z).relative, R50("1e-40"));
    for (const R50& scale : {R50("1.01"), R50("0.9"), R50(0)}) {
        const Vector<R50> x = z * scale;
        EXPECT_GE(minima::duality_gap(L, R, lambda, x).gap, value(x) - value(z));
        EXPECT_GT(minima::duality_gap(L, R, lambda, x).relative, R50("1e-10"));
    }
}

TEST(NuclearPreconditions, AreChecked) {
    EXPECT_THROW(Nuclear<double>(0, 2), PreconditionError);
    EXPECT_THROW(Nuclear<double>(2, 2, 0.0), PreconditionError);
    const Nuclear<double> R(2, 2);
    EXPECT_THROW((void)R.value(Vector<double>::Zero(3)), PreconditionError);
    EXPECT_THROW((void)R.prox(Vector<double>::Zero(4), -1.0), PreconditionError);
    EXPECT_THROW((void)R.embed(5, {0, 1, 2}), PreconditionError);
    const transfer::LowRank<double> narrow(2, 2, 1, 1.0);
    Vector<double> full(4);
    full << 1, 0, 0, 1;
    EXPECT_THROW((void)narrow.lift(full), PreconditionError);
}

}  // namespace
}  // namespace hadamard
