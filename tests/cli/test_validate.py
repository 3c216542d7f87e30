"""`validate`: the published package is valid; each fault is reported where it is."""

import csv
import io
import json
import shutil

import frictionless
import pytest

from beneficiaires.files import hash_bytes
from helpers import ROOT, run_command


def describe_files_anew(project) -> None:
    """Make datapackage.json give the sizes and hashes of what stands in data/."""
    descriptor = json.loads(project.read_text("datapackage.json"))
    for resource in descriptor["resources"]:
        data = (project.root / resource["path"]).read_bytes()
        resource["hash"] = f"sha256:{hash_bytes(data)}"
        if "bytes" in resource:
            resource["bytes"] = len(data)
    project.write_text("datapackage.json", json.dumps(descriptor))


def break_cell(project, table: str, column: str, value: str) -> None:
    """Write a value in the first row of a table's CSV, and hide it from sizes and hashes."""
    rows = project.read_rows(table)
    rows[0][column] = value
    output = io.StringIO(newline="")
    writer = csv.DictWriter(output, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    project.write_text(f"data/{table}.csv", output.getvalue())
    describe_files_anew(project)


def test_the_published_package_is_valid():
    result = run_command("validate")

    assert (result.status, result.err) == (0, "")
    assert [line.split()[-1] for line in result.out.splitlines()] == ["ok", "ok", "ok"]


FOREIGN_KEYS = [
    ("beneficiaires", "marche"),
    ("beneficiaires", "organisme"),
    ("couverture", "marche"),
    ("couverture", "organisme"),
    ("couverture", "par"),
    ("couverture", "depuis"),
    ("historique", "marche"),
    ("historique", "organisme"),
    ("historique", "par"),
    ("historique", "debut"),
    ("historique", "fin"),
    ("identifiants", "organisme"),
    ("marches", "debut"),
    ("marches", "fin"),
    ("noms", "organisme"),
    ("organismes", "groupe"),
]


@pytest.mark.parametrize(("table", "column"), FOREIGN_KEYS)
def test_a_value_that_leads_nowhere_is_reported(project, table, column):
    value = "2001-01-01" if column in ("depuis", "debut", "fin") else "nulle-part"
    break_cell(project, table, column, value)

    lines = project.run_fails("validate")

    assert any(line.startswith(f"data/{table}.csv:2: [foreign-key]") for line in lines), lines


BROKEN_CELLS = [
    ("an integer in letters", "beneficiaires", "rang", "premier", "[type-error]"),
    ("a French date", "versions", "date", "07/09/2023", "[type-error]"),
    ("a SIREN of eight digits", "organismes", "siren", "13002338", "[constraint-error]"),
    ("a slug with an accent", "noms", "organisme", "cése", "[constraint-error]"),
    ("a status that does not exist", "couverture", "statut", "oui", "[constraint-error]"),
    ("no name", "organismes", "nom", "", "[constraint-error]"),
    ("a key twice", "marches", "marche", "expertise", "[primary-key]"),
]


@pytest.mark.parametrize(
    ("table", "column", "value", "error"),
    [case[1:] for case in BROKEN_CELLS],
    ids=[case[0] for case in BROKEN_CELLS],
)
def test_a_value_that_its_schema_refuses_is_reported(project, table, column, value, error):
    break_cell(project, table, column, value)

    lines = project.run_fails("validate")

    assert any(error in line and f"data/{table}.csv" in line for line in lines), lines


def test_a_hostile_value_is_shown_in_a_short_line_that_no_terminal_obeys(project):
    break_cell(project, "marches", "marche", "\x1b[31m" + "x" * 9000)

    lines = project.run_fails("validate")

    assert any("[constraint-error]" in line for line in lines), lines
    assert [line for line in lines if not line.isprintable() or len(line) > 1000] == []


def test_a_file_of_another_encoding_is_reported(project):
    path = project.root / "data/organismes.csv"
    path.write_bytes(path.read_bytes().decode().encode("latin-1", errors="replace"))
    describe_files_anew(project)

    lines = project.run_fails("validate")

    assert any("data/organismes.csv: [encoding-error]" in line for line in lines), lines


def change_json_value(project) -> None:
    project.replace_text("data/versions.json", "2022-01-18", "2022-01-19")


def remove_file(project) -> None:
    (project.root / "data/versions.json").unlink()


def replace_file_by_folder(project) -> None:
    remove_file(project)
    (project.root / "data/versions.json").mkdir()


def edit_data_by_hand(project) -> None:
    project.replace_text("data/organismes.csv", "ANSES", "Anses")
    describe_files_anew(project)


def leave_the_package(project) -> None:
    def change(descriptor):
        descriptor["resources"][0]["path"] = "/etc/hostname"

    project.edit_json("datapackage.json", change)


def remove_all_resources(project) -> None:
    project.edit_json("datapackage.json", lambda descriptor: descriptor.update(resources=[]))


def promise_another_column(project) -> None:
    promise = {"fields": [], "primaryKey": ["marche"], "foreignKeys": []}

    def change(release):
        release.update(version="3.0.0", tables={"beneficiaires": promise})

    project.edit_json("release.json", change)


PACKAGE_FAULTS = [
    (change_json_value, "data/versions.json: ce fichier n'est pas celui que datapackage.json"),
    (remove_file, "data/versions.json: lecture impossible"),
    (replace_file_by_folder, "data/versions.json: ce n'est pas un fichier"),
    (edit_data_by_hand, "data/organismes.csv: n'est pas ce que les sources donnent"),
    (leave_the_package, "datapackage.json: ["),
    (remove_all_resources, "datapackage.json: ce n'est pas le descripteur d'un paquet"),
    (promise_another_column, "datapackage.json: les champs publiés ont changé : il faut une"),
]


@pytest.mark.parametrize(("change", "start"), PACKAGE_FAULTS)
def test_a_fault_of_the_package_is_reported(project, change, start):
    change(project)

    lines = project.run_fails("validate")

    assert any(line.startswith(start) for line in lines), lines


def test_problems_are_annotations_in_github_actions(project, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    project.replace_text("source/organismes.yml", "categorie: juridiction", "categorie: 100%")

    result = project.run("validate")

    annotations = [line for line in result.out.splitlines() if line.startswith("::error ")]
    assert len(annotations) == 1
    assert annotations[0].startswith("::error file=source/organismes.yml,line=")
    assert "100%25" in annotations[0]


def test_a_package_without_its_sources_is_validated_too(project, tmp_path):
    folder = tmp_path / "paquet"
    project.run_ok("extract", "--out", folder)
    shutil.copytree(ROOT / "schemas", folder / "schemas")

    output = project.run_ok("validate", folder / "datapackage.json")

    assert len(output.splitlines()) == 2


def test_a_folder_named_source_that_is_not_ours_changes_nothing(project, tmp_path):
    folder = tmp_path / "paquet"
    project.run_ok("extract", "--out", folder)
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    (folder / "source").mkdir()

    project.run_ok("validate", folder / "datapackage.json")


def test_every_example_of_a_schema_is_a_value_of_its_field():
    for path in sorted(ROOT.glob("schemas/*.json")):
        for field in frictionless.Schema.from_descriptor(str(path)).fields:
            assert isinstance(field.example, str)
            assert not field.read_cell(field.example)[1], f"{path.stem}.{field.name}"
