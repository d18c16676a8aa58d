"""skglm, if it is installed."""

import warnings

import numpy as np

from . import HALF_DECADES, Clock

NAME = "skglm"


def is_available():
    __import__("skglm")


def handles(w):
    return w.depth in (2, 3, 4) and w.group == 1 and not w.is_path


def ladders(w):
    return [[tolerance * w.lambdas[0] for tolerance in HALF_DECADES]]


def solve(w, tolerance, seconds):
    from skglm import GeneralizedLinearEstimator
    from skglm.datafits import Logistic, Quadratic
    from skglm.penalties import L0_5, L1, L2_3
    from skglm.solvers import AndersonCD, ProxNewton

    lam = w.lambdas[0]
    penalty = {2: L1, 3: L2_3, 4: L0_5}[w.depth](lam)
    solver = ProxNewton if w.logistic else AndersonCD
    strategy = {} if w.depth == 2 else {"ws_strategy": "fixpoint"}
    model = GeneralizedLinearEstimator(Logistic() if w.logistic else Quadratic(), penalty,
                                       solver(tol=tolerance, fit_intercept=False, **strategy))
    y = np.where(w.y == 1, 1.0, -1.0) if w.logistic else w.y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Clock() as clock:
            model.fit(w.X, y)
    return np.reshape(model.coef_, (1, -1)), clock.seconds
