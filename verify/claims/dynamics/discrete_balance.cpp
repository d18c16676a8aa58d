/// @claim dynamics.discrete-balance
///
/// Statement   One step ξ⁺ = ξ − η∇Q(ξ) of gradient descent, any loss, step η and λ:
///             (recursion)  for every quadratic C(ξ) = ξᵀAξ with DK(ξ)Aξ = 0,
///                 C(ξ⁺) = C(ξ) − ηλ⟨∇C, ∇S⟩ + η² C(∇Q(ξ)),
///             and where S = c‖ξ‖² on C's block (c = w/k for products)
///                 C(ξ⁺) = (1 − 4cλη) C(ξ) + η² C(∇Q(ξ)) = (1 − 2cλη)² C(ξ) + η² C(∇(L∘K)(ξ));
///             for C = ‖u_j‖² − ν_j² the last term is η²(‖∂_u‖² − ∂_ν²).
///             (scalars)    abs(ξ_a) = abs(ξ_b) is kept exactly where C = ξ_a² − ξ_b² is such a C.
///             (zero)       a block that is all zero stays zero.
/// Hypotheses  λ > 0; for the recursion with c and for (scalars), S weighs the factors of a block alike
///             [equal-weights]; K and S differentiable at ξ.
/// Source      arXiv 2509.23898, Lemma 4, for group_product. This project: hadamard_difference at k = 2
///             (C = uv, c = w), low_rank (UᵀU − VᵀV, c = 1/2) and the driven form of the shared
///             forms. At k ≥ 3 hadamard_difference has no quadratic C; what is left there is (zero).
/// Argument    With p = ∇(L∘K) = DKᵀg: ⟨Aξ, p⟩ = ⟨DK A ξ, g⟩ = 0, and C(ξ − ηx) = C(ξ) − 2η⟨Aξ, x⟩ + η²C(x).
///             x = ∇Q = p + λ∇S gives the first form. With ∇S = 2cξ: ⟨Aξ, ∇Q⟩ = 2cλC(ξ), the second;
///             C(∇Q) = C(p) + 4c²λ²C(ξ), the third. For C = ξ_a² − ξ_b²: ξ_a p_a = ξ_b p_b for every ξ,
///             so p_b = ±p_a where ξ_b = ±ξ_a (by continuity also at 0). K and S have no linear part
///             at a zero block.
/// Machine     `prove`: DK A ξ = 0, ∇S = 2cξ, DK(ξ)(e_a ∓ e_b) = 0 on ξ_b = ±ξ_a, on lattices that decide
///             polynomials of their degree (engine/balances.hpp), and DK = 0, ∇S = 0 at a zero block; the
///             rest is the algebra above. Proved for one block (group sizes 1, 2, 3; weights 1, 2, in which
///             all is linear); blocks separate, hence every d.
///             `check`: drawn instances and steps, exactly over the rationals; two steps at integer k.
/// Mutants     vector–scalar balance kept; conserved at λ = 0; half the contraction; the two forms
///             mixed; unequal weights.

#include "engine/balances.hpp"
#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "engine/lattice.hpp"

#include <algorithm>

namespace hadamard::verify {
namespace {

/// The statement, or one false variant of the recursion.
enum class Variant { claimed, half_contraction, mixed_forms, without_penalty };

struct Coordinates {
    Index a, b;
};

/// All (a, b) for which ξ_a² − ξ_b² is a balance.
std::vector<Coordinates> scalar_pairs(const std::vector<Balance>& found,
                                      const std::vector<TransferBlock>& blocks) {
    // The diagonal forms of a block are spanned by those in reduced echelon form.
    std::vector<Coordinates> out;
    const auto spanned = [&found, &blocks](std::size_t block, Index a, Index b) {
        Matrix<Rational> rest;
        for (const Balance& balance : found) {
            if (balance.block != block) continue;
            if (rest.size() == 0) {
                rest = Matrix<Rational>::Constant(balance.form.rows(), balance.form.cols(),
                                                  Rational(0));
                rest(a, a) = 1;
                rest(b, b) = -1;
            }
            // In the block's order the row's leading diagonal entry is 1, and 0 in the others.
            const IndexList& order = blocks[block].surrogate;
            const auto place = std::find_if(order.begin(), order.end(), [&balance](Index i) {
                return balance.form(i, i) != 0;
            });
            if (place == order.end()) continue;
            const Index lead = *place;
            const Rational factor = rest(lead, lead);
            rest -= factor * balance.form;
        }
        return rest.size() > 0 && rest.isZero();
    };
    for (std::size_t j = 0; j < blocks.size(); ++j)
        for (const Index a : blocks[j].surrogate)
            for (const Index b : blocks[j].surrogate)
                if (a < b && spanned(j, a, b)) out.push_back({a, b});
    return out;
}

/// One drawn case: an instance, a step and a point ±x^N where all powers are rational.
struct Case {
    ProblemFamily family;
    AnySurrogate<Rational> Q;
    Rational step;
    Vector<Rational> start;

