"""The command of README.md, into a fresh virtual environment."""

import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
USE = """
import hadamard, pathlib
assert pathlib.Path(hadamard.__file__).is_relative_to(PREFIX), hadamard.__file__
assert hadamard.solve([[1.0, 0], [0, 1], [1, 1]], [3.0, 0, 3], 0.5, intercept=False).support == 1
found = hadamard.verify("svf.majorization", transfers="hadamard_product", cases=2, data=False)
print(hadamard.__version__, found["verdict"])
"""


def test_pip_installs_it_into_a_virtual_environment(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "HADAMARD_BUILD")}

    def run(*command):
        done = subprocess.run(command, env=environment, cwd=tmp_path, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
        return done.stdout

    prefix = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--system-site-packages", prefix)
    python = prefix / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-index", "--config-settings",
        f"build={os.environ['HADAMARD_BUILD']}", SOURCE)
    assert run(python, "-c", USE.replace("PREFIX", repr(str(prefix)))).startswith("0.1.0 ")
    run(python, "-m", "pip", "uninstall", "-y", "hadamard")
    assert not list(prefix.rglob("*hadamard*"))
