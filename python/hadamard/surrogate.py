"""``SurrogateProblem``: P and Q of one regression, and every method that minimizes them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hadamard import _hadamard
from hadamard._hadamard import InputError
from hadamard.arrays import group_lists, matrix, real, vector, whole


@dataclass(frozen=True)
class Run:
    """A trajectory and where it ended."""

    method: str
    samples: dict = field(repr=False)  #: Arrays, one entry a sample; what does not apply is NaN.
    coef: np.ndarray = field(repr=False)  #: β at the end, the intercept last.
    factors: np.ndarray = field(repr=False)  #: ξ at the end; empty for methods on β.
    learning_rate: float  #: That was used; 0 where there is none.
    measuring_seconds: float  #: CPU time of the samples, in no other number.
    stop: str  #: "tolerance_reached", "converged", "iteration_limit", "time_limit", …


class SurrogateProblem:
    """P(β) = L(β) + λ R(β) and Q(ξ) = L(K(ξ)) + λ S(ξ) in double.

    transfer   A name of the catalogue; R is the penalty that it induces: λ Σ w_j |β_j|^(2/depth)
               for "hadamard_product". `weights` are those of the transfer, finite and >= 0; 0: the
               columns are neither penalised nor transferred.
    β          p coefficients, then the intercept if there is one. ξ: what is not transferred
               (columns of weight 0, then the intercept, if there is one), then the factors in the
               transfer's order (u, then v).
    λ, loss, groups, intercept, huber_delta as in `solve`. X is copied.
    """

    def __init__(self, X, y, lambda_, *, loss="least_squares", transfer="hadamard_product", depth=2,
                 groups=None, weights=None, intercept=False, huber_delta=1.0):
        X = matrix(X)
        groups = group_lists(groups, X.columns)
        if weights is not None:
            unit = "group" if groups else "column"
            weights = vector(weights, "weights", len(groups) or X.columns, unit).tolist()
        self._problem = _hadamard.SurrogateProblem(
            X, vector(y, "y", X.rows, "row of X").tolist(), real(lambda_, "lambda_"), loss=loss,
            huber_delta=real(huber_delta, "huber_delta"), transfer=transfer,
            depth=whole(depth, "depth", 2), groups=groups, weights=weights or [],
            intercept=bool(intercept))
        self.base_size = self._problem.base_size  #: Of β.
        self.surrogate_size = self._problem.surrogate_size  #: Of ξ.
        self.is_convex = self._problem.is_convex  #: q = 1: duality gaps are defined.
        #: P with all coefficients 0 and the intercept fitted: what relative gaps are relative to.
        self.null_objective = self._problem.null_objective

    def objective(self, beta):
        """P(β)."""
        return self._problem.objective(_numbers(beta, "beta"))

    def surrogate_objective(self, xi):
        """Q(ξ)."""
        return self._problem.surrogate_objective(_numbers(xi, "xi"))

    def surrogate_gradient(self, xi):
        """∇Q(ξ)."""
        return np.array(self._problem.surrogate_gradient(_numbers(xi, "xi")))

    def surrogate_hessian(self, xi):
        """∇²Q(ξ)."""
        size = self.surrogate_size
        return np.array(self._problem.surrogate_hessian(_numbers(xi, "xi"))).reshape(size, size).T

    def apply(self, xi):
        """β = K(ξ)."""
        return np.array(self._problem.apply(_numbers(xi, "xi")))

    def lift(self, beta):
        """One ξ of the minimal fibre M(β): K(ξ) = β, S(ξ) = R(β)."""
        return np.array(self._problem.lift(_numbers(beta, "beta")))

    def penalty(self, xi):
        """S(ξ)."""
        return self._problem.penalty(_numbers(xi, "xi"))

    def induced_penalty(self, beta):
        """R(β) = min {S(ξ) : K(ξ) = β}."""
        return self._problem.induced_penalty(_numbers(beta, "beta"))

    def imbalance(self, xi):
        """0 exactly where ξ ∈ M(K(ξ)): u² − v² of hadamard_product."""
        return np.array(self._problem.imbalance(_numbers(xi, "xi")))

    def start(self, start="auto", *, start_scale=1e-2, seed=1):
        """A random ξ: "variance_matched", "normal", "balanced" or "constant"."""
        return np.array(self._problem.start(
            {"start": start, "start_scale": real(start_scale, "start_scale"),
             "seed": whole(seed, "seed", 0)}))

    def measure(self, beta):
        """What a run that ended at β would know of it: objective, relative_gap (q = 1, else NaN),
        prox_residual, support."""
        return self._problem.measure(_numbers(beta, "beta"))

    def obstacle(self, method):
        """Why the method cannot run on this problem, or ""."""
        return self._problem.obstacle(method)

    def run(self, method, *, max_iterations=100_000, max_seconds=np.inf, tolerance=1e-10,
            learning_rate=0.0, schedule="constant", momentum=0.9, batch=0, start="auto",
            start_scale=1e-2, seed=1, initial=None, reference=None, sampling=1.15,
            keep_points=False):
        """Run a method of `methods()` and give its trajectory, a `Run`.

        max_iterations Epochs of stochastic_gradient and adam (passes over the rows; steps where
                       batch is 0), cycles of alternating_ridge, rounds of working_set, steps of the
                       others. "iteration" of the samples counts the same.
        tolerance      Stops where the relative duality gap (q = 1), or the prox residual over that
                       at 0 (q < 1), is no larger; 0: never.
        learning_rate  Of stochastic_gradient and adam; 0: (1 − momentum)/h, h the largest
                       eigenvalue of ∇²Q at the start and at the reference (without one, at a rough
                       solution), and 1/100 for adam.
        schedule       "constant" or "cosine"; batch: rows a step, 0 for all.
        initial        ξ (β for methods on β) to start from. reference: β̂ that distances are to.
        sampling       Samples at iterations that grow by this factor; 1: at each.
        keep_points    Samples also hold "coefficients" and "factors", one row each.
        Time is CPU time; what the samples cost is not in it. Ctrl-C stops it.
        """
        options = dict(max_iterations=whole(max_iterations, "max_iterations", 0),
                       max_seconds=real(max_seconds, "max_seconds"),
                       tolerance=real(tolerance, "tolerance"),
                       learning_rate=real(learning_rate, "learning_rate"), schedule=schedule,
                       momentum=real(momentum, "momentum"), batch=whole(batch, "batch", 0),
                       start=start, start_scale=real(start_scale, "start_scale"),
                       seed=whole(seed, "seed", 0), sampling=real(sampling, "sampling"),
                       keep_points=bool(keep_points))
        for name, point in (("initial", initial), ("reference", reference)):
            if point is not None:
                options[name] = _numbers(point, name)
        found = self._problem.run(method, options)
        found["samples"] = {name: np.array(values) for name, values in found["samples"].items()}
        found["coef"] = np.array(found["coef"])
        found["factors"] = np.array(found["factors"])
        return Run(method=method, **found)


def methods():
    """Names of the methods that `SurrogateProblem.run` takes."""
    return [name for name, *_ in _hadamard.methods()]


def _numbers(values, name):
    out = np.asarray(values, dtype=np.float64)
    if out.ndim != 1:
        raise InputError(f"{name}: expected one dimension, found {out.ndim}")
    return out.tolist()
