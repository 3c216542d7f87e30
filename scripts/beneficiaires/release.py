"""Releases: what the last one promised to those who use the data, and what the next one writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from . import changelog, files, package, project, records
from .problems import Invalid, Problem, raise_if_any

FILE = Path("source/release.yml")
LEVELS = ("patch", "minor", "major")
_CHANGELOG = "CHANGELOG.md"

# Where the version and the date of a release are written, by the place of the file: each pattern
# is found at least once, and what follows its first group is replaced.
_SCHEMA = {
    "version": (r'^(  "version": ")[^"]+', r"(/v)[0-9]+\.[0-9]+\.[0-9]+(?=/)"),
    "date": (r'^(  "lastModified": ")[^"]+',),
}
_PLACES = {
    str(project.PACKAGE): {"version": (r'^(  "version": ")[^"]+',)},
    "pyproject.toml": {"version": (r'^(version = ")[^"]+',)},
    "CITATION.cff": {"version": (r"^(version: ).+",), "date": (r'^(date-released: ")[^"]+',)},
}


class Release(NamedTuple):
    """A published version: its newest page, the columns of each table in their order, every slug."""

    version: str
    date: date
    page: date
    columns: dict[str, list[str]]
    slugs: tuple[str, ...]


def parse(text: str, name: str) -> Release:
    """The release that release.yml holds. Raises Invalid."""
    problems: list[Problem] = []
    fields = records.Fields(records.parse(text, name), name, 1, problems)
    tables = fields.take("champs", records.Mapping, {}, required=True)
    release = Release(
        version=fields.take("version", str, "", required=True),
        date=fields.take("date", date, date.min, required=True),
        page=fields.take("page", date, date.min, required=True),
        columns={table: list(columns or ()) for table, columns in tables.items()},
        slugs=tuple(fields.texts("organismes")),
    )
    fields.finish()
    if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", release.version):
        fields.report("version", f"version « {release.version} » : trois nombres sont attendus, « 1.0.0 »")
    raise_if_any(problems)
    return release


def encode(release: Release, head: str) -> str:
    """The text of release.yml, `head` being the comment that opens it."""
    columns = (f"  {table}: [{', '.join(names)}]\n" for table, names in release.columns.items())
    slugs = (f"  - {slug}\n" for slug in release.slugs)
    facts = f"version: {release.version}\ndate: {release.date}\npage: {release.page}\n"
    return "".join([head, facts, "champs:\n", *columns, "organismes:\n", *slugs])


def major(version: str) -> str:
    """The major number of a semantic version, as a text."""
    return version.partition(".")[0]


def bump(version: str, level: str) -> str:
    """The version that follows at this level: major, minor or patch."""
    numbers = [int(number) for number in version.split(".")]
    rank = len(LEVELS) - 1 - LEVELS.index(level)
    numbers[rank:] = [numbers[rank] + 1, *([0] * (len(numbers) - rank - 1))]
    return ".".join(map(str, numbers))


def needed(last: Release, current: Release) -> tuple[str, str]:
    """The smallest level that tells users what changed, and what did.

    https://datapackage.org/recipes/data-package-version/: columns are major, data minor.
    """
    if last.columns != current.columns:
        return "major", "des champs ont changé"
    if last.page != current.page:
        return "minor", f"la page a changé ({last.page}, puis {current.page})"
    if last.slugs != current.slugs:
        return "minor", "des organismes ont été ajoutés"
    return "patch", "rien d'autre que des corrections"


def prepare(sources: project.Project, level: str | None, day: date) -> tuple[Release, dict[Path, bytes]]:
    """The next release, dated `day`, and the bytes of every file that tells it, by path.

    `level` defaults to the smallest that fits. Raises Invalid when it is smaller than that, when
    `day` comes before the last release, or when a file has no place for the version.
    """
    name = str(FILE)
    text = _text(sources.root, name)
    last = parse(text, name)
    current = last._replace(
        date=day,
        page=sources.provenance.newest.date,
        columns={schema.name: schema.columns for schema in sources.package.schemas},
        slugs=tuple(body.slug for body in sources.registry.bodies),
    )
    least, reason = needed(last, current)
    level = level or least
    if LEVELS.index(level) < LEVELS.index(least):
        raise Invalid.because(name, None, f"{reason} : la version doit être {least}, pas {level}")
    if day < last.date:
        raise Invalid.because(name, None, f"{day} vient avant la dernière version, {last.date}")
    current = current._replace(version=bump(last.version, level))
    head = re.match(r"(?:#.*\n)*", text)[0]
    return current, {
        **_retold(sources, current),
        sources.root / _CHANGELOG: _dated(sources, current).encode(),
        sources.root / FILE: encode(current, head).encode(),
    }


def _retold(sources: project.Project, release: Release) -> dict[Path, bytes]:
    """Everything that holds the version, written with the new one, and the package built anew."""
    file, _, schemas = sources.package
    places = {**dict.fromkeys((schema.file for schema in schemas), _SCHEMA), **_PLACES}
    texts = {name: _written(_text(sources.root, name), name, release, places[name]) for name in places}
    schemas = [package.parse_schema(texts[schema.file], schema.file, schema.name) for schema in schemas]
    described = package.Package(file, package.parse(texts[file], file), schemas)
    renewed = sources._replace(package=described)
    snapshot = renewed.snapshot()
    built = renewed.build(renewed.tables(snapshot), snapshot.version)
    return {**{sources.root / name: text.encode() for name, text in texts.items()}, **built}


def _written(text: str, name: str, release: Release, places: Mapping[str, tuple[str, ...]]) -> str:
    for fact, patterns in places.items():
        value = str(getattr(release, fact))
        for pattern in patterns:
            text, count = re.subn(pattern, rf"\g<1>{value}", text, flags=re.MULTILINE)
            if not count:
                raise Invalid.because(name, None, f"aucune place pour « {fact} » ({pattern})")
    return text


def _dated(sources: project.Project, release: Release) -> str:
    text = changelog.with_data(_text(sources.root, _CHANGELOG), sources)
    return changelog.released(text, release.version, release.date)


def _text(root: Path, name: str) -> str:
    return files.decode(files.read(root / name, name), name)
