#include "engine/gap.hpp"

#include "engine/candidates.hpp"
#include "hadamard/catalogue/losses.hpp"
#include "hadamard/minima/duality_gap.hpp"

namespace hadamard::verify {
namespace {

/// The relative gap, for the first loss of the list that is of this kind and has a dual.
template <class T, class... Ls>
std::optional<T> relative_gap(const ProblemFamily& family, const Vector<T>& theta,
                              TypeList<Ls...>) {
    std::optional<T> out;
    const AnyBase<T> P = family.over<T>().base;
    const auto attempt = [&]<class L>() {
        if constexpr (minima::DualLoss<L>)
            if (family.instance().loss.kind == L::name)
                out = minima::duality_gap(L::from(family.instance().loss), P.penalty(), P.lambda(),
                                          theta)
                          .relative;
    };
    (attempt.template operator()<Ls>(), ...);
    return out;
}

}  // namespace

void record_gap(Trial& trial, const ProblemFamily& family, const Vector<Rational>& theta) {
    if (trial.setting().depth != Exponent(2)) return;
    using T = Real<50>;
    const std::optional<T> gap =
        relative_gap(family, from_rational<T>(theta), catalogue::Losses<T>());
    if (!gap) return;
    trial.measure("relative duality gap", gap->convert_to<double>());
    if (*gap > T("1e-40"))
        trial.undecided("relative duality gap at most 1e-40", "it is " + short_text(*gap));
    else
        trial.holds("relative duality gap at most 1e-40");
}

std::optional<Real<200>> relative_duality_gap(const ProblemFamily& family,
                                              const Vector<Rational>& theta) {
    using T = Real<200>;
    return relative_gap(family, from_rational<T>(theta), catalogue::Losses<T>());
}

}  // namespace hadamard::verify
