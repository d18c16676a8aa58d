"""How fast factors become balanced: measured along gradient descent, against the law.

A balance C of a transfer with S = c‖ξ‖² (ξ_a² − ξ_b² of two scalar factors, ‖u_j‖² − ν_j² of a
group, u v of the difference) obeys, whatever the loss, with p = ∇(L∘K)(ξ):
    each step     C⁺ = (1 − 2cλη)² C + η² C(p)             (dynamics.discrete-balance)
    flow          C(t) = C(0) exp(−4cλt)                   (dynamics.flow-balance)
Two scalar factors moreover have ξ_a p_a = ξ_b p_b, hence C(p) = −h² C with h = p_a/ξ_b = p_b/ξ_a:
each step multiplies C by (1 − 2cλη)² − η²h², and the difference to (1 − 2cλη)² has a sign.
"""

from common import figure, hadamard, np, save, table, with_error

import workloads  # Of bench/peers.

PRESETS = {
    "small": {"repeats": 2, "time": 40.0, "rates": [0.02, 0.04], "data": ["diabetes"]},
    "full": {"repeats": 8, "time": 80.0, "rates": [0.01, 0.02, 0.04],
             "data": ["diabetes", "synthetic"]},
}
TRANSFERS = [("hadamard_product", 2), ("hadamard_product", 3), ("hadamard_product", 4),
             ("hadamard_difference", 2), ("group_product", 2), ("group_product", 3)]  # fmt: skip
GROUP = 2  # Columns a group.
FLOOR = 1e-8  # Share of the start below which no rate is fitted.
ROUNDING = 2.0**-53


def data(name, seed):
    """X with columns of norm √n and y of variance 1."""
    if name == "diabetes":
        w = workloads.table(name, seed, "diabetes.csv", "progression", False, 0.1)
    else:
        w = workloads.synthetic(name, seed, 60, 20, 0.1, nonzeros=5)
    return np.asfortranarray(w.X), w.y / w.y.std()


def problem_of(X, y, transfer, depth):
    """The problem at λ_max/10 of the lasso, and c."""
    lambda_ = 0.1 * np.abs(X.T @ y).max() / len(y)
    groups = np.arange(X.shape[1]) // GROUP if transfer == "group_product" else None
    problem = hadamard.SurrogateProblem(X, y, lambda_, transfer=transfer, depth=depth,
                                        groups=groups)
    return problem, lambda_, 1.0 if transfer == "hadamard_difference" else 1.0 / depth


def balances(transfer, depth, columns, points):
    """C of neighbouring factors, one row a point."""
    if transfer == "hadamard_difference":
        return points[:, :columns] * points[:, columns:]
    squares = points**2
    if transfer == "hadamard_product":
        return squares[:, :-columns] - squares[:, columns:]
    vectors = squares[:, :columns].reshape(len(points), -1, GROUP).sum(axis=2)
    return np.tile(vectors, depth - 1) - squares[:, columns:]


def magnitude(points):
    """Σ ξ² at each point: what the rounding of C is relative to."""
    return (points**2).sum(axis=1)


def rate_of(size, times):
    """Of exponential decay, from the start to the last point above FLOOR of it."""
    last = np.flatnonzero(size > FLOOR * size[0])[-1]
    return float(-np.log(size[last] / size[0]) / times[last])


def descend(problem, name, seed, rate, steps, **more):
    run = problem.run(name, learning_rate=rate, max_iterations=steps, tolerance=0, sampling=1,
                      start="normal", start_scale=0.3, seed=seed, keep_points=True, **more)
    return run.samples["iteration"], run.samples["factors"]


