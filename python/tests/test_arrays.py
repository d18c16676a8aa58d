"""What X, y, groups and weights may be, and what is said of what they may not be."""

import sys

import numpy as np
import pytest
import scipy.sparse
from problems import correlated

import hadamard
from hadamard import InputError
from hadamard._hadamard import Matrix
from hadamard.arrays import matrix

X, Y = correlated(40, 12)
FORTRAN = np.asfortranarray(X)
LAMBDA = 0.1


def coef(X, y=Y, **more):
    return hadamard.solve(X, y, LAMBDA, tol=1e-13, **more).coef


def same(found, expected):
    """The same numbers were read: where they lie may change sums in the last digits alone."""
    return np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()


def every_second(X, axis, order):
    """X as a view of an array twice as long along an axis."""
    shape = [2 * size if i == axis else size for i, size in enumerate(X.shape)]
    wide = np.full(shape, np.nan, order=order)
    view = wide[::2] if axis == 0 else wide[:, ::2]
    view[:] = X
    return view


def unaligned(X):
    memory = np.zeros(X.nbytes + 1, dtype=np.uint8)
    out = memory[1:].view(np.float64).reshape(X.shape)
    out[:] = X
    return out


DIRECT = {
    "fortran": FORTRAN,
    "c": X,
    "columns of a fortran array": np.asfortranarray(np.hstack([X, X]))[:, :12],
    "rows of a fortran array": np.asfortranarray(np.vstack([X, X]))[40:],
    "every second column of a fortran array": every_second(X, 1, "F"),
    "rows of a c array": np.vstack([X, X])[40:],
    "columns of a c array": np.hstack([X, X])[:, 12:],
    "every second row of a c array": every_second(X, 0, "C"),
    "transposed": np.ascontiguousarray(X.T).T,
}
COPIED = {
    "every second row of a fortran array": every_second(X, 0, "F"),
    "every second column of a c array": every_second(X, 1, "C"),
    "reversed columns": np.asfortranarray(X[:, ::-1])[:, ::-1],
    "reversed rows": X[::-1].copy()[::-1],
    "unaligned": unaligned(X),
    "big endian": X.astype(">f8"),
    "lists": X.tolist(),
}


@pytest.mark.parametrize("name", DIRECT)
def test_views_are_read_where_they_lie(name):
    view = DIRECT[name]
    assert matrix(view).address == view.ctypes.data
    assert same(coef(view), coef(FORTRAN))


@pytest.mark.parametrize("name", COPIED)
def test_other_arrays_are_copied(name):
    view = COPIED[name]
    if not isinstance(view, list):
        assert not Matrix.is_direct(view)
        assert matrix(view).address != view.ctypes.data
    assert same(coef(view), coef(FORTRAN))


def test_overlapping_and_repeated_columns_are_copied():
    series = np.random.default_rng(3).standard_normal(51)
    windows = np.lib.stride_tricks.sliding_window_view(series, 12)
    assert windows.strides == (8, 8)
    assert same(coef(windows), coef(np.asfortranarray(windows)))
    repeated = np.broadcast_to(X[:, :1], (40, 3))
    assert same(coef(repeated), coef(np.asfortranarray(repeated)))


@pytest.mark.parametrize("dtype", ["f2", "f4", "i1", "u2", "i8", "?"])
def test_numbers_of_other_types_are_converted(dtype):
    converted = np.round(4 * X).astype(dtype)
    assert same(coef(converted), coef(np.asfortranarray(converted, dtype=float)))


def test_y_may_be_strided_or_integer():
    y = np.round(4 * Y)
    assert same(coef(FORTRAN, y.astype(int)), coef(FORTRAN, y))
    assert same(coef(FORTRAN, np.repeat(Y, 2)[::2]), coef(FORTRAN, Y))
    assert same(coef(FORTRAN, Y.tolist()), coef(FORTRAN, Y))


def test_a_single_row_and_a_single_column():
    assert coef(X[:, :1]).shape == (1,)
    assert coef(X[:1], Y[:1], intercept=False).shape == (12,)


