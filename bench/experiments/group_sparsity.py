"""D-gating (group_product) along 30 λ against proximal gradient and descent on the non-smooth loss.

n = 200 rows to learn from and 2000 to test on, 40 groups of 5 columns of which 7 are active; X, the active
weights and the noise are N(0, 1). Every method makes 1500 full-batch steps at each λ: D-gating of depth k and
descent on the loss as it is with a cosine learning rate from 0.05 and momentum 0.9, the proximal methods with
their own steps. λ: 30 values, log-spaced from 1e-5 to 15; the loss is ‖Xβ − y‖²/(2n). D-gating starts as a
linear layer with open gates would, u ~ N(0, 1/p), ν = 1; the others at the same β. working_set is our Newton
solver along the λ downwards; the oracle is least squares on the active groups. Errors are reported at the λ
that is best on the test rows themselves, and at the one that is best on 200 other rows (validation).
"""

from common import (COLOURS, GROUP_POWERS, figure, generator, hadamard, mean_and_error, median_and_quartiles,
                    np, percent, say, table, with_error)  # fmt: skip

GROUPS, SIZE, ACTIVE = 40, 5, 7
TRAIN, VALIDATION, TEST = 200, 200, 2000
RATE, MOMENTUM = 5e-2, 0.9
LAMBDAS = (1e-5, 15.0)
DEPTHS = [2, 3, 4]
PICTURES = ["", "_paths"]
PRESETS = {
    "small": {"repeats": 2, "lambdas": 8, "steps": 1500},
    "full": {"repeats": 10, "lambdas": 30, "steps": 1500},
}
THRESHOLD = 1e-3  # A group counts as active from this ‖β_j‖ on; an active one has about √5.
METHODS = {"D-gating": "-", "accelerated proximal gradient": "--", "proximal gradient": (0, (3, 1, 1, 1)),
           "direct descent": ":", "working_set": "-."}
COLOUR = dict(zip(METHODS, ["C0", "C1", "C4", "C2", "C3"]))
SHORT = {"accelerated proximal gradient": "accelerated", "proximal gradient": "proximal",
         "direct descent": "direct"}
PATHS = ["D-gating", "direct descent", "working_set"]  # Whose ‖β_j‖ are kept along λ, of repeat 0.
LABELS = np.arange(GROUPS * SIZE) // SIZE


def methods_at(depth):
    """At q = 1 the library's proximal gradient is the accelerated one."""
    return [name for name in METHODS if depth > 2 or name != "proximal gradient"]


def instance(seed, repeat):
    """Rows to learn from, of validation and of the test, each (X, y); β."""
    random = generator(seed, repeat, TRAIN, GROUPS)
    beta = np.zeros((GROUPS, SIZE))
    beta[random.choice(GROUPS, ACTIVE, replace=False)] = random.standard_normal((ACTIVE, SIZE))
    parts = []
    for rows in (TRAIN, VALIDATION, TEST):
        X = random.standard_normal((rows, GROUPS * SIZE))
        parts.append((np.asfortranarray(X), X @ beta.ravel() + random.standard_normal(rows)))
    return parts, beta.ravel()


def norms(beta):
    return np.linalg.norm(beta.reshape(GROUPS, SIZE), axis=1)


def direct_descent(X, y, lambda_, depth, start, steps):
    """Momentum on L + λ Σ ‖β_j‖^q itself; the slope at ‖β_j‖ = 0 counts as 0."""
    q, beta, velocity = 2 / depth, start.copy(), np.zeros_like(start)
    for t in range(steps):
        size = norms(beta)
        slope = np.zeros(GROUPS)
        np.power(size, q - 2, out=slope, where=size > 0)
        gradient = X.T @ (X @ beta - y) / len(y) + lambda_ * q * np.repeat(slope, SIZE) * beta
        velocity = MOMENTUM * velocity + gradient
        beta = beta - RATE * (1 + np.cos(np.pi * t / steps)) / 2 * velocity
    return beta