    Case(Instance instance, Tape& tape)
        : family(std::move(instance)),
          Q(family.over<Rational>().surrogate),
          step(tape.positive_rational(3) / 10),
          start(Q.size()) {
        const auto N = static_cast<unsigned long>(root_degree(family.instance().transfer));
        for (Index a = 0; a < start.size(); ++a) {
            const Rational x = natural_power(Rational(tape.integer(1, 4), 2), N);
            start[a] = tape.chance(1, 2) ? Rational(-x) : x;
        }
    }
};

Case draw_case(Trial& trial) {
    Menu menu;
    menu.most_coordinates = 3;
    menu.only_rational = true;
    return Case(draw_instance(trial.tape(), trial.setting(), menu), trial.tape());
}

nlohmann::ordered_json witness(const Case& one, const Vector<Rational>& xi,
                               const Vector<Rational>& next) {
    nlohmann::ordered_json out = witness_of(one.family.instance());
    out["step"] = text(one.step);
    out["surrogate_point"] = exact_list(xi);
    out["after one step"] = exact_list(next);
    return out;
}

Vector<Rational> stepped(const Case& one, const Vector<Rational>& xi) {
    const Vector<Rational> gradient = one.Q.gradient(xi);
    return xi - one.step * gradient;
}

nlohmann::ordered_json describe(const Matrix<Rational>& form) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (Index a = 0; a < form.rows(); ++a)
        for (Index b = 0; b <= a; ++b)
            if (form(a, b) != 0)
                out.push_back({{"row", a}, {"column", b}, {"entry", text(form(a, b))}});
    return out;
}

/// C(ξ⁺) as the variant has it; nothing where it says nothing.
std::vector<Rational> claimed_next(const Case& one, const Vector<Rational>& xi,
                                   const Matrix<Rational>& A, const std::optional<Rational>& c,
                                   Variant variant) {
    const Rational& lambda = one.Q.lambda();
    const AnyTransfer<Rational>& transfer = one.Q.transfer();
    const Vector<Rational> gradient = one.Q.gradient(xi);
    const Vector<Rational> loss_part =
        transfer.pullback(xi, one.Q.loss().gradient(transfer.apply(xi)));
    const Rational C = quadratic_value(A, xi), eta2 = one.step * one.step;
    const Rational of_Q = eta2 * quadratic_value(A, gradient);
    const Rational of_L = eta2 * quadratic_value(A, loss_part);
    const Rational driven =
        C - 2 * one.step * lambda * form_times(A, xi).dot(transfer.penalty_gradient(xi)) + of_Q;
    if (!c) return {driven};
    const Rational shrink = 2 * *c * lambda * one.step;
    switch (variant) {
        case Variant::half_contraction: return {(1 - shrink) * C + of_Q};
        case Variant::mixed_forms: return {(1 - 2 * shrink) * C + of_L};
        default: return {(1 - 2 * shrink) * C + of_Q, (1 - shrink) * (1 - shrink) * C + of_L};
    }
}

void check_recursion(Trial& trial, const Case& one, const Vector<Rational>& xi,
                     const std::vector<Balance>& found, Variant variant) {
    const std::vector<TransferBlock> blocks = one.Q.transfer().blocks();
    const TransferSpec& spec = one.family.instance().transfer;
    const Vector<Rational> next = stepped(one, xi);
    for (const Balance& balance : found) {
        const IndexList& block = blocks[balance.block].surrogate;
        std::optional<Rational> c = isotropy(one.Q.transfer(), spec, block);
        if (!trial.assumes("equal-weights")) {
            const Vector<Rational> ones = Vector<Rational>::Constant(xi.size(), Rational(1));
            c = one.Q.transfer().penalty_gradient(ones)[block.front()] / 2;
        }
        if (variant != Variant::claimed && !c) continue;
        const Rational after = quadratic_value(balance.form, next);
        for (const Rational& claimed : claimed_next(one, xi, balance.form, c, variant))
            trial.expect_equal(c ? "recursion" : "driven recursion", after, claimed, [&] {
                nlohmann::ordered_json out = witness(one, xi, next);
                out["form A of C"] = describe(balance.form);
                out["C"] = text(quadratic_value(balance.form, xi));
                out["C after the step"] = text(after);
                out["claimed"] = text(claimed);
                return out;
            });
    }
}

void check_scalars(Trial& trial, const Case& one, const std::vector<Balance>& found) {
    const std::vector<TransferBlock> blocks = one.Q.transfer().blocks();
    const TransferSpec& spec = one.family.instance().transfer;
    const bool twice = spec.depth.is_integer();
    for (const Coordinates& pair : scalar_pairs(found, blocks)) {
        bool alike = false;
        for (const TransferBlock& block : blocks)
            for (const Index a : block.surrogate)
                alike = alike || (a == pair.a && isotropy(one.Q.transfer(), spec, block.surrogate));
        if (!alike) continue;
        Vector<Rational> xi = one.start;
        xi[pair.b] = trial.tape().chance(1, 2) ? Rational(-xi[pair.a]) : xi[pair.a];
        for (int step = 0; step < (twice ? 2 : 1); ++step) {
            const Vector<Rational> next = stepped(one, xi);
            trial.expect_equal("scalar-scalar balance is kept", magnitude(next[pair.a]),
                               magnitude(next[pair.b]), [&] { return witness(one, xi, next); });
            xi = next;
        }
    }
}

void check_zero_block(Trial& trial, const Case& one) {
    for (const TransferBlock& block : one.Q.transfer().blocks()) {
        Vector<Rational> xi = one.start;
        for (const Index a : block.surrogate) xi[a] = 0;
        const Vector<Rational> next = stepped(one, xi);
        const Vector<Rational> left = gather(next, block.surrogate);
        trial.note_margin([&] { return margin_of_zero(left, one.step); });
        const bool absorbed = left.isZero();
        trial.expect("a zero block stays zero", absorbed, [&] { return witness(one, xi, next); });
    }
}

void check_exactly(Trial& trial) {
    const Case one = draw_case(trial);
    const AnyTransfer<Rational>& transfer = one.Q.transfer();
    const TransferSpec& spec = one.family.instance().transfer;
    if (!trial.assumes("equal-weights")) {
        std::vector<Balance> claimed;
        const auto forms = imbalance_forms(transfer);
        if (!forms) return;
        for (const Matrix<Rational>& form : *forms)
            for (std::size_t j = 0; j < transfer.blocks().size(); ++j)
                if (!form.col(transfer.blocks()[j].surrogate.front()).isZero())
                    claimed.push_back({j, form});
        check_recursion(trial, one, one.start, claimed, Variant::claimed);
        return;
    }
    const std::vector<Balance> found = balances(transfer, spec, Search::sampled);
    check_recursion(trial, one, one.start, found, Variant::claimed);
    if (spec.depth.is_integer())
        check_recursion(trial, one, stepped(one, one.start), found, Variant::claimed);
    check_scalars(trial, one, found);
    check_zero_block(trial, one);
}

/// A case with irrational values is none: this claim is decided over `Rational` alone.
void check(Trial& trial) {
    try {
        check_exactly(trial);
    } catch (const NotRepresentable&) {
    }
}

void check_variant(Trial& trial, Variant variant) {
    const Case one = draw_case(trial);
    const std::vector<Balance> found =
        balances(one.Q.transfer(), one.family.instance().transfer, Search::sampled);
    if (variant != Variant::without_penalty) {
        check_recursion(trial, one, one.start, found, variant);
        return;
    }
    const AnyTransfer<Rational>& transfer = one.Q.transfer();
    const Vector<Rational> loss_part =
        transfer.pullback(one.start, one.Q.loss().gradient(transfer.apply(one.start)));
    const Vector<Rational> next = one.start - one.step * loss_part;
    for (const Balance& balance : found) {
        const Rational C = quadratic_value(balance.form, one.start);
        const Rational after = quadratic_value(balance.form, next);
        trial.expect_equal("conserved at lambda = 0", C, after, [&] {
            nlohmann::ordered_json out = witness(one, one.start, next);
            out["note"] = "the step is one of L o K: lambda = 0";
            out["form A of C"] = describe(balance.form);
            out["C"] = text(C);
            out["C after the step"] = text(after);
            return out;
        });
    }
}

/// A group of two: u = r(2t, 1 − t²)/(1 + t²), ν = r, and the linear loss gᵀβ.
/// The witness (1, 0), 1, g = (0, 1), λ = η = 1/10 is one of these.
void check_vector_scalar(Trial& trial) {
    Tape& tape = trial.tape();
    Instance instance;
    instance.transfer = {.name = trial.setting().transfer.name,
                         .depth = trial.setting().depth,
                         .base_size = 2,
                         .groups = {{0, 1}}};
    instance.lambda = tape.positive_rational(3) / 10;
    instance.loss.kind = "quadratic";
    instance.loss.A = Matrix<Rational>::Constant(2, 2, Rational(0));
    instance.loss.b.resize(2);
    for (Index i = 0; i < 2; ++i) instance.loss.b[i] = -tape.rational(3);
    Case one(instance, tape);
    const Rational t = tape.rational(3), r = tape.positive_rational(2);
    one.start = Vector<Rational>::Constant(one.start.size(), r);
    one.start[0] = r * (1 - t * t) / (1 + t * t);
    one.start[1] = r * 2 * t / (1 + t * t);
    const Vector<Rational> before = one.Q.transfer().imbalance(one.start);
    const Vector<Rational> next = stepped(one, one.start);
    const Vector<Rational> after = one.Q.transfer().imbalance(next);
    if (!before.isZero()) return;
    trial.note_margin([&] { return margin_of_zero(after, one.Q.transfer().penalty(next)); });
    trial.expect("vector-scalar balance is kept", after.isZero(), [&] {
        nlohmann::ordered_json out = witness(one, one.start, next);
        out["imbalance"] = exact_list(before);
        out["imbalance after the step"] = exact_list(after);
        return out;
    });
}

/// DK(ξ)(e_a ∓ e_b) = 0 on ξ_b = ±ξ_a, over the lattice of the coordinates that are left.
bool moves_alike(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                 const IndexList& block, const Coordinates& pair) {
    const long N = root_degree(spec);
    const Exponent degree = spec.depth * N;
    for (const Vector<Rational>& x : lattice(static_cast<Index>(block.size()), degree.num()))
        for (const int sign : {1, -1}) {
            Vector<Rational> xi = block_point(transfer.surrogate_size(), block, x, N);
            xi[pair.b] = sign * xi[pair.a];
            Vector<Rational> direction = Vector<Rational>::Constant(xi.size(), Rational(0));
            direction[pair.a] = 1;
            direction[pair.b] = -sign;
            if (!transfer.pushforward(xi, direction).isZero()) return false;
        }
    return true;
}

bool zero_is_absorbing(const AnyTransfer<Rational>& transfer) {
    const Index D = transfer.surrogate_size();
    const Vector<Rational> zero = Vector<Rational>::Constant(D, Rational(0));
    const Matrix<Rational> unit = Matrix<Rational>::Identity(D, D);
    for (Index a = 0; a < D; ++a)
        if (!transfer.pushforward(zero, unit.col(a)).isZero()) return false;
    return transfer.penalty_gradient(zero).isZero();
}

void prove_block(Trial& trial, const TransferSpec& spec) {
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    if (!has_degree_of_depth(transfer, spec) || !zero_is_absorbing(transfer)) {
        trial.undecided("proof", "K is no polynomial of the depth's degree, or has a linear part");
        return;
    }
    const std::string shape = "one block of " + block_text(spec) + ", depth " + spec.depth.text() +
                              ", weight " + (spec.weights.empty() ? "1" : text(spec.weights[0]));
    trial.proves("a zero block stays zero", shape);
    const std::vector<Balance> found = balances(transfer, spec, Search::lattice);
    if (found.empty()) return;
    trial.proves("driven recursion", shape);
    const IndexList block = transfer.blocks().front().surrogate;
    if (!isotropy(transfer, spec, block)) return;
    trial.proves("recursion", shape);
    const std::vector<Coordinates> pairs = scalar_pairs(found, transfer.blocks());
    for (const Coordinates& pair : pairs)
        if (!moves_alike(transfer, spec, block, pair)) {
            trial.undecided("proof", "scalar pairs do not move alike");
            return;
        }
    if (!pairs.empty()) trial.proves("scalar-scalar balance is kept", shape);
}

void prove(Trial& trial) {
    const Setting& setting = trial.setting();
    for (Index n = 1; n <= (setting.transfer.grouped ? 3 : 4); ++n)
        for (const TransferSpec& spec : one_block_specs(setting.transfer, setting.depth, n))
            prove_block(trial, spec);
}

template <class Holds>
bool some_block(const Setting& s, Holds holds) try {
    if (s.transfer.injective) return false;
    for (const TransferSpec& spec :
         one_block_specs(s.transfer, s.depth, s.transfer.grouped ? 2 : 1))
        if (holds(spec, make_transfer<Rational>(spec))) return true;
    return false;
} catch (const NotRepresentable&) {
    return false;
}

bool has_balances(const Setting& s) {
    return some_block(s, [](const TransferSpec& spec, const AnyTransfer<Rational>& transfer) {
        return !balances(transfer, spec, Search::sampled).empty();
    });
}

bool has_recursion(const Setting& s) {
    return some_block(s, [](const TransferSpec& spec, const AnyTransfer<Rational>& transfer) {
        return !balances(transfer, spec, Search::sampled).empty() &&
               isotropy(transfer, spec, transfer.blocks().front().surrogate);
    });
}

/// Groups whose imbalance, all of it, is made of balances, ‖u‖² − ν² among them.
bool has_vector_and_scalars(const Setting& s) {
    return s.transfer.grouped && has_recursion(s) && s.depth.is_integer() &&
           some_block(s, [](const TransferSpec& spec, const AnyTransfer<Rational>& transfer) {
               const Vector<Rational> balanced =
                   transfer.lift(Vector<Rational>::Unit(spec.base_size, 0));
               return balanced.tail(balanced.size() - 2).isOnes(Rational(0));
           });
}

bool has_lawless_imbalance(const Setting& s) {
    return some_block(s, [](const TransferSpec& spec, const AnyTransfer<Rational>& transfer) {
        const auto forms = imbalance_forms(transfer);
        if (!forms) return false;
        for (const Matrix<Rational>& form : *forms)
            if (!is_balance(transfer, spec, form, transfer.blocks().front().surrogate)) return true;
        return false;
    });
}

Mutant variant(std::string id, std::string statement, std::string why, Variant which,
               std::function<bool(const Setting&)> where) {
    return {std::move(id), std::move(statement), std::move(why), std::move(where),
            [which](Trial& trial) { check_variant(trial, which); }};
}

const Registration registration({
    .id = "dynamics.discrete-balance",
    .statement =
        "a step of gradient descent on Q turns each quadratic balance C into (1 - 4 c lambda "
        "eta) C + eta^2 C(grad Q) = (1 - 2 c lambda eta)^2 C + eta^2 C(grad (L o K)), c = w/k; "
        "keeps scalar-scalar balance exactly; a zero block is absorbing",
    .hypotheses = {{"lambda > 0; K and S differentiable at the point"},
                   {"S = c |xi|^2 on the block, or else the driven form only", "equal-weights"}},
    .source = "arXiv 2509.23898 Lemma 4; beyond group_product: this project",
    .argument =
        "C(xi - eta x) = C - 2 eta <A xi, x> + eta^2 C(x), and <A xi, DK^T g> = <DK A xi, g> "
        "= 0",
    .machine = "DK A xi = 0, grad S = 2 c xi and equal partial derivatives on xi_b = +-xi_a on "
               "unisolvent lattices of rationals (proved); drawn instances exactly over Rational",
    .applies = has_wide_fibres,
    .check = check,
    .mutants =
        {{.id = "vector-scalar-kept",
          .statement = "gradient descent keeps vector-scalar balance",
          .why = "eta^2 (|d_u L|^2 - (d_nu L)^2) is left",
          .applies = has_vector_and_scalars,
          .check = check_vector_scalar},
         variant("unregularized-conserves",
                 "gradient descent at lambda = 0 conserves u^2 - v^2 as the flow does",
                 "the factor is 1 - eta^2 g^2", Variant::without_penalty, has_balances),
         variant("half-contraction", "C+ = (1 - 2 c lambda eta) C + eta^2 C(grad Q)",
                 "both factors shrink", Variant::half_contraction, has_recursion),
         variant("mixed-forms", "C+ = (1 - 4 c lambda eta) C + eta^2 C(grad (L o K))",
                 "(2 c lambda eta)^2 C is missing", Variant::mixed_forms, has_recursion),
         {.id = "imbalance-of-every-transfer",
          .statement = "the transfer's own imbalance obeys the recursion where S weighs factors "
                       "differently",
          .why = "shared forms at k != 2 and hadamard_difference at k >= 3: the loss moves it",
          .applies = has_lawless_imbalance,
          .drops = "equal-weights"}},
    .prove = prove,
    .default_cases = 40,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
