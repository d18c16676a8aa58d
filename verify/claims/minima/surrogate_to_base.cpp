/// @claim minima.surrogate-to-base
///
/// Statement   ξ̂ local minimizer of Q ⇒ K(ξ̂) is a local minimizer of P: no spurious minima.
/// Hypotheses  (K, S, R) is a smooth optimization transfer (H1–H4), L continuous, λ > 0; with or without
///             unpenalised parameters ψ.
/// Source      arXiv 2307.03571 [SE].
/// Argument    ξ̂ is a local minimizer of S on its fibre, so by H3 ξ̂ ∈ M(β̂). If β_n → β̂ had P(β_n) <
///             P(β̂), H4 would give ξ_n ∈ M(β_n) near ξ̂ with Q(ξ_n) = P(β_n) < Q(ξ̂).
/// Machine     Local minimizers of Q are *found* from many starts by Newton's method, polished to
///             four fifths of the working digits, and each is proved to be one near a proved
///             stationary point (`decide_surrogate`). The image, with the zeros that were proved, is decided
///             for P independently (`decide_base`). The derivatives that decisions rest on are checked
///             against differences of K and S. Sampled: supported.
/// Mutants     a parametrization that is not onto (a square; low_rank too narrow); stationary instead of
///             minimizer; λ off by a factor k.
///             K = u^k with even k ≥ 4 is *no* mutant, although it is not onto: for q = 2/k
///             < 1 zero is a local minimizer of every P, so u = 0 lifts one. global-minima refutes it.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/consistency.hpp"
#include "engine/double_says.hpp"
#include "engine/gap.hpp"
#include "engine/instances.hpp"
#include "engine/transfers_gone_wrong.hpp"

