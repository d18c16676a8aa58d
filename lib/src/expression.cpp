#include "hadamard/custom/expression.hpp"

#include "hadamard/data/number.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace hadamard::custom {
namespace {

/// What binds tighter has the larger number.
int precedence(const Node& node) {
    switch (node.operation) {
        case Operation::add:
        case Operation::subtract: return 1;
        case Operation::multiply:
        case Operation::divide: return 2;
        case Operation::negate: return 3;
        case Operation::power: return 4;
        case Operation::number: return node.number < 0 ? 3 : denominator(node.number) == 1 ? 5 : 2;
        case Operation::abs_power: return node.exponent == Exponent(1) ? 5 : 4;
        default: return 5;
    }
}

std::string print_exponent(Exponent e) {
    return e.is_integer() ? "^" + e.text() : "^(" + e.text() + ")";
}

unsigned negated(unsigned signs) {
    return (signs & can_be_zero) | (signs & can_be_negative ? can_be_positive : 0U) |
           (signs & can_be_positive ? can_be_negative : 0U);
}

/// Signs of f(a, b) where f of two given signs is known.
template <class F>
unsigned combined(unsigned a, unsigned b, F f) {
    unsigned out = 0;
    for (const unsigned x : {can_be_negative, can_be_zero, can_be_positive})
        for (const unsigned y : {can_be_negative, can_be_zero, can_be_positive})
            if ((a & x) != 0 && (b & y) != 0) out |= f(x, y);
    return out;
}

unsigned sum_of(unsigned x, unsigned y) {
    if (x == can_be_zero) return y;
    if (y == can_be_zero || x == y) return x;
    return any_sign;
}

unsigned product_of(unsigned x, unsigned y) {
    if (x == can_be_zero || y == can_be_zero) return can_be_zero;
    return x == y ? can_be_positive : can_be_negative;
}

unsigned modulus_of(unsigned signs) {
    return (signs & can_be_zero) |
           ((signs & (can_be_negative | can_be_positive)) != 0 ? can_be_positive : 0U);
}

unsigned sign_bit(const Rational& number) {
    return number < 0 ? can_be_negative : number > 0 ? can_be_positive : can_be_zero;
}

using Row = std::vector<Rational>;

Row scaled(Row row, const Rational& factor) {
    for (Rational& entry : row) entry *= factor;
    return row;
}

Row plus(Row row, const Row& other, const Rational& factor) {
    for (std::size_t i = 0; i < row.size(); ++i) row[i] += factor * other[i];
    return row;
}

}  // namespace

Expression::Expression(std::string label, std::string text, std::vector<std::string> symbols,
                       std::vector<Node> nodes)
    : label_(std::move(label)),
      text_(std::move(text)),
      symbols_(std::move(symbols)),
      nodes_(std::move(nodes)) {
    require(!nodes_.empty(), "Expression: no nodes");
    for (Node& node : nodes_) {
        node.symbols = node.operation == Operation::symbol ? 1U << node.symbol : 0U;
        bool operands_affine = true;
        for (const int operand : {node.left, node.right}) {
            if (operand < 0) continue;
            node.symbols |= nodes_[static_cast<std::size_t>(operand)].symbols;
            operands_affine =
                operands_affine && nodes_[static_cast<std::size_t>(operand)].is_affine;
        }
        const bool is_linear = node.operation == Operation::add ||
                               node.operation == Operation::subtract ||
                               node.operation == Operation::negate;
        node.is_affine = node.symbols == 0 || node.operation == Operation::symbol ||
                         (is_linear && operands_affine);
    }
}

std::string Expression::print() const { return print(static_cast<int>(nodes_.size()) - 1, 0); }

