"""What people edit, as plain values with English names.

The French keys of YAML files are read here; elsewhere they only say where a fault is.

The constructors take values that the JSON Schemas of schemas/source/ have already accepted.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

COLLECTIVE = "collectif"
"""The category of a name that stands for several organisations."""

OFFICIAL, COPY = "officielle", "copie"
"""Kinds of evidence: published by the State or the organisation; a repetition of another one."""


@dataclass(frozen=True)
class Alias:
    """Another wording by which a page names an organisation.

    `scope` is the wide scope that this wording adds, in words that read alone. `excluded` are the
    slugs of the organisations that the wording leaves out of a collective. An `unconfirmed` alias
    was proposed by a program: it matches, and the build stops until a person confirms it.
    """

    text: str
    scope: str | None = None
    excluded: tuple[str, ...] = ()
    unconfirmed: bool = False


@dataclass(frozen=True)
class SearchName:
    """A name that people type, never used to match a bullet; `is_service`: a part of the body."""

    text: str
    evidence: str | None = None
    is_service: bool = False


@dataclass(frozen=True)
class Relation:
    """A link to another organisation, by slug, and where it was read."""

    slug: str
    evidence: str


@dataclass(frozen=True)
class Organisation:
    """A public body with a permanent slug.

    `group` is a collective that it belongs to; `comes_under` are those whose wide scope may include
    it (`releve_de`); `replaces` are those that it succeeds (`succede_a`). `member_category` is the
    category of all members of a collective. An `unconfirmed` organisation was drafted by a program.
    """

    slug: str
    name: str
    acronym: str | None = None
    former_acronyms: tuple[str, ...] = ()
    category: str | None = None
    aliases: tuple[Alias, ...] = ()
    search_names: tuple[SearchName, ...] = ()
    group: Relation | None = None
    comes_under: tuple[Relation, ...] = ()
    replaces: tuple[Relation, ...] = ()
    member_category: str | None = None
    unconfirmed: bool = False

    @property
    def acronyms(self) -> tuple[str, ...]:
        """Every acronym that a page may give it, the present one first."""
        if self.acronym is None:
            return self.former_acronyms
        return (self.acronym, *self.former_acronyms)

    @property
    def is_collective(self) -> bool:
        """Whether its name stands for several organisations."""
        return self.category == COLLECTIVE


@dataclass(frozen=True)
class Evidence:
    """Where an identifier of an organisation was read: one row of source/identifiants.csv.

    `field` is "siren", "wikidata" or "site"; `kind` is "officielle", "secondaire" or "copie".
    """

    slug: str
    field: str
    value: str
    kind: str
    text: str


@dataclass(frozen=True)
class Contract:
    """A contract: its list stands on the snapshots from `start` on and before `end`.

    None stands for no bound. `titles` are the headings that have opened its list.
    """

    slug: str
    name: str
    titles: tuple[str, ...]
    start: dt.date | None = None
    end: dt.date | None = None

    def is_listed_on(self, date: dt.date) -> bool:
        """Return whether a snapshot of that day has its list."""
        has_started = self.start is None or self.start <= date
        has_ended = self.end is not None and self.end <= date
        return has_started and not has_ended


@dataclass(frozen=True)
class Snapshot:
    """The page's bytes on a day (UTC): one row of source/pages/versions.csv.

    `commit` is the one that published them, None when it is not known; `path` is the page's path
    in the site's repository at that commit, None when it is the present one.
    """

    date: dt.date
    sha256: str
    commit: str | None = None
    path: str | None = None

    @property
    def file(self) -> str:
        """The path of the file that keeps its bytes, from the root of the project."""
        return f"source/pages/{self.date}.md"


@dataclass(frozen=True)
class PageLink:
    """A link of the page to what a contract is for. `contract` is a slug, None for all of them."""

    title: str
    address: str
    contract: str | None = None


@dataclass(frozen=True)
class PageSource:
    """Where the page lives, and the page's own links to what the contracts are for."""

    address: str
    repository: str
    api: str
    raw: str
    branch: str
    path: str
    links: tuple[PageLink, ...]

    def file_address(self, snapshot: Snapshot) -> str | None:
        """Return the address of a snapshot's file, where « #L12 » is its line 12.

        None when its commit is not known.
        """
        if snapshot.commit is None:
            return None
        path = quote(snapshot.path or self.path)
        return f"{self.repository}/blob/{snapshot.commit}/{path}?plain=1"


@dataclass(frozen=True)
class Correction:
    """A repair of the page's text, by its words, for every snapshot that has them.

    One of three: `join` puts these bullets together, `keep` takes a text as a whole bullet
    whatever its form, `ignore` drops a text or a list title. `reason` says why.
    """

    reason: str
    join: tuple[str, ...] | None = None
    keep: str | None = None
    ignore: str | None = None


@dataclass(frozen=True)
class Term:
    """A term of a vocabulary of catalogues."""

    code: str
    name: str


@dataclass(frozen=True)
class PortalSettings:
    """What udata, the software of data.gouv.fr, asks for, in its own words."""

    licence: str
    contact: str
    zones: tuple[str, ...]
    granularity: str
    organisation: str
    dataset: str


