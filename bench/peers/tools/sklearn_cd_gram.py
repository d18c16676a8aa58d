"""The same on a Gram matrix, which it computes inside the clock."""

from . import sklearn_cd
from .sklearn_cd import is_available, ladders  # noqa: F401

NAME = "scikit-learn Gram CD"


def handles(w):
    return sklearn_cd.handles(w) and not w.is_sparse and w.shape[1] <= 1000


def solve(w, setting, seconds):
    return sklearn_cd.solve(w, setting, seconds, precompute=True)