def law(data_name, transfer, depth, rate, seconds, seed):
    """One run of gradient descent with a constant step."""
    X, y = data(data_name, seed)
    problem, lambda_, c = problem_of(X, y, transfer, depth)
    steps = round(seconds / rate)
    _, points = descend(problem, "stochastic_gradient", seed, rate, steps, momentum=0.0)
    C = balances(transfer, depth, X.shape[1], points)
    gradients = np.array([problem.surrogate_gradient(xi) for xi in points[:-1]])
    driven = balances(transfer, depth, X.shape[1], gradients - 2 * c * lambda_ * points[:-1])
    shrink = (1 - 2 * c * lambda_ * rate) ** 2
    error = np.abs(C[1:] - shrink * C[:-1] - rate**2 * driven).max(axis=1)
    record = {"data": data_name, "transfer": transfer, "depth": depth, "rate": rate, "seed": seed,
              "flow": 4 * c * lambda_, "step": -np.log(shrink) / rate,
              "measured": rate_of(np.abs(C).sum(axis=1), rate * np.arange(len(C))),
              "recursion_error": float((error / magnitude(points)[:-1]).max() / ROUNDING)}
    # Where C is above its own rounding, the factor of every step of every pair.
    seen = np.abs(C[:-1]) > 1e6 * ROUNDING * magnitude(points)[:-1, None]
    factors = C[1:][seen] / C[:-1][seen]
    record["least_factor"], record["largest_factor"] = float(factors.min()), float(factors.max())
    record["bound"] = float(shrink)
    return record, (rate * np.arange(len(C)), np.abs(C).sum(axis=1))


OTHERS = {
    "momentum 0.9, η/10": {"name": "stochastic_gradient", "momentum": 0.9, "share": 0.1,
                           "per_time": 10},
    "mini-batches of 32": {"name": "stochastic_gradient", "momentum": 0.0, "batch": 32},
    "Adam": {"name": "adam", "share": 0.1},
}


