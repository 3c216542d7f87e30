"""Who may use which contract, as the lookup page answers it: one answer a body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import french, labels
from .registry import Registry
from .tables import Row, Rows

_NUMBERS = {2: "deux", 3: "trois", 4: "quatre"}


class Coverage(NamedTuple):
    """What one contract says of one body.

    `member` is the body's row of beneficiaires, None when it is in the list no more; `periods` are
    its rows of historique, oldest first.
    """

    contract: Row
    member: Row | None
    periods: Sequence[Row]


class Answer(NamedTuple):
    """One body: its row of organismes, a coverage for each contract, the keys it is `found_by`."""

    body: Row
    coverages: tuple[Coverage, ...]
    found_by: tuple[str, ...]

    @property
    def covering(self) -> list[str]:
        """The contracts that cover the body."""
        return [coverage.contract["marche"] for coverage in self.coverages if coverage.member]

    @property
    def state(self) -> str:
        """« oui » by every contract, « partiel » by some, « non » by none."""
        found = len(self.covering)
        return "oui" if found == len(self.coverages) else "partiel" if found else "non"

    @property
    def verdict(self) -> str:
        """« Oui, pour les deux marchés : support et expertise. »"""
        others = [c.contract["marche"] for c in self.coverages if not c.member]
        if not self.covering:
            return "Non : la page ne le cite plus pour aucun marché."
        if others:
            return f"Oui pour {french.listed(self.covering)}, non pour {french.listed(others)}."
        number = _NUMBERS.get(len(self.covering), len(self.covering))
        which = f"les {number} marchés : " if len(self.covering) > 1 else "le marché "
        return f"Oui, pour {which}{french.listed(self.covering)}."


def answers(rows: Rows, registry: Registry) -> list[Answer]:
    """An answer for each body of the registry, in alphabetical order of their names."""
    members = {(row["marche"], row["organisme"]): row for row in rows["beneficiaires"]}
    periods: dict[tuple[str, str], list[Row]] = {}
    for row in rows["historique"]:
        periods.setdefault((row["marche"], row["organisme"]), []).append(row)
    keys: dict[str, list[str]] = {}
    for key, found in registry.answers.items():
        for body, _ in found:
            keys.setdefault(body.slug, []).append(key)
    every = [
        Answer(
            body,
            tuple(
                Coverage(contract, members.get(pair), periods.get(pair, ()))
                for contract in rows["marches"]
                for pair in [(contract["marche"], body["organisme"])]
            ),
            tuple(keys[body["organisme"]]),
        )
        for body in rows["organismes"]
    ]
    return sorted(every, key=lambda answer: labels.words(answer.body["nom"]))
