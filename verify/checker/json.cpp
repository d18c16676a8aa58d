#include "json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace check {
namespace {

/// Builds the value from the parser's events; the open arrays and objects are a stack of its own.
class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit Builder(const Limits& limits) : limits_(limits) {}

    Value take() { return std::move(root_); }

    bool null() override { return add({nullptr}); }
    bool boolean(bool value) override { return add({value}); }
    bool number_integer(std::int64_t value) override { return integer(std::to_string(value)); }
    bool number_unsigned(std::uint64_t value) override { return integer(std::to_string(value)); }
    bool number_float(double, const std::string& digits) override {
        if (digits.find_first_of(".eE") != std::string::npos)
            not_understood("JSON float " + digits.substr(0, 40) + ": numbers must be exact");
        return integer(digits);  // too long for 64 bits
    }
    bool string(std::string& value) override { return add({std::move(value)}); }
    bool binary(binary_t&) override { return false; }  // of other encodings
    bool start_object(std::size_t) override { return open({Value::Object()}); }
    bool start_array(std::size_t) override { return open({Value::Array()}); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        Value::Object& object = std::get<Value::Object>(open_.back()->content);
        if (object.size() == limits_.members)
            not_understood("more than " + std::to_string(limits_.members) + " members");
        for (const Value::Member& member : object)
            if (member.name == name) not_understood("\"" + name.substr(0, 40) + "\" twice");
        object.push_back({std::move(name), {}});
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception&) override {
        not_understood("not JSON: byte " + std::to_string(position));
    }

private:
    bool integer(std::string digits) { return add({Value::Integer{std::move(digits)}}); }

    bool add(Value value) {
        place(std::move(value));
        return true;
    }

    bool open(Value value) {
        if (open_.size() == limits_.depth)
            not_understood("nested deeper than " + std::to_string(limits_.depth));
        // Until it is closed the container that holds it does not grow: the pointer stays valid.
        open_.push_back(&place(std::move(value)));
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    Value& place(Value value) {
        if (++values_ > limits_.values)
            not_understood("more than " + std::to_string(limits_.values) + " values");
        Value& where = open_.empty() ? root_ : next();
        where = std::move(value);
        return where;
    }

    Value& next() {
        if (auto* array = std::get_if<Value::Array>(&open_.back()->content))
            return array->emplace_back();
        return std::get<Value::Object>(open_.back()->content).back().value;
    }

    Limits limits_;
    Value root_;
    std::vector<Value*> open_;
    std::size_t values_ = 0;
};

template <class Content>
const Content& content_of(const Value& value, const char* wanted) {
    const auto* content = std::get_if<Content>(&value.content);
    if (content == nullptr) not_understood(std::string("not ") + wanted);
    return *content;
}

}  // namespace

const Value::Object& Value::object() const { return content_of<Object>(*this, "an object"); }
const Value::Array& Value::array() const { return content_of<Array>(*this, "an array"); }
const std::string& Value::text() const { return content_of<std::string>(*this, "a string"); }
const std::string& Value::integer() const {
    return content_of<Integer>(*this, "an integer").digits;
}

const Value::Array& Value::array(std::size_t size) const {
    if (array().size() != size)
        not_understood(std::to_string(array().size()) + " elements instead of " +
                       std::to_string(size));
    return array();
}

const Value* Value::find(const char* name) const {
    for (const Member& member : object())
        if (member.name == name) return &member.value;
    return nullptr;
}

const Value& Value::at(const char* name) const {
    const Value* found = find(name);
    if (found == nullptr) not_understood("missing");
    return *found;
}

std::string text_of(const std::string& file, const Limits& limits) {
    const auto close = [](std::FILE* stream) { std::fclose(stream); };
    const std::unique_ptr<std::FILE, decltype(close)> stream(
        file == "-" ? stdin : std::fopen(file.c_str(), "rb"), close);
    if (stream == nullptr) not_understood("cannot be opened");
    std::string text;
    std::vector<char> block(1U << 16U);
    while (const std::size_t read = std::fread(block.data(), 1, block.size(), stream.get())) {
        text.append(block.data(), read);
        if (text.size() > limits.bytes)
            not_understood("longer than " + std::to_string(limits.bytes) + " bytes");
    }
    if (std::ferror(stream.get()) != 0) not_understood("cannot be read");
    return text;
}

Value parse(const std::string& text, const Limits& limits) {
    Builder builder(limits);
    nlohmann::json::sax_parse(text, &builder);
    return builder.take();
}

}  // namespace check
