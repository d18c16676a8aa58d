#include "engine/gap.hpp"

#include "engine/candidates.hpp"
#include "engine/relative_gap.hpp"

namespace hadamard::verify {

void record_gap(Trial& trial, const ProblemFamily& family, const Vector<Rational>& theta) {
    if (trial.setting().depth != Exponent(2)) return;
    using T = Real<50>;
    const std::optional<T> gap = relative_gap<T>(family, from_rational<T>(theta));
    if (!gap) return;
    trial.measure("relative duality gap", gap->convert_to<double>());
    if (*gap > T("1e-40"))
        trial.undecided("relative duality gap at most 1e-40", "it is " + short_text(*gap));
    else
        trial.holds("relative duality gap at most 1e-40");
}

}  // namespace hadamard::verify
