/// @claim dynamics.convergence-rate
///
/// Statement   Gradient descent ξ⁺ = ξ − η∇Q(ξ), 0 < η < 2/μ_max, near a nondegenerate local minimizer ξ*:
///             (linear)     the error shrinks by a factor that does not depend on how small it is,
///             (spectrum)   which is max abs(1 − ημ) over the eigenvalues μ of ∇²Q(ξ*) that the start
///                          reaches.
///             (exponents)  k = 2, one zero block with ‖g_j‖ = λw_j exactly, all else nondegenerate: the
///                          error is Θ(t^{−1/2}), the value gap Θ(t^{−2}).
/// Hypotheses  ξ* isolated: finite minimal fibres; K and S of class C² near ξ* (`smoothness_at`); (linear) and
///             (spectrum): strict complementarity, ‖g_j‖ < λw_j at zero blocks for k = 2
///             [strict-complementarity], and ∇²P positive definite on the support.
/// Source      arXiv 2402.00377 [O] for k = 2 (KŁ exponent 3/4); the rate otherwise is classical.
/// Argument    e⁺ = (I − η∇²Q(ξ*)) e + O(‖e‖²), and ∇²Q(ξ*) ≻ 0 (landscape.morse-index, nullity). With
///             ‖g_j‖ = λw_j the Hessian is singular along the one direction in which both factors grow
///             alike; on the centre manifold, s being the size there, Q − Q* = (a/4)s⁴ + O(s⁶) with a > 0, so
///             s⁺ = s − ηa s³ + O(s⁵), 1/s² grows by 2ηa + O(s²) a step: s² = 1/(2ηa t) (1 + O(log t/t)), and
///             Q − Q* = 1/(16η²a t²) (1 + O(log t/t)).
/// Machine     Minimizers are planted (`minima::planted_instance`): ξ* is exactly known and stationary. In
///             50 digits, from ‖ξ − ξ*‖ = δ along all eigenvectors and along single ones: −log of the
///             measured factor within 1 % of the predicted. Bounds: modes that shrink faster (by more
///             than 1/1000 in the logarithm) are let die until they hold < 1e−3 of the error, and the
///             factor is then averaged over a time in which the error shrinks by e: they move the logarithm
///             by < 1e−6; the nonlinear terms are O(δ), δ = 1e−15 and 1e−18. Exponents from t and 2t,
///             their O(1/t) correction extrapolated away (Richardson), accepted once that
///             extrapolation moved them by less than 0.02 and the error at t is below a quarter of what
///             it was at first: before, nothing has moved, and the slopes are 0. Sampled: supported.
/// Mutants     no strict complementarity; spectrum of ∇²P, of ∇²L; value gap Θ(1/t).

#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/minima/planted.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <string>

namespace hadamard::verify {
namespace {

using R50 = Real<50>;

/// A planted minimizer: an instance, and ξ*, exactly.
struct Planting {
    Instance instance;
    Vector<Rational> base_point;
    Vector<Rational> minimizer;
};

double logarithm(const R50& a) { return R50(log(a)).convert_to<double>(); }

/// η = share/μ_max with share in {1/2, 1, 3/2}, rounded to a multiple of 2^−20/μ: an exact number.
Rational draw_step(Tape& tape, const R50& largest) {
    const Rational share(1 + tape.integer(0, 2), 2);
    const double wanted = (from_rational<R50>(share) / largest).convert_to<double>();
    const int shift = 12 - static_cast<int>(std::floor(std::log2(wanted)));
    return Rational(static_cast<long>(std::ldexp(wanted, shift))) /
           natural_power(Rational(2), static_cast<unsigned long>(std::max(shift, 0)));
}

nlohmann::ordered_json witness(const Planting& planting, const Rational& step) {
    nlohmann::ordered_json out = witness_of(planting.instance);
    out["minimizer of Q"] = exact_list(planting.minimizer);
    out["step"] = text(step);
    return out;
}

/// Iterates of gradient descent, as errors ξ_t − ξ*.
class Descent {
public:
    Descent(const AnySurrogate<R50>& Q, const Planting& planting, const Rational& step)
        : Q_(Q), star_(from_rational<R50>(planting.minimizer)), step_(from_rational<R50>(step)) {}

