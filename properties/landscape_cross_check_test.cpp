/// @file
/// The enumeration by sign patterns against the one over all D factors, and what the comparison
/// does when a list is wrong.

#include "landscape/cross_check.hpp"
#include "landscape/factor_system.hpp"
#include "landscape_oracles.hpp"

#include <gtest/gtest.h>

namespace hadamard::landscape {
namespace {

using Outcome = CrossCheck::Outcome;

const std::vector<std::string> kinds = {"hadamard_product", "hadamard_difference",
                                        "shared_product"};

LossSpec least_squares(Engine& engine, Index d) {
    LossSpec out;
    out.kind = "least_squares";
    out.X.resize(d + 2, d);
    out.y.resize(d + 2);
    for (Index r = 0; r < d + 2; ++r) {
        out.y[r] = eighths(engine, 24);
        for (Index i = 0; i < d; ++i) out.X(r, i) = eighths(engine, 12);
    }
    return out;
}

LossSpec any_quadratic(Engine& engine, Index d) {
    LossSpec out;
    out.kind = "quadratic";
    out.A = hadamard::Matrix<Rational>::Zero(d, d);
    out.b.resize(d);
    for (Index i = 0; i < d; ++i) {
        out.b[i] = eighths(engine, 20);
        for (Index j = 0; j <= i; ++j) out.A(i, j) = out.A(j, i) = eighths(engine, 12);
        if (out.A(i, i) == 0) out.A(i, i) = 1;
    }
    return out;
}

LossSpec quartic(Engine& engine, Index d) {
    LossSpec out;
    out.kind = "polynomial";
    const auto add = [&](const Rational& c, Index i, int e, Index j, int f) {
        std::vector<int> exponents(static_cast<std::size_t>(d), 0);
        exponents[static_cast<std::size_t>(i)] += e;
        exponents[static_cast<std::size_t>(j)] += f;
        out.monomials.push_back({c, exponents});
    };
    for (Index i = 0; i < d; ++i) {
        add(Rational(1, 2), i, 4, i, 0);
        add(eighths(engine, 12), i, 2, i, 0);
        add(eighths(engine, 12), i, 1, i, 0);
        for (Index j = 0; j < i; ++j) add(eighths(engine, 6), i, 1, j, 1);
    }
    return out;
}

Instance instance_of(Engine& engine, Index d, const std::string& kind, int k) {
    Instance out;
    const unsigned long loss = engine() % 3;
    out.loss = loss == 0   ? least_squares(engine, d)
               : loss == 1 ? any_quadratic(engine, d)
                           : quartic(engine, d);
    out.transfer.name = kind;
    out.transfer.depth = k;
    out.transfer.base_size = d;
    for (Index i = 0; i < d; ++i)
        out.transfer.weights.push_back(Rational(2 + static_cast<long>(engine() % 3), 3));
    out.lambda = Rational(1 + static_cast<long>(engine() % 8), 8);
    return out;
}

std::string text(const Instance& instance) {
    return instance.loss.kind + " " + instance.transfer.name +
           " d = " + std::to_string(instance.transfer.base_size) +
           " k = " + instance.transfer.depth.text();
}

SearchLimits generous() {
    SearchLimits out;
    out.leaves = 100'000;
    return out;
}

/// Q of the second enumeration is Q of the library, which numbers factors first by l, then by i.
TEST(CrossCheck, ItsSystemIsTheSurrogateOfTheLibrary) {
    Engine engine(5);
    std::normal_distribution<double> normal(0, 1);
    for (int trial = 0; trial < 120; ++trial) {
        const std::size_t d = 1 + engine() % 3;
        const Instance instance = instance_of(engine, static_cast<Index>(d), kinds[engine() % 3],
                                              2 + static_cast<int>(engine() % 4));
        const FactorSystem system(problem_of(instance));
        const hadamard::Problem<double> problem = ProblemFamily(instance).over<double>();
        const std::size_t D = system.size(), factors = D / d;
        const auto place = [&](std::size_t v) {
            return static_cast<Index>(v % factors * d + v / factors);
        };
        Doubles xi(D), gradient, hessian;
        Vector<double> library(static_cast<Index>(D));
        for (std::size_t v = 0; v < D; ++v) {
            xi[v] = normal(engine);
            if (instance.transfer.name == "shared_product") xi[v] = std::fabs(xi[v]);
            library[place(v)] = xi[v];
        }
        system.gradient(xi, gradient);
        system.hessian(xi, hessian);
        const Vector<double> expected = problem.surrogate.gradient(library);
        const hadamard::Matrix<double> curvature = problem.surrogate.hessian(library);
        const double size = 1e-11 * (1 + curvature.norm() + expected.norm());
        for (std::size_t v = 0; v < D; ++v) {
            EXPECT_NEAR(gradient[v], expected[place(v)], size) << text(instance);
            for (std::size_t w = 0; w < D; ++w)
                EXPECT_NEAR(hessian[v * D + w], curvature(place(v), place(w)), size)
                    << text(instance);
        }
    }
}

TEST(CrossCheck, AgreesOnRandomInstances) {
    Engine engine(18);
    int proved = 0;
    long orbits = 0;
    for (int trial = 0; trial < 360; ++trial) {
        const int k = 2 + trial / 3 % 3;
        const Instance instance = instance_of(engine, 1 + static_cast<Index>(trial / 9 % 3),
                                              kinds[static_cast<std::size_t>(trial) % 3], k);
        const Landscape l = landscape_of(problem_of(instance), Settings());
        const CrossCheck check = cross_check(l, generous());
        if (l.verdict != "proved") {
            EXPECT_EQ(check.outcome, Outcome::unfinished);
            continue;
        }
        ++proved;
        EXPECT_EQ(check.outcome, Outcome::agrees) << text(instance) << ": " << summary(check);
        EXPECT_EQ(check.orbits, static_cast<long>(l.surrogate.size()));
        long points = 0;
        for (const SurrogatePoint& point : l.surrogate) points += point.points;
        EXPECT_EQ(check.points, points) << text(instance);
        orbits += check.orbits;
    }
    EXPECT_GE(proved, 330);
    EXPECT_GE(orbits, 2000);
}

/// k = 2, A indefinite and A_11 = 0: a support whose equation has no solution bounds nothing.
TEST(CrossCheck, ASingularSubmatrixWithoutSolutionsIsNoObstacle) {
    Instance instance;
    instance.loss.kind = "quadratic";
    instance.loss.A.resize(2, 2);
    instance.loss.A << Rational(0), Rational(1), Rational(1), Rational(1);
    instance.loss.b.resize(2);
    instance.loss.b << Rational(3), Rational(-1);
    instance.transfer.depth = 2;
    instance.transfer.base_size = 2;
    instance.lambda = Rational(1, 2);
    for (const std::string& kind : kinds) {
        instance.transfer.name = kind;
        const Landscape l = landscape_of(problem_of(instance), Settings());
        ASSERT_EQ(l.verdict, "proved");
        const CrossCheck check = cross_check(l, generous());
        EXPECT_EQ(check.outcome, Outcome::agrees) << summary(check);
    }
}

/// Proved landscapes of every transfer, with several orbits.
std::vector<Landscape> some_landscapes() {
    Engine engine(7);
    std::vector<Landscape> out;
    for (int trial = 0; trial < 24; ++trial) {
        const Instance instance =
            instance_of(engine, 1 + static_cast<Index>(trial % 2),
                        kinds[static_cast<std::size_t>(trial) % 3], 2 + trial / 3 % 4);
        Landscape l = landscape_of(problem_of(instance), Settings());
        if (l.verdict == "proved" && l.surrogate.size() > 1) out.push_back(std::move(l));
    }
    return out;
}

TEST(CrossCheck, AnOrbitLeftOutIsNoticed) {
    const std::vector<Landscape> landscapes = some_landscapes();
    ASSERT_GE(landscapes.size(), 12u);
    for (const Landscape& l : landscapes) {
        Landscape poorer = l;
        poorer.surrogate.erase(poorer.surrogate.begin() +
                               static_cast<long>(l.surrogate.size() / 2));
        const CrossCheck check = cross_check(poorer, generous());
        EXPECT_EQ(check.outcome, Outcome::disagrees) << text(l.problem.instance);
        EXPECT_NE(check.reason.find("in no orbit of the list"), std::string::npos) << check.reason;
    }
}

TEST(CrossCheck, AnOrbitListedTwiceIsNoticed) {
    for (const Landscape& l : some_landscapes()) {
        Landscape richer = l;
        richer.surrogate.push_back(l.surrogate.back());
        const CrossCheck check = cross_check(richer, generous());
        EXPECT_EQ(check.outcome, Outcome::disagrees) << text(l.problem.instance);
        EXPECT_NE(check.reason.find("in two orbits"), std::string::npos) << check.reason;
    }
}

TEST(CrossCheck, AWrongNumberOfPointsIsNoticed) {
    for (const Landscape& l : some_landscapes()) {
        Landscape wrong = l;
        ++wrong.surrogate.back().points;
        const CrossCheck check = cross_check(wrong, generous());
        EXPECT_EQ(check.outcome, Outcome::disagrees) << text(l.problem.instance);
        EXPECT_NE(check.reason.find("points, not"), std::string::npos) << check.reason;
    }
}

TEST(CrossCheck, AWrongIndexIsNoticed) {
    int changed = 0;
    for (const Landscape& l : some_landscapes()) {
        Landscape wrong = l;
        SurrogatePoint& point = wrong.surrogate.back();
        if (point.index < 0) continue;
        ++changed;
        ++point.index;
        const CrossCheck check = cross_check(wrong, generous());
        EXPECT_EQ(check.outcome, Outcome::disagrees) << text(l.problem.instance);
        EXPECT_NE(check.reason.find("negative eigenvalues, listed"), std::string::npos);
    }
    EXPECT_GE(changed, 10);
}

TEST(CrossCheck, AWrongClassIsNoticed) {
    for (const Landscape& l : some_landscapes()) {
        Landscape wrong = l;
        PointClass& kind = wrong.surrogate.back().kind;
        kind = kind == PointClass::minimizer ? PointClass::saddle : PointClass::minimizer;
        EXPECT_EQ(cross_check(wrong, generous()).outcome, Outcome::disagrees)
            << text(l.problem.instance);
    }
}

TEST(CrossCheck, AWrongPointOfPIsNoticed) {
    int changed = 0;
    for (const Landscape& l : some_landscapes()) {
        if (l.base.size() < 2) continue;
        ++changed;
        Landscape wrong = l;
        for (SurrogatePoint& point : wrong.surrogate)
            if (point.base >= 0) point.base = (point.base + 1) % static_cast<int>(l.base.size());
        const CrossCheck check = cross_check(wrong, generous());
        EXPECT_EQ(check.outcome, Outcome::disagrees) << text(l.problem.instance);
        EXPECT_NE(check.reason.find("beside"), std::string::npos) << check.reason;
    }
    EXPECT_GE(changed, 10);
}

TEST(CrossCheck, SaysWhenItDoesNotFinish) {
    Engine engine(3);
    const Landscape l =
        landscape_of(problem_of(instance_of(engine, 2, "hadamard_product", 3)), Settings());
    ASSERT_EQ(l.verdict, "proved");
    SearchLimits limits = generous();
    limits.leaves = 0;
    const CrossCheck check = cross_check(l, limits);
    EXPECT_EQ(check.outcome, Outcome::unfinished);
    EXPECT_NE(summary(check).find("the limit of leaves"), std::string::npos) << summary(check);
    limits.stop = [] { return true; };
    EXPECT_THROW(cross_check(l, limits), Interrupted);
}

TEST(CrossCheck, TooManyVariablesAreRefused) {
    Engine engine(3);
    EXPECT_NO_THROW(
        require_cross_checkable(problem_of(instance_of(engine, 6, "hadamard_product", 4))));
    EXPECT_THROW(require_cross_checkable(problem_of(instance_of(engine, 5, "hadamard_product", 5))),
                 InputError);
}

}  // namespace
}  // namespace hadamard::landscape
