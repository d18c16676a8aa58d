#include "engine/lattice.hpp"

#include "hadamard/core/elementary.hpp"

#include <algorithm>
#include <numeric>

namespace hadamard::verify {
namespace {

/// Gaussian elimination, one equation at a time.
class Elimination {
public:
    explicit Elimination(Index unknowns) : unknowns_(unknowns) {}

    enum class Outcome { independent, implied, contradiction };

    Outcome insert(LinearEquation equation) {
        for (const Row& row : rows_) {
            const Rational factor = equation.left[row.pivot];
            if (factor == 0) continue;
            for (Index i = 0; i < unknowns_; ++i)
                if (row.equation.left[i] != 0) equation.left[i] -= factor * row.equation.left[i];
            equation.right -= factor * row.equation.right;
        }
        Index pivot = 0;
        while (pivot < unknowns_ && equation.left[pivot] == 0) ++pivot;
        if (pivot == unknowns_)
            return equation.right == 0 ? Outcome::implied : Outcome::contradiction;
        const Rational lead = equation.left[pivot];
        for (Index i = 0; i < unknowns_; ++i) equation.left[i] /= lead;
        equation.right /= lead;
        rows_.push_back({pivot, std::move(equation)});
        return Outcome::independent;
    }

    /// One solution: unknowns without a pivot are 0.
    Vector<Rational> solution() const {
        Vector<Rational> x = Vector<Rational>::Constant(unknowns_, Rational(0));
        for (std::size_t r = rows_.size(); r-- > 0;) {
            const Row& row = rows_[r];  // zero at the pivots of earlier rows, 1 at its own
            Rational rest(0);
            for (Index i = 0; i < unknowns_; ++i)
                if (i != row.pivot) rest += row.equation.left[i] * x[i];
            x[row.pivot] = row.equation.right - rest;
        }
        return x;
    }

private:
    struct Row {
        Index pivot;
        LinearEquation equation;
    };
    Index unknowns_;
    std::vector<Row> rows_;
};

bool holds(const LinearEquation& equation, const Vector<Rational>& x) {
    Rational sum(0);
    for (Index i = 0; i < x.size(); ++i)
        if (x[i] != 0) sum += equation.left[i] * x[i];
    return sum == equation.right;
}

/// Calls `use(s)` for s ∈ {0, 1, …}^D with Σ s_i ≤ order.
template <class Use>
void for_each_simplex_point(Index D, long order, const Use& use) {
    std::vector<long> s(static_cast<std::size_t>(D), 0);
    const auto descend = [&](const auto& self, std::size_t i, long left) -> void {
        if (i == s.size()) return use(s);
        for (s[i] = 0; s[i] <= left; ++s[i]) self(self, i + 1, left - s[i]);
    };
    descend(descend, 0, order);
}

void require_homogeneous(const AnyTransfer<Rational>& transfer, const Vector<Rational>& xi) {
    const Exponent k = transfer.depth();
    const Rational scale = abs_power(Rational(2), Exponent(k.den()));
    const Vector<Rational> scaled = scale * xi;
    const Vector<Rational> expected = abs_power(scale, k) * transfer.apply(xi);
    require(transfer.apply(scaled) == expected, "Lattice: K is not homogeneous of degree k");
    require(transfer.penalty(scaled) == scale * scale * transfer.penalty(xi),
            "Lattice: S is not homogeneous of degree 2");
}

}  // namespace

Lattice::Lattice(const AnyTransfer<Rational>& transfer) {
    const Exponent k = transfer.depth();
    const Index D = transfer.surrogate_size();
    const bool polynomial = transfer.smoothness() == analytic && k.is_integer();
    const unsigned long patterns = polynomial ? 1UL : 1UL << D;
    for_each_simplex_point(D, k.num(), [&](const std::vector<long>& s) {
        for (unsigned long signs = 0; signs < patterns; ++signs) {
            Vector<Rational> xi(D);
            bool repeated = false;  // −0 is 0
            for (Index i = 0; i < D; ++i) {
                const long root = s[static_cast<std::size_t>(i)];
                const bool negative = (signs >> i & 1UL) != 0;
                repeated = repeated || (negative && root == 0);
                xi[i] = abs_power(Rational(root), Exponent(k.den()));
                if (negative) xi[i] = -xi[i];
            }
            if (!repeated) points_.push_back(std::move(xi));
        }
    });
    for (const Vector<Rational>& xi : points_) require_homogeneous(transfer, xi);
}

std::optional<Vector<Rational>> Lattice::solve(Index unknowns, const Equations& at) const {
    // A solution of the equations at some points is a candidate; at all points it is checked. Points
    // are taken until `enough` in a row have added nothing.
    constexpr int enough = 12;
    Elimination elimination(unknowns);
    int idle = 0;
    for (std::size_t p = points_.size(); p-- > 0 && idle < enough;) {  // the largest first
        ++idle;
        for (LinearEquation& equation : at(points_[p])) {
            const Elimination::Outcome outcome = elimination.insert(std::move(equation));
            if (outcome == Elimination::Outcome::contradiction) return std::nullopt;
            if (outcome == Elimination::Outcome::independent) idle = 0;
        }
    }
    const auto all_hold = [&](const Vector<Rational>& x) -> const Vector<Rational>* {
        for (const Vector<Rational>& xi : points_)
            for (const LinearEquation& equation : at(xi))
                if (!holds(equation, x)) return &xi;
        return nullptr;
    };
    Vector<Rational> x = elimination.solution();
    while (const Vector<Rational>* failing = all_hold(x)) {  // the candidate was too early
        for (LinearEquation& equation : at(*failing))
            if (elimination.insert(std::move(equation)) == Elimination::Outcome::contradiction)
                return std::nullopt;
        x = elimination.solution();
    }
    return x;
}

std::vector<TransferSpec> small_blocks(const Setting& setting) {
    std::vector<TransferSpec> out;
    const auto add = [&](Index d) {
        TransferSpec spec;
        spec.name = setting.transfer.name;
        spec.depth = setting.depth;
        spec.base_size = d;
        if (setting.transfer.grouped) {
            spec.groups = {IndexList(static_cast<std::size_t>(d))};
            std::iota(spec.groups[0].begin(), spec.groups[0].end(), Index(0));
        }
        for (TransferSpec& variant : setting.transfer.variants(spec)) {
            constexpr Index largest = 8;  // linear fields have D² unknowns
            const AnyTransfer<double> transfer = make_transfer<double>(variant);
            const bool one_block = transfer.blocks().size() == 1;
            if (one_block && transfer.surrogate_size() <= largest)
                out.push_back(std::move(variant));
        }
    };
    add(1);
    if (setting.transfer.grouped) {
        add(2);
        add(3);
    } else {
        add(2);  // one block only where coordinates are coupled
        add(4);
    }
    return out;
}

std::string block_text(const TransferSpec& spec) {
    std::string variant;
    for (const Exponent e : spec.exponents)
        variant += (variant.empty() ? "exponents " : ", ") + e.text();
    if (spec.inner_depth > 0) variant = std::to_string(spec.inner_depth) + " vectors";
    std::string out = std::to_string(spec.base_size);
    if (spec.rows > 0)
        out = std::to_string(spec.rows) + " x " + std::to_string(spec.base_size / spec.rows) +
              " through width " + std::to_string(spec.width);
    return variant.empty() ? out : out + " (" + variant + ")";
}

std::string blocks_text(const std::vector<TransferSpec>& blocks) {
    std::vector<std::string> shapes;
    for (const TransferSpec& spec : blocks) {
        const std::string shape = block_text(spec);
        if (std::find(shapes.begin(), shapes.end(), shape) == shapes.end()) shapes.push_back(shape);
    }
    std::string out = "blocks of size ";
    for (std::size_t i = 0; i < shapes.size(); ++i) out += (i == 0 ? "" : ", ") + shapes[i];
    return out;
}

}  // namespace hadamard::verify
