#include "custom_structure.hpp"

#include "hadamard/custom/catalogued_form.hpp"

#include "hadamard/transfers/detail/symmetry.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace hadamard::custom {
namespace {

using Row = std::vector<Rational>;

Rational dot(const Row& a, const Row& b) {
    Rational out(0);
    for (std::size_t i = 0; i < a.size(); ++i) out += a[i] * b[i];
    return out;
}

/// Solutions of a linear system over Q: a particular one and a basis of the kernel.
struct Solutions {
    Row particular;
    std::vector<Row> kernel;
};

/// Rows are (coefficients; right-hand side).
std::optional<Solutions> solve(std::vector<Row> rows, std::size_t unknowns) {
    std::vector<std::size_t> pivots;
    for (std::size_t column = 0; column < unknowns; ++column) {
        const std::size_t top = pivots.size();
        std::size_t found = top;
        while (found < rows.size() && rows[found][column] == 0) ++found;
        if (found == rows.size()) continue;
        std::swap(rows[top], rows[found]);
        const Rational pivot = rows[top][column];
        for (Rational& entry : rows[top]) entry /= pivot;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i == top || rows[i][column] == 0) continue;
            const Rational factor = rows[i][column];
            for (std::size_t j = 0; j <= unknowns; ++j) rows[i][j] -= factor * rows[top][j];
        }
        pivots.push_back(column);
    }
    for (std::size_t i = pivots.size(); i < rows.size(); ++i)
        if (rows[i][unknowns] != 0) return std::nullopt;
    Solutions out{Row(unknowns, Rational(0)), {}};
    for (std::size_t i = 0; i < pivots.size(); ++i) out.particular[pivots[i]] = rows[i][unknowns];
    for (std::size_t column = 0; column < unknowns; ++column) {
        if (std::find(pivots.begin(), pivots.end(), column) != pivots.end()) continue;
        Row direction(unknowns, Rational(0));
        direction[column] = 1;
        for (std::size_t i = 0; i < pivots.size(); ++i) direction[pivots[i]] = -rows[i][column];
        out.kernel.push_back(std::move(direction));
    }
    return out;
}

std::optional<Exponent> small_exponent(const Rational& a) {
    constexpr long largest = 1000;
    if (magnitude(a) > largest || denominator(a) > largest) return std::nullopt;
    return Exponent(numerator(a).convert_to<long>(), denominator(a).convert_to<long>());
}

std::string scaling_text(const Expression& K, const Row& direction) {
    std::string out;
    for (std::size_t i = 0; i < direction.size(); ++i)
        if (direction[i] != 0)
            out +=
                (out.empty() ? "" : ", ") + K.symbols()[i] + " by t^(" + text(direction[i]) + ")";
    return out;
}

/// c Π |u_i|^{e_i} Π_{odd} sign(u_i).
struct Monomial {
    Rational coefficient = 1;
    Row exponents;
    std::vector<int> parity;
};

using Terms = std::vector<Monomial>;

class MonomialReader {
public:
    explicit MonomialReader(const Expression& e) : e_(e) {}

    /// None where it is no such product.
    std::optional<Monomial> monomial(int at) const {
        const Node& node = e_.nodes()[static_cast<std::size_t>(at)];
        Monomial out{Rational(1), Row(e_.symbols().size(), Rational(0)),
                     std::vector<int>(e_.symbols().size(), 0)};
        switch (node.operation) {
            case Operation::number: out.coefficient = node.number; return out;
            case Operation::symbol:
                out.exponents[static_cast<std::size_t>(node.symbol)] = 1;
                out.parity[static_cast<std::size_t>(node.symbol)] = 1;
                return out;
            case Operation::multiply: return times(node, 1);
            case Operation::divide: return times(node, -1);
            case Operation::negate: {
                std::optional<Monomial> inner = monomial(node.left);
                if (inner) inner->coefficient = -inner->coefficient;
                return inner;
            }
            case Operation::power: return power(node, false);
            case Operation::abs_power: return power(node, true);
            case Operation::sign: {
                std::optional<Monomial> inner = monomial(node.left);
                if (!inner) return std::nullopt;
                inner->coefficient = unit_sign(inner->coefficient);
                inner->exponents.assign(inner->exponents.size(), Rational(0));
                return inner;
            }
            default: return std::nullopt;
        }
    }

