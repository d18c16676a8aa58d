"""``claims``, ``verify``, ``search``, ``replay``, ``transfer``, ``certify``: the program run.

Each is a verb of `hadamard` and returns its JSON.

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

#: What stands for one word of the command line; else an iterable of them.
_single = (str, int, float, Fraction, os.PathLike)


def claims(claim=None):
    """All claims, or one, with their mutants; see `hadamard claims --help`.

    Returns what `--json` writes: result["claims"] is a list.
    """
    return _run(["claims", *_words(claim)])


def verify(ids=None, *, transfers=None, depths=None, cases=None, seed=None, digits=None,
           threads=None, data=True):
    """Decide claims of the theory; see `hadamard verify --help`.

    `ids` and `transfers`: one name or several, None for all. `data=False`: random instances only,
    not the data sets of the source tree. Returns what `--json` writes: result["verdict"] is
    "refuted", "undecided", "supported" or "proved".
    """
    words = ["verify", *_words(ids), *_options(transfer=transfers, depth=depths, cases=cases,
                                               seed=seed, digits=digits, threads=threads)]
    if not data:
        words.append("--no-data")
    return _run([*words, "--quiet"])


def search(claim, *, mutant=None, transfers=None, depths=None, budget=None, witnesses=None,
           store=None, digits=None, seed=None, threads=None):
    """Search for a counterexample to a claim, or to its `mutant`; see `hadamard search --help`.

    `budget`: a time ("30s", "10m") or a number of evaluations. `witnesses`: stop at this many.
    `store`: the file to keep the campaign in, and to resume it from. Returns what `--json` writes:
    result["witnesses"] is empty where nothing was found.
    """
    return _run(["search", *_words(claim),
                 *_options(mutant=mutant, transfer=transfers, depth=depths, budget=budget,
                           witnesses=witnesses, store=store, digits=digits, seed=seed,
                           threads=threads), "--quiet"])


def replay(store, witness=None, *, digits=None):
    """The witnesses of a store, or one decided again; see `hadamard replay --help`.

    `store`: a file made by `search`. `witness`: the first digits of its "id". Returns what `--json`
    writes: a list of witnesses, or of the one result["verdict"].
    """
    return _run(["replay", os.fspath(store), *_words(witness), *_options(digits=digits)])


def transfer(definition, *, cases=None, seed=None, digits=None, threads=None):
    """Characterise a transfer of your own, with every claim; see `hadamard transfer --help`.

    `definition`: a file, or its content, as {"name": "u_v2", "factors": ["u", "v"], "K": "u*v^2",
    "S": "(u^2 + 2*v^2)/3"}. Returns what `--json` writes: result["induced"] is R, or None.
    """
    options = _options(cases=cases, seed=seed, digits=digits, threads=threads)
    with tempfile.TemporaryDirectory() as folder:
        return _run(["transfer", str(_file(definition, folder)), *options, "--quiet"])


def certify(instance, *, certificate=None, transfer=None, cross_check=False, leaves=None):
    """Find all stationary points of P and Q of a small instance; see `hadamard certify --help`.

    `instance`: a file, or its content as a dict; numbers are int, str or Fraction, since a float is
    not the number its author wrote. `certificate`: the file to write for `hadamard-check`. Returns
    what `--json` writes.
    """
    with tempfile.TemporaryDirectory() as folder:
        words = ["certify", str(_file(instance, folder)),
                 *_options(out=certificate or Path(folder, "certificate"), transfer=transfer,
                           leaves=leaves)]
        if cross_check:
            words.append("--cross-check")
        return _run([*words, "--quiet"])


def _file(content, folder):
    if isinstance(content, (str, os.PathLike)):
        return Path(content)
    file = Path(folder, "input.json")
    file.write_text(json.dumps(content, default=_exact), encoding="utf-8")
    return file


def _options(**values):
    return [word for name, value in values.items() if value is not None
            for word in (f"--{name}", *_words(value))]


def _words(values):
    if values is None:
        return []
    return [str(v) for v in ([values] if isinstance(values, _single) else values)]


def _exact(value):
    if isinstance(value, Fraction):
        return str(value)
    if hasattr(value, "tolist"):  # arrays and numbers of NumPy
        return value.tolist()
    raise TypeError(f"{value!r} is neither int, str nor Fraction")


def _program():
    out = Path(__file__).parent / "bin" / "hadamard"
    if not out.exists():
        raise Error(f"{out} is missing: it was not built; run `./hadamard claims` in the source "
                    "tree, or `pip install ./python` again")
    return str(out)


def _run(words):
    with subprocess.Popen([_program(), *words, "--json", "-"], stdin=subprocess.DEVNULL,
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
