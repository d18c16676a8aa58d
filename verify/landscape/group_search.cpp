#include "landscape/branching.hpp"
#include "landscape/group_system.hpp"

namespace hadamard::landscape {
namespace {

/// [a, b] of plain doubles, for cuts: what they claim is proved by the tokens of their sides.
struct Span {
    double lo, hi;
};

Span operator-(const Span& a, const Span& b) { return {a.lo - b.hi, a.hi - b.lo}; }
Span times(double c, const Range& x) {
    return c >= 0 ? Span{c * x.lo(), c * x.hi()} : Span{c * x.hi(), c * x.lo()};
}
Span quotient(const Span& a, double c) {
    return c >= 0 ? Span{a.lo / c, a.hi / c} : Span{a.hi / c, a.lo / c};
}

/// Branch and bound over Π[−edge_i, edge_i] for groups.
class GroupSearch : public Branching<GroupSystem> {
public:
    using Branching::Branching;

private:
    using Group = GroupSystem::Group;

    void visit(const Box& box) override {
        if (in_region(box)) return;
        load(box);
        system_.slope(x_, slope_);
        allowed_.assign(m_, Span{-infinity, infinity});
        for (const Group& group : system_.groups())
            if (excluded_by_norms(box, group) || excluded_by_equations(box, group)) return;
        if (system_.is_quadratic()) shave_by_slopes(box);
        if (cut(box)) return;
        if (system_.is_regular(box)) {
            if (prepare_rows(box) && excluded_by_rows(box)) return;
            look_for_zero(box);
            if (in_region(box)) return;
            cut_at_regions(box);
            if (cut(box)) return;
        }
        if (tree_.leaves >= leaf_factor * limits_.leaves || is_tiny(box))
            leave_open(box);
        else
            bisect(box);
    }

    Box domain() const override {
        Box out{Doubles(), outer_edges()};
        for (const double edge : out.hi) out.lo.push_back(-edge);
        return out;
    }

    double radius(const Group& group) const {
        return std::sqrt(GroupSystem::square(group, x_).hi());
    }

    bool is_tiny(const Box& box) const {
        for (const Group& group : system_.groups()) {
            const double size = radius(group);
            for (const std::size_t i : group.members)
                if (box.hi[i] - box.lo[i] > limits_.width * std::max(size, 1e-6 * edges_[i]))
                    return false;
        }
        return true;
    }

    /// Token N: ‖g_j‖ t^{k−2} = μ_j and β_j·g_j < 0; and the cuts that they allow.
    bool excluded_by_norms(const Box& box, const Group& group) {
        const int k = system_.depth();
        const Range r = GroupSystem::square(group, x_);
        Range n(0.0), dot(0.0);
        for (const std::size_t i : group.members) {
            n += power(slope_[i], 2);
            dot += x_[i] * slope_[i];
        }
        const Range most = power(Range(n.hi()), k) * power(Range(r.hi()), k - 2);
        const Range least = power(Range(n.lo()), k) * power(Range(r.lo()), k - 2);
        if (most.hi() < group.mu_power.lo() || least.lo() > group.mu_power.hi() || dot.lo() >= 0) {
            leaf(fmt::format("N{}", group.number));
            return true;
        }
        shave_by_angle(box, group, dot);
        if (k > 2) shave_by_radius(box, group, n);
        // ‖g_j‖ = μ_j r^{(2−k)/k}
        const double bound = group.mu_middle * std::pow(r.lo(), -(k - 2) / (2.0 * k)) * (1 + 1e-9);
        for (const std::size_t i : group.members) allowed_[i] = {-bound, bound};
        return false;
    }

    /// β_j·g_j < 0 solved for one coordinate where its slope has one sign.
    void shave_by_angle(const Box& box, const Group& group, const Range& dot) {
        for (const std::size_t i : group.members) {
            const Range own = x_[i] * slope_[i];
            const double rest = dot.lo() - own.lo();
            const Range& g = slope_[i];
            if (g.lo() > 0)
                shave(box, i, box.lo[i], (-rest / (rest < 0 ? g.lo() : g.hi())) + margin(i),
                      least_cut);
            else if (g.hi() < 0)
                shave(box, i, (-rest / (rest < 0 ? g.hi() : g.lo())) - margin(i), box.hi[i],
                      least_cut);
        }
    }

    double margin(std::size_t i) const {
        return 1e-12 * std::max(std::fabs(x_[i].lo()), std::fabs(x_[i].hi()));
    }

    /// r^{(k−2)/k} = μ_j/‖g_j‖ bounds r, hence each coordinate; a box at 0 is cut beside 0.
    void shave_by_radius(const Box& box, const Group& group, const Range& n) {
        const int k = system_.depth();
        const double exponent = static_cast<double>(k) / (k - 2);
        const double mu_square = group.mu_middle * group.mu_middle;
        const double least = std::pow(mu_square / n.hi(), exponent) * (1 - 1e-9);
        const double most =
            n.lo() > 0 ? std::pow(mu_square / n.lo(), exponent) * (1 + 1e-9) : infinity;
        const Range r = GroupSystem::square(group, x_);
        for (const std::size_t i : group.members) {
            const Range own = power(x_[i], 2);
            const double outer = most - (r.lo() - own.lo()), inner = least - (r.hi() - own.hi());
            if (outer > 0 && outer < own.hi())
                shave(box, i, -std::sqrt(outer), std::sqrt(outer), least_cut);
            if (inner > own.lo() && box.lo[i] >= 0)
                shave(box, i, std::sqrt(inner), box.hi[i], least_cut);
            if (inner > own.lo() && box.hi[i] <= 0)
                shave(box, i, box.lo[i], -std::sqrt(inner), least_cut);
        }
        if (r.lo() == 0) cut_beside_zero(box, group, std::sqrt(least));
    }

