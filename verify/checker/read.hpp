#pragma once

#include "json.hpp"
#include "numbers.hpp"

#include <charconv>
#include <string_view>

namespace check {

/// FORMAT.md section 1: numbers, each @throws Failure if it is none, or beyond the limits.
constexpr std::size_t digit_limit = 4096;
constexpr long exponent_limit = 65536;

inline mpz_class integer(std::string_view text) {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        not_understood("not an exact number");
    if (digits.size() > digit_limit) not_understood("a number of too many digits");
    return mpz_class(std::string(text), 10);
}

inline long small_integer(std::string_view text, long limit) {
    const mpz_class out = integer(text);
    if (::abs(out) > limit) not_understood("an integer beyond " + std::to_string(limit));
    return out.get_si();
}

inline Dyadic dyadic(std::string_view text) {
    const std::size_t p = text.find('p');
    if (p == std::string_view::npos) return {integer(text)};
    return {integer(text.substr(0, p)), small_integer(text.substr(p + 1), exponent_limit)};
}

inline mpq_class quotient(const mpz_class& above, const mpz_class& below) {
    mpq_class out(above, below);
    out.canonicalize();
    return out;
}

/// `3`, `3/4`; with `decimals` also `0.75`.
inline mpq_class fraction(std::string_view text, bool decimals) {
    const std::size_t slash = text.find('/'), point = text.find('.');
    if (slash != std::string_view::npos) {
        const mpz_class below = integer(text.substr(slash + 1));
        if (below <= 0) not_understood("not a fraction");
        return quotient(integer(text.substr(0, slash)), below);
    }
    if (point == std::string_view::npos || !decimals) return integer(text);
    const std::string before(text.substr(0, point)), after(text.substr(point + 1));
    const mpz_class out = integer(before + after);  // both parts are digits, at most `digit_limit`
    if (before.empty() || before == "-" || after.empty()) not_understood("not a decimal");
    mpz_class ten_to_the;
    mpz_ui_pow_ui(ten_to_the.get_mpz_t(), 10, after.size());
    return quotient(out, ten_to_the);
}

inline mpz_class integer(const Json& json) {
    if (!json.is_number_integer()) not_understood("not an integer");
    return integer(std::string_view(json.dump()));
}
inline long small_integer(const Json& json, long limit) {
    if (!json.is_number_integer()) not_understood("not an integer");
    return small_integer(std::string_view(json.dump()), limit);
}
inline Dyadic dyadic(const Json& json) { return dyadic(std::string_view(text(json))); }
inline mpq_class fraction(const Json& json) {
    return json.is_number_integer() ? mpq_class(integer(json)) : fraction(text(json), false);
}
/// A fraction or a decimal, as an instance may hold.
inline mpq_class number(const Json& json) {
    return json.is_number_integer() ? mpq_class(integer(json)) : fraction(text(json), true);
}
inline mpq_class dyadic_or_fraction(const Json& json) {
    const bool is_dyadic = json.is_string() && text(json).find('p') != std::string::npos;
    return is_dyadic ? dyadic(json).rational() : fraction(json);
}
inline Interval interval(const Json& json) {
    const Interval out(dyadic(array(json, 2)[0]), dyadic(array(json, 2)[1]));
    if (out.lo > out.hi) reject("an interval whose lower end exceeds the upper");
    return out;
}

inline std::vector<Dyadic> dyadics(const Json& json, std::size_t size) {
    return list(json, size, [](const Json& x) { return dyadic(x); });
}
inline std::vector<Interval> intervals(const Json& json, std::size_t size) {
    return list(json, size, interval);
}
inline std::vector<mpq_class> fractions(const Json& json, std::size_t size) {
    return list(json, size, [](const Json& x) { return fraction(x); });
}

}  // namespace check
