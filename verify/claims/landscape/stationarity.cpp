/// @claim landscape.stationarity
///
/// Statement   For balanced ξ ∈ M(K(ξ)): ∇Q(ξ) = 0 ⇔ K(ξ) is stationary for P on its support, that is
///             ∇L + λ∇R = 0 on ψ and on all coordinates outside the kinks of R. So K maps stationary
///             points of Q to such points of P, and each such point lifts to all of M.
/// Hypotheses  λ > 0; ξ balanced. By minima.balance every stationary ξ of Q is, with one exception, to
///             which the claim does not extend: hadamard_difference at odd depth has
///             stationary points u_i = −v_i = t (g_i = −2λw/(k t^{k−2})), over β_i = 2t^k; there
///             g_i + λR' = (2λw/k) t^{2−k} (2^{2/k−1} − 1) is not 0.
/// Source      arXiv 2402.00377 [O]; arXiv 2207.03512 [LKB].
/// Argument    F = S − R∘K ≥ 0 vanishes on M. At ξ ∈ M with β_j ≠ 0 it is differentiable and minimal,
///             so ∇S = DKᵀ∇R there and ∇Q = DKᵀ(g + λ∇R). DK is onto the coordinates outside kinks,
///             and 0 on kinks, where ∇S is 0 too: a kink of β never obstructs Q.
/// Machine     "image"     points with ∇Q = 0 exactly, made by solving DKᵀg = −λ∇S for g (R is not
///                         asked), of any index, on M and off it: g + λ∇R over Rational, ==.
///             "lift"      points with g + λ∇R = 0 exactly (K, S not asked): ∇Q over Rational, ==.
///             "found"     stationary points from many starts, each proved to exist in a box by
///                         Krawczyk's test: g + λ∇R enclosed over it; refuted when it excludes 0, holds
///                         when it is within ±10^−(4/5 digits).
///             Proof       of ∇S = DKᵀ∇R on M, DK onto (β_j ≠ 0), and DK = 0, ∇S = 0 (β_j = 0), for one
///                         block: with abs(β) = t^N all entries times abs(β) are polynomials in t of degree
///                         ≤ 2N, and of degree ≤ 6 in the parameter of a rational circle of directions;
///                         they are compared at 2N+1 and 7 of these, at two weights (linear), on every
///                         point of M. (A user's transfer is one coordinate and quasi-homogeneous, so
///                         that both sides are multiples of one power of t.) λ and g enter linearly by the argument, blocks are separate.
///                         Groups of size ≥ 3: rotate β_j into a plane (K, S, R are equivariant).
/// Mutants     all of P, not just its support; minimizers for stationary points; unbalanced points.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/double_says.hpp"
#include "engine/instances.hpp"
#include "engine/lattice.hpp"
#include "engine/stationary_points.hpp"
#include "hadamard/minima/judge.hpp"
#include "hadamard/minima/krawczyk.hpp"
#include "hadamard/objectives/active_coordinates.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"

#include <Eigen/LU>

#include <algorithm>

