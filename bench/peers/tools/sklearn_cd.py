"""scikit-learn's coordinate descent (Lasso, lasso_path) without a Gram matrix.

Its tolerance is on (gap of |r|^2/2 + n lambda |b|) / |y|^2, half our relative gap. One lambda is
reached directly or along 10 falling ones, whichever is faster."""

import warnings

import numpy as np

from . import HALF_DECADES, Clock

NAME = "scikit-learn CD"


def is_available():
    import sklearn  # noqa: F401


def handles(w):
    return not w.logistic and w.group == 1 and w.depth == 2


def ladders(w):
    steps = [1] if w.is_path else [1, 10]
    return [[(tolerance, k) for tolerance in HALF_DECADES] for k in steps]


def solve(w, setting, seconds, precompute=False):
    from sklearn.linear_model import lasso_path

    tolerance, steps = setting
    lambdas = w.lambdas
    if steps > 1:
        lambdas = np.geomspace(w.lambda_max, w.lambdas[0], steps + 1)[1:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it did not converge: judged by others
        with Clock() as clock:
            # What fit() does for precompute=True.
            gram = w.X.T @ w.X if precompute else False
            _, found, _ = lasso_path(w.X, w.y, alphas=lambdas, tol=tolerance, max_iter=20_000,
                                     precompute=gram, Xy=w.X.T @ w.y, copy_X=False,
                                     check_input=False)
    return found[:, -len(w.lambdas):].T, clock.seconds
