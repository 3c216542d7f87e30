"""The Data Package: its descriptor, its Table Schemas, its files' sizes and hashes, its dictionary."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from . import files
from .problems import Invalid, Problem, raise_if_any
from .tables import Row, Rows, Schema, to_csv, to_json

WRITERS = {"csv": to_csv, "json": to_json}
TYPES = {"string": "texte", "integer": "entier", "date": "date (AAAA-MM-JJ)"}
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


class Package(Struct, frozen=True):
    """datapackage.json as people wrote it, and the schema of each of its tables."""

    file: str
    descriptor: Mapping[str, Any]
    schemas: tuple[Schema, ...]

    @property
    def name(self) -> str:
        return self.descriptor["name"]

    @property
    def title(self) -> str:
        return self.descriptor["title"]

    @property
    def version(self) -> str:
        return self.descriptor["version"]

    @property
    def resources(self) -> list[dict[str, Any]]:
        return self.descriptor["resources"]

    @property
    def publisher(self) -> dict[str, Any]:
        """The contributor whose role is to publish."""
        people = self.descriptor["contributors"]
        return next(person for person in people if "publisher" in person["roles"])

    def encode(self, rows: Rows) -> dict[str, bytes]:
        """The bytes of every table in every format, by path from the root of the package."""
        return {
            f"data/{schema.name}.{suffix}": write(rows[schema.name], schema)
            for schema in self.schemas
            for suffix, write in WRITERS.items()
        }

    def describe(self, tables: Mapping[str, bytes], version: Row, contact: str) -> dict[str, Any]:
        """The descriptor with the sizes and hashes of these files, of a version of the page and its contact.

        Raises Invalid when a file and the resources do not match one to one.
        """
        paths = {resource["path"] for resource in self.resources}
        raise_if_any(
            Problem(self.file, None, f"« {path} » : une ressource et une table vont ensemble")
            for path in sorted(set(tables) ^ paths)
        )
        raise_if_any(
            Problem(self.file, None, f"« {resource['path']} » : « {key}: {wanted} » est attendu")
            for resource in self.resources
            for key, wanted in _implied(PurePosixPath(resource["path"]))
            if resource[key] != wanted
        )
        first, *others = self.descriptor["sources"]
        return {
            **self.descriptor,
            "sources": [{**first, "version": version["commit"] or str(version["version"])}, *others],
            "contributors": [
                {**person, "email": contact} if person is self.publisher else person
                for person in self.descriptor["contributors"]
            ],
            "resources": [_measured(resource, tables[resource["path"]]) for resource in self.resources],
        }


def _implied(path: PurePosixPath) -> list[tuple[str, str]]:
    """What the path of a table's file says of its resource."""
    return [("format", path.suffix[1:]), ("schema", f"schemas/{path.stem}.json")]


