#include "cli/session.hpp"

#include "hadamard/core/error.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

namespace hadamard::cli {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

extern "C" void on_interrupt(int signal) {
    stop = true;
    std::signal(signal, SIG_DFL);
}

/// An output that could not be written, with the system's reason.
[[noreturn]] void refuse(const std::string& what) {
    throw InputError(what + ": cannot be written (" + std::strerror(errno) + ")");
}

/// "Intel(R) Xeon(R) CPU @ 2.20GHz, "; nothing where the kernel does not say.
std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2) + ", ";
    }
    return "";
}

}  // namespace

const std::atomic<bool>& stop_requested() { return stop; }

void catch_interrupts() {
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    std::signal(SIGHUP, on_interrupt);  // the terminal was closed
    // A closed pipe and a size limit are errors of write, reported like the others.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void print(const std::string& text) {
    const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
    if (written != text.size() || std::fflush(stdout) != 0) refuse("standard output");
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)), temporary_(path_) {
    namespace fs = std::filesystem;
    std::error_code absent;
    const fs::file_status place = fs::status(path_, absent);
    if (fs::is_directory(place)) {
        errno = EISDIR;
        refuse(path_);
    }
    // A device or a pipe cannot be replaced by a file.
    if (!fs::exists(place) || fs::is_regular_file(place))
        temporary_ += ".partial-" + std::to_string(getpid());
    file_ = std::fopen(temporary_.c_str(), "w");
    if (file_ == nullptr) refuse(path_);
}

OutputFile::~OutputFile() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    if (temporary_ != path_) std::remove(temporary_.c_str());
}

void OutputFile::commit(const std::string& text) {
    const bool is_replaced = temporary_ != path_;
    const bool whole =
        std::fwrite(text.data(), 1, text.size(), file_) == text.size() && std::fflush(file_) == 0;
    if (!whole || (is_replaced && fsync(fileno(file_)) != 0)) refuse(path_);
    std::fclose(file_);
    file_ = nullptr;
    if (is_replaced && std::rename(temporary_.c_str(), path_.c_str()) != 0) {
        const int reason = errno;
        std::remove(temporary_.c_str());
        errno = reason;
        refuse(path_);
    }
}

nlohmann::ordered_json provenance(const std::string& format,
                                  const std::vector<std::string>& command) {
    utsname machine{};
    uname(&machine);
    nlohmann::ordered_json out;
    out["format"] = format;
    out["format_version"] = 1;
    out["program"] = "hadamard " HADAMARD_VERSION;
    out["command"] = command;
    out["scalars"] = {"double", "real50", "real100", "real200", "rational", "interval"};
    out["machine"] =
        fmt::format("{}{} {} {}, {} processors", processor_name(), machine.sysname, machine.release,
                    machine.machine, std::thread::hardware_concurrency());
    return out;
}

double Stopwatch::wall() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

nlohmann::ordered_json Stopwatch::seconds() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto total = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return {{"wall", wall()}, {"cpu", total(usage.ru_utime) + total(usage.ru_stime)}};
}

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(isatty(fileno(stderr)) != 0) {}

ProgressLine::~ProgressLine() {
    if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(const std::string& text) {
    const double now =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double pause = terminal_ ? 0.2 : 5.0;
    if (quiet_ || now < 2.0 || now - last_ < pause) return;
    last_ = now;
    shown_ = true;
    std::fputs(terminal_ ? ("\r\033[K" + text).c_str() : (text + "\n").c_str(), stderr);
    std::fflush(stderr);
}

}  // namespace hadamard::cli
