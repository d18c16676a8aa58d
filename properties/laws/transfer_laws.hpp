#pragma once

/// @file
/// The laws of a transfer that are equations or inequalities between rationals: each is drawn and
/// decided exactly. A law is a function of one transfer that draws its own point; `hold` runs it on
/// every example of a type, `is_refuted` demands that it fails on one of them.

#include "generators/transfer_points.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hadamard::laws {

/// The examples over P's scalar: over `Rational` only integer depths, where powers are rational.
template <class P>
std::vector<P> examples() {
    std::vector<P> out;
    for (const TransferSpec& spec : P::example_specs())
        if (spec.depth.is_integer() || !ScalarTraits<typename P::Scalar>::is_exact)
            out.push_back(P::from(spec));
    return out;
}

template <class P, class Law>
void hold(const char* name, Law law) {
    const std::vector<P> all = examples<P>();
    ASSERT_FALSE(all.empty()) << "a law checked on nothing holds of nothing";
    for (std::size_t i = 0; i < all.size(); ++i) {
        SCOPED_TRACE("example " + std::to_string(i) + ", depth " + all[i].depth().text());
        EXPECT_TRUE(rc::check(name, [&] { law(all[i]); }));
    }
}

/// Some example breaks the law. Silent: here a counterexample is the expected outcome. An exception
/// is not one: the mutant must be wrong, not out of its domain.
template <class P, class Law>
bool is_refuted(Law law) {
    const std::vector<P> all = examples<P>();
    return std::any_of(all.begin(), all.end(), [&](const P& p) {
        rc::detail::FailureResult failure;
        return rc::detail::checkTestable([&] { law(p); }).match(failure) &&
               !failure.description.starts_with("Exception");
    });
}

/// ξ with every coordinate outside the block set to 0.
template <class T>
Vector<T> restricted(const Vector<T>& xi, const IndexList& kept) {
    Vector<T> out = Vector<T>::Constant(xi.size(), T(0));
    scatter(out, kept, gather(xi, kept));
    return out;
}

/// ‖b‖_p², p = 2 / inner_power, which for all but mixed_group is ‖b‖₂². Of ratios of entries, which
/// are powers of rationals on lifts as well, where entries need not be.
template <class P>
Rational squared_length(const P& p, const Vector<Rational>& b) {
    const unsigned long power = gen::inner_power(p);
    Rational largest(0), sum(0);
    for (Index i = 0; i < b.size(); ++i) largest = larger(largest, magnitude(b[i]));
    if (largest == 0) return largest;
    for (Index i = 0; i < b.size(); ++i)
        sum += abs_power(Rational(b[i] / largest), Exponent(2, static_cast<long>(power)));
    return largest * largest * natural_power(sum, power);
}

/// The degree of K: k, but for young_product, where K is bilinear at every k.
template <class P>
long map_degree(const P& p) {
    return gen::HasExponents<P> ? 2 : p.depth().num();
}

/// Coordinates of the surrogate vector that no block lists.
template <class P>
Index untransferred(const P&) {
    return 0;
}

/// The polynomial through the points (i, values[i]), i = 0 … n, by Newton's divided differences;
/// returns its coefficients of t and t².
inline std::pair<Rational, Rational> first_coefficients(std::vector<Rational> values) {
    const std::size_t n = values.size();
    for (std::size_t order = 1; order < n; ++order)
        for (std::size_t i = n - 1; i >= order; --i)
            values[i] = (values[i] - values[i - 1]) / Rational(static_cast<long>(order));
    // Horner's scheme in the Newton basis, kept to degree 2: p ← values[i] + (t − i) p.
    Rational c0(0), c1(0), c2(0);
    for (std::size_t i = n; i-- > 0;) {
        const Rational node(static_cast<long>(i));
        c2 = c1 - node * c2;
        c1 = c0 - node * c1;
        c0 = values[i] - node * c0;
    }
    return {c1, c2};
}

/// ⟨DK(ξ)[v], g⟩ = ⟨v, DK(ξ)ᵀg⟩.
inline constexpr auto pullback_is_adjoint = [](const auto& p) {
    const Vector<Rational> xi = gen::draw_surrogate(p);
    const Vector<Rational> v = gen::draw("v", gen::vector<Rational>(p.surrogate_size()));
    const Vector<Rational> g = gen::draw("g", gen::vector<Rational>(p.base_size()));
    RC_ASSERT(p.pushforward(xi, v).dot(g) == v.dot(p.pullback(xi, g)));
};

