"""The picture of the home page: how many bodies each contract covers, by category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .tables import Row

_WIDTH = 210.0  # of the longest bar, in the units of the drawing
_BAR = 16
_TITLE = 20
_GAP = 12


class Bar(NamedTuple):
    """The bodies of one category in one contract; `y` is the top of the bar, `length` its length."""

    contract: str
    count: int
    y: int
    length: float


class Group(NamedTuple):
    """The bars of one category; `y` is the line its title stands on."""

    category: str
    y: int
    bars: tuple[Bar, ...]


class Chart(NamedTuple):
    """The groups from top to bottom, and the height of the drawing."""

    groups: tuple[Group, ...]
    height: int


def draw(members: Sequence[Row], contracts: Sequence[str], categories: Sequence[str]) -> Chart:
    """The chart of the rows of beneficiaires; a category without any body is left out."""
    counts = Counter((row["categorie"], row["marche"]) for row in members)
    longest = max(counts.values(), default=1)
    groups = []
    top = 0
    for category in categories:
        if not any(counts[category, contract] for contract in contracts):
            continue
        bars = tuple(
            Bar(contract, count, top + _TITLE + rank * (_BAR + 2), round(_WIDTH * count / longest, 1))
            for rank, contract in enumerate(contracts)
            for count in [counts[category, contract]]
        )
        groups.append(Group(category, top + _TITLE - 6, bars))
        top += _TITLE + len(bars) * (_BAR + 2) + _GAP
    return Chart(tuple(groups), max(top - _GAP, 0))
