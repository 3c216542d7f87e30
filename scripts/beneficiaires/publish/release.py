"""What a release writes: its number and day everywhere that they stand, and what it promises."""

import datetime as dt
import json
import re
from pathlib import Path

from .. import wording
from ..datapackage.descriptor import DESCRIPTOR_FILE
from ..datapackage.release_manifest import (
    CHANGELOG_FILE,
    CHANGELOG_HEADING,
    RELEASE_FILE,
    UNRELEASED,
    Version,
    find_smallest_version,
    format_release_manifest,
    format_version,
    make_release_manifest,
)
from ..errors import ProblemsFound
from ..files import format_json, read_file, read_text
from ..project import load_project
from ..source.documents import parse_json_document

CITATION_FILE = "CITATION.cff"


def prepare_release(root: Path, version: Version, today: dt.date) -> dict[str, bytes]:
    """Return the files that a release of that day changes, by path.

    The CHANGELOG comes first and release.json last, so that `find_unfinished_release` sees a
    release that was stopped. It can be prepared again, and so can a finished one on its day, as
    long as the CHANGELOG announces nothing new. Raises ProblemsFound when the number is too small
    for what changed, or when nothing is said of it in the CHANGELOG.
    """
    text = format_version(version)
    descriptor = parse_json_document(read_file(root / DESCRIPTOR_FILE), DESCRIPTOR_FILE).value
    drafts = {DESCRIPTOR_FILE: format_json({**descriptor, "version": text})}
    project = load_project(root, drafts)
    manifest = make_release_manifest(
        version,
        today,
        project.newest.date,
        project.package.schemas,
        project.registry.by_slug,
    )
    release = project.sources.release
    changelog = read_text(root / CHANGELOG_FILE, CHANGELOG_FILE)
    dated_changelog = date_changelog(changelog, text, today)
    is_finished = manifest == release and dated_changelog == changelog
    smallest = find_smallest_version(release, manifest)
    if smallest is not None and version < smallest and not is_finished:
        message = wording.version_too_small(text, format_version(smallest))
        raise ProblemsFound.single(RELEASE_FILE, None, message)
    citation = read_text(root / CITATION_FILE, CITATION_FILE)
    citation = set_citation_field(citation, "version", text)
    citation = set_citation_field(citation, "date-released", str(today))
    return {
        CHANGELOG_FILE: dated_changelog.encode(),
        **project.build_outputs(),
        CITATION_FILE: citation.encode(),
        RELEASE_FILE: format_json(format_release_manifest(manifest)),
    }


def date_changelog(changelog: str, version: str, today: dt.date) -> str:
    """Return the CHANGELOG with the heading of a release in the place of « Unreleased ».

    The first heading may be that of this release already, when it was prepared before. Raises
    ProblemsFound when it is neither, or when nothing stands under it.
    """
    heading = CHANGELOG_HEADING.search(changelog)
    if heading is None or heading[1].split(" ")[0] not in (UNRELEASED, version):
        message = wording.missing_changelog_heading(UNRELEASED)
        raise ProblemsFound.single(CHANGELOG_FILE, None, message)
    following = CHANGELOG_HEADING.search(changelog, heading.end())
    end = len(changelog) if following is None else following.start()
    if not changelog[heading.end() : end].strip():
        line = changelog.count("\n", 0, heading.start()) + 1
        raise ProblemsFound.single(CHANGELOG_FILE, line, wording.empty_changelog())
    before = changelog[: heading.start()]
    return f"{before}## {version} — {today}{changelog[heading.end() :]}"


def set_citation_field(citation: str, key: str, value: str) -> str:
    """Return a CITATION.cff in which a key at its top has a value, added at the end if need be."""
    line = f"{key}: {json.dumps(value, ensure_ascii=False)}"
    pattern = re.compile(rf"^{re.escape(key)}:.*$", re.MULTILINE)
    if pattern.search(citation):
        return pattern.sub(lambda match: line, citation, count=1)
    return f"{citation.rstrip()}\n{line}\n"
