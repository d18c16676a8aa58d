"""What the experiments share: random numbers, provenance, statistics, tables, pages, files written whole."""

import io
import json
import math
import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import time

import hadamard  # noqa: F401
import numpy as np

from module import HERE, ROOT, Failure

POWERS = {2: "ℓ₁", 3: "ℓ_{2/3}", 4: "ℓ_{1/2}"}  # Depth of the Hadamard product: penalty.
GROUP_POWERS = {2: "q = 1", 3: "q = 2/3", 4: "q = 1/2"}
COLOURS = {2: "tab:blue", 3: "tab:orange", 4: "tab:green"}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Checks:
    """Statements that must hold of the results; those that do not are kept."""

    def __init__(self):
        self.passed, self.failed = 0, []

    def require(self, holds, text):
        if holds:
            self.passed += 1
        else:
            self.failed.append(text)


def generator(seed, repeat, *what):
    """Random numbers of one repeat, which no other seed, repeat or use shares."""
    return np.random.default_rng(np.random.SeedSequence([seed, repeat], spawn_key=what))


def number(seed, repeat, *what):
    """The same as one integer below 2³¹, for what takes that as its seed."""
    return int(np.random.SeedSequence([seed, repeat], spawn_key=what).generate_state(1)[0] >> 1)


def provenance(preset, seed, commit):
    """What a number depends on."""
    import matplotlib
    import sklearn

    with open("/proc/cpuinfo") as stream:
        model = next((line.split(":")[1].strip() for line in stream if line.startswith("model name")), "")
    return {
        "command": " ".join([pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]),
        "preset": preset,
        "seed": seed,
        "commit": commit,
        "processor": model,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "matplotlib": matplotlib.__version__,
        "threads": 1,
        "date": time.strftime("%Y-%m-%d"),
    }


def commit():
    """Of the source tree, "-dirty" where a tracked file differs that is no result; empty outside of one."""
    results = [f":(exclude,glob)bench/experiments/*.{ending}" for ending in ("json", "md", "png")]
    try:
        head = _git("rev-parse", "--short=10", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ":/", *results)
    except (OSError, subprocess.SubprocessError):
        return ""
    return head + ("-dirty" if changed else "")


def _git(*words):
    return subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True, text=True,
                          timeout=60).stdout.strip()  # fmt: skip


def mean_and_error(values, axis=None):
    """Mean and standard error (deviation of the sample over √count; none of a single one)."""
    values = np.asarray(values, dtype=float)
    count = values.size if axis is None else values.shape[axis]
    mean = values.mean(axis=axis)
    error = values.std(axis=axis, ddof=1) / math.sqrt(count) if count > 1 else np.full_like(mean, np.nan)
    return mean, error


def over_cells(cells):
    """Of the mean over cells that were chosen, not drawn: repeats within each are what varies."""
    pairs = [mean_and_error(values) for values in cells]
    error = math.sqrt(sum(e**2 for _, e in pairs)) / len(pairs)
    return float(np.mean([m for m, _ in pairs])), error


def plus_minus(mean, error, digits=3):
    """"mean ± standard error"."""
    text = f"{mean:.{digits}g}"
    return text if math.isnan(error) else f"{text} ± {error:.1g}"


def with_error(values, digits=3):
    return plus_minus(*mean_and_error(values), digits)


def median_and_quartiles(values, digits=1):
    """"median (lower quartile … upper quartile)"."""
    low, middle, high = np.percentile(np.asarray(values, dtype=float), [25, 50, 75])
    return f"{middle:.{digits}e} ({low:.{digits}e} … {high:.{digits}e})"


def percent(share, digits=0):
    return f"{100 * share:.{digits}f} %"


def table(header, rows):
    """Lines of Markdown."""
    return ["| " + " | ".join(header) + " |", "|---" * len(header) + "|",
            *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)]  # fmt: skip


def plain(value):
    """As JSON has it: lists for arrays, null for what is not finite."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def json_text(results):
    """One line a record, so that a change shows as one."""
    text = json.dumps(plain(results), ensure_ascii=False)
    return text.replace("}, {", "},\n {").replace('"records": [', '"records": [\n ') + "\n"


def figure(rows, columns, width=3.4, height=2.9):
    """Figure and axes, without a display."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False,
                        layout="constrained")  # fmt: skip


def png(fig):
    """Bytes of it, without the date and version that would change at every run."""
    import matplotlib.pyplot as plt

    out = io.BytesIO()
    fig.savefig(out, format="png", dpi=130, bbox_inches="tight", metadata={"Software": None})
    plt.close(fig)
    return out.getvalue()


def footer(results):
    known = results["provenance"]
    return (f"`bench/experiments/{known['command']}` at commit {known['commit']}, preset {known['preset']}, "
            f"seed {known['seed']}, {results['cpu_seconds']:.0f} CPU seconds on one thread of "
            f"{known['processor']} (load {known['load_average'][0]:.0f} on {known['cores']} cores), Python {known['python']}, NumPy {known['numpy']}. Numbers: "
            f"[{results['name']}.json]({results['name']}.json).")  # fmt: skip


def page(experiment, results):
    """NAME.md: the text of pages/NAME.md with its numbers filled in; of other presets the tables alone.

    The text is about the full preset. {{name}} stands for an entry of the experiment's `facts`, all of which
    it must use.
    """
    name, preset = results["name"], results["provenance"]["preset"]
    measured = ["## Measured", "", *experiment.report(results), "", footer(results), ""]
    if preset != "full":
        pictures = [f"![{name}]({name}{suffix}.png)" for suffix in experiment.PICTURES]
        return "\n".join([f"# {name}, preset {preset}", "", *pictures, "", *measured])
    facts, used = experiment.facts(results), set()

    def fact(match):
        used.add(match[1])
        if match[1] not in facts:
            raise Failure(f"pages/{name}.md asks for {match[1]}, which {name}.facts does not give")
        return facts[match[1]]

    text = re.sub(r"\{\{(\w+)\}\}", fact, (HERE / "pages" / f"{name}.md").read_text())
    if set(facts) - used:
        raise Failure(f"{name}.facts gives what pages/{name}.md does not say: {sorted(set(facts) - used)}")
    return "\n".join([text.rstrip("\n"), "", *measured])


def write_together(files):
    """{path: text or bytes}, each renamed into place when all are written; Ctrl-C waits for the renaming."""
    written = []
    try:
        for path, content in files.items():
            temporary = path.with_name(f".{path.name}.{os.getpid()}")
            written.append((temporary, path))
            temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            for temporary, path in written:
                os.replace(temporary, path)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    finally:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)
