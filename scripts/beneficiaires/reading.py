"""What a page says: each bullet of its lists, and the bodies that it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from .contracts import Contract, lists
from .page import Page, Section, suspects
from .problems import Problem, raise_if_any
from .registry import Body, Named, Registry


class Member(NamedTuple):
    """A body in a list, and what the page says of it: `rang` is the place of its bullet in the list."""

    body: Body
    perimetre: str | None
    libelle: str
    rang: int
    ligne: int


class Reading(NamedTuple):
    """One version of the page, its bullets named: by contract, the list's title and its members."""

    page: Page
    date: date
    titles: dict[str, str]
    lists: dict[str, list[Member]]

    @property
    def slugs(self) -> dict[str, list[str]]:
        """The slugs of each contract."""
        return {marche: [member.body.slug for member in members] for marche, members in self.lists.items()}


def read(page: Page, published: date, contracts: Sequence[Contract], registry: Registry) -> Reading:
    """What the page `published` that day says. Raises Invalid with every problem."""
    sections, problems = lists(page, contracts)
    name = cache(registry.resolve)  # the contracts name the same bodies in the same words
    members = {
        contract.slug: _members(sections[contract.slug], page.name, name, problems)
        for contract in contracts
        if contract.slug in sections
    }
    raise_if_any(problems)
    return Reading(page, published, {slug: sections[slug].title for slug in members}, members)


def _members(
    section: Section, page: str, name: Callable[[str], Named], problems: list[Problem]
) -> list[Member]:
    """The members of one list; what is wrong with its bullets is added to the problems."""
    broken = {problem.line: problem for problem in suspects(section, page)}
    problems += broken.values()
    first_lines: dict[str, int] = {}
    members = []
    for rank, (text, line) in enumerate(section.items, 1):
        named, faults = name(text)
        for message, label in faults:
            if label is None or line not in broken:
                problems.append(Problem(page, line, f"« {text} » : {message}", label))
        for body, perimetre in named:
            if body.slug in first_lines:
                before = f"{body.slug} est déjà ligne {first_lines[body.slug]} du même marché"
                problems.append(Problem(page, line, f"« {text} » : {before} ; retirer l'une des deux"))
            first_lines[body.slug] = line
            members.append(Member(body, perimetre, text, rank, line))
    return members
