"""The answer for each organisation under a contract, from the listings of one list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..source.models import Relation
from .matching import WIDE, Listing, MatchedSnapshot
from .registry import Registry

LISTED = "cite"
GROUP = "groupe"
SUCCESSOR = "successeur"
TO_VERIFY = "a_verifier"
NOT_LISTED = "non_cite"

STATUSES = (LISTED, GROUP, SUCCESSOR, TO_VERIFY, NOT_LISTED)
"""The kinds of answers, from the surest: the first that applies is given."""

COVERED_STATUSES = frozenset([LISTED, GROUP, SUCCESSOR])
"""Statuses that count as covered."""


@dataclass(frozen=True)
class Coverage:
    """The answer for an organisation under a contract.

    `through` is the slug of the next organisation in the chain, the organisation itself when the
    list names it; `listing` is the one at the end of the chain. Both are None for `non_cite`.
    """

    status: str
    through: str | None = None
    listing: Listing | None = None

    @property
    def scope(self) -> str | None:
        """What the page says of the extent of the right, where the chain ends."""
        return None if self.listing is None else self.listing.scope

    @property
    def reach(self) -> str | None:
        """Whether that scope is wide ("large") or limited ("limitee")."""
        return None if self.listing is None else self.listing.reach

    @property
    def is_covered(self) -> bool:
        """Whether the organisation may use the contract."""
        return self.status in COVERED_STATUSES


CoverageByContract = Mapping[str, Mapping[str, Coverage]]
"""The coverage of each organisation, by the slug of a contract, then its own."""


def coverage_by_organisation(
    listings: Iterable[Listing], registry: Registry
) -> dict[str, Coverage]:
    """Return the coverage of every organisation of the registry, by slug, under one contract."""
    finder = _CoverageFinder(listings, registry)
    return {
        organisation.slug: finder.find_coverage(organisation.slug)
        for organisation in registry.organisations
    }


def coverage_by_contract(matched: MatchedSnapshot, registry: Registry) -> CoverageByContract:
    """Return the coverage of every organisation under each contract that has a list."""
    return {
        contract: coverage_by_organisation(organisation_list.listings, registry)
        for contract, organisation_list in matched.lists.items()
    }


class _CoverageFinder:
    """Finds the coverage of organisations by one list, following groups and successors."""

    def __init__(self, listings: Iterable[Listing], registry: Registry) -> None:
        self.registry = registry
        self.listings = {listing.organisation.slug: listing for listing in listings}
        self._covered: dict[str, Coverage | None] = {}

    def find_coverage(self, slug: str) -> Coverage:
        """Return the coverage of an organisation: the first status that applies."""
        return (
            self.find_covered(slug)
            or self.find_doubt_from_scope(slug)
            or self.find_doubt_from_predecessor(slug)
            or self.find_doubt_through_relative(slug)
            or Coverage(NOT_LISTED)
        )

    def find_covered(self, slug: str) -> Coverage | None:
        """Return the coverage of an organisation that is covered; None when it is not."""
        if slug not in self._covered:
            self._covered[slug] = self._follow_chain(slug)
        return self._covered[slug]

    def _follow_chain(self, slug: str) -> Coverage | None:
        listing = self.listings.get(slug)
        if listing is not None:
            return Coverage(LISTED, slug, listing)
        for status, relatives in (
            (GROUP, self.registry.collectives[slug]),
            (SUCCESSOR, self._successors(slug)),
        ):
            for relative in relatives:
                coverage = self.find_covered(relative)
                if coverage is not None and not _excludes(coverage.listing, slug):
                    return Coverage(status, relative, coverage.listing)
        return None

    def find_doubt_from_scope(self, slug: str) -> Coverage | None:
        """Return the doubt of an organisation that may come under a scope or a collective.

        The list names an organisation with a wide scope, or a collective, that it may come under.
        """
        for related_slug in _sort_slugs(self.registry.by_slug[slug].comes_under):
            listing = self.listings.get(related_slug)
            if listing is None or _excludes(listing, slug):
                continue
            if listing.reach == WIDE or listing.organisation.is_collective:
                return Coverage(TO_VERIFY, related_slug, listing)
        return None

    def find_doubt_from_predecessor(self, slug: str) -> Coverage | None:
        """Return the doubt of an organisation that replaced one that the list names."""
        for replaced_slug in _sort_slugs(self.registry.by_slug[slug].replaces):
            listing = self.listings.get(replaced_slug)
            if listing is not None and not _excludes(listing, slug):
                return Coverage(TO_VERIFY, replaced_slug, listing)
        return None

    def find_doubt_through_relative(self, slug: str) -> Coverage | None:
        """Return the doubt of an organisation whose group or successor may come under a scope."""
        for relative in [*self.registry.collectives[slug], *self._successors(slug)]:
            if self.find_covered(relative) is not None:
                # It would have covered this organisation too: a wording leaves this one out.
                continue
            coverage = self.find_doubt_from_scope(relative)
            # What the relative itself replaced says nothing of this organisation.
            if coverage is None and self.find_doubt_from_predecessor(relative) is None:
                coverage = self.find_doubt_through_relative(relative)
            if coverage is not None and not _excludes(coverage.listing, slug):
                return Coverage(TO_VERIFY, relative, coverage.listing)
        return None

    def _successors(self, slug: str) -> Sequence[str]:
        return self.registry.successors.get(slug, ())


def _sort_slugs(relations: Iterable[Relation]) -> list[str]:
    """Return the slugs of some relations in the order of the registry."""
    return sorted(relation.slug for relation in relations)


def _excludes(listing: Listing | None, slug: str) -> bool:
    """Return whether the wording of a listing leaves an organisation out."""
    return listing is not None and slug in listing.excluded
