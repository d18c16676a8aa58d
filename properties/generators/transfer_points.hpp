#pragma once

/// @file
/// Points on which a transfer is exact over `Rational`: K, S, R and lift are rational there.

#include "generators/scalars.hpp"
#include "hadamard/core/concepts.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/objectives/partial.hpp"

#include <rapidcheck.h>

#include <type_traits>

namespace hadamard::gen {

/// A rational vector of length 1, n ≤ 3: ±1, or a Pythagorean direction in any order and signs.
inline Vector<Rational> draw_direction(Index n) {
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

/// The transfer inside a `Partial`, or p itself.
template <class P>
const auto& innermost(const P& p) {
    if constexpr (requires { p.inner(); })
        return innermost(p.inner());
    else
        return p;
}

/// β, or the transferred part of it, is a matrix, and R a nuclear norm of it.
template <class P>
inline constexpr bool is_matrix_transfer = requires(const P p) { innermost(p).rows(); };

/// I − 2vvᵀ/vᵀv, v ≠ 0 of small integers: orthogonal, rational.
inline Matrix<Rational> draw_reflection(Index n) {
    Vector<Rational> v(n);
    for (Index i = 0; i < n; ++i) v[i] = *rc::gen::inRange(-2, 3).as("v");
    if (v.isZero()) v[0] = 1;
    const Matrix<Rational> square = v * v.transpose();
    return Matrix<Rational>::Identity(n, n) - square * Rational(2 / v.squaredNorm());
}

/// Σ_i t_i² a_i c_iᵀ with orthonormal rational (a_i), (c_i): a rational lift.
inline Vector<Rational> draw_planted_matrix(Index rows, Index cols,
                                            const rc::Gen<Rational>& roots) {
    const Matrix<Rational> A = draw_reflection(rows), C = draw_reflection(cols);
    Matrix<Rational> B = Matrix<Rational>::Zero(rows, cols);
    for (Index i = 0; i < std::min(rows, cols); ++i) {
        const Rational t = draw("t", roots);
        const Vector<Rational> left = A.col(i) * Rational(t * t), right = C.col(i);
        B += left * right.transpose();
    }
    return B.reshaped();
}

/// p has exponents (a, b) of its own: young_product.
template <class P>
concept HasExponents = requires(const P& p) { innermost(p).exponents(); };

/// N such that lift and R are rational where every block has the length s^N.
template <class P>
unsigned long lift_degree(const P& p) {
    const auto& inner = innermost(p);
    using Inner = std::remove_cvref_t<decltype(inner)>;
    TransferSpec spec{"", inner.depth(), inner.base_size(), {}, {}};
    if constexpr (HasExponents<P>) {
        spec.exponents = {inner.exponents().first, inner.exponents().second};
        return static_cast<unsigned long>(Inner::lift_degree(spec));
    } else {
        return static_cast<unsigned long>(spec.depth.num());
    }
}

/// R measures a block in ‖.‖_p, p = 2 / inner_power: with c of Euclidean length 1, the vector of the
/// c_i^inner_power has ‖.‖_p = 1. mixed_group: k_1.
template <class P>
unsigned long inner_power(const P& p) {
    const auto& inner = innermost(p);
    if constexpr (requires { inner.inner_depth(); })
        return static_cast<unsigned long>(inner.inner_depth());
    else
        return 1;
}

inline Vector<Rational> entrywise_power(Vector<Rational> x, unsigned long n) {
    for (Index i = 0; i < x.size(); ++i)
        x[i] = signed_power(x[i], Exponent(static_cast<long>(n)));
    return x;
}

/// β whose blocks are 0 or t^N times a vector of length 1: exact N-th powers, t small.
/// @pre k is an integer.
template <class P>
Vector<Rational> draw_planted_base(const P& p, const rc::Gen<Rational>& roots) {
    Vector<Rational> out = draw("unpenalised part of beta", vector<Rational>(p.base_size()));
    if constexpr (is_matrix_transfer<P>) {
        const auto& matrices = innermost(p);
        scatter(out, p.blocks().front().base,
                draw_planted_matrix(matrices.rows(), matrices.cols(), roots));
        return out;
    }
    for (const TransferBlock& block : p.blocks()) {
        const Rational size = natural_power(draw("t", roots), lift_degree(p));
        const Vector<Rational> direction = entrywise_power(
            draw_direction(static_cast<Index>(block.base.size())), inner_power(p));
        scatter(out, block.base, Vector<Rational>(size * direction));
    }
    return out;
}
template <class P>
Vector<Rational> draw_planted_base(const P& p) {
    return draw_planted_base(p, rational<Rational>());
}

/// Roots other than 0.
inline rc::Gen<Rational> nonzero_rational() {
    return rc::gen::map(rc::gen::pair(positive_rational<Rational>(), rc::gen::element(1, -1)),
                        [](const std::pair<Rational, int>& rs) { return rs.first * rs.second; });
}

/// K takes powers of norms that are rational only where the norms are: `group_power` at even k.
template <class P>
bool needs_rational_norms(const P& p) {
    return P::takes_depth(Exponent(5, 2)) && P::grouped && p.depth().is_even_integer();
}

/// Powers of rationals that the surrogate coordinates of one block must be for S and R∘K to be rational
/// there: the denominators of a and b; k_1 where R takes abs(β_i)^{2/k_1} with k_1 > 2; else 1.
template <class P>
std::vector<unsigned long> needed_powers(const P& p, std::size_t size) {
    const auto& inner = innermost(p);
    if constexpr (HasExponents<P>)
        return {static_cast<unsigned long>(inner.exponents().first.den()),
                static_cast<unsigned long>(inner.exponents().second.den())};
    return std::vector<unsigned long>(size, inner_power(p) > 2 ? inner_power(p) : 1);
}

template <class P>
Vector<Rational> raised_to_needed_powers(const P& p, Vector<Rational> xi) {
    for (const TransferBlock& block : p.blocks()) {
        const std::vector<unsigned long> powers = needed_powers(p, block.surrogate.size());
        for (std::size_t i = 0; i < block.surrogate.size(); ++i) {
            Rational& entry = xi[block.surrogate[i]];
            entry = signed_power(entry, Exponent(static_cast<long>(powers[i])));
        }
    }
    return xi;
}

/// ξ at which K, S, their derivatives and a power of R∘K are rational: any rational vector, one of
/// powers, or one whose groups have rational lengths.
template <class P>
Vector<Rational> draw_surrogate(const P& p) {
    Vector<Rational> out = raised_to_needed_powers(
        p, draw("xi", vector<Rational>(p.surrogate_size(), rational<Rational>())));
    if (!needs_rational_norms(p)) return out;
    for (const TransferBlock& block : p.blocks()) {
        const Vector<Rational> u = draw("length", rational<Rational>()) *
                                   draw_direction(static_cast<Index>(block.base.size()));
        for (std::size_t i = 0; i < block.base.size(); ++i)
            out[block.surrogate[i]] = u[static_cast<Index>(i)];
    }
    return out;
}

/// A point of M(K(ξ)): the lift of a planted β, moved by a few symmetries.
template <class P>
Vector<Rational> draw_balanced(const P& p) {
    Vector<Rational> out = p.lift(draw_planted_base(p));
    const std::vector<SignedPermutation> symmetries = p.symmetries();
    if (symmetries.empty()) return out;
    for (int i = 0; i < 4; ++i)
        out = symmetries[*rc::gen::inRange<std::size_t>(0, symmetries.size()).as("symmetry")](out);
    return out;
}

/// Balanced, balanced but for one coordinate, or anything: "all 0 iff" needs all three.
template <class P>
Vector<Rational> draw_balanced_or_not(const P& p) {
    const int kind = *rc::gen::inRange(0, 3).as("0 balanced, 1 nearly, 2 any");
    const bool no_neighbours = needs_rational_norms(p) || inner_power(p) > 2;
    if (kind == 2 || (kind == 1 && no_neighbours)) return draw_surrogate(p);
    Vector<Rational> out = draw_balanced(p);
    if (kind == 1) {
        const Index moved = *rc::gen::inRange<Index>(0, out.size()).as("moved coordinate");
        const Rational shift = draw("shift", rational<Rational>());
        if constexpr (HasExponents<P>) {
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
