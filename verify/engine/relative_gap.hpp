#pragma once

#include "hadamard/catalogue/losses.hpp"
#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/duality_gap.hpp"

#include <optional>

namespace hadamard::verify {

/// The relative duality gap of θ; nothing where the loss has no dual here.
/// @pre q = 1.
template <class T>
std::optional<T> relative_gap(const ProblemFamily& family, const Vector<T>& theta) {
    std::optional<T> out;
    const AnyBase<T> P = family.over<T>().base;
    const auto attempt = [&]<class L>() {
        if constexpr (minima::DualLoss<L>)
            if (family.instance().loss.kind == L::name)
                out = minima::duality_gap(L::from(family.instance().loss), P.penalty(), P.lambda(),
                                          theta)
                          .relative;
    };
    [&]<class... Ls>(TypeList<Ls...>) {
        (attempt.template operator()<Ls>(), ...);
    }(catalogue::Losses<T>());
    return out;
}

}  // namespace hadamard::verify
