#include "engine/judged.hpp"

#include "engine/double_says.hpp"
#include "engine/instances.hpp"
#include "hadamard/minima/decide.hpp"

#include <algorithm>
#include <fmt/format.h>

#include <exception>
#include <mutex>
#include <thread>

namespace hadamard::verify {
namespace {

using minima::DecideSettings;
using minima::Outcome;

struct Answer {
    Outcome decision = Outcome::undecided;
    Outcome double_says = Outcome::undecided;
    /// Of each rung alone, in order; empty when not asked.
    std::vector<std::pair<std::string, Outcome>> rungs;
};

/// The point itself is meant, not one of another scale beside it: 1e-40 of its smallest entry.
Rational accuracy_for(const Vector<Rational>& point) {
    Rational smallest(1);
    for (Index i = 0; i < point.size(); ++i)
        if (point[i] != 0) smallest = std::min(smallest, magnitude(point[i]));
    return smallest * DecideSettings().accuracy;
}

Outcome decide(const ProblemFamily& family, const KnownPoint& point, DecideSettings settings) {
    settings.accuracy = accuracy_for(point.point);
    return (point.of_surrogate ? minima::decide_surrogate(family, point.point, settings)
                               : minima::decide_base(family, point.point, settings))
        .decision.outcome;
}

Outcome double_says(const ProblemFamily& family, const KnownPoint& point) {
    return point.of_surrogate ? double_says_surrogate(family, point.point)
                              : double_says_base(family, point.point);
}

Answer answer_of(const ProblemFamily& family, const KnownPoint& point,
                 const JudgeSettings& settings, const Judge& judge) {
    Answer out;
    out.decision = judge(family, point);
    if (settings.double_says || settings.ladder) out.double_says = double_says(family, point);
    if (!settings.ladder) return out;
    out.rungs.emplace_back("double", out.double_says);
    for (const int digits : {50, 100, 200}) {
        DecideSettings alone;
        alone.exact = false;
        alone.rungs = {digits};
        out.rungs.emplace_back(std::to_string(digits) + " digits", decide(family, point, alone));
    }
    DecideSettings exact;
    exact.rungs = {};
    out.rungs.emplace_back("exact", decide(family, point, exact));
    return out;
}

std::size_t place(Outcome outcome) { return static_cast<std::size_t>(outcome); }

bool contradict(Outcome a, Outcome b) {
    return a != b && a != Outcome::undecided && b != Outcome::undecided;
}

nlohmann::ordered_json full_witness(const KnownInstance& known, const std::vector<Answer>& answers,
                                  long number) {
    nlohmann::ordered_json out = witness_of(known.instance);
    out["number"] = number;
    out["family"] = known.family;
    out["points"] = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < known.points.size(); ++i) {
        nlohmann::ordered_json one;
        one["of"] = known.points[i].of_surrogate ? "Q" : "P";
        one["how"] = known.points[i].how;
        one["point"] = exact_list(known.points[i].point);
        one["truth"] = to_string(known.points[i].truth);
        one["decision"] = to_string(answers[i].decision);
        for (const auto& [rung, outcome] : answers[i].rungs) one["rungs"][rung] = to_string(outcome);
        out["points"].push_back(std::move(one));
    }
    return out;
}

/// Where the truth is not known, P and Q must still not contradict each other on M.
bool is_wrong(const KnownInstance& known, const std::vector<Answer>& answers) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (contradict(answers[i].decision, known.points[i].truth)) return true;
        for (std::size_t j = 0; j < i; ++j)
            if (known.points[i].truth == known.points[j].truth &&
                contradict(answers[i].decision, answers[j].decision))
                return true;
    }
    return false;
}

