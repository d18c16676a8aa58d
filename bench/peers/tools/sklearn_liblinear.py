"""scikit-learn's LogisticRegression with liblinear; C = 1/(n lambda)."""

import warnings

from . import HALF_DECADES, Clock

NAME = "liblinear"
SOLVER = "liblinear"


def is_available():
    import sklearn  # noqa: F401


def handles(w):
    return w.logistic and w.group == 1 and w.depth == 2 and not w.is_path


def ladders(w):
    return [HALF_DECADES[:17]]


def solve(w, tolerance, seconds, solver=SOLVER):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(penalty="l1", C=1 / (len(w.y) * w.lambdas[0]), solver=solver,
                               tol=tolerance,
                               max_iter=10_000, fit_intercept=False, random_state=0)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Clock() as clock:
            model.fit(w.X, w.y)
    return model.coef_, clock.seconds
