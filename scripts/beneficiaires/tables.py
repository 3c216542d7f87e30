"""The tables: rows of plain values, and their CSV and JSON forms.

A row is a dict from field name to str, int, bool or None; a date is its ISO 8601 text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, partial
from operator import itemgetter
from typing import Any, NamedTuple

from . import files
from .contracts import Contract, lists
from .history import Members, Period
from .page import Page, Section, suspects
from .problems import Invalid, Problem, raise_if_any
from .registry import Body, Fault, Registry

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Named = tuple[list[Row], list[Fault]]
_SEPARATOR = "|"  # between the slugs of one cell
_BOOLEANS = {True: "true", False: "false", None: ""}
_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "boolean": {"true": True, "false": False}.__getitem__,
}


class Schema(NamedTuple):
    """One Table Schema: the only list of a table's columns. `file` is how messages call it."""

    name: str
    file: str
    descriptor: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        return [field["name"] for field in self.descriptor["fields"]]

    def of_type(self, kind: str) -> list[str]:
        """The columns of one Table Schema type."""
        return [field["name"] for field in self.descriptor["fields"] if field["type"] == kind]

    def enum(self, column: str) -> list[str]:
        """The values that a column allows."""
        field = next(field for field in self.descriptor["fields"] if field["name"] == column)
        return field["constraints"]["enum"]

    def value(self, column: str, text: str) -> Any:
        """The value that a CSV cell stands for. Raises ValueError or KeyError."""
        if text == "":
            return None
        kind = next(field["type"] for field in self.descriptor["fields"] if field["name"] == column)
        return _READERS.get(kind, str)(text)

    def select(self, row: Row) -> list[Any]:
        """The values of a row in the order of the columns. Raises Invalid for a column it lacks."""
        try:
            return [row[column] for column in self.columns]
        except KeyError as error:
            raise self.unfilled(error) from None

    def unfilled(self, error: KeyError) -> Invalid:
        """What to raise for a column that a row lacks."""
        message = f"champ « {error.args[0]} » : rien ne le remplit ; le retirer ou écrire sa source"
        return Invalid.because(self.file, None, message)


class Reading(NamedTuple):
    """One version of the page, its bullets named: by contract, the list's title and its rows."""

    page: Page
    date: date
    titles: dict[str, str]
    rows: dict[str, list[Row]]

    @property
    def members(self) -> Members:
        """The slugs of each contract."""
        return {marche: [row["organisme"] for row in rows] for marche, rows in self.rows.items()}


def read(page: Page, published: date, contracts: Sequence[Contract], registry: Registry) -> Reading:
    """What the page `published` that day says. Raises Invalid with every problem."""
    sections, problems = lists(page, contracts)
    name = cache(partial(_name, registry))  # the contracts name the same bodies in the same words
    members = {
        contract.slug: _members(contract, sections[contract.slug], page.name, name, problems)
        for contract in contracts
        if contract.slug in sections
    }
    raise_if_any(problems)
    return Reading(page, published, {slug: sections[slug].title for slug in members}, members)


def build(
    reading: Reading,
    url: str,
    contracts: Sequence[Contract],
    registry: Registry,
    periods: Iterable[Period],
) -> Tables:
    """Every table of the page at `url`, and of the periods that it and the pages before it tell."""
    names = {body.slug: body.nom for body in registry.bodies}
    return {
        "beneficiaires": [row for rows in reading.rows.values() for row in rows],
        "organismes": _bodies(registry, reading.members),
        "marches": [
            {
                "marche": contract.slug,
                "nom": contract.name,
                "intitule": reading.titles[contract.slug],
                "date": reading.date.isoformat(),
                "nombre": len(reading.rows[contract.slug]),
                "page": url,
            }
            for contract in contracts
        ],
        "historique": [
            {
                "marche": period.marche,
                "organisme": period.organisme,
                "nom": names[period.organisme],
                "debut": period.debut.isoformat(),
                "fin": period.fin and period.fin.isoformat(),
            }
            for period in periods
        ],
    }


