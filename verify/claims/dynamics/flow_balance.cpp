/// @claim dynamics.flow-balance
///
/// Statement   Let DK(ξ)∇C(ξ) = 0 for every ξ. Along the gradient flow ξ' = −∇Q(ξ), whatever the loss,
///                 (d/dt) C = −λ ⟨∇C, ∇S⟩,
///             and where S = c‖ξ‖² on C's block and C is homogeneous of degree m,
///                 (d/dt) C = −2mcλ C,   C(t) = C(0) exp(−2mcλt).
///             With c = w/k and m = 2: u_l,i² − u_m,i², ‖u_j‖² − ν_j² and UᵀU − VᵀV decay at 4λw/k.
/// Hypotheses  λ > 0; gradient flow in the Euclidean metric [gradient-flow]; for the exponential, S
///             weighs the factors of a block alike [equal-weights]; ξ away from the kinks of K and S.
/// Source      arXiv 2210.01212 (hadamard_product), 2509.23898 (group_product); of this project:
///     hadamard_difference  k = 2: uv decays at 4λw. k ≥ 3: uv has no law, u^{2−k} + v^{2−k} grows
///                          at 2(k−2)λw. (m = 2 and m = 2 − k, c = w.)
///     shared forms         C = (k−1)u² − v² (groups: ‖u_j‖²) has C' = −(4λw(k−1)/k)(u² − v²): driven by the
///                          imbalance, and no function of C alone unless k = 2. So the
///                          law of group_product is false for group_shared_product at k ≠ 2.
///     young_product        C = u² − v² has C' = −2λw(abs(u)^a − abs(v)^b), closed only for a = b = 2.
///     low_rank             UᵀU − VᵀV, entry by entry, decays at 2λ.
///     power forms          K is one to one: there is no such C.
/// Argument    C' = −⟨∇C, DKᵀg + λ∇S⟩, and ⟨∇C, DKᵀg⟩ = ⟨DK∇C, g⟩ = 0. With ∇S = 2cξ, Euler's identity
///             ⟨∇C, ξ⟩ = mC gives the rest.
/// Machine     The quadratic C are found by linear algebra over Q (engine/balances.hpp), so a new
///             transfer has its own. `prove`: DK∇C = 0 and ∇S = 2cξ on a lattice that decides
///             polynomials of their degree: proved for one block (group sizes 1, 2, 3; weights 1 and
///             2, and both sides are linear in w), every loss, λ and ξ; blocks separate, hence every d.
///             "instantaneous law"  C' on drawn instances, exactly.
///             "driven law", "measured decay"  the flow integrated in 50 digits by Bulirsch–Stoer
///                                  (boost::odeint) twice, to two tolerances; the difference bounds the
///                                  integrator's error, which must be 10 digits below the tested one.
/// Mutants     half the rate; the rate without w; Adam; unequal weights.

#include "engine/balances.hpp"
#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "engine/lattice.hpp"

#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/stepper/bulirsch_stoer.hpp>

#include <algorithm>

/// odeint takes a number with a `value_type`, as Boost's have, for a container.
template <>
struct boost::numeric::odeint::norm_result_type<std::vector<hadamard::Real<50>>> {
    using type = hadamard::Real<50>;
};

namespace hadamard::verify {
namespace {

using R50 = Real<50>;

/// The statement, or one false variant of it.
struct Variant {
    Rational rate_factor = 1;      ///< Multiplies the claimed rate 2mcλ.
    bool without_weights = false;  ///< The rate of w = 1 is claimed for every w.
    bool exact_only = false;       ///< Leave the integration out.
};

/// C with DK∇C = 0: a quadratic form, or Σ_a ξ_a^{2−k} over a block of hadamard_difference, k ≥ 3.
struct Law {
    std::size_t block = 0;
    std::optional<Matrix<Rational>> form = {};
    unsigned long inverse_power = 0;  ///< k − 2, where `form` is absent.
    IndexList support = {};           ///< Coordinates of the inverse powers.
    std::optional<Rational> c = {};   ///< S = c‖ξ‖² on the block.

