"""D-gating (group_product) along 30 λ against proximal gradient and descent on the non-smooth loss.

n = 200 rows to learn from and 2000 to test on, 40 groups of 5 columns of which 7 are active; X, the
active weights and the noise are N(0, 1). Every method makes 1500 full-batch steps at each λ:
D-gating of depth k and descent on the loss as it is with a cosine learning rate from 0.05 and
momentum 0.9, proximal gradient with its own steps. λ: 30 values, log-spaced from 1e-5 to 15; the
loss is ‖Xβ − y‖²/(2n). D-gating starts as a linear layer with open gates would, u ~ N(0, 1/p), ν =
1; the others at the same β. working_set is our Newton solver along the λ downwards; the oracle is
least squares on the active groups.
"""

from common import COLOURS, GROUP_POWERS, figure, hadamard, np, save, say, table, with_error

GROUPS, SIZE, ACTIVE = 40, 5, 7
TRAIN, TEST = 200, 2000
RATE, MOMENTUM = 5e-2, 0.9
LAMBDAS = (1e-5, 15.0)
DEPTHS = [2, 3, 4]
PRESETS = {
    "small": {"repeats": 2, "lambdas": 8, "steps": 1500},
    "full": {"repeats": 10, "lambdas": 30, "steps": 1500},
}
THRESHOLD = 1e-3  # A group counts as active from this ‖β_j‖ on; an active one has about √5.
METHODS = {"D-gating": "-", "proximal gradient": "--", "direct descent": ":", "working_set": "-."}
LABELS = np.arange(GROUPS * SIZE) // SIZE


def instance(seed):
    """Training rows, test rows and β."""
    random = np.random.default_rng([seed, TRAIN, GROUPS])
    beta = np.zeros((GROUPS, SIZE))
    beta[random.choice(GROUPS, ACTIVE, replace=False)] = random.standard_normal((ACTIVE, SIZE))
    X = random.standard_normal((TRAIN + TEST, GROUPS * SIZE))
    y = X @ beta.ravel() + random.standard_normal(TRAIN + TEST)
    return (np.asfortranarray(X[:TRAIN]), y[:TRAIN]), (X[TRAIN:], y[TRAIN:]), beta.ravel()


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


def runs_at(X, y, lambda_, depth, random, steps):
    """{method: (β, misalignment at the start and at the end)}; D-gating's trajectory."""
    problem = hadamard.SurrogateProblem(X, y, lambda_, transfer="group_product", depth=depth,
                                        groups=LABELS)
    start = random.standard_normal(GROUPS * SIZE) / np.sqrt(GROUPS * SIZE)
    gated = problem.run("stochastic_gradient", max_iterations=steps, tolerance=0,
                        learning_rate=RATE,
                        schedule="cosine", momentum=MOMENTUM, sampling=1.3,
                        initial=np.concatenate([start, np.ones(GROUPS * (depth - 1))]))  # fmt: skip
    proximal = problem.run("proximal_gradient", max_iterations=steps, tolerance=1e-12, sampling=2,
                           initial=start)  # fmt: skip
    gap = gated.samples["misalignment"]
    found = {"D-gating": (gated.coef, gap[0], gap[-1]),
             "proximal gradient": (proximal.coef, None, None),
             "direct descent": (direct_descent(X, y, lambda_, depth, start, steps), None, None)}
    return found, problem, gated.samples


