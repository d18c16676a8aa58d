"""The problems that are measured, from fixed seeds.

Designs  Rows are draws of a Gaussian AR(1) process, corr(x_i, x_j) = rho^|i-j| (Toeplitz, rho = 0.6
         unless said otherwise); columns are then scaled to norm sqrt(n). Sparse designs have
         Gaussian entries at uniformly drawn places.
Truth    50 nonzero coefficients (whole groups where there are groups), standard normal, at drawn
         places.
Response X beta + noise with |X beta| / |noise| = 3; logistic: whether that is positive.
Losses   means: |y - X beta|^2 / (2n), or log(1 + exp(z)) - yz. No intercept: tables are
         standardised.
lambda   a fraction of lambda_max, the least lambda at which 0 is stationary; for depth k > 2
         (penalty |b|^(2/k)) the least at which 0 is a prox fixed point.
"""

import csv
import dataclasses
import functools
import pathlib

import numpy as np
import scipy.sparse

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


@dataclasses.dataclass
class Workload:
    name: str
    seed: int
    X: object  # Fortran-ordered float64 array, or CSC matrix
    y: np.ndarray
    logistic: bool = False
    group: int = 1  # columns a group, in order
    depth: int = 2
    lambdas: np.ndarray = None  # one, or a decreasing path

    @property
    def shape(self):
        return self.X.shape

    @property
    def is_sparse(self):
        return scipy.sparse.issparse(self.X)

    @property
    def is_path(self):
        return len(self.lambdas) > 1

    @property
    def at_zero(self):
        """P(0)."""
        return np.log(2) if self.logistic else self.y @ self.y / (2 * len(self.y))

    @functools.cached_property
    def lambda_max(self):
        n = len(self.y)
        g = self.X.T @ (self.y - 0.5 if self.logistic else self.y) / n
        g = np.linalg.norm(np.reshape(g, (-1, self.group)), axis=1).max()
        if self.depth == 2:
            return g
        # 0 ceases to be the prox at y_glob = (2-q)/(2(1-q)) (2(1-q) lambda)^(1/(2-q)); step 1.
        q = 2 / self.depth
        return (g * 2 * (1 - q) / (2 - q)) ** (2 - q) / (2 * (1 - q))


def toeplitz(random, n, p, rho=0.6):
    X = np.empty((n, p), order="F")
    X[:, 0] = random.standard_normal(n)
    for j in range(1, p):
        X[:, j] = rho * X[:, j - 1] + np.sqrt(1 - rho**2) * random.standard_normal(n)
    return X


def scaled(X):
    """Columns of norm sqrt(n), in place."""
    norms = np.sqrt((X**2).sum(axis=0))
    norms[norms == 0] = 1
    X *= np.sqrt(len(X)) / norms
    return X


def sparse_design(random, n, p, density):
    count = random.binomial(n, density, size=p)
    rows = np.concatenate([np.sort(random.choice(n, c, replace=False)) for c in count])
    values = random.standard_normal(len(rows))
    starts = np.concatenate([[0], np.cumsum(count)])
    owner = np.repeat(np.arange(p), count)
    norms = np.sqrt(np.bincount(owner, values**2, minlength=p))
    values *= np.sqrt(n) / norms[owner]
    return scipy.sparse.csc_matrix((values, rows.astype(np.int32), starts), shape=(n, p))


