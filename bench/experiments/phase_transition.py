"""Support recovery without noise: n/p against s/n, for ℓ₁, ℓ_{2/3} and ℓ_{1/2}.

y = Xβ with X of independent N(0, 1) entries, columns of norm √n, and s nonzero entries ± (1/2 +
|N(0, 1)|). Asked of the minimizer at the end of a path of λ down to 1e-4 of its start: |β̂_i| > 1/4
exactly where β_i ≠ 0. For ℓ_q, where the path ends depends on where it starts: it starts at the ℓ₁
minimizers of several λ, and the lowest objective counts.
"""

from common import POWERS, figure, hadamard, np, save, say, table

DEPTHS = [2, 3, 4]
PRESETS = {
    "small": {"p": 60, "grid": 6, "trials": 10, "lambdas": 12, "starts": 3},
    "full": {"p": 200, "grid": 12, "trials": 20, "lambdas": 16, "starts": 4},
}
THRESHOLD = 0.25  # Half of the least |β_i| ≠ 0.
TOLERANCE = 1e-6  # Of the solver: far below what the threshold sees.


def axis(count):
    """Midpoints of a partition of [0, 1]."""
    return (np.arange(count) + 0.5) / count


def instance(random, n, p, s):
    X = np.asfortranarray(random.standard_normal((n, p)))
    X *= np.sqrt(n) / np.linalg.norm(X, axis=0)
    beta = np.zeros(p)
    where = random.choice(p, s, replace=False)
    beta[where] = random.choice([-1.0, 1.0], s) * (0.5 + np.abs(random.standard_normal(s)))
    return X, X @ beta, beta


def minimizers(X, y, count, starts):
    """{depth: β̂ at the last λ}, the lowest P of those that the starts lead to."""
    convex = hadamard.WorkingSet(X, y, depth=2, intercept=False, tol=TOLERANCE)
    lambdas = convex.lambda_max() * np.geomspace(0.5, 1e-4, count)
    path = [convex.solve(lambda_).coef for lambda_ in lambdas]
    found = {2: path[-1]}
    for k in DEPTHS[1:]:
        solver = hadamard.WorkingSet(X, y, depth=k, intercept=False, tol=TOLERANCE)
        ends = []
        for first in np.linspace(0, count - 2, starts).round().astype(int):
            solver.start_at(path[first])
            ends.append([solver.solve(lambda_) for lambda_ in lambdas[first:]][-1])
        found[k] = min(ends, key=lambda end: end.objective).coef
    return found


def measure(preset, seed):
    p, records = preset["p"], []
    for delta in axis(preset["grid"]):
        say(f"  n/p = {delta:.3f}")
        for rho in axis(preset["grid"]):
            n = max(2, round(delta * p))
            s = max(1, round(rho * n))
            hits = dict.fromkeys(DEPTHS, 0)
            for trial in range(preset["trials"]):
                X, y, beta = instance(np.random.default_rng([seed, n, s, trial]), n, p, s)
                found_at = minimizers(X, y, preset["lambdas"], preset["starts"])
                for k, found in found_at.items():
                    hits[k] += bool(np.array_equal(np.abs(found) > THRESHOLD, beta != 0))
            for k in DEPTHS:
                records.append({"depth": k, "n_over_p": delta, "s_over_n": rho, "n": n, "s": s,
                                "recovered": hits[k], "trials": preset["trials"]})  # fmt: skip
    return {"records": records}


def ell_one_limit(delta):
    """The s/n up to which ℓ₁ recovers a signed signal in most of its places, as p → ∞.

    max over z ≥ 0 of (1 − (2/δ) h(z)) / (1 + z² − 2 h(z)),  h(z) = (1 + z²) Φ(−z) − z φ(z).
    Source  Donoho, Maleki and Montanari 2009, arXiv 0907.3574: the weak threshold of Donoho and
            Tanner.
    """
    from scipy.stats import norm

    z = np.linspace(1e-3, 6, 6000)
    h = (1 + z**2) * norm.cdf(-z) - z * norm.pdf(z)
    return float(np.max((1 - 2 / delta * h) / (1 + z**2 - 2 * h)))