    /// The terms of a sum, times `factor`.
    bool sum(int at, const Rational& factor, Terms& out) const {
        const Node& node = e_.nodes()[static_cast<std::size_t>(at)];
        switch (node.operation) {
            case Operation::add: return sum(node.left, factor, out) && sum(node.right, factor, out);
            case Operation::subtract:
                return sum(node.left, factor, out) && sum(node.right, Rational(-factor), out);
            case Operation::negate: return sum(node.left, Rational(-factor), out);
            case Operation::multiply:
                if (const Rational* c = number(node.left)) return sum(node.right, factor * *c, out);
                if (const Rational* c = number(node.right)) return sum(node.left, factor * *c, out);
                break;
            case Operation::divide:
                if (const Rational* c = number(node.right)) return sum(node.left, factor / *c, out);
                break;
            default: break;
        }
        std::optional<Monomial> one = monomial(at);
        if (!one) return false;
        one->coefficient *= factor;
        out.push_back(std::move(*one));
        return true;
    }

private:
    const Rational* number(int at) const {
        const Node& node = e_.nodes()[static_cast<std::size_t>(at)];
        return node.operation == Operation::number ? &node.number : nullptr;
    }

    std::optional<Monomial> times(const Node& node, int sign) const {
        std::optional<Monomial> a = monomial(node.left);
        const std::optional<Monomial> b = monomial(node.right);
        if (!a || !b || b->coefficient == 0) return std::nullopt;
        a->coefficient = sign > 0 ? Rational(a->coefficient * b->coefficient)
                                  : Rational(a->coefficient / b->coefficient);
        for (std::size_t i = 0; i < a->exponents.size(); ++i) {
            a->exponents[i] += sign * b->exponents[i];
            a->parity[i] = (a->parity[i] + b->parity[i]) % 2;
        }
        return a;
    }

    std::optional<Monomial> power(const Node& node, bool of_modulus) const {
        std::optional<Monomial> out = monomial(node.left);
        if (!out) return std::nullopt;
        const Exponent e = node.exponent;
        const bool is_signed =
            std::any_of(out->parity.begin(), out->parity.end(), [](int p) { return p != 0; });
        const bool is_nonnegative = of_modulus || (!is_signed && out->coefficient >= 0);
        if (!e.is_integer() && !is_nonnegative) return std::nullopt;
        const Rational base = of_modulus ? magnitude(out->coefficient) : out->coefficient;
        if (e.is_integer())
            out->coefficient = natural_power(base, static_cast<unsigned long>(e.num()));
        else if (base == 1)
            out->coefficient = 1;
        else
            return std::nullopt;
        for (std::size_t i = 0; i < out->exponents.size(); ++i) {
            out->exponents[i] *= e.as<Rational>();
            const bool keeps = !of_modulus && e.is_odd_integer();
            out->parity[i] = keeps ? out->parity[i] : 0;
        }
        return out;
    }

    const Expression& e_;
};

/// K and S at x and at its image agree: over the rationals, or where a value is irrational, in
/// enclosures of 200 digits.
bool agree_at(const Expression& e, const Vector<Rational>& x, const Vector<Rational>& y) {
    try {
        return e.value(x) == e.value(y);
    } catch (const NotRepresentable&) {
        const PrecisionScope scope(PrecisionScope::bits_for(200));
        return e.value(from_rational<Interval>(x)).overlaps(e.value(from_rational<Interval>(y)));
    }
}

}  // namespace

std::optional<Scaling> scaling_of(const Expression& K, const Expression& S) {
    const std::size_t m = K.symbols().size();
    Row of_K, of_S;
    std::vector<Row> conditions;
    K.degree(of_K, conditions);
    S.degree(of_S, conditions);
    std::vector<Row> rows = conditions;
    for (Row& row : rows) row.push_back(0);
    Row normal = of_K;
    normal.push_back(1);
    rows.push_back(std::move(normal));
    const std::optional<Solutions> solutions = solve(std::move(rows), m);
    if (!solutions) return std::nullopt;
    Scaling out;
    for (const Row& direction : solutions->kernel)
        if (dot(of_S, direction) != 0) out.escaping = scaling_text(K, direction);
    for (const Rational& weight : solutions->particular) {
        const std::optional<Exponent> e = small_exponent(weight);
        if (!e || *e < Exponent(0)) {
            if (!out.escaping) return std::nullopt;
            out.weights.push_back(Exponent(0));
            continue;
        }
        out.weights.push_back(*e);
    }
    const std::optional<Exponent> degree = small_exponent(dot(of_S, solutions->particular));
    if (!degree || (*degree <= Exponent(0) && !out.escaping)) return std::nullopt;
    out.degree = *degree;
    return out;
}

