"""What changed from one version of the page to another, literally and by name, told in French."""

from __future__ import annotations

import difflib
import html as markup
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from . import labels
from .coverage import Cover, covers
from .reading import Reading
from .registry import Registry

Quote = Callable[[str], str]
_COUNTED = {"fond": "sur le fond", "page": "ailleurs dans la page"}
_HEADINGS = {"fond": "Sur le fond", "page": "Ailleurs dans la page", "forme": "Dans la forme seulement"}


class Item(Struct, frozen=True):
    """A body in a list, or a label that nobody has: `name` is how it is told, `list` where it stands."""

    name: str
    list: str
    label: str
    perimetre: str
    text: str
    line: int


class Change(Struct, frozen=True):
    """One change: a sentence whose `{}` are `values`, what the page or the registry say.

    `level` is fond (who may do what) or page (its other texts).
    """

    level: str
    sentence: str
    values: tuple[str, ...]

    def told(self, quote: Quote) -> str:
        return self.sentence.format(*map(quote, self.values))


class Diff(Struct, frozen=True):
    """What leads from one version to another; `spelling` is a unified diff of spelling and order alone."""

    old: str
    new: str
    changes: tuple[Change, ...]
    spelling: tuple[str, ...]
    lost: tuple[str, ...]

    def at(self, level: str) -> list[Change]:
        """The changes of one level."""
        return [change for change in self.changes if change.level == level]


Items = dict[str, Item]
"""The items of one list, by the slug of their body or the key of their label."""


def diff(old: Reading, new: Reading, registry: Registry) -> Diff:
    """Every change from an old reading to a new one, whatever their problems.

    `lost` names the lists that lost more than a third of what they named.
    """
    before, after = _items(old, registry), _items(new, registry)
    both = [name for name in before if name in after]
    left = {name: _without(before[name], after[name]) for name in both}
    came = {name: _without(after[name], before[name]) for name in both}
    lost = [name for name in both if 3 * len(left[name]) > len(before[name])]
    changes = [*_lists(before, after)]
    for name in both:
        changes += _replaced(left[name], came[name], registry)
    changes += _moved(left, came)
    for name in both:
        changes += _gone(left[name], covers(new.members.get(name, ()), registry), registry)
        changes += [_entry(item) for item in came[name].values()]
    kept = [
        (before[name][one], after[name][one]) for name in both for one in after[name] if one in before[name]
    ]
    told = [(was, item, change) for was, item in kept for change in _altered(was, item)]
    changes += [change for *_, change in told]
    changes += _texts(old, new, both)
    altered = {id(was) for was, *_ in told}
    same = [(was, item) for was, item in kept if id(was) not in altered]
    return Diff(
        str(old.version.date),
        str(new.version.date),
        tuple(changes),
        tuple(_spelling(same, old, new)),
        tuple(lost),
    )


def _items(reading: Reading, registry: Registry) -> dict[str, Items]:
    found: dict[str, Items] = {}
    for name, section in reading.lists.items():
        items = found.setdefault(name, {})
        for bullet in section.bullets:
            label, perimetre = labels.split(bullet.text)
            place = (bullet.text, bullet.line)
            for named in registry.resolve(bullet.text).named:
                items[named.body.slug] = Item(named.body.nom, name, label, named.perimetre or "", *place)
            if registry.resolve(bullet.text).unknown:
                items[labels.key(label)] = Item(labels.name(label), name, label, perimetre or "", *place)
    return found


def _without(items: Items, others: Items) -> Items:
    return {one: item for one, item in items.items() if one not in others}


def _lists(before: Mapping[str, Items], after: Mapping[str, Items]) -> Iterator[Change]:
    """The lists that begin and those that end, each with all that it names."""
    for lists, others, told in ((before, after, "n'est plus sur la page"), (after, before, "est nouvelle")):
        for name, items in lists.items():
            if name not in others:
                names = [item.name for item in items.values()]
                count = f"{len(names)} organisme{'s' * (len(names) > 1)}"
                yield Change("fond", f"La liste {{}} {told} : {count}, {_series(names)}.", (name, *names))


