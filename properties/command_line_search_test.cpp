/// @file
/// search and replay as a user types them: kills, faults, resumption, replay from text.

#include "search_command.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace hadamard;
using nlohmann::json;

/// Exit 2, nothing on standard output, one line on standard error that has all of `wanted`.
testing::AssertionResult is_one_clear_line(const Outcome& outcome, const Words& wanted) {
    const bool one_line = std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1 &&
                          outcome.err.ends_with('\n');
    bool names_all = true;
    for (const std::string& word : wanted)
        names_all = names_all && outcome.err.find(word) != std::string::npos;
    if (outcome.status == 2 && outcome.out.empty() && one_line && names_all)
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << "exit " << outcome.status << ": " << outcome.err;
}

TEST_F(Search, FindsAMutantAndSaysSo) {
    const Outcome outcome = run(campaign);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(outcome.out.find("REFUTED: 9 witnesses"), std::string::npos) << outcome.out;
}

TEST_F(Search, FindsNothingAgainstATrueClaim) {
    const Outcome outcome = run({"search", "svf.penalty-equality", "--transfer", "hadamard_product",
                                 "--depth", "2", "--budget", "20000", "--quiet", "--json", "-"});
    EXPECT_EQ(outcome.status, 0);
    const json result = json::parse(outcome.out);
    EXPECT_EQ(result["witnesses"], json::array());
    EXPECT_EQ(result["mutant"], nullptr);
    EXPECT_EQ(result["finished"], true);
    EXPECT_GE(result["evaluations"], 20'000);
    EXPECT_LE(result["margin_records"].back()["margin"], 1e-9);
}

TEST_F(Search, DoesNotDependOnThreads) {
    const std::string one = result(with(campaign, {"--threads", "1"}));
    EXPECT_EQ(result(with(campaign, {"--threads", "3"})), one);
    EXPECT_NE(result(with(campaign, {"--threads", "3", "--seed", "5"})), one);
}

/// Kills at random moments until a session ends by itself.
TEST_F(Search, SurvivesKill9) {
    const std::string whole = result(campaign);
    const char* kills_wanted = std::getenv("HADAMARD_KILLS");
    const long wanted = kills_wanted ? std::atol(kills_wanted) : 12;
    const Words stored = with(campaign, {"--store", store()});
    std::mt19937_64 random(20230707);
    long kills = 0, rounds = 0;
    while (kills < wanted) {
        ASSERT_LT(++rounds, 20 * wanted);
        const pid_t child = start(stored);
        if (!ends_within(child, static_cast<int>(random() % 250))) kill(child, SIGKILL);
        const int status = end_of(child).status;
        ASSERT_TRUE(status == 128 + SIGKILL || status == 0) << status;
        if (status == 0) {  // it was done: from the beginning
            EXPECT_EQ(result(stored), whole);
            for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(store() + tail);
        } else {
            ++kills;
        }
    }
    EXPECT_EQ(result(stored), whole);
    EXPECT_EQ(result(stored), whole);  // finished: nothing more is done
}

TEST_F(Search, ResumesAfterCtrlC) {
    const std::string whole = result(campaign);
    const Words stored = with(campaign, {"--store", store()});
    Words loud = stored;
    std::erase(loud, "--quiet");
    const pid_t child = start_until_file(loud, "store.sqlite-wal");
    kill(child, SIGINT);
    const Outcome outcome = end_of(child);
    EXPECT_EQ(outcome.status, 130);
    EXPECT_NE(outcome.err.find("to resume: hadamard search svf.penalty-equality"),
              std::string::npos);
    EXPECT_NE(outcome.err.find(store()), std::string::npos);
    EXPECT_EQ(result(stored), whole);
}

/// Under a clock that goes back an hour each time it is read.
class WithClockSetBack : public Search {
protected:
    Words program() const override {
        return {"env", "LD_PRELOAD=" HADAMARD_CLOCK_SET_BACK,
                "ASAN_OPTIONS=verify_asan_link_order=0", program_};
    }
    std::string program_ = HADAMARD_PROGRAM;
};

TEST_F(WithClockSetBack, NothingChanges) {
    program_ = "date";
    ASSERT_EQ(run({"+%Y"}).out, "1999\n");
    program_ = HADAMARD_PROGRAM;
    const Words stored = with(campaign, {"--store", store()});
    const std::string whole = result(stored);
    EXPECT_EQ(result(stored), whole);  // and can be resumed
    const Outcome timed = run({"search", "svf.penalty-equality", "--budget", "1s", "--quiet"});
    EXPECT_EQ(timed.status, 0) << timed.err;
    program_ = "env";
    EXPECT_EQ(result(with({"-u", "LD_PRELOAD", HADAMARD_PROGRAM}, campaign)), whole);
}

TEST_F(Search, KeepsTransfersOfUsersInTheStore) {
    const auto definition = [](const std::string& S) {
        return R"({"name": "mine", "factors": ["u", "v"], "K": "u*v^2", "S": ")" + S + "\"}";
    };
    const std::string path = written("mine.json", definition("(u^2 + 2*v^2)/3"));
    const Words stored = {"search",     "svf.majorization", "--mutant", "reversed",
                          "--transfer", path,               "--store",  store(),
                          "--budget",   "200000",           "--quiet"};
    const std::string first = result(stored);
    EXPECT_EQ(result(stored), first);
    const std::string id = json::parse(first).at("witnesses").at(0).at("id");
    written("mine.json", definition("u^2 + 2*v^2"));  // another transfer: another campaign
    EXPECT_NE(json::parse(result(stored)).at("witnesses").at(0).at("id"), id);
    EXPECT_NE(run({"replay", store()}).out.find("campaign 2"), std::string::npos);
    std::filesystem::remove(path);  // the witness holds all that it needs
    const Outcome again = run({"replay", store(), id});
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_NE(again.out.find("REFUTED again"), std::string::npos) << again.out;
}

