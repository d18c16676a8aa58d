#pragma once

/// @file
/// The built program as a user runs it, in a directory of its own.

#include "temporary_directory.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace hadamard {

using Words = std::vector<std::string>;

struct Outcome {
    std::string out, err;
    int status = -1;  ///< Exit code; 128 + signal when a signal ended it.
};

inline Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

class Program : public TemporaryDirectory {
protected:
    /// Where the child's streams go, −1: to files; and how long a file it may write.
    struct Surroundings {
        int out = -1, err = -1;
        rlim_t file_limit = RLIM_INFINITY;
    };

    /// The words before those of the user.
    virtual Words program() const { return {HADAMARD_PROGRAM}; }

    pid_t start(const Words& words, Surroundings given = {-1, -1, RLIM_INFINITY}) const {
        const pid_t child = fork();
        if (child != 0) return child;
        const rlimit limit{given.file_limit, given.file_limit};
        if (given.file_limit != RLIM_INFINITY) setrlimit(RLIMIT_FSIZE, &limit);
        const auto stream = [this](int descriptor, const char* name) {
            if (descriptor >= 0) return descriptor;
            return open(file(name).c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
        };
        dup2(stream(given.out, "stdout"), 1);
        dup2(stream(given.err, "stderr"), 2);
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

    /// Words between spaces.
    Outcome run_line(const std::string& line) const {
        std::istringstream stream(line);
        return run(Words(std::istream_iterator<std::string>(stream), {}));
    }
};

}  // namespace hadamard
