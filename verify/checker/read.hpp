#pragma once

#include "interval.hpp"
#include "json.hpp"

#include <string_view>
#include <vector>

namespace check {

/// FORMAT.md section 1: numbers from their text. @throws Failure if it is none, or beyond the limits.
Dyadic dyadic(std::string_view text);
mpq_class fraction(std::string_view text);
mpq_class decimal_or_fraction(std::string_view text);

mpz_class integer(const Value& value);
/// An integer of absolute value at most `limit`.
long small_integer(const Value& value, long limit);
Dyadic dyadic(const Value& value);
/// An integer, or a fraction as a string.
mpq_class fraction(const Value& value);
/// As `fraction`; decimals too.
mpq_class number(const Value& value);
/// A dyadic or a fraction.
mpq_class dyadic_or_fraction(const Value& value);
/// [lo, hi]; rejects lo > hi.
Interval interval(const Value& value);

/// read(element) for each of an array of this size.
template <class Read>
auto list(const Value& value, std::size_t size, const Read& read) {
    std::vector<decltype(read(value))> out;
    out.reserve(value.array(size).size());
    value.each([&](const Value& element, std::size_t) { out.push_back(read(element)); });
    return out;
}

}  // namespace check
