#pragma once

/// @file
/// A candidate counterexample as text: what is stored, addressed, printed and replayed.

#include "search/subject.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hadamard::search {

/// The recorded choices of a case: with subject, transfer and depth they are the case.
struct Choices {
    std::vector<std::uint32_t> numbers;
    std::map<std::size_t, Rational> pins;

    Tape tape() const { return Tape(numbers, pins); }
    friend bool operator==(const Choices&, const Choices&) = default;
};

/// What a trial used of its tape: no choices beyond the last that counts, no pins without effect.
/// Replaying it gives the same trial.
Choices used_choices(const Trial& trial);

/// A case with everything that a stranger needs to decide it again.
///
/// Exact  the text holds integers and fractions only; reading it back gives an equal case.
struct Case {
    std::string claim;
    std::string mutant;  ///< Empty: the claim itself.
    std::string transfer;
    Exponent depth = 2;
    int digits = 50;
    Choices choices;
    std::string definition = {};  ///< Of a transfer that a user wrote down, one line of JSON.
};

/// One line of JSON, the same for equal cases on every machine.
std::string canonical_text(const Case& one);

/// @throws InputError saying what is wrong with the text.
Case case_from_text(const std::string& text);

/// The address of a case: SHA-256 of its canonical text.
std::string case_id(const Case& one);

/// The claim's own check on the case, by nothing but engine and claim. A user's transfer is
/// registered first, unless it is: then not to be called while other threads use the catalogue.
/// @param digits  decimal digits to decide in; 0: those of the case.
/// @throws InputError when this program has no such claim, mutant or transfer.
Trial replayed(const Case& one, int digits = 0);

}  // namespace hadamard::search
