/// @file
/// Where the methods start, what they cannot leave, and what is recorded of them on the way: starts,
/// dead units, weight decay, trajectories.

#include "first_order_problems.hpp"
#include "hadamard/objectives/partial.hpp"
#include "hadamard/optimizers/adam.hpp"
#include "hadamard/optimizers/dead_units.hpp"
#include "hadamard/optimizers/initialize.hpp"
#include "hadamard/optimizers/stochastic_gradient.hpp"
#include "hadamard/optimizers/trajectory.hpp"
#include "hadamard/optimizers/weight_decay.hpp"
#include "hadamard/transfers/hadamard_difference.hpp"
#include "hadamard/transfers/hadamard_power.hpp"
#include "hadamard/transfers/low_rank.hpp"
#include "hadamard/transfers/shared_product.hpp"
#include "hadamard/transfers/young_product.hpp"

#include <gtest/gtest.h>

namespace hadamard {
namespace {

using namespace problems;
using optim::dead_units;
using optim::Report;
using optim::Revival;
using optim::revive_dead_units;
using optim::Stop;
using optim::Trajectory;
using optim::weight_decay;
using optim::start::Truncation;
using transfer::GroupProduct;
using transfer::HadamardProduct;
namespace starts = optim::start;
using Sgd = optim::StochasticGradient<double>;

HadamardProduct<double> product(Index d, Exponent depth = 2) {
    return HadamardProduct<double>::from(product_spec(d, depth));
}

GroupProduct<double> grouped(Index d, Exponent depth = 2) {
    return GroupProduct<double>::from(group_spec(d, depth));
}

auto lasso(double lambda = 0.25, Exponent depth = 2) {
    return Surrogate(regression<double>(8, 5), product(5, depth), lambda);
}

// ---- starts ------------------------------------------------------------------------------------

TEST(Balanced, IsOnTheMinimalFibreOfBeta) {
    const Vector<double> beta = vector_of<double>({4.0, -9.0, 0.0});
    const Vector<double> xi = starts::balanced(product(3), beta);
    EXPECT_EQ(product(3).apply(xi), beta);
    EXPECT_TRUE(on_minimal_fibre(product(3), xi));
    const Vector<double> random = starts::balanced(product(200, 3), 2.0, 5);
    const double imbalance = product(200, 3).imbalance(random).cwiseAbs().maxCoeff();
    EXPECT_LE(imbalance, 16 * rounding_unit<double>() * random.cwiseAbs2().maxCoeff());
    const Vector<double> drawn = product(200, 3).apply(random);
    EXPECT_NEAR(drawn.squaredNorm() / 200, 4.0, 5 * 4.0 * std::sqrt(2.0 / 200));
    EXPECT_EQ(random, starts::balanced(product(200, 3), 2.0, 5));
    EXPECT_NE(random, starts::balanced(product(200, 3), 2.0, 6));
}

/// u = ±v stays so to the last bit under a method that treats both alike: β never changes sign.
TEST(Balanced, KeepsTheSignsOfBetaForEver) {
    const auto f = lasso();
    const Vector<double> beta = solution(f);
    const Vector<double> wrong = starts::balanced(f.transfer(), Vector<double>(-beta));
    const auto is_kept = [&](const Report<double>& r) {
        EXPECT_EQ(r.x.head(5).cwiseAbs(), r.x.tail(5).cwiseAbs());
        const Vector<double> reached = f.transfer().apply(r.x);
        for (Index i = 0; i < 5; ++i) EXPECT_LE(reached[i] * beta[i], 0.0);
    };
    Sgd::Settings sgd;
    sgd.learning_rate.rate = 0.02;
    sgd.momentum = 0.9;
    sgd.max_epochs = 300;
    (void)Sgd(sgd).minimize(f, wrong, is_kept);
    optim::Adam<double>::Settings adam;
    adam.max_epochs = 300;
    (void)optim::Adam<double>(adam).minimize(f, wrong, is_kept);
    // Other starts do cross 0.
    sgd.max_epochs = 20'000;
    const Report<double> r = Sgd(sgd).minimize(f, starts::variance_matched(f.transfer(), 1.0, 3));
    EXPECT_LE(distance(f, r.x, beta), 1e-6);
}

/// 5000 products of k factors: their mean square has the standard deviation σ²√(κ − 1)/√5000,
/// κ = (E z⁴/(E z²)²)^k < 3^k.
TEST(VarianceMatched, ProductsHaveTheWantedVariance) {
    const Index d = 5'000;
    for (const int depth : {2, 3, 4})
        for (const Truncation<double>& kept :
             {Truncation<double>{}, Truncation<double>{0.0, 8.0}}) {
            const HadamardProduct<double> transfer = product(d, depth);
            const Vector<double> xi = starts::variance_matched(transfer, 0.5, 17, kept);
            const Vector<double> beta = transfer.apply(xi);
            const double spread = 5 * std::sqrt((std::pow(3.0, depth) - 1) / d);
            EXPECT_NEAR(beta.squaredNorm() / d, 0.25, 0.25 * spread);
            EXPECT_NEAR(beta.sum() / d, 0.0, 5 * 0.5 / std::sqrt(d));
            EXPECT_LT(0.25 * spread, std::abs(xi.squaredNorm() / (depth * d) - 0.25));  // mutant
        }
    const Vector<double> beta =
        grouped(d, 3).apply(starts::variance_matched(grouped(d, 3), 2.0, 4));
    EXPECT_NEAR(beta.squaredNorm() / d, 4.0, 4.0 * 5 * std::sqrt(26.0 / (d / 2)));
}

TEST(VarianceMatched, FactorsKeepTheirDistanceFromZeroAndInfinity) {
    const Truncation<double> kept{0.5, 1.5};
    const Vector<double> xi = starts::variance_matched(product(1000, 3), 8.0, 2, kept);
    const double unit = 2.0 / std::sqrt(static_cast<double>(kept.second_moment()));
    EXPECT_LE(0.5 * unit * (1 - 1e-15), xi.cwiseAbs().minCoeff());
    EXPECT_LE(xi.cwiseAbs().maxCoeff(), 1.5 * unit * (1 + 1e-15));
    EXPECT_LT(xi.minCoeff(), 0.0);
    EXPECT_LT(0.0, xi.maxCoeff());
}

/// Against E z² = 1 of all draws, the closed value on [0, 1], 1 − 2φ(1)/erf(1/√2), and the bounds.
TEST(VarianceMatched, SecondMomentsAreThoseOfTruncatedNormals) {
    const Truncation<double> all{0.0, 40.0}, inner{0.0, 1.0}, ring{1.0, 1.25};
    EXPECT_NEAR(static_cast<double>(all.second_moment()), 1.0, 1e-15);
    EXPECT_NEAR(static_cast<double>(all.mass()), 1.0, 1e-15);
    EXPECT_NEAR(static_cast<double>(inner.second_moment()), 0.29112509477279, 1e-13);
    EXPECT_NEAR(static_cast<double>(inner.mass()), 0.68268949213709, 1e-13);
    EXPECT_LT(1.0, static_cast<double>(ring.second_moment()));
    EXPECT_LT(static_cast<double>(ring.second_moment()), 1.25 * 1.25);
}

TEST(VarianceMatched, RejectsWhatIsNoProductAndBadSettings) {
    const auto matched = [](const auto& transfer) {
        return starts::variance_matched(transfer, 1.0, 1);
    };
    EXPECT_THROW(matched(transfer::HadamardDifference<double>::from({"hadamard_difference", 2, 3})),
                 PreconditionError);
    EXPECT_THROW(matched(transfer::HadamardPower<double>::from({"hadamard_power", 2, 3})),
                 PreconditionError);
    EXPECT_THROW(matched(transfer::SharedProduct<double>::from({"shared_product", 2, 3})),
                 PreconditionError);
    TransferSpec spec{"low_rank", 2, 6};
    spec.rows = 2;
    spec.width = 2;  // a sum of two products
    EXPECT_THROW(matched(transfer::LowRank<double>::from(spec)), PreconditionError);
    const auto with = [](double low, double high) {
        return starts::variance_matched(product(2), 1.0, 1, {low, high});
    };
    EXPECT_THROW(with(-1, 1), PreconditionError);
    EXPECT_THROW(with(1, 1), PreconditionError);
    EXPECT_THROW(with(1, std::numeric_limits<double>::infinity()), PreconditionError);
    EXPECT_THROW(with(8, 9), PreconditionError);  // hardly any draw
    EXPECT_THROW((void)starts::variance_matched(product(2), 0.0, 1), PreconditionError);
}

/// Pinned: the engine is the standard's, and log and √ are rounded correctly.
TEST(Starts, AreTheSameOnEveryMachine) {
    const Vector<double> xi = starts::small(product(1), 1.0, 1);
    EXPECT_EQ(xi[0], -0.039399956754155266);
    EXPECT_EQ(xi[1], -0.24894784633514502);
}

TEST(Starts, SmallOnesAreSmallAndPsiIsZero) {
    const Partial<HadamardProduct<double>> partial(product(2), {1});  // ξ = (ψ; u; v)
    EXPECT_EQ(starts::small(partial, 0.125), vector_of<double>({0, 0.125, 0.125, 0.125, 0.125}));
    EXPECT_EQ(starts::small(partial, 0.125, 3)[0], 0.0);
    EXPECT_EQ(starts::variance_matched(partial, 1.0, 3)[0], 0.0);
    EXPECT_EQ(starts::balanced(partial, 1.0, 3)[0], 0.0);
    const Vector<double> many = starts::small(product(5000), 0.125, 3);
    EXPECT_NEAR(many.squaredNorm() / 10'000, 1.0 / 64, 5 * std::sqrt(2.0 / 10'000) / 64);
    EXPECT_EQ(starts::small(
                  transfer::HadamardDifference<double>::from({"hadamard_difference", 2, 2}), 0.5),
              vector_of<double>({0.5, 0.5, 0.5, 0.5}));
    EXPECT_THROW((void)starts::small(partial, 0.0), PreconditionError);
    EXPECT_THROW((void)starts::small(partial, -1.0, 3), PreconditionError);
    EXPECT_THROW((void)starts::balanced(partial, 0.0, 3), PreconditionError);
}

// ---- dead units --------------------------------------------------------------------------------

/// L = ½‖β − c‖² · (2/2): a regression on the identity, n = d, so that g = (β − c)/d.
Surrogate<loss::LeastSquares<double>, HadamardProduct<double>> separable(const Vector<double>& c,
                                                                         double lambda,
                                                                         Exponent depth = 2) {
    const Index d = c.size();
    return Surrogate(loss::LeastSquares<double>(Matrix<double>::Identity(d, d), c),
                     product(d, depth), lambda);
}

TEST(DeadUnits, AreThoseWithAllFactorsZero) {
    const Vector<double> xi = vector_of<double>({0, 0, 1, 1e-9, 0, 2, 0, -1e-9});
    EXPECT_EQ(dead_units(product(4), xi), (IndexList{0}));
    EXPECT_EQ(dead_units(product(4), xi, 1e-9), (IndexList{0, 3}));
    EXPECT_EQ(dead_units(product(4), xi, 5.0), (IndexList{0, 1, 2, 3}));
    const Vector<double> groups = vector_of<double>({0, 0, 0, 0, 1});  // u; ν
    EXPECT_EQ(dead_units(grouped(3), groups), (IndexList{0}));
    EXPECT_THROW((void)dead_units(product(4), xi, -1.0), PreconditionError);
    EXPECT_THROW((void)dead_units(product(3), xi), PreconditionError);
}

TEST(DeadUnits, AbsorbGradientMethods) {
    const auto f = lasso();
    Vector<double> x0 = starts::variance_matched(f.transfer(), 1.0, 3);
    x0[1] = x0[6] = 0;  // the unit with the largest solution
    Sgd::Settings sgd;
    sgd.learning_rate.rate = 0.02;
    sgd.momentum = 0.9;
    sgd.batch = 3;
    sgd.max_epochs = 50;
    EXPECT_EQ(dead_units(f.transfer(), Sgd(sgd).minimize(Sampled(f), x0).x), (IndexList{1}));
    optim::Adam<double>::Settings adam;
    adam.max_epochs = 50;
    EXPECT_EQ(dead_units(f.transfer(), optim::Adam<double>(adam).minimize(f, x0).x),
              (IndexList{1}));
}

/// At depth 2 exactly those with |g_i| > λ, whatever the step: here 4|g| = 4, 3, 2, 8 against 3.
TEST(DeadUnits, ComeBackAtDepthTwoIffTheSlopeBeatsLambda) {
    const auto f = separable(vector_of<double>({4.0, 3.0, -2.0, -8.0}), 0.75);
    const Vector<double> zero = Vector<double>::Zero(8);
    for (const double step : {1e-3, 0.5, 4.0}) {
        const Revival<double> back = revive_dead_units(f, zero, step);
        EXPECT_EQ(back.units, (IndexList{0, 3}));
        EXPECT_TRUE(on_minimal_fibre(f.transfer(), back.xi));
        EXPECT_LT(f.value(back.xi), f.value(zero));
        const Vector<double> beta = f.transfer().apply(back.xi);
        EXPECT_NEAR(beta[0], step * 0.25, 1e-14);  // t(|g| − λ)
        EXPECT_NEAR(beta[3], step * -1.25, 1e-14);
    }
    // Living units stay as they are, however much a prox step would move them.
    Vector<double> alive = zero;
    alive[0] = 0.5;
    const Revival<double> back = revive_dead_units(f, alive, 0.5);
    EXPECT_EQ(back.units, (IndexList{3}));
    EXPECT_EQ(back.xi[0], 0.5);
    EXPECT_EQ(back.xi[4], 0.0);
    EXPECT_THROW((void)revive_dead_units(f, zero, 0.0), PreconditionError);
}

TEST(DeadUnits, GroupsComeBackByTheirNorm) {
    // g = −(3, 4, 4)/3: norms 5/3 and 4/3 against λ = 3/2.
    const Surrogate f(loss::LeastSquares<double>(Matrix<double>::Identity(3, 3),
                                                 vector_of<double>({3.0, 4.0, 4.0})),
                      grouped(3), 1.5);
    const Vector<double> zero = Vector<double>::Zero(5);
    const Revival<double> back = revive_dead_units(f, zero, 1.0);
    EXPECT_EQ(back.units, (IndexList{0}));
    EXPECT_LT(f.value(back.xi), f.value(zero));
    const Vector<double> beta = f.transfer().apply(back.xi);
    EXPECT_NEAR(beta[0] / beta[1], 0.75, 1e-14);
    EXPECT_NEAR(std::hypot(beta[0], beta[1]), 5.0 / 3 - 1.5, 1e-14);
}

/// At depth 3 zero is a local minimizer; only a step long enough jumps off it, and then Q falls if
/// the step is no longer than 1/‖∇²L‖ = 2.
TEST(DeadUnits, AreAChoiceAtDepthThree) {
    const auto f = separable(vector_of<double>({4.0, 0.5}), 0.25, 3);
    const Vector<double> zero = Vector<double>::Zero(6);
    EXPECT_TRUE(revive_dead_units(f, zero, 0.001).units.empty());
    const Revival<double> back = revive_dead_units(f, zero, 2.0);
    EXPECT_EQ(back.units, (IndexList{0}));
    EXPECT_LT(f.value(back.xi), f.value(zero));
}

/// Revival is what lets SGD go on to the solution.
TEST(DeadUnits, RevivedTheyReachTheSolution) {
    const auto f = lasso();
    Vector<double> x0 = starts::variance_matched(f.transfer(), 1.0, 3);
    x0[1] = x0[6] = 0;
    Sgd::Settings sgd;
    sgd.learning_rate.rate = 0.02;
    sgd.momentum = 0.9;
    const Report<double> stuck = Sgd(sgd).minimize(f, x0);
    EXPECT_EQ(stuck.stop, Stop::converged);
    EXPECT_LT(0.1, distance(f, stuck.x, solution(f)));
    const Revival<double> back = revive_dead_units(f, stuck.x, 0.01);
    EXPECT_EQ(back.units, (IndexList{1}));
    const Report<double> free = Sgd(sgd).minimize(f, back.xi);
    EXPECT_LT(free.value, stuck.value);
}

// ---- weight decay ------------------------------------------------------------------------------

TEST(WeightDecay, IsTheTableOfItsDocumentation) {
    EXPECT_EQ(weight_decay(product(1), 3.0), vector_of<double>({3, 3}));
    EXPECT_EQ(weight_decay(product(1, 3), 3.0), vector_of<double>({2, 2, 2}));
    EXPECT_EQ(weight_decay(grouped(2), 3.0), vector_of<double>({3, 3, 3}));
    EXPECT_EQ(weight_decay(
                  transfer::HadamardDifference<double>::from({"hadamard_difference", 4, 1}), 3.0),
              vector_of<double>({6, 6}));
    EXPECT_EQ(weight_decay(transfer::SharedProduct<double>::from({"shared_product", 3, 1}), 3.0),
              vector_of<double>({2, 4}));
    EXPECT_EQ(weight_decay(Partial<HadamardProduct<double>>(product(1), {0}), 3.0),
              vector_of<double>({0, 3, 3}));
    TransferSpec young{"young_product", 2, 1};
    young.exponents = {3, {3, 2}};
    EXPECT_THROW((void)weight_decay(transfer::YoungProduct<double>::from(young), 3.0),
                 PreconditionError);
    EXPECT_THROW((void)weight_decay(product(1), -1.0), PreconditionError);
}

/// Gradients of L∘K with weight decay are those of Q.
TEST(WeightDecay, MakesTheGradientOfQ) {
    const auto f = lasso(0.25, 3);
    const Vector<double> xi = starts::small(f.transfer(), 1.0, 2);
    Vector<double> decayed = f.transfer().pullback(xi, f.loss().gradient(f.transfer().apply(xi)));
    decayed += weight_decay(f.transfer(), 0.25).cwiseProduct(xi);
    EXPECT_LE(Vector<double>(decayed - f.gradient(xi)).norm(),
              16 * rounding_unit<double>() * decayed.norm());
}

// ---- trajectories ------------------------------------------------------------------------------

TEST(Trajectory, MeasuresWhatItSays) {
    const auto f = lasso();
    const Vector<double> beta = solution(f);
    Trajectory trajectory(f, {.every = 1, .step = 0.125, .reference = beta});
    Sgd::Settings sgd;
    sgd.learning_rate.rate = 0.02;
    sgd.momentum = 0.9;
    std::vector<Vector<double>> seen;
    const Report<double> last = trajectory.finish(Sgd(sgd).minimize(
        f, starts::variance_matched(f.transfer(), 1.0, 3), [&](const Report<double>& r) {
            seen.push_back(r.x);
            trajectory(r);
        }));
    ASSERT_EQ(trajectory.measurements().size(), seen.size());
    const auto induced = f.transfer().induced();
    const Base base(f.loss(), induced, f.lambda());
    double clock = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const optim::Measurement<double>& m = trajectory.measurements()[i];
        const Vector<double> here = f.transfer().apply(seen[i]);
        EXPECT_EQ(m.iteration, static_cast<Index>(i));
        EXPECT_EQ(m.surrogate_value, f.value(seen[i]));
        EXPECT_EQ(m.base_value, base.value(here));
        EXPECT_EQ(m.imbalance, f.transfer().imbalance(seen[i]).cwiseAbs().maxCoeff());
        EXPECT_EQ(m.misalignment, f.transfer().penalty(seen[i]) - induced.value(here));
        EXPECT_NEAR(f.lambda() * m.misalignment, m.surrogate_value - m.base_value,
                    8 * rounding_unit<double>() * m.surrogate_value);
        EXPECT_EQ(*m.prox_residual,
                  prox_residual(induced, here, f.loss().gradient(here), f.lambda(), 0.125));
        EXPECT_EQ(*m.distance, Vector<double>(here - beta).norm());
        EXPECT_LE(clock, m.seconds);  // measuring is taken off, and nothing more
        clock = m.seconds;
    }
    EXPECT_LT(1e-3, trajectory.measurements().front().imbalance);
    EXPECT_LE(trajectory.measurements().back().imbalance, 1e-6);
    EXPECT_LE(*trajectory.measurements().back().distance, 1e-6);
    EXPECT_LE(*trajectory.measurements().back().prox_residual, 1e-6);
    EXPECT_LE(clock, last.seconds);
}

