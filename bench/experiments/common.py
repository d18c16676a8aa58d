"""What the experiments share: where the module is, provenance, tables with standard errors,
plots."""

import json
import math
import os
import pathlib
import platform
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("HADAMARD_BUILD", ROOT / "build" / "release"))

# One thread, and OpenBLAS free to choose its kernels; read when NumPy is first imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)
sys.path += [str(BUILD / "python"), str(ROOT / "bench" / "peers")]

import hadamard  # noqa: E402, F401
import numpy as np  # noqa: E402

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


def provenance(preset, seed):
    """What a number depends on."""
    import matplotlib
    import sklearn

    with open("/proc/cpuinfo") as stream:
        model = next((line.split(":")[1].strip() for line in stream
                      if line.startswith("model name")), "")
    return {
        "command": " ".join([pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]),
        "preset": preset,
        "seed": seed,
        "commit": _commit(),
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


def _commit():
    """Of the source tree; empty outside of one."""
    try:
        found = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], check=True,
                               capture_output=True, text=True, timeout=20)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()


def mean_and_error(values):
    """Mean and standard error (deviation of the sample over √count; none of a single one)."""
    values = np.asarray(values, dtype=float)
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return float(values.mean()), float(error)


def with_error(values, digits=3):
    """"mean ± standard error"."""
    mean, error = mean_and_error(values)
    text = f"{mean:.{digits}g}"
    return text if math.isnan(error) else f"{text} ± {error:.1g}"


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


def write_json(path, results):
    """One line a record, so that a change shows as one."""
    text = json.dumps(plain(results), ensure_ascii=False)
    text = text.replace("}, {", "},\n {").replace('"records": [', '"records": [\n ')
    pathlib.Path(path).write_text(text + "\n")


def write_section(page, lines):
    """Replaces what a script wrote before between the markers of a page."""
    begin, end = "<!-- written by bench/experiments/run -->", "<!-- end -->"
    text = page.read_text()
    head, rest = text.split(begin)
    page.write_text("\n".join([head + begin, "", *lines, "", end]) + rest.split(end, 1)[1])


def figure(rows, columns, width=3.4, height=2.9):
    """Figure and axes, without a display."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False,
                        layout="constrained")  # fmt: skip


def save(fig, path):
    """PNG without the date and version that would change at every run."""
    import matplotlib.pyplot as plt

    fig.savefig(path, dpi=80, metadata={"Software": None})
    plt.close(fig)
