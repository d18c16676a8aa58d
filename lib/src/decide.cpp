#include "hadamard/minima/decide.hpp"

#include "hadamard/minima/degenerate.hpp"
#include "hadamard/minima/judge.hpp"
#include "hadamard/minima/krawczyk.hpp"
#include "hadamard/minima/nuclear.hpp"
#include "hadamard/objectives/minimal_fibre.hpp"
#include "hadamard/transfers/low_rank.hpp"

#include <Eigen/LU>
#include <Eigen/SVD>

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

namespace hadamard::minima {
namespace {

Rational sup_norm(const Vector<Rational>& x) {
    Rational out(0);
    for (Index i = 0; i < x.size(); ++i)
        if (out < magnitude(x[i])) out = magnitude(x[i]);
    return out;
}

/// `accuracy` as a distance around this candidate.
Rational reach_of(const Vector<Rational>& candidate, const DecideSettings& settings) {
    const Rational size = sup_norm(candidate);
    return settings.accuracy * (size < Rational(1) ? Rational(1) : size);
}

/// What the ladder needs to know of P or of Q at one precision.
struct Side {
    std::function<Vector<Interval>(const Vector<Interval>&)> gradient;
    std::function<Matrix<Interval>(const Vector<Interval>&)> hessian;
    std::function<Decision(const Vector<Interval>&)> judge;
    IndexList active;
    IndexList resting = {};  ///< Coordinates kept at 0 in blocks that are not.
    /// Tangents of the orbit at a point (`gauge_of`); none for P.
    std::function<Matrix<Interval>(const Vector<Interval>&)> tangents = {};
};

Side base_side(const Problem<Interval>& problem, const Vector<Interval>& theta,
               const Interval& /*reach*/) {
    const AnyBase<Interval> P = problem.base;
    return {[P](const Vector<Interval>& x) -> Vector<Interval> {
                return P.loss().gradient(x) + P.lambda() * P.penalty().gradient(x);
            },
            [P](const Vector<Interval>& x) -> Matrix<Interval> {
                return dense_hessian(P.loss(), x) + P.lambda() * P.penalty().hessian(x);
            },
            [P](const Vector<Interval>& x) { return judge_base(P, x, true); },
            active_coordinates(P.penalty(), theta)};
}

bool contains(const IndexList& list, Index i) {
    return std::find(list.begin(), list.end(), i) != list.end();
}

/// Those of `zeros` in which Q is stationary at 0 wherever the other active coordinates are, within
/// `reach`: ∇Q is exactly 0 in them over that box. The u_{l,i} of a coordinate that is 0 in a nonzero
/// mixed group are such.
IndexList resting_among(const AnySurrogate<Interval>& Q, const Vector<Interval>& xi,
                        const IndexList& active, IndexList zeros, const Interval& reach) {
    for (bool settled = false; !settled && !zeros.empty();) {
        Vector<Interval> box = xi;
        for (const Index i : active)
            box[i] = contains(zeros, i) ? Interval(0) : Interval::ball(xi[i], reach);
        const Vector<Interval> gradient = Q.gradient(box);
        settled = std::erase_if(zeros, [&](Index i) { return !is_zero(gradient[i]); }) == 0;
    }
    return zeros;
}

Side surrogate_side(const Problem<Interval>& problem, const Vector<Interval>& xi,
                    const Interval& reach) {
    const AnySurrogate<Interval> Q = problem.surrogate;
    IndexList active = active_coordinates(Q.transfer(), xi), zeros;
    // A slice across an orbit is one of all coordinates.
    const bool has_orbit = gauge_of(Q.transfer(), xi).cols() > 0;
    for (const Index i : active)
        if (is_zero(xi[i]) && !has_orbit) zeros.push_back(i);
    const IndexList resting = resting_among(Q, xi, active, zeros, reach);
    std::erase_if(active, [&](Index i) { return contains(resting, i); });
    const auto judge = [problem, resting](const Vector<Interval>& x) {
        const Vector<Interval> gradient = problem.surrogate.gradient(x);
        for (const Index i : resting)
            if (!is_zero(gradient[i]))
                return detail::conclude(Outcome::undecided, "a zero coordinate may not be at rest");
        return judge_surrogate(problem, x, true);
    };
    return {[Q](const Vector<Interval>& x) { return Q.gradient(x); },
            [Q](const Vector<Interval>& x) { return Q.hessian(x); },
            judge,
            active,
            resting,
            [Q](const Vector<Interval>& x) { return gauge_of(Q.transfer(), x); }};
}

/// Where the symmetries are continuous stationary points come in orbits, and one is isolated only in a
/// slice across its orbit: x + normals^⊥, with normals Z = tangents(x) C orthonormal but for rounding.
/// Combinations C that vanish at x, to 12 digits, are left out.
struct Slice {
    Matrix<Interval> combinations;  ///< C, m × τ, thin.
    Matrix<Interval> normals;       ///< Z, D × τ, thin.
};

Matrix<Interval> thin(const Matrix<Real<50>>& A) {
    return A.unaryExpr([](const Real<50>& a) -> Interval { return Interval::exactly(a); });
}

Slice slice_at(const Side& side, const Vector<Interval>& x) {
    using T = Real<50>;
    const Matrix<Interval> tangents =
        side.tangents ? side.tangents(x) : Matrix<Interval>(x.size(), 0);
    if (tangents.cols() == 0) return {Matrix<Interval>(0, 0), Matrix<Interval>(x.size(), 0)};
    const Matrix<T> middle = tangents.unaryExpr(
        [](const Interval& a) -> T { return a.template midpoint_as_real<50>(); });
    const Eigen::JacobiSVD<Matrix<T>> svd(middle, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Vector<T> values = svd.singularValues();
    Index rank = 0;
    while (rank < values.size() && T("1e-12") * values[0] < values[rank]) ++rank;
    Matrix<T> combinations = svd.matrixV().leftCols(rank);
    for (Index j = 0; j < rank; ++j) combinations.col(j) /= values[j];
    return {thin(combinations), thin(Matrix<T>(svd.matrixU().leftCols(rank)))};
}

/// Every matrix within M is nonsingular: ‖I − RM‖ < 1 for an approximate inverse R.
bool is_certainly_regular(const Matrix<Interval>& M) {
    if (M.rows() == 0) return true;
    const std::optional<Matrix<Interval>> inverse = detail::approximate_inverse<double>(M);
    if (!inverse) return false;
    const Matrix<Interval> product = times(*inverse, M);
    for (Index i = 0; i < M.rows(); ++i) {
        Interval row(0);
        for (Index j = 0; j < M.cols(); ++j)
            row += (Interval(i == j ? 1 : 0) - product(i, j)).upper_magnitude();
        if (!certainly_less(row.upper_magnitude(), Interval(1))) return false;
    }
    return true;
}

Vector<Interval> completed(Vector<Interval> x, const IndexList& active,
                           const Vector<Interval>& values) {
    scatter(x, active, values);
    return x;
}

/// A root of F(y) = ∇f(y) + ZZᵀ(y − x) on the active coordinates; without a slice one of ∇f. As f is
/// constant along orbits, tangents(y)ᵀ∇f(y) = 0, so that at a root M Zᵀ(y − x) = 0 with M = (tangents(y) C)ᵀZ:
/// if M is regular, ∇f(y) = 0.
std::optional<Vector<Interval>> stationary_point(const Side& side, const Vector<Interval>& x) {
    const Slice slice = slice_at(side, x);
    const Matrix<Interval> turned = slice.normals.transpose();
    const Matrix<Interval> across = times(slice.normals, turned);
    const bool has_slice = slice.normals.cols() > 0;
    const std::optional<Vector<Interval>> root = enclose_root(
        [&](const Vector<Interval>& y) -> Vector<Interval> {
            const Vector<Interval> at = completed(x, side.active, y);
            Vector<Interval> value = side.gradient(at);
            if (has_slice) value += times(across, Vector<Interval>(at - x));
            return gather(value, side.active);
        },
        [&](const Vector<Interval>& y) -> Matrix<Interval> {
            Matrix<Interval> slope = side.hessian(completed(x, side.active, y));
            if (has_slice) slope += across;
            return detail::principal_block(slope, side.active);
        },
        gather(x, side.active));
    if (!root) return std::nullopt;
    const Vector<Interval> box = completed(x, side.active, *root);
    if (has_slice) {
        const Matrix<Interval> moved = times(side.tangents(box), slice.combinations);
        if (!is_certainly_regular(transpose_times(moved, slice.normals))) return std::nullopt;
    }
    return box;
}

/// No point of the box of this half-width around x, zero blocks kept at 0, is stationary.
bool certainly_not_stationary(const Side& side, const Vector<Interval>& x, const Interval& reach) {
    Vector<Interval> box = x;
    IndexList free = side.active;
    free.insert(free.end(), side.resting.begin(), side.resting.end());
    for (Index i : free) box[i] = Interval::ball(x[i], reach);
    const Vector<Interval> gradient = side.gradient(box);
    for (Index i : free) {
        const Sign sign = sign_of(gradient[i]);
        if (sign == Sign::positive || sign == Sign::negative) return true;
    }
    return false;
}

Interval distance(const Vector<Interval>& box, const Vector<Interval>& x) {
    const Vector<Interval> difference = box - x;
    return detail::sup_norm(difference);
}

using MakeSide = Side (*)(const Problem<Interval>&, const Vector<Interval>&, const Interval&);

DecidedPoint decide_at(const ProblemFamily& family, MakeSide make_side,
                       const Vector<Rational>& given, const Vector<Rational>& snapped,
                       const DecideSettings& settings, int digits) {
    const PrecisionScope scope(PrecisionScope::bits_for(digits));
    const Problem<Interval> problem = family.over<Interval>();
    const Vector<Interval> x = from_rational<Interval>(snapped);
    const Interval reach = from_rational<Interval>(reach_of(given, settings));
    const Side side = make_side(problem, x, reach);

    DecidedPoint out;
    const std::optional<Vector<Interval>> box = stationary_point(side, x);
    if (!box) {
        if (certainly_not_stationary(side, x, reach))
            out.decision =
                detail::conclude(Outcome::not_minimizer, "no stationary point within the accuracy");
        else
            out.decision.reason = "degenerate: no isolated stationary point could be enclosed";
    } else {
        const Interval moved = distance(*box, from_rational<Interval>(given));
        if (certainly_less(reach, moved)) {
            if (certainly_not_stationary(side, x, reach))
                out.decision = detail::conclude(Outcome::not_minimizer,
                                                "no stationary point within the accuracy");
            else
                out.decision.reason = "the nearest stationary point is beyond the accuracy";
        } else {
            out.decision = side.judge(*box);
            out.enclosure = box;
        }
        out.decision.distance = moved.upper_magnitude().midpoint_as_double();
    }
    out.decision.digits = digits;
    return out;
}

constexpr const char* no_enclosure_tried =
    "exact arithmetic did not decide, and no enclosure was tried";

DecidedPoint climb(const ProblemFamily& family, MakeSide make_side, const Vector<Rational>& given,
                   const Vector<Rational>& snapped, const DecideSettings& settings) {
    DecidedPoint out;
    out.decision.reason = no_enclosure_tried;
    for (const int digits : settings.rungs) {
        out = decide_at(family, make_side, given, snapped, settings, digits);
        if (out.decision.outcome != Outcome::undecided) break;
    }
    return out;
}

Vector<Interval> thin(const Vector<Rational>& x) {
    const PrecisionScope scope(PrecisionScope::bits_for(200));
    return from_rational<Interval>(x);
}

/// The exact stationary point with θ's support and signs, for losses quadratic on the support and
/// q = 1, where a Newton step is exact. Nothing when it does not exist near θ or is irrational.
std::optional<Vector<Rational>> exact_stationary_point(const AnyBase<Rational>& P,
                                                       const Vector<Rational>& theta,
                                                       const Rational& reach) {
    const IndexList active = active_coordinates(P.penalty(), theta);
    const auto slope = [&P, &active](const Vector<Rational>& x) -> Vector<Rational> {
        return gather<Rational>(P.loss().gradient(x) + P.lambda() * P.penalty().gradient(x),
                                active);
    };
    const Vector<Rational> residual = slope(theta);
    if (residual.isZero()) return theta;
    const Matrix<Rational> H =
        detail::principal_block<Rational>(dense_hessian(P.loss(), theta), active);
    const Eigen::FullPivLU<Matrix<Rational>> lu(H);
    const Vector<Rational> step = lu.solve(residual);
    Vector<Rational> moved = theta;
    scatter<Rational>(moved, active, gather(theta, active) - step);
    const bool near = sup_norm(moved - theta) <= reach;
    if (!near || active_coordinates(P.penalty(), moved) != active) return std::nullopt;
    if (!slope(moved).isZero()) return std::nullopt;
    return moved;
}

/// The degree of L where L is a polynomial.
std::optional<int> polynomial_degree(const LossSpec& loss) {
    if (loss.kind == "quadratic" || loss.kind == "least_squares") return 2;
    if (loss.kind != "polynomial") return std::nullopt;
    int out = 2;  // an upper bound is all that is needed
    for (const Monomial& monomial : loss.monomials)
        out =
            std::max(out, std::accumulate(monomial.exponents.begin(), monomial.exponents.end(), 0));
    return out;
}

/// `judge_base` at an exact point and, where that leaves it open, the rules for degenerate points.
Decision judge_exact_base(const ProblemFamily& family, const AnyBase<Rational>& P,
                          const Vector<Rational>& theta) {
    Decision out = judge_base(P, theta, true);
    if (out.outcome != Outcome::undecided || P.loss().smoothness() < 2) return out;
    const std::optional<int> degree = polynomial_degree(family.instance().loss);
    if (!degree || !is_sum_of_block_powers(family.over<Interval>().base.penalty())) return out;
    Decision finer = judge_degenerate_base(P, theta, *degree);
    finer.inertia = out.inertia;
    return finer.outcome == Outcome::undecided ? out : finer;
}

/// An exactly stationary point of a C² function that exact rules leave open: enclosures cannot tell
/// more, since an eigenvalue or a slope that is exactly on the border is never off it. Where L has
/// kinks in its gradient, enclosures see both sides, and may.
bool is_final(const Decision& decision, const AnyLoss<Rational>& loss) {
    return decision.outcome != Outcome::undecided || loss.smoothness() >= 2;
}

/// Exact arithmetic is used where it answers; where values are irrational it declines.
std::optional<DecidedPoint> decide_base_exactly(const ProblemFamily& family,
                                                const Vector<Rational>& theta,
                                                const DecideSettings& settings) {
    if (!settings.exact || !family.over_rational()) return std::nullopt;
    try {
        const AnyBase<Rational> P = family.over<Rational>().base;
        if (const penalty::Nuclear<Rational>* R = nuclear_of(P.penalty())) {
            // A point that is not stationary may still be near one that is, and irrational.
            if (!is_nuclear_stationary(P, *R, theta)) return std::nullopt;
            DecidedPoint out{judge_base(P, theta, true), thin(theta)};
            if (out.decision.outcome == Outcome::undecided) return std::nullopt;
            return out;
        }
        const bool linear_slope = P.penalty().exponent() == Exponent(1);
        std::optional<Vector<Rational>> point;
        if (linear_slope) {
            point = exact_stationary_point(P, theta, reach_of(theta, settings));
        } else {
            const Vector<Rational> slope =
                P.loss().gradient(theta) + P.lambda() * P.penalty().gradient(theta);
            if (gather(slope, active_coordinates(P.penalty(), theta)).isZero()) point = theta;
        }
        if (!point) return std::nullopt;
        DecidedPoint out{judge_exact_base(family, P, *point), thin(*point)};
        out.decision.distance = from_rational<double>(sup_norm(*point - theta));
        if (!is_final(out.decision, P.loss())) return std::nullopt;
        return out;
    } catch (const NotRepresentable&) {
        return std::nullopt;
    }
}

/// B = UVᵀ of a width below min(rows, cols): K is not onto, and what is near K(ξ) need not lift.
bool is_too_narrow(const Problem<Rational>& problem) {
    const penalty::Nuclear<Rational>* R = nuclear_of(problem.base.penalty());
    if (R == nullptr) return false;
    const Index psi = R->size() - R->rows() * R->cols();
    const Index least = std::min(R->rows(), R->cols());
    return problem.surrogate.size() - psi < (R->rows() + R->cols()) * least;
}

/// What P says of an exactly stationary ξ ∈ M(β) that ∇²Q leaves open. β a minimizer of P: so is ξ of Q,
/// because Q ≥ P∘K with equality at ξ. P descending from β along a curve: so does Q along its lift
/// through ξ, since symmetries of Q act transitively on M(β) and lift is continuous.
std::optional<Decision> judge_through_base(const ProblemFamily& family,
                                           const Problem<Rational>& problem,
                                           const Vector<Rational>& xi) {
    const AnyTransfer<Rational>& transfer = problem.surrogate.transfer();
    if (!on_minimal_fibre(transfer, xi)) return std::nullopt;
    const Vector<Rational> beta = transfer.apply(xi);
    if (transfer.penalty(xi) != transfer.induced().value(beta)) return std::nullopt;
    Decision base = judge_exact_base(family, problem.base, beta);
    if (base.outcome == Outcome::undecided) return std::nullopt;
    if (base.outcome == Outcome::not_minimizer && is_too_narrow(problem)) return std::nullopt;
    base.reason = "by majorization and lifting, from P: " + base.reason;
    base.strict = false;
    return base;
}

std::optional<DecidedPoint> decide_surrogate_exactly(const ProblemFamily& family,
                                                     const Vector<Rational>& xi,
                                                     const DecideSettings& settings) {
    if (!settings.exact || !family.over_rational()) return std::nullopt;
    try {
        const Problem<Rational> problem = family.over<Rational>();
        if (!problem.surrogate.gradient(xi).isZero()) return std::nullopt;
        DecidedPoint out{judge_surrogate(problem, xi, true), thin(xi)};
        const bool open = out.decision.outcome == Outcome::undecided;
        if (open && settings.through_base && problem.surrogate.loss().smoothness() >= 2)
            if (const std::optional<Decision> finer = judge_through_base(family, problem, xi)) {
                const Inertia inertia = out.decision.inertia;
                out.decision = *finer;
                out.decision.inertia = inertia;
            }
        if (!is_final(out.decision, problem.surrogate.loss())) return std::nullopt;
        return out;
    } catch (const NotRepresentable&) {
        return std::nullopt;
    }
}

/// For convex L and q = 1, where Hessians do not decide (|g_j| = λ at a zero block, a flat set of
/// minimizers): a point of M(θ*) over an exact minimizer θ* of P, which is global, minimizes Q
/// globally, because Q ≥ P∘K with equality on M. Nothing when no such point is within reach of ξ.
std::optional<DecidedPoint> decide_by_majorization(const ProblemFamily& family,
                                                   const Vector<Rational>& xi,
                                                   const DecideSettings& settings) {
    constexpr Index most_fibre_points = 4096;
    if (!settings.exact || !family.over_rational()) return std::nullopt;
    const PrecisionScope scope(PrecisionScope::bits_for(200));
    const Problem<Interval> problem = family.over<Interval>();
    const AnyBase<Interval>& P = problem.base;
    if (!P.loss().is_convex() || P.penalty().exponent() != Exponent(1)) return std::nullopt;

    const AnyTransfer<Interval>& transfer = problem.surrogate.transfer();
    if (nuclear_of(P.penalty()) != nullptr)
        return std::nullopt;  // M(θ*) is no finite set to search
    const Vector<Interval> image = transfer.apply(from_rational<Interval>(xi));
    Vector<Rational> theta(image.size());
    for (Index i = 0; i < theta.size(); ++i) theta[i] = image[i].midpoint_as_rational();
    const std::optional<DecidedPoint> base = decide_base_exactly(family, theta, settings);
    if (!base || base->decision.outcome != Outcome::minimizer) return std::nullopt;

    const Interval reach = from_rational<Interval>(reach_of(xi, settings));
    const Vector<Interval> given = from_rational<Interval>(xi);
    for (const Vector<Interval>& lift :
         minimal_fibre(transfer, *base->enclosure, most_fibre_points)) {
        const Interval moved = distance(lift, given);
        if (!certainly_less(moved, reach)) continue;
        DecidedPoint out;
        out.decision = detail::conclude(Outcome::minimizer,
                                        "convex: on the minimal fibre of a global minimizer of P");
        out.decision.digits = 200;
        out.decision.distance = moved.upper_magnitude().midpoint_as_double();
        out.enclosure = lift;
        return out;
    }
    return std::nullopt;
}

/// ξ with what is within `reach` of 0 set to 0 where Q is stationary in it by itself: whole blocks, and
/// coordinates of others.
Vector<Rational> with_zeros(const ProblemFamily& family, Vector<Rational> xi,
                            const Rational& reach) {
    const auto is_tiny = [&](Index i) { return magnitude(xi[i]) <= reach; };
    IndexList tiny, whole;
    for (const TransferBlock& block : family.over<double>().surrogate.transfer().blocks()) {
        const IndexList& all = block.surrogate;
        const bool is_whole = std::all_of(all.begin(), all.end(), is_tiny);
        IndexList& some = is_whole ? whole : tiny;
        std::copy_if(all.begin(), all.end(), std::back_inserter(some), is_tiny);
    }
    for (const Index i : whole) xi[i] = 0;
    const PrecisionScope scope(PrecisionScope::bits_for(50));
    const AnySurrogate<Interval> Q = family.over<Interval>().surrogate;
    const Vector<Interval> x = from_rational<Interval>(xi);
    if (gauge_of(Q.transfer(), x).cols() > 0) return xi;
    for (const Index i : resting_among(Q, x, hadamard::detail::complement(xi.size(), whole), tiny,
                                       from_rational<Interval>(reach)))
        xi[i] = 0;
    return xi;
}

/// The kept coordinates of θ: those that a penalty on `positions` does not see.
IndexList unpenalised_by(const penalty::Nuclear<Interval>& R) {
    return hadamard::detail::complement(R.size(), R.positions());
}

/// Q whose minimal points are the first-order points of P with a nuclear norm (low_rank.hpp).
AnySurrogate<Interval> factored(const AnyBase<Interval>& P, const penalty::Nuclear<Interval>& R) {
    require(std::is_sorted(R.positions().begin(), R.positions().end()),
            "decide_base: a permuted nuclear norm");
    const Index width = std::min(R.rows(), R.cols());
    AnyTransfer<Interval> inner(transfer::LowRank<Interval>(R.rows(), R.cols(), width, R.weight()));
    const IndexList kept = unpenalised_by(R);
    if (kept.empty()) return {P.loss(), inner, P.lambda()};
    return {P.loss(), AnyTransfer<Interval>(Partial<AnyTransfer<Interval>>(inner, kept)),
            P.lambda()};
}

/// (ψ; U; V) over θ, found in 200 digits; all 0 where B is within `reach` of 0.
Vector<Rational> factors_of(const penalty::Nuclear<Interval>& R, const Vector<Rational>& theta,
                            const Rational& reach) {
    using T = Real<200>;
    const transfer::LowRank<T> transfer(R.rows(), R.cols(), std::min(R.rows(), R.cols()), T(1));
    const Vector<Rational> B = gather(theta, R.positions()), psi = gather(theta, unpenalised_by(R));
    Vector<Rational> out = Vector<Rational>::Constant(psi.size() + transfer.surrogate_size(), 0);
    out.head(psi.size()) = psi;
    if (reach < sup_norm(B))
        out.tail(transfer.surrogate_size()) = to_rational(transfer.lift(from_rational<T>(B)));
    return out;
}

/// What Q, onto, says of P at a ξ ∈ M(B) in this box: no minimizer of Q, then B is none of P (near ξ Q ≥ P∘K,
/// with equality at ξ); a minimizer, then B is one (better B_n → B would lift to ξ_n → ξ).
Decision judge_through_factors(const AnyBase<Interval>& P, const AnySurrogate<Interval>& Q,
                               const Vector<Interval>& xi, const Decision& open) {
    Decision out = judge_surrogate<Interval>({P, Q}, xi, true);
    if (out.outcome == Outcome::undecided) return open;
    out.reason = "by majorization and lifting, from Q: " + out.reason;
    return out;
}

/// P with a nuclear norm: its first-order conditions, written in balanced factors of B, are ∇Q = 0 and
/// ‖∇L‖ ≤ λw. A zero of ∇Q over θ is enclosed in a slice across its orbit and judged by
/// `judge_nuclear_factors`, and where L is not convex through Q. On the last rung at once: a singular
/// value that is 0 up to the error ε of θ has factors of size √ε.
DecidedPoint decide_nuclear_base(const ProblemFamily& family, const Vector<Rational>& theta,
                                 const DecideSettings& settings) {
    DecidedPoint out;
    if (settings.rungs.empty()) {
        out.decision.reason = no_enclosure_tried;
        return out;
    }
    const int digits = settings.rungs.back();
    const PrecisionScope scope(PrecisionScope::bits_for(digits));
    const Problem<Interval> problem = family.over<Interval>();
    const AnyBase<Interval>& P = problem.base;
    const penalty::Nuclear<Interval>& R = *nuclear_of(P.penalty());
    const AnySurrogate<Interval> Q = factored(P, R);
    const Rational reach = reach_of(theta, settings);
    const Vector<Interval> given = from_rational<Interval>(theta);
    const Vector<Interval> xi = from_rational<Interval>(factors_of(R, theta, reach));

    const Interval limit = from_rational<Interval>(reach);
    const Side side = surrogate_side({P, Q}, xi, limit);
    const std::optional<Vector<Interval>> box = stationary_point(side, xi);
    if (box) {
        const Vector<Interval> image = Q.transfer().apply(*box);
        const Interval moved = distance(image, given);
        out.decision.distance = moved.upper_magnitude().midpoint_as_double();
        if (!certainly_less(limit, moved)) {
            const Index psi = R.size() - R.rows() * R.cols();
            const transfer::LowRank<Interval> shape(R.rows(), R.cols(),
                                                    std::min(R.rows(), R.cols()), R.weight());
            const Vector<Interval> factors = box->tail(box->size() - psi);
            out.decision =
                judge_nuclear_factors(P, R, image, shape.left(factors), shape.right(factors));
            if (out.decision.outcome == Outcome::undecided && settings.through_base)
                out.decision = judge_through_factors(P, Q, *box, out.decision);
            out.decision.distance = moved.upper_magnitude().midpoint_as_double();
            out.enclosure = image;
        }
    }
    if (!out.enclosure) {
        Vector<Interval> around = given;
        for (Index i = 0; i < around.size(); ++i) around[i] = Interval::ball(given[i], limit);
        if (certainly_not_nuclear_stationary(P, R, around))
            out.decision =
                detail::conclude(Outcome::not_minimizer, "no stationary point within the accuracy");
        else
            out.decision.reason = "degenerate: no isolated stationary point could be enclosed";
    }
    out.decision.digits = digits;
    return out;
}

}  // namespace

DecidedPoint decide_base(const ProblemFamily& family, const Vector<Rational>& theta,
                         const DecideSettings& settings) {
    if (std::optional<DecidedPoint> exact = decide_base_exactly(family, theta, settings))
        return *exact;
    if (nuclear_of(family.over<double>().base.penalty()) != nullptr)
        return decide_nuclear_base(family, theta, settings);
    return climb(family, &base_side, theta, theta, settings);
}

DecidedPoint decide_surrogate(const ProblemFamily& family, const Vector<Rational>& xi,
                              const DecideSettings& settings) {
    // A stationary point is itself the one that is meant, however close to 0 its blocks are.
    if (std::optional<DecidedPoint> exact = decide_surrogate_exactly(family, xi, settings))
        return *exact;
    const Vector<Rational> snapped = with_zeros(family, xi, reach_of(xi, settings));
    if (snapped != xi)
        if (std::optional<DecidedPoint> exact = decide_surrogate_exactly(family, snapped, settings))
            return *exact;
    const DecidedPoint climbed = climb(family, &surrogate_side, xi, snapped, settings);
    if (climbed.decision.outcome != Outcome::undecided) return climbed;
    return decide_by_majorization(family, snapped, settings).value_or(climbed);
}

}  // namespace hadamard::minima
