/// @claim svf.fibre-continuity
///
/// Statement   M is upper hemicontinuous, and lower hemicontinuous at each of its points (H4): the
///             Hausdorff distance of M(β) and M(β') in the sup norm is at most max_α 2^{1−α} ε^α, where ε
///             = max_j ‖β_j − β'_j‖ and α = 1/k (young_product: α = q/a and q/b). The exponent is
///             sharp at 0; away from 0 it is 1.
/// Hypotheses  M(β) finite: its points are the images of lift(β) under the symmetries of (K, S).
/// Source      arXiv 2307.03571 [SE], H4; the constant [own].
/// Argument    A factor is φ(x) = x‖x‖^{α−1} of x = β_j, or ±‖x‖^α. abs(‖x‖^α − ‖y‖^α) ≤ ‖x − y‖^α, as t^α is
///             subadditive. With a = φ(x), b = φ(y), p = 1/α ≥ 2: ⟨a‖a‖^{p−1} − b‖b‖^{p−1}, a − b⟩ =
///             ½(‖a‖^{p−1} + ‖b‖^{p−1})‖a − b‖² + ½(‖a‖^{p−1} − ‖b‖^{p−1})(‖a‖² − ‖b‖²) ≥ (‖a − b‖/2)^{p−1}
///             ‖a − b‖² (power mean, triangle inequality), so ‖x − y‖ ≥ 2^{1−p}‖a − b‖^p. The signs of
///             the ±‖x‖^α may be kept from M(β) to M(β'). Opposite x = −y give equality. For 1 < p < 2
///             (young_product) the power mean is replaced by ‖a‖^{p−1} + ‖b‖^{p−1} ≥ ‖a − b‖^{p−1}, and
///             the constant by 2^α ≤ 2: there the bound claimed is 2 ε^α.
/// Machine     "distance"       β, β' perfect powers, β' far, near (10^−1 … 10^−12), of other sign or 0;
///                              both minimal fibres in full, the Hausdorff distance over Rational, and
///                              the inequality raised to an integer power: exact. K(ξ') = β' too.
///             "exponent at 0"  log-slope of the distance of M(0) and M(t e), t = 10^−3 … 10^−40, in
///                              enclosures: holds min α, within 1e-30.
///             "exponent off 0" the same from M(β) to the branch of M(β + t e), t ≤ 10^−60: 1 up to O(t).
///             Transfers without a derived constant: the exponents only, and at 0 what the lift shows
///             must be one number in (0, 1). Sampled: supported.
/// Mutants     M Lipschitz; Hölder 2/k; constant 1.

