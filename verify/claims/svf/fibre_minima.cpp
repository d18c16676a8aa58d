/// @claim svf.fibre-minima
///
/// Statement   S restricted to a fibre {ξ : K(ξ) = β} has no local minimum outside M(β) (H3).
/// Hypotheses  M(β) finite (so no low_rank); β_i = 0, where the fibre is no manifold, is drawn often.
/// Source      arXiv 2307.03571 [SE], H3.
/// Argument    Products: along u_l → u_l e^t, u_m → u_m e^{−t} K is constant and dS/dt = (2w/k)(u_l² −
///             u_m²) ≠ 0 off balance. u^k − v^k: the Lagrange conditions leave u v = 0 or, at odd k, u = −v,
///             where the curvature of S along the fibre is −4(k−2) < 0: a local maximum.
/// Machine     At a drawn rational ξ off M one of three rules must show that ξ is no local minimum of S
///             on its fibre, block by block, all in enclosures (50 to 200 digits):
///             "segment"     K is exactly the same on [1−ε, 1]·ξ_A (an exact 0 times a ball is 0), and
///                           S decreases as the entries A shrink;
///             "first order" the rows of DK and ∇S are certainly independent, on the whole block or on
///                           the slice of its nonzero entries: DK has full rank, the fibre is a
///                           manifold there and S not stationary on it;
///             "curvature"   DK has full rank and S − ⟨ν, K⟩ certainly bends down along a tangent.
///             Points of M must pass all three. A point off M that is exactly stationary (ranks over
///             Rational) with certainly positive curvature refutes. Sampled: supported.
/// Mutants     unequal costs with the old M; no critical point off M; no local minimum at all.

#include "engine/claim.hpp"
#include "engine/instances.hpp"
#include "hadamard/catalogue/registered_transfers.hpp"
#include "hadamard/core/product.hpp"
#include "hadamard/minima/inertia.hpp"

#include <Eigen/QR>

#include <algorithm>
#include <optional>

namespace hadamard::verify {
namespace {

constexpr std::string_view part = "no local minimum of S on a fibre outside M";

/// S(Dξ) in place of S(ξ), D = diag(2, …, 2, 1, …, 1) with d twos; D = I for the claim itself.
template <class T>
class Costs {
public:
    Costs(const TransferSpec& spec, bool first_twice)
        : transfer_(make_transfer<T>(spec)),
          scale_(Vector<T>::Constant(transfer_.surrogate_size(), T(1))) {
        if (first_twice) scale_.head(spec.base_size).setConstant(T(2));
    }

    const AnyTransfer<T>& transfer() const { return transfer_; }
    Vector<T> gradient(const Vector<T>& xi) const {
        const Vector<T> inner = transfer_.penalty_gradient(scaled(xi));
        return scaled(inner);
    }
    Vector<T> hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        const Vector<T> inner = transfer_.penalty_hessian_times(scaled(xi), scaled(v));
        return scaled(inner);
    }

private:
    Vector<T> scaled(const Vector<T>& x) const { return x.cwiseProduct(scale_); }

