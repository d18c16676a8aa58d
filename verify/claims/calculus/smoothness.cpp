/// @claim calculus.smoothness
///
/// Statement   The formulas for ∇Q and ∇²Q are exact where these exist, and Q has the class C^r that
///             `smoothness()` states (the headers in transfers/), and no better, at every depth k.
/// Hypotheses  L smooth; "no better" for generic ∇L at the kink; k ≤ 12 (differences of higher order drown
///             in 200 digits).
/// Source      arXiv 2307.03571 [SE]; the classes: t|t|^{k−1} and |v|^{k−1} at 0.
/// Argument    t|t|^{e−1} and |t|^e have r continuous derivatives iff r < e, unless they are polynomials
///             (e an odd, respectively even, integer). K is a sum of products of such powers, S a sum.
/// Machine     "proof"    Polynomial transfers: DK, DKᵀ, ∇²⟨K, g⟩, ∇S and ∇²S over Rational against the
///                        derivatives of the interpolation polynomials of K, DKᵀ, S and ∇S, on a
///                        lattice that determines them, one block of each small shape; blocks are
///                        independent, Q's formulas the chain rule. The class needs no proof: C^∞.
///             "formulas" ∇Q and ∇²Q against central differences of Q and ∇Q in 200 digits, off the kinks.
///             "class"    At points with zeros, coordinate by coordinate and block by block, the n-th
///                        difference Δ of t ↦ Q(ξ + tv) at steps h and h/10, n ≥ r + 3: a singular
///                        term |t|^e, e < n, makes Δ ~ h^e, so e is read off; e ≥ n or Δ = 0 when there
///                        is none. The class along the line is ⌈e⌉ − 1. At least r on every line, r on one.
///             "continuous" ∇Q (r ≥ 1) and ∇²Q (r ≥ 2) approaching the kink. Sampled: supported.
/// Mutants     one class better; C² for t|t|^{1/2}; C^1 for u|v|; convex where P is.

