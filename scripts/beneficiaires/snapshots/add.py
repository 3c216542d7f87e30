"""New snapshots: which candidates are kept, and what a person will have to decide of them.

Nothing is written here: `add_snapshots` returns the files to write.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from .. import wording
from ..errors import Problem, ProblemCollector, ProblemsFound, sort_problems
from ..files import hash_bytes
from ..model.comparison import Comparison, compare_snapshots
from ..model.coverage import coverage_by_contract
from ..model.matching import MatchedSnapshot, match_snapshot
from ..project import ORGANISATIONS_FILE, SNAPSHOTS_FILE, ProjectSources, load_sources
from ..source.documents import check_schema, parse_csv, parse_json_document
from ..source.models import Correction, Snapshot
from ..source.page import parse_page
from .drafts import RegistryDrafts, draft_registry, is_likely_join
from .fetch import Candidate

SNAPSHOTS_RULES = "schemas/source/versions.json"


@dataclass(frozen=True)
class Selection:
    """The snapshots of the project with the new ones, oldest first.

    `added` are the new ones, with their bytes; `replaced_dates` are those of `added` that had
    another snapshot. `completed_dates` are those of a snapshot whose commit is now known.
    """

    snapshots: tuple[Snapshot, ...]
    added: Mapping[Snapshot, bytes]
    replaced_dates: frozenset[dt.date]
    completed_dates: tuple[dt.date, ...]


@dataclass(frozen=True)
class JoinedReading:
    """The snapshots of a project, oldest first, read as if the joins they propose were accepted.

    `unjoined` are the same snapshots, read as the project stands; `joins` by day.
    """

    snapshots: tuple[MatchedSnapshot, ...]
    unjoined: tuple[MatchedSnapshot, ...]
    joins: Mapping[dt.date, Sequence[Correction]]

    def count_joins(self, comparisons: Iterable[Comparison]) -> int:
        """Return the number of distinct joins that some comparisons take as accepted."""
        joins: set[Correction] = set()
        for comparison in comparisons:
            joins.update(self.joins[comparison.old_date], self.joins[comparison.new_date])
        return len(joins)


@dataclass(frozen=True)
class AddedSnapshots:
    """What a refresh does: new snapshots, what they change, what a person must decide.

    `notes` are French sentences, `left_out` the reasons why candidates are not kept.
    `comparisons` go from the oldest to the newest; `join_count` is how many corrections they take
    as accepted. `outputs` are the files to write, by path from the root; empty when there is
    nothing new.
    """

    snapshots: tuple[Snapshot, ...]
    notes: tuple[str, ...]
    left_out: tuple[Problem, ...]
    comparisons: tuple[Comparison, ...]
    join_count: int
    decisions: tuple[Problem, ...]
    outputs: Mapping[str, bytes]


def add_snapshots(
    sources: ProjectSources, candidates: Iterable[Candidate], is_forced: bool = False
) -> AddedSnapshots:
    """Return what the candidates bring to a project, with a proposal for every unknown label.

    `is_forced` keeps a page that has none of the known lists. Raises ProblemsFound when no
    candidate can be kept, and for a project that cannot be read.
    """
    left_out = ProblemCollector()
    usable = []
    for candidate in candidates:
        with left_out.collect():
            check_candidate(candidate, sources, is_forced)
            usable.append(candidate)
    if not usable:
        left_out.raise_if_any()
    selection = select_new(sources.snapshots, usable)
    outputs: dict[str, bytes] = {}
    for snapshot, data in selection.added.items():
        outputs[snapshot.file] = data
    drafts = dict(outputs)
    if selection.added or selection.completed_dates:
        drafts[SNAPSHOTS_FILE] = format_snapshots(selection.snapshots)
    with_pages = load_sources(sources.files.root, drafts)
    registry_drafts = draft_registry(with_pages, with_pages.match_all(), selection.added)
    if registry_drafts.text is not None:
        outputs[ORGANISATIONS_FILE] = registry_drafts.text.encode()
    if SNAPSHOTS_FILE in drafts:
        outputs[SNAPSHOTS_FILE] = drafts[SNAPSHOTS_FILE]  # last: it makes the pages count
    complete = load_sources(sources.files.root, outputs)
    reading = match_as_joined(complete)
    comparisons = _compare_added(complete, reading.snapshots, selection)
    return AddedSnapshots(
        snapshots=tuple(selection.added),
        notes=(*_list_notes(usable, selection), *registry_drafts.notes),
        left_out=tuple(left_out.problems),
        comparisons=tuple(comparisons),
        join_count=reading.count_joins(comparisons),
        decisions=tuple(_list_decisions(complete, reading.unjoined, registry_drafts)),
        outputs=outputs,
    )


# Candidates


def check_candidate(candidate: Candidate, sources: ProjectSources, is_forced: bool) -> None:
    """Raise ProblemsFound for a candidate that is not to be kept, with the reason."""
    name = candidate.name
    page = parse_page(candidate.data, name)
    snapshot = make_snapshot(candidate)
    row_document = parse_csv(format_snapshots([snapshot]), name)
    rules = parse_json_document(sources.files.read(SNAPSHOTS_RULES), SNAPSHOTS_RULES)
    check_schema(row_document, rules.value)
    if page.is_draft:
        raise ProblemsFound.single(name, None, wording.draft_page())
    matched = match_snapshot(
        snapshot, page, sources.contracts, sources.corrections, sources.registry
    )
    has_known_list = any(part.bullets for part in matched.lists.values())
    if not has_known_list and not is_forced:
        raise ProblemsFound.single(name, None, wording.page_without_known_list())


def make_snapshot(candidate: Candidate) -> Snapshot:
    """Return the snapshot that a candidate would be."""
    sha256 = hash_bytes(candidate.data)
    return Snapshot(candidate.date, sha256, candidate.commit, candidate.path)


def select_new(snapshots: Sequence[Snapshot], candidates: Iterable[Candidate]) -> Selection:
    """Return the snapshots with the candidates that are new.

    New: the bytes differ from those of the snapshot just before, and from those of the one just
    after, which is then the same text dated later because its commit was not known. A candidate
    of a day that has other bytes takes their place; one that has the same gives its commit.
    """
    by_date = {snapshot.date: snapshot for snapshot in snapshots}
    added: dict[dt.date, tuple[Snapshot, bytes]] = {}
    completed_dates = []
    for candidate in sorted(candidates, key=lambda candidate: candidate.date):
        snapshot = make_snapshot(candidate)
        if candidate.date in by_date:
            known = by_date[candidate.date]
            is_new = known.sha256 != snapshot.sha256
            if not is_new and known.commit is None and snapshot.commit is not None:
                by_date[candidate.date] = snapshot
                completed_dates.append(candidate.date)
        else:
            is_new = snapshot.sha256 not in _list_neighbour_hashes(by_date, candidate.date)
        if is_new:
            by_date[candidate.date] = snapshot
            added[candidate.date] = (snapshot, candidate.data)
    earlier_dates = {snapshot.date for snapshot in snapshots}
    return Selection(
        snapshots=tuple(by_date[date] for date in sorted(by_date)),
        added=dict(added.values()),
        replaced_dates=frozenset(earlier_dates & added.keys()),
        completed_dates=tuple(completed_dates),
    )


def _list_neighbour_hashes(by_date: Mapping[dt.date, Snapshot], date: dt.date) -> list[str]:
    """Return the hashes of the snapshots just before and just after a day without snapshot."""
    earlier_dates = [known_date for known_date in by_date if known_date < date]
    later_dates = [known_date for known_date in by_date if known_date > date]
    hashes = []
    if earlier_dates:
        hashes.append(by_date[max(earlier_dates)].sha256)
    if later_dates:
        hashes.append(by_date[min(later_dates)].sha256)
    return hashes


def format_snapshots(snapshots: Iterable[Snapshot]) -> bytes:
    """Return the bytes of versions.csv."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["date", "commit", "sha256", "chemin"])
    for snapshot in snapshots:
        writer.writerow(
            [snapshot.date, snapshot.commit or "", snapshot.sha256, snapshot.path or ""]
        )
    return stream.getvalue().encode()


