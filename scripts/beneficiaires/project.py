"""A checkout of the project: what people edit, read; what the build makes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from . import (
    contracts,
    dictionary,
    figures,
    files,
    history,
    package,
    page,
    provenance,
    reading,
    registry,
    tables,
)
from .problems import Invalid, Problem, raise_if_any
from .reading import Reading

PAGES = Path("source/pages.yml")
CONTRACTS = Path("source/marches.yml")
REGISTRY = Path("source/organismes.yml")
PACKAGE = Path("datapackage.json")
DICTIONARY = Path("data/README.md")


class Snapshot(NamedTuple):
    """A page that was read, and the version of the page that it is."""

    page: page.Page
    version: provenance.Version


class Project(NamedTuple):
    """Everything that people edit, read from the folder `root` and found right.

    `drafts`: the pages that came in and are not written yet, by place.
    """

    root: Path
    provenance: provenance.Provenance
    contracts: Sequence[contracts.Contract]
    registry: registry.Registry
    registry_file: Path
    package: package.Package
    drafts: Mapping[str, bytes] = MappingProxyType({})

    def snapshot(self, source: Path | None = None) -> Snapshot:
        """The newest page, or the page in `source`.

        A page that pages.yml does not list takes its date from its front matter. Raises Invalid.
        """
        newest = self.provenance.newest
        if source is None:
            return self.stored(newest)
        name = _name(source, self.root)
        read = page.read(files.read(source, name), name)
        unlisted = newest._replace(date=read.date, commit=None, sha256=read.sha256, corrections=())
        return Snapshot(read, self.provenance.of(read.sha256) or unlisted)

    def stored(self, version: provenance.Version) -> Snapshot:
        """The page of a version that pages.yml lists. Raises Invalid."""
        return Snapshot(page.read(self.data(version), version.place), version)

    def compared(self, old: str | None = None, new: str | None = None) -> list[Snapshot]:
        """Two pages to compare, by their dates in pages.yml or their files.

        Without `old` the last two that can be read, or the only one; without `new` the newest.
        """
        if old is None:
            return [self.stored(version) for version in self.provenance.readable[-2:]]
        return [self._called(old), self._called(new) if new else self.snapshot()]

    def _called(self, name: str) -> Snapshot:
        dates = {version.date.isoformat(): version for version in self.provenance.versions}
        return self.stored(dates[name]) if name in dates else self.snapshot(Path(name))

    def data(self, version: provenance.Version) -> bytes:
        """The bytes of a version that pages.yml lists. Raises Invalid when its file was modified."""
        drafted = self.drafts.get(version.place)
        data = files.read(self.root / version.place, version.place) if drafted is None else drafted
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 != version.sha256:
            message = f"sha256 {sha256}, pages.yml dit {version.sha256} ; une page publiée ne se modifie pas"
            raise Invalid.because(version.place, None, message)
        return data

    def reading(self, snapshot: Snapshot) -> Reading:
        """What a page says, its bullets mended and named. Raises Invalid with every problem."""
        mended, problems = self.provenance.mend(snapshot.page, snapshot.version)
        try:
            found = reading.read(mended, snapshot.version.date, self.contracts, self.registry)
        except Invalid as error:
            problems += error.problems
        raise_if_any(problems)
        return found

    def tables(self, snapshot: Snapshot) -> tables.Tables:
        """Every table of a page; the pages before it tell the history. Raises Invalid with every problem."""
        readings = self.readings(snapshot)
        periods = history.periods((each.date, each.slugs) for each in readings)
        return tables.build(readings[-1], snapshot.version.url, self.contracts, self.registry, periods)

    def readings(self, last: Snapshot) -> list[Reading]:
        """What every readable page up to the last one says, oldest first.

        The last one alone when pages.yml does not list it. Raises Invalid with every problem.
        """
        problems: list[Problem] = []
        readings = []
        for version in (*self.provenance.before(last.version), last.version):
            try:
                found = self.reading(last if version is last.version else self.stored(version))
                lost = history.lost(readings[-1].slugs, found.slugs) if readings else {}
                problems += self.provenance.unconfirmed(version, lost)
                readings.append(found)
            except Invalid as error:
                problems += error.problems
        raise_if_any(problems)
        return readings

    def build(self, built: tables.Tables, version: provenance.Version) -> dict[Path, bytes]:
        """The bytes of everything that is generated, by path, datapackage.json last."""
        encoded = self.package.encode(built)
        descriptor = self.package.describe(encoded, version)
        documents = dict(self._documents(built))
        outputs = {**encoded, str(DICTIONARY): dictionary.render(self.package), **documents}
        return {self.root / name: data for name, data in {**outputs, str(PACKAGE): descriptor}.items()}

    def _documents(self, built: tables.Tables) -> Iterator[tuple[str, bytes]]:
        """The documents that give figures of the data, with those of these tables."""
        for name in figures.DOCUMENTS:
            if (self.root / name).exists():
                text = files.decode(files.read(self.root / name, name), name)
                yield name, figures.rewrite(text, name, built).encode()

    def trial(self, built: tables.Tables, folder: Path) -> dict[Path, bytes]:
        """The bytes of the tables alone, by path in another folder."""
        return {folder / Path(name).name: data for name, data in self.package.encode(built).items()}

    def accept(self, snapshot: Snapshot) -> tuple[Project, list[str]]:
        """The project whose registry also has the unknown bodies of the page, and their slugs.

        Raises Invalid when something else is wrong with the page.
        """
        try:
            self.tables(snapshot)
            return self, []
        except Invalid as error:
            unknown = [problem.unknown_label for problem in error.problems]
            if not all(unknown):
                raise
        text, slugs = registry.with_provisional(self.registry, unknown)
        return self._replace(
            registry=registry.parse(text, self.registry.name, self.registry.categories)
        ), slugs

    def texts(self) -> dict[Path, str]:
        """The texts of the files of source/ that new pages and new bodies are added to, by path."""
        return {self.registry_file: self.registry.text, self.root / PAGES: self.provenance.text}


def read(root: Path, registry_file: Path | None = None) -> Project:
    """The project in `root`, with its own registry or another. Raises Invalid with every problem."""
    problems: list[Problem] = []

    def part(path: Path, parse: Callable[[str, str], Any]) -> Any:
        name = _name(path, root)
        try:
            return parse(files.decode(files.read(path, name), name), name)
        except Invalid as error:
            problems.extend(error.problems)

    schemas = [
        part(path, partial(package.parse_schema, table=path.stem))
        for path in sorted((root / "schemas").glob("*.json"))
    ]
    descriptor = part(root / PACKAGE, package.parse)
    provenances = part(root / PAGES, provenance.parse)
    marches = part(root / CONTRACTS, contracts.parse)
    raise_if_any(problems)
    categories = next((schema.enum("categorie") for schema in schemas if "categorie" in schema.columns), [])
    registry_file = registry_file or root / REGISTRY
    bodies = part(registry_file, partial(registry.parse, categories=categories))
    raise_if_any(problems)
    return Project(
        root, provenances, marches, bodies, registry_file, package.Package(str(PACKAGE), descriptor, schemas)
    )


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