#include "engine/claim.hpp"
#include "engine/consistency.hpp"
#include "engine/instances.hpp"
#include "engine/lattice.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace hadamard::verify {
namespace {

using R200 = Real<200>;
using Point = Vector<R200>;

// ---- proof: polynomial transfers --------------------------------------------------------------

Vector<Rational> unit(Index size, Index i) {
    Vector<Rational> out = Vector<Rational>::Constant(size, Rational(0));
    out[i] = 1;
    return out;
}

/// d/dt f(x + t e_a) at t = 0 for a polynomial f of degree ≤ n in t, from its values at t = 0 … n:
/// Σ_j (−1)^{j+1} C(n, j)/j (f(j) − f(0)).
template <class F>
Vector<Rational> polynomial_slope(const F& f, Vector<Rational> x, Index a, long n) {
    const Vector<Rational> origin = f(x);
    Vector<Rational> out = Vector<Rational>::Constant(origin.size(), Rational(0));
    Rational weight(-1);
    for (long j = 1; j <= n; ++j) {
        weight *= Rational(-(n - j + 1), j);  // (−1)^{j+1} C(n, j)
        x[a] += 1;
        const Vector<Rational> rise = f(x) - origin;
        out += weight / j * rise;
    }
    return out;
}

/// The law that fails somewhere on the lattice, with the point; empty when none does.
std::optional<std::pair<std::string, Vector<Rational>>> failed_formula(
    const AnyTransfer<Rational>& transfer) {
    const Index D = transfer.surrogate_size(), d = transfer.base_size();
    const long k = transfer.depth().num();
    const auto K = [&](const Vector<Rational>& x) { return transfer.apply(x); };
    const auto S = [&](const Vector<Rational>& x) {
        return Vector<Rational>(Vector<Rational>::Constant(1, transfer.penalty(x)));
    };
    const auto slope_S = [&](const Vector<Rational>& x) { return transfer.penalty_gradient(x); };
    const Lattice lattice(transfer);
    for (const Vector<Rational>& xi : lattice.points()) {
        const Vector<Rational> gradient = transfer.penalty_gradient(xi);
        for (Index a = 0; a < D; ++a) {
            const Vector<Rational> e_a = unit(D, a);
            const Vector<Rational> pushed = transfer.pushforward(xi, e_a);
            if (pushed != polynomial_slope(K, xi, a, k)) return {{"pushforward", xi}};
            if (gradient[a] != polynomial_slope(S, xi, a, 2)[0]) return {{"grad S", xi}};
            if (transfer.penalty_hessian_times(xi, e_a) != polynomial_slope(slope_S, xi, a, 1))
                return {{"Hessian of S", xi}};
            for (Index b = 0; b < d; ++b) {
                const Vector<Rational> e_b = unit(d, b);
                const auto pullback = [&](const Vector<Rational>& x) {
                    return transfer.pullback(x, e_b);
                };
                if (transfer.pullback(xi, e_b)[a] != pushed[b]) return {{"pullback", xi}};
                if (transfer.curvature(xi, e_a, e_b) != polynomial_slope(pullback, xi, a, k))
                    return {{"curvature", xi}};
            }
        }
    }
    return std::nullopt;
}

void prove(Trial& trial) {
    constexpr std::string_view part = "derivative formulas";
    const std::vector<TransferSpec> blocks = small_blocks(trial.setting());
    for (const TransferSpec& spec : blocks) {
        if (!spec.depth.is_integer()) return;
        const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
        if (transfer.smoothness() != analytic) return;  // not polynomial: differences only
        if (const auto failed = failed_formula(transfer)) {
            trial.refute(part, {{"transfer", spec.name},
                                {"depth", spec.depth.text()},
                                {"base_size", spec.base_size},
                                {"surrogate_point", exact_list(failed->second)},
                                {"law", failed->first}});
            return;
        }
    }
    trial.proves(part, "depth " + trial.setting().depth.text() +
                           ", K and S polynomials of degree k and 2, " + blocks_text(blocks));
}

// ---- the class at kinks -----------------------------------------------------------------------

/// Q for L = ⟨g, β⟩ + ½‖β‖² at one spec.
AnySurrogate<R200> surrogate(const TransferSpec& spec, const Rational& lambda,
                             const Vector<Rational>& g) {
    Instance instance;
    instance.transfer = spec;
    instance.lambda = lambda;
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Identity(g.size(), g.size());
    instance.loss.b = -g;
    return ProblemFamily(instance).over<R200>().surrogate;
}

/// The exponent e of the leading singular term of f at 0, from differences of order n; none when no
/// term with e < n shows.
///
/// Error  With singular exponents e < e' and a smooth rest, Δ(h) = c h^e (1 + O(h^{e'−e}) + O(h^{n−e})): e is
///        off by O(h^{min(e'−e, n−e)}). (h/10)^e ≥ 1e-135 keeps Δ above rounding by 35 digits; e' − e ≥ 1/2 and
///        h ≤ 1e-8 in what follows, so that e is good to 1e-3 with room, mostly to 1e-9 and better.
template <class F>
std::optional<double> singular_exponent(const F& f, int n) {
    const int digits = std::max(8, 120 / n);
    const auto difference = [&](const R200& h) {
        R200 sum(0), binomial(1), size(0);
        for (int j = 0; j <= n; ++j) {
            // Nodes off the centre, which symmetry would make special.
            const R200 t = h * (R200(j) - R200(n) / 2 + R200(1) / 3);
            const R200 value = f(t);
            sum += (((n - j) % 2 == 0) ? binomial : R200(-binomial)) * value;
            size = std::max(size, R200(binomial * abs(value)));
            binomial = binomial * (n - j) / (j + 1);
        }
        return std::pair<R200, R200>(abs(sum), size);
    };
    const R200 h = pow(R200(10), -digits);
    const auto [wide, size] = difference(h);
    const auto [narrow, same] = difference(h / 10);
    // Rounding: f may be small by cancellation among terms of up to 5^24 < 1e17, each off by a few 1e-200,
    // times the binomials, of which `size` has the largest where f is not small, else < 2^25.
    const R200 rounding = R200("1e-170") * (1 + size);
    if (wide <= rounding || narrow <= rounding) return std::nullopt;  // 0: a polynomial
    const double e = R200(log10(R200(wide / narrow))).convert_to<double>();
    if (e > n - 0.5) return std::nullopt;
    return e;
}

/// r of C^r for the singular exponent e: the largest integer below it.
int class_of(double e) { return static_cast<int>(std::ceil(e - 1e-3)) - 1; }

/// Where to look: ξ with zeros, and a direction.
struct Line {
    Vector<Rational> xi, v;
};

Vector<Rational> without_zeros(Tape& tape, Index size) {
    Vector<Rational> out = draw_point(tape, size);
    for (Index i = 0; i < size; ++i)
        if (out[i] == 0) out[i] = 1;
    return out;
}

/// Through a zero of every single coordinate, along it and across; through the zero of every block.
std::vector<Line> draw_lines(Tape& tape, const AnyTransfer<R200>& transfer) {
    const Index D = transfer.surrogate_size();
    std::vector<Line> out;
    for (Index a = 0; a < D; ++a) {
        Vector<Rational> xi = without_zeros(tape, D);
        xi[a] = 0;
        out.push_back({xi, unit(D, a)});
        out.push_back({xi, without_zeros(tape, D)});
    }
    for (const TransferBlock& block : transfer.blocks()) {
        Vector<Rational> xi = without_zeros(tape, D);
        for (const Index a : block.surrogate) xi[a] = 0;
        out.push_back({xi, without_zeros(tape, D)});
    }
    return out;
}

nlohmann::ordered_json witness(const TransferSpec& spec, const Rational& lambda,
                               const Vector<Rational>& g, const Line& line) {
    nlohmann::ordered_json out;
    out["transfer"] = spec.name;
    out["depth"] = spec.depth.text();
    out["base_size"] = spec.base_size;
    if (!spec.groups.empty()) out["groups"] = spec.groups;
    out["loss"] = "<g, beta> + |beta|^2/2";
    out["g"] = exact_list(g);
    out["lambda"] = text(lambda);
    out["surrogate_point"] = exact_list(line.xi);
    out["direction"] = exact_list(line.v);
    return out;
}

/// The least class seen along lines through kinks, and where.
class LeastClass {
public:
    explicit LeastClass(int order) : order_(order), least_(order) {}

