"""``solve``, ``path`` and what they return."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hadamard import _hadamard
from hadamard._hadamard import InputError
from hadamard.arrays import group_lists, matrix, real, vector, whole
from hadamard.surrogate import Run, SurrogateProblem


@dataclass(frozen=True)
class Solution:
    """A point (β, b) and what is known of it."""

    lambda_: float
    coef: np.ndarray = field(repr=False)
    intercept: float
    objective: float  #: P(β, b).
    gap: float  #: An upper bound of P(β, b) − inf P at depth 2, converged or not; else NaN.
    relative_gap: float  #: gap / P(0, 0).
    #: Largest relative violation of the prox fixed point over the groups; 0 at a minimizer.
    residual: float
    support: int  #: Nonzero coefficients; of other methods those above 1e-6 of the largest.
    iterations: int  #: Rounds of the working set.
    newton_steps: int
    sweeps: int
    passes: float  #: Products Xᵀr, counted by columns.
    cpu_seconds: float
    stop: str  #: "converged", "iteration_limit", "no_progress"; of other methods as in `Run`.
    run: Run | None = field(default=None, repr=False)  #: Of another method than working_set.

    @property
    def converged(self) -> bool:
        return self.stop in ("converged", "tolerance_reached")


class Path(Sequence):
    """Solutions along decreasing λ."""

    def __init__(self, solutions):
        self._solutions = tuple(solutions)

    def __len__(self):
        return len(self._solutions)

    def __getitem__(self, position):
        found = self._solutions[position]
        return Path(found) if isinstance(position, slice) else found

    def __repr__(self):
        if not self._solutions:
            return "Path()"
        first, last = self._solutions[0], self._solutions[-1]
        return f"Path({len(self)} solutions, lambda {first.lambda_:.6g} to {last.lambda_:.6g})"

    @property
    def lambdas(self):
        return np.array([s.lambda_ for s in self])

    @property
    def coefs(self):
        """One row for each λ, one column for each column of X."""
        return np.array([s.coef for s in self])

    @property
    def intercepts(self):
        return np.array([s.intercept for s in self])

    @property
    def converged(self):
        return all(s.converged for s in self)


@dataclass(frozen=True)
class CrossValidation:
    """Held-out loss along decreasing λ."""

    lambdas: np.ndarray
    mean_loss: np.ndarray  #: Mean over folds of the mean loss of the held-out rows.
    standard_error: np.ndarray  #: Of that mean: standard deviation over folds / √folds.
    best: int  #: Position of the least mean loss.
    one_standard_error: int  #: Position of the largest λ within one standard error of the least.
    unconverged: int = 0  #: Fits, of one λ on the rows of one fold, that did not converge.
    worst: float = 0.0  #: The largest relative gap (depth 2) or residual among those.

    @property
    def lambda_min(self) -> float:
        return float(self.lambdas[self.best])

    @property
    def lambda_1se(self) -> float:
        return float(self.lambdas[self.one_standard_error])


class WorkingSet:
    """The minimum of (1/n) Σ ℓ(xᵢᵀβ + b; yᵢ) + λ Σ w_g ‖β_g‖₂^q, for one λ after another.

    Each call starts where the last one ended. The arguments are those of `solve`. X and y are read
    where they lie as long as this object lives: do not write to them meanwhile. One thread at a
    time.
    """

    def __init__(self, X, y, *, loss="least_squares", groups=None, weights=None, intercept=True,
                 depth=2, tol=1e-8, max_iter=1000, huber_delta=1.0, sample_weight=None):
        X = matrix(X)
        self._columns = X.columns
        groups = group_lists(groups, X.columns)
        if weights is not None:
            unit = "group" if groups else "column"
            weights = vector(weights, "weights", len(groups) or X.columns, unit).tolist()
        tol = real(tol, "tol")
        if not 0 < tol < np.inf:
            raise InputError(f"tol: {tol}, expected a positive number")
        self._solver = _hadamard.Solver(
            X, vector(y, "y", X.rows, "row of X"), loss=loss,
            huber_delta=real(huber_delta, "huber_delta"), groups=groups, weights=weights or [],
            intercept=bool(intercept), depth=whole(depth, "depth", 2), tolerance=tol,
            max_iterations=whole(max_iter, "max_iter", 1),
            sample_weight=_sample_weights(sample_weight, X.rows))

    def lambda_max(self):
        """The least λ at which all penalised coefficients are 0 (depth 2)."""
        return self._solver.lambda_max()

    def solve(self, lambda_):
        """The `Solution` at λ."""
        coef = np.empty(self._columns)
        known = self._solver.solve(real(lambda_, "lambda_"), coef)
        return Solution(coef=coef, **known)

    def cross_validate(self, lambdas=None, folds=5, seed=20230707, *, n_lambdas=100, eps=1e-3):
        """The `CrossValidation` of this problem; see `hadamard.cross_validate`."""
        lambdas = self._decreasing(lambdas, eps, n_lambdas)
        seed = operator.index(seed)
        if not 0 <= seed < 2**64:
            raise InputError(f"seed: {seed}, expected an integer from 0 to 2^64 - 1")
        known = self._solver.cross_validate(lambdas, whole(folds, "folds", 2), seed)
        for name in ("lambdas", "mean_loss", "standard_error"):
            known[name] = np.array(known[name])
        return CrossValidation(**known)

    def _decreasing(self, lambdas, eps, count):
        """What the user names, or a grid from λ_max."""
        if lambdas is None:
            return _grid(self.lambda_max(), eps, count)
        lambdas = np.atleast_1d(np.asarray(lambdas, dtype=np.float64))
        if lambdas.ndim != 1 or not np.all((lambdas > 0) & np.isfinite(lambdas)):
            raise InputError("lambdas: expected a list of positive numbers")
        return np.sort(lambdas)[::-1].tolist()

    def start_at(self, coef, intercept=0.0):
        """Makes the next call start there."""
        coef = vector(coef, "coef", self._columns, "column of X")
        intercept = real(intercept, "intercept")
        if not (np.all(np.isfinite(coef)) and np.isfinite(intercept)):
            raise InputError("coef, intercept: a start that is not finite")
        self._solver.start_at(coef, intercept)


def solve(X, y, lambda_, *, loss="least_squares", groups=None, weights=None, intercept=True,
          depth=2, tol=1e-8, max_iter=None, huber_delta=1.0, sample_weight=None, coef_init=None,
          intercept_init=0.0, method="working_set", transfer=None, **settings):
    """Minimise (1/n) Σ ℓ(xᵢᵀβ + b; yᵢ) + λ Σ w_g ‖β_g‖₂^q, q = 2/depth.

    X          n × p array or SciPy sparse matrix. Read without a copy: float64 with contiguous rows
               or columns, and CSC. y: n numbers; 0 or 1 for "logistic", counts for "poisson".
    loss       "least_squares" (z − y)²/2, "logistic", "poisson" or "huber".
    groups     None (each column its own), a list of lists of columns, or a label for each column
               (the groups are then in the order of the labels). A group may be empty.
    weights    w ≥ 0, one for each group; None is 1. 0: not penalised; infinite: β_g = 0.
    depth      Factors of the Hadamard product: 2 is the lasso and the group lasso, 3 is q = 2/3, …
               Above 2 the problem is not convex, and the answer a local minimizer.
    tol        On `relative_gap` (depth 2), or on `residual`.
    max_iter   Rounds of the working set (default 1000), or what the method counts (100000).
    sample_weight
               s ≥ 0, one for each row, not all 0: the loss is Σ sᵢ ℓᵢ / Σ sᵢ, so that only ratios of
               weights matter, whole ones are copies of their rows at the same λ, and 0 is a row left
               out. X is then copied. As in scikit-learn's Lasso. Of working_set only.
    method     One of `methods()`; those but "working_set" run on P or on the surrogate Q of `transfer`,
               as `SurrogateProblem.run` does, and take its other keywords (`learning_rate`,
               `momentum`, `schedule`, `batch`, `start`, `seed`, `reference`, …). The solution then has
               `run`, its trajectory; `residual` is the prox residual over that at 0.
    transfer   Of a method on Q; R is the penalty it induces. Default "hadamard_product", with groups
               "group_product", whose penalty is the one above.

    scikit-learn's `Lasso(alpha)` has λ = alpha; `LogisticRegression(penalty="l1", C)` has
    λ = 1/(n·C), with weights 1/(C Σ s). Ctrl-C stops it. Raises `InputError`, a ValueError, or TypeError.
    """
    known = dict(loss=loss, groups=groups, weights=weights, intercept=intercept, depth=depth,
                 huber_delta=huber_delta)
    if method != "working_set":
        if sample_weight is not None:
            raise InputError(f"sample_weight: of working_set; {method} weighs all rows alike")
        if coef_init is not None:
            raise InputError("coef_init: of working_set; other methods take initial, a point ξ or β")
        if max_iter is not None:
            settings["max_iterations"] = whole(max_iter, "max_iter", 1)
        if transfer is None:
            transfer = "hadamard_product" if groups is None else "group_product"
        return _by_method(SurrogateProblem(X, y, lambda_, transfer=transfer, **known), method,
                          float(lambda_), bool(intercept), tolerance=tol, **settings)
    if settings or transfer is not None:
        name = next(iter(settings), "transfer")
        raise InputError(f"{name} is no keyword of working_set; those of the other methods are "
                         "SurrogateProblem.run's")
    problem = WorkingSet(X, y, tol=tol, max_iter=1000 if max_iter is None else max_iter,
                         sample_weight=sample_weight, **known)
    if coef_init is not None:
        problem.start_at(coef_init, intercept_init)
    return problem.solve(lambda_)


def _by_method(problem, method, lambda_, intercept, **settings):
    """The `Solution` that a run of another method than the working set ends with."""
    has = next((names for name, _, _, names in _hadamard.methods() if name == method), None)
    for setting in ("learning_rate", "schedule", "momentum", "batch"):
        if has is not None and setting in settings and setting not in has:
            raise InputError(f"{setting}: {method} has none")
    run = problem.run(method, **settings)
    end = {name: values[-1] for name, values in run.samples.items()}
    zero = problem.measure(np.zeros(problem.base_size))
    residual = end["prox_residual"] / (zero["prox_residual"] or 1.0)
    if problem.is_convex:
        is_solved = end["relative_gap"] <= settings["tolerance"]
    else:
        is_solved = residual <= settings["tolerance"]
    claims_it = run.stop in ("converged", "tolerance_reached")
    stop = run.stop
    if is_solved != claims_it:
        # A stationary point, 0 for one, need not be a fixed point of the prox of one step.
        is_stationary = run.stop == "converged" and not problem.is_convex
        stop = ("tolerance_reached" if is_solved else
                "stationary" if is_stationary else "no_progress")
    p = problem.base_size - intercept
    return Solution(
        lambda_=lambda_, coef=run.coef[:p], intercept=float(run.coef[p]) if intercept else 0.0,
        objective=end["objective"], gap=end["relative_gap"] * (problem.null_objective or 1.0),
        relative_gap=end["relative_gap"], residual=residual, support=int(end["support"]),
        iterations=int(end["iteration"]), newton_steps=0, sweeps=0, passes=np.nan,
        cpu_seconds=end["cpu_seconds"], stop=stop, run=run)


def path(X, y, lambdas=None, *, n_lambdas=100, eps=1e-3, **problem):
    """Solutions along decreasing λ, each started from the one before.

    Without `lambdas`: `n_lambdas` values from λ_max to eps·λ_max, equally spaced in log λ.
    `problem`: the keywords of `WorkingSet`.
    """
    working_set = WorkingSet(X, y, **problem)
    lambdas = working_set._decreasing(lambdas, eps, n_lambdas)
    return Path(working_set.solve(lambda_) for lambda_ in lambdas)


def cross_validate(X, y, lambdas=None, folds=5, seed=20230707, *, n_lambdas=100, eps=1e-3,
                   **problem):
    """Held-out loss of every λ of a grid by K-fold cross-validation: a `CrossValidation`.

    folds     Parts of equal size (± 1), dealt by a shuffle that `seed` alone determines.
    lambdas   None: `n_lambdas` values from the λ_max of all rows to eps·λ_max.
    problem   The keywords of `WorkingSet`.

    `hadamard solve --cv` has the same folds. Ctrl-C stops it.
    """
    working_set = WorkingSet(X, y, **problem)
    return working_set.cross_validate(lambdas, folds, seed, n_lambdas=n_lambdas, eps=eps)


def lambda_max(X, y, **problem):
    """The least λ with all penalised coefficients 0; `problem`: the keywords of `WorkingSet`."""
    return WorkingSet(X, y, **problem).lambda_max()


def _sample_weights(values, rows):
    if values is None:
        return []
    return vector(values, "sample_weight", rows, "row of X").tolist()


def _grid(largest, eps, count):
    eps = real(eps, "eps")
    if not 0 < eps <= 1:
        raise InputError(f"eps: {eps}, expected a number in (0, 1]")
    if largest == 0:
        raise InputError("lambdas: every penalised coefficient is 0 at every lambda, so that there "
                         "is no grid to make; name the lambdas")
    return _hadamard.lambda_grid(largest, eps * largest, whole(count, "n_lambdas", 1))
