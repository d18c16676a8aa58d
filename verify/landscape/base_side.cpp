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

constexpr long final_bits = 160;

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

/// The same F over `Range`: what searches. Quadratic: H b + g0; else monomial by monomial.
class RestrictionRanges {
public:
    RestrictionRanges(const Problem& problem, const std::string& signs)
        : S_(support(signs)), q_(2.0 / problem.depth), quadratic_(problem.is_quadratic()) {
        const std::size_t m = S_.size();
        for (const int i : S_)
            scale_.push_back(enclosure(problem.instance.lambda *
                                       problem.weights[static_cast<std::size_t>(i)] * 2 /
                                       problem.depth));
        const auto sign = [&](std::size_t i) {
            return sign_of_state(signs[static_cast<std::size_t>(S_[i])]);
        };
        for (const Monomial& term : problem.terms) {
            Rational coefficient = term.coefficient;
            std::vector<int> e;
            long kept = 0, all = 0;
            for (const int exponent : term.exponents) all += exponent;
            for (std::size_t i = 0; i < m; ++i) {
                e.push_back(term.exponents[static_cast<std::size_t>(S_[i])]);
                kept += e.back();
                if (e.back() % 2 != 0) coefficient *= sign(i);
            }
            if (kept == all) terms_.push_back({enclosure(coefficient), std::move(e)});
        }
        if (!quadratic_) return;
        H_.assign(m * m, Range(0.0));
        g0_.assign(m, Range(0.0));
        for (std::size_t i = 0; i < m; ++i) {
            const std::size_t at = static_cast<std::size_t>(S_[i]);
            g0_[i] = enclosure(-problem.b[at] * sign(i));
            for (std::size_t j = 0; j < m; ++j)
                H_[i * m + j] = enclosure(problem.A[at][static_cast<std::size_t>(S_[j])] *
                                          sign(i) * sign(j));
        }
    }

    std::size_t size() const { return S_.size(); }
    bool is_singular() const { return q_ < 1; }
    bool is_quadratic() const { return quadratic_; }
    double q() const { return q_; }
    const Range& scale(std::size_t i) const { return scale_[i]; }
    const Ranges& H() const { return H_; }
    const Ranges& g0() const { return g0_; }

    void slopes(const Ranges& b, Ranges& out) const {
        const std::size_t m = size();
        out.assign(m, Range(0.0));
        for (std::size_t i = 0; i < m; ++i) {
            if (quadratic_) {
                out[i] = g0_[i];
                for (std::size_t j = 0; j < m; ++j) out[i] += H_[i * m + j] * b[j];
            } else {
                for (const Term& term : terms_) out[i] += derivative(term, b, {i});
            }
        }
    }

    /// J = ∇²L + diag λwq(q−1) b^{q−2}.
    void jacobian(const Ranges& b, Ranges& out) const {
        const std::size_t m = size();
        if (quadratic_) {
            out = H_;
        } else {
            out.assign(m * m, Range(0.0));
            for (std::size_t i = 0; i < m; ++i)
                for (std::size_t j = 0; j < m; ++j)
                    for (const Term& term : terms_)
                        out[i * m + j] += derivative(term, b, {i, j});
        }
        if (!is_singular()) return;
        for (std::size_t i = 0; i < m; ++i)
            out[i * m + i] += Range(q_ - 1) * scale_[i] * widened_power(b[i], q_ - 2);
    }

    /// λwq b^{q−1}; from 0 on it reaches to infinity.
    Range pull(std::size_t i, const Range& b) const {
        return is_singular() ? scale_[i] * widened_power(b, q_ - 1) : scale_[i];
    }

    /// b^p, b ≥ 0, p < 0, decreasing. std::pow is right to a few units in the last place in every
    /// rounding mode, and p, a double next to a fraction of denominator k ≤ 5, moves b^p by a factor
    /// 1 ± 2^{−53}·abs(log b): 2^{−42} covers both for abs(log b) < 1000.
    static Range widened_power(const Range& b, double p) {
        constexpr double slack = 1.0 / (1UL << 42);
        const double low = std::pow(b.hi(), p) * (1 - slack);
        const double high = b.lo() > 0 ? std::pow(b.lo(), p) * (1 + slack)
                                       : std::numeric_limits<double>::infinity();
        return {low, high};
    }

private:
    struct Term {
        Range coefficient;
        std::vector<int> exponents;
    };

