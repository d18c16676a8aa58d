/// @claim svf.openness
///
/// Statement   K maps neighbourhoods of every ξ ∈ M(β) onto neighbourhoods of β. hadamard_product and
///             hadamard_difference are open at every ξ. group_product is open at ξ except where u_j ≠ 0
///             and Π_l ν_{j,l} = 0 in a group of two or more, mixed_group except where γ_j = ⊙_l u_{j,l} ≠ 0
///             and Π_r ν_{j,r} = 0 in one; the shared products except where the vector u_j ≠ 0 and the
///             shared factor is 0.
/// Hypotheses  none for points of M; the transfers named above elsewhere.
/// Source      arXiv 2307.03571 [SE], 2207.03512 [LKB].
/// Argument    Blocks separate, so one block is enough. K = γ m(s), γ = ⊙ u_l (one vector but for
///             mixed_group), m = Π s_l or abs(s)^{k−1}. γ reaches every γ + δ near it by itself: where
///             γ_i ≠ 0 by u_{1,i}, where z factors of γ_i vanish with these at ±s and s: ± p s^z, p the
///             product of the others. m ≠ 0: so does K.
///             m = 0, γ = 0: the vanishing scalars at s make m' ≠ 0, and γ' = δ/m' is as near to 0 as
///             is wanted. m = 0, γ ≠ 0 a scalar, m signed: z scalars at ±s reach ± γ p s^z.
///             m = 0, γ ≠ 0 otherwise: K(ξ') is a multiple of γ' (≥ 0 when shared), and γ'·γ > 0 while every
///             nonzero factor keeps its sign: every t e with e ⟂ γ, t ≠ 0, is missed (shared: every −t γ).
///             u^k − v^k: u' = u + s moves K strictly monotonically where k is odd or u ≠ 0, else v' = v + s
///             where v ≠ 0; at 0 u' = s and v' = s reach ±s^k.
///             On M, m = 0 only with γ = 0; a full rank of DK suffices for any transfer.
/// Machine     Points with any pattern of zeros. "Open": the formula's ξ' for s = 10^−1, 10^−3, 10^−6 and both
///             signs; K(ξ') is the perturbed β exactly, over Rational, at the stated distance. "Missed":
///             e ⟂ γ exactly, and at drawn ξ' of the ball that K(ξ') ∥ γ' and γ'·γ > 0. Transfers
///             without a formula here: exact rank of DK over Rational, else
///             undecided. Sampled: supported.
/// Mutants     open everywhere; open only where DK is onto; preimages at a linear rate.

#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "hadamard/core/elementary.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace hadamard::verify {
namespace {

enum class Shape { product, shared, difference, unknown };

/// Which preimage formula is known: these are facts about formulas, which no trait states.
Shape shape_of(const std::string& name) {
    for (const char* product :
         {"hadamard_product", "group_product", "young_product", "mixed_group"})
        if (name == product) return Shape::product;
    if (name == "shared_product" || name == "group_shared_product") return Shape::shared;
    if (name == "hadamard_difference") return Shape::difference;
    return Shape::unknown;
}

/// One block of ξ: vectors u_l, each as long as the block of β, and the scalars after them.
struct Block {
    IndexList base;
    std::vector<IndexList> vectors;
    IndexList scalars;
};

/// How many of a block's factors are vectors: of the k factors of a product in m coordinates k_1 have m
/// entries and k − k_1 have one. In one coordinate a vector is a scalar.
std::size_t vector_count(const TransferBlock& block, const TransferSpec& spec, Shape shape) {
    const std::size_t m = block.base.size();
    if (shape != Shape::product || m == 1) return 1;
    return (block.surrogate.size() - static_cast<std::size_t>(spec.depth.num())) / (m - 1);
}

Block split(const TransferBlock& block, const TransferSpec& spec, Shape shape) {
    Block out{block.base, {}, {}};
    const std::size_t m = block.base.size();
    auto next = block.surrogate.begin();
    for (std::size_t l = 0; l < vector_count(block, spec, shape); ++l) {
        const auto end = next + static_cast<std::ptrdiff_t>(m);
        out.vectors.emplace_back(next, end);
        next = end;
    }
    out.scalars.assign(next, block.surrogate.end());
    return out;
}

/// γ = ⊙ u_l at this point.
Vector<Rational> vector_product(const Block& block, const Vector<Rational>& xi) {
    Vector<Rational> out = gather(xi, block.vectors.front());
    for (std::size_t l = 1; l < block.vectors.size(); ++l)
        out = out.cwiseProduct(gather(xi, block.vectors[l])).eval();
    return out;
}

class Case {
public:
    Case(Trial& trial, const TransferSpec& spec, Vector<Rational> xi)
        : trial_(trial),
          spec_(spec),
          transfer_(make_transfer<Rational>(spec)),
          xi_(std::move(xi)),
          beta_(transfer_.apply(xi_)) {}

