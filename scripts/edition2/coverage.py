"""What the readings mean: who is covered now and through what, and who was, since when."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import Struct, structs

from . import labels
from .reading import Member, Reading
from .registry import Registry

STATUSES = ("cite", "groupe", "successeur", "a_verifier", "non_cite")
"""The answers, from the surest: the first that applies is given."""
COVERED = STATUSES[:3]
"""Those that say yes."""


class Cover(Struct, frozen=True):
    """The answer for a body under a contract: its status, the body through which, and the perimetre."""

    statut: str
    par: str | None = None
    perimetre: str | None = None


class Stay(Struct, frozen=True):
    """A stay of a body in a contract under one perimetre, told by the days of versions.

    The version of `debut` is the first that says so, that of `fin` the first that no longer does;
    `fin` is None while the newest version says so.
    """

    marche: str
    organisme: str
    perimetre: str | None
    debut: date
    fin: date | None


def covers(members: Iterable[Member], registry: Registry) -> dict[str, Cover]:
    """The answer for every body of the registry, by slug, where a contract has these members."""
    cited = {member.body.slug: member for member in members}

    @cache
    def cover(slug: str) -> Cover:
        if slug in cited:
            return Cover("cite", slug, cited[slug].perimetre)
        for status, through in (("groupe", registry.groups), ("successeur", registry.heirs)):
            for other in through.get(slug, ()):
                if (found := cover(other)).statut in COVERED:
                    return Cover(status, other, found.perimetre)
        wide = [other for other in registry.by_slug[slug].releve_de if other in cited and cited[other].wide]
        return Cover("a_verifier", wide[0], cited[wide[0]].perimetre) if wide else Cover("non_cite")

    return {body.slug: cover(body.slug) for body in registry.bodies}


def stays(readings: Sequence[Reading]) -> list[Stay]:
    """The stays that these readings tell, oldest reading first: by contract as it came, body and day."""
    scopes: dict[tuple[str, str], dict[date, str | None]] = defaultdict(dict)
    for reading in readings:
        for marche, members in reading.members.items():
            for member in members:
                scopes[marche, member.body.slug][reading.version.date] = member.perimetre
    found: list[Stay] = []
    for stay, told in scopes.items():
        # A spelling that changes is no new stay.
        said = [(reading.version.date, _words(told, reading.version.date)) for reading in readings]
        runs = [[day for day, _ in run] for _, run in groupby(said, key=itemgetter(1))]
        ends = [run[0] for run in runs[1:]] + [None]
        found += [
            Stay(*stay, told[run[-1]], run[0], end) for run, end in zip(runs, ends, strict=True) if run[0] in told
        ]
    places = {marche: place for place, marche in enumerate(dict.fromkeys(marche for marche, _ in scopes))}
    return sorted(found, key=lambda stay: (places[stay.marche], stay.organisme, stay.debut))


def _words(told: Mapping[date, str | None], day: date) -> tuple[str, ...] | None:
    return labels.words(told[day] or "") if day in told else None


def rows(readings: Sequence[Reading], registry: Registry) -> dict[str, list[dict[str, Any]]]:
    """The rows of couverture, as the newest reading has it, and of historique, as all of them have it."""
    newest = readings[-1]
    covered = [
        {"marche": marche, "organisme": slug, "date": newest.version.date, **structs.asdict(cover)}
        for marche, members in newest.members.items()
        for slug, cover in covers(members, registry).items()
    ]
    return {"couverture": covered, "historique": [structs.asdict(stay) for stay in stays(readings)]}


def answer(row: Mapping[str, Any], names: Mapping[str, str], contact: str) -> str:
    """The answer of a row of couverture in words: `names` by slug, `contact` is whom to ask."""
    scope = row["perimetre"]
    through = names.get(row["par"] or "", "")
    within = f", pour : {scope}" if scope else ""
    return {
        "cite": f"Oui, cité par la page{within}",
        "groupe": f"Oui, par son groupe : {through}{within}",
        "successeur": f"Oui, par le successeur : {through}{within}",
        "a_verifier": f"À vérifier : peut relever de « {scope} » ; demander à {contact}",
        "non_cite": f"La page ne le cite pas ; en cas de doute, demander à {contact}",
    }[row["statut"]]