    void start(const Vector<R50>& error) { xi_ = star_ + error; }
    void run(long steps) {
        for (long t = 0; t < steps; ++t) xi_ -= step_ * Q_.gradient(xi_);
    }
    R50 error() const { return (xi_ - star_).norm(); }
    R50 gap() const { return Q_.value(xi_) - Q_.value(star_); }

private:
    const AnySurrogate<R50>& Q_;
    Vector<R50> star_, xi_;
    R50 step_;
};

/// What the modes of I − η∇²Q say of a start along some of them.
struct Prediction {
    double log_factor = 0;  ///< log of max |1 − ημ| over the modes reached.
    long burn_in = 0;       ///< Steps until the faster modes hold < 1e−3 of the error.
    long window = 1;        ///< Steps in which the error shrinks by e.
};

constexpr long most_steps = 1000;
constexpr double one_percent = 0.01;

/// @param rates  |1 − ημ| of the modes that the start reaches, with equal weights.
Prediction predict(const std::vector<double>& rates) {
    constexpr double share = 1e-3, alike = 1e-3;
    constexpr double instantly = 1e-300;  // a mode that one step extinguishes has a logarithm, too
    const auto log_of = [instantly](double rate) { return std::log(std::max(rate, instantly)); };
    Prediction out;
    out.log_factor = log_of(0);
    for (const double rate : rates) out.log_factor = std::max(out.log_factor, log_of(rate));
    out.window = most_steps + 1;  // too slow to be measured
    if (out.log_factor >= -1.0 / most_steps) return out;
    out.window = static_cast<long>(-1 / out.log_factor) + 1;
    for (const double rate : rates) {
        const double faster = log_of(rate) - out.log_factor;  // ≤ 0
        if (faster > alike * out.log_factor) continue;
        const double modes = std::sqrt(static_cast<double>(rates.size()));
        const double steps = std::log(share / modes) / faster;
        out.burn_in = std::max(out.burn_in, static_cast<long>(steps) + 1);
    }
    return out;
}

/// −log of the factor of a step, measured over the window after the burn-in.
double measured_decay(Descent& descent, const Vector<R50>& direction, const R50& delta,
                      const Prediction& prediction) {
    descent.start(delta * direction);
    descent.run(prediction.burn_in);
    const R50 before = descent.error();
    descent.run(prediction.window);
    return -logarithm(R50(descent.error() / before)) / static_cast<double>(prediction.window);
}

/// One start: along the sum of the eigenvectors `modes`.
void check_start(Trial& trial, const Planting& planting, const Rational& step, Descent& descent,
                 const Matrix<R50>& vectors, const std::vector<double>& rates,
                 const IndexList& modes, std::optional<double> claimed_log) {
    std::vector<double> reached;
    Vector<R50> direction = Vector<R50>::Zero(vectors.rows());
    double fastest_growth = 0;
    for (const double rate : rates) fastest_growth = std::max(fastest_growth, rate);
    for (const Index m : modes) {
        reached.push_back(rates[static_cast<std::size_t>(m)]);
        direction += vectors.col(m);
    }
    direction /= direction.norm();
    const Prediction prediction = predict(reached);
    const long total = prediction.burn_in + prediction.window;
    // A mode that shrinks within a step leaves only rounding to measure; one that needs more than
    // `most_steps` is left to other draws.
    if (prediction.log_factor < -5 || total > most_steps) return;
    // From 1e-18 the error must not fall below 1e-38: iterates are rounded at about 1e-49.
    if (-prediction.log_factor * static_cast<double>(total) > std::log(1e20)) return;
    // Modes that were not reached are excited to O(δ) of the start: they must stay below 1e−4.
    const double catching_up =
        (std::log(fastest_growth) - prediction.log_factor) * static_cast<double>(total);
    if (catching_up > std::log(1e10)) return;

    const double decay = measured_decay(descent, direction, R50("1e-15"), prediction);
    const double closer = measured_decay(descent, direction, R50("1e-18"), prediction);
    const double claimed = claimed_log ? -*claimed_log : -prediction.log_factor;
    const auto differs = [&] {
        nlohmann::ordered_json out = witness(planting, step);
        out["start minus minimizer, direction"] = decimal_list(to_rational(direction), 20);
        out["-log of the factor, from 1e-15"] = decay;
        out["-log of the factor, from 1e-18"] = closer;
        out["claimed"] = claimed;
        return out;
    };
    const auto is_within = [&trial](double off, double allowed) {
        trial.note_margin([&] { return margin_of_at_most(off, allowed); });
        return off <= allowed;
    };
    if (!claimed_log) {
        trial.measure("linear_rate_error", std::abs(decay / claimed - 1));
        trial.expect("linear", is_within(std::abs(closer / decay - 1), one_percent), differs);
    }
    trial.expect("spectrum", is_within(std::abs(decay / claimed - 1), one_percent), differs);
}

/// The eigenvalues that a mutant takes for those of ∇²Q.
enum class Spectrum { surrogate, base, loss };

std::vector<double> eigenvalues(const Matrix<R50>& H) {
    const Eigen::SelfAdjointEigenSolver<Matrix<R50>> solver(H, Eigen::EigenvaluesOnly);
    std::vector<double> out;
    for (Index i = 0; i < H.rows(); ++i)
        out.push_back(solver.eigenvalues()[i].convert_to<double>());
    return out;
}

/// log max |1 − ημ| over the other spectrum.
double other_log_factor(const Planting& planting, const Rational& step, Spectrum spectrum) {
    const Problem<R50> problem = ProblemFamily(planting.instance).over<R50>();
    const Vector<R50> beta = from_rational<R50>(planting.base_point);
    const Matrix<R50> loss = dense_hessian(problem.base.loss(), beta);
    const Matrix<R50> bend = problem.base.lambda() * problem.base.penalty().hessian(beta);
    IndexList support;
    for (Index i = 0; i < beta.size(); ++i)
        if (beta[i] != 0) support.push_back(i);
    Matrix<R50> H = loss;
    if (spectrum == Spectrum::base) {
        const Index n = static_cast<Index>(support.size());
        H.resize(n, n);
        for (Index j = 0; j < n; ++j)
            for (Index i = 0; i < n; ++i) {
                const Index a = support[static_cast<std::size_t>(i)];
                const Index b = support[static_cast<std::size_t>(j)];
                H(i, j) = loss(a, b) + bend(a, b);
            }
    }
    double slowest = 0;
    for (const double mu : eigenvalues(H))
        slowest = std::max(slowest, std::abs(1 - from_rational<double>(step) * mu));
    return std::log(slowest);
}

void check_rate(Trial& trial, const Planting& planting, Spectrum spectrum) {
    const AnySurrogate<R50> Q = ProblemFamily(planting.instance).over<R50>().surrogate;
    const Vector<R50> star = from_rational<R50>(planting.minimizer);
    const Eigen::SelfAdjointEigenSolver<Matrix<R50>> solver(Q.hessian(star));
    const Index D = Q.size();
    const Rational step = draw_step(trial.tape(), solver.eigenvalues()[D - 1]);
    const R50 eta = from_rational<R50>(step);
    std::vector<double> rates;
    for (Index i = 0; i < D; ++i)
        rates.push_back(magnitude(R50(1 - eta * solver.eigenvalues()[i])).convert_to<double>());
    Descent descent(Q, planting, step);
    IndexList everything;
    for (Index i = 0; i < D; ++i) everything.push_back(i);
    std::optional<double> claimed;
    if (spectrum != Spectrum::surrogate) claimed = other_log_factor(planting, step, spectrum);
    check_start(trial, planting, step, descent, solver.eigenvectors(), rates, everything, claimed);
    if (claimed) return;
    const Index single = trial.tape().integer(0, static_cast<int>(D) - 1);
    check_start(trial, planting, step, descent, solver.eigenvectors(), rates, {single}, {});
}

/// A planted minimizer near which K and S are C², if this draw gives one.
std::optional<Planting> draw_minimizer(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 2));
    const auto seed = static_cast<std::uint64_t>(tape.integer(0, 1 << 20));
    minima::PlantedOptions options;
    options.intercept = tape.chance(1, 4);
    std::optional<minima::Planted> planted;
    try {
        planted = minima::planted_instance(spec, minima::PlantedKind::minimizer, seed, options);
    } catch (const NotRepresentable&) {
        return std::nullopt;  // the lift of this draw is irrational
    }
    if (!planted) return std::nullopt;
    Vector<Rational>& lift = planted->preimages.front().point;
    const AnySurrogate<Rational> Q = ProblemFamily(planted->instance).over<Rational>().surrogate;
    if (Q.transfer().smoothness_at(lift) < 2) return std::nullopt;
    return Planting{std::move(planted->instance), std::move(planted->base_point), std::move(lift)};
}