    const AnyTransfer<Rational>& transfer() const { return transfer_; }
    const Vector<Rational>& xi() const { return xi_; }

    /// K at ξ with γ = e_1 in the block: m(s).
    Rational multiplier(const Block& block) const {
        Vector<Rational> probe = xi_;
        for (const IndexList& vector : block.vectors) {
            for (const Index a : vector) probe[a] = 0;
            probe[vector.front()] = 1;
        }
        return transfer_.apply(probe)[block.base.front()];
    }

    /// K(ξ') = β + δ exactly, δ ≠ 0, and every entry moved by at most `distance`.
    void expect_reached(const Vector<Rational>& near, const Vector<Rational>& delta,
                        const Rational& distance) {
        const Vector<Rational> goal = beta_ + delta;
        trial_.note_margin([&] { return margin_of_equal(transfer_.apply(near), goal); });
        bool holds = transfer_.apply(near) == goal && !delta.isZero();
        for (Index a = 0; a < near.size(); ++a)
            holds = holds && magnitude(Rational(near[a] - xi_[a])) <= distance;
        trial_.expect("open by a preimage formula", holds, [&] {
            nlohmann::ordered_json out = witness();
            out["goal"] = exact_list(goal);
            out["preimage"] = exact_list(near);
            out["image"] = exact_list(transfer_.apply(near));
            return out;
        });
    }

    nlohmann::ordered_json witness() const {
        nlohmann::ordered_json out;
        out["transfer"] = spec_.name;
        out["depth"] = spec_.depth.text();
        out["base_size"] = spec_.base_size;
        if (!spec_.groups.empty()) out["groups"] = spec_.groups;
        if (spec_.inner_depth > 0) out["inner_depth"] = spec_.inner_depth;
        for (const Exponent e : spec_.exponents) out["exponents"].push_back(e.text());
        out["surrogate_point"] = exact_list(xi_);
        return out;
    }

