"""What `pip install ./python` calls (PEP 517): CMake builds, and what it installs becomes a wheel.

Nothing has to be downloaded, so that it works offline and in any virtual environment whose Python
has headers. The extension is built for that Python in build/python-…; the program for `verify` and
`certify` is that of build/release. `--config-settings build=DIR` takes both from a tree that was
configured for this Python before.
"""

import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
DESCRIPTION = """Metadata-Version: 2.1
Name: hadamard
Version: {version}
Summary: Sparse regression through Hadamard products, and the theory behind it, verified
Requires-Python: >=3.9
Requires-Dist: numpy
Provides-Extra: sklearn
Requires-Dist: scikit-learn>=1.2; extra == "sklearn"
"""
WHEEL = """Wheel-Version: 1.0
Generator: hadamard
Root-Is-Purelib: false
Tag: {tag}
"""


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Without it pip would build once for this alone."""
    information = _information()
    for name, content in information.items():
        file = pathlib.Path(metadata_directory, name)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return file.parent.name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with tempfile.TemporaryDirectory() as folder:
        stage = pathlib.Path(folder)
        for tree, component in _parts(config_settings or {}):
            _run("cmake", "--install", tree, "--component", component, "--prefix", stage)
        files = {str(f.relative_to(stage)): f.read_bytes()
                 for f in sorted(stage.rglob("*")) if f.is_file()}
    name = f"hadamard-{_version()}-{_tag()}.whl"
    _write(pathlib.Path(wheel_directory, name), {**files, **_information()})
    return name


def _information():
    folder = f"hadamard-{_version()}.dist-info"
    return {f"{folder}/METADATA": DESCRIPTION.format(version=_version()).encode(),
            f"{folder}/WHEEL": WHEEL.format(tag=_tag()).encode()}


def _version():
    text = (SOURCE / "CMakeLists.txt").read_text()
    return re.search(r"project\(hadamard VERSION (\S+)", text)[1]


def _tag():
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-{re.sub('[-.]', '_', sysconfig.get_platform())}"


def _parts(settings):
    """Built trees, and what of each makes the package."""
    if "build" in settings:
        tree = pathlib.Path(settings["build"]).resolve()
        _run("cmake", "--build", tree, "--target", "python-extension", "hadamard-cli")
        return [(tree, "python"), (tree, "python-program")]
    program = SOURCE / "build" / "release"
    if not (program / "build.ninja").exists():
        _run("cmake", "--preset", "release", "-S", SOURCE)
    _run("cmake", "--build", program, "--target", "hadamard-cli")
    extension = SOURCE / "build" / f"python-{sysconfig.get_config_var('SOABI')}"
    _run("cmake", "--preset", "release", "-S", SOURCE, "-B", extension, "-D",
         f"Python_EXECUTABLE={sys.executable}", "-D", "HADAMARD_PYTHON=ON",
         "-D", "HADAMARD_BUILD_VERIFY=OFF", "-D", "HADAMARD_BUILD_PROPERTIES=OFF")
    _run("cmake", "--build", extension, "--target", "python-extension")
    return [(extension, "python"), (program, "python-program")]


def _run(*command):
    subprocess.run([str(word) for word in command], check=True, cwd=SOURCE)


def _write(wheel, files):
    record = f"hadamard-{_version()}.dist-info/RECORD"
    lines = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            lines.append(f"{name},sha256={digest.decode()},{len(content)}")
            entry = zipfile.ZipInfo(name)
            is_program = "/bin/" in name
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
        archive.writestr(record, "\n".join([*lines, f"{record},,", ""]))
