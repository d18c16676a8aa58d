#include "converge/record_file.hpp"

#include "hadamard/core/error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hadamard::converge {
namespace {

std::string all_of(int descriptor) {
    std::string out;
    char buffer[65536];
    for (;;) {
        const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got <= 0) return out;
        out.append(buffer, static_cast<std::size_t>(got));
    }
}

}  // namespace

std::vector<nlohmann::json> read_records(const std::string& text, const std::string& source) {
    std::vector<nlohmann::json> out;
    std::size_t line = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string::npos) break;  // cut off
        ++line;
        nlohmann::json record =
            nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(at),
                                  text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
        if (!record.is_object() || !record.contains("record"))
            throw InputError(source + ", line " + std::to_string(line) +
                             ": not a record of `hadamard converge`; its lines are JSON objects "
                             "with \"record\"");
        if (line == 1 && record.value("format", "") != "hadamard-converge")
            throw InputError(source + ": not a file of `hadamard converge`; its first line has "
                                      "\"format\": \"hadamard-converge\"");
        if (line == 1 && record.value("format_version", 1) != 1)
            throw InputError(source + ": has \"format_version\" " +
                             record["format_version"].dump() + "; this program knows 1");
        out.push_back(std::move(record));
        at = end + 1;
    }
    if (out.empty() && !text.empty())
        throw InputError(source + ": not a file of `hadamard converge`; it has no whole line");
    return out;
}

RecordFile::RecordFile(const std::string& path) : path_(path) {
    if (path.empty()) return;
    // Before it is opened: that of a pipe waits for a reader.
    struct stat place {};
    if (::stat(path.c_str(), &place) == 0 && !S_ISREG(place.st_mode))
        throw InputError("--out: " + path +
                         " is no regular file; runs are kept in one, to go on with it");
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0)
        throw InputError("--out: cannot write " + path + ": " + std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
        throw InputError("--out: " + path + " is in use by another run");
    const std::string text = all_of(descriptor_);
    known_ = read_records(text, path);
    const std::size_t end = text.rfind('\n');
    const off_t whole = end == std::string::npos ? 0 : static_cast<off_t>(end + 1);
    if (::ftruncate(descriptor_, whole) != 0 || ::lseek(descriptor_, whole, SEEK_SET) < 0)
        throw InputError("--out: cannot go on with " + path + ": " + std::strerror(errno));
}

RecordFile::~RecordFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void RecordFile::append(const nlohmann::ordered_json& record) {
    if (descriptor_ < 0) return;
    const std::string line = record.dump() + "\n";
    for (std::size_t written = 0; written < line.size();) {
        const ssize_t got = ::write(descriptor_, line.data() + written, line.size() - written);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            throw InputError("--out: cannot write " + path_ + ": " + std::strerror(errno));
        written += static_cast<std::size_t>(got);
    }
}

}  // namespace hadamard::converge