@pytest.fixture
def sparse():
    thinned = np.where(np.abs(X) > 1, X, 0)
    return scipy.sparse.csc_matrix(thinned), thinned


@pytest.mark.parametrize("kind", ["csc", "csr", "coo", "bsr", "lil", "dok", "dia"])
def test_sparse_formats(sparse, kind):
    csc, thinned = sparse
    assert same(coef(csc.asformat(kind)), coef(csc))
    assert same(coef(csc), coef(thinned))


def test_sparse_arrays_wide_indices_and_other_numbers(sparse):
    csc, _ = sparse
    expected = coef(csc)
    assert same(coef(scipy.sparse.csc_array(csc)), expected)
    wide = csc.copy()
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    assert same(coef(wide), expected)
    single = csc.astype(np.float32)
    assert same(coef(single), coef(single.astype(float)))


def test_sparse_duplicates_and_order_are_repaired_in_a_copy(sparse):
    csc, _ = sparse
    twice = scipy.sparse.csc_matrix(
        (np.repeat(csc.data / 2, 2), np.repeat(csc.indices, 2), 2 * csc.indptr), shape=csc.shape)
    stored = twice.data.copy()
    assert same(coef(twice), coef(csc))
    assert np.array_equal(twice.data, stored) and twice.nnz == 2 * csc.nnz
    backwards = csc.copy()
    for j in range(12):
        part = slice(csc.indptr[j], csc.indptr[j + 1])
        backwards.indices[part] = csc.indices[part][::-1]
        backwards.data[part] = csc.data[part][::-1]
    backwards.has_sorted_indices = False
    assert same(coef(backwards), coef(csc))


def test_broken_sparse_matrices_are_refused(sparse):
    csc, _ = sparse
    descending = csc.copy()
    descending.indptr[3] = descending.nnz + 5
    with pytest.raises(ValueError, match="indptr must ascend"):
        Matrix.sparse(40, descending.data, descending.indptr.astype(np.int64), descending.indices)
    outside = csc.copy()
    outside.indices[4] = 40
    with pytest.raises(ValueError, match="40"):
        coef(outside)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("convert", [np.asfortranarray, np.ascontiguousarray,
                                     scipy.sparse.csc_matrix], ids=["columns", "rows", "sparse"])
def test_what_is_not_finite_is_named_by_row_and_column(value, convert):
    bad = X.copy()
    bad[7, 3] = value
    with pytest.raises(InputError, match=r"\b7\b.*\b3\b"):
        coef(convert(bad))
    y = Y.copy()
    y[5] = value
    with pytest.raises(InputError, match=r"y.*\b5\b"):
        coef(convert(X), y)


@pytest.mark.parametrize("bad, error, message", [
    (X.astype(complex), TypeError, "complex128.*real"),
    (X.astype(object), TypeError, "object.*numeric dtype"),
    (X.astype(str), TypeError, "dtype <U"),
    (X.astype(np.longdouble), TypeError, "dtype float128"),
    (np.zeros((40, 12), "M8[s]"), TypeError, "dtype datetime64"),
    (np.ma.masked_array(X), TypeError, "masked"),
    (scipy.sparse.csc_matrix(X.astype(complex)), TypeError, "complex128"),
    (X[:, 0], InputError, r"1 dimensions, expected 2.*reshape\(-1, 1\)"),
    (X.reshape(40, 3, 4), InputError, "3 dimensions, expected 2"),
    ([[1, 2], [3]], InputError, "no array can be made"),
    (None, TypeError, "dtype object"),
], ids=str)
def test_what_X_may_not_be(bad, error, message):
    with pytest.raises(error, match=f"X: .*{message}|X.*{message}"):
        coef(bad)


