"""The answers over time: periods, days since when, departures."""

import datetime as dt
from dataclasses import dataclass

from beneficiaires.model.coverage import Coverage
from beneficiaires.model.history import (
    CoveragePeriod,
    coverage_periods,
    covered_since,
    find_departures,
)
from beneficiaires.model.matching import LIMITED, WIDE, Listing

from .builders import describe_answer, make_organisation, parametrize_cases

DAYS = [dt.date(2021, 1, 1), dt.date(2022, 1, 1), dt.date(2023, 1, 1), dt.date(2024, 1, 1)]
"""The days of the snapshots of every case, as far as it has answers."""

NO_LIST = None
"""The answer on a day when the page has no list of the contract."""

ORGANISATION = make_organisation("canope")
NOT_LISTED = Coverage("non_cite")


def make_answer(
    status: str, through: str, scope: str | None = None, reach: str | None = None
) -> Coverage:
    """Return an answer whose chain ends at a listing with that scope."""
    listing = Listing(ORGANISATION, scope, reach, (), "Réseau Canopé", 1, 3)
    return Coverage(status, through, listing)


LISTED = make_answer("cite", "canope")
LIMITED_TO_MOODLE = make_answer("cite", "canope", "lot Moodle", LIMITED)
THROUGH_GROUP = make_answer("groupe", "reseau")
THROUGH_OTHER_GROUP = make_answer("groupe", "operateurs")
THROUGH_SUCCESSOR = make_answer("successeur", "nouveau")
TO_VERIFY = make_answer("a_verifier", "reseau")


@dataclass(frozen=True)
class HistoryCase:
    """The answers of some days, and what they make over time.

    `periods` are « start end answer » by year, `since` the year of `covered_since`, `departures`
    the years of those.
    """

    name: str
    answers: list[Coverage | None]
    periods: list[str]
    since: int | None
    departures: tuple[int, ...] = ()


CASES = [
    HistoryCase(
        name="one answer all along is one open period",
        answers=[LISTED, LISTED, LISTED],
        periods=["2021 - cite par canope"],
        since=2021,
    ),
    HistoryCase(
        name="an end is the first snapshot that no longer gives the answer",
        answers=[LISTED, LISTED, NOT_LISTED, NOT_LISTED],
        periods=["2021 2023 cite par canope"],
        since=None,
        departures=(2023,),
    ),
    HistoryCase(
        name="not named is no period",
        answers=[NOT_LISTED, NOT_LISTED],
        periods=[],
        since=None,
    ),
    HistoryCase(
        name="an arrival starts on its own day",
        answers=[NOT_LISTED, LISTED],
        periods=["2022 - cite par canope"],
        since=2022,
    ),
    HistoryCase(
        name="moved to a group, covered since the first day",
        answers=[LISTED, THROUGH_GROUP],
        periods=["2021 2022 cite par canope", "2022 - groupe par reseau"],
        since=2021,
    ),
    HistoryCase(
        name="from a group to another and to a successor, covered since the first day",
        answers=[THROUGH_GROUP, THROUGH_OTHER_GROUP, THROUGH_SUCCESSOR],
        periods=[
            "2021 2022 groupe par reseau",
            "2022 2023 groupe par operateurs",
            "2023 - successeur par nouveau",
        ],
        since=2021,
    ),
    HistoryCase(
        name="a scope that comes and goes is three periods",
        answers=[LISTED, LIMITED_TO_MOODLE, LISTED],
        periods=[
            "2021 2022 cite par canope",
            "2022 2023 cite par canope, limitee : lot Moodle",
            "2023 - cite par canope",
        ],
        since=2021,
    ),
    HistoryCase(
        name="the words of a scope make it, its newest spelling is shown",
        answers=[
            make_answer("cite", "canope", "le LOT « moodle »", LIMITED),
            make_answer("cite", "canope", "Le lot Moodle", LIMITED),
        ],
        periods=["2021 - cite par canope, limitee : Le lot Moodle"],
        since=2021,
    ),
    HistoryCase(
        name="another word of a scope is another answer",
        answers=[LIMITED_TO_MOODLE, make_answer("cite", "canope", "le lot Moodle", LIMITED)],
        periods=[
            "2021 2022 cite par canope, limitee : lot Moodle",
            "2022 - cite par canope, limitee : le lot Moodle",
        ],
        since=2021,
    ),
    HistoryCase(
        name="the same words with another reach are another answer",
        answers=[LIMITED_TO_MOODLE, make_answer("cite", "canope", "lot Moodle", WIDE)],
        periods=[
            "2021 2022 cite par canope, limitee : lot Moodle",
            "2022 - cite par canope, large : lot Moodle",
        ],
        since=2021,
    ),
    HistoryCase(
        name="a doubt breaks the coverage: the organisation has left, then comes back",
        answers=[LISTED, TO_VERIFY, LISTED],
        periods=[
            "2021 2022 cite par canope",
            "2022 2023 a_verifier par reseau",
            "2023 - cite par canope",
        ],
        since=2023,
        departures=(2022,),
    ),
    HistoryCase(
        name="another status through the same organisation is another answer",
        answers=[THROUGH_GROUP, TO_VERIFY],
        periods=["2021 2022 groupe par reseau", "2022 - a_verifier par reseau"],
        since=None,
        departures=(2022,),
    ),
    HistoryCase(
        name="the end of a doubt is no departure",
        answers=[TO_VERIFY, NOT_LISTED],
        periods=["2021 2022 a_verifier par reseau"],
        since=None,
    ),
    HistoryCase(
        name="it leaves and comes back to the same answer",
        answers=[LISTED, NOT_LISTED, LISTED],
        periods=["2021 2022 cite par canope", "2023 - cite par canope"],
        since=2023,
        departures=(2022,),
    ),
    HistoryCase(
        name="a contract that starts later",
        answers=[NO_LIST, NO_LIST, LISTED],
        periods=["2023 - cite par canope"],
        since=2023,
    ),
    HistoryCase(
        name="a contract that ends closes its periods",
        answers=[LISTED, NO_LIST, NO_LIST],
        periods=["2021 2022 cite par canope"],
        since=None,
        departures=(2022,),
    ),
    HistoryCase(
        name="a list that is missing on one day breaks the coverage",
        answers=[LISTED, NO_LIST, LISTED],
        periods=["2021 2022 cite par canope", "2023 - cite par canope"],
        since=2023,
        departures=(2022,),
    ),
]


