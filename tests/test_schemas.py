"""The Table Schemas say what re-users and schema tools need, and the page's bytes are its own."""

import hashlib
import json

import pytest
from frictionless import Schema

from conftest import ROOT

SCHEMAS = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "schemas").glob("*.json")
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_metadata_that_a_schema_catalogue_asks(name):
    schema = SCHEMAS[name]
    assert Schema.validate_descriptor(schema).valid
    wanted = "name title description countryCode homepage path created lastModified version contributors sources resources"
    assert not set(wanted.split()) - schema.keys()
    assert schema["countryCode"] == "FR"
    assert schema["missingValues"] == [""]
    assert schema["primaryKey"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described_for_a_reader(name):
    for field in SCHEMAS[name]["fields"]:
        assert field["title"]
        assert len(field["description"]) > 15
        assert "example" in field
        assert isinstance(field["constraints"]["required"], bool)
        if "categories" in field:
            assert [each["value"] for each in field["categories"]] == field["constraints"]["enum"]


def test_shared_columns_are_described_alike():
    seen = {}
    for schema in SCHEMAS.values():
        for field in schema["fields"]:
            if (
                field["name"] in ("organisme", "nom", "sigle", "categorie", "siren", "marche")
                and schema["title"] != "Marchés"
            ):
                plain = {**field, "constraints": {**field["constraints"], "unique": None}}
                assert seen.setdefault(field["name"], plain) == plain


def test_foreign_keys_lead_to_the_other_tables():
    references = {each["reference"]["resource"] for each in SCHEMAS["beneficiaires"]["foreignKeys"]}
    assert references == {"marches", "organismes"}


def test_the_page_is_the_one_that_was_published():
    data = (ROOT / "source/pages/2023-09-01.md").read_bytes()
    assert (
        hashlib.sha256(data).hexdigest() == "53038d67f2dc49bb26e846ae53c63d0c63108de1fedd142675a46ca91a517fc5"
    )
