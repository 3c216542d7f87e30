"""Where each version of the page comes from, and the corrections of its broken bullets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import yaml

from . import records
from .page import Page, join
from .problems import Problem, raise_if_any

_FIELDS = {
    "date": "date",
    "url": "url",
    "raw": "brut",
    "repository": "depot",
    "path": "chemin",
    "commit": "commit",
    "sha256": "sha256",
    "etag": "etag",
    "licence": "licence",
}
_OPTIONAL = ("commit", "etag")


class Correction(NamedTuple):
    """Bullets to join to the bullet above, by their lines, and why."""

    suite: tuple[int, ...]
    motif: str
    line: int


class Confirmation(NamedTuple):
    """A contract whose list rightly lost many bodies at once, and why."""

    contract: str
    motif: str
    line: int


class Version(NamedTuple):
    """One version of the page: when and where it was published, and its bytes' SHA-256.

    `etag` is what the server called those bytes. `illisible` says why its lists cannot be read,
    None for a page that is read. `line` is where its entry starts in pages.yml.
    """

    date: date
    url: str
    raw: str
    repository: str
    path: str
    commit: str | None
    sha256: str
    etag: str | None
    licence: str
    corrections: tuple[Correction, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    illisible: str | None = None
    line: int = 0

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
    text: str
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

    def unconfirmed(self, version: Version, lost: Mapping[str, list[str]]) -> list[Problem]:
        """A problem for each contract that lost many bodies without a confirmation, or the reverse.

        `lost`: the slugs that left, by contract, of the contracts that lost many.
        """
        confirmed = {confirmation.contract: confirmation for confirmation in version.confirmations}
        problems = [
            Problem(self.name, confirmation.line, f"« confirme » : la liste {contract} n'a pas tant perdu")
            for contract, confirmation in confirmed.items()
            if contract not in lost
        ]
        for contract, slugs in lost.items():
            if contract not in confirmed:
                message = f"{len(slugs)} organismes quittent la liste {contract}, plus d'un tiers"
                cure = f"si c'est voulu, ajouter « - {{marche: {contract}, motif: … }} » sous « confirme: »"
                place = f"de cette page dans pages.yml ; ce sont {', '.join(slugs)}"
                problems.append(Problem(version.place, None, f"{message} ; {cure} {place}"))
        return problems


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
    return Provenance(name, text, versions)


def with_versions(provenance: Provenance, new: Iterable[Version]) -> str:
    """The text of pages.yml with an entry for each of these versions at its dated place.

    Every other byte stays as people wrote it.
    """
    lines = provenance.text.splitlines(keepends=True)
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    indent = lines[provenance.versions[0].line - 1].partition("-")[0]
    for version in sorted(new, reverse=True):
        below = (listed.line - 1 for listed in provenance.versions if listed.date > version.date)
        place = next(below, len(lines))
        while place < len(lines) and lines[place - 1].lstrip().startswith("#"):
            place -= 1
        lines[place:place] = [indent + line for line in _entry(version).splitlines(keepends=True)]
    return "".join(lines)


def _entry(version: Version) -> str:
    entry: dict[str, Any] = {field: getattr(version, key) for key, field in _FIELDS.items()}
    if version.illisible is not None:
        entry |= {"illisible": True, "motif": version.illisible}
    known = {field: value for field, value in entry.items() if value is not None}
    return yaml.safe_dump([known], allow_unicode=True, sort_keys=False, width=float("inf"))


def _version(fields: records.Fields) -> Version:
    values = {
        key: fields.take(field, str, None if key in _OPTIONAL else "", required=key not in _OPTIONAL)
        for key, field in _FIELDS.items()
        if key != "date"
    }
    corrections = tuple(
        _correction(records.Fields(entry, fields.name, fields.line_of("corrections"), fields.problems))
        for entry in fields.take("corrections", list, [])
    )
    confirmations = tuple(
        _confirmation(records.Fields(entry, fields.name, fields.line_of("confirme"), fields.problems))
        for entry in fields.take("confirme", list, [])
    )
    illisible = fields.take("illisible", bool, False)
    motif = fields.take("motif", str, required=illisible)
    if motif and not illisible:
        fields.report("motif", "« motif » ne va qu'avec « illisible: true » ou dans une correction")
    version = Version(
        date=fields.take("date", date, date.min, required=True),
        **values,
        corrections=corrections,
        confirmations=confirmations,
        illisible=(motif or "") if illisible else None,
        line=fields.line_of(None),
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


def _confirmation(fields: records.Fields) -> Confirmation:
    contract = fields.take("marche", str, "", required=True)
    confirmation = Confirmation(
        contract, fields.take("motif", str, "", required=True), fields.line_of("marche")
    )
    fields.finish()
    return confirmation
