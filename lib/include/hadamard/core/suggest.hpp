#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hadamard {

/// The least number of insertions, deletions, substitutions and swaps of neighbours (each used at
/// most once at a place) that turn `a` into `b`, letter case ignored, in bytes.
///
/// Source  the restricted Damerau–Levenshtein distance.
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, or "" when none is near enough to be what was meant: more than
/// a third of the longer word would have to change (two letters are always allowed, if that is not
/// all of them). A candidate that `name` abbreviates is near. Ties go to the first.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

/// "; did you mean \"age\"?", or "" when nothing is near: the tail of an error message.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

/// "unknown claim \"x\"; did you mean \"y\"?": the whole message.
inline std::string unknown_name(std::string_view kind, std::string_view name,
                                const std::vector<std::string>& candidates) {
    return "unknown " + std::string(kind) + " \"" + std::string(name) + "\"" +
           did_you_mean(name, candidates);
}

}  // namespace hadamard
