"""What changed from one version of the page to another, literally and by name, told in French."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pyromark
from msgspec import Struct

from . import labels
from .coverage import COVERED, Cover, covers
from .reading import Reading
from .registry import Registry

_CODE = re.compile(r"(?<!`)(`+)(?!`)( ?)(.+?)\2(?<!`)\1(?!`)")
Place = tuple[str, str]
"""A list, and the slug of a body or the key of a label that nobody has."""


class Item(Struct, frozen=True):
    """What a bullet names: `name` and `list` as they are told."""

    name: str
    list: str
    label: str
    perimetre: str
    text: str
    line: int


class Diff(Struct, frozen=True):
    """What leads from one version to another.

    `alerts` are to be seen first, `substance` is who may do what, `texts` what else the page says: sentences
    in Markdown where what pages and people wrote stands in code spans, inert. `spelling` is a unified diff
    of spelling and order alone.
    """

    old: str
    new: str
    alerts: tuple[str, ...]
    substance: tuple[str, ...]
    texts: tuple[str, ...]
    spelling: tuple[str, ...]


def diff(old: Reading, new: Reading, registry: Registry) -> Diff:
    """Every change from an old reading to a new one, whatever their problems."""
    days = str(old.version.date), str(new.version.date)
    before, after = _items(old, registry), _items(new, registry)
    left = {place: item for place, item in before.items() if place not in after}
    came = {place: item for place, item in after.items() if place not in before}
    kept = [(before[place], item) for place, item in after.items() if place in before]
    told = [*_whole(left, old, new, "n'est plus sur la page"), *_whole(came, new, old, "est nouvelle")]
    told += _replaced(left, came, registry)
    now = {name: covers(members, registry) for name, members in new.members.items()}
    fates = {(name, slug): now.get(name, {}).get(slug, Cover("non_cite")) for name, slug in left}
    alerts = _shrunk(fates, Counter(name for name, _ in before))
    told += [*_moved(left, came), *_gone(left, fates, registry), *map(_entry, came.values())]
    told += [sentence for pair in kept for sentence in _altered(*pair)]
    spelling = _spelling([pair for pair in kept if not any(_altered(*pair))], days)
    return Diff(*days, tuple(alerts), tuple(told), tuple(_texts(old, new)), tuple(spelling))


def _items(reading: Reading, registry: Registry) -> dict[Place, Item]:
    found = {}
    for name, section in reading.lists.items():
        for bullet in section.bullets:
            label, perimetre = labels.split(bullet.text)
            named = registry.resolve(bullet.text).named
            bodies = [(each.body.slug, each.body.nom, each.perimetre) for each in named]
            for one, nom, scope in bodies or [(labels.key(label), labels.name(label), perimetre)]:
                told = _code(nom), _code(name)
                found[name, one] = Item(*told, label, scope or "", bullet.text, bullet.line)
    return found


def _whole(items: dict[Place, Item], here: Reading, there: Reading, told: str) -> Iterator[str]:
    """Takes out the lists that are here and not there."""
    for name in here.lists:
        if name not in there.lists:
            its = [items.pop(place) for place in list(items) if place[0] == name]
            count = f"{len(its)} organisme{'s' * (len(its) > 1)}"
            yield f"La liste {_code(name)} {told} : {count}, {_series(its)}."


def _replaced(left: dict[Place, Item], came: dict[Place, Item], registry: Registry) -> Iterator[str]:
    """Takes out the bodies that the registry relates; one change for those that replace the same."""
    groups: dict[tuple[Place, ...], list[Item]] = {}
    for name, slug in list(came):
        places = [(name, one) for one in _before(slug, registry) if (name, one) in left]
        if places:
            groups.setdefault(tuple(sorted(places)), []).append(came.pop((name, slug)))
    for places, new in groups.items():
        gone = sorted((left[place] for place in places), key=lambda item: item.line)
        told = f"{_series(new)} {'remplacent' if len(new) > 1 else 'remplace'} {_series(gone)}"
        yield f"{told} dans la liste {new[0].list} ({_lines(gone, new)})."
    for place in {place for places in groups for place in places}:
        del left[place]


def _before(slug: str, registry: Registry) -> set[str]:
    """Every body that this one replaces, at once or through others."""
    body = registry.by_slug.get(slug)
    return {each for one in (body.predecessors if body else ()) for each in (one, *_before(one, registry))}


def _shrunk(fates: Mapping[Place, Cover], sizes: Mapping[str, int]) -> Iterator[str]:
    """The lists that lost more than a third of what they named, without successor or group."""
    for name, lost in Counter(name for (name, _), fate in fates.items() if fate.statut not in COVERED).items():
        if 3 * lost > sizes[name]:
            told = f"Attention : la liste {_code(name)} perd plus d'un tiers de ce qu'elle citait"
            yield f"{told} : {lost} sur {sizes[name]}."


def _moved(left: dict[Place, Item], came: dict[Place, Item]) -> Iterator[str]:
    """Takes out what left one list and came into another."""
    targets = {slug: (name, slug) for name, slug in came}
    for place in list(left):
        if target := targets.pop(place[1], None):
            was, item = left.pop(place), came.pop(target)
            told = f"{item.name} passe de la liste {was.list} à la liste {item.list}"
            yield f"{told} ({_lines([was], [item])})."


def _gone(left: Mapping[Place, Item], fates: Mapping[Place, Cover], registry: Registry) -> Iterator[str]:
    """What left a list: one sentence for all that a group now names, one for each of the others."""
    grouped: dict[tuple[str, str], list[Item]] = {}
    alone = []
    for place, item in left.items():
        fate, line = fates[place], f"(ligne {item.line} avant)"
        through = _code(registry.by_slug[fate.par].nom) if fate.statut in COVERED else ""
        if fate.statut == "groupe":
            grouped.setdefault((item.list, through), []).append(item)
        elif through:
            told = f"n'est plus cité dans la liste {item.list} ; {through}, qui le remplace, y est couvert"
            alone.append(f"{item.name} {told} {line}.")
        else:
            alone.append(f"{item.name} sort de la liste {item.list} {line}.")
    for (name, group), items in grouped.items():
        told = f"{_series(items)} {'sont désormais cités' if len(items) > 1 else 'est désormais cité'}"
        yield f"{told} dans la liste {name} par leur groupe, {group}."
    yield from alone


def _entry(item: Item) -> str:
    scope = f", périmètre : {_code(item.perimetre)}" if item.perimetre else ""
    return f"{item.name} entre dans la liste {item.list}{scope} (ligne {item.line} après)."


def _altered(was: Item, item: Item) -> Iterator[str]:
    """What changed, beyond spelling, of what stays in a list."""
    sigles = (", ".join(labels.sigles(each.label)) for each in (was, item))
    lines = _lines([was], [item])
    for what, old, new, same in (
        ("Le périmètre de", was.perimetre, item.perimetre, labels.words),
        ("Le sigle de", *sigles, str.casefold),
        ("Le nom de", was.label, item.label, labels.key),
    ):
        if same(old) != same(new):
            told = f"{what} {item.name} change dans la liste {item.list}"
            yield f"{told} : {_code(old)} → {_code(new)} ({lines})."


def _texts(old: Reading, new: Reading) -> Iterator[str]:
    """The changes of the page's other texts."""
    texts = {
        "L'adresse de contact": (old.page.contact, new.page.contact),
        "Le titre de la page": (old.page.title, new.page.title),
        "La date de l'en-tête": (old.page.day, new.page.day),
    }
    for name in (name for name in old.lists if name in new.lists):
        texts[f"Le titre de la liste {_code(name)}"] = old.lists[name].title, new.lists[name].title
    for what, (was, now) in texts.items():
        if was != now:
            yield f"{what} change : {_code(was)} → {_code(now)}."


