#pragma once

#include "engine/judged.hpp"
#include "engine/tape.hpp"

#include <string>
#include <vector>

namespace hadamard::verify {

/// Instances of which the claims are true, but a naive check in double raises a false alarm.
struct DelicateFamily {
    std::string id;    ///< Row of the table.
    std::string text;  ///< What is delicate, in one line.
    /// An instance with its answers, by construction or by an exact oracle.
    KnownInstance (*draw)(Tape&);
};

/// All of them, in the order of section 6.
const std::vector<DelicateFamily>& delicate_families();

/// Instance `number` of a run over all families: they take turns.
KnownInstance delicate_instance(std::uint64_t seed, long number);

}  // namespace hadamard::verify
