#include "generators/transfer_points.hpp"

#include "generators/scalars.hpp"
#include "hadamard/core/elementary.hpp"

#include <algorithm>

namespace hadamard::gen {

Vector<Rational> draw_direction(Index n) {
    static const std::vector<std::vector<std::vector<int>>> by_size = {
        {{1, 1}}, {{1, 0, 1}, {3, 4, 5}, {5, 12, 13}}, {{0, 0, 1, 1}, {1, 2, 2, 3}, {2, 3, 6, 7}}};
    const auto& choices = by_size.at(static_cast<std::size_t>(n - 1));
    const std::vector<int> legs = *rc::gen::elementOf(choices).as("legs and hypotenuse");
    const int turn = *rc::gen::inRange(0, static_cast<int>(n)).as("turn");
    Vector<Rational> out(n);
    for (Index i = 0; i < n; ++i) {
        const int sign = *rc::gen::element(1, -1).as("sign");
        out[(i + turn) % n] = Rational(sign * legs[static_cast<std::size_t>(i)], legs.back());
    }
    return out;
}

Matrix<Rational> draw_reflection(Index n) {
    Vector<Rational> v(n);
    for (Index i = 0; i < n; ++i) v[i] = *rc::gen::inRange(-2, 3).as("v");
    if (v.isZero()) v[0] = 1;
    const Matrix<Rational> square = v * v.transpose();
    return Matrix<Rational>::Identity(n, n) - square * Rational(2 / v.squaredNorm());
}

rc::Gen<Rational> nonzero_rational() {
    return rc::gen::map(rc::gen::pair(positive_rational<Rational>(), rc::gen::element(1, -1)),
                        [](const std::pair<Rational, int>& rs) { return rs.first * rs.second; });
}

namespace {

/// Σ_i t_i² a_i c_iᵀ with orthonormal rational (a_i), (c_i): a rational lift.
Vector<Rational> draw_planted_matrix(Index rows, Index cols) {
    const Matrix<Rational> A = draw_reflection(rows), C = draw_reflection(cols);
    Matrix<Rational> B = Matrix<Rational>::Zero(rows, cols);
    for (Index i = 0; i < std::min(rows, cols); ++i) {
        const Rational t = draw("t", rational<Rational>());
        const Vector<Rational> left = A.col(i) * Rational(t * t), right = C.col(i);
        B += left * right.transpose();
    }
    return B.reshaped();
}

Vector<Rational> entrywise_power(Vector<Rational> x, unsigned long n) {
    for (Index i = 0; i < x.size(); ++i)
        x[i] = signed_power(x[i], Exponent(static_cast<long>(n)));
    return x;
}

/// Powers of rationals that the surrogate coordinates of one block must be for S and R∘K to be
/// rational there: the denominators of a and b; k_1 where R takes abs(β_i)^{2/k_1} with k_1 > 2;
/// else 1.
std::vector<unsigned long> needed_powers(const PointNeeds& needs, std::size_t size) {
    if (needs.exponents)
        return {static_cast<unsigned long>(needs.exponents->first.den()),
                static_cast<unsigned long>(needs.exponents->second.den())};
    return std::vector<unsigned long>(size, needs.inner_power > 2 ? needs.inner_power : 1);
}

Vector<Rational> raised_to_needed_powers(const Specimen<Rational>& p, Vector<Rational> xi) {
    for (const TransferBlock& block : p.blocks()) {
        const std::vector<unsigned long> powers = needed_powers(p.needs, block.surrogate.size());
        for (std::size_t i = 0; i < block.surrogate.size(); ++i) {
            Rational& entry = xi[block.surrogate[i]];
            entry = signed_power(entry, Exponent(static_cast<long>(powers[i])));
        }
    }
    return xi;
}

/// A point of M(K(ξ)): the lift of a planted β, moved by a few symmetries.
Vector<Rational> draw_balanced(const Specimen<Rational>& p) {
    Vector<Rational> out = p.lift(draw_planted_base(p));
    const std::vector<SignedPermutation> symmetries = p.symmetries();
    if (symmetries.empty()) return out;
    for (int i = 0; i < 4; ++i)
        out = symmetries[*rc::gen::inRange<std::size_t>(0, symmetries.size()).as("symmetry")](out);
    return out;
}

}  // namespace

Vector<Rational> draw_planted_base(const Specimen<Rational>& p) {
    Vector<Rational> out = draw("unpenalised part of beta", vector<Rational>(p.base_size()));
    if (p.needs.shape) {
        const auto [rows, cols] = *p.needs.shape;
        scatter(out, p.blocks().front().base, draw_planted_matrix(rows, cols));
        return out;
    }
    for (const TransferBlock& block : p.blocks()) {
        const Rational size = natural_power(draw("t", rational<Rational>()), p.needs.lift_degree);
        const Vector<Rational> direction = entrywise_power(
            draw_direction(static_cast<Index>(block.base.size())), p.needs.inner_power);
        scatter(out, block.base, Vector<Rational>(size * direction));
    }
    return out;
}

Vector<Rational> draw_surrogate(const Specimen<Rational>& p) {
    Vector<Rational> out = raised_to_needed_powers(
        p, draw("xi", vector<Rational>(p.surrogate_size(), rational<Rational>())));
    if (!p.needs.rational_norms) return out;
    for (const TransferBlock& block : p.blocks()) {
        const Vector<Rational> u = draw("length", rational<Rational>()) *
                                   draw_direction(static_cast<Index>(block.base.size()));
        for (std::size_t i = 0; i < block.base.size(); ++i)
            out[block.surrogate[i]] = u[static_cast<Index>(i)];
    }
    return out;
}

Vector<Rational> draw_balanced_or_not(const Specimen<Rational>& p) {
    const int kind = *rc::gen::inRange(0, 3).as("0 balanced, 1 nearly, 2 any");
    const bool no_neighbours = p.needs.rational_norms || p.needs.inner_power > 2;
    if (kind == 2 || (kind == 1 && no_neighbours)) return draw_surrogate(p);
    Vector<Rational> out = draw_balanced(p);
    if (kind == 1) {
        const Index moved = *rc::gen::inRange<Index>(0, out.size()).as("moved coordinate");
        const Rational shift = draw("shift", rational<Rational>());
        if (p.needs.exponents) {
            const Vector<Rational> others =
                raised_to_needed_powers(p, Vector<Rational>::Constant(out.size(), shift));
            out[moved] = others[moved];
        } else {
            out[moved] = out[moved] * Rational(3, 2) + shift;
        }
    }
    return out;
}

}  // namespace hadamard::gen
