/// @claim svf.misalignment
///
/// Statement   S(ξ) − R(K(ξ)) ≤ ((k−1)/k) Σ_i w_i max_{l,m} abs(u_{l,i}² − u_{m,i}²) for every ξ.
/// Hypotheses  hadamard_product, integer depth k.
/// Source      arXiv 2502.02496 (depth misalignment); this project.
/// Argument    For one coordinate let a_l = u_l², M = max a_l, m = min a_l. One a_l is m and none
///             exceeds M, so their mean is at most m + ((k−1)/k)(M − m), and their geometric mean,
///             which is R, is at least m. Equality asks for (M, …, M, m) with geometric mean m: m =
///             0, or M = m.
/// Machine     One coordinate, for the sum is over coordinates: S and the bound exactly, R enclosed
///             (50, 100, 200 digits), at drawn rational points. Where equality can hold R is exact
///             as well: 0 at a zero factor, S on M. A violation must have a certain sign. Sampled:
///             supported.
/// Mutants     nine tenths of the constant; the imbalance of the first two factors for the largest.

#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "hadamard/core/elementary.hpp"

#include <algorithm>
#include <memory>

namespace hadamard::verify {
namespace {

/// The constant is `tenths`/10 · (k−1)/k; `first_pair` looks at two factors alone.
struct Variant {
    int tenths = 10;
    bool first_pair = false;
};

/// max − min of the squares of one coordinate's factors.
template <Field T>
T imbalance_of(const Vector<T>& xi, IndexList factors, bool first_pair) {
    if (first_pair) factors.resize(2);
    T least = square(T(xi[factors.front()])), most = least;
    for (const Index a : factors) {
        least = smaller(least, square(T(xi[a])));
        most = larger(most, square(T(xi[a])));
    }
    return most - least;
}

/// What S − R∘K may be at most.
template <Field T>
T bound_at(const AnyTransfer<T>& transfer, const Vector<T>& xi, const Variant& variant) {
    const T k = transfer.depth().template as<T>();
    const std::vector<TransferBlock> blocks = transfer.blocks();
    const AnyPenalty<T> R = transfer.induced();
    T sum(0);
    for (std::size_t j = 0; j < blocks.size(); ++j)
        sum += R.blocks()[j].weight * imbalance_of<T>(xi, blocks[j].surrogate, variant.first_pair);
    return T(variant.tenths) / T(10) * (k - T(1)) / k * sum;
}

nlohmann::ordered_json witness(const TransferSpec& spec, const Vector<Rational>& xi,
                               const Rational& S, const Rational& bound, const Interval& R) {
    nlohmann::ordered_json out;
    out["transfer"] = spec.name;
    out["depth"] = spec.depth.text();
    out["base_size"] = spec.base_size;
    for (const Rational& w : spec.weights) out["weights"].push_back(text(w));
    out["surrogate_point"] = exact_list(xi);
    out["S"] = text(S);
    out["R"] = R.str(30);
    out["claimed_bound"] = text(bound);
    return out;
}

TransferSpec draw_spec(Trial& trial) { return draw_transfer(trial.tape(), trial.setting(), 1); }

/// S − bound ≤ R: S and the bound are rational.
void check_variant(Trial& trial, const Variant& variant) {
    constexpr std::string_view part = "S - R o K <= (k-1)/k imbalance";
    const TransferSpec spec = draw_spec(trial);
    const AnyTransfer<Rational> exact = make_transfer<Rational>(spec);
    const Vector<Rational> xi = draw_point(trial.tape(), exact.surrogate_size());
    const Rational S = exact.penalty(xi), bound = bound_at(exact, xi, variant);
    const Vector<Rational> beta = exact.apply(xi);
    if (on_minimal_fibre(exact, xi)) return trial.holds(part);  // 0 ≤ bound
    for (const int digits : {50, 100, 200}) {
        const PrecisionScope scope(PrecisionScope::bits_for(digits));
        const Interval R =
            make_transfer<Interval>(spec).induced().value(from_rational<Interval>(beta));
        const Sign sign = sign_of(Interval(R - from_rational<Interval>(Rational(S - bound))));
        if (sign == Sign::unknown) continue;  // the next rung
        trial.expect(part, sign != Sign::negative, [&] { return witness(spec, xi, S, bound, R); });
        return;
    }
    trial.undecided(part, "S - R o K is within 1e-200 of the bound");
}

/// (S − R∘K − bound)/(S + R∘K + bound): 0 at (a, …, a, 0) and on M.
Margin margin_of(Trial& trial, const Variant& variant) {
    const auto transfer =
        std::make_shared<AnyTransfer<double>>(make_transfer<double>(draw_spec(trial)));
    const auto R = std::make_shared<AnyPenalty<double>>(transfer->induced());
    Vector<double> tight = Vector<double>::Ones(transfer->surrogate_size());
    tight[tight.size() - 1] = 0;
    return {trial.tape().rationals().size(),
            transfer->surrogate_size(),
            [transfer, R, variant](const Vector<double>& xi) {
                const double S = transfer->penalty(xi), induced = R->value(transfer->apply(xi));
                const double bound = bound_at(*transfer, xi, variant);
                return S > 0 ? (S - induced - bound) / (S + induced + bound) : 0.0;
            },
            {tight}};
}

bool applies(const Setting& s) {
    return s.transfer.name == "hadamard_product" && s.depth.is_integer();
}
bool is_deep(const Setting& s) { return applies(s) && s.depth > Exponent(2); }

Mutant mutant(std::string id, std::string statement, std::string why, Variant variant,
              std::function<bool(const Setting&)> where) {
    return {std::move(id),
            std::move(statement),
            std::move(why),
            std::move(where),
            [variant](Trial& trial) { check_variant(trial, variant); },
            {},
            [variant](Trial& trial) { return margin_of(trial, variant); }};
}

const Registration registration({
    .id = "svf.misalignment",
    .statement = "S(xi) - R(K(xi)) <= (k-1)/k sum_i w_i max |u_{l,i}^2 - u_{m,i}^2| for every xi",
    .hypotheses = {{"hadamard_product, integer depth k"}},
    .source = "arXiv 2502.02496; the sharp constant: this project",
    .argument = "of k numbers a_l between m and M, one equal to m, the mean is at most m + (k-1)/k "
                "(M - m) and the geometric mean at least m; equality at (M, ..., M, 0)",
    .machine =
        "one coordinate: S and the bound over exact rationals, R in enclosures, at rational points",
    .applies = applies,
    .check = [](Trial& trial) { check_variant(trial, {}); },
    .mutants = {mutant("nine-tenths", "the same with nine tenths of the constant",
                       "(a, ..., a, 0) attains the bound", {.tenths = 9}, applies),
                mutant("first-pair", "the same with |u_1^2 - u_2^2| for the largest imbalance",
                       "(1, 1, 0): the first two factors are balanced", {.first_pair = true},
                       is_deep)},
    .default_cases = 120,
    .on_data = false,
    .margin = [](Trial& trial) { return margin_of(trial, {}); },
});

}  // namespace
}  // namespace hadamard::verify