def _measured(resource: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    measured = {**resource, "bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    if resource["format"] == "json":
        del measured["bytes"]  # frictionless 5.21 calls any size of a JSON file wrong
    return measured


_PACKAGE = {
    "name": str,
    "title": str,
    "description": str,
    "version": str,
    "created": str,
    "homepage": str,
    "keywords": [str],
    "licenses": [{"name": str, "title": str, "path": str}],
    "sources": [{"title": str, "path": str}],
    "contributors": [{"title": str, "path": str, "roles": [str], "email?": str}],
    "resources": [
        {
            "name": str,
            "title": str,
            "description": str,
            "path": str,
            "format": str,
            "mediatype": str,
            "schema": object,
            "hash?": str,
            "bytes?": int,
        }
    ],
}
_SCHEMA = {
    "name": str,
    "title": str,
    "description": str,
    "primaryKey": [str],
    "foreignKeys?": [{"fields": [str], "reference": {"resource": str, "fields": [str]}}],
    "fields": [
        {
            "name": str,
            "title": str,
            "type": str,
            "description": str,
            "example": object,
            "constraints": {"required": bool},
        }
    ],
}


def parse(data: bytes, name: str, schemas: tuple[Schema, ...]) -> Package:
    """The package that datapackage.json holds. Raises Invalid when it lacks what this project reads."""
    descriptor = files.load_json(data, name)
    raise_if_any(Problem(name, None, message) for message in _lacks(descriptor, _PACKAGE, ""))
    if not any("publisher" in each["roles"] for each in descriptor["contributors"]):
        raise Invalid.because(name, None, "aucun contributeur n'a le rôle « publisher »")
    if not _VERSION.fullmatch(descriptor["version"]):
        raise Invalid.because(name, None, "« version » : trois nombres sont attendus, comme 2.1.0")
    return Package(name, descriptor, schemas)


def parse_schema(data: bytes, name: str) -> Schema:
    """The Table Schema of a file. Raises Invalid when it lacks what this project reads."""
    descriptor = files.load_json(data, name)
    raise_if_any(Problem(name, None, message) for message in _lacks(descriptor, _SCHEMA, ""))
    return Schema(PurePosixPath(name).stem, name, descriptor)


def _lacks(value: Any, wanted: Any, place: str) -> Iterator[str]:
    """What a JSON value lacks of a shape: a type, a list of at least one such value, or a dict of keys.

    A key that ends in « ? » may be missing.
    """
    kind = wanted if isinstance(wanted, type) else type(wanted)
    if value is None or not isinstance(value, kind):
        yield f"« {place or 'le fichier'} » ; attendu : {_KINDS.get(kind, 'une valeur')}"
    elif isinstance(wanted, list):
        if not value:
            yield f"« {place} » : liste vide"
        for number, each in enumerate(value):
            yield from _lacks(each, wanted[0], f"{place}[{number}]")
    elif isinstance(wanted, dict):
        for key, below in wanted.items():
            name = key.removesuffix("?")
            if name in value:
                yield from _lacks(value[name], below, f"{place}.{name}".lstrip("."))
            elif name == key:
                yield f"« {place or 'le fichier'} » n'a pas de « {name} »"


_KINDS = {dict: "un objet", list: "une liste", str: "un texte", bool: "true ou false"}


def field_rows(schema: Schema) -> list[dict[str, str]]:
    """What the data dictionary says of each field, by the heading of its column."""
    return [
        {
            "Champ": field["name"],
            "Titre": field["title"],
            "Type": TYPES.get(field["type"], field["type"]),
            "Obligatoire": "oui" if field["constraints"]["required"] else "non",
            "Description": field["description"],
            "Exemple": str(field["example"]),
        }
        for field in schema.fields
    ]


def dictionary(package: Package) -> bytes:
    """data/README.md: every table and its fields, as Markdown."""
    parts = [
        "# Dictionnaire des données",
        f"{package.title}, version {package.version}.",
        "Dossier produit par `make` à partir de `source/` et de `schemas/` : ne rien y modifier à la main.",
    ]
    for schema in package.schemas:
        told = schema.descriptor
        keys = ", ".join(f"`{key}`" for key in told["primaryKey"])
        parts += [
            f"## {told['title']} (`{schema.name}.csv`, `{schema.name}.json`)",
            told["description"],
            "\n".join([f"Clé primaire : {keys}.", *_links(schema)]),
            "\n".join(_markdown(field_rows(schema))),
        ]
    return ("\n\n".join(parts) + "\n").encode()


def _links(schema: Schema) -> Iterator[str]:
    for key in schema.descriptor.get("foreignKeys", ()):
        fields, reference = ", ".join(key["fields"]), key["reference"]
        yield f"Clé étrangère : `{fields}` → {reference['resource']} (`{', '.join(reference['fields'])}`)."


def _markdown(rows: list[dict[str, str]]) -> Iterator[str]:
    """The lines of a table; a value that is a name or an example is shown as code."""
    yield f"| {' | '.join(rows[0])} |"
    yield f"|{' --- |' * len(rows[0])}"
    for row in rows:
        shown = {**row, "Champ": f"`{row['Champ']}`", "Exemple": f"`{row['Exemple']}`"}
        cells = (text.replace("|", "\\|") for text in shown.values())
        yield f"| {' | '.join(cells)} |"
