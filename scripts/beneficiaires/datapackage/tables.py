"""The tables: rows by French column name, and their CSV and JSON forms."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import wording
from ..errors import ProblemCollector
from ..model.coverage import CoverageByContract
from ..model.history import CoveragePeriod, covered_since
from ..model.matching import MatchedSnapshot
from ..model.registry import Registry
from ..source.models import Contract, Organisation, PageSource, Relation
from .table_schema import TableSchema

EMPTY_JSON_TABLE = b"[]\n"

Row = dict[str, Any]
"""The values of a row by column: str, int, dt.date or None."""

_PYTHON_TYPES = {"string": str, "integer": int, "date": dt.date}
"""The type of the values of a column, by the type that its schema gives."""

Tables = Mapping[str, Sequence[Row]]
"""The rows of each table, by its name."""

OFFICIAL_NAME, PAGE_NAME, ACRONYM, SEARCH_NAME, SERVICE_NAME = (
    "officiel",
    "page",
    "sigle",
    "recherche",
    "service",
)
"""The usages of a name, the strongest first."""


def build_tables(
    snapshots: Sequence[MatchedSnapshot],
    newest_coverage: CoverageByContract,
    periods: Sequence[CoveragePeriod],
    contracts: Mapping[str, Contract],
    registry: Registry,
    page_source: PageSource,
) -> dict[str, list[Row]]:
    """Return the rows of every table.

    `snapshots` are in the order of time, `periods` as `coverage_periods` gives them.
    """
    newest = snapshots[-1]
    return {
        "beneficiaires": build_listing_rows(newest, registry),
        "couverture": build_coverage_rows(newest_coverage, periods, registry),
        "historique": build_period_rows(periods, registry),
        "organismes": [
            build_organisation_row(organisation, registry)
            for organisation in registry.organisations
        ],
        "noms": build_name_rows(registry),
        "identifiants": build_evidence_rows(registry),
        "marches": build_contract_rows(contracts, snapshots),
        "versions": [build_snapshot_row(matched, page_source) for matched in snapshots],
    }


def build_listing_rows(matched: MatchedSnapshot, registry: Registry) -> list[Row]:
    """Return a row of `beneficiaires` for each listing, in the order of the page's lists."""
    rows = []
    for contract, organisation_list in matched.lists.items():
        for listing in organisation_list.listings:
            row = {
                "marche": contract,
                **_describe_identity(listing.organisation, registry),
                "perimetre": listing.scope,
                "portee": listing.reach,
                "libelle": listing.text,
                "rang": listing.rank,
                "ligne": listing.line,
            }
            rows.append(row)
    return rows


def build_coverage_rows(
    coverage_by_contract: CoverageByContract,
    periods: Iterable[CoveragePeriod],
    registry: Registry,
) -> list[Row]:
    """Return a row of `couverture` for each organisation under each contract in force."""
    starts = covered_since(periods)
    rows = []
    for contract, coverage_by_slug in coverage_by_contract.items():
        for organisation in registry.organisations:
            coverage = coverage_by_slug[organisation.slug]
            row = {
                "marche": contract,
                **_describe_identity(organisation, registry),
                "statut": coverage.status,
                "par": coverage.through,
                "perimetre": coverage.scope,
                "portee": coverage.reach,
                "depuis": starts.get((contract, organisation.slug)),
            }
            rows.append(row)
    return rows


def build_period_rows(periods: Iterable[CoveragePeriod], registry: Registry) -> list[Row]:
    """Return a row of `historique` for each period."""
    rows = []
    for period in periods:
        row = {
            "marche": period.contract,
            "organisme": period.slug,
            "nom": registry.by_slug[period.slug].name,
            "statut": period.coverage.status,
            "par": period.coverage.through,
            "perimetre": period.coverage.scope,
            "portee": period.coverage.reach,
            "debut": period.start,
            "fin": period.end,
        }
        rows.append(row)
    return rows


def build_organisation_row(organisation: Organisation, registry: Registry) -> Row:
    """Return the row of `organismes` of an organisation."""
    siren = registry.find_identifier(organisation.slug, "siren")
    wikidata = registry.find_identifier(organisation.slug, "wikidata")
    site = registry.find_identifier(organisation.slug, "site")
    return {
        **_describe_identity(organisation, registry),
        "categorie": organisation.category,
        "siren_confiance": None if siren is None else siren.confidence,
        "wikidata": None if wikidata is None else wikidata.value,
        "site": None if site is None else site.value,
        "groupe": None if organisation.group is None else organisation.group.slug,
        "releve_de": _join_slugs(organisation.comes_under),
        "succede_a": _join_slugs(organisation.replaces),
    }


def build_name_rows(registry: Registry) -> list[Row]:
    """Return a row of `noms` for each text that names an organisation, by its strongest usage."""
    rows = []
    for organisation in registry.organisations:
        names: dict[str, Row] = {}
        for row in _list_names(organisation):
            names.setdefault(row["nom"], row)
        rows += names.values()
    return rows


