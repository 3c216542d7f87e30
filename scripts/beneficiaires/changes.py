"""What changed from one version of the page to another, as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import labels
from .reading import Reading
from .registry import Registry

LEVELS = ("fond", "page", "forme")


class Entry(NamedTuple):
    """A body in a list: `place` is its place among the rows of the list, `ligne` the line of its bullet."""

    marche: str
    organisme: str
    nom: str
    perimetre: str
    libelle: str
    place: int
    ligne: int


class State(NamedTuple):
    """What one version of the page says: its lists by contract, its other texts by kind and contract."""

    name: str
    date: str
    lists: dict[str, tuple[Entry, ...]]
    texts: dict[tuple[str, str], str]


class Change(NamedTuple):
    """One change; `level` is fond (who may do what), page (its other texts) or forme (spelling, order).

    Bodies stand in `before` and `after`, texts in `old` and `new`. `since` is the day of a
    succession, where the registry gives one.
    """

    kind: str
    level: str
    marche: str
    before: tuple[Entry, ...] = ()
    after: tuple[Entry, ...] = ()
    old: str = ""
    new: str = ""
    since: str = ""


class Diff(NamedTuple):
    """What leads from one state to another."""

    old: State
    new: State
    changes: tuple[Change, ...]

    def at(self, level: str) -> list[Change]:
        """The changes of one level."""
        return [change for change in self.changes if change.level == level]


def state(reading: Reading) -> State:
    """What is compared of a page."""
    page = reading.page
    lists = {
        marche: tuple(
            Entry(marche, body.slug, body.nom, perimetre or "", libelle, place, ligne)
            for place, (body, perimetre, libelle, _, ligne) in enumerate(members)
        )
        for marche, members in reading.lists.items()
    }
    texts = {
        ("titre", ""): page.title,
        ("date", ""): page.date.isoformat(),
        ("contact", ""): ", ".join(page.contacts),
        **{("intitule", marche): title for marche, title in reading.titles.items()},
    }
    return State(page.name, reading.date.isoformat(), lists, texts)


def diff(old: Reading, new: Reading, registry: Registry) -> Diff:
    """Every change from the old page to the new: those of bodies first, contract by contract.

    A body replaces another only where the registry says so.
    """
    before, after = state(old), state(new)
    found = [
        *_moves(before, after, registry),
        *(change for marche in after.lists for change in _kept(before.lists[marche], after.lists[marche])),
        *(change for marche in after.lists for change in _order(before.lists[marche], after.lists[marche])),
        *_texts(before, after),
    ]
    return Diff(before, after, tuple(sorted(found, key=lambda change: LEVELS.index(change.level))))


def _moves(old: State, new: State, registry: Registry) -> Iterator[Change]:
    """Who replaces whom, who changes contract, who leaves, who enters."""
    left = {marche: _missing(old.lists[marche], new.lists[marche]) for marche in new.lists}
    came = {marche: _missing(new.lists[marche], old.lists[marche]) for marche in new.lists}
    for marche in new.lists:
        yield from _replacements(marche, left[marche], came[marche], registry)
    for marche, target in ((a, b) for a in left for b in came if a != b):
        for organisme in [organisme for organisme in left[marche] if organisme in came[target]]:
            pair = left[marche].pop(organisme), came[target].pop(organisme)
            yield Change("deplace", "fond", marche, pair[:1], pair[1:])
    for marche in new.lists:
        for entry in left[marche].values():
            yield Change("sort", "fond", marche, before=(entry,))
        for entry in came[marche].values():
            yield Change("entre", "fond", marche, after=(entry,))


def _missing(entries: Iterable[Entry], other: Iterable[Entry]) -> dict[str, Entry]:
    there = {entry.organisme for entry in other}
    return {entry.organisme: entry for entry in entries if entry.organisme not in there}


def _replacements(
    marche: str, left: dict[str, Entry], came: dict[str, Entry], registry: Registry
) -> Iterator[Change]:
    """Takes out of both sides the bodies that the registry relates: one change for all that are linked."""
    groups: list[tuple[set[str], set[str]]] = []
    for organisme in came:
        before, after = registry.predecessors(organisme) & left.keys(), {organisme}
        if before:
            linked = [group for group in groups if group[0] & before]
            groups = [group for group in groups if group not in linked]
            groups.append((before.union(*(g[0] for g in linked)), after.union(*(g[1] for g in linked))))
    days = {body.slug: body.succede_le.isoformat() for body in registry.bodies if body.succede_le}
    for before, after in groups:
        since = {days.get(organisme, "") for organisme in after}
        yield Change(
            "remplace",
            "fond",
            marche,
            tuple(left.pop(organisme) for organisme in list(left) if organisme in before),
            tuple(came.pop(organisme) for organisme in list(came) if organisme in after),
            since=since.pop() if len(since) == 1 else "",
        )


def _kept(old: Iterable[Entry], new: Iterable[Entry]) -> Iterator[Change]:
    """What changed of the bodies that stay."""
    before = {entry.organisme: entry for entry in old}
    for entry in new:
        was = before.get(entry.organisme)
        if was is None or (was.libelle, was.perimetre) == (entry.libelle, entry.perimetre):
            continue
        (old_label, _), (label, _) = labels.split(was.libelle), labels.split(entry.libelle)
        substance = {
            "perimetre": (was.perimetre, entry.perimetre),
            "sigle": tuple(", ".join(labels.sigles(text)) for text in (old_label, label)),
            "nom": (old_label, label),
        }
        same = {"perimetre": labels.plain, "sigle": str.casefold, "nom": labels.key}
        changed = [kind for kind, (a, b) in substance.items() if same[kind](a) != same[kind](b)]
        for kind in changed:
            yield Change(kind, "fond", entry.marche, (was,), (entry,), *substance[kind])
        if not changed:
            yield Change("graphie", "forme", entry.marche, (was,), (entry,), was.libelle, entry.libelle)


def _order(old: Iterable[Entry], new: Iterable[Entry]) -> Iterator[Change]:
    """The order of the bodies that stay, when it is another."""
    before = {entry.organisme: entry for entry in old}
    after = {entry.organisme: entry for entry in new if entry.organisme in before}
    stays = tuple(entry for entry in before.values() if entry.organisme in after)
    if [entry.organisme for entry in stays] != list(after):
        yield Change("ordre", "forme", stays[0].marche, stays, tuple(after.values()))


def _texts(old: State, new: State) -> Iterator[Change]:
    for (kind, marche), text in new.texts.items():
        was = old.texts[kind, marche]
        if was != text:
            level = "forme" if labels.plain(was) == labels.plain(text) else "page"
            yield Change(kind, level, marche, old=was, new=text)
