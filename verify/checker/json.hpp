#pragma once

#include "failure.hpp"

#include <string>
#include <variant>
#include <vector>

namespace check {

/// One JSON value of a certificate. Numbers keep their digits; there are no floats.
class Value {
public:
    struct Integer {
        std::string digits;
    };
    struct Member;
    using Array = std::vector<Value>;
    using Object = std::vector<Member>;
    using Content = std::variant<std::nullptr_t, bool, Integer, std::string, Array, Object>;

    Content content = nullptr;

    /// What the named member holds. @throws Failure, as all below, if it is not of this kind.
    const Value& at(const char* name) const;
    /// Null if there is no such member.
    const Value* find(const char* name) const;
    const Object& object() const;
    const Array& array() const;
    const Array& array(std::size_t size) const;
    const std::string& text() const;
    const std::string& integer() const;
    bool is_null() const { return std::holds_alternative<std::nullptr_t>(content); }

    /// work(value, i) for each element.
    template <class Work>
    void each(const Work& work) const {
        const Array& elements = array();
        for (std::size_t i = 0; i < elements.size(); ++i)
            within(i, [&] { work(elements[i], i); });
    }
};

struct Value::Member {
    std::string name;
    Value value;
};

/// work(value of the member), a failure of which is told to lie there.
template <class Work>
decltype(auto) in(const Value& object, const char* name, const Work& work) {
    return within(name, [&]() -> decltype(auto) { return work(object.at(name)); });
}

/// Limits of what is read: they bound the memory that any input can take.
struct Limits {
    std::size_t bytes = std::size_t{256} << 20U, values = 8'000'000, depth = 64, members = 1000;
};

/// The text of a file, `-` for standard input.
std::string text_of(const std::string& file, const Limits& limits = {});

/// @throws Failure if this is not JSON, holds a float or a name twice, or exceeds a limit.
Value parse(const std::string& text, const Limits& limits = {});

}  // namespace check
