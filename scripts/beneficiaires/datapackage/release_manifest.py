"""release.json: what the last release promised, and how big a step the next one must be."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..source.documents import check_schema, parse_json_document
from .table_schema import TableSchema

RELEASE_FILE = "release.json"
CHANGELOG_FILE = "CHANGELOG.md"

UNRELEASED = "Unreleased"
"""The heading of the CHANGELOG under which the next release is described."""

CHANGELOG_HEADING = re.compile(r"^## +(.*?) *$", re.MULTILINE)
"""The heading of a release, as « 3.0.0 — 2026-11-25 », or UNRELEASED."""

_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})")
"""As in schemas/source/datapackage.json and release.json."""

_PROMISED_OF_FIELD = ("name", "type", "constraints")
_MEANING_OF_FIELD = ("title", "description", "categories")

Version = tuple[int, int, int]
"""The major, minor and patch numbers of a release."""


@dataclass(frozen=True)
class ReleaseManifest:
    """What a release promised to those who use the data. All is empty before the first one.

    `tables` holds the promises of each table, as `describe_promises` gives them; `slugs` are the
    organisations; `snapshot` is the day of the newest snapshot.
    """

    version: Version | None
    date: str | None
    snapshot: str | None
    tables: Mapping[str, Any]
    slugs: Sequence[str]


def parse_release_manifest(data: bytes, rules: Mapping[str, Any]) -> ReleaseManifest:
    """Return what release.json holds. `rules` is its JSON Schema. Raises ProblemsFound."""
    document = parse_json_document(data, RELEASE_FILE)
    check_schema(document, rules)
    value = document.value
    version = None if value["version"] is None else parse_version(value["version"])
    return ReleaseManifest(
        version, value["date"], value["page"], value["tables"], value["organismes"]
    )


def make_release_manifest(
    version: Version,
    date: dt.date,
    snapshot: dt.date,
    schemas: Iterable[TableSchema],
    slugs: Iterable[str],
) -> ReleaseManifest:
    """Return what a release of that day promises."""
    tables = {schema.name: describe_promises(schema) for schema in schemas}
    return ReleaseManifest(version, str(date), str(snapshot), tables, sorted(slugs))


def format_release_manifest(manifest: ReleaseManifest) -> dict[str, Any]:
    """Return the value of release.json."""
    return {
        "version": None if manifest.version is None else format_version(manifest.version),
        "date": manifest.date,
        "page": manifest.snapshot,
        "tables": manifest.tables,
        "organismes": list(manifest.slugs),
    }


def describe_promises(schema: TableSchema) -> dict[str, Any]:
    """Return what a release promises of a table: its keys, and its fields with their meaning."""
    fields = []
    for field in schema.fields:
        promised = {key: field[key] for key in _PROMISED_OF_FIELD if key in field}
        meaning = {key: field[key] for key in _MEANING_OF_FIELD if key in field}
        fields.append({**promised, "meaning": meaning})
    return {
        "primaryKey": schema.descriptor["primaryKey"],
        "foreignKeys": list(schema.foreign_keys),
        "fields": fields,
    }


def parse_version(text: str) -> Version | None:
    """Return the numbers of a version such as "3.0.1"; None for any other text."""
    parts = _VERSION.fullmatch(text)
    if parts is None:
        return None
    return int(parts[1]), int(parts[2]), int(parts[3])


def find_unfinished_release(changelog: str, release: ReleaseManifest) -> str | None:
    """Return the version of a release that was stopped before its last file; None without any.

    The CHANGELOG is the first file that a release writes, and release.json the last one.
    """
    heading = CHANGELOG_HEADING.search(changelog)
    version = None if heading is None else parse_version(heading[1].split(" ")[0])
    if version is None or version == release.version:
        return None
    return format_version(version)


def format_version(version: Version) -> str:
    """Return the text of a version."""
    return ".".join(str(number) for number in version)


def find_smallest_version(last: ReleaseManifest, following: ReleaseManifest) -> Version | None:
    """Return the smallest version that tells users what changed; None before the first release.

    The rules are those of https://datapackage.org/recipes/data-package-version/: a change of the
    fields, their types, constraints or keys, and a slug that goes, make a major version; a new
    table, another meaning of a field, a new slug or a new snapshot make a minor one. The same
    number is never given twice.
    """
    if last.version is None:
        return None
    major, minor, patch = last.version
    for table, promises in last.tables.items():
        if _strip_meaning(promises) != _strip_meaning(following.tables.get(table)):
            return major + 1, 0, 0
    if not set(last.slugs) <= set(following.slugs):
        return major + 1, 0, 0
    if last.tables != following.tables or set(last.slugs) != set(following.slugs):
        return major, minor + 1, 0
    if last.snapshot != following.snapshot:
        return major, minor + 1, 0
    return major, minor, patch + 1


def _strip_meaning(promises: Mapping[str, Any] | None) -> Any:
    """Return the promises of a table without the meaning of its fields; None without table."""
    if promises is None:
        return None
    fields = []
    for field in promises["fields"]:
        fields.append({key: value for key, value in field.items() if key != "meaning"})
    return {**promises, "fields": fields}
