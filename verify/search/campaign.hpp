#pragma once

/// @file
/// A campaign: a deterministic list of numbered work units, and how far it has come.

#include "search/queue.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hadamard::search {

/// Changes when the same plan would give other units: a campaign is not resumed across it.
constexpr int algorithm_version = 3;

/// A new best margin, and when it came.
struct MarginRecord {
    long unit = 0, evaluations = 0;
    double margin = 0;
};

struct Found {
    long unit = 0;
    Witness witness;
};

/// The campaign after its units 0 … `units` − 1, each counted once.
struct State {
    long units = 0;
    Health health;
    double seconds = 0;  ///< Wall time of all sessions.
    std::vector<MarginRecord> records;
    std::vector<Found> found;  ///< Distinct witnesses, in the order of their units.

    bool knows(const std::string& witness) const;
    /// @pre result.unit == units
    void add(const UnitResult& result);
};

/// What ends a campaign, or a session of it.
struct Limits {
    /// Of the whole campaign: it ends with the unit that reaches them, however often it was
    /// resumed.
    std::optional<long> evaluations;
    long witnesses = 1;
    /// Of this session.
    std::optional<std::chrono::duration<double>> time;

    bool reached_by(const State& state) const;
};

/// Where results go as they come; units arrive in order and each once.
class Ledger {
public:
    virtual ~Ledger() = default;
    /// Acknowledges a unit already counted in `state`. It may be kept back until `flush`.
    virtual void add(const UnitResult& result, const State& state) = 0;
    /// Makes durable what was added.
    virtual void flush(const State& state) = 0;
};

/// @returns canonical JSON of everything that determines the units.
std::string key_of(const Plan& plan);

/// The transfers and depths at which the subject is searched.
/// @param transfers, depths  empty: all that apply.
/// @throws InputError when it applies to none of them.
std::vector<Cell> cells_of(const Subject& subject, const std::vector<std::string>& transfers,
                           const std::vector<Exponent>& depths);

/// Continues the campaign from `state` until a limit is reached or `stop` is set;
/// then units that were begun are finished. The state it ends in, and all that the ledger saw, is
/// that of a prefix of the list of units: it does not depend on the crew or on interruptions.
/// @param progress  called now and then, by this thread.
void run_units(const Plan& plan, const Limits& limits, const Crew& crew,
               const std::atomic<bool>& stop, State& state, Ledger& ledger,
               const std::function<void(const State&)>& progress);

}  // namespace hadamard::search
