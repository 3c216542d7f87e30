"""The Data Package: its descriptor, its Table Schemas, its files' sizes and hashes, its dictionary."""

import hashlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import PurePosixPath
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, structs

from . import files, yamlfile
from .problems import Problem, raise_if_any
from .sources import Text, Version, said

PACKAGE = "datapackage.json"
TYPES = {"string": "texte", "integer": "entier", "date": "date (AAAA-MM-JJ)"}


def _object(called: str, optional: Mapping[str, Any] | None = None, /, **fields: Any) -> type:
    """The model of a JSON object with at least these keys."""
    defaults = [(key, kind, None) for key, kind in (optional or {}).items()]
    return msgspec.defstruct(called, [*fields.items(), *defaults], kw_only=True)


def _some(kind: type) -> Any:
    return Annotated[list[kind], Meta(min_length=1)]


VERSION = Annotated[str, said("trois nombres, comme 2.1.0", pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
_NAMED = {"name": str, "title": str, "description": str}
_Origin = _object("origin", title=str, path=str)
_Licence = _object("licence", name=str, title=str, path=str)
_Person = _object("person", {"email": str}, title=str, path=str, roles=list[str])
_Resource = _object(
    "resource", {"hash": str, "bytes": int}, **_NAMED, path=Text, format=str, mediatype=str, schema=str | dict
)
_KEY = _object("key", fields=list[str], reference=_object("reference", resource=str, fields=list[str]))
_FIELD = _object("field", **_NAMED, type=str, example=Any, constraints=_object("constraints", required=bool))
_SCHEMA = _object("schema", {"foreignKeys": list[_KEY]}, **_NAMED, primaryKey=list[str], fields=_some(_FIELD))
PROMISE = _object("promise", {"page": str}, version=VERSION, champs=dict[str, list[str]], organismes=list[str])
"""What a release publishes for good: the columns of each table, and the slugs."""


class Schema(Struct, frozen=True):
    """One Table Schema: the only list of a table's columns. `file` is its path from the root."""

    name: str
    file: str
    descriptor: Mapping[str, Any]

    @property
    def fields(self) -> list[dict[str, Any]]:
        return self.descriptor["fields"]

    @property
    def columns(self) -> list[str]:
        return [field["name"] for field in self.fields]


class Package(Struct, kw_only=True):
    """datapackage.json: what this project reads of it, all of it, and the schema of each of its tables."""

    name: str
    title: str
    description: str
    version: VERSION
    created: str
    homepage: str
    keywords: list[str]
    licenses: _some(_Licence)
    sources: _some(_Origin)
    contributors: _some(_Person)
    resources: _some(_Resource)
    descriptor: dict[str, Any] = {}
    schemas: tuple[Schema, ...] = ()

    @property
    def publisher(self) -> Any:
        """The contributor whose role is to publish, else the first."""
        return next((person for person in self.contributors if "publisher" in person.roles), self.contributors[0])

    def describe(self, tables: Mapping[str, bytes], version: Version, contact: str) -> dict[str, Any]:
        """The descriptor with the sizes and hashes of these files, of a version of the page and its contact.

        Raises Invalid when a file and the resources do not match one to one.
        """
        raise_if_any(
            Problem(PACKAGE, None, f"« {path} » : une ressource et une table vont ensemble")
            for path in set(tables) ^ {resource.path for resource in self.resources}
        )
        found = deepcopy(self.descriptor)
        found["sources"][0]["version"] = version.commit or str(version.date)
        found["contributors"][self.contributors.index(self.publisher)]["email"] = contact
        for resource in found["resources"]:
            data = tables[resource["path"]]
            if resource["format"] != "json":  # frictionless 5.21 calls any size of a JSON file wrong
                resource["bytes"] = len(data)
            resource["hash"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
        return found


def parse(data: bytes, name: str, schemas: tuple[Schema, ...] = ()) -> Package:
    """The package that datapackage.json holds. Raises Invalid when it lacks what this project reads."""
    return structs.replace(read(data, name, Package), descriptor=files.load_json(data, name), schemas=schemas)


def parse_schema(data: bytes, name: str) -> Schema:
    """The Table Schema of a file. Raises Invalid when it lacks what this project reads."""
    read(data, name, _SCHEMA)
    return Schema(PurePosixPath(name).stem, name, files.load_json(data, name))


def read(data: bytes, name: str, model: type) -> Any:
    """What a JSON file holds, as the model. Raises Invalid with every fault."""
    try:
        return msgspec.convert(files.load_json(data, name), model)
    except msgspec.ValidationError:
        return yamlfile.parse(files.decode(data, name), name).read(model)  # JSON is YAML, whose nodes know their lines


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
        keys = [f"Clé primaire : `{'`, `'.join(told['primaryKey'])}`."]
        for key in told.get("foreignKeys", ()):
            table, fields = key["reference"]["resource"], ", ".join(key["reference"]["fields"])
            keys.append(f"Clé étrangère : `{', '.join(key['fields'])}` → {table} (`{fields}`).")
        parts.append(f"## {told['title']} (`{schema.name}.csv`, `{schema.name}.json`)")
        parts += [told["description"], "\n".join(keys), "\n".join(_markdown(field_rows(schema)))]
    return ("\n\n".join(parts) + "\n").encode()


def _markdown(rows: list[dict[str, str]]) -> Iterator[str]:
    """The lines of a table; a value that is a name or an example is shown as code."""
    yield f"| {' | '.join(rows[0])} |"
    yield f"|{' --- |' * len(rows[0])}"
    for row in rows:
        shown = {**row, "Champ": f"`{row['Champ']}`", "Exemple": f"`{row['Exemple']}`"}
        cells = (text.replace("|", "\\|") for text in shown.values())
        yield f"| {' | '.join(cells)} |"