    /// Of f along a line; `describe()` is its witness.
    template <class F, class Describe>
    void include(const F& f, const Describe& describe) {
        const std::optional<double> e = singular_exponent(f, order_);
        if (!e || class_of(*e) >= least_) return;
        least_ = class_of(*e);
        witness_ = describe();
        exponent_ = *e;
        witness_["exponent"] = *e;
        witness_["class"] = least_;
    }

    /// Of "at least C^stated": no singular exponent is ≤ stated.
    double margin(int stated) const {
        if (std::isnan(exponent_)) return no_margin;
        return margin_of_at_most(static_cast<double>(stated), exponent_);
    }

    int value() const { return least_; }
    bool is_smooth() const { return least_ == order_; }  // no singular term seen
    const nlohmann::ordered_json& witness() const { return witness_; }

private:
    int order_, least_;
    double exponent_ = no_margin;  // the least, once one is seen
    nlohmann::ordered_json witness_;
};

/// At least C^stated on every line, and no more on one of them. In ⟨g, K⟩ singular terms may cancel for
/// the g that was drawn (g orthogonal to u_j, say): then those of the K_i alone count.
void check_class(Trial& trial, const TransferSpec& spec, int stated) {
    Tape& tape = trial.tape();
    const Rational lambda = tape.positive_rational(3);
    const Vector<Rational> g = without_zeros(tape, spec.base_size);
    const AnySurrogate<R200> Q = surrogate(spec, lambda, g);
    const AnyTransfer<R200>& K = Q.transfer();
    // A polynomial of degree 2k has no difference of higher order; a singular exponent is at most r + 1.
    const long twice = 2 * spec.depth.num() / spec.depth.den();
    LeastClass least(stated == analytic ? static_cast<int>(twice) + 1 : stated + 3);
    const std::vector<Line> lines = draw_lines(tape, K);
    const auto include = [&](const Line& line, const auto& f) {
        const Point xi = from_rational<R200>(line.xi), v = from_rational<R200>(line.v);
        const auto along = [&](const R200& t) -> R200 { return f(Point(xi + t * v)); };
        least.include(along, [&] { return witness(spec, lambda, g, line); });
    };
    for (const Line& line : lines) include(line, [&](const Point& x) { return Q.value(x); });
    if (stated == analytic) {
        trial.expect("Q is smooth", least.is_smooth(), [&] { return least.witness(); });
        return;
    }
    const auto refute = [&](std::string_view part) {
        nlohmann::ordered_json out =
            least.is_smooth() ? witness(spec, lambda, g, lines.front()) : least.witness();
        out["stated_class"] = stated;
        trial.refute(part, std::move(out));
    };
    trial.note_margin([&] { return least.margin(stated); });
    if (least.value() < stated) return refute("Q has the stated class");
    trial.holds("Q has the stated class");
    for (const Line& line : lines)
        for (Index i = 0; least.value() > stated && i < K.base_size(); ++i)
            include(line, [&](const Point& x) -> R200 { return K.apply(x)[i]; });
    if (least.value() != stated) return refute("and no better");
    trial.holds("and no better");
}

/// E such that the exponents at which Q is singular are multiples of 1/E: k, 2/k and k/2 of norms, and those
/// of young_product, 4/k where none are given.
long common_denominator(const TransferSpec& spec) {
    long out = std::max(2 * spec.depth.den(), spec.depth.num());
    for (const Exponent e : spec.exponents) out = std::max(out, e.den());
    return out;
}

/// ∇Q and ∇²Q at ξ + hv against those at ξ, where the stated class makes them continuous. With e > r the
/// singular exponent of Q, derivatives of order r move by O(h^{e−r}), e − r ≥ 1/E: h = 1e-100 leaves
/// 1e-100/E, and a jump is of the size of the derivatives.
void check_continuity(Trial& trial, const TransferSpec& spec, int stated) {
    if (stated < 1) return;
    Tape& tape = trial.tape();
    const Rational lambda = tape.positive_rational(3);
    const Vector<Rational> g = without_zeros(tape, spec.base_size);
    const AnySurrogate<R200> Q = surrogate(spec, lambda, g);
    const R200 h("1e-100");
    const R200 tolerance = pow(R200(10), static_cast<int>(-50 / common_denominator(spec)));
    for (const Line& line : draw_lines(tape, Q.transfer())) {
        const Point xi = from_rational<R200>(line.xi), v = from_rational<R200>(line.v);
        const Point near = xi + h * v;
        const Point slope = Q.gradient(xi);
        const auto is_small = [&trial](const R200& jump, const R200& allowed) {
            trial.note_margin([&] { return margin_of_at_most(jump, allowed); });
            return jump <= allowed;
        };
        const bool first =
            is_small((Q.gradient(near) - slope).norm(), tolerance * (1 + slope.norm()));
        bool second = true;
        if (stated >= 2) {
            const Matrix<R200> bend = Q.hessian(xi);
            second = is_small((Q.hessian(near) - bend).norm(), tolerance * (1 + bend.norm()));
        }
        trial.expect("derivatives are continuous at the kinks", first && second, [&] {
            nlohmann::ordered_json out = witness(spec, lambda, g, line);
            out["discontinuous"] = first ? "Hessian" : "gradient";
            return out;
        });
    }
}

// ---- formulas off the kinks -------------------------------------------------------------------

/// Central differences of step h err by h²/6 times a third derivative, and by rounding/h: 1e-100 and
/// 1e-150 of the values in 200 digits. Entries of ξ are from 1/8 to 5 in modulus, so that third
/// derivatives of powers up to 2k ≤ 24 exceed the values by less than (24·8)³ < 1e7, and values 1 by
/// less than 5^24 < 1e17.
void check_formulas(Trial& trial, const TransferSpec& spec) {
    const R200 h("1e-50"), tolerance("1e-75");
    Tape& tape = trial.tape();
    const Rational lambda = tape.positive_rational(3);
    const Vector<Rational> g = without_zeros(tape, spec.base_size);
    const AnySurrogate<R200> Q = surrogate(spec, lambda, g);
    const Line line{without_zeros(tape, Q.size()), without_zeros(tape, Q.size())};
    const Point xi = from_rational<R200>(line.xi), v = from_rational<R200>(line.v);
    const Point ahead = xi + h * v, behind = xi - h * v;

    const auto is_small = [&trial](const R200& off, const R200& allowed) {
        trial.note_margin([&] { return margin_of_at_most(off, allowed); });
        return off <= allowed;
    };
    const R200 rise = (Q.value(ahead) - Q.value(behind)) / (2 * h), slope = Q.gradient(xi).dot(v);
    const bool gradient =
        is_small(abs(rise - slope), tolerance * (1 + abs(Q.value(xi)) + abs(slope)));
    const Point turn = (Q.gradient(ahead) - Q.gradient(behind)) / (2 * h);
    const Point bend = Q.hessian_times(xi, v);
    const R200 size = 1 + Q.gradient(xi).norm() + bend.norm();
    const bool hessian = is_small((turn - bend).norm(), tolerance * size);
    const Point assembled = Q.hessian(xi) * v;
    const bool dense = is_small((assembled - bend).norm(), R200("1e-180") * size);
    trial.expect("gradient and Hessian formulas", gradient && hessian && dense, [&] {
        nlohmann::ordered_json out = witness(spec, lambda, g, line);
        out["law"] = !gradient ? "gradient" : !hessian ? "Hessian" : "dense Hessian";
        return out;
    });
}

/// The setting's transfer on one or two coordinates; fractional depths also 1 and 2 deeper.
TransferSpec draw_spec(Trial& trial) {
    Setting setting = trial.setting();
    if (!setting.depth.is_integer()) {
        const Exponent deeper = setting.depth + Exponent(trial.tape().integer(0, 2));
        if (setting.transfer.takes_depth(deeper)) setting.depth = deeper;
    }
    return draw_transfer(trial.tape(), setting, trial.tape().integer(1, 2));
}

int stated_class(const TransferSpec& spec) { return make_transfer<double>(spec).smoothness(); }

void check(Trial& trial) {
    const TransferSpec spec = draw_spec(trial);
    const int stated = stated_class(spec);
    check_formulas(trial, spec);
    check_class(trial, spec, stated);
    check_continuity(trial, spec, stated);
    check_consistency(trial, spec);
}

// ---- mutants ----------------------------------------------------------------------------------

void check_one_better(Trial& trial) {
    const TransferSpec spec = draw_spec(trial);
    const int stated = stated_class(spec);
    if (stated != analytic) check_class(trial, spec, stated + 1);
}

/// t|t|^{1/2} beside a polynomial.
void check_three_halves(Trial& trial) {
    const Rational c = trial.tape().positive_rational(5), b = trial.tape().rational(5);
    const auto f = [&](const R200& t) {
        const R200 power = t * abs_power(t, Exponent(1, 2));
        return R200(from_rational<R200>(c) * power + from_rational<R200>(b) * t * t);
    };
    const std::optional<double> e = singular_exponent(f, 5);
    if (!e) {
        trial.undecided("t|t|^{1/2} is C^2", "no singular term was measured");
        return;
    }
    trial.note_margin([&] { return margin_of_at_most(2.0, *e); });
    trial.expect("t|t|^{1/2} is C^2", class_of(*e) >= 2, [&] {
        nlohmann::ordered_json out;
        out["f"] = text(c) + " t|t|^(1/2) + " + text(b) + " t^2";
        out["exponent"] = *e;
        out["class"] = class_of(*e);
        return out;
    });
}

void check_differentiable(Trial& trial) { check_class(trial, draw_spec(trial), 1); }

/// P = ½(β − y)² + λ|β|, which is convex.
Instance draw_convex(Trial& trial) {
    Tape& tape = trial.tape();
    Instance instance;
    instance.transfer = {
        .name = trial.setting().transfer.name, .depth = trial.setting().depth, .base_size = 1};
    if (trial.setting().transfer.grouped) instance.transfer.groups = {{0}};
    instance.transfer = draw_variant(tape, trial.setting(), instance.transfer);
    instance.lambda = tape.positive_rational(2);
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Constant(1, 1, Rational(1));
    instance.loss.b = Vector<Rational>::Constant(1, Rational(tape.integer(1, 9)));
    return instance;
}

/// Of the first two points (a; b): Q at their middle against the mean.
Margin margin_convex(Trial& trial) {
    const auto Q = std::make_shared<AnySurrogate<double>>(
        ProblemFamily(draw_convex(trial)).over<double>().surrogate);
    return {trial.tape().rationals().size(), 2 * Q->size(), [Q](const Vector<double>& points) {
                const Vector<double> a = points.head(Q->size()), b = points.tail(Q->size());
                const Vector<double> middle = (a + b) / 2;
                return margin_of_at_most(Q->value(middle), (Q->value(a) + Q->value(b)) / 2);
            }};
}

/// Q at the middle of two points against the mean, enclosed.
void check_convex(Trial& trial) {
    Tape& tape = trial.tape();
    const Instance instance = draw_convex(trial);
    const PrecisionScope scope(PrecisionScope::bits_for(50));
    const AnySurrogate<Interval> Q = ProblemFamily(instance).over<Interval>().surrogate;
    const auto value = [&](const Vector<Rational>& xi) {
        return Q.value(from_rational<Interval>(xi));
    };
    for (int pair = 0; pair < 20; ++pair) {
        const Vector<Rational> a = draw_point(tape, Q.size()), b = draw_point(tape, Q.size());
        const Vector<Rational> middle = (a + b) / Rational(2);
        const Interval excess = value(middle) - (value(a) + value(b)) / Interval(2);
        if (sign_of(excess) != Sign::positive) continue;
        nlohmann::ordered_json out = witness_of(instance);
        out["points"] = {exact_list(a), exact_list(b)};
        out["Q_at_middle_minus_mean"] = excess.str(20);
        trial.refute("Q is convex where P is", std::move(out));
        return;
    }
    trial.holds("Q is convex where P is");
}

bool applies(const Setting& s) { return s.depth <= Exponent(12); }

bool has_class(const Setting& s, const std::function<bool(int)>& wanted) {
    const std::vector<TransferSpec> blocks = small_blocks(s);
    return std::any_of(blocks.begin(), blocks.end(),
                       [&](const TransferSpec& spec) { return wanted(stated_class(spec)); });
}

const Registration registration({
    .id = "calculus.smoothness",
    .statement = "gradient and Hessian formulas are exact, and Q has the class C^r stated for its "
                 "transfer and depth, and no better",
    .hypotheses = {{"L smooth, its gradient generic at the kink for \"no better\"; k <= 12"}},
    .source = "arXiv 2307.03571",
    .argument = "t|t|^(e-1) and |t|^e are C^r iff r < e, unless they are polynomials",
    .machine =
        "proof: formulas of polynomial transfers against interpolation, exact on a lattice that "
        "determines them; sampled: central differences in 200 digits, and the exponent of "
        "Q's singular term measured at kinks from differences of order r + 3",
    .applies = applies,
    .check = check,
    .mutants =
        {{.id = "one-better",
          .statement = "Q is one class better than stated",
          .why = "the differences of order r + 1 grow like h^(e - r - 1), e <= r + 1, or jump",
          .applies =
              [](const Setting& s) {
                  return applies(s) && has_class(s, [](int r) { return r != analytic; });
              },
          .check = check_one_better},
         {.id = "power-three-halves",
          .statement = "hadamard_power is C^2 at k = 3/2",
          .why = "its second derivative is of the order |u|^(-1/2)",
          .applies = [](const Setting& s) { return s.transfer.injective && !s.transfer.grouped; },
          .check = check_three_halves},
         {.id = "differentiable",
          .statement = "Q is differentiable for every transfer and depth",
          .why = "u|v| is not, at v = 0",
          .applies = [](const Setting& s) { return has_class(s, [](int r) { return r == 0; }); },
          .check = check_differentiable},
         {.id = "convex",
          .statement = "Q is convex where P is",
          .why = "saddles between the signs of the factors",
          .applies = [](const Setting& s) { return s.depth == Exponent(2); },
          .check = check_convex,
          .margin = margin_convex}},
    .prove = prove,
    .default_cases = 80,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