    AnyTransfer<T> transfer_;
    Vector<T> scale_;
};

/// Movable entries of ξ, and the entries of K that they move.
struct Slice {
    IndexList base;
    IndexList surrogate;
};

/// Rows DK[base, surrogate], then ∇S[surrogate].
template <class T>
Matrix<T> lagrange_rows(const Costs<T>& costs, const Vector<T>& xi, const Slice& slice) {
    const Index m = static_cast<Index>(slice.base.size());
    const Index n = static_cast<Index>(slice.surrogate.size());
    Matrix<T> out(m + 1, n);
    const Vector<T> gradient = costs.gradient(xi);
    Vector<T> unit = Vector<T>::Constant(xi.size(), T(0));
    for (Index c = 0; c < n; ++c) {
        const Index a = slice.surrogate[static_cast<std::size_t>(c)];
        unit[a] = T(1);
        const Vector<T> column = costs.transfer().pushforward(xi, unit);
        for (Index r = 0; r < m; ++r) out(r, c) = column[slice.base[static_cast<std::size_t>(r)]];
        out(m, c) = gradient[a];
        unit[a] = T(0);
    }
    return out;
}

template <class T>
bool certainly_nonzero(const T& a) {
    const Sign sign = sign_of(a);
    return sign == Sign::positive || sign == Sign::negative;
}

/// Elimination that only divides by what is certainly not 0: `rank` bounds the rank of every member
/// of A from below, and is the rank of a rational A.
template <class T>
struct Elimination {
    explicit Elimination(Matrix<T> A) {
        std::vector<bool> used(static_cast<std::size_t>(A.rows()), false);
        for (Index c = 0; c < A.cols(); ++c) {
            Index pivot = 0;
            while (pivot < A.rows() &&
                   (used[static_cast<std::size_t>(pivot)] || !certainly_nonzero(A(pivot, c))))
                ++pivot;
            if (pivot == A.rows()) continue;
            used[static_cast<std::size_t>(pivot)] = true;
            columns.push_back(c);
            for (Index r = 0; r < A.rows(); ++r) {
                if (r == pivot || used[static_cast<std::size_t>(r)]) continue;
                const T factor = A(r, c) / A(pivot, c);
                for (Index j = c; j < A.cols(); ++j)
                    A(r, j) = j == c ? T(0) : T(A(r, j) - factor * A(pivot, j));
            }
        }
        rank = static_cast<Index>(columns.size());
    }
    Index rank = 0;
    IndexList columns;  ///< Of the pivots.
};

/// A x = b for square A, by elimination; nothing where a pivot is not certainly nonzero.
std::optional<Vector<Interval>> solve(Matrix<Interval> A, Vector<Interval> b) {
    const Index n = A.rows();
    for (Index c = 0; c < n; ++c) {
        Index pivot = c;
        while (pivot < n && !certainly_nonzero(A(pivot, c))) ++pivot;
        if (pivot == n) return std::nullopt;
        A.row(c).swap(A.row(pivot));
        std::swap(b[c], b[pivot]);
        for (Index r = 0; r < n; ++r) {
            if (r == c) continue;
            const Interval factor = A(r, c) / A(c, c);
            for (Index j = c; j < n; ++j) A(r, j) = A(r, j) - factor * A(c, j);
            b[r] -= factor * b[c];
        }
    }
    for (Index c = 0; c < n; ++c) b[c] /= A(c, c);
    return b;
}

/// ∇²(S − ⟨ν, K⟩) on ker DK, with the ν that solves the Lagrange conditions on the pivot columns;
/// nothing where DK has no certain full rank. Were ξ not critical, `first order` would hold at it: a
/// negative direction rules out a local minimum in both cases.
std::optional<Matrix<Interval>> fibre_hessian(const Costs<Interval>& costs,
                                              const Vector<Interval>& xi, const Slice& slice) {
    const Matrix<Interval> rows = lagrange_rows(costs, xi, slice);
    const Index m = rows.rows() - 1, n = rows.cols();
    const Elimination<Interval> elimination(Matrix<Interval>(rows.topRows(m)));
    if (elimination.rank < m) return std::nullopt;
    Matrix<Interval> square(m, m);
    Vector<Interval> slope(m);
    for (Index c = 0; c < m; ++c) {
        const Index column = elimination.columns[static_cast<std::size_t>(c)];
        square.col(c) = rows.col(column).head(m);
        slope[c] = rows(m, column);
    }
    const auto multipliers = solve(square.transpose(), slope);
    if (!multipliers) return std::nullopt;
    Vector<Interval> nu = Vector<Interval>::Constant(costs.transfer().base_size(), Interval(0));
    scatter(nu, slice.base, *multipliers);
    std::vector<Vector<Interval>> tangents, bent;
    for (Index free = 0; free < n; ++free) {
        if (std::ranges::count(elimination.columns, free) > 0) continue;
        const auto dependent = solve(square, Vector<Interval>(-rows.col(free).head(m)));
        if (!dependent) return std::nullopt;
        Vector<Interval> t = Vector<Interval>::Constant(xi.size(), Interval(0));
        t[slice.surrogate[static_cast<std::size_t>(free)]] = Interval(1);
        for (Index c = 0; c < m; ++c) {
            const Index column = elimination.columns[static_cast<std::size_t>(c)];
            t[slice.surrogate[static_cast<std::size_t>(column)]] = (*dependent)[c];
        }
        bent.push_back(costs.hessian_times(xi, t) - costs.transfer().curvature(xi, t, nu));
        tangents.push_back(std::move(t));
    }
    const Index size = static_cast<Index>(tangents.size());
    Matrix<Interval> out(size, size);
    for (Index i = 0; i < size; ++i)
        for (Index j = 0; j < size; ++j)
            out(i, j) = hadamard::detail::dot(tangents[static_cast<std::size_t>(i)].data(), 1,
                                              bent[static_cast<std::size_t>(j)].data(), xi.size());
    return out;
}

/// Class of (K, S) near ξ as far as this block goes: the others are moved to where they are smooth.
int smoothness_of(const AnyTransfer<Interval>& transfer, const TransferBlock& block,
                  const Vector<Interval>& xi) {
    Vector<Interval> elsewhere = Vector<Interval>::Constant(xi.size(), Interval(1));
    scatter(elsewhere, block.surrogate, gather(xi, block.surrogate));
    return transfer.smoothness_at(elsewhere);
}

/// The whole block, and its nonzero entries with the entries of K that do not stay exactly 0.
std::vector<Slice> slices_of(const AnyTransfer<Interval>& transfer, const TransferBlock& block,
                             const Vector<Interval>& xi) {
    std::vector<Slice> out = {{block.base, block.surrogate}};
    Slice nonzero;
    Vector<Interval> near = xi;
    for (const Index a : block.surrogate) {
        if (is_zero(xi[a])) continue;
        nonzero.surrogate.push_back(a);
        near[a] = Interval::ball(xi[a], xi[a] / Interval(1 << 20));
    }
    const Vector<Interval> image = transfer.apply(near);
    for (const Index i : block.base)
        if (!is_zero(image[i])) nonzero.base.push_back(i);
    if (nonzero.surrogate.size() < block.surrogate.size() && !nonzero.surrogate.empty())
        out.push_back(std::move(nonzero));
    return out;
}

/// Entries `moved` of ξ shrink to (1−ε) of theirs: K stays exactly 0 on the block and S decreases.
bool falls_along_segment(const Costs<Interval>& costs, const TransferBlock& block,
                         const Vector<Interval>& xi, const IndexList& moved) {
    Vector<Interval> segment = xi;
    for (const Index a : moved) segment[a] = xi[a] * hull(Interval(1) / Interval(2), Interval(1));
    const Vector<Interval> image = costs.transfer().apply(segment);
    for (const Index i : block.base)
        if (!is_zero(image[i])) return false;
    const Vector<Interval> gradient = costs.gradient(xi);
    Interval slope(0);
    for (const Index a : moved) slope += gradient[a] * xi[a];
    return sign_of(slope) == Sign::positive;
}

/// The rule that shows that ξ is no local minimum of S on its fibre, or nullptr.
const char* descent(const Costs<Interval>& costs, const Vector<Interval>& xi) {
    for (const TransferBlock& block : costs.transfer().blocks()) {
        if (falls_along_segment(costs, block, xi, block.surrogate)) return "segment";
        for (const Index a : block.surrogate)
            if (!is_zero(xi[a]) && falls_along_segment(costs, block, xi, {a})) return "segment";
        const int smooth = smoothness_of(costs.transfer(), block, xi);
        if (smooth < 1) continue;
        for (const Slice& slice : slices_of(costs.transfer(), block, xi)) {
            const Matrix<Interval> rows = lagrange_rows(costs, xi, slice);
            if (Elimination<Interval>(rows).rank == rows.rows()) return "first order";
            if (smooth < 2) continue;
            const auto hessian = fibre_hessian(costs, xi, slice);
            if (hessian && minima::enclosed_inertia(*hessian).indefinite) return "curvature";
        }
    }
    return nullptr;
}

/// ∇S ∈ range DKᵀ and DK of full rank, in every block, exactly.
bool is_regular_critical(const Costs<Rational>& costs, const Vector<Rational>& xi) {
    for (const TransferBlock& block : costs.transfer().blocks()) {
        const Matrix<Rational> rows = lagrange_rows(costs, xi, {block.base, block.surrogate});
        const Index m = rows.rows() - 1;
        if (Elimination<Rational>(rows).rank != m) return false;
        if (Elimination<Rational>(Matrix<Rational>(rows.topRows(m))).rank != m) return false;
    }
    return true;
}

/// Exactly critical, and the curvature along the fibre certainly positive, in every block.
bool is_strict_minimum(const TransferSpec& spec, bool first_twice, const Vector<Rational>& xi) {
    try {
        if (!is_regular_critical(Costs<Rational>(spec, first_twice), xi)) return false;
    } catch (const NotRepresentable&) {
        return false;
    }
    const Costs<Interval> costs(spec, first_twice);
    const Vector<Interval> point = from_rational<Interval>(xi);
    for (const TransferBlock& block : costs.transfer().blocks()) {
        if (smoothness_of(costs.transfer(), block, point) < 2) return false;
        const auto hessian = fibre_hessian(costs, point, {block.base, block.surrogate});
        if (!hessian || minima::enclosed_inertia(*hessian).positive != hessian->rows())
            return false;
    }
    return true;
}

/// Where S is not critical on its fibre off M it has no minimum: of r = |∇S off range DKᵀ|/|∇S| and
/// i = |imbalance|/(S + |imbalance|), −r/(r + i). Near M r is of the order of i.
double criticality_margin(const TransferSpec& spec, const Vector<Rational>& exact) {
    const Costs<double> costs(spec, false);
    const AnyTransfer<double>& transfer = costs.transfer();
    const Vector<double> xi = from_rational<double>(exact), slope = costs.gradient(xi);
    Matrix<double> normals(xi.size(), transfer.base_size());
    for (Index i = 0; i < transfer.base_size(); ++i)
        normals.col(i) = transfer.pullback(xi, Vector<double>::Unit(transfer.base_size(), i));
    const Vector<double> along =
        slope - normals * Eigen::ColPivHouseholderQR<Matrix<double>>(normals).solve(slope);
    const double imbalance = transfer.imbalance(xi).norm();
    const double r = along.norm() / slope.norm();
    return -r / (r + imbalance / (transfer.penalty(xi) + imbalance));
}

/// How strict a minimum ξ is: the least over the largest curvature of S along the fibre, in the block
/// where that is least. Positive where "ξ is no local minimum" fails, if ξ is critical.
double strictness_margin(const TransferSpec& spec, bool first_twice, const Vector<Rational>& xi) {
    const Costs<Interval> costs(spec, first_twice);
    const Vector<Interval> point = from_rational<Interval>(xi);
    double out = no_margin;
    for (const TransferBlock& block : costs.transfer().blocks()) {
        if (smoothness_of(costs.transfer(), block, point) < 2) return no_margin;
        const auto hessian = fibre_hessian(costs, point, {block.base, block.surrogate});
        if (!hessian) return no_margin;
        Matrix<double> middle(hessian->rows(), hessian->cols());
        for (Index j = 0; j < middle.cols(); ++j)
            for (Index i = 0; i < middle.rows(); ++i)
                middle(i, j) = (*hessian)(i, j).midpoint_as_double();
        const double least = -margin_of_no_descent(middle);
        if (!(out <= least)) out = least;
    }
    return out;
}

nlohmann::ordered_json witness(const TransferSpec& spec, const Vector<Rational>& xi) {
    nlohmann::ordered_json out;
    out["transfer"] = spec.name;
    out["depth"] = spec.depth.text();
    out["base_size"] = spec.base_size;
    if (!spec.groups.empty()) out["groups"] = spec.groups;
    out["surrogate_point"] = exact_list(xi);
    return out;
}

/// Rationals with zeros, and with entries that are ± an entry before: balanced and half-balanced
/// points, and the u = −v of hadamard_difference.
Vector<Rational> draw_delicate_point(Tape& tape, const TransferSpec& spec, Index size) {
    Vector<Rational> out(size);
    for (Index a = 0; a < size; ++a) {
        const int kind = tape.integer(0, 5);
        if (kind == 0)
            out[a] = 0;
        else if (kind <= 2 && a >= spec.base_size)
            out[a] = kind == 1 ? Rational(-out[a % spec.base_size]) : out[a % spec.base_size];
        else
            out[a] = tape.rational(5);
    }
    return out;
}

/// Whether some entry of the imbalance is certainly not 0; nothing where that is not certain.
std::optional<bool> is_off_fibre(const TransferSpec& spec, const Vector<Rational>& xi) {
    try {
        return !on_minimal_fibre(make_transfer<Rational>(spec), xi);
    } catch (const NotRepresentable&) {
        const Vector<Interval> imbalance =
            make_transfer<Interval>(spec).imbalance(from_rational<Interval>(xi));
        for (Index i = 0; i < imbalance.size(); ++i)
            if (certainly_nonzero(imbalance[i])) return true;
        return std::nullopt;
    }
}

void check_off_fibre(Trial& trial, const TransferSpec& spec, const Vector<Rational>& xi) {
    trial.note_margin([&] { return criticality_margin(spec, xi); });
    for (const int digits : {50, 100, 200}) {
        const PrecisionScope scope(PrecisionScope::bits_for(digits));
        const char* rule = descent(Costs<Interval>(spec, false), from_rational<Interval>(xi));
        if (rule == nullptr) continue;
        trial.holds(part);
        trial.holds(rule);
        return;
    }
    const PrecisionScope scope(PrecisionScope::bits_for(200));
    if (is_strict_minimum(spec, false, xi))
        trial.refute(part, witness(spec, xi));
    else
        trial.undecided(part, "no rule applies at a point off the minimal fibre");
}

void check(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 3));
    const Index D = make_transfer<double>(spec).surrogate_size();
    const PrecisionScope scope(PrecisionScope::bits_for(50));
    const Vector<Rational> xi = draw_delicate_point(tape, spec, D);
    const std::optional<bool> off = is_off_fibre(spec, xi);
    if (off && *off) check_off_fibre(trial, spec, xi);
    try {
        const Vector<Rational> lift =
            make_transfer<Rational>(spec).lift(draw_exact_base_point(tape, spec));
        trial.expect(
            "points of M pass",
            descent(Costs<Interval>(spec, false), from_rational<Interval>(lift)) == nullptr,
            [&] { return witness(spec, lift); });
    } catch (const NotRepresentable&) {
        return;  // no exact point of M to be had
    }
}

