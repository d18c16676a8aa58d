"""adelie, if it is installed."""

import numpy as np

from . import HALF_DECADES, Clock

NAME = "adelie"


def is_available():
    __import__("adelie")


def handles(w):
    return w.depth == 2 and not w.is_sparse


def ladders(w):
    return [HALF_DECADES[4:]]


def solve(w, tolerance, seconds):
    import adelie

    kind = adelie.glm.binomial if w.logistic else adelie.glm.gaussian
    groups = np.arange(0, w.shape[1], w.group)
    with Clock() as clock:
        state = adelie.grpnet(w.X, kind(w.y), groups=groups, penalty=np.ones(len(groups)),
                              lmda_path=w.lambdas, tol=tolerance, intercept=False, early_exit=False,
                              progress_bar=False, n_threads=1)  # fmt: skip
    return np.asarray(state.betas.todense()), clock.seconds
