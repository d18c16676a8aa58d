"""Sparse regression through Hadamard products, and the theory behind it, verified.

``solve``, ``path``, ``lambda_max`` and ``WorkingSet`` work on arrays; ``Lasso``, ``GroupLasso``,
``SparseLogisticRegression`` and ``LqRegression`` are scikit-learn estimators over them;
``SurrogateProblem`` has P, Q and every method on them; ``verify`` and ``certify`` run the program
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

from hadamard.estimators import GroupLasso, Lasso, LqRegression, SparseLogisticRegression
from hadamard.program import certify, verify
from hadamard.solvers import Path, Solution, WorkingSet, lambda_max, path, solve
from hadamard.surrogate import Run, SurrogateProblem, methods

__all__ = [
    "Error", "GroupLasso", "InputError", "Lasso", "LqRegression", "Path", "PreconditionError",
    "Run", "Solution", "SparseLogisticRegression", "SurrogateProblem", "WorkingSet", "certify",
    "lambda_max", "methods", "path", "solve", "verify",
]

for _error in (Error, InputError, PreconditionError):
    _error.__module__ = __name__