def other(label, data_name, rate, seconds, seed):
    """hadamard_product, depth 2, by another method; time is η × steps, × 1/(1 − momentum)."""
    how = dict(OTHERS[label])
    name, rate, per_time = how.pop("name"), rate * how.pop("share", 1.0), how.pop("per_time", 1.0)
    X, y = data(data_name, seed)
    problem, lambda_, c = problem_of(X, y, "hadamard_product", 2)
    steps_each = -(-len(y) // how["batch"]) if "batch" in how else 1
    epochs = round(seconds / (rate * per_time * steps_each))
    iterations, points = descend(problem, name, seed, rate, epochs, **how)
    times = rate * per_time * steps_each * np.arange(len(points))
    size = np.abs(balances("hadamard_product", 2, X.shape[1], points)).sum(axis=1)
    return {"data": data_name, "method": label, "seed": seed, "flow": 4 * c * lambda_,
            "measured": rate_of(size, times)}, (times, size)  # fmt: skip


def thin(curve):
    """At most 60 points of it, relative to the start."""
    times, size = curve
    keep = np.unique(np.linspace(0, len(times) - 1, 60).astype(int))
    return {"time": times[keep], "relative": size[keep] / size[0]}


def measure(preset, seed):
    records, others, curves = [], [], []
    for name in preset["data"]:
        for repeat in range(preset["repeats"]):
            here = 1 + seed + repeat
            for transfer, depth in TRANSFERS:
                for rate in preset["rates"]:
                    record, curve = law(name, transfer, depth, rate, preset["time"], here)
                    records.append(record)
                    if repeat == 0 and name == preset["data"][0] and rate == preset["rates"][0]:
                        curves.append({"label": f"{transfer}, depth {depth}",
                                       "flow": record["flow"],
                                       **thin(curve)})  # fmt: skip
            for label in OTHERS:
                record, curve = other(label, name, preset["rates"][0], preset["time"], here)
                others.append(record)
                if repeat == 0 and name == preset["data"][0]:
                    curves.append({"label": label, "flow": record["flow"], **thin(curve)})
    return {"records": records, "others": others, "curves": curves}


def selected(records, **wanted):
    return [r for r in records if all(r[key] == value for key, value in wanted.items())]


def report(results):
    rows = []
    for name in results["settings"]["data"]:
        for transfer, depth in TRANSFERS:
            for rate in results["settings"]["rates"]:
                here = selected(results["records"], data=name, transfer=transfer, depth=depth,
                                rate=rate)
                excess = [r["measured"] / r["flow"] - 1 for r in here]
                is_banded = all(r["largest_factor"] <= r["bound"] * (1 + 1e-6) for r in here)
                rows.append([name, transfer, depth, rate,
                             f"{np.mean([r['flow'] for r in here]):.4g}",
                             f"{np.mean([r['step'] / r['flow'] for r in here]) - 1:.1e}",
                             with_error(excess, 2),
                             with_error([e / rate for e in excess], 2),
                             "yes" if is_banded else "no",
                             f"{max(r['recursion_error'] for r in here):.0f}"])  # fmt: skip
    other_rows = []
    for name in results["settings"]["data"]:
        for label in OTHERS:
            here = selected(results["others"], data=name, method=label)
            other_rows.append([name, label, with_error([r["measured"] / r["flow"] for r in here])])
    return [
        f"Constant step η, λ = λ_max/10, {results['settings']['repeats']} starts. *Excess*: rate "
        f"of decay of "
        "Σ abs(C) over 4cλ, less 1; ± is the standard error. *(1 − 2cλη)² alone*: its part of the "
        "excess. "
        "*Signed*: every step of every C multiplied it by no more than (1 − 2cλη)². *Recursion*: "
        "largest error "
        "of the exact law in any step, in units of 2⁻⁵³ ‖ξ‖²:", "",
        *table(["data", "transfer", "depth", "η", "4cλ", "(1 − 2cλη)² alone", "excess",
                "excess / η", "signed",
                "recursion"], rows), "",
        "Other methods, hadamard_product of depth 2: rate over 4cλ, in the time η·steps/(1 − "
        "momentum):", "",
        *table(["data", "method", "rate / 4cλ"], other_rows),
    ]  # fmt: skip


def plot(results, path):
    fig, axes = figure(1, 2, width=5.2, height=3.6)
    for curve in results["curves"]:
        ax = axes[0, 1 if curve["label"] in OTHERS else 0]
        time = np.array(curve["time"])
        line = ax.semilogy(curve["flow"] * time, curve["relative"], ".", markersize=4,
                           label=curve["label"])[0]
        ax.set_xlim(0, max(ax.get_xlim()[1], curve["flow"] * time[-1]))
        line.set_clip_on(True)
    for ax, title in zip(axes[0], ["gradient descent, smallest η", "other methods, depth 2"]):
        span = np.array([0, ax.get_xlim()[1]])
        ax.semilogy(span, np.exp(-span), "k-", linewidth=1, label="exp(−4cλt)")
        ax.set(title=title, xlabel="4cλt", ylabel="Σ|C| / start", ylim=(1e-12, 3))
        ax.legend(fontsize=7)
    save(fig, path)


def check(results, checks):
    rates = results["settings"]["rates"]
    for r in results["records"]:
        what = (f"{r['data']}, {r['transfer']}, depth {r['depth']}, η = {r['rate']}, "
                f"seed {r['seed']}")
        # A dozen roundings a step, each of at most ‖ξ‖² units, and those of ∇Q times η.
        checks.require(r["recursion_error"] <= 20,
                       f"exact recursion, {what}: {r['recursion_error']}")
        if r["transfer"] != "group_product":
            checks.require(r["largest_factor"] <= r["bound"] * (1 + 1e-6),
                           f"the factor is at most (1 − 2cλη)², {what}")  # fmt: skip
            checks.require(r["measured"] >= r["step"] * (1 - 1e-6),
                           f"no slower than the law, {what}")
    for name in results["settings"]["data"]:
        for transfer, depth in TRANSFERS:
            excess = [np.mean([r["measured"] / r["flow"] - 1 for r in selected(
                results["records"], data=name, transfer=transfer, depth=depth, rate=rate)])
                for rate in rates]  # fmt: skip
            for i in range(len(rates) - 1):
                if transfer != "group_product":
                    # First order in η: a step twice as long has twice the excess, to second order.
                    ratio = (excess[i + 1] / excess[i]) / (rates[i + 1] / rates[i])
                    checks.require(0.6 <= ratio <= 1.7,
                                   f"excess ∝ η, {name}, {transfer}, {depth}: {excess}")
