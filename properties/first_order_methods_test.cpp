/// @file
/// SGD and Adam as users run them: the recursions to the bit, batches, schedules, what they report,
/// and that they end where coordinate descent on P does.

#include "first_order_problems.hpp"
#include "generators/scalars.hpp"
#include "hadamard/objectives/partial.hpp"
#include "hadamard/optimizers/adam.hpp"
#include "hadamard/optimizers/gradient_descent.hpp"
#include "hadamard/optimizers/initialize.hpp"
#include "hadamard/optimizers/stochastic_gradient.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace hadamard {
namespace {

using namespace problems;
using optim::Adam;
using optim::Batches;
using optim::Decay;
using optim::LearningRate;
using optim::Report;
using optim::StochasticGradient;
using optim::Stop;
using transfer::GroupProduct;
using transfer::HadamardProduct;
using Sgd = StochasticGradient<double>;

const Vector<double> start = vector_of<double>({3.0, 1.0 / 7.0});

auto lasso(Index rows = 8, Index cols = 5, Exponent depth = 2) {
    return Surrogate(regression<double>(rows, cols),
                     HadamardProduct<double>::from(product_spec(cols, depth)), 0.25);
}

template <class F>
Vector<double> random_start(const F& f) {
    return optim::start::variance_matched(f.transfer(), 1.0, 3);
}

// ---- learning rates ----------------------------------------------------------------------------

TEST(LearningRate, TheCosineGoesFromRateToEndExactly) {
    const LearningRate<double> rate{0.3, Decay::cosine, 0.1, 0};
    EXPECT_EQ(rate.at(0, 100), 0.3);
    EXPECT_EQ(rate.at(100, 100), 0.1);
    EXPECT_NEAR(rate.at(50, 100), 0.2, 4 * rounding_unit<double>());
    EXPECT_NEAR(rate.at(25, 100), 0.2 + 0.1 * std::sqrt(0.5), 4 * rounding_unit<double>());
    for (Index t = 0; t < 100; ++t) EXPECT_LT(rate.at(t + 1, 100), rate.at(t, 100));
    const LearningRate<Real<50>> exact{Real<50>(3), Decay::cosine, Real<50>(1), 0};
    EXPECT_EQ(exact.at(0, 7), Real<50>(3));
    EXPECT_EQ(exact.at(7, 7), Real<50>(1));
}

TEST(LearningRate, WarmsUpLinearlyAndThenStartsToDecay) {
    LearningRate<double> rate{1.0, Decay::cosine, 0.0, 4};
    EXPECT_EQ(rate.at(0, 104), 0.25);
    EXPECT_EQ(rate.at(2, 104), 0.75);
    EXPECT_EQ(rate.at(3, 104), 1.0);
    EXPECT_EQ(rate.at(4, 104), 1.0);
    EXPECT_NEAR(rate.at(54, 104), 0.5, 4 * rounding_unit<double>());
    EXPECT_EQ(rate.at(104, 104), 0.0);
    rate.decay = Decay::constant;
    EXPECT_EQ(rate.at(1, 104), 0.5);
    EXPECT_EQ(rate.at(90, 104), 1.0);
    EXPECT_EQ(rate.at(3, 4), 1.0);  // all steps are warm-up
}

// ---- batches -----------------------------------------------------------------------------------

TEST(Batches, AreAPartitionOfTheRowsInEveryEpoch) {
    EXPECT_TRUE(rc::check("partition", [] {
        const Index rows = *rc::gen::inRange(1, 40);
        const Index size = *rc::gen::inRange<Index>(1, rows + 1);
        Batches batches(rows, size, *rc::gen::arbitrary<std::uint64_t>());
        for (int epoch = 0; epoch < 3; ++epoch) {
            const std::vector<IndexList> parts = batches.next_epoch();
            RC_ASSERT(static_cast<Index>(parts.size()) == batches.per_epoch());
            IndexList all;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const Index length = static_cast<Index>(parts[i].size());
                const bool is_last = i + 1 == parts.size();
                RC_ASSERT(length == (is_last ? rows - (batches.per_epoch() - 1) * size : size));
                all.insert(all.end(), parts[i].begin(), parts[i].end());
            }
            std::sort(all.begin(), all.end());
            IndexList wanted;
            for (Index i = 0; i < rows; ++i) wanted.push_back(i);
            RC_ASSERT(all == wanted);
        }
    }));
}

