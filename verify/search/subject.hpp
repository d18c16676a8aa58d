#pragma once

/// @file
/// What is searched for a counterexample: a claim, or one of its mutants, on one transfer and
/// depth.

#include "engine/claim.hpp"

#include <string>
#include <vector>

namespace hadamard::search {

using verify::Setting;
using verify::Tape;
using verify::Trial;

class Subject {
public:
    /// @param mutant  id of a mutant; empty: the claim itself.
    /// @throws InputError for an unknown claim or mutant, naming the nearest.
    explicit Subject(const std::string& claim, const std::string& mutant = "");

    const verify::Claim& claim() const { return *claim_; }
    const std::string& claim_id() const { return claim_->id; }
    /// Empty for the claim itself.
    std::string mutant_id() const { return mutant_ ? mutant_->id : std::string(); }
    bool is_mutant() const { return mutant_ != nullptr; }
    const std::string& statement() const;
    /// "svf.majorization" or "svf.majorization/reversed".
    std::string name() const;

    /// The setting at which the check runs: a mutant may drop a hypothesis.
    Setting setting(const TransferTraits& transfer, Exponent depth) const;
    bool applies(const TransferTraits& transfer, Exponent depth) const;
    /// The smaller depths where it applies, ascending.
    std::vector<Exponent> shallower(const TransferTraits& transfer, Exponent depth) const;

    /// The margin of its own; empty where there is none, and trials note theirs.
    const verify::MarginOf& margin() const;

    /// The check on one tape, watched. One that throws has decided nothing: its message is the reason.
    Trial tried(const Setting& setting, Tape tape, int digits) const;

private:
    const verify::Claim* claim_;
    const verify::Mutant* mutant_ = nullptr;
};

}  // namespace hadamard::search
