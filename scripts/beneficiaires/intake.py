"""Taking in: which versions are new, and what people will have to complete; nothing is written here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from msgspec import Struct

from . import changes, labels, page
from .arrivals import Arrival
from .changes import Diff
from .checkout import Sources, sources_of
from .problems import Invalid, Problem
from .registry import Registry
from .sources import Category, Pages

PAGES = "source/pages.yml"
REGISTRY = "source/organismes.yml"


class Outcome(Struct, frozen=True):
    """What taking versions in gives: the days of the new ones, and what was left aside.

    `diff` leads from the version before to the newest, None when nothing is new. `problems` is what
    a person must decide; `outputs` are the files of source/ that come or change, by path from the root.
    """

    days: tuple[str, ...]
    aside: tuple[Problem, ...]
    diff: Diff | None
    problems: tuple[Problem, ...]
    outputs: Mapping[str, bytes]


def take_in(root: Path, arriving: Sequence[Arrival]) -> Outcome:
    """Keep the versions that are new, with a provisional entry for every body that nobody knows.

    Of a clone's history, what is no page is left aside; from elsewhere it raises Invalid.
    """
    before = sources_of(root)
    new, aside = [], []
    for arrival in _new(before.pages, arriving):
        if not (problems := _unfit(arrival)):
            new.append(arrival)
        elif len(arriving) > 1:
            aside += problems
        else:
            raise Invalid(problems)
    drafts = {_file(each): each.data for each in new}
    if new:
        drafts[PAGES] = _with_versions(before, new).encode()
    known = sources_of(root, drafts)
    text = with_provisional(known.registry, [label for each in known.readings() for label in each.unknown])
    if text != known.registry.document.text:
        drafts[REGISTRY] = text.encode()
    after = sources_of(root, drafts)
    readings = after.readings()
    diff = changes.diff(*readings[-2:], after.registry) if new and len(readings) > 1 else None
    days = tuple(str(each.day) for each in new)
    return Outcome(days, tuple(aside), diff, tuple(after.problems(readings)), drafts)


def _file(arrival: Arrival) -> str:
    return f"source/pages/{arrival.day}.md"


def _unfit(arrival: Arrival) -> tuple[Problem, ...]:
    """Why an arrival is no version of the page."""
    try:
        found = page.read(arrival.data, _file(arrival))
    except Invalid as error:
        return error.problems
    if any(section.bullets for section in found.sections):
        return ()
    return (Problem(found.name, None, "aucune liste : ce n'est pas la page, elle n'est pas gardée"),)


def _new(pages: Pages, arriving: Iterable[Arrival]) -> list[Arrival]:
    """Those that are not kept yet, oldest first.

    One is known when the version in force on its day, or the next one, has its bytes: bytes that
    come back after another version are a new version. Raises Invalid for a second one on a day,
    unless it comes with its commit: the first is then the one that counts.
    """
    kept = {version.date: version.sha256 for version in pages.versions}
    found: list[Arrival] = []
    for arrival in sorted(arriving, key=lambda each: each.day):
        days = sorted(kept)
        above = [kept[day] for day in days if day <= arrival.day][-1:]
        below = [kept[day] for day in days if day > arrival.day][:1]
        if arrival.sha256 in above + below:
            continue
        if arrival.day in kept:
            told = f"une autre version est déjà gardée au {arrival.day} ; donner un autre jour (--date)"
            raise Invalid.because(PAGES, None, told)
        kept[arrival.day] = arrival.sha256
        found.append(arrival)
    return found


def _with_versions(sources: Sources, new: Iterable[Arrival]) -> str:
    """The text of pages.yml with an entry for each new version at its place; every other byte stays."""
    document, versions = sources.documents["pages"], sources.pages.versions
    lines = document.text.removesuffix("\n").split("\n")
    starts = [document.line("versions", place) - 1 for place in range(len(versions))]
    indent, end = lines[starts[0]].partition("-")[0], len(lines)
    for arrival in sorted(new, key=lambda each: each.day, reverse=True):
        later = (start for start, version in zip(starts, versions, strict=True) if version.date > arrival.day)
        place = next(later, end)
        facts = {
            "date": arrival.day,
            "commit": arrival.commit,
            "sha256": arrival.sha256,
            "chemin": arrival.path if arrival.path != sources.pages.chemin else None,
        }
        told = [f"{name}: {value}" for name, value in facts.items() if value]
        lines[place:place] = [f"{indent}- {told[0]}", *(f"{indent}  {fact}" for fact in told[1:])]
    return "\n".join(lines) + "\n"


def with_provisional(registry: Registry, unknown: Iterable[str]) -> str:
    """The registry's text with a provisional entry for each unknown label.

    Every other byte stays. A label that makes no new slug is left to a person.
    """
    lines = registry.document.text.removesuffix("\n").split("\n")
    entries: dict[str, list[str]] = {}
    same: dict[str, str] = {}
    for label in unknown:
        nom = labels.name(same.setdefault(labels.key(label), label))
        slug = "-".join(labels.words(nom))
        if slug and slug not in registry.by_slug:
            entries.setdefault(slug, [*_entry(slug, nom, label, registry), ""])
    end = len(lines)
    for slug in sorted(entries, reverse=True):
        below = next((body.slug for body in registry.bodies if body.slug > slug), None)
        place = registry.document.line(below) - 1 if below else end
        while 0 < place < end and lines[place - 1].startswith("#"):
            place -= 1
        lines[place:place] = entries[slug] if below else ["", *entries[slug][:-1]]
    return "\n".join(lines) + "\n"


def _entry(slug: str, nom: str, label: str, registry: Registry) -> Iterator[str]:
    """A provisional entry; what is only likely stands in comments, for a person to confirm."""
    yield f"{slug}:"
    yield f"  nom: {json.dumps(nom, ensure_ascii=False)}"
    yield from (f"  sigle: {json.dumps(sigle, ensure_ascii=False)}" for sigle in labels.sigles(label)[:1])
    yield "  provisoire: true  # compléter l'entrée, puis retirer cette ligne"
    category, relations = _likely(label, registry)
    yield f"  # categorie: {category}"
    yield from (f"  # {field}: {value}  # {when}" for field, value, when in relations)
    if relations:
        yield "  # sources:"
        yield from (f'  #   {field}: {{preuves: ["…"]}}' for field, *_ in relations)


def _likely(label: str, registry: Registry) -> tuple[str, list[tuple[str, str, str]]]:
    """The category that a label's words suggest, and its likely relations: field, value, and when."""
    first = labels.key(label).split()[0]
    plural = labels.words(label)[0] == "les"
    category = next((each for each in get_args(Category) if first in (each, f"{each}s")), "…")
    relations = []
    if plural and category != "…":
        relations.append(("membres", category, "si une source dit qu'ils en sont tous"))
    for body in [] if plural else registry.nearest(label)[:1]:
        field = "groupe" if body.categorie == "collectif" else "succede_a"
        relations.append((field, body.slug, "noms proches : si une source le dit"))
    return ("collectif" if plural else category), relations