def shares(results, depth):
    """Share of recovered instances, rows s/n and columns n/p."""
    here = [r for r in results["records"] if r["depth"] == depth]
    grid = results["settings"]["grid"]
    return np.reshape([r["recovered"] / r["trials"] for r in here], (grid, grid)).T


def half_way(rhos, column):
    """The s/n at which the share first falls below 1/2, between the midpoints; 0 if it is never
    above."""
    below = np.flatnonzero(column < 0.5)
    if len(below) == 0:
        return 1.0
    i = below[0]
    if i == 0:
        return 0.0
    return float(np.interp(0.5, [column[i], column[i - 1]], [rhos[i], rhos[i - 1]]))


def report(results):
    rhos = axis(results["settings"]["grid"])
    trials, rows = results["settings"]["trials"], []
    for j, delta in enumerate(rhos):
        row = [f"{delta:.3f}", f"{ell_one_limit(delta):.3f}"]
        for k in DEPTHS:
            column = shares(results, k)[:, j]
            row += [f"{half_way(rhos, column):.3f}"]
        rows.append(row)
    totals = []
    for k in DEPTHS:
        share = np.mean([r["recovered"] / r["trials"] for r in results["records"]
                         if r["depth"] == k])
        error = np.sqrt(np.sum([r["recovered"] * (r["trials"] - r["recovered"]) / r["trials"] ** 3
                                for r in results["records"] if r["depth"] == k]))  # fmt: skip
        totals.append([POWERS[k], k, f"{share:.3f} ± {error / len(rhos) ** 2:.3f}"])
    return [
        f"The s/n at which half of {trials} instances are recovered (standard error of a share of "
        f"1/2: "
        f"{0.5 / np.sqrt(trials):.2f}; the grid's step is {rhos[1] - rhos[0]:.3f}), "
        f"p = {results['settings']['p']}:",
        "",
        *table(["n/p", "ℓ₁, p → ∞", *(POWERS[k] for k in DEPTHS)], rows), "",
        "Recovered of all, over the whole square:", "",
        *table(["penalty", "depth", "share ± standard error"], totals),
    ]  # fmt: skip


def plot(results, path):
    fig, axes = figure(1, len(DEPTHS))
    deltas = np.linspace(0.02, 0.99, 60)
    for ax, k in zip(axes[0], DEPTHS):
        image = ax.imshow(shares(results, k), origin="lower", extent=(0, 1, 0, 1), vmin=0, vmax=1,
                          cmap="viridis", aspect="auto")  # fmt: skip
        ax.plot(deltas, [ell_one_limit(d) for d in deltas], color="white", linewidth=1.5)
        ax.set(title=f"${POWERS[k].replace('ℓ₁', 'ℓ_1')}$, depth {k}".replace("ℓ", r"\ell"),
               xlabel="n/p",
               ylabel="s/n")  # fmt: skip
    fig.colorbar(image, ax=axes[0, -1], label="share recovered")
    save(fig, path)


def check(results, checks):
    grid, trials = results["settings"]["grid"], results["settings"]["trials"]
    # Twice the standard error of a difference of two shares of 1/2, of a row's or a column's mean.
    slack = 2 * np.sqrt(0.5 / (trials * grid))
    totals = []
    for k in DEPTHS:
        share = shares(results, k)
        by_rho, by_delta = share.mean(axis=1), share.mean(axis=0)
        checks.require(np.all(np.diff(by_rho) <= slack),
                       f"depth {k}: recovery falls with s/n: {by_rho}")
        checks.require(np.all(np.diff(by_delta) >= -slack),
                       f"depth {k}: it rises with n/p: {by_delta}")
        checks.require(by_rho[0] > 0.8 and by_rho[-1] < 0.1,
                       f"depth {k}: from all to none: {by_rho}")
        totals.append(share.mean())
    checks.require(totals[1] >= totals[0] and totals[2] >= totals[0],
                   f"ℓ_q recovers no less than ℓ₁: {totals}")  # fmt: skip
