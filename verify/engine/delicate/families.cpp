#include "engine/delicate/families.hpp"

#include "engine/instances.hpp"
#include "engine/planted.hpp"
#include "hadamard/minima/scalar_oracle.hpp"

#include <algorithm>

namespace hadamard::verify {
namespace {

using minima::Outcome;
using minima::PlantedKind;
using minima::PlantedOptions;

Rational ten_to(int exponent) {
    const Integer power("1" + std::string(static_cast<std::size_t>(std::abs(exponent)), '0'));
    return exponent < 0 ? Rational(Integer(1), power) : Rational(power);
}

template <class T>
const T& one_of(Tape& tape, const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(
        tape.integer(0, static_cast<int>(choices.size()) - 1))];
}

/// A transfer that takes one of these depths, with points that have an exact lift.
Setting draw_setting(Tape& tape, const std::vector<Exponent>& depths) {
    const Exponent depth = one_of(tape, depths);
    std::vector<TransferTraits> taking;
    for (const TransferTraits& transfer : transfer_catalogue())
        if (transfer.finite_fibres && transfer.takes_depth(depth)) taking.push_back(transfer);
    return {one_of(tape, taking), depth};
}

/// d coordinates, each a block of its own, weights 1.
TransferSpec separate_blocks(Tape& tape, const Setting& setting, Index d) {
    TransferSpec spec;
    spec.name = setting.transfer.name;
    spec.depth = setting.depth;
    spec.base_size = d;
    if (setting.transfer.grouped)
        for (Index i = 0; i < d; ++i) spec.groups.push_back({i});
    return draw_variant(tape, setting, std::move(spec));
}

/// Sets λ so that λR = value Σ abs(β_i)^q, whatever constant the transfer gives R.
void set_lambda(Instance& instance, const Rational& value) {
    const auto blocks = ProblemFamily(instance).over<Rational>().base.penalty().blocks();
    instance.lambda = value / blocks.front().weight;
}

Exponent exponent_of(const Instance& instance) {
    return ProblemFamily(instance).over<Rational>().base.penalty().exponent();
}

/// s^N: a size whose lift is rational.
Rational exact_size(const Instance& instance, const Rational& s) {
    const TransferTraits traits = transfer_traits(instance.transfer.name);
    return abs_power(s, Exponent(traits.lift_degree(instance.transfer)));
}

/// θ and its lift, with the same answer.
void add(KnownInstance& known, const Vector<Rational>& theta, Outcome truth,
         const std::string& how) {
    const auto problem = ProblemFamily(known.instance).over<Rational>();
    known.points.push_back({false, theta, truth, how});
    known.points.push_back({true, problem.surrogate.transfer().lift(theta), truth, how});
}

Vector<Rational> vector_of(std::initializer_list<Rational> entries) {
    Vector<Rational> out(static_cast<Index>(entries.size()));
    std::copy(entries.begin(), entries.end(), out.begin());
    return out;
}

Outcome minimizer_if(bool condition) {
    return condition ? Outcome::minimizer : Outcome::not_minimizer;
}

/// ½(b − y)² in one coordinate.
Instance scalar_instance(Tape& tape, const Setting& setting) {
    Instance out;
    out.transfer = separate_blocks(tape, setting, 1);
    out.loss.kind = "least_squares";
    out.loss.X = Matrix<Rational>::Constant(1, 1, Rational(1));
    out.loss.y = Vector<Rational>::Constant(1, Rational(0));
    return out;
}

/// Least squares with a random design of small integers and y = 0, blocks of one coordinate.
Instance flat_instance(Tape& tape, const Setting& setting, Index d) {
    Instance out;
    out.transfer = separate_blocks(tape, setting, d);
    out.loss.kind = "least_squares";
    const Index n = tape.integer(1, static_cast<int>(d) + 2);
    out.loss.X.resize(n, d);
    for (Index j = 0; j < d; ++j)
        for (Index i = 0; i < n; ++i) out.loss.X(i, j) = tape.signed_integer(3);
    out.loss.y = Vector<Rational>::Constant(n, Rational(0));
    return out;
}

/// A planted instance of one of these kinds; other draws until one admits it.
KnownInstance planted_of(Tape& tape, const std::vector<Exponent>& depths,
                         const std::vector<PlantedKind>& kinds, const PlantedOptions& base,
                         int most_coordinates, const std::vector<std::string>& losses) {
    constexpr int attempts = 200;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const Setting setting = draw_setting(tape, depths);
        const Index d = base.design ? base.design->cols() : tape.integer(1, most_coordinates);
        const TransferSpec spec = draw_transfer(tape, setting, d);
        PlantedOptions options = base;
        options.loss = one_of(tape, losses);
        const PlantedKind kind = one_of(tape, kinds);
        const std::uint64_t seed = static_cast<std::uint64_t>(tape.integer(0, 1 << 20));
        try {
            if (const auto planted = minima::planted_instance(spec, kind, seed, options))
                return known_instance(*planted, "");
        } catch (const NotRepresentable&) {
            continue;
        }
    }
    throw PreconditionError("delicate: no instance of the kinds was drawn");
}

