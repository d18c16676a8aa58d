/// @file
/// Certified landscapes against what is known by other means: exact counts of separable problems, and
/// Newton's method in all variables of Q.

#include "landscape_oracles.hpp"

#include <gtest/gtest.h>

namespace hadamard::landscape {
namespace {

Instance instance_of(LossSpec loss, Index d, const std::string& transfer, int depth,
                     Rational lambda) {
    Instance out;
    out.loss = std::move(loss);
    out.transfer.name = transfer;
    out.transfer.depth = depth;
    out.transfer.base_size = d;
    out.lambda = std::move(lambda);
    return out;
}

LossSpec quadratic(Engine& engine, Index d, bool diagonal) {
    LossSpec out;
    out.kind = "quadratic";
    out.A = hadamard::Matrix<Rational>::Zero(d, d);
    out.b.resize(d);
    for (Index i = 0; i < d; ++i) {
        out.b[i] = eighths(engine, 40);
        out.A(i, i) = 1;
        for (Index j = 0; j < i && !diagonal; ++j)
            out.A(i, j) = out.A(j, i) = eighths(engine, 12);
    }
    return out;
}

/// Stationary points of ½(b − y)² + λ abs(b)^{2/k} (scalar_oracle.hpp): 3 beyond y_loc, else 1; 0
/// if y is too close to it.
int scalar_count(const Rational& y, const Rational& lambda, int k) {
    // y_loc⁴ = 256 (2λ/9)³ at k = 3, y_loc³ = 27 (λ/4)² at k = 4.
    const Rational size = abs(y);
    const Rational ratio = k == 3 ? size * size * size * size /
                                        (256 * (2 * lambda / 9) * (2 * lambda / 9) * (2 * lambda / 9))
                                  : size * size * size / (27 * (lambda / 4) * (lambda / 4));
    if (ratio == 1) return 0;
    return ratio > 1 ? 3 : 1;
}

TEST(Landscape, CountsOfSeparableProblems) {
    Engine engine(20230707);
    int decided = 0;
    for (int trial = 0; trial < 300; ++trial) {
        const Index d = 1 + static_cast<Index>(engine() % 3);
        const int k = 3 + static_cast<int>(engine() % 2);
        const Rational lambda(1 + static_cast<long>(engine() % 12), 4);
        const Instance instance =
            instance_of(quadratic(engine, d, true), d,
                        engine() % 2 == 0 ? "hadamard_product" : "shared_product", k, lambda);
        std::size_t stationary = 1;
        long minimizers = 1;
        for (Index i = 0; i < d; ++i) {
            const int count = scalar_count(instance.loss.b[i], lambda, k);
            stationary *= static_cast<std::size_t>(count);
            minimizers *= count == 3 ? 2 : 1;
        }
        const Landscape found = landscape_of(problem_of(instance), Settings());
        if (stationary == 0) {
            EXPECT_EQ(found.verdict, "undecided");
            continue;
        }
        if (found.verdict != "proved") continue;
        ++decided;
        EXPECT_EQ(found.surrogate.size(), stationary);
        EXPECT_EQ(found.base.size(), stationary);
        EXPECT_EQ(found.minimizer_orbits(), minimizers);
        EXPECT_EQ(found.base_minimizers(), minimizers);
    }
    EXPECT_GT(decided, 270);
}

AnySurrogate<double> surrogate_of(const Instance& instance) {
    return ProblemFamily(instance).over<double>().surrogate;
}

Instance random_instance(Engine& engine) {
    static const std::vector<std::string> kinds = {"hadamard_product", "hadamard_difference",
                                                   "shared_product"};
    const Index d = 1 + static_cast<Index>(engine() % 2);
    const std::string kind = kinds[engine() % kinds.size()];
    // Q of shared_product has no Hessian at v = 0 for even depths; 3 is polynomial.
    const int k = kind == "shared_product" ? 3 : 2 + static_cast<int>(engine() % 4);
    LossSpec loss;
    if (engine() % 2 == 0) {
        loss = quadratic(engine, d, false);
    } else {
        loss.kind = "polynomial";
        for (Index i = 0; i < d; ++i) {
            std::vector<int> e(static_cast<std::size_t>(d), 0);
            const std::size_t at = static_cast<std::size_t>(i);
            e[at] = 4;
            loss.monomials.push_back({Rational(1, 2), e});
            e[at] = 2;
            loss.monomials.push_back({eighths(engine, 24), e});
            e[at] = 1;
            loss.monomials.push_back({eighths(engine, 16), e});
        }
        if (d == 2) loss.monomials.push_back({eighths(engine, 12), {1, 1}});
    }
    Instance out = instance_of(std::move(loss), d, kind, k,
                               Rational(1 + static_cast<long>(engine() % 8), 8));
    for (Index i = 0; i < d && engine() % 3 == 0; ++i)
        out.transfer.weights.assign(static_cast<std::size_t>(d), Rational(3, 2));
    return out;
}

TEST(Landscape, ListsWhatNewtonFindsInAllVariables) {
    Engine engine(4);
    int proved = 0, points = 0;
    for (int trial = 0; trial < 500; ++trial) {
        const Instance instance = random_instance(engine);
        const Landscape l = landscape_of(problem_of(instance), Settings());
        if (l.verdict != "proved") continue;
        ++proved;
        for (const Found& point : newton_points(surrogate_of(instance), engine, 20)) {
            ++points;
            EXPECT_TRUE(is_listed(l, point, l.surrogate.size()))
                << instance.transfer.name << " depth " << instance.transfer.depth.text()
                << " beta " << point.beta.transpose() << " index " << point.index;
        }
    }
    EXPECT_GT(proved, 450);
    EXPECT_GT(points, 1000);
}

/// The comparison is not blind: an orbit left out of the list is missed.
TEST(Landscape, AnOrbitLeftOutIsNoticed) {
    Engine engine(11);
    int noticed = 0;
    for (int trial = 0; trial < 40 && noticed == 0; ++trial) {
        const Instance instance = random_instance(engine);
        const Landscape l = landscape_of(problem_of(instance), Settings());
        for (const Found& point : newton_points(surrogate_of(instance), engine, 20))
            for (std::size_t skip = 0; skip < l.surrogate.size(); ++skip)
                noticed += is_listed(l, point, skip) ? 0 : 1;
    }
    EXPECT_GT(noticed, 0);
}

/// abs(g_i) = λ exactly: the place is named and nothing is claimed of it.
TEST(Landscape, DegenerateIsUndecided) {
    LossSpec loss;
    loss.kind = "quadratic";
    loss.A = hadamard::Matrix<Rational>::Identity(1, 1);
    loss.b = Vector<Rational>::Constant(1, Rational(1));
    const Landscape l =
        landscape_of(problem_of(instance_of(loss, 1, "hadamard_product", 2, 1)), Settings());
    EXPECT_EQ(l.verdict, "undecided");
    ASSERT_EQ(l.undecided.size(), 1u);
    EXPECT_EQ(l.undecided[0].kind, "degenerate");
    // y = y_loc exactly, k = 3.
    loss.b[0] = 4;
    const Landscape fold =
        landscape_of(problem_of(instance_of(loss, 1, "hadamard_product", 3, Rational(9, 2))),
                     Settings());
    EXPECT_EQ(fold.verdict, "undecided");
    ASSERT_EQ(fold.undecided.size(), 1u);
    EXPECT_EQ(fold.undecided[0].kind, "fold");
}

}  // namespace
}  // namespace hadamard::landscape
