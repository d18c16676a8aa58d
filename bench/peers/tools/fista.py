"""native/fista.cpp."""

import _peers

from . import HALF_DECADES
from .native import answer, views

NAME = "FISTA"
WRITTEN_HERE = True


def is_available():
    pass


def handles(w):
    return w.depth == 2 and not w.is_path


def ladders(w):
    return [HALF_DECADES]


def solve(w, tolerance, seconds):
    return answer(_peers.fista(*views(w), w.lambdas, tolerance, seconds))
