"""The Data Package: its descriptor, its Table Schemas, its files' sizes and hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .problems import Invalid, Problem, raise_if_any
from .provenance import Version
from .tables import Schema, Tables, load_json, to_csv, to_json

WRITERS = {"csv": to_csv, "json": to_json}


class Package(NamedTuple):
    """datapackage.json as people wrote it, and the schema of each of its tables."""

    file: str
    descriptor: Mapping[str, Any]
    schemas: Sequence[Schema]

    @property
    def resources(self) -> list[dict[str, Any]]:
        return self.descriptor["resources"]

    @property
    def publisher(self) -> dict[str, Any]:
        """The contributor whose role is to publish."""
        people = self.descriptor["contributors"]
        return next(person for person in people if "publisher" in person.get("roles", ()))

    def encode(self, tables: Tables) -> dict[str, bytes]:
        """The bytes of every table in every format, by path from the root of the package."""
        return {
            f"data/{schema.name}.{suffix}": write(tables[schema.name], schema)
            for schema in self.schemas
            for suffix, write in WRITERS.items()
        }

    def describe(self, files: Mapping[str, bytes], version: Version) -> bytes:
        """datapackage.json with the sizes and hashes of these files and the version of the page.

        Raises Invalid when a file and the resources do not match one to one.
        """
        paths = [resource.get("path") for resource in self.resources]
        raise_if_any(
            Problem(self.file, None, f"« {path} » : une ressource et une table vont ensemble")
            for path in sorted(set(files) ^ set(paths))
        )
        resources = [_measured(resource, files[resource["path"]]) for resource in self.resources]
        first, *others = self.descriptor["sources"]
        sources = [
            {**first, "path": version.url, "version": version.commit or version.date.isoformat()},
            *others,
        ]
        return dump({**self.descriptor, "sources": sources, "resources": resources})


def _measured(resource: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    measured = {**resource, "bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    if resource.get("format") == "json":
        del measured["bytes"]  # frictionless 5.21 calls any size of a JSON file wrong
    return measured


def dump(value: Any) -> bytes:
    """A JSON file for people to read and edit."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def parse(text: str, name: str) -> dict[str, Any]:
    """The descriptor that datapackage.json holds. Raises Invalid when its shape is not one."""
    descriptor = load_json(text, name)
    try:
        resources = descriptor["resources"]
        shaped = all(isinstance(resource["path"], str) for resource in resources)
        shaped = shaped and all(isinstance(source, dict) for source in descriptor["sources"][:1])
    except (TypeError, KeyError, IndexError):
        shaped = False
    if not shaped or not descriptor["sources"]:
        raise Invalid.because(name, None, "un objet avec « resources » et « sources » est attendu")
    return descriptor


def parse_schema(text: str, name: str, table: str) -> Schema:
    """The Table Schema of a table. Raises Invalid when it lacks what its readers need."""
    descriptor = load_json(text, name)
    problems = list(_missing(descriptor, ("title", "description", "primaryKey", "fields"), "le schéma", name))
    for rank, field in enumerate(descriptor["fields"] if not problems else [], 1):
        keys = ("name", "type", "title", "description", "example", "constraints")
        problems += _missing(field, keys, f"le champ {rank}", name)
        if not problems:
            problems += _missing(field["constraints"], ("required",), f"le champ {rank}", name)
    raise_if_any(problems)
    return Schema(table, name, descriptor)


def _missing(value: Any, keys: Iterable[str], what: str, name: str) -> Iterator[Problem]:
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            yield Problem(name, None, f"{what} n'a pas de « {key} »")
