"""The tables of bench/peers/run."""

from harness import median

LEVELS = ["1e-04", "1e-07", "1e-10"]
# Asked: best peer's time over ours at the three levels; and our time at 1e-10 in products X'r.
ASKED = {
    "A10": (3, 3, 3), "A01": (4, 9, 12), "B10": (2.5, 3.3, 4), "B01": (2.3, 3.1, 3.1),
    "C": (2, 2.6, 8),
    "E": (8, 11, 12), "lq23-A": (2, 2, 2), "lq12-A": (2, 2, 2), "lq23-200": (2, 2, 2),
    "lq12-200": (2, 2, 2), "path-A": (5, 5, 5), "path-B": (1.5, 1.8, 2), "path-E": (2, 5, None),
    "path-diabetes": (2, 2, 2),
}  # fmt: skip
UNITS_ASKED = {"A10": 15, "A01": 95, "B10": 8, "B01": 40, "C": 18, "E": 40}
OVER_LBFGS = {"A10": 200, "A01": 80}
OURS = "hadamard"


def time_of(seed, tool, level):
    return seed["tools"].get(tool, {}).get("targets", {}).get(level, {}).get("median")


def over_seeds(workload, tool, level):
    """Median ms over the seeds at which the tool ran; nothing if it failed on half of them."""
    ran = [seed for seed in workload["seeds"].values() if tool in seed["tools"]]
    times = [time_of(seed, tool, level) for seed in ran]
    reached = [t for t in times if t is not None]
    return 1e3 * median(reached) if reached and 2 * len(reached) > len(ran) else None


def ratios(workload, level, tools):
    """At each seed the best of these tools' times over ours."""
    out = []
    for seed in workload["seeds"].values():
        ours = time_of(seed, OURS, level)
        others = [t for t in (time_of(seed, tool, level) for tool in tools) if t is not None]
        if ours and others:
            out.append(min(others) / ours)
    return out


def best_name(workload, level, tools):
    times = {tool: over_seeds(workload, tool, level) for tool in tools}
    times = {tool: t for tool, t in times.items() if t is not None}
    return min(times, key=times.get) if times else ""


def number(x):
    return "–" if x is None else f"{x:.3g}" if x < 999.5 else f"{x:.0f}"


def slashed(values):
    return "–" if all(v is None for v in values) else "/".join(number(v) for v in values)


def table(header, rows):
    return ["| " + " | ".join(header) + " |", "|---" * len(header) + "|",
            *("| " + " | ".join(row) + " |" for row in rows)]  # fmt: skip


def ratio_rows(results, tools):
    rows = []
    for name, workload in results["workloads"].items():
        here = [median(ratios(workload, level, tools)) for level in LEVELS]
        if all(r is None for r in here):
            continue
        best = dict.fromkeys(best_name(workload, level, tools) for level in LEVELS)
        asked = ASKED.get(name)
        met = "" if not asked else "yes" if all(
            r is None or a is None or r >= a for r, a in zip(here, asked)) else "no"  # fmt: skip
        rows.append([name, ", ".join(b for b in best if b), slashed(here),
                     slashed(asked) if asked else "", met])
    return rows


def time_table(results):
    tools = [OURS] + [t for t in results["tools"] if t != OURS]
    tools = [t for t in tools if any(t in seed["tools"] for w in results["workloads"].values()
                                     for seed in w["seeds"].values())]  # fmt: skip
    rows = []
    for name, workload in results["workloads"].items():
        rows.append([name] + [slashed([over_seeds(workload, tool, level) for level in LEVELS])
                              if any(tool in seed["tools"] for seed in workload["seeds"].values())
                              else ""
                              for tool in tools])  # fmt: skip
    return table(["workload"] + tools, rows)


