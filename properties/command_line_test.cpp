/// @file
/// The command line as a user types it: the built program, its two streams and its exit status.

#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using hadamard::text_of;
using nlohmann::json;
using hadamard::Outcome;
using hadamard::Words;
using hadamard::with;

class CommandLine : public hadamard::Program {
protected:
    /// Everything in the directory but the streams and the inputs.
    std::vector<std::string> left_behind() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(home())) {
            const std::string name = entry.path().filename().string();
            if (name != "stdout" && name != "stderr" && !name.starts_with("input"))
                out.push_back(name);
        }
        return out;
    }

};

/// Exit 2, nothing on standard output, one line on standard error that names all of `wanted`.
testing::AssertionResult is_one_clear_line(const Outcome& outcome, const Words& wanted) {
    const auto no = [&](const std::string& why) {
        return testing::AssertionFailure()
               << why << "; exit " << outcome.status << ", standard error: " << outcome.err;
    };
    if (outcome.status != 2) return no("the exit code is not 2");
    if (!outcome.out.empty()) return no("there is output");
    const bool one_line =
        std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1 && outcome.err.back() == '\n';
    if (!one_line) return no("not one line");
    for (const std::string& word : wanted)
        if (outcome.err.find(word) == std::string::npos) return no("it does not name " + word);
    return testing::AssertionSuccess();
}

TEST(OneClearLine, RejectsWhatIsNotOne) {
    EXPECT_TRUE(is_one_clear_line({"", "hadamard: --seed: no\n", 2}, {"--seed"}));
    EXPECT_FALSE(is_one_clear_line({"", "hadamard: --seed: no\n", 1}, {"--seed"}));
    EXPECT_FALSE(is_one_clear_line({"", "hadamard:\n--seed: no\n", 2}, {"--seed"}));
    EXPECT_FALSE(is_one_clear_line({"", "hadamard: no\n", 2}, {"--seed"}));
    EXPECT_FALSE(is_one_clear_line({"x", "hadamard: --seed: no\n", 2}, {"--seed"}));
    EXPECT_FALSE(is_one_clear_line({"", "", 2}, {}));
}

// Bad data.

struct BadTable {
    std::string name, text;
    Words named;  // what the message must name besides the file
    Words more = {};
};

const std::vector<BadTable>& bad_tables() {
    static const std::vector<BadTable> tables = {
        {"empty", "", {}},
        {"header_only", "a,y\n", {}},
        {"ragged", "a,b,y\n1,2,3\n1,2\n4,5,6\n", {"row 2"}},
        {"too_long", "a,b,y\n1,2,3\n1,2,3,4\n4,5,6\n", {"row 2"}},
        {"words", "a,b,y\n1,2,3\n1,two,4\n5,6,7\n", {"row 2", "\"b\"", "two"}},
        {"missing_cell", "a,b,y\n1,2,3\n1,,4\n5,6,7\n", {"row 2", "\"b\""}},
        {"nan", "a,b,y\n1,2,3\n1,NaN,4\n5,6,7\n", {"row 2", "\"b\""}},
        {"infinity", "a,b,y\n1,2,3\n1,2,inf\n5,6,7\n", {"row 2", "\"y\""}},
        {"duplicate_names", "a,a,y\n1,2,3\n4,5,7\n", {"\"a\""}},
        {"unknown_response", "a,b,x\n1,2,3\n4,5,7\n", {"\"y\""}},
        {"constant_column", "a,b,y\n1,2,3\n1,5,7\n1,6,9\n", {"\"a\""}},
        {"one_row", "a,y\n1,2\n", {}},
        {"only_the_response", "y\n1\n2\n", {}},
        {"three_classes", "a,y\n1,0\n2,1\n4,2\n", {"y"}, {"--loss", "logistic"}},
        {"one_class", "a,y\n1,1\n2,1\n4,1\n", {"y"}, {"--loss", "logistic"}},
        {"negative_counts", "a,y\n1,1\n2,-1\n4,1\n", {"y"}, {"--loss", "poisson"}},
        {"unknown_loss", "a,y\n1,1\n2,0\n4,1\n", {"logistic"}, {"--loss", "logstic"}},
        {"lambda_zero", "a,y\n1,1\n2,0\n4,1\n", {"--lambda", "0"}, {"--lambda", "0"}},
        {"lambda_negative", "a,y\n1,1\n2,0\n4,1\n", {"--lambda", "-1"}, {"--lambda=-1"}},
        {"lambda_text", "a,y\n1,1\n2,0\n4,1\n", {"--lambda", "big"}, {"--lambda", "big"}},
        {"lambda_nan", "a,y\n1,1\n2,0\n4,1\n", {"--lambda", "nan"}, {"--lambda", "nan"}},
    };
    return tables;
}

