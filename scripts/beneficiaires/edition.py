"""An edition, the package as it stands on disk, and the files for download that are made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from . import feed, files, package, project, provenance, publication, tables
from .problems import Invalid, Problem, raise_if_any

LICENCE = Path("LICENCE-DONNEES.md")
_DESCRIPTOR = ("name", "title", "description", "version", "created", "homepage", "keywords", "licenses")
_RESOURCE = ("name", "title", "description", "format", "mediatype", "schema")
_LICENCE = ("name", "title", "path")
_PUBLISHER = ("title", "path", "email")
_SCHEMA = ("path",)


class Edition(NamedTuple):
    """What every format is made of.

    `rows` are the typed rows of each table, a date a `datetime.date`; `package.schemas` follow
    the order of the resources; `files` are the bytes of the package by path from its root;
    `feed` is the Atom feed of the changes of the page.
    """

    package: package.Package
    provenance: provenance.Provenance
    publication: publication.Publication
    rows: tables.Rows
    files: dict[str, bytes]
    feed: bytes

    @property
    def name(self) -> str:
        return self.package.descriptor["name"]

    @property
    def day(self) -> date:
        """The date of the page: the only clock of a distribution."""
        return self.provenance.newest.date

    @property
    def issued(self) -> date:
        """The day on which the data set was first published."""
        return date.fromisoformat(self.package.descriptor["created"][:10])

    @property
    def modified(self) -> date:
        """The last day on which the page or the data set is known to have changed."""
        return max(self.day, self.issued)

    def resource(self, schema: tables.Schema) -> dict[str, Any]:
        """The resource that is a table in its canonical form. Raises Invalid when there is none."""
        for resource in self.package.resources:
            if resource["schema"] == schema.file and resource["format"] == "csv":
                return resource
        raise Invalid.because(
            self.package.file, None, f"{schema.file} : aucune ressource CSV n'en est décrite"
        )


class File(NamedTuple):
    """One file for download; `table` and `rows` are None where it does not hold one table.

    `kind` is "main" or "documentation", the words of data.gouv.fr; `readers` says for whom it is.
    """

    name: str
    title: str
    description: str
    format: str
    mediatype: str
    readers: str
    kind: str
    data: bytes
    table: str | None = None
    rows: int | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def read(root: Path) -> Edition:
    """The edition of the package in `root`. Raises Invalid."""
    read_files: dict[str, bytes] = {}

    def data(name: Path | str) -> bytes:
        read_files[str(name)] = files.read(root / name, str(name))
        return read_files[str(name)]

    def part(name: Path | str, parse: Callable[..., Any], *more: str) -> Any:
        return parse(files.decode(data(name), str(name)), str(name), *more)

    descriptor = part(project.PACKAGE, package.parse)
    named = [resource.get("schema") for resource in descriptor["resources"]]
    names = dict.fromkeys(name for name in named if isinstance(name, str))
    schemas = [part(name, package.parse_schema, Path(name).stem) for name in names]
    _check(descriptor, schemas)
    for path in (project.DICTIONARY, LICENCE, *(resource["path"] for resource in descriptor["resources"])):
        data(path)
    published = dict(read_files)
    edition = Edition(
        package.Package(str(project.PACKAGE), descriptor, schemas),
        part(project.PAGES, provenance.parse),
        part(publication.FILE, publication.parse),
        {},
        published,
        b"",
    )
    for schema in schemas:
        edition.rows[schema.name] = _rows(published[edition.resource(schema)["path"]], schema)
    return edition._replace(feed=feed.render(project.read(root), edition.publication.site + publication.FEED))


def _check(descriptor: Mapping[str, Any], schemas: Iterable[tables.Schema]) -> None:
    """Raise Invalid unless the package says all that a distribution tells of it."""
    file, people = str(project.PACKAGE), descriptor.get("contributors") or []
    publishers = [person for person in people if "publisher" in person.get("roles", ())]
    told = [
        (file, descriptor, _DESCRIPTOR),
        *(
            (file, {**r, "schema": isinstance(r.get("schema"), str)}, _RESOURCE)
            for r in descriptor["resources"]
        ),
        *((file, licence, _LICENCE) for licence in descriptor.get("licenses", ())),
        *((file, person, _PUBLISHER) for person in publishers or [{}]),
        *((schema.file, schema.descriptor, _SCHEMA) for schema in schemas),
    ]
    raise_if_any(
        Problem(
            name, None, f"« {key} » manque à « {thing.get('name') or thing.get('title') or 'publisher'} »"
        )
        for name, thing, keys in told
        for key in keys
        if not thing.get(key)
    )
    _day(descriptor["created"][:10], file, None)


def _rows(data: bytes, schema: tables.Schema) -> list[tables.Row]:
    rows = tables.from_csv(data, schema)
    for column in schema.of_type("date"):
        for line, row in enumerate(rows, 2):
            row[column] = row[column] and _day(row[column], f"{schema.name}.csv", line)
    return rows


def _day(text: str, file: str, line: int | None) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid.because(file, line, f"« {text} » n'est pas une date AAAA-MM-JJ") from None