    Trial& trial() { return trial_; }
    const TransferSpec& spec() const { return spec_; }

private:
    Trial& trial_;
    TransferSpec spec_;
    AnyTransfer<Rational> transfer_;
    Vector<Rational> xi_;
    Vector<Rational> beta_;
};

std::vector<Rational> steps() { return {Rational(1, 10), Rational(1, 1000), Rational(1, 1000000)}; }

Vector<Rational> draw_direction(Tape& tape, std::size_t size) {
    Vector<Rational> out = draw_point(tape, static_cast<Index>(size));
    if (out.isZero()) out[0] = 1;
    return out;
}

/// sup |x|.
Rational largest(const Vector<Rational>& x) {
    Rational out = 0;
    for (Index i = 0; i < x.size(); ++i) out = larger(out, magnitude(x[i]));
    return out;
}

/// γ' next to γ: where γ_i ≠ 0 by u_{1,i} + r e_i, else with its vanishing factors at r e_i and r.
void move_vectors(const Block& block, const Vector<Rational>& e, const Rational& r,
                  Vector<Rational>& xi) {
    const Vector<Rational> gamma = vector_product(block, xi);
    for (std::size_t i = 0; i < block.base.size(); ++i) {
        const Rational step = r * e[static_cast<Index>(i)];
        if (gamma[static_cast<Index>(i)] != 0) {
            xi[block.vectors.front()[i]] += step;
            continue;
        }
        bool first = true;
        for (const IndexList& vector : block.vectors) {
            if (xi[vector[i]] != 0) continue;
            xi[vector[i]] = first ? step : magnitude(r);
            first = false;
        }
    }
}

/// m ≠ 0: γ' alone.
void reach_by_vectors(Case& at, const Block& block, const Rational& m) {
    const Vector<Rational> e = draw_direction(at.trial().tape(), block.base.size());
    const Vector<Rational> before = vector_product(block, at.xi());
    for (const Rational& s : steps())
        for (const int sign : {1, -1}) {
            Vector<Rational> near = at.xi();
            move_vectors(block, e, sign * s, near);
            const Vector<Rational> change = vector_product(block, near) - before;
            Vector<Rational> delta = Vector<Rational>::Constant(at.spec().base_size, Rational(0));
            scatter<Rational>(delta, block.base, m * change);
            at.expect_reached(near, delta, s * larger(Rational(1), largest(e)));
        }
}

/// m = 0, and γ = 0 or a scalar under a signed m: the vanishing scalars at r, a rational whose powers in
/// K are rational, and γ' = γ or next to 0.
void reach_by_scalars(Case& at, const Block& block, Shape shape) {
    const bool fixed = !vector_product(block, at.xi()).isZero();
    const Vector<Rational> e = draw_direction(at.trial().tape(), block.base.size());
    for (const Rational& s : steps())
        for (const int sign : {1, -1}) {
            const Rational r =
                shape == Shape::shared ? abs_power(s, Exponent(at.spec().depth.den())) : s;
            Vector<Rational> near = at.xi();
            bool first = true;
            for (const Index a : block.scalars) {
                if (near[a] != 0) continue;
                near[a] = fixed && first ? Rational(sign * r) : r;
                first = false;
            }
            if (!fixed) move_vectors(block, e, sign * r, near);
            Rational m = 1;
            for (const Index a : block.scalars) m *= near[a];
            if (shape == Shape::shared) m = abs_power(r, at.spec().depth - 1);
            Vector<Rational> delta = Vector<Rational>::Constant(at.spec().base_size, Rational(0));
            scatter<Rational>(delta, block.base, m * vector_product(block, near));
            at.expect_reached(near, delta, r * larger(Rational(1), largest(e)));
        }
}

/// u' = u + s, or v' = v + s: K moves strictly monotonically, through both signs.
void reach_by_difference(Case& at, const Block& block) {
    const Index u = block.vectors.front().front(), v = block.scalars.front(),
                i = block.base.front();
    const bool odd = at.spec().depth.is_odd_integer();
    const bool both_zero = at.xi()[u] == 0 && at.xi()[v] == 0;
    for (const Rational& s : steps())
        for (const int sign : {1, -1}) {
            Index moved = odd || at.xi()[u] != 0 ? u : v;
            if (!odd && both_zero) moved = sign > 0 ? u : v;
            // Even powers are monotone on the side of 0 that x is on: move by less than |x|.
            const Rational x = at.xi()[moved];
            const bool shorten = !odd && x != 0;
            const Rational step = shorten ? Rational(s * magnitude(x)) : s;
            Vector<Rational> near = at.xi();
            near[moved] += !odd && both_zero ? step : Rational(sign * step);
            const auto power = [&](const Rational& t) {
                return natural_power(t, static_cast<unsigned long>(at.spec().depth.num()));
            };
            Vector<Rational> delta = Vector<Rational>::Constant(at.spec().base_size, Rational(0));
            delta[i] = (moved == u ? 1 : -1) * (power(near[moved]) - power(x));
            at.expect_reached(near, delta, step);
        }
}

/// A direction that K misses near ξ: e ⟂ γ, or −γ where the multiplier is never negative.
Vector<Rational> missed_direction(const Vector<Rational>& gamma, Shape shape) {
    Vector<Rational> e = Vector<Rational>::Constant(gamma.size(), Rational(0));
    if (shape == Shape::shared) return Vector<Rational>(-gamma);
    Index a = 0;
    while (gamma[a] == 0) ++a;
    const Index b = a == 0 ? 1 : 0;
    e[a] = -gamma[b];
    e[b] = gamma[a];
    return e;
}

/// True once the argument of the docstring is checked: e is missed, and K behaves as the argument
/// says at points so near that no factor changes its sign.
bool misses(Case& at, const Block& block, Shape shape, const Vector<Rational>& e) {
    Tape& tape = at.trial().tape();
    const Vector<Rational> gamma = vector_product(block, at.xi());
    const bool direction =
        shape == Shape::shared ? e == Vector<Rational>(-gamma) : !e.isZero() && e.dot(gamma) == 0;
    const Index m = gamma.size();
    for (int tries = 0; tries < 3; ++tries) {
        Vector<Rational> near = at.xi();
        for (const IndexList& vector : block.vectors)
            for (const Index a : vector) {  // by at most half of itself
                const Rational size = near[a] == 0 ? Rational(1) : magnitude(near[a]);
                near[a] += size * tape.rational(5) / 10;
            }
        for (const Index a : block.scalars)
            near[a] += abs_power(tape.rational(5) / 5, Exponent(at.spec().depth.den()));
        const Vector<Rational> moved = vector_product(block, near);
        Vector<Rational> image;
        try {
            image = gather(at.transfer().apply(near), block.base);
        } catch (const NotRepresentable&) {
            continue;  // a scalar that was no perfect power was moved; the other tries count
        }
        for (Index a = 0; a < m; ++a)
            for (Index b = 0; b < a; ++b)
                if (image[a] * moved[b] != image[b] * moved[a]) return false;
        at.trial().note_margin([&] { return margin_of_obtuse(moved, Vector<Rational>(-gamma)); });
        if (moved.dot(gamma) <= 0) return false;
        if (shape == Shape::shared && image.dot(moved) < 0) return false;
    }
    return direction;
}

bool rank_is_full(const AnyTransfer<Rational>& transfer, const TransferBlock& block,
                  const Vector<Rational>& xi) {
    const Index m = static_cast<Index>(block.base.size());
    Matrix<Rational> A(m, static_cast<Index>(block.surrogate.size()));
    for (Index c = 0; c < A.cols(); ++c) {
        Vector<Rational> unit = Vector<Rational>::Constant(xi.size(), Rational(0));
        unit[block.surrogate[static_cast<std::size_t>(c)]] = 1;
        A.col(c) = gather(transfer.pushforward(xi, unit), block.base);
    }
    Index rank = 0;
    for (Index c = 0; c < A.cols() && rank < m; ++c) {
        Index pivot = rank;
        while (pivot < m && A(pivot, c) == 0) ++pivot;
        if (pivot == m) continue;
        A.row(rank).swap(A.row(pivot));
        for (Index r = rank + 1; r < m; ++r) {
            const Rational factor = A(r, c) / A(rank, c);
            for (Index j = c; j < A.cols(); ++j) A(r, j) -= factor * A(rank, j);
        }
        ++rank;
    }
    return rank == m;
}

bool is_smooth_at(const AnyTransfer<Rational>& transfer, const TransferBlock& block,
                  const Vector<Rational>& xi) {
    Vector<Rational> elsewhere = Vector<Rational>::Constant(xi.size(), Rational(1));
    scatter(elsewhere, block.surrogate, gather(xi, block.surrogate));
    return transfer.smoothness_at(elsewhere) >= 1;
}

enum class Rule { stated, open_everywhere };

/// Where K is one to one: ξ' = lift(β') for β' = (1 ± s)^N β, and ± s^N in zero blocks of β.
void reach_by_lift(Case& at) {
    const Exponent degree(transfer_traits(at.spec().name).lift_degree(at.spec()));
    const Vector<Rational> beta = at.transfer().apply(at.xi());
    for (const Rational& s : steps())
        for (const int sign : {1, -1}) {
            const Rational factor = abs_power(Rational(1 + sign * s), degree);
            Vector<Rational> goal = factor * beta;
            for (const TransferBlock& block : at.transfer().blocks())
                if (gather(beta, block.base).isZero())
                    goal[block.base.front()] = sign * abs_power(s, degree);
            // |(1 ± s)^n − 1| ≤ |(1 ± s)^N − 1| for the power n ≤ N that moves ξ.
            const Rational distance = s + magnitude(Rational(factor - 1)) * largest(at.xi());
            at.expect_reached(at.transfer().lift(goal), goal - beta, distance);
        }
}

void decide_block(Case& at, const TransferBlock& whole, Rule rule, bool on_fibre) {
    const Shape shape = shape_of(at.spec().name);
    if (shape == Shape::unknown) {
        if (is_smooth_at(at.transfer(), whole, at.xi()) &&
            rank_is_full(at.transfer(), whole, at.xi()))
            at.trial().holds("open by the inverse function theorem");
        else if (on_fibre || rule == Rule::open_everywhere)
            at.trial().undecided("open", "DK is not onto and no preimage formula is known");
        return;
    }
    const Block block = split(whole, at.spec(), shape);
    if (shape == Shape::difference) return reach_by_difference(at, block);
    const Rational m = at.multiplier(block);
    if (m != 0) return reach_by_vectors(at, block, m);
    const Vector<Rational> gamma = vector_product(block, at.xi());
    const bool missing = !gamma.isZero() && (shape == Shape::shared || block.base.size() > 1);
    if (!missing) return reach_by_scalars(at, block, shape);
    const Vector<Rational> e = missed_direction(gamma, shape);
    const bool missed = misses(at, block, shape, e);
    const bool expected = rule == Rule::stated && !on_fibre;
    at.trial().expect("not open: a missed direction", missed == expected, [&] {
        nlohmann::ordered_json out = at.witness();
        out["missed"] = exact_list(e);
        out["argument"] = shape == Shape::shared
                              ? "K(xi') is a nonnegative multiple of u', and u'.u > 0 near xi"
                              : "K(xi') is a multiple of c', the product of its vectors, c'.c > 0 "
                                "near xi, missed.c = 0";
        return out;
    });
}

/// Rationals with many zeros; perfect powers where K takes roots of them.
Vector<Rational> draw_patterned(Tape& tape, const TransferSpec& spec, Index size) {
    Vector<Rational> out(size);
    for (Index a = 0; a < size; ++a) {
        const Rational t = tape.chance(1, 3) ? Rational(0) : tape.rational(4);
        out[a] = signed_power(t, Exponent(spec.depth.den()));
    }
    return out;
}

void check_everywhere(Trial& trial, Rule rule) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 3));
    const Index D = make_transfer<double>(spec).surrogate_size();
    Case at(trial, spec, draw_patterned(tape, spec, D));
    for (const TransferBlock& block : at.transfer().blocks()) decide_block(at, block, rule, false);
}