@dataclass(frozen=True)
class Publication:
    """What catalogues, the site and the portal ask for and the package does not say.

    Every published address comes from `repository` and `portal`.
    """

    repository: str
    portal: str
    frequency: str
    themes: tuple[Term, ...]
    publisher_type: Term
    country: Term
    country_bounds: str
    host: str
    is_official_site: bool
    portal_settings: PortalSettings

    @property
    def site(self) -> str:
        """The address of the lookup site (https://docs.github.com/pages, project sites)."""
        owner, project = self.repository.split("/")[-2:]
        return f"https://{owner.lower()}.github.io/{project}/"

    @property
    def downloads(self) -> str:
        """The address of the folder of the files of the newest release, on the site."""
        return f"{self.site}donnees/"

    def release_downloads(self, version: str) -> str:
        """Return the permanent address of the folder of a release's files."""
        return f"{self.repository}/releases/download/v{version}/"


def read_organisations(entries: Mapping[str, Any]) -> list[Organisation]:
    """Return the organisations of organismes.yml, in the order of their slugs."""
    return [_read_organisation(slug, entries[slug]) for slug in sorted(entries)]


def _read_organisation(slug: str, entry: Mapping[str, Any]) -> Organisation:
    group = entry.get("groupe")
    members = entry.get("membres") or {}
    return Organisation(
        slug=slug,
        name=entry["nom"],
        acronym=entry.get("sigle"),
        former_acronyms=tuple(entry.get("anciens_sigles", ())),
        category=entry.get("categorie"),
        aliases=tuple(_read_alias(alias) for alias in entry.get("libelles") or ()),
        search_names=tuple(_read_search_name(name) for name in entry.get("autres_noms", ())),
        group=None if group is None else _read_relation(group),
        comes_under=tuple(_read_relation(relation) for relation in entry.get("releve_de", ())),
        replaces=tuple(_read_relation(relation) for relation in entry.get("succede_a", ())),
        member_category=members.get("categorie"),
        unconfirmed=entry.get("a_confirmer", False),
    )


def _read_alias(alias: str | Mapping[str, Any]) -> Alias:
    if isinstance(alias, str):
        return Alias(alias)
    return Alias(
        text=alias["libelle"],
        scope=alias.get("perimetre"),
        excluded=tuple(alias.get("sauf", ())),
        unconfirmed=alias.get("a_confirmer", False),
    )


def _read_search_name(name: str | Mapping[str, Any]) -> SearchName:
    if isinstance(name, str):
        return SearchName(name)
    return SearchName(name["nom"], name["preuve"], name.get("service", False))


def _read_relation(relation: Mapping[str, str]) -> Relation:
    return Relation(relation["organisme"], relation["preuve"])


def read_evidence(rows: list[dict[str, str]]) -> list[Evidence]:
    """Return the evidence of identifiants.csv, in the order of the file."""
    return [
        Evidence(row["organisme"], row["champ"], row["valeur"], row["nature"], row["preuve"])
        for row in rows
    ]


def read_contracts(entries: Mapping[str, Any]) -> dict[str, Contract]:
    """Return the contracts of marches.yml by slug, in the order of the file."""
    contracts = {}
    for slug, entry in entries.items():
        contracts[slug] = Contract(
            slug=slug,
            name=entry["nom"],
            titles=tuple(entry["titres"]),
            start=_read_date(entry.get("debut")),
            end=_read_date(entry.get("fin")),
        )
    return contracts


def read_snapshots(rows: list[dict[str, str]]) -> list[Snapshot]:
    """Return the snapshots of versions.csv, in the order of the file."""
    return [
        Snapshot(
            date=dt.date.fromisoformat(row["date"]),
            sha256=row["sha256"],
            commit=row["commit"] or None,
            path=row["chemin"] or None,
        )
        for row in rows
    ]


def read_page_source(entry: Mapping[str, Any]) -> PageSource:
    """Return what page.yml says."""
    links = tuple(
        PageLink(link["titre"], link["adresse"], link.get("marche")) for link in entry["liens"]
    )
    return PageSource(
        address=entry["adresse"],
        repository=entry["depot"],
        api=entry["api"],
        raw=entry["brut"],
        branch=entry["branche"],
        path=entry["chemin"],
        links=links,
    )


def read_corrections(entries: list[Mapping[str, Any]]) -> list[Correction]:
    """Return the corrections of corrections.yml, in the order of the file."""
    corrections = []
    for entry in entries:
        join = entry.get("joindre")
        corrections.append(
            Correction(
                reason=entry["motif"],
                join=None if join is None else tuple(join),
                keep=entry.get("garder"),
                ignore=entry.get("ignorer"),
            )
        )
    return corrections


def read_publication(entry: Mapping[str, Any]) -> Publication:
    """Return what publication.yml says."""
    settings = entry["datagouv"]
    return Publication(
        repository=entry["depot"],
        portal=entry["portail"],
        frequency=entry["frequence"],
        themes=tuple(_read_term(term) for term in entry["themes"]),
        publisher_type=_read_term(entry["editeur"]),
        country=_read_term(entry["pays"]),
        country_bounds=entry["emprise"],
        host=entry["hebergeur"],
        is_official_site=entry.get("site_officiel", False),
        portal_settings=PortalSettings(
            licence=settings["licence"],
            contact=settings["contact"],
            zones=tuple(settings["zones"]),
            granularity=settings["granularite"],
            organisation=settings.get("organisation", ""),
            dataset=settings.get("jeu", ""),
        ),
    )


def _read_term(term: Mapping[str, str]) -> Term:
    return Term(term["code"], term["nom"])


def _read_date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
