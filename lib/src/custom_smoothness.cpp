#include "hadamard/custom/characterise.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace hadamard::custom {
namespace {

using R200 = Real<200>;

constexpr int most_derivatives = 8;
/// Two distances from a kink, squared apart often enough that d^(1/64) shrinks by half (10^(-80/64)).
const char* const distances[] = {"1e-40", "1e-120"};

/// Taylor coefficients in one variable.
using Series = std::array<R200, most_derivatives + 1>;

Series constant(const R200& value) {
    Series out{};
    out[0] = value;
    return out;
}

template <class F>
Series each(F f) {
    Series out;
    for (int n = 0; n <= most_derivatives; ++n)
        out[static_cast<std::size_t>(n)] = f(static_cast<std::size_t>(n));
    return out;
}

Series product(const Series& a, const Series& b) {
    return each([&](std::size_t n) {
        R200 sum(0);
        for (std::size_t k = 0; k <= n; ++k) sum += a[k] * b[n - k];
        return sum;
    });
}

Series quotient(const Series& a, const Series& b) {
    Series out{};
    for (std::size_t n = 0; n < out.size(); ++n) {
        R200 rest = a[n];
        for (std::size_t k = 1; k <= n; ++k) rest -= b[k] * out[n - k];
        out[n] = rest / b[0];
    }
    return out;
}

/// x y' = e x' y for y = x^e, x > 0.
Series power(const Series& x, Exponent e) {
    const R200 exponent = e.as<R200>();
    Series out{};
    out[0] = abs_power(x[0], e);
    for (std::size_t n = 1; n < out.size(); ++n) {
        R200 sum(0);
        for (std::size_t k = 1; k <= n; ++k)
            sum += (R200(static_cast<int>(k)) * exponent - R200(static_cast<int>(n - k))) * x[k] *
                   out[n - k];
        out[n] = sum / (R200(static_cast<int>(n)) * x[0]);
    }
    return out;
}

Series whole_power(Series x, long n) {
    Series out = constant(R200(1));
    for (; n > 0; --n) out = product(out, x);
    return out;
}

Series exponential(const Series& x) {
    Series out{};
    out[0] = exp(x[0]);
    for (std::size_t n = 1; n < out.size(); ++n) {
        R200 sum(0);
        for (std::size_t k = 1; k <= n; ++k) sum += R200(static_cast<int>(k)) * x[k] * out[n - k];
        out[n] = sum / R200(static_cast<int>(n));
    }
    return out;
}

Series logarithm(const Series& x) {
    Series derivative{};
    for (std::size_t n = 0; n + 1 < x.size(); ++n)
        derivative[n] = R200(static_cast<int>(n) + 1) * x[n + 1];
    const Series rate = quotient(derivative, x);
    Series out{};
    out[0] = log(x[0]);
    for (std::size_t n = 1; n < out.size(); ++n) out[n] = rate[n - 1] / R200(static_cast<int>(n));
    return out;
}

/// The expression along a line, off its kinks.
Series along(const Expression& expression, const Vector<R200>& x, const Vector<R200>& direction) {
    std::vector<Series> known;
    for (const Node& node : expression.nodes()) {
        const Series* a = node.left < 0 ? nullptr : &known[static_cast<std::size_t>(node.left)];
        const Series* b = node.right < 0 ? nullptr : &known[static_cast<std::size_t>(node.right)];
        const auto negated = [](const Series& s) {
            return each([&](std::size_t n) { return R200(-s[n]); });
        };
        Series out{};
        switch (node.operation) {
            case Operation::number: out = constant(from_rational<R200>(node.number)); break;
            case Operation::symbol:
                out[0] = x[node.symbol];
                out[1] = direction[node.symbol];
                break;
            case Operation::add: out = each([&](auto n) { return R200((*a)[n] + (*b)[n]); }); break;
            case Operation::subtract:
                out = each([&](auto n) { return R200((*a)[n] - (*b)[n]); });
                break;
            case Operation::negate: out = negated(*a); break;
            case Operation::multiply: out = product(*a, *b); break;
            case Operation::divide: out = quotient(*a, *b); break;
            case Operation::power:
                out = node.exponent.is_integer() ? whole_power(*a, node.exponent.num())
                                                 : power(*a, node.exponent);
                break;
            case Operation::abs_power:
                out = power((*a)[0] < 0 ? negated(*a) : *a, node.exponent);
                break;
            case Operation::sign: out = constant(unit_sign((*a)[0])); break;
            case Operation::exp: out = exponential(*a); break;
            case Operation::log: out = logarithm(*a); break;
            case Operation::minimum: out = (*a)[0] < (*b)[0] ? *a : *b; break;
            case Operation::maximum: out = (*a)[0] < (*b)[0] ? *b : *a; break;
        }
        known.push_back(out);
    }
    return known.back();
}

struct Line {
    Vector<R200> through, direction;
};

/// The largest r such that derivatives up to r have the same finite limit from both sides.
int class_across(const Expression& expression, const Line& line) {
    std::array<Series, 2> jump, size;
    for (std::size_t d = 0; d < 2; ++d) {
        const R200 step(distances[d]);
        const Series ahead =
            along(expression, line.through + step * line.direction, line.direction);
        const Series behind =
            along(expression, line.through - step * line.direction, line.direction);
        jump[d] = each([&](auto n) { return R200(abs(R200(ahead[n] - behind[n]))); });
        size[d] = each([&](auto n) { return R200(abs(ahead[n]) + abs(behind[n])); });
    }
    const R200 tiny("1e-30");
    for (std::size_t r = 0; r <= most_derivatives; ++r) {
        const bool is_finite_there =
            is_finite(size[0][r]) && is_finite(size[1][r]) && size[1][r] <= 2 * size[0][r] + tiny;
        const bool closes = jump[1][r] <= tiny * (1 + size[1][r]) || 2 * jump[1][r] < jump[0][r];
        if (!is_finite_there || !closes) return static_cast<int>(r) - 1;
    }
    return most_derivatives;
}

bool has_kink(const Node& node) {
    switch (node.operation) {
        case Operation::sign:
        case Operation::minimum:
        case Operation::maximum: return true;
        case Operation::power: return !node.exponent.is_integer();
        case Operation::abs_power: return !node.exponent.is_even_integer();
        default: return false;
    }
}

class Lines {
public:
    Lines(const Expression& expression, std::uint64_t seed) : expression_(expression), rng_(seed) {}