/// k = 2: a zero block with ‖g‖ = λw, beside a block that is not zero (or none), planted: with
/// g = −λ∇R there, and the Hessian A small, b = Aθ − g makes θ stationary, and P is convex.
Planting draw_degenerate(Trial& trial) {
    Tape& tape = trial.tape();
    const Index block = trial.setting().transfer.grouped ? tape.integer(1, 2) : 1;
    const bool beside = tape.chance(1, 2);
    const Index d = block + (beside ? 1 : 0);
    Planting out;
    TransferSpec& spec = out.instance.transfer;
    spec = {.name = trial.setting().transfer.name, .depth = trial.setting().depth, .base_size = d};
    if (trial.setting().transfer.grouped) {
        spec.groups.emplace_back();
        for (Index i = 0; i < block; ++i) spec.groups[0].push_back(i);
        if (beside) spec.groups.push_back({block});
    }
    spec = draw_variant(tape, trial.setting(), spec);
    out.instance.lambda = tape.positive_rational(2);
    LossSpec& loss = out.instance.loss;
    loss.kind = "quadratic";
    loss.A = Matrix<Rational>::Identity(d, d);
    if (beside) loss.A(0, 1) = loss.A(1, 0) = Rational(tape.signed_integer(1), 2);
    if (beside && d == 3) loss.A(0, 2) = loss.A(2, 0) = Rational(tape.signed_integer(1), 2);
    out.base_point = Vector<Rational>::Constant(d, Rational(0));
    if (beside) out.base_point[block] = 1;
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    const AnyPenalty<Rational> R = transfer.induced();
    Vector<Rational> g = -out.instance.lambda * R.gradient(out.base_point);
    const Rational edge = out.instance.lambda * *R.kinks(out.base_point).front().bound;
    const bool skew = block == 2 && tape.chance(1, 2);
    g[0] = edge * (skew ? Rational(3, 5) : Rational(1));
    if (skew) g[1] = edge * Rational(4, 5);
    loss.b = loss.A * out.base_point - g;
    out.minimizer = transfer.lift(out.base_point);
    return out;
}

