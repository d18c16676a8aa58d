#pragma once

#include <string_view>

namespace hadamard::verify {

/// What a run may say of a claim. The order is the order of strength; a report never rounds up.
enum class Verdict {
    refuted,    ///< A witness was found.
    undecided,  ///< Nothing was established: no evidence, or precision or time ran out.
    supported,  ///< Held at every point that was decided; other points exist.
    proved,     ///< Decided on the whole stated domain by exact or enclosing arithmetic.
};

constexpr std::string_view to_string(Verdict v) {
    switch (v) {
        case Verdict::refuted: return "refuted";
        case Verdict::undecided: return "undecided";
        case Verdict::supported: return "supported";
        case Verdict::proved: return "proved";
    }
    return "unreachable";
}

}  // namespace hadamard::verify
