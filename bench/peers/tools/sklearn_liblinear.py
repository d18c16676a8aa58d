"""scikit-learn's LogisticRegression with liblinear; C = 1/(n lambda). A path is one fit after another, as
liblinear takes no start."""

import warnings

import numpy as np

from . import HALF_DECADES, Clock, sweeps

NAME = "liblinear"
SOLVER = "liblinear"


def is_available():
    import sklearn.linear_model  # noqa: F401


def handles(w):
    return w.logistic and w.group == 1 and w.depth == 2


def ladders(w):
    return [HALF_DECADES[:17]]


def solve(w, tolerance, seconds, solver=SOLVER):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(penalty="l1", solver=solver, tol=tolerance,
                               max_iter=sweeps(w, seconds, 1, 10_000),
                               fit_intercept=False, random_state=0, warm_start=solver == "saga")  # fmt: skip
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Clock() as clock:
            for lam in w.lambdas:
                model.set_params(C=1 / (len(w.y) * lam)).fit(w.X, w.y)
                rows.append(model.coef_[0].copy())
    return np.array(rows), clock.seconds