def group_prox(points, mu, depth):
    """The minimizers of ‖x − β‖²/2 + μ Σ ‖x_j‖^q of the rows β, q = 2/depth < 1; 0 where there are two."""
    q = 2 / depth
    groups = points.reshape(len(points), GROUPS, SIZE)
    size = np.sqrt((groups**2).sum(axis=2))
    moved = size > (2 - q) / (2 * (1 - q)) * (2 * (1 - q) * mu) ** (1 / (2 - q))
    r = size[moved]
    x = r.copy()
    # x + μq x^(q−1) − r is convex, and ≥ 0 at r: Newton comes down to the larger root, which is at least
    # 2(1−q)/(2−q) of r; from there on to rounding takes six steps.
    for _ in range(6):
        slope = mu * q / (np.cbrt(x) if depth == 3 else np.sqrt(x))
        x -= (x + slope - r) / (1 - (1 - q) * slope / x)
    scale = np.zeros_like(size)
    scale[moved] = x / r
    return (scale[:, :, None] * groups).reshape(points.shape)


def monotone_proximal(X, y, lambda_, depth, start, steps):
    """Accelerated proximal gradient that falls back on a plain step wherever that is lower (depth 3 and 4).

    Source  Li and Lin 2015, Algorithm 1 (monotone APG); both of its step lengths are 1/‖XᵀX/n‖.
    """
    H, c = X.T @ X / len(y), X.T @ y / len(y)
    step = 1 / np.linalg.eigvalsh(H)[-1]
    x = before = z = start
    t_before, t = 0.0, 1.0
    for _ in range(steps):
        ahead = x + t_before / t * (z - x) + (t_before - 1) / t * (x - before)
        both = np.stack([ahead, x])
        both = group_prox(both - step * (both @ H - c), step * lambda_, depth)
        size = np.sqrt((both.reshape(2, GROUPS, SIZE) ** 2).sum(axis=2))
        P = ((both @ H) * both).sum(axis=1) / 2 - both @ c + lambda_ * (size ** (2 / depth)).sum(axis=1)
        z, plain = both
        before, x = x, z if P[0] <= P[1] else plain
        if np.abs(plain - before).max() <= 1e-14 and np.abs(x - before).max() <= 1e-14:
            break
        t_before, t = t, (1 + np.sqrt(1 + 4 * t * t)) / 2
    return x


def runs_at(X, y, lambda_, depth, random, steps):
    """{method: (β, misalignment at the start and at the end)}; D-gating's trajectory."""
    problem = hadamard.SurrogateProblem(X, y, lambda_, transfer="group_product", depth=depth, groups=LABELS)
    start = random.standard_normal(GROUPS * SIZE) / np.sqrt(GROUPS * SIZE)
    gated = problem.run("stochastic_gradient", max_iterations=steps, tolerance=0, learning_rate=RATE,
                        schedule="cosine", momentum=MOMENTUM, sampling=1.3,
                        initial=np.concatenate([start, np.ones(GROUPS * (depth - 1))]))  # fmt: skip
    proximal = problem.run("proximal_gradient", max_iterations=steps, tolerance=1e-12, sampling=2,
                           initial=start).coef  # fmt: skip
    gap = gated.samples["misalignment"]
    found = {"D-gating": (gated.coef, gap[0], gap[-1]),
             "accelerated proximal gradient": (proximal, None, None),
             "direct descent": (direct_descent(X, y, lambda_, depth, start, steps), None, None)}  # fmt: skip
    if depth > 2:
        found["proximal gradient"] = proximal, None, None
        accelerated = monotone_proximal(X, y, lambda_, depth, start, steps)
        found["accelerated proximal gradient"] = accelerated, None, None
    return found, problem, gated.samples


def mean_square(part, beta):
    X, y = part
    return float(np.mean((y - X @ beta) ** 2))