/// The lift of a β without zero blocks, exactly.
Vector<Rational> draw_lift(Trial& trial, TransferSpec& spec) {
    Tape& tape = trial.tape();
    spec = draw_transfer(tape, trial.setting(), tape.integer(1, 2));
    Vector<Rational> beta = draw_exact_base_point(tape, spec);
    for (const TransferBlock& block : make_transfer<Rational>(spec).blocks()) {
        const bool zero =
            std::ranges::all_of(block.base, [&](const Index i) { return beta[i] == 0; });
        if (zero) beta[block.base.front()] = 1;
    }
    return make_transfer<Rational>(spec).lift(beta);
}

/// S(2u, v, …) is least on the fibre through D⁻¹ξ, ξ ∈ M, where that fibre is D⁻¹ of one.
void check_old_fibre(Trial& trial) {
    TransferSpec spec;
    Vector<Rational> xi = draw_lift(trial, spec);
    xi.head(spec.base_size) /= Rational(2);
    const PrecisionScope scope(PrecisionScope::bits_for(100));
    const std::optional<bool> off = is_off_fibre(spec, xi);
    if (off && *off) trial.note_margin([&] { return strictness_margin(spec, true, xi); });
    if (off && *off && is_strict_minimum(spec, true, xi)) {
        nlohmann::ordered_json found = witness(spec, xi);
        found["S"] = "S(2u, v, ...)";
        found["imbalance"] = exact_list(make_transfer<Rational>(spec).imbalance(xi));
        trial.refute(part, std::move(found));
        return;
    }
    trial.holds(part);
}

