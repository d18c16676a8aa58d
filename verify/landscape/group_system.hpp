#pragma once

/// @file
/// G(β) = 0 of one pattern of groups (FORMAT.md section 11), over doubles to find and over `Range`
/// to prove.

#include "landscape/system.hpp"

#include <string>
#include <vector>

namespace hadamard::landscape {

/// (r²)^{−(k−1)/k} for r² > 0; else the whole line.   2 ≤ k ≤ 5.
Range phi_of(const Range& square, int k);

/// The reduced system of a pattern with the groups `*`, S their coordinates, m = |S|, x = a = β_S:
/// G_i = ∂_iL(β) + μ_i φ_j β_i with φ_j = (r_j²)^{−(k−1)/k}, r_j = ‖β_j‖, and J its Jacobian.
///
/// Shapes   x, G: (m); J: m × m row by row. Groups are counted among those of the pattern, their
///          members within S.
/// @pre the thread rounds upwards wherever `Range` is involved.
class GroupSystem {
public:
    GroupSystem(const Problem& problem, const std::string& signs);

    std::size_t size() const { return S_.size(); }
    int depth() const { return k_; }
    const std::vector<int>& support() const { return S_; }
    const std::string& signs() const { return signs_; }

    /// One group of the pattern.
    struct Group {
        int number = 0;                    ///< Of the problem's groups.
        std::vector<std::size_t> members;  ///< Within S.
        Range mu, mu_power;                ///< μ_j, μ_j^{2k}
        double mu_middle = 0;
    };
    const std::vector<Group>& groups() const { return groups_; }
    std::size_t group_of(std::size_t i) const { return group_of_[i]; }
    /// r_j² over a box.
    static Range square(const Group& group, const Ranges& x);

    /// x and β are the same here.
    bool singular_at_zero() const { return false; }
    Range base(std::size_t, const Range& x) const { return x; }
    double base(std::size_t, double x) const { return x; }
    double root(std::size_t, double a) const { return a; }

    /// Whether the box avoids zero in every group.
    bool is_regular(const Box& box) const;
    /// ‖z_j‖ for every coordinate of group j.
    Doubles scales(const Doubles& z) const;
    double least_beside(double) const { return -std::numeric_limits<double>::infinity(); }
    /// Shortens a step of Newton's method that would bring a group to 0.
    void keep_regular(const Doubles& a, Doubles& next) const;

    /// ∂_iL(β), i ∈ S.
    void slope(const Ranges& a, Ranges& out) const { loss_.gradient(a, out); }
    /// ∂_iL(β) for i in a group `0`.
    Range slope_off_support(int i, const Ranges& a) const {
        return loss_.gradient_off_support(i, a);
    }
    bool is_quadratic() const { return loss_.is_quadratic(); }
    const LossPart& loss() const { return loss_; }

    /// G and J; the box avoids zero in every group. `x` and `a` are the same.
    void value(const Ranges& x, const Ranges& a, Ranges& out) const;
    void jacobian(const Ranges& x, const Ranges& a, Ranges& out) const;
    void value(const Doubles& x, const Doubles& a, Doubles& out) const;
    void jacobian(const Doubles& x, const Doubles& a, Doubles& out) const;

private:
    std::string signs_;
    std::vector<int> S_;
    LossPart loss_;
    int k_;
    Range bend_;  // 2(k−1)/k
    std::vector<Group> groups_;
    std::vector<std::size_t> group_of_;
};

}  // namespace hadamard::landscape