    std::vector<Line> all() {
        std::vector<Line> out;
        const unsigned m = static_cast<unsigned>(expression_.arity());
        for (unsigned zeros = 1; zeros < (1U << m); ++zeros)
            for (int n = 0; n < 4; ++n) {
                Line line{drawn(), drawn()};
                for (Index i = 0; i < expression_.arity(); ++i)
                    if ((zeros >> i & 1U) != 0) line.through[i] = 0;
                out.push_back(std::move(line));
            }
        for (int at = 0; at < static_cast<int>(expression_.nodes().size()); ++at)
            if (has_kink(expression_.nodes()[static_cast<std::size_t>(at)])) add_crossings(at, out);
        return out;
    }

private:
    R200 uniform() { return R200(static_cast<double>(rng_() >> 11) * 0x1p-53) * 4 - 2; }
    Vector<R200> drawn() {
        Vector<R200> out(expression_.arity());
        for (Index i = 0; i < out.size(); ++i) out[i] = uniform();
        return out;
    }

    /// Lines through zeros of the kink's argument, found by bisection to 200 digits.
    void add_crossings(int at, std::vector<Line>& out) {
        const Node& node = expression_.nodes()[static_cast<std::size_t>(at)];
        const Expression left = expression_.part(node.left);
        const auto argument = [&](const Vector<R200>& x) -> R200 {
            if (node.right < 0) return left.value(x);
            return left.value(x) - expression_.part(node.right).value(x);
        };
        for (int n = 0; n < 12; ++n) {
            const Vector<R200> from = drawn(), direction = drawn();
            R200 low(0), high(1);
            try {
                const R200 start = argument(from);
                if (start == 0 || (start > 0) == (argument(from + direction) > 0)) continue;
                for (int step = 0; step < 680; ++step) {
                    const R200 middle = (low + high) / 2;
                    ((argument(from + middle * direction) > 0) == (start > 0) ? low : high) =
                        middle;
                }
                out.push_back({from + high * direction, direction});
            } catch (const Error&) {
                continue;
            }
        }
    }

    const Expression& expression_;
    std::mt19937_64 rng_;
};

}  // namespace

int measured_smoothness(const Expression& expression, std::uint64_t seed) {
    if (std::none_of(expression.nodes().begin(), expression.nodes().end(), has_kink))
        return analytic;
    int out = most_derivatives;
    for (const Line& line : Lines(expression, seed).all())
        out = std::min(out, class_across(expression, line));
    return out;
}

}  // namespace hadamard::custom
