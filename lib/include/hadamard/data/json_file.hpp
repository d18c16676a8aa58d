#pragma once

/// @file
/// How every JSON file is read: one error family, and each message names the file.

#include "hadamard/core/error.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <istream>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace hadamard {

/// What is wrong and where, without nlohmann's "[json.exception.parse_error.101] ".
inline std::string plain_words(const nlohmann::json::exception& error) {
    const std::string words = error.what();
    const std::size_t prefix = words.starts_with("[") ? words.find("] ") : std::string::npos;
    return prefix == std::string::npos ? words : words.substr(prefix + 2);
}

/// The JSON in a stream; a key that an object has twice is refused: one of its values would be lost.
/// @throws InputError; nlohmann's exceptions.
inline nlohmann::json parsed_json(std::istream& in) {
    using Json = nlohmann::json;
    std::vector<std::set<std::string>> open_objects;
    return Json::parse(in, [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
        if (event == Json::parse_event_t::object_end) open_objects.pop_back();
        if (event == Json::parse_event_t::key &&
            !open_objects.back().insert(parsed.get<std::string>()).second)
            throw InputError("the key " + parsed.dump() + " occurs twice in one object");
        return true;
    });
}

/// interpret(the JSON in the file); every error names the file.
/// @throws InputError
template <class Interpret>
auto from_json_file(const std::string& path, Interpret interpret) {
    constexpr std::uintmax_t most_bytes = std::uintmax_t(1) << 28;
    std::ifstream file(path);
    if (!file) throw InputError(path + ": cannot be opened");
    std::error_code not_a_file;
    const std::uintmax_t bytes = std::filesystem::file_size(path, not_a_file);
    if (!not_a_file && bytes > most_bytes)
        throw InputError(path + ": has " + std::to_string(bytes) + " bytes; at most " +
                         std::to_string(most_bytes) + " are read");
    try {
        return interpret(parsed_json(file));
    } catch (const nlohmann::json::exception& e) {
        throw InputError(path + ": is not JSON: " + plain_words(e));
    } catch (const std::ios_base::failure&) {
        throw InputError(path + ": cannot be read; is it a directory?");
    } catch (const InputError& e) {
        throw InputError(path + ": " + e.what());
    }
}

}  // namespace hadamard