namespace hadamard::verify {
namespace {

constexpr std::string_view part = "image is a local minimizer of P";

nlohmann::ordered_json witness(const Instance& instance, const Candidate& candidate,
                               const Vector<Rational>& image, const minima::Decision& base) {
    nlohmann::ordered_json out = witness_of(instance);
    out["surrogate_point"] = decimal_list(candidate.point);
    out["surrogate_decision"] = candidate.decided.decision.reason;
    out["image"] = decimal_list(image);
    out["base_decision"] = base.reason;
    out["digits"] = base.digits;
    return out;
}

void decide_image(Trial& trial, const ProblemFamily& family, const Candidate& candidate) {
    const Vector<Rational> image = image_of(family, candidate.decided);
    trial.note_margin([&] { return minimality_margin_base(family, image); });
    const minima::Decision base =
        minima::decide_base(family, image, decide_settings(trial.digits())).decision;
    switch (base.outcome) {
        case minima::Outcome::minimizer:
            trial.holds(part);
            record_gap(trial, family, image);
            return;
        case minima::Outcome::not_minimizer:
            trial.refute(part, witness(family.instance(), candidate, image, base));
            return;
        case minima::Outcome::undecided: trial.undecided(part, base.reason); return;
    }
}

void check_family(Trial& trial, const ProblemFamily& family, int starts) {
    for (const Candidate& candidate : surrogate_candidates(trial, family, starts)) {
        if (candidate.is_minimizer()) decide_image(trial, family, candidate);
        if (candidate.decided.decision.outcome == minima::Outcome::undecided)
            trial.undecided("found point is a local minimizer of Q",
                            candidate.decided.decision.reason);
    }
}

void check(Trial& trial) {
    const ProblemFamily family(instance_of(trial, decidable_menu(trial.setting())));
    check_family(trial, family, 8);
    if (trial.data() == nullptr) check_consistency(trial, family.instance().transfer);
}

/// L = ½(β + a)², a ≥ 1 > λ: the image of u = 0 is not a minimizer, but β < 0 cannot be reached.
void check_not_onto(Trial& trial) {
    Instance instance;
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Constant(1, 1, Rational(1));
    const int a = trial.tape().integer(1, 9);
    instance.loss.b = Vector<Rational>::Constant(1, Rational(-a));
    instance.lambda = Rational(1, trial.tape().integer(2, 9));
    instance.transfer.name = "hadamard_power";
    instance.transfer.depth = trial.setting().depth;
    check_family(trial, ProblemFamily(instance, TransferFactory::of<EvenPower>()), 3);
}

/// The normalisation users get wrong: a minimizer of Q at λ, held to be one of P at kλ.
void check_lambda_times_depth(Trial& trial) {
    const Instance instance = draw_instance(trial.tape(), trial.setting());
    Instance off = instance;
    off.lambda *= trial.setting().depth.as<Rational>();
    const ProblemFamily family(instance), wrong(off);
    for (const Candidate& candidate : surrogate_candidates(trial, family, 3))
        if (candidate.is_minimizer()) decide_image(trial, wrong, candidate);
}

void check_stationary(Trial& trial) {
    Menu menu;
    menu.only_rational = true;
    const ProblemFamily family(draw_instance(trial.tape(), trial.setting(), menu));
    for (const Candidate& candidate : stationary_candidates(trial, family, 4))
        if (candidate.decided.enclosure) decide_image(trial, family, candidate);
}

/// L = ½‖B − diag(a, b)‖², a = λ + t² > b > λ: the best matrix of rank 1, diag(t², 0), is a minimizer
/// of Q at width 1; P falls from it along the second diagonal entry at the slope λ − b.
void check_narrow_width(Trial& trial) {
    const Rational t = trial.tape().integer(1, 4);
    Instance instance;
    instance.lambda = trial.tape().positive_rational(3);
    instance.transfer = {
        .name = trial.setting().transfer.name, .base_size = 4, .rows = 2, .width = 1};
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Identity(4, 4);
    instance.loss.b = Vector<Rational>::Constant(4, Rational(0));
    instance.loss.b[0] = instance.lambda + t * t;
    instance.loss.b[3] = instance.lambda + t * t / Rational(trial.tape().integer(2, 5));
    const ProblemFamily family(instance);
    Candidate candidate;
    candidate.point.resize(4);
    candidate.point << t, Rational(0), t, Rational(0);
    candidate.decided = minima::decide_surrogate(family, candidate.point);
    if (candidate.is_minimizer()) decide_image(trial, family, candidate);
}

bool has_width(const Setting& s) { return takes_matrices(s.transfer); }
bool at_depth_2(const Setting& s) {
    return s.transfer.name == "hadamard_product" && s.depth == Exponent(2);
}
const Registration registration({
    .id = "minima.surrogate-to-base",
    .statement = "every local minimizer of Q maps by K to a local minimizer of P",
    .hypotheses = {{"smooth optimization transfer (H1-H4), L continuous, lambda > 0"}},
    .source = "arXiv 2307.03571",
    .argument = "a local minimizer of Q minimizes S on its fibre, so it is balanced (H3); better "
                "base points nearby would lift to better surrogate points nearby (H4)",
    .machine = "minimizers of Q found by Newton from many starts, proved by enclosures; their "
               "images decided for P independently, by exact rationals or enclosures",
    .applies = anywhere,
    .check = check,
    .mutants =
        {{.id = "not-onto",
          .statement = "the same for K(u) = u*u, S = |u|^2",
          .why = "K is not onto: u = 0 is stuck where beta < 0 would be better",
          .applies = at_depth_2,
          .check = check_not_onto},
         {.id = "stationary-suffices",
          .statement = "every stationary point of Q maps to a local minimizer of P",
          .why = "saddles of Q at zero map to points with |g| > lambda; maxima of P lift too",
          .applies = anywhere,
          .check = check_stationary},
         {.id = "lambda-times-depth",
          .statement = "every local minimizer of Q at lambda maps to one of P at k*lambda",
          .why = "the two penalties carry the same lambda; k*lambda moves every nonzero minimizer",
          .applies = anywhere,
          .check = check_lambda_times_depth},
         {.id = "narrow-width",
          .statement = "the same for low_rank of a width below min(rows, cols)",
          .why =
              "K is not onto: where the best B has a higher rank, Q is stuck at the best of rank r",
          .applies = has_width,
          .check = check_narrow_width}},
    .default_cases = 24,
});

}  // namespace
}  // namespace hadamard::verify
