/// @file
/// Campaigns on claims made up for them, whose counterexamples are known.

#include "hadamard/core/error.hpp"
#include "made_up_claim.hpp"
#include "search/campaign.hpp"
#include "search/digest.hpp"
#include "search/ranks.hpp"
#include "search/simplify.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace hadamard::search {
namespace {

using verify::Claim;
using verify::Margin;
using verify::Registration;

bool at_integer_depths(const Setting& s) {
    return s.transfer.name == "hadamard_product" && s.depth.is_integer();
}

Claim made_up(const std::string& id, std::function<void(Trial&)> check) {
    const auto fails = [](Trial& trial) { trial.refute("fails", {{"always", true}}); };
    return verify::made_up_claim(id, std::move(check),
                                 {{"one", "made up", "made up", verify::only_at_depth_2, fails},
                                  {"two", "made up", "made up", at_integer_depths, fails}});
}

nlohmann::ordered_json printed(const Rational& x, const Rational& y) {
    return {{"x", text(x)}, {"y", text(y)}};
}

/// Refuted only within 1/1000 of (7/5, −11/7), which no choices reach.
bool in_needle(const Rational& x, const Rational& y) {
    const Rational radius(1, 1000);
    return magnitude(Rational(x - Rational(7, 5))) < radius &&
           magnitude(Rational(y + Rational(11, 7))) < radius;
}

void needle(Trial& trial) {
    trial.tape().integer(0, 9);  // something is drawn before the point, and something after
    const Rational x = trial.tape().rational(5), y = trial.tape().rational(5);
    trial.tape().integer(0, 9);
    trial.expect("outside the needle", !in_needle(x, y), [&] { return printed(x, y); });
}

Margin needle_margin(Trial& trial) {
    trial.tape().integer(0, 9);
    return {trial.tape().rationals().size(), 2, [](const Vector<double>& x) {
                return (1e-3 - std::max(std::abs(x[0] - 1.4), std::abs(x[1] + 11.0 / 7))) / 10;
            }};
}

/// A margin that is positive where the statement holds.
Margin false_alarm(Trial& trial) {
    trial.tape().integer(0, 9);
    return {trial.tape().rationals().size(), 2, [](const Vector<double>&) { return 0.5; }};
}

/// "Three numbers are not all the same and not 0."
void balanced(Trial& trial) {
    const Rational x = trial.tape().rational(1000), y = trial.tape().rational(1000),
                   z = trial.tape().rational(1000);
    const bool alike = magnitude(x) == magnitude(y) && magnitude(y) == magnitude(z) && x != 0;
    trial.expect("unbalanced", !alike, [&] { return printed(x, y); });
}

/// "y is not at the fold of ½(b − y)² + λ|b|^{2/3}": λ = 9t⁴/2, y = 4t³.
void at_the_fold(Trial& trial) {
    const Rational lambda = trial.tape().positive_rational(1000), y = trial.tape().rational(1000);
    const Rational left = y * y * y * y / 256, right = lambda * lambda * lambda * 8 / 729;
    trial.expect("off the fold", y <= 0 || left != right, [&] { return printed(lambda, y); });
}

/// "|b| is not λ."
void on_the_boundary(Trial& trial) {
    const Rational lambda = trial.tape().positive_rational(1000), b = trial.tape().rational(1000);
    trial.expect("off the boundary", magnitude(b) != lambda, [&] { return printed(lambda, b); });
}

/// A sum of up to nine numbers stays below 700.
void small_sum(Trial& trial) {
    const int n = trial.tape().integer(1, 9);
    int sum = 0;
    for (int i = 0; i < n; ++i) sum += trial.tape().integer(0, 999);
    trial.expect("below 700", sum < 700, [&] {
        return nlohmann::ordered_json{{"n", n}, {"sum", sum}};
    });
}

Claim with_margin(Claim claim, verify::MarginOf margin) {
    claim.margin = std::move(margin);
    return claim;
}
Claim at_depth_3(Claim claim) {
    claim.applies = [](const Setting& s) {
        return s.transfer.name == "hadamard_product" && s.depth == Exponent(3);
    };
    return claim;
}
Claim at_any_integer(Claim claim) {
    claim.applies = at_integer_depths;
    return claim;
}

const Registration blind_claim(made_up("blind", needle));
const Registration needle_claim(with_margin(made_up("needle", needle), needle_margin));
const Registration alarm_claim(with_margin(made_up("alarm", needle), false_alarm));
const Registration balanced_claim(made_up("balanced", balanced));
const Registration fold_claim(at_depth_3(made_up("fold", at_the_fold)));
const Registration boundary_claim(made_up("boundary", on_the_boundary));
const Registration sum_claim(at_any_integer(made_up("sum", small_sum)));
const Registration throwing_claim(made_up("throwing", [](Trial&) { throw InputError("no"); }));
const Registration true_claim(made_up("true", [](Trial& trial) {
    trial.expect("true", trial.tape().integer(0, 99) < 100, [] { return printed(0, 0); });
}));

const std::atomic<bool> never = false;

Plan plan_of(const std::string& id, const std::string& mutant = "", std::uint64_t seed = 1) {
    const Subject subject("test." + id, mutant);
    return {subject, cells_of(subject, {}, {}), seed, 50};
}

struct Unkept : Ledger {
    void add(const UnitResult&, const State&) override {}
    void flush(const State&) override {}
};

State searched(const Plan& plan, const Limits& limits, int count = 1) {
    State state;
    Unkept ledger;
    run_units(plan, limits, threads(count), never, state, ledger, [](const State&) {});
    return state;
}

Limits evaluations(long most, long witnesses = 1) {
    Limits out;
    out.evaluations = most;
    out.witnesses = witnesses;
    return out;
}

TEST(Digest, IsThatOfTheStandard) {
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Pins, SetADrawToAnyRationalOfItsRange) {
    Tape tape({7, 1, 9, 2, 5, 0}, {{0, Rational(22, 7)}, {2, Rational(-1)}, {4, Rational(9)}});
    EXPECT_EQ(tape.rational(5), Rational(22, 7));
    EXPECT_EQ(tape.positive_rational(5), Rational(5, 4));  // −1 is not positive
    EXPECT_EQ(tape.rational(5), Rational(3));              // 9 is out of range
    EXPECT_EQ(tape.pins().size(), 1U);
    EXPECT_EQ(tape.choices(), (std::vector<std::uint32_t>{0, 0, 4, 2, 5, 0}));
}

TEST(Cases, AreTheirText) {
    Case one{"test.needle", "one", "hadamard_product", Exponent(5, 2), 100, {{3, 0, 7}, {}}};
    one.choices.pins[1] = Rational(-22, 7);
    const Case back = case_from_text(canonical_text(one));
    EXPECT_EQ(canonical_text(back), canonical_text(one));
    EXPECT_EQ(back.choices, one.choices);
    EXPECT_EQ(case_id(back), case_id(one));
    one.choices.numbers[0] = 4;
    EXPECT_NE(case_id(back), case_id(one));
}

TEST(Cases, OfOtherFormatsAreRefused) {
    const std::string good =
        canonical_text({"test.needle", "", "hadamard_product", Exponent(2), 50, {{1}, {}}});
    EXPECT_NO_THROW(case_from_text(good));
    EXPECT_THROW(case_from_text(""), InputError);
    EXPECT_THROW(case_from_text("{}"), InputError);
    EXPECT_THROW(case_from_text(good.substr(0, good.size() - 1)), InputError);
    for (const auto& [from, to] :
         {std::pair("\"version\":1", "\"version\":2"), std::pair("[1]", "[-1]"),
          std::pair("[1]", "[0.5]"), std::pair("hadamard-case", "something else")}) {
        std::string bad = good;
        bad.replace(bad.find(from), std::string(from).size(), to);
        EXPECT_THROW(case_from_text(bad), InputError) << bad;
    }
}

TEST(Search, ClimbsTheMarginToWhatNoDrawReaches) {
    const State blind = searched(plan_of("blind"), evaluations(3000));
    EXPECT_TRUE(blind.found.empty());
    const State state = searched(plan_of("needle"), evaluations(100'000));
    ASSERT_EQ(state.found.size(), 1U);
    const Witness& witness = state.found.front().witness;
    EXPECT_EQ(witness.printed["x"], "7/5");
    EXPECT_EQ(witness.printed["y"], "-11/7");
    EXPECT_EQ(witness.origin, "ascent");
    EXPECT_GT(state.health.ascended, 0);
    ASSERT_TRUE(witness.margin);
    EXPECT_NEAR(*witness.margin, 1e-4, 1e-12);
}

TEST(Search, NeverBelievesAMarginAlone) {
    const State state = searched(plan_of("alarm"), evaluations(30'000));
    EXPECT_TRUE(state.found.empty());
    EXPECT_GT(state.health.alarms, 0);
    EXPECT_EQ(state.records.size(), 1U);
}

TEST(Search, StartsWhereStatementsFail) {
    for (const char* id : {"balanced", "fold", "boundary"}) {
        const State state = searched(plan_of(id), evaluations(20'000));
        EXPECT_EQ(state.found.size(), 1U) << id;
    }
}

TEST(Search, FindsNothingWhereThereIsNothing) {
    const State state = searched(plan_of("true"), evaluations(2000));
    EXPECT_TRUE(state.found.empty());
    EXPECT_EQ(state.health.undecided, 0);
    EXPECT_GE(state.health.evaluations(), 2000);
    const State throwing = searched(plan_of("throwing"), evaluations(200));
    EXPECT_TRUE(throwing.found.empty());
    EXPECT_EQ(throwing.health.undecided, throwing.health.cases);
    EXPECT_GT(throwing.health.reasons.at("error: no"), 0);
}

TEST(Search, MutantsAreSubjects) {
    EXPECT_EQ(searched(plan_of("true", "one"), evaluations(2000)).found.size(), 1U);
    EXPECT_THROW(Subject("test.true", "onee"), InputError);
    EXPECT_THROW(Subject("test.tru"), InputError);
    EXPECT_THROW(cells_of(Subject("test.true"), {"group_product"}, {}), InputError);
    EXPECT_THROW(cells_of(Subject("test.true"), {}, {Exponent(7)}), InputError);
}

TEST(Witnesses, AreShrunkToTheSmallest) {
    const State state = searched(plan_of("sum"), evaluations(100, 6));
    ASSERT_GE(state.found.size(), 1U);
    for (const Found& found : state.found) {
        EXPECT_EQ(found.witness.printed["n"], 1);
        EXPECT_EQ(found.witness.printed["sum"], 700);
        EXPECT_EQ(case_from_text(found.witness.text).depth, Exponent(2));
    }
}

TEST(Witnesses, ReplayFromTheirText) {
    const State state = searched(plan_of("needle"), evaluations(100'000));
    ASSERT_EQ(state.found.size(), 1U);
    const Witness& witness = state.found.front().witness;
    for (const int digits : {0, 100, 200}) {
        const Trial again = replayed(case_from_text(witness.text), digits);
        EXPECT_TRUE(again.refuted());
        EXPECT_EQ(again.witness(), witness.printed);
    }
    Case other = case_from_text(witness.text);
    other.choices.pins.begin()->second += Rational(1, 100);
    EXPECT_FALSE(replayed(other).refuted());
}

/// All that must agree between two runs of one campaign; seconds need not.
std::string summary(const State& state) {
    std::string out = std::to_string(state.units) + state.health.to_json().dump();
    for (const MarginRecord& record : state.records)
        out += fmt::format(" {}:{}:{}", record.unit, record.evaluations, record.margin);
    for (const Found& found : state.found)
        out += fmt::format(" {}:{}", found.unit, found.witness.id);
    return out;
}

TEST(Campaigns, DoNotDependOnThreads) {
    for (const auto& [id, most] :
         {std::pair("sum", 600), std::pair("needle", 40'000), std::pair("alarm", 40'000)}) {
        const Limits limits = evaluations(most, 3);
        const std::string one = summary(searched(plan_of(id), limits));
        for (const int count : {2, 5})
            EXPECT_EQ(summary(searched(plan_of(id), limits, count)), one);
    }
    EXPECT_NE(summary(searched(plan_of("sum", "", 1), evaluations(100, 3))),
              summary(searched(plan_of("sum", "", 2), evaluations(100, 3))));
}

/// Interrupts after so many units.
struct Interrupting : Ledger {
    explicit Interrupting(long most) : left(most) {}
    void add(const UnitResult& result, const State& state) override {
        EXPECT_EQ(result.unit, state.units - 1);
        if (--left == 0) stop = true;
    }
    void flush(const State&) override { ++flushes; }
    long left, flushes = 0;
    std::atomic<bool> stop = false;
};

TEST(Campaigns, ResumedEndAsUninterrupted) {
    const Plan plan = plan_of("sum");
    const Limits limits = evaluations(300, 4);
    const std::string whole = summary(searched(plan, limits));
    for (const int count : {1, 3}) {
        State state;
        long sessions = 0;
        while (!limits.reached_by(state)) {
            Interrupting ledger(1 + sessions % 7);
            run_units(plan, limits, threads(count), ledger.stop, state, ledger,
                      [](const State&) {});
            EXPECT_EQ(ledger.flushes, 1);
            ++sessions;
        }
        EXPECT_GT(sessions, 3);
        EXPECT_EQ(summary(state), whole);
    }
}

TEST(Campaigns, PassResultsAsText) {
    const Plan plan = plan_of("needle");
    bool with_witness = false;
    for (long unit = 0; unit < 6; ++unit) {
        const UnitResult result = work(plan, unit);
        const UnitResult back = result_from_text(text_of(result));
        EXPECT_EQ(text_of(back), text_of(result));
        EXPECT_EQ(back.best_margin, result.best_margin);
        EXPECT_EQ(back.witness.has_value(), result.witness.has_value());
        with_witness = with_witness || result.witness;
    }
    EXPECT_TRUE(with_witness);
    EXPECT_FALSE(result_from_text(text_of(work(plan_of("true"), 0))).witness);
}

TEST(Campaigns, EndAtTheirBudget) {
    const State small = searched(plan_of("true"), evaluations(1));
    EXPECT_EQ(small.units, 1);
    Limits time;
    time.time = std::chrono::duration<double>(0.2);
    const State timed = searched(plan_of("true"), time, 2);
    EXPECT_GT(timed.units, 0);
    EXPECT_LT(timed.seconds, 5.0);
    // What is finished is not begun again.
    State state = small;
    Interrupting ledger(1);
    run_units(plan_of("true"), evaluations(1), threads(1), never, state, ledger,
              [](const State&) {});
    EXPECT_EQ(state.units, 1);
}

TEST(Simplification, OffersSimplerRationals) {
    const std::vector<Rational> offers = simpler_rationals(Rational(355, 113));
    EXPECT_NE(std::find(offers.begin(), offers.end(), Rational(22, 7)), offers.end());
    EXPECT_NE(std::find(offers.begin(), offers.end(), Rational(3)), offers.end());
    EXPECT_TRUE(simpler_rationals(Rational(0)).empty());
}

}  // namespace
}  // namespace hadamard::search
