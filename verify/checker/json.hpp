#pragma once

#include "numbers.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace check {

using Json = nlohmann::json;
using std::size_t;

/// Also the exit codes.
enum class Status { accepted = 0, rejected = 1, not_understood = 2 };

/// Why a certificate is not accepted, and at which item.
struct Failure {
    Status status;
    std::string reason, where;
};

/// A check of FORMAT.md that fails.
[[noreturn]] inline void reject(const std::string& reason) {
    throw Failure{Status::rejected, reason, ""};
}

/// Not a certificate of this format, or one of a kind that this checker does not cover.
[[noreturn]] inline void not_understood(const std::string& reason) {
    throw Failure{Status::not_understood, reason, ""};
}

inline std::string joined(const std::string& place, const std::string& rest) {
    return place + (rest.empty() || rest.front() == '[' ? "" : ".") + rest;
}

/// Does it; a failure is told to lie at place().
template <class Place, class Work>
decltype(auto) within(const Place& place, const Work& work) {
    try {
        return work();
    } catch (Failure& failure) {
        failure.where = joined(place(), failure.where);
        throw;
    }
}

/// Limits of what is read: they bound the memory that any input can take.
struct Limits {
    size_t bytes = size_t{256} << 20U, values = 8'000'000;
    int depth = 64;
};

/// The text of a file, `-` for standard input.
inline std::string text_of(const std::string& file, const Limits& limits = {}) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(
        file == "-" ? stdin : std::fopen(file.c_str(), "rb"), std::fclose);
    if (stream == nullptr) not_understood("cannot be opened");
    std::string text, block(1U << 16U, '\0');
    while (const size_t read = std::fread(block.data(), 1, block.size(), stream.get())) {
        text.append(block, 0, read);
        if (text.size() > limits.bytes)
            not_understood("longer than " + std::to_string(limits.bytes) + " bytes");
    }
    if (std::ferror(stream.get()) != 0) not_understood("cannot be read");
    return text;
}

/// @throws Failure if this is not JSON, holds a float or a name twice, or exceeds a limit.
inline Json parse(const std::string& text, const Limits& limits = {}) {
    using Event = Json::parse_event_t;
    size_t values = 0;
    std::vector<std::set<std::string>> names;  // of each open object
    const auto look = [&](int depth, Event event, const Json& parsed) {
        if (++values > limits.values) not_understood("too many values");
        if (depth > limits.depth) not_understood("nested too deeply");
        if (event == Event::value && parsed.is_number_float())
            not_understood("a JSON float, or an integer beyond 64 bits: numbers must be exact");
        if (event == Event::object_start) names.emplace_back();
        if (event == Event::object_end) names.pop_back();
        if (event == Event::key && !names.back().insert(parsed.get<std::string>()).second)
            not_understood("a name twice in one object");
        return true;
    };
    try {
        return Json::parse(text, look);
    } catch (const Json::parse_error& error) {
        not_understood("not JSON: byte " + std::to_string(error.byte));
    }
}

inline const Json::array_t& array(const Json& json) {
    if (!json.is_array()) not_understood("not an array");
    return json.get_ref<const Json::array_t&>();
}

inline const std::string& text(const Json& json) {
    if (!json.is_string()) not_understood("not a string");
    return json.get_ref<const std::string&>();
}

/// read(the member of this name, arguments …); a failure of that is told to lie there.
template <class Read, class... Arguments>
decltype(auto) in(const Json& object, const char* name, const Read& read,
                  const Arguments&... arguments) {
    return within([&] { return std::string(name); },
                  [&]() -> decltype(auto) {
                      const auto found = object.is_object() ? object.find(name) : object.end();
                      if (found == object.end()) not_understood("missing");
                      return read(*found, arguments...);
                  });
}

/// work(element, index) for each. An object, as `list` is, so that `in` can be handed it.
inline constexpr auto each = [](const Json& json, const auto& work) {
    const Json::array_t& elements = array(json);
    size_t i = 0;
    within([&] { return "[" + std::to_string(i) + "]"; },
           [&] {
               for (; i < elements.size(); ++i) work(elements[i], i);
           });
};

inline void require_size(const Json& json, size_t size) {
    if (array(json).size() != size)
        not_understood(std::to_string(json.size()) + " elements, not " + std::to_string(size));
}

/// read(element, arguments …) for each of an array of this size.
inline constexpr auto list = [](const Json& json, size_t size, const auto& read,
                                const auto&... arguments) {
    std::vector<std::decay_t<decltype(read(json, arguments...))>> out;
    require_size(json, size);
    out.reserve(size);
    each(json, [&](const Json& element, size_t) { out.push_back(read(element, arguments...)); });
    return out;
};

/// The member of this name is this.
inline void require(const Json& object, const char* name, const Json& right) {
    in(object, name, [&](const Json& json) {
        if (json != right) reject("not " + right.dump());
    });
}

/// FORMAT.md section 1: numbers, each @throws Failure if it is none, or beyond the limits.
constexpr size_t digit_limit = 4096;
constexpr long exponent_limit = 65536;

inline mpz_class integer_of(std::string_view text) {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        not_understood("not an exact number");
    if (digits.size() > digit_limit) not_understood("a number of too many digits");
    return mpz_class(std::string(text), 10);
}

inline long small(const mpz_class& x, long limit) {
    if (::abs(x) > limit) not_understood("an integer beyond " + std::to_string(limit));
    return x.get_si();
}

inline Dyadic dyadic_of(std::string_view text) {
    const size_t p = text.find('p');
    if (p == std::string_view::npos) return {integer_of(text)};
    return {integer_of(text.substr(0, p)), small(integer_of(text.substr(p + 1)), exponent_limit)};
}

inline mpq_class quotient(const mpz_class& above, const mpz_class& below) {
    mpq_class out(above, below);
    out.canonicalize();
    return out;
}

/// `3`, `3/4`, `0.75` or `3p-2`.
inline mpq_class fraction_of(std::string_view text) {
    const size_t mark = std::min(text.find_first_of("/.p"), text.size());
    if (mark == text.size()) return integer_of(text);
    if (text[mark] == 'p') return dyadic_of(text).rational();
    const std::string before(text.substr(0, mark)), after(text.substr(mark + 1));
    if (text[mark] == '/') {
        const mpz_class below = integer_of(after);
        if (below <= 0) not_understood("not a fraction");
        return quotient(integer_of(before), below);
    }
    const mpz_class out = integer_of(before + after);  // so both are digits
    if (before.empty() || before == "-" || after.empty()) not_understood("not a decimal");
    mpz_class ten_to_the;
    mpz_ui_pow_ui(ten_to_the.get_mpz_t(), 10, after.size());
    return quotient(out, ten_to_the);
}

inline mpz_class integer(const Json& json) {
    if (!json.is_number_integer()) not_understood("not an integer");
    return mpz_class(json.dump());
}
inline long small_integer(const Json& json, long limit) { return small(integer(json), limit); }
inline Dyadic dyadic(const Json& json) { return dyadic_of(text(json)); }
inline mpq_class fraction(const Json& json) {
    return json.is_number_integer() ? mpq_class(integer(json)) : fraction_of(text(json));
}
inline Interval interval(const Json& json) {
    const std::vector<Dyadic> ends = list(json, 2, dyadic);
    if (ends[0] > ends[1]) reject("an interval whose lower end exceeds the upper");
    return {ends[0], ends[1]};
}

}  // namespace check