/// log_2 of the ratio of consecutive doublings, and its Richardson extrapolation.
struct Exponent2 {
    double at_t, at_2t;
    double extrapolated() const { return 2 * at_2t - at_t; }
    double moved() const { return std::abs(extrapolated() - at_2t); }
};

Exponent2 exponent_of(const R50& at_t, const R50& at_2t, const R50& at_4t) {
    const double ln2 = std::log(2.0);
    return {logarithm(R50(at_2t / at_t)) / ln2, logarithm(R50(at_4t / at_2t)) / ln2};
}

void check_exponents(Trial& trial, const Planting& planting, double gap_exponent) {
    constexpr double accuracy = 0.02;
    // Corrections are (log t)/t and what the other modes leave, which at a small λ can cancel for a
    // doubling: values that have come to rest near the claimed ones are no others. Those of a
    // quartic, 1/2 and 2, and of what mutants claim, 1, are further apart than twice this.
    constexpr double distinct = 0.25;
    constexpr long longest = 1500;
    const AnySurrogate<R50> Q = ProblemFamily(planting.instance).over<R50>().surrogate;
    const Vector<R50> star = from_rational<R50>(planting.minimizer);
    const Eigen::SelfAdjointEigenSolver<Matrix<R50>> solver(Q.hessian(star));
    const R50 largest = solver.eigenvalues()[Q.size() - 1];
    const Rational step =
        Rational(1) / Rational(1 + static_cast<long>(std::ceil(largest.convert_to<double>())));
    // The null direction, an eigenvector to 0, with a little of every other one.
    Vector<R50> start = solver.eigenvectors().col(0) / R50(2);
    for (Index i = 1; i < Q.size(); ++i) start += solver.eigenvectors().col(i) / R50(16);
    Descent descent(Q, planting, step);
    descent.start(start);
    const R50 nearby = descent.error() / 4;
    bool arrived = false;
    Exponent2 error{}, gap{};
    R50 errors[3], gaps[3];
    long t = 0;
    for (long quarter = 125; quarter <= longest; quarter *= 2) {
        for (int i = 0; i < 3; ++i) {
            const long until = quarter << i;
            if (until > t) {
                descent.run(until - t);
                t = until;
                errors[i] = descent.error();
                gaps[i] = descent.gap();
            } else {  // reached before: the last round's values, one place on
                errors[i] = errors[i + 1];
                gaps[i] = gaps[i + 1];
            }
        }
        error = exponent_of(errors[0], errors[1], errors[2]);
        gap = exponent_of(gaps[0], gaps[1], gaps[2]);
        arrived = errors[0] <= nearby;
        if (arrived && std::max(error.moved(), gap.moved()) < accuracy / 2) break;
    }
    if (!arrived || std::max(error.moved(), gap.moved()) >= accuracy) {
        trial.undecided("exponents", "not yet asymptotic after 4 * 1500 steps");
        return;
    }
    const auto differs = [&] {
        nlohmann::ordered_json out = witness(planting, step);
        out["start minus minimizer"] = decimal_list(to_rational(start), 20);
        out["steps"] = t;
        out["exponent of the error"] = error.extrapolated();
        out["exponent of the value gap"] = gap.extrapolated();
        out["moved by extrapolation"] = {error.moved(), gap.moved()};
        return out;
    };
    const double off[] = {std::abs(error.extrapolated() + 0.5),
                          std::abs(gap.extrapolated() - gap_exponent)};
    trial.measure("error_exponent_off", off[0]);
    trial.measure("gap_exponent_off", off[1]);
    for (const double one : off) {
        if (one > accuracy && one < distinct) {
            trial.undecided("exponents", "near the claimed ones, but not within 0.02");
            return;
        }
        trial.expect_at_most("exponents", one, accuracy, differs);
    }
}

