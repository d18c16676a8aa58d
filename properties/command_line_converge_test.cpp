/// @file
/// `hadamard converge` as a user types it: what its file holds, that it goes on where it ended, and bad
/// input.

#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

using hadamard::Outcome;
using hadamard::text_of;
using hadamard::with;
using hadamard::Words;
using nlohmann::json;

const Words small = {"converge",  "--problem", "toeplitz:rows=20,columns=10,nonzeros=3",
                     "--method",  "lbfgs",     "proximal_gradient",
                     "working_set", "--depth",   "2",
                     "3",         "--repetitions", "2",
                     "--quiet"};

Words with_file(const std::string& path) {
    Words out = small;
    out.insert(out.end(), {"--out", path});
    return out;
}

std::vector<json> records(const std::string& path) {
    std::vector<json> out;
    std::istringstream lines(text_of(path));
    for (std::string line; std::getline(lines, line);) out.push_back(json::parse(line));
    return out;
}

/// Without what differs from run to run: times.
json timeless(json record) {
    for (const char* name : {"cpu_seconds", "measuring_seconds"}) record.erase(name);
    if (record.contains("samples")) record["samples"].erase("cpu_seconds");
    return record;
}

std::set<std::string> runs(const std::string& path) {
    std::set<std::string> out;
    for (const json& record : records(path))
        if (record.at("record") == "run") out.insert(timeless(record).dump());
    return out;
}

class Converge : public hadamard::Program {
protected:
    std::string path_ = file("runs.jsonl");
};

TEST_F(Converge, FileHoldsEveryRunAgainstACertifiedMinimizer) {
    const Outcome outcome = run(with_file(path_));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const std::vector<json> all = records(path_);
    EXPECT_EQ(all.front().at("format"), "hadamard-converge");
    int references = 0, found = 0;
    for (const json& record : all) {
        if (record.at("record") == "reference") {
            ++references;
            EXPECT_EQ(record.at("verdict"), "certified minimizer");
        }
        if (record.at("record") != "run") continue;
        ++found;
        const json& samples = record.at("samples");
        const std::size_t count = samples.at("iteration").size();
        for (const auto& [name, list] : samples.items())
            EXPECT_TRUE(list.is_null() || list.size() == count) << name;
        EXPECT_EQ(samples.at("relative_gap").is_null(), record.at("depth") == 3);
        EXPECT_EQ(record.at("transfer").is_null(), !record.at("on_surrogate").get<bool>());
        if (record.at("depth") == 2) {
            EXPECT_LE(samples.at("relative_gap").back().get<double>(), 1e-10);
            EXPECT_LE(samples.at("suboptimality").back().get<double>(), 1e-10);
        }
    }
    EXPECT_EQ(references, 2);
    EXPECT_EQ(found, 2 * (2 + 2 + 2));
}

TEST_F(Converge, GoesOnWhereItEnded) {
    ASSERT_EQ(run(with_file(path_)).status, 0);
    const std::set<std::string> whole = runs(path_);
    // Cut off in the middle of a line.
    const std::string text = text_of(path_);
    std::ofstream(path_) << text.substr(0, text.size() * 2 / 3);
    const Outcome again = run(with_file(path_));
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(runs(path_), whole);
    const std::size_t size = records(path_).size();
    const Outcome third = run(with_file(path_));
    EXPECT_NE(third.out.find("12 of them from the file"), std::string::npos) << third.out;
    EXPECT_EQ(records(path_).size(), size + 1);  // the session
}

TEST_F(Converge, ThreadsChangeNothingButTimes) {
    Words one = with_file(path_), two = one;
    one.insert(one.end(), {"--threads", "1"});
    ASSERT_EQ(run(one).status, 0);
    const std::set<std::string> alone = runs(path_);
    std::remove(path_.c_str());
    two.insert(two.end(), {"--threads", "2"});
    ASSERT_EQ(run(two).status, 0);
    EXPECT_EQ(runs(path_), alone);
}