TEST_F(Search, NoticesThatItsStoreIsGone) {
    const pid_t child = start_until_file({"search", "svf.penalty-equality", "--budget", "1h",
                                          "--store", store(), "--quiet"},
                                         "store.sqlite-wal");
    std::filesystem::remove(store());
    EXPECT_TRUE(is_one_clear_line(end_of(child), {store(), "was removed or replaced"}));
}

TEST_F(Search, ThatDecidesNothingIsNoEvidence) {
    const Outcome outcome =
        run({"search", "minima.balance", "--budget", "0.000000001s", "--quiet", "--threads", "1"});
    EXPECT_EQ(outcome.status, 3);
    EXPECT_NE(outcome.out.find("nothing was decided"), std::string::npos) << outcome.out;
}

TEST_F(Search, ADepthGivenTwiceIsSearchedOnce) {
    const Words words = {"search", "svf.misalignment", "--budget", "1000", "--quiet", "--depth"};
    EXPECT_EQ(result(with(words, {"2", "2.0", "4/2"})), result(with(words, {"2"})));
}

TEST_F(Search, RefusesASecondProcessOnTheStore) {
    const Words endless = {"search", "svf.penalty-equality", "--budget", "1h", "--store", store(),
                           "--quiet"};
    const pid_t first =
        start_until_file(endless, "store.sqlite-wal", {.out = open("/dev/null", O_WRONLY)});
    const Outcome second = run(endless);
    kill(first, SIGKILL);
    int status = 0;
    waitpid(first, &status, 0);
    EXPECT_TRUE(is_one_clear_line(second, {store(), "another hadamard search"}));
}

TEST_F(Search, KeepsWhatItHasWhenTheDiskIsFull) {
    const std::string whole = result(campaign);
    const Words stored = with(campaign, {"--store", store()});
    long full = 0;
    for (const rlim_t most : {1'000, 20'000, 60'000, 90'000}) {
        const Outcome outcome = end_of(start(stored, {.file_limit = most}));
        if (outcome.status == 0) continue;
        ++full;
        EXPECT_TRUE(is_one_clear_line(outcome, {store(), "run the same command again"}));
    }
    EXPECT_GT(full, 0);
    EXPECT_EQ(result(stored), whole);
}

TEST_F(Search, SaysWhenNobodyReads) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    close(ends[0]);
    const Outcome outcome =
        end_of(start(with(campaign, {"--store", store()}), {.out = ends[1]}));
    close(ends[1]);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_NE(outcome.err.find("standard output"), std::string::npos);
    // The witnesses were kept before they were shown.
    EXPECT_NE(run({"replay", store()}).out.find("9 witnesses"), std::string::npos);
}