/// The numbers are those of the standard's mt19937_64 and of nothing that may differ by machine.
TEST(Batches, AreTheSameOnEveryMachine) {
    Batches batches(7, 3, 1);
    EXPECT_EQ(batches.next_epoch(), (std::vector<IndexList>{{3, 1, 4}, {6, 5, 0}, {2}}));
    EXPECT_EQ(batches.next_epoch(), (std::vector<IndexList>{{4, 1, 2}, {0, 5, 3}, {6}}));
    EXPECT_NE(Batches(7, 3, 2).next_epoch(), Batches(7, 3, 1).next_epoch());
}

/// 6000 draws: each order expected 1000 times, with a standard deviation below 29.
TEST(Batches, AllOrdersAreEquallyLikely) {
    Batches batches(3, 3, 5);
    std::map<IndexList, int> counts;
    for (int i = 0; i < 6000; ++i) ++counts[batches.next_epoch().front()];
    EXPECT_EQ(counts.size(), 6u);
    for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 5 * 29);
}

TEST(Batches, RejectSizesThatDoNotFit) {
    EXPECT_THROW(Batches(5, 0, 1), PreconditionError);
    EXPECT_THROW(Batches(5, 6, 1), PreconditionError);
}

// ---- Q restricted to rows ----------------------------------------------------------------------

/// Exactly, over the rationals: a batch's gradient is that of Q with these rows alone, and those of
/// equal batches average to the whole.
TEST(Sampled, BatchesAreQOfTheirRowsAndAverageToQ) {
    EXPECT_TRUE(rc::check("Q_B", [] {
        using T = Rational;
        const Matrix<T> X = gen::draw("X", gen::matrix<T>(6, 3));
        const Vector<T> y = gen::draw("y", gen::vector<T>(6));
        const Vector<T> xi = gen::draw("xi", gen::vector<T>(6));
        const auto transfer = HadamardProduct<T>::from(product_spec(3));
        const T lambda(2, 3);
        const Sampled f(Surrogate(loss::LeastSquares<T>(X, y), transfer, lambda));
        RC_ASSERT(f.samples() == 6);
        Vector<T> mean = Vector<T>::Constant(6, T(0));
        Batches batches(6, 2, 11);
        for (const IndexList& rows : batches.next_epoch()) {
            Matrix<T> part(2, 3);
            for (Index i = 0; i < 2; ++i) part.row(i) = X.row(rows[static_cast<std::size_t>(i)]);
            const Surrogate alone(loss::LeastSquares<T>(part, gather(y, rows)), transfer, lambda);
            RC_ASSERT(f.batch_value(xi, rows) == alone.value(xi));
            RC_ASSERT(f.batch_gradient(xi, rows) == alone.gradient(xi));
            mean += f.batch_gradient(xi, rows) / T(3);
        }
        RC_ASSERT(mean == f.gradient(xi));
        RC_ASSERT(f.gradient(xi) == f.surrogate().gradient(xi));
        RC_ASSERT(f.value(xi) == f.surrogate().value(xi));
    }));
    const Sampled f(lasso());
    EXPECT_THROW((void)f.batch_gradient(random_start(f.surrogate()), {}), PreconditionError);
}

// ---- the recursions ----------------------------------------------------------------------------

