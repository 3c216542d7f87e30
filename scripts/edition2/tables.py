"""The tables: rows in the order of their schemas, and their CSV and JSON forms."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import structs

from .package import Schema
from .problems import Invalid
from .reading import Reading
from .registry import Body, Registry
from .sources import Contract, Contracts, Pages

Row = dict[str, Any]
"""The values of a row by column, in schema order: str, int, date or None."""
Rows = dict[str, list[Row]]
"""The rows of each table."""


def build(
    readings: Sequence[Reading],
    contracts: Contracts,
    registry: Registry,
    pages: Pages,
    schemas: Iterable[Schema],
    told: Mapping[str, Iterable[Row]],
) -> Rows:
    """Every table of these readings, oldest first, and of the rows told. A row shows all that is known of its body.

    Raises Invalid for a column that nothing fills.
    """
    identities = {body.slug: _identity(body) for body in registry.bodies}
    made = {
        **told,
        "beneficiaires": _beneficiaires(readings[-1]),
        "organismes": identities.values(),
        "marches": [_marche(slug, contract, readings) for slug, contract in contracts.items()],
        "versions": [_version(reading, pages) for reading in readings],
    }
    return {schema.name: _ordered(made.get(schema.name, ()), identities, schema) for schema in schemas}


def _identity(body: Body) -> Row:
    siren = body.sources.get("siren")
    own = {name: getattr(body, name) for name in ("nom", "sigle", "categorie", "siren", "wikidata", "site", "groupe")}
    return {
        "organisme": body.slug,
        **own,
        "siren_confiance": siren and siren.confiance,
        "releve_de": "|".join(body.releve_de) or None,
        "succede_a": "|".join(body.succede_a) or None,
    }


def _beneficiaires(reading: Reading) -> list[Row]:
    return [
        {**structs.asdict(member), "marche": marche, "organisme": member.body.slug, "date": reading.version.date}
        for marche, members in reading.members.items()
        for member in members
    ]


def _marche(slug: str, contract: Contract, readings: Sequence[Reading]) -> Row:
    """A contract; none without a version that lists it."""
    listing = [reading for reading in readings if slug in reading.lists]
    if not listing:
        return {}
    first, last = listing[0].version.date, listing[-1].version.date
    return {
        "marche": slug,
        "nom": contract.nom,
        "intitule": listing[-1].lists[slug].title,
        "debut": first,
        "fin": next((each.version.date for each in readings if each.version.date > last), None),
        "nombre": len({member.body.slug for member in readings[-1].members.get(slug, ())}),
    }


def _version(reading: Reading, pages: Pages) -> Row:
    version, page = reading.version, reading.page
    return {
        **structs.asdict(version),
        "version": version.date,
        "adresse": pages.address(version),
        "titre": page.title or None,
        "date_entete": page.day or None,
        "contact": page.contact or None,
        "nombre": len({member.body.slug for members in reading.members.values() for member in members}),
    }


def _ordered(rows: Iterable[Row], identities: Mapping[str, Row], schema: Schema) -> list[Row]:
    columns = schema.columns
    try:
        wholes = ({**identities.get(row.get("organisme"), {}), **row} for row in rows if row)
        return [{column: row[column] for column in columns} for row in wholes]
    except KeyError as error:
        message = f"champ « {error.args[0]} » : rien ne le remplit ; le retirer ou écrire sa source"
        raise Invalid.because(schema.file, None, message) from None


def to_csv(rows: Sequence[Row], schema: Schema) -> bytes:
    """UTF-8 without BOM, comma, LF, a header, empty for None."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(schema.columns)
    writer.writerows(map(itemgetter(*schema.columns), rows))
    return output.getvalue().encode()


def to_json(rows: Sequence[Row], schema: Schema) -> bytes:
    """An array of objects, one a line, in schema order, null for None."""
    lines = map(msgspec.json.Encoder().encode, rows)
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def encode(rows: Rows, schemas: Iterable[Schema]) -> dict[str, bytes]:
    """The bytes of every table in every format, by path from the root of the package."""
    return {
        f"data/{schema.name}.{suffix}": write(rows[schema.name], schema)
        for schema in schemas
        for suffix, write in (("csv", to_csv), ("json", to_json))
    }
