#include "read.hpp"

#include <algorithm>
#include <charconv>

namespace check {
namespace {

constexpr std::size_t digit_limit = 4096;
constexpr long exponent_limit = 65536;

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return '0' <= c && c <= '9'; });
}

std::string_view without_sign(std::string_view text) {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    return text;
}

mpz_class integer(std::string_view text) {
    const std::string_view digits = without_sign(text);
    if (!all_digits(digits)) not_understood("not an exact number");
    if (digits.size() > digit_limit) not_understood("a number of too many digits");
    return mpz_class(std::string(text), 10);
}

long exponent(std::string_view text) {
    long out = 0;
    if (!all_digits(without_sign(text))) not_understood("not a dyadic number");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || out < -exponent_limit || out > exponent_limit)
        not_understood("an exponent beyond " + std::to_string(exponent_limit));
    return out;
}

}  // namespace

Dyadic dyadic(std::string_view text) {
    const std::size_t p = text.find('p');
    if (p == std::string_view::npos) return {integer(text)};
    return {integer(text.substr(0, p)), exponent(text.substr(p + 1))};
}

mpq_class fraction(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return integer(text);
    const std::string_view below = text.substr(slash + 1);
    if (below.empty() || below.front() < '1') not_understood("not a fraction");
    mpq_class out(integer(text.substr(0, slash)), integer(below));
    out.canonicalize();
    return out;
}

mpq_class decimal_or_fraction(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return fraction(text);
    const std::string_view before = text.substr(0, point), after = text.substr(point + 1);
    if (!all_digits(without_sign(before)) || !all_digits(after)) not_understood("not a decimal");
    mpz_class ten_to_the(1);
    mpz_ui_pow_ui(ten_to_the.get_mpz_t(), 10, std::min(after.size(), digit_limit));
    mpq_class out(integer(std::string(before) + std::string(after)), ten_to_the);
    out.canonicalize();
    return out;
}

mpz_class integer(const Value& value) { return integer(std::string_view(value.integer())); }

long small_integer(const Value& value, long limit) {
    const mpz_class out = integer(value);
    if (abs(out) > limit) not_understood("an integer beyond " + std::to_string(limit));
    return out.get_si();
}

Dyadic dyadic(const Value& value) { return dyadic(value.text()); }

mpq_class fraction(const Value& value) {
    if (std::holds_alternative<Value::Integer>(value.content)) return integer(value);
    return fraction(value.text());
}

mpq_class number(const Value& value) {
    if (std::holds_alternative<Value::Integer>(value.content)) return integer(value);
    return decimal_or_fraction(value.text());
}

mpq_class dyadic_or_fraction(const Value& value) {
    const bool is_dyadic = std::holds_alternative<std::string>(value.content) &&
                           value.text().find('p') != std::string::npos;
    return is_dyadic ? dyadic(value).rational() : fraction(value);
}

Interval interval(const Value& value) {
    const std::vector<Dyadic> ends = list(value, 2, [](const Value& v) { return dyadic(v); });
    if (ends[0] > ends[1]) reject("an interval whose lower end exceeds the upper");
    return {ends[0], ends[1]};
}

}  // namespace check