TEST(StochasticGradient, WithoutMomentumOnTheFullBatchIsGradientDescentBitByBit) {
    optim::GradientDescent<double>::Settings fixed;
    fixed.rule = optim::StepRule::fixed;
    fixed.step = 0.05;
    fixed.max_iterations = 200;
    Sgd::Settings settings;
    settings.learning_rate.rate = 0.05;
    settings.max_epochs = 200;
    const auto f = lasso();
    const Vector<double> x0 = random_start(f);
    const Trace<double> ours = trace(Sgd(settings), f, x0);
    const Trace<double> theirs = trace(optim::GradientDescent<double>(fixed), f, x0);
    ASSERT_EQ(ours.seen.size(), theirs.seen.size());
    for (std::size_t i = 0; i < ours.seen.size(); ++i) {
        EXPECT_EQ(ours.seen[i].x, theirs.seen[i].x);
        EXPECT_EQ(ours.seen[i].value, theirs.seen[i].value);
    }
    EXPECT_TRUE(is_complete(ours));
    EXPECT_EQ(ours.last.x, theirs.last.x);
    EXPECT_EQ(ours.last.evaluations, theirs.last.evaluations);
    EXPECT_EQ(ours.last.stop, theirs.last.stop);
}

/// The rate changes from step to step, so that it matters whether it stands inside the velocity.
TEST(StochasticGradient, MomentumIsPyTorchs) {
    Sgd::Settings settings;
    settings.momentum = 0.75;
    settings.learning_rate = {0.125, Decay::cosine, 0.0, 0};
    settings.max_epochs = 5;
    const DepthTwo<double> f;
    Vector<double> x = start, velocity = Vector<double>::Zero(2), sutskever = start,
                   scaled = Vector<double>::Zero(2);
    for (Index t = 0; t < 5; ++t) {
        const double rate = settings.learning_rate.at(t, 5);
        velocity = 0.75 * velocity + f.gradient(x);
        x -= rate * velocity;
        scaled = 0.75 * scaled + rate * f.gradient(sutskever);
        sutskever -= scaled;
    }
    const Vector<double> reached = Sgd(settings).minimize(f, start).x;
    EXPECT_EQ(reached, x);
    EXPECT_LT(0.01, Vector<double>(reached - sutskever).norm());
}

TEST(Adam, TheFirstStepIsTheSignOfTheGradient) {
    Adam<double>::Settings settings;
    settings.learning_rate.rate = 0.125;
    settings.max_epochs = 1;
    const auto f = lasso();
    const Vector<double> x0 = random_start(f), g = f.gradient(x0);
    const Vector<double> x = Adam<double>(settings).minimize(f, x0).x;
    for (Index i = 0; i < x.size(); ++i) {
        const double wanted = x0[i] - 0.125 * unit_sign(g[i]);
        EXPECT_NEAR(x[i], wanted, 0.125 * settings.epsilon / std::abs(g[i]) + 1e-14);
    }
}

TEST(Adam, IsTheRecursionOfKingmaAndBa) {
    Adam<double>::Settings settings;
    settings.learning_rate.rate = 0.0625;
    settings.beta1 = 0.5;
    settings.beta2 = 0.75;
    settings.epsilon = 0.125;
    settings.max_epochs = 4;
    const DepthTwo<double> f;
    Vector<double> x = start, m = Vector<double>::Zero(2), v = Vector<double>::Zero(2);
    for (int t = 1; t <= 4; ++t) {
        const Vector<double> g = f.gradient(x);
        for (Index i = 0; i < 2; ++i) {
            m[i] = 0.5 * m[i] + 0.5 * g[i];
            v[i] = 0.75 * v[i] + 0.25 * g[i] * g[i];
            const double mean = m[i] / (1 - std::pow(0.5, t)),
                         size = v[i] / (1 - std::pow(0.75, t));
            x[i] -= 0.0625 * mean / (std::sqrt(size) + 0.125);
        }
    }
    const Vector<double> reached = Adam<double>(settings).minimize(f, start).x;
    EXPECT_LE(Vector<double>(reached - x).norm(), 16 * rounding_unit<double>() * x.norm());
}

