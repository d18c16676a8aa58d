"""High-dimensional sparse regression: factors by SGD and Adam against solvers of the non-smooth problem.

Rows are draws of a Gaussian AR(1) process with correlation ρ of neighbours, columns of norm √n; s coefficients
are standard normal; noise with ‖Xβ‖ / ‖noise‖ = SNR. λ is the one of 15, from λ_max down to λ_max/100, at
which working_set predicts new rows best (an oracle: the same for all methods, so that they minimise one
objective). ℓ_q is q = 2/depth. "working_set, path" comes down the λ, each from the last; all others see the one
λ only: working_set, coordinate descent and proximal gradient from 0, SGD (mini-batches, cosine) and Adam (all
rows, cosine) from random factors whose products have deviation 0.1. They stop by themselves or after their
steps. `starts` has SGD from other starts.
"""

import math
import time

from common import (COLOURS, POWERS, figure, generator, hadamard, mean_and_error, median_and_quartiles, np,
                    number, over_cells, percent, plus_minus, say, table, with_error)  # fmt: skip

import workloads  # Of bench/peers.

DEPTHS = [2, 3, 4]
PICTURES = [""]
PRESETS = {
    "small": {"n": 100, "p": 300, "s": 8, "repeats": 5, "started": 1, "epochs": 800, "snr": [1.0, 5.0],
              "rho": [0.0, 0.8]},
    "full": {"n": 200, "p": 1000, "s": 15, "repeats": 10, "started": 3, "epochs": 1500,
             "snr": [1.0, 3.0, 10.0], "rho": [0.0, 0.5, 0.9]},
}  # fmt: skip
LAMBDAS = np.geomspace(1, 0.01, 15)  # In λ_max.
TEST = 1000
SUPPORT = 1e-3  # |β_j| from this share of max |β| on counts.
BATCHES = 4  # Of SGD, an epoch.
LOWEST = 1e-9  # Of P(0): no further from the lowest P counts as it.
STARTS = {"deviation 0.01": {"start_scale": 0.01}, "deviation 0.1": {"start_scale": 0.1},
          "deviation 1": {"start_scale": 1.0}, "balanced, 0.1": {"start": "balanced", "start_scale": 0.1}}
PATH = "working_set, path"


def instance(seed, repeat, n, p, s, snr, rho):
    """X, y, the same of new rows without noise, β."""
    random = generator(seed, repeat, n, p, round(10 * snr), round(10 * rho))
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


