"""Validation accepts the published package, and tells what is wrong with any other."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from beneficiaires import page as parser
from conftest import ROOT, call, copy, page

INVALID = Path(__file__).parent / "invalid"
EXPECTED = json.loads((INVALID / "attendu.json").read_text(encoding="utf-8"))


def seal(root: Path, keep=lambda resource: True) -> None:
    """Make datapackage.json say the sizes and hashes of what stands in data/, of the resources to keep."""
    path = root / "datapackage.json"
    descriptor = json.loads(path.read_bytes())
    descriptor["resources"] = list(filter(keep, descriptor["resources"]))
    for resource in descriptor["resources"]:
        data = (root / resource["path"]).read_bytes()
        resource["hash"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if "bytes" in resource:
            resource["bytes"] = len(data)
    path.write_text(json.dumps(descriptor), encoding="utf-8")


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> Path:
    """The CSV files of a package, alone with their schemas, the first to be replaced by an invalid one."""
    root = copy(tmp_path_factory.mktemp("invalid") / "package").root
    shutil.rmtree(root / "source")
    seal(root, lambda resource: resource["name"] in ("beneficiaires", "marches", "organismes", "versions"))
    return root


def test_the_published_package_is_valid():
    result = call("validate")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[-1] for line in result.out.splitlines()] == ["ok"] * 7


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_invalid_example_gives_exactly_its_errors(tables, name):
    shutil.copy(INVALID / name, tables / "data/beneficiaires.csv")
    seal(tables)
    result = call("validate", tables / "datapackage.json")
    told = result.err.splitlines()
    assert result.status == 1
    assert len(told) == len(EXPECTED[name]), told
    for line, start in zip(told, EXPECTED[name], strict=True):
        assert line.startswith(f"data/beneficiaires.csv{start}")


def test_every_invalid_example_is_run():
    assert {path.name for path in INVALID.glob("*.csv")} == set(EXPECTED)


def edit_json(name, change):
    """A change of a JSON file."""

    def edit(checkout):
        value = json.loads(checkout.text(name))
        change(value)
        checkout.write(name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    return edit


def edit_data(name, old, new):
    """A change of a file of data/, hidden by its new size and hash."""

    def edit(checkout):
        checkout.replace(name, old, new)
        seal(checkout.root)

    return edit


FAULTS = {
    "hash of a JSON file": (
        lambda c: c.replace("data/versions.json", "2022-01-18", "2022-01-19"),
        "empreintes",
        "data/versions.json: empreinte sha256:",
    ),
    "file missing": (
        lambda c: (c.root / "data/versions.json").unlink(),
        "empreintes",
        "data/versions.json: lecture impossible",
    ),
    "twins that differ": (
        edit_data("data/versions.json", "2022-01-18", "2022-01-19"),
        "CSV et JSON égaux",
        "data/versions.json: ne dit pas ce que dit data/versions.csv",
    ),
    "text for a JSON of rows": (
        edit_data("data/versions.json", "[", "{"),
        "CSV et JSON égaux",
        "data/versions.json: JSON illisible",
    ),
    "type of a JSON value": (
        edit_data("data/marches.json", '"nom":"Support logiciels libres"', '"nom":23'),
        "frictionless",
        "data/marches.json:2: [type-error]",
    ),
    "data edited by hand": (
        edit_data("data/organismes.csv", "ANSES", "Anses"),
        "data/ conforme aux sources",
        "data/organismes.csv: n'est pas ce que les sources donnent ; lancer « make extract »",
    ),
    "example against its type": (
        edit_json("schemas/versions.json", lambda s: s["fields"][0].update(example="hier")),
        "frictionless",
        'datapackage.json: [field-error] Field is not valid: example value "hier" for field "version" is not valid',
    ),
    "example against its constraints": (
        edit_json("schemas/versions.json", lambda s: s["fields"][1].update(example="35a8ab1")),
        "frictionless",
        "datapackage.json: l'exemple de versions.commit n'est pas une valeur de ce champ",
    ),
    "file outside the package": (
        edit_json("datapackage.json", lambda d: d["resources"][0].update(path="/etc/hostname")),
        "frictionless",
        "datapackage.json: ",
    ),
    "column moved without a major version": (
        edit_json("published.json", lambda p: p.update(version="2.0.0")),
        "promesses de la dernière version",
        "datapackage.json: les champs de beneficiaires, ",
    ),
    "wrong sources": (
        lambda c: c.replace("source/organismes.yml", 'siren: "130023385"', "siren: 130023385"),
        "sources",
        "source/organismes.yml:",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_package_is_told(checkout, fault):
    change, check, start = FAULTS[fault]
    change(checkout)
    result = checkout.call("validate")
    assert result.status == 1
    assert any(line.startswith(start) for line in result.err.splitlines()), result.err
    assert re.search(rf"^{check} +[1-9]", result.out, re.MULTILINE)


def test_a_wording_that_no_version_uses_is_told_and_is_no_fault(checkout):
    old = "  nom: Cour des comptes\n"
    checkout.replace("source/organismes.yml", old, f"{old}  libelles: [Haute cour]\n")
    result = checkout.call("validate")
    assert result.status == 0
    assert "libellé « Haute cour » : aucune version ne l'emploie" in result.err


@pytest.mark.parametrize(
    ("written", "read"), [("- Cour de cassation", ""), ("> Cour de cassation", "- Cour de cassation")]
)
def test_a_parser_that_loses_or_invents_a_bullet_is_found_by_first_characters(checkout, monkeypatch, written, read):
    sound = parser.read
    monkeypatch.setattr(parser, "read", lambda data, name: sound(data.replace(written.encode(), read.encode()), name))
    checkout.only(page("Sorbonne Université") + f"{written}\n")
    checkout.edit(
        "source/organismes.yml",
        lambda text: text + "\ncassation:\n  nom: Cour de cassation\n  categorie: juridiction\n",
    )
    assert checkout.call("extract").status == 0
    assert "source/pages/2024-11-26.md:15: une puce sans ligne" in checkout.call("validate").err


def test_bullets_that_corrections_join_keep_or_ignore_are_accounted_for(checkout):
    checkout.only(
        page("Le ministère de", "l’Intérieur", "[Voir plus bas](#x)", "Sorbonne\n  - Université")
        + "\n<!--\n- Ancien organisme\n-->\n"
    )
    checkout.write(
        "source/corrections.yml",
        "- {joindre: [Le ministère de, l’Intérieur], motif: Essai.}\n"
        "- {garder: Sorbonne Université, motif: Essai.}\n"
        "- {ignorer: Voir plus bas, motif: Essai.}\n"
        "- {ignorer: <!-- - Ancien organisme -->, motif: Essai.}\n",
    )
    result = checkout.call("extract")
    assert result.status == 0, result.err
    result = checkout.call("validate")
    assert (result.status, "puce sans ligne" in result.err) == (0, False), result.err


def test_a_package_without_its_sources_is_validated_too(tmp_path):
    call("extract", "--out", tmp_path)
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    result = call("validate", tmp_path / "datapackage.json")
    assert (result.status, result.err, len(result.out.splitlines())) == (0, "", 3)


def test_github_gets_annotations(checkout, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    checkout.replace("source/organismes.yml", 'siren: "130023385"', "siren: 130023385")
    told = checkout.call("validate").out
    assert re.search(r"^::error file=source/organismes.yml,line=\d+::champ « siren »", told, re.MULTILINE)
