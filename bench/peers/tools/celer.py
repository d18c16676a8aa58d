"""celer, if it is installed."""

import warnings

from . import HALF_DECADES, Clock

NAME = "celer"


def is_available():
    __import__("celer")


def handles(w):
    return w.depth == 2 and not w.is_path


def ladders(w):
    return [HALF_DECADES]


def solve(w, tolerance, seconds):
    import celer

    lam = w.lambdas[0]
    if w.logistic:
        model = celer.LogisticRegression(C=1 / (len(w.y) * lam), tol=tolerance, fit_intercept=False)
    elif w.group > 1:
        model = celer.GroupLasso(groups=w.group, alpha=lam, tol=tolerance, fit_intercept=False)
    else:
        model = celer.Lasso(alpha=lam, tol=tolerance, fit_intercept=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Clock() as clock:
            model.fit(w.X, w.y)
    return model.coef_.reshape(1, -1), clock.seconds
