"""A project on disk: what people edit, read and checked; what the build makes of it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from . import wording
from .datapackage.descriptor import (
    DESCRIPTOR_FILE,
    DataPackage,
    parse_data_package,
    with_statistics,
)
from .datapackage.dictionary import build_dictionary
from .datapackage.release_manifest import RELEASE_FILE, ReleaseManifest, parse_release_manifest
from .datapackage.table_schema import TableSchema, parse_table_schema
from .datapackage.tables import Row, build_tables, check_columns, encode_tables
from .errors import Problem, ProblemCollector, ProblemsFound
from .files import format_json, hash_bytes, read_file
from .model.coverage import CoverageByContract, coverage_by_contract
from .model.history import CoveragePeriod, coverage_periods
from .model.matching import MatchedSnapshot, match_snapshot
from .model.registry import Registry, build_registry, find_unconfirmed
from .source import models
from .source.documents import Document, check_schema, parse_csv, parse_json_document, parse_yaml
from .source.page import Page, parse_page
from .text import make_key

ORGANISATIONS_FILE = "source/organismes.yml"
EVIDENCE_FILE = "source/identifiants.csv"
CONTRACTS_FILE = "source/marches.yml"
CORRECTIONS_FILE = "source/corrections.yml"
PAGE_SOURCE_FILE = "source/page.yml"
PUBLICATION_FILE = "source/publication.yml"
SNAPSHOTS_FILE = "source/pages/versions.csv"

EMPTY_VALUES: Mapping[str, Any] = {CORRECTIONS_FILE: []}
"""What an edited file holds when nothing is written in it but comments."""

T = TypeVar("T")


@dataclass(frozen=True)
class ProjectFiles:
    """The files of a project, by path from its root; `drafts` stand in for those on disk."""

    root: Path
    drafts: Mapping[str, bytes]

    def read(self, name: str) -> bytes:
        """Return the bytes of a file or of its draft. Raises ProblemsFound."""
        if name in self.drafts:
            return self.drafts[name]
        return read_file(self.root / name, name)

    def list_folder(self, folder: str, suffix: str) -> list[str]:
        """Return the paths of the files of a folder with that suffix, drafts too, in order."""
        names = {f"{folder}/{path.name}" for path in (self.root / folder).glob(f"*{suffix}")}
        for name in self.drafts:
            if str(PurePosixPath(name).parent) == folder and name.endswith(suffix):
                names.add(name)
        return sorted(names)


@dataclass(frozen=True)
class ProjectSources:
    """What people edit, read and checked file by file. `documents` are by path."""

    files: ProjectFiles
    documents: Mapping[str, Document]
    package: DataPackage
    release: ReleaseManifest
    registry: Registry
    contracts: Mapping[str, models.Contract]
    corrections: Sequence[models.Correction]
    page_source: models.PageSource
    publication: models.Publication
    snapshots: Sequence[models.Snapshot]

    def parse_snapshot(self, snapshot: models.Snapshot) -> Page:
        """Return the page of a snapshot. Raises ProblemsFound when its bytes have changed."""
        data = self.files.read(snapshot.file)
        if hash_bytes(data) != snapshot.sha256:
            raise ProblemsFound.single(snapshot.file, None, wording.changed_snapshot())
        return parse_page(data, snapshot.file)

    def match(self, snapshot: models.Snapshot) -> MatchedSnapshot:
        """Return what a snapshot says, whatever its problems. Raises ProblemsFound."""
        page = self.parse_snapshot(snapshot)
        return match_snapshot(snapshot, page, self.contracts, self.corrections, self.registry)

    def match_all(self) -> list[MatchedSnapshot]:
        """Return what every snapshot says, oldest first. Raises ProblemsFound with every fault."""
        problems = ProblemCollector()
        snapshots = []
        for snapshot in self.snapshots:
            with problems.collect():
                snapshots.append(self.match(snapshot))
        problems.raise_if_any()
        return snapshots

    def find_problems(self, snapshots: Iterable[MatchedSnapshot]) -> list[Problem]:
        """Return what forbids publishing.

        `snapshots` are all the snapshots of the project: a correction that none uses is a problem.
        """
        problems = ProblemCollector()
        used: set[models.Correction] = set()
        for matched in snapshots:
            problems.extend(matched.problems)
            used.update(matched.used_corrections)
        corrections_document = self.documents[CORRECTIONS_FILE]
        for position, correction in enumerate(self.corrections):
            if correction not in used:
                message = wording.unused_correction()
                problems.append(corrections_document.make_problem(message, position))
        organisations_document = self.documents[ORGANISATIONS_FILE]
        problems.extend(find_unconfirmed(self.registry, organisations_document))
        for slug in self.release.slugs:
            if slug not in self.registry.by_slug:
                problems.add(ORGANISATIONS_FILE, None, wording.removed_slug(slug))
        return problems.problems


@dataclass(frozen=True)
class Project:
    """A validated project: its sources, matched snapshots (oldest first), coverage and tables.

    `coverage` is that of each snapshot.
    """

    sources: ProjectSources
    snapshots: Sequence[MatchedSnapshot]
    coverage: Sequence[CoverageByContract]
    periods: Sequence[CoveragePeriod]
    tables: Mapping[str, Sequence[Row]]

    @property
    def package(self) -> DataPackage:
        """The data package."""
        return self.sources.package

    @property
    def registry(self) -> Registry:
        """The registry of the organisations."""
        return self.sources.registry

    @property
    def newest(self) -> MatchedSnapshot:
        """The newest snapshot."""
        return self.snapshots[-1]

    @property
    def contact(self) -> str:
        """Whom to ask: the address that the newest snapshot gives, else the publisher's."""
        return self.newest.page.contact or self.package.publisher.get("email", "")

    def build_outputs(self) -> dict[str, bytes]:
        """Return the bytes of all that is generated, by path from the root, descriptor last."""
        encoded = encode_tables(self.tables, self.package.schemas)
        snapshot = self.newest.snapshot
        descriptor = with_statistics(self.package, encoded, snapshot.commit or str(snapshot.date))
        return {
            **encoded,
            "data/README.md": build_dictionary(self.package),
            DESCRIPTOR_FILE: format_json(descriptor),
        }


