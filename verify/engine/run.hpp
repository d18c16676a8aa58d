#pragma once

/// @file
/// Runs claims: plans the cases, spreads them over threads, and merges what they report in an order
/// that does not depend on the threads.

#include "engine/claim.hpp"
#include "engine/verdict.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hadamard::verify {

struct RunSettings {
    std::vector<std::string> claims;     ///< Ids; empty: all.
    std::vector<std::string> transfers;  ///< Names; empty: all.
    std::vector<Exponent> depths;        ///< Empty: 2, 3, 4, and 5/2 where k may be real.
    int digits = 50;                     ///< 50, 100 or 200.
    std::optional<long> cases;  ///< Random cases a claim and transfer; default: the claim's.
    std::uint64_t seed = 20230707;
    int threads = 1;
    bool random = true;             ///< Random instances.
    std::vector<DataProblem> data;  ///< Real-data instances.
};

/// The transfers that the settings name, in the order of the catalogue.
std::vector<TransferTraits> chosen_transfers(const RunSettings& settings);

/// The depths that the settings name and the transfer takes.
std::vector<Exponent> chosen_depths(const RunSettings& settings, const TransferTraits& transfer);

struct MutantResult {
    std::string id;
    bool killed = false;
    long cases = 0;  ///< Tried up to and including the one that killed it.
    nlohmann::ordered_json witness;
};

/// One claim on one transfer.
struct CellResult {
    std::string claim;
    std::string transfer;
    Verdict verdict = Verdict::undecided;
    long cases = 0;      ///< Cases within the hypotheses.
    long discarded = 0;  ///< Cases outside them, drawn and dropped.
    long refuted = 0;
    long undecided = 0;              ///< Cases in which some part stayed undecided and none failed.
    nlohmann::ordered_json witness;  ///< Of the first refuted case.
    std::map<std::string, long> reasons;  ///< Why cases stayed undecided, with counts.
    std::map<std::string, long> parts;    ///< Parts of the statement that held, with counts.
    /// Parts that were proved, with the shapes for which: verdict `proved` if every depth has one.
    std::map<std::string, std::set<std::string>> proved;
    std::map<std::string, double> measured;  ///< Largest value of each measurement.
    std::vector<MutantResult> mutants;
};

struct RunResult {
    std::vector<CellResult> cells;  ///< Ordered by claim, then transfer.
    /// "claim: mutant" for each mutant that survived, or that a full run never tried.
    std::vector<std::string> toothless;
    Verdict verdict = Verdict::undecided;  ///< The weakest of all cells.
    bool interrupted = false;
};

struct Progress {
    std::size_t done = 0, total = 0;  ///< Work units.
    std::string current;              ///< The claim and transfer that finished last.
    long refuted = 0;
};

/// @param stop      becomes true to end early: running cases finish, results so far are returned.
/// @param progress  called after each unit, by one thread at a time.
/// @throws InputError for unknown names and depths no transfer takes.
RunResult run(const RunSettings& settings, const std::atomic<bool>& stop,
              const std::function<void(const Progress&)>& progress);

/// The depths tried on a transfer when none are asked for.
std::vector<Exponent> default_depths(const TransferTraits& transfer);

}  // namespace hadamard::verify
