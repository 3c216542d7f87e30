"""The data dictionary, data/README.md: every table and its fields, in French."""

from collections.abc import Iterable, Mapping
from typing import Any

from .. import wording
from .descriptor import DataPackage
from .table_schema import TableSchema


def describe_fields(schema: TableSchema) -> list[dict[str, str]]:
    """Return what the dictionary says of each field, by the heading of its column."""
    return [_describe_field(field) for field in schema.fields]


def _describe_field(field: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Champ": field["name"],
        "Titre": field["title"],
        "Type": wording.field_type(field["type"]),
        "Obligatoire": "oui" if field["constraints"]["required"] else "non",
        "Description": field["description"],
        "Exemple": field["example"],
    }


def build_dictionary(package: DataPackage) -> bytes:
    """Return data/README.md, as Markdown."""
    parts = [
        "# Dictionnaire des données",
        f"{package.title}, version {package.version}.",
        wording.generated_folder(),
    ]
    for schema in package.schemas:
        parts.append(f"## {schema.title} (`{schema.name}.csv`, `{schema.name}.json`)")
        parts.append(schema.description)
        parts.append("\n".join(_describe_keys(schema)))
        parts.append("\n".join(_format_table(describe_fields(schema))))
    return ("\n\n".join(parts) + "\n").encode()


def _describe_keys(schema: TableSchema) -> list[str]:
    """Return a sentence for the primary key and for each foreign key."""
    primary_key = "`, `".join(schema.descriptor["primaryKey"])
    sentences = [f"Clé primaire : `{primary_key}`."]
    for key in schema.foreign_keys:
        table = key["reference"]["resource"] or schema.name
        target = ", ".join(key["reference"]["fields"])
        sentences.append(f"Clé étrangère : `{', '.join(key['fields'])}` → {table} (`{target}`).")
    return sentences


def _format_table(rows: list[dict[str, str]]) -> Iterable[str]:
    """Yield the lines of a Markdown table; names and examples are shown as code."""
    yield f"| {' | '.join(rows[0])} |"
    yield f"|{' --- |' * len(rows[0])}"
    for row in rows:
        cells = {**row, "Champ": f"`{row['Champ']}`", "Exemple": f"`{row['Exemple']}`"}
        escaped = [cell.replace("|", "\\|") for cell in cells.values()]
        yield f"| {' | '.join(escaped)} |"
