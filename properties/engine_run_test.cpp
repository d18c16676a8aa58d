/// @file
/// The claim engine on claims made up for it, whose verdicts are known.

#include "engine/run.hpp"
#include "engine/shrink.hpp"
#include "hadamard/core/error.hpp"
#include "made_up_claim.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace hadamard::verify {
namespace {

nlohmann::ordered_json number(int n) { return {{"number", n}}; }

/// "No number drawn from 0 to 999 reaches `bound`."
std::function<void(Trial&)> below(int bound) {
    return [bound](Trial& trial) {
        const int n = trial.tape().integer(0, 999);
        trial.expect("below the bound", n < bound, [n] { return number(n); });
    };
}

void never_decided(Trial& trial) { trial.undecided("anything", "it never is"); }
void fails_to_run(Trial&) { throw InputError("no data on the moon"); }
void outside_the_hypotheses(Trial&) {}

Claim claim(const std::string& id, std::function<void(Trial&)> check,
            std::function<void(Trial&)> mutant_check = below(10)) {
    const Mutant killed{"killed", "made up", "made up", only_at_depth_2, below(500)};
    const Mutant other{"other", "made up", "made up", only_at_depth_2, std::move(mutant_check)};
    return made_up_claim(id, std::move(check), {killed, other});
}

const Registration true_claim(claim("true", below(1000)));
const Registration false_claim(claim("false", below(900)));
const Registration undecided_claim(claim("undecided", never_decided));
const Registration throwing_claim(claim("throwing", fails_to_run));
const Registration discarding_claim(claim("discarding", outside_the_hypotheses));
const Registration toothless_claim(claim("toothless", below(1000), below(1000)));
const Registration mixed_claim(claim("mixed", [](Trial& trial) {
    if (trial.tape().chance(1, 2)) return never_decided(trial);
    trial.holds("decided");
}));

const std::atomic<bool> never = false;

RunResult run_of(const std::string& id, int threads = 1, std::uint64_t seed = 1) {
    RunSettings settings;
    settings.claims = {"test." + id};
    settings.threads = threads;
    settings.seed = seed;
    return run(settings, never, [](const Progress&) {});
}

CellResult cell_of(const std::string& id) {
    RunResult result = run_of(id);
    EXPECT_EQ(result.cells.size(), 1U);
    return result.cells.at(0);
}

TEST(Verdicts, SamplesOnlyEverSupport) {
    const CellResult cell = cell_of("true");
    EXPECT_EQ(cell.verdict, Verdict::supported);
    EXPECT_EQ(cell.cases, 40);
    EXPECT_EQ(cell.refuted, 0);
    EXPECT_EQ(cell.parts.at("below the bound"), 40);
}

TEST(Verdicts, OneCounterexampleRefutes) {
    const CellResult cell = cell_of("false");
    EXPECT_EQ(cell.verdict, Verdict::refuted);
    EXPECT_GT(cell.refuted, 0);
    EXPECT_LT(cell.refuted, 40);
    EXPECT_EQ(run_of("false").verdict, Verdict::refuted);
}

TEST(Verdicts, WithoutADecidedCaseThereIsNone) {
    for (const char* id : {"undecided", "throwing", "discarding"})
        EXPECT_EQ(cell_of(id).verdict, Verdict::undecided) << id;
    EXPECT_EQ(cell_of("undecided").undecided, 40);
    EXPECT_EQ(cell_of("undecided").reasons.at("anything: it never is"), 40);
    EXPECT_EQ(cell_of("throwing").reasons.at("error: no data on the moon"), 40);
    EXPECT_EQ(cell_of("discarding").cases, 0);
    EXPECT_EQ(cell_of("discarding").discarded, 40);
}

TEST(Verdicts, UndecidedCasesAreCountedBesideDecidedOnes) {
    const CellResult cell = cell_of("mixed");
    EXPECT_EQ(cell.verdict, Verdict::supported);
    EXPECT_GT(cell.undecided, 0);
    EXPECT_EQ(cell.undecided + cell.parts.at("decided"), 40);
}

TEST(Verdicts, AreOrderedAndNeverRoundedUp) {
    EXPECT_LT(Verdict::refuted, Verdict::undecided);
    EXPECT_LT(Verdict::undecided, Verdict::supported);
    EXPECT_LT(Verdict::supported, Verdict::proved);
    RunSettings settings;
    settings.claims = {"test.true", "test.undecided"};
    EXPECT_EQ(run(settings, never, [](const Progress&) {}).verdict, Verdict::undecided);
}

TEST(Mutants, ThatSurviveMakeTheClaimToothless) {
    const RunResult bad = run_of("toothless"), good = run_of("true");
    EXPECT_EQ(bad.toothless, std::vector<std::string>{"test.toothless: other"});
    EXPECT_EQ(good.toothless, std::vector<std::string>());
    for (const MutantResult& mutant : good.cells.at(0).mutants) EXPECT_TRUE(mutant.killed);
    EXPECT_EQ(bad.cells.at(0).mutants.at(1).cases, 60);
}

TEST(Mutants, ThatAFullRunNeverTriesAreToothless) {
    Claim untried = claim("untried", below(1000));
    untried.mutants[1].applies = [](const Setting&) { return false; };
    static const Registration registration(untried);
    EXPECT_EQ(run_of("untried").toothless, std::vector<std::string>{"test.untried: other"});
}

TEST(Witnesses, AreShrunkToTheSmallest) {
    EXPECT_EQ(cell_of("false").witness["number"], 900);
    for (const MutantResult& mutant : cell_of("true").mutants)
        EXPECT_EQ(mutant.witness["number"], mutant.id == "killed" ? 500 : 10);
}

TEST(Witnesses, AreThoseOfTheFirstRefutedCase) {
    const long first = cell_of("false").witness["case"];
    RunSettings settings;
    settings.claims = {"test.false"};
    settings.seed = 1;
    ASSERT_GT(first, 0);
    settings.cases = first;
    EXPECT_EQ(run(settings, never, [](const Progress&) {}).cells.at(0).refuted, 0);
    settings.cases = first + 1;
    EXPECT_EQ(run(settings, never, [](const Progress&) {}).cells.at(0).refuted, 1);
}

bool same(const CellResult& a, const CellResult& b) {
    return a.verdict == b.verdict && a.cases == b.cases && a.refuted == b.refuted &&
           a.undecided == b.undecided && a.witness == b.witness && a.reasons == b.reasons &&
           a.parts == b.parts && a.mutants.size() == b.mutants.size() &&
           std::equal(a.mutants.begin(), a.mutants.end(), b.mutants.begin(),
                      [](const MutantResult& x, const MutantResult& y) {
                          return x.id == y.id && x.cases == y.cases && x.witness == y.witness;
                      });
}

TEST(Runs, DoNotDependOnTheThreads) {
    for (const char* id : {"true", "false", "mixed", "toothless"}) {
        const CellResult one = run_of(id, 1).cells.at(0);
        EXPECT_TRUE(same(one, run_of(id, 2).cells.at(0))) << id;
        EXPECT_TRUE(same(one, run_of(id, 4).cells.at(0))) << id;
    }
    EXPECT_FALSE(same(run_of("false", 1, 1).cells.at(0), run_of("false", 1, 2).cells.at(0)));
}

TEST(Runs, ThatAreStoppedKeepWhatTheyFound) {
    std::atomic<bool> stop = false;
    RunSettings settings;
    settings.claims = {"test.true"};
    const RunResult result = run(settings, stop, [&](const Progress& progress) {
        if (progress.done == 5) stop = true;
    });
    EXPECT_TRUE(result.interrupted);
    EXPECT_EQ(result.cells.at(0).cases, 5);
    EXPECT_TRUE(result.toothless.empty());
}

TEST(Runs, ReportProgress) {
    RunSettings settings;
    settings.claims = {"test.false"};
    Progress last;
    run(settings, never, [&](const Progress& progress) { last = progress; });
    EXPECT_EQ(last.done, last.total);
    EXPECT_EQ(last.total, 42U);  // 40 cases and two mutants
    EXPECT_EQ(last.refuted, run(settings, never, [](const Progress&) {}).cells.at(0).refuted);
    EXPECT_EQ(last.current, "test.false on hadamard_product");
}

TEST(Runs, RefuseWhatDoesNotExist) {
    RunSettings settings;
    settings.claims = {"test.tru"};
    EXPECT_THROW(run(settings, never, [](const Progress&) {}), InputError);
    settings.claims = {"test.true"};
    settings.transfers = {"group_power"};
    EXPECT_THROW(run(settings, never, [](const Progress&) {}), InputError);
}

TEST(Registrations, NeedTwoMutantsAndANewId) {
    Claim one_mutant = claim("one-mutant", below(1000));
    one_mutant.mutants.pop_back();
    EXPECT_THROW(Registration{one_mutant}, PreconditionError);
}

TEST(Tapes, ReplayWhatTheyRecorded) {
    Tape fresh(99);
    std::vector<int> drawn;
    for (int i = 0; i < 20; ++i) drawn.push_back(fresh.integer(-5, 5));
    Tape replay(fresh.choices());
    for (const int n : drawn) EXPECT_EQ(replay.integer(-5, 5), n);
    EXPECT_EQ(replay.integer(3, 9), 3);  // past the end: the simplest
    EXPECT_EQ(replay.chance(1, 2), false);
}

TEST(Tapes, AreTheSameOnEveryPlatform) {
    Tape tape(20230707);
    const std::vector<int> drawn = {tape.integer(0, 999'999), tape.integer(0, 999'999)};
    EXPECT_EQ(tape.used(), 2U);
    EXPECT_EQ(drawn, (std::vector<int>{148'528, 307'269}));
    SeedMix mix(1);
    mix << "claim" << std::uint64_t{2};
    EXPECT_EQ(mix.value(), 15'109'701'633'189'028'770U);
    SeedMix other(1);
    other << "claim2";
    EXPECT_NE(other.value(), mix.value());
}

}  // namespace
}  // namespace hadamard::verify