std::optional<std::vector<BalanceTerm>> balance_of(const Expression& K, const Expression& S) {
    const std::size_t m = K.symbols().size();
    const std::optional<Monomial> product =
        MonomialReader(K).monomial(static_cast<int>(K.nodes().size()) - 1);
    Terms terms;
    if (!product || product->coefficient == 0 ||
        !MonomialReader(S).sum(static_cast<int>(S.nodes().size()) - 1, Rational(1), terms) ||
        terms.size() != m)
        return std::nullopt;
    std::vector<std::optional<BalanceTerm>> found(m);
    for (const Monomial& term : terms) {
        std::optional<std::size_t> own;
        for (std::size_t i = 0; i < m; ++i) {
            if (term.exponents[i] == 0 && term.parity[i] == 0) continue;
            if (own || term.parity[i] != 0 || term.exponents[i] < 0) return std::nullopt;
            own = i;
        }
        if (!own || found[*own] || term.coefficient <= 0) return std::nullopt;
        const Rational& share = product->exponents[*own];
        const std::optional<Exponent> power = small_exponent(term.exponents[*own]);
        if (share <= 0 || !power) return std::nullopt;
        found[*own] = BalanceTerm{term.coefficient * term.exponents[*own] / share, *power};
    }
    std::vector<BalanceTerm> out;
    for (const std::optional<BalanceTerm>& term : found) out.push_back(*term);
    return out;
}

namespace {

/// s_l where S = Σ_l s_l u_l² has one term for each factor.
std::optional<Row> weights_of_squares(const Expression& S) {
    Terms terms;
    const std::size_t m = S.symbols().size();
    if (!MonomialReader(S).sum(static_cast<int>(S.nodes().size()) - 1, Rational(1), terms) ||
        terms.size() != m)
        return std::nullopt;
    Row out(m, Rational(0));
    for (const Monomial& term : terms) {
        const auto own = std::find(term.exponents.begin(), term.exponents.end(), Rational(2));
        if (own == term.exponents.end() || term.coefficient <= 0) return std::nullopt;
        const std::size_t l = static_cast<std::size_t>(own - term.exponents.begin());
        const bool is_square = std::count(term.exponents.begin(), term.exponents.end(), 0) ==
                                   static_cast<long>(m) - 1 &&
                               std::count(term.parity.begin(), term.parity.end(), 0) ==
                                   static_cast<long>(m);
        if (!is_square || out[l] != 0) return std::nullopt;
        out[l] = term.coefficient;
    }
    return out;
}

/// An exponent that is a whole number of at least `least`.
std::optional<long> whole(const Rational& exponent, long least) {
    if (denominator(exponent) != 1 || exponent < least || exponent > 64) return std::nullopt;
    return numerator(exponent).convert_to<long>();
}

/// Π u_l with equal weights, or u |v|^{k−1} with weights 1 : k−1.
std::optional<CataloguedForm> product_form(const Monomial& K, const Row& weights) {
    const std::size_t m = weights.size();
    if (K.coefficient != 1 || m < 2) return std::nullopt;
    const bool is_plain = std::all_of(K.exponents.begin(), K.exponents.end(),
                                      [](const Rational& e) { return e == 1; }) &&
                          std::count(K.parity.begin(), K.parity.end(), 1) == static_cast<long>(m);
    if (is_plain) {
        if (std::count(weights.begin(), weights.end(), weights[0]) != static_cast<long>(m))
            return std::nullopt;
        return CataloguedForm{"hadamard_product", static_cast<long>(m),
                              Rational(weights[0] * static_cast<long>(m))};
    }
    if (m != 2) return std::nullopt;
    for (const std::size_t u : {0U, 1U}) {
        const std::size_t v = 1 - u;
        const std::optional<long> others = whole(K.exponents[v], 1);
        const bool is_shared =
            K.exponents[u] == 1 && K.parity[u] == 1 && others && K.parity[v] == 0;
        if (is_shared && weights[v] == weights[u] * *others)
            return CataloguedForm{"shared_product", *others + 1,
                                  Rational(weights[u] * (*others + 1))};
    }
    return std::nullopt;
}

/// u^k − v^k with equal weights.
std::optional<CataloguedForm> difference_form(const Terms& K, const Row& weights) {
    if (K.size() != 2 || weights.size() != 2 || weights[0] != weights[1]) return std::nullopt;
    std::vector<long> depths;
    Rational sum = 0;
    for (const Monomial& term : K) {
        const std::size_t l = term.exponents[0] != 0 ? 0 : 1;
        const std::optional<long> k = whole(term.exponents[l], 2);
        const bool is_power = k && term.exponents[1 - l] == 0 && term.parity[1 - l] == 0 &&
                              term.parity[l] == *k % 2 && magnitude(term.coefficient) == 1;
        if (!is_power) return std::nullopt;
        depths.push_back(*k);
        sum += term.coefficient;
    }
    const bool differ = (K[0].exponents[0] != 0) != (K[1].exponents[0] != 0);
    if (sum != 0 || depths[0] != depths[1] || !differ) return std::nullopt;
    return CataloguedForm{"hadamard_difference", depths[0], weights[0]};
}

}  // namespace