def row_of(problem, beta, misalignment, parts, is_active):
    """What is kept of one method at one λ."""
    size = norms(beta)
    return {"test_error": mean_square(parts[2], beta), "validation_error": mean_square(parts[1], beta),
            "objective": problem.objective(beta), "active": int((size > THRESHOLD).sum()),
            "zero": int((size == 0).sum()), "right": int(((size > THRESHOLD) & is_active).sum()),
            "misalignment_start": misalignment[0], "misalignment_end": misalignment[1]}  # fmt: skip


def along_path(seed, repeat, depth, lambdas, parts, is_active, steps):
    """{method: rows, one a λ}, {method: ‖β_j‖, one row a λ}, trajectories of D-gating."""
    X, y = parts[0]
    solver = hadamard.WorkingSet(X, y, groups=LABELS, depth=depth, intercept=False, tol=1e-9)
    known = {lambda_: solver.solve(lambda_).coef for lambda_ in lambdas[::-1]}
    rows, sizes, curves = {}, {}, []
    for i, lambda_ in enumerate(lambdas):
        found, problem, samples = runs_at(X, y, lambda_, depth, generator(seed, repeat, depth, i), steps)
        found["working_set"] = known[lambda_], None, None
        for method, (beta, *misalignment) in found.items():
            rows.setdefault(method, []).append(row_of(problem, beta, misalignment, parts, is_active))
            sizes.setdefault(method, []).append([float(f"{size:.4g}") for size in norms(beta)])
        curves.append({"depth": depth, "lambda": lambda_, "step": samples["iteration"],
                       "misalignment": samples["misalignment"]})  # fmt: skip
    return rows, sizes, curves


