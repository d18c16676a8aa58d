"""`cross_validate` against folds fitted one by one, and what it refuses."""

import numpy as np
import pytest
from problems import classes, correlated

import hadamard


def test_with_one_row_a_fold_it_is_leaving_each_out():
    """As many folds as rows: no shuffle matters."""
    X, y = correlated(14, 6)
    lambdas = [1.0, 0.3, 0.1]
    found = hadamard.cross_validate(X, y, lambdas[::-1], folds=14, tol=1e-13)
    losses = np.empty((14, 3))
    for i in range(14):
        rest = np.arange(14) != i
        for k, lambda_ in enumerate(lambdas):
            at = hadamard.solve(X[rest], y[rest], lambda_, tol=1e-13)
            losses[i, k] = (y[i] - X[i] @ at.coef - at.intercept) ** 2 / 2
    assert found.lambdas.tolist() == lambdas
    assert np.allclose(found.mean_loss, losses.mean(axis=0), rtol=1e-5)
    assert np.allclose(found.standard_error, losses.std(axis=0, ddof=1) / np.sqrt(14), rtol=1e-5)
    assert found.best == np.argmin(found.mean_loss)


def test_the_rules_are_those_of_their_names():
    X, y = classes(100, 8)
    found = hadamard.cross_validate(X, y, folds=4, n_lambdas=25, loss="logistic")
    assert len(found.lambdas) == len(found.mean_loss) == len(found.standard_error) == 25
    assert found.lambdas[0] == pytest.approx(hadamard.lambda_max(X, y, loss="logistic"))
    best = found.best
    enough = found.mean_loss[best] + found.standard_error[best]
    assert found.lambda_min == found.lambdas[np.argmin(found.mean_loss)]
    assert found.lambda_1se == found.lambdas[found.mean_loss <= enough].max()


def test_the_seed_deals_the_rows():
    X, y = correlated(60, 10)
    first, again, other = (hadamard.cross_validate(X, y, [0.5, 0.1], seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.mean_loss, again.mean_loss)
    assert not np.array_equal(first.mean_loss, other.mean_loss)


@pytest.mark.parametrize("more, message", [
    ({"folds": 1}, "folds: 1, expected an integer of at least 2"),
    ({"folds": 61}, "61 folds.*60"),
    ({"seed": -1}, "seed: -1"),
    ({"lambdas": [0.1, -1]}, "lambdas: expected a list of positive"),
    ({"lambdas": []}, "lambda"),
])
def test_what_is_refused(more, message):
    X, y = correlated(60, 10)
    with pytest.raises(ValueError, match=message):
        hadamard.cross_validate(X, y, **more)


def test_a_fold_of_one_class_is_named():
    X = np.arange(8.0).reshape(4, 2) ** 2
    with pytest.raises(hadamard.InputError, match="fold . of 4.*logistic: y is 0 in every row"):
        hadamard.cross_validate(X, [0, 0, 0, 1], [0.1], folds=4, loss="logistic")


@pytest.mark.parametrize("loss, y", [("logistic", 0), ("logistic", 1), ("poisson", 0)])
def test_an_intercept_that_runs_away_is_refused(loss, y):
    X, _ = correlated(10, 3)
    with pytest.raises(hadamard.InputError, match=f"{loss}: y is {y} in every row .*infinity"):
        hadamard.solve(X, np.full(10, y), 0.1, loss=loss)
    assert hadamard.solve(X, np.full(10, y), 0.1, loss=loss, intercept=False).converged


def test_numbers_in_errors_read_back():
    X, y = correlated(10, 3)
    with pytest.raises(hadamard.InputError, match="lambda is -1e-300;"):
        hadamard.solve(X, y, -1e-300)
    with pytest.raises(hadamard.InputError, match="squares overflow.*1e150"):
        hadamard.solve(X, y * 1e200, 0.1)