def measure(preset, seed):
    lambdas = np.geomspace(*LAMBDAS, preset["lambdas"])
    records, oracle, curves = [], [], []
    for repeat in range(preset["repeats"]):
        say(f"  repeat {repeat}")
        (X, y), (X_test, y_test), truth = instance(seed + repeat)
        is_active = norms(truth) > 0
        columns = np.repeat(is_active, SIZE)
        fit = np.linalg.lstsq(X[:, columns], y, rcond=None)[0]
        oracle.append(float(np.mean((y_test - X_test[:, columns] @ fit) ** 2)))
        for depth in DEPTHS:
            solver = hadamard.WorkingSet(X, y, groups=LABELS, depth=depth, intercept=False,
                                         tol=1e-9)
            known = {lambda_: solver.solve(lambda_).coef for lambda_ in lambdas[::-1]}
            rows = {method: [] for method in METHODS}
            for i, lambda_ in enumerate(lambdas):
                random = np.random.default_rng([seed + repeat, depth, i])
                found, problem, samples = runs_at(X, y, lambda_, depth, random, preset["steps"])
                found["working_set"] = (known[lambda_], None, None)
                for method, (beta, first, last) in found.items():
                    size = norms(beta)
                    rows[method].append({
                        "test_error": np.mean((y_test - X_test @ beta) ** 2),
                        "objective": problem.objective(beta),
                        "active": int((size > THRESHOLD).sum()),
                        "zero": int((size == 0).sum()),
                        "right": int(((size > THRESHOLD) & is_active).sum()),
                        "misalignment_start": first, "misalignment_end": last})  # fmt: skip
                if repeat == 0 and i % max(1, len(lambdas) // 6) == 0:
                    curves.append({"depth": depth, "lambda": lambda_, "step": samples["iteration"],
                                   "misalignment": samples["misalignment"]})  # fmt: skip
            for method, values in rows.items():
                record = {"method": method, "depth": depth, "repeat": repeat}
                records.append(record | {key: [v[key] for v in values] for key in values[0]})
    return {"lambdas": lambdas, "records": records, "oracle_test_error": oracle, "curves": curves}


def array(results, method, depth, key):
    """Rows: repeats, columns: λ."""
    return np.array([r[key] for r in results["records"]
                     if (r["method"], r["depth"]) == (method, depth)],
                    dtype=float)  # fmt: skip


def best(results, method, depth):
    """At the λ of least test error of each repeat: its position."""
    return np.nanargmin(array(results, method, depth, "test_error"), axis=1)


def at(values, where):
    return values[np.arange(len(where)), where]


def report(results):
    lambdas, rows = np.array(results["lambdas"]), []
    for depth in DEPTHS:
        for method in METHODS:
            where = best(results, method, depth)
            active = at(array(results, method, depth, "active"), where)
            right = at(array(results, method, depth, "right"), where)
            rows.append([method, GROUP_POWERS[depth], f"{np.median(lambdas[where]):.2g}",
                         with_error(at(array(results, method, depth, "test_error"), where)),
                         with_error(active), with_error(right),
                         with_error(2 * right / (active + ACTIVE)),
                         with_error(at(array(results, method, depth, "zero"), where))])  # fmt: skip
    objectives = []
    for i, lambda_ in enumerate(lambdas):
        row = [f"{lambda_:.2g}"]
        for depth in DEPTHS:
            reference = array(results, "working_set", depth, "objective")[:, i]
            for method in list(METHODS)[:3]:
                excess = array(results, method, depth, "objective")[:, i] / reference - 1
                row.append(f"{np.median(excess):.1e}")
        objectives.append(row)
    balance = []
    for i, lambda_ in enumerate(lambdas):
        row = [f"{lambda_:.2g}"]
        for depth in DEPTHS:
            row += [f"{np.median(shares(results, depth)[:, i]):.1e}",
                    f"{imbalance_left(results, depth, lambda_) ** 2:.1e}"]  # fmt: skip
        balance.append(row)
    return [
        f"At each repeat's best λ; means ± standard errors over {results['settings']['repeats']} "
        f"repeats. "
        f"Test error of the oracle: {with_error(results['oracle_test_error'])} (the noise alone: "
        f"1). *Active*: ‖β_j‖ > "
        f"{THRESHOLD:g}; of {ACTIVE} right ones. *Exactly 0*: of {GROUPS} groups.", "",
        *table(["method", "penalty", "λ (median)", "test error", "active", "of them right", "F1",
                "exactly 0"],
               rows), "",
        "P at the end over P of working_set, less 1, median over repeats (< 0: lower than ours):",
        "",
        *table(["λ", *(f"{short}, {GROUP_POWERS[depth]}" for depth in DEPTHS
                       for short in ("D-gating", "proximal", "direct"))], objectives), "",
        "Misalignment S(ξ) − R(K(ξ)) of D-gating at the end over that at the start, median over "
        "repeats, and "
        "exp(−8λT/k) with T = Σ η_t/(1 − momentum), the square of what the decay law leaves of the "
        "imbalance:", "",
        *table(["λ", *(text for depth in DEPTHS
                       for text in (f"k = {depth}", "predicted"))], balance),
    ]  # fmt: skip


def shares(results, depth):
    return (array(results, "D-gating", depth, "misalignment_end") /
            array(results, "D-gating", depth, "misalignment_start"))  # fmt: skip


def imbalance_left(results, depth, lambda_):
    """The share of the imbalance that the decay law leaves."""
    total = RATE * results["settings"]["steps"] / 2 / (1 - MOMENTUM)
    return np.exp(-4 * lambda_ / depth * total)


def plot(results, path):
    lambdas = np.array(results["lambdas"])
    fig, axes = figure(3, len(DEPTHS), width=4.2)
    for column, depth in enumerate(DEPTHS):
        top, middle, bottom = axes[:, column]
        for method, style in METHODS.items():
            for ax, key in ((top, "test_error"), (middle, "active")):
                values = array(results, method, depth, key)
                mean = np.nanmean(values, axis=0)
                error = np.nanstd(values, axis=0) / np.sqrt(len(values))
                line = ax.plot(lambdas, mean, style, label=method)[0]
                ax.fill_between(lambdas, mean - error, mean + error, alpha=0.2,
                                color=line.get_color())
        top.axhline(np.mean(results["oracle_test_error"]), color="black", linewidth=1,
                    label="oracle")
        top.set(xscale="log", yscale="log", ylim=(0.9, 100), ylabel="test error",
                title=GROUP_POWERS[depth])
        middle.axhline(ACTIVE, color="black", linewidth=1)
        middle.set(xscale="log", xlabel="λ", ylabel="active groups")
        here = [c for c in results["curves"] if c["depth"] == depth]
        for i, curve in enumerate(here):
            values = np.array(curve["misalignment"], dtype=float)
            shade = 0.35 + 0.65 * i / max(1, len(here) - 1)
            bottom.plot(curve["step"], np.maximum(values, 1e-16), alpha=shade, color=COLOURS[depth],
                        label=f"λ = {curve['lambda']:.1g}")  # fmt: skip
        bottom.set(yscale="log", xlabel="step", ylabel="misalignment", ylim=(1e-16, None))
        bottom.legend(fontsize=7)
    axes[0, 0].legend(fontsize=8)
    save(fig, path)


def check(results, checks):
    lambdas = np.array(results["lambdas"])
    for depth in DEPTHS:
        share = shares(results, depth)
        # Misalignment is at most of the order of the imbalance; this leaves a factor of ten.
        settled = np.array([imbalance_left(results, depth, x) for x in lambdas]) < 1e-4
        checks.require(np.all(share[:, settled] < 1e-3),
                       f"misalignment ends, depth {depth}: {share}")
        start = array(results, "D-gating", depth, "misalignment_start")
        checks.require(np.all(array(results, "D-gating", depth,
                                    "misalignment_end") >= -1e-12 * start),
                       f"misalignment is never negative, depth {depth}")  # fmt: skip
        for method in METHODS:
            checks.require(np.all(np.isfinite(array(results, method, depth, "objective"))),
                           f"{method}, depth {depth}, is finite")  # fmt: skip
    reference = array(results, "working_set", 2, "objective")
    for method in list(METHODS)[:3]:
        # tol of working_set is 1e-9 of P(0); at the least λ, P is 1e-4 of it.
        excess = array(results, method, 2, "objective") - reference
        checks.require(np.all(excess >= -1e-7),
                       f"convex: {method} is not below working_set: {excess.min()}")
    oracle = np.array(results["oracle_test_error"])
    for depth in DEPTHS:
        found = at(array(results, "D-gating", depth, "test_error"),
                   best(results, "D-gating", depth))
        checks.require(np.mean(found) < 3 * np.mean(oracle),
                       f"D-gating, depth {depth}, learns: {found}")
