#pragma once

#include "hadamard/core/elementary.hpp"
#include "hadamard/core/interval.hpp"
#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"
#include "hadamard/transfers/detail/powers.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hadamard::custom {

/// A value that is not a real number, or a text that is no expression; the message quotes the place.
class ExpressionError : public InputError {
public:
    using InputError::InputError;
};

enum class Operation : std::uint8_t {
    number,
    symbol,
    add,
    subtract,
    multiply,
    divide,
    negate,
    power,      ///< x^e, e > 0; x ≥ 0 unless e is an integer.
    abs_power,  ///< |x|^e, e > 0.
    sign,
    exp,
    log,
    minimum,
    maximum
};

/// One step of an expression; its operands are earlier steps.
struct Node {
    Operation operation = Operation::number;
    int left = -1, right = -1;  ///< Operands; −1: none.
    Rational number = 0;        ///< Operation::number.
    Exponent exponent = 1;      ///< power, abs_power.
    int symbol = -1;            ///< Operation::symbol.
    std::size_t position = 0;   ///< Of the operator or word in the text, from 0.
    std::uint32_t symbols = 0;  ///< Bit s: it depends on symbol s.
    bool is_affine = true;      ///< In the symbols: its second derivatives are 0 by structure.

    friend bool operator==(const Node& a, const Node& b) {
        return a.operation == b.operation && a.left == b.left && a.right == b.right &&
               a.number == b.number && a.exponent == b.exponent && a.symbol == b.symbol;
    }
};

/// The signs a number may have, as bits.
enum SignBit : unsigned { can_be_negative = 1, can_be_zero = 2, can_be_positive = 4 };
inline constexpr unsigned any_sign = 7;

/// Value, gradient and Hessian (upper triangle by columns) in the few symbols.
template <class T>
struct Jet {
    T value;
    Vector<T> gradient;
    Matrix<T> hessian;
};

/// A real expression in a few symbols, evaluated over every scalar with its first two derivatives.
///
/// Exact      over `Rational`, or NotRepresentable.
/// Enclosure  over `Interval` also at kinks: [−1, 1] for sign(x) where x may be 0, the whole line for an
///            infinite or jumping derivative. Ordered scalars get 0 there.
/// Error      ExpressionError over ordered scalars where the value is not real: division by zero, root
///            of a negative number, logarithm of a number ≤ 0.
class Expression {
public:
    /// Operands precede what uses them; the last node is the value.
    Expression(std::string label, std::string text, std::vector<std::string> symbols,
               std::vector<Node> nodes);

    const std::string& label() const { return label_; }
    const std::string& text() const { return text_; }
    const std::vector<std::string>& symbols() const { return symbols_; }
    const std::vector<Node>& nodes() const { return nodes_; }
    const Node& root() const { return nodes_.back(); }
    Index arity() const { return static_cast<Index>(symbols_.size()); }

    /// The expression with the fewest parentheses; parsing it gives the same nodes.
    std::string print() const;

    /// Whether the text mentions the symbol.
    bool mentions(Index symbol) const { return (root().symbols >> symbol & 1U) != 0; }

    /// The signs the value may have where symbol s has one of the signs `given[s]`. Sound: a sign that
    /// is left out does not occur.
    unsigned signs(const std::vector<unsigned>& given) const;

    /// Linear conditions on weights a_s for E(t^a ∘ x) = t^{⟨degree, a⟩} E(x), t > 0: each row of
    /// `conditions` must have product 0 with a. False when sums of unlike parts (exp, log, …) leave no a.
    void degree(std::vector<Rational>& degree,
                std::vector<std::vector<Rational>>& conditions) const;

    /// The expression that ends with this node.
    Expression part(int node) const {
        return {label_, text_, symbols_, {nodes_.begin(), nodes_.begin() + node + 1}};
    }

    /// The least common multiple of the denominators of all exponents.
    long root_degree() const;

    template <class T>
    T value(const Vector<T>& x) const {
        return evaluate(x, 0).value;
    }
    /// Derivatives up to `order`, at most 2.
    template <class T>
    Jet<T> evaluate(const Vector<T>& x, int order) const;

    /// Every part is analytic near x: certainly away from all kinks.
    template <class T>
    bool is_analytic_at(const Vector<T>& x) const;

    /// "K, character 3 ("^(1/2)"): " followed by `what`.
    [[noreturn]] void fail(const Node& node, const std::string& what) const;

private:
    template <class T>
    struct Tape;

