/// @claim minima.unpenalized-block
///
/// Statement   With parameters ψ that are neither transferred nor penalised, at any positions: S and R do
///             not depend on ψ; Q ≥ P∘K with equality iff ξ ∈ M; minimizers of P lift to minimizers of Q
///             and those of Q map to minimizers of P; at both ∂L/∂ψ = 0, without shrinkage; the
///             transferred rest is balanced; and profiling ψ out of L first gives the same ξ.
/// Hypotheses  (K, S, R) is a smooth optimization transfer of the other parameters, λ > 0. Profiling: L
///             quadratic, positive definite in ψ.
/// Source      arXiv 2307.03571 [SE].
/// Argument    (id, K) with S(ψ, ξ) = S(ξ) is a transfer again: its fibres, minimal fibres and R are those
///             of K, ψ held fixed. Q(ψ, ξ) ≥ min_ψ Q(ψ, ξ) = L̃(K(ξ)) + λS(ξ), with equality at the one
///             minimizing ψ, which depends continuously on ξ.
/// Machine     From 1 to 3 unpenalised coordinates, anywhere. "ψ is free": K, S, R and ∂Q/∂ψ before and
///             after a shift of ψ, equal to the last digit (no operation touches both). "majorization": the
///             sign of Q − P∘K by enclosures. Minimizers are found, proved and decided on the other side as in
///             surrogate-to-base and base-to-surrogate; ∂L/∂ψ and the imbalance are enclosed there.
///             "profiled": L̃ by an exact Schur complement, an instance without ψ, in which ξ is
///             decided anew. Sampled: supported.
/// Mutants     ψ penalised by ψ², or by |ψ|^q; |∂L/∂ψ| ≤ λ enough; the first coordinates taken for ψ.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/double_says.hpp"
#include "engine/instances.hpp"
#include "hadamard/minima/judge.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <numeric>

