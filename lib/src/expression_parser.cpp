// The one file that includes Boost.Spirit, which is slow to compile.
#include "hadamard/core/suggest.hpp"
#include "hadamard/custom/expression.hpp"
#include "hadamard/data/number.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <boost/spirit/home/x3.hpp>
#pragma GCC diagnostic pop

#include <algorithm>
#include <functional>
#include <utility>

namespace hadamard::custom {
namespace {

namespace x3 = boost::spirit::x3;

using Iterator = std::string::const_iterator;

constexpr unsigned most_number_bits = 4096;  // of a folded constant

struct Function {
    std::string_view name;
    std::size_t arguments;
};
constexpr Function functions[] = {{"abs", 1}, {"sign", 1}, {"sqrt", 1}, {"exp", 1},
                                  {"log", 1}, {"min", 2},  {"max", 2}};

std::vector<std::string> function_names() {
    std::vector<std::string> out;
    for (const Function& function : functions) out.emplace_back(function.name);
    return out;
}

unsigned bits_of(const Rational& number) {
    return static_cast<unsigned>(std::max(mpz_sizeinbase(mpq_numref(number.backend().data()), 2),
                                          mpz_sizeinbase(mpq_denref(number.backend().data()), 2)));
}

/// Receives the steps of the parse in the order of the text, and builds nodes.
class Builder {
public:
    Builder(const std::string& label, const std::string& text,
            const std::vector<std::string>& symbols)
        : label_(label), text_(text), symbols_(symbols) {}

    std::vector<Node> finished() {
        // What folding left behind is dropped: only what the last value needs stays.
        std::vector<Node> out;
        keep(stack_.back(), out);
        return out;
    }

    void number(Iterator first, Iterator last) {
        const std::string digits(first, last);
        push_number(checked(parse_decimal(digits), position(first)), position(first));
    }

    void symbol(Iterator first, Iterator last) {
        const std::string name(first, last);
        const auto found = std::find(symbols_.begin(), symbols_.end(), name);
        if (found == symbols_.end()) refuse_symbol(name, position(first));
        Node node;
        node.operation = Operation::symbol;
        node.symbol = static_cast<int>(found - symbols_.begin());
        push(node, position(first));
    }

    void open_call(Iterator first, Iterator last) {
        const std::string name(first, last);
        const std::vector<std::string> names = function_names();
        if (std::find(names.begin(), names.end(), name) == names.end())
            error(position(first), unknown_name("function", name, names));
        calls_.push_back({name, position(first), 1});
    }
    void next_argument() { ++calls_.back().arguments; }
    void close_call() {
        const Call call = calls_.back();
        calls_.pop_back();
        const Function& function =
            *std::find_if(std::begin(functions), std::end(functions),
                          [&](const Function& f) { return f.name == call.name; });
        if (call.arguments != function.arguments)
            error(call.position, call.name + " takes " + std::to_string(function.arguments) +
                                     " argument" + (function.arguments == 1 ? "" : "s") + ", not " +
                                     std::to_string(call.arguments));
        if (call.name == "abs") return unary(Operation::abs_power, call.position, 1);
        if (call.name == "sqrt") return root(Exponent(1, 2), call.position);
        if (call.name == "sign") return unary(Operation::sign, call.position);
        if (call.name == "exp") return unary(Operation::exp, call.position);
        if (call.name == "log") return unary(Operation::log, call.position);
        binary(call.name == "min" ? Operation::minimum : Operation::maximum, call.position);
    }

    void operator_at(Iterator where) { operators_.push_back(position(where)); }

    void negate() {
        const std::size_t at = pop_operator();
        Node& last = nodes_[static_cast<std::size_t>(stack_.back())];
        if (last.operation == Operation::number)
            last.number = -last.number;
        else
            unary(Operation::negate, at);
    }

    void binary_operation(Operation operation) { binary(operation, pop_operator()); }

