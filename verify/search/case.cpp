#include "search/case.hpp"

#include "engine/user_transfers.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/data/json_file.hpp"
#include "hadamard/data/number.hpp"
#include "search/digest.hpp"

#include <limits>
#include <sstream>

namespace hadamard::search {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* format_name = "hadamard-case";
constexpr int format_version = 1;
constexpr std::size_t most_choices = 1'000'000;
/// Where `custom::characterise` starts its own searches: what it finds does not hang on it.
constexpr std::uint64_t definition_seed = 1;

std::map<std::size_t, Rational> pins_from(const nlohmann::json& json) {
    std::map<std::size_t, Rational> out;
    for (const nlohmann::json& pin : json)
        out[pin.at(0).get<std::size_t>()] = parse_rational(pin.at(1).get<std::string>());
    return out;
}

/// Whole numbers that fit; nlohmann would convert fractions and negative numbers.
std::vector<std::uint32_t> choices_from(const nlohmann::json& json) {
    std::vector<std::uint32_t> out;
    for (const nlohmann::json& choice : json) {
        const bool fits = choice.is_number_unsigned() &&
                          choice.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
        if (!fits) throw InputError("has the choice " + choice.dump() + ", not a whole number");
        out.push_back(choice.get<std::uint32_t>());
    }
    if (out.size() > most_choices) throw InputError("has too many choices");
    return out;
}

Case case_from(const nlohmann::json& json) {
    if (json.value("format", "") != format_name) throw InputError("is not a case of a search");
    if (json.at("version").get<int>() != format_version)
        throw InputError("is a case of another version of the format");
    Case out;
    out.claim = json.at("claim").get<std::string>();
    out.mutant = json.at("mutant").get<std::string>();
    out.transfer = json.at("transfer").get<std::string>();
    if (json.contains("definition")) out.definition = json.at("definition").dump();
    out.depth = parse_exponent(json.at("depth").get<std::string>());
    out.digits = json.at("digits").get<int>();
    out.choices.numbers = choices_from(json.at("choices"));
    out.choices.pins = pins_from(json.at("pins"));
    return out;
}

}  // namespace

Choices used_choices(const Trial& trial) {
    Choices out{trial.tape().choices(), trial.tape().pins()};
    out.numbers.resize(trial.tape().used());
    // Past the end every choice is 0.
    while (!out.numbers.empty() && out.numbers.back() == 0) out.numbers.pop_back();
    return out;
}

std::string canonical_text(const Case& one) {
    Json out;
    out["format"] = format_name;
    out["version"] = format_version;
    out["claim"] = one.claim;
    out["mutant"] = one.mutant;
    out["transfer"] = one.transfer;
    if (!one.definition.empty()) out["definition"] = Json::parse(one.definition);
    out["depth"] = one.depth.text();
    out["digits"] = one.digits;
    out["choices"] = one.choices.numbers;
    out["pins"] = Json::array();
    for (const auto& [at, value] : one.choices.pins)
        out["pins"].push_back(Json::array({at, text(value)}));
    return out.dump();
}

Case case_from_text(const std::string& text) {
    std::istringstream in(text);
    try {
        return case_from(parsed_json(in));
    } catch (const nlohmann::json::exception& error) {
        throw InputError("is not the JSON of a case: " + plain_words(error));
    }
}

std::string case_id(const Case& one) { return sha256(canonical_text(one)); }

Trial replayed(const Case& one, int digits) {
    const Subject subject(one.claim, one.mutant);
    if (!one.definition.empty())
        verify::register_user_transfer(nlohmann::json::parse(one.definition), definition_seed);
    const TransferTraits transfer = transfer_traits(one.transfer);
    if (!transfer.takes_depth(one.depth))
        throw InputError(one.transfer + " has no depth " + one.depth.text());
    return subject.tried(subject.setting(transfer, one.depth), one.choices.tape(),
                         digits == 0 ? one.digits : digits);
}

}  // namespace hadamard::search