def _replaced(left: Items, came: Items, registry: Registry) -> Iterator[Change]:
    """Takes out of both sides the bodies that the registry relates: one change for all that are linked."""
    groups: list[tuple[set[str], set[str]]] = []
    for slug in came:
        if before := _predecessors(slug, registry) & left.keys():
            linked = [group for group in groups if group[0] & before]
            groups = [group for group in groups if group not in linked]
            groups.append(
                (before.union(*(old for old, _ in linked)), {slug}.union(*(new for _, new in linked)))
            )
    for before, after in groups:
        gone = [left.pop(slug) for slug in list(left) if slug in before]
        new = [came.pop(slug) for slug in list(came) if slug in after]
        verb = "remplacent" if len(new) > 1 else "remplace"
        sentence = f"{_series(new)} {verb} {_series(gone)} dans la liste {{}} ({_lines(gone, new)})."
        yield Change("fond", sentence, (*(item.name for item in (*new, *gone)), new[0].list))


def _predecessors(slug: str, registry: Registry) -> set[str]:
    """Every body that this one replaces, at once or through others."""
    found: set[str] = set()
    left = [slug]
    while left:
        body = registry.by_slug.get(left.pop())
        new = set(body.predecessors if body else ()) - found
        found |= new
        left += new
    return found


def _moved(left: Mapping[str, Items], came: Mapping[str, Items]) -> Iterator[Change]:
    """Takes out what left one list and came into another."""
    for name in left:
        for one in list(left[name]):
            target = next((other for other in came if other != name and one in came[other]), None)
            if target:
                was, item = left[name].pop(one), came[target].pop(one)
                sentence = f"{{}} passe de la liste {{}} à la liste {{}} ({_lines([was], [item])})."
                yield Change("fond", sentence, (item.name, name, target))


def _gone(left: Items, now: Mapping[str, Cover], registry: Registry) -> Iterator[Change]:
    """What left a list: one sentence for all that a group now names, one for each of the others."""
    grouped: dict[str, list[Item]] = {}
    for one, item in left.items():
        cover = now.get(one, Cover("non_cite"))
        through = registry.by_slug[cover.par].nom if cover.par else ""
        line = f"(ligne {item.line} avant)"
        if cover.statut == "groupe":
            grouped.setdefault(through, []).append(item)
        elif cover.statut == "successeur":
            sentence = (
                f"{{}} n'est plus cité dans la liste {{}} ; {{}}, qui le remplace, y est couvert {line}."
            )
            yield Change("fond", sentence, (item.name, item.list, through))
        else:
            yield Change("fond", f"{{}} sort de la liste {{}} {line}.", (item.name, item.list))
    for group, items in grouped.items():
        verb = "sont désormais cités" if len(items) > 1 else "est désormais cité"
        sentence = f"{_series(items)} {verb} dans la liste {{}} par leur groupe, {{}}."
        yield Change("fond", sentence, (*(item.name for item in items), items[0].list, group))


def _entry(item: Item) -> Change:
    scope = ", périmètre : {}" if item.perimetre else ""
    values = (item.name, item.list, *([item.perimetre] if item.perimetre else []))
    return Change("fond", f"{{}} entre dans la liste {{}}{scope} (ligne {item.line} après).", values)


def _altered(was: Item, item: Item) -> Iterator[Change]:
    """What changed, beyond spelling, of what stays in a list."""
    sigles = tuple(", ".join(labels.sigles(each.label)) for each in (was, item))
    for what, old, new, same in (
        ("Le périmètre de", was.perimetre, item.perimetre, labels.words),
        ("Le sigle de", *sigles, str.casefold),
        ("Le nom de", was.label, item.label, labels.key),
    ):
        if same(old) != same(new):
            sentence = f"{what} {{}} change dans la liste {{}} : {{}} → {{}} ({_lines([was], [item])})."
            yield Change("fond", sentence, (item.name, item.list, old or "aucun", new or "aucun"))


def _texts(old: Reading, new: Reading, lists: Iterable[str]) -> Iterator[Change]:
    """The changes of the page's other texts."""
    pages = old.page, new.page
    texts = [
        ("L'adresse de contact", *(page.contact for page in pages)),
        ("Le titre de la page", *(page.title for page in pages)),
        ("La date de l'en-tête", *(page.day for page in pages)),
        *(("Le titre d'une liste", old.lists[name].title, new.lists[name].title) for name in lists),
    ]
    for what, was, now in texts:
        if was != now:
            yield Change("page", f"{what} change : {{}} → {{}}.", (was or "aucun", now or "aucun"))


