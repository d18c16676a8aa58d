/// @claim minima.balance
///
/// Statement   Every stationary point ξ of Q, of any index, lies in M(K(ξ)): its factors are balanced.
/// Hypotheses  λ > 0; product transfers, or hadamard_difference at *even* depth. (At odd depth it
///             is false: see the mutant.) For power transfers a fibre is one point and the claim is void.
/// Source      [SE]; arXiv 2210.01212 [ZW]; arXiv 2502.02496 [DWF]; arXiv 2509.23898 [DG].
/// Argument    u_l ⊙ ∂Q/∂u_l = β ⊙ g + (2λ/k) w u_l² = 0 for every l, so all u_l² agree. For β = u^k −
///             v^k with u, v ≠ 0: k u^{k−2} g = −2λ and k v^{k−2} g = 2λ, which contradict each
///             other at even k; at odd k they only say u = −v. For B = UVᵀ: Uᵀ ∂Q/∂U − (∂Q/∂V)ᵀ V = λw (UᵀU −
///             VᵀV), since UᵀGV cancels.
/// Machine     Stationary points of any index are found from many starts, proved to exist in a box
///             (`decide_surrogate`), and the imbalance is enclosed over the box: refuted when it
///             excludes 0, holds when it is within ±10^−(4/5 digits). Sampled: supported.
/// Mutants     λ = 0; the converse; hadamard_difference at odd depth.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/instances.hpp"

namespace hadamard::verify {
namespace {

constexpr std::string_view part = "stationary points are balanced";

void check_point(Trial& trial, const ProblemFamily& family, const Candidate& candidate) {
    if (!candidate.decided.enclosure) return;
    const int digits = std::max(candidate.decided.decision.digits, trial.digits());
    const PrecisionScope scope(PrecisionScope::bits_for(digits));
    const AnyTransfer<Interval> transfer = family.over<Interval>().surrogate.transfer();
    const Vector<Interval> imbalance = transfer.imbalance(*candidate.decided.enclosure);
    const Interval small = from_rational<Interval>(decide_settings(trial.digits()).accuracy) *
                           (Interval(1) + transfer.penalty(*candidate.decided.enclosure));
    bool resolved = true;
    for (Index i = 0; i < imbalance.size(); ++i) {
        if (!imbalance[i].contains_zero()) {
            nlohmann::ordered_json witness = witness_of(family.instance());
            witness["surrogate_point"] = decimal_list(candidate.point);
            witness["imbalance"] = imbalance[i].str(20);
            witness["digits"] = digits;
            trial.refute(part, std::move(witness));
            return;
        }
        resolved = resolved && certainly_less(imbalance[i].upper_magnitude(), small);
    }
    if (resolved)
        trial.holds(part);
    else
        trial.undecided(part, "the enclosure of the imbalance is too wide");
}

void check(Trial& trial) {
    const ProblemFamily family(instance_of(trial));
    const int starts = trial.data() == nullptr ? 8 : 1;
    for (const Candidate& candidate : stationary_candidates(trial, family, starts))
        check_point(trial, family, candidate);
}

/// A loss ½‖β − b‖² whose gradient vanishes at K(ξ) for a drawn ξ makes ξ stationary for L∘K.
void check_without_penalty(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec =
        draw_transfer(tape, trial.setting(), draw_base_size(tape, trial.setting(), 3));
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    const Vector<Rational> xi = draw_point(tape, transfer.surrogate_size());
    if (on_minimal_fibre(transfer, xi)) {
        trial.holds(part);
        return;
    }
    nlohmann::ordered_json witness;
    witness["loss"] = "|beta - b|^2/2";
    witness["b"] = exact_list(transfer.apply(xi));
    witness["transfer"] = spec.name;
    witness["depth"] = spec.depth.text();
    witness["lambda"] = "0";
    witness["surrogate_point"] = exact_list(xi);
    witness["imbalance"] = exact_list(transfer.imbalance(xi));
    trial.refute(part, std::move(witness));
}

void check_converse(Trial& trial) {
    Tape& tape = trial.tape();
    Menu menu;
    menu.only_rational = true;
    menu.allow_unpenalised = false;
    const Instance instance = draw_instance(tape, trial.setting(), menu);
    const ProblemFamily family(instance);
    const AnySurrogate<Rational> Q = family.over<Rational>().surrogate;
    const Vector<Rational> xi = Q.transfer().lift(draw_exact_base_point(tape, instance.transfer));
    const Vector<Rational> gradient = Q.gradient(xi);
    if (gradient.isZero()) {
        trial.holds("balanced points are stationary");
        return;
    }
    nlohmann::ordered_json witness = witness_of(instance);
    witness["surrogate_point"] = exact_list(xi);
    witness["gradient"] = exact_list(gradient);
    trial.refute("balanced points are stationary", std::move(witness));
}

/// u = t, v = −t: β = 2t^k and g = −2λ/(k t^{k−2}) make both equations hold.
void check_odd_difference(Trial& trial) {
    const Exponent k = trial.setting().depth;
    const Rational t = trial.tape().positive_rational(3);
    Instance instance;
    instance.transfer = {.name = trial.setting().transfer.name, .depth = k, .base_size = 1};
    instance.lambda = trial.tape().positive_rational(3);
    const Rational g = -2 * instance.lambda / (k.as<Rational>() * abs_power(t, k - 2));
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Constant(1, 1, Rational(1));
    instance.loss.b = Vector<Rational>::Constant(1, 2 * abs_power(t, k) - g);
    const ProblemFamily family(instance);
    Candidate candidate;
    candidate.point.resize(2);
    candidate.point << t, Rational(-t);
    candidate.decided = minima::decide_surrogate(family, candidate.point);
    check_point(trial, family, candidate);
}

bool is_odd_difference(const Setting& s) {
    return s.transfer.name == "hadamard_difference" && s.depth.is_odd_integer();
}
bool applies(const Setting& s) { return has_wide_fibres(s) && !is_odd_difference(s); }
bool exact(const Setting& s) { return applies(s) && s.depth.is_integer(); }

const Registration registration({
    .id = "minima.balance",
    .statement = "every stationary point xi of Q lies in M(K(xi)): its factors are balanced",
    .hypotheses = {{"lambda > 0; product transfers, or hadamard_difference at even depth"}},
    .source = "arXiv 2307.03571, 2210.01212, 2502.02496, 2509.23898",
    .argument = "u_l dQ/du_l = beta g + (2 lambda/k) w u_l^2 = 0 for every factor l, so all u_l^2 "
                "agree",
    .machine = "stationary points of any index found from many starts, proved by enclosures; the "
               "imbalance enclosed over each",
    .applies = applies,
    .check = check,
    .mutants = {{.id = "without-penalty",
                 .statement = "every stationary point of L o K is balanced (lambda = 0)",
                 .why = "any preimage of a minimizer of L is stationary",
                 .applies = exact,
                 .check = check_without_penalty},
                {.id = "converse",
                 .statement = "every balanced point is stationary for Q",
                 .why = "balance says nothing of the loss",
                 .applies = exact,
                 .check = check_converse},
                {.id = "odd-difference",
                 .statement = "hadamard_difference at odd depth is balanced at stationary points",
                 .why = "u = -v is stationary where k u^(k-2) g = -2 lambda",
                 .applies = is_odd_difference,
                 .check = check_odd_difference}},
    .default_cases = 20,
});

}  // namespace
}  // namespace hadamard::verify
