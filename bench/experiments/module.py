"""Where the Python module is; `./hadamard module` builds it, but where HADAMARD_BUILD names a build tree."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Failure(Exception):
    """What the user is told, in place of a traceback."""


def folder():
    """The folder to import `hadamard` from."""
    named = os.environ.get("HADAMARD_BUILD")
    if not named:
        built = subprocess.run([ROOT / "hadamard", "module"], stdout=subprocess.PIPE, text=True)
        if built.returncode != 0:
            raise Failure("./hadamard module could not build the Python module; see above")
        return built.stdout.strip()
    found = pathlib.Path(named).resolve() / "python"
    if not list(found.glob("hadamard/_hadamard*")):
        raise Failure(f"HADAMARD_BUILD is {named}, which holds no python/hadamard/_hadamard*; it must be a "
                      "build tree with the target python-extension built, or unset")  # fmt: skip
    return str(found)


def load():
    """Makes `import hadamard` work; before NumPy is imported, which reads what is set here."""
    # One thread, and OpenBLAS free to choose its kernels.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    sys.path[:0] = [folder(), str(ROOT / "bench" / "peers")]