def load_project(root: Path, drafts: Mapping[str, bytes] | None = None) -> Project:
    """Return the validated project in a folder, or that of its drafts.

    Raises ProblemsFound with every problem of what people edit.
    """
    sources = load_sources(root, drafts)
    snapshots = sources.match_all()
    problems = ProblemCollector()
    problems.extend(sources.find_problems(snapshots))
    problems.raise_if_any()
    return build_project(sources, snapshots)


def build_project(sources: ProjectSources, snapshots: Sequence[MatchedSnapshot]) -> Project:
    """Return the project that these matched snapshots make. Raises ProblemsFound."""
    coverage = [coverage_by_contract(matched, sources.registry) for matched in snapshots]
    dates = [matched.date for matched in snapshots]
    dated_coverage = list(zip(dates, coverage, strict=True))
    periods = coverage_periods(dated_coverage, sources.contracts, sources.registry.by_slug)
    tables = build_tables(
        snapshots,
        coverage[-1],
        periods,
        sources.contracts,
        sources.registry,
        sources.page_source,
    )
    check_columns(tables, sources.package.schemas)
    return Project(sources, snapshots, coverage, periods, tables)


def load_sources(
    root: Path, drafts: Mapping[str, bytes] | None = None, allows_orphan_pages: bool = False
) -> ProjectSources:
    """Return what people edit in a folder, or in drafts that stand in for its files.

    `allows_orphan_pages`: a page that versions.csv does not list is no fault, as when `refresh` was
    killed and is run again. Raises ProblemsFound with every fault of the files.
    """
    files = ProjectFiles(root, drafts or {})
    loader = _SourceLoader(files)
    registry = loader.load_registry()
    contracts = loader.load(CONTRACTS_FILE, parse_yaml, models.read_contracts)
    corrections = loader.load(CORRECTIONS_FILE, parse_yaml, models.read_corrections)
    page_source = loader.load(PAGE_SOURCE_FILE, parse_yaml, models.read_page_source)
    publication = loader.load(PUBLICATION_FILE, parse_yaml, models.read_publication)
    snapshots = loader.load(SNAPSHOTS_FILE, parse_csv, models.read_snapshots)
    package = loader.load_package()
    release = loader.load_release()
    if contracts is not None:
        loader.check_contracts(contracts)
    if contracts is not None and page_source is not None:
        loader.check_links(page_source, contracts)
    if snapshots is not None:
        loader.check_snapshots(snapshots)
    if snapshots is not None and not allows_orphan_pages:
        loader.check_orphan_pages(snapshots)
    loader.problems.raise_if_any()
    return ProjectSources(
        files=files,
        documents=loader.documents,
        package=package,
        release=release,
        registry=registry,
        contracts=contracts,
        corrections=corrections,
        page_source=page_source,
        publication=publication,
        snapshots=snapshots,
    )


