"""The number of a release follows what changed for those who use the data."""

import copy
import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from beneficiaires.datapackage.release_manifest import (
    ReleaseManifest,
    find_smallest_version,
    make_release_manifest,
    parse_version,
)
from beneficiaires.datapackage.table_schema import TableSchema

SCHEMA = {
    "title": "Couverture",
    "fields": [
        {
            "name": "organisme",
            "title": "Organisme",
            "type": "string",
            "description": "Le slug.",
            "example": "anssi",
            "constraints": {"required": True},
        },
        {
            "name": "statut",
            "title": "Statut",
            "type": "string",
            "description": "La réponse.",
            "example": "cite",
            "constraints": {"required": True, "enum": ["cite", "non_cite"]},
            "categories": [{"value": "cite", "label": "Oui"}],
        },
    ],
    "primaryKey": ["organisme"],
    "foreignKeys": [
        {"fields": ["organisme"], "reference": {"resource": "organismes", "fields": ["organisme"]}}
    ],
}
SNAPSHOT = dt.date(2024, 11, 26)


def make_manifest(
    schemas: Mapping[str, Any], slugs: tuple[str, ...] = ("anssi",), snapshot: dt.date = SNAPSHOT
) -> ReleaseManifest:
    """Return the promises of version 3.1.4 with these tables."""
    tables = [TableSchema(name, f"schemas/{name}.json", schemas[name]) for name in schemas]
    return make_release_manifest((3, 1, 4), dt.date(2026, 1, 1), snapshot, tables, slugs)


LAST = make_manifest({"couverture": SCHEMA})


def change_type(schema: dict[str, Any]) -> None:
    schema["fields"][0]["type"] = "integer"


def change_constraint(schema: dict[str, Any]) -> None:
    schema["fields"][1]["constraints"]["enum"].append("groupe")


def rename_field(schema: dict[str, Any]) -> None:
    schema["fields"][1]["name"] = "reponse"


def move_field(schema: dict[str, Any]) -> None:
    schema["fields"].reverse()


def change_primary_key(schema: dict[str, Any]) -> None:
    schema["primaryKey"] = ["organisme", "statut"]


def remove_foreign_key(schema: dict[str, Any]) -> None:
    del schema["foreignKeys"]


def change_description(schema: dict[str, Any]) -> None:
    schema["fields"][1]["description"] = "Une autre réponse."


def change_label(schema: dict[str, Any]) -> None:
    schema["fields"][1]["categories"][0]["label"] = "Peut-être"


def change_example(schema: dict[str, Any]) -> None:
    schema["fields"][0]["example"] = "cnaf"


@dataclass(frozen=True)
class SchemaCase:
    name: str
    change: Callable[[dict[str, Any]], None]
    smallest: tuple[int, int, int]


SCHEMA_CASES = [
    SchemaCase("another type", change_type, (4, 0, 0)),
    SchemaCase("another constraint", change_constraint, (4, 0, 0)),
    SchemaCase("another name", rename_field, (4, 0, 0)),
    SchemaCase("another order", move_field, (4, 0, 0)),
    SchemaCase("another primary key", change_primary_key, (4, 0, 0)),
    SchemaCase("a foreign key less", remove_foreign_key, (4, 0, 0)),
    SchemaCase("another description", change_description, (3, 2, 0)),
    SchemaCase("another label of a category", change_label, (3, 2, 0)),
    SchemaCase("another example", change_example, (3, 1, 5)),
]


@pytest.mark.parametrize("case", SCHEMA_CASES, ids=lambda case: case.name)
def test_a_change_of_a_schema_asks_for_a_step_of_its_size(case):
    schema = copy.deepcopy(SCHEMA)
    case.change(schema)
    following = make_manifest({"couverture": schema})
    assert find_smallest_version(LAST, following) == case.smallest


def test_the_same_number_is_never_given_twice():
    assert find_smallest_version(LAST, LAST) == (3, 1, 5)


def test_a_new_page_a_new_organisation_and_a_new_table_are_minor():
    new_page = make_manifest({"couverture": SCHEMA}, snapshot=dt.date(2025, 4, 9))
    new_organisation = make_manifest({"couverture": SCHEMA}, slugs=("anssi", "cnrs"))
    new_table = make_manifest({"couverture": SCHEMA, "noms": SCHEMA})
    for following in (new_page, new_organisation, new_table):
        assert find_smallest_version(LAST, following) == (3, 2, 0)


def test_a_table_or_an_organisation_less_is_major():
    without_table = make_manifest({})
    without_organisation = make_manifest({"couverture": SCHEMA}, slugs=())
    for following in (without_table, without_organisation):
        assert find_smallest_version(LAST, following) == (4, 0, 0)


def test_the_first_release_may_have_any_number():
    nothing = dataclasses.replace(LAST, version=None, date=None, snapshot=None, tables={}, slugs=())
    assert find_smallest_version(nothing, LAST) is None


@pytest.mark.parametrize(
    "text",
    ["2_0.1.0", "2.0", "2.0.1.0", "02.0.1", "2.0.1\n", " 2.0.1", "v2.0.1", "٢.0.1", "-1.0.0"],
)
def test_a_version_is_three_plain_numbers(text):
    assert parse_version(text) is None
