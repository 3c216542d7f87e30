"""Validation accepts the published package, and tells what is wrong with any other."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import frictionless
import pytest

from conftest import ROOT, call, copy

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
    seal(
        root,
        lambda resource: resource["name"] in ("beneficiaires", "marches", "organismes", "versions"),
    )
    return root


def test_the_published_package_is_valid():
    result = call("validate")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[-1] for line in result.out.splitlines()] == ["ok"] * 3


@pytest.mark.parametrize("name", sorted(path.name for path in INVALID.glob("*.csv")))
def test_each_invalid_example_gives_exactly_its_errors(tables, name):
    shutil.copy(INVALID / name, tables / "data/beneficiaires.csv")
    seal(tables)
    result = call("validate", tables / "datapackage.json")
    assert result.status == 1
    found = [
        line.removeprefix("data/beneficiaires.csv").partition("]")[0]
        for line in result.err.splitlines()
    ]
    assert list(dict.fromkeys(found)) == EXPECTED[name]


def hide(name, old, new):
    """A change of a file of data/, hidden by its new size and hash."""

    def edit(checkout):
        checkout.replace(name, old, new)
        seal(checkout.root)

    return edit


VERSIONS = "data/versions.json"
FAULTS = {
    "hash of a JSON file": (lambda c: c.replace(VERSIONS, "2022-01-18", "2022-01-19"), "empreintes", f"{VERSIONS}: empreinte sha256:"),
    "file missing": (lambda c: (c.root / VERSIONS).unlink(), "empreintes", f"{VERSIONS}: lecture impossible"),
    "type of a JSON value": (hide("data/marches.json", '"nom":"Support logiciels libres"', '"nom":23'), "frictionless", "data/marches.json:2: [type-error]"),
    "data edited by hand": (hide("data/organismes.csv", "ANSES", "Anses"), "conforme aux sources", "data/organismes.csv: n'est pas ce que les sources donnent ; lancer « make extract »"),
    "file outside the package": (lambda c: c.edit_json("datapackage.json", lambda d: d["resources"][0].update(path="/etc/hostname")), "frictionless", "datapackage.json: "),
    "column moved": (lambda c: c.edit_json("published.json", lambda p: p.update(version="2.0.0", champs={"beneficiaires": []})), "conforme aux sources", "datapackage.json: les champs de beneficiaires, "),
    "wrong sources": (lambda c: c.replace("source/organismes.yml", '"130023385"', "130023385"), "conforme aux sources", "source/organismes.yml:"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_package_is_told(checkout, fault, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    change, check, start = FAULTS[fault]
    change(checkout)
    result = checkout.call("validate")
    assert result.status == 1
    assert any(line.startswith(start) for line in result.err.splitlines()), result.err
    assert re.search(rf"^{check} +[1-9]", result.out, re.MULTILINE)
    file, _, words = start.partition(": ")
    assert re.search(
        rf"^::error file={file.split(':')[0]},line=\d+::.*{re.escape(words)}",
        result.out,
        re.MULTILINE,
    )


def test_every_example_of_a_schema_is_a_value_of_its_field():
    for path in ROOT.glob("schemas/*.json"):
        for field in frictionless.Schema.from_descriptor(str(path)).fields:
            assert not field.read_cell(field.example)[1], f"{path.stem}.{field.name}"


def test_a_package_without_its_sources_is_validated_too(tmp_path):
    call("extract", "--out", tmp_path)
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    result = call("validate", tmp_path / "datapackage.json")
    assert (result.status, result.err, len(result.out.splitlines())) == (0, "", 2)
