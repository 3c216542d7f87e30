"""What the tests share: copies of the project in which commands run as a user runs them."""

import contextlib
import csv
import hashlib
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from beneficiaires.cli import run

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = "https://codegouvfr.github.io/marches-logiciels-libres-beneficiaires/"
COPIED_FOLDERS = ("data", "schemas", "site", "source")
COPIED_FILES = (
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENCE-DONNEES.md",
    "datapackage.json",
    "release.json",
)

HEADER = (
    "---\ntitle: Essai\ndate: 2022-01-18\n---\n\n"
    "Écrire à [contact](mailto:contact@example.org).\n\n"
)
SUPPORT = "## Liste des bénéficiaires du marché interministériel support logiciels libres\n\n"
EXPERTISE = "## Liste des bénéficiaires du marché interministériel expertise logiciels libres\n\n"
DEFAULT_DATE = "2024-11-26"


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


def run_command(command: str, *arguments: object, root: Path = ROOT) -> Result:
    """Run scripts/COMMAND.py in this process, on the project in `root`."""
    module = importlib.import_module(command)
    texts = [str(argument) for argument in arguments]
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ending,
    ):
        run(module.main, module.OPTIONS, module.__doc__, texts, root)
    return Result(ending.value.code or 0, out.getvalue(), err.getvalue())


def format_bullets(labels: Iterable[str]) -> str:
    """Return the Markdown of a list."""
    return "".join(f"- {label}\n" for label in labels)


def make_page(support: Iterable[str], expertise: Iterable[str] = ("La Cour des comptes",)) -> str:
    """Return a small page. The first bullet of support stands on line 10."""
    lists = SUPPORT + format_bullets(support) + "\n" + EXPERTISE + format_bullets(expertise)
    return HEADER + lists


@dataclass(frozen=True)
class ProjectCopy:
    """A copy of the project in a folder of its own."""

    root: Path

    def run(self, command: str, *arguments: object) -> Result:
        """Run a command on this copy."""
        return run_command(command, *arguments, root=self.root)

    def run_ok(self, command: str, *arguments: object) -> str:
        """Run a command that succeeds without complaint. Return what it printed."""
        result = self.run(command, *arguments)
        assert (result.status, result.err) == (0, ""), result.err
        return result.out

    def run_fails(self, command: str, *arguments: object) -> list[str]:
        """Run a command that reports problems and changes nothing. Return its lines."""
        files_before = self.read_files()
        result = self.run(command, *arguments)
        assert result.status == 1, result.out
        assert self.read_files() == files_before
        return result.err.splitlines()

    def run_process(
        self, command: str, *arguments: object, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as a real process, for what only a process shows."""
        if not (self.root / "scripts").exists():
            shutil.copytree(ROOT / "scripts", self.root / "scripts")
        texts = [str(argument) for argument in arguments]
        script = self.root / "scripts" / f"{command}.py"
        return subprocess.run(
            [sys.executable, script, *texts],
            capture_output=True,
            text=True,
            cwd="/",
            timeout=60,
            **options,
        )

    def add_page(self, content: str | bytes, date: str = DEFAULT_DATE, commit: str = "") -> None:
        """Make a content the newest snapshot."""
        data = content.encode() if isinstance(content, str) else content
        (self.root / f"source/pages/{date}.md").write_bytes(data)
        row = f"{date},{commit},{hashlib.sha256(data).hexdigest()},\n"
        self.edit_text("source/pages/versions.csv", lambda text: text + row)

    def set_page(self, content: str | bytes, date: str = DEFAULT_DATE) -> None:
        """Make a content the only snapshot."""
        for path in (self.root / "source/pages").glob("*.md"):
            path.unlink()
        self.write_text("source/pages/versions.csv", "date,commit,sha256,chemin\n")
        self.add_page(content, date)

    def read_text(self, name: str) -> str:
        """Return the text of a file of this copy."""
        return (self.root / name).read_text(encoding="utf-8")

    def write_text(self, name: str, text: str) -> None:
        """Write a file of this copy."""
        (self.root / name).write_text(text, encoding="utf-8")

    def edit_text(self, name: str, change: Callable[[str], str]) -> None:
        """Change the text of a file of this copy."""
        self.write_text(name, change(self.read_text(name)))

    def replace_text(self, name: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text, which must be there."""
        text = self.read_text(name)
        assert old in text
        self.write_text(name, text.replace(old, new, 1))

    def edit_json(self, name: str, change: Callable[[Any], object]) -> None:
        """Change the value of a JSON file in place."""
        value = json.loads(self.read_text(name))
        change(value)
        self.write_text(name, json.dumps(value, indent=2, ensure_ascii=False))

    def read_rows(self, table: str) -> list[dict[str, str]]:
        """Return the rows of data/TABLE.csv, as texts."""
        text = io.StringIO(self.read_text(f"data/{table}.csv"), newline="")
        return list(csv.DictReader(text))

    def read_files(self) -> dict[str, bytes]:
        """Return the bytes of every file of this copy by path, bytecode left out."""
        files = {}
        for path in self.root.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                files[path.relative_to(self.root).as_posix()] = path.read_bytes()
        return files


def copy_project(root: Path) -> ProjectCopy:
    """Copy the project into a folder that does not exist yet."""
    root.mkdir(parents=True)
    for folder in COPIED_FOLDERS:
        shutil.copytree(ROOT / folder, root / folder)
    for name in COPIED_FILES:
        shutil.copy(ROOT / name, root)
    return ProjectCopy(root)


def read_published(table: str) -> list[dict[str, Any]]:
    """Return the rows of data/TABLE.json of the project itself."""
    return json.loads((ROOT / f"data/{table}.json").read_bytes())


def find_program(program: str, package: str) -> str:
    """Return the path of a program of the system. Skip the test without it, or fail in CI."""
    path = shutil.which(program)
    if path is None:
        report_missing(f"{program} is missing: apt-get install {package}")
    return path


def report_missing(message: str) -> None:
    """Skip the test, or fail in CI, where everything is to be tried."""
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
