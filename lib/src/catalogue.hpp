#pragma once

/// @file
/// Makes members of the generated catalogues by name. Included by one source file a scalar, so that
/// each scalar's instantiations are one translation unit.

#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/catalogue/losses.hpp"
#include "hadamard/catalogue/registered_transfers.hpp"
#include "hadamard/catalogue/transfers.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/core/suggest.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace hadamard {

template <class T, class... Ls>
std::optional<AnyLoss<T>> loss_by_name(const LossSpec& spec, TypeList<Ls...>) {
    std::optional<AnyLoss<T>> out;
    const auto attempt = [&]<class L>() {
        if constexpr (L::over_rational || !std::same_as<T, Rational>)
            if (spec.kind == L::name) out.emplace(L::from(spec));
    };
    (attempt.template operator()<Ls>(), ...);
    return out;
}

template <class T, class... Ps>
std::optional<AnyTransfer<T>> transfer_by_name(const TransferSpec& spec, TypeList<Ps...>) {
    std::optional<AnyTransfer<T>> out;
    ((spec.name == Ps::name ? void(out.emplace(Ps::from(spec))) : void()), ...);
    return out;
}

template <Field T>
AnyLoss<T> make_loss(const LossSpec& spec) {
    std::optional<AnyLoss<T>> out = loss_by_name<T>(spec, catalogue::Losses<T>());
    if (out) return *out;
    const std::vector<std::string> names = loss_names();
    if (std::find(names.begin(), names.end(), spec.kind) != names.end())
        throw InputError("loss " + spec.kind + " has no exact values over rationals");
    throw InputError(unknown_name("loss", spec.kind, names));
}

template <Field T>
AnyTransfer<T> make_transfer(const TransferSpec& spec) {
    std::optional<AnyTransfer<T>> out = transfer_by_name<T>(spec, catalogue::Transfers<T>());
    if (out) return *out;
    if (const RegisteredTransfer* registered = registered_transfer(spec.name))
        return registered->factory.make<T>(spec);
    transfer_traits(spec.name);  // throws, naming the nearest
    throw InputError("transfer " + spec.name + ": not available");
}

}  // namespace hadamard
