"""What the pages of the lookup site show, as plain values that templates need not think about."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import wording
from ..datapackage.descriptor import DataPackage
from ..datapackage.dictionary import describe_fields
from ..datapackage.table_schema import TableSchema
from ..model.coverage import GROUP, LISTED, NOT_LISTED, SUCCESSOR, TO_VERIFY, Coverage
from ..model.history import CoveragePeriod, covered_since, find_departures
from ..model.matching import WIDE
from ..project import Project
from ..source.models import (
    COLLECTIVE,
    Organisation,
    PageLink,
    Relation,
)
from ..text import make_key

_DOMAIN = re.compile(r"(?:[\w-]+\.)+(?:fr|org|eu|com|io)\b")
_EVIDENCE_END = re.compile(r"\s*(?:[,;:(@]\s|\s\(|$)")

PRECISION = "precision"
"""The kind of a « oui » to which the list adds a scope."""

TECHNICAL_FIELDS = frozenset(["adresse", "commit", "preuve", "sha256"])
"""Fields whose examples are hashes and paths of repositories, which no page shows."""

_KINDS = {
    LISTED: "oui",
    GROUP: "groupe",
    SUCCESSOR: "successeur",
    TO_VERIFY: "verifier",
    NOT_LISTED: "non-cite",
}


@dataclass(frozen=True)
class LinkView:
    """A link to the page of an organisation. `address` is relative to the root of the site."""

    name: str
    address: str


@dataclass(frozen=True)
class ContractView:
    """A contract in force: its name, its short name and the page's links to what it is for."""

    slug: str
    name: str
    short_name: str
    links: tuple[PageLink, ...]


@dataclass(frozen=True)
class AnswerView:
    """The answer for an organisation under a contract, in words.

    `kind` is a key of `wording.ANSWER_WORDS`; `word` is that kind in a word or two. `since` says
    since when the organisation has been covered, or has left the list; None when it never was in
    it. `bullet`, `line` and `line_address` are of the bullet that founds the answer, None without
    one; the address is None too when the commit of the snapshot is not known.
    """

    contract: ContractView
    status: str
    kind: str
    word: str
    sentence: str
    is_covered: bool
    since: str | None
    bullet: str | None
    line: int | None
    line_address: str | None


@dataclass(frozen=True)
class ServiceNames:
    """Names of services of an organisation, and in a few words where they were read."""

    names: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class PeriodView:
    """The days of a period and the answer that it gave, in words."""

    contract_name: str
    dates: str
    sentence: str


@dataclass(frozen=True)
class OrganisationView:
    """An organisation as its page and the search show it.

    `service_answers` are those for its services. `wordings` are all those by which the page names
    it, `page_names` those that are names: they add no scope. `members` are those of a collective.
    """

    slug: str
    name: str
    acronym: str | None
    category: str | None
    category_label: str
    address: str
    siren: str | None
    wikidata: str | None
    site: str | None
    answers: tuple[AnswerView, ...]
    service_answers: tuple[AnswerView, ...]
    wordings: tuple[str, ...]
    page_names: tuple[str, ...]
    former_acronyms: tuple[str, ...]
    search_names: tuple[str, ...]
    services: tuple[ServiceNames, ...]
    replaces: tuple[LinkView, ...]
    successors: tuple[LinkView, ...]
    groups: tuple[LinkView, ...]
    comes_under: tuple[LinkView, ...]
    members: tuple[LinkView, ...]
    periods: tuple[PeriodView, ...]

    @property
    def is_living(self) -> bool:
        """Whether no other organisation replaces it."""
        return not self.successors

    @property
    def is_covered(self) -> bool:
        """Whether it may use at least one contract."""
        return any(answer.is_covered for answer in self.answers)

    @property
    def known_names(self) -> list[str]:
        """Its other names, without those of its services."""
        return list(dict.fromkeys([*self.page_names, *self.search_names]))

    @property
    def doubtful_services(self) -> list[str]:
        """The names of the contracts under which only its services are to be verified."""
        names = []
        for answer, service_answer in zip(self.answers, self.service_answers, strict=True):
            if self.services and service_answer != answer:
                names.append(answer.contract.name)
        return names