class Tally {
public:
    void add(const KnownInstance& known, const std::vector<Answer>& answers, long number,
             const JudgeSettings& settings) {
        FamilyTally& row = result_.families[known.family];
        ++row.instances;
        bool is_open = false, all_right = true;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const KnownPoint& point = known.points[i];
            const Outcome decision = answers[i].decision;
            ++(point.of_surrogate ? row.surrogate : row.base)[place(point.truth)][place(decision)];
            is_open = is_open || point.truth == Outcome::undecided;
            all_right = all_right && decision == point.truth;
            if (settings.double_says && point.truth != Outcome::undecided) {
                const Outcome said = answers[i].double_says;
                ++(said == Outcome::undecided ? row.double_undecided
                   : said == point.truth      ? row.double_right
                                              : row.double_wrong);
            }
            climb(known, answers, i, number);
        }
        if (is_wrong(known, answers)) {
            ++row.wrong;
            if (!result_.witness || number < result_.first_wrong) {
                result_.first_wrong = number;
                result_.witness = full_witness(known, answers, number);
            }
        } else {
            ++(is_open ? row.open : all_right ? row.right : row.undecided);
        }
    }

    JudgedResult result() { return std::move(result_); }

private:
    /// Every step of the ladder on which the verdict changes, and the way from double to exact.
    void climb(const KnownInstance& known, const std::vector<Answer>& answers, std::size_t i,
               long number) {
        const auto& rungs = answers[i].rungs;
        if (rungs.empty()) return;
        bool decided = true;
        for (const auto& [name, outcome] : rungs) decided = decided && outcome != Outcome::undecided;
        result_.decided_on_ladder += decided ? 1 : 0;
        const auto record = [&](std::size_t from, std::size_t to) {
            if (rungs[from].second == rungs[to].second) return;
            const std::string what =
                fmt::format("{}: {} {} -> {} {}", known.points[i].of_surrogate ? "Q" : "P",
                            rungs[from].first, to_string(rungs[from].second), rungs[to].first,
                            to_string(rungs[to].second));
            LadderChange& change = result_.ladder[what];
            if (change.count++ == 0 || number < change.first) {
                change.first = number;
                change.witness = full_witness(known, answers, number);
            }
        };
        for (std::size_t r = 1; r < rungs.size(); ++r) record(r - 1, r);
        record(0, rungs.size() - 1);
    }

    JudgedResult result_;
};

void add(Confusion& sum, const Confusion& other) {
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) sum[i][j] += other[i][j];
}

}  // namespace

Outcome standard_judge(const ProblemFamily& family, const KnownPoint& point) {
    return decide(family, point, {});
}

FamilyTally JudgedResult::total() const {
    FamilyTally out;
    for (const auto& [name, row] : families) {
        out.instances += row.instances;
        out.right += row.right;
        out.wrong += row.wrong;
        out.undecided += row.undecided;
        out.open += row.open;
        out.double_right += row.double_right;
        out.double_wrong += row.double_wrong;
        out.double_undecided += row.double_undecided;
        add(out.base, row.base);
        add(out.surrogate, row.surrogate);
    }
    return out;
}

JudgedResult judge_known(long count, const std::function<KnownInstance(long)>& instance,
                         const JudgeSettings& settings, const std::atomic<bool>& stop,
                         const std::function<void(long)>& progress, const Judge& judge) {
    std::atomic<long> next = 0;
    std::mutex mutex;
    Tally tally;
    long done = 0;
    std::exception_ptr failure;
    const auto work = [&] {
        for (long i = next++; i < count && !stop; i = next++) {
            try {
                const KnownInstance known = instance(i);
                const ProblemFamily family(known.instance);
                std::vector<Answer> answers;
                for (const KnownPoint& point : known.points)
                    answers.push_back(answer_of(family, point, settings, judge));
                const std::scoped_lock lock(mutex);
                tally.add(known, answers, i, settings);
                if (progress) progress(++done);
            } catch (...) {
                const std::scoped_lock lock(mutex);
                if (!failure) failure = std::current_exception();
                next = count;
            }
        }
        flint_cleanup();  // this thread's caches
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < settings.threads; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    JudgedResult out = tally.result();
    out.interrupted = stop;
    return out;
}

}  // namespace hadamard::verify