    void power() {
        const std::size_t at = pop_operator();
        const Node exponent = nodes_[static_cast<std::size_t>(stack_.back())];
        stack_.pop_back();
        if (exponent.operation != Operation::number)
            error(exponent.position,
                  "the exponent is not a rational constant; powers are u^2 or abs(u)^(3/2)");
        const Rational e = exponent.number;
        if (magnitude(e) > largest_exponent || denominator(e) > largest_exponent)
            error(exponent.position,
                  "the exponent " + hadamard::text(e) +
                      " is out of range: its modulus and its denominator must be "
                      "at most " +
                      std::to_string(largest_exponent));
        const Exponent whole(numerator(e).convert_to<long>(), denominator(e).convert_to<long>());
        if (whole == Exponent(0)) {
            stack_.pop_back();
            return push_number(1, at);
        }
        if (whole > Exponent(0)) return root(whole, at);
        // x^−e is 1/x^e.
        root(Exponent(0) - whole, at);
        const int denominator_node = stack_.back();
        stack_.pop_back();
        push_number(1, at);
        stack_.push_back(denominator_node);
        binary(Operation::divide, at);
    }

private:
    struct Call {
        std::string name;
        std::size_t position, arguments;
    };

    std::size_t position(Iterator where) const {
        return static_cast<std::size_t>(where - text_.begin());
    }

    [[noreturn]] void error(std::size_t at, const std::string& what) const {
        throw ExpressionError(at_character(label_, text_, at, what));
    }

    [[noreturn]] void refuse_symbol(const std::string& name, std::size_t at) const {
        std::string known;
        for (const std::string& symbol : symbols_) known += (known.empty() ? "" : ", ") + symbol;
        error(at, "unknown symbol " + in_quotes(name) + did_you_mean(name, symbols_) +
                      "; the symbols here are " + known);
    }

    Rational checked(const Rational& number, std::size_t at) const {
        if (bits_of(number) > most_number_bits) error(at, "the number is too large");
        return number;
    }

    std::size_t pop_operator() {
        const std::size_t out = operators_.back();
        operators_.pop_back();
        return out;
    }

    void push(Node node, std::size_t at) {
        node.position = at;
        nodes_.push_back(std::move(node));
        stack_.push_back(static_cast<int>(nodes_.size()) - 1);
    }

    void push_number(const Rational& number, std::size_t at) {
        Node node;
        node.number = number;
        push(std::move(node), at);
    }

    const Rational* constant(int node) const {
        const Node& n = nodes_[static_cast<std::size_t>(node)];
        return n.operation == Operation::number ? &n.number : nullptr;
    }

    void unary(Operation operation, std::size_t at, Exponent exponent = 1) {
        const int operand = stack_.back();
        stack_.pop_back();
        const Rational* value = constant(operand);
        if (value != nullptr && operation == Operation::abs_power)
            return push_number(magnitude(*value), at);
        if (value != nullptr && operation == Operation::sign)
            return push_number(unit_sign(*value), at);
        Node node;
        node.operation = operation;
        node.left = operand;
        node.exponent = exponent;
        push(std::move(node), at);
    }

    /// x^e, e > 0, with abs(x)^e as one step.
    void root(Exponent e, std::size_t at) {
        const int operand = stack_.back();
        Node& base = nodes_[static_cast<std::size_t>(operand)];
        if (base.operation == Operation::abs_power) {
            const Exponent whole = base.exponent * e;
            if (whole > Exponent(largest_exponent)) error(at, "the exponents multiply to over 64");
            base.exponent = whole;
            return;
        }
        if (const Rational* value = constant(operand)) {
            if (e.is_integer()) {
                const unsigned long n = static_cast<unsigned long>(e.num());
                if (bits_of(*value) * n > most_number_bits) error(at, "the number is too large");
                const Rational folded = natural_power(*value, n);
                stack_.pop_back();
                return push_number(folded, at);
            }
            if (*value < 0) error(at, "root of the negative number " + hadamard::text(*value));
        }
        if (e == Exponent(1)) return;
        stack_.pop_back();
        Node node;
        node.operation = Operation::power;
        node.left = operand;
        node.exponent = e;
        push(std::move(node), at);
    }

