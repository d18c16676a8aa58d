/// @file
/// The direction that a search takes from what checks note: of claims that say nothing of margins,
/// and of every claim and mutant of the catalogue.

#include "made_up_claim.hpp"
#include "search/campaign.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>

namespace hadamard::search {
namespace {

using verify::Registration;

nlohmann::ordered_json printed(const Rational& x, const Rational& y) {
    return {{"x", text(x)}, {"y", text(y)}};
}

/// A point of the square [−5, 5]², and how far it is from (7/5, −11/7), squared.
struct Drawn {
    explicit Drawn(Trial& trial) {
        trial.tape().integer(0, 9);
        x = trial.tape().rational(5);
        y = trial.tape().rational(5);
        const Rational dx = x - Rational(7, 5), dy = y + Rational(11, 7);
        squared = dx * dx + dy * dy;
    }
    Rational x, y, squared;
};

const Rational radius_squared(1, 1'000'000);

/// "Every point is at least 1/1000 away": false on 3e-8 of the square. The check compares two numbers
/// and says nothing of margins.
void compares(Trial& trial) {
    const Drawn at(trial);
    trial.expect_at_most("far away", radius_squared, at.squared,
                         [&] { return printed(at.x, at.y); });
}

/// The same statement, with the comparison hidden.
void hides(Trial& trial) {
    const Drawn at(trial);
    trial.expect("far away", radius_squared <= at.squared, [&] { return printed(at.x, at.y); });
}

/// The comparison is made, and is true.
void compares_truly(Trial& trial) {
    const Drawn at(trial);
    trial.expect_at_most("not nearer than nothing", Rational(0), at.squared,
                         [&] { return printed(at.x, at.y); });
}

std::vector<verify::Mutant> two_mutants() {
    const auto fails = [](Trial& trial) { trial.refute("fails", {{"always", true}}); };
    const auto differs = [](Trial& trial) {
        trial.expect_equal("equal", Rational(1), Rational(3), [] { return printed(1, 3); });
    };
    return {{"fails", "made up", "made up", verify::only_at_depth_2, fails},
            {"differs", "made up", "made up", verify::only_at_depth_2, differs}};
}

const Registration compares_claim(verify::made_up_claim("compares", compares, two_mutants()));
const Registration hides_claim(verify::made_up_claim("hides", hides, two_mutants()));
const Registration true_claim(verify::made_up_claim("compares-truly", compares_truly,
                                                    two_mutants()));

struct Unkept : Ledger {
    void add(const UnitResult&, const State&) override {}
    void flush(const State&) override {}
};

const std::atomic<bool> never = false;

State searched(const std::string& id, std::uint64_t seed, long evaluations, int workers = 1) {
    const Subject subject(id);
    const Plan plan{subject, cells_of(subject, {}, {}), seed, 50};
    Limits limits;
    limits.evaluations = evaluations;
    State state;
    Unkept ledger;
    run_units(plan, limits, threads(workers), never, state, ledger, [](const State&) {});
    return state;
}

constexpr long budget = 3000;

TEST(Direction, FindsANeedleThatChoicesDoNot) {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
        const State blind = searched("test.hides", seed, budget);
        EXPECT_TRUE(blind.found.empty()) << seed;
        EXPECT_TRUE(blind.records.empty()) << seed;

        const State state = searched("test.compares", seed, budget);
        ASSERT_EQ(state.found.size(), 1U) << seed;
        const Witness& witness = state.found.front().witness;
        EXPECT_EQ(witness.origin, "ascent") << seed;
        ASSERT_TRUE(witness.margin) << seed;
        EXPECT_GT(*witness.margin, 0) << seed;
        EXPECT_TRUE(replayed(case_from_text(witness.text)).refuted()) << seed;
    }
}

TEST(Direction, LeadsToNoWitnessOfATrueStatement) {
    const State state = searched("test.compares-truly", 1, budget);
    EXPECT_TRUE(state.found.empty());
    EXPECT_EQ(state.health.alarms, 0);
    EXPECT_GT(state.health.by_origin.at("ascent"), 0);
    ASSERT_FALSE(state.records.empty());
    EXPECT_LE(state.records.back().margin, 0);
}

TEST(Direction, DoesNotDependOnThreads) {
    const State one = searched("test.compares", 3, budget),
                five = searched("test.compares", 3, budget, 5);
    EXPECT_EQ(one.health.to_json(), five.health.to_json());
    ASSERT_EQ(one.records.size(), five.records.size());
    for (std::size_t i = 0; i < one.records.size(); ++i)
        EXPECT_EQ(one.records[i].margin, five.records[i].margin);
    EXPECT_EQ(one.found.front().witness.id, five.found.front().witness.id);
}

TEST(Health, CountsEvaluationsByDepthAndPointsByRegime) {
    const Subject subject("landscape.morse-index");
    const Plan plan{subject, cells_of(subject, {"hadamard_product"}, {Exponent(2), Exponent(3)}), 1,
                    50};
    State state;
    for (long unit = 0; unit < 4; ++unit) state.add(work(plan, unit));
    long by_depth = 0, points = 0, by_support = 0;
    for (const auto& [depth, count] : state.health.by_depth) by_depth += count;
    for (const auto& [regime, count] : state.health.by_regime) points += count;
    for (const auto& [support, count] : state.health.by_support) by_support += count;
    EXPECT_EQ(state.health.by_depth.size(), 2U);
    EXPECT_EQ(by_depth, state.health.evaluations());
    EXPECT_EQ(by_support, points);
    EXPECT_GT(state.health.by_regime.at("degenerate"), 0);
    EXPECT_GT(state.health.by_regime.at("nondegenerate"), 0);
    EXPECT_EQ(Health::from_json(state.health.to_json()).to_json(), state.health.to_json());
}

std::vector<Subject> subjects() {
    std::vector<Subject> out;
    for (const verify::Claim& claim : verify::claims()) {
        if (claim.id.starts_with("test.")) continue;
        out.emplace_back(claim.id);
        for (const verify::Mutant& mutant : claim.mutants) out.emplace_back(claim.id, mutant.id);
    }
    return out;
}

/// A case without anyone who watches.
Trial unwatched(const Subject& subject, const Setting& setting, std::uint64_t seed) {
    Trial trial(setting, Tape(seed), 50);
    const verify::Claim& claim = subject.claim();
    const auto mutant = std::find_if(claim.mutants.begin(), claim.mutants.end(),
                                     [&](const auto& m) { return m.id == subject.mutant_id(); });
    try {
        if (mutant != claim.mutants.end() && mutant->check)
            mutant->check(trial);
        else
            claim.check(trial);
    } catch (const Error& error) {
        trial.undecided("error", error.what());
    }
    return trial;
}

/// Of every claim and mutant: noted margins are in [−1, 1], on the side that the verdict says, and
/// watching changes nothing; and every mutant without a margin of its own notes one.
TEST(Margins, OfCasesAreOnTheSideOfTheVerdict) {
    std::set<std::string> noting;
    for (const Subject& subject : subjects()) {
        const std::vector<Cell> cells = cells_of(subject, {}, {});
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            const Cell& cell = cells[seed % cells.size()];
            const Setting setting = subject.setting(cell.transfer, cell.depth);
            const std::string where =
                subject.name() + " on " + cell.name() + ", seed " + std::to_string(seed);
            const Trial trial = subject.tried(setting, Tape(seed), 50);
            const Trial blind = unwatched(subject, setting, seed);
            EXPECT_EQ(trial.witness(), blind.witness()) << where;
            EXPECT_EQ(trial.held_parts(), blind.held_parts()) << where;
            EXPECT_EQ(trial.undecided_reasons(), blind.undecided_reasons()) << where;
            EXPECT_EQ(trial.tape().choices(), blind.tape().choices()) << where;
            EXPECT_TRUE(blind.points().empty()) << where;
            const std::optional<double> margin = trial.margin();
            if (!margin) continue;
            noting.insert(subject.name());
            EXPECT_GE(*margin, -1) << where;
            EXPECT_LE(*margin, 1) << where;
            if (trial.refuted()) {
                EXPECT_GT(*margin, 0) << where;
            } else if (trial.undecided_reasons().empty()) {
                EXPECT_LE(*margin, 0) << where;
            }
        }
    }
    // A claim that compares for equality alone, and holds, has nothing to note.
    for (const Subject& subject : subjects())
        EXPECT_TRUE(noting.contains(subject.name()) || subject.margin() || !subject.is_mutant())
            << subject.name();
}

}  // namespace
}  // namespace hadamard::search
