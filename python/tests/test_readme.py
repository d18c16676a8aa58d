"""What README.md shows runs, and gives what it says."""

import pathlib
import re

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (SOURCE / "python" / "README.md").read_text(), re.S)


@pytest.fixture(scope="module")
def names():
    return {"hadamard": __import__("hadamard")}


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_blocks(block, names, monkeypatch):
    monkeypatch.chdir(SOURCE)
    exec(block, names)


def test_what_it_says(names, monkeypatch):
    monkeypatch.chdir(SOURCE)
    said = [pair for block in BLOCKS for pair in re.findall(r"^(.*\S) +# ('.*')$", block, re.M)]
    assert len(said) == 2
    for line, value in said:
        assert repr(eval(line, names)) == value, line
