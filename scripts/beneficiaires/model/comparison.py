"""What changed from a snapshot to a later one, as data: lists, scopes, the page's other texts."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..source.models import Contract
from ..text import find_kind, make_key, propose_name, split_scope, split_words
from .coverage import (
    LISTED,
    NOT_LISTED,
    TO_VERIFY,
    Coverage,
    CoverageByContract,
    coverage_by_organisation,
)
from .matching import Listing, MatchedSnapshot, OrganisationList, match_bullet
from .registry import Registry

CONTACT, PAGE_TITLE, HEADER_DATE, LIST_TITLE = "contact", "title", "header_date", "list_title"
"""The texts of a page that a comparison watches, beside its lists."""

_NO_ANSWER = Coverage(NOT_LISTED)


@dataclass(frozen=True)
class ListEntry:
    """What a bullet of a list names: an organisation, or a label that nobody has (`slug` None).

    `label` is the part of the bullet that names, `text` the whole bullet. `is_confirmed` is False
    while a person has yet to say who the label names.
    """

    slug: str | None
    name: str
    label: str
    scope: str | None
    text: str
    line: int
    is_confirmed: bool


@dataclass(frozen=True)
class Removal:
    """An organisation, or an unknown label, that nothing covers any more in a list.

    `line` is that of the bullet that covered it, in the old snapshot. `was_listed`: that bullet
    named the organisation itself. `to_verify_through` is the name of the organisation by which it
    may still be covered, None without any. `possible_names` are labels of the same kind, new in the
    list and not confirmed: it may have been renamed.
    """

    slug: str | None
    name: str
    line: int
    was_listed: bool
    to_verify_through: str | None
    possible_names: tuple[str, ...]


@dataclass(frozen=True)
class Renaming:
    """An organisation that the list still names, with other words."""

    slug: str
    name: str
    old_label: str
    new_label: str
    line: int
    is_confirmed: bool


@dataclass(frozen=True)
class RouteChange:
    """An organisation that the list covers now in another way: by a group, by a successor…

    `status` is "groupe", "successeur" or "cite", `through` the slug and `through_name` the name of
    the group or of the successor. `was_covered` is False when the old list did not cover it at all.
    """

    slug: str
    name: str
    status: str
    through: str
    through_name: str
    was_covered: bool
    line: int


@dataclass(frozen=True)
class ScopeChange:
    """An organisation whose scope is worded otherwise; None when the page says nothing of it.

    `slug` is None for a label that the registry does not know.
    """

    slug: str | None
    name: str
    old_scope: str | None
    new_scope: str | None
    line: int


@dataclass(frozen=True)
class ListAlert:
    """A list that lost more than a third of its organisations, or that is no longer on the page.

    `lost_count` counts those of the `old_count` that it covered, unknown labels included, that
    nothing covers there any more.
    """

    lost_count: int
    old_count: int
    is_missing: bool


@dataclass(frozen=True)
class ListComparison:
    """What changed in a list. `contract` is a slug; None for a list that no contract claims.

    `name` is the contract's, or the title of the list. `added` are organisations that the list
    names and did not cover before; `rerouted` those that it covers now in another way. `is_new` and
    `is_gone`: only one of the two snapshots has the list. `old_texts` and `new_texts` are the
    bullets that say the same in both, in their order: they differ by spelling alone.
    """

    contract: str | None
    name: str
    is_new: bool
    is_gone: bool
    added: tuple[ListEntry, ...]
    removed: tuple[Removal, ...]
    renamed: tuple[Renaming, ...]
    rerouted: tuple[RouteChange, ...]
    scope_changes: tuple[ScopeChange, ...]
    alert: ListAlert | None
    old_texts: tuple[str, ...]
    new_texts: tuple[str, ...]

    @property
    def has_changes(self) -> bool:
        """Whether anything but spelling and order changed."""
        changes = (self.added, self.removed, self.renamed, self.rerouted, self.scope_changes)
        return self.is_new or self.is_gone or any(changes)


@dataclass(frozen=True)
class TextChange:
    """A text of the page that changed: CONTACT, PAGE_TITLE, HEADER_DATE or LIST_TITLE.

    `list_name` is the name of the contract whose list has another title, None for other texts.
    """

    subject: str
    list_name: str | None
    old: str
    new: str


@dataclass(frozen=True)
class Comparison:
    """What changed from the snapshot of `old_date` to that of `new_date`."""

    old_date: dt.date
    new_date: dt.date
    lists: tuple[ListComparison, ...]
    text_changes: tuple[TextChange, ...]

    @property
    def has_changes(self) -> bool:
        """Whether anything but spelling and order changed."""
        return bool(self.text_changes) or any(part.has_changes for part in self.lists)


@dataclass(frozen=True)
class DatedList:
    """A list of a snapshot: what its bullets name, and the answers that it gives.

    `entries` are by slug, `unknown_entries` by the key of their label, `coverage` by slug.
    """

    entries: Mapping[str, ListEntry]
    unknown_entries: Mapping[str, ListEntry]
    coverage: Mapping[str, Coverage]

    @property
    def all_entries(self) -> list[ListEntry]:
        """What the list names, known and unknown."""
        return [*self.entries.values(), *self.unknown_entries.values()]


_NO_LIST = DatedList({}, {}, {})


def compare_all(
    snapshots: Sequence[MatchedSnapshot],
    coverage: Sequence[CoverageByContract],
    contracts: Mapping[str, Contract],
    registry: Registry,
) -> list[Comparison]:
    """Return the comparison of each snapshot with the one before, newest first.

    `snapshots` are in the order of time; `coverage` is that of each.
    """
    comparisons = []
    dated = list(zip(snapshots, coverage, strict=True))
    for (old, old_coverage), (new, new_coverage) in pairwise(dated):
        comparison = compare_snapshots(old, new, old_coverage, new_coverage, contracts, registry)
        comparisons.append(comparison)
    comparisons.reverse()
    return comparisons


def compare_snapshots(
    old: MatchedSnapshot,
    new: MatchedSnapshot,
    old_coverage: CoverageByContract,
    new_coverage: CoverageByContract,
    contracts: Mapping[str, Contract],
    registry: Registry,
) -> Comparison:
    """Return what changed from a snapshot to another, whatever their problems."""
    lists = []
    for slug, contract in contracts.items():
        if slug in old.lists or slug in new.lists:
            old_list = _read_list(old.lists.get(slug), old_coverage.get(slug, {}), registry)
            new_list = _read_list(new.lists.get(slug), new_coverage.get(slug, {}), registry)
            is_missing = slug in new.missing_contracts
            lists.append(
                compare_lists(slug, contract.name, old_list, new_list, is_missing, registry)
            )
    old_unclaimed = _read_unclaimed_lists(old, registry)
    new_unclaimed = _read_unclaimed_lists(new, registry)
    for title in dict.fromkeys([*old_unclaimed, *new_unclaimed]):
        old_list = old_unclaimed.get(title)
        new_list = new_unclaimed.get(title)
        lists.append(compare_lists(None, title, old_list, new_list, False, registry))
    return Comparison(
        old_date=old.date,
        new_date=new.date,
        lists=tuple(lists),
        text_changes=tuple(_compare_texts(old, new, contracts)),
    )


def compare_lists(
    contract: str | None,
    name: str,
    old_list: DatedList | None,
    new_list: DatedList | None,
    is_missing: bool,
    registry: Registry,
) -> ListComparison:
    """Return what changed in a list; None stands for a snapshot that does not have it.

    `is_missing`: the contract should have a list in the new snapshot, and has none.
    """
    comparer = _ListComparer(old_list or _NO_LIST, new_list or _NO_LIST, registry)
    comparer.compare_organisations()
    comparer.compare_unknown_entries()
    return ListComparison(
        contract=contract,
        name=name,
        is_new=old_list is None,
        is_gone=new_list is None,
        added=tuple(sorted(comparer.added, key=_line_and_name)),
        removed=tuple(sorted(comparer.removed, key=_line_and_name)),
        renamed=tuple(sorted(comparer.renamed, key=_line_and_name)),
        rerouted=tuple(sorted(comparer.rerouted, key=_line_and_name)),
        scope_changes=tuple(sorted(comparer.scope_changes, key=_line_and_name)),
        alert=comparer.find_alert(new_list is not None, is_missing),
        old_texts=_list_texts(comparer.old.all_entries, comparer.changed_lines_of_old),
        new_texts=_list_texts(comparer.new.all_entries, comparer.changed_lines_of_new),
    )


class _ListComparer:
    """Goes through the organisations of a list at two dates, and gathers what changed."""

    def __init__(self, old: DatedList, new: DatedList, registry: Registry) -> None:
        self.old = old
        self.new = new
        self.registry = registry
        self.added: list[ListEntry] = []
        self.removed: list[Removal] = []
        self.renamed: list[Renaming] = []
        self.rerouted: list[RouteChange] = []
        self.scope_changes: list[ScopeChange] = []
        self.changed_lines_of_old: set[int] = set()
        self.changed_lines_of_new: set[int] = set()

    def compare_organisations(self) -> None:
        """Compare the answers for every organisation of the registry."""
        for organisation in self.registry.organisations:
            slug = organisation.slug
            old_answer = self.old.coverage.get(slug, _NO_ANSWER)
            new_answer = self.new.coverage.get(slug, _NO_ANSWER)
            if old_answer.is_covered and new_answer.is_covered:
                self._compare_answers(slug, old_answer, new_answer)
            elif new_answer.status == LISTED:
                self.added.append(self.new.entries[slug])
                self.changed_lines_of_new.add(self.new.entries[slug].line)
            elif new_answer.is_covered:
                self._add_route_change(slug, new_answer, was_covered=False)
            elif old_answer.is_covered:
                self._add_removal(slug, old_answer, new_answer)

    def compare_unknown_entries(self) -> None:
        """Compare the labels that the registry does not know."""
        for key, entry in self.new.unknown_entries.items():
            old_entry = self.old.unknown_entries.get(key)
            if old_entry is None:
                self.added.append(entry)
                self.changed_lines_of_new.add(entry.line)
            elif not _is_same_text(old_entry.scope, entry.scope):
                self._add_scope_change(
                    None, entry.name, old_entry.scope, entry.scope, old_entry.line, entry.line
                )
        for key, entry in self.old.unknown_entries.items():
            if key not in self.new.unknown_entries:
                possible_names = self._find_possible_names(entry.label)
                self.removed.append(
                    Removal(None, entry.name, entry.line, True, None, possible_names)
                )
                self.changed_lines_of_old.add(entry.line)

    def find_alert(self, has_list: bool, is_missing: bool) -> ListAlert | None:
        """Return the alert that the removals deserve, None without any."""
        if not has_list and not is_missing:
            return None
        old_count = len(self.old.unknown_entries)
        for answer in self.old.coverage.values():
            old_count += answer.is_covered
        lost_count = len(self.removed)
        if 3 * lost_count <= old_count:
            return None
        return ListAlert(lost_count, old_count, is_missing)

    def _compare_answers(self, slug: str, old_answer: Coverage, new_answer: Coverage) -> None:
        """Compare two answers that both cover an organisation."""
        old_route = (old_answer.status, old_answer.through)
        new_route = (new_answer.status, new_answer.through)
        if old_route != new_route:
            self._add_route_change(slug, new_answer, was_covered=True)
            if old_answer.status == LISTED:
                self.changed_lines_of_old.add(self.old.entries[slug].line)
        if new_answer.status != LISTED:
            return  # a change of scope is that of the group or of the successor
        if old_answer.status == LISTED:
            self._compare_labels(self.old.entries[slug], self.new.entries[slug])
        has_same_scope = _is_same_text(old_answer.scope, new_answer.scope)
        if not has_same_scope or old_answer.reach != new_answer.reach:
            self._add_scope_change(
                slug,
                self._find_name(slug),
                old_answer.scope,
                new_answer.scope,
                old_answer.listing.line,
                new_answer.listing.line,
            )

    def _add_scope_change(
        self,
        slug: str | None,
        name: str,
        old_scope: str | None,
        new_scope: str | None,
        old_line: int,
        new_line: int,
    ) -> None:
        change = ScopeChange(slug, name, old_scope, new_scope, new_line)
        self.scope_changes.append(change)
        self.changed_lines_of_old.add(old_line)
        self.changed_lines_of_new.add(new_line)

    def _compare_labels(self, old_entry: ListEntry, new_entry: ListEntry) -> None:
        if make_key(old_entry.label) == make_key(new_entry.label):
            return
        renaming = Renaming(
            slug=new_entry.slug,
            name=new_entry.name,
            old_label=propose_name(old_entry.label),
            new_label=propose_name(new_entry.label),
            line=new_entry.line,
            is_confirmed=new_entry.is_confirmed,
        )
        self.renamed.append(renaming)
        self.changed_lines_of_old.add(old_entry.line)
        self.changed_lines_of_new.add(new_entry.line)

    def _add_route_change(self, slug: str, answer: Coverage, was_covered: bool) -> None:
        change = RouteChange(
            slug=slug,
            name=self._find_name(slug),
            status=answer.status,
            through=answer.through,
            through_name=self._find_name(answer.through),
            was_covered=was_covered,
            line=answer.listing.line,
        )
        self.rerouted.append(change)
        if answer.status == LISTED:
            self.changed_lines_of_new.add(answer.listing.line)

    def _add_removal(self, slug: str, old_answer: Coverage, new_answer: Coverage) -> None:
        name = self._find_name(slug)
        to_verify_through = None
        if new_answer.status == TO_VERIFY:
            to_verify_through = self._find_name(new_answer.through)
        label = name
        if slug in self.old.entries:
            label = self.old.entries[slug].label
            self.changed_lines_of_old.add(self.old.entries[slug].line)
        removal = Removal(
            slug=slug,
            name=name,
            line=old_answer.listing.line,
            was_listed=old_answer.status == LISTED,
            to_verify_through=to_verify_through,
            possible_names=self._find_possible_names(label),
        )
        self.removed.append(removal)

    def _find_possible_names(self, label: str) -> tuple[str, ...]:
        """Return the labels of the same kind that are new in the list and nobody's for sure.

        An alias to confirm is left out: it is already thought to be another organisation's.
        """
        kind = find_kind(label)
        old_keys = {make_key(entry.label) for entry in self.old.all_entries}
        names: dict[str, None] = {}
        for entry in self.new.all_entries:
            is_new = make_key(entry.label) not in old_keys
            if is_new and self._is_unconfirmed(entry) and find_kind(entry.label) == kind:
                names[propose_name(entry.label)] = None
        return tuple(names)

    def _is_unconfirmed(self, entry: ListEntry) -> bool:
        """Return whether an entry names no organisation that a person has confirmed."""
        if entry.slug is None:
            return True
        return self.registry.by_slug[entry.slug].unconfirmed

    def _find_name(self, slug: str) -> str:
        return self.registry.by_slug[slug].name


def _line_and_name(
    change: ListEntry | Removal | Renaming | RouteChange | ScopeChange,
) -> tuple[int, str]:
    return change.line, make_key(change.name)


def _list_texts(entries: Iterable[ListEntry], changed_lines: set[int]) -> tuple[str, ...]:
    """Return the texts of the bullets whose meaning did not change, in the order of the page."""
    texts = {}
    for entry in entries:
        if entry.line not in changed_lines:
            texts[entry.line] = entry.text
    return tuple(texts[line] for line in sorted(texts))


def _read_list(
    organisation_list: OrganisationList | None,
    coverage: Mapping[str, Coverage],
    registry: Registry,
) -> DatedList | None:
    """Return what a list says; None when the snapshot does not have it."""
    if organisation_list is None:
        return None
    entries = {}
    for listing in organisation_list.listings:
        entries[listing.organisation.slug] = _read_listing(listing, registry)
    unknown_entries = {}
    for bullet in organisation_list.bullets:
        label, matches = match_bullet(bullet.text, registry)
        if not matches:
            _, scope = split_scope(bullet.text)
            name = propose_name(label)
            entry = ListEntry(None, name, label, scope or None, bullet.text, bullet.line, False)
            unknown_entries[make_key(label)] = entry
    return DatedList(entries, unknown_entries, coverage)


def _read_listing(listing: Listing, registry: Registry) -> ListEntry:
    organisation = listing.organisation
    label, matches = match_bullet(listing.text, registry)
    is_confirmed = not organisation.unconfirmed
    for match in matches:
        if match.organisation is organisation and match.alias is not None:
            is_confirmed = is_confirmed and not match.alias.unconfirmed
    return ListEntry(
        slug=organisation.slug,
        name=organisation.name,
        label=label,
        scope=listing.scope,
        text=listing.text,
        line=listing.line,
        is_confirmed=is_confirmed,
    )


def _read_unclaimed_lists(matched: MatchedSnapshot, registry: Registry) -> dict[str, DatedList]:
    """Return the lists that no contract claims, by title; those of one title are put together."""
    lists: dict[str, DatedList] = {}
    for organisation_list in matched.unclaimed_lists:
        coverage = coverage_by_organisation(organisation_list.listings, registry)
        dated_list = _read_list(organisation_list, coverage, registry)
        namesake = lists.get(organisation_list.title)
        if namesake is not None:
            dated_list = _merge_lists(namesake, dated_list)
        lists[organisation_list.title] = dated_list
    return lists


def _merge_lists(first: DatedList, second: DatedList) -> DatedList:
    """Return two lists as one; an organisation of both is that of the first."""
    coverage = dict(second.coverage)
    for slug, answer in first.coverage.items():
        if answer.is_covered:
            coverage[slug] = answer
    return DatedList(
        entries={**second.entries, **first.entries},
        unknown_entries={**second.unknown_entries, **first.unknown_entries},
        coverage=coverage,
    )


def _compare_texts(
    old: MatchedSnapshot, new: MatchedSnapshot, contracts: Mapping[str, Contract]
) -> list[TextChange]:
    """Return the changes of the page's texts, beside what its lists name."""
    texts = [
        TextChange(CONTACT, None, old.page.contact, new.page.contact),
        TextChange(PAGE_TITLE, None, old.page.title, new.page.title),
        TextChange(HEADER_DATE, None, old.page.date_text, new.page.date_text),
    ]
    for slug, contract in contracts.items():
        if slug in old.lists and slug in new.lists:
            old_title = old.lists[slug].title
            new_title = new.lists[slug].title
            texts.append(TextChange(LIST_TITLE, contract.name, old_title, new_title))
    return [text for text in texts if text.old != text.new]


def _is_same_text(first: str | None, second: str | None) -> bool:
    """Return whether two texts have the same words, whatever their spelling."""
    return split_words(first or "") == split_words(second or "")
