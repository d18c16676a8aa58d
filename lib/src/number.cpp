#include "hadamard/data/number.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace hadamard {
namespace {

constexpr std::size_t longest_number = 20'000;
constexpr long largest_exponent = 10'000;
constexpr long largest_part = 1'000'000;  // of an Exponent: products of four stay within a long

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of the run of digits at the front.
std::size_t digits_at_front(std::string_view text) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                    text.begin());
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

[[noreturn]] void refuse(std::string_view text, const char* wanted) {
    const std::string name = lower(text.substr(0, 12));
    const std::size_t start = name.find_first_not_of("+-");
    const std::string bare = start == std::string::npos ? "" : name.substr(start);
    if (bare == "nan" || bare == "inf" || bare == "infinity")
        throw InputError(in_quotes(text) + " is not a finite number; wanted " + wanted);
    throw InputError(in_quotes(text) + " is not a number; wanted " + wanted);
}

Integer integer_of(const std::string& digits) {
    Integer out;
    mpz_set_str(out.backend().data(), digits.c_str(), 10);
    return out;
}

void check_length(std::string_view text) {
    if (text.size() > longest_number)
        throw InputError(in_quotes(text) + " has " + std::to_string(text.size()) +
                         " characters; a number may have at most " +
                         std::to_string(longest_number));
}

Rational parse_decimal(std::string_view text, const char* wanted) {
    check_length(text);
    std::string_view rest = text;
    const bool negative = !rest.empty() && rest.front() == '-';
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);

    const std::size_t whole = digits_at_front(rest);
    std::string digits(rest.substr(0, whole));
    rest.remove_prefix(whole);
    long scale = 0;
    if (!rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        const std::size_t decimals = digits_at_front(rest);
        digits += rest.substr(0, decimals);
        rest.remove_prefix(decimals);
        scale = -static_cast<long>(decimals);
    }
    if (digits.empty()) refuse(text, wanted);

    if (!rest.empty() && (rest.front() == 'e' || rest.front() == 'E')) {
        rest.remove_prefix(1);
        const bool down = !rest.empty() && rest.front() == '-';
        if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
        if (rest.empty() || digits_at_front(rest) != rest.size()) refuse(text, wanted);
        rest.remove_prefix(std::min(rest.find_first_not_of('0'), rest.size()));
        const long exponent = rest.empty()      ? 0
                              : rest.size() > 5 ? largest_exponent + 1
                                                : std::stol(std::string(rest));
        if (exponent > largest_exponent)
            throw InputError(in_quotes(text) + " has an exponent beyond " +
                             std::to_string(largest_exponent) + "; rescale the data");
        scale += down ? -exponent : exponent;
    } else if (!rest.empty()) {
        refuse(text, wanted);
    }

    Integer power;
    mpz_ui_pow_ui(power.backend().data(), 10,
                  static_cast<unsigned long>(scale < 0 ? -scale : scale));
    const Integer mantissa = integer_of(digits);
    const Rational magnitude =
        scale < 0 ? Rational(mantissa, power) : Rational(Integer(mantissa * power));
    return negative ? Rational(-magnitude) : magnitude;
}

}  // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown = 40;
    std::string out = "\"";
    for (const char c : text.substr(0, shown)) {
        const unsigned char byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            constexpr char hex[] = "0123456789abcdef";
            out += {'\\', 'x', hex[byte / 16], hex[byte % 16]};
        } else {
            out += c;
        }
    }
    return out + (text.size() > shown ? "…\"" : "\"");
}

Rational parse_decimal(std::string_view text) {
    return parse_decimal(text, "a decimal such as 3, -0.25 or 1e-3");
}

Rational parse_rational(std::string_view text) {
    constexpr const char* wanted = "an integer, decimal or fraction such as 3, -0.25, 1e-3 or 1/3";
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return parse_decimal(text, wanted);
    check_length(text);
    std::string_view above = text.substr(0, slash);
    const std::string_view below = text.substr(slash + 1);
    const bool negative = !above.empty() && above.front() == '-';
    if (!above.empty() && (above.front() == '-' || above.front() == '+')) above.remove_prefix(1);
    if (above.empty() || below.empty() || digits_at_front(above) != above.size() ||
        digits_at_front(below) != below.size())
        refuse(text, wanted);
    const Integer denominator = integer_of(std::string(below));
    if (denominator == 0) throw InputError(in_quotes(text) + " has denominator 0");
    const Rational magnitude(integer_of(std::string(above)), denominator);
    return negative ? Rational(-magnitude) : magnitude;
}

Exponent parse_exponent(std::string_view text) {
    const Rational a = parse_rational(text);
    if (abs(numerator(a)) > largest_part || denominator(a) > largest_part)
        throw InputError(in_quotes(text) +
                         " is not a depth; wanted a small number such as 3 or 5/2");
    return {numerator(a).convert_to<long>(), denominator(a).convert_to<long>()};
}

}  // namespace hadamard
