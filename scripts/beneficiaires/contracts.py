"""The contracts, and the list of the page that each of them opens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from . import labels, records
from .page import Page, Section
from .problems import Problem, raise_if_any


class Contract(NamedTuple):
    """One contract; `headings` are the titles that have opened its list on the page."""

    slug: str
    name: str
    headings: tuple[str, ...]


def parse(text: str, name: str) -> tuple[Contract, ...]:
    """The contracts of marches.yml, in its order. Raises Invalid."""
    problems: list[Problem] = []
    contracts = []
    owners: dict[str, str] = {}
    content = records.parse(text, name)
    for slug, entry in content.items():
        fields = records.Fields(entry, name, content.lines[slug], problems)
        headings = tuple(fields.texts("titres"))
        if not headings:
            fields.report("titres", f"« {slug} » : aucun titre de liste")
        for heading in headings:
            owner = owners.setdefault(labels.key(heading), slug)
            if owner != slug:
                fields.report("titres", f"« {heading} » ouvre aussi la liste du marché {owner}")
        contracts.append(Contract(slug, fields.take("nom", str, "", required=True), headings))
        fields.finish()
    raise_if_any(problems)
    return tuple(contracts)


def lists(page: Page, contracts: Iterable[Contract]) -> tuple[dict[str, Section], list[Problem]]:
    """The section of each contract by its slug, and what is wrong with the headings and lists.

    Every list of the page stands under the heading of one contract, once.
    """
    slugs = {labels.key(heading): contract.slug for contract in contracts for heading in contract.headings}
    found: dict[str, Section] = {}
    problems = []

    def fault(line: int | None, message: str) -> None:
        problems.append(Problem(page.name, line, message))

    for section in page.sections:
        slug = slugs.get(labels.key(section.title)) if section.title else None
        if slug is None:
            if section.items:
                place = f"le titre inconnu « {section.title} »" if section.title else "aucun titre"
                fault(section.items[0].line, f"liste sous {place} ; les titres connus sont dans marches.yml")
        elif slug in found:
            fault(section.line, f"« {section.title} » : titre déjà lu ligne {found[slug].line}")
        else:
            found[slug] = section
            for line, what in section.strays:
                fault(line, f"{what} sous « {section.title} » ; seules des puces y sont attendues")
            if not section.items:
                fault(section.line, f"« {section.title} » : liste vide")
    for contract in contracts:
        if contract.slug not in found:
            fault(
                None,
                f"« {contract.headings[0]} » : titre introuvable ; s'il a changé, l'ajouter dans marches.yml",
            )
    return found, problems
