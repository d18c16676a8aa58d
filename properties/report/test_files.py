"""`hadamard report` as a user types it: what it says, exit codes, and bad input."""

import json
import os
import pathlib
import subprocess

import made_up_runs

PROGRAM = os.environ["HADAMARD_PROGRAM"]


def report(*words):
    return subprocess.run([PROGRAM, "report", *map(str, words)], capture_output=True, text=True,
                          timeout=120)


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def refused(tmp_path, text, *wanted):
    """Exit 2, one line that names these, and no report."""
    out = tmp_path / "report.html"
    answer = report(written(tmp_path / "input.json", text), "--out", out)
    assert answer.returncode == 2, answer
    assert answer.stdout == "" and answer.stderr.count("\n") == 1, answer
    for word in ("input.json", *wanted):
        assert word in answer.stderr
    assert not out.exists()


def changed(change):
    """Lines in which the first run, the third line, is changed."""
    records = list(made_up_runs.records(1, 1, settings=1))
    change(records[2])
    return "".join(json.dumps(record) + "\n" for record in records)


def embedded(path):
    text = path.read_text(encoding="utf-8")
    mark = '<script type="application/json" id="data">'
    begin = text.index(mark) + len(mark)
    return json.loads(text[begin:text.index("</script>", begin)])


def test_says_in_one_line_what_is_in_it(tmp_path):
    out = tmp_path / "report.html"
    answer = report(written(tmp_path / "runs.jsonl", made_up_runs.lines(2, 3)), "--out", out)
    assert answer.returncode == 0, answer
    assert answer.stdout.startswith(f"{out}: 1 file, 12 curves, ")
    assert answer.stdout.count("\n") == 1
    data = embedded(out)
    assert len(data["runs"]) == 12 and len(data["references"]) == 2
    assert data["files"][0]["kind"] == "converge" and len(data["files"][0]["sha256"]) == 64


def test_an_interrupted_file_is_a_good_file(tmp_path):
    out = tmp_path / "report.html"
    lines = made_up_runs.lines(2, 3)
    for text, curves in (lines[:-1], 12), (lines[:-40], 11), (lines + "\n", 12):
        answer = report(written(tmp_path / "runs.jsonl", text), "--out", out)
        assert answer.returncode == 0, answer
        assert len(embedded(out)["runs"]) == curves


def test_text_of_a_file_cannot_end_its_element(tmp_path):
    name = "</script><script>window.hurt = true</script><!--"
    out = tmp_path / "report.html"
    text = changed(lambda run: run.update(problem=name))
    assert report(written(tmp_path / "runs.jsonl", text), "--out", out).returncode == 0
    assert name not in out.read_text(encoding="utf-8")
    assert embedded(out)["runs"][0]["problem"] == name


def test_a_damaged_line_is_named(tmp_path):
    lines = made_up_runs.lines(1, 1, settings=1).splitlines(keepends=True)
    refused(tmp_path, "".join([*lines[:2], lines[2][:50] + "\n"]), "input.json:3", "not JSON")
    refused(tmp_path, "".join([*lines[:2], "[]\n"]), "input.json:3", "not an object")


def test_a_run_that_lacks_something_is_named(tmp_path):
    for key in "problem", "penalty", "lambda", "method", "stop", "repetition", "samples":
        refused(tmp_path, changed(lambda run: run.pop(key)), "input.json:3", f'"{key}" is missing',
                "FORMAT.md")
    refused(tmp_path, changed(lambda run: run.update(method=3)), '"method" is a number', "a string")
    refused(tmp_path, changed(lambda run: run["samples"]["objective"].pop()), "objective",
            "one length")
    refused(tmp_path, changed(lambda run: run["samples"].update(support=["a"])), "support",
            "numbers and null")
    refused(tmp_path, changed(lambda run: run.update(record="ran")), '"ran"', "run")


def test_versions_that_are_not_known_are_refused(tmp_path):
    lines = made_up_runs.lines(1, 1, settings=1)
    refused(tmp_path, lines.replace('"format_version": 1', '"format_version": 3'), "format_version", "3")
    refused(tmp_path, '{"format": "hadamard-verify", "format_version": 7}', "format_version", "7")


def test_kinds_that_are_not_shown_are_refused_with_those_that_are(tmp_path):
    kinds = "converge", "verify", "certify", "search"
    refused(tmp_path, '{"format": "hadamard-solve"}', "hadamard-solve", *kinds)
    refused(tmp_path, '{"loss": 1}', "format", *kinds)
    refused(tmp_path, "a,b\n1,2\n", "not JSON", *kinds)
    refused(tmp_path, "", "not JSON", *kinds)
    refused(tmp_path, '{"format": "hadamard-verify", "verdict": "supported"}',
            '"claims" is missing')
    judged = {"format": "hadamard-verify", "verdict": "supported", "claims": []}
    refused(tmp_path, json.dumps(judged | {"planted": {"instances": 3}}), '"right" is missing')
    refused(tmp_path, "SQLite format 3\0 and no more", "input.json")


def test_files_that_cannot_be_are_refused(tmp_path):
    runs, out = written(tmp_path / "runs.jsonl", made_up_runs.lines(1, 1)), tmp_path / "report.html"
    for words, wanted in (([tmp_path / "none.json", "--out", out], "none.json"),
                          ([tmp_path, "--out", out], "directory"),
                          ([runs, runs, "--out", out], "twice"), ([runs, "--out", runs], "--out"),
                          ([runs, "--out", tmp_path / "no" / "r.html"], "r.html"),
                          ([runs], "--out"), (["--out", out], "FILES")):
        answer = report(*words)
        assert answer.returncode == 2 and wanted in answer.stderr, (words, answer)
    assert runs.read_text(encoding="utf-8") == made_up_runs.lines(1, 1)


def test_a_certificate_is_drawn_where_its_sentence_is_found_again(tmp_path):
    gallery = pathlib.Path(__file__).parents[2] / "verify/landscape/gallery/certificates"
    plane, space = gallery / "double_well_2_3.cert", gallery / "lasso_3.cert"
    out = tmp_path / "report.html"
    assert report(plane, space, gallery / "mutant_square.cert", "--out", out).returncode == 0
    drawn = ["svg" in one for one in embedded(out)["landscapes"]]
    assert drawn == [True, False, False]
    other = plane.read_text(encoding="utf-8").replace("Q has exactly", "Q has almost")
    assert report(written(tmp_path / "other.cert", other), "--out", out).returncode == 0
    assert "svg" not in embedded(out)["landscapes"][0]