    Rational degree() const { return form ? Rational(2) : -Rational(inverse_power); }

    template <class T>
    T value(const Vector<T>& xi) const {
        if (form) return quadratic_value(*form, xi);
        T sum(0);
        for (const Index a : support) sum += T(1) / natural_power(T(xi[a]), inverse_power);
        return sum;
    }

    template <class T>
    Vector<T> gradient(const Vector<T>& xi) const {
        if (form) return T(2) * form_times(*form, xi);
        Vector<T> out = Vector<T>::Constant(xi.size(), T(0));
        const T m = from_rational<T>(degree());
        for (const Index a : support) out[a] = m / natural_power(T(xi[a]), inverse_power + 1);
        return out;
    }
};

bool is_deep_difference(const Setting& s) {
    // No quadratic balance, but u^{2−k} + v^{2−k}: nothing that a trait says.
    return s.transfer.name == "hadamard_difference" && s.depth > Exponent(2);
}

std::vector<Law> laws_of(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                         const Setting& setting, Search search) {
    std::vector<Law> out;
    for (Balance& balance : balances(transfer, spec, search))
        out.push_back({.block = balance.block, .form = std::move(balance.form)});
    const std::vector<TransferBlock> blocks = transfer.blocks();
    if (is_deep_difference(setting))
        for (std::size_t j = 0; j < blocks.size(); ++j)
            out.push_back({.block = j,
                           .inverse_power = static_cast<unsigned long>(setting.depth.num() - 2),
                           .support = blocks[j].surrogate});
    for (Law& law : out) law.c = isotropy(transfer, spec, blocks[law.block].surrogate);
    return out;
}

/// What drops the hypothesis of equal weights claims: the transfer's own imbalance decays, at the
/// rate that the weight of the block's first coordinate gives.
std::vector<Law> imbalance_laws(const AnyTransfer<Rational>& transfer) {
    const std::optional<std::vector<Matrix<Rational>>> forms = imbalance_forms(transfer);
    std::vector<Law> out;
    if (!forms) return out;
    const std::vector<TransferBlock> blocks = transfer.blocks();
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        const Index first = blocks[j].surrogate.front();
        const Vector<Rational> ones = Vector<Rational>::Constant(transfer.surrogate_size(), 1);
        const Rational c = transfer.penalty_gradient(ones)[first] / 2;
        for (const Matrix<Rational>& form : *forms) {
            bool here = false;
            for (const Index a : blocks[j].surrogate) here = here || !form.col(a).isZero();
            if (here) out.push_back({.block = j, .form = form, .c = c});
        }
    }
    return out;
}

/// One drawn case: an instance, and ±x^N, |x| ∈ {1/2, 1, 3/2, 2}, where all powers are rational.
struct Case {
    ProblemFamily family;
    AnySurrogate<Rational> Q;
    Vector<Rational> start;

    explicit Case(Instance instance, Tape& tape)
        : family(std::move(instance)), Q(family.over<Rational>().surrogate), start(Q.size()) {
        const auto N = static_cast<unsigned long>(root_degree(family.instance().transfer));
        for (Index a = 0; a < start.size(); ++a) {
            const Rational x = natural_power(Rational(tape.integer(1, 4), 2), N);
            start[a] = tape.chance(1, 2) ? Rational(-x) : x;
        }
    }
};

Instance draw_smooth_instance(Tape& tape, const Setting& setting, const Variant& variant) {
    Menu menu;
    menu.most_coordinates = 2;
    menu.only_rational = true;
    Instance out = draw_instance(tape, setting, menu);
    // huber's gradient has kinks that no integrator of high order survives.
    if (out.loss.kind == "huber") out.loss.kind = "least_squares";
    if (variant.without_weights) {
        const bool grouped = setting.transfer.grouped;
        const std::size_t count =
            grouped ? out.transfer.groups.size() : static_cast<std::size_t>(out.transfer.base_size);
        out.transfer.weights.assign(count, Rational(2 + tape.integer(0, 2)));
    }
    return out;
}

/// 2mcλ, or what the variant takes for it.
Rational rate(const Law& law, const Instance& instance, const Variant& variant) {
    Rational out = variant.rate_factor * 2 * law.degree() * *law.c * instance.lambda;
    if (variant.without_weights) out /= instance.transfer.weights[law.block];
    return out;
}

nlohmann::ordered_json describe(const Law& law) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    if (!law.form) {
        for (const Index a : law.support)
            out.push_back("xi[" + std::to_string(a) + "]^-" + std::to_string(law.inverse_power));
        return out;
    }
    for (Index a = 0; a < law.form->rows(); ++a)
        for (Index b = a; b < law.form->cols(); ++b) {
            const Rational factor = a == b ? (*law.form)(a, b) : Rational(2 * (*law.form)(a, b));
            if (factor == 0) continue;
            out.push_back(text(factor) + " xi[" + std::to_string(a) + "] xi[" + std::to_string(b) +
                          "]");
        }
    return out;
}

