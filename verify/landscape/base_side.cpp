#include "landscape/base_side.hpp"

#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/core/interval.hpp"
#include "landscape/inertia.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace hadamard::landscape {
namespace {

using Balls = std::vector<Interval>;

constexpr long search_bits = 64, final_bits = 192;

Interval ball_of(double lo, double hi) {
    return hull(Interval::exactly(lo), Interval::exactly(hi));
}
double lower(const Interval& a) {
    arf_t end;
    arf_init(end);
    arb_get_lbound_arf(end, a.data(), Interval::precision());
    const double out = arf_get_d(end, ARF_RND_FLOOR);
    arf_clear(end);
    return out;
}
double upper(const Interval& a) { return -lower(-a); }

/// P restricted to the orthant of one pattern, in the coordinates b = abs(β) of its support:
/// F_i(b) = s_i∂_iL(β) + λ w_i q b_i^{q−1} and its Jacobian.
class Restriction {
public:
    Restriction(const Problem& problem, const AnyLoss<Interval>& loss,
                const std::optional<hadamard::Matrix<Interval>>& constant_hessian,
                const std::string& signs)
        : loss_(loss),
          constant_hessian_(constant_hessian),
          S_(support(signs)),
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
    int size_;
    Exponent q_;
    std::vector<int> sign_;
    Balls scale_;
};

/// A zero of F: a box in which it is the only one, and a tight enclosure.
struct Zero {
    Box unique;
    Balls tight;
};

/// Interval Newton with bisection, contracting the boxes it keeps.
class Enumeration {
public:
    Enumeration(const Restriction& P, const SearchLimits& limits) : P_(P), limits_(limits) {}

    std::vector<Zero> run(Box box) {
        stack_.push_back(std::move(box));
        for (long steps = 0; !stack_.empty() && steps < 4 * limits_.leaves; ++steps) {
            if (steps % 64 == 0 && limits_.stop && limits_.stop()) throw Interrupted();
            Box next = std::move(stack_.back());
            stack_.pop_back();
            visit(std::move(next));
        }
        return std::move(zeros_);
    }

private:
    std::size_t m() const { return P_.size(); }

    static Balls balls(const Box& box) {
        Balls out;
        for (std::size_t i = 0; i < box.size(); ++i) out.push_back(ball_of(box.lo[i], box.hi[i]));
        return out;
    }

    bool is_regular(const Box& box) const {
        for (const double low : box.lo)
            if (P_.is_singular() && !(low > 0)) return false;
        return true;
    }

    void visit(Box box) {
        for (int round = 0; round < 30; ++round) {
            for (const Zero& zero : zeros_)
                if (box.is_within(zero.unique)) return;
            const double before = extent(box);
            if (!propagate(box)) return;
            if (is_regular(box)) {
                const Step step = newton(box);
                if (step == Step::excluded || step == Step::unique) return;
            }
            if (extent(box) > 0.7 * before) break;
        }
        if (is_regular(box) && try_around(box)) return;
        bisect(std::move(box));
    }

    double extent(const Box& box) const {
        double out = 0;
        for (std::size_t i = 0; i < m(); ++i) {
            const double high = std::max(box.hi[i], 1e-300);
            out += P_.is_singular() ? std::min(50.0, std::log(high / std::max(box.lo[i], 1e-300)))
                                    : box.hi[i] - box.lo[i];
        }
        return out;
    }

    /// b^{q−1} = −s_ig_i/(λw_iq), with the slopes in centred form: g(b) ∈ g(mid) + ∇²L (b − mid).
    bool propagate(Box& box) const {
        const Balls b = balls(box);
        Balls middle;
        for (const Interval& x : b) middle.push_back(x.midpoint());
        Balls slopes = P_.slopes(middle);
        const Balls H = P_.curvature(b), direct = P_.slopes(b);
        for (std::size_t i = 0; i < m(); ++i) {
            for (std::size_t j = 0; j < m(); ++j) slopes[i] += H[i * m() + j] * (b[j] - middle[j]);
            for (const Interval& slope : {slopes[i], direct[i]}) {
                if (!P_.is_singular()) {
                    if (!(slope + P_.scale(i)).contains_zero()) return false;
                    continue;
                }
                const Interval ratio = -slope / P_.scale(i);
                const double most = upper(ratio), least = lower(ratio);
                if (!(most > 0)) return false;
                // b = ratio^{−1/(1−q)}, decreasing.
                const Exponent e = Exponent(1) / (P_.q() - 1);
                box.lo[i] = std::max(box.lo[i], lower(abs_power(Interval::exactly(most), e)));
                if (least > 0)
                    box.hi[i] = std::min(box.hi[i], upper(abs_power(Interval::exactly(least), e)));
                if (!(box.lo[i] <= box.hi[i])) return false;
            }
        }
        return true;
    }