/// One epoch of mini-batches is one step a batch, on that batch alone.
TEST(StochasticGradient, TakesOneStepABatch) {
    Sgd::Settings settings;
    settings.batch = 3;
    settings.seed = 9;
    settings.max_epochs = 2;
    settings.learning_rate.rate = 0.03125;
    const Sampled f(lasso());
    Vector<double> x = random_start(f.surrogate());
    const Report<double> r = Sgd(settings).minimize(f, x);
    Batches batches(8, 3, 9);
    for (int epoch = 0; epoch < 2; ++epoch)
        for (const IndexList& rows : batches.next_epoch()) x -= 0.03125 * f.batch_gradient(x, rows);
    EXPECT_EQ(r.x, x);
    EXPECT_EQ(r.iterations, 2);  // epochs
    EXPECT_EQ(r.evaluations, 2 + 2 * (1 + 2));  // an epoch of batches, then f and its gradient
    EXPECT_EQ(r.value, f.value(x));
}

// ---- what both promise -------------------------------------------------------------------------

template <class M>
class EpochMethod : public ::testing::Test {};
using Methods = ::testing::Types<StochasticGradient<double>, Adam<double>>;
struct MethodName {
    template <class M>
    static std::string GetName(int) {
        return std::string(M::name);
    }
};
TYPED_TEST_SUITE(EpochMethod, Methods, MethodName);

template <class M>
typename M::Settings settings_of(double rate, Index epochs) {
    typename M::Settings settings;
    settings.learning_rate.rate = rate;
    settings.max_epochs = epochs;
    return settings;
}

