"""From what a site shows to what is wanted: the steps, and the quality that they lead to.

A comparison alone: nothing here is sent, and a plan is empty when nothing differs. What is ours
on the site is known by an extra: the dataset and its resources bear the name of the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from .portal import Found, Json
from .shipment import Item, Wanted

# What the site gives as its score: `compute_quality` of udata's core/dataset/models.py, 17.18.
_CLOSED = {"pdf", "doc", "docx", "word", "xls", "excel", "xlsx"}
_ENOUGH = 100
_LABELS = {
    "title": "titre",
    "license": "licence",
    "frequency": "fréquence",
    "tags": "mots-clés",
    "granularity": "granularité",
    "start": "début",
    "end": "fin",
    "schema": "schéma",
    "url": "schéma",
    "private": "privé",
}


class Verb(Enum):
    """What a step does, and the sign it has in a printed plan."""

    CONTACT = "+"
    CREATE = "+ "
    UPLOAD = "+  "
    REPLACE = "~"
    DESCRIBE = "~ "
    UPDATE = "~  "
    ORDER = "↕"
    DELETE = "-"
    DELETE_DOUBLE = "- "


class Step(NamedTuple):
    """One thing to do, told in `text`; `resource` is the one of the site, `item` ours."""

    verb: Verb
    text: str
    item: Item | None = None
    resource: Json | None = None

    def __str__(self) -> str:
        return f"{self.verb.value.strip()} {self.text}"


class Plan(NamedTuple):
    """The steps in their order, and what is left as it is, with the reason."""

    steps: tuple[Step, ...]
    left: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """How much is to be uploaded."""
        return sum(step.item.size for step in self.steps if step.verb in (Verb.UPLOAD, Verb.REPLACE))


class Criterion(NamedTuple):
    """One of the site's nine criteria of quality; `met` is None when only the site can tell."""

    name: str
    met: bool | None
    reason: str


class Shown(NamedTuple):
    """The resources of a site: ours by file name, ours a second time, and those of others."""

    ours: Mapping[str, Json]
    doubles: Sequence[Json]
    others: Sequence[Json]


def sort_out(wanted: Wanted, found: Found) -> Shown:
    """The resources that the site shows, told apart."""
    by_name: dict[str, list[Json]] = {}
    others = []
    for resource in (found.dataset or {}).get("resources", ()):
        name = _name(wanted, resource)
        by_name.setdefault(name, []).append(resource) if name else others.append(resource)
    ours, doubles = {}, []
    for name, resources in by_name.items():
        # The one that readers may know: marked before bare, then the oldest.
        first, *more = sorted(
            resources, key=lambda each: (wanted.mark not in each["extras"], each["created_at"], each["id"])
        )
        ours[name] = first
        doubles += more
    return Shown(ours, doubles, others)


def _name(wanted: Wanted, resource: Json) -> str | None:
    """The file of ours that a resource holds, None when it is not ours.

    An upload cut before it was described has the file's name for title, its bytes, and no more.
    """
    if wanted.mark in resource["extras"]:
        return resource["extras"][wanted.mark]
    bare = resource["filetype"] == "file" and not resource["description"]
    same = (item.name for item in wanted.items if item.name == resource["title"] and _holds(item, resource))
    return next(same, None) if bare else None


def draw(wanted: Wanted, found: Found, prune: bool = False) -> Plan:
    """What is to be done so that the site shows what is wanted; pure."""
    shown = sort_out(wanted, found)
    sent = [item for item in wanted.items if item.path.suffix[1:] in found.extensions]
    names = {item.name for item in wanted.items}
    gone = {name: resource for name, resource in shown.ours.items() if name not in names}
    steps = [
        *_before(wanted, found),
        *(step for item in sent for step in _step(item, shown.ours.get(item.name))),
        *(Step(Verb.DELETE, f"« {each['title']} » : en double", resource=each) for each in shown.doubles),
    ]
    if prune:
        steps += [
            Step(Verb.DELETE, f"{name} : n'est plus dans la distribution", resource=each)
            for name, each in gone.items()
        ]
    steps += [*_order(wanted, found, steps), *_update(wanted, found)]
    left = [f"« {each['title']} » : n'est pas de ce projet" for each in shown.others]
    left += [f"{name} : n'est plus dans la distribution ; --prune l'ôterait" for name in gone if not prune]
    left += _refused(item for item in wanted.items if item not in sent)
    return Plan(tuple(steps), tuple(left))


def _refused(items: Iterable[Item]) -> Iterator[str]:
    by_suffix: dict[str, list[str]] = {}
    for item in items:
        by_suffix.setdefault(item.path.suffix, []).append(item.name)
    for suffix, names in by_suffix.items():
        yield f"{', '.join(names)} : le site refuse les fichiers {suffix}"


