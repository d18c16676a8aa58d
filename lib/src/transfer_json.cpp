#include "hadamard/data/transfer_json.hpp"

#include "hadamard/core/suggest.hpp"
#include "hadamard/data/json_file.hpp"
#include "hadamard/data/number.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace hadamard {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_factors = 6;
constexpr std::size_t longest_name = 64;

std::string string_field(const Json& json, const char* name) {
    const Json::const_iterator found = json.find(name);
    if (found == json.end()) throw InputError(std::string(name) + " is missing");
    if (!found->is_string())
        throw InputError(std::string(name) + " is " + found->type_name() + "; wanted a string");
    return found->get<std::string>();
}

bool is_word(const std::string& text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && is_letter(text.front()) && text.size() <= longest_name &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_letter(c) || is_digit(c); });
}

std::vector<std::string> factors_of(const Json& json) {
    const Json::const_iterator found = json.find("factors");
    if (found == json.end()) throw InputError("factors is missing");
    if (!found->is_array() || found->empty())
        throw InputError("factors is " +
                         std::string(found->is_array() ? "empty" : found->type_name()) +
                         "; wanted an array of names such as [\"u\", \"v\"]");
    if (found->size() > most_factors)
        throw InputError("factors: " + std::to_string(found->size()) + " names; at most " +
                         std::to_string(most_factors));
    std::vector<std::string> out;
    for (const Json& entry : *found) {
        const std::string at = "factors[" + std::to_string(out.size()) + "]";
        if (!entry.is_string())
            throw InputError(at + " is " + entry.type_name() + "; wanted a string");
        const std::string name = entry.get<std::string>();
        if (!is_word(name))
            throw InputError(
                at + ": " + in_quotes(name) +
                " is no name; wanted letters, digits and _, at most 64, a letter first");
        for (const char* function : {"abs", "sign", "sqrt", "exp", "log", "min", "max"})
            if (name == function) throw InputError(at + ": " + in_quotes(name) + " is a function");
        if (std::find(out.begin(), out.end(), name) != out.end())
            throw InputError(at + ": " + in_quotes(name) + " occurs twice");
        out.push_back(name);
    }
    return out;
}

}  // namespace

custom::CustomSpec transfer_from_json(const Json& json) {
    if (!json.is_object())
        throw InputError("a transfer is " + std::string(json.type_name()) + "; wanted an object");
    const std::vector<std::string> known = {"name", "factors", "K", "S", "R"};
    for (Json::const_iterator it = json.begin(); it != json.end(); ++it)
        if (std::find(known.begin(), known.end(), it.key()) == known.end())
            throw InputError("unknown field " + in_quotes(it.key()) +
                             did_you_mean(it.key(), known));
    const std::string name = string_field(json, "name");
    if (!is_word(name))
        throw InputError("name: " + in_quotes(name) +
                         " is no name; wanted letters, digits and _, at most 64, a letter first");
    const std::vector<std::string> factors = factors_of(json);
    std::optional<custom::Expression> R;
    if (json.contains("R")) R = custom::parse_expression("R", string_field(json, "R"), {"b"});
    return {name, factors, custom::parse_expression("K", string_field(json, "K"), factors),
            custom::parse_expression("S", string_field(json, "S"), factors), std::move(R)};
}

custom::CustomSpec read_transfer(const std::string& path) {
    return from_json_file(path, transfer_from_json);
}

bool names_transfer_file(const std::string& word) { return word.ends_with(".json"); }

}  // namespace hadamard
