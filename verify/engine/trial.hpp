#pragma once

/// @file
/// What a claim's check is handed, and the only way in which it can report.

#include "engine/closeness.hpp"
#include "engine/tape.hpp"
#include "engine/verdict.hpp"
#include "hadamard/catalogue/problem.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/core/specification.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hadamard::verify {

/// Where a claim is tried: one transfer at one depth.
struct Setting {
    TransferTraits transfer;
    Exponent depth = 2;
    /// Id of the hypothesis that a mutant drops from its claim; empty for the claim itself.
    std::string dropped = {};
};

/// A problem on real data. The claim adds the transfer; its λ comes with the grid.
struct DataProblem {
    std::string name;  ///< "diabetes", or the file's name.
    LossSpec loss;
    IndexList unpenalised;
    Rational lambda;
};

/// A point that a check looked at, for the statistics of a search.
struct PointSeen {
    Index support = 0, size = 0;  ///< Entries that are not 0, of how many.
    bool degenerate = false;      ///< A Hessian with a zero eigenvalue, or one of no certain sign.
};

/// One case of one claim. `check` functions draw from `tape()`, decide, and record.
class Trial {
public:
    Trial(Setting setting, Tape tape, int digits, const DataProblem* data = nullptr)
        : setting_(std::move(setting)), tape_(std::move(tape)), digits_(digits), data_(data) {}

    const Setting& setting() const { return setting_; }
    Tape& tape() { return tape_; }
    const Tape& tape() const { return tape_; }
    /// Decimal digits in which candidates are polished; decisions start their ladder there.
    int digits() const { return digits_; }
    /// Whether the hypothesis of this id is made: checks draw instances outside it where it is not.
    bool assumes(std::string_view hypothesis) const { return setting_.dropped != hypothesis; }
    /// The real-data problem of this case; null for a random case.
    const DataProblem* data() const { return data_; }

    /// A part of the statement was decided, and holds.
    void holds(std::string_view part) { note(held_, part); }
    /// A part of the statement was decided for *all* inputs of a shape, by exact or enclosing
    /// arithmetic: "one coordinate, depth 3; blocks separate, hence every d".
    void proves(std::string_view part, std::string shape) {
        holds(part);
        proved_.emplace_back(std::string(part), std::move(shape));
    }
    /// A part of the statement was decided, and fails. The first witness of a case is kept.
    void refute(std::string_view part, nlohmann::ordered_json witness) {
        if (refuted_) return;
        refuted_ = true;
        witness_ = std::move(witness);
        witness_["part"] = part;
        failed_part_ = part;
    }
    /// A part could not be decided.
    void undecided(std::string_view part, const std::string& reason) {
        undecided_.emplace_back(std::string(part) + ": " + reason);
    }
    /// `holds`, or `refute` with the witness that `describe()` returns.
    template <class Describe>
    void expect(std::string_view part, bool condition, Describe&& describe) {
        if (condition)
            holds(part);
        else
            refute(part, describe());
    }
    /// `expect` of left ≤ right, exactly, with the margin of this comparison.
    template <class T, class Describe>
    void expect_at_most(std::string_view part, const T& left, const T& right, Describe&& describe) {
        note_margin([&] { return margin_of_at_most(left, right); });
        expect(part, left <= right, std::forward<Describe>(describe));
    }
    /// `expect` of left = right, numbers or vectors, exactly.
    template <class T, class Describe>
    void expect_equal(std::string_view part, const T& left, const T& right, Describe&& describe) {
        note_margin([&] { return margin_of_equal(left, right); });
        expect(part, left == right, std::forward<Describe>(describe));
    }

    /// From now on the check's margins and points are noted: for a search, which climbs the one and
    /// counts the other. A run that only decides does not pay for them.
    void watch() { watched_ = true; }
    /// How close a part of the statement comes to failing, in `double`: in [−1, 1], relative to the
    /// terms compared, ≤ 0 where it holds and > 0 where it fails. `no_margin` says nothing.
    /// @param margin  called only where someone watches.
    template <class Value>
    void note_margin(Value&& margin) {
        if (!watched_) return;
        double value = no_margin;
        try {
            value = std::forward<Value>(margin)();
        } catch (const Error&) {  // what is only watched must not change what is decided
        }
        if (!std::isnan(value)) margin_ = std::max(margin_.value_or(-1), std::min(value, 1.0));
    }
    /// Notes that the check looked at this point.
    template <class Seen>
    void note_point(Seen&& seen) {
        if (watched_) points_.push_back(std::forward<Seen>(seen)());
    }

    /// The largest value seen of a named measurement, "relative_gap" say, for the report.
    void measure(std::string_view what, double value) {
        for (auto& [name, worst] : measured_)
            if (name == what) {
                worst = std::max(worst, value);
                return;
            }
        measured_.emplace_back(what, value);
    }

    /// The margin of the case: the largest of its parts. > 0 where it is refuted, by 1 when nothing
    /// measured how far; ≤ 0 where everything was decided and holds; nothing where no part noted one.
    std::optional<double> margin() const {
        if (refuted_) return margin_ ? std::max(*margin_, std::numeric_limits<double>::min()) : 1.0;
        if (!margin_ || !undecided_.empty()) return margin_;
        return std::min(*margin_, 0.0);
    }
    const std::vector<PointSeen>& points() const { return points_; }

    bool refuted() const { return refuted_; }
    /// No part was decided or attempted: the case did not meet the hypotheses.
    bool empty() const { return !refuted_ && undecided_.empty() && held_.empty(); }
    const std::string& failed_part() const { return failed_part_; }
    const nlohmann::ordered_json& witness() const { return witness_; }
    const std::vector<std::string>& undecided_reasons() const { return undecided_; }
    const std::vector<std::string>& held_parts() const { return held_; }
    const std::vector<std::pair<std::string, std::string>>& proved_parts() const { return proved_; }
    const std::vector<std::pair<std::string, double>>& measured() const { return measured_; }

private:
    static void note(std::vector<std::string>& parts, std::string_view part) {
        for (const std::string& known : parts)
            if (known == part) return;
        parts.emplace_back(part);
    }

    Setting setting_;
    Tape tape_;
    int digits_;
    const DataProblem* data_;
    bool watched_ = false;
    std::optional<double> margin_;
    std::vector<PointSeen> points_;
    bool refuted_ = false;
    std::string failed_part_;
    nlohmann::ordered_json witness_;
    std::vector<std::string> held_;
    std::vector<std::pair<std::string, std::string>> proved_;  // part, shape
    std::vector<std::string> undecided_;
    std::vector<std::pair<std::string, double>> measured_;
};

}  // namespace hadamard::verify