#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "hadamard/catalogue/registered_transfers.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hadamard::verify {
namespace {

/// The exponents α of the factors in the closed form of M; none where no constant is derived.
std::vector<Exponent> factor_exponents(const TransferSpec& spec) {
    static constexpr std::array equal_factors = {
        "hadamard_product", "hadamard_difference",  "hadamard_power", "shared_product",
        "group_product",    "group_shared_product", "group_power"};
    if (spec.exponents.size() == 2) {
        const Exponent q = Exponent(2) / spec.depth;
        return {q / spec.exponents[0], q / spec.exponents[1]};
    }
    if (std::ranges::find(equal_factors, spec.name) == equal_factors.end()) return {};
    return {Exponent(1) / spec.depth};
}

using Fibre = std::vector<Vector<Rational>>;

Rational sup_distance(const Vector<Rational>& a, const Vector<Rational>& b) {
    Rational out = 0;
    for (Index i = 0; i < a.size(); ++i) out = larger(out, magnitude(Rational(a[i] - b[i])));
    return out;
}

Rational distance_to(const Vector<Rational>& xi, const Fibre& fibre) {
    Rational out = sup_distance(xi, fibre.front());
    for (const Vector<Rational>& other : fibre) out = smaller(out, sup_distance(xi, other));
    return out;
}

Rational hausdorff(const Fibre& a, const Fibre& b) {
    Rational out = 0;
    for (const Vector<Rational>& xi : a) out = larger(out, distance_to(xi, b));
    for (const Vector<Rational>& xi : b) out = larger(out, distance_to(xi, a));
    return out;
}

/// ε² = max over blocks of ‖β_j − β'_j‖².
Rational squared_gap(const AnyTransfer<Rational>& transfer, const Vector<Rational>& a,
                     const Vector<Rational>& b) {
    Rational out = 0;
    for (const TransferBlock& block : transfer.blocks()) {
        const Vector<Rational> delta = gather(a, block.base) - gather(b, block.base);
        out = larger(out, delta.squaredNorm());
    }
    return out;
}

/// Sides of an inequality left ≤ right.
struct Sides {
    Rational left, right;
};

/// distance ≤ c ε^α, exactly, for c^{r} given with α = p/r: distance^{2r} ≤ (c^r)² (ε²)^p.
Sides bound_sides(const Rational& distance, const Rational& c_to_r, const Rational& squared,
                  Exponent alpha) {
    const auto power = [](const Rational& x, long n) {
        return natural_power(x, static_cast<unsigned long>(n));
    };
    return {power(distance, 2 * alpha.den()), c_to_r * c_to_r * power(squared, alpha.num())};
}

/// c^r: 2^{r−p} for 1/α ≥ 2, else 2^r.
Rational derived_constant(Exponent alpha) {
    const long n = alpha.num() * 2 <= alpha.den() ? alpha.den() - alpha.num() : alpha.den();
    return natural_power(Rational(2), static_cast<unsigned long>(n));
}

/// A pair of base points with rational lifts.
struct Pair {
    TransferSpec spec;
    Vector<Rational> from, to;
};

nlohmann::ordered_json witness(const Pair& pair, const Rational& distance) {
    nlohmann::ordered_json out;
    out["transfer"] = pair.spec.name;
    out["depth"] = pair.spec.depth.text();
    out["base_size"] = pair.spec.base_size;
    if (!pair.spec.groups.empty()) out["groups"] = pair.spec.groups;
    out["from"] = exact_list(pair.from);
    out["to"] = exact_list(pair.to);
    out["hausdorff_distance"] = text(distance);
    return out;
}

Rational draw_tiny(Tape& tape) {
    static constexpr int digits[] = {1, 3, 6, 12};
    return 1 / natural_power(Rational(10), static_cast<unsigned long>(digits[tape.integer(0, 3)]));
}

/// β and β' = c^N β with c near 1, or β' independent, or β' = ± s^N-sized where β is 0.
Pair draw_pair(Trial& trial) {
    Tape& tape = trial.tape();
    const int most = trial.setting().depth > Exponent(4) ? 1 : 2;
    Pair out{draw_transfer(tape, trial.setting(), tape.integer(1, most)), {}, {}};
    const Exponent degree(trial.setting().transfer.lift_degree(out.spec));
    out.from = draw_exact_base_point(tape, out.spec);
    const int kind = tape.integer(0, 3);
    if (kind == 0) {
        out.to = draw_exact_base_point(tape, out.spec);
        return out;
    }
    const Rational s = draw_tiny(tape);
    if (kind == 1) {
        const Rational c = tape.chance(1, 2) ? Rational(1 - s) : Rational(1 + s);
        out.to = abs_power(c, degree) * out.from;
        return out;
    }
    // Both tiny, of any sign; or one of them 0.
    out.to = abs_power(s, degree) * draw_exact_base_point(tape, out.spec);
    out.from = kind == 2 ? Vector<Rational>(abs_power(s, degree) * out.from)
                         : Vector<Rational>::Constant(out.spec.base_size, Rational(0));
    return out;
}

/// More points than any fibre of two coordinates at depth 4, or one at depth 7, has.
constexpr Index most_points = 130;

std::optional<Rational> fibre_distance(const AnyTransfer<Rational>& transfer, const Pair& pair) {
    const Fibre a = minimal_fibre(transfer, pair.from, most_points);
    const Fibre b = minimal_fibre(transfer, pair.to, most_points);
    if (static_cast<Index>(std::max(a.size(), b.size())) == most_points) return std::nullopt;
    return hausdorff(a, b);
}

void check_distance(Trial& trial) {
    constexpr std::string_view part = "distance";
    const Pair pair = draw_pair(trial);
    const std::vector<Exponent> exponents = factor_exponents(pair.spec);
    if (exponents.empty()) return;
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(pair.spec);
    const std::optional<Rational> distance = fibre_distance(transfer, pair);
    if (!distance) return trial.undecided(part, "a minimal fibre has too many points");
    const Rational squared = squared_gap(transfer, pair.from, pair.to);
    // Within the largest of the bounds.
    Sides sides{};
    for (const Exponent alpha : exponents) {
        Sides other = bound_sides(*distance, derived_constant(alpha), squared, alpha);
        if (alpha == exponents.front() || other.left <= other.right) sides = std::move(other);
    }
    trial.note_margin([&] { return margin_of_at_most(sides.left, sides.right); });
    const bool within = sides.left <= sides.right;
    const bool onto = transfer.apply(transfer.lift(pair.to)) == pair.to;
    trial.expect(part, within && onto, [&] { return witness(pair, *distance); });
}

/// sup |lift(β + t e) − lift(β)|.
Interval lift_distance(const AnyTransfer<Interval>& transfer, const Vector<Interval>& beta,
                       const Vector<Interval>& e, const Interval& t) {
    Vector<Interval> moved = beta;
    for (Index i = 0; i < moved.size(); ++i) moved[i] += t * e[i];
    const Vector<Interval> a = transfer.lift(beta), b = transfer.lift(moved);
    Interval out(0);
    for (Index i = 0; i < a.size(); ++i) out = larger(out, abs(b[i] - a[i]));
    return out;
}

Interval power_of_ten(unsigned long digits) {
    return Interval(1) / natural_power(Interval(10), digits);
}

/// log(d(t)/d(t'))/log(t/t').
Interval slope(const AnyTransfer<Interval>& transfer, const Vector<Interval>& beta,
               const Vector<Interval>& e, unsigned long digits, unsigned long more) {
    const Interval near = power_of_ten(more), far = power_of_ten(digits);
    return log(lift_distance(transfer, beta, e, far) / lift_distance(transfer, beta, e, near)) /
           log(far / near);
}

/// |x − value| ≤ 10^−digits, certainly.
template <class Describe>
void expect_near(Trial& trial, std::string_view part, const Interval& x, const Interval& value,
                 unsigned long digits, Describe describe) {
    const Interval off = abs(x - value), accuracy = power_of_ten(digits);
    trial.note_margin([&] { return margin_of_at_most(off, accuracy); });
    trial.expect(part, certainly_less(off, accuracy), describe);
}

nlohmann::ordered_json slope_witness(const TransferSpec& spec, const Vector<Rational>& beta,
                                     const Vector<Rational>& e, const Interval& found) {
    nlohmann::ordered_json out;
    out["transfer"] = spec.name;
    out["depth"] = spec.depth.text();
    out["from"] = exact_list(beta);
    out["direction"] = exact_list(e);
    out["exponent"] = found.str(40);
    return out;
}

/// All of M(0) and of M(t e) have one sup norm each: symmetries permute entries and signs.
void check_exponent_at_zero(Trial& trial) {
    constexpr std::string_view part = "exponent at 0";
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 3));
    const PrecisionScope scope(PrecisionScope::bits_for(200));
    const AnyTransfer<Interval> transfer = make_transfer<Interval>(spec);
    const Vector<Rational> zero = Vector<Rational>::Constant(spec.base_size, Rational(0));
    Vector<Rational> e = draw_point(tape, spec.base_size);
    if (e.isZero()) e[0] = -1;
    const Vector<Interval> origin = from_rational<Interval>(zero);
    const Vector<Interval> direction = from_rational<Interval>(e);
    const std::vector<Exponent> exponents = factor_exponents(spec);
    const Interval last = slope(transfer, origin, direction, 38, 40);
    if (exponents.empty()) {
        const bool fractional =
            sign_of(last) == Sign::positive && certainly_less(last, Interval(1));
        if (fractional) trial.holds("fractional exponent at 0");
        return;
    }
    Exponent least = exponents.front();
    for (const Exponent alpha : exponents) least = alpha < least ? alpha : least;
    // With one exponent the power law is exact at every t. With two, the larger of the two powers
    // rules for t below 10^−38 unless they are all but equal.
    for (const unsigned long digits : {3UL, 10UL, 38UL}) {
        if (exponents.size() > 1 && digits < 38) continue;
        const Interval found = slope(transfer, origin, direction, digits, digits + 2);
        expect_near(trial, part, found, least.as<Interval>(), 30,
                    [&] { return slope_witness(spec, zero, e, found); });
    }
}

