/// @claim landscape.morse-index
///
/// Statement   Let ∇Q(ξ) = 0, ξ balanced, β = K(ξ). Call *steep* a kink κ of R at β with a bound and
///             ‖g_κ‖ > λ·bound_κ, *borderline* one with ‖g_κ‖ = λ·bound_κ. Then
///               index ∇²Q(ξ)   = index of ∇²P(β) on ψ and the support + number of steep kinks,
///               nullity ∇²Q(ξ) = nullity of ∇²P(β) on ψ and the support + number of borderline kinks.
///             A kink counts once, whatever its size. Only k = 2 has kinks with a bound at zero blocks
///             (bound w_j), and mixed_group with k_1 = 2 has others inside nonzero groups.
/// Hypotheses  (K, S) of class C² at ξ, L of class C², λ > 0; finite minimal fibres, on which S has
///             nondegenerate minima, and at k = 2 zero blocks as in 3. below (all transfers
///             but low_rank); ξ balanced, which fails
///             for hadamard_difference at odd depth only (minima.balance). C² at ξ excludes zero
///             blocks of the power forms at k = 2, of the shared forms at k < 3, and of young_product with
///             a or b < 2.
/// Source      this project.
/// Argument    Write F = S − R∘K ≥ 0, which vanishes on M.
///
///             1. Blocks separate. Let Z hold the coordinates of ξ over kinks of R: the factors of a zero
///             block, or the u_{l,i} over a zero coordinate of a nonzero mixed group. Balance makes them
///             all 0, hence ∂K/∂ξ_a = 0 for a ∈ Z (at least two factors vanish), and mixed second
///             derivatives of ⟨K, g⟩ and of S between Z and the rest, or between two kinks, are 0. So
///             ∇²Q = DKᵀ∇²L DK + ∇²⟨K, g⟩ + λ∇²S is block diagonal: one block A for the rest, one for
///             each kink.
///
///             2. The block A. On the rest, with the coordinates in Z kept at 0, K maps onto the
///             support, F is C² near ξ and Q = P∘K + λF. There ∇P = 0 (landscape.stationarity), so
///             ∇²Q = DKᵀ∇²P DK + λ∇²F: no curvature of K is left. F ≥ 0 = F(ξ) gives ∇²F ⪰ 0. A local
///             section of M, β ↦ ξ(β), smooth as β is not 0, has F = 0 along it: its tangent space T lies
///             in ker ∇²F, and DK: T → R^supp is one to one and onto. Hence R^D = T ⊕ ker DK, and the two are
///             orthogonal for ∇²Q (DK kills one, ∇²F the other). On T, ∇²Q is ∇²P on the support, ψ
///             included; on ker DK it is λ∇²F = λ times the second derivative of S along the fibre,
///             positive definite by hypothesis. By Sylvester's law A has the index and the nullity of
///             ∇²P on the support.
///             The hypothesis: in the log-ratios x_l = log(u_l/u_1) of the factors, S along a fibre of a
///             product is w abs(β)^q (1/k) Σ exp(2y_l), Σ y_l = 0 (shared forms: a factor k−1 in place of
///             k−1 terms), strictly convex with a nondegenerate minimum at 0; for groups the direction of
///             u_j is that of ±β_j, so the same with ‖u_j‖. Powers: ker DK = 0. Difference at
///             v = 0 ≠ u: S = (β + v^k)^{2/k} + v² has the second derivative 4 (k = 2) or 2 (k > 2) in v.
///
///             3. A kink. K_j is homogeneous of degree k. If k > 2 and the block is zero, ∇²K_j(0) = 0:
///             the block is λ∇²S ≻ 0, and R has no bound there. If k = 2 it is, with w = w_j,
///               hadamard_product     [[λw, g], [g, λw]]: eigenvalues λw ± g;
///               group_product        [[λw I, g_j], [g_jᵀ, λw]]: λw with multiplicity n_j − 1, λw ± ‖g_j‖;
///               hadamard_difference  diag(2(λw + g), 2(λw − g)):
///             exactly one eigenvalue has the sign of λw − ‖g_j‖, all others are positive (for g_j = 0
///             too). Inside a nonzero mixed group, k_1 = 2: [[2λw/k, ng], [ng, 2λw/k]] with n = Π_r ν_r, and
///             2λw/(k abs(n)) is λ·bound: the same. For k_1 > 2 the block is (2λw/k) I, without a bound.  ∎
/// Machine     "exact"    stationary points solved for (R is not asked which), of every index, degenerate
///                        ones, zero blocks with slopes inside, on and beyond the bound, ψ: both
///                        sides by exact inertia over Rational, ==.
///             "found"    stationary points from many starts, enclosed by Krawczyk's test: both sides by
///                        enclosed inertia. Q's side uses K, S; P's side R. Undecided where a sign is.
///             Sampled: supported. The argument is a proof, but not the machine's.
/// Mutants     the k = 2 count at k > 2 and the reverse; borderline kinks forgotten in the nullity; one
///             count for each steep coordinate of a group; ∇²L for ∇²P; unbalanced points.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "engine/stationary_points.hpp"
#include "hadamard/minima/judge.hpp"
#include "hadamard/objectives/active_coordinates.hpp"

