"""Sparse regression through Hadamard products, and the theory behind it, verified.

``solve``, ``path``, ``cross_validate``, ``lambda_max`` and ``WorkingSet`` work on arrays;
``Lasso``, ``LassoCV``, ``GroupLasso``, ``SparseLogisticRegression`` and ``LqRegression`` are
scikit-learn estimators over them; ``SurrogateProblem`` has P, Q and every method on them;
``claims``, ``verify``, ``search``, ``replay``, ``transfer`` and ``certify`` run the program
`hadamard`. λ is that of losses that are means: least squares is ‖y − Xβ − b‖²/(2n).
"""

try:
    from hadamard._hadamard import Error, InputError, PreconditionError
    from hadamard._hadamard import version as __version__
except ModuleNotFoundError as error:
    if error.name != "hadamard._hadamard":
        raise
    raise ImportError(
        f"{__path__[0]} holds no compiled module for this Python: run `pip install ./python`, or "
        "build and set PYTHONPATH=build/release/python") from None

from hadamard.estimators import (GroupLasso, Lasso, LassoCV, LqRegression,
                                 SparseLogisticRegression)
from hadamard.program import certify, claims, replay, search, transfer, verify
from hadamard.solvers import (CrossValidation, Path, Solution, WorkingSet, cross_validate,
                               lambda_max, path, solve)
from hadamard.surrogate import Run, SurrogateProblem, methods

__all__ = [
    "CrossValidation", "Error", "GroupLasso", "InputError", "Lasso", "LassoCV", "LqRegression",
    "Path", "PreconditionError", "Run", "Solution", "SparseLogisticRegression", "SurrogateProblem",
    "WorkingSet", "certify", "claims", "cross_validate", "lambda_max", "methods", "path", "replay",
    "search", "solve", "transfer", "verify",
]

for _error in (Error, InputError, PreconditionError):
    _error.__module__ = __name__
