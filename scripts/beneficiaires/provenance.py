"""Where each version of the page comes from, and the corrections of its broken bullets."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import NamedTuple

from . import records
from .page import Page, join
from .problems import Problem, raise_if_any


class Correction(NamedTuple):
    """Bullets to join to the bullet above, by their lines, and why."""

    suite: tuple[int, ...]
    motif: str
    line: int


class Version(NamedTuple):
    """One version of the page: when and where it was published, and its bytes' SHA-256.

    `illisible` says why its lists cannot be read, None for a page that is read.
    """

    date: date
    url: str
    raw: str
    repository: str
    path: str
    commit: str | None
    sha256: str
    licence: str
    corrections: tuple[Correction, ...]
    illisible: str | None = None

    @property
    def file(self) -> str:
        """The name of the file that keeps its bytes."""
        return f"{self.date.isoformat()}.md"

    @property
    def place(self) -> str:
        """The path of that file from the root of the project."""
        return f"source/pages/{self.file}"


class Provenance(NamedTuple):
    """Every version that pages.yml lists, oldest first."""

    name: str
    versions: tuple[Version, ...]

    @property
    def readable(self) -> list[Version]:
        """The versions whose lists can be read, oldest first: at least one."""
        return [version for version in self.versions if version.illisible is None]

    @property
    def newest(self) -> Version:
        return self.readable[-1]

    def of(self, sha256: str) -> Version | None:
        """The last version with these bytes: a page may come back to what it was."""
        return next((version for version in reversed(self.versions) if version.sha256 == sha256), None)

    def before(self, version: Version) -> list[Version]:
        """The readable versions older than this one; none when it is not listed."""
        if version not in self.versions:
            return []
        return [older for older in self.readable if older.date < version.date]

    def mend(self, page: Page, version: Version) -> tuple[Page, list[Problem]]:
        """The page with its corrections applied, and the corrections that correct nothing."""
        problems = []
        for correction in version.corrections:
            page, left = join(page, correction.suite)
            for line in sorted(left):
                message = f"« suite » : {version.file} n'a ligne {line} aucune puce à joindre à une autre"
                problems.append(Problem(self.name, correction.line, message))
        return page, problems


def parse(text: str, name: str) -> Provenance:
    """The provenance that pages.yml holds. Raises Invalid."""
    problems: list[Problem] = []
    content = records.parse(text, name)
    top = records.Fields(content, name, 1, problems)
    entries = top.take("pages", list, [], required=True)
    versions = tuple(_version(records.Fields(entry, name, 1, problems)) for entry in entries)
    top.finish()
    for above, version in pairwise(versions):
        if version.date <= above.date:
            top.report(
                "pages",
                f"{version.date} après {above.date} : les pages vont de la plus ancienne à la plus récente",
            )
    if all(version.illisible for version in versions):
        top.report("pages", "aucune page lisible")
    raise_if_any(problems)
    return Provenance(name, versions)


def _version(fields: records.Fields) -> Version:
    text = {
        key: fields.take(field, str, "", required=True)
        for key, field in {
            "url": "url",
            "raw": "brut",
            "repository": "depot",
            "path": "chemin",
            "sha256": "sha256",
            "licence": "licence",
        }.items()
    }
    corrections = tuple(
        _correction(records.Fields(entry, fields.name, fields.line_of("corrections"), fields.problems))
        for entry in fields.take("corrections", list, [])
    )
    illisible = fields.take("illisible", bool, False)
    motif = fields.take("motif", str, required=illisible)
    if motif and not illisible:
        fields.report("motif", "« motif » ne va qu'avec « illisible: true » ou dans une correction")
    version = Version(
        date=fields.take("date", date, date.min, required=True),
        commit=fields.take("commit", str),
        corrections=corrections,
        illisible=(motif or "") if illisible else None,
        **text,
    )
    fields.finish()
    return version


def _correction(fields: records.Fields) -> Correction:
    suite = fields.take("suite", list, [], required=True)
    if not suite or any(type(line) is not int for line in suite):
        fields.report("suite", "« suite » : les numéros de ligne des puces à joindre, « [12, 13] »")
    correction = Correction(
        tuple(suite), fields.take("motif", str, "", required=True), fields.line_of("suite")
    )
    fields.finish()
    return correction