/// |g_i| = λ exactly: the Hessian of Q is singular, the point may be a minimizer all the same.
KnownInstance border(Tape& tape) {
    return planted_of(tape, {2},
                      {PlantedKind::border_convex, PlantedKind::border_up,
                       PlantedKind::border_down},
                      {}, 4, {"quadratic", "least_squares", "polynomial"});
}

/// ½(b − y)² + λ abs(b)^q where its local minimum and its local maximum merge: λ is such that x_loc = x =
/// s^N. At y_loc the double point is no minimizer (P has third order there). Just above, y is the
/// response of (s(1 ± δ))^N: the larger is the minimizer. Just below, nothing near x is stationary. Zero
/// is a minimizer throughout. Which side y is on is asked of `side_of_fold`, not assumed.
KnownInstance fold(Tape& tape) {
    KnownInstance out;
    out.instance = scalar_instance(tape, draw_setting(tape, {3, 4, 5, Exponent(5, 2)}));
    const Exponent q = exponent_of(out.instance);
    const Rational s = tape.positive_rational(3), x = exact_size(out.instance, s);
    const Rational lambda =
        abs_power(x, Exponent(2) - q) / (q.as<Rational>() * (Exponent(1) - q).as<Rational>());
    set_lambda(out.instance, lambda);
    const minima::ScalarOracle<Rational> oracle{lambda, q};
    const Rational delta = ten_to(-tape.integer(3, 18));
    const int side = tape.integer(0, 3);
    Rational b = x, y = oracle.y_loc();
    if (side == 1) b = exact_size(out.instance, Rational(s * (1 + delta)));
    if (side == 2) b = exact_size(out.instance, Rational(s * (1 - delta)));
    if (side == 1 || side == 2) y = oracle.response_at(b);
    if (side == 3) y *= 1 - delta;
    out.instance.loss.y[0] = y;
    const bool exists = minima::side_of_fold(y, lambda, q) == Sign::positive;
    add(out, vector_of({b}), minimizer_if(exists && b > x), "at the fold");
    add(out, vector_of({Rational(0)}), Outcome::minimizer, "zero");
    return out;
}

/// X = (x, ±x). q = 1: a segment of minimizers through β, whose entries share the weight. q < 1: a split
/// of the weight is no minimizer, since Σ abs(β_i)^q is concave along it; all of it on one column is one
/// for small λ: there H = a + λ q(q−1) abs(β)^{q−2} = 3a/4 > 0, a = ‖x‖²/n.
KnownInstance duplicated(Tape& tape) {
    KnownInstance out;
    Instance& instance = out.instance;
    instance.transfer = separate_blocks(tape, draw_setting(tape, {2, 3, 4}), 2);
    instance.loss.kind = "least_squares";
    const Index n = tape.integer(1, 4);
    const Rational sigma = tape.chance(1, 2) ? -1 : 1;
    instance.loss.X.resize(n, 2);
    for (Index i = 0; i < n; ++i) {
        instance.loss.X(i, 0) = i == 0 ? Rational(tape.integer(1, 3)) : Rational(tape.rational(3));
        instance.loss.X(i, 1) = sigma * instance.loss.X(i, 0);
    }
    instance.loss.y = Vector<Rational>::Constant(n, Rational(0));
    const Vector<Rational> x = instance.loss.X.col(0);
    const Rational rows(static_cast<int>(n)), a = x.dot(x) / rows;
    const Exponent q = exponent_of(instance);
    const bool is_linear = q == Exponent(1), on_one = !is_linear && tape.chance(1, 2);
    const Rational b0 = exact_size(instance, tape.positive_rational(3));
    Rational b1 = is_linear ? exact_size(instance, tape.positive_rational(3)) : b0;
    if (on_one) b1 = 0;
    const Rational slope = q.as<Rational>() * abs_power(b0, q - 1);  // of abs(.)^q at b0
    Rational lambda = tape.positive_rational(3);
    if (on_one)
        lambda = a / (4 * q.as<Rational>() * (Exponent(1) - q).as<Rational>() *
                      abs_power(b0, q - 2));
    set_lambda(instance, lambda);
    // X(θ) − y = r with xᵀr/n = −λ slope.
    const Rational share = -lambda * slope / a;
    instance.loss.y = x * (b0 + b1) - share * x;
    add(out, vector_of({b0, Rational(sigma * b1)}), minimizer_if(is_linear || on_one), "duplicates");
    return out;
}

