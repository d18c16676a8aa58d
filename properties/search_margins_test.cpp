/// @file
/// Laws of every margin in the catalogue: it speaks of the point that the claim's check decides,
/// and where it is positive the check refutes. A claim added later is held to them unasked.

#include "search/ascent.hpp"
#include "search/campaign.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hadamard::search {
namespace {

std::vector<Subject> subjects_with_margins() {
    std::vector<Subject> out;
    for (const verify::Claim& claim : verify::claims()) {
        if (claim.margin) out.emplace_back(claim.id);
        for (const verify::Mutant& mutant : claim.mutants)
            if (mutant.margin) out.emplace_back(claim.id, mutant.id);
    }
    return out;
}

/// A drawn case with its margin, and x laid on its point.
struct Laid {
    verify::Margin margin;
    Choices choices;
    Vector<double> x;
};

Laid laid_out(const Subject& subject, const Setting& setting, std::uint64_t seed, Origin origin) {
    Trial drawn(setting, Tape(seed), 50);
    Laid out{subject.margin()(drawn), {drawn.tape().choices(), drawn.tape().pins()}, {}};
    out.choices.numbers.resize(drawn.tape().used());
    out.x.resize(out.margin.size);
    ScreenRandom random(seed);
    fill_point(out.x, origin, 4, random);
    out.x = (out.x * 64).array().round() / 64;  // exactly what the pins say
    for (Index i = 0; i < out.x.size(); ++i)
        out.choices.pins[drawn.tape().used() + 2 * static_cast<std::size_t>(i)] =
            Rational(static_cast<long>(out.x[i] * 64), 64);
    return out;
}

TEST(Margins, ExistForSomeClaimsAndTheirMutants) { EXPECT_GE(subjects_with_margins().size(), 10U); }

TEST(Margins, SpeakOfThePointThatTheCheckDecides) {
    long positive = 0;
    for (const Subject& subject : subjects_with_margins())
        for (const Cell& cell : cells_of(subject, {}, {}))
            for (const Origin origin : {Origin::random, Origin::zeros, Origin::ties}) {
                const Setting setting = subject.setting(cell.transfer, cell.depth);
                const Laid laid = laid_out(subject, setting, 7, origin);
                const std::string where =
                    subject.name() + " on " + cell.name() + ", " + std::string(to_string(origin));
                const Trial trial = subject.tried(setting, laid.choices.tape(), 50);
                const auto& draws = trial.tape().rationals();
                ASSERT_GE(draws.size(), laid.margin.first + static_cast<std::size_t>(laid.x.size()))
                    << where;
                for (Index i = 0; i < laid.x.size(); ++i)
                    EXPECT_EQ(draws[laid.margin.first + static_cast<std::size_t>(i)].value,
                              Rational(static_cast<long>(laid.x[i] * 64), 64))
                        << where;
                const double margin = scored(laid.margin, laid.x);
                EXPECT_GE(margin, -1) << where;
                EXPECT_LE(margin, 1) << where;
                if (margin <= 1e-9) continue;
                ++positive;
                EXPECT_TRUE(trial.refuted()) << where << ", margin " << margin;
                EXPECT_TRUE(subject.is_mutant()) << where << " is true";
            }
    EXPECT_GT(positive, 100);
}

}  // namespace
}  // namespace hadamard::search