/// In parentheses where `context` binds tighter.
std::string Expression::print(int at, int context) const {
    const Node& node = nodes_[static_cast<std::size_t>(at)];
    const auto call = [&](const std::string& name) {
        std::string out = name + "(" + print(node.left, 0);
        if (node.right >= 0) out += ", " + print(node.right, 0);
        return out + ")";
    };
    const int own = precedence(node);
    std::string out;
    switch (node.operation) {
        case Operation::number: out = hadamard::text(node.number); break;
        case Operation::symbol: out = symbols_[static_cast<std::size_t>(node.symbol)]; break;
        case Operation::add: out = print(node.left, 1) + " + " + print(node.right, 2); break;
        case Operation::subtract: out = print(node.left, 1) + " - " + print(node.right, 2); break;
        case Operation::multiply: out = print(node.left, 2) + "*" + print(node.right, 3); break;
        case Operation::divide: out = print(node.left, 2) + "/" + print(node.right, 3); break;
        case Operation::negate: out = "-" + print(node.left, 3); break;
        case Operation::power: out = print(node.left, 5) + print_exponent(node.exponent); break;
        case Operation::abs_power:
            out = call("abs") + (node.exponent == Exponent(1) ? "" : print_exponent(node.exponent));
            break;
        case Operation::sign: out = call("sign"); break;
        case Operation::exp: out = call("exp"); break;
        case Operation::log: out = call("log"); break;
        case Operation::minimum: out = call("min"); break;
        case Operation::maximum: out = call("max"); break;
    }
    return own < context ? "(" + out + ")" : out;
}

bool Expression::is_same(int a, int b) const {
    if (a < 0 || b < 0) return a == b;
    const Node &x = nodes_[static_cast<std::size_t>(a)], &y = nodes_[static_cast<std::size_t>(b)];
    return x.operation == y.operation && x.number == y.number && x.exponent == y.exponent &&
           x.symbol == y.symbol && is_same(x.left, y.left) && is_same(x.right, y.right);
}

unsigned Expression::signs(const std::vector<unsigned>& given) const {
    std::vector<unsigned> known;
    known.reserve(nodes_.size());
    for (const Node& node : nodes_) {
        const unsigned a = node.left < 0 ? 0 : known[static_cast<std::size_t>(node.left)];
        const unsigned b = node.right < 0 ? 0 : known[static_cast<std::size_t>(node.right)];
        unsigned out = any_sign;
        switch (node.operation) {
            case Operation::number: out = sign_bit(node.number); break;
            case Operation::symbol: out = given[static_cast<std::size_t>(node.symbol)]; break;
            case Operation::add: out = combined(a, b, sum_of); break;
            case Operation::subtract: out = combined(a, negated(b), sum_of); break;
            case Operation::negate: out = negated(a); break;
            case Operation::multiply:
                out = is_same(node.left, node.right) ? modulus_of(a) : combined(a, b, product_of);
                break;
            case Operation::divide: out = combined(a, b & ~can_be_zero, product_of); break;
            case Operation::power:
                if (node.exponent.is_odd_integer())
                    out = a;
                else if (node.exponent.is_integer())
                    out = modulus_of(a);
                else
                    out = a & ~can_be_negative;  // a negative base is an error
                break;
            case Operation::abs_power: out = modulus_of(a); break;
            case Operation::sign: out = a; break;
            case Operation::exp: out = can_be_positive; break;
            case Operation::log: out = any_sign; break;
            case Operation::minimum:
                out = combined(a, b, [](unsigned x, unsigned y) { return std::min(x, y); });
                break;
            case Operation::maximum:
                out = combined(a, b, [](unsigned x, unsigned y) { return std::max(x, y); });
                break;
        }
        known.push_back(out);
    }
    return known.back();
}

void Expression::degree(std::vector<Rational>& degree,
                        std::vector<std::vector<Rational>>& conditions) const {
    std::vector<Row> known;
    known.reserve(nodes_.size());
    const Row zero(symbols_.size(), Rational(0));
    for (const Node& node : nodes_) {
        const Row a = node.left < 0 ? zero : known[static_cast<std::size_t>(node.left)];
        const Row b = node.right < 0 ? zero : known[static_cast<std::size_t>(node.right)];
        Row out = zero;
        switch (node.operation) {
            case Operation::number: break;
            case Operation::symbol: out[static_cast<std::size_t>(node.symbol)] = 1; break;
            case Operation::add:
            case Operation::subtract:
            case Operation::minimum:
            case Operation::maximum:
                conditions.push_back(plus(a, b, -1));
                out = a;
                break;
            case Operation::negate: out = a; break;
            case Operation::multiply: out = plus(a, b, 1); break;
            case Operation::divide: out = plus(a, b, -1); break;
            case Operation::power:
            case Operation::abs_power: out = scaled(a, node.exponent.as<Rational>()); break;
            case Operation::sign: break;
            case Operation::exp:
            case Operation::log: conditions.push_back(a); break;
        }
        known.push_back(std::move(out));
    }
    degree = known.back();
}

long Expression::root_degree() const {
    long out = 1;
    for (const Node& node : nodes_) out = std::lcm(out, node.exponent.den());
    return out;
}

}  // namespace hadamard::custom