class _SourceLoader:
    """Reads the edited files one by one, and collects the problems of all of them.

    What cannot be read is None; then there are problems, and nothing goes on without it.
    """

    def __init__(self, files: ProjectFiles) -> None:
        self.files = files
        self.problems = ProblemCollector()
        self.documents: dict[str, Document] = {}

    def load(
        self,
        name: str,
        parse: Callable[[bytes, str], Document],
        read: Callable[[Any], T],
    ) -> T | None:
        """Return what an edited file says, once its JSON Schema has accepted it."""
        with self.problems.collect():
            document = parse(self.files.read(name), name)
            if document.value is None:
                empty_value = EMPTY_VALUES.get(name, {})
                document = Document(name, document.text, empty_value, document.lines)
            self.documents[name] = document
            check_schema(document, self._read_rules(Path(name).stem))
            return read(document.value)
        return None

    def load_registry(self) -> Registry | None:
        """Return the registry that organismes.yml and identifiants.csv make."""
        organisations = self.load(ORGANISATIONS_FILE, parse_yaml, models.read_organisations)
        evidence = self.load(EVIDENCE_FILE, parse_csv, models.read_evidence)
        if organisations is None or evidence is None:
            return None
        with self.problems.collect():
            return build_registry(
                organisations,
                evidence,
                self.documents[ORGANISATIONS_FILE],
                self.documents[EVIDENCE_FILE],
            )
        return None

    def load_package(self) -> DataPackage | None:
        """Return the data package that datapackage.json and schemas/ describe."""
        names = self.files.list_folder("schemas", ".json")
        schemas: list[TableSchema] = []
        with self.problems.collect():
            rules = self._read_rules("table-schema")
            for name in names:
                with self.problems.collect():
                    schemas.append(parse_table_schema(self.files.read(name), name, rules))
        if len(schemas) < len(names):
            return None
        with self.problems.collect():
            rules = self._read_rules("datapackage")
            return parse_data_package(self.files.read(DESCRIPTOR_FILE), schemas, rules)
        return None

    def load_release(self) -> ReleaseManifest | None:
        """Return what the last release promised."""
        with self.problems.collect():
            rules = self._read_rules("release")
            return parse_release_manifest(self.files.read(RELEASE_FILE), rules)
        return None

    def check_contracts(self, contracts: Mapping[str, models.Contract]) -> None:
        """Collect what no JSON Schema can say of the contracts."""
        document = self.documents[CONTRACTS_FILE]
        owners: dict[str, str] = {}
        for slug, contract in contracts.items():
            for position, title in enumerate(contract.titles):
                if not make_key(title):
                    message = wording.name_without_word(title)
                    self.problems.append(document.make_problem(message, slug, "titres", position))
                owner = owners.setdefault(make_key(title), slug)
                if owner != slug:
                    message = wording.title_of_another_contract(title, owner)
                    problem = document.make_problem(message, slug, "titres", position)
                    self.problems.append(problem)
            if contract.start and contract.end and contract.end <= contract.start:
                problem = document.make_problem(wording.end_before_start(), slug, "fin")
                self.problems.append(problem)

    def check_links(
        self, page_source: models.PageSource, contracts: Mapping[str, models.Contract]
    ) -> None:
        """Collect the links of page.yml to a contract that does not exist."""
        document = self.documents[PAGE_SOURCE_FILE]
        for position, link in enumerate(page_source.links):
            if link.contract is not None and link.contract not in contracts:
                message = wording.unknown_contract(link.contract)
                self.problems.append(document.make_problem(message, "liens", position))

    def check_snapshots(self, snapshots: Sequence[models.Snapshot]) -> None:
        """Collect what no JSON Schema can say of the snapshots."""
        document = self.documents[SNAPSHOTS_FILE]
        if not snapshots:
            self.problems.add(SNAPSHOTS_FILE, None, wording.no_snapshot())
        today = dt.datetime.now(dt.UTC).date()
        for position, (previous, snapshot) in enumerate(pairwise(snapshots), 1):
            if snapshot.date <= previous.date:
                message = wording.snapshots_out_of_order(str(previous.date))
                self.problems.append(document.make_problem(message, position))
        for position, snapshot in enumerate(snapshots):
            if snapshot.date > today:
                problem = document.make_problem(wording.snapshot_in_future(), position)
                self.problems.append(problem)

    def check_orphan_pages(self, snapshots: Sequence[models.Snapshot]) -> None:
        """Collect the pages that versions.csv does not list."""
        listed = {snapshot.file for snapshot in snapshots}
        for name in self.files.list_folder("source/pages", ".md"):
            if name not in listed:
                self.problems.add(name, None, wording.orphan_page(SNAPSHOTS_FILE))

    def _read_rules(self, name: str) -> Mapping[str, Any]:
        """Return a JSON Schema of schemas/source/. Raises ProblemsFound."""
        file = f"schemas/source/{name}.json"
        return parse_json_document(self.files.read(file), file).value