def measure(preset, seed):
    lambdas = np.geomspace(*LAMBDAS, preset["lambdas"])
    records, oracle, curves, paths = [], [], [], []
    for repeat in range(preset["repeats"]):
        say(f"  repeat {repeat}")
        parts, truth = instance(seed, repeat)
        is_active = norms(truth) > 0
        columns = np.repeat(is_active, SIZE)
        (X, y), fit = parts[0], np.zeros(GROUPS * SIZE)
        fit[columns] = np.linalg.lstsq(X[:, columns], y, rcond=None)[0]
        oracle.append(mean_square(parts[2], fit))
        for depth in DEPTHS:
            rows, sizes, trajectories = along_path(seed, repeat, depth, lambdas, parts, is_active,
                                                   preset["steps"])  # fmt: skip
            for method, values in rows.items():
                record = {"method": method, "depth": depth, "repeat": repeat}
                records.append(record | {key: [v[key] for v in values] for key in values[0]})
            if repeat == 0:
                curves += trajectories[:: max(1, len(lambdas) // 6)]
                paths += [{"method": method, "depth": depth, "active": is_active, "norms": sizes[method]}
                          for method in PATHS]  # fmt: skip
    return {"lambdas": lambdas, "records": records, "oracle_test_error": oracle, "curves": curves,
            "paths": paths}


def array(results, method, depth, key):
    """Rows: repeats, columns: λ."""
    return np.array([r[key] for r in results["records"] if (r["method"], r["depth"]) == (method, depth)],
                    dtype=float)  # fmt: skip


def best(results, method, depth, by="test_error"):
    """At the λ of least error of each repeat: its position."""
    return np.nanargmin(array(results, method, depth, by), axis=1)


def at(values, where):
    return values[np.arange(len(where)), where]


def chosen(results, method, depth, key, by="test_error"):
    """One value a repeat, at its best λ."""
    return at(array(results, method, depth, key), best(results, method, depth, by))


def f1(results, method, depth, by="test_error"):
    active, right = (chosen(results, method, depth, key, by) for key in ("active", "right"))
    return 2 * right / (active + ACTIVE)


def excess(results, method, depth):
    """P at the end over P of working_set, less 1."""
    return array(results, method, depth, "objective") / array(results, "working_set", depth, "objective") - 1


def errors(results, by):
    rows = []
    for depth in DEPTHS:
        for method in methods_at(depth):
            where = best(results, method, depth, by)
            rows.append([method, GROUP_POWERS[depth], f"{np.median(np.array(results['lambdas'])[where]):.2g}",
                         *(with_error(chosen(results, method, depth, key, by))
                           for key in ("test_error", "active", "right")),
                         with_error(f1(results, method, depth, by)),
                         with_error(chosen(results, method, depth, "zero", by))])  # fmt: skip
    return table(["method", "penalty", "λ (median)", "test error", "active", "of them right", "F1",
                  "exactly 0"], rows)  # fmt: skip


def objectives(results, depth):
    names = [name for name in methods_at(depth) if name != "working_set"]
    found = {name: excess(results, name, depth) for name in names}
    rows = [[f"{lambda_:.2g}", *(median_and_quartiles(found[name][:, i]) for name in names)]
            for i, lambda_ in enumerate(results["lambdas"])]  # fmt: skip
    return table(["λ", *(SHORT.get(name, name) for name in names)], rows)


def balance(results):
    rows = []
    for i, lambda_ in enumerate(results["lambdas"]):
        row = [f"{lambda_:.2g}"]
        for depth in DEPTHS:
            row += [median_and_quartiles(shares(results, depth)[:, i]),
                    f"{imbalance_left(results, depth, lambda_) ** 2:.1e}"]  # fmt: skip
        rows.append(row)
    return table(["λ", *(text for depth in DEPTHS for text in (f"k = {depth}", "predicted"))], rows)


def report(results):
    repeats = results["settings"]["repeats"]
    lines = [
        f"Means ± standard errors over {repeats} repeats. Test error of the oracle: "
        f"{with_error(results['oracle_test_error'])} (the noise alone: 1). *Active*: ‖β_j‖ > {THRESHOLD:g}; of "
        f"{ACTIVE} right ones. *Exactly 0*: of {GROUPS} groups.", "",
        f"### λ chosen on {VALIDATION} rows of validation", "",
        "The errors are those of the test rows, which the choice has not seen.", "",
        *errors(results, "validation_error"), "",
        "### λ chosen on the test rows", "",
        "An oracle's choice: the least error of the curves, on the rows that it is then reported for.", "",
        *errors(results, "test_error"),
    ]  # fmt: skip
    for depth in DEPTHS:
        lines += ["", f"### P at the end over P of working_set, less 1, {GROUP_POWERS[depth]}", "",
                  f"Median (quartiles) of {repeats} repeats; < 0: lower than ours.", "",
                  *objectives(results, depth)]  # fmt: skip
    return [*lines, "", "### Misalignment of D-gating", "",
            "S(ξ) − R(K(ξ)) at the end over that at the start, median (quartiles), and exp(−8λT/k) with "
            "T = Σ η_t/(1 − momentum), the square of what the decay law leaves of the imbalance.", "",
            *balance(results)]  # fmt: skip


def shares(results, depth):
    return (array(results, "D-gating", depth, "misalignment_end") /
            array(results, "D-gating", depth, "misalignment_start"))  # fmt: skip


def horizon(results):
    """T = Σ η_t/(1 − momentum)."""
    return RATE * results["settings"]["steps"] / 2 / (1 - MOMENTUM)


def imbalance_left(results, depth, lambda_):
    """The share of the imbalance that the decay law leaves."""
    return np.exp(-4 * lambda_ / depth * horizon(results))


def aligned_from(results):
    """The least λ from which on no median share exceeds rounding at any depth."""
    worst = np.max([np.median(shares(results, depth), axis=0) for depth in DEPTHS], axis=0)
    above = np.flatnonzero(worst > 1e-12)
    return results["lambdas"][above[-1] + 1]


def facts(results):
    """What pages/group_sparsity.md says in numbers."""
    lambdas = np.array(results["lambdas"])
    known = lambdas > 0.01
    probe = int(np.argmin(np.abs(lambdas - 0.006)))  # Where the law has begun to bite at every depth.
    middle = (lambdas > 0.001) & (lambdas < 0.02)
    lowest = np.min([np.median(excess(results, name, depth), axis=0)[middle].min() for depth in (3, 4)
                     for name in ("accelerated proximal gradient", "proximal gradient", "direct descent")])
    early = int(np.argmin(np.abs(lambdas - 7e-5)))
    out = {"oracle": with_error(results["oracle_test_error"]), "horizon": f"{horizon(results):.0f}",
           "aligned_from": f"{aligned_from(results):.2g}", "probe": f"{lambdas[probe]:.2g}",
           "lowest": percent(-lowest), "early": f"{lambdas[early]:.1g}",
           "early_working_set": f"{np.median(array(results, 'working_set', 2, 'test_error')[:, early]):.3g}",
           "early_gating": f"{np.median(array(results, 'D-gating', 2, 'test_error')[:, early]):.3g}",
           "convex_gating": f"{excess(results, 'D-gating', 2)[:, known].max():.0e}",
           "convex_direct": f"{excess(results, 'direct descent', 2)[:, known].max():.0e}",
           "convex_proximal": f"{excess(results, 'accelerated proximal gradient', 2)[:, known].max():.0e}",
           "direct_active": with_error(chosen(results, "direct descent", 4, "active", "validation_error")),
           "direct_most": f"{1 + excess(results, 'direct descent', 4)[:, known].max():.1f}",
           "exactly_zero": str(int(max(chosen(results, name, depth, "zero", by).max() for depth in DEPTHS
                                       for name in ("D-gating", "direct descent")
                                       for by in ("test_error", "validation_error"))))}  # fmt: skip
    for depth in DEPTHS:
        for by, name in (("validation_error", "validated"), ("test_error", "tested")):
            out[f"{name}_{depth}"] = with_error(chosen(results, "D-gating", depth, "test_error", by))
        out[f"solver_{depth}"] = with_error(chosen(results, "working_set", depth, "test_error",
                                                   "validation_error"))  # fmt: skip
        out[f"right_{depth}"] = with_error(chosen(results, "D-gating", depth, "right", "validation_error"))
        out[f"active_{depth}"] = with_error(chosen(results, "D-gating", depth, "active", "validation_error"))
        out[f"share_{depth}"] = f"{np.median(shares(results, depth)[:, probe]):.1e}"
        out[f"law_{depth}"] = f"{imbalance_left(results, depth, lambdas[probe]) ** 2:.1e}"
    for depth in (3, 4):
        found = excess(results, "D-gating", depth)[:, known]
        out[f"lower_{depth}"] = percent(np.mean(found < -1e-6))
        out[f"higher_{depth}"] = percent(np.mean(found > 1e-6))
        gain = (excess(results, "accelerated proximal gradient", depth) -
                excess(results, "proximal gradient", depth))[:, known]  # fmt: skip
        out[f"accelerated_lower_{depth}"] = percent(np.mean(gain < -1e-6))
        out[f"accelerated_higher_{depth}"] = percent(np.mean(gain > 1e-6))
    wild = array(results, "D-gating", 4, "test_error")
    is_wild = wild > 2 * np.median(wild, axis=0)
    return out | {"wild": str(int(is_wild.sum())), "runs": str(wild.size),
                  "wild_most": f"{(wild / np.median(wild, axis=0)).max():.0f}"}


def plots(results):
    return [curves_of(results), paths_of(results)]


def curves_of(results):
    """Test error, active groups, misalignment."""
    lambdas = np.array(results["lambdas"])
    fig, axes = figure(3, len(DEPTHS), width=4.2)
    for (top, middle, bottom), depth in zip(axes.T, DEPTHS):
        for method in methods_at(depth):
            for ax, key in ((top, "test_error"), (middle, "active")):
                mean, error = mean_and_error(array(results, method, depth, key), axis=0)
                ax.plot(lambdas, mean, linestyle=METHODS[method], color=COLOUR[method], label=method)
                ax.fill_between(lambdas, mean - error, mean + error, alpha=0.2, color=COLOUR[method],
                                linewidth=0)  # fmt: skip
        top.axhline(np.mean(results["oracle_test_error"]), color="black", linewidth=1, label="oracle")
        top.set(xscale="log", yscale="log", ylim=(0.9, 100), xlabel="λ", ylabel="test error",
                title=GROUP_POWERS[depth])  # fmt: skip
        middle.axhline(ACTIVE, color="black", linewidth=1)
        middle.set(xscale="log", xlabel="λ", ylabel="active groups")
        here = [c for c in results["curves"] if c["depth"] == depth]
        for i, curve in enumerate(here):
            values = np.array(curve["misalignment"], dtype=float)
            bottom.plot(curve["step"], np.maximum(values, 1e-16), color=COLOURS[depth],
                        alpha=0.35 + 0.65 * i / max(1, len(here) - 1), label=f"λ = {curve['lambda']:.1g}")
        bottom.set(yscale="log", xlabel="step", ylabel="misalignment", ylim=(1e-16, None))
        bottom.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.22), ncol=4, frameon=False)
    fig.legend(*axes[0, -1].get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=6,
               frameon=False)  # fmt: skip
    return fig


