/// @claim landscape.strict-saddle
///
/// Statement   Depth 2: where ∇Q(ξ) = 0 and K(ξ) is not stationary for P, some block β_j = 0 has a slope
///             ‖g_j‖ > λw_j, and
///               (a) with unit direction e = −g_j/‖g_j‖ and ξ_s = ξ + lift(s e), s > 0,
///                   Q(ξ_s) − Q(ξ) = −(‖g_j‖ − λw_j) s + O(s²), where ‖ξ_s − ξ‖ = O(√s) if S is
///                   quadratic: descent to second order in the step;
///               (b) where K and S are C² at ξ, v = lift(e) has ∇²Q v = (λ − ‖g_j‖/w_j) ∇²S v, hence
///                   vᵀ∇²Q v < 0. On the block ∇²S = c I with c = w_j, and c = 2w_j for
///                   hadamard_difference, whose S is not halved: v is an eigenvector, with the
///                   eigenvalue λw_j − ‖g_j‖ < 0, resp. twice that.
/// Hypotheses  depth 2, λ > 0, finite minimal fibres, L of class C². The power forms and the shared forms
///             are only C¹, resp. C⁰, at a zero block of depth 2: a Hessian, and (b), do not exist there;
///             (a) replaces it. (b) is asked only where smoothness_at(ξ) ≥ 2.
/// Source      arXiv 2402.00377 [O].
/// Argument    The image is stationary on its support (landscape.stationarity), so a slope must exceed
///             its bound off it. lift(s e) is in M(s e): Q(ξ_s) = P(β + s e), and P has the slope ⟨g, e⟩ +
///             λw_j there. DK = 0 at a zero block, so it shares no entry of ∇²Q with others. On it K
///             and S are quadratic, and v minimizes S on its fibre with the multiplier ∇R(e) = w_j e:
///             ∇²S v = ∇S(v) = DK(v)ᵀ w_j e = ∇²⟨K, w_j e⟩ v, and g_j = −‖g_j‖ e. The blocks are
///             [[λw, g],[gᵀ, λw]] for products, 2 diag(λw + g, λw − g) for the difference.
/// Machine     "descent", "eigenvalue"   exactly stationary points of Q, solved for, over Rational: the
///                        expansion (a) to its last term (L is quadratic), and (b), with ==.
///             "found"    stationary points from many starts, enclosed by Krawczyk's test: vᵀHv < 0, and
///                        (b) encloses 0 within ±10^−(4/5 digits); refuted when either is excluded.
///             Proof      for one zero block: K(lift(s e)) = s e, S(lift(s e)) = s w, s = t^N, by comparison
///                        of polynomials of degree ≤ N in t; DK(0) = 0; where C², (b), which is linear
///                        in λ, w and ‖g‖: at two values of each; directions as in
///                        landscape.stationarity.
/// Mutants     depth 3 and more; no factor 2; no weights; the largest entry of g_j for its norm.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "engine/lattice.hpp"
#include "engine/stationary_points.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/minima/judge.hpp"
#include "hadamard/minima/krawczyk.hpp"

#include <algorithm>

