"""What the last release promised to those who use the data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from . import records
from .problems import Problem, raise_if_any

FILE = Path("source/release.yml")


class Release(NamedTuple):
    """A published version: the columns of each table in their order, and every slug."""

    version: str
    date: date
    columns: dict[str, list[str]]
    slugs: tuple[str, ...]


def parse(text: str, name: str) -> Release:
    """The release that release.yml holds. Raises Invalid."""
    problems: list[Problem] = []
    fields = records.Fields(records.parse(text, name), name, 1, problems)
    tables = fields.take("champs", records.Mapping, {}, required=True)
    release = Release(
        version=fields.take("version", str, "", required=True),
        date=fields.take("date", date, date.min, required=True),
        columns={table: list(columns or ()) for table, columns in tables.items()},
        slugs=tuple(fields.texts("organismes")),
    )
    fields.finish()
    raise_if_any(problems)
    return release


def major(version: str) -> str:
    """The major number of a semantic version, as a text."""
    return version.partition(".")[0]
