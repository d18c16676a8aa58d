"""What the scripts of this folder share: one thread, one clock, the compiled module, the
context."""

import glob
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("HADAMARD_BUILD", ROOT / "build" / "release"))


def say(text):
    print(text, file=sys.stderr, flush=True)


def start(build=True):
    """Starts this script anew with one BLAS thread, and with OpenBLAS free to choose its kernels:
    this workplace pins OPENBLAS_CORETYPE to an older processor's, which slows every peer that uses
    it. Then builds and finds the compiled module."""
    wanted = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HADAMARD_PEERS": "1"}
    if os.environ.get("HADAMARD_PEERS") != "1":
        environment = {**os.environ, **wanted}
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            environment.pop(name, None)
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)
    if build:
        subprocess.run(["cmake", "--build", BUILD, "--target", "_peers", "-j1"], check=True,
                       stdout=sys.stderr)  # fmt: skip
    folder = BUILD / "bench" / "peers"
    if not glob.glob(str(folder / "_peers*.so")):
        sys.exit(f"no _peers in {folder}: configure with python3-dev and pybind11-dev installed, "
                 f"then "
                 "build the target _peers")  # fmt: skip
    sys.path.insert(0, str(folder))


def context():
    """The machine and the versions that a ratio depends on."""
    import numpy
    import scipy.linalg  # noqa: F401
    import sklearn

    with open("/proc/cpuinfo") as stream:
        model = next((line.split(":")[1].strip() for line in stream
                      if line.startswith("model name")), "")
    with open("/proc/self/maps") as stream:
        blas = {line.split()[-1] for line in stream if "blas" in line}
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
        "blas": sorted(os.path.realpath(path) for path in blas),
        "blas_threads": 1,
        "openblas_coretype": os.environ.get("OPENBLAS_CORETYPE", "chosen by OpenBLAS"),
        "clock": "CPU seconds of the solving thread",
        "command": " ".join(sys.argv),
    }


def median(values):
    return statistics.median(values) if values else None


def write(path, results):
    path = pathlib.Path(path)
    path.write_text(json.dumps(results, indent=1) + "\n")


def write_section(name, lines):
    """Replaces the part of README.md that a script wrote before."""
    begin, end = f"<!-- {name}: written by bench/peers/{name} -->", f"<!-- end of {name} -->"
    readme = HERE / "README.md"
    text = readme.read_text()
    section = "\n".join([begin, "", *lines, "", end])
    if begin in text:
        head, rest = text.split(begin)
        text = head + section + rest.split(end)[1]
    else:
        text = text.rstrip() + "\n\n" + section + "\n"
    readme.write_text(text)
