"""`make`: what it notices, and how it sets up its environment on a machine that is not ready."""

import base64
import fcntl
import hashlib
import os
import runpy
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from helpers import ROOT, ProjectCopy, find_program

pytestmark = pytest.mark.programs

MAKE_FILES = ("Makefile", "requirements-uv.txt", "requirements.txt")


@pytest.fixture
def ready(project) -> ProjectCopy:
    """A copy of the project that has been built, in the environment of this one."""
    for name in MAKE_FILES:
        shutil.copy(ROOT / name, project.root)
    for folder in ("scripts", ".ci"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, project.root / folder, ignore=ignored)
    stamps = project.root / ".venv/.made"
    stamps.mkdir(parents=True)
    for name in ("bin", "lib", "pyvenv.cfg"):
        (project.root / ".venv" / name).symlink_to(ROOT / ".venv" / name)
    for stamp in ("uv", "installed", "started", "extracted", "valid"):
        (stamps / stamp).touch()
        time.sleep(0.02)  # longer than a tick of the clock of a file system
    return project


def run_make(project: ProjectCopy, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in a copy of the project, away from the make that runs the tests."""
    environment = dict(os.environ)
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON"):
        environment.pop(name, None)
    return subprocess.run(
        [find_program("make", "make"), *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )


def is_up_to_date(project: ProjectCopy) -> bool:
    """Return whether make would do nothing."""
    result = run_make(project, "--question")
    assert result.returncode in (0, 1), result.stderr
    return result.returncode == 0


def test_make_does_nothing_when_nothing_changed(ready):
    assert is_up_to_date(ready)


CHANGES = {
    "a page is deleted": lambda root: (root / "source/pages/2023-09-07.md").unlink(),
    "a page is added": lambda root: (root / "source/pages/2024-01-01.md").touch(),
    "a page is renamed": lambda root: (root / "source/pages/2023-09-07.md").rename(
        root / "source/pages/2023-09-08.md"
    ),
    "the list of pages is edited": lambda root: (root / "source/pages/versions.csv").touch(),
    "a source is edited": lambda root: (root / "source/organismes.yml").touch(),
    "a source has a space in its name": lambda root: (root / "source/copie de page.yml").touch(),
    "a schema is deleted": lambda root: (root / "schemas/noms.json").unlink(),
    "a schema of a source is edited": lambda root: (root / "schemas/source/page.json").touch(),
    "a command is edited": lambda root: (root / "scripts/extract.py").touch(),
    "a module is edited": lambda root: (root / "scripts/beneficiaires/model/coverage.py").touch(),
    "a module is deleted": lambda root: (root / "scripts/beneficiaires/text.py").unlink(),
    "the changes are edited": lambda root: (root / "CHANGELOG.md").touch(),
    "the promises are edited": lambda root: (root / "release.json").touch(),
    "the descriptor is removed": lambda root: (root / "datapackage.json").unlink(),
    "a table is removed": lambda root: (root / "data/noms.csv").unlink(),
    "a table is edited": lambda root: (root / "data/noms.csv").touch(),
    "the folder of tables is removed": lambda root: shutil.rmtree(root / "data"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_make_builds_again_after(ready, change):
    CHANGES[change](ready.root)

    assert not is_up_to_date(ready)


def test_make_builds_again_after_a_source_was_edited_while_it_built(ready):
    started = (ready.root / ".venv/.made/started").stat().st_mtime_ns
    extracted = (ready.root / ".venv/.made/extracted").stat().st_mtime_ns
    between = (started + extracted) // 2

    os.utime(ready.root / "source/organismes.yml", ns=(between, between))

    assert not is_up_to_date(ready)


def test_make_builds_again_then_does_nothing_whatever_bytecode_is_written(ready):
    (ready.root / "data/noms.csv").unlink()

    result = run_make(ready)

    assert result.returncode == 0, result.stderr
    assert ready.read_text("data/noms.csv").startswith("organisme,")
    (ready.root / "scripts/beneficiaires/__pycache__/text.cpython-399.pyc").touch()
    assert is_up_to_date(ready)


def test_a_python_that_is_missing_is_reported_before_anything_is_made(ready):
    shutil.rmtree(ready.root / ".venv")

    result = run_make(ready, "PYTHON=python3.999")

    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == (
        "python3.999 is missing. On Debian and Ubuntu: apt-get install python3 python3-venv"
    )
    assert not (ready.root / ".venv").exists()


def test_a_python_that_is_too_old_is_reported_before_anything_is_made(ready):
    """What the Python answers to the question of its version is all that make looks at."""
    shutil.rmtree(ready.root / ".venv")
    old_python = ready.root / "python3.9"
    old_python.write_text("#!/bin/sh\nexit 1\n")
    old_python.chmod(0o755)

    result = run_make(ready, "PYTHON=./python3.9")

    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == (
        "Python 3.11 or newer is needed, which ./python3.9 is not."
        " Choose another: make PYTHON=python3.13"
    )
    assert not (ready.root / ".venv").exists()


def test_a_python_without_ensurepip_is_reported_with_the_package_that_has_it(ready, tmp_path):
    """Debian's python3 alone is such a Python: this one imports from a copy of its library."""
    shutil.rmtree(ready.root / ".venv")
    library = tmp_path / "library"
    library.mkdir()
    for path in Path(os.__file__).parent.iterdir():
        if path.name != "ensurepip":
            (library / path.name).symlink_to(path)
    bare_python = tmp_path / "python3"
    run_script = (
        "import runpy, sys; sys.argv = sys.argv[1:]; sys.path[:] = sys.path[1:3];"
        " runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    bare_python.write_text(
        "#!/bin/sh\n"
        f'export PYTHONPATH="{library}:{library}/lib-dynload"\n'
        f'[ "$1" = -c ] && exec "{sys.executable}" "$@"\n'
        f'exec "{sys.executable}" -c "{run_script}" "$@"\n'
    )
    bare_python.chmod(0o755)

    result = run_make(ready, f"PYTHON={bare_python}")

    assert result.returncode == 2
    assert "apt-get install python3-venv" in result.stderr.splitlines()[0]
    assert not (ready.root / ".venv").exists()


def write_wheel(folder: Path) -> str:
    """Write a package of one module. Return its line in a requirements file."""
    wheel = folder / "essai-1.0-py3-none-any.whl"
    metadata = "Metadata-Version: 2.1\nName: essai\nVersion: 1.0\n"
    files = {
        "essai.py": "answer = 42\n",
        "essai-1.0.dist-info/METADATA": metadata,
        "essai-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        rows.append(f"{name},sha256={digest.decode()},{len(text)}\n")
    files["essai-1.0.dist-info/RECORD"] = "".join(rows)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"essai @ {wheel.as_uri()} --hash=sha256:{digest}\n"


@pytest.fixture
def tools(ready, tmp_path) -> Path:
    """An environment of tools in which one package is installed."""
    ready.write_text("tools.txt", write_wheel(tmp_path))
    assert set_up(ready).returncode == 0
    return ready.root / ".venv-tools"


def set_up(project: ProjectCopy, requirements: str = "tools.txt") -> subprocess.CompletedProcess:
    """Install a requirements file as the Makefile does, without network."""
    command = [sys.executable, ".ci/set_up.py", ".venv-tools/.made", requirements, ".venv-tools"]
    return subprocess.run(
        command,
        cwd=project.root,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": str(project.root / ".venv-cache")},
    )


def find_module(environment: Path) -> Path:
    """Return the module that the package installs."""
    (folder,) = environment.glob("lib/python*/site-packages")
    return folder / "essai.py"


def test_an_environment_left_unfinished_is_made_anew(ready, tools):
    find_module(tools).unlink()
    (tools / ".unfinished").touch()

    assert set_up(ready).returncode == 0

    assert find_module(tools).read_text() == "answer = 42\n"
    assert not (tools / ".unfinished").exists()


def test_a_set_up_that_changed_nothing_leaves_the_environment_finished(ready, tools):
    ready.write_text("more.txt", f"absent==1.0 --hash=sha256:{'0' * 64}\n")

    result = set_up(ready, "more.txt")

    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    assert find_module(tools).exists()
    assert not (tools / ".unfinished").exists()


def test_a_failure_that_changed_a_package_leaves_the_environment_unfinished(tools):
    module = runpy.run_path(str(ROOT / ".ci/set_up.py"))

    with pytest.raises(SystemExit), module["mark_unfinished"](tools):
        find_module(tools).unlink()
        sys.exit(2)

    assert (tools / ".unfinished").exists()


def test_a_package_without_hash_is_refused(ready, tmp_path):
    ready.write_text("tools.txt", write_wheel(tmp_path).partition(" --hash")[0])

    result = set_up(ready)

    assert result.returncode != 0
    assert not find_module(ready.root / ".venv-tools").exists()


def test_make_looks_again_at_an_environment_left_unfinished(ready):
    (ready.root / ".venv/.unfinished").touch()

    assert not is_up_to_date(ready)


def test_make_looks_again_at_an_environment_without_its_python(ready):
    (ready.root / ".venv/bin").unlink()

    assert not is_up_to_date(ready)


def test_a_set_up_waits_for_another(ready, tools):
    descriptor = os.open(ready.root, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    command = [sys.executable, ".ci/set_up.py", ".venv-tools/.made", "tools.txt", ".venv-tools"]
    waiting = subprocess.Popen(command, cwd=ready.root, stderr=subprocess.PIPE, text=True)
    assert waiting.stderr is not None
    line = waiting.stderr.readline()

    os.close(descriptor)

    assert waiting.wait(timeout=60) == 0
    waiting.stderr.close()
    assert line == "Waiting for another command that works in this folder.\n"


def test_help_names_every_target(ready):
    result = run_make(ready, "help")

    targets = [line.split()[1] for line in result.stdout.splitlines()]
    phony = ready.read_text("Makefile").partition(".PHONY: ")[2].splitlines()[0].split()
    assert set(targets) == set(phony) - {"FORCE"}
