#include "landscape/base_groups.hpp"

#include "hadamard/core/elementary.hpp"
#include "landscape/base_enumeration.hpp"

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

/// Each box is contracted by ‖g_j‖ = μ_j r_j^{q−1} and β_j = −g_j r_j^{2−q}/μ_j; the pulls are
/// μ_j r_j^{q−1} n, ‖n‖ ≤ 1.
class GroupEnumeration final : public BaseEnumeration {
public:
    GroupEnumeration(const Problem& problem, const std::string& signs, const SearchLimits& limits)
        : BaseEnumeration(loss_of(problem, support(problem, signs)), limits, 20,
                          8 * limits.leaves),
          q_(2.0 / problem.depth),
          bend_(enclosure(Rational(2 * (problem.depth - 1), problem.depth))) {
        const std::vector<int> S = support(problem, signs);
        for (std::size_t j = 0; j < signs.size(); ++j) {
            if (signs[j] == '0') continue;
            Group group;
            for (std::size_t i = 0; i < S.size(); ++i)
                if (problem.group_of[static_cast<std::size_t>(S[i])] == static_cast<int>(j))
                    group.members.push_back(i);
            const std::size_t first = static_cast<std::size_t>(S[group.members[0]]);
            group.scale =
                enclosure(problem.instance.lambda * problem.weights[first] * 2 / problem.depth);
            groups_.push_back(std::move(group));
        }
    }

private:
    struct Group {
        std::vector<std::size_t> members;
        Range scale;  // μ
    };

    static BaseLoss loss_of(const Problem& problem, const std::vector<int>& S) {
        return BaseLoss(problem, S, std::vector<int>(S.size(), 1));
    }

    bool is_regular(const Box& box) const override {
        for (const Group& group : groups_)
            if (!square_of(group, box).is_positive()) return false;
        return true;
    }

    template <class Coordinates>
    static Range square_of(const Group& group, const Coordinates& b) {
        Range out(0.0);
        for (const std::size_t i : group.members) out += power(b[i], 2);
        return out;
    }

    double extent(const Box& box) const override {
        double out = 0;
        for (std::size_t i = 0; i < size(); ++i) out += box.hi[i] - box.lo[i];
        return out;
    }

    bool contract_by_equations(Box& box) const override {
        Ranges slopes;
        loss().slopes(ranges(box), slopes);
        for (const Group& group : groups_)
            if (!contract_by_norm(box, group, slopes)) return false;
        return true;
    }

    /// With r = ‖β_j‖ within the box and within ‖g_j‖ = μ r^{q−1}.
    bool contract_by_norm(Box& box, const Group& group, const Ranges& slopes) const {
        Range n(0.0);
        for (const std::size_t i : group.members) n += power(slopes[i], 2);
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
            const Range along = -slopes[i] * over;
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
    void pulls(const Box& box, Ranges& out) const override {
        out.assign(size(), Range(0.0));
        for (const Group& group : groups_) {
            const Range r = root_of(square_of(group, box));
            const Range strength = q_ == 1 ? group.scale : group.scale * widened_power(r, q_ - 1);
            const Range over = reciprocal(r);
            for (const std::size_t i : group.members) out[i] = strength * unit(box[i] * over);
        }
    }

    void value(const Ranges& b, Ranges& out) const override {
        loss().slopes(b, out);
        for (const Group& group : groups_) {
            const Range r = root_of(square_of(group, b));
            const Range strength = group.scale * widened_power(r, q_ - 2);
            for (const std::size_t i : group.members) out[i] += strength * b[i];
        }
    }

    /// ∇²L + μ r^{q−2} (I − (2−q) n nᵀ) for each group, n = β_j/r.
    void jacobian(const Ranges& b, Ranges& out) const override {
        loss().curvature(b, out);
        for (const Group& group : groups_) {
            const Range r = root_of(square_of(group, b));
            const Range strength = group.scale * widened_power(r, q_ - 2), over = reciprocal(r);
            for (const std::size_t i : group.members)
                for (const std::size_t l : group.members) {
                    const Range n = i == l ? power(unit(b[i] * over), 2)
                                           : unit(b[i] * over) * unit(b[l] * over);
                    out[i * size() + l] += strength * (Range(i == l ? 1.0 : 0.0) - bend_ * n);
                }
        }
    }

    static Range unit(const Range& n) { return {std::max(n.lo(), -1.0), std::min(n.hi(), 1.0)}; }

    std::optional<Box> around(const Box& box, double factor) const override {
        Box out = box;
        for (const Group& group : groups_) {
            const double size = std::sqrt(square_of(group, box).hi());
            for (const std::size_t i : group.members) {
                const double reach = factor * (box.hi[i] - box.lo[i]) + 1e-12 * size;
                out.lo[i] -= reach;
                out.hi[i] += reach;
            }
        }
        return is_regular(out) ? std::optional(out) : std::nullopt;
    }

    /// In the middle of the coordinate widest for the root of its group's size.
    std::optional<std::pair<std::size_t, double>> cut(const Box& box) const override {
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
        if (high - low < 1e-11 * size_there || !(middle > low && middle < high))
            return std::nullopt;
        return std::pair(axis, middle);
    }

    double q_;
    Range bend_;  // 2 − q
    std::vector<Group> groups_;
};

}  // namespace

GroupRestriction::GroupRestriction(
    const Problem& problem, const AnyLoss<Interval>& loss,
    const std::optional<hadamard::Matrix<Interval>>& constant_hessian, const std::string& signs,
    const Bound& bound)
    : loss_(loss),
      constant_hessian_(constant_hessian),
      S_(support(problem, signs)),
      edges_(edges_of(problem, bound, S_)),
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
    for (const int i : support(problem, signs)) {
        const double edge = bound.edges[static_cast<std::size_t>(i)];
        box.lo.push_back(-edge);
        box.hi.push_back(edge);
    }
    return P.run(std::move(box));
}

}  // namespace hadamard::landscape
