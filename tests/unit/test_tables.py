"""The rows of the tables, from small pages, and their CSV and JSON forms."""

import datetime as dt
import json

import pytest

from beneficiaires.datapackage.table_schema import TableSchema, parse_table_schema
from beneficiaires.datapackage.tables import (
    build_contract_rows,
    build_coverage_rows,
    build_name_rows,
    build_organisation_row,
    build_snapshot_row,
    check_columns,
    to_csv,
    to_json,
)
from beneficiaires.errors import ProblemsFound
from beneficiaires.model.coverage import coverage_by_contract
from beneficiaires.model.history import coverage_periods
from beneficiaires.source.models import Alias, PageSource, SearchName
from helpers import ROOT

from .builders import (
    CONTRACTS,
    make_collective,
    make_organisation,
    make_registry,
    match_page,
    write_page,
)

COUR = make_organisation("cour", "Cour des comptes", acronym="CDC")
CULTURE = make_organisation("culture", "Ministère de la Culture")
REGISTRY = make_registry(COUR, CULTURE)
PAGE_SOURCE = PageSource(
    address="https://site.example/page/",
    repository="https://site.example/depot",
    api="https://api.example",
    raw="https://raw.example",
    branch="main",
    path="page.md",
    links=(),
)
FIELDS = [
    {"name": "nom", "type": "string"},
    {"name": "jour", "type": "date"},
    {"name": "rang", "type": "integer"},
]
SCHEMA = TableSchema("essai", "schemas/essai.json", {"fields": FIELDS})


def test_what_a_snapshot_does_not_have_is_missing():
    matched = match_page(write_page(["Cour des comptes"]), REGISTRY)

    row = build_snapshot_row(matched, PAGE_SOURCE)

    missing = [column for column, value in row.items() if value is None]
    assert missing == ["commit", "adresse", "titre", "date_entete", "contact"]


def test_a_header_without_a_day_has_none():
    page = "---\ntitle: Essai\ndate:\n---\n" + write_page(["Cour des comptes"])

    row = build_snapshot_row(match_page(page, REGISTRY), PAGE_SOURCE)

    assert (row["titre"], row["date_entete"]) == ("Essai", None)


def test_an_organisation_of_two_lists_counts_once_in_a_snapshot():
    page = write_page(["Cour des comptes"], ["Cour des comptes", "Ministère de la Culture"])

    row = build_snapshot_row(match_page(page, REGISTRY, CONTRACTS), PAGE_SOURCE)

    assert row["nombre"] == 2


def test_depuis_is_that_of_the_same_organisation_under_the_same_contract():
    pages = {
        "2021-01-01": write_page(["Cour des comptes"], ["Ministère de la Culture"]),
        "2022-01-01": write_page(
            ["Cour des comptes", "Ministère de la Culture"], ["Cour des comptes"]
        ),
    }
    snapshots = [match_page(page, REGISTRY, CONTRACTS, date=date) for date, page in pages.items()]
    coverage = [coverage_by_contract(matched, REGISTRY) for matched in snapshots]
    dated_coverage = [(snapshots[0].date, coverage[0]), (snapshots[1].date, coverage[1])]
    periods = coverage_periods(dated_coverage, CONTRACTS, REGISTRY.by_slug)

    rows = build_coverage_rows(coverage[1], periods, REGISTRY)

    since = {(row["marche"], row["organisme"]): row["depuis"] for row in rows}
    assert since == {
        ("support", "cour"): dt.date(2021, 1, 1),
        ("support", "culture"): dt.date(2022, 1, 1),
        ("expertise", "cour"): dt.date(2022, 1, 1),
        ("expertise", "culture"): None,
    }


def test_a_contract_ends_on_the_first_day_without_its_list():
    pages = {
        "2021-01-01": write_page(["Cour des comptes"], ["Cour des comptes"]),
        "2022-01-01": write_page(["Cour des comptes"]),
        "2023-01-01": write_page(["Cour des comptes"]),
    }
    snapshots = [match_page(page, REGISTRY, CONTRACTS, date=date) for date, page in pages.items()]

    rows = build_contract_rows(CONTRACTS, snapshots)

    assert [(row["marche"], str(row["debut"]), str(row["fin"]), row["nombre"]) for row in rows] == [
        ("support", "2021-01-01", "None", 1),
        ("expertise", "2021-01-01", "2022-01-01", 0),
    ]


