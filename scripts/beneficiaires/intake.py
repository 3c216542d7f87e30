"""Taking in: which versions are new, and what people will have to complete; nothing is written here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, get_args

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
    """What taking versions in gives: the new ones, and what was left aside.

    `diffs` lead to each new version from the one before it. `problems` is what a person must decide;
    `outputs` are the files of source/ that come or change, by path from the root.
    """

    kept: tuple[Arrival, ...]
    aside: tuple[Problem, ...]
    diffs: tuple[Diff, ...]
    problems: tuple[Problem, ...]
    outputs: Mapping[str, bytes]


def take_in(before: Sources, arriving: Sequence[Arrival]) -> Outcome:
    """Keep the versions that are new, with a provisional entry for every body that nobody knows.

    What is no page, and a second version of a day, is left aside. Raises Invalid when nothing else came.
    """
    unfit = {arrival: _unfit(arrival) for arrival in arriving}
    fit = [arrival for arrival, problems in unfit.items() if not problems]
    new, twice = _new(before.pages, fit)
    aside = [problem for problems in (*unfit.values(), twice) for problem in problems]
    if len(twice) == len(fit):
        raise Invalid(aside)
    drafts = {file(arrival): arrival.data for arrival in new}
    if new:
        drafts[PAGES] = _with_versions(before, new).encode()
    after = sources_of(before.root, drafts)
    readings = after.readings()
    text = with_provisional(after.registry, [label for each in readings for label in each.unknown])
    if text != after.registry.document.text:
        drafts[REGISTRY] = text.encode()
        after = sources_of(before.root, drafts)
        readings = after.readings()
    days = {arrival.day for arrival in new}
    steps = [pair for pair in pairwise(readings) if pair[1].version.date in days]
    diffs = tuple(changes.diff(*pair, after.registry) for pair in steps)
    return Outcome(tuple(new), tuple(aside), diffs, tuple(after.problems(readings)), drafts)


def file(arrival: Arrival) -> str:
    """Where the bytes of a version are kept, from the root."""
    return f"source/pages/{arrival.day}.md"


def _unfit(arrival: Arrival) -> tuple[Problem, ...]:
    """Why an arrival is no version of the page."""
    try:
        found = page.read(arrival.data, arrival.name)
    except Invalid as error:
        return error.problems
    html = arrival.data.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
    if not html and any(section.bullets for section in found.sections):
        return ()
    what = "du HTML" if html else "aucune liste"
    return (Problem(arrival.name, None, f"{what} : ce n'est pas le fichier de la page, qui n'est pas gardé"),)


def _new(pages: Pages, arriving: Iterable[Arrival]) -> tuple[list[Arrival], list[Problem]]:
    """Those that are not kept yet, oldest first, and why others cannot be.

    Bytes that stay from one version to the next are one version; when they come back after another,
    they are a new one.
    """
    kept = {version.date: version.sha256 for version in pages.versions}
    line = [(day, sha256, None) for day, sha256 in kept.items()]
    line += [(arrival.day, arrival.sha256, arrival) for arrival in arriving]
    new, twice = [], []
    for _, stay in groupby(sorted(line, key=itemgetter(0)), key=itemgetter(1)):
        found = [arrival for *_, arrival in stay]
        if None in found:
            continue
        free = [arrival for arrival in found if arrival.day not in kept]
        new += free[:1]
        if not free:
            told = f"une autre version est déjà gardée au {found[0].day}"
            cure = "la prendre d'un fichier, à un autre jour : --page FICHIER --date JOUR"
            twice.append(Problem(found[0].name, None, f"{told} ; {cure}"))
    return new, twice


def _with_versions(sources: Sources, new: Iterable[Arrival]) -> str:
    """The text of pages.yml with an entry for each new version."""
    document, starts, entries = sources.documents["pages"], {}, {}
    for place, version in enumerate(sources.pages.versions):
        starts[version.date] = document.line("versions", place)
    for arrival in new:
        path = arrival.path if arrival.path != sources.pages.chemin else None
        facts = {"date": arrival.day, "commit": arrival.commit, "sha256": arrival.sha256, "chemin": path}
        first, *others = [f"{name}: {value}" for name, value in facts.items() if value]
        entries[arrival.day] = [f"  - {first}", *(f"    {fact}" for fact in others)]
    return _inserted(document.text, starts, entries)


def with_provisional(registry: Registry, unknown: Sequence[str]) -> str:
    """The registry's text with a provisional entry for each unknown label.

    A label that makes no name, or no new slug, is left to a person.
    """
    entries = {}
    for label in {labels.key(each): each for each in reversed(unknown)}.values():
        nom = labels.name(label)
        slug = "-".join(labels.words(nom))
        if labels.key(nom) and nom[0].isalnum() and slug.isascii() and slug not in registry.by_slug:
            entries[slug] = [f"{slug}:", *(f"  {line}" for line in _entry(nom, label, registry))]
    starts = {body.slug: registry.document.line(body.slug) for body in registry.bodies}
    return _inserted(registry.document.text, starts, entries, [""])


def _inserted(text: str, starts: Mapping[Any, int], entries: Mapping[Any, list[str]], gap: Sequence[str] = ()) -> str:
    """The text with each entry above the first known one that is greater; every other byte stays."""
    lines = text.removesuffix("\n").split("\n")
    end = len(lines)
    for key in sorted(entries, reverse=True):
        place = min((start - 1 for known, start in starts.items() if known > key), default=end)
        while 0 < place < end and lines[place - 1].lstrip().startswith("#"):
            place -= 1
        lines[place:place] = [*entries[key], *gap] if place < end else [*gap, *entries[key]]
    return "\n".join(lines) + "\n"


def _entry(nom: str, label: str, registry: Registry) -> Iterator[str]:
    """A provisional entry; what is only likely stands in comments, for a person to confirm."""
    yield f"nom: {json.dumps(nom, ensure_ascii=False)}"
    yield from (f"sigle: {json.dumps(sigle, ensure_ascii=False)}" for sigle in labels.sigles(label)[:1])
    yield "provisoire: true  # compléter l'entrée, puis retirer cette ligne"
    category, relations = _likely(label, registry)
    yield f"# categorie: {category}"
    for field, value in relations.items():
        yield f"# {field}: {value}  # si une source le dit"
        yield f"# sources: {{{field}: {{preuves: []}}}}"


def _likely(label: str, registry: Registry) -> tuple[str, dict[str, str]]:
    """The category that a label's words suggest, and its likely relation, by field."""
    first, *_ = words = labels.key(label).split()
    category = next((each for each in get_args(Category) if first in (each, f"{each}s")), "")
    if labels.words(label)[0] == "les":
        return "collectif", {"membres": category} if category else {}
    alive = [body for body in registry.bodies if body.slug not in registry.heirs]
    same = [body for body in alive if category and body.categorie == category]
    merged = [body for body in same if set(labels.key(body.nom).split()) <= set(words)]
    near = merged or [body for body in registry.nearest(label) if body in alive][:1]
    field = "groupe" if near and near[0].categorie == "collectif" else "succede_a"
    slugs = ", ".join(body.slug for body in near)
    told = slugs if field == "groupe" else f"[{slugs}]"
    return category or " | ".join(get_args(Category)), {field: told} if near else {}