TEST_F(Converge, RefusesWhatMakesNoSense) {
    const std::vector<std::pair<Words, std::string>> cases = {
        {{"converge", "--problem", "diabtes"}, "did you mean \"diabetes\""},
        {{"converge", "--problem", "toeplitz:row=3"}, "did you mean \"rows\""},
        {{"converge", "--problem", "toeplitz:rows"}, "key=value"},
        {{"converge", "--problem", "toeplitz:rows=1"}, "rows: expected"},
        {{"converge", "--problem", "x.csv"}, "--response"},
        {{"converge", "--method", "lbgfs"}, "did you mean \"lbfgs\""},
        {{"converge", "--lambda-ratio", "2"}, "lambda_max"},
        {{"converge", "--transfer", "group_product"}, "--groups"},
        {{"converge", "--momentum", "1", "--method", "stochastic_gradient"}, "momentum"},
        {{"converge", "--digits", "60"}, "50, 100"},
        {{"converge", "--plan", "/no/such/file"}, "cannot be opened"},
        {{"converge", "--out", "/no/such/folder/x"}, "cannot write"},
        {{"converge", "--out", "/dev/null"}, "no regular file"},
        {{"converge", "--out", "/dev/full"}, "no regular file"},
        {{"converge", "--depth", "2", "2"}, "named twice"},
        {{"converge", "--lambda-ratio", "0.1", "1/10"}, "named twice"},
        {{"converge", "--max-iterations", "2.7"}, "whole number"},
    };
    for (const auto& [words, part] : cases) {
        const Outcome outcome = run(words);
        EXPECT_EQ(outcome.status, 2) << words.back();
        EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    }
    std::ofstream(path_) << "{\"hello\": 1}\n";
    const Outcome outcome = run(with_file(path_));
    EXPECT_EQ(outcome.status, 2);
    EXPECT_NE(outcome.err.find("line 1"), std::string::npos) << outcome.err;
    EXPECT_EQ(text_of(path_), "{\"hello\": 1}\n");  // not touched
}

TEST_F(Converge, TakesAPlan) {
    const std::string plan = file("plan.json");
    std::ofstream(plan) << R"({"problems": ["toeplitz:rows=20,columns=10,nonzeros=3"],
        "methods": ["lbfgs"], "depths": [2], "repetitions": 1, "tolerance": 1e-6})";
    const Outcome outcome = run({"converge", "--plan", plan, "--json", "-", "--quiet"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json result = json::parse(outcome.out);
    EXPECT_EQ(result.at("runs").size(), 1u);
    EXPECT_EQ(result.at("plan").at("tolerance"), 1e-6);
    // The names of the flags, numbers or text, one or a list.
    std::ofstream(plan) << R"({"problem": "toeplitz:rows=20,columns=10,nonzeros=3", "method": "lbfgs",
        "depth": 2, "repetitions": "1", "tol": "1e-6", "lambda_ratio": 0.1, "no_intercept": true})";
    const Outcome flags = run({"converge", "--plan", plan, "--json", "-", "--quiet"});
    ASSERT_EQ(flags.status, 0) << flags.err;
    const json same = json::parse(flags.out);
    EXPECT_EQ(same.at("plan").at("intercept"), false);
    EXPECT_EQ(same.at("plan").at("lambda_ratios"), json({"1/10"}));
    EXPECT_EQ(same.at("runs").at(0).at("samples").at("objective"),
              result.at("runs").at(0).at("samples").at("objective"));
    // What a session says it was asked for is a plan.
    std::ofstream(plan) << same.at("plan");
    const Outcome again = run({"converge", "--plan", plan, "--json", "-", "--quiet"});
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(json::parse(again.out).at("plan"), same.at("plan"));
}

