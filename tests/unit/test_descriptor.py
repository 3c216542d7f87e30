"""What the project reads of datapackage.json, and the sizes and hashes that it writes there."""

import json

import pytest

from beneficiaires.datapackage.descriptor import (
    DataPackage,
    parse_data_package,
    with_statistics,
)
from beneficiaires.datapackage.table_schema import TableSchema
from beneficiaires.errors import ProblemsFound
from beneficiaires.files import hash_bytes
from helpers import ROOT

from .builders import assert_starts

RULES = json.loads((ROOT / "schemas/source/datapackage.json").read_bytes())
SCHEMA = TableSchema("noms", "schemas/noms.json", {})
AUTHOR = {"title": "Auteur", "path": "https://a.example", "email": "a@a.example"}
PUBLISHER = {"title": "Éditeur", "path": "https://e.example", "email": "e@e.example"}


def make_resource(extension: str, **changes: str) -> dict[str, str]:
    """Return the resource of a file of the table `noms`."""
    return {
        "name": f"noms-{extension}",
        "title": "Noms",
        "description": "Les noms.",
        "path": f"data/noms.{extension}",
        "format": extension,
        "mediatype": "text/csv",
        "schema": "schemas/noms.json",
        **changes,
    }


def build_descriptor(resources: list[dict[str, str]]) -> bytes:
    """Return a datapackage.json with some resources."""
    descriptor = json.loads((ROOT / "datapackage.json").read_bytes())
    return json.dumps({**descriptor, "resources": resources}).encode()


@pytest.mark.parametrize(
    ("contributors", "title"),
    [
        ([{**AUTHOR, "roles": ["author"]}, {**PUBLISHER, "roles": ["publisher"]}], "Éditeur"),
        ([{**AUTHOR, "roles": ["author"]}, {**PUBLISHER, "roles": ["host"]}], "Auteur"),
    ],
    ids=["the one whose role it is", "else the first one"],
)
def test_the_publisher_is_known_by_its_role(contributors, title):
    package = DataPackage({"contributors": contributors}, ())

    assert package.publisher["title"] == title


RESOURCE_FAULTS = {
    "an unknown schema": (
        [make_resource("csv"), make_resource("json", schema="schemas/nom.json")],
        ["datapackage.json:1: ", "schemas/noms.json: "],
    ),
    "another path": (
        [make_resource("csv"), make_resource("json", path="data/nom.json")],
        ["datapackage.json:1: ", "schemas/noms.json: "],
    ),
    "one file described twice": (
        [make_resource("csv"), make_resource("json"), make_resource("json")],
        ["datapackage.json:1: "],
    ),
    "a table without its JSON": ([make_resource("csv")], ["schemas/noms.json: "]),
}


@pytest.mark.parametrize("fault", RESOURCE_FAULTS)
def test_the_resources_are_a_csv_and_a_json_file_of_each_table(fault):
    resources, starts = RESOURCE_FAULTS[fault]

    with pytest.raises(ProblemsFound) as error:
        parse_data_package(build_descriptor(resources), [SCHEMA], RULES)

    assert_starts(str(error.value).splitlines(), starts)


def test_what_a_person_wrote_stays_and_the_files_are_described_anew():
    data = build_descriptor(
        [make_resource("csv", hash="sha256:" + "0" * 64), make_resource("json")]
    )
    package = parse_data_package(data, [SCHEMA], RULES)
    files = {"data/noms.csv": b"nom\n", "data/noms.json": b"[]\n"}

    descriptor = with_statistics(package, files, "2024-02-01")

    assert descriptor["contributors"] == json.loads(data)["contributors"]
    assert descriptor["sources"][0]["version"] == "2024-02-01"
    csv_resource, json_resource = descriptor["resources"]
    assert csv_resource["bytes"] == 4
    assert csv_resource["hash"] == "sha256:" + hash_bytes(b"nom\n")
    assert json_resource["hash"] == "sha256:" + hash_bytes(b"[]\n")
    assert "bytes" not in json_resource
    assert package.resources[0]["hash"] == "sha256:" + "0" * 64