def build_contract_views(project: Project) -> list[ContractView]:
    """Return the contracts of the newest snapshot, in the order of its lists."""
    links = project.sources.page_source.links
    views = []
    for slug in project.newest.lists:
        name = project.sources.contracts[slug].name
        short_name = slug.replace("-", " ").capitalize()
        own_links = [link for link in links if link.contract in (slug, None)]
        views.append(ContractView(slug, name, short_name, tuple(own_links)))
    return views


def build_organisation_views(project: Project) -> list[OrganisationView]:
    """Return the view of every organisation, in the alphabetical order of the names.

    Small words do not count: « Ministère des Armées » is before « Ministère de la Culture ».
    """
    builder = _ViewBuilder(project)
    views = map(builder.build, project.registry.organisations)
    return sorted(views, key=lambda view: make_key(view.name))


class _ViewBuilder:
    """Builds the views of a project; holds what all of them look up."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.registry = project.registry
        self.contracts = build_contract_views(project)
        self.starts = covered_since(project.periods)
        self.departures: dict[tuple[str, str], dt.date | None] = {}
        for period in find_departures(project.periods):
            self.departures[period.contract, period.slug] = period.end
        self.page_address = project.sources.page_source.file_address(project.newest.snapshot)
        self.category_labels = read_category_labels(project)
        self.periods: dict[str, list[CoveragePeriod]] = {}
        for period in project.periods:
            self.periods.setdefault(period.slug, []).append(period)

    def build(self, organisation: Organisation) -> OrganisationView:
        """Return the view of an organisation."""
        slug = organisation.slug
        answers = []
        service_answers = []
        for contract in self.contracts:
            coverage = self.project.coverage[-1][contract.slug][slug]
            answers.append(self._build_answer(organisation, contract, coverage))
            doubt = doubt_service(coverage)
            service_answers.append(self._build_answer(organisation, contract, doubt))
        page_names = [alias.text for alias in organisation.aliases if alias.scope is None]
        return OrganisationView(
            slug=slug,
            name=organisation.name,
            acronym=organisation.acronym,
            category=organisation.category,
            category_label=self.category_labels.get(organisation.category or "", ""),
            address=make_address(slug),
            siren=self._find_identifier(slug, "siren"),
            wikidata=self._find_identifier(slug, "wikidata"),
            site=self._find_identifier(slug, "site"),
            answers=tuple(answers),
            service_answers=tuple(service_answers),
            wordings=tuple(alias.text for alias in organisation.aliases),
            page_names=tuple(page_names),
            former_acronyms=organisation.former_acronyms,
            search_names=list_search_names(organisation),
            services=group_services(organisation),
            replaces=self._link(list_slugs(organisation.replaces)),
            successors=self._link(self.registry.successors.get(slug, ())),
            groups=self._link(self.registry.collectives[slug]),
            comes_under=self._link(list_slugs(organisation.comes_under)),
            members=self._link(self._list_members(organisation)),
            periods=self._build_periods(organisation),
        )

    def _find_identifier(self, slug: str, field: str) -> str | None:
        identifier = self.registry.find_identifier(slug, field)
        return None if identifier is None else identifier.value

    def _link(self, slugs: Iterable[str]) -> tuple[LinkView, ...]:
        links = []
        for slug in slugs:
            links.append(LinkView(self._name(slug), make_address(slug)))
        return tuple(links)

    def _name(self, slug: str) -> str:
        return self.registry.by_slug[slug].name

    def _list_members(self, organisation: Organisation) -> list[str]:
        """Return the slugs of the organisations that belong to a collective."""
        if not organisation.is_collective:
            return []
        collectives = self.registry.collectives
        slugs = [slug for slug in collectives if organisation.slug in collectives[slug]]
        return sorted(slugs, key=lambda slug: make_key(self._name(slug)))

    def _build_answer(
        self, organisation: Organisation, contract: ContractView, coverage: Coverage
    ) -> AnswerView:
        kind = find_answer_kind(coverage)
        listing = coverage.listing
        line_address = None
        if listing is not None and self.page_address is not None:
            line_address = f"{self.page_address}#L{listing.line}"
        return AnswerView(
            contract=contract,
            status=coverage.status,
            kind=kind,
            word=wording.ANSWER_WORDS[kind],
            sentence=self._describe(organisation, coverage),
            is_covered=coverage.is_covered,
            since=self._date_answer(organisation, contract, coverage),
            bullet=None if listing is None else listing.text,
            line=None if listing is None else listing.line,
            line_address=line_address,
        )

    def _date_answer(
        self, organisation: Organisation, contract: ContractView, coverage: Coverage
    ) -> str | None:
        """Return since when an organisation has been covered, or has left the list."""
        key = (contract.slug, organisation.slug)
        if coverage.is_covered:
            return wording.covered_since_date(self.starts[key])
        if coverage.status == NOT_LISTED and key in self.departures:
            return wording.departure_date(self.departures[key])
        return None

    def _describe(self, organisation: Organisation, coverage: Coverage) -> str:
        """Return the answer for an organisation as a sentence."""
        if coverage.status == NOT_LISTED:
            return wording.not_listed_answer()
        through = self._name(coverage.through)
        if coverage.status == LISTED:
            return wording.listed_answer(coverage.scope)
        if coverage.status == GROUP:
            return wording.group_answer(through, coverage.scope)
        if coverage.status == SUCCESSOR:
            return wording.successor_answer(through, coverage.scope)
        if coverage.through in list_slugs(organisation.replaces):
            return wording.predecessor_doubt(through)
        if coverage.through in [organisation.slug, *list_slugs(organisation.comes_under)]:
            return wording.wide_scope_doubt(coverage.scope, through)
        return wording.relative_doubt(through)

    def _build_periods(self, organisation: Organisation) -> tuple[PeriodView, ...]:
        views = []
        for period in self.periods.get(organisation.slug, []):
            contract_name = self.project.sources.contracts[period.contract].name
            dates = wording.period_dates(period.start, period.end)
            sentence = self._describe(organisation, period.coverage)
            views.append(PeriodView(contract_name, dates, sentence))
        return tuple(views)


def list_slugs(relations: Iterable[Relation]) -> list[str]:
    """Return the slugs to which relations lead."""
    return [relation.slug for relation in relations]


def doubt_service(coverage: Coverage) -> Coverage:
    """Return the coverage of a service of an organisation.

    It is that of the organisation, unless the list names the organisation with a wide scope: then
    nobody but the coordinator knows whether the service is in it.
    """
    if coverage.status == LISTED and coverage.reach == WIDE:
        return Coverage(TO_VERIFY, coverage.through, coverage.listing)
    return coverage


def find_answer_kind(coverage: Coverage) -> str:
    """Return the kind of an answer, a key of `wording.ANSWER_WORDS`."""
    if coverage.is_covered and coverage.scope is not None:
        return PRECISION
    return _KINDS[coverage.status]


def make_address(slug: str) -> str:
    """Return the address of the page of an organisation, from the root of the site."""
    return f"organismes/{slug}/"


def read_category_labels(project: Project) -> dict[str, str]:
    """Return the French label of each category, as the schema of the organisations has it."""
    labels = {}
    for field in project.package.find_schema("organismes").fields:
        if field["name"] == "categorie":
            for category in field["categories"]:
                labels[category["value"]] = category["label"]
    return labels


def list_search_names(organisation: Organisation) -> tuple[str, ...]:
    """Return the names that people type for an organisation, without those of its services."""
    names = organisation.search_names
    return tuple(name.text for name in names if not name.is_service)


def group_services(organisation: Organisation) -> tuple[ServiceNames, ...]:
    """Return the names of the services of an organisation by what their evidence is called."""
    names_by_evidence: dict[str, list[str]] = {}
    for name in organisation.search_names:
        if name.is_service:
            evidence = shorten_evidence(name.evidence)
            names_by_evidence.setdefault(evidence, []).append(name.text)
    groups = []
    for evidence, names in names_by_evidence.items():
        groups.append(ServiceNames(tuple(names), evidence))
    return tuple(groups)


def shorten_evidence(evidence: str) -> str:
    """Return in a few words where something was read: « beta.gouv.fr », « etalab ».

    It is the first domain name before any comma, colon or parenthesis, else the owner of the
    repository that the evidence begins with.
    """
    address = evidence.removeprefix("https://").removeprefix("http://")
    beginning = _EVIDENCE_END.split(address, maxsplit=1)[0]
    domain = _DOMAIN.search(beginning)
    if domain is not None:
        return domain[0].removeprefix("www.")
    return beginning.partition("/")[0]


def list_kinds(organisations: Iterable[OrganisationView]) -> set[str]:
    """Return the kinds of the answers for living organisations."""
    kinds = set()
    for organisation in organisations:
        if organisation.is_living:
            for answer in organisation.answers:
                kinds.add(answer.kind)
    return kinds


def count_categories(organisations: Iterable[OrganisationView]) -> list[str]:
    """Return how many organisations of each category the lists cover, the largest counts first.

    Collectives are left out: their members count.
    """
    counts: dict[str, int] = {}
    for organisation in organisations:
        category = organisation.category
        is_counted = organisation.is_living and organisation.is_covered
        if is_counted and category is not None and category != COLLECTIVE:
            counts[category] = counts.get(category, 0) + 1
    texts = []
    for category in sorted(counts, key=lambda category: -counts[category]):
        texts.append(wording.category_count(category, counts[category]))
    return texts


@dataclass(frozen=True)
class TableDictionary:
    """The fields of a table: the names of those that several tables share, and its own fields.

    Own fields are as `describe_fields` gives them.
    """

    schema: TableSchema
    shared_names: tuple[str, ...]
    own_fields: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Dictionary:
    """The data dictionary, where a field that several tables describe alike is described once."""

    shared_fields: tuple[Mapping[str, str], ...]
    tables: tuple[TableDictionary, ...]


def build_dictionary(schemas: Sequence[TableSchema]) -> Dictionary:
    """Return the dictionary of these tables, its shared fields in their order."""
    counts: dict[tuple[str, str], int] = {}
    for schema in schemas:
        for field in describe_fields(schema):
            key = (field["Champ"], field["Description"])
            counts[key] = counts.get(key, 0) + 1
    shared_fields: dict[str, Mapping[str, str]] = {}
    tables = []
    for schema in schemas:
        shared_names = []
        own_fields = []
        for field in describe_fields(schema):
            if counts[field["Champ"], field["Description"]] > 1:
                shared_names.append(field["Champ"])
                shared_fields.setdefault(field["Champ"], field)
            else:
                own_fields.append(field)
        tables.append(TableDictionary(schema, tuple(shared_names), tuple(own_fields)))
    return Dictionary(tuple(shared_fields.values()), tuple(tables))


@dataclass(frozen=True)
class TableFiles:
    """A table, what it is for in one sentence, and its files: entries of the index of downloads."""

    name: str
    title: str
    purpose: str
    files: tuple[Mapping[str, Any], ...]


def group_files_by_table(
    schemas: Iterable[TableSchema], package: DataPackage, files: Sequence[Mapping[str, Any]]
) -> list[TableFiles]:
    """Return the files of each table. `files` are those of the index of the downloads."""
    purposes: dict[str, str] = {}
    for resource in package.resources:
        purposes.setdefault(resource["schema"], resource["description"])
    groups = []
    for schema in schemas:
        own_files = [file for file in files if file["table"] == schema.name]
        purpose = purposes[schema.file]
        groups.append(TableFiles(schema.name, schema.title, purpose, tuple(own_files)))
    return groups
