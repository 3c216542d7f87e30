"""The checks of a package: what frictionless knows, then what a built package can still fail."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import frictionless
from msgspec import Struct

from . import checkout, files, labels
from .checkout import Checkout
from .problems import Invalid, Problem

_BULLET = re.compile(r"\s*[-*+]\s+\S")


class Result(Struct, frozen=True):
    """What one check found; `warnings` do not make a package wrong."""

    check: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def validate(descriptor: Path) -> list[Result]:
    """The result of every check on the package that this datapackage.json describes.

    Where what people edit stands beside it, the package is held against it.
    """
    try:
        package = files.load_json(files.read(descriptor, descriptor.name), descriptor.name)
        resources = _resources(package, descriptor.name)
    except Invalid as error:
        return [Result("descripteur", error.problems)]
    results = [
        Result("frictionless", tuple(_frictionless(descriptor))),
        Result("empreintes", tuple(_hashes(descriptor, resources))),
        Result("CSV et JSON égaux", tuple(_twins(descriptor.parent, resources))),
    ]
    if not (descriptor.parent / "source").is_dir():
        return results
    try:
        project = checkout.read(descriptor.parent)
    except Invalid as error:
        return [*results, Result("sources", error.problems)]
    checks = {
        "data/ conforme aux sources": _built,
        "exemples des schémas": _examples,
        "puces et lignes": _conservation,
        "promesses de la dernière version": _promises,
    }
    results += [Result(name, tuple(check(project))) for name, check in checks.items()]
    return [*results, Result("libellés employés", warnings=tuple(_unused(project)))]


Check = Callable[[Checkout], Iterator[Problem]]


def _resources(package: object, name: str) -> list[dict[str, str]]:
    """The resources of a descriptor, each with the texts that the checks read. Raises Invalid."""
    found = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(found, list) or not found:
        raise Invalid.because(
            name, None, "ce n'est pas un Data Package : une liste « resources » est attendue"
        )
    problems = [
        Problem(name, None, f"ressource {place} : « {key} » manque, ou n'est pas un texte")
        for place, resource in enumerate(found, 1)
        for key in ("name", "path", "format", "hash")
        if not isinstance(resource, dict) or not isinstance(resource.get(key), str)
    ]
    if problems:
        raise Invalid(problems)
    return found


def _frictionless(descriptor: Path) -> Iterator[Problem]:
    """Types, constraints, keys, foreign keys, sizes and hashes, CSV and JSON alike."""
    try:
        report = frictionless.Package(str(descriptor)).validate()
    except frictionless.FrictionlessException as error:
        yield Problem(descriptor.name, None, error.error.message)
        return
    for error in report.errors:
        yield Problem(descriptor.name, None, f"[{error.type}] {error.message}")
    for task in report.tasks:
        for error in task.errors:
            line = getattr(error, "row_number", None)
            yield Problem(task.place, line, f"[{error.type}] {error.message}")


def _hashes(descriptor: Path, resources: list[dict[str, str]]) -> Iterator[Problem]:
    """The hash of every resource: frictionless 5.21 looks at those of CSV files only."""
    for resource in resources:
        try:
            data = files.read(descriptor.parent / resource["path"], resource["path"])
        except Invalid as error:
            yield from error.problems
            continue
        if resource["hash"] != (digest := f"sha256:{hashlib.sha256(data).hexdigest()}"):
            told = f"empreinte {digest}, {descriptor.name} dit {resource['hash']}"
            yield Problem(resource["path"], None, told)


def _twins(root: Path, resources: list[dict[str, str]]) -> Iterator[Problem]:
    """The JSON file of a table says what its CSV file says."""
    paths = {Path(each["path"]) for each in resources}
    for path in sorted(
        path for path in paths if path.suffix == ".json" and path.with_suffix(".csv") in paths
    ):
        try:
            table = files.decode(files.read(root / path.with_suffix(".csv")), str(path))
            twins = files.load_json(files.read(root / path), str(path))
        except Invalid:
            continue  # told by frictionless or by the hashes
        rows = list(csv.DictReader(io.StringIO(table, newline="")))
        if not isinstance(twins, list) or rows != [_texts(twin) for twin in twins]:
            yield Problem(path.as_posix(), None, f"ne dit pas ce que dit {path.stem}.csv")


def _texts(row: object) -> object:
    """A row of JSON as a row of CSV holds it."""
    if not isinstance(row, dict):
        return row
    return {key: "" if value is None else str(value) for key, value in row.items()}


def _built(project: Checkout) -> Iterator[Problem]:
    """What stands in data/ and datapackage.json is what the sources give, byte for byte."""
    outputs = {project.sources.root / name: data for name, data in project.outputs().items()}
    for path in files.stale(outputs):
        name = path.relative_to(project.sources.root).as_posix()
        yield Problem(name, None, "n'est pas ce que les sources donnent ; lancer « make extract »")


def _examples(project: Checkout) -> Iterator[Problem]:
    """Every example of a schema is a value that its own field accepts."""
    for schema in project.package.schemas:
        for descriptor in schema.fields:
            try:
                _, notes = frictionless.Field.from_descriptor(descriptor).create_cell_reader()(
                    descriptor["example"]
                )
                told = list((notes or {}).values())
            except frictionless.FrictionlessException as error:
                told = [reason.note for reason in error.reasons] or [error.error.note]
            for note in told:
                yield Problem(schema.file, None, f"exemple du champ « {descriptor['name']} » : {note}")


def _conservation(project: Checkout) -> Iterator[Problem]:
    """Every bullet of a list is a row, and back: counted by first characters, not by the parser."""
    newest = project.readings[-1]
    name = newest.version.file
    lines = files.decode(project.sources.data(name), name).splitlines()
    ends = [section.line for section in newest.page.sections] + [len(lines) + 1]
    texts = {
        labels.words(text)
        for each in project.sources.corrections
        for text in each.joindre or [each.ignorer or ""]
    }
    for marche in newest.members:
        start = newest.lists[marche].line
        end = min(line for line in ends if line > start)
        bullets = {n for n in range(start, end) if _BULLET.match(lines[n - 1])}
        corrected = {n for n in bullets if labels.words(lines[n - 1]) in texts}
        rows = {row["ligne"] for row in project.rows["beneficiaires"] if row["marche"] == marche}
        for line in sorted((bullets - corrected - rows) | (rows - bullets)):
            yield Problem(name, line, f"une puce sans ligne dans beneficiaires.csv, ou l'inverse ({marche})")


def _promises(project: Checkout) -> Iterator[Problem]:
    """No column is added, removed, renamed or moved without a new major version."""
    last = checkout.promised(project.sources.data(checkout.PUBLISHED))
    columns = {schema.name: schema.columns for schema in project.package.schemas}
    version = project.package.version
    if columns != last["champs"] and int(version.partition(".")[0]) <= int(last["version"].partition(".")[0]):
        changed = [each for each in columns | last["champs"] if columns.get(each) != last["champs"].get(each)]
        told = (
            f"les champs de {', '.join(sorted(changed))} ont changé : {version} doit être une version majeure"
        )
        yield Problem(checkout.PACKAGE, None, told)


def _unused(project: Checkout) -> Iterator[Problem]:
    """The wordings of the registry that no version of the page has."""
    bullets = (
        b.text for each in project.readings for section in each.lists.values() for b in section.bullets
    )
    seen = {labels.key(labels.split(text)[0]) for text in bullets}
    document = project.registry.document
    for body in project.registry.bodies:
        for place, label in enumerate(body.libelles):
            text = label if isinstance(label, str) else label.libelle
            if labels.key(text) not in seen:
                yield document.problem(
                    f"libellé « {text} » : aucune version ne l'emploie", body.slug, "libelles", place
                )
