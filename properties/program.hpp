#pragma once

/// @file
/// The built program as a user runs it, in a directory of its own.

#include "temporary_directory.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

    /// A descriptor that is ready when the child has ended. (The header of Debian 12's pidfd_open has
    /// no C linkage.)
    static int ended(pid_t child) { return static_cast<int>(syscall(SYS_pidfd_open, child, 0)); }

    /// Starts the program and returns once it has made a file in the directory whose name starts so, or
    /// has ended.
    pid_t start_until_file(const Words& words, const std::string& prefix,
                           Surroundings given = {-1, -1, RLIM_INFINITY}) const {
        const int events = inotify_init1(IN_CLOEXEC);
        EXPECT_GE(inotify_add_watch(events, home().c_str(), IN_CREATE), 0);
        const pid_t child = start(words, given);
        const int end = ended(child);
        bool is_made = false;
        pollfd ready[] = {{events, POLLIN, 0}, {end, POLLIN, 0}};
        while (!is_made && poll(ready, 2, -1) > 0 && (ready[0].revents & POLLIN) != 0) {
            alignas(inotify_event) char block[4096];
            const ssize_t size = read(events, block, sizeof block);
            for (ssize_t at = 0; at < size;) {
                const auto* event = reinterpret_cast<const inotify_event*>(block + at);
                is_made = is_made || std::string(event->name).starts_with(prefix);
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
        }
        EXPECT_TRUE(is_made) << "no file " << prefix;
        close(end);
        close(events);
        return child;
    }

    /// Whether the child ends by itself before so many milliseconds have passed.
    static bool ends_within(pid_t child, int milliseconds) {
        const int end = ended(child);
        pollfd ready{end, POLLIN, 0};
        const bool out = poll(&ready, 1, milliseconds) > 0;
        close(end);
        return out;
    }

    Outcome run(const Words& words) const { return end_of(start(words)); }

    /// Words between spaces.
    Outcome run_line(const std::string& line) const {
        std::istringstream stream(line);
        return run(Words(std::istream_iterator<std::string>(stream), {}));
    }
};

}  // namespace hadamard
