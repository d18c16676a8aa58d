#pragma once

#include "hadamard/core/scalar.hpp"

#include <string>
#include <string_view>

namespace hadamard {

/// Exact numbers from text. No digit is lost: "0.1" is 1/10.
///
/// Domain   decimal: [+-] digits [. digits] [e [+-] digits], with at least one digit before the
///          exponent; fraction: [+-] digits / digits, the denominator not 0. At most 20000
///          characters and an exponent of at most 10000 in magnitude, because 1e999999999 is an
///          integer of 400 megabytes.
/// @throws InputError quoting the text and saying what would be right.

/// A decimal: the cells of a table.
Rational parse_decimal(std::string_view text);

/// A decimal or a fraction: numbers in instance files and flags.
Rational parse_rational(std::string_view text);

/// A depth or an exponent such as "3", "2.5" or "5/2", as a fraction of two `long`s.
Exponent parse_exponent(std::string_view text);

/// `text` in double quotes, shortened and with unprintable bytes escaped: fit for one line.
std::string in_quotes(std::string_view text);

}  // namespace hadamard
