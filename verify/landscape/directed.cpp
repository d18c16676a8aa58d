#include "landscape/directed.hpp"

namespace hadamard::landscape {

Range enclosure(const Rational& a) {
    const double toward_zero = mpq_get_d(a.backend().data());
    if (!std::isfinite(toward_zero)) return Range::whole();
    const Rational known = exactly(toward_zero);
    if (known == a) return Range(toward_zero);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    // mpq_get_d truncates: the next double away from zero is on the other side of a.
    const bool below = known < a;
    return below ? Range(toward_zero, std::nextafter(toward_zero, infinity))
                 : Range(std::nextafter(toward_zero, -infinity), toward_zero);
}

Rational exactly(double a) {
    require(std::isfinite(a), "landscape::exactly: not a finite number");
    Rational out;
    mpq_set_d(out.backend().data(), a);
    return out;
}

}  // namespace hadamard::landscape
