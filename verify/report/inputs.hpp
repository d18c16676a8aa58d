#pragma once

/// @file
/// What the files of a report hold: each told apart by its content, checked, and put in one JSON.

#include <nlohmann/json.hpp>

#include <atomic>
#include <string>

namespace hadamard::report {

/// All that a report shows.
///
/// Error  every failure is an `InputError` that names the file, in JSON lines the line, and what
///        would be right.
class Inputs {
public:
    /// @param stop  ends the drawing of landscapes when it becomes true.
    explicit Inputs(const std::atomic<bool>& stop) : stop_(stop) {}

    /// Reads one file: of `converge`, `verify`, `certify` (certificate or --json), `search` (store
    /// or --json).
    void add(const std::string& path);

    /// {"files": provenance of each, "references", "runs", "verifications", "landscapes",
    /// "campaigns"}.
    const nlohmann::ordered_json& json() const { return json_; }
    std::size_t count(const std::string& list) const { return json_.at(list).size(); }

private:
    using Json = nlohmann::ordered_json;

    void add_lines(const std::string& path, const std::string& content, Json& file);
    void add_record(Json record, Json& file);
    void add_object(const std::string& path, Json object, Json& file);
    void add_store(const std::string& path, Json& file);
    void add_landscape(Json object, bool is_certificate);

    const std::atomic<bool>& stop_;
    Json json_ = {{"files", Json::array()},      {"references", Json::array()},
                  {"runs", Json::array()},       {"verifications", Json::array()},
                  {"landscapes", Json::array()}, {"campaigns", Json::array()}};
};

}  // namespace hadamard::report
