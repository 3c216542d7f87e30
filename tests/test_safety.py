"""What only a real process shows: it ends in order, whatever stops it, and nothing is half written."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, call, page

NEW = page("Sorbonne Université", "Cour des comptes : " + "lot " * 2000)
# An extract that gets a signal before one of its renames.
STOPPED = """
import os, sys
from pathlib import Path
scripts, root, number, renames = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
sys.path.insert(0, scripts)
import extract
from edition2.problems import run
replace = Path.replace
def counted(path, target):
    global renames
    renames -= 1
    if renames < 0:
        os.kill(os.getpid(), number)
    return replace(path, target)
Path.replace = counted
run(extract.main, extract.OPTIONS, extract.__doc__, [], root)
"""


def data(checkout) -> dict[str, bytes]:
    return {
        name: content
        for name, content in checkout.state().items()
        if not name.startswith("scripts/")
    }


def run(*line: object) -> subprocess.CompletedProcess:
    return subprocess.run(line, capture_output=True, text=True, timeout=300)


def assert_published(folder: Path) -> None:
    """What stands in a folder is, byte for byte, what is published."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) == 14
    for path in written:
        assert path.read_bytes() == (ROOT / path.relative_to(folder)).read_bytes()


def test_a_command_gives_the_same_bytes_from_any_folder_and_in_a_terminal_without_accents(tmp_path):
    line = [sys.executable, ROOT / "scripts/extract.py", "--out", tmp_path]
    odd = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "PYTHONHASHSEED": "7",
        "TZ": "Pacific/Kiritimati",
    }
    done = subprocess.run(line, capture_output=True, cwd=tmp_path, env={**os.environ, **odd})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "page du 2023-09-01 : beneficiaires 50, couverture 54, historique 50, marches 2, organismes 27, versions 1 ; fichiers écrits : 14 sur 14"
    ]
    assert_published(tmp_path)


@pytest.mark.programs
@pytest.mark.parametrize(
    "version", sorted({"3.11", "3.12", "3.13"} - {"{}.{}".format(*sys.version_info)})
)
def test_another_python_gives_the_same_bytes(tmp_path, version):
    uv, python = ROOT / ".venv/bin/uv", tmp_path / "venv/bin/python"
    known = next(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"), f"python{version}")
    if run(uv, "venv", "--no-python-downloads", "--python", known, tmp_path / "venv").returncode:
        pytest.skip(f"python{version} is missing")
    installed = run(
        uv,
        "pip",
        "install",
        "--python",
        python,
        "--require-hashes",
        "-r",
        ROOT / "requirements.txt",
    )
    if "Failed to fetch" in installed.stderr:
        pytest.skip(f"the network is missing for python{version}")
    assert installed.returncode == 0, installed.stderr
    for script, *args in (["extract.py", "--out", tmp_path / "out"], ["validate.py"]):
        done = run(python, ROOT / "scripts" / script, *args)
        assert (done.returncode, done.stderr) == (0, "")
    assert_published(tmp_path / "out")


@pytest.mark.parametrize("renames", [0, 5, 10])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]
)
def test_a_stopped_run_leaves_whole_files_and_the_next_run_mends(checkout, renames, number, status):
    checkout.keep(NEW)
    before = data(checkout)
    line = [
        sys.executable,
        "-c",
        STOPPED,
        ROOT / "scripts",
        checkout.root,
        str(int(number)),
        str(renames),
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")
    torn = data(checkout)
    assert (
        number == signal.SIGKILL or torn.keys() == before.keys()
    )  # an interrupted run removes its drafts
    assert checkout.call("extract").status == 0
    after = data(checkout)
    assert len([name for name in before if torn[name] != before[name]]) == renames
    assert all(torn[name] in (before[name], after[name]) for name in before)
    assert after.keys() == before.keys()
    assert checkout.call("validate").status == 0


def test_a_full_disk_leaves_the_old_files_whole(checkout):
    # A limit on the size of a file fails as a full disk does: in the middle of a write.
    checkout.keep(NEW)
    before = data(checkout)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = checkout.process("extract", preexec_fn=limit)
    (told,) = done.stderr.splitlines()
    assert (done.returncode, "écriture impossible : File too large" in told) == (1, True)
    assert data(checkout) == before


def test_a_folder_that_is_a_file_is_told_in_one_line(tmp_path):
    (tmp_path / "fichier").touch()
    result = call("extract", "--out", tmp_path / "fichier/essai")
    (told,) = result.err.splitlines()
    assert (result.status, "fichier" in told, "écriture impossible : " in told) == (1, True, True)


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    line = [sys.executable, ROOT / "scripts/extract.py", "--out", tmp_path]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1


def test_files_are_as_readable_as_any_other(tmp_path):
    call("extract", "--out", tmp_path)
    (tmp_path / "autre.txt").touch()
    assert len({path.stat().st_mode for path in tmp_path.rglob("*.*")}) == 1
