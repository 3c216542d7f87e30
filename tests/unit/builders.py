"""What the unit tests share: small organisations, registries, lists and pages, built plainly."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from beneficiaires.model.coverage import Coverage
from beneficiaires.model.matching import MatchedSnapshot, match_snapshot
from beneficiaires.model.registry import Registry, build_registry
from beneficiaires.source.documents import Document
from beneficiaires.source.models import (
    Alias,
    Contract,
    Correction,
    Organisation,
    Relation,
    Snapshot,
)
from beneficiaires.source.page import parse_page

PAGE_NAME = "page.md"

CONTRACTS = {
    "support": Contract("support", "Support", ("Support",)),
    "expertise": Contract("expertise", "Expertise", ("Expertise",)),
}
SUPPORT_ONLY = {"support": CONTRACTS["support"]}


def parametrize_cases(cases: Sequence[Any]) -> pytest.MarkDecorator:
    """Return the mark that runs a test once for each case; a case has a `name`."""
    names = [case.name for case in cases]
    assert len(set(names)) == len(names)
    return pytest.mark.parametrize("case", cases, ids=names)


def make_organisation(
    slug: str,
    name: str | None = None,
    category: str = "etablissement-public",
    group: str | None = None,
    comes_under: Iterable[str] = (),
    replaces: Iterable[str] = (),
    aliases: Iterable[str | Alias] = (),
    **fields: Any,
) -> Organisation:
    """Return an organisation, its relations given by slug; its name is its slug if none is given."""
    return Organisation(
        slug=slug,
        name=name or slug.replace("-", " ").capitalize(),
        category=category,
        group=None if group is None else make_relation(group),
        comes_under=tuple(make_relation(slug) for slug in comes_under),
        replaces=tuple(make_relation(slug) for slug in replaces),
        aliases=tuple(Alias(alias) if isinstance(alias, str) else alias for alias in aliases),
        **fields,
    )


def make_relation(slug: str) -> Relation:
    """Return a link to an organisation."""
    return Relation(slug, "Un décret.")


def make_collective(slug: str, members: str | None = None, **fields: Any) -> Organisation:
    """Return a collective; `members` is the category of its members."""
    return make_organisation(slug, category="collectif", member_category=members, **fields)


def make_registry(*organisations: Organisation) -> Registry:
    """Return the registry of some organisations, in the order of their slugs."""
    ordered = sorted(organisations, key=lambda organisation: organisation.slug)
    document = Document("organismes.yml", "", {}, {})
    return build_registry(ordered, [], document, document)


def write_page(support: Iterable[str], expertise: Iterable[str] = ()) -> str:
    """Return a page with these bullets; the first of support stands on line 3."""
    text = "## Support\n\n" + write_bullets(support)
    if expertise:
        text += "\n## Expertise\n\n" + write_bullets(expertise)
    return text


def write_bullets(labels: Iterable[str]) -> str:
    """Return the lines of a list in Markdown."""
    return "".join(f"- {label}\n" for label in labels)


def match_page(
    text: str,
    registry: Registry,
    contracts: Mapping[str, Contract] = SUPPORT_ONLY,
    corrections: Iterable[Correction] = (),
    date: str = "2023-09-07",
) -> MatchedSnapshot:
    """Return what the snapshot of a day says, read from its text as a build reads it."""
    snapshot = Snapshot(dt.date.fromisoformat(date), "0" * 64)
    page = parse_page(text.encode(), PAGE_NAME)
    return match_snapshot(snapshot, page, contracts, corrections, registry)


def list_problems(matched: MatchedSnapshot) -> list[str]:
    """Return the problems of a snapshot as « line: message », in the order of the lines."""
    problems = sorted(matched.problems, key=lambda problem: problem.line or 0)
    return [f"{problem.line}: {problem.message}" for problem in problems]


def list_slugs(matched: MatchedSnapshot, contract: str = "support") -> list[str]:
    """Return the slugs of the listings of a contract, in their order."""
    return [listing.organisation.slug for listing in matched.lists[contract].listings]


def describe_answer(coverage: Coverage) -> str:
    """Return an answer in one line: « groupe par ministeres, limitee : lot Moodle »."""
    text = coverage.status
    if coverage.through is not None:
        text += f" par {coverage.through}"
    if coverage.reach is not None:
        text += f", {coverage.reach} : {coverage.scope}"
    return text


def assert_starts(texts: Sequence[str], starts: Sequence[str]) -> None:
    """Check that each text starts with the one expected at its place, and that there is no more."""
    for text, start in zip(texts, starts, strict=False):
        assert text.startswith(start), f"{text!r} does not start with {start!r}"
    assert len(texts) == len(starts), texts
