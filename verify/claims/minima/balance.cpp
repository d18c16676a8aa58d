/// @claim minima.balance
///
/// Statement   Every stationary point ξ of Q, of any index, lies in M(K(ξ)): its factors are balanced.
/// Hypotheses  λ > 0; product transfers, or hadamard_difference at *even* depth. (At odd depth it
///             is false: see the mutant.) For power transfers a fibre is one point and the claim is void.
/// Source      arXiv 2307.03571 [SE], 2210.01212 [ZW], 2502.02496 [DWF], 2509.23898 [DG].
/// Argument    u_l ⊙ ∂Q/∂u_l = β ⊙ g + (2λ/k) w u_l² = 0 for every l, so all u_l² agree. (young_product:
///             λ w abs(u)^a and λ w abs(v)^b in their place. mixed_group: so for the vectors, and
///             ν_r ∂Q/∂ν_r = β_j·g_j + (2λ/k) w ν_r² = 0 against the sum over the group.) For β = u^k −
///             v^k with u, v ≠ 0: k u^{k−2} g = −2λ and k v^{k−2} g = 2λ, which contradict each
///             other at even k; at odd k they only say u = −v. For
///             B = UVᵀ: Uᵀ ∂Q/∂U − (∂Q/∂V)ᵀ V = λw (UᵀU − VᵀV), since UᵀGV cancels.
///             In general: if DK(ξ)[X(ξ)] = 0 then ⟨∇Q, X⟩ = λ⟨∇S, X⟩, for every loss, so ⟨∇S, X⟩
///             vanishes at stationary points. Each imbalance is such a ⟨∇S, X⟩, or divides one.
/// Machine     "proof"    For one block of each shape a linear field X = Aξ with DK(ξ)[Aξ] ≡ 0 and
///                        ⟨∇S(ξ), Aξ⟩ ≡ imbalance_r(ξ) is solved for over Rational, and both identities
///                        are checked on a lattice that determines them. Where K has no linear symmetry
///                        (u^k − v^k, k ≥ 4) X = (−∂_vK, ∂_uK), and ⟨∇S, X⟩ is the imbalance times
///                        a sum of even powers. Blocks are independent and weights multiply S:
///                        proved for every d, weight, loss and λ > 0.
///             "sampled"  Stationary points of any index are found from many starts, proved to exist
///                        in a box (`decide_surrogate`), and the imbalance is enclosed over the box:
///                        refuted when it excludes 0, holds when it is within ±10^−(4/5 digits).
/// Mutants     λ = 0; the converse; hadamard_difference at odd depth.

#include "engine/candidates.hpp"
#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "engine/lattice.hpp"

#include <cmath>
#include <memory>

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
            trial.note_margin([&] {
                return margin_of_zero(imbalance, transfer.penalty(*candidate.decided.enclosure));
            });
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

// ---- proof ------------------------------------------------------------------------------------

/// One block of a transfer, with what the proof evaluates on it.
class Block {
public:
    explicit Block(const TransferSpec& spec)
        : transfer_(make_transfer<Rational>(spec)), lattice_(transfer_) {}

    Index imbalances() const { return transfer_.imbalance(lattice_.points().front()).size(); }

    /// ⟨∇S(ξ), Aξ⟩ = imbalance_r(ξ) and DK(ξ)[Aξ] = 0 for every ξ, for some matrix A.
    bool has_linear_field(Index r) const {
        const Index D = transfer_.surrogate_size();
        const std::optional<Vector<Rational>> entries = lattice_.solve(D * D, [&](const auto& xi) {
            std::vector<LinearEquation> out(static_cast<std::size_t>(transfer_.base_size() + 1));
            for (LinearEquation& equation : out) equation.left.resize(D * D);
            const Vector<Rational> slope = transfer_.penalty_gradient(xi);
            for (Index i = 0; i < D; ++i) {
                const Vector<Rational> pushed = transfer_.pushforward(xi, unit(D, i));
                for (Index j = 0; j < D; ++j) {
                    for (Index b = 0; b < pushed.size(); ++b)
                        out[static_cast<std::size_t>(b)].left[i * D + j] = pushed[b] * xi[j];
                    out.back().left[i * D + j] = slope[i] * xi[j];
                }
            }
            out.back().right = transfer_.imbalance(xi)[r];
            return out;
        });
        return entries.has_value();
    }

