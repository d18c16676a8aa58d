#include "hadamard/custom/radical.hpp"

namespace hadamard::custom {
namespace {

using R200 = Real<200>;

constexpr unsigned long largest_root = 12;

/// The first convergent of the continued fraction of y > 0 within `tolerance`, relative.
std::optional<Rational> nearby_fraction(const R200& y, const R200& tolerance) {
    const Integer largest("1000000000000");
    Integer p0 = 0, q0 = 1, p1 = 1, q1 = 0;
    R200 rest = y;
    for (int step = 0; step < 60; ++step) {
        const R200 whole = floor(rest);
        if (whole > R200(largest)) return std::nullopt;
        const Integer a = numerator(to_rational(whole));
        const Integer p = a * p1 + p0, q = a * q1 + q0;
        if (p > largest || q > largest) return std::nullopt;
        p0 = p1, q0 = q1, p1 = p, q1 = q;
        if (abs(R200(p) / R200(q) - y) <= tolerance * y) return Rational(p, q);
        if (rest == whole) return std::nullopt;
        rest = 1 / (rest - whole);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Radical> recognised(const R200& x, int digits) {
    if (!is_finite(x)) return std::nullopt;
    const R200 tolerance = pow(R200(10), -digits);
    if (abs(x) <= tolerance) return Radical(Rational(0));
    for (unsigned long n = 1; n <= largest_root; ++n) {
        const std::optional<Rational> base =
            nearby_fraction(natural_power(magnitude(x), n), tolerance);
        if (base) return Radical(x < 0 ? -1 : 1, *base, n);
    }
    return std::nullopt;
}

/// a = p/q: a^{1/n} = (p q^{n−1})^{1/n} / q, with n-th powers of small primes taken out of the root.
std::string Radical::text() const {
    Rational outside = Rational(1) / Rational(denominator(base_));
    Integer inside = numerator(base_);
    for (unsigned long i = 1; i < root_; ++i) inside *= denominator(base_);
    if (root_ == 1) return hadamard::text(sign_ < 0 ? Rational(-base_) : base_);
    for (unsigned long prime = 2; prime < 1000; ++prime) {
        Integer power = 1;
        for (unsigned long i = 0; i < root_; ++i) power *= prime;
        while (inside != 0 && inside % power == 0) {
            inside /= power;
            outside *= prime;
        }
    }
    std::string root = root_ == 2 ? "sqrt(" + inside.str() + ")"
                                  : inside.str() + "^(1/" + std::to_string(root_) + ")";
    if (inside == 1) root.clear();
    const std::string factor = outside == 1 && !root.empty() ? "" : hadamard::text(outside);
    return (sign_ < 0 ? "-" : "") + factor + (factor.empty() || root.empty() ? "" : "*") + root;
}

}  // namespace hadamard::custom
