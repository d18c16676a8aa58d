"""native/varpro.cpp: variable projection as published."""

import _peers

from . import HALF_DECADES
from .native import answer, views

NAME = "VarPro"
SLOW = True
WRITTEN_HERE = True


def is_available():
    pass


def handles(w):
    return not (w.logistic or w.is_sparse or w.is_path) and w.group == 1 and w.depth == 2


def ladders(w):
    return [HALF_DECADES]


def solve(w, tolerance, seconds):
    return answer(_peers.varpro(*views(w), w.lambdas[0], tolerance, seconds))