    static Range derivative(const Term& term, const Ranges& b,
                            std::initializer_list<std::size_t> by) {
        std::vector<int> e = term.exponents;
        Range out = term.coefficient;
        for (const std::size_t i : by) {
            if (e[i] == 0) return Range(0.0);
            out = scaled(e[i]--, out);
        }
        for (std::size_t j = 0; j < e.size(); ++j)
            if (e[j] > 0) out *= power(b[j], e[j]);
        return out;
    }

    std::vector<int> S_;
    double q_;
    bool quadratic_;
    Ranges scale_, H_, g0_;
    std::vector<Term> terms_;
};

/// Boxes that hold exactly one zero of F each, and all zeros between them: bisection, contracting
/// the boxes it keeps by each equation, by combinations that undo the correlation, and by Newton.
class Enumeration {
public:
    Enumeration(const RestrictionRanges& P, const SearchLimits& limits)
        : P_(P), limits_(limits), m_(P.size()) {
        if (!P.is_quadratic()) return;
        for (const Range& entry : P.H()) inverse_H_.push_back(entry.middle());
        if (!invert(inverse_H_, m_)) inverse_H_.clear();
    }

    struct Result {
        std::vector<Box> zeros;
        bool complete = true;
    };

    __attribute__((noinline)) Result run(Box box) {
        stack_.push_back(std::move(box));
        for (long steps = 0; !stack_.empty() && steps < 4 * limits_.leaves; ++steps) {
            if (steps % 64 == 0 && limits_.stop && limits_.stop()) throw Interrupted();
            Box next = std::move(stack_.back());
            stack_.pop_back();
            visit(std::move(next));
        }
        return {std::move(zeros_), complete_ && stack_.empty()};
    }

private:
    void visit(Box box) {
        for (int round = 0; round < 40; ++round) {
            for (const Box& zero : zeros_)
                if (box.is_within(zero)) return;
            const double before = extent(box);
            if (!contract_by_equations(box) || !contract_by_combinations(box)) return;
            if (is_regular(box)) {
                const Step step = newton(box);
                if (step == Step::excluded) return;
                if (step == Step::unique) {
                    zeros_.push_back(std::move(box));
                    return;
                }
            }
            if (extent(box) > 0.8 * before) break;
        }
        if (is_regular(box) && try_around(box)) return;
        bisect(std::move(box));
    }

    bool is_regular(const Box& box) const {
        for (const double low : box.lo)
            if (P_.is_singular() && !(low > 0)) return false;
        return true;
    }

    static double root(double b) { return std::cbrt(b); }

    double width(const Box& box, std::size_t i) const {
        return P_.is_singular() ? root(box.hi[i]) - root(box.lo[i]) : box.hi[i] - box.lo[i];
    }
    double extent(const Box& box) const {
        double out = 0;
        for (std::size_t i = 0; i < m_; ++i) out += width(box, i);
        return out;
    }

    void load(const Box& box) {
        b_.clear();
        for (std::size_t i = 0; i < m_; ++i) b_.push_back(box[i]);
    }

    /// Intersects coordinate i with [low, high]; false if nothing is left.
    static bool narrow(Box& box, std::size_t i, double low, double high) {
        if (low > box.lo[i]) box.lo[i] = low;
        if (high < box.hi[i]) box.hi[i] = high;
        return box.lo[i] <= box.hi[i];
    }