    enum class Step { excluded, unique, smaller };

    /// Approximate inverse of J at the middle.
    std::optional<Doubles> preconditioner(const Balls& J) const {
        Doubles out;
        for (const Interval& entry : J) out.push_back(entry.midpoint_as_double());
        if (!invert(out, m())) return std::nullopt;
        for (const double entry : out)
            if (!std::isfinite(entry)) return std::nullopt;
        return out;
    }

    /// K(box) for the given centre.
    std::optional<Balls> image(const Balls& b, const Balls& centre) const {
        const Balls J = P_.jacobian(b, P_.curvature(b));
        const std::optional<Doubles> C = preconditioner(P_.jacobian(centre, P_.curvature(centre)));
        if (!C) return std::nullopt;
        const Balls F = P_.value(centre);
        Balls out = centre;
        for (std::size_t i = 0; i < m(); ++i)
            for (std::size_t j = 0; j < m(); ++j) {
                out[i] -= Interval::exactly((*C)[i * m() + j]) * F[j];
                Interval entry(i == j ? 1 : 0);
                for (std::size_t l = 0; l < m(); ++l)
                    entry -= Interval::exactly((*C)[i * m() + l]) * J[l * m() + j];
                out[i] += entry * (b[j] - centre[j]);
            }
        return out;
    }

    static Balls midpoints(const Balls& b) {
        Balls out;
        for (const Interval& x : b) out.push_back(x.midpoint());
        return out;
    }

    Step newton(Box& box) {
        const Balls b = balls(box);
        const std::optional<Balls> K = image(b, midpoints(b));
        if (!K) return Step::smaller;
        bool inside = true;
        for (std::size_t i = 0; i < m(); ++i) {
            const double low = lower((*K)[i]), high = upper((*K)[i]);
            inside = inside && low > box.lo[i] && high < box.hi[i];
            if (low > box.hi[i] || high < box.lo[i]) return Step::excluded;
        }
        if (inside) {
            record(box, *K);
            return Step::unique;
        }
        for (std::size_t i = 0; i < m(); ++i) {
            box.lo[i] = std::max(box.lo[i], lower((*K)[i]));
            box.hi[i] = std::min(box.hi[i], upper((*K)[i]));
        }
        return Step::smaller;
    }

    /// A zero near or on the edge of a box shows in a box around it.
    bool try_around(const Box& box) {
        for (const double factor : {0.02, 0.2}) {
            Box around = box;
            for (std::size_t i = 0; i < m(); ++i) {
                const double reach =
                    factor * (box.hi[i] - box.lo[i]) + 1e-12 * std::fabs(box.hi[i]);
                around.lo[i] -= reach;
                around.hi[i] += reach;
                if (P_.is_singular()) around.lo[i] = std::max(around.lo[i], 0.5 * box.lo[i]);
            }
            const Balls b = balls(around);
            const std::optional<Balls> K = image(b, midpoints(b));
            if (!K) continue;
            bool inside = true;
            for (std::size_t i = 0; i < m(); ++i)
                inside = inside && lower((*K)[i]) > around.lo[i] && upper((*K)[i]) < around.hi[i];
            if (!inside) continue;
            record(around, *K);
            return true;
        }
        return false;
    }

    void record(const Box& unique, Balls K) {
        const PrecisionScope precise(final_bits);
        for (int step = 0; step < 12; ++step) {
            const std::optional<Balls> next = image(K, midpoints(K));
            if (!next) break;
            bool smaller = false;
            for (std::size_t i = 0; i < m(); ++i) {
                Interval both;
                if (arb_intersection(both.data(), K[i].data(), (*next)[i].data(), final_bits) == 0)
                    throw Error("landscape: an enclosure of a zero of P became empty");
                smaller = smaller || both.radius_as_double() < 0.5 * K[i].radius_as_double();
                K[i] = both;
            }
            if (!smaller) break;
        }
        for (const Zero& other : zeros_) {
            bool within = true;
            for (std::size_t i = 0; i < m(); ++i)
                within = within && lower(K[i]) >= other.unique.lo[i] &&
                         upper(K[i]) <= other.unique.hi[i];
            if (within) return;  // it is that one
        }
        for (const Interval& x : K)
            if (sign_of(x) != Sign::positive) return;  // not in this orthant, or on its edge
        zeros_.push_back({unique, std::move(K)});
    }