def _spelling(kept: Iterable[tuple[Item, Item]], old: Reading, new: Reading) -> Iterator[str]:
    """A unified diff of the bullets that differ in spelling and order alone."""
    sides = [sorted({(item.list, item.line, item.text) for item in side}) for side in zip(*kept, strict=True)]
    texts = [[f"- {text}" for *_, text in side] for side in sides or ([], [])]
    days = str(old.version.date), str(new.version.date)
    return difflib.unified_diff(*texts, *days, lineterm="", n=0)


def _series(names: Iterable[object]) -> str:
    """« {}, {} et {} », as many as there are names."""
    *others, last = ["{}" for _ in names]
    return " et ".join([", ".join(others), last]) if others else last


def _lines(before: Iterable[Item], after: Iterable[Item]) -> str:
    """« ligne 12 avant, lignes 13 et 14 après »."""
    told = []
    for items, when in ((before, "avant"), (after, "après")):
        numbers = [str(item.line) for item in items]
        told.append(f"ligne{'s' * (len(numbers) > 1)} {' et '.join(numbers)} {when}")
    return ", ".join(told)


def alerts(found: Diff) -> list[str]:
    """What a reviewer must see first."""
    return [
        f"Attention : la liste « {name} » perd plus d'un tiers de ce qu'elle citait." for name in found.lost
    ]


def summary(found: Diff) -> str:
    """How many changes of each level, in one sentence."""
    counts = [(len(found.at(level)), said) for level, said in _COUNTED.items()]
    told = [f"{count} changement{'s' * (count > 1)} {said}" for count, said in counts if count]
    if found.spelling:
        told.append("l'écriture ou l'ordre de la liste")
    return f"{', '.join(told)}." if told else "Rien ne change."


def title(found: Diff) -> str:
    """Which versions are compared."""
    return f"De la page du {found.old} à celle du {found.new}"


def text(found: Diff) -> str:
    """For a terminal."""
    parts = [*alerts(found), f"{title(found)} : {summary(found)}"]
    for heading, lines in _told(found, "« {} »".format):
        parts += ["", f"{heading} :", *(f"- {line}" for line in lines)]
    if found.spelling:
        parts += ["", f"{_HEADINGS['forme']} :", *found.spelling]
    return "\n".join(parts) + "\n"


def markdown(found: Diff) -> str:
    """For the description of a pull request; what pages say stands in code spans, inert."""
    parts = [*(f"**{alert}**" for alert in alerts(found)), f"{title(found)} : {summary(found)}"]
    for heading, lines in _told(found, _code):
        parts += [f"**{heading}**", "\n".join(f"- {line}" for line in lines)]
    if found.spelling:
        fence = "`" * max(3, 1 + max(map(_run, found.spelling)))
        parts += [f"**{_HEADINGS['forme']}**", "\n".join([f"{fence}diff", *found.spelling, fence])]
    return "\n\n".join(parts) + "\n"


def html(found: Diff) -> str:
    """For a feed or a page; what pages say is escaped."""
    parts = [f"<p>{summary(found)}</p>"]
    for heading, lines in _told(found, lambda said: f"« {markup.escape(said)} »"):
        parts += [f"<p>{heading} :</p>", "<ul>", *(f"<li>{line}</li>" for line in lines), "</ul>"]
    if found.spelling:
        lines = "\n".join(map(markup.escape, found.spelling))
        parts += [f"<p>{_HEADINGS['forme']} :</p>", f"<pre>{lines}</pre>"]
    return "\n".join(parts)


def _told(found: Diff, quote: Quote) -> Iterator[tuple[str, list[str]]]:
    for level in _COUNTED:
        if lines := [change.told(quote) for change in found.at(level)]:
            yield _HEADINGS[level], lines


def _run(said: str) -> int:
    """The length of the longest run of backticks."""
    return max(map(len, re.findall("`+", said)), default=0)


def _code(said: str) -> str:
    """A code span holds any text as it is, behind a fence longer than its own runs of backticks."""
    fence = "`" * (1 + _run(said))
    pad = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{fence}{pad}{said}{pad}{fence}"
