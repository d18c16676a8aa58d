#pragma once

/// @file
/// The built program on a campaign, in a directory of its own: for the suites that search by
/// command line.

#include "temporary_directory.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace hadamard {

using Words = std::vector<std::string>;

struct Outcome {
    std::string out, err;
    int status = -1;  ///< Exit code; 128 + signal when a signal ended it.
};

/// A campaign that finds its witnesses in the course of many units.
inline const Words campaign = {"search", "svf.penalty-equality", "--mutant", "factor-k", "--depth",
                               "2",      "--witnesses",          "9",        "--budget", "1e6",
                               "--quiet"};

inline Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

class Search : public TemporaryDirectory {
protected:
    /// The words before those of the user.
    virtual Words program() const { return {HADAMARD_PROGRAM}; }

    pid_t start(const Words& words, rlim_t file_limit = RLIM_INFINITY, int out = -1) const {
        const pid_t child = fork();
        if (child != 0) return child;
        const rlimit limit{file_limit, file_limit};
        if (file_limit != RLIM_INFINITY) setrlimit(RLIMIT_FSIZE, &limit);
        const auto stream = [this](const char* name) {
            return open(file(name).c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
        };
        dup2(out >= 0 ? out : stream("stdout"), 1);
        dup2(stream("stderr"), 2);
        Words all = with(program(), words);
        std::vector<char*> arguments;
        for (std::string& word : all) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        execvp(arguments.front(), arguments.data());
        _exit(126);
    }

    Outcome end_of(pid_t child) const {
        int status = 0;
        waitpid(child, &status, 0);
        return {text_of(file("stdout")), text_of(file("stderr")),
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
    }

    Outcome run(const Words& words) const { return end_of(start(words)); }

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
