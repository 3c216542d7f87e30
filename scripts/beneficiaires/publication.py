"""What catalogues ask for and the package does not say: addresses, rhythm, coverage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from . import records
from .problems import raise_if_any

FILE = Path("source/publication.yml")
# The names in dist/ that programs ask for; the feed is at the root of the site too.
INDEX = "index.json"
SUMS = "SHA256SUMS"
CATALOG = "catalog.jsonld"
DATASET = "dataset.jsonld"
FEED = "changements.atom"
# https://publications.europa.eu/resource/authority/frequency, by the word that data.gouv.fr uses.
FREQUENCIES = {
    "continuous": "UPDATE_CONT",
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "monthly": "MONTHLY",
    "quarterly": "QUARTERLY",
    "semiannual": "ANNUAL_2",
    "annual": "ANNUAL",
    "irregular": "IRREG",
    "punctual": "AS_NEEDED",
    "never": "NEVER",
}


class Coverage(NamedTuple):
    """A country: its code of the EU country table, its name, its outline as WKT."""

    country: str
    name: str
    outline: str


class Place(NamedTuple):
    """Where on one site: the ids of the organization and of the dataset, each "" while unknown."""

    organization: str
    dataset: str


class Datagouv(NamedTuple):
    """What udata asks for, in its own words; `sites` are places by the address of the site."""

    license: str
    contact: str
    zones: tuple[str, ...]
    granularity: str
    sites: dict[str, Place]


class Publication(NamedTuple):
    """`site` is where the lookup pages are read, `base` where the files of dist/ are downloaded.

    `frequency` is a key of FREQUENCIES, `themes` are codes of the EU data-theme table,
    `publisher_type` a code of the ADMS publisher types.
    """

    site: str
    base: str
    issues: str
    frequency: str
    themes: tuple[str, ...]
    publisher_type: str
    coverage: Coverage
    datagouv: Datagouv


def parse(text: str, name: str) -> Publication:
    """The settings that publication.yml holds. Raises Invalid with every problem."""
    fields = records.Fields(records.parse(text, name), name, 1, [])
    coverage = fields.take("couverture", records.Mapping, required=True)
    datagouv = fields.take("datagouv", records.Mapping, required=True)
    publication = Publication(
        site=_address(fields, "site"),
        base=_address(fields, "adresse"),
        issues=_address(fields, "signaler"),
        frequency=fields.take("frequence", str, "", required=True),
        themes=tuple(fields.texts("themes")),
        publisher_type=fields.take("editeur", str, "", required=True),
        coverage=_coverage(records.Fields(coverage, name, fields.line_of("couverture"), fields.problems)),
        datagouv=_datagouv(records.Fields(datagouv, name, fields.line_of("datagouv"), fields.problems)),
    )
    for key, address in {"site": publication.site, "adresse": publication.base}.items():
        if address and not address.endswith("/"):
            fields.report(key, f"« {address} » : une adresse qui finit par « / » est attendue")
    if publication.frequency not in FREQUENCIES:
        fields.report(
            "frequence", f"« {publication.frequency} » : un de {', '.join(FREQUENCIES)} est attendu"
        )
    fields.finish()
    raise_if_any(fields.problems)
    return publication


def _address(fields: records.Fields, key: str) -> str:
    address = fields.take(key, str, "", required=True)
    if address and not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", address):
        fields.report(key, f"« {address} » n'est pas une adresse http(s)")
    return address


def _coverage(fields: records.Fields) -> Coverage:
    keys = ("pays", "nom", "emprise")
    coverage = Coverage(*(fields.take(key, str, "", required=True) for key in keys))
    fields.finish()
    return coverage


def _datagouv(fields: records.Fields) -> Datagouv:
    sites = fields.take("sites", records.Mapping, records.Mapping(fields.line_of("sites")))
    datagouv = Datagouv(
        license=fields.take("licence", str, "", required=True),
        contact=fields.take("contact", str, "", required=True),
        zones=tuple(fields.texts("zones")),
        granularity=fields.take("granularite", str, "", required=True),
        sites={
            site: _place(records.Fields(place, fields.name, sites.lines[site], fields.problems))
            for site, place in sites.items()
        },
    )
    fields.finish()
    return datagouv


def _place(fields: records.Fields) -> Place:
    place = Place(*(fields.take(key, str, "") for key in ("organisation", "jeu")))
    fields.finish()
    return place