    /// The cube of half side `radius`/√n around 0 is empty: cuts the longest side that leaves it, if
    /// that is a good part of it.
    void cut_beside_zero(const Box& box, const Group& group, double radius) {
        const double side = radius / std::sqrt(static_cast<double>(group.members.size()));
        const double place = short_place(side, side, true, 2);
        Cut longest;
        double most = 0;
        for (const std::size_t i : group.members) {
            const double width = box.hi[i] - box.lo[i];
            if (box.hi[i] > place && box.hi[i] > most && place > least_zero_cut * width)
                most = box.hi[i], longest = {i, place, 1e-9};
            if (-box.lo[i] > place && -box.lo[i] > most && place > least_zero_cut * width)
                most = -box.lo[i], longest = {i, -place, 1e-9};
        }
        if (longest.fraction > 0) note(box, longest, 0.0);
    }

    /// Token E for the coordinates of a group that avoids zero: ∂_iL + μφβ_i = 0.
    bool excluded_by_equations(const Box& box, const Group& group) {
        const Range square = GroupSystem::square(group, x_);
        if (!square.is_positive()) return false;
        const Range pull = group.mu * phi_of(square, system_.depth());
        for (const std::size_t i : group.members) {
            const Range force = pull * x_[i];
            if ((slope_[i] + force).excludes_zero()) {
                leaf(fmt::format("E{}", system_.support()[i]));
                return true;
            }
            allowed_[i].lo = std::max(allowed_[i].lo, -force.hi());
            allowed_[i].hi = std::min(allowed_[i].hi, -force.lo());
            shave_by_pull(box, i, pull);
        }
        return false;
    }

    /// (A_ii + μφ) β_i = −(∂_iL − A_iiβ_i) with A_ii ≥ 0, or A_ii left out.
    void shave_by_pull(const Box& box, std::size_t i, const Range& pull) {
        const double own = system_.is_quadratic()
                               ? std::max(0.0, system_.loss().rounded_hessian()[i * m_ + i])
                               : 0.0;
        const Span rest = Span{slope_[i].lo(), slope_[i].hi()} - times(own, x_[i]);
        const Span stiff{own + pull.lo(), own + pull.hi()};
        const double high = -rest.lo / (rest.lo < 0 ? stiff.lo : stiff.hi);
        const double low = -rest.hi / (rest.hi > 0 ? stiff.lo : stiff.hi);
        shave(box, i, low - margin(i), high + margin(i), least_cut);
    }

    /// ∂_iL, linear in β, within what its norm and its equation allow.
    void shave_by_slopes(const Box& box) {
        const Doubles& A = system_.loss().rounded_hessian();
        for (std::size_t i = 0; i < m_; ++i) {
            const Span slope{slope_[i].lo(), slope_[i].hi()};
            for (std::size_t l = 0; l < m_; ++l) {
                const double c = A[i * m_ + l];
                if (c == 0) continue;
                const Span own = times(c, x_[l]);
                const Span rest{slope.lo - own.lo, slope.hi - own.hi};
                const Span value = quotient(allowed_[i] - rest, c);
                shave(box, l, value.lo - margin(l), value.hi + margin(l), least_cut);
            }
        }
    }

    /// The coordinate that is widest, also for the size of its group; groups that may be 0, where only
    /// norms tell, count double.
    void bisect(const Box& box) {
        std::size_t axis = 0;
        double most = -1;
        for (const Group& group : system_.groups()) {
            const double size = radius(group);
            const double share = GroupSystem::square(group, x_).is_positive() ? 1 : 2;
            for (const std::size_t i : group.members) {
                const double width = box.hi[i] - box.lo[i];
                const double moves = std::sqrt(width / size) * width * share;
                if (moves > most) most = moves, axis = i;
            }
        }
        halve(box, axis);
    }

    static constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr long leaf_factor = 50;          // There are few patterns, and cheap leaves.
    static constexpr double least_cut = 0.4;         // Of a box; less is left to bisection.
    static constexpr double least_zero_cut = 0.004;  // A cube around 0 thinner than that: bisect.

    Ranges slope_;
    std::vector<Span> allowed_;  // of the slopes
};

}  // namespace

__attribute__((noinline)) Tree search(const GroupSystem& system, const Doubles& edges,
                                      const SearchLimits& limits) {
    Box root;
    for (const double edge : edges) root.lo.push_back(-edge);
    root.hi = edges;
    return GroupSearch(system, edges, limits, {}).run(std::move(root));
}

}  // namespace hadamard::landscape
