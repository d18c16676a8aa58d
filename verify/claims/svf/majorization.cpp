/// @claim svf.majorization
///
/// Statement   Q(ξ) − P(K(ξ)) = λ (S(ξ) − R(K(ξ))) ≥ 0, with equality iff ξ ∈ M(K(ξ)).
/// Hypotheses  λ > 0; with or without unpenalised ψ.
/// Source      arXiv 2307.03571 [SE].
/// Argument    The loss terms cancel; the rest is penalty-equality.
/// Machine     Q, P, S and R enclosed separately at drawn rational points, on M and off it: the two
///             sides must overlap, and the sign must be right (at 50 digits and on to 3200 until it is certain).
///             Sampled: supported.
/// Mutants     equality everywhere; the reverse inequality; λ lost on the way.

#include "engine/claim.hpp"
#include "engine/instances.hpp"

#include <cmath>
#include <memory>

namespace hadamard::verify {
namespace {

enum class Variant { stated, equality_everywhere, reversed, lambda_lost };

/// Q and P share the loss, which at β = 625 is exp(625) for poisson: hundreds of digits cancel.
constexpr int most_digits = 3200;

struct Sides {
    Interval left;   ///< Q(ξ) − P(K(ξ)).
    Interval right;  ///< λ (S(ξ) − R(K(ξ))), or what the variant makes of it.
};

Sides sides_at(const ProblemFamily& family, const Vector<Rational>& xi, Variant variant) {
    const Problem<Interval> problem = family.over<Interval>();
    const AnyTransfer<Interval>& transfer = problem.surrogate.transfer();
    const Vector<Interval> point = from_rational<Interval>(xi);
    const Vector<Interval> beta = transfer.apply(point);
    const Interval gap = transfer.penalty(point) - transfer.induced().value(beta);
    return {problem.surrogate.value(point) - problem.base.value(beta),
            variant == Variant::lambda_lost ? gap : problem.base.lambda() * gap};
}

bool sign_is_right(Sign sign, bool on_fibre, Variant variant) {
    const bool vanishes = on_fibre || variant == Variant::equality_everywhere;
    if (vanishes) return sign == Sign::zero || sign == Sign::unknown;
    return sign == (variant == Variant::reversed ? Sign::negative : Sign::positive);
}

void check_at(Trial& trial, const ProblemFamily& family, const Vector<Rational>& xi, bool on_fibre,
              Variant variant) {
    constexpr std::string_view part = "Q - P o K = lambda (S - R o K) >= 0";
    for (int digits = 50; digits <= most_digits; digits *= 2) {
        const PrecisionScope scope(PrecisionScope::bits_for(digits));
        const Sides sides = sides_at(family, xi, variant);
        const Sign sign = sign_of(sides.left);
        if (sign == Sign::unknown && !on_fibre) continue;
        const bool holds =
            sides.left.overlaps(sides.right) && sign_is_right(sign, on_fibre, variant);
        trial.expect(part, holds, [&] {
            nlohmann::ordered_json out = witness_of(family.instance());
            out["surrogate_point"] = exact_list(xi);
            out["Q_minus_P"] = sides.left.str(30);
            out["lambda_S_minus_R"] = sides.right.str(30);
            return out;
        });
        return;
    }
    trial.undecided(part, "Q - P o K has no certain sign off the minimal fibre at 3200 digits");
}

/// (ψ; ξ) with ψ drawn.
Vector<Rational> with_psi(Tape& tape, const Instance& instance, const Vector<Rational>& xi) {
    Vector<Rational> out(static_cast<Index>(instance.unpenalised.size()) + xi.size());
    out << draw_point(tape, static_cast<Index>(instance.unpenalised.size())), xi;
    return out;
}

/// Off M when it is said so: by the exact imbalance, for power transfers never.
void check_variant(Trial& trial, Variant variant) {
    const Instance instance = instance_of(trial);
    const ProblemFamily family(instance);
    Tape& tape = trial.tape();
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(instance.transfer);
    const Vector<Rational> xi = draw_point(tape, transfer.surrogate_size());
    check_at(trial, family, with_psi(tape, instance, xi), on_minimal_fibre(transfer, xi), variant);
    const Vector<Rational> balanced = transfer.lift(draw_exact_base_point(tape, instance.transfer));
    check_at(trial, family, with_psi(tape, instance, balanced), true, variant);
}

/// Of S − R∘K relative to S + R∘K, where the loss has cancelled.
double relative_violation(double S, double R, double lambda, Variant variant) {
    if (S + R == 0) return 0;
    const double excess = (S - R) / (S + R);
    switch (variant) {
        case Variant::stated: return -excess;
        case Variant::equality_everywhere: return std::abs(excess);
        case Variant::reversed: return excess;
        case Variant::lambda_lost: return std::abs((lambda - 1) * excess) / (lambda + 1);
    }
    return 0;
}

/// Points of M, where S = R∘K: over β with equal entries, 0, 1 and those of scalar_oracle.hpp at
/// which the minimizers of ½(b − y)² + λ|b|^q fold (x_loc) and swap (x_glob).
std::vector<Vector<double>> tight_points(const AnyTransfer<double>& transfer, double lambda) {
    const double q = (Exponent(2) / transfer.depth()).as<double>();
    std::vector<Vector<double>> out;
    for (const double power : {0.0, 1.0, lambda * q * (1 - q), 2 * lambda * (1 - q)}) {
        const double b = std::pow(power, 1 / (2 - q));
        out.push_back(transfer.lift(Vector<double>::Constant(transfer.base_size(), b)));
    }
    return out;
}

/// By ξ; ψ, drawn after it, has no part in S − R∘K.
Margin margin_of(Trial& trial, Variant variant) {
    const Instance instance = instance_of(trial);
    const auto transfer =
        std::make_shared<AnyTransfer<double>>(make_transfer<double>(instance.transfer));
    const auto R = std::make_shared<AnyPenalty<double>>(transfer->induced());
    const auto lambda = instance.lambda.convert_to<double>();
    return {trial.tape().rationals().size(), transfer->surrogate_size(),
            [transfer, R, lambda, variant](const Vector<double>& xi) {
                return relative_violation(transfer->penalty(xi), R->value(transfer->apply(xi)),
                                          lambda, variant);
            },
            tight_points(*transfer, lambda)};
}

void check(Trial& trial) { check_variant(trial, Variant::stated); }

template <Variant V>
void check_mutant(Trial& trial) {
    check_variant(trial, V);
}

template <Variant V>
Margin margin(Trial& trial) {
    return margin_of(trial, V);
}

const Registration registration({
    .id = "svf.majorization",
    .statement = "Q(xi) - P(K(xi)) = lambda (S(xi) - R(K(xi))) >= 0, with equality iff xi is in "
                 "M(K(xi))",
    .hypotheses = {{"lambda > 0"}},
    .source = "arXiv 2307.03571",
    .argument = "the loss terms cancel; the rest is svf.penalty-equality",
    .machine = "Q, P, S, R enclosed separately at rational points on and off the minimal fibre",
    .applies = anywhere,
    .check = check,
    .mutants = {{.id = "equality-everywhere",
                 .statement = "Q = P o K at every xi",
                 .why = "unbalanced factors cost more",
                 .applies = has_wide_fibres,
                 .check = check_mutant<Variant::equality_everywhere>,
                 .margin = margin<Variant::equality_everywhere>},
                {.id = "reversed",
                 .statement = "Q <= P o K",
                 .why = "unbalanced factors cost more",
                 .applies = has_wide_fibres,
                 .check = check_mutant<Variant::reversed>,
                 .margin = margin<Variant::reversed>},
                {.id = "lambda-lost",
                 .statement = "Q - P o K = S - R o K",
                 .why = "lambda multiplies both penalties",
                 .applies = has_wide_fibres,
                 .check = check_mutant<Variant::lambda_lost>,
                 .margin = margin<Variant::lambda_lost>}},
    .default_cases = 60,
    .margin = margin<Variant::stated>,
});

}  // namespace
}  // namespace hadamard::verify
