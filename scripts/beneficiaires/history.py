"""The history of the lists: when each body was first seen in a contract, and first missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

Members = Mapping[str, Iterable[str]]


class Period(NamedTuple):
    """One stay of a body in a contract: `debut` and `fin` are dates of pages.

    The page of `debut` is the first that names the body, the page of `fin` the first that no
    longer does; `fin` is None while the newest page still names it.
    """

    marche: str
    organisme: str
    debut: date
    fin: date | None


def periods(pages: Iterable[tuple[date, Members]]) -> list[Period]:
    """The stays that these pages tell, oldest page first; each page is its date and its lists.

    A list is the slugs of a contract. Sorted by contract in the order of the pages' lists, body
    and date. Time grows with the number of bullets of all pages.
    """
    places: dict[str, int] = {}
    since: dict[tuple[str, str], date] = {}
    found: list[Period] = []
    for day, members in pages:
        present = dict.fromkeys((marche, slug) for marche, slugs in members.items() for slug in slugs)
        for marche in members:
            places.setdefault(marche, len(places))
        for stay in [stay for stay in since if stay not in present]:
            found.append(Period(*stay, since.pop(stay), day))
        for stay in present:
            since.setdefault(stay, day)
    found += [Period(*stay, debut, None) for stay, debut in since.items()]
    return sorted(found, key=lambda period: (places[period.marche], period.organisme, period.debut))


def lost(before: Members, after: Members) -> dict[str, list[str]]:
    """The slugs that left each contract whose list lost more than a third of its bodies."""
    found = {}
    for marche, slugs in before.items():
        present = set(after.get(marche, ()))
        bodies = list(dict.fromkeys(slugs))
        gone = [slug for slug in bodies if slug not in present]
        if 3 * len(gone) > len(bodies):
            found[marche] = gone
    return found
