"""Solutions against optimality in NumPy, scikit-learn, and answers known by hand."""

import os
import sys
import threading

import numpy as np
import pytest
import scipy.sparse
from problems import ROUNDING, classes, correlated, lasso_gap, objective, stationarity
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.preprocessing import scale

import hadamard

TIGHT = 1e-12


def test_a_gap_is_an_upper_bound_and_small():
    X, y = correlated(60, 200)
    start = y.var() / 2
    for fraction in (0.5, 0.1, 0.02):
        lambda_ = fraction * hadamard.lambda_max(X, y)
        found = hadamard.solve(X, y, lambda_, tol=TIGHT)
        assert found.converged and found.stop == "converged"
        # Both gaps are differences of numbers as large as P(0, 0).
        rounding = 1000 * ROUNDING * start
        own = lasso_gap(X, y, lambda_, found.coef, found.intercept)
        assert own <= TIGHT * (y @ y) / (2 * len(y)) + rounding
        assert found.objective == pytest.approx(
            objective(X, y, lambda_, found.coef, found.intercept), rel=1e-13)
        assert found.support == np.count_nonzero(found.coef)
        # An answer far from converged: P − inf P is known now, and the gap must cover it.
        early = hadamard.solve(X, y, lambda_, max_iter=1)
        assert early.gap >= early.objective - found.objective - rounding


@pytest.mark.parametrize("loss", ["least_squares", "logistic", "poisson", "huber"])
@pytest.mark.parametrize("intercept", [True, False])
def test_every_loss_is_stationary(loss, intercept):
    X, y = classes(150, 30) if loss == "logistic" else correlated(150, 30)
    if loss == "poisson":
        y = np.random.default_rng(5).poisson(np.exp(np.clip(0.3 * (y - 1), -3, 3)))
    lambda_ = 0.1 * hadamard.lambda_max(X, y, loss=loss, intercept=intercept)
    found = hadamard.solve(X, y, lambda_, loss=loss, intercept=intercept, tol=1e-13)
    slopes = stationarity(X, y, lambda_, found.coef, found.intercept, loss=loss,
                          free=intercept)
    assert intercept or found.intercept == 0
    # A gap ε allows slopes of order √ε; Newton's last step does much better.
    assert slopes <= 1e-6 * lambda_


def test_the_lasso_of_scikit_learn():
    X, y = load_diabetes(return_X_y=True)
    X = scale(X)
    for lambda_ in (20.0, 2.0, 0.2):
        found = hadamard.solve(X, y, lambda_, tol=1e-14)
        peer = Lasso(lambda_, tol=1e-15, max_iter=1_000_000).fit(X, y)
        size = abs(peer.coef_).max()
        assert abs(found.coef - peer.coef_).max() <= 1e-8 * size
        assert found.intercept == pytest.approx(peer.intercept_, rel=1e-8)
        assert np.array_equal(found.coef != 0, peer.coef_ != 0)


def test_the_logistic_regression_of_scikit_learn():
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X)
    n = len(y)
    for lambda_ in (0.1, 0.01):
        found = hadamard.solve(X, y, lambda_, loss="logistic", intercept=False, tol=1e-13)
        peer = LogisticRegression(penalty="l1", C=1 / (n * lambda_), solver="liblinear", tol=1e-10,
                                  max_iter=100_000, fit_intercept=False).fit(X, y)
        there = objective(X, y, lambda_, peer.coef_[0], 0.0, loss="logistic")
        assert found.objective <= there * (1 + 1e-12)
        assert found.objective >= there * (1 - 1e-7)
        assert abs(found.coef - peer.coef_[0]).max() <= 1e-4 * abs(peer.coef_).max()


def test_groups_with_weights():
    X, y = correlated(80, 30)
    groups = [list(range(j, j + 3)) for j in range(0, 30, 3)]
    weights = np.sqrt(3) * (1 + np.arange(10) / 10)
    lambda_ = 0.1 * hadamard.lambda_max(X, y, groups=groups, weights=weights)
    found = hadamard.solve(X, y, lambda_, groups=groups, weights=weights, tol=1e-14)
    assert stationarity(X, y, lambda_, found.coef, found.intercept, groups=groups,
                        weights=weights) <= 1e-6 * lambda_
    zero = [not np.any(found.coef[g]) for g in groups]
    assert any(zero) and not all(zero)


