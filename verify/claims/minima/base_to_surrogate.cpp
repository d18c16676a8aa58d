/// @claim minima.base-to-surrogate
///
/// Statement   β̂ local minimizer of P ⇒ every ξ̂ ∈ M(β̂) is a local minimizer of Q.
/// Hypotheses  majorization and continuity of K, S; λ > 0; with or without unpenalised ψ.
/// Source      arXiv 2307.03571 [SE].
/// Argument    Near ξ̂, Q(ξ) ≥ P(K(ξ)) ≥ P(β̂) = Q(ξ̂).
/// Machine     Minimizers of P are found by coordinate descent and proximal gradient, polished, and
///             proved (`decide_base`); the points of M(β̂), all of them while they are few, are
///             decided for Q (`decide_surrogate`). The derivatives that decisions rest on are checked
///             against differences of K and S. Sampled: supported.
/// Mutants     any preimage instead of M(β̂); stationary instead of minimizer; λ off by a factor k.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/consistency.hpp"
#include "engine/double_says.hpp"
#include "engine/gap.hpp"
#include "engine/instances.hpp"

namespace hadamard::verify {
namespace {

constexpr std::string_view part = "every point of the minimal fibre is a local minimizer of Q";

void decide_lift(Trial& trial, const ProblemFamily& family, const Vector<Rational>& theta,
                 const Vector<Rational>& xi) {
    trial.note_margin([&] { return minimality_margin_surrogate(family, xi); });
    const minima::Decision decision =
        minima::decide_surrogate(family, xi, decide_settings(trial.digits())).decision;
    switch (decision.outcome) {
        case minima::Outcome::minimizer: trial.holds(part); return;
        case minima::Outcome::undecided: trial.undecided(part, decision.reason); return;
        case minima::Outcome::not_minimizer: break;
    }
    nlohmann::ordered_json witness = witness_of(family.instance());
    witness["base_point"] = decimal_list(theta);
    witness["surrogate_point"] = decimal_list(xi);
    witness["surrogate_decision"] = decision.reason;
    witness["digits"] = decision.digits;
    trial.refute(part, std::move(witness));
}

/// Calls `use(θ, fibre)` for each proved local minimizer θ of P.
template <class Use>
void for_each_minimizer(Trial& trial, const ProblemFamily& family, int starts, Use use) {
    const Index most_lifts = trial.data() == nullptr ? 16 : 2;
    for (const Candidate& candidate : base_candidates(trial, family, starts)) {
        const minima::Decision& decision = candidate.decided.decision;
        if (decision.outcome == minima::Outcome::undecided)
            trial.undecided("found point is a local minimizer of P", decision.reason);
        if (!candidate.is_minimizer() || !candidate.decided.enclosure) continue;
        use(candidate.point, fibre_of(family, candidate.decided, most_lifts));
    }
}

void check(Trial& trial) {
    const ProblemFamily family(instance_of(trial, decidable_menu(trial.setting())));
    const auto decide_all = [&](const Vector<Rational>& theta,
                                const std::vector<Vector<Rational>>& fibre) {
        record_gap(trial, family, theta);
        for (const Vector<Rational>& xi : fibre) decide_lift(trial, family, theta, xi);
    };
    for_each_minimizer(trial, family, trial.data() == nullptr ? 5 : 1, decide_all);
    if (trial.data() == nullptr) check_consistency(trial, family.instance().transfer);
}

/// ξ = (2u_1, u_2/2, …) has the same image as (u_1, u_2, …).
void check_any_preimage(Trial& trial) {
    const ProblemFamily family(draw_instance(trial.tape(), trial.setting()));
    const Index psi = static_cast<Index>(family.instance().unpenalised.size());
    const TransferSpec& spec = family.instance().transfer;
    const Index d = spec.base_size;
    const Index second = spec.groups.empty() ? d : static_cast<Index>(spec.groups.size());
    const auto decide_unbalanced = [&](const Vector<Rational>& theta,
                                       const std::vector<Vector<Rational>>& fibre) {
        Vector<Rational> xi = fibre.front();
        xi.segment(psi, d) *= Rational(2);
        xi.segment(psi + d, second) /= Rational(2);
        decide_lift(trial, family, theta, xi);
    };
    for_each_minimizer(trial, family, 2, decide_unbalanced);
}

/// The local *maximum* of ½(β − y)² + λR(β), planted at β = t^N, where R, R' and R'' are rational:
/// y = β + λR'(β) with λ so large that the curvature 1 + λR''(β) is negative.
void check_stationary(Trial& trial) {
    const Rational t = trial.tape().positive_rational(3);
    Instance instance;
    instance.transfer = {
        .name = trial.setting().transfer.name, .depth = trial.setting().depth, .base_size = 1};
    if (trial.setting().transfer.grouped) instance.transfer.groups = {{0}};
    const Exponent degree(trial.setting().transfer.lift_degree(instance.transfer));
    const Vector<Rational> theta = Vector<Rational>::Constant(1, abs_power(t, degree));
    const AnyPenalty<Rational> R = make_transfer<Rational>(instance.transfer).induced();
    instance.lambda = (1 + trial.tape().positive_rational(3)) / -R.hessian(theta)(0, 0);
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Constant(1, 1, Rational(1));
    instance.loss.b = theta + instance.lambda * R.gradient(theta);
    const ProblemFamily family(instance);
    const Vector<Rational> lift = family.over<Rational>().surrogate.transfer().lift(theta);
    decide_lift(trial, family, theta, lift);
}

void check_lambda_times_depth(Trial& trial) {
    const Instance instance = draw_instance(trial.tape(), trial.setting());
    Instance off = instance;
    off.lambda *= trial.setting().depth.as<Rational>();
    const ProblemFamily family(instance), wrong(off);
    const auto decide_at_wrong = [&](const Vector<Rational>& theta,
                                     const std::vector<Vector<Rational>>& fibre) {
        decide_lift(trial, wrong, theta, fibre.front());
    };
    for_each_minimizer(trial, family, 2, decide_at_wrong);
}

bool has_two_polynomial_factors(const Setting& s) {
    return s.transfer.name == "hadamard_product" || s.transfer.name == "group_product";
}
bool deep_integer(const Setting& s) { return s.depth > Exponent(2) && s.depth.is_integer(); }

const Registration registration({
    .id = "minima.base-to-surrogate",
    .statement = "if beta is a local minimizer of P, every point of M(beta) is one of Q",
    .hypotheses = {{"majorization, K and S continuous, lambda > 0"}},
    .source = "arXiv 2307.03571",
    .argument = "near xi in M(beta): Q >= P o K >= P(beta) = Q(xi)",
    .machine = "minimizers of P found by coordinate descent and proximal gradient, proved by exact "
               "rationals or enclosures; their minimal fibres decided for Q",
    .applies = anywhere,
    .check = check,
    .mutants =
        {{.id = "any-preimage",
          .statement = "if beta is a local minimizer of P, every xi with K(xi) = beta is one of Q",
          .why = "(2u, v/2) has the same image and a larger S",
          .applies = has_two_polynomial_factors,
          .check = check_any_preimage},
         {.id = "stationary-suffices",
          .statement = "if beta is stationary for P, every point of M(beta) is a minimizer of Q",
          .why = "for q < 1 the local maximum of P between two minima lifts to a saddle",
          .applies = deep_integer,
          .check = check_stationary},
         {.id = "lambda-times-depth",
          .statement = "a local minimizer of P at lambda lifts to one of Q at k*lambda",
          .why = "the two penalties carry the same lambda",
          .applies = anywhere,
          .check = check_lambda_times_depth}},
    .default_cases = 24,
});

}  // namespace
}  // namespace hadamard::verify