def find_periods(answers: list[Coverage | None]) -> list[CoveragePeriod]:
    """Return the periods of one organisation under one contract, from its answer on each day."""
    snapshots = []
    for date, answer in zip(DAYS, answers, strict=False):
        coverage = {} if answer is NO_LIST else {"support": {"canope": answer}}
        snapshots.append((date, coverage))
    return coverage_periods(snapshots, ["support"], ["canope"])


@parametrize_cases(CASES)
def test_the_answers_of_the_days_make_periods(case):
    periods = find_periods(case.answers)

    lines = []
    for period in periods:
        end = "-" if period.end is None else period.end.year
        lines.append(f"{period.start.year} {end} {describe_answer(period.coverage)}")
    assert lines == case.periods


@parametrize_cases(CASES)
def test_covered_since_counts_the_unbroken_coverage_up_to_the_newest_snapshot(case):
    since = covered_since(find_periods(case.answers))

    expected = {} if case.since is None else {("support", "canope"): dt.date(case.since, 1, 1)}
    assert since == expected


@parametrize_cases(CASES)
def test_an_organisation_leaves_when_no_covered_period_follows(case):
    departures = find_departures(find_periods(case.answers))

    assert tuple(period.end.year for period in departures) == case.departures


def test_contracts_are_apart_and_periods_come_by_contract_then_organisation_then_day():
    snapshots = [
        (DAYS[0], {"support": {"b": LISTED, "a": LISTED}, "expertise": {"a": LISTED}}),
        (DAYS[1], {"support": {"b": LISTED, "a": TO_VERIFY}, "expertise": {"a": LISTED}}),
    ]

    periods = coverage_periods(snapshots, ["support", "expertise"], ["b", "a"])

    assert [(period.contract, period.slug, period.start.year) for period in periods] == [
        ("support", "b", 2021),
        ("support", "a", 2021),
        ("support", "a", 2022),
        ("expertise", "a", 2021),
    ]
    assert [period.slug for period in find_departures(periods)] == ["a"]
    assert covered_since(periods) == {("support", "b"): DAYS[0], ("expertise", "a"): DAYS[0]}
