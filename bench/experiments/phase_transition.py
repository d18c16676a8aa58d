"""Support recovery without noise: n/p against s/n, for ℓ₁, ℓ_{2/3} and ℓ_{1/2}.

y = Xβ with X of independent N(0, 1) entries, columns of norm √n, and s nonzero entries ± (1/2 + |N(0, 1)|).
Asked of the minimizer at the end of a path of λ down to 1e-4 of its start: |β̂_i| > 1/4 exactly where
β_i ≠ 0. For ℓ_q, where the path ends depends on where it starts: it starts at the ℓ₁ minimizers of several
λ, and the lowest objective counts.
"""

from common import POWERS, figure, generator, hadamard, np, percent, say, table

DEPTHS = [2, 3, 4]
PICTURES = [""]
DRAWS = 1000  # Of the bootstrap.
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
    """{depth: β̂ at the last λ}, the lowest P of those that the starts lead to; the same from ℓ₁'s end alone."""
    convex = hadamard.WorkingSet(X, y, depth=2, intercept=False, tol=TOLERANCE)
    lambdas = convex.lambda_max() * np.geomspace(0.5, 1e-4, count)
    path = [convex.solve(lambda_).coef for lambda_ in lambdas]
    found, local = {2: path[-1]}, {2: path[-1]}
    for k in DEPTHS[1:]:
        solver = hadamard.WorkingSet(X, y, depth=k, intercept=False, tol=TOLERANCE)
        ends = []
        for first in np.linspace(0, count - 2, starts).round().astype(int):
            solver.start_at(path[first])
            ends.append([solver.solve(lambda_) for lambda_ in lambdas[first:]][-1])
        found[k] = min(ends, key=lambda end: end.objective).coef
        solver.start_at(path[-1])
        local[k] = solver.solve(lambdas[-1]).coef
    return found, local


def is_recovered(found, beta):
    return bool(np.array_equal(np.abs(found) > THRESHOLD, beta != 0))


def measure(preset, seed):
    p, records = preset["p"], []
    for delta in axis(preset["grid"]):
        say(f"  n/p = {delta:.3f}")
        for rho in axis(preset["grid"]):
            n = max(2, round(delta * p))
            s = max(1, round(rho * n))
            hits, local_hits = dict.fromkeys(DEPTHS, 0), dict.fromkeys(DEPTHS, 0)
            for trial in range(preset["trials"]):
                X, y, beta = instance(generator(seed, trial, n, s), n, p, s)
                found, local = minimizers(X, y, preset["lambdas"], preset["starts"])
                for k in DEPTHS:
                    hits[k] += is_recovered(found[k], beta)
                    local_hits[k] += is_recovered(local[k], beta)
            for k in DEPTHS:
                records.append({"depth": k, "n_over_p": delta, "s_over_n": rho, "n": n, "s": s,
                                "recovered": hits[k], "recovered_from_end": local_hits[k],
                                "trials": preset["trials"]})  # fmt: skip
    return {"records": records}


def ell_one_limit(delta):
    """The s/n up to which ℓ₁ recovers a signed signal in most of its places, as p → ∞.

    max over z ≥ 0 of (1 − (2/δ) h(z)) / (1 + z² − 2 h(z)),  h(z) = (1 + z²) Φ(−z) − z φ(z).
    Source  Donoho, Maleki and Montanari 2009, arXiv 0907.3574: the weak threshold of Donoho and Tanner.
    """
    from scipy.stats import norm

    z = np.linspace(1e-3, 6, 6000)
    h = (1 + z**2) * norm.cdf(-z) - z * norm.pdf(z)
    return float(np.max((1 - 2 / delta * h) / (1 + z**2 - 2 * h)))


def shares(results, depth, key="recovered"):
    """Share of recovered instances, rows s/n and columns n/p."""
    here = [r for r in results["records"] if r["depth"] == depth]
    grid = results["settings"]["grid"]
    return np.reshape([r[key] / r["trials"] for r in here], (grid, grid)).T


def half_way(rhos, column):
    """The s/n at which the share first falls below 1/2, between the midpoints; 0 if it is never above."""
    below = np.flatnonzero(column < 0.5)
    if len(below) == 0:
        return 1.0
    i = below[0]
    if i == 0:
        return 0.0
    return float(np.interp(0.5, [column[i], column[i - 1]], [rhos[i], rhos[i - 1]]))


def half_ways(results, depth):
    """For every n/p the s/n of half recovered, and its standard error: a bootstrap of each cell's trials."""
    trials, share = results["settings"]["trials"], shares(results, depth)
    rhos, random = axis(len(share)), np.random.default_rng(depth)
    drawn = random.binomial(trials, share, (DRAWS, *share.shape)) / trials
    return [(half_way(rhos, share[:, j]), float(np.std([half_way(rhos, draw[:, j]) for draw in drawn], ddof=1)))
            for j in range(len(rhos))]  # fmt: skip


