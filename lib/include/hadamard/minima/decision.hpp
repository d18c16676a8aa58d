#pragma once

#include "hadamard/core/types.hpp"

#include <string>
#include <string_view>

namespace hadamard::minima {

/// Is the point a local minimizer? `undecided` says the precision or the theory ran out.
enum class Outcome { minimizer, not_minimizer, undecided };

constexpr std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::minimizer: return "minimizer";
        case Outcome::not_minimizer: return "not a minimizer";
        case Outcome::undecided: return "undecided";
    }
    return "unreachable";
}

/// Signs of the eigenvalues of a symmetric matrix, as far as they are certain.
struct Inertia {
    Index negative = 0;
    Index zero = 0;  ///< Only exact arithmetic can count these.
    Index positive = 0;
    Index unknown = 0;
    /// Some direction certainly has negative curvature, even if not all signs are known.
    bool indefinite = false;
};

/// The answer of a decision procedure, with what it rests on.
struct Decision {
    Outcome outcome = Outcome::undecided;
    bool strict = false;  ///< minimizer only: the value is larger everywhere else nearby.
    std::string reason;   ///< One clause: the rule that decided, or why none did.
    int digits = 0;       ///< Decimal digits of the enclosures that decided; 0: exact rationals.
    Inertia inertia;      ///< Of the Hessian on the variables where it was taken.
    /// Distance from the candidate to the stationary point that was proved to exist, sup norm.
    double distance = 0;
};

}  // namespace hadamard::minima