    /// b_i^{q−1} = −s_ig_i/(λw_iq), so that b_i = (…)^{1/(q−1)}, decreasing.
    bool contract_by_equations(Box& box) {
        load(box);
        P_.slopes(b_, slopes_);
        for (std::size_t i = 0; i < m_; ++i) {
            if (!P_.is_singular()) {
                if ((slopes_[i] + P_.scale(i)).excludes_zero()) return false;
                continue;
            }
            if (slopes_[i].lo() >= 0) return false;
            const Range scale = P_.scale(i);
            const double most = (Range(-slopes_[i].lo()) * reciprocal(scale)).hi();
            const double power = 1 / (P_.q() - 1);
            const double low = RestrictionRanges::widened_power(Range(most), power).lo();
            double high = box.hi[i];
            if (slopes_[i].hi() < 0) {
                const double least = (Range(-slopes_[i].hi()) * reciprocal(scale)).lo();
                if (least > 0) high = RestrictionRanges::widened_power(Range(least), power).hi();
            }
            if (!narrow(box, i, low, high)) return false;
        }
        return true;
    }

    /// c·F for the rows c of H⁻¹: b_i plus pulls and a constant.
    bool contract_by_combinations(Box& box) {
        for (std::size_t i = 0; i * m_ < inverse_H_.size(); ++i) {
            load(box);
            const double* c = &inverse_H_[i * m_];
            Range rest(0.0), own(0.0);
            for (std::size_t j = 0; j < m_; ++j) {
                Range alpha(0.0);
                for (std::size_t l = 0; l < m_; ++l) alpha += scaled(c[l], P_.H()[l * m_ + j]);
                rest += scaled(c[j], P_.pull(j, b_[j]) + P_.g0()[j]);
                if (j == i)
                    own = alpha;
                else
                    rest += alpha * b_[j];
            }
            if (!own.is_positive()) continue;
            const Range value = -rest * reciprocal(own);
            if (!narrow(box, i, value.lo(), value.hi())) return false;
        }
        return true;
    }

    enum class Step { excluded, unique, smaller };

    /// Rows of C·F in mean-value form, C an inverse of J at the middle; `unique` if Krawczyk's image
    /// is inside.
    Step newton(Box& box) {
        load(box);
        Ranges middle(m_), offset(m_), F, J, C_row(m_);
        for (std::size_t i = 0; i < m_; ++i) {
            middle[i] = Range(b_[i].middle());
            offset[i] = b_[i] - middle[i];
        }
        P_.slopes(middle, F);
        for (std::size_t i = 0; i < m_; ++i) F[i] += P_.pull(i, middle[i]);
        P_.jacobian(middle, J);
        Doubles C;
        for (const Range& entry : J) C.push_back(entry.middle());
        if (!invert(C, m_)) return Step::smaller;
        for (const double entry : C)
            if (!std::isfinite(entry)) return Step::smaller;
        P_.jacobian(b_, J);
        bool inside = true;
        Box smaller = box;
        for (std::size_t i = 0; i < m_; ++i) {
            Range step(0.0), image(0.0), others(0.0), own(0.0);
            for (std::size_t j = 0; j < m_; ++j) {
                step += scaled(C[i * m_ + j], F[j]);
                Range entry(0.0);
                for (std::size_t l = 0; l < m_; ++l) entry += scaled(C[i * m_ + l], J[l * m_ + j]);
                image += (Range(i == j ? 1.0 : 0.0) - entry) * offset[j];
                if (i == j)
                    own = entry;
                else
                    others += entry * offset[j];
            }
            image += middle[i] - step;
            inside = inside && image.is_inside(box.lo[i], box.hi[i]);
            if (!narrow(smaller, i, image.lo(), image.hi())) return Step::excluded;
            if (!own.is_positive()) continue;
            const Range row = middle[i] - (step + others) * reciprocal(own);
            if (!narrow(smaller, i, row.lo(), row.hi())) return Step::excluded;
        }
        if (inside) return Step::unique;
        box = std::move(smaller);
        return Step::smaller;
    }

    /// A zero near or on the edge of a box shows in a box around it.
    bool try_around(const Box& box) {
        for (const double factor : {0.02, 0.3, 2.0, 20.0}) {
            Box around = box;
            for (std::size_t i = 0; i < m_; ++i) {
                const double reach =
                    factor * (box.hi[i] - box.lo[i]) + 1e-12 * std::fabs(box.hi[i]);
                around.lo[i] -= reach;
                around.hi[i] += reach;
                if (P_.is_singular()) around.lo[i] = std::max(around.lo[i], 0.5 * box.lo[i]);
            }
            Box contracted = around;
            if (newton(contracted) != Step::unique) continue;
            zeros_.push_back(std::move(around));
            return true;
        }
        return false;
    }