namespace hadamard::verify {
namespace {

constexpr std::string_view image_part = "image of an exact stationary point";
constexpr std::string_view lift_part = "lift of an exact stationary point";
constexpr std::string_view found_part = "image of a found stationary point";

/// ∇L + λ∇R on the coordinates outside the kinks of R.
template <class T>
Vector<T> slope_on_support(const AnyBase<T>& P, const Vector<T>& theta) {
    const Vector<T> slope = P.loss().gradient(theta) + P.lambda() * P.penalty().gradient(theta);
    return gather(slope, active_coordinates(P.penalty(), theta));
}

bool has_certain_sign(const Interval& a) {
    const Sign sign = sign_of(a);
    return sign == Sign::positive || sign == Sign::negative;
}

/// Off M the slope of R may be irrational: then it is enclosed, which can only refute.
void decide_image(Trial& trial, const ExactPoint& point) {
    const ProblemFamily family(point.instance);
    try {
        const Vector<Rational> slope =
            slope_on_support(family.over<Rational>().base, point.base_point);
        trial.note_margin([&] { return margin_of_zero(slope, point.instance.lambda); });
        trial.expect(image_part, slope.isZero(), [&] {
            nlohmann::ordered_json out = witness_of(point);
            out["slope_of_P_on_support"] = exact_list(slope);
            return out;
        });
        return;
    } catch (const NotRepresentable&) {
    }
    const PrecisionScope scope(PrecisionScope::bits_for(100));
    const Vector<Interval> slope =
        slope_on_support(family.over<Interval>().base, from_rational<Interval>(point.base_point));
    for (Index i = 0; i < slope.size(); ++i) {
        if (!has_certain_sign(slope[i])) continue;
        trial.note_margin(
            [&] { return margin_of_zero(slope, from_rational<Interval>(point.instance.lambda)); });
        nlohmann::ordered_json out = witness_of(point);
        out["slope_of_P_on_support"] = slope[i].str(30);
        trial.refute(image_part, std::move(out));
        return;
    }
    trial.undecided(image_part, "the slope of R is irrational, its enclosure contains 0");
}

void check_images(Trial& trial, int attempts) {
    for (int n = 0; n < attempts; ++n) {
        const std::optional<ExactPoint> point =
            draw_surrogate_stationary(trial.tape(), trial.setting(), {.off_fibre = true});
        if (!point) continue;
        const AnyTransfer<Rational> K =
            ProblemFamily(point->instance).over<Rational>().surrogate.transfer();
        if (trial.assumes("balanced") && !on_minimal_fibre(K, point->surrogate_point)) continue;
        decide_image(trial, *point);
    }
}

void check_lifts(Trial& trial, int attempts) {
    for (int n = 0; n < attempts; ++n) {
        const std::optional<ExactPoint> point = draw_base_stationary(trial.tape(), trial.setting());
        if (!point) continue;
        const ProblemFamily family(point->instance);
        const Vector<Rational> gradient =
            family.over<Rational>().surrogate.gradient(point->surrogate_point);
        trial.note_margin([&] { return margin_of_zero(gradient, point->instance.lambda); });
        trial.expect(lift_part, gradient.isZero(), [&] {
            nlohmann::ordered_json out = witness_of(*point);
            out["gradient_of_Q"] = exact_list(gradient);
            return out;
        });
    }
}

/// Coordinates of θ that are on the support whatever the values of those that may be 0.
IndexList certain_support(const AnyBase<Interval>& P, Vector<Interval> theta) {
    for (Index i = 0; i < theta.size(); ++i)
        if (theta[i].contains_zero()) theta[i] = Interval(0);
    return active_coordinates(P.penalty(), theta);
}

void check_found_point(Trial& trial, const ProblemFamily& family, const Candidate& candidate) {
    if (!candidate.decided.enclosure) return;
    const int digits = std::max(candidate.decided.decision.digits, trial.digits());
    const PrecisionScope scope(PrecisionScope::bits_for(digits));
    const Problem<Interval> problem = family.over<Interval>();
    const AnyTransfer<Interval>& K = problem.surrogate.transfer();
    const Vector<Interval>& xi = *candidate.decided.enclosure;
    const Vector<Interval> imbalance = K.imbalance(xi);
    const bool unbalanced = std::any_of(imbalance.begin(), imbalance.end(), has_certain_sign);
    if (unbalanced && trial.assumes("balanced")) return;

    const Vector<Interval> theta = K.apply(xi);
    const IndexList support = certain_support(problem.base, theta);
    const Vector<Interval> g = problem.base.loss().gradient(theta);
    const Vector<Interval> whole =
        g + problem.base.lambda() * problem.base.penalty().gradient(theta);
    const Vector<Interval> slope = gather(whole, support);
    const Interval small = from_rational<Interval>(decide_settings(trial.digits()).accuracy) *
                           (Interval(1) + minima::detail::sup_norm(g));
    bool resolved = support == active_coordinates(problem.base.penalty(), theta);
    for (Index i = 0; i < slope.size(); ++i) {
        if (has_certain_sign(slope[i])) {
            trial.note_margin([&] { return margin_of_zero(slope, problem.base.lambda()); });
            nlohmann::ordered_json out = witness_of(family.instance());
            out["surrogate_point"] = decimal_list(candidate.point);
            out["slope_of_P_on_support"] = slope[i].str(20);
            trial.refute(found_part, std::move(out));
            return;
        }
        resolved = resolved && certainly_less(slope[i].upper_magnitude(), small);
    }
    if (resolved)
        trial.holds(found_part);
    else
        trial.undecided(found_part, "the enclosure of the slope or of a coordinate is too wide");
}

void check(Trial& trial) {
    check_images(trial, 8);
    check_lifts(trial, 4);
    const ProblemFamily family(instance_of(trial));
    for (const Candidate& candidate : stationary_candidates(trial, family, 3))
        check_found_point(trial, family, candidate);
}

/// ∇S = DKᵀ∇R and DK onto at a point over β ≠ 0.
bool lifts_slopes(const AnyTransfer<Rational>& K, const Vector<Rational>& xi,
                  const Vector<Rational>& beta) {
    const AnyPenalty<Rational> R = K.induced();
    if (K.apply(xi) != beta || !R.kinks(beta).empty()) return false;
    if (K.pullback(xi, R.gradient(beta)) != K.penalty_gradient(xi)) return false;
    Matrix<Rational> slope(K.surrogate_size(), K.base_size());
    for (Index i = 0; i < K.base_size(); ++i)
        slope.col(i) = K.pullback(xi, Vector<Rational>::Unit(K.base_size(), i));
    return Eigen::FullPivLU<Matrix<Rational>>(slope).rank() == K.base_size();
}

/// The identity of the proof on one block, at as many points as its degree asks for.
bool proves_block(Trial& trial, const TransferSpec& spec) {
    constexpr Index all_of_fibre = 4096;
    const AnyTransfer<Rational> K = make_transfer<Rational>(spec);
    const long N = trial.setting().transfer.lift_degree(spec);
    const auto refute = [&](const Vector<Rational>& beta) {
        nlohmann::ordered_json out;
        out["transfer"] = spec.name;
        out["depth"] = spec.depth.text();
        out["base_point"] = exact_list(beta);
        out["weight"] = text(spec.weights.front());
        trial.refute("grad S = DK' grad R on M", std::move(out));
        return false;
    };
    if (!is_flat_at_zero(K)) return refute(Vector<Rational>::Constant(spec.base_size, Rational(0)));
    for (const Vector<Rational>& unit : direction_grid(spec.base_size))
        for (long t = 1; t <= 2 * N + 1; ++t) {
            const Vector<Rational> beta = abs_power(Rational(t), Exponent(N)) * unit;
            for (const Vector<Rational>& xi : minimal_fibre(K, beta, all_of_fibre))
                if (!lifts_slopes(K, xi, beta)) return refute(beta);
        }
    return true;
}

/// Blocks in which R has kinks beside 0 (mixed groups) are left to sampling: NotRepresentable or
/// a kink stops the proof before it says anything.
void prove(Trial& trial) {
    const std::vector<TransferSpec> blocks = single_blocks(trial.setting());
    try {
        for (const TransferSpec& spec : blocks) {
            const AnyPenalty<Rational> R = make_transfer<Rational>(spec).induced();
            if (!R.kinks(Vector<Rational>::Unit(spec.base_size, 0)).empty()) return;
            if (!proves_block(trial, spec)) return;
        }
    } catch (const NotRepresentable&) {
        return;
    }
    trial.proves(
        "grad Q = DK' (g + lambda grad R) on M",
        "depth " + trial.setting().depth.text() + ", " + blocks_text(blocks) +
            ", all t, directions, g, lambda, w; rotation and separate blocks give every d");
}

void check_off_support(Trial& trial) {
    constexpr std::string_view part = "the image is stationary for P";
    const std::optional<ExactPoint> point =
        draw_surrogate_stationary(trial.tape(), trial.setting());
    if (!point) return;
    const AnyBase<Rational> P = ProblemFamily(point->instance).over<Rational>().base;
    const Vector<Rational> g = P.loss().gradient(point->base_point);
    for (const Kink<Rational>& kink : P.penalty().kinks(point->base_point)) {
        if (kink.bound)
            trial.note_margin([&] {
                return margin_of_at_most(
                    from_rational<double>(Vector<Rational>(gather(g, kink.indices))).norm(),
                    from_rational<double>(Rational(P.lambda() * *kink.bound)));
            });
        if (minima::detail::slope_excess(g, kink, P.lambda()) != Sign::positive) continue;
        nlohmann::ordered_json out = witness_of(*point);
        out["zero_block"] = kink.indices;
        out["loss_gradient"] = exact_list(g);
        out["bound_on_its_norm"] = text(Rational(P.lambda() * *kink.bound));
        trial.refute(part, std::move(out));
        return;
    }
    trial.holds(part);
}

/// The local maximum of ½(β − y)² + λR(β) between its two minima: at β = t^N, λ = 2/(−R''(β)) makes
/// the second derivative −1 and y = β + λR'(β) the first 0.
void check_maximum(Trial& trial) {
    constexpr std::string_view part = "balanced and stationary, hence a local minimizer";
    Instance instance;
    instance.transfer =
        draw_variant(trial.tape(), trial.setting(), single_block(trial.setting(), 1, 1));
    const Rational t = trial.tape().positive_rational(3);
    const Exponent N(trial.setting().transfer.lift_degree(instance.transfer));
    const Vector<Rational> beta = Vector<Rational>::Constant(1, abs_power(t, N));
    const AnyTransfer<Rational> K = make_transfer<Rational>(instance.transfer);
    instance.lambda = Rational(-2) / K.induced().hessian(beta)(0, 0);
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Identity(1, 1);
    instance.loss.b = beta + instance.lambda * K.induced().gradient(beta);
    const ExactPoint point{instance, K.lift(beta), beta};

    const AnySurrogate<Rational> Q = ProblemFamily(instance).over<Rational>().surrogate;
    if (!Q.gradient(point.surrogate_point).isZero()) return;
    const minima::Inertia inertia = minima::exact_inertia(Q.hessian(point.surrogate_point));
    trial.note_margin([&] {
        return minimality_margin_surrogate(ProblemFamily(instance), point.surrogate_point);
    });
    trial.expect(part, inertia.negative == 0, [&] {
        nlohmann::ordered_json out = witness_of(point);
        out["negative_eigenvalues_of_the_Hessian_of_Q"] = inertia.negative;
        return out;
    });
}

bool flat(const Setting& s) { return has_finite_fibres(s) && s.depth == Exponent(2); }
bool deep(const Setting& s) { return has_finite_fibres(s) && s.depth > Exponent(2); }
bool is_odd_difference(const Setting& s) {
    return s.transfer.name == "hadamard_difference" && s.depth.is_odd_integer();
}

const Registration registration({
    .id = "landscape.stationarity",
    .statement = "a balanced xi is stationary for Q exactly if K(xi) is stationary for P on its "
                 "support",
    .hypotheses = {{"lambda > 0, finite minimal fibres"},
                   {"xi in M(K(xi)): every stationary xi is, but for hadamard_difference at odd "
                    "depth",
                    "balanced"}},
    .source = "arXiv 2402.00377, 2207.03512",
    .argument = "S - R o K >= 0 vanishes on M, so grad S = DK' grad R there and grad Q = DK' (g + "
                "lambda grad R); DK is onto the support and 0 at zero blocks",
    .machine = "exactly stationary points of Q and of P of any index over exact rationals, both "
               "ways; found points proved by enclosures; the identity itself on one block by exact "
               "polynomial comparison",
    .applies = has_finite_fibres,
    .check = check,
    .mutants = {{.id = "off-the-support",
                 .statement = "every stationary point of Q maps to a stationary point of P",
                 .why = "a zero block is stationary for Q whatever its slope |g| > lambda",
                 .applies = flat,
                 .check = check_off_support},
                {.id = "balanced-suffices",
                 .statement = "a balanced stationary point of Q is a local minimizer",
                 .why = "for q < 1 the local maximum of P between two minima lifts to a saddle",
                 .applies = deep,
                 .check = check_maximum},
                {.id = "unbalanced",
                 .statement = "the same for hadamard_difference at odd depth without balance",
                 .why = "u = -v is stationary for Q, and its image is not for P",
                 .applies = is_odd_difference,
                 .drops = "balanced"}},
    .prove = prove,
    .default_cases = 20,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
