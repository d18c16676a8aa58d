"""scikit-learn estimators over `WorkingSet`.

λ is scikit-learn's `alpha` for least squares, and 1/(n·C) for logistic regression (1/(C Σ s) with
sample weights s). Without
scikit-learn this module can be imported, and its classes say so when they are made.
"""

from __future__ import annotations

import warnings

import numpy as np

from hadamard.solvers import WorkingSet

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import validation
    from sklearn.utils.extmath import safe_sparse_dot
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
except ImportError:
    class BaseEstimator:
        def __new__(cls, *args, **kwargs):
            raise ImportError(f"{cls.__name__} needs scikit-learn; hadamard.solve and "
                              "hadamard.path do without it")

    class ClassifierMixin:
        pass

    class RegressorMixin:
        pass


class _Linear(BaseEstimator):
    """What the estimators share: fitting x ↦ xᵀβ + b, and its value."""

    _loss = "least_squares"

    def __sklearn_is_fitted__(self):
        # The parameter lambda_ ends like a fitted attribute.
        return hasattr(self, "coef_")

    def _validated(self, X, **more):
        settings = dict(accept_sparse="csc", dtype=np.float64, **more)
        # A method of BaseEstimator until scikit-learn 1.6, a function since.
        if hasattr(validation, "validate_data"):
            return validation.validate_data(self, X, **settings)
        return self._validate_data(X, **settings)

    def _fit(self, X, y, *, sample_weight=None, groups=None, depth=2):
        if sample_weight is not None:
            sample_weight = validation._check_sample_weight(sample_weight, X, dtype=np.float64)
        problem = WorkingSet(X, y, loss=self._loss, groups=groups, weights=self.weights,
                             intercept=self.fit_intercept, depth=depth, tol=self.tol,
                             max_iter=self.max_iter, sample_weight=sample_weight)
        found = self._solved(problem)
        if not found.converged:
            left = (f"relative duality gap {found.relative_gap:.2g}" if depth == 2
                    else f"residual {found.residual:.2g}")
            warnings.warn(f"{type(self).__name__} did not converge ({found.stop}): {left}, tol "
                          f"{self.tol:g}", ConvergenceWarning, stacklevel=3)
        self.n_iter_ = max(found.iterations, 1)
        self.dual_gap_ = found.gap
        self.objective_ = found.objective
        return found

    def _solved(self, problem):
        if self.warm_start and hasattr(self, "coef_"):
            problem.start_at(self.coef_.ravel(), float(np.ravel(self.intercept_)[0]))
        return problem.solve(self.lambda_)

    def _linear(self, X):
        validation.check_is_fitted(self)
        X = self._validated(X, reset=False)
        return safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_


class _Regressor(RegressorMixin, _Linear):
    _least_rows = 1

    def _fit_regression(self, X, y, **problem):
        X, y = self._validated(X, y=y, y_numeric=True, ensure_min_samples=self._least_rows)
        found = self._fit(X, y, **problem)
        self.coef_ = found.coef
        self.intercept_ = found.intercept
        return self

    def predict(self, X):
        return self._linear(X)


class Lasso(_Regressor):
    """‖y − Xβ − b‖²/(2n) + λ Σ w_j |β_j|.

    lambda_      λ > 0; scikit-learn's alpha.
    weights      w ≥ 0 of the columns; None is 1. 0: not penalised; infinite: left out.
    tol          On the duality gap, relative to the objective at (0, 0).
    warm_start   Start from the last fit.
    sample_weight
                 Of fit: s ≥ 0 of the rows; the loss is Σ sᵢ ℓᵢ / Σ sᵢ (see `hadamard.solve`).

    Fitted: coef_, intercept_, n_iter_, dual_gap_, objective_, n_features_in_, feature_names_in_.
    """

    def __init__(self, lambda_=1.0, *, weights=None, fit_intercept=True, tol=1e-8, max_iter=1000,
                 warm_start=False):
        self.lambda_ = lambda_
        self.weights = weights
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start

    def fit(self, X, y, sample_weight=None):
        return self._fit_regression(X, y, sample_weight=sample_weight)


class LassoCV(_Regressor):
    """`Lasso` at the λ that cross-validation chooses.

    rule         "one_standard_error": the largest λ whose held-out loss is within one standard
                 error of the least; "minimum": that of the least.
    lambdas      Values of λ > 0; None: n_lambdas from λ_max to eps·λ_max.
    folds, seed  Parts of the rows, and the shuffle that deals them.

    The rest is as in `Lasso`. Fitted besides: lambda_, and cv_, a `CrossValidation`.
    """

    _least_rows = 2

    def __init__(self, *, rule="one_standard_error", lambdas=None, n_lambdas=100, eps=1e-3, folds=5,
                 seed=20230707, weights=None, fit_intercept=True, tol=1e-8, max_iter=1000):
        self.rule = rule
        self.lambdas = lambdas
        self.n_lambdas = n_lambdas
        self.eps = eps
        self.folds = folds
        self.seed = seed
        self.weights = weights
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter

    def fit(self, X, y, sample_weight=None):
        if self.rule not in ("one_standard_error", "minimum"):
            raise ValueError(f"rule: {self.rule!r}, expected 'one_standard_error' or 'minimum'")
        return self._fit_regression(X, y, sample_weight=sample_weight)

    def _solved(self, problem):
        self.cv_ = problem.cross_validate(self.lambdas, self.folds, self.seed,
                                          n_lambdas=self.n_lambdas, eps=self.eps)
        if self.cv_.unconverged:
            fits = self.folds * len(self.cv_.lambdas)
            warnings.warn(f"LassoCV: {self.cv_.unconverged} of {fits} fits on folds did not "
                          f"converge: relative duality gap up to {self.cv_.worst:.2g}, tol "
                          f"{self.tol:g}", ConvergenceWarning, stacklevel=5)
        self.lambda_ = self.cv_.lambda_min if self.rule == "minimum" else self.cv_.lambda_1se
        return problem.solve(self.lambda_)

    def _more_tags(self):
        reason = "rows are dealt to folds: other rows or another order are other folds"
        return {"_xfail_checks": {"check_sample_weights_invariance": reason}}


