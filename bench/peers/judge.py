"""How good an answer is, by our own formulas and nobody's claim.

Duality gap, without cancellation (every term is >= 0, so that gaps of 1e-15 are real): with
rho = -n grad_z L (least squares: y - z; logistic: y - sigma(z)), q = X' rho and the
dual point t rho,
  least squares  t = clip(rho.y/|rho|^2, +-n lambda/max|q|);
                 gap = |rho|^2 (1 - t)^2 / (2n) + sum_g (lambda |b_g| - t b_g.q_g / n)
  logistic       t = min(1, n lambda/max|q|); the first term is the mean Kullback-Leibler divergence
                 of Bernoulli(y - t rho) from Bernoulli(sigma(z)), which is what Fenchel and Young
                 leave: mu phi((1-t) rho/mu) + (1-mu) phi(-(1-t) rho/(1-mu)),
                 phi(x) = (1+x) log(1+x) - x.
"""

import math

import numpy as np


def predicted(w, beta):
    support = np.flatnonzero(beta)
    return w.X[:, support] @ beta[support]


def loss(w, z):
    if w.logistic:
        return np.mean(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - w.y * z)
    return np.sum((w.y - z) ** 2) / (2 * len(z))


def block_norms(w, a):
    return np.abs(a) if w.group == 1 else np.linalg.norm(np.reshape(a, (-1, w.group)), axis=1)


def objective(w, beta, lam):
    return loss(w, predicted(w, beta)) + lam * np.sum(block_norms(w, beta) ** (2 / w.depth))


def phi(x):
    """(1 + x) log(1 + x) - x, without cancellation near 0."""
    small = np.abs(x) < 1e-3
    s = np.where(small, x, 0)
    series = s * s * (1 / 2 - s * (1 / 6 - s * (1 / 12 - s * (1 / 20 - s / 30))))
    b = np.where(small, 0, x)
    return np.where(small, series, (1 + b) * np.log1p(np.maximum(b, -1 + 1e-300)) - b)


def relative_gap(w, beta, lam):
    """(P - D) / P(0), infinite if the answer is not finite."""
    if not np.all(np.isfinite(beta)):
        return math.inf
    n = len(w.y)
    z = predicted(w, beta)
    if w.logistic:
        mu = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))),
                      np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
        # Not y - mu, which loses what is left of 1 - mu.
        other = np.where(z >= 0, np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))),
                         1 / (1 + np.exp(-np.abs(z))))
        rho = np.where(w.y == 1, other, w.y - mu)
    else:
        rho = w.y - z
    q = w.X.T @ rho
    largest = block_norms(w, q).max()
    bound = n * lam / largest if largest > 0 else math.inf
    if w.logistic:
        t = min(1.0, bound)
        shift = (1 - t) * rho
        gap = np.mean(mu * phi(shift / mu) + other * phi(-shift / other))
    else:
        t = np.clip(rho @ w.y / (rho @ rho), -bound, bound) if rho.any() else 0.0
        gap = rho @ rho * (1 - t) ** 2 / (2 * n)
    products = np.reshape(beta * q, (-1, w.group)).sum(axis=1)
    gap += np.sum(lam * block_norms(w, beta) - t * products / n)
    return float(gap / w.at_zero)


def prox_residual(w, beta, lam, prox):
    """For depth > 2: max_j |b_j - prox(b_j - grad_j/L_j; lambda/L_j)| over max|b| (1 if b = 0),
    with L_j = |X_j|^2/n = 1, as all our columns have; `prox` is the library's (a, t, depth)."""
    if not np.all(np.isfinite(beta)):
        return math.inf
    g = w.X.T @ (w.y - predicted(w, beta)) / len(w.y)
    size = np.abs(beta).max()
    return float(np.abs(beta - prox(beta + g, lam, w.depth)).max() / (size if size > 0 else 1))


def accuracy(w, coefficients, prox):
    """The worst over the lambdas: relative gap, or for depth > 2 prox residual."""
    measure = relative_gap if w.depth == 2 else lambda *a: prox_residual(*a, prox)
    return max(measure(w, beta, lam) for beta, lam in zip(coefficients, w.lambdas))
