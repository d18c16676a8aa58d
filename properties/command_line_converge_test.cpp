/// @file
/// `hadamard converge` as a user types it: what its file holds, that it goes on where it ended, and bad
/// input.

#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

using hadamard::Outcome;
using hadamard::text_of;
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
    EXPECT_EQ(found, 2 * (2 + 2 + 1));  // working_set has no seed
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
    EXPECT_NE(third.out.find("10 of them from the file"), std::string::npos) << third.out;
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
        {{"converge", "--plan", "/no/such/file"}, "cannot read"},
        {{"converge", "--out", "/no/such/folder/x"}, "cannot write"},
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
    std::ofstream(plan) << R"({"method": ["lbfgs"]})";
    const Outcome wrong = run({"converge", "--plan", plan});
    EXPECT_EQ(wrong.status, 2);
    EXPECT_NE(wrong.err.find("did you mean \"methods\""), std::string::npos) << wrong.err;
}

}  // namespace