TEST_F(Search, RefusesBadWords) {
    struct Bad {
        Words words, named;
    };
    const std::vector<Bad> all = {
        {{}, {"ID"}},
        {{"svf.penalty"}, {"svf.penalty", "did you mean"}},
        {{"svf.penalty-equality", "--mutant", "double"}, {"double", "did you mean \"doubled\""}},
        {{"svf.penalty-equality", "--transfer", "hadamard_produkt"}, {"hadamard_product"}},
        {{"svf.penalty-equality", "--depth", "1"}, {"--depth"}},
        {{"svf.penalty-equality", "--depth", "deep"}, {"--depth"}},
        {{"landscape.strict-saddle", "--depth", "3"}, {"applies to none"}},
        {{"svf.penalty-equality", "--budget", "50GB"}, {"--budget", "50GB"}},
        {{"svf.penalty-equality", "--budget", "0"}, {"--budget"}},
        {{"svf.penalty-equality", "--budget", "-3m"}, {"--budget"}},
        {{"svf.penalty-equality", "--budget", "1.5"}, {"--budget"}},
        {{"svf.penalty-equality", "--budget", "1e400m"}, {"--budget"}},
        {{"svf.penalty-equality", "--witnesses", "0"}, {"--witnesses"}},
        {{"svf.penalty-equality", "--threads", "0"}, {"--threads"}},
        {{"svf.penalty-equality", "--seed", "x"}, {"--seed"}},
        {{"svf.penalty-equality", "--digits", "0"}, {"--digits"}},
        {{"svf.penalty-equality", "--stor", "x"}, {"--stor", "did you mean"}},
        {{"svf.penalty-equality", "--store", home().string()}, {"is not a file"}},
        {{"svf.penalty-equality", "--store", ""}, {"--store", "is empty"}},
        {{"svf.penalty-equality", "--mutant", ""}, {"--mutant", "is empty"}},
        {{"svf.penalty-equality", "--budget", "1e30"}, {"--budget", "at most 1e15"}},
        {{"svf.penalty-equality", "--json", home().string()}, {"cannot be written"}},
    };
    for (const Bad& bad : all)
        EXPECT_TRUE(is_one_clear_line(run(with({"search"}, bad.words)), bad.named))
            << json(bad.words).dump();
}

TEST_F(Search, RefusesFilesThatAreNoStores) {
    const std::string path = written("store.sqlite", "name,age\nadele,7\n");
    for (const Words& words : {with(campaign, {"--store", path}), Words{"replay", path}})
        EXPECT_TRUE(is_one_clear_line(run(words), {path, "is not a store"}));
    EXPECT_EQ(text_of(path), "name,age\nadele,7\n");
    EXPECT_TRUE(is_one_clear_line(run({"replay", store("none")}), {"no such file"}));
}

class Replay : public Search {
protected:
    void SetUp() override {
        Search::SetUp();
        const Outcome found = run({"search", "minima.surrogate-to-base", "--mutant", "not-onto",
                                   "--store", store(), "--json", "-", "--quiet"});
        ASSERT_EQ(found.status, 0) << found.err;
        witness_ = json::parse(found.out).at("witnesses").at(0);
        id_ = witness_.at("id");
    }
    json witness_;
    std::string id_;
};

TEST_F(Replay, ListsProvesAndExports) {
    EXPECT_NE(run({"replay", store()}).out.find(id_.substr(0, 12)), std::string::npos);
    for (const std::string digits : {"50", "100", "200"}) {
        const Outcome again =
            run({"replay", store(), id_.substr(0, 8), "--digits", digits, "--json", "-"});
        EXPECT_EQ(again.status, 0);
        const json result = json::parse(again.out);
        EXPECT_EQ(result["id"], id_);
        EXPECT_EQ(result["verdict"], "refuted");
        EXPECT_EQ(result["digits"], std::stoi(digits));
    }
    const Outcome instance = run({"replay", store(), id_, "--export", "json"});
    EXPECT_EQ(json::parse(instance.out), witness_["instance"]);
    const Outcome code = run({"replay", store(), id_, "--export", "cpp"});
    EXPECT_NE(code.out.find("#include <gtest/gtest.h>"), std::string::npos);
    EXPECT_NE(code.out.find(witness_["case"]["claim"].get<std::string>()), std::string::npos);
}

TEST_F(Replay, WitnessesAreSmall) {
    const json& instance = witness_["instance"];
    EXPECT_LE(instance["loss"]["b"].size(), 2U);
}

TEST_F(Replay, RefusesBadWords) {
    EXPECT_TRUE(is_one_clear_line(run({"replay", store(), "zzz"}), {"zzz", "no witness"}));
    EXPECT_TRUE(is_one_clear_line(run({"replay", store(), id_, "--export", "xml"}), {"--export"}));
    EXPECT_TRUE(is_one_clear_line(run({"replay", store(), "--export", "cpp"}), {"WITNESS"}));
    EXPECT_TRUE(is_one_clear_line(run({"replay", store(), id_, "--digits", "0"}), {"--digits"}));
}

}  // namespace