    void binary(Operation operation, std::size_t at) {
        const int right = stack_.back();
        stack_.pop_back();
        const int left = stack_.back();
        stack_.pop_back();
        const Rational *a = constant(left), *b = constant(right);
        if (operation == Operation::divide && b != nullptr && *b == 0)
            error(at, "division by zero");
        if (a != nullptr && b != nullptr)
            return push_number(checked(folded(operation, *a, *b), at), at);
        Node node;
        node.operation = operation;
        node.left = left;
        node.right = right;
        push(std::move(node), at);
    }

    static Rational folded(Operation operation, const Rational& a, const Rational& b) {
        switch (operation) {
            case Operation::add: return a + b;
            case Operation::subtract: return a - b;
            case Operation::multiply: return a * b;
            case Operation::divide: return a / b;
            case Operation::minimum: return smaller(a, b);
            default: return larger(a, b);
        }
    }

    /// Appends what `node` needs, operands first; returns its new place.
    int keep(int node, std::vector<Node>& out) const {
        Node copy = nodes_[static_cast<std::size_t>(node)];
        if (copy.left >= 0) copy.left = keep(copy.left, out);
        if (copy.right >= 0) copy.right = keep(copy.right, out);
        out.push_back(std::move(copy));
        return static_cast<int>(out.size()) - 1;
    }