/// At points of M, where every transfer must be open.
void check_on_fibre(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 3));
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    Case at(trial, spec, transfer.lift(draw_exact_base_point(tape, spec)));
    if (trial.setting().transfer.injective) return reach_by_lift(at);
    for (const TransferBlock& block : transfer.blocks())
        decide_block(at, block, Rule::stated, true);
}

void check(Trial& trial) {
    if (!trial.setting().transfer.injective) check_everywhere(trial, Rule::stated);
    check_on_fibre(trial);
}

void check_open_everywhere(Trial& trial) { check_everywhere(trial, Rule::open_everywhere); }

/// At ξ = 0, where DK = 0, K reaches every δ: by the lift.
void check_only_where_onto(Trial& trial) {
    TransferSpec spec = draw_transfer(trial.tape(), trial.setting(), 1);
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    const Vector<Rational> origin =
        Vector<Rational>::Constant(transfer.surrogate_size(), Rational(0));
    const long degree = trial.setting().transfer.lift_degree(spec);
    bool reached = !rank_is_full(transfer, transfer.blocks().front(), origin);
    for (const Rational& s : steps())
        for (const int sign : {1, -1}) {
            const Vector<Rational> delta =
                Vector<Rational>::Constant(1, sign * abs_power(s, Exponent(degree)));
            const Vector<Rational> near = transfer.lift(delta);
            reached = reached && transfer.apply(near) == delta && largest(near) <= s;
        }
    trial.expect("open only where DK is onto", !reached, [&] {
        nlohmann::ordered_json out;
        out["transfer"] = spec.name;
        out["depth"] = spec.depth.text();
        out["surrogate_point"] = exact_list(origin);
        out["preimages"] = "lift(+-s^" + std::to_string(degree) + "), s = 1/10, 1/1000, 1/1000000";
        return out;
    });
}

