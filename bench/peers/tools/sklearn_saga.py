"""scikit-learn's LogisticRegression with SAGA; along a path each fit starts from the last."""

from . import sklearn_liblinear
from .sklearn_liblinear import handles, is_available, ladders  # noqa: F401

NAME = "SAGA"
SLOW = True


def solve(w, tolerance, seconds):
    return sklearn_liblinear.solve(w, tolerance, seconds, solver="saga")