/// k = 2, finite fibres, and analytic at zero blocks: polynomial K and S.
bool has_quartic_minimizers(const Setting& s) {
    if (s.depth != Exponent(2) || !s.transfer.finite_fibres || s.transfer.injective) return false;
    TransferSpec spec{.name = s.transfer.name, .depth = s.depth, .base_size = 1};
    if (s.transfer.grouped) spec.groups = {{0}};
    for (const TransferSpec& variant : s.transfer.variants(spec))
        if (make_transfer<double>(variant).smoothness() == analytic) return true;
    return false;
}

bool is_smooth_enough(const Planting& planting) {
    return make_transfer<double>(planting.instance.transfer).smoothness() == analytic;
}

/// s⁺/s at s, exactly, along the null direction: the factor is no constant below 1.
void check_degenerate_is_linear(Trial& trial) {
    const Planting planting = draw_degenerate(trial);
    if (!is_smooth_enough(planting)) return;
    const AnySurrogate<Rational> Q = ProblemFamily(planting.instance).over<Rational>().surrogate;
    const Rational step(1, 10);
    // The null direction: entries 0, ±1, ±3/5, ±4/5 by construction, once its largest is 1.
    const Vector<R50> star = from_rational<R50>(planting.minimizer);
    const Eigen::SelfAdjointEigenSolver<Matrix<R50>> solver(
        ProblemFamily(planting.instance).over<R50>().surrogate.hessian(star));
    const Vector<R50> null = solver.eigenvectors().col(0);
    const R50 norm = null.lpNorm<Eigen::Infinity>();
    Vector<Rational> direction(null.size());
    for (Index a = 0; a < null.size(); ++a)
        direction[a] = Rational(std::lround(R50(null[a] / norm * 60).convert_to<double>()), 60);
    const auto shrinkage = [&](const Rational& s) -> Rational {
        const Vector<Rational> at = planting.minimizer + s * direction;
        const Vector<Rational> next = at - step * Q.gradient(at) - planting.minimizer;
        return 1 - next.dot(direction) / (s * direction.dot(direction));
    };
    const Rational far(1, 1000), near(1, 1'000'000);
    const Rational slow = shrinkage(near), fast = shrinkage(far);
    // Linear convergence with any factor would need 1 − s⁺/s bounded below as s → 0.
    const Rational change = magnitude(Rational(slow - fast)), allowed = magnitude(fast) / 100;
    trial.expect_at_most("linear", change, allowed, [&] {
        nlohmann::ordered_json out = witness(planting, step);
        out["direction"] = exact_list(direction);
        out["1 - factor at distance 1/1000"] = text(fast);
        out["1 - factor at distance 1/1000000"] = text(slow);
        return out;
    });
}

