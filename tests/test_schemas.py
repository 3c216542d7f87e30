"""The schemas say what re-users, schema tools and editors need; each is said once."""

import json
import typing

import jsonschema
import pytest
import yaml
from frictionless import Schema

from conftest import ROOT
from edition2 import sources

SCHEMAS = {
    path.stem: json.loads(path.read_bytes()) for path in sorted((ROOT / "schemas").glob("*.json"))
}
EDITED = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "source").glob("*.yml"))
}


def fields(name: str) -> dict[str, dict]:
    return {field["name"]: field for field in SCHEMAS[name]["fields"]}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_metadata_that_a_schema_catalogue_asks(name):
    schema = SCHEMAS[name]
    assert Schema.validate_descriptor(schema).valid
    wanted = "name title description countryCode homepage created contributors sources"
    assert not set(wanted.split()) - schema.keys()
    assert (schema["countryCode"], schema["missingValues"]) == ("FR", [""])
    assert set(schema["primaryKey"]) <= {column for column, field in fields(name).items() if field["constraints"]["required"]}  # fmt: skip
    assert schema["name"].endswith(f"-{name}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described_for_a_reader(name):
    for field in SCHEMAS[name]["fields"]:
        assert field["title"]
        assert len(field["description"]) > 15
        assert field["description"].endswith(".")
        assert "example" in field
        assert isinstance(field["constraints"]["required"], bool)
        if "categories" in field:
            assert [each["value"] for each in field["categories"]] == field["constraints"]["enum"]


def test_foreign_keys_lead_to_the_key_of_another_table():
    found = set()
    for name, schema in SCHEMAS.items():
        for key in schema.get("foreignKeys", ()):
            table, columns = key["reference"]["resource"], key["reference"]["fields"]
            assert SCHEMAS[table]["primaryKey"] == columns
            found |= {(name, column, table) for column in key["fields"]}
    assert found >= {("couverture", "par", "organismes"), ("historique", "fin", "versions")}


def test_categories_are_those_that_the_registry_may_use():
    for name in ("beneficiaires", "organismes"):
        assert fields(name)["categorie"]["constraints"]["enum"] == list(
            typing.get_args(sources.Category)
        )


def test_tables_are_bound_by_foreign_keys_and_marche_by_no_enum():
    links = {
        (name, column, key["reference"]["resource"])
        for name, schema in SCHEMAS.items()
        for key in schema.get("foreignKeys", ())
        for column in key["fields"]
    }
    for column, table in (("marche", "marches"), ("organisme", "organismes")):
        assert {
            (name, column, table) for name in SCHEMAS if column in fields(name) and name != table
        } <= links
    assert links >= {("couverture", "par", "organismes"), ("historique", "debut", "versions"), ("historique", "fin", "versions")}  # fmt: skip
    assert not any(
        "enum" in fields(name)["marche"]["constraints"]
        for name in SCHEMAS
        if "marche" in fields(name)
    )


def test_the_dates_that_are_observed_say_so():
    for name in ("historique", "marches"):
        assert "date d'observation" in fields(name)["debut"]["description"]
    assert "en-tête" in fields("versions")["date_entete"]["description"]


def plain(value: object) -> object:
    """YAML values as JSON has them: a day is a text."""
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("name", sources.MODELS)
def test_an_editor_is_led_to_a_schema_that_takes_the_file_as_it_stands(name):
    first, _, rest = EDITED[name].partition("\n")
    assert first == f"# yaml-language-server: $schema=../schemas/source/{name}.json"
    schema = json.loads((ROOT / f"schemas/source/{name}.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plain(yaml.safe_load(rest) or []), schema)


def test_the_schemas_of_source_are_those_of_the_models(checkout):
    before = checkout.state()
    assert {f"schemas/source/{name}.json" for name in EDITED} <= before.keys()
    checkout.well("extract", "--schemas")
    assert checkout.state() == before


def test_every_field_of_source_is_described_in_an_editor():
    for name in sources.MODELS:
        schema = json.loads((ROOT / f"schemas/source/{name}.json").read_bytes())
        assert schema["title"]
        for model in schema["$defs"].values():
            assert all(field.get("description") for field in model["properties"].values())
