"""The estimators, as scikit-learn's own checks and its users see them."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
import scipy.sparse
from problems import classes, correlated
from sklearn import linear_model
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import hadamard
from hadamard import GroupLasso, Lasso, LassoCV, LqRegression, SparseLogisticRegression

# Some checks fit responses of variance 1, where λ = 1 leaves nothing; scikit-learn sets alpha to
# 0.01 there by its name. One compares probabilities of two fits to 1e-7.
SMALL = [Lasso(0.01), GroupLasso(0.01), LqRegression(0.01), LqRegression(0.01, depth=2),
         SparseLogisticRegression(0.01, tol=1e-12), SparseLogisticRegression(0.01, depth=3),
         LassoCV(rule="minimum", folds=3, n_lambdas=20)]


@pytest.mark.parametrize("estimator, check", [
    pytest.param(estimator, check, id=f"{estimator}-{check.func.__name__}")
    for chosen in SMALL for estimator, check in check_estimator(chosen, generate_only=True)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", [Lasso, GroupLasso, LqRegression, SparseLogisticRegression])
def test_parameters(kind):
    estimator = kind(0.25, tol=1e-6)
    assert estimator.get_params()["lambda_"] == 0.25
    estimator.set_params(lambda_=0.5, fit_intercept=False)
    assert clone(estimator).get_params() == estimator.get_params()
    with pytest.raises(ValueError, match="Invalid parameter"):
        estimator.set_params(alpha=1)
    with pytest.raises(NotFittedError):
        estimator.predict(np.zeros((1, 2)))


def test_lasso_is_that_of_scikit_learn():
    X, y = correlated(80, 30)
    for fit_intercept in (True, False):
        ours = Lasso(0.1, fit_intercept=fit_intercept, tol=1e-14).fit(X, y)
        peer = linear_model.Lasso(0.1, fit_intercept=fit_intercept, tol=1e-15,
                                  max_iter=1_000_000).fit(X, y)
        assert np.allclose(ours.coef_, peer.coef_, rtol=1e-8, atol=1e-10)
        assert np.allclose(ours.predict(X), peer.predict(X), rtol=1e-8, atol=1e-8)
        assert ours.score(X, y) == pytest.approx(peer.score(X, y), rel=1e-8)
        assert ours.n_features_in_ == 30 and ours.n_iter_ >= 1 and ours.dual_gap_ >= 0


def test_lasso_cv_is_the_lasso_at_its_choice():
    X, y = correlated(80, 30)
    sparse = LassoCV(n_lambdas=30, tol=1e-12).fit(X, y)
    least = LassoCV(rule="minimum", n_lambdas=30, tol=1e-12).fit(X, y)
    assert sparse.lambda_ == sparse.cv_.lambda_1se > least.cv_.lambda_min == least.lambda_
    for fitted in (sparse, least):
        again = Lasso(fitted.lambda_, tol=1e-12).fit(X, y)
        assert np.allclose(fitted.coef_, again.coef_, rtol=1e-6, atol=1e-9)
    assert clone(sparse).get_params() == sparse.get_params()
    with pytest.raises(ValueError, match="rule: 'least', expected 'one_standard_error'"):
        LassoCV(rule="least").fit(X, y)


def test_sparse_logistic_regression_is_that_of_scikit_learn():
    X, y = classes(200, 10)
    ours = SparseLogisticRegression(0.02, tol=1e-13).fit(X, y)
    peer = linear_model.LogisticRegression(penalty="l1", C=1 / (200 * 0.02), solver="saga",
                                           tol=1e-10, max_iter=100_000).fit(X, y)
    assert ours.coef_.shape == (1, 10) and ours.intercept_.shape == (1,)
    assert np.allclose(ours.coef_, peer.coef_, atol=1e-6)
    assert np.allclose(ours.intercept_, peer.intercept_, atol=1e-6)
    assert np.allclose(ours.predict_proba(X), peer.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("estimator", [
    Lasso(0.1, tol=1e-14), GroupLasso(0.3, groups=[0, 0, 1, 1, 2, 2], tol=1e-14),
    LqRegression(0.1, tol=1e-13), SparseLogisticRegression(0.02, tol=1e-13)])
def test_whole_sample_weights_are_repeated_rows(estimator):
    random = np.random.default_rng(5)
    X, y = (classes if isinstance(estimator, SparseLogisticRegression) else correlated)(90, 6)
    X[:, 2] += 300  # far from 0: centred in a copy
    times = random.integers(0, 4, 90)
    repeated = clone(estimator).fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    for form in (np.ascontiguousarray, np.asfortranarray):
        weighted = clone(estimator).fit(form(X), y, sample_weight=0.3 * times)
        assert np.allclose(weighted.coef_, repeated.coef_, rtol=1e-6, atol=1e-8)
        assert np.allclose(weighted.intercept_, repeated.intercept_, rtol=1e-6, atol=1e-5)
        assert weighted.objective_ == pytest.approx(repeated.objective_, rel=1e-10)
    plain = clone(estimator).fit(X, y)
    assert not np.allclose(plain.coef_, repeated.coef_, rtol=1e-3)
    assert np.array_equal(clone(estimator).fit(X, y, np.ones(90)).coef_, plain.coef_)


def test_sample_weights_are_those_of_scikit_learn():
    X, y = correlated(80, 30)
    weights = np.random.default_rng(1).random(80)
    weights[:7] = 0
    ours = Lasso(0.1, tol=1e-14).fit(X, y, weights)
    peer = linear_model.Lasso(0.1, tol=1e-15, max_iter=1_000_000).fit(X, y, weights)
    assert np.allclose(ours.coef_, peer.coef_, rtol=1e-8, atol=1e-10)
    assert ours.intercept_ == pytest.approx(peer.intercept_, rel=1e-8)
    X, y = classes(200, 10)
    weights = np.random.default_rng(2).random(200)
    ours = SparseLogisticRegression(0.02, tol=1e-13).fit(X, y, weights)
    peer = linear_model.LogisticRegression(penalty="l1", C=1 / (weights.sum() * 0.02),
                                           solver="saga", tol=1e-10, max_iter=100_000)
    assert np.allclose(ours.coef_, peer.fit(X, y, weights).coef_, atol=1e-6)


@pytest.mark.parametrize("bad, message", [(-1.0, "entry 3 is -1;"), (np.nan, "NaN"),
                                          (np.inf, "infinity"), (0.0, "all are 0")])
def test_sample_weights_that_cannot_be(bad, message):
    X, y = correlated(30, 3)
    weights = np.zeros(30) if bad == 0 else np.ones(30)
    weights[3] = bad
    with pytest.raises(ValueError, match=message):
        Lasso(0.1).fit(X, y, weights)
    with pytest.raises(hadamard.InputError, match="observation weights: "):
        hadamard.solve(X, y, 0.1, sample_weight=weights)
    with pytest.raises(hadamard.InputError, match="sample_weight: 29 values, expected 30"):
        hadamard.solve(X, y, 0.1, sample_weight=np.ones(29))


def test_probabilities():
    X, y = classes(100, 5)
    fitted = SparseLogisticRegression().fit(X, np.where(y > 0, "yes", "no"))
    assert fitted.classes_.tolist() == ["no", "yes"]
    z = fitted.decision_function(X)
    p = fitted.predict_proba(X)
    assert p.shape == (100, 2) and np.allclose(p.sum(axis=1), 1)
    assert np.allclose(np.log(p[:, 1] / p[:, 0]), z)
    assert np.array_equal(fitted.predict(X), np.where(z > 0, "yes", "no"))
    far = fitted.predict_proba(X * 1e6)
    assert np.all(np.isfinite(far)) and np.allclose(far.sum(axis=1), 1)


def test_groups_enter_and_leave_together():
    X, y = correlated(80, 12)
    labels = np.repeat([0, 1, 2, 3], 3)
    fitted = GroupLasso(0.6, groups=labels).fit(X, y)
    nonzero = (fitted.coef_.reshape(4, 3) != 0)
    assert np.array_equal(nonzero.all(axis=1), nonzero.any(axis=1))
    assert 0 < nonzero.any(axis=1).sum() < 4
    lists = GroupLasso(0.6, groups=[[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]).fit(X, y)
    assert np.allclose(lists.coef_, fitted.coef_, rtol=1e-6)


def test_deeper_is_sparser():
    X, y = correlated(80, 40, noise=2)
    lasso = Lasso(0.1).fit(X, y)
    deep = LqRegression(0.1, depth=4).fit(X, y)
    assert 0 < np.count_nonzero(deep.coef_) < np.count_nonzero(lasso.coef_)
    assert np.isnan(deep.dual_gap_)
    assert np.allclose(LqRegression(0.1, depth=2).fit(X, y).coef_, lasso.coef_)


def test_warm_start_begins_at_the_last_fit():
    X, y = correlated(100, 200)
    estimator = Lasso(0.05, warm_start=True, tol=1e-12)
    cold = estimator.fit(X, y).coef_
    estimator.fit(X, y)
    assert np.allclose(estimator.coef_, cold, atol=1e-9) and estimator.n_iter_ <= 2


def test_no_convergence_is_a_warning():
    X, y = correlated(100, 300)
    with pytest.warns(ConvergenceWarning, match="Lasso did not converge .*relative duality gap"):
        Lasso(0.001, max_iter=1, tol=1e-14).fit(X, y)


def test_folds_that_do_not_converge_are_a_warning():
    X, y = correlated(100, 300)
    with pytest.warns(ConvergenceWarning,
                      match="LassoCV: .* of 30 fits on folds did not converge: .* gap up to"):
        fitted = LassoCV(n_lambdas=10, folds=3, max_iter=2, tol=1e-14).fit(X, y)
    assert 0 < fitted.cv_.unconverged <= 30 and fitted.cv_.worst > 1e-14
    found = hadamard.cross_validate(X, y, folds=3, n_lambdas=5)
    assert found.unconverged == 0 and found.worst == 0


def test_in_pipelines_grids_and_folds():
    X, y = correlated(90, 15)
    grid = GridSearchCV(make_pipeline(StandardScaler(), Lasso()),
                        {"lasso__lambda_": [1.0, 0.1, 0.01]}, cv=3).fit(X, y)
    assert grid.best_params_["lasso__lambda_"] in (0.1, 0.01)
    assert cross_val_score(Lasso(0.1), scipy.sparse.csr_matrix(X), y, cv=3).mean() > 0.5


def test_three_classes():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="Only binary classification.*OneVsRestClassifier"):
        SparseLogisticRegression().fit(X, y)
    assert OneVsRestClassifier(SparseLogisticRegression(0.005)).fit(X, y).score(X, y) > 0.9


class Frame:
    """What scikit-learn asks of a data frame, for machines without pandas."""

    def __init__(self, values, columns):
        self.values, self.columns, self.shape = values, columns, values.shape

    def __array__(self, dtype=None):
        return np.asarray(self.values, dtype=dtype)


def test_column_names():
    X, y = correlated(30, 3)
    try:
        from pandas import DataFrame
    except ImportError:
        DataFrame = Frame
    fitted = Lasso(0.1).fit(DataFrame(X, columns=["a", "b", "c"]), y)
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.warns(UserWarning, match="feature names"):
        fitted.predict(X)


def test_what_is_not_finite_is_refused():
    X, y = correlated(30, 3)
    X[4, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        Lasso(0.1).fit(X, y)


def test_without_scikit_learn():
    """solve and path remain; the estimators say what they lack."""
    code = """
import sys
sys.modules["sklearn"] = sys.modules["scipy"] = None
import numpy as np, hadamard
assert hadamard.solve(np.eye(3), [1.0, 2.0, 3.0], 0.1).support > 0
try:
    hadamard.Lasso(0.1)
except ImportError as error:
    assert "needs scikit-learn" in str(error)
    print("right")
"""
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True)
    assert done.stdout == "right\n", done.stderr


def test_nothing_else_is_said():
    X, y = correlated(60, 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Lasso(0.1).fit(X, y).predict(X)