def test_lambda_max_is_where_the_first_coefficient_enters():
    X, y = correlated(50, 40)
    largest = hadamard.lambda_max(X, y)
    assert largest == pytest.approx(abs(X.T @ (y - y.mean())).max() / 50, rel=1e-13)
    assert hadamard.solve(X, y, largest * (1 + 1e-9)).support == 0
    assert hadamard.solve(X, y, largest * (1 - 1e-6), tol=1e-15).support == 1
    assert hadamard.solve(X, y, 2 * largest).intercept == pytest.approx(y.mean(), rel=1e-13)


def test_weight_zero_is_least_squares_there():
    X, y = correlated(50, 6)
    found = hadamard.solve(X, y, 0.5, weights=[0, 0, 1, 1, 1, 1], tol=1e-14)
    residual = y - X @ found.coef - found.intercept
    assert abs(X[:, :2].T @ residual).max() / 50 <= 1e-7
    everywhere = hadamard.solve(X, y, 0.5, weights=np.zeros(6), tol=1e-14)
    A = np.column_stack([np.ones(50), X])
    expected = np.linalg.lstsq(A, y, rcond=None)[0]
    assert np.allclose(everywhere.coef, expected[1:], rtol=1e-9)
    assert everywhere.intercept == pytest.approx(expected[0], rel=1e-9)


def test_weight_infinity_leaves_the_group_out():
    X, y = correlated(50, 6)
    found = hadamard.solve(X, y, 0.1, weights=[np.inf, 1, 1, np.inf, 1, 1], tol=1e-13)
    assert found.coef[0] == 0 and found.coef[3] == 0
    kept = hadamard.solve(X[:, [1, 2, 4, 5]], y, 0.1, tol=1e-13)
    assert np.allclose(found.coef[[1, 2, 4, 5]], kept.coef, rtol=1e-9, atol=1e-12)
    assert np.isfinite(found.objective)
    assert hadamard.solve(X, y, 0.1, weights=np.full(6, np.inf)).support == 0


def test_empty_groups_change_nothing():
    X, y = correlated(50, 6)
    with_empty = hadamard.solve(X, y, 0.1, groups=[[], [0, 1], [2, 3], [], [4, 5]],
                                weights=[5, 1, 2, 0, 1], tol=1e-13)
    without = hadamard.solve(X, y, 0.1, groups=[[0, 1], [2, 3], [4, 5]], weights=[1, 2, 1],
                             tol=1e-13)
    assert np.allclose(with_empty.coef, without.coef, rtol=1e-9)


@pytest.mark.parametrize("depth", [3, 4])
def test_deep_answers_are_fixed_points_of_the_prox(depth):
    X, y = correlated(80, 20)
    q = 2 / depth
    lambda_ = 0.05
    found = hadamard.solve(X, y, lambda_, depth=depth, tol=1e-10)
    assert found.converged and 0 < found.support < 20
    assert np.isnan(found.gap) and np.isnan(found.relative_gap)
    gradient = -X.T @ (y - X @ found.coef - found.intercept) / 80
    on = found.coef != 0
    slope = lambda_ * q * np.sign(found.coef[on]) * abs(found.coef[on]) ** (q - 1)
    assert abs(gradient[on] + slope).max() <= 1e-6
    # A local minimizer on its support as well: P rises from it in every direction tried.
    least = objective(X, y, lambda_, found.coef, found.intercept, q=q)
    assert found.objective == pytest.approx(least, rel=1e-13)
    random = np.random.default_rng(0)
    for _ in range(200):
        near = found.coef + 1e-3 * random.standard_normal(20) * (random.random(20) < 0.3)
        assert objective(X, y, lambda_, near, found.intercept, q=q) >= least * (1 - 1e-12)


@pytest.mark.parametrize("loss", ["least_squares", "logistic", "poisson", "huber"])
def test_deep_answers_are_not_just_zero(loss):
    """0 is a local minimizer at every λ; a solver that stays there has not looked."""
    X, y = correlated(200, 10)
    if loss in ("logistic", "poisson"):
        y = (y > 1).astype(float)
    shallow = hadamard.solve(X, y, 0.01, loss=loss)
    deep = hadamard.solve(X, y, 0.01, loss=loss, depth=3)
    assert deep.converged and 0 < deep.support <= shallow.support
    last = hadamard.path(X, y, loss=loss, depth=3, n_lambdas=10, eps=1e-2)[-1]
    assert last.converged and last.support > 0


