"""SciPy's L-BFGS-B on Q(u, v), in NumPy: the surrogate as most papers' scripts minimise it."""

import numpy as np

from . import HALF_DECADES, Clock

NAME = "L-BFGS on Q (SciPy)"
SLOW = True


def is_available():
    import scipy.optimize  # noqa: F401


def handles(w):
    return w.depth == 2 and w.group == 1 and not w.is_path and not w.is_sparse


def ladders(w):
    return [HALF_DECADES]


def solve(w, tolerance, seconds):
    from scipy.optimize import minimize

    X, y, lam = w.X, w.y, w.lambdas[0]
    n, p = X.shape

    def value(factors):
        u, v = factors[:p], factors[p:]
        z = X @ (u * v)
        if w.logistic:
            smooth = np.mean(np.logaddexp(0, z) - y * z)
            residual = y - 1 / (1 + np.exp(-z))
        else:
            residual = y - z
            smooth = residual @ residual / (2 * n)
        g = X.T @ residual / -n
        gradient = lam * factors
        gradient[:p] += g * v
        gradient[p:] += g * u
        return smooth + lam / 2 * (factors @ factors), gradient

    start = np.concatenate([np.zeros(p), np.full(p, 0.1)])
    options = {"gtol": tolerance * lam, "ftol": 0, "maxiter": 100_000, "maxfun": 1_000_000}
    with Clock() as clock:
        limit = clock.start + seconds

        def watched(_):
            import time

            if time.thread_time() > limit:
                raise StopIteration

        try:
            x = minimize(value, start, jac=True, method="L-BFGS-B", options=options,
                         callback=watched).x
            beta = x[:p] * x[p:]
        except StopIteration:
            beta = np.full(p, np.nan)
    return beta[None, :], clock.seconds