@pytest.mark.parametrize("bad, error, message", [
    (Y[:-1], InputError, "y: 39 values, expected 40, one for each row of X"),
    (Y.reshape(-1, 1), InputError, r"y: shape \(40, 1\), expected \(40,\); give y.ravel\(\)"),
    (Y.astype(complex), TypeError, "y: dtype complex128"),
    (np.array(3.0), InputError, r"y: shape \(\)"),
    (["a"] * 40, TypeError, "y: dtype <U1"),
])
def test_what_y_may_not_be(bad, error, message):
    with pytest.raises(error, match=message):
        coef(X, bad)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_empty_matrices_are_answered_or_refused(shape):
    """Never a crash."""
    y = np.ones(shape[0])
    try:
        assert hadamard.solve(np.zeros(shape), y, 1.0).coef.shape == (shape[1],)
    except InputError:
        pass


@pytest.mark.parametrize("more, error, message", [
    ({"lambda_": 0}, InputError, "lambda"),
    ({"lambda_": -1}, InputError, "lambda"),
    ({"lambda_": np.nan}, InputError, "lambda"),
    ({"lambda_": np.inf}, InputError, "lambda"),
    ({"lambda_": "1"}, TypeError, "lambda_: '1' is not a number"),
    ({"lambda_": [1.0]}, TypeError, "is not a number"),
    ({"loss": "logistical"}, InputError, "logistic"),
    ({"loss": "logistic"}, InputError, "y"),
    ({"loss": "poisson"}, InputError, "y"),
    ({"loss": "huber", "huber_delta": 0}, InputError, "delta"),
    ({"loss": "huber", "huber_delta": np.nan}, InputError, "delta"),
    ({"depth": 1}, InputError, "depth: 1, expected an integer of at least 2"),
    ({"depth": 2.5}, TypeError, "depth: 2.5 is not an integer"),
    ({"tol": 0}, InputError, "tol: 0.0, expected a positive number"),
    ({"tol": np.nan}, InputError, "tol: nan, expected a positive number"),
    ({"max_iter": 0}, InputError, "max_iter: 0, expected an integer of at least 1"),
    ({"weights": [1] * 11}, InputError, "weights: 11 values, expected 12, one for each column"),
    ({"weights": [-1] + [1] * 11}, InputError, "weight"),
    ({"weights": [np.nan] + [1] * 11}, InputError, "weight"),
    ({"groups": [[0, 1]]}, InputError, "group"),
    ({"groups": [list(range(12)), [3]]}, InputError, "group"),
    ({"groups": [list(range(12)), [12]]}, InputError, "12"),
    ({"groups": [[-1], list(range(12))]}, InputError, "-1"),
    ({"groups": [list(range(11)), [11.0]]}, InputError, "group 1 holds .*expected column numbers"),
    ({"groups": [0] * 11}, InputError, "groups: 11 labels, expected 12"),
    ({"groups": [0, [1, 2]]}, InputError, "mixture"),
    ({"groups": [list(range(12)), []], "weights": [1.0]}, InputError,
     "weights: 1 values, expected 2, one for each group"),
    ({"coef_init": np.zeros(11)}, InputError, "coef: 11 values, expected 12"),
    ({"coef_init": np.full(12, np.nan)}, InputError, "coef"),
], ids=str)
def test_options_that_are_refused(more, error, message):
    with pytest.raises(error, match=message):
        hadamard.solve(X, Y, **{"lambda_": LAMBDA, **more})


def test_labels_and_lists_are_the_same_groups():
    lists = [[0, 3], [1, 2, 4, 5], [6, 7, 8, 9, 10, 11]]
    labels = ["a", "b", "b", "a", "b", "b"] + ["c"] * 6
    weights = [1, 2, 0.5]
    assert same(coef(X, groups=lists, weights=weights),
                          coef(X, groups=labels, weights=weights))


def test_errors_are_value_errors():
    assert issubclass(InputError, ValueError) and InputError.__module__ == "hadamard"


def test_the_matrix_keeps_its_memory():
    owner = np.ones((50, 2))
    references = sys.getrefcount(owner)
    held = matrix(owner)
    assert (held.rows, held.columns) == (50, 2) and sys.getrefcount(owner) == references + 1
    del held
    assert sys.getrefcount(owner) == references


def test_sparse_columns_are_read_where_they_lie(sparse):
    csc, _ = sparse
    assert matrix(csc).address == csc.data.ctypes.data
