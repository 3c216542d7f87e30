"""Say in French what changed from a snapshot of the page to another, whatever is still to decide.

OLD and NEW are days of source/pages/versions.csv: the last two snapshots by default, OLD and the
newest with OLD alone.
"""

from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.errors import ProblemsFound
from beneficiaires.project import SNAPSHOTS_FILE, load_sources
from beneficiaires.snapshots.add import compare_pair, match_as_joined
from beneficiaires.snapshots.report import format_spelling, format_text

OPTIONS = {
    "old": {"nargs": "?", "metavar": "OLD", "help": "a day of versions.csv, AAAA-MM-JJ"},
    "new": {"nargs": "?", "metavar": "NEW", "help": "a day of versions.csv, AAAA-MM-JJ"},
    "--spelling": {
        "action": "store_true",
        "help": "add a unified diff of what differs in spelling and order alone",
    },
}


def main(root: Path, old: str | None, new: str | None, spelling: bool) -> None:
    """Print the report from one snapshot to another."""
    sources = load_sources(root)
    reading = match_as_joined(sources)
    snapshots = {str(matched.date): matched for matched in reading.snapshots}
    dates = list(snapshots)
    for date in (old, new):
        if date is not None and date not in snapshots:
            message = wording.unknown_snapshot(date, dates)
            raise ProblemsFound.single(SNAPSHOTS_FILE, None, message)
    new_date = new or dates[-1]
    earlier_dates = dates[: dates.index(new_date)]
    if old is None and not earlier_dates:
        print(wording.nothing_before(new_date))
        return
    old_date = old or earlier_dates[-1]
    comparison = compare_pair(sources, snapshots[old_date], snapshots[new_date])
    print(format_text(comparison), end="")
    join_count = reading.count_joins([comparison])
    if join_count:
        print(f"\n{wording.joined_reading(join_count)}")
    if spelling:
        diff = format_spelling(comparison)
        print(f"\n{diff}" if diff else "", end="")


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