/// ⟨Hv, z⟩ = ⟨v, Hz⟩ for H = ∇²⟨K, g⟩(ξ).
inline constexpr auto curvature_is_symmetric = [](const auto& p) {
    const Vector<Rational> xi = gen::draw_surrogate(p);
    const Vector<Rational> v = gen::draw("v", gen::vector<Rational>(p.surrogate_size()));
    const Vector<Rational> z = gen::draw("z", gen::vector<Rational>(p.surrogate_size()));
    const Vector<Rational> g = gen::draw("g", gen::vector<Rational>(p.base_size()));
    RC_ASSERT(p.curvature(xi, v, g).dot(z) == v.dot(p.curvature(xi, z, g)));
};

/// Where K is a polynomial, t ↦ ⟨K(ξ + tv), g⟩ has degree ≤ k; the polynomial through k + 1 of its
/// values has the slope and the bend that DKᵀg and the curvature claim.
inline constexpr auto derivatives_are_those_of_the_polynomial = [](const auto& p) {
    if (p.smoothness() != analytic) return;
    const Vector<Rational> xi = gen::draw_surrogate(p);
    const Vector<Rational> v = gen::draw("v", gen::vector<Rational>(p.surrogate_size()));
    const Vector<Rational> g = gen::draw("g", gen::vector<Rational>(p.base_size()));
    std::vector<Rational> values;
    for (long t = 0; t <= map_degree(p); ++t)
        values.push_back(p.apply(Vector<Rational>(xi + Rational(t) * v)).dot(g));
    const auto [slope, half_bend] = first_coefficients(values);
    RC_ASSERT(v.dot(p.pullback(xi, g)) == slope);
    RC_ASSERT(v.dot(p.curvature(xi, v, g)) == 2 * half_bend);
};

/// K(tξ) = t^k K(ξ) for t > 0 (k the degree of K) and Euler's identities DK(ξ)[ξ] = kK(ξ), ∇²⟨K, g⟩(ξ)[ξ] = (k−1) DKᵀg,
/// which reach the powers that are not polynomials.
inline constexpr auto map_is_homogeneous = [](const auto& p) {
    const Vector<Rational> xi = gen::draw_surrogate(p);
    const Vector<Rational> g = gen::draw("g", gen::vector<Rational>(p.base_size()));
    const Rational t = gen::draw("t", gen::positive_rational<Rational>());
    const Rational k(map_degree(p));
    const Rational scale = natural_power(t, static_cast<unsigned long>(map_degree(p)));
    const Vector<Rational> image = p.apply(xi);
    RC_ASSERT(p.apply(Vector<Rational>(t * xi)) == Vector<Rational>(scale * image));
    RC_ASSERT(p.pushforward(xi, xi) == Vector<Rational>(k * image));
    RC_ASSERT(p.curvature(xi, xi, g) == Vector<Rational>((k - 1) * p.pullback(xi, g)));
};

/// S = Σ_i S_i(ξ_i) with S_i(t^n ξ_i) = t^m S_i(ξ_i), m/n the exponent of the coordinate, and Euler's
/// identities for both derivatives, the second diagonal: what S is for young_product.
template <class P>
void check_penalty_is_a_sum_of_powers(const P& p, const Vector<Rational>& xi,
                                      const Vector<Rational>& v, const Rational& t) {
    const auto [a, b] = gen::innermost(p).exponents();
    const Vector<Rational> slope = p.penalty_gradient(xi), bend = p.penalty_hessian_times(xi, v);
    Rational total(0);
    for (const TransferBlock& block : p.blocks())
        for (std::size_t side = 0; side < 2; ++side) {
            const Index i = block.surrogate[side];
            const Exponent e = side == 0 ? a : b;
            const Vector<Rational> part = restricted(xi, {i});
            const Vector<Rational> longer = part * abs_power(t, e.den());
            RC_ASSERT(p.penalty(longer) == abs_power(t, e.num()) * p.penalty(part));
            RC_ASSERT(e.template as<Rational>() * p.penalty(part) == slope[i] * xi[i]);
            RC_ASSERT(xi[i] * bend[i] == (e - 1).template as<Rational>() * slope[i] * v[i]);
            total += p.penalty(part);
        }
    RC_ASSERT(total == p.penalty(xi));
}

/// S(ξ + v) = S(ξ) + ⟨∇S(ξ), v⟩ + ½⟨∇²S v, v⟩ and S(0) = 0: S is a quadratic form, with
/// these derivatives. With other exponents than 2 (young_product), what stands in its place.
inline constexpr auto penalty_is_quadratic = [](const auto& p) {
    const Vector<Rational> xi = gen::draw_surrogate(p);
    const Vector<Rational> v = gen::draw("v", gen::vector<Rational>(p.surrogate_size()));
    if constexpr (gen::HasExponents<std::remove_cvref_t<decltype(p)>>) {
        const Rational t = gen::draw("t", gen::positive_rational<Rational>());
        check_penalty_is_a_sum_of_powers(p, xi, v, t);
        const auto [a, b] = gen::innermost(p).exponents();
        if (!(a == Exponent(2) && b == Exponent(2))) return;
    }
    const Vector<Rational> moved = xi + v, zero = xi - xi;
    const Rational slope = p.penalty_gradient(xi).dot(v);
    const Rational bend = p.penalty_hessian_times(xi, v).dot(v);
    RC_ASSERT(p.penalty(zero) == 0);
    RC_ASSERT(p.penalty(moved) == p.penalty(xi) + slope + bend / 2);
    RC_ASSERT(p.penalty_hessian_times(moved, xi) == p.penalty_gradient(xi));
};

