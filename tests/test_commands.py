"""Every command imports without doing anything and explains itself."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = sorted((Path(__file__).parent.parent / "scripts").glob("*.py"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.stem)
def test_help_is_the_docstring(command):
    done = subprocess.run([sys.executable, command, "--help"], capture_output=True, text=True, check=True)
    docstring = command.read_text(encoding="utf-8").split('"""')[1]
    assert docstring.splitlines()[0] in done.stdout


def test_a_closed_pipe_is_no_traceback():
    command = [sys.executable, COMMANDS[0].parent / "validate.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
