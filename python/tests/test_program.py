"""The verbs of the program: the JSON of the command line."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
from fractions import Fraction

import numpy as np
import pytest

import hadamard
from hadamard import program

LASSO = {"loss": {"kind": "least_squares", "X": [[1, "1/2"], [0, 1], [Fraction(-1, 3), 1]],
                  "y": ["2", "-1", 0]},
         "transfer": {"kind": "hadamard_product", "depth": 2}, "lambda": "1/10"}


def test_verify():
    found = hadamard.verify("svf.majorization", transfers="hadamard_product", depths=[2, 3],
                            cases=5, seed=7, threads=1, data=False)
    assert found["seed"] == 7 and found["data"] == []
    assert found["verdict"] in ("supported", "proved")
    assert [c["id"] for c in found["claims"]] == ["svf.majorization"]
    assert all(m["killed"] for m in found["claims"][0]["mutants"])


def test_verify_takes_several():
    found = hadamard.verify(["svf.misalignment", "svf.majorization"],
                            transfers=["hadamard_product"], cases=3, data=False)
    assert {c["id"] for c in found["claims"]} == {"svf.misalignment", "svf.majorization"}


@pytest.mark.parametrize("arguments, message", [
    ({"ids": "minima.balanse"}, "minima.balance"),
    ({"ids": "svf.majorization", "transfers": "hadamard_produkt"}, "hadamard_product"),
    ({"ids": "svf.majorization", "cases": 0}, "--cases"),
    ({"ids": "svf.majorization", "depths": Fraction(1, 2)}, "--depth.*1/2"),
])
def test_what_the_program_refuses(arguments, message):
    with pytest.raises(hadamard.InputError, match=message):
        hadamard.verify(**arguments)


def test_certify(tmp_path):
    certificate = tmp_path / "lasso.cert"
    found = hadamard.certify(LASSO, certificate=certificate)
    assert found["verdict"] == "proved" and len(found["base"]["minimizers"]) == 1
    assert certificate.stat().st_size > 0
    beta = [float(b) for b in found["base"]["minimizers"][0]["beta"]]
    X = np.array([[1, 1 / 2], [0, 1], [-1 / 3, 1]])
    solved = hadamard.solve(X, [2, -1, 0], 0.1, intercept=False, tol=1e-14)
    assert np.allclose(solved.coef, beta, rtol=1e-12)


def test_certify_reads_files(tmp_path):
    file = tmp_path / "instance.json"
    file.write_text(json.dumps(LASSO, default=str))
    assert hadamard.certify(file)["verdict"] == hadamard.certify(str(file))["verdict"] == "proved"


def test_claims():
    every = hadamard.claims()["claims"]
    assert len(every) > 1 and all(len(c["mutants"]) >= 2 for c in every)
    [one] = hadamard.claims("minima.balance")["claims"]
    assert one in every and one["id"] == "minima.balance"
    with pytest.raises(hadamard.InputError, match="minima.balance"):
        hadamard.claims("minima.balanse")


def test_search_and_replay(tmp_path):
    store = tmp_path / "campaign.db"
    found = hadamard.search("minima.balance", mutant="odd-difference", depths=3, budget=1000,
                            transfers="hadamard_difference", store=store, seed=5, threads=1)
    [witness] = found["witnesses"]
    assert (found["claim"], found["mutant"]) == ("minima.balance", "odd-difference")
    assert witness["instance"]["transfer"]["kind"] == "hadamard_difference"
    assert [w["id"] for w in hadamard.replay(store)] == [witness["id"]]
    again = hadamard.replay(str(store), witness["id"][:12], digits=100)
    assert again["verdict"] == "refuted" and again["digits"] == 100
    assert again["witness"]["instance"] == witness["instance"]
    with pytest.raises(hadamard.InputError, match="no witness"):
        hadamard.replay(store, "ffffffff")
    with pytest.raises(hadamard.InputError, match="nowhere.db"):
        hadamard.replay(tmp_path / "nowhere.db")


def test_a_search_for_what_is_true_finds_nothing():
    found = hadamard.search("svf.majorization", transfers=["hadamard_product", "group_product"],
                            depths=[2, Fraction(3)], budget=2e3, seed=5)
    assert found["witnesses"] == [] and found["evaluations"] >= 2000


def test_transfer(tmp_path):
    mine = {"name": "u_v2", "factors": ["u", "v"], "K": "u*v^2", "S": "(u^2 + 2*v^2)/3"}
    found = hadamard.transfer(mine, cases=3, seed=7, threads=1)
    assert found["valid"] and found["seed"] == 7 and found["verdict"] in ("supported", "proved")
    assert (found["induced"]["coefficient"], found["induced"]["exponent"]) == ("1", "2/3")
    assert "minima.balance" in {c["id"] for c in found["claims"]}
    file = tmp_path / "square.json"
    file.write_text(json.dumps({"name": "square", "factors": ["u"], "K": "u^2", "S": "u^2"}))
    refused = hadamard.transfer(file)
    assert refused["verdict"] == "refuted" and refused["diagnosis"] == ["not onto"]
    with pytest.raises(hadamard.InputError, match="v"):
        hadamard.transfer({**mine, "factors": ["u"]})


def test_an_instance_of_floats_is_refused():
    with pytest.raises(hadamard.InputError, match="0.1"):
        hadamard.certify({**LASSO, "lambda": 0.1})
    with pytest.raises(TypeError, match="neither int, str nor Fraction"):
        hadamard.certify({**LASSO, "lambda": object()})
    with pytest.raises(hadamard.InputError, match="nowhere.json"):
        hadamard.certify("nowhere.json")


def test_a_program_that_is_missing_is_said_to_be(monkeypatch, tmp_path):
    monkeypatch.setattr(program, "__file__", str(tmp_path / "program.py"))
    with pytest.raises(hadamard.Error, match="it was not built"):
        hadamard.verify()


def test_an_interrupt_leaves_no_program_running():
    """Python alone is given the signal, once it runs the program, and must end that."""
    code = "import hadamard; hadamard.verify(cases=100000, threads=1)"
    child = subprocess.Popen([sys.executable, "-B", "-c", code], stderr=subprocess.PIPE, text=True,
                             start_new_session=True)
    kill = threading.Timer(60, os.killpg, [child.pid, signal.SIGKILL])
    kill.start()
    try:
        while not (programs := [p for p in children_of(child.pid) if computes(p)]):
            assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in child.communicate()[1]
        assert not any(pathlib.Path(f"/proc/{pid}").exists() for pid in programs)
    finally:
        kill.cancel()


def children_of(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def computes(pid):
    """Whether it has used a tenth of a second, so that its parent waits for its output."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return False
    return int(fields[11]) >= os.sysconf("SC_CLK_TCK") / 10
