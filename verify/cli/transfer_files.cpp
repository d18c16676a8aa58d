#include "cli/transfer_files.hpp"

#include "cli/session.hpp"
#include "hadamard/data/transfer_json.hpp"

#include <fmt/format.h>

namespace hadamard::cli {

void require_new_name(const custom::CustomSpec& spec, const std::string& file) {
    for (const TransferTraits& known : transfer_catalogue())
        if (known.name == spec.name)
            throw InputError(file + ": name: a transfer \"" + spec.name +
                             "\" exists already; choose another name");
}

custom::Characterisation characterised(const custom::CustomSpec& spec, const std::string& file,
                                       std::uint64_t seed) {
    try {
        return custom::characterise(spec, seed, &stop_requested());
    } catch (const InputError& error) {
        throw InputError(file + ": " + error.what());
    }
}

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
    const custom::CustomSpec spec = read_transfer(word);
    require_new_name(spec, word);
    const custom::Characterisation found = characterised(spec, word, seed);
    const std::string hint = "; see hadamard transfer " + word;
    if (found.disagreement)
        throw InputError(word + ": R: at b = " + text(found.disagreement->b) + " it is " +
                         short_text(*found.disagreement->given, 12) + ", but min S is " +
                         short_text(*found.disagreement->value, 12) + hint);
    for (const custom::Defect& defect : found.defects)
        if (!found.is_transfer()) throw InputError(word + ": " + defect.kind + hint);
    if (!found.form) throw InputError(word + ": " + found.why_no_form + hint);
    register_transfer(custom::registration_of(found.form));
    return spec.name;
}

}  // namespace hadamard::cli
