"""High-dimensional sparse regression: factors by SGD and Adam against solvers of the non-smooth
problem.

Rows are draws of a Gaussian AR(1) process with correlation ρ of neighbours, columns of norm √n; s
coefficients are standard normal; noise with ‖Xβ‖ / ‖noise‖ = SNR. λ is the one of 15, from λ_max
down to λ_max/100, at which working_set predicts new rows best (an oracle: the same for all methods,
so that they minimise one objective). ℓ_q is q = 2/depth. "working_set, path" comes down the λ, each
from the last; all others see the one λ only: working_set, coordinate descent and proximal gradient
from 0, SGD (mini-batches, cosine) and Adam (all rows, cosine) from random factors whose products
have deviation 0.1. They stop by themselves or after their steps.
"""

import math
import time

from common import POWERS, figure, hadamard, np, save, say, table, with_error

import workloads  # Of bench/peers.

DEPTHS = [2, 3, 4]
PRESETS = {
    "small": {"n": 100, "p": 300, "s": 8, "repeats": 5, "epochs": 800, "snr": [1.0, 5.0],
              "rho": [0.0, 0.8]},
    "full": {"n": 200, "p": 1000, "s": 15, "repeats": 5, "epochs": 1500, "snr": [1.0, 3.0, 10.0],
             "rho": [0.0, 0.5, 0.9]},
}  # fmt: skip
LAMBDAS = np.geomspace(1, 0.01, 15)  # In λ_max.
TEST = 1000
SUPPORT = 1e-3  # |β_j| from this share of max |β| on counts.
BATCHES = 4  # Of SGD, an epoch.


def instance(seed, n, p, s, snr, rho):
    """X, y, the same of new rows without noise, β."""
    random = np.random.default_rng([seed, n, p, round(10 * snr), round(10 * rho)])
    X = workloads.toeplitz(random, n + TEST, p, rho)
    scale = np.sqrt(n) / np.linalg.norm(X[:n], axis=0)
    X *= scale
    beta = np.zeros(p)
    beta[random.choice(p, s, replace=False)] = random.standard_normal(s)
    signal, noise = X @ beta, random.standard_normal(n)
    y = signal[:n] + noise * np.linalg.norm(signal[:n]) / (snr * np.linalg.norm(noise))
    return np.asfortranarray(X[:n]), y, X[n:], signal[n:], beta


def relative(vector, truth):
    return float(np.linalg.norm(vector - truth) / np.linalg.norm(truth))


def chosen(X, y, X_new, signal, depth):
    """λ and working_set's β there."""
    solver = hadamard.WorkingSet(X, y, depth=depth, intercept=False, tol=1e-10)
    largest = np.abs(X.T @ y).max() / len(y)
    path = [solver.solve(lambda_) for lambda_ in largest * LAMBDAS]
    return min(path, key=lambda found: relative(X_new @ found.coef, signal))