TEST_F(CommandLine, BadTablesGetOneClearLine) {
    for (const BadTable& table : bad_tables()) {
        SCOPED_TRACE(table.name);
        const std::string name = "input_" + table.name + ".csv";
        Words words = {"verify",     "svf.majorization",
                       "--data",     written(name, table.text),
                       "--response", "y",
                       "--json",     file("result.json").string()};
        words.insert(words.end(), table.more.begin(), table.more.end());
        Words named = table.named;
        const bool about_a_flag = !table.more.empty();
        if (!about_a_flag) named.push_back(name);
        EXPECT_TRUE(is_one_clear_line(run(words), named));
        EXPECT_EQ(left_behind(), Words());
    }
}

TEST_F(CommandLine, MissingFilesGetOneClearLine) {
    EXPECT_TRUE(is_one_clear_line(
        run({"verify", "--data", file("absent.csv").string(), "--response", "y"}), {"absent.csv"}));
    EXPECT_TRUE(is_one_clear_line(run({"verify", "--data", home().string(), "--response", "y"}),
                                  {home().string()}));
}

TEST_F(CommandLine, MoreColumnsThanMemoryAllowsGetOneClearLine) {
    // The design is small, but Q has a Hessian of 80,000 × 80,000 balls.
    std::ofstream out(file("input_wide.csv"));
    for (const char* row : {"c", "1", "2", "5"}) {
        for (int j = 0; j < 40'000; ++j)
            out << row << (row[0] == 'c' ? std::to_string(j) : "") << ',';
        out << (row[0] == 'c' ? "y" : row) << '\n';
    }
    out.close();
    const Outcome outcome =
        run({"verify", "--data", file("input_wide.csv").string(), "--response", "y"});
    EXPECT_TRUE(is_one_clear_line(outcome, {"input_wide.csv", "40001 columns"}));
}

// Bad words.

TEST_F(CommandLine, BadWordsGetOneClearLine) {
    const std::string data = written("input.csv", "a,y\n1,2\n2,3\n4,4\n");
    const std::vector<std::pair<Words, Words>> cases = {
        {{"verfy"}, {"verfy", "verify"}},
        {{"verfy", "--quiet"}, {"verfy", "verify"}},
        {{"verify", "--no-data", "--data", "x.csv"}, {"--no-data", "--data"}},
        {{"verify", "svf.openness", "--transfer", "low_rank", "--depth", "3"},
         {"--depth", "low_rank"}},
        {{"verify", "svf.openness", "--transfer", "low_rank"}, {"hypotheses"}},
        {{}, {"--help"}},
        {{"verify", "--tranfer", "hadamard_product"}, {"--tranfer", "--transfer"}},
        {{"verify", "minima.balanse"}, {"minima.balanse", "minima.balance"}},
        {{"claims", "minima.balanse"}, {"minima.balanse", "minima.balance"}},
        {{"verify", "--transfer", "hadamard_produkt"}, {"hadamard_produkt", "hadamard_product"}},
        {{"verify", "--depth", "1"}, {"--depth", "1"}},
        {{"verify", "--depth", "3/2"}, {"--depth", "3/2"}},
        {{"verify", "--depth", "1e9"}, {"--depth", "1e9"}},
        {{"verify", "--depth", "1000000000"}, {"--depth", "1000000000"}},
        {{"verify", "--depth", "deep"}, {"--depth", "deep"}},
        {{"verify", "--depth", "5/2", "--transfer", "hadamard_product"}, {"--depth"}},
        {{"verify", "--digits", "0"}, {"--digits", "0"}},
        {{"verify", "--digits", "201"}, {"--digits", "201"}},
        {{"verify", "--digits", "many"}, {"--digits", "many"}},
        {{"verify", "--cases", "0"}, {"--cases", "0"}},
        {{"verify", "--cases", "1.5"}, {"--cases", "1.5"}},
        {{"verify", "--seed", "-1"}, {"--seed"}},
        {{"verify", "--planted", "0"}, {"--planted", "0"}},
        {{"verify", "--planted", "-3"}, {"-3"}},
        {{"verify", "--planted", "1e30"}, {"--planted", "1e30"}},
        {{"verify", "--planted", "x"}, {"--planted", "x"}},
        {{"verify", "--delicate", "0"}, {"--delicate", "0"}},
        {{"verify", "--delicate", "1.5"}, {"--delicate", "1.5"}},
        {{"verify", "--ladder"}, {"--ladder", "--planted"}},
        {{"verify", "--threads", "0"}, {"--threads", "0"}},
        {{"verify", "--data", data}, {"--response"}},
        {{"verify", "--response", "y"}, {"--response", "--data"}},
        {{"verify", "--lambda", "1"}, {"--lambda", "--data"}},
        {{"verify", "--json", "/nowhere/result.json"}, {"/nowhere/result.json"}},
        {{"claims", "--json", "/nowhere/result.json"}, {"/nowhere/result.json"}},
        {{"verify", "--json", home().string()}, {home().string()}},
    };
    for (const auto& [words, named] : cases) {
        std::string shown;
        for (const std::string& word : words) shown += word + " ";
        SCOPED_TRACE(shown);
        EXPECT_TRUE(is_one_clear_line(run(words), named));
        EXPECT_EQ(left_behind(), Words());
    }
}

TEST_F(CommandLine, AClosedPipeGetsOneClearLine) {
    for (const Words& words :
         {Words{"claims"}, Words{"claims", "--json", "-"},
          Words{"verify", "svf.majorization", "--cases", "2", "--transfer", "group_power"}}) {
        int broken[2];
        ASSERT_EQ(pipe(broken), 0);
        close(broken[0]);
        const Outcome outcome = end_of(start(words, {.out = broken[1]}));
        close(broken[1]);
        EXPECT_TRUE(is_one_clear_line(outcome, {"standard output"}));
    }
}

// What goes well.

TEST_F(CommandLine, HelpNamesTheVerbsAndTheirFlags) {
    const Outcome program = run({"--help"}), verb = run({"verify", "--help"});
    EXPECT_EQ(program.status, 0);
    EXPECT_NE(program.out.find("claims"), std::string::npos);
    EXPECT_NE(program.out.find("verify"), std::string::npos);
    EXPECT_EQ(verb.status, 0);
    for (const char* flag : {"--transfer", "--depth", "--digits", "--cases", "--seed", "--threads",
                             "--data", "--response", "--lambda", "--json", "--quiet"})
        EXPECT_NE(verb.out.find(flag), std::string::npos) << flag;
}

TEST_F(CommandLine, ClaimsAreListedShownAndWritten) {
    const Outcome listed = run({"claims"}), shown = run({"claims", "minima.balance"});
    const Outcome printed = run({"claims", "--json", "-"});
    EXPECT_EQ(listed.status, 0);
    EXPECT_NE(listed.out.find("svf.penalty-equality"), std::string::npos);
    EXPECT_EQ(shown.status, 0);
    EXPECT_NE(shown.out.find("odd-difference"), std::string::npos);
    const json claims = json::parse(printed.out);
    std::size_t files = 0;
    for (const auto& file : fs::recursive_directory_iterator(HADAMARD_SOURCE_DIR "/verify/claims"))
        files += file.path().extension() == ".cpp" ? 1U : 0U;
    EXPECT_EQ(claims["claims"].size(), files);
    for (const json& claim : claims["claims"]) {
        for (const char* field : {"id", "statement", "source"})
            EXPECT_FALSE(claim[field].get<std::string>().empty()) << field;
        EXPECT_GE(claim["transfers"].size(), 1U);
        EXPECT_GE(claim["mutants"].size(), 2U);
        for (const json& mutant : claim["mutants"]) {
            EXPECT_FALSE(mutant["id"].get<std::string>().empty());
            EXPECT_FALSE(mutant["statement"].get<std::string>().empty());
        }
    }
    EXPECT_EQ(run({"claims", "--json", file("claims.json").string()}).status, 0);
    EXPECT_EQ(json::parse(text_of(file("claims.json")))["claims"], claims["claims"]);
}

/// The fields that may differ between two runs of one seed.
json comparable(const fs::path& file) {
    json out = json::parse(text_of(file));
    for (const char* field : {"seconds", "threads", "command"}) EXPECT_EQ(out.erase(field), 1U);
    return out;
}

const Words small_run = {"verify",     "svf.majorization", "minima.surrogate-to-base",
                         "--transfer", "group_product",    "--depth",
                         "2",          "--cases",          "6",
                         "--quiet"};

TEST_F(CommandLine, VerifyWritesWhatTheDesignPromises) {
    const Outcome outcome = run(with(small_run, {"--json", file("result.json").string()}));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(outcome.out.find("supported"), std::string::npos);
    EXPECT_NE(outcome.out.find("seed 20230707"), std::string::npos);
    const json result = json::parse(text_of(file("result.json")));
    EXPECT_EQ(result["verdict"], "supported");
    EXPECT_EQ(result["seed"], 20230707);
    for (const char* field :
         {"format", "format_version", "program", "command", "scalars", "machine", "seconds"})
        EXPECT_TRUE(result.contains(field)) << field;
    EXPECT_TRUE(result["seconds"].contains("wall") && result["seconds"].contains("cpu"));
    ASSERT_EQ(result["claims"].size(), 2U);
    for (const json& cell : result["claims"]) {
        EXPECT_EQ(cell["transfer"], "group_product");
        EXPECT_EQ(cell["verdict"], "supported");
        EXPECT_GT(cell["cases"], 0);
        EXPECT_EQ(cell["refuted"], 0);
        EXPECT_TRUE(cell.contains("undecided"));
        EXPECT_GE(cell["mutants"].size(), 2U);
        for (const json& mutant : cell["mutants"]) {
            EXPECT_EQ(mutant["killed"], true) << mutant["id"];
            EXPECT_FALSE(mutant["witness"].empty());
        }
    }
    EXPECT_EQ(left_behind(), Words{"result.json"});
}

TEST_F(CommandLine, ResultsDependOnTheSeedAndNotOnTheThreads) {
    const auto result_of = [this](const std::string& name, const Words& more) {
        EXPECT_EQ(run(with(with(small_run, more), {"--json", file(name).string()})).status, 0);
        return comparable(file(name));
    };
    const json one = result_of("1.json", {"--threads", "1"});
    EXPECT_EQ(one, result_of("2.json", {"--threads", "2"}));
    EXPECT_EQ(one, result_of("3.json", {"--threads", "3"}));
    EXPECT_NE(one, result_of("4.json", {"--seed", "1"}));
}

TEST_F(CommandLine, VerifyRunsOnAUsersTable) {
    const std::string data =
        written("input.csv", "a,\"b, quoted\",y\n1,2.5,3\n2,-1e1,3.5\n4,0.5,4\n-3,7,1\n0,1,2\n");
    const Outcome outcome = run({"verify", "--data", data, "--response", "y", "--lambda", "1/10",
                                 "0.5", "--transfer", "hadamard_product", "--json", "-"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const json result = json::parse(outcome.out);
    ASSERT_EQ(result["data"].size(), 2U);
    EXPECT_EQ(result["data"][0]["lambda"], "1/10");
    EXPECT_EQ(result["data"][0]["columns"], 3);  // with the intercept
    EXPECT_EQ(result["verdict"], "supported");
    std::map<std::string, int> cases;
    for (const json& cell : result["claims"]) cases[cell["id"]] = cell["cases"];
    EXPECT_EQ(cases["minima.base-to-surrogate"], 6);  // two λ at depths 2, 3, 4
    EXPECT_EQ(cases["minima.surrogate-to-base"], 6);
    EXPECT_EQ(cases.count("svf.penalty-equality"), 0U);  // it has nothing to do with data
    EXPECT_TRUE(is_one_clear_line(
        run({"verify", "svf.penalty-equality", "--data", data, "--response", "y"}),
        {"--data"}));
}

TEST_F(CommandLine, CertifyIsCrossCheckedOverAllVariables) {
    const auto instance = [](const std::string& depth) {
        return R"({"loss": {"kind": "quadratic", "A": [[1, 0], [0, 1]], "b": [5, 5]},
                   "transfer": {"kind": "hadamard_product", "depth": )" +
               depth + R"(}, "lambda": 1})";
    };
    std::ofstream(file("instance.json")) << instance("3");
    const Words words = {"certify", file("instance.json"), "--out", file("c.json"), "--cross-check",
                         "--json", file("result.json")};
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("over all D = 6 variables: 9 orbits, 81 points, agrees ("),
              std::string::npos)
        << outcome.out;
    const json result = json::parse(text_of(file("result.json")))["cross_check"];
    EXPECT_EQ(result["outcome"], "agrees");
    EXPECT_EQ(result["variables"], 6);
    EXPECT_EQ(result["orbits"], 9);
    EXPECT_EQ(result["points"], 81);
    EXPECT_GT(result["leaves"], 0);
}

TEST_F(CommandLine, PlantedInstancesAreJudged) {
    const Outcome outcome = run(with(small_run, {"--planted", "36", "--json", "-"}));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const json planted = json::parse(outcome.out)["planted"];
    EXPECT_EQ(planted["instances"], 36);
    EXPECT_EQ(planted["wrong"], 0);
    EXPECT_EQ(planted["undecided"], 0);
    EXPECT_EQ(planted["right"].get<int>() + planted["open"].get<int>(), 36);
    EXPECT_TRUE(planted["confusion"].contains("P"));
    EXPECT_GT(planted["by_kind"].size(), 5U);
}

TEST_F(CommandLine, DelicateFamiliesShowWhatDoubleSays) {
    const Outcome outcome =
        run(with(small_run, {"--delicate", "2", "--ladder", "--json", "-"}));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const json delicate = json::parse(outcome.out)["delicate"];
    EXPECT_EQ(delicate["wrong"], 0);
    EXPECT_EQ(delicate["right"], delicate["instances"]);
    EXPECT_GT(delicate["double_says"]["wrong"].get<int>(), 0);
    EXPECT_GT(delicate["ladder"]["changes"].size(), 0U);
}

TEST_F(CommandLine, AnInterruptKeepsWhatWasFound) {
    int progress[2];
    ASSERT_EQ(pipe(progress), 0);
    const pid_t child = start(
        {"verify", "--cases", "1000000", "--seed", "5", "--json", file("result.json").string()},
        {.err = progress[1]});
    close(progress[1]);
    // The first line of progress says that the run is on its way.
    std::string line(1, '\0');
    ASSERT_EQ(read(progress[0], line.data(), 1), 1);
    kill(child, SIGINT);
    for (char c; read(progress[0], &c, 1) == 1;) line += c;
    const Outcome outcome = end_of(child);
    EXPECT_NE(line.find("units"), std::string::npos) << line;
    EXPECT_EQ(outcome.status, 130);
    EXPECT_NE(outcome.out.find("INTERRUPTED"), std::string::npos);
    const json result = json::parse(text_of(file("result.json")));
    EXPECT_EQ(result["interrupted"], true);
    EXPECT_GT(result["claims"].size(), 0U);
}

}  // namespace
