"""What only a real process shows: it ends in order, whatever stops it, and nothing is half written."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, call, need, page

COMMANDS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))
NEW = page("Sorbonne Université", "Cour des comptes : " + "lot " * 2000)
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
extract.ROOT = root
sys.exit(run(extract.__doc__, extract.options, extract.main, []))
"""


def data(checkout) -> dict[str, bytes]:
    return {name: content for name, content in checkout.state().items() if not name.startswith("scripts/")}


def stopped(checkout, number: int, renames: int) -> subprocess.CompletedProcess:
    """An extract that gets a signal before one of its renames."""
    line = [sys.executable, "-c", STOPPED, ROOT / "scripts", checkout.root, str(number), str(renames)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_is_its_docstring(command):
    docstring = (ROOT / f"scripts/{command}.py").read_text(encoding="utf-8").split('"""')[1]
    result = call(command, "--help")
    assert (result.status, result.err) == (0, "")
    assert docstring.strip() in result.out


def test_a_command_starts_from_any_folder_and_in_a_terminal_without_accents(tmp_path):
    line = [sys.executable, ROOT / "scripts/extract.py", "--out", tmp_path]
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(line, capture_output=True, cwd=tmp_path, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "fichiers écrits : 14 sur 14" in done.stdout.decode()


@pytest.mark.parametrize("renames", [0, 5, 10])
def test_a_killed_run_leaves_whole_files_and_the_next_run_mends(checkout, renames):
    checkout.keep(NEW)
    before = data(checkout)
    assert stopped(checkout, signal.SIGKILL, renames).returncode == -signal.SIGKILL
    torn = {name: content for name, content in data(checkout).items() if not name.endswith(".tmp")}
    assert checkout.call("extract").status == 0
    after = data(checkout)
    assert len([name for name in before if torn[name] != before[name]]) == renames
    assert all(torn[name] in (before[name], after[name]) for name in before)
    assert after.keys() == before.keys()
    assert checkout.call("extract", "--check").status == 0


def test_an_interrupted_run_says_nothing_and_leaves_no_draft(checkout):
    checkout.keep(NEW)
    before = data(checkout)
    done = stopped(checkout, signal.SIGINT, 5)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert data(checkout).keys() == before.keys()
    assert checkout.call("extract").status == 0


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


def test_a_folder_without_the_right_to_write_is_left_as_it_was(checkout):
    checkout.keep(NEW)
    (checkout.root / "data").chmod(0o500)
    before = data(checkout)
    line = [sys.executable, "-c", STOPPED, ROOT / "scripts", checkout.root, "0", "99"]
    if os.geteuid() == 0:  # root may write anywhere, until it gives that power up
        line = [need("setpriv", "util-linux"), "--bounding-set", "-dac_override", *line]
    done = subprocess.run(line, capture_output=True, text=True)
    (told,) = done.stderr.splitlines()
    assert (done.returncode, "écriture impossible : Permission denied" in told) == (1, True)
    assert data(checkout) == before


def test_a_folder_that_is_a_file_is_told_in_one_line(tmp_path):
    (tmp_path / "fichier").touch()
    result = call("extract", "--out", tmp_path / "fichier/essai")
    assert (result.status, len(result.err.splitlines())) == (1, 1)
    assert "fichier" in result.err
    assert "écriture impossible : " in result.err


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    line = [sys.executable, ROOT / "scripts/extract.py", "--check", "--out", tmp_path]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1


def test_who_has_a_file_open_keeps_reading_it_whole(checkout):
    path = checkout.root / "data/beneficiaires.csv"
    old = path.read_bytes()
    with path.open("rb") as reader:
        start = reader.read(100)
        checkout.keep(NEW)
        assert checkout.call("extract").status == 0
        assert start + reader.read() == old
    assert path.read_bytes() != old


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
    assert {path.stat().st_mode & 0o777 for path in Path(tmp_path).rglob("*.*")} == {0o644}