def methods(depth, problem, X, y, best, epochs):
    """{name: function giving β}."""
    def run(name, **settings):
        return lambda: problem.run(name, sampling=2, **settings).coef

    batch = -(-len(y) // BATCHES)
    out = {
        "working_set, path": lambda: best.coef,
        "working_set": lambda: hadamard.solve(X, y, best.lambda_, depth=depth, intercept=False,
                                              tol=1e-10).coef,
        "SGD on factors": run("stochastic_gradient", max_iterations=epochs, batch=batch,
                              schedule="cosine",
                              start_scale=0.1, reference=best.coef, tolerance=0),
        "Adam on factors": run("adam", max_iterations=epochs, schedule="cosine", start_scale=0.1,
                               tolerance=0),
        "proximal gradient": run("proximal_gradient", max_iterations=20 * epochs),
        "coordinate descent": run("coordinate_descent", max_iterations=5 * epochs),
    }  # fmt: skip
    if depth == 2:
        from sklearn.linear_model import Lasso

        out["scikit-learn"] = lambda: Lasso(alpha=best.lambda_, fit_intercept=False, tol=1e-8,
                                            max_iter=20 * epochs).fit(X, y).coef_  # fmt: skip
    return out


def measure(preset, seed):
    records = []
    for snr in preset["snr"]:
        for rho in preset["rho"]:
            say(f"  SNR {snr:g}, correlation {rho:g}")
            for repeat in range(preset["repeats"]):
                X, y, X_new, signal, truth = instance(seed + repeat, preset["n"], preset["p"],
                                                      preset["s"],
                                                      snr, rho)  # fmt: skip
                for depth in DEPTHS:
                    records += compared(X, y, X_new, signal, truth, depth, preset["epochs"],
                                        {"snr": snr, "rho": rho, "repeat": repeat, "depth": depth})
    return {"records": records}


def compared(X, y, X_new, signal, truth, depth, epochs, labels):
    """A record for every method at one problem."""
    best = chosen(X, y, X_new, signal, depth)
    problem = hadamard.SurrogateProblem(X, y, best.lambda_, depth=depth)
    records = []
    for name, solve in methods(depth, problem, X, y, best, epochs).items():
        began = time.thread_time()
        beta = solve()
        seconds = time.thread_time() - began
        found = np.abs(beta) > SUPPORT * np.abs(beta).max()
        right = (found & (truth != 0)).sum()
        records.append({**labels, "method": name, "lambda": best.lambda_,
                        "seconds": math.nan if name == "working_set, path" else seconds,
                        "objective": problem.objective(beta), "gap": best.gap,
                        "support": int(found.sum()),
                        "estimation": relative(beta, truth),
                        "prediction": relative(X_new @ beta, signal),
                        "f1": 2 * right / (found.sum() + (truth != 0).sum())})  # fmt: skip
    lowest, at_zero = min(r["objective"] for r in records), y @ y / (2 * len(y))
    for record in records:
        record["excess"] = (record["objective"] - lowest) / at_zero
    return records


def selected(results, **wanted):
    return [r for r in results["records"] if all(r[key] == value for key, value in wanted.items())]


def values(records, key):
    return np.array([r[key] for r in records], dtype=float)


def names(results, depth):
    return list(dict.fromkeys(r["method"] for r in selected(results, depth=depth)))


def number(value):
    return "–" if math.isnan(value) else f"{value:.3g}"


def report(results):
    settings, rows, by_case = results["settings"], [], []
    for depth in DEPTHS:
        for name in names(results, depth):
            here = selected(results, depth=depth, method=name)
            excess = values(here, "excess")
            rows.append([name, POWERS[depth], *(with_error(values(here, key)) for key in
                                                ("estimation", "prediction", "f1", "support")),
                         f"{np.median(excess):.1e}", f"{excess.max():.1e}",
                         f"{100 * np.mean(excess <= 1e-9):.0f} %",
                         number(1e3 * np.median(values(here, "seconds")))])  # fmt: skip
    for snr in settings["snr"]:
        for rho in settings["rho"]:
            row = [f"{snr:g}", f"{rho:g}"]
            for key in ("estimation", "f1"):
                for depth in DEPTHS:
                    here = selected(results, depth=depth, method="working_set, path", snr=snr,
                                    rho=rho)
                    row.append(with_error(values(here, key), 2))
            by_case.append(row)
    gap = max(values(selected(results, depth=2, method="working_set"), "gap"))
    return [
        f"n = {settings['n']}, p = {settings['p']}, s = {settings['s']}, {settings['repeats']} "
        f"repeats at each "
        f"SNR of {settings['snr']} and correlation of {settings['rho']}; means ± standard errors "
        f"over all. "
        "*Estimation* ‖β̂ − β‖/‖β‖; *prediction* the same of Xβ on new rows; *excess*: (P − "
        "lowest P of all methods)/P(0). "
        f"Largest duality gap of working_set at ℓ₁: {gap:.1e}.", "",
        *table(["method", "penalty", "estimation", "prediction", "support F1", "support",
                "excess, median",
                "largest", "lowest to 1e-9", "CPU ms"], rows), "",
        "The ends of the paths (working_set, path): estimation, then support F1:", "",
        *table(["SNR", "ρ", *(POWERS[k] for k in DEPTHS),
                *(f"F1, {POWERS[k]}" for k in DEPTHS)], by_case),
    ]  # fmt: skip


def plot(results, path):
    settings = results["settings"]
    fig, axes = figure(1, 3, width=4)
    for depth in DEPTHS:
        for ax, key in zip(axes[0][:2], ("estimation", "f1")):
            for rho, style in zip(settings["rho"], ("-", "--", ":")):
                mean = [values(selected(results, depth=depth, method="working_set, path", snr=snr,
                                        rho=rho),
                               key).mean() for snr in settings["snr"]]  # fmt: skip
                ax.plot(settings["snr"], mean, style, marker="o", color=f"C{depth - 2}",
                        label=f"depth {depth}, ρ = {rho:g}")  # fmt: skip
                ax.set(xscale="log", xlabel="SNR",
                       ylabel={"f1": "support F1"}.get(key, key + " error"))
        for i, name in enumerate(names(results, depth)):
            excess = np.maximum(values(selected(results, depth=depth, method=name), "excess"),
                                1e-16)
            axes[0][2].plot(excess, np.full(len(excess), i + (depth - 3) * 0.2), ".",
                            color=f"C{depth - 2}")
    axes[0][0].legend(fontsize=7)
    everyone = names(results, 2)
    axes[0][2].set(xscale="log", xlabel="(P − lowest P) / P(0)", yticks=range(len(everyone)),
                   yticklabels=everyone, ylim=(-0.5, len(everyone) - 0.5))  # fmt: skip
    save(fig, path)


def check(results, checks):
    for r in selected(results, depth=2, method="working_set"):
        # tol 1e-10 of P(0) bounds it: at ℓ₁ the gap is a certificate.
        checks.require(r["excess"] <= 1e-10, f"ℓ₁: working_set is lowest to its tolerance: {r}")
    for r in selected(results, depth=2, method="scikit-learn"):
        checks.require(r["excess"] <= 1e-6, f"ℓ₁: scikit-learn agrees: {r}")
    for depth in DEPTHS:
        ours, sgd, adam = (values(selected(results, depth=depth, method=name), "objective")
                           for name in ("working_set", "SGD on factors", "Adam on factors"))
        # Local minimizers at q < 1: no order at each instance, but on the whole.
        if depth == 2:
            checks.require(np.all(ours <= sgd * (1 + 1e-9)), "ℓ₁: SGD is not below working_set")
        checks.require(np.mean(ours <= np.minimum(sgd, adam) * (1 + 1e-9)) >= 0.5,
                       f"depth {depth}: working_set is no higher in half of the cases")  # fmt: skip
    for depth in DEPTHS:
        found = [values(selected(results, depth=depth, method="working_set, path", snr=snr),
                        "estimation").mean()
                 for snr in (results["settings"]["snr"][0], results["settings"]["snr"][-1])]
        checks.require(found[1] < found[0], f"depth {depth}: less noise, less error: {found}")