TEST_F(Converge, APlanIsCheckedLikeFlagsBeforeAnythingIsWritten) {
    const std::string plan = file("plan.json");
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"({"repetitions": 1e9})", "repetitions: \"1000000000.0\" is not a whole number from 1"},
        {R"({"repetitions": -3})", "whole number from 1"},
        {R"({"repetitions": 2.9})", "whole number from 1"},
        {R"({"repetitions": 4294967297})", "whole number from 1"},
        {R"({"repetitions": true})", "one text or number belongs there"},
        {R"({"repetitions": [1, 2]})", "one text or number belongs there"},
        {R"({"seed": 99999999999999999999999})", "seed: "},
        {R"({"seed": -1})", "whole number from 0"},
        {R"({"depths": [2.5]})", "whole number from 2 to 64"},
        {R"({"depth": [1000000]})", "whole number from 2 to 64"},
        {R"({"depth": [2, 2]})", "named twice"},
        {R"({"depth": []})", "at least one"},
        {R"({"depth": [2], "depths": [3]})", "one setting"},
        {R"({"max_iterations": 2.7})", "whole number from 0"},
        {R"({"max_iterations": -5})", "whole number from 0"},
        {R"({"digits": 60})", "50, 100"},
        {R"({"momentum": 1})", "[0, 1)"},
        {R"({"start": "balance"})", "did you mean \"balanced\""},
        {R"({"seed": 1, "seed": 2})", "occurs twice"},
        {R"({"methds": ["lbfgs"]})", "did you mean \"methods\""},
        {R"({"no_intercept": "maybe"})", "true or false"},
        {R"([1])", "one JSON object"},
        {R"({"repetitions": 10000, "problems": ["toeplitz:seed=1", "toeplitz:seed=2",
             "toeplitz:seed=3", "toeplitz:seed=4"], "depth": [2, 3, 4, 5, 6]})",
         "the grid has 2000000 runs"},
    };
    for (const auto& [text, part] : cases) {
        std::ofstream(plan) << text;
        const Outcome outcome = run({"converge", "--plan", plan, "--out", path_, "--quiet"});
        EXPECT_EQ(outcome.status, 2) << text;
        EXPECT_NE(outcome.err.find(part), std::string::npos) << text << ": " << outcome.err;
        EXPECT_NE(access(path_.c_str(), F_OK), 0) << text;
    }
}

TEST_F(Converge, FailsWhenEveryRunDoesAndWhenThereIsNone) {
    Words words = {"converge", "--problem", "toeplitz:rows=20,columns=10,nonzeros=3", "--method",
                   "stochastic_gradient", "--learning-rate", "1e300", "--depth", "2",
                   "--repetitions", "1", "--quiet"};
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.status, 1) << outcome.out;
    EXPECT_NE(outcome.err.find("every run failed"), std::string::npos) << outcome.err;
    const Outcome none = run({"converge", "--problem", "diabetes", "--method", "varpro", "--depth",
                              "2", "--lambda-ratio", "0.1", "0.2", "--quiet"});
    EXPECT_EQ(none.status, 2);
    const std::string why = "varpro: takes no unpenalised intercept";
    const std::size_t first = none.err.find(why);
    ASSERT_NE(first, std::string::npos) << none.err;
    EXPECT_EQ(none.err.find(why, first + 1), std::string::npos);  // once, not once a lambda
}

TEST_F(Converge, SamplesEverySweepOfCoordinateDescentAndCountsOneUnitOfWork) {
    const Outcome outcome =
        run({"converge", "--problem", "toeplitz:rows=40,columns=20,nonzeros=3", "--depth", "2",
             "--repetitions", "1", "--sampling", "1", "--quiet", "--out", path_});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    for (const json& record : records(path_)) {
        if (record.at("record") != "run") continue;
        const std::string method = record.at("method");
        const json& samples = record.at("samples");
        const auto work = samples.at("evaluations").get<std::vector<double>>();
        EXPECT_TRUE(std::is_sorted(work.begin(), work.end())) << method;
        EXPECT_GT(work.back(), 0) << method;
        const auto at = [&](const char* name) {
            return samples.at(name).get<std::vector<double>>();
        };
        // One pass a value, two a gradient, 20 for XᵀX.
        const double start = work.front();
        if (method == "lbfgs" || method == "adam" || method == "alternating_ridge") {
            EXPECT_EQ(start, 3) << method;
        }
        if (method == "coordinate_descent") {
            EXPECT_GT(work.size(), 5u);
            EXPECT_EQ(start, 1 + 2 + 1 + 20);
            EXPECT_DOUBLE_EQ(work[1] - start, 0.5);  // a sweep over XᵀX: p/n
            const auto value = at("objective");
            for (std::size_t i = 1; i < value.size(); ++i)
                EXPECT_LE(value[i], value[i - 1] * (1 + 1e-14)) << i;
        }
        if (method == "adam") {
            const auto epoch = at("iteration");
            EXPECT_EQ(work[1] - work[0], 3);  // a step with the known gradient, then value and gradient
            EXPECT_EQ(epoch[1], 1);
        }
    }
}

