"""The data dictionary: the Table Schemas, written out for readers."""

from __future__ import annotations

from collections.abc import Mapping
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
        *(part for schema in package.schemas for part in _table(schema)),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _table(schema: Schema) -> list[str]:
    descriptor = schema.descriptor
    keys = [f"Clé primaire : {_names(descriptor['primaryKey'])}."]
    for foreign in descriptor.get("foreignKeys", []):
        reference = foreign["reference"]
        target = f"{reference['resource']} ({_names(reference['fields'])})"
        keys.append(f"Clé étrangère : {_names(foreign['fields'])} → {target}.")
    rows = [
        "| Champ | Titre | Type | Obligatoire | Description | Exemple |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    rows += [_row(field) for field in descriptor["fields"]]
    title = f"## {descriptor['title']} (`{schema.name}.csv`, `{schema.name}.json`)"
    return [title, descriptor["description"], " ".join(keys), "\n".join(rows)]


def _row(field: Mapping[str, Any]) -> str:
    required = "oui" if field["constraints"]["required"] else "non"
    example = str(field["example"]).lower() if isinstance(field["example"], bool) else field["example"]
    cells = (
        f"`{field['name']}`",
        field["title"],
        _TYPES[field["type"]],
        required,
        field["description"],
        f"`{example}`",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _names(fields: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in fields)