void check_every_critical_point(Trial& trial) {
    Tape& tape = trial.tape();
    const TransferSpec spec = draw_transfer(tape, trial.setting(), tape.integer(1, 2));
    const AnyTransfer<Rational> transfer = make_transfer<Rational>(spec);
    const Vector<Rational> xi = draw_delicate_point(tape, spec, transfer.surrogate_size());
    const bool off = !on_minimal_fibre(transfer, xi);
    if (off) trial.note_margin([&] { return criticality_margin(spec, xi); });
    const bool refuted = off && is_regular_critical(Costs<Rational>(spec, false), xi);
    trial.expect("critical points lie in M", !refuted, [&] {
        nlohmann::ordered_json out = witness(spec, xi);
        out["S_gradient"] = exact_list(transfer.penalty_gradient(xi));
        out["imbalance"] = exact_list(transfer.imbalance(xi));
        return out;
    });
}

void check_no_minimum(Trial& trial) {
    TransferSpec spec;
    const Vector<Rational> xi = draw_lift(trial, spec);
    const PrecisionScope scope(PrecisionScope::bits_for(100));
    trial.note_margin([&] { return strictness_margin(spec, false, xi); });
    trial.expect("no local minimum", !is_strict_minimum(spec, false, xi),
                 [&] { return witness(spec, xi); });
}