/// Depth 10 with t = 1e-40: t^k = 1e-400 is 0 in double.
KnownInstance underflow(Tape& tape) {
    PlantedOptions options;
    options.scale = ten_to(-40);
    return planted_of(tape, {10},
                      {PlantedKind::minimizer, PlantedKind::maximum, PlantedKind::saddle}, options,
                      2, {"quadratic"});
}

/// Factors of 1e-30, products of 1e-60.
KnownInstance tiny_factors(Tape& tape) {
    PlantedOptions options;
    options.scale = ten_to(-30);
    return planted_of(tape, {2},
                      {PlantedKind::minimizer, PlantedKind::maximum, PlantedKind::saddle,
                       PlantedKind::steep, PlantedKind::border_up, PlantedKind::flat},
                      options, 3, {"quadratic", "least_squares"});
}

KnownInstance tiny_lambda(Tape& tape) {
    PlantedOptions options;
    options.lambda = ten_to(-12);
    return planted_of(tape, {2, 3, 4},
                      {PlantedKind::minimizer, PlantedKind::saddle, PlantedKind::steep,
                       PlantedKind::border_down, PlantedKind::flat},
                      options, 3, {"quadratic", "least_squares"});
}

/// λ at λ_max = max |g_i(0)|, a hair below or above, and far above: zero is a minimizer iff λ ≥ λ_max.
KnownInstance lambda_max(Tape& tape) {
    KnownInstance out;
    const Index d = tape.integer(1, 3);
    out.instance = flat_instance(tape, draw_setting(tape, {2}), d);
    out.instance.loss.X(0, 0) = 1;
    for (Index i = 0; i < out.instance.loss.y.size(); ++i)
        out.instance.loss.y[i] = tape.positive_rational(5);
    const Vector<Rational> zero = Vector<Rational>::Constant(d, Rational(0));
    const Vector<Rational> g =
        ProblemFamily(out.instance).over<Rational>().base.loss().gradient(zero);
    Rational largest(0);
    for (Index i = 0; i < d; ++i) largest = std::max(largest, magnitude(g[i]));
    if (largest == 0) largest = 1;  // y ⟂ X: any λ will do
    const Rational hair = ten_to(-tape.integer(12, 60));
    const Rational factor = one_of<Rational>(tape, {1, 1 + hair, 1 - hair, 3});
    const bool above = factor >= 1 || g.isZero();
    set_lambda(out.instance, Rational(factor * largest));
    add(out, zero, minimizer_if(above), "zero");
    return out;
}

/// y = 0: zero is the minimizer, however deficient X is.
KnownInstance zero_response(Tape& tape) {
    KnownInstance out;
    const Index d = tape.integer(1, 4);
    out.instance = flat_instance(tape, draw_setting(tape, {2, 3, 4}), d);
    out.instance.lambda = tape.positive_rational(3);
    add(out, Vector<Rational>::Constant(d, Rational(0)), Outcome::minimizer, "zero");
    return out;
}

