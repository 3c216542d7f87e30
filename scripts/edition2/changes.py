"""What changed from one version of the page to another, literally and by name, told in French."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pyromark
from msgspec import Struct

from . import labels
from .coverage import COVERED, Cover, covers
from .reading import Reading
from .registry import Registry


class Item(Struct, frozen=True):
    """What a bullet names; `name` and `list` are quoted."""

    name: str
    list: str
    label: str
    perimetre: str
    text: str
    line: int


Place = tuple[str, str]
"""A list, and the slug of a body or the key of a label that nobody has."""
Items = dict[Place, Item]


class Diff(Struct, frozen=True):
    """Sentences in Markdown, those of `parts` by heading; `spelling` is a unified diff of spelling and order alone."""

    days: tuple[str, str]
    alerts: list[str]
    parts: dict[str, list[str]]
    spelling: list[str]


def diff(old: Reading, new: Reading, registry: Registry) -> Diff:
    """Every change from an old reading to a new one, whatever their problems."""
    days = str(old.version.date), str(new.version.date)
    before, after = _items(old, registry), _items(new, registry)
    left = {place: item for place, item in before.items() if place not in after}
    came = {place: item for place, item in after.items() if place not in before}
    kept = [(before[place], item) for place, item in after.items() if place in before]
    gone, moved = _gone(left, new, registry), {slug for _, slug in came}
    told = _together((left[place], _fate(place, gone[place], new, registry)) for place in gone if place[1] not in moved)
    told += _together(_entered(left, came, old))
    told += [sentence for pair in kept for sentence in _altered(*pair)]
    parts = {"Sur le fond": told, "Ailleurs dans la page": _texts(old, new)}
    wanted = {*new.lists, *new.missing}
    alerts = _shrunk(before, [place for place, cover in gone.items() if not cover and place[0] in wanted])
    return Diff(days, alerts, parts, _spelling([pair for pair in kept if not any(_altered(*pair))], days))


def _items(reading: Reading, registry: Registry) -> Items:
    found: Items = {}
    for name, section in reading.lists.items():
        for bullet in section.bullets:
            label, perimetre = labels.split(bullet.text)
            named = registry.resolve(bullet.text).named
            bodies = [(each.body.slug, each.body.nom, each.perimetre) for each in named]
            for one, nom, scope in bodies or [(labels.key(label), labels.name(label), perimetre)]:
                found[name, one] = Item(_quote(nom), _quote(name), label, scope or "", bullet.text, bullet.line)
    return found


def _gone(left: Items, new: Reading, registry: Registry) -> dict[Place, Cover | None]:
    """Those that a list no longer names, and through what it still covers them."""
    covered = {name: covers(members, registry) for name, members in new.members.items()}
    found = {(name, slug): covered.get(name, {}).get(slug) for name, slug in left}
    return {place: cover if cover and cover.statut in COVERED else None for place, cover in found.items()}


def _fate(place: Place, cover: Cover | None, new: Reading, registry: Registry) -> str:
    """What a list does that no longer names a body."""
    if cover:
        return f"couvre désormais, par le {cover.statut} {_quote(registry.by_slug[cover.par].nom)}"
    return "ne cite plus" if place[0] in new.lists else "n'est plus sur la page"


def _entered(left: Items, came: Items, old: Reading) -> Iterator[tuple[Item, str]]:
    """What a list does that names another body."""
    were = {slug: item.list for (_, slug), item in left.items()}
    for (name, slug), item in came.items():
        said = "cite désormais" if name in old.lists else "est nouvelle"
        yield item, f"cite, à la place de la liste {were[slug]}" if slug in were else said


def _together(told: Iterable[tuple[Item, str]]) -> list[str]:
    """One sentence for all the bodies of which the same is said."""
    groups: dict[str, str] = {}
    for item, said in told:
        scope = f"périmètre : {_quote(item.perimetre)}, " if item.perimetre else ""
        start = f"La liste {item.list} {said} :"
        groups[start] = f"{groups.get(start, start)}\n  - {item.name} ({scope}ligne {item.line})"
    return list(groups.values())


def _shrunk(before: Items, lost: Iterable[Place]) -> list[str]:
    """The lists that lost more than a third of what they named, without successor or group."""
    counts, sizes = (Counter(name for name, _ in places) for places in (lost, before))
    told = "Attention : la liste {} perd plus d'un tiers de ce qu'elle citait : {} sur {}."
    return [told.format(_quote(name), lost, sizes[name]) for name, lost in counts.items() if 3 * lost > sizes[name]]


def _altered(was: Item, item: Item) -> Iterator[str]:
    """What changed, beyond spelling, of what stays in a list."""
    sigles = (", ".join(labels.sigles(each.label)) for each in (was, item))
    for what, old, new, same in (
        ("Le périmètre de", was.perimetre, item.perimetre, labels.words),
        ("Le sigle de", *sigles, str.casefold),
        ("Le nom de", was.label, item.label, labels.key),
    ):
        if same(old) != same(new):
            told = f"{what} {item.name} change dans la liste {item.list} : {_quote(old)} → {_quote(new)}"
            yield f"{told} (ligne {was.line} avant, ligne {item.line} après)."


def _texts(old: Reading, new: Reading) -> list[str]:
    """The changes of the page's other texts."""
    texts = [
        ("L'adresse de contact", old.page.contact, new.page.contact),
        ("Le titre de la page", old.page.title, new.page.title),
        ("La date de l'en-tête", old.page.day, new.page.day),
    ]
    both = [name for name in old.lists if name in new.lists]
    texts += [(f"Le titre de la liste {_quote(name)}", old.lists[name].title, new.lists[name].title) for name in both]
    return [f"{what} change : {_quote(was)} → {_quote(now)}." for what, was, now in texts if was != now]


def _spelling(same: Iterable[tuple[Item, Item]], days: tuple[str, str]) -> list[str]:
    """A unified diff of the bullets that differ in spelling and order alone."""
    sides = [sorted({(pair[side].line, pair[side].text) for pair in same}) for side in (0, 1)]
    texts = ([f"- {text}".replace("`", "'") for _, text in side] for side in sides)
    return list(difflib.unified_diff(*texts, *days, lineterm="", n=0))


def _quote(said: str) -> str:
    """A code span, which nothing in it can end."""
    inert = said.replace("`", "'")
    return f"`{inert}`" if said else "aucun"


def summary(found: Diff) -> str:
    """How many changes of each kind, in one sentence."""
    counts = {heading.lower(): len(told) for heading, told in found.parts.items() if told}
    told = [f"{count} changement{'s' * (count > 1)} {where}" for where, count in counts.items()]
    told += ["l'écriture ou l'ordre de la liste"] if found.spelling else []
    return f"{', '.join(told)}." if told else "Rien ne change."


def text(found: Diff) -> str:
    """For a terminal."""
    return re.sub("`([^`\n]+)`", r"« \1 »", markdown(found))


def markdown(found: Diff) -> str:
    """For the description of a pull request."""
    return _body(found, f"De la page du {found.days[0]} à celle du {found.days[1]} : ")


def html(found: Diff) -> str:
    """For a feed or a page, which says itself which versions are compared."""
    return pyromark.html(_body(found))


def _body(found: Diff, title: str = "") -> str:
    parts = [*found.alerts, f"{title}{summary(found)}"]
    for heading, told in found.parts.items():
        parts += [f"{heading} :", "\n".join(f"- {each}" for each in told)] if told else []
    if found.spelling:
        parts += ["Dans la forme seulement :", "\n".join(["```diff", *found.spelling, "```"])]
    return "\n\n".join(parts) + "\n"
