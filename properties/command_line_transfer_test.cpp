/// @file
/// `hadamard transfer FILE.json` as a user types it: the examples with their diagnoses, and bad files.

#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using hadamard::text_of;
using nlohmann::json;

using hadamard::Outcome;

class Transfer : public hadamard::Program {
protected:
    std::string written(const json& transfer) const {
        return TemporaryDirectory::written("mine.json", transfer.dump());
    }

    static std::string example(const std::string& name) {
        return std::string(HADAMARD_SOURCE_DIR) + "/examples/transfers/" + name + ".json";
    }

    /// Few cases: what claims say is tested elsewhere.
    json characterised(const std::string& name, int expected_status) const {
        const Outcome outcome =
            run_line("transfer " + example(name) + " --json - --quiet --cases 2 --threads 1");
        EXPECT_EQ(outcome.status, expected_status) << name << ": " << outcome.err;
        return json::parse(outcome.out);
    }

    /// Exit 2, no output, one line that has all of `wanted`.
    void expect_refused(const json& transfer, const std::vector<std::string>& wanted) const {
        const Outcome outcome = run_line("transfer " + written(transfer) + " --quiet");
        EXPECT_EQ(outcome.status, 2) << transfer << outcome.out;
        EXPECT_EQ(outcome.out, "");
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
        for (const std::string& word : wanted)
            EXPECT_NE(outcome.err.find(word), std::string::npos)
                << outcome.err << " lacks " << word;
    }

    static json two_factors(const std::string& K, const std::string& S) {
        return {{"name", "mine"}, {"factors", {"u", "v"}}, {"K", K}, {"S", S}};
    }
};

TEST_F(Transfer, ValidExamples) {
    const struct {
        const char *name, *closed_form, *exponent;
        bool open;
    } examples[] = {{"hpp", "abs(b)", "1", true},
                    {"depth_4", "abs(b)^(1/2)", "1/2", true},
                    {"u_v2", "abs(b)^(2/3)", "2/3", false},
                    {"u_abs_v_3_2", "abs(b)^(4/5)", "4/5", false},
                    {"difference", "abs(b)", "1", true}};
    for (const auto& wanted : examples) {
        const json found = characterised(wanted.name, 0);
        EXPECT_EQ(found["valid"], true) << wanted.name;
        EXPECT_EQ(found["diagnosis"], json::array()) << wanted.name;
        EXPECT_EQ(found["induced"]["closed_form"], wanted.closed_form);
        EXPECT_EQ(found["induced"]["exponent"], wanted.exponent);
        EXPECT_GE(found["induced"]["digits"].get<int>(), 48);
        EXPECT_EQ(found["open"], wanted.open) << wanted.name;
        EXPECT_FALSE(found["claims"].empty()) << wanted.name;
        EXPECT_EQ(found["table"].size(), 51U);  // both signs, 1e-12 ... 1e12, and 0
    }
    EXPECT_EQ(characterised("u_abs_v_3_2", 0)["smoothness"], 1);
    EXPECT_EQ(characterised("u_v2", 0)["smoothness"], "analytic");
}

TEST_F(Transfer, WrongConstantIsRefutedWithAWitness) {
    const json found = characterised("wrong_constant", 1);
    EXPECT_EQ(found["verdict"], "refuted");
    EXPECT_EQ(found["refuted_R"], json({{"b", "1"}, {"given", "1"}, {"found", "2"}}));
    EXPECT_EQ(found["induced"]["closed_form"], "2*abs(b)");
    EXPECT_TRUE(found["claims"].empty());
}

TEST_F(Transfer, NotOntoIsDiagnosedAndNotRun) {
    const json found = characterised("not_onto", 1);
    EXPECT_EQ(found["diagnosis"], json({"not onto"}));
    EXPECT_EQ(found["valid"], false);
    EXPECT_TRUE(found["claims"].empty());
}

TEST_F(Transfer, BrokenContinuityIsDiagnosed) {
    const json found = characterised("h4_broken", 1);
    EXPECT_EQ(found["diagnosis"], json({"not lower hemicontinuous"}));
    EXPECT_EQ(found["induced"]["closed_form"], "abs(b)");
}

TEST_F(Transfer, ConstantsThatAreRoots) {
    const auto law = [this](const std::string& K, const std::string& S) {
        const Outcome outcome =
            run_line("transfer " + written(two_factors(K, S)) + " --json - --quiet --cases 1");
        return json::parse(outcome.out)["induced"]["closed_form"];
    };
    EXPECT_EQ(law("u*v^2", "u^2 + 2*v^2"), "3*abs(b)^(2/3)");
    EXPECT_EQ(law("u*v^2", "u^2 + v^2"), "3/2*2^(1/3)*abs(b)^(2/3)");
}