def _spelling(same: Iterable[tuple[Item, Item]], days: tuple[str, str]) -> Iterator[str]:
    """A unified diff of the bullets that differ in spelling and order alone."""
    sides = [sorted({(pair[side].line, pair[side].text) for pair in same}) for side in (0, 1)]
    texts = ([f"- {text}" for _, text in side] for side in sides)
    return difflib.unified_diff(*texts, *days, lineterm="", n=0)


def _series(items: Iterable[Item]) -> str:
    *others, last = [item.name for item in items] or ["aucun"]
    return f"{', '.join(others)} et {last}" if others else last


def _lines(before: Iterable[Item], after: Iterable[Item]) -> str:
    """« ligne 12 avant, lignes 13 et 14 après »."""
    told = []
    for items, when in ((before, "avant"), (after, "après")):
        numbers = [str(item.line) for item in items]
        told.append(f"ligne{'s' * (len(numbers) > 1)} {' et '.join(numbers)} {when}")
    return ", ".join(told)


def summary(found: Diff) -> str:
    """How many changes of each kind, in one sentence."""
    counts = (len(found.substance), "sur le fond"), (len(found.texts), "ailleurs dans la page")
    told = [f"{count} changement{'s' * (count > 1)} {said}" for count, said in counts if count]
    told += ["l'écriture ou l'ordre de la liste"] if found.spelling else []
    return f"{', '.join(told)}." if told else "Rien ne change."


def text(found: Diff) -> str:
    """For a terminal."""
    parts = (found.alerts, found.substance, found.texts)
    plain = (tuple(_CODE.sub(r"« \3 »", sentence) for sentence in part) for part in parts)
    return markdown(Diff(found.old, found.new, *plain, found.spelling))


def markdown(found: Diff) -> str:
    """For the description of a pull request."""
    return _body(found, f"De la page du {found.old} à celle du {found.new} : ")


def html(found: Diff) -> str:
    """For a feed or a page, which says itself which versions are compared."""
    return pyromark.html(_body(found))


def _body(found: Diff, title: str = "") -> str:
    parts = [*found.alerts, f"{title}{summary(found)}"]
    for heading, sentences in (("Sur le fond", found.substance), ("Ailleurs dans la page", found.texts)):
        parts += [f"{heading} :", "\n".join(f"- {each}" for each in sentences)] if sentences else []
    if found.spelling:
        fence = _fence(3, "\n".join(found.spelling))
        parts += ["Dans la forme seulement :", "\n".join([f"{fence}diff", *found.spelling, fence])]
    return "\n\n".join(parts) + "\n"


def _fence(shortest: int, said: str) -> str:
    """A run of backticks that no run of the text is as long as."""
    return "`" * max(shortest, 1 + max(map(len, re.findall("`+", said)), default=0))


def _code(said: str) -> str:
    """A code span, which holds any text of one line as it is."""
    fence, said = _fence(1, said), said or "aucun"
    pad = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{fence}{pad}{said}{pad}{fence}"
