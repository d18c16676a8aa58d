/// @file
/// Certified landscapes of groups against Newton's method on ∇Q in all its D variables, and against
/// ∇Q = 0 at 50 digits; the refutations of the mutants against values of their Q and P.

#include "landscape/mutant.hpp"
#include "landscape_oracles.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hadamard::landscape {
namespace {

using Real50 = Real<50>;

LossSpec random_quadratic(Engine& engine, Index d) {
    LossSpec out;
    out.kind = "quadratic";
    out.A = hadamard::Matrix<Rational>::Zero(d, d);
    out.b.resize(d);
    for (Index i = 0; i < d; ++i) {
        out.b[i] = eighths(engine, 40);
        out.A(i, i) = engine() % 5 == 0 ? -1 : 1;
        for (Index j = 0; j < i; ++j) out.A(i, j) = out.A(j, i) = eighths(engine, 8);
    }
    return out;
}

/// Σ_i ½β_i⁴ + c_iβ_i² + b_iβ_i, and one product of the first two.
LossSpec random_quartic(Engine& engine, Index d) {
    LossSpec out;
    out.kind = "polynomial";
    std::vector<int> e(static_cast<std::size_t>(d), 0);
    const auto add = [&](std::size_t i, int power, const Rational& coefficient) {
        e[i] = power;
        out.monomials.push_back({coefficient, e});
        e[i] = 0;
    };
    for (std::size_t i = 0; i < e.size(); ++i) {
        add(i, 4, Rational(1, 2));
        add(i, 2, eighths(engine, 16));
        add(i, 1, eighths(engine, 16));
    }
    if (d < 2) return out;
    e[0] = e[1] = 1;
    out.monomials.push_back({eighths(engine, 12), e});
    return out;
}

Instance random_instance(Engine& engine) {
    static const std::vector<std::vector<IndexList>> partitions = {
        {{0, 1}}, {{0}, {1, 2}}, {{2, 0}, {1}}, {{0, 1, 2}}, {{0}}};
    Instance out;
    out.transfer.groups = partitions[engine() % partitions.size()];
    for (const IndexList& group : out.transfer.groups)
        out.transfer.base_size += static_cast<Index>(group.size());
    out.transfer.base_size -= 1;  // it starts at 1
    const Index d = out.transfer.base_size;
    out.transfer.name = engine() % 3 == 0 ? "group_shared_product" : "group_product";
    // Q of group_shared_product is polynomial at odd depths only.
    out.transfer.depth = out.transfer.name == "group_shared_product"
                             ? Exponent(3 + 2 * static_cast<long>(engine() % 2))
                             : Exponent(2 + static_cast<long>(engine() % 4));
    out.loss = engine() % 2 == 0 ? random_quadratic(engine, d) : random_quartic(engine, d);
    out.lambda = Rational(1 + static_cast<long>(engine() % 8), 8);
    if (engine() % 3 == 0) out.transfer.weights.assign(out.transfer.groups.size(), Rational(3, 2));
    return out;
}

TEST(LandscapeOfGroups, ListsWhatNewtonFindsInAllVariables) {
    Engine engine(20261125);
    int proved = 0, points = 0, noticed = 0;
    for (int trial = 0; trial < 120; ++trial) {
        const Instance instance = random_instance(engine);
        const Landscape l = landscape_of(problem_of(instance), Settings());
        if (l.verdict != "proved") continue;
        ++proved;
        const AnySurrogate<double> Q = ProblemFamily(instance).over<double>().surrogate;
        for (const Found& point : newton_points(Q, engine, 20)) {
            ++points;
            EXPECT_TRUE(is_listed(l, point, l.surrogate.size()))
                << instance.transfer.name << " depth " << instance.transfer.depth.text() << " beta "
                << point.beta.transpose() << " index " << point.index;
            // The comparison is not blind: without its orbit the point would be missed.
            bool needed = false;
            for (std::size_t s = 0; s < l.surrogate.size(); ++s)
                needed = needed || !is_listed(l, point, s);
            noticed += needed ? 1 : 0;
        }
    }
    EXPECT_GT(proved, 105);
    EXPECT_GT(points, 500);
    EXPECT_EQ(noticed, points);
}

/// Newton's method at 50 digits from the listed point stays there and ends at ∇Q = 0.
TEST(LandscapeOfGroups, EveryListedPointIsStationary) {
    Engine engine(7);
    int points = 0;
    for (int trial = 0; trial < 40; ++trial) {
        const Instance instance = random_instance(engine);
        const Landscape l = landscape_of(problem_of(instance), Settings());
        const AnySurrogate<Real50> Q = ProblemFamily(instance).over<Real50>().surrogate;
        for (const SurrogatePoint& point : l.surrogate) {
            const Vector<double> beta = image(l.problem, l.regions[point.region]);
            const Vector<Real50> start = Q.transfer().lift(beta.cast<Real50>());
            Vector<Real50> xi = start;
            for (int step = 0; step < 4; ++step) {
                const hadamard::Matrix<Real50> H = Q.hessian(xi);
                xi -= H.partialPivLu().solve(Q.gradient(xi));
            }
            ++points;
            EXPECT_LT(Q.gradient(xi).norm(), Real50("1e-40")) << l.regions[point.region].signs;
            EXPECT_LT((xi - start).norm(), Real50("1e-8")) << l.regions[point.region].signs;
        }
    }
    EXPECT_GT(points, 100);
}

/// ‖g_j‖ = λ exactly at β = 0: the place is named and nothing is claimed of it.
TEST(LandscapeOfGroups, DegenerateIsUndecided) {
    Instance instance;
    instance.loss.kind = "quadratic";
    instance.loss.A = hadamard::Matrix<Rational>::Identity(2, 2);
    instance.loss.b.resize(2);
    instance.loss.b << 3, 4;
    instance.transfer.name = "group_product";
    instance.transfer.base_size = 2;
    instance.lambda = 5;
    const Landscape l = landscape_of(problem_of(instance), Settings());
    EXPECT_EQ(l.verdict, "undecided");
    EXPECT_EQ(std::count_if(l.undecided.begin(), l.undecided.end(),
                            [](const UndecidedPlace& place) { return place.kind == "degenerate"; }),
              1);
}

TEST(LandscapeOfGroups, BadGroupsAreNamed) {
    const auto message = [](const std::vector<IndexList>& groups, Index d,
                            std::vector<Rational> weights = {}) -> std::string {
        Engine engine(1);
        Instance instance;
        instance.loss = random_quadratic(engine, d);
        instance.transfer.name = "group_product";
        instance.transfer.base_size = d;
        instance.transfer.groups = groups;
        instance.transfer.weights = std::move(weights);
        try {
            (void)problem_of(instance);
        } catch (const InputError& e) {
            return e.what();
        }
        return "";
    };
    EXPECT_EQ(message({{0, 1}, {2}}, 3), "");
    EXPECT_EQ(message({}, 3), "");
    EXPECT_NE(message({{0, 1}, {1, 2}}, 3).find("already in a group"), std::string::npos);
    EXPECT_NE(message({{0, 1}}, 3).find("index 2 is in no group"), std::string::npos);
    EXPECT_NE(message({{0, 1}, {2}}, 3, {1, 1, 1}).find("weights: 3, must be 2"),
              std::string::npos);
    EXPECT_NE(message({}, 9).find("at most 8 are taken"), std::string::npos);
}

nlohmann::json square_instance() {
    return nlohmann::json::parse(R"({
        "loss": {"kind": "quadratic", "A": [[2, "1/2"], ["1/2", 1]], "b": [3, -1]},
        "transfer": {"kind": "hadamard_product", "depth": 2}, "lambda": "1/4",
        "mutant": "square"})");
}

