/// @claim minima.global-minima
///
/// Statement   inf P = inf Q; K(argmin Q) = argmin P; every ξ ∈ M(β̂) of a global minimizer β̂ is one
///             of Q.
/// Hypotheses  (K, S, R) has the smooth variational form (H1, H2), λ > 0; with or without ψ.
/// Source      arXiv 2307.03571 [SE].
/// Argument    inf Q = inf_β inf_{K(ξ)=β} L(β) + λS(ξ) = inf_β P(β), attained together.
/// Machine     Instances whose global minimizer is known without search: q = 1 and convex L, where a
///             proved local minimizer is global; q < 1 and L = (c/2)‖β‖² − ⟨b, β⟩, where it is the
///             prox of R (minima/scalar_oracle.hpp, or safeguarded iteration). In 100 digits: Q at the
///             lift equals P(β̂); no minimizer of Q found from many starts is lower; each that is as
///             low maps to β̂ when β̂ is the only one. Sampled: supported.
/// Mutants     uniqueness carried over; an even power; a solution path continuous in λ at q < 1.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "engine/transfers_gone_wrong.hpp"

namespace hadamard::verify {
namespace {

using R100 = Real<100>;

/// A global minimizer of P.
struct Global {
    Vector<Rational> point;
    bool unique = false;
};

/// Every coordinate a group of its own, without weights: R = Σ|β_i|^q, whose prox is known.
void split_groups(TransferSpec& spec) {
    spec.groups.clear();
    spec.weights.clear();
    for (Index i = 0; i < spec.base_size; ++i) spec.groups.push_back({i});
}

/// A loss (c/2)‖β‖² − ⟨b, β⟩, for which P is minimized by prox_{λR/c}(b/c). Groups are split where
/// R has no prox that is known (mixed_group, k_1 > 2).
Instance draw_isotropic(Tape& tape, const Setting& setting) {
    Instance out;
    const Index d = draw_base_size(tape, setting, 3);
    out.transfer = draw_transfer(tape, setting, d);
    out.lambda = tape.positive_rational(4);
    out.loss.kind = "quadratic";
    out.loss.A = tape.positive_rational(3) * Matrix<Rational>::Identity(d, d);
    out.loss.b = draw_point(tape, d);
    if (!ProblemFamily(out).over<double>().base.penalty().has_prox()) split_groups(out.transfer);
    return out;
}

Global isotropic_minimizer(const ProblemFamily& family) {
    const AnyBase<R100> P = family.over<R100>().base;
    const R100 c = from_rational<R100>(family.instance().loss.A(0, 0));
    const Vector<R100> target = from_rational<R100>(family.instance().loss.b) / c;
    // At q < 1 two minimizers tie where the prox jumps, and rational data do hit such a λ. Elsewhere
    // it moves by a few 1e-40: its slope in λ is bounded by that of the stationary point, 2/(2-q).
    const R100 step = P.lambda() / c, little("1e-40");
    const Vector<R100> earlier = P.penalty().prox(target, step * (1 - little));
    const Vector<R100> later = P.penalty().prox(target, step * (1 + little));
    const bool unique = agree(to_rational<R100>(earlier), to_rational<R100>(later), 20);
    return {to_rational<R100>(P.penalty().prox(target, step)), unique};
}

/// Relative to the size of the values: 100-digit arithmetic loses a few digits to sums.
bool equal_to_40_digits(const R100& a, const R100& b) {
    return abs(a - b) <= R100("1e-40") * (1 + abs(a) + abs(b));
}

nlohmann::ordered_json witness(const ProblemFamily& family, const Global& global,
                               const Vector<Rational>& xi, const R100& P, const R100& Q) {
    nlohmann::ordered_json out = witness_of(family.instance());
    out["base_minimizer"] = decimal_list(global.point);
    out["surrogate_point"] = decimal_list(xi);
    out["P_at_base_minimizer"] = P.str(45);
    out["Q_at_surrogate_point"] = Q.str(45);
    return out;
}

void compare(Trial& trial, const ProblemFamily& family, const Global& global, int starts) {
    const Problem<R100> problem = family.over<R100>();
    const Vector<R100> theta = from_rational<R100>(global.point);
    const R100 lowest = problem.base.value(theta);

    const Vector<R100> lift = problem.surrogate.transfer().lift(theta);
    const R100 lifted = problem.surrogate.value(lift);
    if (!equal_to_40_digits(lifted, lowest))
        trial.note_margin([&] { return margin_of_equal(lifted, lowest); });
    trial.expect("the lift attains inf P", equal_to_40_digits(lifted, lowest),
                 [&] { return witness(family, global, to_rational(lift), lowest, lifted); });

    for (const Candidate& candidate : surrogate_candidates(trial, family, starts)) {
        const Vector<R100> xi = from_rational<R100>(candidate.point);
        const R100 value = problem.surrogate.value(xi);
        const bool as_low = equal_to_40_digits(value, lowest);
        if (!as_low) trial.note_margin([&] { return margin_of_at_most(lowest, value); });
        trial.expect("no point of Q is lower than inf P", as_low || lowest < value,
                     [&] { return witness(family, global, candidate.point, lowest, value); });
        if (!as_low || !global.unique || !candidate.decided.enclosure) continue;
        const Vector<Rational> image = image_of(family, candidate.decided);
        trial.expect("K maps argmin Q to argmin P", agree(image, global.point, 15),
                     [&] { return witness(family, global, candidate.point, lowest, value); });
    }
}

/// At q = 1 and convex L any proved minimizer is global, and the strict one is unique.
void check_convex(Trial& trial, const ProblemFamily& family, int starts) {
    for (const Candidate& candidate : base_candidates(trial, family, 1)) {
        if (!candidate.is_minimizer() || !candidate.decided.enclosure) {
            trial.undecided("a global minimizer of P", candidate.decided.decision.reason);
            continue;
        }
        compare(trial, family,
                {midpoints(*candidate.decided.enclosure), candidate.decided.decision.strict},
                starts);
    }
}

void check(Trial& trial) {
    if (trial.setting().depth == Exponent(2)) {
        Menu menu;
        menu.only_convex = true;
        const ProblemFamily family(instance_of(trial, menu));
        check_convex(trial, family, 4);
    } else if (trial.data() == nullptr) {
        const ProblemFamily family(draw_isotropic(trial.tape(), trial.setting()));
        compare(trial, family, isotropic_minimizer(family), 4);
    }
}

void check_unique(Trial& trial) {
    const ProblemFamily family(draw_isotropic(trial.tape(), trial.setting()));
    const Global global = isotropic_minimizer(family);
    const minima::DecidedPoint decided =
        minima::decide_base(family, global.point, decide_settings(trial.digits()));
    if (!global.unique || decided.decision.outcome != minima::Outcome::minimizer) return;
    const std::vector<Vector<Rational>> fibre = fibre_of(family, decided, 2);
    for (const Vector<Rational>& xi : fibre) {
        const minima::Decision lifted =
            minima::decide_surrogate(family, xi, decide_settings(trial.digits())).decision;
        if (lifted.outcome != minima::Outcome::minimizer) return;
    }
    if (fibre.size() > 1) trial.note_margin([&] { return margin_of_equal(fibre[0], fibre[1]); });
    trial.expect("the minimizer of Q is unique", fibre.size() == 1, [&] {
        nlohmann::ordered_json out = witness_of(family.instance());
        out["base_minimizer"] = decimal_list(global.point);
        out["surrogate_minimizers"] = {decimal_list(fibre[0]), decimal_list(fibre[1])};
        return out;
    });
}

/// L = ½(β + a)²: the minimizer of P is negative, K = u^k never is.
void check_even_power(Trial& trial) {
    Instance instance;
    instance.transfer = {.name = "hadamard_power", .depth = trial.setting().depth, .base_size = 1};
    instance.lambda = Rational(1, trial.tape().integer(4, 9));
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Constant(1, 1, Rational(1));
    instance.loss.b = Vector<Rational>::Constant(1, Rational(-trial.tape().integer(2, 9)));
    const ProblemFamily family(instance, TransferFactory::of<EvenPower>());
    compare(trial, family, isotropic_minimizer(family), 2);
}

/// At the λ where y = y_glob(cλ) the minimizer of ½(β − y)² + λc|β|^q switches from 0 to x_glob.
void check_continuous_path(Trial& trial) {
    const Exponent q = Exponent(2) / trial.setting().depth;
    const R100 one_minus_q = (Exponent(1) - q).as<R100>(),
               two_minus_q = (Exponent(2) - q).as<R100>();
    const Rational y = trial.tape().positive_rational(5);
    const R100 x_glob = from_rational<R100>(y) * 2 * one_minus_q / two_minus_q;
    Instance below, above;
    below.transfer = {
        .name = trial.setting().transfer.name, .depth = trial.setting().depth, .base_size = 1};
    if (trial.setting().transfer.grouped) below.transfer.groups = {{0}};
    // R = c|β|^q, where c is not 1 for every transfer.
    const R100 c =
        make_transfer<R100>(below.transfer).induced().value(Vector<R100>::Constant(1, R100(1)));
    const Rational at_switch =
        to_rational<R100>(abs_power(x_glob, Exponent(2) - q) / (2 * one_minus_q * c));
    const Rational nearby = at_switch / Rational(Integer("1" + std::string(20, '0')));

    below.loss.kind = "quadratic";
    below.loss.A = Matrix<Rational>::Constant(1, 1, Rational(1));
    below.loss.b = Vector<Rational>::Constant(1, y);
    above = below;
    below.lambda = at_switch - nearby;
    above.lambda = at_switch + nearby;
    const Vector<Rational> before = isotropic_minimizer(ProblemFamily(below)).point;
    const Vector<Rational> after = isotropic_minimizer(ProblemFamily(above)).point;
    if (!agree(before, after, 3)) trial.note_margin([&] { return margin_of_equal(before, after); });
    trial.expect("the minimizer moves by less than 1e-3 when lambda does by 1e-20 of itself",
                 agree(before, after, 3), [&] {
                     nlohmann::ordered_json out;
                     out["y"] = text(y);
                     out["q"] = q.text();
                     out["transfer"] = below.transfer.name;
                     out["lambda"] = decimal_list(Vector<Rational>::Constant(1, at_switch))[0];
                     out["minimizer_just_below"] = decimal_list(before)[0];
                     out["minimizer_just_above"] = decimal_list(after)[0];
                     return out;
                 });
}

bool has_symmetric_fibres(const Setting& s) {
    if (s.transfer.name == "hadamard_difference") return s.depth.is_even_integer();
    return has_wide_fibres(s);
}
bool even_product(const Setting& s) {
    return s.transfer.name == "hadamard_product" && s.depth.is_even_integer();
}
bool deep(const Setting& s) { return s.depth > Exponent(2); }

const Registration registration({
    .id = "minima.global-minima",
    .statement = "inf P = inf Q, K(argmin Q) = argmin P, and every point of M(beta) of a global "
                 "minimizer beta of P is one of Q",
    .hypotheses = {{"smooth variational form (H1, H2), lambda > 0"}},
    .source = "arXiv 2307.03571",
    .argument = "inf over xi of Q = inf over beta of inf over the fibre = inf over beta of P",
    .machine = "global minimizers of P known without search (convex and q = 1, or a prox), against "
               "the lift and against every minimizer of Q found from many starts, in 100 digits",
    .applies = anywhere,
    .check = check,
    .mutants = {{.id = "unique",
                 .statement = "a unique minimizer of P gives a unique minimizer of Q",
                 .why = "sign symmetries of the factors",
                 .applies = has_symmetric_fibres,
                 .check = check_unique},
                {.id = "even-power",
                 .statement = "the same for K(u) = u^k with even k, S = |u|^2",
                 .why = "K is not onto: negative minimizers of P have no preimage",
                 .applies = even_product,
                 .check = check_even_power},
                {.id = "continuous-path",
                 .statement = "the solution path is continuous in lambda at q < 1",
                 .why = "it jumps from 0 to x_glob at the switch (minima/scalar_oracle.hpp)",
                 .applies = deep,
                 .check = check_continuous_path}},
    .default_cases = 20,
});

}  // namespace
}  // namespace hadamard::verify