TEST_F(Transfer, OtherDiagnoses) {
    const auto diagnosis = [this](const json& transfer) {
        const Outcome outcome =
            run_line("transfer " + written(transfer) + " --json - --quiet --cases 1");
        EXPECT_EQ(outcome.status, 1) << outcome.err;
        return json::parse(outcome.out)["diagnosis"];
    };
    EXPECT_EQ(diagnosis(two_factors("u*v", "u^2")), json({"minimum not attained"}));
    EXPECT_EQ(diagnosis(two_factors("u*v", "u^2 + 1/(1 + v^2)")), json({"minimum not attained"}));
    const json spurious = {{"name", "mine"},
                           {"factors", {"u", "v", "w"}},
                           {"K", "u*v*w - u^3"},
                           {"S", "u^2 + v^2 + w^2"}};
    EXPECT_EQ(diagnosis(spurious), json({"spurious fibre minimum"}));
}

/// Its minimum over b = 0 is not attained, and (0, 0) is no critical point of the fibre.
TEST_F(Transfer, FactorsAtZeroMustBeCritical) {
    const Outcome outcome =
        run_line("transfer " + written(two_factors("u*exp(v)", "u^2 + exp(2*v)")) + " --json - --quiet");
    const json found = json::parse(outcome.out);
    EXPECT_EQ(found["diagnosis"], json::array()) << found["witnesses"];
    EXPECT_EQ(found["verdict"], "undecided");
    EXPECT_FALSE(found["undecided"].empty());
}

/// Claims speak of S of degree 2 in the factors: with S = |u| + |v| M is not as continuous as they say.
TEST_F(Transfer, ClaimsRunOnSmoothPenaltiesOfDegreeTwoOnly) {
    for (const json& transfer :
         {two_factors("u*v", "abs(u) + abs(v)"), two_factors("u*v", "max(u^2, v^2)")}) {
        const Outcome outcome = run_line("transfer " + written(transfer) + " --json - --quiet");
        EXPECT_EQ(outcome.status, 3) << outcome.err;
        EXPECT_TRUE(json::parse(outcome.out)["claims"].empty());
    }
}

TEST_F(Transfer, NoPowerIsTabulated) {
    json transfer = two_factors("u*v", "(u^2 + v^2)/2 + u^2*v^2");
    transfer["R"] = "abs(b) + b^2";
    const Outcome outcome = run_line("transfer " + written(transfer) + " --json - --quiet");
    EXPECT_EQ(outcome.status, 3) << "no claim ran: nothing is supported";
    const json found = json::parse(outcome.out);
    EXPECT_TRUE(found["induced"].is_null());
    EXPECT_FALSE(found.contains("refuted_R"));
    EXPECT_EQ(found["table"].size(), 51U);
    EXPECT_NE(found["claims_not_run"], "");
}

TEST_F(Transfer, BadInput) {
    const std::string good_S = "u^2 + v^2";
    expect_refused(two_factors("u*w", good_S), {"mine.json", "K, character 3", "unknown symbol"});
    expect_refused(two_factors("u*(v", good_S), {"K, character 3", "\"(\" without \")\""});
    expect_refused(two_factors("u/v", good_S), {"K, character 2", "division by zero", "origin"});
    expect_refused(two_factors("u^3", good_S), {"does not depend on the factor \"v\""});
    expect_refused(two_factors("u*v", "u^2 - v^2"), {"S, character 5", "S is -1 at u = 0, v = 1"});
    expect_refused(two_factors("u*v", "u^2 + v^2 + sqrt(2 + v)"),
                   {"S, character 13", "negative number", "v = -3"});
    expect_refused(two_factors("u*v^(3/2)", good_S), {"K, character 4", "negative number -1"});
    expect_refused(two_factors("u*v^sqrt(2)", good_S), {"K, character 5", "not a rational"});
    expect_refused(two_factors("u*v" + std::string(100'000, ' '), good_S), {"100003 characters"});
    expect_refused(two_factors(std::string(500, '(') + "u*v" + std::string(500, ')'), good_S),
                   {"K, character 65", "nested"});
    const std::string twice = TemporaryDirectory::written(
        "twice.json", R"({"name": "mine", "factors": ["u"], "K": "u", "K": "u^3", "S": "u^2"})");
    EXPECT_NE(run_line("transfer " + twice).err.find("\"K\" occurs twice"), std::string::npos);
    json unknown_field = two_factors("u*v", good_S);
    unknown_field["r"] = "b";
    expect_refused(unknown_field, {"unknown field \"r\""});
    json clash = two_factors("u*v", good_S);
    clash["name"] = "hadamard_product";
    expect_refused(clash, {"hadamard_product", "exists already"});
    EXPECT_EQ(run_line("transfer " + file("nowhere.json").string()).status, 2);
}

TEST_F(Transfer, VerifyTakesTheSameFile) {
    const Outcome good = run_line("verify svf.majorization --transfer " + example("u_v2") +
                             " --cases 4 --quiet --json - --threads 1");
    EXPECT_EQ(good.status, 0) << good.err;
    const json result = json::parse(good.out);
    EXPECT_EQ(result["claims"][0]["transfer"], "u_v2");
    EXPECT_EQ(result["claims"][0]["refuted"], 0);
    const Outcome bad = run_line("verify --transfer " + example("not_onto") + " --quiet");
    EXPECT_EQ(bad.status, 2);
    EXPECT_NE(bad.err.find("not onto"), std::string::npos) << bad.err;
}

}  // namespace