/// Off 0 the lift is smooth: distance = c t (1 + O(t)) with t ≤ 10^−60; the factor of O(t) is below
/// 10^30 for entries ≥ 1/8, so the slope is within 10^−25 of 1.
void check_exponent_off_zero(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 3));
    const PrecisionScope scope(PrecisionScope::bits_for(300));
    const AnyTransfer<Interval> transfer = make_transfer<Interval>(spec);
    Vector<Rational> beta(spec.base_size), e(spec.base_size);
    for (Index i = 0; i < beta.size(); ++i) {
        beta[i] = (tape.chance(1, 2) ? -1 : 1) * tape.positive_rational(4);
        e[i] = tape.rational(4);
    }
    if (e.isZero()) e[0] = 1;
    const Interval found =
        slope(transfer, from_rational<Interval>(beta), from_rational<Interval>(e), 60, 80);
    expect_near(trial, "exponent off 0", found, Interval(1), 25,
                [&] { return slope_witness(spec, beta, e, found); });
}

void check(Trial& trial) {
    check_distance(trial);
    check_exponent_at_zero(trial);
    check_exponent_off_zero(trial);
}

/// The false bound distance ≤ c ε^α between M(0) and M(± s^N, 0, …).
void check_bound_at_zero(Trial& trial, Exponent alpha, const Rational& c) {
    Tape& tape = trial.tape();
    Pair pair{draw_transfer(tape, trial.setting(), 1), {}, {}};
    const Exponent degree(trial.setting().transfer.lift_degree(pair.spec));
    const Rational s = draw_tiny(tape) * (tape.chance(1, 2) ? -1 : 1);
    pair.from = Vector<Rational>::Constant(1, Rational(0));
    pair.to = Vector<Rational>::Constant(1, signed_power(s, degree));
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(pair.spec);
    const std::optional<Rational> distance = fibre_distance(transfer, pair);
    if (!distance) return trial.undecided("distance", "a minimal fibre has too many points");
    const Rational c_to_r = natural_power(c, static_cast<unsigned long>(alpha.den()));
    const Sides sides =
        bound_sides(*distance, c_to_r, squared_gap(transfer, pair.from, pair.to), alpha);
    trial.expect_at_most("distance", sides.left, sides.right,
                         [&] { return witness(pair, *distance); });
}

