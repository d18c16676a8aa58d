#include "laws/transfer_laws.hpp"

#include "generators/scalars.hpp"
#include "generators/transfer_points.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"

#include <rapidcheck.h>

#include <algorithm>

namespace hadamard::laws {
namespace {

using V = Vector<Rational>;

V draw_vector(const char* name, Index size) { return gen::draw(name, gen::vector<Rational>(size)); }

/// ξ with every coordinate outside the block set to 0.
V restricted(const V& xi, const IndexList& kept) {
    V out = V::Constant(xi.size(), Rational(0));
    scatter(out, kept, gather(xi, kept));
    return out;
}

/// ‖b‖_p², p = 2 / inner_power, which for all but mixed_group is ‖b‖₂². Of ratios of entries, which
/// are powers of rationals on lifts as well, where entries need not be.
Rational squared_length(const Specimen& p, const V& b) {
    const unsigned long power = p.needs.inner_power;
    Rational largest(0), sum(0);
    for (Index i = 0; i < b.size(); ++i) largest = larger(largest, magnitude(b[i]));
    if (largest == 0) return largest;
    for (Index i = 0; i < b.size(); ++i)
        sum += abs_power(Rational(b[i] / largest), Exponent(2, static_cast<long>(power)));
    return largest * largest * natural_power(sum, power);
}

/// The degree of K: k, but for young_product, where K is bilinear at every k.
long map_degree(const Specimen& p) { return p.needs.exponents ? 2 : p.depth().num(); }

}  // namespace

std::pair<Rational, Rational> first_coefficients(std::vector<Rational> values) {
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

void pullback_is_adjoint(const Specimen& p) {
    const V xi = gen::draw_surrogate(p), v = draw_vector("v", p.surrogate_size());
    const V g = draw_vector("g", p.base_size());
    RC_ASSERT(p.pushforward(xi, v).dot(g) == v.dot(p.pullback(xi, g)));
}

void curvature_is_symmetric(const Specimen& p) {
    const V xi = gen::draw_surrogate(p), v = draw_vector("v", p.surrogate_size());
    const V z = draw_vector("z", p.surrogate_size()), g = draw_vector("g", p.base_size());
    RC_ASSERT(p.curvature(xi, v, g).dot(z) == v.dot(p.curvature(xi, z, g)));
}

void derivatives_are_those_of_the_polynomial(const Specimen& p) {
    if (p.smoothness() != analytic) return;
    const V xi = gen::draw_surrogate(p), v = draw_vector("v", p.surrogate_size());
    const V g = draw_vector("g", p.base_size());
    std::vector<Rational> values;
    for (long t = 0; t <= map_degree(p); ++t)
        values.push_back(p.apply(V(xi + Rational(t) * v)).dot(g));
    const auto [slope, half_bend] = first_coefficients(values);
    RC_ASSERT(v.dot(p.pullback(xi, g)) == slope);
    RC_ASSERT(v.dot(p.curvature(xi, v, g)) == 2 * half_bend);
}

void map_is_homogeneous(const Specimen& p) {
    const V xi = gen::draw_surrogate(p), g = draw_vector("g", p.base_size());
    const Rational t = gen::draw("t", gen::positive_rational<Rational>());
    const Rational k(map_degree(p));
    const Rational scale = natural_power(t, static_cast<unsigned long>(map_degree(p)));
    const V image = p.apply(xi);
    RC_ASSERT(p.apply(V(t * xi)) == V(scale * image));
    RC_ASSERT(p.pushforward(xi, xi) == V(k * image));
    RC_ASSERT(p.curvature(xi, xi, g) == V((k - 1) * p.pullback(xi, g)));
}

namespace {

void check_penalty_is_a_sum_of_powers(const Specimen& p, const V& xi, const V& v,
                                      const Rational& t) {
    const auto [a, b] = *p.needs.exponents;
    const V slope = p.penalty_gradient(xi), bend = p.penalty_hessian_times(xi, v);
    Rational total(0);
    for (const TransferBlock& block : p.blocks())
        for (std::size_t side = 0; side < 2; ++side) {
            const Index i = block.surrogate[side];
            const Exponent e = side == 0 ? a : b;
            const V part = restricted(xi, {i});
            const V longer = part * abs_power(t, e.den());
            RC_ASSERT(p.penalty(longer) == abs_power(t, e.num()) * p.penalty(part));
            RC_ASSERT(e.as<Rational>() * p.penalty(part) == slope[i] * xi[i]);
            RC_ASSERT(xi[i] * bend[i] == (e - 1).as<Rational>() * slope[i] * v[i]);
            total += p.penalty(part);
        }
    RC_ASSERT(total == p.penalty(xi));
}

}  // namespace

void penalty_is_quadratic(const Specimen& p) {
    const V xi = gen::draw_surrogate(p), v = draw_vector("v", p.surrogate_size());
    if (p.needs.exponents) {
        const Rational t = gen::draw("t", gen::positive_rational<Rational>());
        check_penalty_is_a_sum_of_powers(p, xi, v, t);
        const auto [a, b] = *p.needs.exponents;
        if (!(a == Exponent(2) && b == Exponent(2))) return;
    }
    const V moved = xi + v, zero = xi - xi;
    const Rational slope = p.penalty_gradient(xi).dot(v);
    const Rational bend = p.penalty_hessian_times(xi, v).dot(v);
    RC_ASSERT(p.penalty(zero) == 0);
    RC_ASSERT(p.penalty(moved) == p.penalty(xi) + slope + bend / 2);
    RC_ASSERT(p.penalty_hessian_times(moved, xi) == p.penalty_gradient(xi));
}

void lift_is_a_right_inverse(const Specimen& p) {
    const V beta = gen::draw_planted_base(p), xi = p.lift(beta);
    RC_ASSERT(p.apply(xi) == beta);
    RC_ASSERT(p.penalty(xi) == p.induced().value(beta));
    RC_ASSERT(on_minimal_fibre(p, xi));
}

namespace {

void surrogate_majorizes_nuclear_norm(const Specimen& p, const V& xi) {
    const auto [rows, cols] = *p.needs.shape;
    if (std::min(rows, cols) > 2) return;
    const Rational share = p.penalty(xi) / p.induced().blocks().front().weight;
    const V image = gather(p.apply(xi), p.blocks().front().base);
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

}  // namespace

void surrogate_majorizes_induced(const Specimen& p) {
    const V xi = gen::draw_balanced_or_not(p);
    if (p.needs.shape) return surrogate_majorizes_nuclear_norm(p, xi);
    const std::vector<TransferBlock> blocks = p.blocks();
    const std::vector<PenaltyBlock<Rational>> penalised = p.induced().blocks();
    const unsigned long k = static_cast<unsigned long>(p.depth().num());
    bool all_equal = true;
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        const V part = restricted(xi, blocks[j].surrogate);
        const Rational share = p.penalty(part) / penalised[j].weight;
        const Rational upper = natural_power(share, k);
        const Rational lower = squared_length(p, gather(p.apply(part), blocks[j].base));
        RC_ASSERT(upper >= lower);
        RC_ASSERT((upper == lower) == on_minimal_fibre(p, part));
        all_equal = all_equal && upper == lower;
    }
    RC_ASSERT(all_equal == on_minimal_fibre(p, xi));
}

void symmetries_fix_map_and_penalty(const Specimen& p) {
    const V xi = gen::draw_surrogate(p);
    for (const SignedPermutation& symmetry : p.symmetries()) {
        const V moved = symmetry(xi);
        RC_ASSERT(p.apply(moved) == p.apply(xi));
        RC_ASSERT(p.penalty(moved) == p.penalty(xi));
    }
}

void blocks_separate(const Specimen& p) {
    const std::vector<TransferBlock> blocks = p.blocks();
    const std::vector<PenaltyBlock<Rational>> penalised = p.induced().blocks();
    RC_ASSERT(blocks.size() == penalised.size());
    std::vector<int> base(static_cast<std::size_t>(p.base_size()), 0);
    std::vector<int> surrogate(static_cast<std::size_t>(p.surrogate_size()), 0);
    const V xi = gen::draw_surrogate(p), image = p.apply(xi);
    Rational total(0);
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        RC_ASSERT(blocks[j].base == penalised[j].indices);
        for (const Index i : blocks[j].base) ++base.at(static_cast<std::size_t>(i));
        for (const Index a : blocks[j].surrogate) ++surrogate.at(static_cast<std::size_t>(a));
        const V part = restricted(xi, blocks[j].surrogate);
        RC_ASSERT(p.apply(part) == restricted(image, blocks[j].base));
        total += p.penalty(part);
    }
    RC_ASSERT(total == p.penalty(xi));
    RC_ASSERT(*std::max_element(base.begin(), base.end()) == 1);
    RC_ASSERT(*std::max_element(surrogate.begin(), surrogate.end()) == 1);
    RC_ASSERT(std::count(base.begin(), base.end(), 0) == p.needs.untransferred);
    RC_ASSERT(std::count(surrogate.begin(), surrogate.end(), 0) == p.needs.untransferred);
}

namespace {

/// The values an entry of a point of M(β) may have: 0 and ± that of the lift's entry; where one
/// coordinate of β has several, all of theirs for each (one is 0 for the difference, two differ for
/// young_product).
std::vector<std::vector<Rational>> candidate_values(const Specimen& p, const V& lifted) {
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
std::vector<V> search(const std::vector<std::vector<Rational>>& values, const IndexList& free,
                      const V& start, Keep keep) {
    std::vector<V> out;
    std::vector<std::size_t> digits(free.size(), 0);
    const auto values_of = [&](std::size_t i) -> const std::vector<Rational>& {
        return values[static_cast<std::size_t>(free[i])];
    };
    while (true) {
        V point = start;
        for (std::size_t i = 0; i < free.size(); ++i) point[free[i]] = values_of(i)[digits[i]];
        if (keep(point)) out.push_back(point);
        std::size_t i = 0;
        while (i < digits.size() && digits[i] + 1 == values_of(i).size()) digits[i++] = 0;
        if (i == digits.size()) return out;
        ++digits[i];
    }
}

}  // namespace

void orbit_of_the_lift_is_the_minimal_fibre(const Specimen& p) {
    if (p.needs.shape) return;
    const V beta = gen::draw_planted_base(p), lifted = p.lift(beta);
    IndexList free;
    for (const TransferBlock& block : p.blocks())
        free.insert(free.end(), block.surrogate.begin(), block.surrogate.end());
    const std::vector<std::vector<Rational>> values = candidate_values(p, lifted);
    double points = 1;
    for (const Index a : free)
        points *= static_cast<double>(values[static_cast<std::size_t>(a)].size());
    if (free.size() > 8 || points > 6561) return;
    const std::vector<V> expected = search(values, free, lifted, [&](const V& point) {
        return on_minimal_fibre(p, point) && p.apply(point) == beta;
    });
    const std::vector<V> orbit = minimal_fibre(p, beta, 1000);
    RC_ASSERT(orbit.front() == lifted);
    RC_ASSERT(std::is_permutation(orbit.begin(), orbit.end(), expected.begin(), expected.end()));
    const std::vector<V> first = minimal_fibre(p, beta, 2);
    RC_ASSERT(first.size() == std::min<std::size_t>(2, orbit.size()));
    RC_ASSERT(std::equal(first.begin(), first.end(), orbit.begin()));
}

}  // namespace hadamard::laws