    /// In the middle of the logarithms for q < 1.
    void bisect(Box box) {
        std::size_t axis = 0;
        double most = -1;
        for (std::size_t i = 0; i < m(); ++i) {
            const double width = P_.is_singular()
                                     ? std::log(box.hi[i] / std::max(box.lo[i], 1e-300))
                                     : box.hi[i] - box.lo[i];
            if (width > most) most = width, axis = i;
        }
        const double low = box.lo[axis], high = box.hi[axis];
        const bool tiny = P_.is_singular() ? most < 1e-10 : most < 1e-10 * (1 + std::fabs(high));
        if (tiny) return;  // undecided: see the header
        // Equal steps of β^{1/k}, as of a scale between the linear and the logarithmic.
        double middle = 0.5 * (low + high);
        if (P_.is_singular()) {
            const double root = 0.5 * (std::cbrt(low) + std::cbrt(high));
            middle = root * root * root;
        }
        if (!(middle > low && middle < high)) return;
        Box lower_half = box, upper_half = std::move(box);
        lower_half.hi[axis] = middle;
        upper_half.lo[axis] = middle;
        stack_.push_back(std::move(upper_half));
        stack_.push_back(std::move(lower_half));
    }

    const Restriction& P_;
    const SearchLimits& limits_;
    std::vector<Box> stack_;
    std::vector<Zero> zeros_;
};

/// Negative eigenvalues of J over a tight box: congruence by an approximate eigenbasis, Gershgorin.
std::optional<int> negative_eigenvalues(const Restriction& P, const Balls& b) {
    const std::size_t m = b.size();
    if (m == 0) return 0;
    const Balls J = P.jacobian(b, P.curvature(b));
    const Eigen::Index rows = static_cast<Eigen::Index>(m);
    Eigen::MatrixXd middle(rows, rows);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < m; ++j)
            middle(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                J[i * m + j].midpoint_as_double();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(middle);
    if (solver.info() != Eigen::Success) return std::nullopt;
    const auto v = [&](std::size_t i, std::size_t l) {
        return Interval::exactly(
            solver.eigenvectors()(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(l)));
    };
    int negative = 0;
    for (std::size_t r = 0; r < m; ++r) {
        Interval diagonal(0), rest(0);
        for (std::size_t c = 0; c < m; ++c) {
            Interval entry(0);
            for (std::size_t i = 0; i < m; ++i)
                for (std::size_t j = 0; j < m; ++j) entry += v(i, r) * J[i * m + j] * v(j, c);
            if (r == c)
                diagonal = entry;
            else
                rest += entry.upper_magnitude();
        }
        if (!certainly_less(rest, diagonal.lower_magnitude())) return std::nullopt;
        if (sign_of(diagonal) == Sign::negative) ++negative;
    }
    return negative;
}

/// Whether abs(g_i) < λw_i at every zero coordinate; needed at q = 1 only.
std::optional<bool> is_stationary_off_support(const Problem& problem,
                                              const AnyLoss<Interval>& loss,
                                              const std::string& signs,
                                              const Vector<Interval>& beta) {
    if (problem.depth > 2) return true;
    const Vector<Interval> g = loss.gradient(beta);
    bool known = true;
    for (std::size_t i = 0; i < signs.size(); ++i) {
        if (signs[i] != '0') continue;
        const Interval threshold =
            from_rational<Interval>(problem.instance.lambda * problem.weights[i]);
        const Interval size = abs(g[static_cast<Index>(i)]);
        if (certainly_less(threshold, size)) return false;
        known = known && certainly_less(size, threshold);
    }
    if (!known) return std::nullopt;
    return true;
}

PointClass class_of(int negative, std::size_t support_size, int size) {
    if (negative == 0) return PointClass::minimizer;
    const bool everywhere = negative == size && support_size == static_cast<std::size_t>(size);
    return everywhere ? PointClass::maximizer : PointClass::saddle;
}

/// The tight enclosure, widened by 2^{−30} of its size, in numbers of 48 bits.
void set_coordinate(BasePoint& point, std::size_t i, const Interval& beta) {
    const auto short_rational = [](const Interval& a, bool down) {
        arf_t end;
        arf_init(end);
        if (down)
            arb_get_lbound_arf(end, a.data(), 48);
        else
            arb_get_ubound_arf(end, a.data(), 48);
        const double out = arf_get_d(end, down ? ARF_RND_FLOOR : ARF_RND_CEIL);
        arf_clear(end);
        return exactly(out);
    };
    const Interval reach =
        beta.upper_magnitude() / Interval::exactly(std::ldexp(1.0, 30));
    point.lo[i] = short_rational(beta - reach, true);
    point.hi[i] = short_rational(beta + reach, false);
}

std::vector<BasePoint> enumerated(const Problem& problem, const Bound& bound,
                                  const Settings& settings) {
    std::vector<BasePoint> out;
    const PrecisionScope scope(search_bits);
    const AnyLoss<Interval> loss = make_loss<Interval>(problem.instance.loss);
    std::optional<hadamard::Matrix<Interval>> constant_hessian;
    const Vector<Interval> zero = Vector<Interval>::Constant(problem.size, Interval(0));
    if (problem.is_quadratic()) constant_hessian = loss.hessian(zero);
    Problem plain = problem;
    plain.kind = Kind::product;  // P's patterns: no doubled states
    const std::vector<std::string> all = patterns(plain);
    for (std::size_t p = 0; p < all.size(); ++p) {
        const std::string& signs = all[p];
        const Restriction P(problem, loss, constant_hessian, signs);
        std::vector<Zero> zeros;
        if (P.size() == 0) {
            zeros.push_back({});
        } else {
            Box box;
            box.lo.assign(P.size(), 0.0);
            for (const int i : support(signs)) {
                const double edge = bound.edges[static_cast<std::size_t>(i)];
                double high = edge;
                for (int l = 1; l < problem.exponent(); ++l) high *= edge;
                box.hi.push_back(high * (1 + 1e-9));
            }
            zeros = Enumeration(P, settings.limits).run(std::move(box));
        }
        for (const Zero& found : zeros) {
            const PrecisionScope precise(final_bits);
            const std::optional<int> negative = negative_eigenvalues(P, found.tight);
            const Vector<Interval> beta = P.beta(found.tight);
            const std::optional<bool> stationary =
                is_stationary_off_support(problem, loss, signs, beta);
            if (!negative || !stationary || !*stationary) continue;
            BasePoint point;
            point.signs = signs;
            point.index = *negative;
            point.kind = class_of(*negative, P.size(), problem.size);
            point.lo.resize(signs.size());
            point.hi.resize(signs.size());
            for (std::size_t i = 0; i < signs.size(); ++i)
                if (signs[i] != '0') set_coordinate(point, i, beta[static_cast<Index>(i)]);
            out.push_back(std::move(point));
        }
        if (settings.progress)
            settings.progress(
                fmt::format("P: {}/{} sign patterns, {} points", p + 1, all.size(), out.size()));
    }
    return out;
}

/// k = 2, quadratic: KKT by exact elimination with full pivoting.
std::vector<BasePoint> solved(const Problem& problem, const Settings& settings) {
    std::vector<BasePoint> out;
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
        BasePoint point;
        point.signs = signs;
        for (Index i = 0; i < beta.size(); ++i) point.lo.push_back(beta[i]);
        point.hi = point.lo;
        std::vector<std::vector<Rational>> dense;
        for (Index i = 0; i < m; ++i) {
            dense.emplace_back();
            for (Index j = 0; j < m; ++j) dense.back().push_back(M(i, j));
        }
        point.index = inertia(std::move(dense)).negative;
        point.kind = class_of(point.index, S.size(), problem.size);
        out.push_back(std::move(point));
    }
    return out;
}

}  // namespace

std::vector<BasePoint> base_side(const Problem& problem, const Bound& bound,
                                 const Settings& settings) {
    return problem.is_linear() ? solved(problem, settings) : enumerated(problem, bound, settings);
}

}  // namespace hadamard::landscape