def _list_notes(candidates: Iterable[Candidate], selection: Selection) -> list[str]:
    """Return what there is to say of the snapshots that were kept."""
    notes = [wording.snapshot_completed(str(date)) for date in selection.completed_dates]
    for candidate in candidates:
        snapshot = make_snapshot(candidate)
        if snapshot not in selection.added:
            continue
        notes.append(wording.snapshot_added(snapshot.file))
        if candidate.date in selection.replaced_dates:
            notes.append(wording.snapshot_replaced(str(candidate.date)))
        if candidate.note is not None:
            notes.append(wording.snapshot_note(str(candidate.date), candidate.note))
    return notes


# Reading


def match_as_joined(sources: ProjectSources) -> JoinedReading:
    """Return every snapshot of a project as if the proposed joins were accepted.

    Raises ProblemsFound for a snapshot that cannot be read.
    """
    unjoined = sources.match_all()
    snapshots = unjoined
    joins: dict[dt.date, list[Correction]] = {}
    for matched in unjoined:
        joins[matched.date] = []
        for join in matched.proposed_joins:
            if is_likely_join(join, sources.registry):
                joins[matched.date].append(join)
    distinct_joins = dict.fromkeys(chain.from_iterable(joins.values()))
    if distinct_joins:
        corrections = [*sources.corrections, *distinct_joins]
        snapshots = replace(sources, corrections=corrections).match_all()
    return JoinedReading(tuple(snapshots), tuple(unjoined), joins)


def compare_pair(sources: ProjectSources, old: MatchedSnapshot, new: MatchedSnapshot) -> Comparison:
    """Return what changed from a snapshot of a project to another."""
    registry = sources.registry
    old_coverage = coverage_by_contract(old, registry)
    new_coverage = coverage_by_contract(new, registry)
    return compare_snapshots(old, new, old_coverage, new_coverage, sources.contracts, registry)


def _compare_added(
    sources: ProjectSources, snapshots: Sequence[MatchedSnapshot], selection: Selection
) -> list[Comparison]:
    """Return the comparison of each new snapshot with the one before it, oldest first."""
    comparisons = []
    previous = None
    for matched in snapshots:
        if previous is not None and matched.snapshot in selection.added:
            comparisons.append(compare_pair(sources, previous, matched))
        previous = matched
    return comparisons


def _list_decisions(
    sources: ProjectSources,
    snapshots: Sequence[MatchedSnapshot],
    registry_drafts: RegistryDrafts,
) -> list[Problem]:
    """Return what stops the build, with the reason why a label has no draft in its place."""
    decisions = list(registry_drafts.undrafted)
    for problem in sources.find_problems(snapshots):
        if problem not in registry_drafts.explained:
            decisions.append(problem)
    return sort_problems(decisions)
