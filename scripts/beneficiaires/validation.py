"""The checks of a package: what frictionless knows, then what a built package can still fail.

That data/ is what the sources give proves the rest: form, copies, relations, identifiers, periods.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import frictionless
from msgspec import Struct

from . import checkout, files, labels, package
from .checkout import Checkout
from .problems import Invalid, Problem

_ROWS = list[dict[str, str | int | None]]
_BULLET = re.compile(r"\s*[-*+]\s.*\w")


class Result(Struct, frozen=True):
    """What one check found; `warnings` do not make a package wrong."""

    check: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def validate(descriptor: Path) -> list[Result]:
    """What each check found in the package of this datapackage.json, and in the sources beside it."""
    root, name = descriptor.parent, descriptor.name
    try:
        resources = package.parse(files.read(descriptor, name), name, ()).resources
    except Invalid as error:
        return [Result("descripteur", error.problems)]
    results = [
        _result("frictionless", _frictionless(descriptor)),
        _result("empreintes", _hashes(root, resources)),
        _result("CSV et JSON égaux", _twins(root, resources)),
    ]
    if not (root / "source").is_dir():
        return results
    try:
        project = checkout.read(root)
    except Invalid as error:
        return [*results, Result("sources", error.problems)]
    return [
        *results,
        _result("data/ conforme aux sources", _built(project)),
        _result("puces et lignes", _conservation(project)),
        _result("promesses de la dernière version", _promises(project)),
        Result("libellés employés", warnings=tuple(_unused(project))),
    ]


def _result(check: str, problems: Iterable[Problem]) -> Result:
    try:
        return Result(check, tuple(problems))
    except Invalid as error:
        return Result(check, error.problems)


def _frictionless(descriptor: Path) -> Iterator[Problem]:
    """Types, constraints, keys, foreign keys, sizes; and the examples of schemas against their own fields."""
    name = descriptor.name
    try:
        found = frictionless.Package(str(descriptor))
        report = found.validate()
        tables = [each for each in found.resources if each.format == "csv"]
        fields = [(table.name, field) for table in tables for field in table.schema.fields]
        wrong = [f"{table}.{field.name}" for table, field in fields if field.read_cell(field.example)[1]]
    except frictionless.FrictionlessException as error:
        yield from (_error(name, each) for each in error.to_errors())
        return
    except Exception as error:  # it trips over malformed values that its own checks let through
        yield Problem(name, None, f"une valeur que frictionless ne peut pas lire : {error!r}")
        return
    yield from (_error(name, error) for error in report.errors)
    yield from (_error(task.place, error) for task in report.tasks for error in task.errors)
    for field in wrong:
        yield Problem(name, None, f"l'exemple de {field} n'est pas une valeur de ce champ")


def _error(place: str, error: frictionless.Error) -> Problem:
    told = " ".join(f"[{error.type}] {error.message}".split())
    return Problem(place, getattr(error, "row_number", None), told)


def _hashes(root: Path, resources: list[dict[str, Any]]) -> Iterator[Problem]:
    """The hash of every resource: frictionless 5.21 looks at those of CSV files only."""
    for path, said in ((each["path"], each.get("hash")) for each in resources):
        digest = f"sha256:{hashlib.sha256(files.read(root / path, path)).hexdigest()}"
        if said != digest:
            yield Problem(path, None, f"empreinte {digest}, datapackage.json dit {said}")


def _twins(root: Path, resources: list[dict[str, Any]]) -> Iterator[Problem]:
    """The rows of a CSV file are what its JSON file gives, which has the types."""
    paths = {each["path"] for each in resources}
    for path in sorted(paths):
        table = f"{path.removesuffix('.json')}.csv"
        if table != path and table in paths:
            rows = files.load_json(files.read(root / path, path), path, _ROWS)
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(row.values() for row in rows)
            if text.getvalue().encode() != files.read(root / table, table).partition(b"\n")[2]:
                yield Problem(path, None, f"ne dit pas ce que dit {table}")


def _built(project: Checkout) -> Iterator[Problem]:
    """What stands in data/ and datapackage.json is what the sources give, byte for byte."""
    root = project.sources.root
    for path in files.stale({root / name: data for name, data in project.outputs().items()}):
        told = "n'est pas ce que les sources donnent ; lancer « make extract »"
        yield Problem(path.relative_to(root).as_posix(), None, told)


def _conservation(project: Checkout) -> Iterator[Problem]:
    """Every bullet of the newest version is a row, and back: counted by first characters, not by the parser.

    What a correction joins, keeps or ignores is known by its words.
    """
    newest, corrections = project.readings[-1], project.sources.corrections
    name, sections = newest.version.file, newest.page.sections
    lines = labels.INVISIBLE.sub("", files.decode(project.sources.data(name), name)).splitlines()
    shown = {bullet.line: bullet.text for section in sections for bullet in section.bullets}
    corrected = "".join(f" {' '.join(words)} |" for each in corrections for words in each.words)
    for marche, listed in newest.lists.items():
        end = min((each.line for each in sections if each.line > listed.line), default=len(lines) + 1)
        bullets = {line for line in range(listed.line, end) if _BULLET.match(lines[line - 1])}
        rows = {row["ligne"] for row in project.rows["beneficiaires"] if row["marche"] == marche}
        for line in sorted(bullets ^ rows):
            words = labels.words(shown.get(line, lines[line - 1]))
            if line in rows or f" {' '.join(words)} " not in corrected:
                told = f"une puce sans ligne dans beneficiaires.csv, ou l'inverse ({marche})"
                yield Problem(name, line, told)


def _promises(project: Checkout) -> Iterator[Problem]:
    """No column is added, removed, renamed or moved without a new major version."""
    last = checkout.promised(project.sources)
    champs = {schema.name: schema.columns for schema in project.package.schemas}
    new, old = project.package.version, last["version"]
    if champs != last["champs"] and int(new.partition(".")[0]) <= int(old.partition(".")[0]):
        tables = sorted(each for each in champs | last["champs"] if champs.get(each) != last["champs"].get(each))
        told = f"les champs de {', '.join(tables)} ont changé : {new} doit être une version majeure"
        yield Problem(checkout.PACKAGE, None, told)


def _unused(project: Checkout) -> Iterator[Problem]:
    """The wordings of the registry that no version of the page has."""
    lists = (members for reading in project.readings for members in reading.members.values())
    seen = {labels.key(labels.split(member.libelle)[0]) for members in lists for member in members}
    for body in project.registry.bodies:
        for place, label in enumerate(body.libelles):
            text = label if isinstance(label, str) else label.libelle
            if labels.key(text) not in seen:
                told = f"libellé « {text} » : aucune version ne l'emploie"
                yield project.registry.document.problem(told, body.slug, "libelles", place)
