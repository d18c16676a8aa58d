"""native/lbfgs_on_q.cpp: what a user of the parametrisation would reach for, compiled."""

import _peers

from . import HALF_DECADES
from .native import answer, views

NAME = "L-BFGS on Q"
SLOW = True
WRITTEN_HERE = True


def is_available():
    pass


def handles(w):
    return not w.is_path and not w.is_sparse


def ladders(w):
    # Of the starts 0.01, 0.1, 1, 10 for v (u = 0), the best on seeds 1 to 3.
    return [[(tolerance, 0.1) for tolerance in HALF_DECADES]]


def solve(w, setting, seconds):
    tolerance, start = setting
    start = start if w.depth == 2 else 0.5
    found = _peers.lbfgs_on_q(*views(w), w.lambdas[0], tolerance, seconds, start, w.seed)
    return answer(found)