/// Two rows ±c that a hyperplane separates: L = log(1 + e^{−cβ}), whose slope −c σ(−cβ) is −λ at
/// β = log((c − λ)/λ)/c, the global minimizer. Zero (|g| = c/2 > λ) and β/2 are none.
KnownInstance separable_logistic(Tape& tape) {
    KnownInstance out;
    Instance& instance = out.instance;
    instance.transfer = separate_blocks(tape, draw_setting(tape, {2}), 1);
    const Rational c = tape.integer(1, 5);
    instance.loss.kind = "logistic";
    instance.loss.X.resize(2, 1);
    instance.loss.X << c, Rational(-c);
    instance.loss.y = vector_of({Rational(1), Rational(0)});
    const Rational lambda = tape.integer(1, 9) * ten_to(-tape.integer(6, 40));
    const PrecisionScope scope(PrecisionScope::bits_for(150));
    const auto blocks = ProblemFamily(instance).over<Interval>().base.penalty().blocks();
    instance.lambda = lambda / blocks.front().weight.midpoint_as_rational();
    const Interval root = log(from_rational<Interval>(Rational((c - lambda) / lambda))) /
                          from_rational<Interval>(c);
    const auto transfer = ProblemFamily(instance).over<Interval>().surrogate.transfer();
    const auto add_rounded = [&](const Interval& at, Outcome truth, const std::string& how) {
        Vector<Interval> theta(1);
        theta[0] = at;
        const auto rounded = [](const Vector<Interval>& x) {
            Vector<Rational> middle(x.size());
            for (Index i = 0; i < x.size(); ++i) middle[i] = x[i].midpoint_as_rational();
            return middle;
        };
        out.points.push_back({false, rounded(theta), truth, how});
        out.points.push_back({true, rounded(transfer.lift(theta)), truth, how});
    };
    add_rounded(root.midpoint(), Outcome::minimizer, "separable");
    add_rounded((root / Interval(2)).midpoint(), Outcome::not_minimizer, "half way");
    add_rounded(Interval(0), Outcome::not_minimizer, "zero");
    return out;
}

/// X of condition number near 4e12, its smallest singular value near 1e-12: XᵀX/n has an eigenvalue near
/// 1e-25. A penalty that bends by λ = 1e-20 turns it negative; one of 1e-32 does not.
KnownInstance ill_conditioned(Tape& tape) {
    PlantedOptions options;
    Matrix<Rational> X(2, 2);
    const Rational a(tape.integer(1, 3));
    X << a, a, a, Rational(a + ten_to(-12));
    options.design = X;
    if (tape.chance(1, 2)) {
        options.lambda = ten_to(-20);
        return planted_of(tape, {3, 4}, {PlantedKind::saddle}, options, 2, {"least_squares"});
    }
    options.lambda = ten_to(-32);
    return planted_of(tape, {2, 3, 4}, {PlantedKind::minimizer}, options, 2, {"least_squares"});
}

/// A local minimum of ℓ_{2/3} at 0 with a basin of about 1e-9: λ ~ 1e-3 against a slope of order 1. Its
/// rim x, where b + λ q b^{q−1} = y, is a local maximum, since 1 + λ q(q−1) x^{q−2} < 0.
KnownInstance narrow_basin(Tape& tape) {
    KnownInstance out;
    out.instance = scalar_instance(tape, draw_setting(tape, {3}));
    const Exponent q = exponent_of(out.instance);
    const Rational lambda = tape.integer(1, 9) * ten_to(-3);
    set_lambda(out.instance, lambda);
    const Rational s = tape.integer(1, 9) * ten_to(-3) / tape.integer(4, 9);
    const Rational x = exact_size(out.instance, s);
    const minima::ScalarOracle<Rational> oracle{lambda, q};
    out.instance.loss.y[0] = oracle.response_at(x);
    const Rational bend =
        1 + lambda * q.as<Rational>() * (q - 1).as<Rational>() * abs_power(x, q - 2);
    add(out, vector_of({Rational(0)}), Outcome::minimizer, "zero");
    add(out, vector_of({x}), minimizer_if(bend > 0), "the rim");
    return out;
}

}  // namespace

const std::vector<DelicateFamily>& delicate_families() {
    static const std::vector<DelicateFamily> all = {
        {"border", "|g_i| = lambda exactly", border},
        {"fold", "a minimum and a maximum of |b|^q merge", fold},
        {"duplicates", "duplicated columns", duplicated},
        {"underflow", "depth 10, t^k underflows", underflow},
        {"tiny-factors", "factors 1e-30, products 1e-60", tiny_factors},
        {"tiny-lambda", "lambda = 1e-12", tiny_lambda},
        {"lambda-max", "lambda at and beyond lambda_max", lambda_max},
        {"zero-response", "y = 0", zero_response},
        {"separable", "separable logistic data, tiny lambda", separable_logistic},
        {"ill-conditioned", "X of condition number 1e12", ill_conditioned},
        {"narrow-basin", "a basin of width 1e-9", narrow_basin},
    };
    return all;
}

KnownInstance delicate_instance(std::uint64_t seed, long number) {
    const std::vector<DelicateFamily>& all = delicate_families();
    const DelicateFamily& family = all[static_cast<std::size_t>(number) % all.size()];
    SeedMix mix(seed);
    mix << "delicate" << family.id << static_cast<std::uint64_t>(number);
    Tape tape(mix.value());
    KnownInstance out = family.draw(tape);
    out.family = family.id;
    return out;
}

}  // namespace hadamard::verify