TEST(Trajectory, MeasuresEveryMthReportAndTheEnd) {
    const auto f = lasso();
    const Vector<double> x0 = starts::small(f.transfer(), 1.0, 3);
    Sgd::Settings sgd;
    sgd.max_epochs = 10;
    const auto iterations = [&](Index every) {
        Trajectory trajectory(f, {.every = every});
        const Report<double> last = trajectory.finish(Sgd(sgd).minimize(f, x0, trajectory));
        EXPECT_EQ(last.iterations, 10);
        EXPECT_FALSE(trajectory.measurements().back().distance.has_value());
        IndexList out;
        for (const auto& m : trajectory.measurements()) out.push_back(m.iteration);
        return out;
    };
    EXPECT_EQ(iterations(4), (IndexList{0, 4, 8, 10}));
    EXPECT_EQ(iterations(5), (IndexList{0, 5, 10}));
    EXPECT_EQ(iterations(100), (IndexList{0, 10}));
}

TEST(Trajectory, RejectsBadSettings) {
    const auto f = lasso();
    EXPECT_THROW(Trajectory(f, {.every = 0}), PreconditionError);
    EXPECT_THROW(Trajectory(f, {.step = 0.0}), PreconditionError);
    EXPECT_THROW(Trajectory(f, {.reference = Vector<double>::Zero(4)}), PreconditionError);
}

}  // namespace
}  // namespace hadamard