    std::string print(int node, int context) const;
    bool is_same(int a, int b) const;

    std::string label_;
    std::string text_;
    std::vector<std::string> symbols_;
    std::vector<Node> nodes_;
};

inline constexpr std::size_t longest_expression = 4096;  ///< Characters.
inline constexpr int deepest_nesting = 64;               ///< Parentheses within parentheses.
inline constexpr long largest_exponent = 64;             ///< Modulus, and the denominator.

/// Parses  + − * / ^ ( )  with the usual precedence (−u^2 is −(u^2), ^ groups to the right), exact
/// decimal and whole numbers, abs, sign, sqrt, exp, log, min, max. Exponents are rational constants.
///
/// @param label    what the text is called in messages: "K".
/// @param symbols  the names it may use, at most 16.
/// @throws ExpressionError naming the character (counted from 1) and what was expected.
Expression parse_expression(std::string label, std::string text, std::vector<std::string> symbols);

/// The message of an error at a place of a text.
std::string at_character(const std::string& label, std::string_view text, std::size_t position,
                         const std::string& what);

namespace detail {

/// f(x), f'(x), f''(x).
template <class T>
struct Derivatives {
    T value, first = T(0), second = T(0);
};

inline Interval whole_line() {
    Interval out;
    arb_zero_pm_inf(out.data());
    return out;
}

template <class T>
T exponential(const T& x) {
    if constexpr (std::same_as<T, Rational>) {
        if (x == 0) return T(1);
        throw NotRepresentable("exp(" + text(x) + ") is not rational");
    } else {
        using std::exp;
        return exp(x);
    }
}

template <class T>
T logarithm(const T& x) {
    if constexpr (std::same_as<T, Rational>) {
        if (x == 1) return T(0);
        throw NotRepresentable("log(" + text(x) + ") is not rational");
    } else {
        using std::log;
        return log(x);
    }
}

template <class T>
Derivatives<T> modulus_power(const T& x, Exponent e, int order) {
    namespace powers = transfer::detail;
    Derivatives<T> out{abs_power(x, e)};
    if (order > 0) out.first = e.as<T>() * powers::odd_power(x, e - 1);
    if (order > 1) out.second = powers::modulus_bend(x, e);
    return out;
}

template <class T>
Derivatives<T> integer_power(const T& x, unsigned long n, int order) {
    Derivatives<T> out{natural_power(x, n)};
    if (order > 0) out.first = T(static_cast<long>(n)) * natural_power(x, n - 1);
    if (order > 1 && n > 1)
        out.second = T(static_cast<long>(n * (n - 1))) * natural_power(x, n - 2);
    return out;
}

template <OrderedField T>
T nonnegative_part(const T& x) {
    return x;
}
/// x ∩ [0, ∞): what a root is taken of, whose argument is never negative.
inline Interval nonnegative_part(const Interval& x) {
    return sign_of(x) == Sign::unknown ? Interval(hull(Interval(0), x.upper_magnitude())) : x;
}

/// x^e, x ≥ 0.
template <class T>
Derivatives<T> root_power(const T& given, Exponent e, int order) {
    namespace powers = transfer::detail;
    const T x = nonnegative_part(given);
    Derivatives<T> out{abs_power(x, e)};
    if (order > 0) out.first = e.as<T>() * powers::even_power(x, e - 1);
    if (order > 1) out.second = (e * (e - 1)).as<T>() * powers::even_power(x, e - 2);
    return out;
}

/// −1: the left is less, 1: the right is less, 0: equal, or not known.
template <OrderedField T>
int certain_order(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}
inline int certain_order(const Interval& a, const Interval& b) {
    return certainly_less(a, b) ? -1 : certainly_less(b, a) ? 1 : 0;
}

}  // namespace detail

/// Values and derivatives of all nodes, in one array.
template <class T>
struct Expression::Tape {
    Tape(std::size_t nodes, Index n, int order_)
        : order(order_),
          gradient_size(order > 0 ? static_cast<std::size_t>(n) : 0),
          stride(1 + gradient_size + (order > 1 ? gradient_size * (gradient_size + 1) / 2 : 0)),
          cells(nodes * stride, T(0)) {}