nlohmann::ordered_json witness(const Case& one, const Law& law) {
    nlohmann::ordered_json out = witness_of(one.family.instance());
    out["surrogate_point"] = exact_list(one.start);
    out["C is the sum of"] = describe(law);
    out["C"] = text(law.value(one.start));
    return out;
}

/// From zero moments Adam's bias-corrected first step is −η ∇Q/(abs(∇Q) + ε), for every β_1 and β_2:
/// this, but for ε (1e−8 in every implementation, taken as 0 here).
Vector<Rational> adam_direction(const Vector<Rational>& gradient) {
    Vector<Rational> out(gradient.size());
    for (Index a = 0; a < out.size(); ++a) out[a] = -unit_sign(gradient[a]);
    return out;
}

void check_instant(Trial& trial, const Case& one, const std::vector<Law>& laws,
                   const Variant& variant) {
    const bool adam = !trial.assumes("gradient-flow");
    const Instance& instance = one.family.instance();
    const Vector<Rational> gradient = one.Q.gradient(one.start);
    const Vector<Rational> velocity = adam ? adam_direction(gradient) : Vector<Rational>(-gradient);
    const Vector<Rational> penalty_slope = one.Q.transfer().penalty_gradient(one.start);
    for (const Law& law : laws) {
        const Vector<Rational> slope = law.gradient(one.start);
        const Rational actual = slope.dot(velocity);
        const bool follows_S = trial.assumes("equal-weights");
        const Rational driven = -instance.lambda * slope.dot(penalty_slope);
        const auto differs = [&](const Rational& claimed) {
            nlohmann::ordered_json out = witness(one, law);
            out["dC_dt"] = text(actual);
            out["claimed"] = text(claimed);
            return out;
        };
        if (follows_S)
            trial.expect_equal("instantaneous driven law", actual, driven,
                               [&] { return differs(driven); });
        if (!law.c) continue;
        const Rational closed = -rate(law, instance, variant) * law.value(one.start);
        trial.expect_equal("instantaneous law", actual, closed, [&] { return differs(closed); });
    }
}

using State = std::vector<R50>;

/// ξ' = −∇Q(ξ), and beside it, for each law, the integral of ⟨∇C, ∇S⟩.
class Flow {
public:
    Flow(const AnySurrogate<R50>& Q, const std::vector<Law>& laws) : Q_(Q), laws_(laws) {}

    State start(const Vector<R50>& xi) const {
        State out(xi.begin(), xi.end());
        out.resize(out.size() + laws_.size());
        return out;
    }
    Vector<R50> point(const State& state) const {
        return Eigen::Map<const Vector<R50>>(state.data(), Q_.size());
    }
    R50 integral(const State& state, std::size_t law) const {
        return state[static_cast<std::size_t>(Q_.size()) + law];
    }
    void operator()(const State& state, State& slope, const R50& /*t*/) const {
        const Vector<R50> xi = point(state), gradient = Q_.gradient(xi);
        const Vector<R50> penalty_slope = Q_.transfer().penalty_gradient(xi);
        for (Index a = 0; a < xi.size(); ++a) slope[static_cast<std::size_t>(a)] = -gradient[a];
        for (std::size_t l = 0; l < laws_.size(); ++l)
            slope[static_cast<std::size_t>(xi.size()) + l] =
                laws_[l].gradient(xi).dot(penalty_slope);
    }

private:
    const AnySurrogate<R50>& Q_;
    const std::vector<Law>& laws_;
};