TEST_F(Converge, TheNullModelHasItsIntercept) {
    const std::string table = file("shifted.csv");
    std::ofstream out(table);
    out << "a,b,y\n";
    for (int i = 0; i < 12; ++i)
        out << (i * 7) % 5 << ',' << (i * 3) % 7 << ',' << 1000 + (i * 5) % 11 << '\n';
    out.close();
    const Words words = {"converge", "--problem", table, "--response", "y", "--method", "lbfgs",
                         "--depth", "2", "--repetitions", "1", "--quiet", "--out", path_};
    ASSERT_EQ(run(words).status, 0);
    double mean = 0, squares = 0;
    for (int i = 0; i < 12; ++i) mean += (1000.0 + (i * 5) % 11) / 12;
    for (int i = 0; i < 12; ++i) squares += std::pow(1000.0 + (i * 5) % 11 - mean, 2) / 24;
    for (const json& record : records(path_)) {
        if (record.at("record") == "reference") {
            EXPECT_NEAR(record.at("at_zero").get<double>(), squares, 1e-9 * squares);
        }
        if (record.at("record") != "run") continue;
        const json& samples = record.at("samples");
        EXPECT_LE(samples.at("relative_gap").back().get<double>(), 1e-10);
    }
}

TEST_F(Converge, ManyColumnsAreCertifiedOnTheirSupportAndWhatIsNotSaysWhy) {
    const Outcome outcome =
        run({"converge", "--problem", "toeplitz:rows=30,columns=520,nonzeros=3,correlation=0.2",
             "--method", "working_set", "--depth", "2", "3", "--lambda-ratio", "1/2",
             "--repetitions", "1", "--quiet", "--out", path_});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    int seen = 0;
    for (const json& record : records(path_)) {
        if (record.at("record") != "reference") continue;
        ++seen;
        const bool is_convex = record.at("depth") == 2;
        EXPECT_EQ(record.at("verdict"), is_convex ? "solved" : "certified minimizer") << record;
        EXPECT_EQ(record.at("reason").is_null(), !is_convex);
    }
    EXPECT_EQ(seen, 2);
    EXPECT_NE(outcome.out.find("solved (q = 1 and 520 columns"), std::string::npos) << outcome.out;
}

TEST_F(Converge, SaysByWhatAndOnWhatItWasRun) {
    ASSERT_EQ(run(with(with_file(path_), {"--threads", "1"})).status, 0);
    const json session = records(path_).front();
    EXPECT_EQ(session.at("date").get<std::string>().size(), 20u);
    for (const char* name : {"commit", "compiler", "flags"})
        EXPECT_FALSE(session.at("build").at(name).get<std::string>().empty()) << name;
    EXPECT_EQ(session.at("threads"), 1);
    EXPECT_EQ(session.at("cores").size(), 1u);
    EXPECT_TRUE(session.at("cores_shared").is_boolean());
    EXPECT_EQ(session.at("data").at("toeplitz:rows=20,columns=10,nonzeros=3")
                  .get<std::string>()
                  .size(),
              64u);
    json old = session;
    old["format_version"] = 3;
    std::ofstream(path_) << old << '\n';
    const Outcome refused = run(with_file(path_));
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("format_version"), std::string::npos) << refused.err;
}

/// The last suboptimality of every run of the file, by transfer; methods on β count as "".
std::multimap<std::string, json> by_transfer(const std::string& path) {
    std::multimap<std::string, json> out;
    for (const json& record : records(path))
        if (record.at("record") == "run")
            out.emplace(record.at("transfer").is_null() ? "" : record.at("transfer"), record);
    return out;
}