def paths_of(results):
    """‖β_j‖ of every group against λ, of repeat 0."""
    lambdas = np.array(results["lambdas"])
    fig, axes = figure(len(PATHS), len(DEPTHS), width=4.2, height=2.6)
    for path in results["paths"]:
        ax = axes[PATHS.index(path["method"]), DEPTHS.index(path["depth"])]
        is_active = np.array(path["active"])
        for sizes, active in sorted(zip(np.array(path["norms"]).T, is_active), key=lambda pair: pair[1]):
            ax.plot(lambdas, sizes, color="tab:red" if active else "0.6", linewidth=1.2 if active else 0.6)
        ax.set(xscale="log", xlabel="λ", ylabel="‖β_j‖", title=f"{path['method']}, {GROUP_POWERS[path['depth']]}",
               ylim=(-0.1, 5))  # fmt: skip
    axes[0, 0].plot([], [], color="tab:red", label=f"the {ACTIVE} active groups")
    axes[0, 0].plot([], [], color="0.6", label="the others")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=2,
               frameon=False)  # fmt: skip
    return fig


def check(results, checks):
    lambdas = np.array(results["lambdas"])
    for depth in DEPTHS:
        share = shares(results, depth)
        # Misalignment is at most of the order of the imbalance; this leaves a factor of ten.
        settled = np.array([imbalance_left(results, depth, x) for x in lambdas]) < 1e-4
        checks.require(np.all(share[:, settled] < 1e-3), f"misalignment ends, depth {depth}: {share}")
        start = array(results, "D-gating", depth, "misalignment_start")
        checks.require(np.all(array(results, "D-gating", depth, "misalignment_end") >= -1e-12 * start),
                       f"misalignment is never negative, depth {depth}")  # fmt: skip
        for method in methods_at(depth):
            checks.require(np.all(np.isfinite(array(results, method, depth, "objective"))),
                           f"{method}, depth {depth}, is finite")  # fmt: skip
    reference = array(results, "working_set", 2, "objective")
    for method in methods_at(2):
        # tol of working_set is 1e-9 of P(0); at the least λ, P is 1e-4 of it.
        below = array(results, method, 2, "objective") - reference
        checks.require(np.all(below >= -1e-7), f"convex: {method} is not below working_set: {below.min()}")
    oracle = np.array(results["oracle_test_error"])
    for depth in DEPTHS:
        found = chosen(results, "D-gating", depth, "test_error", "validation_error")
        checks.require(np.mean(found) < 3 * np.mean(oracle), f"D-gating, depth {depth}, learns: {found}")
        tested = chosen(results, "D-gating", depth, "test_error")
        checks.require(np.all(tested <= found), f"depth {depth}: the test rows' choice is no worse on them")