def unit_rows(results):
    rows = []
    for name, workload in results["workloads"].items():
        passes, grams, growth, counted = [], [], [], []
        for seed in workload["seeds"].values():
            ours = [time_of(seed, OURS, level) for level in LEVELS]
            if ours[2]:
                passes.append(ours[2] / seed["kernels"]["pass"])
                if seed["kernels"]["gram"]:
                    grams.append(ours[2] / seed["kernels"]["gram"])
                counted.append(seed["tools"][OURS]["targets"]["1e-10"]["details"]["passes"])
            if ours[0] and ours[2]:
                growth.append(ours[2] / ours[0])
        if not passes:
            continue
        asked = UNITS_ASKED.get(name)
        lbfgs = median(ratios(workload, LEVELS[0], ["L-BFGS on Q"]))
        scipy = median(ratios(workload, LEVELS[0], ["L-BFGS on Q (SciPy)"]))
        one = [seed["kernels"] for seed in workload["seeds"].values()]
        rows.append([name, number(1e3 * median([k["pass"] for k in one])),
                     number(1e3 * median([k["gram"] for k in one])), number(median(passes)),
                     str(asked or ""), number(median(grams)), number(median(counted)),
                     number(median(growth)), f"{number(lbfgs)} / {number(scipy)}",
                     f"{OVER_LBFGS[name]}" if name in OVER_LBFGS else ""])  # fmt: skip
    return rows


def objective_lines(results):
    """Nonconvex workloads: ours against coordinate descent's objective."""
    out = []
    for name, workload in results["workloads"].items():
        for ours in (t for t in results["tools"] if t.startswith(OURS)):
            better = []
            for seed in workload["seeds"].values():
                tools = [seed["tools"].get(tool, {}) for tool in (ours, "prox CD")]
                ends = [tool.get("targets", {}) for tool in tools]
                values = [targets.get("1e-07", {}).get("objective") for targets in ends]
                if None not in values:
                    better.append(values[0] <= values[1] * (1 + 1e-9))
            if better:
                out.append(f"* {name}: the objective of {ours} is no larger than prox CD's on "
                           f"{sum(better)} "
                           f"of {len(better)} seeds.")  # fmt: skip
    return out


def tables(results):
    context = results["context"]
    # One that was interrupted before its first seed has nothing to show.
    measured = {name: w for name, w in results["workloads"].items() if w["seeds"]}
    results = {**results, "workloads": measured}
    outside = [t for t, facts in results["tools"].items() if t != OURS
               and not facts["written_here"]]
    everyone = [t for t in results["tools"] if not t.startswith(OURS)]
    seeds = results["seeds"]
    blas = ", ".join(path.split("/")[-1] for path in context["blas"]) or "none loaded"
    out = [
        f"CPU ms, medians of {results['repeat']} repeats, then over the seeds {seeds[0]} to "
        f"{seeds[-1]}; to "
        "relative gap (ℓ_q: relative prox residual) 1e-4/1e-7/1e-10; – not reached. "
        f"{context['processor']}, one thread, BLAS of the Python tools: {blas}.", "",
        *time_table(results), "",
        "Best packaged tool's time over ours (the targets were set against packages):", "",
        *table(["workload", "best", "ratio", "asked", "met"], ratio_rows(results, outside)), "",
        "The same against everything here, the methods that this folder compiles for this "
        "processor "
        "included:", "",
        *table(["workload", "best", "ratio", "asked of packages", "met"],
               ratio_rows(results, everyone)), "",
        "In units timed in the same window; growth is time to 1e-10 over time to 1e-4 (asked ≤ "
        "1.3); L-BFGS "
        "is its time over ours at 1e-4, compiled here / SciPy's:", "",
        *table(["workload", "Xᵀr, ms", "Gram of 100, ms", "ours at 1e-10, in Xᵀr", "asked ≤",
                "in Gram",
                "passes counted", "growth", "L-BFGS on Q / ours", "asked"], unit_rows(results)),
    ]  # fmt: skip
    objectives = objective_lines(results)
    return out + ([""] + objectives if objectives else [])