    /// In the middle of the cube roots for q < 1, between linear and logarithmic.
    void bisect(Box box) {
        std::size_t axis = 0;
        double most = -1;
        for (std::size_t i = 0; i < m_; ++i) {
            const double moves = width(box, i);
            if (moves > most) most = moves, axis = i;
        }
        const double low = box.lo[axis], high = box.hi[axis];
        if (high - low < 1e-11 * (P_.is_singular() ? high : 1 + high)) {
            complete_ = false;
            return;
        }
        double middle = 0.5 * (low + high);
        if (P_.is_singular()) {
            const double mean = 0.5 * (root(low) + root(high));
            middle = mean * mean * mean;
        }
        if (!(middle > low && middle < high)) {
            complete_ = false;
            return;
        }
        Box lower_half = box, upper_half = std::move(box);
        lower_half.hi[axis] = middle;
        upper_half.lo[axis] = middle;
        stack_.push_back(std::move(upper_half));
        stack_.push_back(std::move(lower_half));
    }

    const RestrictionRanges& P_;
    const SearchLimits& limits_;
    std::size_t m_;
    Doubles inverse_H_;
    std::vector<Box> stack_, zeros_;
    bool complete_ = true;
    Ranges b_, slopes_;
};

Enumeration::Result boxes_of_zeros(const Problem& problem, const std::string& signs,
                                   const Bound& bound, const SearchLimits& limits) {
    const RoundUpwards upwards;
    const RestrictionRanges P(problem, signs);
    Box box;
    box.lo.assign(P.size(), 0.0);
    for (const int i : support(signs)) {
        const double edge = bound.edges[static_cast<std::size_t>(i)];
        box.hi.push_back(power(Range(edge), problem.exponent()).hi());
    }
    return Enumeration(P, limits).run(std::move(box));
}

/// The zero in a box, by Krawczyk's operator in balls: existence again, and digits. Nothing if the
/// balls do not confirm it.
std::optional<Balls> refined(const Restriction& P, const Box& box) {
    const std::size_t m = P.size();
    Balls b;
    for (std::size_t i = 0; i < m; ++i) b.push_back(ball_of(box.lo[i], box.hi[i]));
    bool confirmed = false;
    for (int step = 0; step < 60; ++step) {
        Balls centre;
        for (const Interval& x : b) centre.push_back(x.midpoint());
        const Balls J = P.jacobian(b, P.curvature(b));
        Doubles C;
        for (const Interval& entry : P.jacobian(centre, P.curvature(centre)))
            C.push_back(entry.midpoint_as_double());
        if (!invert(C, m)) return std::nullopt;
        const Balls F = P.value(centre);
        bool inside = true, smaller = false;
        Balls next = centre;
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < m; ++j) {
                next[i] -= Interval::exactly(C[i * m + j]) * F[j];
                Interval entry(i == j ? 1 : 0);
                for (std::size_t l = 0; l < m; ++l)
                    entry -= Interval::exactly(C[i * m + l]) * J[l * m + j];
                next[i] += entry * (b[j] - centre[j]);
            }
            inside = inside && b[i].contains_in_interior(next[i]);
        }
        confirmed = confirmed || inside;
        for (std::size_t i = 0; i < m; ++i) {
            Interval both;
            if (arb_intersection(both.data(), b[i].data(), next[i].data(), final_bits) == 0)
                return std::nullopt;
            smaller = smaller || both.radius_as_double() < 0.95 * b[i].radius_as_double();
            b[i] = both;
        }
        if (!smaller) break;
    }
    if (!confirmed) return std::nullopt;
    return b;
}

