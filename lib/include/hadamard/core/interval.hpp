#pragma once

/// @file
/// Rigorous enclosures: a ball [m ± r] of FLINT/Arb behind the arithmetic the templates expect.

#include "hadamard/core/scalar.hpp"

#include <arb.h>
#include <arf.h>

#include <utility>

namespace hadamard {

/// A real number known to lie in a ball [midpoint ± radius].
///
/// Guarantee  every operation returns a ball that contains the exact result for every choice of
///            points in its operands (Arb's inclusion property). A ball may be infinitely wide
///            (division by a ball with 0 inside), never wrong.
/// Order      none: `<` is not defined. Ask `sign_of`, whose answer may be `unknown`, or
///            `certainly_less`.
/// Precision  that of the innermost `PrecisionScope` of the calling thread, in bits.
class Interval {
public:
    Interval() { arb_init(x_); }
    Interval(int a) : Interval(static_cast<long>(a)) {}  // NOLINT: integers are intervals
    Interval(long a) : Interval() { arb_set_si(x_, a); }  // NOLINT
    Interval(const Interval& o) : Interval() { arb_set(x_, o.x_); }
    Interval(Interval&& o) noexcept : Interval() { arb_swap(x_, o.x_); }
    Interval& operator=(const Interval& o) {
        arb_set(x_, o.x_);
        return *this;
    }
    Interval& operator=(Interval&& o) noexcept {
        arb_swap(x_, o.x_);
        return *this;
    }
    ~Interval() { arb_clear(x_); }

    /// The thin ball at a binary number: exact.
    template <unsigned D>
    static Interval exactly(const Real<D>& a) {
        Interval out;
        arf_set_mpfr(arb_midref(out.x_), a.backend().data());
        return out;
    }
    static Interval exactly(double a) {
        Interval out;
        arb_set_d(out.x_, a);
        return out;
    }

    /// [centre ± radius], with the magnitude of `radius` rounded up.
    static Interval ball(const Interval& centre, const Interval& radius) {
        Interval out = centre;
        Interval r = radius;
        arb_abs(r.x_, r.x_);
        arb_add_error(out.x_, r.x_);
        return out;
    }

    static long precision() { return precision_; }

    arb_ptr data() { return x_; }
    arb_srcptr data() const { return x_; }

    Interval midpoint() const {
        Interval out;
        arb_get_mid_arb(out.x_, x_);
        return out;
    }
    /// The radius as a thin ball.
    Interval radius() const {
        Interval out;
        arb_get_rad_arb(out.x_, x_);
        return out;
    }
    /// A point that is contained in |x| from above: sup |x| as a thin ball.
    Interval upper_magnitude() const {
        Interval out;
        arf_t bound;
        arf_init(bound);
        arb_get_abs_ubound_arf(bound, x_, precision_);
        arb_set_arf(out.x_, bound);
        arf_clear(bound);
        return out;
    }
    /// inf |x| rounded down, as a thin ball.
    Interval lower_magnitude() const {
        Interval out;
        arf_t bound;
        arf_init(bound);
        arb_get_abs_lbound_arf(bound, x_, precision_);
        arb_set_arf(out.x_, bound);
        arf_clear(bound);
        return out;
    }

    bool is_finite() const { return arb_is_finite(x_) != 0; }
    bool contains_zero() const { return arb_contains_zero(x_) != 0; }
    bool contains(const Interval& inner) const { return arb_contains(x_, inner.x_) != 0; }
    bool contains_in_interior(const Interval& inner) const {
        return arb_contains_interior(x_, inner.x_) != 0;
    }
    bool overlaps(const Interval& other) const { return arb_overlaps(x_, other.x_) != 0; }
    bool contains(const Rational& a) const;

