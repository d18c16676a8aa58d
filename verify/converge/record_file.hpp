#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace hadamard::converge {

/// A file of FORMAT.md, one JSON object a line: what is in it can be read, and more is appended, each
/// record whole and flushed. Without a name nothing is kept.
class RecordFile {
public:
    /// A last line that has no end, of a run that was cut off, is dropped.
    /// @throws InputError when it cannot be written, is in use by another run, or is no such file.
    explicit RecordFile(const std::string& path);
    ~RecordFile();
    RecordFile(const RecordFile&) = delete;
    RecordFile& operator=(const RecordFile&) = delete;

    /// What was there when it was opened.
    const std::vector<nlohmann::json>& known() const { return known_; }

    /// @throws InputError when the disk is full.
    void append(const nlohmann::ordered_json& record);

private:
    std::string path_;
    int descriptor_ = -1;
    std::vector<nlohmann::json> known_;
};

/// The records of a whole text.   @throws InputError naming `source` and the line.
std::vector<nlohmann::json> read_records(const std::string& text, const std::string& source);

}  // namespace hadamard::converge