/// K(lift(β)) = β, S(lift(β)) = R(β), lift(β) ∈ M(β).
inline constexpr auto lift_is_a_right_inverse = [](const auto& p) {
    const Vector<Rational> beta = gen::draw_planted_base(p);
    const Vector<Rational> xi = p.lift(beta);
    RC_ASSERT(p.apply(xi) == beta);
    RC_ASSERT(p.penalty(xi) == p.induced().value(beta));
    RC_ASSERT(on_minimal_fibre(p, xi));
};

/// S/w ≥ ‖B‖_* = σ_1 + σ_2 for B with at most two rows or columns, with equality iff balanced. Decided
/// without roots: (S/w)² ≥ ‖B‖_F² + 2√δ, δ = Σ of squared 2 × 2 minors, iff e = (S/w)² − ‖B‖_F² ≥ 0 and e² ≥ 4δ.
template <class P>
void surrogate_majorizes_nuclear_norm(const P& p, const Vector<Rational>& xi) {
    const Index rows = gen::innermost(p).rows(), cols = gen::innermost(p).cols();
    if (std::min(rows, cols) > 2) return;
    const Rational share = p.penalty(xi) / p.induced().blocks().front().weight;
    const Vector<Rational> image = gather(p.apply(xi), p.blocks().front().base);
    const Matrix<Rational> B = image.reshaped(rows, cols);
    Rational minors(0);
    for (Index j = 0; j < B.cols(); ++j)
        for (Index l = 0; l < j; ++l)
            for (Index i = 0; i < B.rows(); ++i)
                for (Index h = 0; h < i; ++h) {
                    const Rational minor = B(h, l) * B(i, j) - B(h, j) * B(i, l);
                    minors += minor * minor;
                }
    const Rational excess = share * share - Rational(image.squaredNorm());
    RC_ASSERT(excess >= 0 && excess * excess >= 4 * minors);
    RC_ASSERT((excess * excess == 4 * minors) == on_minimal_fibre(p, xi));
}

/// S_j(ξ) ≥ w_j ‖K(ξ)_j‖^{2/k} in every block j, with equality iff the block is balanced. Decided
/// as (S_j/w_j)^k ≥ ‖K(ξ)_j‖²: without roots but for those the generator provides for.
inline constexpr auto surrogate_majorizes_induced = [](const auto& p) {
    const Vector<Rational> xi = gen::draw_balanced_or_not(p);
    if constexpr (gen::is_matrix_transfer<std::decay_t<decltype(p)>>)
        return surrogate_majorizes_nuclear_norm(p, xi);
    const std::vector<TransferBlock> blocks = p.blocks();
    const std::vector<PenaltyBlock<Rational>> penalised = p.induced().blocks();
    const unsigned long k = static_cast<unsigned long>(p.depth().num());
    bool all_equal = true;
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        const Vector<Rational> part = restricted(xi, blocks[j].surrogate);
        const Rational share = p.penalty(part) / penalised[j].weight;
        const Rational upper = natural_power(share, k);
        const Rational lower = squared_length(p, gather(p.apply(part), blocks[j].base));
        RC_ASSERT(upper >= lower);
        RC_ASSERT((upper == lower) == on_minimal_fibre(p, part));
        all_equal = all_equal && upper == lower;
    }
    RC_ASSERT(all_equal == on_minimal_fibre(p, xi));
};

/// K(σξ) = K(ξ) and S(σξ) = S(ξ) for every generator σ.
inline constexpr auto symmetries_fix_map_and_penalty = [](const auto& p) {
    const Vector<Rational> xi = gen::draw_surrogate(p);
    for (const SignedPermutation& symmetry : p.symmetries()) {
        const Vector<Rational> moved = symmetry(xi);
        RC_ASSERT(p.apply(moved) == p.apply(xi));
        RC_ASSERT(p.penalty(moved) == p.penalty(xi));
    }
};