/// Every zero of P on one pattern once, those off its orthant left out. `complete` becomes false when
/// one is not confirmed, or may lie on the edge of the orthant.
std::vector<Balls> zeros_of(const Restriction& P, const std::vector<Box>& boxes, bool& complete) {
    std::vector<Balls> out;
    for (std::size_t z = 0; z < boxes.size(); ++z) {
        std::optional<Balls> b = refined(P, boxes[z]);
        if (!b) {
            complete = false;
            continue;
        }
        bool fresh = true, outside = false;
        for (const Interval& x : *b) {
            fresh = fresh && sign_of(x) == Sign::positive;
            outside = outside || sign_of(x) == Sign::negative;
        }
        complete = complete && (fresh || outside);
        for (std::size_t other = 0; other < z && fresh; ++other) {
            bool within = true;
            for (std::size_t i = 0; i < P.size(); ++i)
                within = within && lower((*b)[i]) >= boxes[other].lo[i] &&
                         upper((*b)[i]) <= boxes[other].hi[i];
            fresh = !within;  // within: it is that one
        }
        if (fresh) out.push_back(std::move(*b));
    }
    return out;
}

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
        Balls Jv(m);
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < m; ++j) Jv[j] += v(i, r) * J[i * m + j];
        for (std::size_t c = 0; c < m; ++c) {
            Interval entry(0);
            for (std::size_t j = 0; j < m; ++j) entry += Jv[j] * v(j, c);
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

/// The point in a tight enclosure, with `lo` and `hi` widened by 2^{−30} of the size.
BasePoint enclosed_point(const Problem& problem, const std::string& signs,
                         const Vector<Interval>& beta, int negative) {
    const Interval fraction = Interval::exactly(std::ldexp(1.0, -30));
    std::vector<Rational> lo(signs.size()), hi(signs.size());
    std::vector<std::string> digits(signs.size(), "0");
    for (std::size_t i = 0; i < signs.size(); ++i) {
        if (signs[i] == '0') continue;
        const Interval& x = beta[static_cast<Index>(i)];
        const Interval reach = x.upper_magnitude() * fraction;
        lo[i] = end_of(x - reach, true);
        hi[i] = end_of(x + reach, false);
        char* text = arb_get_str(x.data(), 25, ARB_STR_NO_RADIUS);
        digits[i] = text;
        flint_free(text);
    }
    BasePoint out = base_point(problem, signs, std::move(lo), std::move(hi), negative);
    out.digits = std::move(digits);
    return out;
}

BaseSide enumerated(const Problem& problem, const Bound& bound, const Settings& settings) {
    BaseSide out;
    const PrecisionScope scope(final_bits);
    const AnyLoss<Interval> loss = make_loss<Interval>(problem.instance.loss);
    std::optional<hadamard::Matrix<Interval>> constant_hessian;
    if (problem.is_quadratic())
        constant_hessian = loss.hessian(Vector<Interval>::Constant(problem.size, Interval(0)));
    Problem plain = problem;
    plain.kind = Kind::product;  // P's patterns: no doubled states
    const std::vector<std::string> all = patterns(plain);
    for (std::size_t p = 0; p < all.size(); ++p) {
        const std::string& signs = all[p];
        const Restriction P(problem, loss, constant_hessian, signs);
        std::vector<Balls> zeros{Balls()};
        bool complete = true;
        if (P.size() > 0) {
            const Enumeration::Result found =
                boxes_of_zeros(problem, signs, bound, settings.limits);
            complete = found.complete;
            zeros = zeros_of(P, found.zeros, complete);
        }
        for (const Balls& zero : zeros) {
            const std::optional<int> negative = negative_eigenvalues(P, zero);
            const Vector<Interval> beta = P.beta(zero);
            const std::optional<bool> stationary =
                is_stationary_off_support(problem, loss, signs, beta);
            complete = complete && negative && stationary;
            if (!negative || !stationary || !*stationary) continue;
            out.points.push_back(enclosed_point(problem, signs, beta, *negative));
        }
        if (!complete) out.open.push_back(signs);
        if (settings.progress)
            settings.progress(
                fmt::format("P: {}/{} sign patterns, {} points", p + 1, all.size(),
                            out.points.size()));
    }
    return out;
}

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
    const int size = static_cast<int>(support(signs).size());
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
    return problem.is_linear() ? solved(problem, settings) : enumerated(problem, bound, settings);
}

}  // namespace hadamard::landscape
