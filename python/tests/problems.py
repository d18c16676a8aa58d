"""Data, and what optimality means, written down a second time in NumPy."""

import numpy as np

ROUNDING = np.finfo(float).eps


def correlated(rows, columns, seed=1, nonzero=5, noise=0.5):
    """Columns with neighbours correlated by 1/2, and a response from the first few of them."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((rows, columns))
    X[:, 1:] = (X[:, 1:] + X[:, :-1]) / np.sqrt(2)
    beta = np.zeros(columns)
    beta[:nonzero] = (random.choice([-1, 1], nonzero) * (1 + random.random(nonzero)))[:columns]
    return X, X @ beta + 1 + noise * random.standard_normal(rows)


def classes(rows, columns, seed=1):
    """0 and 1, neither of them separable from the other."""
    X, z = correlated(rows, columns, seed)
    random = np.random.default_rng(seed + 1)
    return X, (random.random(rows) < 1 / (1 + np.exp(-(z - 1)))).astype(float)


def singletons(columns):
    return [[j] for j in range(columns)]


LOSSES = {
    "least_squares": (lambda z, y: (z - y) ** 2 / 2, lambda z, y: z - y),
    "logistic": (lambda z, y: np.logaddexp(0, z) - y * z, lambda z, y: 1 / (1 + np.exp(-z)) - y),
    "poisson": (lambda z, y: np.exp(z) - y * z, lambda z, y: np.exp(z) - y),
    "huber": (lambda z, y: np.where(abs(z - y) <= 1, (z - y) ** 2 / 2, abs(z - y) - 0.5),
              lambda z, y: np.clip(z - y, -1, 1)),
}


def objective(X, y, lambda_, coef, intercept, *, loss="least_squares", groups=None, weights=None,
              q=1.0):
    groups = singletons(X.shape[1]) if groups is None else groups
    weights = np.ones(len(groups)) if weights is None else weights
    penalty = sum(w * np.linalg.norm(coef[g]) ** q
                  for g, w in zip(groups, weights) if np.any(coef[g] != 0))
    return LOSSES[loss][0](X @ coef + intercept, y).mean() + lambda_ * penalty


def stationarity(X, y, lambda_, coef, intercept, *, loss="least_squares", groups=None,
                 weights=None, free=True):
    """The largest distance of −∇L from the subdifferential of λR over the groups, and b if free."""
    groups = singletons(X.shape[1]) if groups is None else groups
    weights = np.ones(len(groups)) if weights is None else weights
    slope = LOSSES[loss][1](X @ coef + intercept, y)
    gradient = X.T @ slope / len(y)
    worst = abs(slope.mean()) if free else 0.0
    for g, w in zip(groups, weights):
        if len(g) == 0 or np.isinf(w):
            continue
        size = np.linalg.norm(coef[g])
        if size > 0:
            violation = np.linalg.norm(gradient[g] + lambda_ * w * coef[g] / size)
        else:
            violation = max(0, np.linalg.norm(gradient[g]) - lambda_ * w)
        worst = max(worst, violation)
    return worst


def lasso_gap(X, y, lambda_, coef, intercept):
    """P − D of the lasso with a free intercept, D at the scaled residual."""
    n = len(y)
    residual = y - X @ coef - intercept
    dual = residual - residual.mean()
    dual = dual * min(1, n * lambda_ / abs(X.T @ dual).max())
    centred = y - y.mean()
    value = (centred @ centred - (centred - dual) @ (centred - dual)) / (2 * n)
    return objective(X, y, lambda_, coef, intercept) - value
