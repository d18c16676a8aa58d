#include "landscape/base_groups.hpp"

#include "hadamard/core/elementary.hpp"
#include "landscape/base_loss.hpp"

#include <cmath>

namespace hadamard::landscape {
namespace {

/// abs(β)^p over r ≥ 0 for p ≥ 0, increasing; a double p as in `widened_power`.
Range widened_growth(const Range& r, double p) {
    constexpr double slack = 1.0 / (1UL << 42);
    const double low = r.lo() > 0 ? std::pow(r.lo(), p) * (1 - slack) : 0.0;
    return {low, std::pow(r.hi(), p) * (1 + slack)};
}

/// √s, s ≥ 0.
Range root_of(const Range& s) {
    constexpr double slack = 1.0 / (1UL << 50);
    return {s.lo() > 0 ? std::sqrt(s.lo()) * (1 - slack) : 0.0, std::sqrt(s.hi()) * (1 + slack)};
}

/// Bisection in β. Each box is contracted by ‖g_j‖ = μ_j r_j^{q−1} and β_j = −g_j r_j^{2−q}/μ_j, by
/// the rows of H⁻¹F of a quadratic loss with pulls μ_j r_j^{q−1} n, ‖n‖ ≤ 1, and by Newton's step
/// where no group can be 0.
class GroupEnumeration {
public:
    GroupEnumeration(const Problem& problem, const std::string& signs, const SearchLimits& limits)
        : S_(support(problem, signs)),
          loss_(problem, S_, std::vector<int>(S_.size(), 1)),
          limits_(limits),
          m_(S_.size()),
          q_(2.0 / problem.depth),
          bend_(enclosure(Rational(2 * (problem.depth - 1), problem.depth))) {
        for (std::size_t j = 0; j < signs.size(); ++j) {
            if (signs[j] == '0') continue;
            Group group;
            for (std::size_t i = 0; i < m_; ++i)
                if (problem.group_of[static_cast<std::size_t>(S_[i])] == static_cast<int>(j))
                    group.members.push_back(i);
            const std::size_t first = static_cast<std::size_t>(S_[group.members[0]]);
            group.scale =
                enclosure(problem.instance.lambda * problem.weights[first] * 2 / problem.depth);
            groups_.push_back(std::move(group));
        }
        if (!loss_.is_quadratic()) return;
        for (const Range& entry : loss_.H()) inverse_H_.push_back(entry.middle());
        if (!invert(inverse_H_, m_)) inverse_H_.clear();
    }

    const std::vector<int>& support_indices() const { return S_; }

    BoxesOfZeros run(Box box) {
        stack_.push_back(std::move(box));
        for (long steps = 0; !stack_.empty() && steps < 8 * limits_.leaves; ++steps) {
            if (steps % 64 == 0 && limits_.stop && limits_.stop()) throw Interrupted();
            Box next = std::move(stack_.back());
            stack_.pop_back();
            visit(std::move(next));
        }
        return {std::move(zeros_), complete_ && stack_.empty()};
    }

private:
    struct Group {
        std::vector<std::size_t> members;
        Range scale;  // μ
    };
    enum class Step { excluded, unique, smaller };