    double midpoint_as_double() const { return arf_get_d(arb_midref(x_), ARF_RND_NEAR); }
    template <unsigned D>
    Real<D> midpoint_as_real() const {
        Real<D> out;
        arf_get_mpfr(out.backend().data(), arb_midref(x_), MPFR_RNDN);
        return out;
    }
    double radius_as_double() const { return mag_get_d(arb_radref(x_)); }
    /// The midpoint is a dyadic number; this is that number.
    Rational midpoint_as_rational() const;

    /// "[m +/- r]" with the digits that are known.
    std::string str(long digits = 20) const {
        char* raw = arb_get_str(x_, digits, 0);
        std::string out(raw);
        flint_free(raw);
        return out;
    }

    Interval& operator+=(const Interval& o) {
        arb_add(x_, x_, o.x_, precision_);
        return *this;
    }
    Interval& operator-=(const Interval& o) {
        arb_sub(x_, x_, o.x_, precision_);
        return *this;
    }
    Interval& operator*=(const Interval& o) {
        arb_mul(x_, x_, o.x_, precision_);
        return *this;
    }
    Interval& operator/=(const Interval& o) {
        arb_div(x_, x_, o.x_, precision_);
        return *this;
    }
    friend Interval operator+(Interval a, const Interval& b) { return a += b, a; }
    friend Interval operator-(Interval a, const Interval& b) { return a -= b, a; }
    friend Interval operator*(Interval a, const Interval& b) { return a *= b, a; }
    friend Interval operator/(Interval a, const Interval& b) { return a /= b, a; }
    friend Interval operator-(Interval a) {
        arb_neg(a.x_, a.x_);
        return a;
    }

    friend Interval exp(Interval a) {
        arb_exp(a.x_, a.x_, precision_);
        return a;
    }
    friend Interval log(Interval a) {
        arb_log(a.x_, a.x_, precision_);
        return a;
    }
    friend Interval log1p(Interval a) {
        arb_log1p(a.x_, a.x_, precision_);
        return a;
    }
    friend Interval abs(Interval a) {
        arb_abs(a.x_, a.x_);
        return a;
    }
    friend Interval sqrt(Interval a) {
        arb_sqrt(a.x_, a.x_, precision_);
        return a;
    }