class GroupLasso(_Regressor):
    """‖y − Xβ − b‖²/(2n) + λ Σ_g w_g ‖β_g‖₂.

    groups    Lists of columns, or a label for each column; None: each column its own.
    weights   w ≥ 0 of the groups; None is 1 (Yuan and Lin take √size).

    The rest is as in `Lasso`.
    """

    def __init__(self, lambda_=1.0, *, groups=None, weights=None, fit_intercept=True, tol=1e-8,
                 max_iter=1000, warm_start=False):
        self.lambda_ = lambda_
        self.groups = groups
        self.weights = weights
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start

    def fit(self, X, y, sample_weight=None):
        return self._fit_regression(X, y, sample_weight=sample_weight, groups=self.groups)


class LqRegression(_Regressor):
    """‖y − Xβ − b‖²/(2n) + λ Σ_g w_g ‖β_g‖₂^q, q = 2/depth: a local minimizer.

    depth   Factors of the Hadamard product, ≥ 2; 3 is q = 2/3.
    tol     On the largest relative violation of the prox fixed point over the groups.

    The rest is as in `GroupLasso`; dual_gap_ is NaN above depth 2.
    """

    def __init__(self, lambda_=1.0, *, depth=3, groups=None, weights=None, fit_intercept=True,
                 tol=1e-8, max_iter=1000, warm_start=False):
        self.lambda_ = lambda_
        self.depth = depth
        self.groups = groups
        self.weights = weights
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start

    def fit(self, X, y, sample_weight=None):
        return self._fit_regression(X, y, sample_weight=sample_weight, groups=self.groups,
                                    depth=self.depth)


class SparseLogisticRegression(ClassifierMixin, _Linear):
    """(1/n) Σ log(1 + exp(−sᵢ(xᵢᵀβ + b))) + λ Σ_g w_g ‖β_g‖₂^q, q = 2/depth: two classes, s = ±1.

    lambda_   λ > 0; 1/(n·C) of scikit-learn's LogisticRegression(penalty="l1", C=C).

    The rest is as in `LqRegression`, with classes_ in ascending order, coef_ of shape (1, p) and
    intercept_ of shape (1,). For more classes: sklearn.multiclass.OneVsRestClassifier.
    """

    _loss = "logistic"

    def __init__(self, lambda_=0.01, *, depth=2, groups=None, weights=None, fit_intercept=True,
                 tol=1e-8, max_iter=1000, warm_start=False):
        self.lambda_ = lambda_
        self.depth = depth
        self.groups = groups
        self.weights = weights
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start

    def fit(self, X, y, sample_weight=None):
        X, y = self._validated(X, y=y)
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind != "binary":
            # The first sentence is the one that scikit-learn's checks look for.
            raise ValueError(f"Only binary classification is supported. The type of the target is "
                             f"{kind}. For more classes: sklearn.multiclass.OneVsRestClassifier")
        classes, positive = np.unique(y, return_inverse=True)
        if len(classes) != 2:
            raise ValueError(f"y: one class, {classes[0]!r}, expected 2 classes")
        if sample_weight is not None:
            sample_weight = validation._check_sample_weight(sample_weight, X, dtype=np.float64)
            present = np.unique(positive[sample_weight > 0])
            if len(present) == 1:
                raise ValueError(f"y: one class, {classes[present[0]]!r}, among the rows of "
                                 "positive weight, expected 2 classes")
        found = self._fit(X, positive, sample_weight=sample_weight, groups=self.groups,
                          depth=self.depth)
        self.classes_ = classes
        self.coef_ = found.coef.reshape(1, -1)
        self.intercept_ = np.array([found.intercept])
        return self

    def decision_function(self, X):
        """xᵀβ + b: positive for classes_[1]."""
        return self._linear(X).ravel()

    def predict_proba(self, X):
        """A column for each class."""
        z = self.decision_function(X)
        return np.exp(-np.logaddexp(0, np.column_stack([z, -z])))

    def predict(self, X):
        is_second = self.decision_function(X) > 0
        return self.classes_[is_second.astype(int)]

    def _more_tags(self):
        return {"binary_only": True}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