def _list_names(organisation: Organisation) -> list[Row]:
    """Return the names of an organisation, the strongest usages first."""
    rows = [_make_name_row(organisation.slug, organisation.name, OFFICIAL_NAME)]
    for alias in organisation.aliases:
        row = _make_name_row(organisation.slug, alias.text, PAGE_NAME)
        rows.append({**row, "perimetre": alias.scope})
    for acronym in organisation.acronyms:
        rows.append(_make_name_row(organisation.slug, acronym, ACRONYM))
    for name in organisation.search_names:
        usage = SERVICE_NAME if name.is_service else SEARCH_NAME
        row = _make_name_row(organisation.slug, name.text, usage)
        rows.append({**row, "preuve": name.evidence})
    return sorted(rows, key=lambda row: row["usage"] == SERVICE_NAME)


def _make_name_row(slug: str, text: str, usage: str) -> Row:
    return {"organisme": slug, "nom": text, "usage": usage, "perimetre": None, "preuve": None}


def build_evidence_rows(registry: Registry) -> list[Row]:
    """Return a row of `identifiants` for each piece of evidence, ordered by its key."""
    rows = []
    for piece in registry.evidence:
        row = {
            "organisme": piece.slug,
            "champ": piece.field,
            "valeur": piece.value,
            "nature": piece.kind,
            "preuve": piece.text,
        }
        rows.append(row)
    return sorted(rows, key=lambda row: (row["organisme"], row["champ"], row["preuve"]))


def build_contract_rows(
    contracts: Mapping[str, Contract], snapshots: Sequence[MatchedSnapshot]
) -> list[Row]:
    """Return a row of `marches` for each contract whose list a snapshot has."""
    rows = []
    for slug, contract in contracts.items():
        listed = [matched for matched in snapshots if slug in matched.lists]
        if not listed:
            continue
        last_date = listed[-1].date
        later_dates = [matched.date for matched in snapshots if matched.date > last_date]
        newest_list = snapshots[-1].lists.get(slug)
        row = {
            "marche": slug,
            "nom": contract.name,
            "intitule": listed[-1].lists[slug].title,
            "debut": listed[0].date,
            "fin": later_dates[0] if later_dates else None,
            "nombre": 0 if newest_list is None else len(newest_list.listings),
        }
        rows.append(row)
    return rows


def build_snapshot_row(matched: MatchedSnapshot, page_source: PageSource) -> Row:
    """Return the row of `versions` of a snapshot."""
    slugs = set()
    for organisation_list in matched.lists.values():
        slugs.update(listing.organisation.slug for listing in organisation_list.listings)
    return {
        "date": matched.date,
        "commit": matched.snapshot.commit,
        "sha256": matched.snapshot.sha256,
        "adresse": page_source.file_address(matched.snapshot),
        "titre": matched.page.title or None,
        "date_entete": matched.page.date_text or None,
        "contact": matched.page.contact or None,
        "nombre": len(slugs),
    }


def _describe_identity(organisation: Organisation, registry: Registry) -> Row:
    """Return the columns that most tables have for an organisation."""
    siren = registry.find_identifier(organisation.slug, "siren")
    return {
        "organisme": organisation.slug,
        "nom": organisation.name,
        "sigle": organisation.acronym,
        "siren": None if siren is None else siren.value,
    }


def _join_slugs(relations: Iterable[Relation]) -> str | None:
    """Return slugs separated by a vertical bar, None for none."""
    return "|".join(relation.slug for relation in relations) or None


def check_columns(tables: Tables, schemas: Iterable[TableSchema]) -> None:
    """Raise ProblemsFound when the schemas are not those of the tables.

    Each table has its schema, each column its field, and the values the type of the field.
    """
    problems = ProblemCollector()
    by_name = {schema.name: schema for schema in schemas}
    for name in sorted(tables.keys() - by_name.keys()):
        problems.add(f"schemas/{name}.json", None, wording.table_without_schema(name))
    for name, schema in by_name.items():
        if name not in tables:
            problems.add(schema.file, None, wording.unknown_table(name))
            continue
        for row in tables[name][:1]:
            for column in sorted(row.keys() ^ set(schema.columns)):
                problems.add(schema.file, None, wording.unknown_column(column))
        for field in schema.fields:
            values = (row.get(field["name"]) for row in tables[name])
            value = next((value for value in values if value is not None), None)
            if value is not None and not isinstance(value, _PYTHON_TYPES[field["type"]]):
                message = wording.wrong_column_type(field["name"], field["type"])
                problems.add(schema.file, None, message)
    problems.raise_if_any()


def to_csv(rows: Iterable[Row], schema: TableSchema) -> bytes:
    """Return a table as CSV: UTF-8 without mark, comma, LF, a header, empty for None."""
    output = io.StringIO()
    writer = csv.DictWriter(output, schema.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue().encode()


def to_json(rows: Iterable[Row], schema: TableSchema) -> bytes:
    """Return a table as a JSON array, one object a line, in the order of the schema."""
    lines = []
    for row in rows:
        ordered = {column: row[column] for column in schema.columns}
        lines.append(json.dumps(ordered, ensure_ascii=False, default=dt.date.isoformat))
    if not lines:
        return EMPTY_JSON_TABLE
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def encode_tables(tables: Tables, schemas: Iterable[TableSchema]) -> dict[str, bytes]:
    """Return the bytes of every table as CSV and JSON, by path from the root of the package."""
    outputs = {}
    for schema in schemas:
        outputs[f"data/{schema.name}.csv"] = to_csv(tables[schema.name], schema)
        outputs[f"data/{schema.name}.json"] = to_json(tables[schema.name], schema)
    return outputs
