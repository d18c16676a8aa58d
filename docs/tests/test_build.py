"""A build that does not end well leaves the site that was there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

docs = Path(__file__).resolve().parent.parent


def make(*words, **environment):
    return subprocess.run([sys.executable, "-B", str(docs / "build.py"), *map(str, words)], capture_output=True,
                          text=True, timeout=100, env={**os.environ, **environment})


@pytest.mark.parametrize("body, code", [
    ("kill -INT $PPID", 130), ("kill -TERM $PPID", 143), ("exit 3", 1), ("echo a warning >&2", 1)])
def test_the_old_site_stays(tmp_path, body, code):
    doxygen = tmp_path / "bin/doxygen"
    doxygen.parent.mkdir()
    doxygen.write_text(f"#!/bin/sh\n{body}\n")
    doxygen.chmod(0o755)
    old = tmp_path / "site/html/index.html"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    run = make(tmp_path / "site", PATH=f"{doxygen.parent}:{os.environ['PATH']}")
    assert run.returncode == code, run.stderr
    assert old.read_text() == "old"
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["html"]


def test_help_is_help():
    run = subprocess.run([docs / "make", "--help"], capture_output=True, text=True, timeout=100)
    assert run.returncode == 0 and "FOLDER" in run.stdout and not run.stderr


def test_words_that_are_none_are_refused():
    run = make("--nonsense")
    assert run.returncode == 2 and "--nonsense" in run.stderr
