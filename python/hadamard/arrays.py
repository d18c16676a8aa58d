"""From what users hand over to what the solver reads: float64, copied only where it must be."""

import operator
import sys

import numpy as np

from hadamard._hadamard import InputError, Matrix


def matrix(X):
    """X for the solver.

    Read where it lies: float64 arrays and views whose rows or whose columns are contiguous, and
    canonical SciPy CSC with 32-bit indices. Everything else numeric is converted.
    """
    if _is_sparse(X):
        return _sparse(X)
    X = _float64(X, "X")
    if X.ndim != 2:
        hint = "; a single column is X.reshape(-1, 1)" if X.ndim == 1 else ""
        raise InputError(f"X: {X.ndim} dimensions, expected 2 (observations, columns){hint}")
    if not Matrix.is_direct(X):
        X = np.array(X, order="F")
    return Matrix.dense(X)


def vector(values, name, size, unit):
    """`size` numbers, contiguous."""
    values = _float64(values, name)
    if values.ndim != 1:
        hint = f"; give {name}.ravel()" if values.ndim == 2 and 1 in values.shape else ""
        raise InputError(f"{name}: shape {values.shape}, expected ({size},){hint}")
    if len(values) != size:
        raise InputError(f"{name}: {len(values)} values, expected {size}, one for each {unit}")
    if values.dtype == np.float64 and values.flags.c_contiguous and values.flags.aligned:
        return values
    return np.array(values)


def group_lists(groups, columns):
    """The columns of each group, from such lists or from a label for each column."""
    if groups is None:
        return []
    groups = list(groups)
    labels = [np.ndim(group) == 0 for group in groups]
    if groups and all(labels):
        return _groups_of_labels(groups, columns)
    if any(labels):
        raise InputError("groups: a mixture of lists and single values; give the list of columns "
                         "of each group, or one label for each column")
    out = []
    for number, group in enumerate(groups):
        try:
            out.append([operator.index(column) for column in group])
        except TypeError:
            raise InputError(f"groups: group {number} holds {group!r}, expected column numbers "
                             f"from 0 to {columns - 1}") from None
    return out


def real(value, name):
    """`value` as a float; the solver judges its range."""
    if isinstance(value, (str, bytes, complex, np.complexfloating)) or np.ndim(value) != 0:
        raise TypeError(f"{name}: {value!r} is not a number")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: {value!r} is not a number") from None


def whole(value, name, least):
    """`value` as an int of at least `least`."""
    try:
        out = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: {value!r} is not an integer") from None
    if not least <= out < 2**31:
        raise InputError(f"{name}: {out}, expected an integer of at least {least}")
    return out


def _is_sparse(X):
    """Whether SciPy made X, without importing SciPy for it."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and sparse.issparse(X)


def _float64(values, name):
    if np.ma.isMaskedArray(values):
        raise TypeError(f"{name}: a masked array; drop or fill the masked entries first")
    try:
        values = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name}: no array can be made of it: {error}") from None
    _require_real(values.dtype, name)
    return np.asarray(values, dtype=np.float64)


def _require_real(dtype, name):
    """Integers and floating point numbers up to 64 bits are converted, and nothing else."""
    if dtype.kind in "biu" or (dtype.kind == "f" and dtype.itemsize <= 8):
        return
    hint = {"c": "; the solver is for real numbers", "O": "; give it a numeric dtype first"}
    raise TypeError(f"{name}: dtype {dtype}, expected float64 or what converts to it"
                    + hint.get(dtype.kind, ""))


def _sparse(X):
    if X.ndim != 2:
        raise InputError(f"X: {X.ndim} dimensions, expected 2 (observations, columns)")
    _require_real(X.dtype, "X")
    rows = X.shape[0]
    if rows >= 2**31:
        raise InputError(f"X: {rows} rows, expected fewer than 2^31 of a sparse matrix")
    try:
        X.check_format(full_check=True)  # SciPy itself crashes on indices out of range
    except (AttributeError, ValueError) as error:
        if not isinstance(error, AttributeError):  # only some formats have the check
            raise InputError(f"X: {error}") from None
    X = X.tocsc()
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return Matrix.sparse(rows, _contiguous(X.data, np.float64), _contiguous(X.indptr, np.int64),
                         _contiguous(X.indices, np.int32))


def _contiguous(values, dtype):
    return np.require(values, dtype, ["C", "A"])


def _groups_of_labels(labels, columns):
    if len(labels) != columns:
        raise InputError(f"groups: {len(labels)} labels, expected {columns}, one for each column")
    _, group = np.unique(np.asarray(labels), return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group))
    return [part.tolist() for part in np.split(order, ends[:-1])]
