"""Keep new snapshots of the page: from the web, a file, or a clone of the site's repository.

A snapshot is kept in source/pages/ and listed in source/pages/versions.csv. For every label that
nobody knows, an alias or a new entry, to confirm, is added to source/organismes.yml. Then it says
what changed, and what a person must decide. data/ stays as it is until `make`.
"""

import argparse
import datetime as dt
import os
import re
from pathlib import Path

from beneficiaires import wording
from beneficiaires.cli import run
from beneficiaires.files import lock_folder, write_files
from beneficiaires.project import ProjectSources, load_sources
from beneficiaires.snapshots.add import add_snapshots
from beneficiaires.snapshots.fetch import (
    Candidate,
    fetch_from_web,
    read_from_clone,
    read_from_file,
    today,
)
from beneficiaires.snapshots.report import format_refresh_markdown, format_refresh_text


def parse_date(text: str) -> dt.date:
    """Return the day that an option gives. Raises ArgumentTypeError."""
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        date = None
    if date is None or str(date) != text or date > today():
        raise argparse.ArgumentTypeError(f"{text} : {wording.REFRESH_DATE_USAGE}")
    return date


def parse_commit(text: str) -> str:
    """Return the commit that an option gives. Raises ArgumentTypeError."""
    if not re.fullmatch("[0-9a-f]{40}", text):
        raise argparse.ArgumentTypeError(f"{text} : {wording.REFRESH_COMMIT_USAGE}")
    return text


OPTIONS = {
    "--page": {"type": Path, "metavar": "FILE", "help": "the page, from a file (needs --date)"},
    "--git": {"type": Path, "metavar": "CLONE", "help": "every past snapshot, from a clone"},
    "--date": {"type": parse_date, "metavar": "AAAA-MM-JJ", "help": "the day of the page"},
    "--commit": {"type": parse_commit, "metavar": "SHA", "help": "the commit of the page"},
    "--force": {"action": "store_true", "help": "keep a page that has none of the known lists"},
    "--dry-run": {"action": "store_true", "help": "say everything, write nothing"},
    "--markdown": {"action": "store_true", "help": "say it in Markdown, for a pull request"},
}


def main(
    root: Path,
    page: Path | None,
    git: Path | None,
    date: dt.date | None,
    commit: str | None,
    force: bool,
    dry_run: bool,
    markdown: bool,
) -> None:
    """Keep what is new, and print what it changes and what is to be decided."""
    if page and not date:
        raise argparse.ArgumentError(None, wording.REFRESH_PAGE_USAGE)
    if (git and (page or date)) or (commit and not page):
        raise argparse.ArgumentError(None, wording.REFRESH_OPTIONS_USAGE)
    with lock_folder(root):
        sources = load_sources(root, allows_orphan_pages=True)
        candidates = read_candidates(sources, page, git, date, commit)
        added = add_snapshots(sources, candidates, force)
        if not dry_run:
            write_files(root, added.outputs)
    format_report = format_refresh_markdown if markdown else format_refresh_text
    print(format_report(added), end="")
    if dry_run:
        print(wording.nothing_written())


def read_candidates(
    sources: ProjectSources,
    page: Path | None,
    git: Path | None,
    date: dt.date | None,
    commit: str | None,
) -> list[Candidate]:
    """Return the candidates that the options ask for, oldest first. Raises ProblemsFound."""
    if page is not None:
        return [read_from_file(page, date, commit)]
    if git is not None:
        return read_from_clone(git, sources.page_source)
    return [fetch_from_web(sources.page_source, date, os.environ.get("GITHUB_TOKEN"))]


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
