#pragma once

/// @file
/// What a claim is. Each file under verify/claims/ registers one; its id is its path.

#include "engine/trial.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hadamard::verify {

/// How badly a statement fails at real numbers x, in `double`: it gives a search its direction and
/// decides nothing. x stands for consecutive rational draws of a case.
struct Margin {
    /// Place of x_0 in `Tape::rationals()` of a case with the same choices before it.
    std::size_t first = 0;
    Index size = 0;  ///< Of x, ≥ 1.
    /// In [−1, 1], relative to the terms compared: > 0 where the statement fails, 0 on the verge, < 0
    /// where it holds; NaN where `double` cannot say.
    std::function<double(const Vector<double>&)> value;
    /// Points at which the statement is tight by construction, where it has such: a search tries them
    /// beside those that it draws. Within ±5 in every entry.
    std::vector<Vector<double>> starts = {};
};

/// Makes the draws that the claim's check makes up to x, and returns the margin of what was drawn.
using MarginOf = std::function<Margin(Trial&)>;

/// A false variant that the same procedure must refute.
struct Mutant {
    std::string id;         ///< Slug, unique within the claim.
    std::string statement;  ///< The false statement, in one sentence.
    std::string why;        ///< Why it is false.
    /// Where it is false; elsewhere it is not run.
    std::function<bool(const Setting&)> applies;
    /// Left out when `drops` names a hypothesis: then the claim's own check is run without it.
    std::function<void(Trial&)> check = {};
    std::string drops = {};
    MarginOf margin = {};  ///< As `Claim::margin`, of the false statement.
};

/// A hypothesis of a claim. One with an id can be dropped: `Trial::assumes(id)` is then false, and a
/// claim that is false without it has a mutant that says so.
struct Hypothesis {
    std::string text;
    std::string id = {};
};

/// A statement of the theory with the procedure that decides it.
struct Claim {
    std::string id;         ///< "chapter.slug": verify/claims/chapter/slug.cpp, '_' for '-'.
    std::string statement;  ///< One sentence with its quantifiers.
    std::vector<Hypothesis> hypotheses;  ///< Under which it is claimed; at least one text.
    std::string source;                  ///< Paper, or "this project".
    std::string argument;                ///< The human proof, in short.
    std::string machine;                 ///< What is computed, and how far it reaches.
    std::function<bool(const Setting&)> applies;
    std::function<void(Trial&)> check;
    std::vector<Mutant> mutants;
    /// Decides the statement for all inputs of a shape, run once for each transfer and depth; reports
    /// by `Trial::proves`. Left out where nothing is proved.
    std::function<void(Trial&)> prove = {};
    /// Random cases for each transfer in a default run: many where a case costs microseconds.
    int default_cases = 24;
    bool on_data = true;  ///< Also run on real data.
    /// A margin that costs far less than the check. Left out, a search climbs what the check itself
    /// notes (`Trial::note_margin`).
    MarginOf margin = {};
};

/// All linked-in claims, ordered by id.
const std::vector<Claim>& claims();

/// The claim of this id.   @throws InputError naming the nearest.
const Claim& claim_named(const std::string& id);

/// Adds a claim at program start.   @throws PreconditionError when it has fewer than two mutants.
struct Registration {
    explicit Registration(Claim claim);
};

inline bool anywhere(const Setting&) { return true; }

/// Where M(β) is finite, so that minimizers of Q are isolated when those of P are.
inline bool has_finite_fibres(const Setting& s) { return s.transfer.finite_fibres; }

/// Where a fibre holds points outside M(β).
inline bool has_wide_fibres(const Setting& s) { return !s.transfer.injective; }

/// The hypotheses as one line.
std::string text_of(const std::vector<Hypothesis>& hypotheses);

}  // namespace hadamard::verify
