#pragma once

#include "failure.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace check {

using Json = nlohmann::json;

/// Limits of what is read: they bound the memory that any input can take.
struct Limits {
    std::size_t bytes = std::size_t{256} << 20U, values = 8'000'000;
    int depth = 64;
};

/// The text of a file, `-` for standard input.
inline std::string text_of(const std::string& file, const Limits& limits = {}) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(
        file == "-" ? stdin : std::fopen(file.c_str(), "rb"), std::fclose);
    if (stream == nullptr) not_understood("cannot be opened");
    std::string text, block(1U << 16U, '\0');
    while (const std::size_t read = std::fread(block.data(), 1, block.size(), stream.get())) {
        text.append(block, 0, read);
        if (text.size() > limits.bytes)
            not_understood("longer than " + std::to_string(limits.bytes) + " bytes");
    }
    if (std::ferror(stream.get()) != 0) not_understood("cannot be read");
    return text;
}

/// @throws Failure if this is not JSON, holds a float or a name twice, or exceeds a limit.
inline Json parse(const std::string& text, const Limits& limits = {}) {
    std::size_t values = 0;
    std::vector<std::set<std::string>> names;  // of each open object
    const auto look = [&](int depth, Json::parse_event_t event, const Json& parsed) {
        if (++values > limits.values) not_understood("too many values");
        if (depth > limits.depth) not_understood("nested too deeply");
        if (event == Json::parse_event_t::value && parsed.is_number_float())
            not_understood("a JSON float, or an integer beyond 64 bits: numbers must be exact");
        if (event == Json::parse_event_t::object_start) names.emplace_back();
        if (event == Json::parse_event_t::object_end) names.pop_back();
        if (event == Json::parse_event_t::key &&
            !names.back().insert(parsed.get<std::string>()).second)
            not_understood("a name twice in one object");
        return true;
    };
    try {
        return Json::parse(text, look);
    } catch (const Json::parse_error& error) {
        not_understood("not JSON: byte " + std::to_string(error.byte));
    }
}

inline const Json::array_t& array(const Json& json) {
    if (!json.is_array()) not_understood("not an array");
    return json.get_ref<const Json::array_t&>();
}

inline const Json::array_t& array(const Json& json, std::size_t size) {
    const std::size_t found = array(json).size();
    if (found != size)
        not_understood(std::to_string(found) + " elements, not " + std::to_string(size));
    return array(json);
}

inline const std::string& text(const Json& json) {
    if (!json.is_string()) not_understood("not a string");
    return json.get_ref<const std::string&>();
}

/// work(the member of this name), a failure of which is told to lie there.
template <class Work>
decltype(auto) in(const Json& object, const char* name, const Work& work) {
    return within(name, [&]() -> decltype(auto) {
        const auto found = object.is_object() ? object.find(name) : object.end();
        if (found == object.end()) not_understood("missing");
        return work(*found);
    });
}

inline const Json& identity(const Json& json) { return json; }
inline const Json& member(const Json& object, const char* name) {
    return in(object, name, identity);
}

/// work(element, index) for each.
template <class Work>
void each(const Json& json, const Work& work) {
    for (std::size_t i = 0; i < array(json).size(); ++i)
        within("[" + std::to_string(i) + "]", [&] { work(json[i], i); });
}

/// read(element) for each of an array of this size.
template <class Read>
auto list(const Json& json, std::size_t size, const Read& read) {
    std::vector<std::decay_t<decltype(read(json))>> out;
    out.reserve(array(json, size).size());
    each(json, [&](const Json& element, std::size_t) { out.push_back(read(element)); });
    return out;
}

}  // namespace check