def test_a_contract_that_no_snapshot_lists_has_no_row():
    matched = match_page(write_page(["Cour des comptes"]), REGISTRY)

    rows = build_contract_rows(CONTRACTS, [matched])

    assert [row["marche"] for row in rows] == ["support"]


def test_a_text_has_one_row_under_its_strongest_usage():
    organisation = make_organisation(
        "cour",
        "Cour des comptes",
        acronym="CDC",
        aliases=[Alias("Cour et chambres", scope="les chambres"), Alias("La Cour")],
        search_names=(
            SearchName("Greffe", "Un décret.", is_service=True),
            SearchName("Cour des comptes"),
            SearchName("La Cour", "Un décret."),
            SearchName("C.D.C."),
            SearchName("Cambon", "Une adresse."),
        ),
    )

    rows = build_name_rows(make_registry(organisation))

    assert [(row["nom"], row["usage"], row["perimetre"], row["preuve"]) for row in rows] == [
        ("Cour des comptes", "officiel", None, None),
        ("Cour et chambres", "page", "les chambres", None),
        ("La Cour", "page", None, None),
        ("CDC", "sigle", None, None),
        ("C.D.C.", "recherche", None, None),
        ("Cambon", "recherche", None, "Une adresse."),
        ("Greffe", "service", None, "Un décret."),
    ]


def test_the_relations_of_an_organisation_are_slugs():
    organisation = make_organisation(
        "agence", group="reseau", comes_under=["cour", "culture"], replaces=["ancienne"]
    )
    registry = make_registry(
        organisation, COUR, CULTURE, make_collective("reseau"), make_organisation("ancienne")
    )

    row = build_organisation_row(organisation, registry)

    assert (row["groupe"], row["releve_de"], row["succede_a"]) == (
        "reseau",
        "cour|culture",
        "ancienne",
    )


def test_a_value_that_is_missing_is_empty_in_csv_and_null_in_json():
    rows = [{"rang": 1, "jour": dt.date(2024, 2, 1), "nom": 'Un "nom", long'}]
    rows.append({"rang": None, "jour": None, "nom": "École"})

    assert to_csv(rows, SCHEMA).decode() == (
        'nom,jour,rang\n"Un ""nom"", long",2024-02-01,1\nÉcole,,\n'
    )
    assert to_json(rows, SCHEMA).decode() == (
        '[\n{"nom": "Un \\"nom\\", long", "jour": "2024-02-01", "rang": 1},\n'
        '{"nom": "École", "jour": null, "rang": null}\n]\n'
    )


def test_the_schemas_are_those_of_the_tables_and_of_their_columns():
    tables = {"essai": [{"nom": "a", "jour": None, "place": 1}], "autre": []}
    unknown = TableSchema("inconnue", "schemas/inconnue.json", {"fields": []})

    with pytest.raises(ProblemsFound) as error:
        check_columns(tables, [SCHEMA, unknown])

    files = [problem.file for problem in error.value.problems]
    assert files == [
        "schemas/autre.json",
        "schemas/essai.json",
        "schemas/essai.json",
        "schemas/inconnue.json",
    ]


def test_a_field_has_the_type_of_the_values_of_its_column():
    rows = [{"nom": "a", "jour": None, "rang": 1}, {"nom": "b", "jour": "2024-02-01", "rang": 2}]

    with pytest.raises(ProblemsFound) as error:
        check_columns({"essai": rows}, [SCHEMA])

    (problem,) = error.value.problems
    assert str(problem).startswith("schemas/essai.json: champ « jour » : ses valeurs ne sont pas")


def test_a_schema_has_each_column_once():
    schema = json.loads((ROOT / "schemas/noms.json").read_bytes())
    schema["fields"].append(schema["fields"][0])
    rules = json.loads((ROOT / "schemas/source/table-schema.json").read_bytes())

    with pytest.raises(ProblemsFound, match=r"essai\.json:\d+: une colonne est écrite deux fois"):
        parse_table_schema(json.dumps(schema, indent=1).encode(), "essai.json", rules)