def test_a_path_is_its_solutions():
    X, y = correlated(60, 100)
    found = hadamard.path(X, y, n_lambdas=12, eps=1e-2, tol=1e-12)
    largest = hadamard.lambda_max(X, y)
    assert len(found) == 12 and found.converged
    assert found.lambdas == pytest.approx(np.geomspace(largest, largest / 100, 12), rel=1e-12)
    assert found.coefs.shape == (12, 100) and found.intercepts.shape == (12,)
    assert found[0].support == 0 and found[-1].support > found[3].support > 0
    for one in found:
        alone = hadamard.solve(X, y, one.lambda_, tol=1e-12)
        assert one.objective == pytest.approx(alone.objective, rel=1e-10)
    named = hadamard.path(X, y, [0.1, 0.3, 0.2])
    assert named.lambdas.tolist() == [0.3, 0.2, 0.1]
    assert isinstance(named[:2], hadamard.Path) and len(named[:2]) == 2
    assert "3 solutions" in repr(named)


@pytest.mark.parametrize("more, message", [
    ({"lambdas": [0.1, -1]}, "positive"), ({"lambdas": [np.nan]}, "positive"),
    ({"eps": 0}, "eps: 0.0"), ({"eps": 2}, "eps: 2.0"), ({"n_lambdas": 0}, "n_lambdas: 0"),
])
def test_paths_that_are_refused(more, message):
    X, y = correlated(20, 4)
    with pytest.raises(hadamard.InputError, match=message):
        hadamard.path(X, y, **more)


def test_a_constant_response_has_no_grid():
    X, _ = correlated(20, 4)
    with pytest.raises(hadamard.InputError, match="no grid"):
        hadamard.path(X, np.zeros(20))


def test_warm_starts():
    X, y = correlated(100, 300)
    lambda_ = 0.05 * hadamard.lambda_max(X, y)
    cold = hadamard.solve(X, y, lambda_, tol=1e-12)
    warm = hadamard.solve(X, y, lambda_, tol=1e-12, coef_init=cold.coef,
                          intercept_init=cold.intercept)
    assert warm.converged and warm.passes < cold.passes
    assert warm.objective == pytest.approx(cold.objective, rel=1e-12)
    problem = hadamard.WorkingSet(X, y, tol=1e-12)
    problem.solve(lambda_)
    again = problem.solve(lambda_)
    assert again.passes < cold.passes


def test_other_threads_run_during_a_solve():
    """With an interval this long a thread gets the GIL only from one that gives it up."""
    X, y = correlated(300, 1500)
    problem = hadamard._hadamard.Solver(
        hadamard.arrays.matrix(X), y, loss="least_squares", huber_delta=1.0, groups=[], weights=[],
        intercept=True, depth=2, tolerance=1e-10, max_iterations=1000)
    coef = np.empty(1500)
    ran, go, stop = [0], threading.Event(), threading.Event()

    def count():
        go.wait()
        while not stop.is_set():
            ran[0] += 1
            os.sched_yield()  # gives the GIL up

    thread = threading.Thread(target=count)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        go.set()
        before = ran[0]
        for lambda_ in np.geomspace(1, 0.01, 20):
            problem.solve(lambda_, coef)
        during = ran[0] - before
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()
    assert during > 0


