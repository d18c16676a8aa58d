#pragma once

/// @file
/// The instance as the enumeration sees it: one polynomial loss and, for each coordinate, one of a
/// few states. The derivations are in verify/checker/FORMAT.md, section 4.

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/specification.hpp"

#include <string>
#include <vector>

namespace hadamard::landscape {

inline constexpr int largest_size = 12;  ///< 3^12 patterns: half a million.
inline constexpr int largest_depth = 5;
inline constexpr int largest_degree = 6;

enum class Kind { product, difference, shared };

/// L(β) = Σ coefficient·Π β_i^{exponents[i]}, P and Q of one instance.
struct Problem {
    Instance instance;
    Kind kind = Kind::product;
    int depth = 2, size = 0, degree = 0;
    std::vector<Monomial> terms;           ///< Collected, nonzero, without the constant.
    std::vector<Rational> weights;         ///< w_i
    std::vector<Rational> mu;              ///< μ_i = 2λw_i/k
    std::vector<std::vector<Rational>> A;  ///< Degree ≤ 2: L = ½βᵀAβ − bᵀβ.
    std::vector<Rational> b;

    bool is_quadratic() const { return degree <= 2; }
    /// k = 2 and quadratic: linear algebra decides all.
    bool is_linear() const { return depth == 2 && is_quadratic(); }
    /// u = −v ≠ 0 can be stationary: difference of odd depth.
    bool has_doubled_states() const { return kind == Kind::difference && depth % 2 == 1; }
    /// a = c·x^exponent.
    int exponent() const { return depth == 2 ? 1 : depth; }
    /// The characters of a pattern.
    std::string alphabet() const { return has_doubled_states() ? "0+-pm" : "0+-"; }
    double pattern_count() const;
};

/// @throws InputError naming what does not fit, or what the size would cost.
Problem problem_of(const Instance& instance);

/// What a character of a pattern says of its coordinate.
inline int sign_of_state(char c) { return c == '0' ? 0 : c == '+' || c == 'p' ? 1 : -1; }
inline int multiplicity(char c) { return c == 'p' || c == 'm' ? 2 : 1; }

/// The indices of the nonzero states.
std::vector<int> support(const std::string& signs);

/// Every pattern, the zeros first.
std::vector<std::string> patterns(const Problem& problem);

/// How many points of Q an orbit with these states has.
long orbit_size(const Problem& problem, const std::string& signs);

}  // namespace hadamard::landscape
