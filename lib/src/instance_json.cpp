#include "hadamard/data/instance_json.hpp"

#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/json_file.hpp"
#include "hadamard/data/number.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>

namespace hadamard {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

std::string at(const std::string& field, std::size_t i) {
    return field + "[" + std::to_string(i) + "]";
}

void require_object(const Json& json, const std::string& field,
                    const std::vector<std::string>& known) {
    if (!json.is_object())
        throw InputError(field + " is " + json.type_name() + "; wanted an object");
    for (Json::const_iterator it = json.begin(); it != json.end(); ++it)
        if (std::find(known.begin(), known.end(), it.key()) == known.end())
            throw InputError(field + " has an unknown field " + in_quotes(it.key()) +
                             did_you_mean(it.key(), known));
}

const Json& member(const Json& json, const std::string& parent, const char* name) {
    const Json::const_iterator found = json.find(name);
    if (found == json.end()) throw InputError(parent + "." + name + " is missing");
    return *found;
}

const Json& array(const Json& json, const std::string& field) {
    if (!json.is_array()) throw InputError(field + " is " + json.type_name() + "; wanted an array");
    return json;
}

std::string string_of(const Json& json, const std::string& field) {
    if (!json.is_string())
        throw InputError(field + " is " + json.type_name() + "; wanted a string");
    return json.get<std::string>();
}

/// The text of an exact number, whichever way it was written.
std::string number_text(const Json& json, const std::string& field) {
    if (json.is_number_float())
        throw InputError(field + " is the JSON float " + json.dump() +
                         "; write what is no integer of 64 bits as a string, such as \"0.1\" or "
                         "\"1/3\"");
    if (json.is_number_integer()) return json.dump();
    if (!json.is_string())
        throw InputError(field + " is " + json.type_name() +
                         "; wanted an integer or a string such as \"1/3\"");
    return json.get<std::string>();
}

template <class Parse>
std::invoke_result_t<Parse, std::string> parsed(const Json& json, const std::string& field,
                                                Parse parse) {
    const std::string text = number_text(json, field);
    try {
        return parse(text);
    } catch (const InputError& e) {
        throw InputError(field + ": " + e.what());
    }
}

Rational number(const Json& json, const std::string& field) {
    return parsed(json, field, [](const std::string& text) { return parse_rational(text); });
}

std::int64_t whole_number(const Json& json, const std::string& field, std::int64_t largest) {
    if (!json.is_number_integer())
        throw InputError(field + " is " + (json.is_number() ? "a float" : json.type_name()) +
                         "; wanted an integer");
    // Parsed nonnegative integers are unsigned, ones that a program put there are often signed.
    const bool fits = json.is_number_unsigned()
                          ? json.get<std::uint64_t>() <= static_cast<std::uint64_t>(largest)
                          : json.get<std::int64_t>() >= 0 && json.get<std::int64_t>() <= largest;
    if (!fits)
        throw InputError(field + " is " + json.dump() + "; wanted an integer between 0 and " +
                         std::to_string(largest));
    return json.get<std::int64_t>();
}

Exponent positive_exponent(const Json& json, const std::string& field) {
    const Exponent out =
        parsed(json, field, [](const std::string& text) { return parse_exponent(text); });
    if (out <= 0) throw InputError(field + " is " + out.text() + "; it must be positive");
    return out;
}

Vector<Rational> numbers(const Json& json, const std::string& field) {
    array(json, field);
    Vector<Rational> out(static_cast<Index>(json.size()));
    for (std::size_t i = 0; i < json.size(); ++i)
        out[static_cast<Index>(i)] = number(json[i], at(field, i));
    return out;
}

Matrix<Rational> matrix(const Json& json, const std::string& field) {
    array(json, field);
    if (json.empty()) throw InputError(field + " has no rows; at least one is needed");
    const std::size_t columns = array(json[0], at(field, 0)).size();
    if (columns == 0) throw InputError(at(field, 0) + " is empty; wanted numbers");
    Matrix<Rational> out(static_cast<Index>(json.size()), static_cast<Index>(columns));
    for (std::size_t i = 0; i < json.size(); ++i) {
        const Vector<Rational> row = numbers(json[i], at(field, i));
        if (row.size() != out.cols())
            throw InputError(at(field, i) + " has " + std::to_string(row.size()) + " entries, " +
                             at(field, 0) + " has " + std::to_string(columns) +
                             "; all rows must agree");
        out.row(static_cast<Index>(i)) = row.transpose();
    }
    return out;
}

IndexList indices(const Json& json, const std::string& field) {
    array(json, field);
    IndexList out;
    for (std::size_t i = 0; i < json.size(); ++i)
        out.push_back(whole_number(json[i], at(field, i), 1'000'000'000));
    return out;
}

std::vector<Monomial> monomials(const Json& json, const std::string& field) {
    array(json, field);
    std::vector<Monomial> out;
    for (std::size_t m = 0; m < json.size(); ++m) {
        const std::string who = at(field, m);
        require_object(json[m], who, {"coefficient", "exponents"});
        Monomial monomial;
        monomial.coefficient = number(member(json[m], who, "coefficient"), who + ".coefficient");
        const Json& exponents = array(member(json[m], who, "exponents"), who + ".exponents");
        for (std::size_t i = 0; i < exponents.size(); ++i)
            monomial.exponents.push_back(
                static_cast<int>(whole_number(exponents[i], at(who + ".exponents", i), 10'000)));
        out.push_back(std::move(monomial));
    }
    return out;
}

LossSpec loss_from_json(const Json& json) {
    require_object(json, "loss", {"kind", "X", "y", "delta", "A", "b", "monomials"});
    LossSpec out;
    out.kind = string_of(member(json, "loss", "kind"), "loss.kind");
    if (json.contains("monomials")) out.monomials = monomials(json["monomials"], "loss.monomials");
    if (json.contains("A")) out.A = matrix(json["A"], "loss.A");
    if (json.contains("b")) out.b = numbers(json["b"], "loss.b");
    if (json.contains("X")) out.X = matrix(json["X"], "loss.X");
    if (json.contains("y")) out.y = numbers(json["y"], "loss.y");
    if (json.contains("delta")) out.delta = number(json["delta"], "loss.delta");
    return out;
}

/// d, from whichever data field the loss has; the loss itself checks that the fields agree.
Index size_of(const LossSpec& loss) {
    if (loss.kind == "polynomial") {
        if (loss.monomials.empty())
            throw InputError("loss.monomials is missing or empty; a polynomial needs it");
        if (loss.monomials.front().exponents.empty())
            throw InputError("loss.monomials[0].exponents is empty; wanted one for each coordinate");
        return static_cast<Index>(loss.monomials.front().exponents.size());
    }
    if (loss.kind == "quadratic") {
        if (loss.A.cols() == 0) throw InputError("loss.A is missing; a quadratic needs it");
        return loss.A.cols();
    }
    if (const std::vector<std::string> known = loss_names();
        std::find(known.begin(), known.end(), loss.kind) == known.end())
        throw InputError("loss.kind: " + unknown_name("loss", loss.kind, known));
    if (loss.X.cols() == 0) throw InputError("loss.X is missing; a linear model needs it");
    return loss.X.cols();
}

template <class Entries>
OrderedJson list(const Entries& entries) {
    OrderedJson out = OrderedJson::array();
    for (Index i = 0; i < static_cast<Index>(entries.size()); ++i)
        out.push_back(to_json(Rational(entries.data()[i])));
    return out;
}

OrderedJson rows(const Matrix<Rational>& a) {
    OrderedJson out = OrderedJson::array();
    for (Index i = 0; i < a.rows(); ++i) out.push_back(list(Vector<Rational>(a.row(i))));
    return out;
}

OrderedJson loss_to_json(const LossSpec& loss) {
    OrderedJson out;
    out["kind"] = loss.kind;
    if (loss.X.size() > 0) out["X"] = rows(loss.X);
    if (loss.y.size() > 0) out["y"] = list(loss.y);
    if (loss.kind == "huber" || loss.delta != 1) out["delta"] = to_json(loss.delta);
    if (loss.A.size() > 0) out["A"] = rows(loss.A);
    if (loss.b.size() > 0) out["b"] = list(loss.b);
    for (const Monomial& m : loss.monomials) {
        OrderedJson monomial;
        monomial["coefficient"] = to_json(m.coefficient);
        monomial["exponents"] = m.exponents;
        out["monomials"].push_back(std::move(monomial));
    }
    return out;
}

}  // namespace

OrderedJson to_json(const Rational& number) {
    if (denominator(number) == 1 &&
        abs(numerator(number)) <= std::numeric_limits<std::int64_t>::max())
        return numerator(number).convert_to<std::int64_t>();
    return number.str();
}

OrderedJson to_json(const Instance& instance) {
    OrderedJson out;
    out["loss"] = loss_to_json(instance.loss);
    OrderedJson& transfer = out["transfer"];
    transfer["kind"] = instance.transfer.name;
    const Exponent depth = instance.transfer.depth;
    transfer["depth"] = to_json(Rational(depth.num(), depth.den()));
    if (!instance.transfer.groups.empty()) transfer["groups"] = instance.transfer.groups;
    if (!instance.transfer.weights.empty()) transfer["weights"] = list(instance.transfer.weights);
    for (const Exponent e : instance.transfer.exponents)
        transfer["exponents"].push_back(to_json(Rational(e.num(), e.den())));
    if (instance.transfer.inner_depth > 0) transfer["inner_depth"] = instance.transfer.inner_depth;
    if (instance.transfer.rows > 0) transfer["rows"] = instance.transfer.rows;
    if (instance.transfer.width > 0) transfer["width"] = instance.transfer.width;
    out["lambda"] = to_json(instance.lambda);
    if (!instance.unpenalised.empty()) out["unpenalised"] = instance.unpenalised;
    return out;
}

Instance instance_from_json(const Json& json) {
    require_object(json, "instance", {"loss", "transfer", "lambda", "unpenalised"});
    Instance out;
    out.loss = loss_from_json(member(json, "instance", "loss"));
    const Index size = size_of(out.loss);

    const Json& transfer = member(json, "instance", "transfer");
    require_object(
        transfer, "transfer",
        {"kind", "depth", "groups", "weights", "exponents", "inner_depth", "rows", "width"});
    out.transfer.name = string_of(member(transfer, "transfer", "kind"), "transfer.kind");
    if (transfer.contains("depth"))
        out.transfer.depth = positive_exponent(transfer["depth"], "transfer.depth");
    if (transfer.contains("exponents")) {
        const Json& exponents = array(transfer["exponents"], "transfer.exponents");
        for (std::size_t i = 0; i < exponents.size(); ++i)
            out.transfer.exponents.push_back(
                positive_exponent(exponents[i], at("transfer.exponents", i)));
    }
    for (const auto& [name, field] :
         {std::pair("inner_depth", &TransferSpec::inner_depth),
          std::pair("rows", &TransferSpec::rows), std::pair("width", &TransferSpec::width)})
        if (transfer.contains(name))
            out.transfer.*field =
                whole_number(transfer[name], std::string("transfer.") + name, 1'000'000'000);
    if (transfer.contains("groups")) {
        const Json& groups = array(transfer["groups"], "transfer.groups");
        for (std::size_t j = 0; j < groups.size(); ++j)
            out.transfer.groups.push_back(indices(groups[j], at("transfer.groups", j)));
    }
    if (transfer.contains("weights")) {
        const Vector<Rational> weights = numbers(transfer["weights"], "transfer.weights");
        out.transfer.weights.assign(weights.data(), weights.data() + weights.size());
    }

    out.lambda = number(member(json, "instance", "lambda"), "lambda");
    if (out.lambda <= 0)
        throw InputError("lambda is " + out.lambda.str() + "; it must be positive");
    if (json.contains("unpenalised")) {
        out.unpenalised = indices(json["unpenalised"], "unpenalised");
        for (std::size_t i = 0; i < out.unpenalised.size(); ++i) {
            if (out.unpenalised[i] >= size)
                throw InputError(at("unpenalised", i) + " is " +
                                 std::to_string(out.unpenalised[i]) + "; the loss has only " +
                                 std::to_string(size) + " coordinates, counted from 0");
            if (i > 0 && out.unpenalised[i] <= out.unpenalised[i - 1])
                throw InputError(at("unpenalised", i) + " is " +
                                 std::to_string(out.unpenalised[i]) +
                                 "; the coordinates must increase");
        }
    }
    out.transfer.base_size = size - static_cast<Index>(out.unpenalised.size());
    if (out.transfer.base_size < 1)
        throw InputError("unpenalised lists every coordinate; at least one must be penalised");
    return out;
}

Instance read_instance(const std::string& path) {
    return from_json_file(path, instance_from_json);
}

}  // namespace hadamard
