/// @file
/// The delicate families: no false alarm, whatever double says, and the same
/// counts whatever the threads.

#include "engine/delicate/families.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace hadamard::verify {
namespace {

using minima::Outcome;

const std::atomic<bool> go_on{false};

JudgedResult judged(long each, const JudgeSettings& settings, const Judge& judge = standard_judge) {
    const long count = each * static_cast<long>(delicate_families().size());
    return judge_known(
        count, [](long i) { return delicate_instance(11, i); }, settings, go_on, {}, judge);
}

TEST(Delicate, EveryFamilyIsJudgedRightly) {
    const JudgedResult result = judged(8, {.double_says = true});
    EXPECT_EQ(result.families.size(), delicate_families().size());
    for (const auto& [name, row] : result.families) {
        EXPECT_EQ(row.instances, 8) << name;
        EXPECT_EQ(row.right, 8) << name;
        EXPECT_EQ(row.wrong, 0) << name << "\n" << (result.witness ? result.witness->dump(2) : "");
    }
}

TEST(Delicate, TheFamiliesAreBeyondDouble) {
    const FamilyTally total = judged(8, {.double_says = true}).total();
    EXPECT_GT(total.double_wrong, 0);
    EXPECT_GT(total.double_undecided, 0);
}

TEST(Delicate, ResultsDoNotDependOnThreads) {
    const JudgedResult one = judged(2, {.threads = 1, .double_says = true, .ladder = true});
    const JudgedResult three = judged(2, {.threads = 3, .double_says = true, .ladder = true});
    ASSERT_EQ(one.families.size(), three.families.size());
    for (const auto& [name, row] : one.families) {
        EXPECT_EQ(row.right, three.families.at(name).right) << name;
        EXPECT_EQ(row.base, three.families.at(name).base) << name;
        EXPECT_EQ(row.surrogate, three.families.at(name).surrogate) << name;
        EXPECT_EQ(row.double_wrong, three.families.at(name).double_wrong) << name;
    }
    ASSERT_EQ(one.ladder.size(), three.ladder.size());
    for (const auto& [what, change] : one.ladder) {
        EXPECT_EQ(change.count, three.ladder.at(what).count) << what;
        EXPECT_EQ(change.first, three.ladder.at(what).first) << what;
    }
}

TEST(Delicate, DoctoredJudgesAreCaught) {
    const auto constant = [](Outcome outcome) {
        return [outcome](const ProblemFamily&, const KnownPoint&) { return outcome; };
    };
    for (const Outcome outcome : {Outcome::minimizer, Outcome::not_minimizer}) {
        const JudgedResult result = judged(4, {}, constant(outcome));
        EXPECT_GT(result.total().wrong, 0);
        EXPECT_TRUE(result.witness);
    }
    const FamilyTally silent = judged(4, {}, constant(Outcome::undecided)).total();
    EXPECT_EQ(silent.wrong, 0);
    EXPECT_EQ(silent.right, 0);
    EXPECT_EQ(silent.undecided, silent.instances);
}

}  // namespace
}  // namespace hadamard::verify