/// With momentum for SGD; Adam's own needs a rate that ends.
template <class M>
typename M::Settings settings_to_converge() {
    typename M::Settings settings = settings_of<M>(0.02, 20'000);
    if constexpr (std::same_as<M, Sgd>)
        settings.momentum = 0.9;
    else
        settings.learning_rate.decay = Decay::cosine;
    return settings;
}

/// ‖β − β̂‖ is ‖∇Q‖ ≤ 2^−26 over the curvature of Q at its minimizer, above 1/64 in all of these.
constexpr double agreement = 1e-6;

TYPED_TEST(EpochMethod, OnTheFullBatchReachesWhatCoordinateDescentFinds) {
    const auto settings = settings_to_converge<TypeParam>();
    const auto reaches = [&](const auto& f) {
        const Report<double> r = TypeParam(settings).minimize(f, random_start(f));
        EXPECT_EQ(r.stop, Stop::converged);
        EXPECT_LE(r.certificate, settings.tolerance);
        EXPECT_EQ(r.certificate, f.gradient(r.x).norm());
        EXPECT_LE(distance(f, r.x, solution(f)), agreement);
        // Mutant: the solution to another λ.
        const Surrogate other(f.loss(), f.transfer(), 2 * f.lambda());
        EXPECT_LT(100 * agreement, distance(f, r.x, solution(other)));
    };
    reaches(lasso(8, 5));
    reaches(lasso(5, 8));
    reaches(Surrogate(regression<double>(8, 5), GroupProduct<double>::from(group_spec(5)), 0.25));
    reaches(Surrogate(classification<double>(8, 5), HadamardProduct<double>::from(product_spec(5)),
                      0.0625));
    const Partial with_intercept(HadamardProduct<double>::from(product_spec(4)), {0});
    reaches(Surrogate(regression<double>(8, 5), with_intercept, 0.25));
}

/// Depth 3 has no unique answer: the judge is the penalty's own subdifferential.
TYPED_TEST(EpochMethod, ReachesStationaryPointsOfDeeperPenalties) {
    const auto settings = settings_to_converge<TypeParam>();
    const auto f = lasso(8, 5, 3);
    const Report<double> r = TypeParam(settings).minimize(f, random_start(f));
    EXPECT_EQ(r.stop, Stop::converged);
    Vector<double> beta = f.transfer().apply(r.x);
    for (Index i = 0; i < beta.size(); ++i)  // zero is reached in the limit only
        if (std::abs(beta[i]) < 1e-12) beta[i] = 0;
    EXPECT_LT(0, beta.norm());
    EXPECT_LE(f.transfer().induced().stationarity(beta, f.loss().gradient(beta), f.lambda()), 1e-6);
}

TYPED_TEST(EpochMethod, MiniBatchesWithACosineComeNearAndWithoutItStayAway) {
    const Sampled f(lasso());
    const Vector<double> beta = solution(f.surrogate()), x0 = random_start(f.surrogate());
    auto settings = settings_of<TypeParam>(0.02, 2'000);
    settings.batch = 2;
    settings.report_every = 500;
    settings.learning_rate.decay = Decay::cosine;
    const Report<double> near = TypeParam(settings).minimize(f, x0);
    settings.learning_rate.decay = Decay::constant;
    const Report<double> away = TypeParam(settings).minimize(f, x0);
    EXPECT_EQ(near.stop, Stop::iteration_limit);
    EXPECT_EQ(near.iterations, 2'000);
    EXPECT_LE(distance(f.surrogate(), near.x, beta), 1e-2);
    EXPECT_LT(4 * distance(f.surrogate(), near.x, beta), distance(f.surrogate(), away.x, beta));
}

TYPED_TEST(EpochMethod, IsDeterministicAndTheSeedMatters) {
    const Sampled f(lasso());
    const Vector<double> x0 = random_start(f.surrogate());
    auto settings = settings_of<TypeParam>(0.02, 20);
    settings.batch = 3;
    const Report<double> a = TypeParam(settings).minimize(f, x0);
    const Report<double> b = TypeParam(settings).minimize(f, x0);
    settings.seed = 2;
    const Report<double> other = TypeParam(settings).minimize(f, x0);
    EXPECT_EQ(a.x, b.x);
    EXPECT_EQ(a.evaluations, b.evaluations);
    EXPECT_NE(a.x, other.x);
}

TYPED_TEST(EpochMethod, ABatchOfAllRowsIsTheFullBatch) {
    const Sampled f(lasso());
    const Vector<double> x0 = random_start(f.surrogate());
    auto settings = settings_of<TypeParam>(0.02, 20);
    const Report<double> full = TypeParam(settings).minimize(f.surrogate(), x0);
    settings.batch = 8;
    EXPECT_EQ(TypeParam(settings).minimize(f, x0).x, full.x);
    settings.batch = 100;
    EXPECT_EQ(TypeParam(settings).minimize(f, x0).x, full.x);
}

TYPED_TEST(EpochMethod, LookingLessOftenChangesNothingElse) {
    const Sampled f(lasso());
    const Vector<double> x0 = random_start(f.surrogate());
    for (const Index batch : {0, 3}) {
        auto settings = settings_of<TypeParam>(0.02, 10);
        settings.batch = batch;
        const Trace<double> often = trace(TypeParam(settings), f, x0);
        settings.report_every = 4;
        const Trace<double> seldom = trace(TypeParam(settings), f, x0);
        ASSERT_EQ(often.seen.size(), 11u);
        ASSERT_EQ(seldom.seen.size(), 4u);
        for (const std::size_t i : {0u, 1u, 2u}) {
            EXPECT_EQ(seldom.seen[i].x, often.seen[4 * i].x);
            EXPECT_EQ(seldom.seen[i].iterations, often.seen[4 * i].iterations);
        }
        EXPECT_EQ(seldom.last.x, often.last.x);
        EXPECT_EQ(seldom.last.iterations, 10);
        EXPECT_LT(seldom.last.evaluations, often.last.evaluations);
    }
}

TYPED_TEST(EpochMethod, StopsForEachReason) {
    const DepthTwo<double> f;
    const Report<double> limited = TypeParam(settings_of<TypeParam>(0.01, 3)).minimize(f, start);
    EXPECT_EQ(limited.stop, Stop::iteration_limit);
    EXPECT_EQ(limited.iterations, 3);
    const Report<double> stopped =
        TypeParam().minimize(f, start, [](const Report<double>& r) { return r.iterations < 2; });
    EXPECT_EQ(stopped.stop, Stop::interrupted);
    EXPECT_EQ(stopped.iterations, 2);
    const Vector<double> minimizer = vector_of<double>({std::sqrt(0.75), std::sqrt(0.75)});
    const Report<double> there = TypeParam().minimize(f, minimizer);
    EXPECT_EQ(there.stop, Stop::converged);
    EXPECT_EQ(there.iterations, 0);
}

TYPED_TEST(EpochMethod, NeverReturnsWhatIsNotFinite) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const DepthTwo<double> f;
    const Report<double> lost = TypeParam().minimize(f, vector_of<double>({nan, 1.0}));
    EXPECT_EQ(lost.stop, Stop::non_finite);
    EXPECT_EQ(lost.iterations, 0);
    const Report<double> r = TypeParam().minimize(Island<DepthTwo<double>>{{}, start}, start);
    EXPECT_EQ(r.stop, Stop::non_finite);
    EXPECT_EQ(r.iterations, 0);
    EXPECT_EQ(r.x, start);
    EXPECT_TRUE(is_all_finite(r));
    const Report<double> diverged =
        TypeParam(settings_of<TypeParam>(1e200, 100)).minimize(f, start);
    EXPECT_EQ(diverged.stop, Stop::non_finite);
    EXPECT_TRUE(is_all_finite(diverged));
}

TYPED_TEST(EpochMethod, RejectsBadSettingsAndStarts) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    using Settings = typename TypeParam::Settings;
    const auto rejects = [](auto spoil) {
        Settings settings;
        spoil(settings);
        EXPECT_THROW(TypeParam{settings}, PreconditionError);
    };
    for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity(), nan})
        rejects([&](Settings& s) { s.learning_rate.rate = bad; });
    for (const double bad : {-1.0, 1.0, nan})  // beyond the rate, or no number
        rejects([&](Settings& s) { s.learning_rate.end = bad; });
    rejects([](Settings& s) { s.learning_rate.warm_up = -1; });
    rejects([](Settings& s) { s.tolerance = -1; });
    rejects([&](Settings& s) { s.tolerance = nan; });
    rejects([](Settings& s) { s.batch = -1; });
    rejects([](Settings& s) { s.max_epochs = -1; });
    rejects([](Settings& s) { s.report_every = 0; });
    EXPECT_THROW((void)TypeParam().minimize(DepthTwo<double>(), vector_of<double>({1.0})),
                 PreconditionError);
    Settings batched;
    batched.batch = 2;
    EXPECT_THROW((void)TypeParam(batched).minimize(lasso(), random_start(lasso())),
                 PreconditionError);
}

TEST(StochasticGradient, RejectsBadMomentum) {
    for (const double bad : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
        Sgd::Settings settings;
        settings.momentum = bad;
        EXPECT_THROW(Sgd{settings}, PreconditionError);
    }
}

TEST(Adam, RejectsBadConstants) {
    for (const double bad : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
        Adam<double>::Settings settings;
        settings.beta1 = bad;
        EXPECT_THROW(Adam<double>{settings}, PreconditionError);
        settings = {};
        settings.beta2 = bad;
        EXPECT_THROW(Adam<double>{settings}, PreconditionError);
    }
    Adam<double>::Settings settings;
    settings.epsilon = 0;
    EXPECT_THROW(Adam<double>{settings}, PreconditionError);
}

}  // namespace
}  // namespace hadamard