/// Where M(β) is infinite minima along the fibre are not isolated, and no rule here tells them.
bool has_isolated_minima(const Setting& s) { return has_wide_fibres(s) && has_finite_fibres(s); }

/// K is a product in which u enters once: K(u/2, v, …) = K(u, v, …)/2, and M moves with the costs.
bool is_linear_in_u(const Setting& s) {
    return has_isolated_minima(s) && s.transfer.name != "hadamard_difference" &&
           registered_transfer(s.transfer.name) == nullptr;  // unknown of a user's formulas
}

/// u = −v is critical there; balance.cpp makes the same exception.
bool is_odd_difference(const Setting& s) {
    return s.transfer.name == "hadamard_difference" && s.depth.is_odd_integer();
}

const Registration registration({
    .id = "svf.fibre-minima",
    .statement = "S restricted to a fibre {K = beta} has no local minimum outside M(beta)",
    .hypotheses = {{"M(beta) finite; beta_i = 0 included"}},
    .source = "arXiv 2307.03571",
    .argument =
        "products: dS/dt = (2w/k)(u_l^2 - u_m^2) along u_l e^t, u_m e^-t; u^k - v^k: critical "
        "points off M are u = -v at odd k, where the curvature is -4(k-2)",
    .machine =
        "at rational points off M, in enclosures: a falling segment of the fibre, independent "
        "rows of DK and grad S, or negative curvature along the fibre",
    .applies = has_isolated_minima,
    .check = check,
    .mutants = {{.id = "old-fibre",
                 .statement = "S(2u, v, ...) has no local minimum outside M(beta) either",
                 .why = "its minima are balanced in (2u, v, ...)",
                 .applies = is_linear_in_u,
                 .check = check_old_fibre},
                {.id = "critical-points",
                 .statement = "every critical point of S on a fibre lies in M",
                 .why = "u = -v is a local maximum of u^2 + v^2 on u^k - v^k = beta, k odd",
                 .applies = is_odd_difference,
                 .check = check_every_critical_point},
                {.id = "no-minimum",
                 .statement = "S has no local minimum on any fibre",
                 .why = "the points of M are strict local minima off the zero blocks",
                 .applies = has_isolated_minima,
                 .check = check_no_minimum}},
    .default_cases = 60,
    .on_data = false,
});

}  // namespace
}  // namespace hadamard::verify
