#pragma once

/// @file
/// The decisions of minima/ on instances whose answers are known: who was right, who was not, and what
/// less precision would have said.

#include "engine/run.hpp"
#include "hadamard/core/specification.hpp"
#include "hadamard/minima/decision.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hadamard::verify {

/// A point to be decided, with the answer.
struct KnownPoint {
    bool of_surrogate = false;  ///< A point of Q; otherwise of P.
    Vector<Rational> point;
    minima::Outcome truth = minima::Outcome::undecided;  ///< `undecided`: not known.
    std::string how;                                     ///< "base", "lift", "unbalanced", …
};

struct KnownInstance {
    std::string family;  ///< The row it is counted in.
    Instance instance;
    std::vector<KnownPoint> points;
};

/// Answers by truth (rows) and answer (columns), in the order of `Outcome`.
using Confusion = std::array<std::array<long, 3>, 3>;

/// What one side of the ladder said: counts of instances by family.
struct FamilyTally {
    long instances = 0, right = 0, wrong = 0, undecided = 0;
    long open = 0;  ///< Instances of which not every truth is known, none judged wrongly.
    Confusion base{}, surrogate{};  ///< Of points.
    /// Of points with a known truth, by the check in double.
    long double_right = 0, double_wrong = 0, double_undecided = 0;
};

/// "Q, lift: double minimizer -> exact not a minimizer": how often, and the first.
struct LadderChange {
    long count = 0;
    long first = 0;  ///< Number of the first instance.
    nlohmann::ordered_json witness;
};

struct JudgedResult {
    std::map<std::string, FamilyTally> families;
    std::map<std::string, LadderChange> ladder;
    long decided_on_ladder = 0;  ///< Points that were decided at every rung.
    /// The first instance judged wrongly, exactly.
    std::optional<nlohmann::ordered_json> witness;
    long first_wrong = 0;
    bool interrupted = false;

    FamilyTally total() const;
};

struct JudgeSettings {
    int threads = 1;
    bool double_says = false;  ///< Also ask the check in double.
    bool ladder = false;       ///< Also ask double, 50, 100, 200 digits and exact, each alone.
};

/// Decides P or Q at a point: `decide_base`, `decide_surrogate`, or a doctored judge in tests.
using Judge = std::function<minima::Outcome(const ProblemFamily&, const KnownPoint&)>;
minima::Outcome standard_judge(const ProblemFamily& family, const KnownPoint& point);

/// Judges instances 0 … count−1, spread over threads; the result does not depend on them.
/// @param stop      becomes true to end early: what was judged so far is returned.
/// @param progress  called with the number judged, by one thread at a time.
JudgedResult judge_known(long count, const std::function<KnownInstance(long)>& instance,
                         const JudgeSettings& settings, const std::atomic<bool>& stop,
                         const std::function<void(long)>& progress = {},
                         const Judge& judge = standard_judge);

}  // namespace hadamard::verify