/// Every ξ' of sup norm ≤ c δ has S(ξ') ≤ S(c δ, …, c δ), and K(ξ') = δ needs S(ξ') ≥ R(δ).
void check_linear_rate(Trial& trial) {
    const TransferSpec spec = draw_transfer(trial.tape(), trial.setting(), 1);
    const PrecisionScope scope(PrecisionScope::bits_for(100));
    const AnyTransfer<Interval> transfer = make_transfer<Interval>(spec);
    const Rational rate = trial.tape().integer(1, 100);
    const Rational delta = 1 / abs_power(Rational(100), Exponent(4)) / abs_power(rate, Exponent(4));
    const Vector<Interval> corner = Vector<Interval>::Constant(
        transfer.surrogate_size(), from_rational<Interval>(Rational(rate * delta)));
    const Interval S = transfer.penalty(corner);
    const Interval R =
        transfer.induced().value(Vector<Interval>::Constant(1, from_rational<Interval>(delta)));
    trial.note_margin([&] { return margin_of_at_most(R, S); });
    trial.expect("|xi' - xi| <= rate |delta| at xi = 0", !certainly_less(S, R), [&] {
        nlohmann::ordered_json out;
        out["transfer"] = spec.name;
        out["depth"] = spec.depth.text();
        out["rate"] = text(rate);
        out["delta"] = text(delta);
        out["S_at_most"] = S.str(20);
        out["S_needed"] = R.str(20);
        return out;
    });
}

