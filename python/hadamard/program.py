"""``verify`` and ``certify``: the program `hadamard` run, and its JSON read.

A process of its own, so that the arithmetic libraries of the program stay out of Python; Ctrl-C
ends it. The program lies in ``bin/`` of this package.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path

from hadamard._hadamard import Error, InputError

#: Exit codes with a result: as claimed, refuted or toothless, undecided.
_answers = (0, 1, 3)
_bad_input = 2


def verify(ids=None, *, transfers=None, depths=None, cases=None, seed=None, digits=None,
           threads=None, data=True):
    """Decide claims of the theory; see `hadamard verify --help`.

    `ids` and `transfers`: one name or several, None for all. `data=False`: random instances only,
    not the data sets of the source tree. Returns what `--json` writes: result["verdict"] is
    "refuted", "undecided", "supported" or "proved".
    """
    words = ["verify", *_words(ids)]
    for flag, values in (("--transfer", transfers), ("--depth", depths), ("--cases", cases),
                         ("--seed", seed), ("--digits", digits), ("--threads", threads)):
        if values is not None:
            words += [flag, *_words(values)]
    if not data:
        words.append("--no-data")
    return _run(words)


def certify(instance, *, certificate=None, transfer=None, cross_check=False, leaves=None):
    """Find all stationary points of P and Q of a small instance; see `hadamard certify --help`.

    `instance`: a file, or its content as a dict; numbers are int, str or Fraction, since a float is
    not the number its author wrote. `certificate`: the file to write for `hadamard-check`. Returns
    what `--json` writes.
    """
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(instance, (str, os.PathLike)):
            file = Path(instance)
        else:
            file = Path(folder, "instance.json")
            file.write_text(json.dumps(instance, default=_exact), encoding="utf-8")
        words = ["certify", str(file), "--out", str(certificate or Path(folder, "certificate"))]
        if transfer is not None:
            words += ["--transfer", str(transfer)]
        if cross_check:
            words.append("--cross-check")
        if leaves is not None:
            words += ["--leaves", str(leaves)]
        return _run(words)


def _words(values):
    if values is None:
        return []
    return [str(v) for v in ([values] if isinstance(values, (str, int, Fraction)) else values)]


def _exact(value):
    if isinstance(value, Fraction):
        return str(value)
    if hasattr(value, "tolist"):  # arrays and numbers of NumPy
        return value.tolist()
    raise TypeError(f"instance: {value!r} is neither int, str nor Fraction")


def _program():
    out = Path(__file__).parent / "bin" / "hadamard"
    if not out.exists():
        raise Error(f"{out} is missing: it was not built; run `./hadamard claims` in the source "
                    "tree, or `pip install ./python` again")
    return str(out)


def _run(words):
    with subprocess.Popen([_program(), *words, "--json", "-", "--quiet"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8") as running:
        try:
            output, complaint = running.communicate()
        except BaseException:  # Ctrl-C above all: nothing is left running
            running.kill()
            running.wait()
            raise
    if running.returncode in _answers:
        return json.loads(output)
    message = complaint.strip().removeprefix("hadamard: ")
    if running.returncode == _bad_input:
        raise InputError(message)
    raise Error(message or f"hadamard {words[0]} ended with {running.returncode}")