def test_two_threads_may_not_share_a_working_set():
    X, y = correlated(200, 400)
    problem = hadamard.WorkingSet(X, y, tol=1e-13)
    outcomes = []

    def work():
        for lambda_ in np.geomspace(1, 0.01, 10):
            try:
                outcomes.append(problem.solve(lambda_))
            except hadamard.PreconditionError as error:
                assert "another thread" in str(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes and all(s.converged for s in outcomes)


def test_sparse_and_dense_agree_on_groups():
    X, y = correlated(60, 12)
    X[abs(X) < 1] = 0
    groups = [[0, 5], [1, 2, 3, 4], list(range(6, 12))]
    dense = hadamard.solve(X, y, 0.1, groups=groups, tol=1e-13)
    sparse = hadamard.solve(scipy.sparse.csc_matrix(X), y, 0.1, groups=groups, tol=1e-13)
    assert np.allclose(dense.coef, sparse.coef, rtol=1e-8, atol=1e-10)


def test_separation_by_free_columns_is_named():
    X, _ = correlated(60, 5)
    weights = [0, 0, 1, 1, 1]
    y = (X[:, 0] + X[:, 1] > 0).astype(float)
    for start in (None, np.zeros(5)):
        with pytest.raises(hadamard.InputError, match=r"logistic: .* \(0, 1, with the intercept\) "
                                                      r"separate y = 0 from y = 1"):
            hadamard.solve(X, y, 0.05, loss="logistic", weights=weights, coef_init=start)
    assert hadamard.solve(X, y, 0.05, loss="logistic").converged  # penalised, it has a minimum
    noisy = (X[:, 0] + 2 * np.random.default_rng(1).standard_normal(60) > 0).astype(float)
    assert hadamard.solve(X, noisy, 0.05, loss="logistic", weights=weights).converged
    X[:, 1] = np.arange(60) < 5  # all of its rows in one class: separated in part
    noisy[:5] = 1
    with pytest.raises(hadamard.InputError, match="separate y = 0 from y = 1"):
        hadamard.solve(X, noisy, 0.05, loss="logistic", weights=weights)
    counts = np.where(X[:, 1] == 1, 0.0, 1 + np.arange(60) % 3)
    with pytest.raises(hadamard.InputError, match="poisson: .* tell rows with y = 0"):
        hadamard.solve(X, counts, 0.05, loss="poisson", weights=weights)


def test_squares_that_underflow_are_named():
    X, y = correlated(40, 5)
    with pytest.raises(hadamard.InputError, match="squares underflow; scale it .* 1e-145"):
        hadamard.solve(X, 1e-200 * y, 1e-201)
    assert hadamard.solve(X, 1e-130 * y, 1e-131).converged
    assert hadamard.solve(X, 0 * y, 1.0).support == 0


@pytest.mark.parametrize("ratio", [1e-5, 1e-6])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_far_below_lambda_max_with_few_rows(ratio, seed):
    """More columns than rows enter the support on the way."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((50, 5000))
    y = X[:, :5].sum(axis=1) + 0.5 * random.standard_normal(50)
    problem = hadamard.WorkingSet(X, y)
    assert problem.solve(ratio * problem.lambda_max()).converged


@pytest.mark.parametrize("method", sorted(set(hadamard.methods()) - {"working_set", "varpro"}))
def test_other_methods_find_the_same(method):
    X, y = correlated(40, 12)
    weights = np.ones(12)
    weights[:2] = 0, 2
    own = hadamard.solve(X, y, 0.05, weights=weights, tol=TIGHT)
    reference = np.append(own.coef, own.intercept)
    found = hadamard.solve(X, y, 0.05, weights=weights, tol=1e-9, method=method,
                           reference=reference)
    assert found.converged and found.relative_gap <= 1e-9
    assert found.objective - own.objective <= 1e-9 * (y**2).mean() / 2 + 1e-13 * own.objective
    assert np.isclose(objective(X, y, 0.05, found.coef, found.intercept, weights=weights),
                      found.objective, rtol=1e-12)
    assert found.run.samples["distance"][-1] == pytest.approx(
        np.linalg.norm(np.append(found.coef, found.intercept) - reference), abs=1e-14)


def test_groups_and_depth_by_another_method():
    X, y = correlated(40, 12)
    groups = [[3 * g, 3 * g + 1, 3 * g + 2] for g in range(4)]
    own = hadamard.solve(X, y, 0.05, groups=groups, tol=TIGHT)
    found = hadamard.solve(X, y, 0.05, groups=groups, method="lbfgs", tol=1e-9)
    assert np.isclose(own.objective, found.objective, rtol=1e-7)
    deep = hadamard.solve(X, y, 0.05, depth=3, method="lbfgs", seed=3)
    assert np.isnan(deep.relative_gap) and deep.run.stop in ("converged", "tolerance_reached")


@pytest.mark.parametrize("words, part", [
    (dict(method="adma"), "adam"), (dict(momentum=0.5), "working_set"),
    (dict(transfer="hadamard_product"), "working_set"),
    (dict(method="adam", momentum=0.5), "momentum"), (dict(method="lbfgs", batch=3), "batch"),
    (dict(method="varpro"), "intercept"), (dict(method="adam", coef_init=np.zeros(12)), "coef_init"),
    (dict(method="adam", sample_weight=np.ones(40)), "sample_weight"),
    (dict(method="adam", weights=np.full(12, np.inf)), "weights"),
])  # fmt: skip
def test_what_a_method_cannot_do_is_refused(words, part):
    X, y = correlated(40, 12)
    with pytest.raises(hadamard.InputError, match=part):
        hadamard.solve(X, y, 0.05, **words)
