"""What the tests share: a copy of the checkout where the real commands run as a user runs them."""

import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from beneficiaires import project
from beneficiaires.problems import Invalid

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "LICENCE-DONNEES.md",
    "README.fr.md",
    "README.md",
    "data",
    "datapackage.json",
    "schemas",
    "scripts",
    "source",
)

HEAD = "---\ndate: 2024-11-20\n---\n\n"
SUPPORT = "## Liste des bénéficiaires du marché interministériel support logiciels libres\n\n"
EXPERTISE = "\n## Liste des bénéficiaires du marché interministériel expertise logiciels libres\n\n"


def bullets(*labels: str) -> str:
    return "".join(f"- {label}\n" for label in labels)


def page(*support: str, expertise: str = bullets("La Cour des comptes")) -> str:
    """A small page with these bullets under support, the first of them on line 7."""
    return HEAD + SUPPORT + bullets(*support) + EXPERTISE + expertise


@dataclass
class Checkout:
    """A copy of the project in a folder of its own."""

    root: Path

    def run(self, command: str, *args: object, **options) -> subprocess.CompletedProcess:
        line = [sys.executable, self.root / "scripts" / f"{command}.py", *map(str, args)]
        return subprocess.run(line, capture_output=True, text=True, cwd="/", timeout=120, **options)

    def extract(self, *args: object, **options) -> subprocess.CompletedProcess:
        return self.run("extract", *args, **options)

    def validate(self, *args: object, **options) -> subprocess.CompletedProcess:
        return self.run("validate", *args, **options)

    def publish(self, content: str | bytes, date: str = "2024-11-26", corrections: str = "") -> None:
        """Make the content the newest page, its provenance in pages.yml."""
        data = content.encode() if isinstance(content, str) else content
        (self.root / f"source/pages/{date}.md").write_bytes(data)
        entry = f"""  - date: {date}
    url: https://code.gouv.fr/fr/utiliser/marches-logiciels-libres/
    brut: https://raw.githubusercontent.com/codegouvfr/codegouvfr-website/main/page.md
    depot: codegouvfr/codegouvfr-website
    chemin: page.md
    sha256: {hashlib.sha256(data).hexdigest()}
    licence: etalab-2.0
{corrections}"""
        self.edit("source/pages.yml", lambda text: text + entry)
        self.edit("source/pages.yml", lambda text: text + self.confirmations())

    def confirmations(self) -> str:
        """What confirms the losses of the newest page: the pages that tests make are small."""
        try:
            sources = project.read(self.root)
            grown, _ = sources.accept(sources.snapshot())
            grown.tables(grown.snapshot())
        except Invalid as error:
            lost = re.findall(r"quittent la liste (\S+),", str(error))
            entries = [f"{{marche: {contract}, motif: Essai.}}" for contract in lost]
            return f"    confirme: [{', '.join(entries)}]\n" if entries else ""
        return ""

    def edit(self, name: str, change) -> None:
        path = self.root / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.edit(name, lambda text: text.replace(old, new, 1))

    def rows(self, table: str = "beneficiaires") -> list[dict[str, str]]:
        return read_csv((self.root / f"data/{table}.csv").read_bytes())

    def state(self) -> dict[str, bytes]:
        """Every file of the checkout and its bytes, bytecode aside."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files if "__pycache__" not in path.parts}


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def copy_project(root: Path) -> Checkout:
    """A copy of the checkout in a folder that does not exist yet."""
    root.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / part)
    return Checkout(root)


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    return copy_project(tmp_path / "checkout")


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The lookup site of this checkout, built by the real commands, its distribution in the folder above."""
    dist = tmp_path_factory.mktemp("dist")
    for command in (["build_dist.py", "--out", dist], ["build_site.py", "--dist", dist]):
        subprocess.run([sys.executable, ROOT / "scripts" / command[0], *command[1:]], check=True, timeout=120)
    return dist / "site"


def need(program: str, package: str) -> str:
    """The path of a program of the system; without it the test is skipped, or fails in CI."""
    path = shutil.which(program)
    if path is None:
        message = f"{program} is missing: apt-get install {package}"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return path


settings.register_profile("shared", deadline=None)  # no timing in a test
settings.load_profile("shared")
