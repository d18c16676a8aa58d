/// @file
/// The same campaign over the ranks of an MPI job. Built where MPI is, as the program then uses it.

#include "search_command.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

namespace {

using namespace hadamard;
using nlohmann::json;

class Ranks : public Search {
protected:
    void SetUp() override {
        Search::SetUp();
        ranks_ = 1;
        alone_ = result(campaign);
        ranks_ = 3;
        const json all = json::parse(run(with(campaign, {"--json", "-"})).out, nullptr, false);
        ASSERT_EQ(all.value("ranks", 0), 3);
    }

    Words program() const override {
        if (ranks_ == 1) return Search::program();
        return with({"mpirun", "--allow-run-as-root", "--oversubscribe", "-q", "-n",
                     std::to_string(ranks_)},
                    Search::program());
    }

    /// Processes of this program that were started with these words.
    static std::set<pid_t> processes_with(const std::string& word) {
        std::set<pid_t> out;
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const std::string name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            const std::string command = text_of(entry.path() / "cmdline");
            if (command.starts_with(HADAMARD_PROGRAM) && command.find(word) != std::string::npos)
                out.insert(static_cast<pid_t>(std::stol(name)));
        }
        return out;
    }

    int ranks_ = 1;
    std::string alone_;
};

TEST_F(Ranks, FindTheSameWitnesses) {
    for (const int count : {2, 4}) {
        ranks_ = count;
        EXPECT_EQ(result(campaign), alone_);
    }
}

TEST_F(Ranks, LoseNothingWhenOneIsKilled) {
    const Words stored = with(campaign, {"--store", store()});
    // Rank 0 makes the store when all ranks have met.
    const pid_t job = start_until_file(stored, "store.sqlite");
    const std::set<pid_t> ranks = processes_with(store());
    ASSERT_EQ(ranks.size(), 3U);
    kill(*ranks.rbegin(), SIGKILL);
    end_of(job);
    ranks_ = 1;  // and goes on without MPI
    EXPECT_EQ(result(stored), alone_);
}

TEST_F(Ranks, SayWhatIsWrongAndEnd) {
    written("store.sqlite", "no store");
    const Outcome outcome = run(with(campaign, {"--store", store()}));
    EXPECT_NE(outcome.status, 0);
    EXPECT_NE(outcome.err.find("is not a store"), std::string::npos) << outcome.err;
}

}  // namespace