def _before(wanted: Wanted, found: Found) -> Iterator[Step]:
    if not contact(wanted, found):
        yield Step(Verb.CONTACT, f"contact « {wanted.contact['name']} », {wanted.contact['email']}")
    if not found.dataset:
        owner = found.organization["name"]
        yield Step(Verb.CREATE, f"jeu de données « {wanted.dataset['title']} » de « {owner} », privé d'abord")
    for double in found.doubles:
        yield Step(Verb.DELETE_DOUBLE, f"jeu de données {double} : vide, en double", resource={"id": double})


def _step(item: Item, resource: Json | None) -> Iterator[Step]:
    if not resource:
        yield Step(Verb.UPLOAD, f"{item.name} : {item.size} octets", item)
        return
    changes = _changes(item.about, resource)
    if not _holds(item, resource):
        text = ", ".join(["nouveau contenu", *changes])
        yield Step(Verb.REPLACE, f"{item.name} : {text}", item, resource)
    elif changes:
        yield Step(Verb.DESCRIBE, f"{item.name} : {', '.join(changes)}", item, resource)


def _holds(item: Item, resource: Json) -> bool:
    """Whether the site measured of its file what we measure of ours: it gives a SHA-1."""
    checksum = resource["checksum"] or {}
    return (checksum.get("value"), resource["filesize"]) == (item.sha1, item.size)


def _changes(wanted: Json, shown: Json) -> list[str]:
    """What a site shows that is not what is wanted, in words; what is not asked for is not looked at."""
    changes = []
    for key, value in wanted.items():
        old = shown.get(key)
        if isinstance(value, Mapping):
            parts = {each: (old or {}).get(each) for each in value}
            if parts != value:
                changes += _changes(value, parts)
        elif old != value:
            changes.append(f"{_LABELS.get(key, key)} {_short(old)} → {_short(value)}")
    return changes


def _short(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return f"« {text[:60]}… »" if len(text) > 60 else f"« {text} »"


def _order(wanted: Wanted, found: Found, steps: Sequence[Step]) -> Iterator[Step]:
    ranks = [rank(wanted, each) for each in (found.dataset or {}).get("resources", ())]
    if ranks != sorted(ranks) or any(step.verb is Verb.UPLOAD for step in steps):
        yield Step(Verb.ORDER, "ressources dans l'ordre de la distribution, les autres après")


def rank(wanted: Wanted, resource: Json) -> int:
    """The place of a resource in the dataset: ours in the order of the distribution, then the others."""
    names = [item.name for item in wanted.items]
    name = _name(wanted, resource)
    return names.index(name) if name in names else len(names)


def contact(wanted: Wanted, found: Found) -> str | None:
    """The id that our contact has on the site, None when it is not there."""
    same = (each["id"] for each in found.contacts if {**each, **wanted.contact} == each)
    return next(same, None)


def _update(wanted: Wanted, found: Found) -> Iterator[Step]:
    if not found.dataset:
        yield Step(Verb.UPDATE, "jeu de données : rendu public")
        return
    contacts = [each["id"] for each in found.dataset["contact_points"] or ()]
    shown = {**found.dataset, "tags": sorted(found.dataset["tags"])}
    changes = _changes({**wanted.dataset, "private": False}, shown)
    if contact(wanted, found) not in contacts:
        changes.append(f"contact « {wanted.contact['name']} »")
    if changes:
        yield Step(Verb.UPDATE, f"jeu de données : {', '.join(changes)}")


def quality(wanted: Wanted, found: Found) -> list[Criterion]:
    """The nine criteria of data.gouv.fr, as the publication would meet them; pure."""
    dataset = wanted.dataset
    sent = [item for item in wanted.items if item.path.suffix[1:] in found.extensions]
    length = len(dataset["description"])
    others = sort_out(wanted, found).others
    dead = [each["title"] for each in others if each["extras"].get("check:available") is False]
    return [
        Criterion("licence", bool(dataset["license"]), "source/publication.yml, datagouv.licence"),
        Criterion("couverture temporelle", bool(dataset["temporal_coverage"]), "source/pages.yml"),
        Criterion("couverture spatiale", bool(dataset["spatial"]["zones"]), "source/publication.yml, zones"),
        Criterion(
            "fréquence", dataset["frequency"] not in ("", "unknown"), "source/publication.yml, frequence"
        ),
        Criterion("mise à jour à temps", _in_time(dataset["frequency"]), "selon la date du dernier dépôt"),
        Criterion("description", length > _ENOUGH, f"{length} caractères, plus de {_ENOUGH} attendus"),
        Criterion("format ouvert", any(item.format not in _CLOSED for item in sent), "aucun fichier ouvert"),
        Criterion(
            "disponibilité", False if dead else None, ", ".join(dead) or "le site la vérifie après coup"
        ),
        Criterion("documentation", any(item.about["description"] for item in sent), "aucun fichier décrit"),
    ]


def _in_time(frequency: str) -> bool | None:
    return True if frequency in ("irregular", "punctual", "continuous", "never") else None