def response(random, X, nonzeros=50, group=1, snr=3.0):
    p = X.shape[1]
    blocks = random.choice(p // group, nonzeros // group, replace=False)
    beta = np.zeros((p // group, group))
    beta[blocks] = random.standard_normal((len(blocks), group))
    signal = X @ beta.ravel()
    noise = random.standard_normal(X.shape[0])
    return signal + noise * np.linalg.norm(signal) / (snr * np.linalg.norm(noise))


def synthetic(name, seed, n, p, fraction, logistic=False, group=1, depth=2, density=None, rho=0.6,
              nonzeros=50):  # fmt: skip
    random = np.random.default_rng([seed, n, p])
    X = sparse_design(random, n, p, density) if density else scaled(toeplitz(random, n, p, rho))
    y = response(random, X, min(nonzeros, p // 2), group)
    if logistic:
        y = (y > 0).astype(float)
    return at(Workload(name, seed, X, y, logistic, group, depth), fraction)


def table(name, seed, file, column, logistic, fraction):
    """A CSV table, columns centred and scaled, rows in an order drawn from the seed."""
    with open(DATA / file, newline="") as stream:
        rows = list(csv.reader(stream))
    values = np.array(rows[1:], dtype=float)
    values = values[np.random.default_rng(seed).permutation(len(values))]
    k = rows[0].index(column)
    X = np.asfortranarray(np.delete(values, k, axis=1))
    X = scaled(X - X.mean(axis=0))
    y = np.ascontiguousarray(values[:, k])
    return at(Workload(name, seed, X, y if logistic else y - y.mean(), logistic), fraction)


def at(workload, fraction):
    """One lambda, or 100 down to the fraction."""
    if isinstance(fraction, Path):
        workload.lambdas = workload.lambda_max * np.geomspace(1, fraction.end, fraction.count)
    else:
        workload.lambdas = np.array([workload.lambda_max * fraction])
    return workload


@dataclasses.dataclass(frozen=True)
class Path:
    end: float = 0.01  # of lambda_max
    count: int = 100


A = {"n": 500, "p": 5000}
B = {"n": 5000, "p": 500}
E = {"n": 500, "p": 2000, "logistic": True}

# name -> (function of a seed, what it is)
WORKLOADS = {
    "A10": (lambda name, s: synthetic(name, s, **A, fraction=0.1), "500 x 5000, 0.1 lambda_max"),
    "A01": (lambda name, s: synthetic(name, s, **A, fraction=0.01), "the same, 0.01 lambda_max"),
    "B10": (lambda name, s: synthetic(name, s, **B, fraction=0.1), "5000 x 500, 0.1 lambda_max"),
    "B01": (lambda name, s: synthetic(name, s, **B, fraction=0.01), "the same, 0.01 lambda_max"),
    "C": (lambda name, s: synthetic(name, s, **A, fraction=0.1, group=10),
          "A in groups of 10, 0.1 lambda_max"),
    "E": (lambda name, s: synthetic(name, s, **E, fraction=0.1),
          "500 x 2000, logistic, 0.1 lambda_max"),
    "lq23-A": (lambda name, s: synthetic(name, s, **A, fraction=0.1, depth=3),
               "A, |b|^(2/3), 0.1 lambda_max"),
    "lq12-A": (lambda name, s: synthetic(name, s, **A, fraction=0.1, depth=4),
               "A, |b|^(1/2), 0.1 lambda_max"),
    "lq23-200": (lambda name, s: synthetic(name, s, 200, 1000, fraction=0.1, depth=3, nonzeros=20),
                 "200 x 1000, |b|^(2/3), 0.1 lambda_max"),
    "lq12-200": (lambda name, s: synthetic(name, s, 200, 1000, fraction=0.1, depth=4, nonzeros=20),
                 "200 x 1000, |b|^(1/2), 0.1 lambda_max"),
    "path-A": (lambda name, s: synthetic(name, s, **A, fraction=Path()),
               "A, 100 lambda to 0.01 lambda_max"),
    "path-B": (lambda name, s: synthetic(name, s, **B, fraction=Path()), "B, the same path"),
    "path-E": (lambda name, s: synthetic(name, s, **E, fraction=Path()), "E, the same path"),
    "path-diabetes": (lambda name, s: table(name, s, "diabetes.csv", "progression", False, Path()),
                      "442 x 10, the same path"),
    "path-cancer": (lambda name, s: table(name, s, "breast_cancer.csv", "malignant", True, Path()),
                    "569 x 30, logistic, the same path"),
    "sparse": (lambda name, s: synthetic(name, s, 10_000, 100_000, fraction=0.1, density=1e-3),
               "10^4 x 10^5, density 10^-3, 0.1 lambda_max"),
    "tall": (lambda name, s: synthetic(name, s, 100_000, 200, fraction=0.01),
             "10^5 x 200, 0.01 lambda_max"),
}  # fmt: skip


def make(name, seed):
    return WORKLOADS[name][0](name, seed)