    const std::string& label_;
    const std::string& text_;
    const std::vector<std::string>& symbols_;
    std::vector<Node> nodes_;
    std::vector<int> stack_;
    std::vector<std::size_t> operators_;
    std::vector<Call> calls_;
};

struct builder_tag;

template <class Context>
Builder& builder(Context& context) {
    return x3::get<builder_tag>(context).get();
}

const auto on_number = [](auto& ctx) {
    builder(ctx).number(x3::_attr(ctx).begin(), x3::_attr(ctx).end());
};
const auto on_symbol = [](auto& ctx) {
    builder(ctx).symbol(x3::_attr(ctx).begin(), x3::_attr(ctx).end());
};
const auto on_function = [](auto& ctx) {
    builder(ctx).open_call(x3::_attr(ctx).begin(), x3::_attr(ctx).end());
};
const auto on_comma = [](auto& ctx) { builder(ctx).next_argument(); };
const auto on_close = [](auto& ctx) { builder(ctx).close_call(); };
const auto on_operator = [](auto& ctx) { builder(ctx).operator_at(x3::_attr(ctx).begin()); };
const auto on_negate = [](auto& ctx) { builder(ctx).negate(); };
const auto on_power = [](auto& ctx) { builder(ctx).power(); };
template <Operation O>
const auto on_binary = [](auto& ctx) { builder(ctx).binary_operation(O); };

// The grammar never takes back a step: each alternative is told by what comes next.
const x3::rule<class sum_rule> sum = "a number, a symbol, a function or \"(\"";
const x3::rule<class product_rule> product = "a number, a symbol, a function or \"(\"";
const x3::rule<class factor_rule> factor = "a number, a symbol, a function or \"(\"";
const x3::rule<class primary_rule> primary = "a number, a symbol, a function or \"(\"";

const auto name =
    x3::lexeme[(x3::ascii::alpha | x3::char_('_')) >> *(x3::ascii::alnum | x3::char_('_'))];
const auto digits = +x3::ascii::digit;
const auto decimal = x3::lexeme[(digits >> -('.' >> *x3::ascii::digit) | '.' >> digits) >>
                                -((x3::lit('e') | 'E') >> -(x3::lit('+') | '-') >> digits)];
const auto sign_of_operation = [](char c) { return x3::raw[x3::lit(c)][on_operator]; };

const auto sum_def = product >>
                     *((sign_of_operation('+') > product)[on_binary<Operation::add>] |
                       (sign_of_operation('-') > product)[on_binary<Operation::subtract>]);
const auto product_def = factor >>
                         *((sign_of_operation('*') > factor)[on_binary<Operation::multiply>] |
                           (sign_of_operation('/') > factor)[on_binary<Operation::divide>]);
const auto factor_def = (sign_of_operation('-') > factor)[on_negate] | ('+' > factor) |
                        (primary >> -(sign_of_operation('^') > factor)[on_power]);
const auto arguments = sum > *(x3::lit(',')[on_comma] > sum);
const auto primary_def =
    x3::raw[decimal][on_number] |
    ((x3::raw[name] >> &x3::lit('('))[on_function] > '(' > arguments > x3::lit(')')[on_close]) |
    x3::raw[name][on_symbol] | ('(' > sum > ')');

BOOST_SPIRIT_DEFINE(sum, product, factor, primary)

/// Parentheses in pairs, not too deep, and nothing but printable characters: found here, lest a deep
/// expression exhaust the parser's stack.
void scan(const std::string& label, const std::string& text) {
    const auto error = [&](std::size_t at, const std::string& what) {
        throw ExpressionError(at_character(label, text, at, what));
    };
    if (text.size() > longest_expression)
        throw ExpressionError(label + ": an expression of " + std::to_string(text.size()) +
                              " characters; at most " + std::to_string(longest_expression) +
                              " are read");
    std::vector<std::size_t> open;
    std::size_t signs = 0, powers = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '\t' && c != '\n' && c != '\r' && (c < ' ' || c > '~'))
            error(at, "a character that belongs in no expression");
        if (c == '(') {
            open.push_back(at);
            if (open.size() > static_cast<std::size_t>(deepest_nesting))
                error(at, "parentheses nested deeper than " + std::to_string(deepest_nesting));
        }
        if (c == ')') {
            if (open.empty()) error(at, "\")\" without \"(\"");
            open.pop_back();
        }
        signs = c == '-' || c == '+' ? signs + 1 : c == ' ' ? signs : 0;
        powers += c == '^' ? 1 : 0;
        if (signs > static_cast<std::size_t>(deepest_nesting) || powers > 512)
            error(at, "too many signs or powers in a row");
    }
    if (!open.empty()) error(open.back(), "\"(\" without \")\"");
}

}  // namespace

Expression parse_expression(std::string label, std::string text, std::vector<std::string> symbols) {
    require(symbols.size() <= 16, "parse_expression: at most 16 symbols");
    scan(label, text);
    Builder built(label, text, symbols);
    const auto grammar = x3::with<builder_tag>(std::ref(built))[sum];
    const auto error = [&](Iterator where, const std::string& what) {
        throw ExpressionError(
            at_character(label, text, static_cast<std::size_t>(where - text.cbegin()), what));
    };
    // A quoted literal is how X3 names a character it waits for.
    const auto wanted = [](const std::string& rule) {
        return rule.size() == 1 || rule.front() == '\'' ? "expected \"" + rule + "\""
                                                        : "expected " + rule;
    };
    Iterator at = text.cbegin();
    const Iterator end = text.cend();
    try {
        const bool matched = x3::phrase_parse(at, end, grammar, x3::ascii::space);
        if (!matched) error(at, "expected a number, a symbol, a function or \"(\"");
    } catch (const x3::expectation_failure<Iterator>& failure) {
        Iterator where = failure.where();
        while (where != end && *where == ' ') ++where;
        error(where, wanted(failure.which()));
    }
    if (at != end) error(at, "expected an operator: + - * / ^");
    std::vector<Node> nodes = built.finished();
    return {std::move(label), std::move(text), std::move(symbols), std::move(nodes)};
}

}  // namespace hadamard::custom