    void visit(Box box) {
        for (int round = 0; round < 20; ++round) {
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
        for (const Group& group : groups_)
            if (!square_of(group, box).is_positive()) return false;
        return true;
    }

    static Range square_of(const Group& group, const Box& box) {
        Range out(0.0);
        for (const std::size_t i : group.members) out += power(box[i], 2);
        return out;
    }

    double extent(const Box& box) const {
        double out = 0;
        for (std::size_t i = 0; i < m_; ++i) out += box.hi[i] - box.lo[i];
        return out;
    }

    void load(const Box& box) {
        b_.clear();
        for (std::size_t i = 0; i < m_; ++i) b_.push_back(box[i]);
    }

    static bool narrow(Box& box, std::size_t i, double low, double high) {
        if (low > box.lo[i]) box.lo[i] = low;
        if (high < box.hi[i]) box.hi[i] = high;
        return box.lo[i] <= box.hi[i];
    }

    bool contract_by_equations(Box& box) {
        load(box);
        loss_.slopes(b_, slopes_);
        for (const Group& group : groups_)
            if (!contract_by_norm(box, group)) return false;
        return true;
    }

    /// With r = ‖β_j‖ within the box and within ‖g_j‖ = μ r^{q−1}.
    bool contract_by_norm(Box& box, const Group& group) const {
        Range n(0.0);
        for (const std::size_t i : group.members) n += power(slopes_[i], 2);
        const Range steep = root_of(n) * reciprocal(group.scale);  // r^{q−1}
        Range r = root_of(square_of(group, box));
        if (q_ == 1) {
            if (steep.lo() > 1 || steep.hi() < 1) return false;
        } else {
            const Range wanted = widened_power(steep, 1 / (q_ - 1));
            r = {std::max(r.lo(), wanted.lo()), std::min(r.hi(), wanted.hi())};
            if (!(r.lo() <= r.hi())) return false;
        }
        const Range over = widened_growth(r, 2 - q_) * reciprocal(group.scale);
        const Range square = power(r, 2);
        for (const std::size_t i : group.members) {
            const Range along = -slopes_[i] * over;
            if (!narrow(box, i, std::max(along.lo(), -r.hi()), std::min(along.hi(), r.hi())))
                return false;
            if (!contract_by_radius(box, group, i, square)) return false;
        }
        return true;
    }

    /// β_i² = r² minus the others, where the sign of β_i is known.
    static bool contract_by_radius(Box& box, const Group& group, std::size_t i,
                                   const Range& square) {
        Range own = square;
        for (const std::size_t l : group.members)
            if (l != i) own -= power(box[l], 2);
        if (own.hi() < 0) return false;
        const Range size = root_of(Range(std::max(own.lo(), 0.0), own.hi()));
        if (box.lo[i] >= 0) return narrow(box, i, size.lo(), size.hi());
        if (box.hi[i] <= 0) return narrow(box, i, -size.hi(), -size.lo());
        return narrow(box, i, -size.hi(), size.hi());
    }

    /// μ r^{q−1} n_i with n = β_j/r.
    void load_pulls(const Box& box) {
        pulls_.assign(m_, Range(0.0));
        for (const Group& group : groups_) {
            const Range r = root_of(square_of(group, box));
            const Range strength = q_ == 1 ? group.scale : group.scale * widened_power(r, q_ - 1);
            const Range over = reciprocal(r);
            for (const std::size_t i : group.members) {
                const Range n = b_[i] * over;
                pulls_[i] = strength * Range(std::max(n.lo(), -1.0), std::min(n.hi(), 1.0));
            }
        }
    }

    /// c·F = 0 for the rows c of H⁻¹: β_i plus pulls and a constant.
    bool contract_by_combinations(Box& box) {
        for (std::size_t i = 0; i * m_ < inverse_H_.size(); ++i) {
            load(box);
            load_pulls(box);
            const double* c = &inverse_H_[i * m_];
            Range rest(0.0), own(0.0);
            for (std::size_t j = 0; j < m_; ++j) {
                Range alpha(0.0);
                for (std::size_t l = 0; l < m_; ++l) alpha += scaled(c[l], loss_.H()[l * m_ + j]);
                rest += scaled(c[j], pulls_[j] + loss_.g0()[j]);
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

    void value(const Ranges& b, Ranges& out) const {
        loss_.slopes(b, out);
        for (const Group& group : groups_) {
            const Range strength = group.scale * widened_power(root_over(group, b), q_ - 2);
            for (const std::size_t i : group.members) out[i] += strength * b[i];
        }
    }

    static Range root_over(const Group& group, const Ranges& b) {
        Range s(0.0);
        for (const std::size_t i : group.members) s += power(b[i], 2);
        return root_of(s);
    }

    /// ∇²L + μ r^{q−2} (I − (2−q) n nᵀ) for each group, n = β_j/r.
    void jacobian(const Ranges& b, Ranges& out) const {
        loss_.curvature(b, out);
        for (const Group& group : groups_) {
            const Range r = root_over(group, b);
            const Range strength = group.scale * widened_power(r, q_ - 2), over = reciprocal(r);
            for (const std::size_t i : group.members)
                for (const std::size_t l : group.members) {
                    const Range n = i == l ? power(unit(b[i] * over), 2)
                                           : unit(b[i] * over) * unit(b[l] * over);
                    out[i * m_ + l] += strength * (Range(i == l ? 1.0 : 0.0) - bend_ * n);
                }
        }
    }

    static Range unit(const Range& n) { return {std::max(n.lo(), -1.0), std::min(n.hi(), 1.0)}; }

    /// Rows of C·F in mean-value form, C an inverse of J at the middle; `unique` if Krawczyk's image
    /// is inside.
    Step newton(Box& box) {
        load(box);
        Ranges middle(m_), offset(m_), F, J;
        for (std::size_t i = 0; i < m_; ++i) {
            middle[i] = Range(b_[i].middle());
            offset[i] = b_[i] - middle[i];
        }
        value(middle, F);
        jacobian(middle, J);
        Doubles C;
        for (const Range& entry : J) C.push_back(entry.middle());
        if (!invert(C, m_)) return Step::smaller;
        for (const double entry : C)
            if (!std::isfinite(entry)) return Step::smaller;
        jacobian(b_, J);
        bool inside = true;
        Box smaller = box;
        for (std::size_t i = 0; i < m_; ++i) {
            Range step(0.0), image = middle[i], others(0.0), own(0.0);
            for (std::size_t j = 0; j < m_; ++j) {
                step += scaled(C[i * m_ + j], F[j]);
                Range entry(0.0);
                for (std::size_t l = 0; l < m_; ++l) entry += scaled(C[i * m_ + l], J[l * m_ + j]);
                image += (Range(i == j ? 1.0 : 0.0) - entry) * offset[j];
                (i == j ? own : others) += i == j ? entry : entry * offset[j];
            }
            image -= step;
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
            for (const Group& group : groups_) {
                const double size = std::sqrt(square_of(group, box).hi());
                for (const std::size_t i : group.members) {
                    const double reach = factor * (box.hi[i] - box.lo[i]) + 1e-12 * size;
                    around.lo[i] -= reach;
                    around.hi[i] += reach;
                }
            }
            if (!is_regular(around)) return false;
            Box contracted = around;
            if (newton(contracted) != Step::unique) continue;
            zeros_.push_back(std::move(around));
            return true;
        }
        return false;
    }

    /// In the middle of the coordinate widest for the root of its group's size.
    void bisect(Box box) {
        std::size_t axis = 0;
        double most = -1, size_there = 0;
        for (const Group& group : groups_) {
            const double size = std::sqrt(square_of(group, box).hi());
            for (const std::size_t i : group.members) {
                const double moves = (box.hi[i] - box.lo[i]) / std::sqrt(size);
                if (moves > most) most = moves, axis = i, size_there = size;
            }
        }
        const double low = box.lo[axis], high = box.hi[axis], middle = 0.5 * (low + high);
        if (high - low < 1e-11 * size_there || !(middle > low && middle < high)) {
            complete_ = false;
            return;
        }
        Box lower_half = box, upper_half = std::move(box);
        lower_half.hi[axis] = middle;
        upper_half.lo[axis] = middle;
        stack_.push_back(std::move(upper_half));
        stack_.push_back(std::move(lower_half));
    }

    std::vector<int> S_;
    BaseLoss loss_;
    const SearchLimits& limits_;
    std::size_t m_;
    double q_;
    Range bend_;  // 2 − q
    std::vector<Group> groups_;
    Doubles inverse_H_;
    std::vector<Box> stack_, zeros_;
    bool complete_ = true;
    Ranges b_, slopes_, pulls_;
};

}  // namespace

GroupRestriction::GroupRestriction(
    const Problem& problem, const AnyLoss<Interval>& loss,
    const std::optional<hadamard::Matrix<Interval>>& constant_hessian, const std::string& signs)
    : loss_(loss),
      constant_hessian_(constant_hessian),
      S_(support(problem, signs)),
      size_(problem.size),
      k_(problem.depth) {
    for (const int i : S_) {
        const std::size_t at = static_cast<std::size_t>(i);
        group_of_.push_back(problem.group_of[at]);
        scale_.push_back(from_rational<Interval>(problem.instance.lambda * problem.weights[at] * 2 /
                                                 problem.depth));
    }
}

Vector<Interval> GroupRestriction::beta(const Balls& b) const {
    Vector<Interval> out = Vector<Interval>::Constant(size_, Interval(0));
    for (std::size_t i = 0; i < size(); ++i) out[S_[i]] = b[i];
    return out;
}

Balls GroupRestriction::curvature(const Balls& b) const {
    const hadamard::Matrix<Interval> H =
        constant_hessian_ ? *constant_hessian_ : loss_.hessian(beta(b));
    Balls out;
    for (const int i : S_)
        for (const int j : S_) out.push_back(H(i, j));
    return out;
}

GroupRestriction::Pull GroupRestriction::pull(const Balls& b, std::size_t i) const {
    Interval s(0);
    for (std::size_t l = 0; l < size(); ++l)
        if (group_of_[l] == group_of_[i]) s += square(b[l]);
    return {scale_[i] * abs_power(s, Exponent(1, k_) - 1), s};
}

Balls GroupRestriction::value(const Balls& b) const {
    const Vector<Interval> g = loss_.gradient(beta(b));
    Balls out;
    for (std::size_t i = 0; i < size(); ++i) out.push_back(g[S_[i]] + pull(b, i).strength * b[i]);
    return out;
}

Balls GroupRestriction::jacobian(const Balls& b, Balls curvature) const {
    const Interval bend = Interval(2 * (k_ - 1)) / Interval(k_);
    for (std::size_t i = 0; i < size(); ++i) {
        const Pull force = pull(b, i);
        for (std::size_t l = 0; l < size(); ++l)
            if (group_of_[l] == group_of_[i])
                curvature[i * size() + l] +=
                    force.strength * (Interval(i == l ? 1 : 0) - bend * b[i] * b[l] / force.square);
    }
    return curvature;
}

__attribute__((noinline)) BoxesOfZeros boxes_of_group_zeros(const Problem& problem,
                                                            const std::string& signs,
                                                            const Bound& bound,
                                                            const SearchLimits& limits) {
    const RoundUpwards upwards;
    GroupEnumeration P(problem, signs, limits);
    Box box;
    for (const int i : P.support_indices()) {
        const double edge = bound.edges[static_cast<std::size_t>(i)];
        box.lo.push_back(-edge);
        box.hi.push_back(edge);
    }
    return P.run(std::move(box));
}

}  // namespace hadamard::landscape