    /// The smallest ball around both.
    friend Interval hull(Interval a, const Interval& b) {
        arb_union(a.x_, a.x_, b.x_, precision_);
        return a;
    }

private:
    friend class PrecisionScope;
    static inline thread_local long precision_ = 200;
    arb_t x_;
};

/// Sets the working precision of this thread's intervals for the lifetime of the scope.
class PrecisionScope {
public:
    /// @pre 2 ≤ bits ≤ 100000.
    explicit PrecisionScope(long bits) : before_(Interval::precision_) {
        require(bits >= 2 && bits <= 100'000, "PrecisionScope: bits out of range");
        Interval::precision_ = bits;
    }
    ~PrecisionScope() { Interval::precision_ = before_; }
    PrecisionScope(const PrecisionScope&) = delete;
    PrecisionScope& operator=(const PrecisionScope&) = delete;

    /// Bits for D decimal digits and 14 guard digits.
    static long bits_for(int digits) { return (digits + 14) * 3322L / 1000 + 1; }

private:
    long before_;
};

template <>
struct ScalarTraits<Interval> {
    static constexpr std::string_view name = "interval";
    static constexpr bool is_exact = false;
    static constexpr bool is_ordered = false;
    static constexpr bool is_transcendental = true;
    static constexpr int digits = 0;  // whatever the scope says
};

inline Sign sign_of(const Interval& a) {
    if (arb_is_positive(a.data())) return Sign::positive;
    if (arb_is_negative(a.data())) return Sign::negative;
    return arb_is_zero(a.data()) ? Sign::zero : Sign::unknown;
}

inline bool certainly_less(const Interval& a, const Interval& b) {
    return arb_lt(a.data(), b.data()) != 0;
}

inline bool is_zero(const Interval& a) { return arb_is_zero(a.data()) != 0; }
inline Interval magnitude(const Interval& a) { return abs(a); }
inline bool is_finite(const Interval& a) { return a.is_finite(); }

/// {sign(x) : x ∈ a}, enclosed: [−1, 1] when the sign is unknown.
inline Interval unit_sign(const Interval& a) {
    Interval out;
    arb_sgn(out.data(), a.data());
    return out;
}

namespace detail {

/// |t|^e at a thin t ≥ 0.
inline Interval endpoint_power(const Interval& t, Exponent e) {
    if (is_zero(t)) return Interval(0);  // e > 0 here; arb_root_ui(0) is indeterminate
    Interval out;
    const unsigned long n = static_cast<unsigned long>(e.num() < 0 ? -e.num() : e.num());
    arb_root_ui(out.data(), t.data(), static_cast<unsigned long>(e.den()), Interval::precision());
    arb_pow_ui(out.data(), out.data(), n, Interval::precision());
    if (e.num() < 0) out = Interval(1) / out;
    return out;
}

}  // namespace detail

/// {|x|^e : x ∈ a} from the endpoints of |a|, where the power is monotone.
inline Interval abs_power(const Interval& a, Exponent e) {
    if (e.num() == 0) return Interval(1);
    const Interval low = a.lower_magnitude(), high = a.upper_magnitude();
    if (e.num() < 0 && is_zero(low)) {
        Interval out;
        arb_zero_pm_inf(out.data());
        return out;
    }
    return hull(detail::endpoint_power(low, e), detail::endpoint_power(high, e));
}

/// {sign(x)|x|^e : x ∈ a}, e > 0, increasing in x.
inline Interval signed_power(const Interval& a, Exponent e) {
    switch (sign_of(a)) {
        case Sign::positive: return abs_power(a, e);
        case Sign::negative: return -abs_power(a, e);
        case Sign::zero: return Interval(0);
        case Sign::unknown: break;
    }
    if (e.num() <= 0) {
        Interval out;
        arb_zero_pm_inf(out.data());
        return e.num() == 0 ? unit_sign(a) : out;
    }
    const Interval high = detail::endpoint_power(a.upper_magnitude(), e);
    return hull(-high, high);
}

inline Interval square_root(const Interval& a) { return sqrt(a); }

template <>
struct FromRational<Interval> {
    static Interval convert(const Rational& a) {
        Interval out;
        fmpq_t q;
        fmpq_init(q);
        fmpq_set_mpq(q, a.backend().data());
        arb_set_fmpq(out.data(), q, Interval::precision());
        fmpq_clear(q);
        return out;
    }
};

inline Rational Interval::midpoint_as_rational() const {
    require(is_finite(), "Interval::midpoint_as_rational: not finite");
    fmpq_t q;
    fmpq_init(q);
    arf_get_fmpq(q, arb_midref(x_));
    Rational out;
    fmpq_get_mpq(out.backend().data(), q);
    fmpq_clear(q);
    return out;
}

inline bool Interval::contains(const Rational& a) const {
    fmpq_t q;
    fmpq_init(q);
    fmpq_set_mpq(q, a.backend().data());
    const bool inside = arb_contains_fmpq(x_, q) != 0;
    fmpq_clear(q);
    return inside;
}

inline std::string text(const Interval& a) { return a.str(60); }
inline std::string short_text(const Interval& a, int digits = 6) { return a.str(digits); }

}  // namespace hadamard

namespace Eigen {

template <>
struct NumTraits<hadamard::Interval> : GenericNumTraits<hadamard::Interval> {
    using Real = hadamard::Interval;
    using NonInteger = hadamard::Interval;
    using Nested = hadamard::Interval;
    using Literal = int;
    enum {
        IsComplex = 0,
        IsInteger = 0,
        IsSigned = 1,
        RequireInitialization = 1,
        ReadCost = 4,
        AddCost = 50,
        MulCost = 50
    };
    static Real epsilon() { return Real(0); }
    static Real dummy_precision() { return Real(0); }
    static int digits10() { return 0; }
};

}  // namespace Eigen
