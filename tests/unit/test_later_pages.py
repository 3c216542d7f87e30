"""Four snapshots of the shape of the real ones, from bullets to history, with numbers by hand.

The second one merges ministries in one list only and breaks bullets; the third changes nothing but
the contact; the fourth names all ministries by one collective.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from beneficiaires.model.coverage import coverage_by_contract
from beneficiaires.model.history import (
    CoveragePeriod,
    coverage_periods,
    covered_since,
    find_departures,
)
from beneficiaires.model.matching import MatchedSnapshot
from beneficiaires.source.models import Alias, Correction

from .builders import (
    CONTRACTS,
    assert_starts,
    describe_answer,
    list_problems,
    list_slugs,
    make_collective,
    make_organisation,
    make_registry,
    match_page,
    parametrize_cases,
)

INTERIOR_AND_OVERSEAS = "Ministère de l'Intérieur et des Outre-mer"
LABOUR_AND_HEALTH = "Ministère du Travail, de la Santé et des Solidarités"
NEW_ECONOMY = "Ministère de l'Économie, des Finances et de la Souveraineté numérique"

MINISTRIES = [
    make_organisation("culture", "Ministère de la Culture", "ministere"),
    make_organisation("economie", "Ministère de l'Économie", "ministere", aliases=[NEW_ECONOMY]),
    make_organisation(
        "interieur", "Ministère de l'Intérieur", "ministere", aliases=[INTERIOR_AND_OVERSEAS]
    ),
    make_organisation(
        "outre-mer", "Ministère des Outre-mer", "ministere", aliases=[INTERIOR_AND_OVERSEAS]
    ),
    make_organisation("sante", "Ministère de la Santé", "ministere", aliases=[LABOUR_AND_HEALTH]),
    make_organisation("sports", "Ministère des Sports", "ministere"),
    make_organisation("travail", "Ministère du Travail", "ministere", aliases=[LABOUR_AND_HEALTH]),
]
REGISTRY = make_registry(
    *MINISTRIES,
    make_organisation("anssi", "Agence de la sécurité", comes_under=["services"]),
    make_organisation("canope", "Réseau Canopé"),
    make_organisation("cnrs", "Centre national de la recherche", acronym="CNRS"),
    make_organisation("cour", "Cour des comptes"),
    make_organisation("inpi", "Institut de la propriété", acronym="INPI"),
    make_organisation("irsn", "Institut de radioprotection", acronym="IRSN"),
    make_organisation("sorbonne", "Sorbonne Université"),
    make_organisation(
        "services",
        "Services du Premier ministre",
        aliases=[Alias("Services et entités du Premier ministre", scope="services et entités")],
    ),
    make_collective("ministeres", members="ministere", name="Ministères français"),
)

OLD_MINISTRIES = """\
- Le ministère de l’Intérieur
- Le ministère des Outre-Mer
- Le ministère du Travail
- Le ministère de la Santé
- Le ministère de l’Économie
- Le ministère des Sports
- Le ministère de la Culture
"""
OLD_EXPERTISE = f"""\
## Expertise

- La Cour des comptes
- Les services et entités du Premier ministre
{OLD_MINISTRIES}- Institut de la Propriété (INPI).
- Sorbonne Université.
- Agence de la sécurité.
"""
FIRST_PAGE = f"""\
Écrire à [contact](mailto:contact@example.org).

## Support

- Les Services et entités du Premier ministre
{OLD_MINISTRIES}- Institut de la propriété (INPI),
- Sorbonne Université.

{OLD_EXPERTISE}"""
SECOND_PAGE = f"""\
Écrire à [contact](mailto:contact@example.org).

## Support

- Les Services et entités du
- premier ministre
- Le ministère de l’Économie, des Finances et de la Souveraineté
- numérique
- Le ministère de l’Intérieur et des Outre-mer
- Le ministère du Travail, de la Santé et des Solidarités
- Le ministère de la Culture
- Institut de la propriété (INPI)
- Centre national de la recherche (CNRS)

{OLD_EXPERTISE}"""
THIRD_PAGE = SECOND_PAGE.replace("contact@example.org", "libre@example.org")
FOURTH_PAGE = """\
Écrire à [contact](mailto:libre@example.org).

## Support

- Les Services et entités du Premier ministre
- Les ministères français
- Institut de la propriété (INPI)
- Centre national de la recherche (CNRS)

## Expertise