def _members(
    contract: Contract, section: Section, page: str, name: Callable[[str], Named], problems: list[Problem]
) -> list[Row]:
    """The rows of one contract; what is wrong with its bullets is added to the problems."""
    problems += suspects(section, page)
    first_lines: dict[str, int] = {}
    rows = []
    for rank, item in enumerate(section.items, 1):
        named, faults = name(item.text)
        for message, label in faults:
            problems.append(Problem(page, item.line, f"« {item.text} » : {message}", label))
        for row in named:
            slug = row["organisme"]
            if slug in first_lines:
                before = f"{slug} est déjà ligne {first_lines[slug]} du même marché"
                problems.append(
                    Problem(page, item.line, f"« {item.text} » : {before} ; retirer l'une des deux")
                )
            first_lines[slug] = item.line
            rows.append({**row, "marche": contract.slug, "rang": rank, "ligne": item.line})
    return rows


def _name(registry: Registry, text: str) -> Named:
    """What the rows of a bullet say wherever it stands, and its faults."""
    named, faults = registry.resolve(text)
    return [{**_identity(body), "perimetre": perimetre, "libelle": text} for body, perimetre in named], faults


def _bodies(registry: Registry, members: Members) -> list[Row]:
    slugs = {contract: set(present) for contract, present in members.items()}
    return [
        {
            **{contract: body.slug in present for contract, present in slugs.items()},
            **_identity(body),
            "wikidata": body.wikidata,
            "site": body.site,
            "collectif": body.collectif,
            "groupe": body.groupe,
            "succede_a": _SEPARATOR.join(body.succede_a) or None,
        }
        for body in registry.bodies
    ]


def _identity(body: Body) -> Row:
    """The columns that say who a body is, the same in every table."""
    return {
        "organisme": body.slug,
        "nom": body.nom,
        "sigle": body.sigle,
        "categorie": body.categorie,
        "siren": body.siren,
    }


def slugs(cell: str | None) -> list[str]:
    """The slugs that one cell holds."""
    return cell.split(_SEPARATOR) if cell else []


def to_csv(rows: Iterable[Row], schema: Schema) -> bytes:
    """UTF-8 without BOM, comma, LF, a header, empty for None."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(schema.columns)
    booleans = [schema.columns.index(column) for column in schema.of_type("boolean")]
    for values in _values(rows, schema):
        cells = list(values)
        for place in booleans:
            cells[place] = _BOOLEANS[cells[place]]
        writer.writerow(cells)
    return text.getvalue().encode()


def to_json(rows: Iterable[Row], schema: Schema) -> bytes:
    """An array of objects, one a line, in schema order, null for None."""
    encode, columns = json.JSONEncoder(ensure_ascii=False).encode, schema.columns
    objects = [encode(dict(zip(columns, values, strict=True))) for values in _values(rows, schema)]
    return ("[\n" + ",\n".join(objects) + "\n]\n").encode()


def _values(rows: Iterable[Row], schema: Schema) -> Iterator[tuple[Any, ...]]:
    """The values of each row in schema order. Raises Invalid for a column that a row lacks."""
    try:
        yield from map(itemgetter(*schema.columns), rows)
    except KeyError as error:
        raise schema.unfilled(error) from None


def from_csv(data: bytes, schema: Schema) -> list[Row]:
    """The typed rows of a CSV file that to_csv wrote. Raises Invalid for any other file."""
    name = f"data/{schema.name}.csv"
    lines = csv.reader(io.StringIO(files.decode(data, name), newline=""), strict=True)
    rows = []
    try:
        header = next(lines, [])
        if header != schema.columns:
            raise Invalid.because(name, 1, f"en-tête « {','.join(header)} » ; le schéma dit autre chose")
        for cells in lines:
            pairs = zip(schema.columns, cells, strict=True)
            rows.append({column: schema.value(column, text) for column, text in pairs})
    except (ValueError, KeyError, csv.Error) as error:
        raise Invalid.because(name, lines.line_num, f"ligne illisible : {error}") from None
    return rows


def from_json(data: bytes, schema: Schema) -> list[Row]:
    """The rows of a JSON file that to_json wrote. Raises Invalid."""
    name = f"data/{schema.name}.json"
    rows = load_json(files.decode(data, name), name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid.because(name, None, "un tableau d'objets est attendu")
    return rows


def load_json(text: str, name: str) -> Any:
    """What a JSON text holds. Raises Invalid."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise Invalid.because(name, line, f"JSON illisible : {error}") from None
