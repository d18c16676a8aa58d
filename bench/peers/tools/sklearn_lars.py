"""scikit-learn's LARS: the exact piecewise linear path down to the last lambda, read off at
ours."""

import warnings

import numpy as np

from . import Clock

NAME = "LARS"


def is_available():
    import sklearn  # noqa: F401


def handles(w):
    return not (w.logistic or w.is_sparse) and w.group == 1 and w.depth == 2


def ladders(w):
    return [[None]]


def solve(w, setting, seconds):
    from sklearn.linear_model import lars_path

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Clock() as clock:
            # A copy: in place it would permute the columns of X.
            knots, _, found = lars_path(w.X, w.y, method="lasso", alpha_min=w.lambdas[-1],
                                        copy_X=True,
                                        max_iter=100_000)  # fmt: skip
            if w.is_path:
                after = np.clip(np.searchsorted(-knots, -w.lambdas), 1, len(knots) - 1)
                share = (knots[after - 1] - w.lambdas) / (knots[after - 1] - knots[after])
                rows = (found[:, after - 1] * (1 - share) + found[:, after] * share).T
            else:
                rows = found[:, -1:].T
    return rows, clock.seconds