const std::string product_written_down =
    R"({"name": "mine", "factors": ["u", "v"], "K": "u*v", "S": "(u^2 + v^2)/2"})";

TEST_F(Converge, TakesATransferFromAFile) {
    const std::string own = file("mine.json"), other = file("u_v2.json");
    std::ofstream(own) << product_written_down;
    std::ofstream(other)
        << R"({"name": "u_v2", "factors": ["u", "v"], "K": "u*v^2", "S": "(u^2 + 2*v^2)/3"})";
    const std::string plan = file("plan.json");
    std::ofstream(plan) << json({{"problems", {"toeplitz:rows=20,columns=10,nonzeros=3"}},
                                 {"methods", {"lbfgs", "working_set"}},
                                 {"transfers", {own, "hadamard_product", other}},
                                 {"depths", {2}},
                                 {"repetitions", 1}});
    const Outcome outcome = run({"converge", "--plan", plan, "--quiet", "--out", path_});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json session = records(path_).front();
    EXPECT_EQ(session.at("definitions").at("mine"), json::parse(product_written_down));
    EXPECT_EQ(session.at("definitions").size(), 2u);

    const auto found = by_transfer(path_);
    ASSERT_EQ(found.size(), 5u);  // mine and hadamard_product have one penalty
    const json mine = found.find("mine")->second, catalogued = found.find("hadamard_product")->second;
    EXPECT_EQ(mine.at("penalty"), catalogued.at("penalty"));
    EXPECT_LE(mine.at("samples").at("relative_gap").back().get<double>(), 1e-10);
    EXPECT_LE(mine.at("samples").at("suboptimality").back().get<double>(), 1e-10);
    // The same start: Q and the imbalance there agree to rounding, written down or from the catalogue.
    for (const char* name : {"surrogate_objective", "misalignment"}) {
        const double first = mine.at("samples").at(name).front();
        EXPECT_NEAR(first, catalogued.at("samples").at(name).front().get<double>(),
                    1e-14 * mine.at("samples").at("objective").front().get<double>());
    }
    const json cubic = found.find("u_v2")->second;
    EXPECT_EQ(cubic.at("depth"), 3);
    EXPECT_EQ(cubic.at("penalty"), "sum |b_j|^(2/3)");
    EXPECT_LE(cubic.at("samples").at("prox_residual").back().get<double>(),
              1e-8 * cubic.at("samples").at("prox_residual").front().get<double>());
}

TEST_F(Converge, ATransferOfTheSameNameIsNotTakenForTheOldOne) {
    const std::string own = file("mine.json");
    const Words words = {"converge", "--problem", "toeplitz:rows=20,columns=10,nonzeros=3",
                         "--method", "lbfgs",     "--transfer",
                         own,        "--repetitions", "1",
                         "--quiet",  "--out",     path_};
    std::ofstream(own) << product_written_down;
    ASSERT_EQ(run(words).status, 0);
    EXPECT_NE(run(words).out.find("1 of them from the file"), std::string::npos);
    std::ofstream(own)
        << R"({"name": "mine", "factors": ["u", "v"], "K": "u^2 - v^2", "S": "u^2 + v^2"})";
    const Outcome changed = run(words);
    ASSERT_EQ(changed.status, 0) << changed.err;
    EXPECT_EQ(changed.out.find("from the file"), std::string::npos) << changed.out;
    EXPECT_EQ(by_transfer(path_).size(), 2u);
}

