"""What only a real process shows: it ends in order, whatever stops it, and nothing is half written."""

import os
import resource
import signal
import subprocess
import sys

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
from beneficiaires.problems import run
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
    return {name: content for name, content in checkout.state().items() if not name.startswith("scripts/")}


def test_a_command_starts_from_any_folder_and_in_a_terminal_without_accents(tmp_path):
    line = [sys.executable, ROOT / "scripts/extract.py", "--out", tmp_path]
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(line, capture_output=True, cwd=tmp_path, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "fichiers écrits : 14 sur 14" in done.stdout.decode()


@pytest.mark.parametrize("renames", [0, 5, 10])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_a_stopped_run_leaves_whole_files_and_the_next_run_mends(checkout, renames, number, status):
    checkout.keep(NEW)
    before = data(checkout)
    line = [sys.executable, "-c", STOPPED, ROOT / "scripts", checkout.root, str(int(number)), str(renames)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")
    torn = data(checkout)
    assert number == signal.SIGKILL or torn.keys() == before.keys()  # an interrupted run removes its drafts
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
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1


def test_what_does_not_change_is_not_written_again(checkout):
    times = {path: path.stat().st_mtime_ns for path in (checkout.root / "data").iterdir()}
    assert checkout.call("extract").out.endswith(" : 0 sur 14\n")
    assert {path: path.stat().st_mtime_ns for path in (checkout.root / "data").iterdir()} == times


def test_files_are_readable_by_all(tmp_path):
    old = os.umask(0o022)
    try:
        assert call("extract", "--out", tmp_path).status == 0
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.*")} == {0o644}
