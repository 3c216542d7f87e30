"""Taking in: which versions are new, and what people will have to complete; nothing is written here."""

import json
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import get_args

from msgspec import Struct, structs

from . import changes, files, labels, page
from .arrivals import Arrival
from .changes import Diff
from .checkout import Sources, sources_of
from .problems import Invalid, Problem, attempt
from .registry import Registry
from .sources import Category, Version


class Outcome(Struct, frozen=True):
    """The new versions, what was left aside, the diffs, what a person must decide, and the files to write by path."""

    kept: list[Version]
    aside: list[Problem]
    diffs: list[Diff]
    problems: list[Problem]
    outputs: dict[str, bytes]


def take_in(before: Sources, arriving: Sequence[Arrival]) -> Outcome:
    """Keep the versions that are new, with a provisional entry for every body that nobody knows.

    What is no page, and a second version of a day, is left aside. Raises Invalid when nothing else came.
    """
    aside: list[Problem] = []
    found = [attempt(aside, _fit, arrival, before.pages.versions) for arrival in arriving]
    fit = {arrival.version: arrival.data for arrival in found if arrival}
    if not fit:
        raise Invalid(aside)
    new = _new(before.pages.versions, fit)
    drafts = {version.file: fit[version] for version in new}
    drafts[before.documents["pages"].name] = _with_versions(before, new)
    found = sources_of(before.root, drafts)
    unknown = [label for reading in found.read_all() for label in reading.unknown]
    registered = found.documents["organismes"]
    drafts[registered.name] = _with_provisional(registered.text, found.registry, unknown)
    after = sources_of(before.root, drafts)
    readings = after.read_all()
    diffs = [changes.diff(*pair, after.registry) for pair in pairwise(readings) if pair[1].version in new]
    return Outcome(new, aside, diffs, after.problems(readings), drafts)


def _fit(arrival: Arrival, kept: Sequence[Version]) -> Arrival:
    """What may be kept. Raises Invalid for what is no version of the page, and when its day has another one."""
    found = page.read(files.decode(arrival.data, arrival.name), arrival.name)
    if not any(section.bullets for section in found.sections):
        told = "aucune liste : ce n'est pas le fichier de la page, qui n'est pas gardé"
        raise Invalid.because(arrival.name, None, told)
    if any(each.date == arrival.day and each.sha256 != arrival.version.sha256 for each in kept):
        told = f"une autre version est déjà gardée au {arrival.day} ; la prendre d'un fichier, à un autre jour"
        raise Invalid.because(arrival.name, None, f"{told} : --page FICHIER --date JOUR")
    return arrival


def _new(kept: Sequence[Version], fit: Iterable[Version]) -> list[Version]:
    """Those that are not kept yet, oldest first: bytes that stay from one day to the next are one version."""
    runs = groupby(sorted([*kept, *fit], key=attrgetter("date")), key=attrgetter("sha256"))
    found = [[*run] for _, run in runs]
    return [run[0] for run in found if not any(version in kept for version in run)]


def _with_versions(sources: Sources, new: Sequence[Version]) -> bytes:
    """The text of pages.yml with an entry for each new version, from the oldest to the newest."""
    document, versions = sources.documents["pages"], sources.pages.versions
    lines = document.text.rstrip("\n").split("\n")
    starts = [*(document.line("versions", place) - 1 for place in range(len(versions))), len(lines)]
    for version in reversed(new):
        told = (f"{name}: {value}" for name, value in structs.asdict(version).items() if value)
        lines.insert(starts[bisect(versions, version.date, key=attrgetter("date"))], "  - " + "\n    ".join(told))
    return ("\n".join(lines) + "\n").encode()


def _with_provisional(text: str, registry: Registry, unknown: Sequence[str]) -> bytes:
    """The registry's text, then a provisional entry for each unknown label that makes a name and a new slug."""
    entries = []
    for label in {labels.key(each): each for each in reversed(unknown)}.values():
        nom = labels.name(label)
        slug = "-".join(labels.words(nom))
        if labels.key(nom) and nom[0].isalnum() and slug.isascii() and slug not in registry.by_slug:
            entries.append("\n".join([f"\n{slug}:", *_entry(nom, label, registry), ""]))
    return (text.rstrip("\n") + "\n" + "".join(sorted(entries))).encode()


def _entry(nom: str, label: str, registry: Registry) -> Iterator[str]:
    """A provisional entry; what is only likely stands in comments, for a person to confirm."""
    yield f"  nom: {json.dumps(nom, ensure_ascii=False)}"
    yield from (f"  sigle: {json.dumps(sigle, ensure_ascii=False)}" for sigle in labels.sigles(label)[:1])
    yield "  provisoire: true  # compléter l'entrée, puis retirer cette ligne"
    category, field, value = _likely(label, registry)
    yield f"  # categorie: {category or ' | '.join(get_args(Category))}"
    if value:
        yield f"  # {field}: {value}  # si une source le dit"
        yield f"  # sources: {{{field}: {{preuves: []}}}}"


def _likely(label: str, registry: Registry) -> tuple[str, str, str]:
    """The category, a relation and its value that the words of a label suggest; "" for what they do not."""
    first, *_ = words = labels.key(label).split()
    category = next((each for each in get_args(Category) if first in (each, f"{each}s")), "")
    if labels.words(label)[0] == "les":
        return "collectif", "membres", category
    alive = [body for body in registry.bodies if body.slug not in registry.heirs]
    merged = [body for body in alive if set(labels.key(body.nom).split()) <= set(words)]
    near = merged or [body for body in registry.nearest(label) if body in alive][:1]
    if near and near[0].categorie == "collectif":
        return category, "groupe", near[0].slug
    return category, "succede_a", f"[{', '.join(body.slug for body in near)}]" if near else ""
