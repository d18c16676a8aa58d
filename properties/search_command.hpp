#pragma once

/// @file
/// The built program on a campaign, in a directory of its own: for the suites that search by
/// command line.

#include "program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace hadamard {

/// A campaign that finds its witnesses in the course of many units.
inline const Words campaign = {"search", "svf.penalty-equality", "--mutant", "factor-k", "--depth",
                               "2",      "--witnesses",          "9",        "--budget", "1e6",
                               "--quiet"};

class Search : public Program {
protected:
    std::string store(const std::string& name = "store.sqlite") const {
        return file(name).string();
    }

    /// What must not depend on interruptions or threads: witnesses, units, evaluations, health.
    std::string result(const Words& words) const {
        const Outcome outcome = run(with(words, {"--json", "-"}));
        EXPECT_EQ(outcome.err, "");
        nlohmann::json all = nlohmann::json::parse(outcome.out);
        nlohmann::json kept;
        for (const char* key : {"claim", "mutant", "witnesses", "evaluations", "units", "health",
                                "margin_records", "finished"})
            kept[key] = all.at(key);
        return kept.dump();
    }
};

}  // namespace hadamard
