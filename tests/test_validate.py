"""Validation accepts the published package, and bites whatever is wrong with it."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from conftest import ROOT, page

INVALID = Path(__file__).parent / "invalid"
EXPECTED = json.loads((INVALID / "attendu.json").read_text(encoding="utf-8"))


def report(checkout, *args, **options) -> tuple[int, list[str], list[str]]:
    """The exit status, the problems and the warnings, each as « check: file:line: message »."""
    done = checkout.validate("--json", *args, **options)
    assert "Traceback" not in done.stderr
    checks = json.loads(done.stdout)["checks"]

    def told(kind: str) -> list[str]:
        return [
            f"{check['check']}: {problem['file']}{':' if problem['line'] else ''}{problem['line'] or ''}: {problem['message']}"
            for check in checks
            for problem in check[kind]
        ]

    return done.returncode, told("problems"), told("warnings")


def rewrite(checkout, name: str, old: str, new: str, *, hashes: bool = True) -> None:
    """Change a published file, and by default its size and hash in datapackage.json as well."""
    checkout.replace(name, old, new)
    if hashes:
        descriptor = json.loads((checkout.root / "datapackage.json").read_text(encoding="utf-8"))
        for resource in descriptor["resources"]:
            data = (checkout.root / resource["path"]).read_bytes()
            resource["hash"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
            if "bytes" in resource:
                resource["bytes"] = len(data)
        (checkout.root / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")


def test_the_published_package_is_valid():
    from conftest import Checkout

    done = Checkout(ROOT).validate()
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()[2:]
    assert lines
    assert all(line.split("  ")[-1].strip() == "ok" for line in lines)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_invalid_example_gives_exactly_its_errors(checkout, name):
    shutil.rmtree(checkout.root / "source")
    shutil.copy(INVALID / name, checkout.root / "data/beneficiaires.csv")
    descriptor = json.loads((checkout.root / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["resources"] = [each for each in descriptor["resources"] if each["format"] == "csv"]
    data = (checkout.root / "data/beneficiaires.csv").read_bytes()
    descriptor["resources"][0].update(bytes=len(data), hash=f"sha256:{hashlib.sha256(data).hexdigest()}")
    (checkout.root / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    status, problems, _ = report(checkout)
    assert status == 1
    assert len(problems) == len(EXPECTED[name]), problems
    for problem, start in zip(problems, EXPECTED[name], strict=True):
        assert problem.startswith(start)


def test_every_invalid_example_is_run():
    assert {path.name for path in INVALID.glob("*.csv")} == set(EXPECTED)


# Each fault of the package: the file, what is changed in it, and a problem that must be told.
FAULTS = {
    "wrong hash": (
        "data/marches.json",
        '"nombre": 23',
        '"nombre": 24',
        False,
        "empreintes: data/marches.json: empreinte sha256:",
    ),
    "twins that differ": (
        "data/marches.json",
        '"nombre": 23',
        '"nombre": 24',
        True,
        "CSV et JSON égaux: data/marches.json:2: n'est pas la ligne 2 de marches.csv",
    ),
    "twins that differ by type": (
        "data/marches.json",
        '"nombre": 23',
        '"nombre": "23"',
        True,
        "CSV et JSON égaux: data/marches.json:2: n'est pas la ligne 2 de marches.csv",
    ),
    "copy that differs": (
        "data/organismes.csv",
        "sorbonne-universite,Sorbonne Université",
        "sorbonne-universite,Sorbonne",
        True,
        "colonnes recopiées: data/beneficiaires.csv:24: nom « Sorbonne Université », organismes.csv dit « Sorbonne »",
    ),
    "SIREN with a wrong key": (
        "data/organismes.csv",
        "130023385",
        "130023384",
        True,
        "SIREN: data/organismes.csv:28: SIREN « 130023384 » de sorbonne-universite : la clé de Luhn est fausse",
    ),
    "data edited by hand": (
        "data/marches.csv",
        "Support logiciels libres",
        "Support des logiciels libres",
        True,
        "data/ conforme aux sources: data/marches.csv: n'est pas ce que les sources donnent ; lancer « make extract »",
    ),
    "row without bullet": (
        "data/beneficiaires.csv",
        "Sorbonne Université.,23,41",
        "Sorbonne Université.,23,42",
        True,
        "puces et lignes: source/pages/2023-09-01.md:41: puce sans ligne dans beneficiaires.csv (support)",
    ),
    "label that no page uses": (
        "source/organismes.yml",
        "nom: Sorbonne Université",
        "nom: Sorbonne Université\n  libelles: [La Sorbonne]",
        False,
        "pages et libellés: source/organismes.yml:451: libellé « La Sorbonne » de sorbonne-universite : aucune page ne l'emploie",
    ),
    "slug removed": (
        "source/organismes.yml",
        "\nsorbonne-universite:",
        "\nsorbonne-universite-paris:",
        False,
        "slugs publiés: source/release.yml: « sorbonne-universite » a quitté le registre ; un slug publié est définitif",
    ),
    "column renamed without a major version": (
        "source/release.yml",
        "ligne]",
        "ligne, note]",
        False,
        "promesses de la dernière version: datapackage.json: les champs de beneficiaires ont changé : la version 1.0.0 doit être majeure",
    ),
    "column moved without a major version": (
        "source/release.yml",
        "rang, ligne",
        "ligne, rang",
        False,
        "promesses de la dernière version: datapackage.json: les champs de beneficiaires ont changé",
    ),
    "example against its own field": (
        "schemas/organismes.json",
        '"example": "130023385"',
        '"example": "13002338"',
        False,
        "exemples des schémas: schemas/organismes.json: exemple du champ « siren » : ",
    ),
    "example missing": (
        "schemas/organismes.json",
        '"example": "ANSES",',
        "",
        False,
        "frictionless: schemas/organismes.json: le champ 3 n'a pas de « example »",
    ),
    "page that was modified": (
        "source/pages/2023-09-01.md",
        "Le Conseil",
        "Le conseil",
        False,
        "data/ conforme aux sources: source/pages/2023-09-01.md: sha256 ",
    ),
    "descriptor that is no JSON": (
        "datapackage.json",
        "{",
        "",
        False,
        "frictionless: datapackage.json:2: JSON illisible",
    ),
    "descriptor without resources": (
        "datapackage.json",
        '"resources"',
        '"ressources"',
        False,
        "frictionless: datapackage.json: un objet avec « resources » et « sources » est attendu",
    ),
    "resource outside the package": (
        "datapackage.json",
        '"data/marches.csv"',
        '"/etc/passwd"',
        False,
        "frictionless: datapackage.json: ",
    ),
    "schema without fields": (
        "schemas/marches.json",
        '"fields"',
        '"champs"',
        False,
        "frictionless: schemas/marches.json: ",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_package_is_told(checkout, fault):
    name, old, new, hashes, message = FAULTS[fault]
    rewrite(checkout, name, old, new, hashes=hashes)
    status, problems, warnings = report(checkout)
    assert any(line.startswith(message) for line in problems + warnings), problems + warnings
    assert status == (1 if problems else 0)


def test_a_row_that_the_parser_would_lose_is_found_by_counting_lines(checkout):
    checkout.replace(
        "scripts/beneficiaires/page.py",
        "yield Item(text, line)",
        "if line != 41:\n                yield Item(text, line)",
    )
    assert checkout.extract().returncode == 0
    _, problems, _ = report(checkout)
    assert (
        "puces et lignes: source/pages/2023-09-01.md:41: puce sans ligne dans beneficiaires.csv (support)"
        in problems
    )


def test_a_package_without_its_sources_is_validated_too(checkout):
    for folder in ("source", "scripts/beneficiaires/__pycache__"):
        shutil.rmtree(checkout.root / folder, ignore_errors=True)
    done = checkout.validate()
    assert done.returncode == 0
    assert "non vérifié (pas de dossier source/)" in done.stdout


def test_another_package_can_be_named(checkout, tmp_path):
    done = checkout.validate(tmp_path / "datapackage.json")
    assert done.returncode == 1
    assert "datapackage.json: lecture impossible : No such file or directory" in done.stderr
    assert checkout.validate("--nope").returncode == 2


def test_github_gets_annotations(checkout):
    rewrite(checkout, "data/organismes.csv", "130023385", "130023384")
    done = checkout.validate(env={"GITHUB_ACTIONS": "true"})
    assert "::error file=data/organismes.csv,line=28,title=SIREN::SIREN « 130023384 »" in done.stderr


def test_one_page_of_two_is_the_newest(checkout):
    checkout.publish(page("Le ministère de la Justice"))
    assert checkout.extract().returncode == 0
    status, problems, warnings = report(checkout)
    assert (status, problems, warnings) == (0, [], [])
