#pragma once

/// @file
/// What every verb shares: exit codes, interruption, output that is whole or absent, provenance.

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace hadamard::cli {

enum ExitCode {
    as_claimed = 0,
    refuted_or_toothless = 1,
    bad_input = 2,
    undecided = 3,
    interrupted = 130,
};

/// True once Ctrl-C was pressed. A second Ctrl-C ends the program at once.
const std::atomic<bool>& stop_requested();
void catch_interrupts();

/// Writes all of `text` to standard output.   @throws InputError when it is closed or full.
void print(const std::string& text);

/// A file that appears whole or not at all: written beside its place and renamed on `commit`. A device
/// or a pipe is written to as it is.
class OutputFile {
public:
    /// @throws InputError when the place cannot be written, before any work is done.
    explicit OutputFile(std::string path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    /// @throws InputError when the disk is full.
    void commit(const std::string& text);

private:
    std::string path_, temporary_;
    std::FILE* file_ = nullptr;
};

/// Format name and version, program version, command line, seed, scalar types, machine.
nlohmann::ordered_json provenance(const std::string& format,
                                  const std::vector<std::string>& command);

/// {"wall", "cpu"} seconds since the stopwatch was made.
class Stopwatch {
public:
    nlohmann::ordered_json seconds() const;
    double wall() const;

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Progress on stderr: a live line on a terminal, a plain line now and then otherwise; nothing
/// before two seconds have passed.
class ProgressLine {
public:
    explicit ProgressLine(bool quiet);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    void show(const std::string& text);

private:
    bool quiet_, terminal_, shown_ = false;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double last_ = 0;
};

}  // namespace hadamard::cli