State integrated(const Flow& flow, const Vector<R50>& xi, const R50& T, const R50& tolerance) {
    namespace odeint = boost::numeric::odeint;
    odeint::bulirsch_stoer<State, R50, State, R50> stepper(tolerance, tolerance, R50(1), R50(1));
    State state = flow.start(xi);
    odeint::integrate_adaptive(stepper, std::cref(flow), state, R50(0), T, R50(T / 4));
    return state;
}

/// 2^−j ≤ 1/(1 + ‖∇²Q‖_F) at the start: the flow moves by O(1) and its error is not amplified. Where K
/// or S has kinks, also so short that no coordinate moves by a quarter of itself at its first speed.
Rational horizon(const Case& one) {
    const AnySurrogate<double> Q = one.family.over<double>().surrogate;
    const Vector<double> xi = from_rational<double>(one.start), gradient = Q.gradient(xi);
    double speed = 1 + Q.hessian(xi).norm();
    if (Q.transfer().smoothness() != analytic)
        for (Index a = 0; a < xi.size(); ++a)
            speed = std::max(speed, 4 * std::abs(gradient[a] / xi[a]));
    Rational T(1);
    for (double reach = speed; reach > 1; reach /= 2) T /= 2;
    return T;
}

/// Whether every coordinate kept its sign and an eighth of its size: no kink was met.
bool stayed_away_from_kinks(const Vector<R50>& from, const Vector<R50>& to) {
    for (Index a = 0; a < from.size(); ++a)
        if (to[a] / from[a] < R50(1) / R50(8)) return false;
    return true;
}

void check_flow(Trial& trial, const Case& one, const std::vector<Law>& laws,
                const Variant& variant) {
    const AnySurrogate<R50> Q = one.family.over<R50>().surrogate;
    const Flow flow(Q, laws);
    const Vector<R50> start = from_rational<R50>(one.start);
    const Rational T = horizon(one);
    const R50 t = from_rational<R50>(T);
    const State coarse = integrated(flow, start, t, R50("1e-33"));
    const State fine = integrated(flow, start, t, R50("1e-36"));
    R50 error(0);
    for (std::size_t i = 0; i < fine.size(); ++i)
        error = larger(error, magnitude(R50(fine[i] - coarse[i])));
    trial.measure("integrator_error", error.convert_to<double>());

    const Vector<R50> end = flow.point(fine);
    const bool has_kinks = Q.transfer().smoothness() != analytic;
    if ((has_kinks || is_deep_difference(trial.setting())) && !stayed_away_from_kinks(start, end))
        return;
    for (std::size_t l = 0; l < laws.size(); ++l) {
        const Law& law = laws[l];
        const R50 C0 = law.value(start), C = law.value(end);
        // An error δ of ξ changes C by ‖∇C‖_1 δ, to first order, and the integral by δ.
        const R50 reach = R50(1) + magnitude(C0) + law.gradient(end).template lpNorm<1>();
        const R50 tested = R50("1e-20") * reach;
        if (error * reach * R50("1e10") > tested) {
            trial.undecided("measured decay", "the integrator's error is above 1e-30");
            return;
        }
        const auto differs = [&](const R50& claimed) {
            nlohmann::ordered_json out = witness(one, law);
            out["time"] = text(T);
            out["C at that time"] = C.str(30);
            out["claimed"] = claimed.str(30);
            return out;
        };
        const auto compare = [&](std::string_view part, const R50& claimed) {
            const R50 off = magnitude(R50(C - claimed));
            trial.measure("law_residual", R50(off / reach).convert_to<double>());
            trial.expect_at_most(part, off, tested, [&] { return differs(claimed); });
        };
        compare("driven law", C0 - Q.lambda() * flow.integral(fine, l));
        if (!law.c) continue;
        const R50 exponent = -from_rational<R50>(rate(law, one.family.instance(), variant)) * t;
        compare("measured decay", C0 * exp(exponent));
    }
}