    /// ⟨∇S, (−∂_vK, ∂_uK)⟩ = u v (Σ_i a_i u^{2i} + b_i v^{2i}) with a, b ≥ 0, not all of either 0:
    /// the sum is 0 at u = v = 0 alone, and uv the imbalance.
    bool has_rotation_field() const {
        if (transfer_.base_size() != 1 || transfer_.surrogate_size() != 2) return false;
        const Index most = transfer_.depth().num() / 2;  // degrees 2i ≤ k
        const std::optional<Vector<Rational>> factor =
            lattice_.solve(2 * most + 2, [&](const Vector<Rational>& xi) {
                const Vector<Rational> slope = transfer_.penalty_gradient(xi);
                const Rational K_u = transfer_.pushforward(xi, unit(2, 0))[0],
                               K_v = transfer_.pushforward(xi, unit(2, 1))[0];
                const Rational imbalance = transfer_.imbalance(xi)[0];
                LinearEquation out;
                out.left.resize(2 * most + 2);
                for (Index i = 0; i <= most; ++i)
                    for (const Index a : {0, 1})
                        out.left[2 * i + a] = imbalance * abs_power(xi[a], Exponent(2 * i));
                out.right = slope[1] * K_u - slope[0] * K_v;
                return std::vector<LinearEquation>{out};
            });
        if (!factor) return false;
        bool of_u = false, of_v = false;
        for (Index i = 0; i < factor->size(); ++i) {
            if ((*factor)[i] < 0) return false;
            ((i % 2 == 0) ? of_u : of_v) |= (*factor)[i] > 0;
        }
        return of_u && of_v;
    }

private:
    static Vector<Rational> unit(Index size, Index i) {
        Vector<Rational> out = Vector<Rational>::Constant(size, Rational(0));
        out[i] = 1;
        return out;
    }

    AnyTransfer<Rational> transfer_;
    Lattice lattice_;
};

bool is_balanced_where_stationary(const TransferSpec& spec) {
    const Block block(spec);
    bool linear = true;
    for (Index r = 0; r < block.imbalances(); ++r) linear = linear && block.has_linear_field(r);
    return linear || block.has_rotation_field();
}

void prove(Trial& trial) {
    const std::vector<TransferSpec> blocks = small_blocks(trial.setting());
    try {
        for (const TransferSpec& spec : blocks)
            if (!is_balanced_where_stationary(spec)) return;
    } catch (const NotRepresentable&) {
        return;  // no polynomial in rational coordinates: nothing is proved
    }
    trial.proves(part, "depth " + trial.setting().depth.text() + ", " + blocks_text(blocks) +
                           ", any number of blocks, weights, loss and lambda > 0");
}

// ---- mutants ----------------------------------------------------------------------------------

TransferSpec draw_spec(Trial& trial) {
    return draw_transfer(trial.tape(), trial.setting(),
                         draw_base_size(trial.tape(), trial.setting(), 3));
}

/// Of ξ, by its imbalance relative to S.
Margin margin_without_penalty(Trial& trial) {
    const auto transfer =
        std::make_shared<AnyTransfer<double>>(make_transfer<double>(draw_spec(trial)));
    return {trial.tape().rationals().size(), transfer->surrogate_size(),
            [transfer](const Vector<double>& xi) {
                const double margin =
                    margin_of_zero(transfer->imbalance(xi), transfer->penalty(xi));
                return std::isnan(margin) ? 0.0 : margin;
            }};
}

/// A loss ½‖β − b‖² whose gradient vanishes at K(ξ) for a drawn ξ makes ξ stationary for L∘K.
void check_without_penalty(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_spec(trial);
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    const Vector<Rational> xi = draw_point(tape, transfer.surrogate_size());
    trial.note_margin([&] { return margin_of_zero(transfer.imbalance(xi), transfer.penalty(xi)); });
    if (on_minimal_fibre(transfer, xi)) {
        trial.holds(part);
        return;
    }
    nlohmann::ordered_json witness;
    witness["loss"] = "|beta - b|^2/2";
    witness["b"] = exact_list(transfer.apply(xi));
    witness["transfer"] = spec.name;
    witness["depth"] = spec.depth.text();
    for (const Exponent e : spec.exponents) witness["exponents"].push_back(e.text());
    if (spec.inner_depth > 0) witness["inner_depth"] = spec.inner_depth;
    if (spec.rows > 0) {
        witness["rows"] = spec.rows;
        witness["width"] = spec.width;
    }
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
    trial.note_margin([&] { return margin_of_zero(gradient, Q.lambda()); });
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
    .machine =
        "proof: a field X with DK[X] = 0 and <grad S, X> = imbalance, solved for and checked "
        "over exact rationals; sampled: stationary points of any index found from many "
        "starts, proved by enclosures, the imbalance enclosed over each",
    .applies = applies,
    .check = check,
    .mutants = {{.id = "without-penalty",
                 .statement = "every stationary point of L o K is balanced (lambda = 0)",
                 .why = "any preimage of a minimizer of L is stationary",
                 .applies = exact,
                 .check = check_without_penalty,
                 .margin = margin_without_penalty},
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
    .prove = prove,
    .default_cases = 20,
});

}  // namespace
}  // namespace hadamard::verify
