/// @file
/// `hadamard solve` as a user types it: optimality computed here from the CSV file, what it writes,
/// exit codes, and bad input.

#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

namespace {

using hadamard::Outcome;
using hadamard::text_of;
using hadamard::with;
using hadamard::Words;
using nlohmann::json;

/// A CSV file of numbers without quotes, the response last, columns with mean 0 and variance 1.
struct Standardised {
    std::vector<std::string> names;
    std::vector<std::vector<double>> raw, columns;
    std::vector<double> y;

    explicit Standardised(const std::string& path) {
        std::istringstream file(text_of(path));
        std::string line, cell;
        std::getline(file, line);
        for (std::istringstream header(line); std::getline(header, cell, ',');)
            names.push_back(cell);
        names.pop_back();
        raw.resize(names.size());
        while (std::getline(file, line)) {
            std::istringstream row(line);
            for (auto& column : raw) {
                std::getline(row, cell, ',');
                column.push_back(std::stod(cell));
            }
            std::getline(row, cell, ',');
            y.push_back(std::stod(cell));
        }
        columns = raw;
        const double n = static_cast<double>(y.size());
        for (auto& column : columns) {
            double mean = 0, square = 0;
            for (const double x : column) mean += x / n;
            for (const double x : column) square += (x - mean) * (x - mean) / n;
            for (double& x : column) x = (x - mean) / std::sqrt(square);
        }
    }

    /// Intercept plus coefficients, by name, times columns.
    std::vector<double> predictors(const std::vector<std::vector<double>>& X, const json& b,
                                   double intercept) const {
        std::vector<double> out(y.size(), intercept);
        for (std::size_t j = 0; j < names.size(); ++j)
            for (std::size_t i = 0; i < y.size(); ++i)
                out[i] += X[j][i] * b.value(names[j], 0.0);  // a path leaves zeros out
        return out;
    }

    double mean_product(std::size_t j, const std::vector<double>& r) const {
        double out = 0;
        for (std::size_t i = 0; i < r.size(); ++i) out += columns[j][i] * r[i];
        return out / static_cast<double>(r.size());
    }
};

double mean(const std::vector<double>& x) {
    double out = 0;
    for (const double v : x) out += v / static_cast<double>(x.size());
    return out;
}

class Solve : public hadamard::Program {
protected:
    static std::string data(const std::string& name) {
        return HADAMARD_SOURCE_DIR "/bench/data/" + name + ".csv";
    }

    Outcome diabetes(const Words& more) const {
        return run(with({"solve", data("diabetes"), "--response", "progression", "--quiet"}, more));
    }

    json diabetes_json(const Words& more, int status = 0) const {
        const Outcome outcome = diabetes(with({"--json", "-"}, more));
        EXPECT_EQ(outcome.status, status) << outcome.err;
        return json::parse(outcome.out);
    }

    /// Exit 2, one line that names these, no output.
    static void expect_refused(const Outcome& outcome, const Words& wanted) {
        EXPECT_EQ(outcome.status, 2) << outcome.out;
        EXPECT_EQ(outcome.out, "");
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
        for (const std::string& word : wanted)
            EXPECT_NE(outcome.err.find(word), std::string::npos)
                << outcome.err << " lacks " << word;
    }

    /// Four rows, y = 2a + noise.
    std::string small(const std::string& cell = "3") const {
        return written("small.csv", "a,b,y\n1,2,2.1\n2,1,3.9\n" + cell + ",5,6.2\n4,3,8\n");
    }