void check_variant(Trial& trial, const Variant& variant) {
    const Case one(draw_smooth_instance(trial.tape(), trial.setting(), variant), trial.tape());
    const TransferSpec& spec = one.family.instance().transfer;
    const std::vector<Law> laws =
        trial.assumes("equal-weights")
            ? laws_of(one.Q.transfer(), spec, trial.setting(), Search::sampled)
            : imbalance_laws(one.Q.transfer());
    if (laws.empty()) return;
    check_instant(trial, one, laws, variant);
    const bool all_assumed = trial.assumes("equal-weights") && trial.assumes("gradient-flow");
    if (all_assumed && !variant.exact_only) check_flow(trial, one, laws, variant);
}

void check(Trial& trial) { check_variant(trial, {}); }

/// One coordinate, in a flow that is integrated: the measured decay refutes it by itself.
void check_half_rate(Trial& trial) {
    const Variant variant{.rate_factor = Rational(1, 2)};
    const Case one(draw_smooth_instance(trial.tape(), trial.setting(), variant), trial.tape());
    const std::vector<Law> laws =
        laws_of(one.Q.transfer(), one.family.instance().transfer, trial.setting(), Search::sampled);
    check_flow(trial, one, laws, variant);
}

/// DK∇C = 0 for u^{2−k} + v^{2−k}: times (uv)^{k−1} it is a polynomial of degree ≤ 3(k − 1).
bool is_conserved(const AnyTransfer<Rational>& transfer, const Law& law, long k) {
    for (const Vector<Rational>& x : lattice(static_cast<Index>(law.support.size()), 3 * (k - 1))) {
        const Vector<Rational> xi = block_point(transfer.surrogate_size(), law.support, x, 1);
        if (!transfer.pushforward(xi, law.gradient(xi)).isZero()) return false;
    }
    return true;
}

std::string shape(const TransferSpec& spec, std::size_t count) {
    return "one block of " + block_text(spec) + ", depth " + spec.depth.text() + ", weight " +
           (spec.weights.empty() ? "1" : text(spec.weights[0])) + ": " + std::to_string(count) +
           " independent C";
}

void prove_block(Trial& trial, const TransferSpec& spec) {
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    if (!has_degree_of_depth(transfer, spec)) {
        trial.undecided("proof", "K is no polynomial of the depth's degree");
        return;
    }
    const std::vector<Law> laws = laws_of(transfer, spec, trial.setting(), Search::lattice);
    for (const Law& law : laws)
        if (!law.form && !is_conserved(transfer, law, spec.depth.num())) {
            trial.undecided("proof", "u^(2-k) + v^(2-k) is not conserved at lambda = 0");
            return;
        }
    if (laws.empty()) return;
    trial.proves("driven law", shape(spec, laws.size()));
    if (!laws.front().c) return;
    trial.proves("decay at the rate 2 m c lambda", shape(spec, laws.size()));
    const std::optional<std::vector<Matrix<Rational>>> forms = imbalance_forms(transfer);
    if (!forms) return;
    for (const Matrix<Rational>& form : *forms)
        if (!is_balance(transfer, spec, form, transfer.blocks().front().surrogate)) return;
    trial.proves("the transfer's own imbalance decays at 4 c lambda", shape(spec, forms->size()));
}

void prove(Trial& trial) {
    constexpr Index largest_block = 4;
    const Setting& setting = trial.setting();
    for (Index n = 1; n <= (setting.transfer.grouped ? 3 : largest_block); ++n)
        for (const TransferSpec& spec : one_block_specs(setting.transfer, setting.depth, n))
            prove_block(trial, spec);
}

/// What the setting's one-block specs have in common: `some` for which `holds` is true.
template <class Holds>
bool some_block(const Setting& s, Holds holds) try {
    const Index n = s.transfer.grouped ? 2 : 1;
    for (const TransferSpec& spec : one_block_specs(s.transfer, s.depth, n))
        if (holds(spec, make_transfer<Rational>(spec))) return true;
    return false;
} catch (const NotRepresentable&) {
    return false;
}