void check(Trial& trial) {
    if (!trial.assumes("strict-complementarity")) {
        check_degenerate_is_linear(trial);
        return;
    }
    if (has_quartic_minimizers(trial.setting()) && trial.tape().chance(1, 2)) {
        const Planting planting = draw_degenerate(trial);
        if (is_smooth_enough(planting)) check_exponents(trial, planting, -2.0);
        return;
    }
    const std::optional<Planting> planting = draw_minimizer(trial);
    if (planting) check_rate(trial, *planting, Spectrum::surrogate);
}

Mutant spectrum_mutant(std::string id, std::string statement, std::string why, Spectrum spectrum) {
    return {std::move(id), std::move(statement), std::move(why), has_finite_fibres,
            [spectrum](Trial& trial) {
                const std::optional<Planting> planting = draw_minimizer(trial);
                if (planting) check_rate(trial, *planting, spectrum);
            }};
}

const Registration registration({
    .id = "dynamics.convergence-rate",
    .statement =
        "gradient descent on Q converges linearly at a nondegenerate minimizer with strict "
        "complementarity, by max |1 - eta mu| over the eigenvalues mu of the Hessian of Q that the "
        "start reaches; with |g_j| = lambda w_j (k = 2) the error is Theta(t^-1/2) and the "
        "value gap Theta(t^-2)",
    .hypotheses = {{"finite minimal fibres; K and S are C^2 near the minimizer"},
                   {"strict complementarity: |g_j| < lambda w_j at zero blocks (k = 2)",
                    "strict-complementarity"},
                   {"Hessian of P positive definite on the support; 0 < eta < 2/mu_max"}},
    .source = "arXiv 2402.00377; the sublinear exponents by centre manifold",
    .argument =
        "e+ = (I - eta H) e + O(e^2); where H is singular, Q - Q* = (a/4) s^4, so s+ = s - eta a "
        "s^3 and 1/s^2 grows by 2 eta a a step",
    .machine =
        "planted minimizers, exactly known; gradient descent in 50 digits from 1e-15 and 1e-18 "
        "along all and single eigenvectors, rates within 1 %; exponents from t, 2t, 4t by "
        "Richardson within 0.02",
    .applies = has_finite_fibres,
    .check = check,
    .mutants = {{.id = "without-strict-complementarity",
                 .statement = "convergence is linear at every isolated minimizer",
                 .why = "L = (u v - y)^2/2, y = lambda: u = v gives u^4/2, and s+ = s - eta s^3",
                 .applies = has_quartic_minimizers,
                 .drops = "strict-complementarity"},
                spectrum_mutant("base-spectrum",
                                "the rate is max |1 - eta mu| over the Hessian of P on the support",
                                "K stretches it by DK", Spectrum::base),
                spectrum_mutant("loss-spectrum",
                                "the rate is max |1 - eta mu| over the Hessian of the loss: the "
                                "condition number of X decides",
                                "K and S change the Hessian", Spectrum::loss),
                {.id = "gap-one-over-t",
                 .statement = "with |g_j| = lambda w_j the value gap is Theta(1/t)",
                 .why = "it is the fourth power of an error of order t^-1/2",
                 .applies = has_quartic_minimizers,
                 .check =
                     [](Trial& trial) {
                         const Planting planting = draw_degenerate(trial);
                         if (is_smooth_enough(planting)) check_exponents(trial, planting, -1.0);
                     }}},
    .default_cases = 24,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
