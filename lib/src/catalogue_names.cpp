#include "catalogue.hpp"

namespace hadamard {
namespace {

template <class... Ls>
std::vector<std::string> names_of(TypeList<Ls...>) {
    return {std::string(Ls::name)...};
}

template <class... Ls>
bool over_rational(const std::string& kind, TypeList<Ls...>) {
    return ((kind == Ls::name && Ls::over_rational) || ...);
}

template <class... Ps>
std::vector<TransferTraits> traits_of(TypeList<Ps...>) {
    return {TransferTraits{std::string(Ps::name), Ps::integer_depth, Ps::grouped}...};
}

}  // namespace

std::vector<std::string> loss_names() { return names_of(catalogue::Losses<double>()); }

bool loss_over_rational(const std::string& kind) {
    return over_rational(kind, catalogue::Losses<double>());
}

std::vector<TransferTraits> transfer_catalogue() {
    return traits_of(catalogue::Transfers<double>());
}

TransferTraits transfer_traits(const std::string& name) {
    std::vector<std::string> names;
    for (const TransferTraits& traits : transfer_catalogue()) {
        if (traits.name == name) return traits;
        names.push_back(traits.name);
    }
    throw InputError(unknown_name("transfer", name, names));
}

}  // namespace hadamard
