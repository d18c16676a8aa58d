#pragma once

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/decision.hpp"

namespace hadamard::verify {

/// The verdict of a careful check in plain double precision, which the exact one is compared with: it
/// finds nothing out for the project and decides nothing.
///
/// First order   |slope| ≤ 1e-8 · max(1, the terms that cancel in it); at kinks ‖g_j‖ ≤ λ·bound (1 + 1e-8).
/// Second order  eigenvalues μ of the Hessian on the active coordinates (base) or on all (surrogate),
///               against the usual tolerance τ = n ε max|μ|: all > τ ⇒ minimizer; one < −τ ⇒ not; else
///               undecided. NaN or overflow on the way ⇒ undecided.
minima::Outcome double_says_base(const ProblemFamily& family, const Vector<Rational>& theta);
minima::Outcome double_says_surrogate(const ProblemFamily& family, const Vector<Rational>& xi);

}  // namespace hadamard::verify
