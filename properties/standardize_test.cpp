/// @file
/// Standardized columns, regression problems from tables, and the λ at which everything is 0.

#include "generators/scalars.hpp"

#include "hadamard/data/standardize.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/losses/poisson.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace hadamard {
namespace {

/// |Σx| ≤ n 2^−64 (rounding of the entries alone: the mean is exact) and |‖x‖² − n| ≤ n 10^−14 (15
/// digits of sd), with every entry on the grid of 2^−64, so that 50 digits hold it.
bool is_standardized(const Vector<Rational>& x) {
    const Integer grid = Integer(1) << 64;
    const Rational n(static_cast<int>(x.size()));
    Rational sum(0), squares(0);
    for (Index i = 0; i < x.size(); ++i) {
        if (denominator(Rational(x[i] * grid)) != 1) return false;
        if (to_rational(from_rational<Real<50>>(x[i])) != x[i]) return false;
        sum += x[i];
        squares += Rational(x[i] * x[i]);
    }
    return abs(sum) <= n / grid &&
           abs(Rational(squares - n)) <= n * Rational(1, Integer("100000000000000"));
}

bool is_constant(const Vector<Rational>& x) {
    for (Index i = 1; i < x.size(); ++i)
        if (x[i] != x[0]) return false;
    return true;
}

template <class Action>
void expect_refused(Action action, const std::vector<std::string>& parts) {
    try {
        action();
        ADD_FAILURE() << "accepted; expected a message with " << parts.front();
    } catch (const InputError& e) {
        const std::string message = e.what();
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        for (const std::string& part : parts)
            EXPECT_NE(message.find(part), std::string::npos) << message;
    }
}

TEST(Standardize, CentresAndScales) {
    EXPECT_TRUE(rc::check("mean 0, mean square 1", [] {
        const Index n = *rc::gen::inRange(2, 12);
        const Vector<Rational> x = gen::draw(
            "x", gen::vector<Rational>(
                     n, rc::gen::oneOf(gen::rational<Rational>(), gen::dyadic<Rational>(80))));
        RC_PRE(!is_constant(x));
        RC_ASSERT(is_standardized(standardized(x, "x")));
    }));
    Vector<Rational> x(3);
    x << Rational("1"), Rational(2), Rational(3);
    EXPECT_FALSE(is_standardized(x)) << "the law must tell raw columns";
    const Vector<Rational> scaled = standardized(x, "x");
    EXPECT_EQ(scaled[1], 0);
    EXPECT_EQ(scaled[0], -scaled[2]);
    EXPECT_FALSE(is_standardized(Vector<Rational>(scaled * Rational(1001, 1000)))) << "mutant";
}

/// x and a + bx, b > 0, are the same data: units do not matter, to the digits of sd.
TEST(Standardize, DoesNotDependOnUnits) {
    EXPECT_TRUE(rc::check("invariance under affine maps", [] {
        const Vector<Rational> x = gen::draw("x", gen::vector<Rational>(6));
        RC_PRE(!is_constant(x));
        const Rational a = gen::draw("a", gen::rational<Rational>());
        const Rational b = gen::draw("b", gen::positive_rational<Rational>());
        Vector<Rational> moved = b * x;
        for (Index i = 0; i < 6; ++i) moved[i] += a;
        const Vector<Rational> first = standardized(x, "x"), second = standardized(moved, "x");
        for (Index i = 0; i < 6; ++i)
            RC_ASSERT(abs(Rational(first[i] - second[i])) <=
                      Rational(1, Integer("10000000000000")));
    }));
}

TEST(Standardize, HugeAndTinyColumnsAreColumns) {
    const Table t =
        parse_table("a,b,y\n1e300,1e-300,0\n2e300,3e-300,1\n-1e300,5e-300,2\n", "t.csv");
    const LossSpec spec = regression_problem(t, "y", "least_squares", false);
    EXPECT_TRUE(is_standardized(spec.X.col(0)));
    EXPECT_TRUE(is_standardized(spec.X.col(1)));
}

TEST(RegressionProblem, KeepsTheResponseAndAddsTheIntercept) {
    const Table t = parse_table("a,y,b\n1,10,5\n2,-20.5,5.5\n4,30,7\n", "t.csv");
    const LossSpec spec = regression_problem(t, "y", "least_squares", true);
    ASSERT_EQ(spec.X.rows(), 3);
    ASSERT_EQ(spec.X.cols(), 3);
    EXPECT_EQ(spec.kind, "least_squares");
    for (Index i = 0; i < 3; ++i) EXPECT_EQ(spec.X(i, 0), 1);
    EXPECT_TRUE(is_standardized(spec.X.col(1)));
    EXPECT_TRUE(is_standardized(spec.X.col(2)));
    EXPECT_EQ(spec.y[1], Rational(-41, 2));
    EXPECT_EQ(regression_problem(t, "y", "huber", false).X.cols(), 2);
    EXPECT_EQ(regression_columns(t, "y", true),
              (std::vector<std::string>{"(intercept)", "a", "b"}));
    EXPECT_EQ(regression_columns(t, "a", false), (std::vector<std::string>{"y", "b"}));
}

TEST(RegressionProblem, MapsTheSmallerClassToZero) {
    const Table t = parse_table("a,y\n1,7\n2,-3\n4,7\n5,-3\n", "t.csv");
    const LossSpec spec = regression_problem(t, "y", "logistic", true);
    EXPECT_EQ(spec.y[0], 1);
    EXPECT_EQ(spec.y[1], 0);
    EXPECT_EQ(loss::Logistic<double>::from(spec).size(), 2);
}

TEST(RegressionProblem, BadInputIsRefused) {
    const auto problem = [](const char* text, const char* response, const char* kind) {
        return [=] { regression_problem(parse_table(text, "t.csv"), response, kind, true); };
    };
    const char* good = "alpha,beta,y\n1,2,3\n2,1,4\n3,3,4.5\n";
    expect_refused(problem(good, "bta", "huber"), {"t.csv", "\"bta\"", "did you mean \"beta\"?"});
    expect_refused(problem(good, "y", "huberr"), {"\"huberr\"", "did you mean \"huber\"?"});
    expect_refused(problem(good, "y", "quadratic"), {"\"quadratic\"", "least_squares"});
    expect_refused(problem(good, "y", "logistic"), {"\"y\"", "3 distinct values", "exactly two"});
    expect_refused(problem(good, "y", "poisson"), {"\"y\"", "9/2", "row 3"});
    expect_refused(problem("a,y\n1,-1\n2,1\n", "y", "poisson"), {"-1", "row 1"});
    expect_refused(problem("a,y\n1,2\n", "y", "huber"), {"t.csv", "at least two"});
    expect_refused(problem("y\n1\n2\n", "y", "huber"), {"t.csv", "no column beside"});
    expect_refused(problem("a,b,y\n1,7,1\n2,7,2\n", "y", "huber"), {"t.csv", "\"b\" is constant"});
}

/// At λ_max rounded up the zero vector is stationary, and at 1 − 10^−6 of it no longer.
bool is_lambda_max(const Rational& lambda, const std::vector<double>& slopes) {
    double largest = 0;
    for (const double slope : slopes) largest = std::max(largest, slope);
    const double value = from_rational<double>(lambda);
    return largest <= value && largest >= (1 - 1e-6) * value;
}

TEST(LambdaMax, IsTheLargestSlopeOfTheNullModel) {
    const Table t =
        parse_table("a,b,c,y\n1,2,0,0\n2,1,5,1\n3,3,-1,0\n5,1,2,1\n0,0,1,4\n7,2,2,3\n", "t.csv");
    for (const std::string kind : {"least_squares", "poisson"}) {
        SCOPED_TRACE(kind);
        const LossSpec spec = regression_problem(t, "y", kind, true);
        // Both null models fit the mean: the slopes are Xᵀ(y − mean)/n.
        Vector<double> y = from_rational<double>(spec.y);
        y.array() -= y.mean();
        const Matrix<double> X = from_rational<double>(spec.X);
        const Vector<double> slope = (X.transpose() * y / 6).cwiseAbs();
        const Rational lambda = lambda_max(spec, {0});
        EXPECT_TRUE(is_lambda_max(lambda, {slope[1], slope[2], slope[3]}));
        EXPECT_FALSE(is_lambda_max(Rational(lambda * 2), {slope[1], slope[2], slope[3]}));
        EXPECT_FALSE(is_lambda_max(Rational(lambda / 2), {slope[1], slope[2], slope[3]}));
        EXPECT_TRUE(is_lambda_max(lambda_max(spec, {0}, {{0, 2}, {1}}, {2, Rational(1, 4)}),
                                  {std::hypot(slope[1], slope[3]) / 2, slope[2] * 4}));
    }
}

TEST(LambdaMax, WithoutInterceptIsTheSlopeAtZero) {
    for (const LossSpec& spec : loss::Logistic<double>::example_specs()) {
        const loss::Logistic<double> loss = loss::Logistic<double>::from(spec);
        const Vector<double> g = loss.gradient(Vector<double>::Zero(loss.size())).cwiseAbs();
        EXPECT_TRUE(is_lambda_max(lambda_max(spec, {}),
                                  std::vector<double>(g.data(), g.data() + g.size())));
    }
}

TEST(LambdaMax, HuberFitsItsNullModelOnTheKinks) {
    const Table t = parse_table("a,y\n1,0\n2,0\n3,0\n5,0\n0,100\n", "t.csv");
    const LossSpec spec = regression_problem(t, "y", "huber", true);
    // One outlier pulls with δ = 1, four observations answer: the intercept is 1/4.
    const Matrix<double> X = from_rational<double>(spec.X);
    Vector<double> derivative(5);
    derivative << 0.25, 0.25, 0.25, 0.25, -1;
    EXPECT_TRUE(is_lambda_max(lambda_max(spec, {0}), {std::abs(X.col(1).dot(derivative)) / 5}));
}

TEST(LambdaMax, BadInputIsRefused) {
    LossSpec quadratic;
    quadratic.kind = "quadratic";
    expect_refused([&] { lambda_max(quadratic, {}); }, {"quadratic", "linear model"});
    LossSpec silent = loss::LeastSquares<double>::example_specs()[0];
    silent.y.setZero();
    expect_refused([&] { lambda_max(silent, {}); }, {"no slope"});
}

TEST(RegressionProblem, OfTheBenchDataIsStandardized) {
    const std::string folder = std::string(HADAMARD_SOURCE_DIR) + "/bench/data/";
    const LossSpec diabetes = regression_problem(read_table(folder + "diabetes.csv"), "progression",
                                                 "least_squares", true);
    ASSERT_EQ(diabetes.X.cols(), 11);
    for (Index j = 1; j < 11; ++j) EXPECT_TRUE(is_standardized(diabetes.X.col(j)));
    // Efron et al.: the largest absolute correlation is bmi's, 949.435 on columns of norm 1.
    EXPECT_NEAR(from_rational<double>(lambda_max(diabetes, {0})) * std::sqrt(442.0), 949.435, 1e-3);
    const LossSpec cancer =
        regression_problem(read_table(folder + "breast_cancer.csv"), "malignant", "logistic", true);
    EXPECT_EQ(cancer.y.sum(), 212);
}

}  // namespace
}  // namespace hadamard