/// The minimizer u of the mutant's Q, and P beside its image.
TEST(Mutants, SquareIsRefuted) {
    const Question question = question_from_json(square_instance());
    const Problem problem = problem_of(question);
    const std::optional<Refutation> r = refuted_square(landscape_of(problem, Settings()));
    ASSERT_TRUE(r.has_value());
    ASSERT_EQ(r->edge, std::vector<int>{1});
    ASSERT_EQ(r->regions[0].signs, "+0");
    // β_0 = (b_0 − λ)/A_00 by hand.
    EXPECT_EQ(r->regions[0].beta, std::vector<Rational>{Rational(11, 8)});
    const hadamard::Problem<double> plain = ProblemFamily(question.instance).over<double>();
    const Vector<double> beta = (Vector<double>(2) << 1.375, 0).finished();
    const double P = plain.base.value(beta);
    EXPECT_LT(plain.base.value(beta - 1e-3 * Vector<double>::Unit(2, 1)), P);
    // Q(u) = P(u²) for u² ≥ 0.
    for (int a = 0; a < 24; ++a) {
        const double angle = 0.2618 * a;
        const Vector<double> u =
            (Vector<double>(2) << std::sqrt(1.375) + 1e-3 * std::cos(angle), 1e-3 * std::sin(angle))
                .finished();
        EXPECT_GT(plain.base.value(u.cwiseProduct(u)), P);
    }
}