def descended(problem, rows, best, epochs, seed, **start):
    """β of SGD on the factors."""
    return problem.run("stochastic_gradient", max_iterations=epochs, batch=-(-rows // BATCHES),
                       schedule="cosine", reference=best.coef, tolerance=0, seed=seed, sampling=2,
                       **start).coef  # fmt: skip


def methods(depth, problem, X, y, best, epochs, seed):
    """{name: function giving β}."""
    def run(name, **settings):
        return lambda: problem.run(name, sampling=2, **settings).coef

    out = {
        PATH: lambda: best.coef,
        "working_set": lambda: hadamard.solve(X, y, best.lambda_, depth=depth, intercept=False, tol=1e-10).coef,
        "SGD on factors": lambda: descended(problem, len(y), best, epochs, seed, start_scale=0.1),
        "Adam on factors": run("adam", max_iterations=epochs, schedule="cosine", start_scale=0.1, tolerance=0,
                               seed=seed),
        "proximal gradient": run("proximal_gradient", max_iterations=20 * epochs),
        "coordinate descent": run("coordinate_descent", max_iterations=5 * epochs),
    }  # fmt: skip
    if depth == 2:
        from sklearn.linear_model import Lasso

        out["scikit-learn"] = lambda: Lasso(alpha=best.lambda_, fit_intercept=False, tol=1e-8,
                                            max_iter=20 * epochs).fit(X, y).coef_  # fmt: skip
    return out


def measure(preset, seed):
    records, starts = [], []
    for snr in preset["snr"]:
        for rho in preset["rho"]:
            say(f"  SNR {snr:g}, correlation {rho:g}")
            for repeat in range(preset["repeats"]):
                case = instance(seed, repeat, preset["n"], preset["p"], preset["s"], snr, rho)
                for depth in DEPTHS:
                    labels = {"snr": snr, "rho": rho, "repeat": repeat, "depth": depth}
                    start = number(seed, repeat, depth, round(10 * snr), round(10 * rho))
                    found, more = compared(case, depth, preset["epochs"], start, labels,
                                           repeat < preset["started"])  # fmt: skip
                    records += found
                    starts += more
    return {"records": records, "starts": starts}


def compared(case, depth, epochs, seed, labels, has_starts):
    """A record for every method at one problem, and for every start of SGD."""
    X, y, X_new, signal, truth = case
    best = chosen(X, y, X_new, signal, depth)
    problem = hadamard.SurrogateProblem(X, y, best.lambda_, depth=depth)
    records = []
    for name, solve in methods(depth, problem, X, y, best, epochs, seed).items():
        began = time.thread_time()
        beta = solve()
        seconds = time.thread_time() - began
        found = np.abs(beta) > SUPPORT * np.abs(beta).max()
        right = (found & (truth != 0)).sum()
        records.append({**labels, "method": name, "lambda": best.lambda_,
                        "seconds": math.nan if name == PATH else seconds,
                        "objective": problem.objective(beta), "gap": best.gap, "support": int(found.sum()),
                        "estimation": relative(beta, truth), "prediction": relative(X_new @ beta, signal),
                        "f1": 2 * right / (found.sum() + (truth != 0).sum())})  # fmt: skip
    lowest, at_zero = min(r["objective"] for r in records), y @ y / (2 * len(y))
    for record in records:
        record["excess"] = (record["objective"] - lowest) / at_zero
    starts = []
    for name, start in STARTS.items() if has_starts else ():
        beta = descended(problem, len(y), best, epochs, seed, **start)
        starts.append({**labels, "start": name, "excess": (problem.objective(beta) - lowest) / at_zero})
    return records, starts


def selected(results, **wanted):
    return [r for r in results["records"] if all(r[key] == value for key, value in wanted.items())]


def values(records, key):
    return np.array([r[key] for r in records], dtype=float)


def of(results, key, **wanted):
    return values(selected(results, **wanted), key)


def cells(results, key, **wanted):
    """One array a pair of SNR and ρ."""
    settings = results["settings"]
    return [of(results, key, snr=snr, rho=rho, **wanted) for snr in settings["snr"] for rho in settings["rho"]]


def names(results, depth):
    return list(dict.fromkeys(r["method"] for r in selected(results, depth=depth)))


def number_text(value):
    return "–" if math.isnan(value) else f"{value:.3g}"


def totals(results):
    rows = []
    for depth in DEPTHS:
        for name in names(results, depth):
            excess = of(results, "excess", depth=depth, method=name)
            rows.append([name, POWERS[depth],
                         *(plus_minus(*over_cells(cells(results, key, depth=depth, method=name)))
                           for key in ("estimation", "prediction", "f1", "support")),
                         f"{np.median(excess):.1e}", f"{excess.max():.1e}", percent(np.mean(excess <= LOWEST)),
                         number_text(1e3 * np.median(of(results, "seconds", depth=depth, method=name)))])
    return table(["method", "penalty", "estimation", "prediction", "support F1", "support", "excess, median",
                  "largest", "lowest to 1e-9", "CPU ms, median"], rows)  # fmt: skip


def by_case(results, depth, key, text):
    """SNR × ρ, one column a method."""
    settings, rows = results["settings"], []
    for snr in settings["snr"]:
        for rho in settings["rho"]:
            rows.append([f"{snr:g}", f"{rho:g}",
                         *(text(of(results, key, depth=depth, method=name, snr=snr, rho=rho))
                           for name in names(results, depth))])  # fmt: skip
    return table(["SNR", "ρ", *names(results, depth)], rows)


def other_starts(results):
    rows = []
    for name in STARTS:
        here = [[r["excess"] for r in results["starts"] if (r["start"], r["depth"]) == (name, depth)]
                for depth in DEPTHS]  # fmt: skip
        rows.append([name, *(median_and_quartiles(excess) for excess in here)])
    return table(["start of SGD", *(POWERS[depth] for depth in DEPTHS)], rows)


def report(results):
    settings = results["settings"]
    gap = max(of(results, "gap", depth=2, method="working_set"))
    lines = [
        f"n = {settings['n']}, p = {settings['p']}, s = {settings['s']}, {settings['repeats']} repeats at each "
        f"SNR of {settings['snr']} and correlation ρ of {settings['rho']}. *Estimation* ‖β̂ − β‖/‖β‖; "
        "*prediction* the same of Xβ on new rows; *excess* (P − lowest P of all methods)/P(0). Largest duality "
        f"gap of working_set at ℓ₁: {gap:.1e}.", "",
        "### Over all SNR and ρ", "",
        "Means over the cells; ± is the standard error that the repeats within the cells leave them, the "
        "cells being chosen.", "",
        *totals(results),
    ]  # fmt: skip
    measures = {"Estimation error": ("estimation", with_error), "Prediction error": ("prediction", with_error),
                "Support F1": ("f1", with_error), "Excess": ("excess", median_and_quartiles)}  # fmt: skip
    for depth in DEPTHS:
        for title, (key, text) in measures.items():
            what = "median (quartiles)" if key == "excess" else "mean ± standard error"
            lines += ["", f"### {title}, {POWERS[depth]}: {what} of {settings['repeats']} repeats", "",
                      *by_case(results, depth, key, text)]  # fmt: skip
    return [*lines, "", f"### Excess of SGD from other starts: median (quartiles), {settings['started']} "
            "repeats a cell", "", *other_starts(results)]  # fmt: skip


def facts(results):
    """What pages/sparse_regression.md says in numbers."""
    def total(key, depth, method=PATH):
        return over_cells(cells(results, key, depth=depth, method=method))

    def text(key, depth, method=PATH, digits=2):
        return f"{total(key, depth, method)[0]:.{digits}f}"

    def median(key, depth, method, scale=1.0, digits=2):
        return f"{scale * np.median(of(results, key, depth=depth, method=method)):.{digits}g}"

    exact = ("working_set", "coordinate descent", "proximal gradient", "scikit-learn")
    high = max(results["settings"]["snr"])
    out = {"gap": f"{max(of(results, 'gap', depth=2, method='working_set')):.1e}",
           "sgd_excess": median("excess", 2, "SGD on factors"),
           "adam_excess": median("excess", 2, "Adam on factors"),
           "exact_excess": f"{max(of(results, 'excess', depth=2, method=m).max() for m in exact):.0e}",
           "working_set_ms": median("seconds", 2, "working_set", 1e3),
           "sgd_ms": median("seconds", 2, "SGD on factors", 1e3, 3),
           "support_2": text("support", 2, digits=0), "sparsity": str(results["settings"]["s"])}  # fmt: skip
    for depth in DEPTHS:
        out[f"f1_{depth}"], out[f"prediction_{depth}"] = text("f1", depth), text("prediction", depth)
        for rho in results["settings"]["rho"]:
            error = of(results, "estimation", depth=depth, method=PATH, snr=high, rho=rho)
            out[f"estimation_{depth}_{round(10 * rho)}"] = with_error(error, 2)
    for depth in DEPTHS[1:]:
        ends = [of(results, "excess", depth=depth, method=m) for m in ("SGD on factors", "Adam on factors")]
        run, path = (of(results, "excess", depth=depth, method=m) for m in ("working_set", PATH))
        out |= {f"sgd_excess_{depth}": percent(np.median(ends[0])),
                f"sgd_f1_{depth}": text("f1", depth, "SGD on factors"),
                f"sgd_prediction_{depth}": text("prediction", depth, "SGD on factors"),
                f"factors_lowest_{depth}": percent(max(np.mean(e <= LOWEST) for e in ends)),
                f"run_lowest_{depth}": lowest(results, depth, "working_set"),
                f"path_lowest_{depth}": lowest(results, depth, PATH),
                f"path_no_higher_{depth}": percent(np.mean(path <= run + LOWEST)),
                f"path_lower_{depth}": percent(np.mean(path < run - LOWEST)),
                f"proximal_lowest_{depth}": lowest(results, depth, "proximal gradient"),
                f"descent_lowest_{depth}": lowest(results, depth, "coordinate descent")}  # fmt: skip
        here = {name: np.median([r["excess"] for r in results["starts"]
                                 if (r["start"], r["depth"]) == (name, depth)]) for name in STARTS}
        out[f"starts_{depth}"] = ", ".join(percent(here[name], 1) for name in STARTS)
    return out


def lowest(results, depth, method):
    """How often it has the lowest P."""
    return percent(np.mean(of(results, "excess", depth=depth, method=method) <= LOWEST))


def plots(results):
    settings = results["settings"]
    fig, axes = figure(1, 3, width=4.4, height=4.6)
    shift = np.geomspace(0.94, 1.06, len(DEPTHS) * len(settings["rho"]))  # So that error bars stay apart.
    for depth in DEPTHS:
        for ax, key in zip(axes[0][:2], ("estimation", "f1")):
            for j, (rho, style) in enumerate(zip(settings["rho"], ("-", "--", ":"))):
                points = [mean_and_error(of(results, key, depth=depth, method=PATH, snr=snr, rho=rho))
                          for snr in settings["snr"]]  # fmt: skip
                mean, error = zip(*points)
                ax.errorbar(np.array(settings["snr"]) * shift[(depth - 2) * len(settings["rho"]) + j], mean,
                            error, linestyle=style, marker="o", markersize=3, capsize=2, linewidth=1.2,
                            color=COLOURS[depth], label=f"${power(depth)}$, ρ = {rho:g}")  # fmt: skip
            ax.set(xscale="log", xlabel="SNR", xticks=settings["snr"],
                   ylabel={"f1": "support F1"}.get(key, key + " error"))  # fmt: skip
            ax.set_xticks(settings["snr"], [f"{snr:g}" for snr in settings["snr"]])
            ax.minorticks_off()
        for i, name in enumerate(names(results, depth)):
            excess = np.maximum(of(results, "excess", depth=depth, method=name), 1e-16)
            axes[0][2].plot(excess, np.full(len(excess), i + (depth - 3) * 0.2), ".", markersize=3,
                            color=COLOURS[depth], label=f"${power(depth)}$" if i == 0 else None)  # fmt: skip
    axes[0][0].set_title("ends of working_set's paths: mean ± standard error", fontsize=9, loc="left")
    axes[0][2].set_title("every method's P, one point an instance", fontsize=9, loc="left")
    everyone = names(results, 2)
    axes[0][2].set(xscale="log", xlabel="(P − lowest P) / P(0)", yticks=range(len(everyone)),
                   yticklabels=everyone, ylim=(-0.5, len(everyone) - 0.5))  # fmt: skip
    axes[0][2].invert_yaxis()
    for ax, corner, place, columns in ((axes[0][0], "upper left", 0.02, 6), (axes[0][2], "upper right", 0.99, 3)):
        fig.legend(*ax.get_legend_handles_labels(), loc=corner, bbox_to_anchor=(place, 0), ncol=columns,
                   fontsize=8, frameon=False)  # fmt: skip
    return [fig]


def power(depth):
    """As TeX."""
    return {2: r"\ell_1", 3: r"\ell_{2/3}", 4: r"\ell_{1/2}"}[depth]


def check(results, checks):
    for r in selected(results, depth=2, method="working_set"):
        # tol 1e-10 of P(0) bounds it: at ℓ₁ the gap is a certificate.
        checks.require(r["excess"] <= 1e-10, f"ℓ₁: working_set is lowest to its tolerance: {r}")
    for r in selected(results, depth=2, method="scikit-learn"):
        checks.require(r["excess"] <= 1e-6, f"ℓ₁: scikit-learn agrees: {r}")
    for depth in DEPTHS:
        ours, sgd, adam = (of(results, "objective", depth=depth, method=name)
                           for name in ("working_set", "SGD on factors", "Adam on factors"))  # fmt: skip
        # Local minimizers at q < 1: no order at each instance, but on the whole.
        if depth == 2:
            checks.require(np.all(ours <= sgd * (1 + 1e-9)), "ℓ₁: SGD is not below working_set")
        checks.require(np.mean(ours <= np.minimum(sgd, adam) * (1 + 1e-9)) >= 0.5,
                       f"depth {depth}: working_set is no higher in half of the cases")  # fmt: skip
        found = [of(results, "estimation", depth=depth, method=PATH, snr=snr).mean()
                 for snr in (results["settings"]["snr"][0], results["settings"]["snr"][-1])]  # fmt: skip
        checks.require(found[1] < found[0], f"depth {depth}: less noise, less error: {found}")
