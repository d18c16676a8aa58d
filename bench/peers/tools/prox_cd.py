"""native/prox_cd.cpp: working sets, Anderson extrapolation; prox-Newton for the logistic loss."""

import _peers

from . import HALF_DECADES
from .native import answer, views

NAME = "prox CD"
WRITTEN_HERE = True


def is_available():
    pass


def handles(w):
    return True


def ladders(w):
    return [[(tolerance, size) for tolerance in HALF_DECADES] for size in (10, 100)]


def solve(w, setting, seconds):
    tolerance, size = setting
    return answer(_peers.prox_cd(*views(w), w.lambdas, tolerance, seconds, size))