void check_lipschitz(Trial& trial) { check_bound_at_zero(trial, 1, 100); }
void check_twice_the_exponent(Trial& trial) {
    check_bound_at_zero(trial, Exponent(2) / trial.setting().depth, 100);
}

/// M(−s^N) and M(s^N) at the distance 2 s^n against (2 s^N)^{1/k}: exact.
void check_constant_one(Trial& trial) {
    Tape& tape = trial.tape();
    Pair pair{draw_transfer(tape, trial.setting(), 1), {}, {}};
    const Exponent degree(trial.setting().transfer.lift_degree(pair.spec));
    const Rational beta = abs_power(tape.positive_rational(3), degree);
    pair.from = Vector<Rational>::Constant(1, Rational(-beta));
    pair.to = Vector<Rational>::Constant(1, beta);
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(pair.spec);
    const std::optional<Rational> distance = fibre_distance(transfer, pair);
    if (!distance) return trial.undecided("distance", "a minimal fibre has too many points");
    const Sides sides =
        bound_sides(*distance, Rational(1), squared_gap(transfer, pair.from, pair.to),
                    Exponent(1) / trial.setting().depth);
    trial.expect_at_most("distance", sides.left, sides.right,
                         [&] { return witness(pair, *distance); });
}

/// Some factor must change its sign with β: in u^k − v^k the other one can take over.
/// Not known of a transfer that a user wrote: u² − v² as a file is none that does.
bool changes_a_sign(const Setting& s) {
    return has_finite_fibres(s) && s.transfer.name != "hadamard_difference" &&
           registered_transfer(s.transfer.name) == nullptr;
}

const Registration registration({
    .id = "svf.fibre-continuity",
    .statement = "M is upper and lower hemicontinuous: M(beta) and M(beta') are within "
                 "2^(1-1/k) |beta - beta'|^(1/k) of each other, an exponent that is sharp at 0",
    .hypotheses = {{"M(beta) finite"}},
    .source = "arXiv 2307.03571; the constant: this project",
    .argument =
        "factors are x |x|^(1/k - 1) or +-|x|^(1/k): t^(1/k) is subadditive, and |x - y| >= "
        "2^(1-k) |a - b|^k for a = x |x|^(1/k - 1)",
    .machine =
        "Hausdorff distances of whole minimal fibres and the inequality to an integer power, "
        "over exact rationals; log-slopes for t down to 1e-80 in enclosures",
    .applies = has_finite_fibres,
    .check = check,
    .mutants = {{.id = "lipschitz",
                 .statement = "M(beta) and M(beta') are within 100 |beta - beta'|",
                 .why = "the exponent at 0 is 1/k",
                 .applies = has_finite_fibres,
                 .check = check_lipschitz},
                {.id = "exponent-2-over-k",
                 .statement = "M(beta) and M(beta') are within 100 |beta - beta'|^(2/k)",
                 .why = "the exponent at 0 is 1/k",
                 .applies = has_finite_fibres,
                 .check = check_twice_the_exponent},
                {.id = "constant-one",
                 .statement = "M(beta) and M(beta') are within |beta - beta'|^(1/k)",
                 .why = "from -b to b a factor moves by 2 b^(1/k) = 2^(1-1/k) |2b|^(1/k)",
                 .applies = changes_a_sign,
                 .check = check_constant_one}},
    .default_cases = 48,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
