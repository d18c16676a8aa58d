#include "engine/user_transfers.hpp"

#include "hadamard/data/number.hpp"
#include "hadamard/data/transfer_json.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace hadamard::verify {
namespace {

struct Known {
    std::string definition;
    std::shared_ptr<const custom::CustomForm> form;
};

std::map<std::string, Known>& known_transfers() {
    static std::map<std::string, Known> by_name;
    return by_name;
}

void require_form(const custom::Characterisation& found) {
    if (found.disagreement)
        throw InputError("R: at b = " + text(found.disagreement->b) + " it is " +
                         short_text(*found.disagreement->given, 12) + ", but min S is " +
                         short_text(*found.disagreement->value, 12));
    if (!found.is_transfer()) throw InputError(found.defects.front().kind);
    if (!found.form) throw InputError(found.why_no_form);
}

}  // namespace

void require_new_name(const std::string& name) {
    for (const TransferTraits& known : transfer_catalogue())
        if (known.name == name)
            throw InputError("name: a transfer \"" + name +
                             "\" exists already; choose another name");
}

std::string register_user_transfer(const nlohmann::json& definition, std::uint64_t seed,
                                   const std::atomic<bool>* stop) {
    const custom::CustomSpec spec = transfer_from_json(definition);
    const std::string words = definition.dump();
    if (definition_of(spec.name) == words) return spec.name;
    require_new_name(spec.name);
    const custom::Characterisation found = custom::characterise(spec, seed, stop);
    require_form(found);
    register_transfer(custom::registration_of(found.form));
    known_transfers()[spec.name] = {words, found.form};
    return spec.name;
}

std::string definition_of(const std::string& transfer) {
    const auto found = known_transfers().find(transfer);
    return found == known_transfers().end() ? std::string() : found->second.definition;
}

std::shared_ptr<const custom::CustomForm> form_of(const std::string& transfer) {
    const auto found = known_transfers().find(transfer);
    return found == known_transfers().end() ? nullptr : found->second.form;
}

}  // namespace hadamard::verify
