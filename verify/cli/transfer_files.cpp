#include "cli/transfer_files.hpp"

#include "cli/session.hpp"
#include "engine/user_transfers.hpp"
#include "hadamard/data/json_file.hpp"
#include "hadamard/data/transfer_json.hpp"

#include <fmt/format.h>

namespace hadamard::cli {

std::string claims_heading(const custom::CustomForm& form) {
    const std::string depth = (Exponent(2) / form.q).text();
    if (form.scale == 1) return fmt::format("\nclaims at depth k = 2/q = {}\n", depth);
    return fmt::format(
        "\nclaims at depth k = 2/q = {}, with S multiplied by {} so that R = abs(b)^q: lambda takes "
        "the constant\n",
        depth, text(form.scale));
}

std::string resolved_transfer(const std::string& word, std::uint64_t seed) {
    if (!names_transfer_file(word)) return word;
    read_transfer(word);  // what is wrong with its words needs no hint
    try {
        return from_json_file(word, [&](const nlohmann::json& definition) {
            return verify::register_user_transfer(definition, seed, &stop_requested());
        });
    } catch (const InputError& error) {
        throw InputError(std::string(error.what()) + "; see hadamard transfer " + word);
    }
}

}  // namespace hadamard::cli
