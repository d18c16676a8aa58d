#include "landscape/base_side.hpp"

#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/core/elementary.hpp"
#include "hadamard/core/interval.hpp"
#include "landscape/base_balls.hpp"
#include "landscape/base_groups.hpp"
#include "landscape/base_enumeration.hpp"
#include "landscape/inertia.hpp"

#include <Eigen/LU>

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace hadamard::landscape {
namespace {

/// P restricted to the orthant of one pattern, in the coordinates b = abs(β) of its support:
/// F_i(b) = s_i∂_iL(β) + λ w_i q b_i^{q−1} and its Jacobian.
class Restriction {
public:
    Restriction(const Problem& problem, const AnyLoss<Interval>& loss,
                const std::optional<hadamard::Matrix<Interval>>& constant_hessian,
                const std::string& signs, const Bound& bound)
        : loss_(loss),
          constant_hessian_(constant_hessian),
          S_(support(signs)),
          edges_(edges_of(problem, bound, S_)),
          size_(problem.size),
          q_(Exponent(2, problem.depth)) {
        for (const int i : S_) {
            const std::size_t at = static_cast<std::size_t>(i);
            sign_.push_back(sign_of_state(signs[at]));
            scale_.push_back(from_rational<Interval>(problem.instance.lambda * problem.weights[at] *
                                                     2 / problem.depth));
        }
    }

    std::size_t size() const { return S_.size(); }
    bool is_singular() const { return q_ != Exponent(1); }
    Exponent q() const { return q_; }
    const Interval& scale(std::size_t i) const { return scale_[i]; }
    /// Whether b lies in the orthant, its border left out, and within the edges.
    Sign domain(const Balls& b) const {
        Sign out = within(b, edges_);
        for (const Interval& x : b) {
            if (sign_of(x) == Sign::negative) return Sign::negative;
            if (sign_of(x) != Sign::positive) out = Sign::unknown;
        }
        return out;
    }

    Vector<Interval> beta(const Balls& b) const {
        Vector<Interval> out = Vector<Interval>::Constant(size_, Interval(0));
        for (std::size_t i = 0; i < size(); ++i) out[S_[i]] = Interval(sign_[i]) * b[i];
        return out;
    }
    /// s_i∂_iL.
    Balls slopes(const Balls& b) const {
        const Vector<Interval> g = loss_.gradient(beta(b));
        Balls out;
        for (std::size_t i = 0; i < size(); ++i) out.push_back(Interval(sign_[i]) * g[S_[i]]);
        return out;
    }
    Balls curvature(const Balls& b) const {
        const hadamard::Matrix<Interval> H =
            constant_hessian_ ? *constant_hessian_ : loss_.hessian(beta(b));
        Balls out;
        for (std::size_t i = 0; i < size(); ++i)
            for (std::size_t j = 0; j < size(); ++j)
                out.push_back(Interval(sign_[i] * sign_[j]) * H(S_[i], S_[j]));
        return out;
    }
    Interval pull(std::size_t i, const Interval& b) const {
        return is_singular() ? scale_[i] * abs_power(b, q_ - 1) : scale_[i];
    }
    Balls value(const Balls& b) const {
        Balls out = slopes(b);
        for (std::size_t i = 0; i < size(); ++i) out[i] += pull(i, b[i]);
        return out;
    }
    /// J over b, given the curvature there.
    Balls jacobian(const Balls& b, Balls curvature) const {
        if (!is_singular()) return curvature;
        for (std::size_t i = 0; i < size(); ++i)
            curvature[i * size() + i] +=
                scale_[i] * (q_ - 1).as<Interval>() * abs_power(b[i], q_ - 2);
        return curvature;
    }

private:
    const AnyLoss<Interval>& loss_;
    const std::optional<hadamard::Matrix<Interval>>& constant_hessian_;
    std::vector<int> S_;
    Balls edges_;
    int size_;
    Exponent q_;
    std::vector<int> sign_;
    Balls scale_;
};

std::vector<int> orthant(const std::string& signs) {
    std::vector<int> out;
    for (const int i : support(signs))
        out.push_back(sign_of_state(signs[static_cast<std::size_t>(i)]));
    return out;
}

/// The same F over `Range`: what searches.
class Enumeration final : public BaseEnumeration {
public:
    Enumeration(const Problem& problem, const std::string& signs, const SearchLimits& limits)
        : BaseEnumeration(BaseLoss(problem, support(signs), orthant(signs)), limits, 40,
                          4 * limits.leaves),
          q_(2.0 / problem.depth) {
        for (const int i : support(signs))
            scale_.push_back(enclosure(problem.instance.lambda *
                                       problem.weights[static_cast<std::size_t>(i)] * 2 /
                                       problem.depth));
    }

private:
    bool is_singular() const { return q_ < 1; }

    bool is_regular(const Box& box) const override {
        for (const double low : box.lo)
            if (is_singular() && !(low > 0)) return false;
        return true;
    }

    /// λwq b^{q−1}; from 0 on it reaches to infinity.
    Range pull(std::size_t i, const Range& b) const {
        return is_singular() ? scale_[i] * widened_power(b, q_ - 1) : scale_[i];
    }
    void pulls(const Box& box, Ranges& out) const override {
        out.clear();
        for (std::size_t i = 0; i < size(); ++i) out.push_back(pull(i, box[i]));
    }

    void value(const Ranges& b, Ranges& out) const override {
        loss().slopes(b, out);
        for (std::size_t i = 0; i < size(); ++i) out[i] += pull(i, b[i]);
    }

    /// J = ∇²L + diag λwq(q−1) b^{q−2}.
    void jacobian(const Ranges& b, Ranges& out) const override {
        loss().curvature(b, out);
        if (!is_singular()) return;
        for (std::size_t i = 0; i < size(); ++i)
            out[i * size() + i] += Range(q_ - 1) * scale_[i] * widened_power(b[i], q_ - 2);
    }

    static double root(double b) { return std::cbrt(b); }

    double width(const Box& box, std::size_t i) const {
        return is_singular() ? root(box.hi[i]) - root(box.lo[i]) : box.hi[i] - box.lo[i];
    }
    double extent(const Box& box) const override {
        double out = 0;
        for (std::size_t i = 0; i < size(); ++i) out += width(box, i);
        return out;
    }

    /// b_i^{q−1} = −s_ig_i/(λw_iq), so that b_i = (…)^{1/(q−1)}, decreasing.
    bool contract_by_equations(Box& box) const override {
        Ranges slopes;
        loss().slopes(ranges(box), slopes);
        for (std::size_t i = 0; i < size(); ++i) {
            if (!is_singular()) {
                if ((slopes[i] + scale_[i]).excludes_zero()) return false;
                continue;
            }
            if (slopes[i].lo() >= 0) return false;
            const Range scale = scale_[i];
            const double most = (Range(-slopes[i].lo()) * reciprocal(scale)).hi();
            const double power = 1 / (q_ - 1);
            const double low = widened_power(Range(most), power).lo();
            double high = box.hi[i];
            if (slopes[i].hi() < 0) {
                const double least = (Range(-slopes[i].hi()) * reciprocal(scale)).lo();
                if (least > 0) high = widened_power(Range(least), power).hi();
            }
            if (!narrow(box, i, low, high)) return false;
        }
        return true;
    }

    std::optional<Box> around(const Box& box, double factor) const override {
        Box out = box;
        for (std::size_t i = 0; i < size(); ++i) {
            const double reach = factor * (box.hi[i] - box.lo[i]) + 1e-12 * std::fabs(box.hi[i]);
            out.lo[i] -= reach;
            out.hi[i] += reach;
            if (is_singular()) out.lo[i] = std::max(out.lo[i], 0.5 * box.lo[i]);
        }
        return out;
    }

    /// In the middle of the cube roots for q < 1, between linear and logarithmic.
    std::optional<std::pair<std::size_t, double>> cut(const Box& box) const override {
        std::size_t axis = 0;
        double most = -1;
        for (std::size_t i = 0; i < size(); ++i) {
            const double moves = width(box, i);
            if (moves > most) most = moves, axis = i;
        }
        const double low = box.lo[axis], high = box.hi[axis];
        if (high - low < 1e-11 * (is_singular() ? high : 1 + high)) return std::nullopt;
        double middle = 0.5 * (low + high);
        if (is_singular()) {
            const double mean = 0.5 * (root(low) + root(high));
            middle = mean * mean * mean;
        }
        if (!(middle > low && middle < high)) return std::nullopt;
        return std::pair(axis, middle);
    }

    double q_;
    Ranges scale_;
};

__attribute__((noinline)) BoxesOfZeros boxes_of_zeros(const Problem& problem,
                                                      const std::string& signs,
                                                      const Bound& bound,
                                                      const SearchLimits& limits) {
    const RoundUpwards upwards;
    Enumeration P(problem, signs, limits);
    Box box;
    for (const int i : support(signs)) {
        const double edge = bound.edges[static_cast<std::size_t>(i)];
        box.lo.push_back(0.0);
        box.hi.push_back(power(Range(edge), problem.exponent()).hi());
    }
    return P.run(std::move(box));
}

/// Whether the square is below that of λw: nothing if that is not known.
std::optional<bool> is_below(const Interval& square, const Rational& threshold) {
    const Interval bound = from_rational<Interval>(threshold * threshold);
    if (certainly_less(bound, square)) return false;
    if (certainly_less(square, bound)) return true;
    return std::nullopt;
}

/// Whether abs(g_i) < λw_i at every zero coordinate, ‖g_j‖ < λw_j at every zero group; needed at
/// q = 1 only.
std::optional<bool> is_stationary_off_support(const Problem& problem,
                                              const AnyLoss<Interval>& loss,
                                              const std::string& signs,
                                              const Vector<Interval>& beta) {
    if (problem.depth > 2) return true;
    const Vector<Interval> g = loss.gradient(beta);
    std::optional<bool> out = true;
    for (std::size_t j = 0; j < signs.size(); ++j) {
        if (signs[j] != '0') continue;
        const std::vector<int> members =
            problem.has_groups() ? problem.groups[j] : std::vector<int>{static_cast<int>(j)};
        Interval n(0);
        for (const int i : members) n += square(g[i]);
        const Rational& weight = problem.weights[static_cast<std::size_t>(members[0])];
        const std::optional<bool> below = is_below(n, problem.instance.lambda * weight);
        if (below && !*below) return false;
        if (!below) out = std::nullopt;
    }
    return out;
}

/// The number at one end of a ball, rounded outwards to 48 bits.
Rational end_of(const Interval& a, bool lower_end) {
    arf_t end;
    arf_init(end);
    if (lower_end)
        arb_get_lbound_arf(end, a.data(), 48);
    else
        arb_get_ubound_arf(end, a.data(), 48);
    const double out = arf_get_d(end, lower_end ? ARF_RND_FLOOR : ARF_RND_CEIL);
    arf_clear(end);
    return exactly(out);
}

/// sup abs(β_i), of a group sup over its members: one of them may be 0.
Interval size_at(const Problem& problem, const Vector<Interval>& beta, std::size_t i) {
    Interval out = beta[static_cast<Index>(i)].upper_magnitude();
    if (!problem.has_groups()) return out;
    for (const int l : problem.groups[static_cast<std::size_t>(problem.group_of[i])]) {
        const Interval other = beta[l].upper_magnitude();
        if (certainly_less(out, other)) out = other;
    }
    return out;
}

std::string digits_of(const Interval& x) {
    if (x.contains_zero()) return "0";
    char* text = arb_get_str(x.data(), 25, ARB_STR_NO_RADIUS);
    const std::string out = text;
    flint_free(text);
    return out;
}

/// The point in a tight enclosure, with `lo` and `hi` widened by 2^{−30} of the size.
BasePoint enclosed_point(const Problem& problem, const std::string& signs,
                         const Vector<Interval>& beta, int negative) {
    const Interval fraction = Interval::exactly(std::ldexp(1.0, -30));
    const std::size_t d = static_cast<std::size_t>(problem.size);
    std::vector<Rational> lo(d), hi(d);
    std::vector<std::string> digits(d, "0");
    for (const int at : support(problem, signs)) {
        const std::size_t i = static_cast<std::size_t>(at);
        const Interval reach = size_at(problem, beta, i) * fraction;
        lo[i] = end_of(beta[at] - reach, true);
        hi[i] = end_of(beta[at] + reach, false);
        digits[i] = digits_of(beta[at]);
    }
    BasePoint out = base_point(problem, signs, std::move(lo), std::move(hi), negative);
    out.digits = std::move(digits);
    return out;
}

/// P's side for k ≥ 3, polynomials or groups.
class Enumerated {
public:
    Enumerated(const Problem& problem, const Bound& bound, const Settings& settings)
        : problem_(problem),
          bound_(bound),
          settings_(settings),
          loss_(make_loss<Interval>(problem.instance.loss)) {
        if (problem.is_quadratic())
            constant_hessian_ = loss_.hessian(Vector<Interval>::Constant(problem.size, Interval(0)));
    }

    BaseSide run() {
        Problem plain = problem_;
        if (!plain.has_groups()) plain.kind = Kind::product;  // P's patterns: no doubled states
        const std::vector<std::string> all = patterns(plain);
        for (std::size_t p = 0; p < all.size(); ++p) {
            if (problem_.has_groups())
                add_points(GroupRestriction(problem_, loss_, constant_hessian_, all[p], bound_),
                           boxes_of_group_zeros, all[p]);
            else
                add_points(Restriction(problem_, loss_, constant_hessian_, all[p], bound_),
                           boxes_of_zeros, all[p]);
            if (settings_.progress)
                settings_.progress(fmt::format("P: {}/{} sign patterns, {} points", p + 1,
                                               all.size(), out_.points.size()));
        }
        return std::move(out_);
    }

private:
    template <class Restriction, class Boxes>
    void add_points(const Restriction& P, Boxes boxes_of, const std::string& signs) {
        std::vector<Balls> zeros{Balls()};
        bool complete = true;
        if (P.size() > 0) {
            const BoxesOfZeros found = boxes_of(problem_, signs, bound_, settings_.limits);
            complete = found.complete;
            zeros = zeros_of(P, found.zeros, complete);
        }
        for (const Balls& zero : zeros) {
            const std::optional<int> negative = negative_eigenvalues(P, zero);
            const Vector<Interval> beta = P.beta(zero);
            const std::optional<bool> stationary =
                is_stationary_off_support(problem_, loss_, signs, beta);
            complete = complete && negative && stationary;
            if (!negative || !stationary || !*stationary) continue;
            out_.points.push_back(enclosed_point(problem_, signs, beta, *negative));
        }
        if (!complete) out_.open.push_back(signs);
    }

    const Problem& problem_;
    const Bound& bound_;
    const Settings& settings_;
    AnyLoss<Interval> loss_;
    std::optional<hadamard::Matrix<Interval>> constant_hessian_;
    BaseSide out_;
};

/// k = 2, quadratic: KKT by exact elimination with full pivoting.
BaseSide solved(const Problem& problem, const Settings& settings) {
    BaseSide out;
    const AnyLoss<Rational> loss = make_loss<Rational>(problem.instance.loss);
    const Vector<Rational> zero = Vector<Rational>::Constant(problem.size, Rational(0));
    const hadamard::Matrix<Rational> H = loss.hessian(zero);
    const Vector<Rational> g0 = loss.gradient(zero);
    for (const std::string& signs : patterns(problem)) {
        if (settings.limits.stop && settings.limits.stop()) throw Interrupted();
        const std::vector<int> S = support(signs);
        const Index m = static_cast<Index>(S.size());
        Vector<Rational> beta = zero, right(m);
        hadamard::Matrix<Rational> M(m, m);
        for (Index i = 0; i < m; ++i) {
            const std::size_t at = static_cast<std::size_t>(S[static_cast<std::size_t>(i)]);
            right[i] = -g0[static_cast<Index>(at)] -
                       problem.instance.lambda * problem.weights[at] * sign_of_state(signs[at]);
            for (Index j = 0; j < m; ++j)
                M(i, j) = H(static_cast<Index>(at), S[static_cast<std::size_t>(j)]);
        }
        if (m > 0) {
            const Eigen::FullPivLU<hadamard::Matrix<Rational>> lu(M);
            if (!lu.isInvertible()) continue;
            const Vector<Rational> x = lu.solve(right);
            for (Index i = 0; i < m; ++i) beta[S[static_cast<std::size_t>(i)]] = x[i];
        }
        const Vector<Rational> g = loss.gradient(beta);
        bool stationary = true;
        for (std::size_t i = 0; i < signs.size() && stationary; ++i) {
            const Index at = static_cast<Index>(i);
            const Rational threshold = problem.instance.lambda * problem.weights[i];
            stationary = signs[i] == '0' ? abs(g[at]) < threshold
                                         : sign_of_state(signs[i]) * beta[at] > 0;
        }
        if (!stationary) continue;
        std::vector<std::vector<Rational>> dense;
        for (Index i = 0; i < m; ++i) {
            dense.emplace_back();
            for (Index j = 0; j < m; ++j) dense.back().push_back(M(i, j));
        }
        const std::vector<Rational> exact(beta.data(), beta.data() + beta.size());
        out.points.push_back(
            base_point(problem, signs, exact, exact, inertia(std::move(dense)).negative));
    }
    return out;
}

}  // namespace

BasePoint base_point(const Problem& problem, const std::string& signs, std::vector<Rational> lo,
                     std::vector<Rational> hi, int negative) {
    BasePoint out;
    out.signs = signs;
    out.index = negative;
    const int size = static_cast<int>(support(problem, signs).size());
    out.kind = negative == 0 ? PointClass::minimizer
               : negative == problem.size && size == problem.size ? PointClass::maximizer
                                                                  : PointClass::saddle;
    for (std::size_t i = 0; i < lo.size(); ++i)
        out.digits.push_back(short_text(from_rational<Real<50>>((lo[i] + hi[i]) / 2), 20));
    out.lo = std::move(lo);
    out.hi = std::move(hi);
    return out;
}

BaseSide base_side(const Problem& problem, const Bound& bound, const Settings& settings) {
    if (problem.is_linear()) return solved(problem, settings);
    const PrecisionScope scope(final_bits);
    return Enumerated(problem, bound, settings).run();
}

}  // namespace hadamard::landscape