namespace hadamard::verify {
namespace {

using R50 = Real<50>;

// ---- identities at drawn points ---------------------------------------------------------------

struct DrawnPoint {
    Vector<Rational> x;  ///< (ψ; ξ).
    bool on_fibre;       ///< ξ ∈ M(K(ξ)).
};

DrawnPoint draw_surrogate_point(Tape& tape, const Instance& instance) {
    const AnyTransfer<Rational> inner = make_transfer<Rational>(instance.transfer);
    const Index p = static_cast<Index>(instance.unpenalised.size()), D = inner.surrogate_size();
    Vector<Rational> x(p + D);
    x.head(p) = draw_point(tape, p);
    x.tail(D) = tape.chance(1, 3) ? inner.lift(draw_exact_base_point(tape, instance.transfer))
                                  : draw_point(tape, D);
    return {x, on_minimal_fibre(inner, x.tail(D).eval())};
}

nlohmann::ordered_json point_witness(const Instance& instance, const Vector<Rational>& x) {
    nlohmann::ordered_json out = witness_of(instance);
    out["surrogate_point"] = exact_list(x);
    return out;
}

/// Exact equality in 50 digits: a value in which ψ has no part is computed without it.
void check_freedom(Trial& trial, const ProblemFamily& family, const Vector<Rational>& exact_x) {
    const IndexList& U = family.instance().unpenalised;
    const Index p = static_cast<Index>(U.size());
    const Problem<R50> problem = family.over<R50>();
    const AnyTransfer<R50>& transfer = problem.surrogate.transfer();
    const Vector<R50> x = from_rational<R50>(exact_x);
    Vector<R50> moved = x;
    moved.head(p) += from_rational<R50>(draw_point(trial.tape(), p));

    const Vector<R50> theta = transfer.apply(x);
    Vector<R50> expected = theta;
    scatter(expected, U, Vector<R50>(moved.head(p)));
    const Vector<R50> shifted = transfer.apply(moved);
    const bool K_is_identity = gather(theta, U) == x.head(p) && shifted == expected;
    const bool S_is_free = transfer.penalty(moved) == transfer.penalty(x);
    const bool R_is_free =
        problem.base.penalty().value(shifted) == problem.base.penalty().value(theta);
    const Vector<R50> slope = gather(problem.surrogate.loss().gradient(theta), U);
    const bool slope_is_loss = problem.surrogate.gradient(x).head(p) == slope;
    trial.expect("psi is free: K is the identity on it, S and R do not see it",
                 K_is_identity && S_is_free && R_is_free && slope_is_loss,
                 [&] { return point_witness(family.instance(), exact_x); });
}

void check_majorization(Trial& trial, const ProblemFamily& family, const DrawnPoint& point) {
    constexpr std::string_view part = "Q >= P o K, with equality iff xi is on M";
    for (const int digits : {50, 100, 200}) {
        const PrecisionScope scope(PrecisionScope::bits_for(digits));
        const Problem<Interval> problem = family.over<Interval>();
        const Vector<Interval> x = from_rational<Interval>(point.x);
        const Interval Q = problem.surrogate.value(x),
                       P = problem.base.value(problem.surrogate.transfer().apply(x));
        const Interval excess = Q - P;
        const Sign sign = sign_of(excess);
        const bool equal = point.on_fibre && excess.contains_zero();
        if (sign == Sign::unknown && !equal) continue;  // the next rung
        if (!point.on_fibre) trial.note_margin([&] { return margin_of_at_most(P, Q); });
        trial.expect(part, point.on_fibre ? equal : sign == Sign::positive, [&] {
            nlohmann::ordered_json out = point_witness(family.instance(), point.x);
            out["Q_minus_P"] = excess.str(30);
            return out;
        });
        return;
    }
    trial.undecided(part, "Q - P o K is within 1e-200 of 0 off the minimal fibre");
}

// ---- at minimizers ----------------------------------------------------------------------------

/// What a false variant adds to ∂L/∂ψ = 0.
enum class Shrinkage { none, ridge, power };

Interval shrinkage_slope(Shrinkage kind, const Interval& psi, const Interval& lambda, Exponent q) {
    switch (kind) {
        case Shrinkage::none: return Interval(0);
        case Shrinkage::ridge: return Interval(2) * lambda * psi;
        case Shrinkage::power:
            // At 0 the penalty has a kink, and says nothing of the slope.
            if (psi.contains_zero()) return Interval(0);
            return lambda * q.as<Interval>() * unit_sign(psi) * abs_power(psi, q - 1);
    }
    return Interval(0);
}

/// Is ∂/∂ψ (L + shrinkage) 0 at the stationary point that `theta` encloses?
void check_slope(Trial& trial, const ProblemFamily& family, const Vector<Interval>& theta,
                 Shrinkage shrinkage) {
    constexpr std::string_view part = "the derivative by psi is 0 at minimizers";
    const AnyBase<Interval> P = family.over<Interval>().base;
    const Vector<Interval> g = P.loss().gradient(theta);
    const Interval small = from_rational<Interval>(decide_settings(trial.digits()).accuracy) *
                           std::accumulate(g.begin(), g.end(), Interval(1),
                                           [](const Interval& sum, const Interval& a) {
                                               return sum + a.upper_magnitude();
                                           });
    for (const Index i : family.instance().unpenalised) {
        const Interval slope =
            g[i] + shrinkage_slope(shrinkage, theta[i], P.lambda(), P.penalty().exponent());
        if (!slope.contains_zero()) {
            trial.note_margin([&] {
                return margin_of_zero(Vector<Interval>(Vector<Interval>::Constant(1, slope)),
                                      P.lambda());
            });
            nlohmann::ordered_json witness = witness_of(family.instance());
            witness["minimizer"] = decimal_list(midpoints(theta));
            witness["coordinate"] = i;
            witness["derivative"] = slope.str(20);
            trial.refute(part, std::move(witness));
        } else if (!certainly_less(slope.upper_magnitude(), small)) {
            trial.undecided(part, "the enclosure of the derivative is too wide");
        } else {
            trial.holds(part);
        }
    }
}

void check_balance(Trial& trial, const ProblemFamily& family, const Vector<Interval>& x) {
    constexpr std::string_view part = "the transferred rest is balanced";
    const AnyTransfer<Interval> transfer = family.over<Interval>().surrogate.transfer();
    const Vector<Interval> imbalance = transfer.imbalance(x);
    for (Index i = 0; i < imbalance.size(); ++i)
        if (!imbalance[i].contains_zero()) {
            trial.note_margin([&] { return margin_of_zero(imbalance, transfer.penalty(x)); });
            nlohmann::ordered_json witness = witness_of(family.instance());
            witness["surrogate_point"] = decimal_list(midpoints(x));
            witness["imbalance"] = imbalance[i].str(20);
            trial.refute(part, std::move(witness));
            return;
        }
    if (imbalance.size() > 0) trial.holds(part);
}

/// `minimality_margin_base` or `minimality_margin_surrogate`.
using MarginAt = double(const ProblemFamily&, const Vector<Rational>&);

/// Records `decision`, of the point that a minimizer of the other objective gave.
void record(Trial& trial, std::string_view part, const ProblemFamily& family,
            const Vector<Rational>& point, const minima::Decision& decision, MarginAt margin) {
    trial.note_margin([&] { return margin(family, point); });
    if (decision.outcome == minima::Outcome::minimizer) return trial.holds(part);
    if (decision.outcome == minima::Outcome::undecided)
        return trial.undecided(part, decision.reason);
    nlohmann::ordered_json witness = witness_of(family.instance());
    witness["point"] = decimal_list(point);
    witness["decision"] = decision.reason;
    witness["digits"] = decision.digits;
    trial.refute(part, std::move(witness));
}

/// The instance without ψ whose loss is min_ψ L(ψ, ·); none where L is not quadratic, or not positive
/// definite in ψ.
std::optional<Instance> profiled(const Instance& instance) {
    if (instance.loss.kind != "least_squares" && instance.loss.kind != "quadratic")
        return std::nullopt;
    const AnyLoss<Rational> L = make_loss<Rational>(instance.loss);
    const IndexList& U = instance.unpenalised;
    IndexList T;
    for (Index i = 0; i < L.size(); ++i)
        if (std::find(U.begin(), U.end(), i) == U.end()) T.push_back(i);
    const Vector<Rational> zero = Vector<Rational>::Constant(L.size(), Rational(0));
    const Matrix<Rational> A = dense_hessian(L, zero);
    const Vector<Rational> b = -L.gradient(zero);
    const auto block = [&A](const IndexList& rows, const IndexList& columns) {
        Matrix<Rational> out(static_cast<Index>(rows.size()), static_cast<Index>(columns.size()));
        for (Index j = 0; j < out.cols(); ++j)
            for (Index i = 0; i < out.rows(); ++i)
                out(i, j) =
                    A(rows[static_cast<std::size_t>(i)], columns[static_cast<std::size_t>(j)]);
        return out;
    };
    const Matrix<Rational> A_UU = block(U, U), A_TU = block(T, U), A_UT = block(U, T);
    if (minima::exact_inertia(A_UU).positive != A_UU.rows()) return std::nullopt;
    const Eigen::PartialPivLU<Matrix<Rational>> inverse(A_UU);
    const Matrix<Rational> onto_T = inverse.solve(A_UT);
    const Vector<Rational> onto_b = inverse.solve(gather(b, U));
    Instance out = instance;
    out.unpenalised = {};
    out.loss = {};
    out.loss.kind = "quadratic";
    out.loss.A = block(T, T) - A_TU * onto_T;
    out.loss.b = gather(b, T) - A_TU * onto_b;
    return out;
}

void check_profiled(Trial& trial, const ProblemFamily& family, const Vector<Rational>& x) {
    const std::optional<Instance> reduced = profiled(family.instance());
    if (!reduced) return;
    const ProblemFamily without(*reduced);
    const Vector<Rational> xi =
        x.tail(x.size() - static_cast<Index>(family.instance().unpenalised.size()));
    record(trial, "profiled: xi is a minimizer of the problem without psi", without, xi,
           minima::decide_surrogate(without, xi, decide_settings(trial.digits())).decision,
           minimality_margin_surrogate);
}

/// Enclosures are used at the precision at which they were made.
PrecisionScope scope_of(const Trial& trial, const minima::Decision& decision) {
    return PrecisionScope(PrecisionScope::bits_for(std::max(decision.digits, trial.digits())));
}

void check_surrogate_minimizers(Trial& trial, const ProblemFamily& family, int starts) {
    for (const Candidate& candidate : surrogate_candidates(trial, family, starts)) {
        if (candidate.decided.decision.outcome == minima::Outcome::undecided)
            trial.undecided("found point is a local minimizer of Q",
                            candidate.decided.decision.reason);
        if (!candidate.is_minimizer() || !candidate.decided.enclosure) continue;
        const Vector<Rational> image = image_of(family, candidate.decided);
        record(trial, "minimizers of Q map to minimizers of P", family, image,
               minima::decide_base(family, image, decide_settings(trial.digits())).decision,
               minimality_margin_base);
        check_profiled(trial, family, midpoints(*candidate.decided.enclosure));
        const PrecisionScope scope = scope_of(trial, candidate.decided.decision);
        const Vector<Interval>& x = *candidate.decided.enclosure;
        check_balance(trial, family, x);
        check_slope(trial, family, family.over<Interval>().surrogate.transfer().apply(x),
                    Shrinkage::none);
    }
}

void check_base_minimizers(Trial& trial, const ProblemFamily& family, int starts) {
    for (const Candidate& candidate : base_candidates(trial, family, starts)) {
        if (!candidate.is_minimizer() || !candidate.decided.enclosure) continue;
        for (const Vector<Rational>& x : fibre_of(family, candidate.decided, 2))
            record(trial, "minimizers of P lift to minimizers of Q", family, x,
                   minima::decide_surrogate(family, x, decide_settings(trial.digits())).decision,
                   minimality_margin_surrogate);
        const PrecisionScope scope = scope_of(trial, candidate.decided.decision);
        check_slope(trial, family, *candidate.decided.enclosure, Shrinkage::none);
    }
}

Menu menu(const Setting& setting) {
    Menu out = decidable_menu(setting);
    out.most_coordinates = 3;
    out.always_unpenalised = 3;
    return out;
}

void check(Trial& trial) {
    const ProblemFamily family(instance_of(trial, menu(trial.setting())));
    const bool on_data = trial.data() != nullptr;
    if (!on_data) {
        const DrawnPoint point = draw_surrogate_point(trial.tape(), family.instance());
        check_freedom(trial, family, point.x);
        check_majorization(trial, family, point);
        check_base_minimizers(trial, family, 2);
    }
    check_surrogate_minimizers(trial, family, on_data ? 1 : 3);
}

// ---- mutants ----------------------------------------------------------------------------------

/// A minimizer of P, held to be stationary for a penalty that includes ψ.
void check_shrunk(Trial& trial, Shrinkage shrinkage) {
    const ProblemFamily family(draw_instance(trial.tape(), trial.setting(), menu(trial.setting())));
    for (const Candidate& candidate : surrogate_candidates(trial, family, 2)) {
        if (!candidate.is_minimizer() || !candidate.decided.enclosure) continue;
        const PrecisionScope scope = scope_of(trial, candidate.decided.decision);
        const AnyTransfer<Interval> transfer = family.over<Interval>().surrogate.transfer();
        check_slope(trial, family, transfer.apply(*candidate.decided.enclosure), shrinkage);
    }
}

/// L = ½‖θ − a‖² with 0 < |a_ψ| ≤ λ: at θ = 0 every slope is within ±λ.
void check_slope_bound(Trial& trial) {
    Instance instance = draw_instance(trial.tape(), trial.setting(), menu(trial.setting()));
    const Index size =
        instance.transfer.base_size + static_cast<Index>(instance.unpenalised.size());
    instance.loss = {};
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Identity(size, size);
    instance.loss.b = Vector<Rational>::Constant(size, Rational(0));
    for (const Index i : instance.unpenalised)
        instance.loss.b[i] = instance.lambda / trial.tape().integer(1, 4);
    const ProblemFamily family(instance);
    const Vector<Rational> theta = Vector<Rational>::Constant(size, Rational(0));
    const AnyBase<Rational> P = family.over<Rational>().base;
    record(trial, "a point with all slopes within lambda is a minimizer", family, theta,
           minima::judge_base(P, theta, false), minimality_margin_base);
}

/// Minimizers of P, decided for the P in which as many coordinates are unpenalised: the first.
void check_first(Trial& trial) {
    const Instance instance = draw_instance(trial.tape(), trial.setting(), menu(trial.setting()));
    Instance wrong = instance;
    std::iota(wrong.unpenalised.begin(), wrong.unpenalised.end(), Index(0));
    const ProblemFamily family(instance), other(wrong);
    for (const Candidate& candidate : base_candidates(trial, family, 2))
        if (candidate.is_minimizer())
            record(trial, "the unpenalised coordinates may be taken to be the first", other,
                   candidate.point,
                   minima::decide_base(other, candidate.point, decide_settings(trial.digits()))
                       .decision,
                   minimality_margin_base);
}

const Registration registration({
    .id = "minima.unpenalized-block",
    .statement =
        "with parameters psi that are not transferred, at any positions: majorization, both "
        "directions between minimizers, balance of the rest, dL/dpsi = 0 at minimizers",
    .hypotheses = {{"smooth optimization transfer of the other parameters, lambda > 0"}},
    .source = "arXiv 2307.03571",
    .argument =
        "(id, K) with S(psi, xi) = S(xi) is a transfer again, with the fibres of K; psi can be "
        "minimized out first",
    .machine =
        "1 to 3 unpenalised coordinates anywhere: exact independence of psi, Q - P o K "
        "enclosed, minimizers decided on both sides, dL/dpsi and imbalance enclosed, and the "
        "problem with psi profiled out exactly decided anew",
    .applies = anywhere,
    .check = check,
    .mutants = {{.id = "ridge-on-psi",
                 .statement = "the same minimizers when S and R include psi^2",
                 .why = "psi shrinks: dL/dpsi = -2 lambda psi",
                 .applies = anywhere,
                 .check = [](Trial& trial) { check_shrunk(trial, Shrinkage::ridge); }},
                {.id = "all-penalised",
                 .statement = "transferring some coordinates penalises all of them in R",
                 .why = "|psi|^q would shrink psi, S does not",
                 .applies = anywhere,
                 .check = [](Trial& trial) { check_shrunk(trial, Shrinkage::power); }},
                {.id = "slope-bound",
                 .statement = "|dL/dpsi| <= lambda is enough for psi, as for a zero coordinate",
                 .why = "psi has no kink: its slope must be 0",
                 .applies = anywhere,
                 .check = check_slope_bound},
                {.id = "psi-comes-first",
                 .statement = "it does not matter which coordinates are unpenalised",
                 .why = "P with the first coordinates unpenalised has other minimizers",
                 .applies = anywhere,
                 .check = check_first}},
    .default_cases = 6,
});

}  // namespace
}  // namespace hadamard::verify
