"""The tables: columns of plain values, and their CSV and JSON forms.

A value is str, int, bool or None; a date is its ISO 8601 text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from types import SimpleNamespace
from typing import Any, NamedTuple

from . import files
from .contracts import Contract
from .history import Period
from .problems import Invalid
from .reading import Reading
from .registry import Body, Registry

Row = dict[str, Any]
Table = dict[str, list[Any]]
"""The values of each column, in the order of the rows."""
Tables = dict[str, Table]
Rows = dict[str, list[Row]]
"""The rows of each table."""
_SEPARATOR = "|"  # between the slugs of one cell
_BOOLEANS = {True: "true", False: "false", None: ""}
_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "boolean": {"true": True, "false": False}.__getitem__,
}
# One value a line: no JSON text of a plain value holds a line feed.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=("\n", ": "))


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

    def select(self, values: Mapping[str, Any]) -> list[Any]:
        """The values of a row, or the columns of a table, in schema order. Raises Invalid."""
        try:
            return [values[column] for column in self.columns]
        except KeyError as error:
            message = f"champ « {error.args[0]} » : rien ne le remplit ; le retirer ou écrire sa source"
            raise Invalid.because(self.file, None, message) from None


def build(
    reading: Reading,
    url: str,
    contracts: Sequence[Contract],
    registry: Registry,
    periods: Sequence[Period],
) -> Tables:
    """Every table of the page at `url`, and of the periods that it and the pages before it tell."""
    members = [member for members in reading.lists.values() for member in members]
    listed = {contract: set(slugs) for contract, slugs in reading.slugs.items()}
    bodies, names = registry.bodies, {body.slug: body.nom for body in registry.bodies}
    return {
        "beneficiaires": {
            "marche": [contract for contract, members in reading.lists.items() for _ in members],
            **_identity([member.body for member in members]),
            "perimetre": [member.perimetre for member in members],
            "libelle": [member.libelle for member in members],
            "rang": [member.rang for member in members],
            "ligne": [member.ligne for member in members],
        },
        "organismes": {
            **{contract: [body.slug in slugs for body in bodies] for contract, slugs in listed.items()},
            **_identity(bodies),
            "wikidata": [body.wikidata for body in bodies],
            "site": [body.site for body in bodies],
            "collectif": [body.collectif for body in bodies],
            "groupe": [body.groupe for body in bodies],
            "succede_a": [_SEPARATOR.join(body.succede_a) or None for body in bodies],
        },
        "marches": {
            "marche": [contract.slug for contract in contracts],
            "nom": [contract.name for contract in contracts],
            "intitule": [reading.titles[contract.slug] for contract in contracts],
            "date": [reading.date.isoformat() for _ in contracts],
            "nombre": [len(reading.lists[contract.slug]) for contract in contracts],
            "page": [url for _ in contracts],
        },
        "historique": {
            "marche": [period.marche for period in periods],
            "organisme": [period.organisme for period in periods],
            "nom": [names[period.organisme] for period in periods],
            "debut": [period.debut.isoformat() for period in periods],
            "fin": [period.fin and period.fin.isoformat() for period in periods],
        },
    }


def _identity(bodies: Sequence[Body]) -> Table:
    """The columns that say who a body is, the same in every table."""
    return {
        "organisme": [body.slug for body in bodies],
        "nom": [body.nom for body in bodies],
        "sigle": [body.sigle for body in bodies],
        "categorie": [body.categorie for body in bodies],
        "siren": [body.siren for body in bodies],
    }


def height(table: Table) -> int:
    """How many rows a table has."""
    return len(next(iter(table.values())))


def from_rows(rows: Sequence[Row], schema: Schema) -> Table:
    """The table of these rows."""
    return {column: [row[column] for row in rows] for column in schema.columns}


def rows(table: Table) -> list[Row]:
    """The rows of a table, each a dict from column to value."""
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]


def slugs(cell: str | None) -> list[str]:
    """The slugs that one cell holds."""
    return cell.split(_SEPARATOR) if cell else []


def to_csv(table: Table, schema: Schema) -> bytes:
    """UTF-8 without BOM, comma, LF, a header, empty for None. Raises Invalid for a column it lacks."""
    columns = dict(zip(schema.columns, schema.select(table), strict=True))
    for column in schema.of_type("boolean"):
        columns[column] = [_BOOLEANS[value] for value in columns[column]]
    cells = (_encoded(_csv, values) for values in columns.values())
    output = io.BytesIO()
    output.write(b",".join(_encoded(_csv, columns)))
    output.writelines(map(b"\n".__add__, map(b",".join, zip(*cells, strict=True))))
    output.write(b"\n")
    return output.getvalue()


def to_json(table: Table, schema: Schema) -> bytes:
    """An array of objects, one a line, in schema order, null for None. Raises Invalid."""
    columns = dict(zip(schema.columns, schema.select(table), strict=True))
    cells = (_encoded(_json, values, f"{_JSON.encode(name)}: ") for name, values in columns.items())
    rows = map(b", ".join, zip(*cells, strict=True))
    first = next(rows, None)
    if first is None:
        return b"[\n\n]\n"
    output = io.BytesIO()
    output.write(b"[\n{" + first)
    output.writelines(map(b"},\n{".__add__, rows))
    output.write(b"}\n]\n")
    return output.getvalue()


def _encoded(
    encode: Callable[[list[Any]], list[str]], values: Iterable[Any], prefix: str = ""
) -> Iterator[bytes]:
    """The cell of each value; a value that comes back is encoded once."""
    distinct = list(dict.fromkeys(values))
    cells = {
        value: f"{prefix}{text}".encode() for value, text in zip(distinct, encode(distinct), strict=True)
    }
    return map(cells.__getitem__, values)


def _json(values: list[Any]) -> list[str]:
    """Each value as JSON."""
    return _JSON.encode(values)[1:-1].split("\n") if values else []


def _csv(values: list[Any]) -> list[str]:
    """Each value as a cell of a CSV file."""
    lines: list[str] = []
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\n")
    writer.writerows(zip(repeat(None), values))  # an empty cell alone in its row would be quoted
    return [line[1:-1] for line in lines]


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