/// A missed direction exists: shared factors, or a vector factor of length ≥ 2.
bool has_missed_direction(const Setting& s) {
    const Shape shape = shape_of(s.transfer.name);
    return shape == Shape::shared || (shape == Shape::product && s.transfer.grouped);
}

const Registration registration({
    .id = "svf.openness",
    .statement =
        "K is open at every point of M(beta); hadamard_product and _difference everywhere; "
        "group_product and mixed_group but where the product of the vectors is not 0 and that of "
        "the scalars is (size >= 2); shared products but where u != 0, v = 0",
    .hypotheses = {{"none at points of M; the closed forms of K elsewhere"}},
    .source = "arXiv 2307.03571, 2207.03512",
    .argument =
        "explicit preimages of every nearby beta; where K is not open its image lies in the "
        "cone {c u' : u'.u > 0}, u the product of the vectors, which misses a direction",
    .machine = "preimages and missed directions decided over exact rationals at points with any "
               "pattern of zeros; rank of DK where no formula is known",
    .applies = has_finite_fibres,
    .check = check,
    .mutants = {{.id = "open-everywhere",
                 .statement = "K is open at every xi",
                 .why = "the cone {c u' : u' near u} misses what is orthogonal to u (shared: -u)",
                 .applies = has_missed_direction,
                 .check = check_open_everywhere},
                {.id = "only-where-onto",
                 .statement = "K is open only where DK is onto",
                 .why = "DK = 0 at the origin, and the lift is a preimage of every beta near 0",
                 .applies = has_finite_fibres,
                 .check = check_only_where_onto},
                {.id = "linear-rate",
                 .statement = "preimages move by at most a constant times |beta' - beta|",
                 .why = "the rate at 0 is |beta' - beta|^(1/k)",
                 .applies = has_finite_fibres,
                 .check = check_linear_rate}},
    .default_cases = 120,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
