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

/// Margins of "θ is a local minimizer of P" and "ξ is one of Q", likewise in double: the largest of
///   where a slope is off by more than 1e-8 of its terms, their |sum| over the sum of their moduli;
///   at kinks (‖g_j‖ − λ·bound)/(‖g_j‖ + λ·bound);
///   −min μ / max |μ| of the Hessian, on Q's side across the orbits of continuous symmetries.
double minimality_margin_base(const ProblemFamily& family, const Vector<Rational>& theta);
double minimality_margin_surrogate(const ProblemFamily& family, const Vector<Rational>& xi);

}  // namespace hadamard::verify