TEST(Mutants, SquareThatLosesNothingIsNot) {
    nlohmann::json json = square_instance();
    json["loss"]["b"] = {3, 2};
    const Problem problem = problem_of(question_from_json(json));
    EXPECT_FALSE(refuted_square(landscape_of(problem, Settings())).has_value());
}

nlohmann::json unregularized_instance() {
    return nlohmann::json::parse(R"({
        "loss": {"kind": "quadratic", "A": [[-1, 0], [0, 1]], "b": [0, 0]},
        "transfer": {"kind": "group_product", "depth": 3}, "lambda": 0,
        "mutant": "unregularized"})");
}

TEST(Mutants, UnregularizedIsRefuted) {
    const Problem problem = problem_of(question_from_json(unregularized_instance()));
    const std::optional<Refutation> r = refuted_unregularized(problem);
    ASSERT_TRUE(r.has_value());
    EXPECT_EQ(r->u, (std::vector<Rational>{0, 1}));
    nlohmann::json json = unregularized_instance();
    json["loss"]["A"] = {{1, 0}, {0, 1}};  // 0 minimizes L
    EXPECT_FALSE(refuted_unregularized(problem_of(question_from_json(json))).has_value());
    json = unregularized_instance();
    json["loss"]["b"] = {1, 0};  // 0 is not stationary
    EXPECT_FALSE(refuted_unregularized(problem_of(question_from_json(json))).has_value());
}

/// Against the eigenvalues: a direction is found exactly when one is positive.
TEST(Mutants, PositiveDirections) {
    Engine engine(3);
    int found = 0, longer = 0;
    for (int trial = 0; trial < 4000; ++trial) {
        const std::size_t d = 1 + engine() % 4;
        std::vector<std::vector<Rational>> M(d, std::vector<Rational>(d));
        Eigen::MatrixXd plain(static_cast<Index>(d), static_cast<Index>(d));
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j <= i; ++j) {
                M[i][j] = i == j ? -Rational(static_cast<long>(engine() % 5)) : eighths(engine, 32);
                M[j][i] = M[i][j];
                plain(static_cast<Index>(i), static_cast<Index>(j)) = plain(
                    static_cast<Index>(j), static_cast<Index>(i)) = M[i][j].convert_to<double>();
            }
        const double largest =
            Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(plain).eigenvalues().maxCoeff();
        const std::optional<std::vector<Rational>> u = positive_direction(M);
        EXPECT_TRUE(std::abs(largest) < 1e-9 || u.has_value() == (largest > 0)) << largest;
        if (!u) continue;
        ++found;
        Rational value = 0;
        int entries = 0;
        for (std::size_t i = 0; i < d; ++i) {
            entries += (*u)[i] == 0 ? 0 : 1;
            for (std::size_t j = 0; j < d; ++j) value += (*u)[i] * M[i][j] * (*u)[j];
        }
        longer += entries > 2 ? 1 : 0;
        EXPECT_GT(value, 0);
    }
    EXPECT_GT(found, 1000);
    EXPECT_GT(longer, 20);
}

TEST(Mutants, BadQuestionsAreNamed) {
    const auto message = [](const nlohmann::json& json) -> std::string {
        try {
            (void)problem_of(question_from_json(json));
        } catch (const InputError& e) {
            return e.what();
        }
        return "";
    };
    const auto with = [](nlohmann::json json, const char* pointer, const nlohmann::json& value) {
        json[nlohmann::json::json_pointer(pointer)] = value;
        return json;
    };
    const auto names = [&](const nlohmann::json& json, const char* text) {
        const std::string words = message(json);
        EXPECT_NE(words.find(text), std::string::npos) << words;
    };
    EXPECT_EQ(message(square_instance()), "");
    EXPECT_EQ(message(unregularized_instance()), "");
    names(with(square_instance(), "/mutant", "squared"), "\"square\" and \"unregularized\"");
    names(with(square_instance(), "/mutant", 1), "mutant is number");
    names(with(square_instance(), "/lambda", 0), "lambda is 0");
    names(with(square_instance(), "/transfer/depth", 3), "hadamard_product of depth 2");
    names(with(square_instance(), "/transfer/kind", "shared_product"), "hadamard_product");
    names(with(unregularized_instance(), "/lambda", "1/2"), "lambda = 0");
    names(with(unregularized_instance(), "/lambda", "x"), "lambda: ");
    names(with(unregularized_instance(), "/transfer/kind", "hadamard_product"), "one group");
    names(with(unregularized_instance(), "/transfer/groups", {{0}, {1}}), "one group");
    nlohmann::json plain = unregularized_instance();
    plain.erase("mutant");
    names(plain, "lambda is 0; it must be positive");
}

}  // namespace
}  // namespace hadamard::landscape
