#pragma once

/// @file
/// Local minima of S on a fibre of a user's K: found in double from many starts, polished by Newton's
/// method on the Lagrange conditions in 200 digits.

#include "hadamard/custom/expression.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

namespace hadamard::custom {

using R200 = Real<200>;

/// A point with K(ξ) = b at which S, restricted to the fibre, has a local minimum.
struct FibrePoint {
    Vector<R200> xi;
    R200 S;
    bool is_strict = false;  ///< The Hessian of S on the fibre is positive definite there.
    int digits = 0;          ///< To which the Lagrange conditions hold; 15 where S has a kink.
};

struct FibreMinima {
    std::vector<FibrePoint> minima;  ///< Distinct, by increasing S.
    bool reached = false;            ///< Some point with K = b was found.
    /// A point of a descent that ran off to infinity with S below every minimum.
    std::optional<Vector<double>> escaping;
};

struct FibreSearch {
    const Expression& K;
    const Expression& S;
    std::uint64_t seed = 1;
    int starts = 24;  ///< For each set of factors that is held at 0.
    /// Factor i is of the size |b|^{weights[i]}; empty: not known.
    std::vector<Exponent> weights = {};
    const std::atomic<bool>* stop = nullptr;  ///< True: no more starts; what was found is returned.

    /// @param known  more starts.
    FibreMinima over(const Rational& b, const std::vector<Vector<double>>& known = {}) const;
};

/// The Lagrange conditions of S on K = b solved by Newton's method in 200 digits, on the coordinates
/// that are not exactly 0. Nothing when it does not converge near ξ.
std::optional<FibrePoint> polished(const Expression& K, const Expression& S, const Rational& b,
                                   const Vector<R200>& xi);

}  // namespace hadamard::custom
