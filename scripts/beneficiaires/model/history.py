"""The answers over time: unbroken runs of snapshots that give the same answer."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..text import split_words
from .coverage import NOT_LISTED, Coverage, CoverageByContract

DatedCoverage = tuple[dt.date, CoverageByContract]
"""The day of a snapshot and the coverage that it gives."""


@dataclass(frozen=True)
class CoveragePeriod:
    """An unbroken run of snapshots that give the same answer for an organisation.

    `coverage` is that of the last snapshot of the run, so that its spelling is the newest. `start`
    is the day of the first snapshot of the run, `end` that of the first one that no longer
    gives the answer; None while the newest snapshot gives it.
    """

    contract: str
    slug: str
    coverage: Coverage
    start: dt.date
    end: dt.date | None = None


def coverage_periods(
    snapshots: Sequence[DatedCoverage], contracts: Iterable[str], slugs: Iterable[str]
) -> list[CoveragePeriod]:
    """Return the periods of these organisations under these contracts, `non_cite` left out.

    `snapshots` are in the order of time. The periods are ordered by contract, organisation (both
    in the order given), and day.
    """
    slugs = list(slugs)
    periods: list[CoveragePeriod] = []
    for contract in contracts:
        listed = [(date, coverage.get(contract, {})) for date, coverage in snapshots]
        for slug in slugs:
            answers = [(date, coverage.get(slug)) for date, coverage in listed]
            periods += _find_periods(contract, slug, answers)
    return periods


def _find_periods(
    contract: str, slug: str, answers: Iterable[tuple[dt.date, Coverage | None]]
) -> list[CoveragePeriod]:
    """Return the periods of one organisation under one contract.

    An answer is None on the days without a list of that contract.
    """
    periods: list[CoveragePeriod] = []
    current: CoveragePeriod | None = None
    for date, coverage in answers:
        has_answer = coverage is not None and coverage.status != NOT_LISTED
        if current is not None and has_answer and is_same_answer(current.coverage, coverage):
            current = replace(current, coverage=coverage)
            continue
        if current is not None:
            periods.append(replace(current, end=date))
            current = None
        if has_answer:
            current = CoveragePeriod(contract, slug, coverage, start=date)
    if current is not None:
        periods.append(current)
    return periods


def is_same_answer(first: Coverage, second: Coverage) -> bool:
    """Return whether two answers say the same: the spelling of the scope does not count."""
    return (
        first.status == second.status
        and first.through == second.through
        and first.reach == second.reach
        and split_words(first.scope or "") == split_words(second.scope or "")
    )


def covered_since(periods: Iterable[CoveragePeriod]) -> dict[tuple[str, str], dt.date]:
    """Return the first day since which each organisation has been covered without a break.

    The keys are a contract and an organisation that are covered at the newest snapshot. `periods`
    are ordered as `coverage_periods` gives them.
    """
    starts: dict[tuple[str, str], dt.date] = {}
    ends: dict[tuple[str, str], dt.date | None] = {}
    for period in periods:
        if not period.coverage.is_covered:
            continue
        key = (period.contract, period.slug)
        if key not in ends or ends[key] != period.start:
            starts[key] = period.start
        ends[key] = period.end
    return {key: start for key, start in starts.items() if ends[key] is None}


def find_departures(periods: Iterable[CoveragePeriod]) -> list[CoveragePeriod]:
    """Return the covered periods at whose end the organisation has left the contract.

    It has left when no covered period of the same contract starts on the day of the end.
    """
    covered = [period for period in periods if period.coverage.is_covered]
    starts = {(period.contract, period.slug, period.start) for period in covered}
    departures = []
    for period in covered:
        if period.end is not None and (period.contract, period.slug, period.end) not in starts:
            departures.append(period)
    return departures
