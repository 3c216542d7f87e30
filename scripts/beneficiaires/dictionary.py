"""The data dictionary: the Table Schemas, written out for readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .package import Package
from .tables import Schema

_TYPES = {
    "string": "texte",
    "integer": "entier",
    "boolean": "booléen (true, false)",
    "date": "date (AAAA-MM-JJ)",
}


def render(package: Package) -> bytes:
    """A Markdown page: for each table its description, its keys and its fields."""
    parts = [
        "# Dictionnaire des données",
        f"{package.descriptor['title']}, version {package.descriptor['version']}.",
        "Dossier produit par `make` à partir de `source/` et de `schemas/` : ne rien y modifier à la main.",
        tables(package),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def tables(package: Package) -> str:
    """The same, without the title of the page."""
    return "\n\n".join(part for schema in package.schemas for part in _table(schema))


def fields(schema: Schema) -> list[dict[str, str]]:
    """What each field of a table is, by the French name of what is said, as plain text."""
    return [
        {
            "Champ": field["name"],
            "Titre": field["title"],
            "Type": _TYPES.get(field["type"], field["type"]),
            "Obligatoire": "oui" if field["constraints"]["required"] else "non",
            "Description": field["description"],
            "Exemple": _text(field["example"]),
        }
        for field in schema.descriptor["fields"]
    ]


def _text(example: Any) -> str:
    return str(example).lower() if isinstance(example, bool) else str(example)


def _table(schema: Schema) -> list[str]:
    descriptor = schema.descriptor
    keys = [f"Clé primaire : {_names(descriptor['primaryKey'])}."]
    for foreign in descriptor.get("foreignKeys", []):
        reference = foreign["reference"]
        target = f"{reference['resource']} ({_names(reference['fields'])})"
        keys.append(f"Clé étrangère : {_names(foreign['fields'])} → {target}.")
    described = fields(schema)
    rows = [_line(described[0]), _line(["---"] * len(described[0]))]
    rows += [
        _line({**field, "Champ": f"`{field['Champ']}`", "Exemple": f"`{field['Exemple']}`"}.values())
        for field in described
    ]
    title = f"## {descriptor['title']} (`{schema.name}.csv`, `{schema.name}.json`)"
    return [title, descriptor["description"], " ".join(keys), "\n".join(rows)]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _names(fields: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in fields)