namespace hadamard::verify {
namespace {

constexpr std::string_view descent_part = "descent along the lift of -g";
constexpr std::string_view eigenvalue_part = "eigenvalue of an exact Hessian";
constexpr std::string_view found_part = "eigenvalue at a found stationary point";

/// A zero block of θ whose slope exceeds its bound.
template <class T>
struct Steep {
    IndexList base;  ///< Its coordinates of β.
    T bound;         ///< w_j
    T slope;         ///< ‖g_j‖
    Vector<T> unit;  ///< e = −g_j/‖g_j‖, 0 elsewhere.
};

template <class T>
std::vector<Steep<T>> steep_blocks(const AnyBase<T>& P, const Vector<T>& theta) {
    const Vector<T> g = P.loss().gradient(theta);
    std::vector<Steep<T>> out;
    for (const Kink<T>& kink : P.penalty().kinks(theta)) {
        if (minima::detail::slope_excess(g, kink, P.lambda()) != Sign::positive) continue;
        T squares(0);
        for (const Index i : kink.indices) squares += square(T(g[i]));
        Steep<T> steep{kink.indices, *kink.bound, square_root(squares),
                       Vector<T>::Constant(theta.size(), T(0))};
        for (const Index i : kink.indices) steep.unit[i] = -g[i] / steep.slope;
        out.push_back(std::move(steep));
    }
    return out;
}

/// μ in ∇²Q v = μ ∇²S v.
template <class T>
T claimed_multiple(const T& lambda, const T& slope, const T& bound) {
    return lambda - slope / bound;
}

nlohmann::ordered_json witness(const ExactPoint& point, const Steep<Rational>& steep) {
    nlohmann::ordered_json out = witness_of(point);
    out["zero_block"] = steep.base;
    out["norm_of_its_loss_gradient"] = text(steep.slope);
    return out;
}

void check_descent(Trial& trial, const ExactPoint& point, const Problem<Rational>& problem,
                   const Steep<Rational>& steep) {
    const AnySurrogate<Rational>& Q = problem.surrogate;
    const Exponent N(trial.setting().transfer.lift_degree(point.instance.transfer));
    const Vector<Rational> bent = point.instance.loss.A * steep.unit;
    const Rational half_curvature = steep.unit.dot(bent) / 2;
    const Rational excess = steep.slope - Q.lambda() * steep.bound;
    for (const Rational& t : {Rational(1), Rational(1, 2)}) {
        const Rational s = abs_power(t, N);
        const Vector<Rational> lifted = point.surrogate_point + Q.transfer().lift(s * steep.unit);
        const Rational change = Q.value(lifted) - Q.value(point.surrogate_point);
        const Rational claimed = s * (half_curvature * s - excess);
        trial.expect_equal(descent_part, change, claimed, [&] {
            nlohmann::ordered_json out = witness(point, steep);
            out["s"] = text(s);
            out["change_of_Q"] = text(change);
            return out;
        });
    }
}

void check_eigenvalue(Trial& trial, const ExactPoint& point, const Problem<Rational>& problem,
                      const Steep<Rational>& steep) {
    const AnySurrogate<Rational>& Q = problem.surrogate;
    const Vector<Rational>& xi = point.surrogate_point;
    if (Q.transfer().smoothness_at(xi) < 2) return;
    const Rational mu = claimed_multiple(Q.lambda(), steep.slope, steep.bound);
    const Vector<Rational> v = Q.transfer().lift(steep.unit), Hv = Q.hessian_times(xi, v),
                           claimed = mu * Q.transfer().penalty_hessian_times(xi, v);
    trial.note_margin(
        [&] { return margin_of_at_most(Rational(Q.lambda() * steep.bound), steep.slope); });
    trial.note_margin([&] { return margin_of_equal(Hv, claimed); });
    trial.expect(eigenvalue_part, v.dot(Hv) < 0 && Hv == claimed, [&] {
        nlohmann::ordered_json out = witness(point, steep);
        out["direction"] = exact_list(v);
        out["Hessian_times_direction"] = exact_list(Hv);
        out["claimed"] = exact_list(claimed);
        return out;
    });
}

void check_exact(Trial& trial, int attempts) {
    for (int n = 0; n < attempts; ++n) {
        const std::optional<ExactPoint> point =
            draw_surrogate_stationary(trial.tape(), trial.setting());
        if (!point) continue;
        const Problem<Rational> problem = ProblemFamily(point->instance).over<Rational>();
        for (const Steep<Rational>& steep : steep_blocks(problem.base, point->base_point)) {
            check_descent(trial, *point, problem, steep);
            check_eigenvalue(trial, *point, problem, steep);
        }
    }
}

void check_found_point(Trial& trial, const ProblemFamily& family, const Candidate& candidate) {
    if (!candidate.decided.enclosure) return;
    const int digits = std::max(candidate.decided.decision.digits, trial.digits());
    const PrecisionScope scope(PrecisionScope::bits_for(digits));
    const Problem<Interval> problem = family.over<Interval>();
    const AnySurrogate<Interval>& Q = problem.surrogate;
    const Vector<Interval>& xi = *candidate.decided.enclosure;
    if (Q.transfer().smoothness_at(xi) < 2) return;
    for (const Steep<Interval>& steep : steep_blocks(problem.base, Q.transfer().apply(xi))) {
        const Vector<Interval> v = Q.transfer().lift(steep.unit), Hv = Q.hessian_times(xi, v);
        const Vector<Interval> bent = Q.transfer().penalty_hessian_times(xi, v);
        const Interval mu = claimed_multiple(Q.lambda(), steep.slope, steep.bound);
        const Interval small = from_rational<Interval>(decide_settings(trial.digits()).accuracy) *
                               (Interval(1) + mu.upper_magnitude());
        Interval curvature(0), worst(0);
        bool contradicted = false;
        for (Index a = 0; a < v.size(); ++a) {
            const Interval defect = Hv[a] - mu * bent[a];
            contradicted = contradicted || !defect.contains_zero();
            worst = larger(worst, defect.upper_magnitude());
            curvature += v[a] * Hv[a];
        }
        trial.note_margin(
            [&] { return margin_of_at_most(Interval(Q.lambda() * steep.bound), steep.slope); });
        if (contradicted || sign_of(curvature) == Sign::positive) {
            nlohmann::ordered_json out = witness_of(family.instance());
            out["surrogate_point"] = decimal_list(candidate.point);
            out["zero_block"] = steep.base;
            out["curvature_along_the_lift"] = curvature.str(20);
            out["claimed_multiple_of_the_Hessian_of_S"] = mu.str(20);
            trial.refute(found_part, std::move(out));
        } else if (sign_of(curvature) == Sign::negative && certainly_less(worst, small)) {
            trial.holds(found_part);
        } else {
            trial.undecided(found_part, "the enclosure of the eigenvalue is too wide");
        }
    }
}

void check(Trial& trial) {
    check_exact(trial, 6);
    if (smoothness_at_zero(trial.setting()) < 2) return;
    const ProblemFamily family(instance_of(trial));
    for (const Candidate& candidate : stationary_candidates(trial, family, 3))
        check_found_point(trial, family, candidate);
}

/// S(lift(s e)) = s w and K(lift(s e)) = s e, s = t^N, degree ≤ N in t.
bool lifts_rays(const AnyTransfer<Rational>& K, const Vector<Rational>& unit, long N) {
    const Rational w = K.induced().value(unit);
    for (long t = 1; t <= N + 1; ++t) {
        const Rational s = abs_power(Rational(t), Exponent(N));
        const Vector<Rational> xi = K.lift(s * unit);
        if (K.apply(xi) != s * unit || K.penalty(xi) != s * w) return false;
    }
    return true;
}

/// (b) at 0 for g = −n·unit, at two values each of n and λ.
bool bends_as_claimed(const AnyTransfer<Rational>& K, const Vector<Rational>& unit) {
    const Vector<Rational> origin = Vector<Rational>::Constant(K.surrogate_size(), Rational(0));
    const Rational w = K.induced().value(unit);
    const Vector<Rational> v = K.lift(unit), bent = K.penalty_hessian_times(origin, v);
    for (const Rational n : {1, 2})
        for (const Rational lambda : {1, 2}) {
            const Vector<Rational> Hv =
                K.curvature(origin, v, Vector<Rational>(-n * unit)) + lambda * bent;
            if (Hv != claimed_multiple<Rational>(lambda, n, w) * bent) return false;
        }
    return true;
}

bool proves_block(Trial& trial, const TransferSpec& spec) {
    const AnyTransfer<Rational> K = make_transfer<Rational>(spec);
    const long N = trial.setting().transfer.lift_degree(spec);
    const bool smooth = smoothness_at_zero(trial.setting()) >= 2;
    for (const Vector<Rational>& unit : direction_grid(spec.base_size)) {
        const bool holds =
            is_flat_at_zero(K) && lifts_rays(K, unit, N) && (!smooth || bends_as_claimed(K, unit));
        if (holds) continue;
        nlohmann::ordered_json out;
        out["transfer"] = spec.name;
        out["direction"] = exact_list(unit);
        out["weight"] = text(spec.weights.front());
        trial.refute("one zero block", std::move(out));
        return false;
    }
    return true;
}

void prove(Trial& trial) {
    const std::vector<TransferSpec> blocks = single_blocks(trial.setting());
    try {
        for (const TransferSpec& spec : blocks)
            if (!proves_block(trial, spec)) return;
    } catch (const NotRepresentable&) {
        return;
    }
    trial.proves(smoothness_at_zero(trial.setting()) >= 2 ? "descent and eigenvalue" : "descent",
                 "zero " + blocks_text(blocks) +
                     ", all g, lambda, w; rotation and separate blocks give every d");
}

/// ξ = 0 on one block with ‖g‖ = (1 + share) λw.
struct SteepOrigin {
    ExactPoint point;
    Vector<Rational> g;
    Rational weight, slope, c;  ///< The bound w, ‖g‖, and ∇²S = c I.
    Matrix<Rational> hessian;
};

SteepOrigin draw_steep_origin(Trial& trial, Index size) {
    Tape& tape = trial.tape();
    SteepOrigin out;
    Instance& instance = out.point.instance;
    instance.transfer =
        draw_variant(tape, trial.setting(),
                     single_block(trial.setting(), size, Rational(tape.positive_rational(3))));
    out.weight = make_transfer<Rational>(instance.transfer).induced().blocks().front().weight;
    instance.lambda = tape.positive_rational(4);
    out.slope = (1 + tape.positive_rational(3)) * instance.lambda * out.weight;
    out.g = out.slope * draw_unit_vector(tape, size);
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Identity(size, size);
    instance.loss.b = -out.g;
    const AnySurrogate<Rational> Q = ProblemFamily(instance).over<Rational>().surrogate;
    out.point.surrogate_point = Vector<Rational>::Constant(Q.size(), Rational(0));
    out.point.base_point = Vector<Rational>::Constant(size, Rational(0));
    out.hessian = Q.hessian(out.point.surrogate_point);
    out.c = out.hessian.trace() / Q.size() / instance.lambda;
    return out;
}

nlohmann::ordered_json witness(const SteepOrigin& origin) {
    nlohmann::ordered_json out = witness_of(origin.point);
    out["loss_gradient"] = exact_list(origin.g);
    out["Hessian_of_Q"] = nlohmann::ordered_json::array();
    for (Index a = 0; a < origin.hessian.rows(); ++a)
        out["Hessian_of_Q"].push_back(exact_list(origin.hessian.row(a)));
    return out;
}

/// Of "this matrix is singular": the least over the largest eigenvalue, both in modulus.
double eigenvalue_margin(const Matrix<Rational>& shifted) {
    return minima::exact_inertia(shifted).zero > 0
               ? no_margin
               : -margin_of_signs(from_rational<double>(shifted));
}

void expect_eigenvalue(Trial& trial, const SteepOrigin& origin, const Rational& mu) {
    const Index n = origin.hessian.rows();
    const Matrix<Rational> shifted = origin.hessian - mu * Matrix<Rational>::Identity(n, n);
    trial.note_margin([&] { return eigenvalue_margin(shifted); });
    trial.expect("the Hessian has this eigenvalue", minima::exact_inertia(shifted).zero > 0, [&] {
        nlohmann::ordered_json out = witness(origin);
        out["claimed_eigenvalue"] = text(mu);
        return out;
    });
}

void check_deep(Trial& trial) {
    const SteepOrigin origin = draw_steep_origin(trial, trial.setting().transfer.grouped ? 2 : 1);
    trial.note_margin([&] { return -margin_of_no_descent(from_rational<double>(origin.hessian)); });
    trial.expect("the Hessian has a negative eigenvalue",
                 minima::exact_inertia(origin.hessian).negative > 0,
                 [&] { return witness(origin); });
}

void check_without_two(Trial& trial) {
    const SteepOrigin origin = draw_steep_origin(trial, 1);
    const Rational& lambda = origin.point.instance.lambda;
    expect_eigenvalue(trial, origin, lambda * origin.weight - origin.slope);
}

void check_without_weights(Trial& trial) {
    const SteepOrigin origin = draw_steep_origin(trial, 1);
    const Rational& lambda = origin.point.instance.lambda;
    expect_eigenvalue(trial, origin, origin.c / origin.weight * (lambda - origin.slope));
}

void check_largest_entry(Trial& trial) {
    const SteepOrigin origin = draw_steep_origin(trial, 2);
    const Rational largest = std::max(magnitude(origin.g[0]), magnitude(origin.g[1]));
    expect_eigenvalue(trial, origin,
                      origin.c * claimed_multiple<Rational>(origin.point.instance.lambda, largest,
                                                            origin.weight));
}

bool flat(const Setting& s) { return has_finite_fibres(s) && s.depth == Exponent(2); }
bool smooth(const Setting& s) { return has_finite_fibres(s) && smoothness_at_zero(s) >= 2; }
bool flat_and_smooth(const Setting& s) { return flat(s) && smooth(s); }
bool grouped_flat_and_smooth(const Setting& s) { return s.transfer.grouped && flat_and_smooth(s); }
bool deep_and_smooth(const Setting& s) { return s.depth > Exponent(2) && smooth(s); }

/// Where ∇²S on a block is not the weight of R there times the identity. Structure, not a decision:
/// these are small integers in `double`.
bool is_not_halved(const Setting& s) {
    if (!flat_and_smooth(s)) return false;
    const AnyTransfer<double> K = make_transfer<double>(single_block(s, 1, 1));
    const Vector<double> origin = Vector<double>::Zero(K.surrogate_size());
    const Vector<double> curvature =
        K.penalty_hessian_times(origin, Vector<double>::Unit(K.surrogate_size(), 0));
    return curvature[0] > 1.5 * K.induced().blocks().front().weight;
}

const Registration registration({
    .id = "landscape.strict-saddle",
    .statement = "depth 2: at a stationary point of Q whose image is not stationary for P, Q "
                 "descends to second order along the lift of -g, and where it is C^2 its Hessian "
                 "has the eigenvalue lambda - |g_j| < 0",
    .hypotheses = {{"depth 2, lambda > 0, finite minimal fibres, L of class C^2"},
                   {"the eigenvalue only where (K, S) is C^2 at the point: not for power and "
                    "shared forms at zero blocks"}},
    .source = "arXiv 2402.00377",
    .argument = "a zero block with |g_j| > lambda w_j shares no entry of the Hessian with others, "
                "and its own is [[lambda w, g], [g, lambda w]], for hadamard_difference 2 "
                "diag(lambda w + g, lambda w - g)",
    .machine = "exactly stationary points of any index over exact rationals, with Hv = mu v; found "
               "points by enclosures; one zero block for all g, lambda, w by exact polynomial "
               "comparison",
    .applies = flat,
    .check = check,
    .mutants = {{.id = "depth-3",
                 .statement = "the same at depth 3 and more: |g_j| > lambda w_j makes a negative "
                              "eigenvalue",
                 .why =
                     "the Hessian at a zero block is (2 lambda/k) w I: the origin is a minimizer",
                 .applies = deep_and_smooth,
                 .check = check_deep},
                {.id = "without-two",
                 .statement = "the eigenvalue is lambda w - |g| for hadamard_difference too",
                 .why = "its S = |u|^2 + |v|^2 is not halved: twice that",
                 .applies = is_not_halved,
                 .check = check_without_two},
                {.id = "without-weights",
                 .statement = "the eigenvalue is lambda - |g_j|, whatever the weight",
                 .why = "lambda multiplies w_j",
                 .applies = flat_and_smooth,
                 .check = check_without_weights},
                {.id = "largest-entry",
                 .statement = "the eigenvalue of a group is lambda w_j - max |g_i|",
                 .why = "it is lambda w_j less the Euclidean norm of g_j",
                 .applies = grouped_flat_and_smooth,
                 .check = check_largest_entry}},
    .prove = prove,
    .default_cases = 48,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
