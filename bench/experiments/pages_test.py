"""The published pages say what their JSON files say, and `run` refuses bad input with a message."""

import importlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import module

module.load()

import common  # noqa: E402

RUN = module.HERE / "run"
NAMES = ["sparse_regression", "group_sparsity", "imbalance_decay", "phase_transition"]


def published(name):
    return json.loads((module.HERE / f"{name}.json").read_text())


class Pages(unittest.TestCase):
    def test_are_what_their_numbers_give(self):
        for name in NAMES:
            with self.subTest(name):
                page = common.page(importlib.import_module(name), published(name))
                self.assertEqual(page, (module.HERE / f"{name}.md").read_text())

    def test_are_of_the_full_preset_and_a_clean_commit(self):
        for name in NAMES:
            with self.subTest(name):
                known = published(name)["provenance"]
                self.assertEqual((known["preset"], known["seed"]), ("full", 0))
                self.assertRegex(known["commit"], "^[0-9a-f]{10}$")

    def test_no_fact_is_missing(self):
        """A number that the page does not ask for, or that it asks for in vain, is an error."""
        experiment = importlib.import_module("phase_transition")
        facts = experiment.facts
        self.addCleanup(setattr, experiment, "facts", facts)
        for change in (lambda found: found | {"more": "1"}, lambda found: {}):
            experiment.facts = lambda results: change(facts(results))
            with self.assertRaises(common.Failure):
                common.page(experiment, published("phase_transition"))


class Usage(unittest.TestCase):
    def refused(self, *words, **environment):
        ran = subprocess.run([sys.executable, "-B", RUN, *words], capture_output=True, text=True, timeout=60,
                             env={**module.os.environ, **environment})  # fmt: skip
        self.assertEqual(ran.returncode, 2, ran.stderr)
        self.assertNotIn("Traceback", ran.stderr)
        return ran.stderr

    def test_messages(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "file")
            file.write_text("{}")
            self.assertIn("negative", self.refused("--seed", "-1"))
            self.assertIn("no such experiment", self.refused("nope"))
            self.assertIn("must be a folder", self.refused("--out", str(file)))
            self.assertIn("must be a folder", self.refused("--out", "/proc/nope"))
            self.assertIn("without --report", self.refused("--report", "--out", folder))
            file.rename(file.with_name("sparse_regression.json"))
            self.assertIn("format", self.refused("--report", "--out", folder))
            self.assertIn("HADAMARD_BUILD", self.refused("--out", folder, HADAMARD_BUILD=folder))


class Files(unittest.TestCase):
    def test_all_or_none(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "a").write_text("old")
            with self.assertRaises(AttributeError):
                common.write_together({folder / "a": "new", folder / "b": None})
            self.assertEqual([(p.name, p.read_text()) for p in folder.iterdir()], [("a", "old")])
            common.write_together({folder / "a": "new", folder / "b": b"1"})
            self.assertEqual(sorted(p.name for p in folder.iterdir()), ["a", "b"])


class Seeds(unittest.TestCase):
    def test_no_two_share_a_repeat(self):
        drawn = {common.number(seed, repeat, what) for seed in range(9) for repeat in range(9) for what in (1, 2)}
        self.assertEqual(len(drawn), 9 * 9 * 2)


if __name__ == "__main__":
    unittest.main()