- La Cour des comptes
- Les ministères français
- Centre national de la Recherche (CNRS)
- Institut de Radioprotection (IRSN)
- Réseau Canopé : *uniquement sur le lot Moodle*
"""
PAGES = {
    "2021-09-07": FIRST_PAGE,
    "2022-11-26": SECOND_PAGE,
    "2023-04-03": THIRD_PAGE,
    "2023-04-09": FOURTH_PAGE,
}
CORRECTIONS = [
    Correction("Coupée.", join=("Les Services et entités du", "premier ministre")),
    Correction(
        "Coupée.",
        join=("Le ministère de l’Économie, des Finances et de la Souveraineté", "numérique"),
    ),
]


def match_pages(count: int) -> list[MatchedSnapshot]:
    """Return what the first snapshots say, with the corrections."""
    snapshots = []
    for date, page in list(PAGES.items())[:count]:
        matched = match_page(page, REGISTRY, CONTRACTS, CORRECTIONS, date)
        assert not matched.problems
        snapshots.append(matched)
    return snapshots


def find_periods(count: int) -> list[CoveragePeriod]:
    """Return the periods of every organisation after the first snapshots."""
    dated_coverage = []
    for matched in match_pages(count):
        coverage = coverage_by_contract(matched, REGISTRY)
        dated_coverage.append((matched.date, coverage))
    return coverage_periods(dated_coverage, CONTRACTS, REGISTRY.by_slug)


@dataclass(frozen=True)
class SnapshotNumbers:
    """The numbers after some snapshots: statuses of the newest one, periods, departures."""

    name: str
    count: int
    support: dict[str, int]
    expertise: dict[str, int]
    periods: int
    closed: int
    departures: int


NUMBERS = [
    SnapshotNumbers(
        name="first",
        count=1,
        support={"cite": 10, "a_verifier": 1, "non_cite": 5},
        expertise={"cite": 12, "non_cite": 4},
        periods=23,
        closed=0,
        departures=0,
    ),
    SnapshotNumbers(
        name="merged in one list only",
        count=2,
        support={"cite": 9, "a_verifier": 1, "non_cite": 6},
        expertise={"cite": 12, "non_cite": 4},
        periods=24,
        closed=2,
        departures=2,
    ),
    SnapshotNumbers(
        name="another contact",
        count=3,
        support={"cite": 9, "a_verifier": 1, "non_cite": 6},
        expertise={"cite": 12, "non_cite": 4},
        periods=24,
        closed=2,
        departures=2,
    ),
    SnapshotNumbers(
        name="one collective for all ministries",
        count=4,
        support={"cite": 4, "groupe": 7, "a_verifier": 1, "non_cite": 4},
        expertise={"cite": 5, "groupe": 7, "non_cite": 4},
        periods=43,
        closed=19,
        departures=6,
    ),
]


@parametrize_cases(NUMBERS)
def test_the_numbers_after_each_snapshot(case):
    newest = match_pages(case.count)[-1]
    periods = find_periods(case.count)

    coverage = coverage_by_contract(newest, REGISTRY)

    assert Counter(answer.status for answer in coverage["support"].values()) == case.support
    assert Counter(answer.status for answer in coverage["expertise"].values()) == case.expertise
    assert len(periods) == case.periods
    assert len([period for period in periods if period.end is not None]) == case.closed
    assert len(find_departures(periods)) == case.departures


def test_without_corrections_the_broken_bullets_stop_the_build():
    matched = match_page(SECOND_PAGE, REGISTRY, CONTRACTS)

    assert_starts(
        list_problems(matched),
        [
            "6: « premier ministre » : semble la suite de la puce précédente",
            "8: « numérique » : semble la suite de la puce précédente",
        ],
    )
    assert [correction.join for correction in matched.proposed_joins] == [
        correction.join for correction in CORRECTIONS
    ]


def test_a_merged_name_lists_both_ministries_at_one_rank_and_the_other_list_keeps_the_old_names():
    merged = match_pages(2)[1]

    ranks = [
        (listing.rank, listing.organisation.slug) for listing in merged.lists["support"].listings
    ]
    assert ranks == [
        (1, "services"),
        (2, "economie"),
        (3, "interieur"),
        (3, "outre-mer"),
        (4, "travail"),
        (4, "sante"),
        (5, "culture"),
        (6, "inpi"),
        (7, "cnrs"),
    ]
    assert len(list_slugs(merged, "expertise")) == 12


def test_every_ministry_is_covered_since_the_first_day_but_one_that_support_had_dropped():
    since = covered_since(find_periods(4))

    starts = {}
    for ministry in MINISTRIES:
        for contract in CONTRACTS:
            starts[contract, ministry.slug] = since[contract, ministry.slug]
    late = {key: start for key, start in starts.items() if start != dt.date(2021, 9, 7)}
    assert late == {("support", "sports"): dt.date(2023, 4, 9)}


def test_those_that_left_are_those_that_nothing_covers_any_more():
    departures = find_departures(find_periods(4))

    assert [(period.contract, period.slug, str(period.end)) for period in departures] == [
        ("support", "sorbonne", "2022-11-26"),
        ("support", "sports", "2022-11-26"),
        ("expertise", "anssi", "2023-04-09"),
        ("expertise", "inpi", "2023-04-09"),
        ("expertise", "services", "2023-04-09"),
        ("expertise", "sorbonne", "2023-04-09"),
    ]


def test_the_newest_answers_say_through_whom_and_how_far():
    coverage = coverage_by_contract(match_pages(4)[-1], REGISTRY)

    assert describe_answer(coverage["support"]["outre-mer"]) == "groupe par ministeres"
    assert describe_answer(coverage["support"]["anssi"]) == (
        "a_verifier par services, large : services et entités"
    )
    assert describe_answer(coverage["expertise"]["anssi"]) == "non_cite"
    assert describe_answer(coverage["expertise"]["canope"]) == (
        "cite par canope, limitee : uniquement sur le lot Moodle"
    )


def test_another_contact_changes_no_listing():
    second, third = match_pages(3)[1:]

    assert third.page.contact == "libre@example.org"
    assert third.lists == second.lists
