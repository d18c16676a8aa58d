#pragma once

/// @file
/// The instance as the enumeration sees it: one polynomial loss and, for each coordinate or group, one
/// of a few states. The derivations are in verify/checker/FORMAT.md, sections 4 and 11.

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/specification.hpp"

#include <string>
#include <vector>

namespace hadamard::landscape {

inline constexpr int largest_size = 12;  ///< 3^12 patterns: half a million.
inline constexpr int largest_depth = 5;
inline constexpr int largest_degree = 6;
/// Coordinates in groups of two or more: boxes in all of them are bisected.
inline constexpr int largest_grouped_size = 8;

enum class Kind { product, difference, shared, group, group_shared };

/// L(β) = Σ coefficient·Π β_i^{exponents[i]}, P and Q of one instance.
struct Problem {
    Instance instance;
    Kind kind = Kind::product;
    int depth = 2, size = 0, degree = 0;
    std::vector<Monomial> terms;           ///< Collected, nonzero, without the constant.
    std::vector<Rational> weights;         ///< w_i, of groups w_{j(i)}
    std::vector<Rational> mu;              ///< μ_i = 2λw_i/k
    std::vector<std::vector<int>> groups;  ///< Of the group kinds, increasing; else empty.
    std::vector<int> group_of;             ///< j(i), if there are groups
    std::vector<std::vector<Rational>> A;  ///< Degree ≤ 2: L = ½βᵀAβ − bᵀβ.
    std::vector<Rational> b;

    bool is_quadratic() const { return degree <= 2; }
    bool has_groups() const { return kind == Kind::group || kind == Kind::group_shared; }
    bool is_shared() const { return kind == Kind::shared || kind == Kind::group_shared; }
    /// K is a product of k factors.
    bool is_product() const { return kind == Kind::product || kind == Kind::group; }
    /// k = 2 and quadratic, no groups: linear algebra decides all.
    bool is_linear() const { return depth == 2 && is_quadratic() && !has_groups(); }
    /// u = −v ≠ 0 can be stationary: difference of odd depth.
    bool has_doubled_states() const { return kind == Kind::difference && depth % 2 == 1; }
    /// a = c·x^exponent.
    int exponent() const { return depth == 2 || has_groups() ? 1 : depth; }
    /// The characters of a pattern.
    std::string alphabet() const {
        return has_groups() ? "0*" : has_doubled_states() ? "0+-pm" : "0+-";
    }
    /// The length of a pattern.
    int state_count() const { return has_groups() ? static_cast<int>(groups.size()) : size; }
    /// The place in a pattern of the state of coordinate i.
    std::size_t state_index(std::size_t i) const {
        return has_groups() ? static_cast<std::size_t>(group_of[i]) : i;
    }
    double pattern_count() const;
};

/// @throws InputError naming what does not fit, or what the size would cost.
Problem problem_of(const Instance& instance);

/// What a character of a pattern says of its coordinate.
inline int sign_of_state(char c) { return c == '0' ? 0 : c == '+' || c == 'p' ? 1 : -1; }
inline int multiplicity(char c) { return c == 'p' || c == 'm' ? 2 : 1; }

/// The indices of the nonzero states.
std::vector<int> support(const std::string& signs);
/// The coordinates of the nonzero states: of groups all their members. Increasing.
std::vector<int> support(const Problem& problem, const std::string& signs);

/// Every pattern, the zeros first.
std::vector<std::string> patterns(const Problem& problem);

/// How many points of Q an orbit with these states has.
long orbit_size(const Problem& problem, const std::string& signs);

}  // namespace hadamard::landscape