/// The blocks are disjoint, cover what is transferred, and K, S and R split over them.
inline constexpr auto blocks_separate = [](const auto& p) {
    const std::vector<TransferBlock> blocks = p.blocks();
    const std::vector<PenaltyBlock<Rational>> penalised = p.induced().blocks();
    RC_ASSERT(blocks.size() == penalised.size());
    std::vector<int> base(static_cast<std::size_t>(p.base_size()), 0);
    std::vector<int> surrogate(static_cast<std::size_t>(p.surrogate_size()), 0);
    const Vector<Rational> xi = gen::draw_surrogate(p), image = p.apply(xi);
    Rational total(0);
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        RC_ASSERT(blocks[j].base == penalised[j].indices);
        for (const Index i : blocks[j].base) ++base.at(static_cast<std::size_t>(i));
        for (const Index a : blocks[j].surrogate) ++surrogate.at(static_cast<std::size_t>(a));
        const Vector<Rational> part = restricted(xi, blocks[j].surrogate);
        RC_ASSERT(p.apply(part) == restricted(image, blocks[j].base));
        total += p.penalty(part);
    }
    RC_ASSERT(total == p.penalty(xi));
    RC_ASSERT(*std::max_element(base.begin(), base.end()) == 1);
    RC_ASSERT(*std::max_element(surrogate.begin(), surrogate.end()) == 1);
    RC_ASSERT(std::count(base.begin(), base.end(), 0) == untransferred(p));
    RC_ASSERT(std::count(surrogate.begin(), surrogate.end(), 0) == untransferred(p));
};

namespace detail {

/// The values an entry of a point of M(β) may have: 0 and ± that of the lift's entry; where one
/// coordinate of β has several, all of theirs for each (one is 0 for the difference, two differ for
/// young_product).
template <class P>
std::vector<std::vector<Rational>> candidate_values(const P& p, const Vector<Rational>& lifted) {
    std::vector<std::vector<Rational>> out(static_cast<std::size_t>(lifted.size()));
    for (const TransferBlock& block : p.blocks())
        for (const Index a : block.surrogate) {
            std::vector<Rational>& values = out[static_cast<std::size_t>(a)];
            values = {0, lifted[a], Rational(-lifted[a])};
            if (block.base.size() == 1)
                for (const Index b : block.surrogate)
                    values.insert(values.end(), {lifted[b], Rational(-lifted[b])});
            std::sort(values.begin(), values.end());
            values.erase(std::unique(values.begin(), values.end()), values.end());
        }
    return out;
}

/// Every point with one of `values` in each of the coordinates the blocks list, filtered by `keep`.
template <class Keep>
std::vector<Vector<Rational>> search(const std::vector<std::vector<Rational>>& values,
                                     const IndexList& free, const Vector<Rational>& start,
                                     Keep keep) {
    std::vector<Vector<Rational>> out;
    std::vector<std::size_t> digits(free.size(), 0);
    const auto values_of = [&](std::size_t i) -> const std::vector<Rational>& {
        return values[static_cast<std::size_t>(free[i])];
    };
    while (true) {
        Vector<Rational> point = start;
        for (std::size_t i = 0; i < free.size(); ++i) point[free[i]] = values_of(i)[digits[i]];
        if (keep(point)) out.push_back(point);
        std::size_t i = 0;
        while (i < digits.size() && digits[i] + 1 == values_of(i).size()) digits[i++] = 0;
        if (i == digits.size()) return out;
        ++digits[i];
    }
}

}  // namespace detail

/// The orbit of lift(β) is M(β), found by trying every sign and every zero: 3^D points, D ≤ 8; for
/// young_product with a ≠ b 5^D, as long as that is no more. Not where M(β) is infinite.
inline constexpr auto orbit_of_the_lift_is_the_minimal_fibre = [](const auto& p) {
    if constexpr (gen::is_matrix_transfer<std::decay_t<decltype(p)>>) return;
    const Vector<Rational> beta = gen::draw_planted_base(p), lifted = p.lift(beta);
    IndexList free;
    for (const TransferBlock& block : p.blocks())
        free.insert(free.end(), block.surrogate.begin(), block.surrogate.end());
    const std::vector<std::vector<Rational>> values = detail::candidate_values(p, lifted);
    double points = 1;
    for (const Index a : free)
        points *= static_cast<double>(values[static_cast<std::size_t>(a)].size());
    if (free.size() > 8 || points > 6561) return;
    const std::vector<Vector<Rational>> expected = detail::search(
        values, free, lifted, [&](const Vector<Rational>& point) {
            return on_minimal_fibre(p, point) && p.apply(point) == beta;
        });
    const std::vector<Vector<Rational>> orbit = minimal_fibre(p, beta, 1000);
    RC_ASSERT(orbit.front() == lifted);
    RC_ASSERT(std::is_permutation(orbit.begin(), orbit.end(), expected.begin(), expected.end()));
    const std::vector<Vector<Rational>> first = minimal_fibre(p, beta, 2);
    RC_ASSERT(first.size() == std::min<std::size_t>(2, orbit.size()));
    RC_ASSERT(std::equal(first.begin(), first.end(), orbit.begin()));
};

}  // namespace hadamard::laws