def total(results, depth, key="recovered"):
    """Share of all, and its standard error: of every cell binomial."""
    here = [r for r in results["records"] if r["depth"] == depth]
    error = np.sqrt(np.sum([r[key] * (r["trials"] - r[key]) / r["trials"] ** 3 for r in here])) / len(here)
    return float(np.mean([r[key] / r["trials"] for r in here])), float(error)


def report(results):
    rhos, trials = axis(results["settings"]["grid"]), results["settings"]["trials"]
    found = {k: half_ways(results, k) for k in DEPTHS}
    rows = [[f"{delta:.3f}", f"{ell_one_limit(delta):.3f}", *(f"{found[k][j][0]:.3f} ± {found[k][j][1]:.3f}"
                                                               for k in DEPTHS)]
            for j, delta in enumerate(rhos)]  # fmt: skip
    totals = [[POWERS[k], k, *("{:.3f} ± {:.3f}".format(*total(results, k, key))
                               for key in ("recovered", "recovered_from_end"))] for k in DEPTHS]  # fmt: skip
    return [
        f"The s/n at which half of the instances are recovered, p = {results['settings']['p']}, {trials} instances "
        f"a cell; between the midpoints of the grid (step {rhos[1] - rhos[0]:.3f}) linear. ± is the standard "
        f"error, by {DRAWS} bootstrap samples of the instances of every cell; it cannot see less than the "
        "grid's step where the shares go from 1 to 0 within one.", "",
        *table(["n/p", "ℓ₁, p → ∞", *(POWERS[k] for k in DEPTHS)], rows), "",
        "Share recovered over the whole square, ± binomial standard error; *one start*: at the last λ from ℓ₁'s "
        "minimizer there.", "",
        *table(["penalty", "depth", "paths, lowest P", "one start"], totals),
    ]  # fmt: skip


def facts(results):
    """What pages/phase_transition.md says in numbers."""
    rhos, half = axis(results["settings"]["grid"]), {k: half_ways(results, k) for k in DEPTHS}
    seen = [j for j, delta in enumerate(rhos) if delta >= 0.2]
    out = {"off": f"{max(abs(half[2][j][0] - ell_one_limit(rhos[j])) for j in seen):.3f}",
           "error": f"{max(half[2][j][1] for j in seen):.3f}", "step": f"{rhos[1] - rhos[0]:.3f}"}  # fmt: skip
    for k in DEPTHS:
        out[f"total_{k}"] = "{:.3f} ± {:.3f}".format(*total(results, k))
        out[f"end_{k}"] = percent(total(results, k, "recovered_from_end")[0], 1)
    for k in DEPTHS[1:]:
        out[f"gain_{k}"] = f"{np.mean([a[0] - b[0] for a, b in zip(half[k], half[2])]):.3f}"
    small = [r for r in results["records"] if r["n"] == results["records"][0]["n"] and r["depth"] == 2]
    most = max((r["s"] for r in small if r["s_over_n"] < half[2][0][0]), default=1)
    return out | {"least_n": str(small[0]["n"]), "least_s": str(most)}


def plots(results):
    fig, axes = figure(1, len(DEPTHS))
    deltas = np.linspace(0.02, 0.99, 60)
    for ax, k in zip(axes[0], DEPTHS):
        image = ax.imshow(shares(results, k), origin="lower", extent=(0, 1, 0, 1), vmin=0, vmax=1,
                          cmap="viridis", aspect="auto")  # fmt: skip
        ax.plot(deltas, [ell_one_limit(d) for d in deltas], color="white", linewidth=1.5)
        ax.set(title=f"${POWERS[k].replace('ℓ₁', 'ℓ_1')}$, depth {k}".replace("ℓ", r"\ell"), xlabel="n/p",
               ylabel="s/n")  # fmt: skip
    fig.colorbar(image, ax=axes[0, -1], label="share recovered")
    return [fig]


def check(results, checks):
    grid, trials = results["settings"]["grid"], results["settings"]["trials"]
    # Twice the standard error of a difference of two shares of 1/2, of a row's or a column's mean.
    slack = 2 * np.sqrt(0.5 / (trials * grid))
    totals = []
    for k in DEPTHS:
        share = shares(results, k)
        by_rho, by_delta = share.mean(axis=1), share.mean(axis=0)
        checks.require(np.all(np.diff(by_rho) <= slack), f"depth {k}: recovery falls with s/n: {by_rho}")
        checks.require(np.all(np.diff(by_delta) >= -slack), f"depth {k}: it rises with n/p: {by_delta}")
        checks.require(by_rho[0] > 0.8 and by_rho[-1] < 0.1, f"depth {k}: from all to none: {by_rho}")
        totals.append(share.mean())
    checks.require(totals[1] >= totals[0] and totals[2] >= totals[0],
                   f"ℓ_q recovers no less than ℓ₁: {totals}")  # fmt: skip