std::optional<CataloguedForm> catalogued_form(const Expression& K, const Expression& S) {
    const std::optional<Row> weights = weights_of_squares(S);
    if (!weights) return std::nullopt;
    const int root = static_cast<int>(K.nodes().size()) - 1;
    if (const std::optional<Monomial> product = MonomialReader(K).monomial(root))
        return product_form(*product, *weights);
    Terms terms;
    if (!MonomialReader(K).sum(root, Rational(1), terms)) return std::nullopt;
    return difference_form(terms, *weights);
}

std::vector<SignedPermutation> symmetries_of(const Expression& K, const Expression& S) {
    namespace symmetry = transfer::detail;
    const Index m = K.arity();
    // Perfect powers, so that the roots in K and S are rational.
    const unsigned long roots =
        static_cast<unsigned long>(std::lcm(K.root_degree(), S.root_degree()));
    std::mt19937_64 rng(11);
    std::vector<Vector<Rational>> points;
    for (int n = 0; n < 4; ++n) {
        Vector<Rational> x(m);
        for (Index i = 0; i < m; ++i) {
            const Rational r(static_cast<long>(rng() % 17) + 1, static_cast<long>(rng() % 7) + 1);
            x[i] = natural_power(r, roots) * (rng() % 2 == 0 ? 1 : -1);
        }
        points.push_back(std::move(x));
    }
    const auto holds = [&](const SignedPermutation& candidate) {
        return std::all_of(points.begin(), points.end(), [&](const Vector<Rational>& x) {
            const Vector<Rational> y = candidate(x);
            return agree_at(K, x, y) && agree_at(S, x, y);
        });
    };
    std::vector<SignedPermutation> out;
    std::vector<unsigned> spanned = {0};  // products of the flips so far
    for (unsigned flips = 1; flips < (1U << m); ++flips) {
        if (std::find(spanned.begin(), spanned.end(), flips) != spanned.end()) continue;
        IndexList indices;
        for (Index i = 0; i < m; ++i)
            if ((flips >> i & 1U) != 0) indices.push_back(i);
        const SignedPermutation candidate = symmetry::flip(m, indices);
        if (!holds(candidate)) continue;
        out.push_back(candidate);
        const std::vector<unsigned> before = spanned;
        for (const unsigned known : before) spanned.push_back(known ^ flips);
    }
    for (Index i = 0; i < m; ++i)
        for (Index j = i + 1; j < m; ++j)
            for (int signs = 0; signs < 4; ++signs) {
                SignedPermutation candidate = symmetry::exchange(m, i, j, 1);
                if ((signs & 1) != 0) candidate.sign[static_cast<std::size_t>(i)] = -1;
                if ((signs & 2) != 0) candidate.sign[static_cast<std::size_t>(j)] = -1;
                if (!holds(candidate)) continue;
                out.push_back(candidate);
                break;  // the others differ by flips
            }
    return out;
}

}  // namespace hadamard::custom