#include <algorithm>

namespace hadamard::verify {
namespace {

constexpr std::string_view exact_part = "index and nullity at an exact point";
constexpr std::string_view found_part = "index at a found point";

/// Numbers of negative and of zero eigenvalues.
struct Signature {
    Index negative = 0, zero = 0;
    bool operator==(const Signature&) const = default;
};

/// The statement, or one false variant of it.
struct Variant {
    bool count_zero_blocks = false;  ///< Steep: ‖g_j‖ > λw_j at zero blocks of any depth.
    bool count_nothing = false;      ///< No kink counts.
    bool forget_borderline = false;  ///< Borderline kinks do not count.
    bool count_coordinates = false;  ///< Each abs(g_i) > λ·bound counts.
    bool loss_only = false;          ///< ∇²L in place of ∇²P.
};

/// None where a sign is not certain.
std::optional<Signature> signature(const minima::Inertia& inertia) {
    if (inertia.unknown > 0) return std::nullopt;
    return Signature{inertia.negative, inertia.zero};
}

/// The kinks that may count, with their bounds.
template <class T>
std::vector<Kink<T>> counting_kinks(const AnyPenalty<T>& R, const Vector<T>& theta,
                                    const Variant& variant) {
    std::vector<Kink<T>> out;
    if (variant.count_nothing) return out;
    for (Kink<T>& kink : R.kinks(theta)) {
        if (variant.count_zero_blocks)
            for (const PenaltyBlock<T>& block : R.blocks())
                if (block.indices == kink.indices) kink.bound = block.weight;
        if (!kink.bound) continue;
        if (!variant.count_coordinates) {
            out.push_back(kink);
            continue;
        }
        for (const Index i : kink.indices) out.push_back({{i}, kink.bound});
    }
    return out;
}

/// What the statement says that Q has: from P, R and the slopes alone.
template <class T>
std::optional<Signature> claimed_signature(const AnyBase<T>& P, const Vector<T>& theta,
                                           const Variant& variant) {
    Matrix<T> curvature = dense_hessian(P.loss(), theta);
    if (!variant.loss_only) curvature += P.lambda() * P.penalty().hessian(theta);
    std::optional<Signature> out = signature(minima::detail::inertia_of(
        minima::detail::principal_block(curvature, active_coordinates(P.penalty(), theta))));
    if (!out) return std::nullopt;
    const Vector<T> g = P.loss().gradient(theta);
    for (const Kink<T>& kink : counting_kinks(P.penalty(), theta, variant))
        switch (minima::detail::slope_excess(g, kink, P.lambda())) {
            case Sign::positive: ++out->negative; break;
            case Sign::zero: out->zero += variant.forget_borderline ? 0 : 1; break;
            case Sign::negative: break;
            case Sign::unknown: return std::nullopt;
        }
    return out;
}

/// Over `Rational`, or where R's curvature is irrational (off M) by enclosures in 100 digits.
std::optional<Signature> claimed_exactly(const ExactPoint& point, const Variant& variant) {
    const ProblemFamily family(point.instance);
    try {
        return claimed_signature(family.over<Rational>().base, point.base_point, variant);
    } catch (const NotRepresentable&) {
    }
    const PrecisionScope scope(PrecisionScope::bits_for(100));
    return claimed_signature(family.over<Interval>().base,
                             from_rational<Interval>(point.base_point), variant);
}

/// How close an eigenvalue of ∇²Q is to changing its sign, in double.
double sign_margin(const ProblemFamily& family, const Vector<Rational>& xi) {
    return margin_of_signs(family.over<double>().surrogate.hessian(from_rational<double>(xi)));
}

void report(nlohmann::ordered_json& out, const Signature& found, const Signature& claimed) {
    out["index_of_Q"] = found.negative;
    out["nullity_of_Q"] = found.zero;
    out["claimed_index"] = claimed.negative;
    out["claimed_nullity"] = claimed.zero;
}

void compare_exactly(Trial& trial, const ExactPoint& point, const Variant& variant) {
    const ProblemFamily family(point.instance);
    const AnySurrogate<Rational> Q = family.over<Rational>().surrogate;
    if (Q.transfer().smoothness_at(point.surrogate_point) < 2) return;
    if (trial.assumes("balanced") && !on_minimal_fibre(Q.transfer(), point.surrogate_point)) return;
    const std::optional<Signature> claimed = claimed_exactly(point, variant);
    if (!claimed) {
        trial.undecided(exact_part, "the Hessian of P is irrational and its signs are not certain");
        return;
    }
    const minima::Inertia inertia = minima::exact_inertia(Q.hessian(point.surrogate_point));
    const Signature found{inertia.negative, inertia.zero};
    trial.measure("index", static_cast<double>(found.negative));
    trial.measure("nullity", static_cast<double>(found.zero));
    trial.note_margin([&] { return sign_margin(family, point.surrogate_point); });
    trial.note_point([&]() -> PointSeen {
        const Vector<Rational>& theta = point.base_point;
        const auto zeros = std::count(theta.begin(), theta.end(), Rational(0));
        return {theta.size() - zeros, theta.size(), inertia.zero > 0};
    });
    trial.expect(exact_part, found == *claimed, [&] {
        nlohmann::ordered_json out = witness_of(point);
        report(out, found, *claimed);
        return out;
    });
}

void check_exact(Trial& trial, const Variant& variant, int attempts) {
    const ExactMenu menu{.most_coordinates = 4, .off_fibre = !trial.assumes("balanced")};
    for (int n = 0; n < attempts; ++n)
        if (const std::optional<ExactPoint> point =
                draw_surrogate_stationary(trial.tape(), trial.setting(), menu))
            compare_exactly(trial, *point, variant);
}

bool certainly_unbalanced(const AnyTransfer<Interval>& K, const Vector<Interval>& xi) {
    const Vector<Interval> imbalance = K.imbalance(xi);
    return std::any_of(imbalance.begin(), imbalance.end(),
                       [](const Interval& a) { return !a.contains_zero(); });
}

/// An exactly stationary candidate, the origin say, whose signs may be 0.
bool compare_if_exact(Trial& trial, const ProblemFamily& family, const Vector<Rational>& xi) {
    if (!family.over_rational()) return false;
    try {
        const AnySurrogate<Rational> Q = family.over<Rational>().surrogate;
        if (!Q.gradient(xi).isZero()) return false;
        compare_exactly(trial, {family.instance(), xi, Q.transfer().apply(xi)}, {});
        return true;
    } catch (const NotRepresentable&) {
        return false;
    }
}

void compare_enclosed(Trial& trial, const ProblemFamily& family, const Candidate& candidate) {
    const int digits = std::max(candidate.decided.decision.digits, trial.digits());
    const PrecisionScope scope(PrecisionScope::bits_for(digits));
    const Problem<Interval> problem = family.over<Interval>();
    const AnySurrogate<Interval>& Q = problem.surrogate;
    const Vector<Interval>& xi = *candidate.decided.enclosure;
    if (Q.transfer().smoothness_at(xi) < 2 || certainly_unbalanced(Q.transfer(), xi)) return;
    const std::optional<Signature> claimed =
        claimed_signature(problem.base, Q.transfer().apply(xi), {});
    const std::optional<Signature> found = signature(minima::enclosed_inertia(Q.hessian(xi)));
    if (!claimed || !found) {
        trial.undecided(found_part,
                        "the sign of an eigenvalue or of |g| - lambda w is not certain");
        return;
    }
    trial.note_margin([&] { return sign_margin(family, candidate.point); });
    trial.expect(found_part, *found == *claimed, [&] {
        nlohmann::ordered_json out = witness_of(family.instance());
        out["surrogate_point"] = decimal_list(candidate.point);
        report(out, *found, *claimed);
        return out;
    });
}

void check_found(Trial& trial) {
    const ProblemFamily family(instance_of(trial));
    if (family.over<double>().base.loss().smoothness() < 2) return;
    const int starts = trial.data() == nullptr ? 4 : 1;
    for (const Candidate& candidate : stationary_candidates(trial, family, starts)) {
        if (!candidate.decided.enclosure) continue;
        const Vector<Rational> middle = midpoints(*candidate.decided.enclosure);
        if (!compare_if_exact(trial, family, middle)) compare_enclosed(trial, family, candidate);
    }
}

/// On real data at depth 2 only, where zero blocks count: an enclosed inertia there takes seconds.
void check(Trial& trial) {
    const bool random = trial.data() == nullptr;
    if (random) check_exact(trial, {}, 8);
    if (random || trial.setting().depth == Exponent(2)) check_found(trial);
}

Mutant mutant(std::string id, std::string statement, std::string why, Variant variant,
              std::function<bool(const Setting&)> applies) {
    return {std::move(id), std::move(statement), std::move(why), std::move(applies),
            [variant](Trial& trial) { check_exact(trial, variant, 4); }};
}

bool smooth(const Setting& s) { return has_finite_fibres(s) && smoothness_at_zero(s) >= 2; }
bool flat(const Setting& s) { return s.depth == Exponent(2) && smooth(s); }
bool deep(const Setting& s) { return s.depth > Exponent(2) && smooth(s); }
bool grouped_flat(const Setting& s) { return s.transfer.grouped && flat(s); }
bool bent(const Setting& s) { return has_finite_fibres(s) && s.depth > Exponent(2); }
bool is_odd_difference(const Setting& s) {
    return s.transfer.name == "hadamard_difference" && s.depth.is_odd_integer();
}

const Registration registration({
    .id = "landscape.morse-index",
    .statement = "index of the Hessian of Q at a stationary xi = index of the Hessian of P on the "
                 "support of K(xi) + number of zero blocks with |g_j| > lambda w_j (k = 2 only); "
                 "nullity likewise with |g_j| = lambda w_j",
    .hypotheses =
        {{"(K, S) of class C^2 at xi, L of class C^2, lambda > 0"},
         {"finite minimal fibres, on which S has nondegenerate minima; a zero block bends down "
          "in at most one direction (k = 2)"},
         {"xi in M(K(xi)): every stationary xi is, but for hadamard_difference at odd "
          "depth",
          "balanced"}},
    .source = "this project",
    .argument =
        "Q = P o K + lambda F with F = S - R o K >= 0 and zero on M: tangents of M carry the "
        "Hessian of P, the kernel of DK a positive one, orthogonally; a zero block stands "
        "apart with [[lambda w, g], [g, lambda w]] at k = 2, (2 lambda/k) w I beyond",
    .machine =
        "both sides by exact inertia at exactly stationary points of every index, degenerate "
        "ones too; by enclosed inertia at found ones",
    .applies = has_finite_fibres,
    .check = check,
    .mutants = {mutant("shallow-count-at-depth",
                       "zero blocks with |g_j| > lambda w_j count at k > 2 as they do at k = 2",
                       "there the Hessian at a zero block is positive definite for every g",
                       {.count_zero_blocks = true}, deep),
                mutant("deep-count-at-2", "zero blocks do not count at k = 2, as at k > 2",
                       "a zero block with |g_j| > lambda w_j has a negative eigenvalue",
                       {.count_nothing = true}, flat),
                mutant("borderline-forgotten",
                       "the nullity is that of P on the support, at k = 2 too",
                       "|g_j| = lambda w_j makes lambda w_j - |g_j| = 0",
                       {.forget_borderline = true}, flat),
                mutant("coordinate-count",
                       "each coordinate of a zero group with |g_i| > lambda w_j counts",
                       "a group counts once, by the norm of g_j", {.count_coordinates = true},
                       grouped_flat),
                mutant("loss-only",
                       "the index is that of the Hessian of L on the support, for q < 1",
                       "R is concave along its blocks", {.loss_only = true}, bent),
                {.id = "unbalanced",
                 .statement = "the same for hadamard_difference at odd depth without balance",
                 .why = "at u = -v the image is not even stationary for P",
                 .applies = is_odd_difference,
                 .drops = "balanced"}},
    .default_cases = 16,
});

}  // namespace
}  // namespace hadamard::verify
