"""What the tests share: a copy of the checkout where the commands run in this process, as a user runs them."""

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
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from edition2.problems import run

ROOT = Path(__file__).resolve().parent.parent
NAME = "marches-logiciels-libres-beneficiaires"
PUBLIC = f"https://codegouvfr.github.io/{NAME}/"
PARTS = ("data", "schemas", "site", "source")
HEAD = "---\ntitle: Essai\ndate: 2022-01-18\n---\n\nÉcrire à [contact](mailto:contact@example.org).\n\n"
SUPPORT = "## Liste des bénéficiaires du marché interministériel support logiciels libres\n\n"
EXPERTISE = "\n## Liste des bénéficiaires du marché interministériel expertise logiciels libres\n\n"


@dataclass
class Result:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def call(command: str, *args: object, root: Path = ROOT) -> Result:
    """Run scripts/COMMAND.py in this process, as if it stood in `root`."""
    module = importlib.import_module(command)
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        run(module.main, module.OPTIONS, module.__doc__, list(map(str, args)), root)
    return Result(ended.value.code or 0, out.getvalue(), err.getvalue())


def bullets(*labels: str) -> str:
    return "".join(f"- {label}\n" for label in labels)


def page(*support: str, expertise: str = bullets("La Cour des comptes")) -> str:
    """A small page with these bullets under support, the first of them on line 10."""
    return HEAD + SUPPORT + bullets(*support) + EXPERTISE + expertise


@dataclass
class Checkout:
    """A copy of the project in a folder of its own."""

    root: Path

    def call(self, command: str, *args: object) -> Result:
        return call(command, *args, root=self.root)

    def well(self, command: str = "extract", *args: object) -> str:
        """What a command says that does its work without a word of complaint."""
        result = self.call(command, *args)
        assert (result.status, result.err) == (0, "")
        return result.out

    def refused(self, command: str = "extract", *args: object) -> list[str]:
        """The lines that a command says instead of writing anything."""
        before = self.state()
        result = self.call(command, *args)
        assert (result.status, result.out) == (1, "")
        assert self.state() == before
        return result.err.splitlines()

    def process(self, command: str, *args: object, **options) -> subprocess.CompletedProcess:
        """The same as a real process, for what only a process shows."""
        line = [sys.executable, self.root / "scripts" / f"{command}.py", *map(str, args)]
        if not (self.root / "scripts").exists():
            shutil.copytree(ROOT / "scripts", self.root / "scripts")
        return subprocess.run(line, capture_output=True, text=True, cwd="/", timeout=60, **options)

    def keep(self, content: str | bytes, day: str = "2024-11-26", commit: str = "") -> None:
        """Make the content the newest version of the page."""
        data = content.encode() if isinstance(content, str) else content
        (self.root / f"source/pages/{day}.md").write_bytes(data)
        entry = f"  - date: {day}\n    sha256: {hashlib.sha256(data).hexdigest()}\n"
        entry += f"    commit: {commit}\n" if commit else ""
        self.edit("source/pages.yml", lambda text: text + entry)

    def only(self, content: str | bytes, day: str = "2024-11-26", commit: str = "") -> None:
        """Make the content the only version of the page."""
        self.edit("source/pages.yml", lambda text: text[: text.index("  - date")])
        self.keep(content, day, commit)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def edit(self, name: str, change) -> None:
        self.write(name, change(self.text(name)))

    def replace(self, name: str, old: str, new: str) -> None:
        assert old in self.text(name)
        self.edit(name, lambda text: text.replace(old, new, 1))

    def edit_json(self, name: str, change) -> None:
        value = json.loads(self.text(name))
        change(value)
        self.write(name, json.dumps(value))

    def rows(self, table: str = "beneficiaires") -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(f"data/{table}.csv"), newline="")))

    def state(self) -> dict[str, bytes]:
        """Every file of the checkout and its bytes, bytecode aside."""
        files = (
            path
            for path in self.root.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        )
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}


def published(name: str, **wanted: object) -> list[dict]:
    """The rows of a published table that have these values."""
    rows = json.loads((ROOT / f"data/{name}.json").read_bytes())
    return [row for row in rows if wanted.items() <= row.items()]


def copy(root: Path) -> Checkout:
    """A copy of the checkout in a folder that does not exist yet."""
    root.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part)
    for name in ("datapackage.json", "published.json", "LICENCE-DONNEES.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, root)
    return Checkout(root)


def site_of(checkout: Checkout) -> Path:
    """The folder of the site of a checkout, built."""
    for command in ("build_dist", "build_site"):
        checkout.well(command)
    return checkout.root / "dist/site"


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The site of the project as it stands."""
    return site_of(copy(tmp_path_factory.mktemp("site") / "checkout"))


LATER = """francais:
  nom: Ministères français
  categorie: collectif
  membres: ministere
  sources: {membres: {preuves: [Le nom les désigne tous.]}}

nouvelle-sorbonne:
  nom: Nouvelle Sorbonne
  categorie: etablissement-public
  succede_a: [sorbonne-universite]
  sources: {succede_a: {preuves: [Un décret.]}}

piege:
  nom: \"<img src=x onerror=pwned=1> ' onfocus=pwned=1 {{ 7*7 }} </script><script>pwned=1</script>\"
  sigle: <b>X
  categorie: juridiction
  autres_noms:
    - nom: Piège <i>bis</i>
      preuve: <script>pwned=1</script>
      service: true
"""


@pytest.fixture(scope="session")
def later(tmp_path_factory) -> Path:
    """The site once a later page, kept without its commit, names the ministries together."""
    checkout = copy(tmp_path_factory.mktemp("later") / "checkout")
    checkout.edit("source/organismes.yml", lambda text: f"{text}\n{LATER}")
    checkout.keep(page("Les ministères français", "Nouvelle Sorbonne : lot 2"))
    return site_of(checkout)


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    return copy(tmp_path / "checkout")


def missing(message: str) -> None:
    """Skip the test, or fail in CI."""
    pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)


def need(program: str, package: str) -> str:
    """The path of a program of the system."""
    return shutil.which(program) or missing(f"{program} is missing: apt-get install {package}")


def pytest_terminal_summary(terminalreporter) -> None:
    """Say in one line which programs were missing and what was not tried."""
    skipped = terminalreporter.stats.get("skipped", ())
    untried = Counter(
        (report.longrepr[2].removeprefix("Skipped: "), report.location[0]) for report in skipped
    )
    if untried:
        told = (f"{count} of {file} ({why})" for (why, file), count in untried.items())
        terminalreporter.write_line(f"Not tried: {'; '.join(told)}")


settings.register_profile("shared", deadline=None)  # no timing in a test
settings.load_profile("shared")