    T& value(int node) { return cells[start(node)]; }
    T& first(int node, std::size_t i) { return cells[start(node) + 1 + i]; }
    /// i ≤ j.
    T& second(int node, std::size_t i, std::size_t j) {
        return cells[start(node) + 1 + gradient_size + j * (j + 1) / 2 + i];
    }
    std::size_t start(int node) const { return static_cast<std::size_t>(node) * stride; }

    int order;
    std::size_t gradient_size, stride;
    std::vector<T> cells;
};

template <class T>
Jet<T> Expression::evaluate(const Vector<T>& x, int order) const {
    require_size(x.size(), arity(), "Expression::evaluate");
    Tape<T> tape(nodes_.size(), arity(), order);
    const std::size_t n = tape.gradient_size;
    const auto depends = [](const Node& node, std::size_t i) {
        return (node.symbols >> i & 1U) != 0;
    };
    // Derivatives that are 0 by structure stay so, lest 0 meet an infinite one.
    const auto chain = [&](int at, const Node& node, const detail::Derivatives<T>& f) {
        const Node& inner = nodes_[static_cast<std::size_t>(node.left)];
        tape.value(at) = f.value;
        for (std::size_t j = 0; j < n; ++j) {
            if (!depends(inner, j)) continue;
            tape.first(at, j) = f.first * tape.first(node.left, j);
            if (order < 2) continue;
            for (std::size_t i = 0; i <= j; ++i) {
                if (!depends(inner, i)) continue;
                T bend = f.second * tape.first(node.left, i) * tape.first(node.left, j);
                if (!inner.is_affine) bend += f.first * tape.second(node.left, i, j);
                tape.second(at, i, j) = bend;
            }
        }
    };
    const auto combine = [&](int at, const Node& node, const auto& linear) {
        for (std::size_t c = 0; c < tape.stride; ++c)
            tape.cells[tape.start(at) + c] = linear(tape.cells[tape.start(node.left) + c],
                                                    tape.cells[tape.start(node.right) + c]);
    };
    const auto multiply = [&](int at, int a, int b) {
        const Node &left = nodes_[static_cast<std::size_t>(a)],
                   &right = nodes_[static_cast<std::size_t>(b)];
        for (std::size_t j = 0; j < n; ++j) {
            T slope(0);
            if (depends(left, j)) slope += tape.first(a, j) * tape.value(b);
            if (depends(right, j)) slope += tape.value(a) * tape.first(b, j);
            tape.first(at, j) = slope;
            if (order < 2) continue;
            for (std::size_t i = 0; i <= j; ++i) {
                T bend(0);
                if (!left.is_affine) bend += tape.second(a, i, j) * tape.value(b);
                if (depends(left, i) && depends(right, j))
                    bend += tape.first(a, i) * tape.first(b, j);
                if (depends(left, j) && depends(right, i))
                    bend += tape.first(a, j) * tape.first(b, i);
                if (!right.is_affine) bend += tape.value(a) * tape.second(b, i, j);
                tape.second(at, i, j) = bend;
            }
        }
        tape.value(at) = tape.value(a) * tape.value(b);
    };
    // z = x / y:  y z_i = x_i − z y_i,  y z_ij = x_ij − z_i y_j − z_j y_i − z y_ij.
    const auto divide = [&](int at, int a, int b) {
        const T z = tape.value(a) / tape.value(b);
        tape.value(at) = z;
        for (std::size_t j = 0; j < n; ++j)
            tape.first(at, j) = (tape.first(a, j) - z * tape.first(b, j)) / tape.value(b);
        if (order < 2) return;
        for (std::size_t j = 0; j < n; ++j)
            for (std::size_t i = 0; i <= j; ++i)
                tape.second(at, i, j) =
                    (tape.second(a, i, j) - tape.first(at, i) * tape.first(b, j) -
                     tape.first(at, j) * tape.first(b, i) - z * tape.second(b, i, j)) /
                    tape.value(b);
    };
    const auto select = [&](int at, const Node& node, bool least) {
        const int order_of = detail::certain_order(tape.value(node.left), tape.value(node.right));
        if constexpr (!OrderedField<T>) {
            if (order_of == 0) {
                combine(at, node, [](const T& a, const T& b) { return T(hull(a, b)); });
                const T& a = tape.value(node.left);
                const T& b = tape.value(node.right);
                tape.value(at) = least ? smaller(a, b) : larger(a, b);
                if (order > 1)
                    for (std::size_t j = 0; j < n; ++j)
                        for (std::size_t i = 0; i <= j; ++i)
                            if (depends(node, i) && depends(node, j))
                                tape.second(at, i, j) = detail::whole_line();
                return;
            }
        }
        const bool takes_left = least ? order_of <= 0 : order_of >= 0;
        combine(at, node, [takes_left](const T& a, const T& b) { return takes_left ? a : b; });
    };

    for (int at = 0; at < static_cast<int>(nodes_.size()); ++at) {
        const Node& node = nodes_[static_cast<std::size_t>(at)];
        switch (node.operation) {
            case Operation::number: tape.value(at) = from_rational<T>(node.number); break;
            case Operation::symbol:
                tape.value(at) = x[node.symbol];
                if (order > 0) tape.first(at, static_cast<std::size_t>(node.symbol)) = T(1);
                break;
            case Operation::add:
                combine(at, node, [](const T& a, const T& b) { return T(a + b); });
                break;
            case Operation::subtract:
                combine(at, node, [](const T& a, const T& b) { return T(a - b); });
                break;
            case Operation::negate:
                for (std::size_t c = 0; c < tape.stride; ++c)
                    tape.cells[tape.start(at) + c] = -tape.cells[tape.start(node.left) + c];
                break;
            case Operation::multiply: multiply(at, node.left, node.right); break;
            case Operation::divide:
                if (OrderedField<T> && is_zero(tape.value(node.right)))
                    fail(node, "division by zero");
                divide(at, node.left, node.right);
                break;
            case Operation::power: {
                const T& base = tape.value(node.left);
                if (node.exponent.is_integer()) {
                    const unsigned long m = static_cast<unsigned long>(node.exponent.num());
                    chain(at, node, detail::integer_power(base, m, order));
                    break;
                }
                if (OrderedField<T> && sign_of(base) == Sign::negative)
                    fail(node, "root of the negative number " + short_text(base));
                chain(at, node, detail::root_power(base, node.exponent, order));
                break;
            }
            case Operation::abs_power:
                chain(at, node, detail::modulus_power(tape.value(node.left), node.exponent, order));
                break;
            case Operation::sign: {
                const T& base = tape.value(node.left);
                const T jump = transfer::detail::sign_slope(base);
                chain(at, node, {unit_sign(base), jump, jump});
                break;
            }
            case Operation::exp: {
                const T e = detail::exponential(tape.value(node.left));
                chain(at, node, {e, e, e});
                break;
            }
            case Operation::log: {
                const T& base = tape.value(node.left);
                const Sign sign = sign_of(base);
                if (OrderedField<T> && sign != Sign::positive)
                    fail(node, "logarithm of " + short_text(base));
                const T inverse = T(1) / base;
                chain(at, node, {detail::logarithm(base), inverse, T(-square(inverse))});
                break;
            }
            case Operation::minimum: select(at, node, true); break;
            case Operation::maximum: select(at, node, false); break;
        }
    }

    const int last = static_cast<int>(nodes_.size()) - 1;
    Jet<T> out;
    out.value = tape.value(last);
    out.gradient.resize(static_cast<Index>(n));
    for (std::size_t i = 0; i < n; ++i) out.gradient[static_cast<Index>(i)] = tape.first(last, i);
    if (order > 1) {
        out.hessian.resize(static_cast<Index>(n), static_cast<Index>(n));
        for (std::size_t j = 0; j < n; ++j)
            for (std::size_t i = 0; i <= j; ++i)
                out.hessian(static_cast<Index>(i), static_cast<Index>(j)) = out.hessian(
                    static_cast<Index>(j), static_cast<Index>(i)) = tape.second(last, i, j);
    }
    return out;
}

template <class T>
bool Expression::is_analytic_at(const Vector<T>& x) const {
    for (const Node& node : nodes_) {
        const bool has_kink =
            node.operation == Operation::sign ||
            (node.operation == Operation::power && !node.exponent.is_integer()) ||
            (node.operation == Operation::abs_power && !node.exponent.is_even_integer());
        const bool chooses =
            node.operation == Operation::minimum || node.operation == Operation::maximum;
        if (!has_kink && !chooses) continue;
        const auto operand = [&](int last) -> T { return part(last).value(x); };
        if (has_kink && !transfer::detail::certainly_nonzero(operand(node.left))) return false;
        if (chooses && detail::certain_order(operand(node.left), operand(node.right)) == 0)
            return false;
    }
    return true;
}

}  // namespace hadamard::custom