    Outcome refused_file(const Words& more, const std::string& cell = "3") const {
        return run(
            with({"solve", small(cell), "--response", "y", "--lambda", "1/10", "--quiet"}, more));
    }
};

/// λ of least squares: |X_jᵀr|/n = λ on the support, ≤ λ elsewhere. A relative gap of ε moves
/// X_jᵀr/n by at most √(2 ε P(0)) for columns of variance 1, as P grows quadratically in Xβ.
void expect_optimal(const Standardised& d, const json& at, double tolerance) {
    const double lambda = at["lambda"];
    const json& b = at["standardized_coefficients"];
    std::vector<double> r = d.predictors(d.columns, b, at["standardized_intercept"]);
    double null = 0, objective = 0;
    for (std::size_t i = 0; i < r.size(); ++i) {
        const double n = static_cast<double>(r.size());
        null += d.y[i] * d.y[i] / (2 * n);
        r[i] = d.y[i] - r[i];
        objective += r[i] * r[i] / (2 * n);
    }
    const double slack = std::sqrt(2 * tolerance * null);
    EXPECT_LE(std::abs(mean(r)), slack);
    long support = 0;
    for (std::size_t j = 0; j < d.names.size(); ++j) {
        const double slope = d.mean_product(j, r), value = b.value(d.names[j], 0.0);
        objective += lambda * std::abs(value);
        EXPECT_LE(std::abs(slope), lambda + slack) << d.names[j];
        if (value == 0) continue;
        ++support;
        EXPECT_NEAR(slope, std::copysign(lambda, value), slack) << d.names[j];
    }
    EXPECT_EQ(at["support"], support);
    EXPECT_NEAR(at["objective"], objective, 1e-12 * null);
    EXPECT_LE(at["relative_gap"], tolerance);
}

TEST_F(Solve, APathIsOptimalAtEveryLambda) {
    const json out = diabetes_json({"--path", "30", "--tol", "1e-12"});
    const Standardised d(data("diabetes"));
    ASSERT_EQ(out["path"].size(), 30u);
    EXPECT_EQ(out["verdict"], "converged");
    for (const json& at : out["path"]) {
        expect_optimal(d, at, 1e-12);
        // The original scale says the same of every row.
        const std::vector<double> scaled =
            d.predictors(d.columns, at["standardized_coefficients"], at["standardized_intercept"]);
        const std::vector<double> plain = d.predictors(d.raw, at["coefficients"], at["intercept"]);
        for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(plain[i], scaled[i], 1e-9);
    }
    const std::vector<double> residuals = [&] {
        std::vector<double> r = d.y;
        for (double& v : r) v -= mean(d.y);
        return r;
    }();
    double largest = 0;
    for (std::size_t j = 0; j < d.names.size(); ++j)
        largest = std::max(largest, std::abs(d.mean_product(j, residuals)));
    EXPECT_NEAR(out["lambda_max"], largest, 1e-12 * largest);
    EXPECT_EQ(out["path"][0]["support"], 0);
    EXPECT_NEAR(out["path"][29]["lambda_ratio"], 1e-3, 1e-12);
}

/// One value of λ has every column; many would repeat zeros.
TEST_F(Solve, AlongAPathZerosAreLeftOut) {
    const json out = diabetes_json({"--path", "10"});
    std::size_t written = 0;
    for (const json& at : out["path"])
        for (const char* name : {"coefficients", "standardized_coefficients"}) {
            EXPECT_EQ(at[name].size(), at["support"].get<std::size_t>());
            for (const auto& [column, value] : at[name].items()) EXPECT_NE(value, 0) << column;
            written += at[name].size();
        }
    EXPECT_TRUE(out["path"][0]["coefficients"].is_object());
    EXPECT_GT(written, 0u);
    EXPECT_LT(written, 2u * 10 * 10);
    const json one = diabetes_json({"--lambda", "20"});
    EXPECT_LT(one["support"], 10);
    EXPECT_EQ(one["coefficients"].size(), 10u);
    EXPECT_EQ(one["standardized_coefficients"].size(), 10u);
}

TEST_F(Solve, LambdaMaxIsTheLeastThatGivesZeros) {
    EXPECT_EQ(diabetes_json({"--lambda-ratio", "1.000001"})["support"], 0);
    EXPECT_EQ(diabetes_json({"--lambda-ratio", "0.99"})["support"], 1);
    EXPECT_EQ(diabetes_json({"--lambda-ratio", "1.000001", "--groups", "2"})["support"], 0);
    EXPECT_EQ(diabetes_json({"--lambda-ratio", "0.99", "--groups", "2"})["support"], 2);
}

TEST_F(Solve, FieldsOfTheResult) {
    const json out = diabetes_json({"--lambda", "5"});
    for (const char* name : {"coefficients", "intercept", "objective", "relative_gap", "support",
                             "verdict", "iterations", "cpu_seconds", "lambda", "lambda_max",
                             "standardized_coefficients", "format", "command", "seconds"})
        EXPECT_TRUE(out.contains(name)) << name;
    EXPECT_EQ(out["coefficients"].size(), 10u);
    EXPECT_EQ(out["verdict"], "converged");
    EXPECT_EQ(out["lambda"], 5);
    EXPECT_FALSE(out.contains("path"));
    const json deep = diabetes_json({"--lambda", "5", "--depth", "3"});
    EXPECT_FALSE(deep.contains("relative_gap"));
    EXPECT_LE(deep["residual"], 1e-8);
    const json three = diabetes_json({"--lambda", "1/10", "5", "1/2"});
    ASSERT_EQ(three["path"].size(), 3u);
    EXPECT_EQ(three["path"][0]["lambda"], 5);
    EXPECT_EQ(three["path"][2]["lambda"], 0.1);

    const std::string file = this->file("out.json").string();
    const Outcome table = diabetes({"--lambda", "5", "--json", file});
    EXPECT_EQ(table.status, 0);
    EXPECT_EQ(json::parse(text_of(file))["objective"], out["objective"]);
    for (const char* word : {"bmi", "(intercept)", "standardised", "verdict: converged"})
        EXPECT_NE(table.out.find(word), std::string::npos) << table.out;
}

/// Transfers that induce one penalty have one solution.
TEST_F(Solve, TransfersOfOnePenaltyAgree) {
    const json product = diabetes_json({"--lambda", "5"});
    for (const char* name :
         {"hadamard_difference", "hadamard_power", "shared_product", "young_product"})
        EXPECT_EQ(diabetes_json({"--lambda", "5", "--transfer", name})["coefficients"],
                  product["coefficients"])
            << name;
    const json grouped = diabetes_json({"--lambda", "5", "--groups", "2"});
    for (const char* name : {"group_power", "group_shared_product"})
        EXPECT_EQ(
            diabetes_json({"--lambda", "5", "--groups", "2", "--transfer", name})["coefficients"],
            grouped["coefficients"])
            << name;
    // At depth 3 the Young product's penalty is 3/2 times that of the others.
    EXPECT_EQ(
        diabetes_json({"--lambda", "5", "--transfer", "young_product", "--depth", "3"})["support"],
        diabetes_json({"--lambda", "15/2", "--depth", "3"})["support"]);
    for (const char* name : {"low_rank", "mixed_group"})
        expect_refused(diabetes({"--lambda", "5", "--transfer", name}),
                       {name, "hadamard_product", "group_power"});
    expect_refused(diabetes({"--lambda", "5", "--transfer", "hadamard_prodct"}),
                   {"hadamard_product"});
    expect_refused(diabetes({"--lambda", "5", "--transfer", "hadamard_power", "--depth", "5/2"}),
                   {"depth", "whole"});
    expect_refused(diabetes({"--lambda", "5", "--transfer", "group_product"}), {"--groups"});
    expect_refused(diabetes({"--lambda", "5", "--transfer", "hadamard_product", "--groups", "2"}),
                   {"--groups", "group_product"});
    const std::string own = HADAMARD_SOURCE_DIR "/examples/transfers/depth_4.json";
    EXPECT_EQ(diabetes_json({"--lambda", "5", "--transfer", own})["depth"], 4);
}

TEST_F(Solve, GroupsAndWeightsFromFiles) {
    std::string pairs = "column,group,weight\n", single = "column,group\n";
    const std::vector<std::string> names = Standardised(data("diabetes")).names;
    for (std::size_t j = 0; j < names.size(); ++j) {
        pairs += names[j] + ",g" + std::to_string(j / 2) + ",1\n";
        single += names[j] + "," + names[j] + "\n";
    }
    EXPECT_EQ(
        diabetes_json({"--lambda", "5", "--groups", written("pairs.csv", pairs)})["coefficients"],
        diabetes_json({"--lambda", "5", "--groups", "2"})["coefficients"]);
    const json alone = diabetes_json({"--lambda", "5", "--tol", "1e-13"});
    const json groups = diabetes_json(
        {"--lambda", "5", "--tol", "1e-13", "--groups", written("single.csv", single)});
    EXPECT_EQ(groups["support"], alone["support"]);
    EXPECT_NEAR(groups["objective"], alone["objective"], 1e-9);

    const std::string weights = written("weights.csv", "column,weight\nage,0\nbmi,inf\n");
    const json weighted = diabetes_json({"--lambda", "20", "--weights", weights});
    EXPECT_NE(weighted["coefficients"]["age"], 0);
    EXPECT_EQ(weighted["coefficients"]["bmi"], 0);
    EXPECT_EQ(diabetes_json({"--lambda", "20", "--weights", weights, "--digits", "50"})["verdict"],
              "local minimizer");

    const auto refuse = [&](const std::string& text, const Words& wanted) {
        expect_refused(refused_file({"--groups", written("bad.csv", text)}), wanted);
    };
    refuse("column,group\na,1\n", {"\"b\"", "no group"});
    refuse("column,group\na,1\nbb,1\n", {"line 3", "\"bb\"", "\"b\""});
    refuse("column,group\na,1\na,2\nb,1\n", {"line 3", "twice"});
    refuse("column,grp\na,1\nb,1\n", {"\"group\"", "column,group"});
    refuse("column,group,weight\na,1,-1\nb,1,1\n", {"line 2", "\"-1\""});
    refuse("column,group,weight\na,1,1\nb,1,2\n", {"line 3", "agree"});
    refuse("column,group\na,1\nb\n", {"line 3"});
    refuse("", {"empty"});
    expect_refused(refused_file({"--groups", "3"}), {"--groups", "2"});
    expect_refused(refused_file({"--groups", "/nowhere.csv"}), {"/nowhere.csv"});
    expect_refused(refused_file({"--weights", written("w.csv", "column,weight\nc,1\n")}),
                   {"\"c\""});
    expect_refused(
        refused_file({"--groups", "1", "--weights", written("w.csv", "column,weight\na,1\n")}),
        {"--weights", "--groups"});
}

TEST_F(Solve, LogisticOnBreastCancer) {
    const Outcome outcome = run({"solve", data("breast_cancer"), "--response", "malignant",
                                 "--lambda", "1/50", "--tol", "1e-12", "--json", "-"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json out = json::parse(outcome.out);
    EXPECT_EQ(out["loss"], "logistic");
    const Standardised d(data("breast_cancer"));
    std::vector<double> r =
        d.predictors(d.columns, out["standardized_coefficients"], out["standardized_intercept"]);
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = d.y[i] - 1 / (1 + std::exp(-r[i]));
    // The slope is 1/4-Lipschitz in z and P grows no slower than (slope)²·2: |Δ| ≤ √(ε P(0)/2).
    const double slack = std::sqrt(1e-12 * std::log(2.0) / 2);
    EXPECT_LE(std::abs(mean(r)), slack);
    for (std::size_t j = 0; j < d.names.size(); ++j) {
        const double b = out["standardized_coefficients"][d.names[j]];
        const double slope = d.mean_product(j, r);
        EXPECT_LE(std::abs(slope), 0.02 + slack);
        if (b != 0) {
            EXPECT_NEAR(slope, std::copysign(0.02, b), slack);
        }
    }
}

TEST_F(Solve, OtherLossesAndScales) {
    for (const Words& more : std::vector<Words>{{"--loss", "huber", "--delta", "50"},
                                                {"--loss", "poisson", "--lambda-ratio", "1/10"},
                                                {"--no-standardize", "--lambda-ratio", "1/10"},
                                                {"--no-intercept", "--lambda-ratio", "1/10"}}) {
        const bool has_lambda = std::find(more.begin(), more.end(), "--lambda-ratio") != more.end();
        const json out = diabetes_json(has_lambda ? more : with(more, {"--lambda", "1/2"}));
        EXPECT_EQ(out["verdict"], "converged") << more[0] << " " << more[1];
    }
    const json plain = diabetes_json({"--no-standardize", "--lambda", "5"});
    EXPECT_TRUE(plain["standardized_coefficients"].is_null());
    expect_refused(refused_file({"--delta", "2"}), {"--delta", "huber"});
    expect_refused(refused_file({"--loss", "huber", "--delta", "-2"}), {"--delta"});
    expect_refused(refused_file({"--loss", "poisson"}), {"poisson", "integers"});
    expect_refused(refused_file({"--loss", "logistic"}), {"logistic", "two"});
}

TEST_F(Solve, CrossValidationIsThatOfItsSeed) {
    const json first = diabetes_json({"--cv", "5", "--path", "20", "--seed", "7"});
    json again = diabetes_json({"--cv", "5", "--path", "20", "--seed", "7"});
    const json other = diabetes_json({"--cv", "5", "--path", "20", "--seed", "8"});
    EXPECT_EQ(first["cross_validation"]["table"], again["cross_validation"]["table"]);
    EXPECT_EQ(first["coefficients"], again["coefficients"]);
    EXPECT_NE(first["cross_validation"]["table"], other["cross_validation"]["table"]);

    const json& cv = first["cross_validation"];
    ASSERT_EQ(cv["table"].size(), 20u);
    const auto less = [](const json& a, const json& b) { return a["mean_loss"] < b["mean_loss"]; };
    const json least = *std::min_element(cv["table"].begin(), cv["table"].end(), less);
    EXPECT_EQ(cv["lambda_min"], least["lambda"]);
    const double bound = least["mean_loss"].get<double>() + least["standard_error"].get<double>();
    double largest = 0;
    for (const json& row : cv["table"])
        if (row["mean_loss"].get<double>() <= bound)
            largest = std::max(largest, row["lambda"].get<double>());
    EXPECT_EQ(cv["lambda_1se"], largest);
    EXPECT_EQ(first["lambda"], largest);
    EXPECT_EQ(first["solutions"]["lambda_min"]["lambda"], cv["lambda_min"]);
    EXPECT_EQ(first["solutions"]["lambda_1se"]["coefficients"], first["coefficients"]);
    const Standardised d(data("diabetes"));
    expect_optimal(d, first["solutions"]["lambda_min"], 1e-8);
    expect_refused(diabetes({"--cv", "1"}), {"--cv"});
    expect_refused(diabetes({"--cv", "443"}), {"443", "442"});
}

TEST_F(Solve, FiftyDigitsProveAMinimizer) {
    const json rough = diabetes_json({"--lambda", "5", "--tol", "1e-3"});
    const json out = diabetes_json({"--lambda", "5", "--tol", "1e-3", "--digits", "50"});
    EXPECT_EQ(out["verdict"], "local minimizer");
    EXPECT_EQ(out["certificate"]["strict"], true);
    EXPECT_LE(std::stod(out["certificate"]["relative_gap"].get<std::string>()), 1e-40);
    EXPECT_LE(out["objective"].get<double>(), rough["objective"].get<double>() * (1 + 1e-14));
    for (const auto& [name, text] : out["certificate"]["standardized_coefficients"].items())
        EXPECT_EQ(std::stod(text.get<std::string>()), out["standardized_coefficients"][name]);
    expect_optimal(Standardised(data("diabetes")), out, 1e-15);
    const json deep = diabetes_json({"--lambda", "30", "--depth", "3", "--digits", "50"});
    EXPECT_EQ(deep["verdict"], "local minimizer");
    const json groups = diabetes_json({"--lambda", "5", "--groups", "2", "--digits", "50"});
    EXPECT_EQ(groups["verdict"], "local minimizer");
    for (const char* bad : {"300", "60", "1", "050", "fifty"})
        expect_refused(diabetes({"--lambda", "5", "--digits", bad}),
                       {"--digits", bad, "50, 100, 200"});
}

TEST_F(Solve, ExitOneWhereItDoesNotConverge) {
    const json out = diabetes_json({"--lambda", "5", "--max-iterations", "1"}, 1);
    EXPECT_EQ(out["verdict"], "iteration_limit");
    EXPECT_GT(out["relative_gap"], 1e-8);
}

TEST_F(Solve, BadInputIsNamed) {
    expect_refused(run({"solve", small(), "--response", "why", "--lambda", "1"}),
                   {"\"why\"", "\"y\""});
    expect_refused(refused_file({}, "nan"), {"line 4", "\"a\"", "nan"});
    expect_refused(refused_file({}, "inf"), {"line 4", "\"a\"", "inf"});
    expect_refused(refused_file({}, ""), {"line 4", "\"a\"", "empty"});
    expect_refused(refused_file({}, "1e400"), {"1e308"});
    expect_refused(run({"solve", "/nowhere.csv", "--response", "y", "--lambda", "1"}),
                   {"/nowhere.csv"});
    expect_refused(run({"solve", small(), "--response", "y"}), {"--lambda", "--path", "--cv"});
    for (const char* bad : {"0", "-1", "x", "nan", "1e400", "1e-400"})
        expect_refused(run({"solve", small(), "--response", "y", "--lambda=" + std::string(bad)}),
                       {"--lambda"});
    expect_refused(refused_file({"--path", "3"}), {"--lambda", "--path"});
    expect_refused(refused_file({"--method", "workingset"}), {"working_set"});
    expect_refused(refused_file({"--tol", "0"}), {"--tol"});
    expect_refused(refused_file({"--depth", "1"}), {"depth"});
    expect_refused(refused_file({"--seed", "1"}), {"--seed", "--cv"});
    expect_refused(refused_file({"--ratio", "1/2"}), {"--ratio", "--path"});
    expect_refused(refused_file({"--lamda", "1"}), {"--lambda"});
    expect_refused(refused_file({"--json", small()}), {"--json"});
    const std::string flat = written("flat.csv", "a,b,y\n1,2,5\n2,1,5\n3,5,5\n");
    expect_refused(run({"solve", flat, "--response", "y", "--path", "3"}), {"lambda_max"});
    EXPECT_EQ(run({"solve", flat, "--response", "y", "--lambda", "1", "--quiet"}).status, 0);
}

TEST_F(Solve, AnInterceptThatRunsAwayIsRefused) {
    const std::string none = written("none.csv", "a,b,y\n1,2,0\n2,1,0\n3,5,0\n");
    const Words poisson = {"solve",   none,       "--response", "y",      "--loss",
                           "poisson", "--lambda", "1/10",       "--quiet"};
    expect_refused(run(poisson), {"none.csv", "\"y\"", "all 3 rows", "--no-intercept"});
    EXPECT_EQ(run(with(poisson, {"--no-intercept"})).status, 0);
    const std::string some = written("some.csv", "a,b,y\n1,2,0\n2,1,0\n3,5,1\n");
    EXPECT_EQ(
        run({"solve", some, "--response", "y", "--loss", "poisson", "--lambda", "1/10", "--quiet"})
            .status,
        0);
    // Left out, row 3 leaves rows that have but one class.
    expect_refused(run({"solve", some, "--response", "y", "--cv", "3", "--quiet"}),
                   {"fold", "of 3", "logistic", "y is 0"});
}

TEST_F(Solve, SquaresThatOverflowAreNamed) {
    const std::string large =
        written("large.csv", "a,b,y\n1,2e200,2\n2,1e200,1\n3,5e200,5\n4,3e200,7\n");
    const auto solve = [&](const std::string& response, const Words& more) {
        return run(with(
            {"solve", large, "--response", response, "--lambda-ratio", "1/10", "--quiet"}, more));
    };
    expect_refused(solve("y", {"--no-standardize"}), {"large.csv", "column \"b\"", "1e150"});
    expect_refused(solve("b", {}), {"large.csv", "response \"b\"", "1e150"});
    EXPECT_EQ(solve("y", {}).status, 0);  // standardised, the scale is gone
}

/// The file of the result is there before the work begins.
TEST_F(Solve, AnInterruptKeepsWhatWasFound) {
    const std::string out = file("out.json").string();
    const pid_t child =
        start_until_file({"solve", data("breast_cancer"), "--response", "malignant", "--path",
                          "100000", "--ratio", "1e-4", "--tol", "1e-12", "--json", out, "--quiet"},
                         "out.json.partial");
    kill(child, SIGINT);
    const Outcome outcome = end_of(child);
    EXPECT_EQ(outcome.status, 130);
    EXPECT_NE(outcome.err.find("interrupted"), std::string::npos);
    const json result = json::parse(text_of(out));
    EXPECT_EQ(result["interrupted"], true);
    EXPECT_LT(result["path"].size(), 100'000u);
}

/// P of the diabetes data by hand.
double lasso_objective(const Standardised& d, const json& at) {
    const json& b = at["standardized_coefficients"];
    const std::vector<double> z = d.predictors(d.columns, b, at["standardized_intercept"]);
    double out = 0;
    for (std::size_t i = 0; i < z.size(); ++i)
        out += (z[i] - d.y[i]) * (z[i] - d.y[i]) / (2 * static_cast<double>(z.size()));
    for (const auto& [name, value] : b.items())
        out += at["lambda"].get<double>() * std::abs(value.get<double>());
    return out;
}

double distance(const json& a, const json& b) {
    const double gap = a["standardized_intercept"].get<double>() -
                       b["standardized_intercept"].get<double>();
    double out = gap * gap;
    for (const auto& [name, value] : a["standardized_coefficients"].items()) {
        const double step =
            value.get<double>() - b["standardized_coefficients"][name].get<double>();
        out += step * step;
    }
    return std::sqrt(out);
}

TEST_F(Solve, EveryMethodReachesTheMinimum) {
    const Standardised d(data("diabetes"));
    for (const char* intercept : {"", "--no-intercept"}) {
        const Words problem = *intercept == 0 ? Words{"--lambda", "5"}
                                              : Words{"--lambda", "5", intercept};
        const json best = diabetes_json(with(problem, {"--digits", "50"}));
        json zero = best;
        // Of columns with mean 0 the intercept is that of the null model, whatever the coefficients.
        for (auto& value : zero["standardized_coefficients"]) value = 0;
        const double least = lasso_objective(d, best), null = lasso_objective(d, zero);
        for (const std::string method :
             {"adam", "alternating_ridge", "coordinate_descent", "gradient_descent", "lbfgs",
              "newton", "proximal_gradient", "stochastic_gradient", "varpro"}) {
            if (method == "varpro" && *intercept == 0) continue;
            const bool with_reference = method == "lbfgs" || method == "proximal_gradient";
            Words words = with(problem, {"--method", method, "--tol", "1e-9"});
            if (with_reference) words.push_back("--reference");
            if (method == "adam") words = with(words, {"--learning-rate", "1"});  // of the scale of y
            const json at = diabetes_json(words);
            const double reached = lasso_objective(d, at);
            EXPECT_EQ(at["method"], method);
            // Of 442 squares of sums of 11 terms, each to rounding.
            EXPECT_NEAR(at["objective"], reached, 1e-13 * null) << method;
            EXPECT_LE(at["relative_gap"], 1e-9) << method;
            EXPECT_LE(reached - least, at["relative_gap"].get<double>() * null + 1e-13 * null)
                << method;
            EXPECT_EQ(at.contains("distance"), with_reference);
            if (with_reference) {
                EXPECT_EQ(at["reference"]["verdict"], "certified minimizer");
                EXPECT_NEAR(at["distance"], distance(at, best), 1e-9 * std::sqrt(null)) << method;
            }
            EXPECT_EQ(at["samples"]["objective"].back(), at["objective"]);
            EXPECT_EQ(at["samples"]["iteration"].back(), at["iterations"]);
            EXPECT_GE(at["evaluations"], 1);
            EXPECT_EQ(at["surrogate_objective"].is_null(), !at["on_surrogate"].get<bool>());
            if (!at["on_surrogate"]) continue;
            const double excess = at["surrogate_objective"].get<double>() - reached;
            EXPECT_NEAR(excess, 5 * at["misalignment"].get<double>(), 1e-13 * null) << method;
            EXPECT_GE(at["imbalance"], 0);
        }
    }
}

TEST_F(Solve, MethodsOnGroupsWeightsAndOtherLosses) {
    const std::string weights = written("weights.csv", "column,weight\nbmi,0\ns5,0\nage,2\n");
    const std::string groups = written(
        "groups.csv",
        "column,group,weight\nage,a,0\nsex,a,0\nbmi,b,2\nbp,b,2\ns1,c,1\ns2,c,1\ns3,c,1\ns4,d,1\n"
        "s5,d,1\ns6,d,1\n");
    for (const Words& more :
         {Words{"--weights", weights}, Words{"--groups", "2"}, Words{"--groups", groups},
          Words{"--loss", "huber", "--delta", "20"},
          Words{"--transfer", "hadamard_difference"}}) {
        const Words problem = with({"--lambda-ratio", "1/5"}, more);
        const json own = diabetes_json(with(problem, {"--tol", "1e-12"}));
        for (const char* method : {"lbfgs", "coordinate_descent"}) {
            const json at = diabetes_json(with(problem, {"--method", method, "--tol", "1e-9"}));
            EXPECT_EQ(at["lambda"], own["lambda"]);
            // P(0) is at most 10 times the least P here.
            EXPECT_NEAR(at["objective"], own["objective"], 1e-8 * own["objective"].get<double>())
                << more.back() << " " << method;
        }
    }
}

/// At q < 1 each method has a minimizer of its own; the certificate is of that one.
TEST_F(Solve, AMethodsMinimizerIsCertifiedAsItIs) {
    const json at = diabetes_json({"--lambda", "30", "--depth", "3", "--method", "lbfgs",
                                   "--digits", "50", "--reference"});
    EXPECT_EQ(at["verdict"], "local minimizer");
    EXPECT_TRUE(at["samples"]["relative_gap"].is_null());
    EXPECT_GE(at["objective"].get<double>(),
              at["reference"]["objective"].get<double>() * (1 - 1e-14));
    EXPECT_NEAR(at["objective"], at["samples"]["objective"].back(),
                1e-6 * at["objective"].get<double>());
    // From so near to 0 it ends there, as is its right: 0 is a local minimizer at q < 1.
    const json zero = diabetes_json({"--lambda", "30", "--depth", "3", "--method", "newton",
                                     "--digits", "50"});
    EXPECT_EQ(zero["verdict"], "local minimizer");
    for (const auto& value : zero["coefficients"]) EXPECT_EQ(value, 0);
}

TEST_F(Solve, TheSeedDecidesStartAndBatches) {
    const auto samples = [&](const char* seed) {
        json out = diabetes_json({"--lambda", "5", "--method", "stochastic_gradient", "--batch",
                                  "50", "--max-iterations", "20", "--seed", seed},
                                 1)["samples"];
        out.erase("cpu_seconds");
        return out;
    };
    EXPECT_EQ(samples("1"), samples("1"));
    EXPECT_NE(samples("1"), samples("2"));
}

TEST_F(Solve, AMethodThatDoesNotGetThere) {
    const json few =
        diabetes_json({"--lambda", "5", "--method", "lbfgs", "--max-iterations", "3"}, 1);
    EXPECT_EQ(few["verdict"], "iteration_limit");
    EXPECT_EQ(few["iterations"], 3);
    EXPECT_GT(few["relative_gap"], 1e-8);
    const json far = diabetes_json(
        {"--lambda", "5", "--method", "stochastic_gradient", "--learning-rate", "10"}, 1);
    EXPECT_EQ(far["verdict"], "non_finite");
    for (const auto& value : far["coefficients"]) EXPECT_TRUE(value.is_number());
    const json late =
        diabetes_json({"--lambda", "5", "--method", "adam", "--max-seconds", "0"}, 1);
    EXPECT_EQ(late["verdict"], "time_limit");
}

TEST_F(Solve, WhatAMethodCannotDoIsNamed) {
    const auto refused = [&](const Words& more, const Words& wanted) {
        expect_refused(diabetes(with({"--lambda", "5"}, more)), wanted);
    };
    refused({"--method", "adma"}, {"adma", "did you mean \"adam\"", "working_set"});
    refused({"--method", "adam", "--momentum", "0.5"}, {"--momentum", "stochastic_gradient"});
    refused({"--method", "lbfgs", "--learning-rate", "1"}, {"--learning-rate", "adam"});
    refused({"--method", "lbfgs", "--batch", "5"}, {"--batch"});
    refused({"--method", "lbfgs", "--schedule", "cosine"}, {"--schedule"});
    for (const char* flag :
         {"--learning-rate", "--momentum", "--batch", "--start", "--max-seconds"})
        refused({flag, "1"}, {flag, "working_set"});
    refused({"--reference"}, {"--reference", "working_set"});
    refused({"--method", "adam", "--cv", "5"}, {"adam", "--cv"});
    refused({"--method", "adam", "--lambda", "3"}, {"adam", "one --lambda"});
    refused({"--method", "adam", "--start", "here"}, {"start", "balanced"});
    refused({"--method", "adam", "--learning-rate", "fast"}, {"--learning-rate", "fast"});
    refused({"--method", "varpro"}, {"varpro", "intercept"});
    refused({"--method", "varpro", "--loss", "huber", "--no-intercept"}, {"least_squares"});
    const std::string left_out = written("weights.csv", "column,weight\nbmi,inf\n");
    refused({"--method", "adam", "--weights", left_out}, {"inf", "\"bmi\"", "working_set"});
}

TEST_F(Solve, AMethodRunsOnATransferFromAFile) {
    const json at = diabetes_json({"--lambda", "30", "--method", "lbfgs", "--transfer",
                                   HADAMARD_SOURCE_DIR "/examples/transfers/u_v2.json"});
    EXPECT_EQ(at["transfer"], "u_v2");
    EXPECT_EQ(at["stop"], "tolerance_reached");
    EXPECT_NEAR(at["objective"], at["surrogate_objective"], 1e-9 * at["objective"].get<double>());
}

TEST_F(Solve, AnInterruptedMethodKeepsItsPoint) {
    const std::string out = file("out.json").string();
    const pid_t child = start_until_file(
        {"solve", data("diabetes"), "--response", "progression", "--lambda", "5", "--method",
         "adam", "--max-iterations", "1000000000", "--tol", "1e-200", "--json", out, "--quiet"},
        "out.json.partial");
    kill(child, SIGINT);
    const Outcome outcome = end_of(child);
    EXPECT_EQ(outcome.status, 130);
    EXPECT_NE(outcome.err.find("interrupted"), std::string::npos);
    const json result = json::parse(text_of(out));
    EXPECT_EQ(result["interrupted"], true);
    EXPECT_EQ(result["verdict"], "interrupted");
}

}  // namespace
