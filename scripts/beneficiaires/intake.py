"""Taking pages in: what is kept at once, and what waits until the newest page is right."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from . import arrivals, provenance
from .arrivals import Arrival
from .changes import Diff, diff
from .problems import Invalid, Problem
from .project import Project
from .provenance import Version
from .tables import Tables


class Outcome(NamedTuple):
    """What taking pages in gives; nothing is written yet.

    `outputs` are the bytes of what changes in source/ and, without `problems`, of what is built.
    `diff` is None when nothing changed or when the newest page cannot be compared.
    """

    project: Project
    new: list[Version]
    accepted: list[str]
    diff: Diff | None
    tables: Tables
    problems: tuple[Problem, ...]
    outputs: dict[Path, bytes]


def take_in(sources: Project, arriving: Iterable[Arrival], accept_new: bool) -> Outcome:
    """Keep the arriving pages that are new, and build from the newest if nothing is wrong with it.

    `accept_new`: add the bodies that nobody knows to the registry, provisional. Raises Invalid
    for what cannot be kept as a page.
    """
    grown, new = receive(sources, arriving)
    accepted: list[str] = []
    changes, tables, built, problems = None, {}, {}, ()
    try:
        snapshot = grown.snapshot()
        if accept_new:
            grown, accepted = grown.accept(snapshot)
        pages = grown.compared() if snapshot.version in new or accepted else []
        if len(pages) == 2:
            changes = diff(*map(grown.reading, pages), grown.registry)
        tables = grown.tables(snapshot)
        built = grown.build(tables, snapshot.version)
    except Invalid as error:
        problems = error.problems
    return Outcome(grown, new, accepted, changes, tables, problems, {**_growth(sources, grown), **built})


def receive(sources: Project, arriving: Iterable[Arrival]) -> tuple[Project, list[Version]]:
    """The project that keeps those of these pages that are new, and their versions, oldest first.

    Nothing is written. Raises Invalid for a page that cannot be kept.
    """
    new = arrivals.unknown(sources.provenance, arriving)
    like = sources.provenance.versions[-1]
    versions = [arrivals.version(arrival, like) for arrival in new]
    text = provenance.with_versions(sources.provenance, versions)
    listed = provenance.parse(text, sources.provenance.name)
    drafts = {version.place: arrival.data for version, arrival in zip(versions, new, strict=True)}
    kept = [version for version in listed.versions if version.place in drafts]
    return sources._replace(provenance=listed, drafts=drafts), kept


def _growth(before: Project, after: Project) -> dict[Path, bytes]:
    """The bytes of the files of source/ that came or changed, by path."""
    drafts = {after.root / place: data for place, data in after.drafts.items()}
    known = before.texts()
    grown = {path: text.encode() for path, text in after.texts().items() if text != known[path]}
    return {**drafts, **grown}
