"""What only a real process shows: it ends in order, whatever stops it, and nothing is half written."""

import os
import signal
import subprocess
import sys

import pytest

from beneficiaires.problems import run
from conftest import ROOT, page

COMMANDS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))
STOPPED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import extract
from pathlib import Path
writes = int(sys.argv[3])
replace = Path.replace
def counted(path, target):
    global writes
    writes -= 1
    if writes < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(path, target)
Path.replace = counted
extract.ROOT = Path(sys.argv[2])
from beneficiaires.problems import run
sys.exit(run(extract.__doc__, extract.options, extract.main, []))
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_the_docstring_from_any_folder(command, tmp_path):
    line = [sys.executable, ROOT / "scripts" / f"{command}.py", "--help"]
    done = subprocess.run(
        line, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "LC_ALL": "C"}
    )
    docstring = (ROOT / "scripts" / f"{command}.py").read_text(encoding="utf-8").split('"""')[1]
    assert (done.returncode, docstring.strip() in done.stdout) == (0, True)


@pytest.mark.parametrize("writes", [0, 5, 10])
def test_a_killed_run_leaves_whole_files_and_the_next_run_mends(checkout, writes):
    checkout.keep(page("Sorbonne Université"))
    before = checkout.state()
    line = [sys.executable, "-c", STOPPED, str(ROOT / "scripts"), str(checkout.root), str(writes)]
    assert subprocess.run(line, capture_output=True).returncode == -signal.SIGKILL
    torn = {name: data for name, data in checkout.state().items() if not name.endswith(".tmp")}
    assert checkout.call("extract").status == 0
    after = checkout.state()
    assert all(torn[name] in (before[name], after[name]) for name in before)
    assert not [name for name in after if name.endswith(".tmp")]
    assert checkout.call("extract", "--check").status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_a_full_disk_leaves_the_old_files_whole(checkout):
    checkout.keep(page("Sorbonne Université", "Cour des comptes : " + "lot " * 2000))
    before = checkout.state()
    import resource

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = checkout.process("extract", preexec_fn=limit)
    assert (done.returncode, "écriture impossible" in done.stderr, len(done.stderr.splitlines())) == (
        1,
        True,
        1,
    )
    assert {k: v for k, v in checkout.state().items() if not k.startswith("scripts/")} == before


def test_a_reader_that_goes_away_is_no_traceback(checkout):
    checkout.replace("data/beneficiaires.csv", "Cour des comptes", "Cour")
    checkout.process("extract", "--help")
    line = [sys.executable, checkout.root / "scripts/extract.py", "--check"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""


def test_an_interrupt_says_nothing():
    def interrupted(args):
        raise KeyboardInterrupt

    assert run("Essai.", lambda parser: None, interrupted, []) == 130


def test_files_are_readable_by_all(checkout):
    checkout.keep(page("Sorbonne Université"))
    checkout.process("extract", umask=0o022)
    assert {path.stat().st_mode & 0o777 for path in (checkout.root / "data").iterdir()} == {0o644}
