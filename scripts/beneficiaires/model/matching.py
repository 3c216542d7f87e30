"""What a snapshot says: its lists, corrected, and the organisations that each bullet names."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .. import wording
from ..errors import Problem, ProblemCollector
from ..source.models import Contract, Correction, Organisation, Snapshot
from ..source.page import Bullet, Page, Section, UnexpectedText
from ..text import (
    FORMULA_PREFIXES,
    find_acronyms,
    has_exclusion,
    is_too_long_to_quote,
    make_key,
    normalize_acronym,
    remove_acronyms,
    split_scope,
    split_words,
)
from .corrections import CorrectionBook, merge_bullets
from .registry import Match, Registry

_LIST_KINDS = frozenset([wording.NUMBERED_LIST, wording.TABLE])
_QUOTING_KINDS = frozenset([wording.CODE_BLOCK, wording.HTML, wording.QUOTATION])

WIDE, LIMITED = "large", "limitee"
"""The reach of a scope: an alias widens the right, words after a colon limit it."""

_OPEN_WORDS = frozenset(
    "a au aux avec d dans de des du en et l la le les ou par pour sous sur".split()  # noqa: SIM905
)
"""Words with which no bullet ends, as `split_words` gives them."""


@dataclass(frozen=True)
class Listing:
    """An organisation named by a bullet in the list of a contract.

    `scope` and `reach` ("large", "limitee") are None when the bullet says nothing of the extent of
    the right; a wide scope stays "large" when words after a colon limit it too. `excluded` are the
    slugs that the wording leaves out. `text` is the bullet's, `rank` its place in the list from 1,
    `line` its line in the snapshot's file.
    """

    organisation: Organisation
    scope: str | None
    reach: str | None
    excluded: tuple[str, ...]
    text: str
    rank: int
    line: int


@dataclass(frozen=True)
class OrganisationList:
    """A list of the page. `contract` is a slug; None when no contract claims the list."""

    contract: str | None
    title: str
    line: int
    bullets: tuple[Bullet, ...]
    listings: tuple[Listing, ...]


@dataclass(frozen=True)
class UnknownLabel:
    """The label of a bullet that the registry does not know. `text` is the whole bullet."""

    label: str
    text: str
    line: int
    contract: str | None


@dataclass(frozen=True)
class MatchedSnapshot:
    """A snapshot, its lists by the slug of their contract, and what stops its publication.

    `missing_contracts` are those whose list is expected on that day and not there.
    `proposed_joins` would repair the bullets that look broken; `used_corrections` had something to
    correct. A snapshot with `problems` is not to be published.
    """

    snapshot: Snapshot
    page: Page
    lists: Mapping[str, OrganisationList]
    unclaimed_lists: tuple[OrganisationList, ...]
    missing_contracts: tuple[str, ...]
    unknown_labels: tuple[UnknownLabel, ...]
    proposed_joins: tuple[Correction, ...]
    used_corrections: frozenset[Correction]
    problems: tuple[Problem, ...]

    @property
    def date(self) -> dt.date:
        """The day of the snapshot."""
        return self.snapshot.date


def match_snapshot(
    snapshot: Snapshot,
    page: Page,
    contracts: Mapping[str, Contract],
    corrections: Iterable[Correction],
    registry: Registry,
) -> MatchedSnapshot:
    """Return what a page says, whatever its problems."""
    matcher = _SnapshotMatcher(snapshot, page, contracts, CorrectionBook(corrections), registry)
    matcher.match_sections()
    missing_contracts = matcher.check_expected_lists()
    listed_contracts = [slug for slug in contracts if slug in matcher.lists]
    return MatchedSnapshot(
        snapshot=snapshot,
        page=page,
        lists={slug: matcher.lists[slug] for slug in listed_contracts},
        unclaimed_lists=tuple(matcher.unclaimed_lists),
        missing_contracts=tuple(missing_contracts),
        unknown_labels=tuple(matcher.unknown_labels),
        proposed_joins=tuple(matcher.proposed_joins),
        used_corrections=frozenset(matcher.book.used),
        problems=tuple(matcher.problems.problems),
    )


def match_bullet(text: str, registry: Registry) -> tuple[str, Sequence[Match]]:
    """Return the part of a bullet that names organisations, and who they are.

    An alias may be the whole text, colon included; else the label stands before the colon.
    """
    matches = registry.match_label(text)
    if matches:
        return text, matches
    label, _ = split_scope(text)
    return label, registry.match_label(label)


def select_listings(
    candidates: Sequence[Listing], problems: ProblemCollector, name: str
) -> list[Listing]:
    """Return one listing for each organisation of a list, in the order of the list.

    When several bullets name an organisation, the one that names the fewest makes the listing:
    half-updated lists have « Intérieur et Outre-mer » beside « Outre-mer ». Between equals there
    is a problem. `name` is the snapshot's file.
    """
    sizes: dict[int, int] = defaultdict(int)
    for listing in candidates:
        sizes[listing.rank] += 1
    smallest_sizes: dict[str, int] = {}
    for listing in candidates:
        slug = listing.organisation.slug
        size = sizes[listing.rank]
        smallest_sizes[slug] = min(size, smallest_sizes.get(slug, size))
    selected: dict[str, Listing] = {}
    for listing in candidates:
        slug = listing.organisation.slug
        if sizes[listing.rank] > smallest_sizes[slug]:
            continue
        rival = selected.setdefault(slug, listing)
        if rival is not listing:
            message = wording.organisation_listed_twice(listing.text, slug, rival.line)
            problems.add(name, listing.line, message)
    return [listing for listing in candidates if selected[listing.organisation.slug] is listing]


def find_bullet_faults(text: str, label: str, matches: Sequence[Match]) -> list[str]:
    """Return why the text of a bullet cannot be published as it is, as French messages.

    `label` is the part that names the organisations of `matches`.
    """
    faults = []
    limit = _find_limit(text, label) or ""
    if text.startswith(FORMULA_PREFIXES) or limit.startswith(FORMULA_PREFIXES):
        faults.append(wording.formula_in_bullet())
    organisations = [match.organisation for match in matches]
    known = set()
    for organisation in organisations:
        known.update(normalize_acronym(acronym) for acronym in organisation.acronyms)
    for acronym in dict.fromkeys(find_acronyms(label)):
        if normalize_acronym(acronym) not in known:
            registered = [
                (organisation.slug, organisation.acronym) for organisation in organisations
            ]
            faults.append(wording.acronym_mismatch(acronym, registered))
    is_collective = any(organisation.is_collective for organisation in organisations)
    if is_collective and has_exclusion(limit):
        faults.append(wording.unmatched_exclusion())
    return faults


def _find_limit(text: str, label: str) -> str | None:
    """Return the words after the colon of a bullet; None when its label is the whole text."""
    if label == text:
        return None
    _, limit = split_scope(text)
    return limit


class _SnapshotMatcher:
    """Goes through the sections of a page in their order, and gathers what they say."""

    def __init__(
        self,
        snapshot: Snapshot,
        page: Page,
        contracts: Mapping[str, Contract],
        book: CorrectionBook,
        registry: Registry,
    ) -> None:
        self.snapshot = snapshot
        self.page = page
        self.contracts = contracts
        self.book = book
        self.registry = registry
        self.problems = ProblemCollector()
        self.lists: dict[str, OrganisationList] = {}
        self.unclaimed_lists: list[OrganisationList] = []
        self.unknown_labels: list[UnknownLabel] = []
        self.proposed_joins: list[Correction] = []

    def match_sections(self) -> None:
        """Match every section of the page."""
        owners = _index_titles(self.contracts)
        sections = list(self.page.sections)
        self._report_introduction(sections[0])
        index = 1
        while index < len(sections):
            section = sections[index]
            subsections = _take_subsections(sections, index, owners)
            contract = owners.get(make_key(section.title))
            if contract is not None:
                self._match_contract_list(contract, section, subsections)
                index += 1 + len(subsections)
            elif self._is_ignored(section.title, section.line):
                for ignored_section in [section, *subsections]:
                    self._report_ignored_section(ignored_section)
                index += 1 + len(subsections)
            else:
                self._match_unclaimed_section(section, subsections)
                index += 1

    def check_expected_lists(self) -> list[str]:
        """Return the contracts whose list is missing. Report them, and lists before their time."""
        missing = []
        for slug, contract in self.contracts.items():
            is_expected = contract.is_listed_on(self.snapshot.date)
            if slug in self.lists and not is_expected:
                message = wording.unexpected_list(slug, str(self.snapshot.date))
                self._report(self.lists[slug].line, message)
            elif slug not in self.lists and is_expected:
                missing.append(slug)
                self._report(None, wording.missing_list(slug, str(self.snapshot.date)))
        return missing

    def _report(self, line: int | None, message: str) -> None:
        self.problems.add(self.page.name, line, message)

    def _is_ignored(self, text: str, line: int) -> bool:
        """Return whether a correction drops a text. Report one that would drop an organisation."""
        if not self.book.ignores(text):
            return False
        _, matches = match_bullet(text, self.registry)
        if matches:
            self._report(line, wording.ignored_organisation(text, matches[0].organisation.slug))
        return True

    def _report_introduction(self, section: Section) -> None:
        """Report what may be or hide a list above the first heading."""
        for bullet in section.bullets:
            if not self._is_ignored(bullet.text, bullet.line):
                is_mentioned = bool(self.registry.find_mentioned(bullet.text))
                message = wording.bullet_without_heading(bullet.text, is_mentioned)
                self._report(bullet.line, message)
        for text in section.unexpected_texts:
            if self._may_hold_list(text) and not self._is_ignored(text.text, text.line):
                self._report_unexpected_text(text)
        self._report_template_syntax(section)

    def _may_hold_list(self, text: UnexpectedText) -> bool:
        """Return whether a text that stands under no contract may be a list of organisations."""
        if text.kind in _LIST_KINDS:
            return True
        return text.kind in _QUOTING_KINDS and bool(self.registry.find_mentioned(text.text))

    def _report_template_syntax(self, section: Section) -> None:
        for text in section.unexpected_texts:
            if text.kind == wording.TEMPLATE_SYNTAX and not self._is_ignored(text.text, text.line):
                self._report_unexpected_text(text)

    def _report_ignored_section(self, section: Section) -> None:
        """Report the template syntax of a section that is not read: it may hide a later list."""
        for bullet in section.bullets:
            if wording.TEMPLATE_SYNTAX in bullet.unexpected:
                kind = wording.TEMPLATE_SYNTAX
                text = UnexpectedText(bullet.text, bullet.text, bullet.line, kind)
                self._report_unexpected_text(text)
        self._report_template_syntax(section)

    def _match_unclaimed_section(self, section: Section, subsections: Sequence[Section]) -> None:
        """Report a section that no contract claims, when it may hold or hide a list."""
        has_list = bool(section.bullets)
        for text in section.unexpected_texts:
            has_list = has_list or self._may_hold_list(text)
        mentioned = self.registry.find_mentioned(section.title)
        if has_list:
            is_mentioned = bool(mentioned or self._find_mentioned_below([section, *subsections]))
            message = wording.unclaimed_list(section.title, str(self.snapshot.date), is_mentioned)
            self._report(section.line, message)
            listings = self._match_bullets(section.bullets, None)
            self.unclaimed_lists.append(
                OrganisationList(None, section.title, section.line, section.bullets, listings)
            )
        elif mentioned:
            message = wording.organisation_as_heading(section.title, mentioned[0].slug)
            self._report(section.line, message)
        elif self.lists or section.is_underlined:
            slug = self._find_mentioned_below([section, *subsections])
            self._report(section.line, wording.unclaimed_heading(section.title, slug))
        self._report_template_syntax(section)

    def _match_contract_list(
        self, contract: str, section: Section, subsections: Sequence[Section]
    ) -> None:
        """Match the list of a contract: all that stands under its heading, at any level."""
        if contract in self.lists:
            message = wording.list_read_twice(section.title, self.lists[contract].line)
            self._report(section.line, message)
            return
        bullets = self._collect_bullets(section)
        hidden_below: int | None = None
        for index, subsection in enumerate(subsections):
            if hidden_below is not None and subsection.level > hidden_below:
                self._report_ignored_section(subsection)
                continue
            hidden_below = None
            if self._is_ignored(subsection.title, subsection.line):
                hidden_below = subsection.level
                self._report_ignored_section(subsection)
                continue
            if not self.book.keeps(subsection.title):
                self._report_subheading(subsection, _take_subsections(subsections, index, {}))
            elif match_bullet(subsection.title, self.registry)[1]:
                bullets.append(Bullet(subsection.title, subsection.line))
            bullets += self._collect_bullets(subsection)
        joined = tuple(self.book.join_bullets(bullets))
        if not joined:
            self._report(section.line, wording.empty_list(section.title))
        listings = self._match_bullets(joined, contract)
        self.lists[contract] = OrganisationList(
            contract, section.title, section.line, joined, listings
        )

    def _report_subheading(self, section: Section, subsections: Sequence[Section]) -> None:
        mentioned = self.registry.find_mentioned(section.title)
        if mentioned:
            message = wording.organisation_as_heading(section.title, mentioned[0].slug)
        else:
            is_mentioned = self._find_mentioned_below([section, *subsections]) is not None
            message = wording.heading_inside_list(section.title, is_mentioned)
        self._report(section.line, message)

    def _find_mentioned_below(self, sections: Iterable[Section]) -> str | None:
        """Return the slug of an organisation that stands below headings, or None.

        To ignore the first heading would drop it.
        """
        for section in sections:
            for part in (*section.bullets, *section.unexpected_texts):
                mentioned = self.registry.find_mentioned(part.text)
                if mentioned:
                    return mentioned[0].slug
        return None

    def _collect_bullets(self, section: Section) -> list[Bullet]:
        """Return the bullets of a section, with the texts that a correction keeps as bullets."""
        bullets = []
        for bullet in section.bullets:
            if not self._is_ignored(bullet.text, bullet.line):
                bullets.append(bullet)
        for text in section.unexpected_texts:
            is_blank = not split_words(text.text) and text.kind != wording.TEMPLATE_SYNTAX
            if is_blank or self._is_ignored(text.text, text.line):
                continue
            if self.book.keeps(text.text):
                bullets.append(Bullet(text.shown_text, text.line))
            else:
                self._report_unexpected_text(text)
        return sorted(bullets, key=lambda bullet: bullet.line)

    def _report_unexpected_text(self, text: UnexpectedText) -> None:
        mentioned = self.registry.find_mentioned(text.text)
        if mentioned:
            message = wording.organisation_outside_bullet(text.text, text.kind, mentioned[0].slug)
        elif is_too_long_to_quote(text.text):
            message = wording.long_unexpected_text(text.text, text.kind)
        else:
            message = wording.unexpected_text(text.text, text.kind)
        self._report(text.line, message)

    def _match_bullets(
        self, bullets: Sequence[Bullet], contract: str | None
    ) -> tuple[Listing, ...]:
        """Return the listings of a list of bullets. Report what cannot be published."""
        broken_lines = set()
        for run in self._find_split_bullets(bullets):
            self._propose_join(run, contract)
            broken_lines.update(bullet.line for bullet in run)
        candidates: list[Listing] = []
        for rank, bullet in enumerate(bullets, 1):
            label, matches = match_bullet(bullet.text, self.registry)
            for message in self._find_form_faults(bullet):
                self._report(bullet.line, message)
            if matches:
                for message in find_bullet_faults(bullet.text, label, matches):
                    self._report(bullet.line, wording.bullet_fault(bullet.text, message))
                candidates += [_make_listing(bullet, label, match, rank) for match in matches]
            elif bullet.line not in broken_lines:
                self._report_unknown_label(bullet.text, label, bullet.line, contract)
        return tuple(select_listings(candidates, self.problems, self.page.name))

    def _find_form_faults(self, bullet: Bullet) -> Iterator[str]:
        """Yield what a bullet has beside a simple text, unless a correction keeps it as it is."""
        form = bullet.unexpected
        _, scope = split_scope(bullet.text)
        if not form and scope == "":
            form = wording.nothing_after_colon()
        if form and not self.book.keeps(bullet.text):
            is_mentioned = bool(self.registry.find_mentioned(bullet.text))
            yield wording.unexpected_form(bullet.text, form, is_mentioned)

    def _report_unknown_label(self, text: str, label: str, line: int, contract: str | None) -> None:
        if has_exclusion(text):
            self._report(line, wording.bullet_fault(text, wording.unmatched_exclusion()))
            return
        self.unknown_labels.append(UnknownLabel(label, text, line, contract))
        self._report(line, wording.unknown_label(text))

    def _find_split_bullets(self, bullets: Sequence[Bullet]) -> list[list[Bullet]]:
        """Return the runs of bullets that look like one line broken in two or more."""
        runs: list[list[Bullet]] = []
        for bullet in bullets:
            if runs and self._continues_previous(runs[-1][-1], bullet):
                runs[-1].append(bullet)
            else:
                runs.append([bullet])
        return [run for run in runs if len(run) > 1]

    def _continues_previous(self, previous: Bullet, bullet: Bullet) -> bool:
        """Return whether a bullet looks like the end of the previous one."""
        words = split_words(remove_acronyms(previous.text))
        is_left_open = bool(words) and words[-1] in _OPEN_WORDS
        starts_in_lower_case = bullet.text[:1].islower()
        if not is_left_open and not starts_in_lower_case:
            return False
        return not self.book.keeps(bullet.text)

    def _propose_join(self, run: Sequence[Bullet], contract: str | None) -> None:
        """Report a broken bullet, and whatever the joined text would still need."""
        texts = tuple(bullet.text for bullet in run)
        self.proposed_joins.append(Correction(wording.broken_bullet_reason(), join=texts))
        self._report(run[1].line, wording.broken_bullet(texts))
        joined = merge_bullets(run)
        label, matches = match_bullet(joined.text, self.registry)
        if not matches and not has_exclusion(joined.text):
            self.unknown_labels.append(UnknownLabel(label, joined.text, joined.line, contract))


def _index_titles(contracts: Mapping[str, Contract]) -> dict[str, str]:
    """Return the slug of the contract whose list each title opens, by the key of the title."""
    owners = {}
    for slug, contract in contracts.items():
        for title in contract.titles:
            owners[make_key(title)] = slug
    return owners


def _take_subsections(
    sections: Sequence[Section], index: int, owners: Mapping[str, str]
) -> list[Section]:
    """Return the sections that stand below one: deeper headings, up to that of a contract."""
    subsections = []
    for section in sections[index + 1 :]:
        if section.level <= sections[index].level or make_key(section.title) in owners:
            break
        subsections.append(section)
    return subsections


def _make_listing(bullet: Bullet, label: str, match: Match, rank: int) -> Listing:
    """Return the listing that a bullet makes of one of the organisations that it names."""
    limit = _find_limit(bullet.text, label)
    wide_scope = None if match.alias is None else match.alias.scope
    scopes = [scope for scope in (wide_scope, limit) if scope]
    reach = None
    if wide_scope:
        reach = WIDE
    elif limit:
        reach = LIMITED
    return Listing(
        organisation=match.organisation,
        scope=" ; ".join(scopes) or None,
        reach=reach,
        excluded=() if match.alias is None else match.alias.excluded,
        text=bullet.text,
        rank=rank,
        line=bullet.line,
    )