bool applies(const Setting& s) {
    if (!has_wide_fibres(s)) return false;
    return some_block(s, [&](const TransferSpec& spec, const AnyTransfer<Rational>& transfer) {
        return !laws_of(transfer, spec, s, Search::sampled).empty();
    });
}

bool has_closed_law(const Setting& s) {
    if (!has_wide_fibres(s)) return false;
    return some_block(s, [&](const TransferSpec& spec, const AnyTransfer<Rational>& transfer) {
        const std::vector<Law> laws = laws_of(transfer, spec, s, Search::sampled);
        return !laws.empty() && laws.front().c.has_value();
    });
}

bool has_weights(const Setting& s) {
    return has_closed_law(s) && some_block(s, [](const TransferSpec& spec, const auto&) {
               return !spec.weights.empty();
           });
}

/// The imbalance is quadratic and yet no balance, or S is not alike in all factors.
bool has_lawless_imbalance(const Setting& s) {
    if (!has_wide_fibres(s)) return false;
    return some_block(s, [](const TransferSpec& spec, const AnyTransfer<Rational>& transfer) {
        const std::optional<std::vector<Matrix<Rational>>> forms = imbalance_forms(transfer);
        if (!forms) return false;
        const IndexList block = transfer.blocks().front().surrogate;
        for (const Matrix<Rational>& form : *forms)
            if (!is_balance(transfer, spec, form, block)) return true;
        return !isotropy(transfer, spec, block);
    });
}

const Registration registration({
    .id = "dynamics.flow-balance",
    .statement = "along gradient flow of Q every C with DK grad C = 0 obeys dC/dt = -lambda <grad "
                 "C, grad S>; where S = c |xi|^2 on its block, C of degree m decays as exp(-2 m c "
                 "lambda t): u_l^2 - u_m^2 and |u_j|^2 - nu_j^2 at the rate 4 lambda w/k",
    .hypotheses = {{"lambda > 0"},
                   {"gradient flow in the Euclidean metric", "gradient-flow"},
                   {"for the exponential: S weighs the factors of a block alike (hadamard_product, "
                    "group_product, hadamard_difference; shared forms at k = 2 only)",
                    "equal-weights"},
                   {"the flow stays away from kinks of K and S"}},
    .source = "arXiv 2210.01212, 2509.23898 for products; the other transfers: this project",
    .argument =
        "dC/dt = -<DK grad C, g> - lambda <grad C, grad S>; the first is 0, and grad S = 2 c "
        "xi with Euler's identity gives -2 m c lambda C",
    .machine =
        "all quadratic C found by linear algebra over Q; DK grad C = 0 and grad S = 2 c xi on "
        "a unisolvent lattice of rationals (proved, integer and rational depth); exact on "
        "drawn instances; the flow integrated by Bulirsch-Stoer in 50 digits",
    .applies = applies,
    .check = check,
    .mutants = {{.id = "half-rate",
                 .statement = "the rate is 2 lambda w/k in place of 4 lambda w/k",
                 .why = "squares decay twice as fast as factors",
                 .applies = has_closed_law,
                 .check = check_half_rate},
                {.id = "without-weights",
                 .statement = "the rate is 4 lambda/k whatever the weights w",
                 .why = "w multiplies S and with it the rate",
                 .applies = has_weights,
                 .check =
                     [](Trial& trial) {
                         check_variant(trial, {.without_weights = true, .exact_only = true});
                     }},
                {.id = "adam",
                 .statement = "the same law holds under Adam",
                 .why =
                     "its first step is -eta sign(grad Q): no longer tangent to the fibres for g",
                 .applies = applies,
                 .drops = "gradient-flow"},
                {.id = "imbalance-of-every-transfer",
                 .statement = "the transfer's own imbalance decays at the rate 4 c lambda where S "
                              "weighs the factors differently",
                 .why = "shared forms: u^2 - v^2 is moved by the loss unless k = 2; "
                        "hadamard_difference: so is u v unless k = 2",
                 .applies = has_lawless_imbalance,
                 .drops = "equal-weights"}},
    .prove = prove,
    .default_cases = 16,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
