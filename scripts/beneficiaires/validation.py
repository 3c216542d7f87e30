"""The checks of a package: what frictionless knows, then what only this project can know."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import frictionless
from stdnum.fr import siren

from . import contracts, files, labels, package, project, provenance, release, tables
from .problems import Invalid, Problem

PROMISES = "promesses de la dernière version"
_BULLET = re.compile(r"\s*[-*+]\s")


class Result(NamedTuple):
    """What one check found. `skipped` says why it could not run, and is empty when it ran."""

    check: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    skipped: str = ""


def validate(descriptor: Path) -> list[Result]:
    """The result of every check on the package that this datapackage.json describes.

    Checks that need what people edit are skipped where it is not beside the package.
    """
    subject = _Subject(descriptor)
    results = [_run(name, check, subject) for name, check in _PUBLISHED.items()]
    if not (subject.root / project.PAGES).exists():
        return results + [Result(name, skipped="pas de dossier source/") for name in _SOURCES]
    return results + [_run(name, check, subject) for name, check in _SOURCES.items()]


class _Subject:
    """The package under test; everything is read once, when a check first asks for it."""

    def __init__(self, descriptor: Path) -> None:
        self.file = descriptor
        self.root = descriptor.parent
        self.told: set[Problem] = set()

    @cached_property
    def package(self) -> package.Package:
        descriptor = package.parse(self.text(self.file.name), self.file.name)
        names = dict.fromkeys(resource["schema"] for resource in descriptor["resources"])
        schemas = [package.parse_schema(self.text(name), name, Path(name).stem) for name in names]
        return package.Package(self.file.name, descriptor, schemas)

    @cached_property
    def project(self) -> project.Project:
        return project.read(self.root)

    @cached_property
    def snapshot(self) -> project.Snapshot:
        return self.project.snapshot()

    @cached_property
    def last(self) -> release.Release:
        return release.parse(self.text(str(release.FILE)), str(release.FILE))

    @cached_property
    def rows(self) -> tables.Rows:
        return {
            schema.name: tables.from_csv(self.data(path), schema) for path, schema in self.resources("csv")
        }

    def resources(self, suffix: str) -> list[tuple[str, tables.Schema]]:
        """The path and the schema of each resource of one format."""
        schemas = {schema.file: schema for schema in self.package.schemas}
        resources = self.package.resources
        return [(each["path"], schemas[each["schema"]]) for each in resources if each["format"] == suffix]

    def data(self, name: str) -> bytes:
        return files.read(self.root / name, name)

    def text(self, name: str) -> str:
        return files.decode(self.data(name), name)


Check = Callable[[_Subject], Iterator[Problem]]


def _run(name: str, check: Check, subject: _Subject) -> Result:
    found: list[Problem] = []
    try:
        found.extend(check(subject))
    except Invalid as error:
        if subject.told.issuperset(error.problems):
            return Result(name, skipped="illisible, voir plus haut")
        found.extend(error.problems)
    subject.told.update(found)
    warnings = tuple(problem for problem in found if problem.warning)
    return Result(name, tuple(problem for problem in found if not problem.warning), warnings)


def _frictionless(subject: _Subject) -> Iterator[Problem]:
    """Types, constraints, keys, foreign keys, sizes and hashes, CSV and JSON alike."""
    subject.package  # noqa: B018 - a descriptor that is no descriptor is told by our own words
    try:
        report = frictionless.Package(str(subject.file)).validate()
    except frictionless.FrictionlessException as error:
        yield Problem(subject.file.name, None, error.error.message)
        return
    for error in report.errors:
        yield Problem(subject.file.name, None, f"[{error.type}] {error.message}")
    for task in report.tasks:
        for error in task.errors:
            line = getattr(error, "row_number", None)
            yield Problem(task.place, line, f"[{error.type}] {error.message}")


def _hashes(subject: _Subject) -> Iterator[Problem]:
    """The hash of every resource: frictionless looks at those of CSV files only."""
    for resource in subject.package.resources:
        digest = f"sha256:{hashlib.sha256(subject.data(resource['path'])).hexdigest()}"
        if resource.get("hash") != digest:
            message = f"empreinte {digest}, datapackage.json dit {resource.get('hash')}"
            yield Problem(resource["path"], None, message)


def _examples(subject: _Subject) -> Iterator[Problem]:
    """Every example of a schema is a value that its own field accepts."""
    for schema in subject.package.schemas:
        for descriptor in schema.descriptor["fields"]:
            field = frictionless.Field.from_descriptor(descriptor)
            _, notes = field.create_cell_reader()(descriptor["example"])
            for note in (notes or {}).values():
                yield Problem(schema.file, None, f"exemple du champ « {field.name} » : {note}")


def _canonical(subject: _Subject) -> Iterator[Problem]:
    """A file is what our own writer writes of its rows: encoding, separators, quotes, line ends."""
    for path, schema in subject.resources("csv"):
        data = subject.data(path)
        table = tables.from_rows(subject.rows[schema.name], schema)
        if tables.to_csv(table, schema) != data:
            bom = " (il commence par un BOM)" if data.startswith(b"\xef\xbb\xbf") else ""
            yield Problem(path, None, f"CSV non canonique{bom} : UTF-8 sans BOM, virgule, LF")


def _twins(subject: _Subject) -> Iterator[Problem]:
    """The JSON file of a table says what its CSV file says, type by type."""
    for path, schema in subject.resources("json"):
        rows, twins = subject.rows[schema.name], tables.from_json(subject.data(path), schema)
        for line, (row, twin) in enumerate(zip(rows, twins, strict=False), 2):
            if typed(row) != typed(twin):
                yield Problem(path, line, f"n'est pas la ligne {line} de {schema.name}.csv")
        if len(rows) != len(twins):
            yield Problem(path, None, f"{len(twins)} lignes, {schema.name}.csv en a {len(rows)}")


def typed(row: tables.Row) -> list[tuple[str, type, object]]:
    """The cells of a row with their types: 1 is not True."""
    return [(column, type(value), value) for column, value in row.items()]


def _copies(subject: _Subject) -> Iterator[Problem]:
    """A column of beneficiaires that organismes has too says the same."""
    bodies = {row["organisme"]: row for row in subject.rows["organismes"]}
    for table in ("beneficiaires", "historique"):
        for line, row in enumerate(subject.rows[table], 2):
            body = bodies.get(row["organisme"], {})
            for column in row.keys() & body.keys():
                if row[column] != body[column]:
                    message = f"{column} « {row[column]} », organismes.csv dit « {body[column]} »"
                    yield Problem(f"data/{table}.csv", line, message)


def _relations(subject: _Subject) -> Iterator[Problem]:
    """What no foreign key can say: each of several predecessors is a body, a collective has no SIREN."""
    rows = subject.rows["organismes"]
    bodies = {row["organisme"]: row for row in rows}
    for line, row in enumerate(rows, 2):
        faults = [f"« {slug} » inconnu" for slug in tables.slugs(row["succede_a"]) if slug not in bodies]
        if row["collectif"] and row["siren"]:
            faults.append("un collectif n'a pas de SIREN")
        if row["groupe"] in bodies and not bodies[row["groupe"]]["collectif"]:
            faults.append(f"« {row['groupe']} » n'est pas un collectif")
        for fault in faults:
            yield Problem("data/organismes.csv", line, f"{row['organisme']} : {fault}")


def _periods(subject: _Subject) -> Iterator[Problem]:
    """The periods of one body in one contract follow one another."""
    ends: dict[tuple[str, str], str | None] = {}
    for line, row in enumerate(subject.rows["historique"], 2):
        stay = (row["marche"], row["organisme"])
        above = ends.get(stay, "")
        if (row["fin"] and row["fin"] <= row["debut"]) or above is None or above >= row["debut"]:
            yield Problem("data/historique.csv", line, f"{' '.join(stay)} : périodes qui se recouvrent")
        ends[stay] = row["fin"]


def _sirens(subject: _Subject) -> Iterator[Problem]:
    for line, row in enumerate(subject.rows["organismes"], 2):
        if row["siren"] and not siren.is_valid(row["siren"]):
            message = f"SIREN « {row['siren']} » de {row['organisme']} : la clé de Luhn est fausse"
            yield Problem("data/organismes.csv", line, message)


def _readable(subject: _Subject) -> Iterator[Problem]:
    """What people edit can be read; the checks that follow need it."""
    subject.project  # noqa: B018 - reading raises what is wrong
    yield from ()


def _built(subject: _Subject) -> Iterator[Problem]:
    """What stands in data/ and datapackage.json is what the sources give."""
    snapshot = subject.snapshot
    outputs = subject.project.build(subject.project.tables(snapshot), snapshot.version)
    for path in files.stale(outputs):
        name = str(path.relative_to(subject.root))
        yield Problem(name, None, "n'est pas ce que les sources donnent ; lancer « make extract »")


def _conservation(subject: _Subject) -> Iterator[Problem]:
    """Every bullet under a contract's heading is a row, and every row such a bullet.

    The bullets are counted here by their first characters, not by the parser of the build.
    """
    snapshot, sources = subject.snapshot, subject.project
    lines = subject.text(snapshot.version.place).splitlines()
    sections, problems = contracts.lists(snapshot.page, sources.contracts)
    yield from problems
    joined = {line for correction in snapshot.version.corrections for line in correction.suite}
    starts = [*sorted(section.line for section in snapshot.page.sections), len(lines) + 1]
    for contract, section in sections.items():
        end = next(start for start in starts if start > section.line)
        bullets = {n for n in range(section.line, end) if _BULLET.match(lines[n - 1])} - joined
        rows = {row["ligne"] for row in subject.rows["beneficiaires"] if row["marche"] == contract}
        for line in sorted(bullets - rows):
            yield Problem(snapshot.page.name, line, f"puce sans ligne dans beneficiaires.csv ({contract})")
        for line in sorted(rows - bullets):
            yield Problem(snapshot.page.name, line, f"ligne de beneficiaires.csv sans puce ({contract})")


def _provisional(subject: _Subject) -> Iterator[Problem]:
    registry = subject.project.registry
    for body in registry.bodies:
        if body.provisoire:
            message = f"« {body.slug} » est provisoire ; compléter l'entrée et retirer « provisoire »"
            yield Problem(registry.name, body.line, message)


def _history(subject: _Subject) -> Iterator[Problem]:
    """Every page kept is the one that was published, and every extra label has been on one."""
    sources = subject.project
    seen: set[str] = set()
    for version in sources.provenance.versions:
        if version.illisible is not None:
            yield _unreadable(sources, version)
            continue
        mended, _ = sources.provenance.mend(sources.stored(version).page, version)
        texts = [item.text for section in mended.sections for item in section.items]
        seen.update(labels.key(labels.split(text)[0]) for text in texts)
    for body in sources.registry.bodies:
        for label in body.libelles:
            if labels.key(label.text) not in seen:
                message = f"libellé « {label.text} » de {body.slug} : aucune page ne l'emploie"
                yield Problem(sources.registry.name, body.line, message, warning=True)


def _unreadable(sources: project.Project, version: provenance.Version) -> Problem:
    """A page marked unreadable is told, and its mark refused once the page can be read."""
    sources.data(version)
    try:
        sources.reading(sources.stored(version))
    except Invalid:
        return Problem(version.place, None, f"gardée sans être lue : {version.illisible}", warning=True)
    return Problem(version.place, None, "marquée illisible, elle se lit ; retirer « illisible » de pages.yml")


def _slugs(subject: _Subject) -> Iterator[Problem]:
    """No slug that was published is lost."""
    slugs = {body.slug for body in subject.project.registry.bodies}
    for slug in subject.last.slugs:
        if slug not in slugs:
            message = f"« {slug} » a quitté le registre ; un slug publié est définitif"
            yield Problem(str(release.FILE), None, message)


def _promises(subject: _Subject) -> Iterator[Problem]:
    """No column is added, removed, renamed or moved without a new major version."""
    last = subject.last
    version = subject.project.package.descriptor["version"]
    columns = {schema.name: schema.columns for schema in subject.project.package.schemas}
    if columns != last.columns and release.major(version) <= release.major(last.version):
        changed = [table for table in columns | last.columns if columns.get(table) != last.columns.get(table)]
        message = (
            f"les champs de {', '.join(sorted(changed))} ont changé : la version {version} doit être majeure"
        )
        yield Problem(project.PACKAGE.name, None, message)


_PUBLISHED: dict[str, Check] = {
    "frictionless": _frictionless,
    "empreintes": _hashes,
    "exemples des schémas": _examples,
    "forme des CSV": _canonical,
    "CSV et JSON égaux": _twins,
    "colonnes recopiées": _copies,
    "relations": _relations,
    "périodes": _periods,
    "SIREN": _sirens,
}
_SOURCES: dict[str, Check] = {
    "sources lisibles": _readable,
    "data/ conforme aux sources": _built,
    "puces et lignes": _conservation,
    "entrées provisoires": _provisional,
    "pages et libellés": _history,
    "slugs publiés": _slugs,
    PROMISES: _promises,
}
