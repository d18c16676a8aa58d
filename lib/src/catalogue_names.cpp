#include "catalogue.hpp"

#include <deque>

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

template <class P>
std::vector<TransferSpec> variants_of(const TransferSpec& spec) {
    if constexpr (requires { P::variants(spec); })
        return P::variants(spec);
    else
        return {spec};
}

template <class P>
long lift_degree_of(const TransferSpec& spec) {
    if constexpr (requires { P::lift_degree(spec); })
        return P::lift_degree(spec);
    else
        return spec.depth.num();
}

template <class... Ps>
std::vector<TransferTraits> traits_of(TypeList<Ps...>) {
    return {TransferTraits{.name = std::string(Ps::name),
                           .grouped = Ps::grouped,
                           .injective = Ps::injective,
                           .finite_fibres = Ps::finite_fibres,
                           .takes_depth = &Ps::takes_depth,
                           .variants = &variants_of<Ps>,
                           .lift_degree = &lift_degree_of<Ps>}...};
}

/// A deque: what was handed out stays in place.
std::deque<RegisteredTransfer>& registry() {
    static std::deque<RegisteredTransfer> all;
    return all;
}

}  // namespace

std::vector<std::string> loss_names() { return names_of(catalogue::Losses<double>()); }

bool loss_over_rational(const std::string& kind) {
    return over_rational(kind, catalogue::Losses<double>());
}

std::vector<TransferTraits> transfer_catalogue() {
    std::vector<TransferTraits> out = traits_of(catalogue::Transfers<double>());
    for (const RegisteredTransfer& transfer : registry()) out.push_back(transfer.traits);
    return out;
}

void register_transfer(RegisteredTransfer transfer) {
    for (const TransferTraits& known : transfer_catalogue())
        if (known.name == transfer.traits.name)
            throw InputError("name: a transfer \"" + known.name + "\" exists already");
    registry().push_back(std::move(transfer));
}

const RegisteredTransfer* registered_transfer(const std::string& name) {
    for (const RegisteredTransfer& transfer : registry())
        if (transfer.traits.name == name) return &transfer;
    return nullptr;
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