TEST_F(Converge, WhatAMethodCannotDoWithATransferIsSaid) {
    const std::string own = file("own.json");
    const auto said = [&](const std::string& definition, const std::string& method, int status) {
        std::ofstream(own) << definition;
        const Outcome outcome =
            run({"converge", "--problem", "toeplitz:rows=20,columns=10,nonzeros=3", "--method",
                 method, "--transfer", own, "--repetitions", "1", "--quiet"});
        EXPECT_EQ(outcome.status, status) << outcome.err << outcome.out;
        return outcome.err;
    };
    const std::string fifth =
        R"({"name": "own", "factors": ["u", "v"], "K": "u*abs(v)^1.5", "S": "(u^2 + 1.5*v^2)/2.5"})";
    EXPECT_NE(said(fifth, "lbfgs", 2).find("q = 4/5"), std::string::npos);
    const std::string square =
        R"json({"name": "own", "factors": ["u"], "K": "u*abs(u)", "S": "u^2"})json";
    for (const auto& [method, part] :
         {std::pair("alternating_ridge", "no product of factors"), {"varpro", "needs K(u, v)"}}) {
        const std::string why = said(square, method, 2);
        EXPECT_NE(why.find("no method runs: "), std::string::npos) << why;
        EXPECT_NE(why.find(part), std::string::npos) << why;
    }
    EXPECT_NE(said(square, "newton", 2).find("second derivative"), std::string::npos);
    EXPECT_NE(said(R"({"name": "own", "factors": ["u"], "K": "u^2", "S": "u^2"})", "lbfgs", 2)
                  .find("not onto"),
              std::string::npos);
}

TEST_F(Converge, PenaltiesMayHaveUnequalWeights) {
    const std::string weights = file("weights.csv");
    std::ofstream(weights) << "column,weight\nx1,3\nx2,1/2\nx5,2\n";
    Words words = with_file(path_);
    words.insert(words.end(), {"--weights", weights});
    const Outcome outcome = run(words);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    int convex = 0;
    for (const json& record : records(path_)) {
        if (record.at("record") == "reference") {
            EXPECT_EQ(record.at("verdict"), "certified minimizer");
            const json& shown = record.at("weights");
            ASSERT_EQ(shown.size(), 10u);
            EXPECT_EQ(shown.at("x1"), 3);
            EXPECT_EQ(shown.at("x2"), 0.5);
            EXPECT_EQ(shown.at("x3"), 1);
        }
        if (record.at("record") != "run") continue;
        EXPECT_EQ(record.at("penalty").get<std::string>().find("sum w_j |b_j|"), 0u);
        if (record.at("depth") != 2) continue;
        ++convex;
        // A method that sees other weights than the certified minimizer does ends elsewhere.
        EXPECT_LE(record.at("samples").at("relative_gap").back().get<double>(), 1e-10);
        EXPECT_LE(std::abs(record.at("samples").at("suboptimality").back().get<double>()), 1e-10);
    }
    EXPECT_EQ(convex, 2 + 2 + 2);

    std::ofstream(weights) << "column,weight\nx1,3\nx2,1/2\nx5,4\n";
    EXPECT_EQ(run(words).out.find("from the file"), std::string::npos);  // other weights, other runs
    for (const auto& [cell, part] :
         {std::pair("x1,inf", "is known to `solve` by working_set"), std::pair("x1,-1", "not a number >= 0"),
          std::pair("z,1", "no column \"z\"")}) {
        std::ofstream(weights) << "column,weight\n" << cell << "\n";
        const Outcome wrong = run(words);
        EXPECT_EQ(wrong.status, 2);
        EXPECT_NE(wrong.err.find(part), std::string::npos) << wrong.err;
    }
}

TEST_F(Converge, GroupsFromAFileMayHaveUnequalWeights) {
    const std::string groups = file("groups.csv");
    std::ofstream(groups) << "column,group,weight\nx1,a,3\nx2,a,3\nx3,b,1/2\nx4,b,1/2\nx5,c,1\n"
                             "x6,c,1\n";
    const Outcome outcome =
        run({"converge", "--problem", "toeplitz:rows=20,columns=6,nonzeros=3", "--method", "lbfgs",
             "proximal_gradient", "--transfer", "group_product", "--groups", groups, "--depth", "2",
             "--repetitions", "1", "--quiet", "--out", path_});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto found = by_transfer(path_);
    ASSERT_EQ(found.size(), 2u);
    for (const auto& [transfer, record] : found)
        EXPECT_LE(std::abs(record.at("samples").at("suboptimality").back().get<double>()), 1e-10);
}

}  // namespace
