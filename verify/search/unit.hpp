#pragma once

/// @file
/// One work unit of a campaign: everything about it follows from the plan and its number.

#include "search/case.hpp"
#include "search/starts.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hadamard::search {

/// Where a subject is searched: one transfer at one depth.
struct Cell {
    TransferTraits transfer;
    Exponent depth = 2;

    std::string name() const { return transfer.name + " " + depth.text(); }
};

/// What a campaign is: with a unit's number it determines that unit.
struct Plan {
    Subject subject;
    std::vector<Cell> cells;
    std::uint64_t seed = 0;
    int digits = 50;

    /// Units go round the cells.
    const Cell& cell_of(long unit) const {
        return cells[static_cast<std::size_t>(unit) % cells.size()];
    }
};

/// Counts that tell whether a search is healthy.
struct Health {
    long screened = 0;   ///< Margins evaluated at points laid out beforehand.
    long ascended = 0;   ///< Margins evaluated on the way up, but those that whole cases noted.
    long cases = 0;      ///< Runs of the claim's own check, but those that shrink a witness.
    long discarded = 0;  ///< Cases outside the hypotheses.
    long undecided = 0;  ///< Cases in which some part stayed undecided and none failed.
    long alarms = 0;     ///< Positive margins in `double` that the claim's check did not confirm.
    long shrinking = 0;  ///< Replays that shrank a witness, at most.
    std::map<std::string, long> by_cell;    ///< Evaluations by transfer and depth.
    std::map<std::string, long> by_depth;   ///< Evaluations by depth alone.
    std::map<std::string, long> by_origin;  ///< Evaluations by origin of the candidate.
    /// Points by nonzero entries, "2 of 4": those whose margins were screened, or, where the subject
    /// has no margin of its own, the base points that its check looked at.
    std::map<std::string, long> by_support;
    /// Points that checks looked at, "degenerate" or "nondegenerate" by their Hessians.
    std::map<std::string, long> by_regime;
    std::map<std::string, long> reasons;  ///< Why cases stayed undecided.

    long evaluations() const { return screened + ascended + cases; }
    void add(const Health& other);
    nlohmann::ordered_json to_json() const;
    static Health from_json(const nlohmann::json& json);
};

/// A counterexample, proved by the claim's own check, shrunk, and proved once more from its text.
struct Witness {
    std::string id;                  ///< `case_id`.
    std::string text;                ///< `canonical_text`.
    nlohmann::ordered_json printed;  ///< What the claim says of it.
    std::string origin;
    std::optional<double> margin;  ///< In `double`: the subject's own, or what its check noted.
};

struct UnitResult {
    long unit = 0;
    Health health;
    std::optional<double> best_margin;  ///< Likewise.
    std::optional<Witness> witness;
};

/// Does one unit; it ends with its first witness. Deterministic, and safe to run beside others.
UnitResult work(const Plan& plan, long unit);

}  // namespace hadamard::search
