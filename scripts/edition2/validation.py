"""The checks of a package: what frictionless knows, then what a built package can still fail."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frictionless

from . import checkout, files, package
from .checkout import Checkout
from .problems import Invalid, Problem, attempt


def validate(descriptor: Path) -> dict[str, list[Problem]]:
    """What each check found in the package of this datapackage.json, and in the sources beside it."""
    root, name = descriptor.parent, descriptor.name
    try:
        resources = package.parse(files.read(descriptor, name), name).resources
    except Invalid as error:
        return {"descripteur": [*error.problems]}
    checks = {"frictionless": _frictionless(descriptor), "empreintes": _hashes(root, resources)}
    if (root / "source").is_dir():
        checks["conforme aux sources"] = _sources(root)
    return {name: _found(check) for name, check in checks.items()}


def _found(check: Iterator[Problem]) -> list[Problem]:
    problems: list[Problem] = []
    attempt(problems, problems.extend, check)
    return problems


def _frictionless(descriptor: Path) -> Iterator[Problem]:
    """Types, constraints, keys, foreign keys and sizes."""
    name, found = descriptor.name, []
    try:
        report = frictionless.Package(str(descriptor)).validate()
        found += [(name, error) for error in report.errors]
        found += [(task.place, error) for task in report.tasks for error in task.errors]
    except frictionless.FrictionlessException as error:
        found += [(name, each) for each in error.to_errors()]
    except Exception as error:  # it trips over malformed values that its own checks let through
        yield Problem(name, None, f"une valeur que frictionless ne peut pas lire : {error!r}")
    for place, error in found:
        yield Problem(place, getattr(error, "row_number", None), f"[{error.type}] {error.message}")


def _hashes(root: Path, resources: list[Any]) -> Iterator[Problem]:
    """The hash of every resource: frictionless 5.21 looks at those of CSV files only."""
    for each in resources:
        digest = f"sha256:{hashlib.sha256(files.read(root / each.path, each.path)).hexdigest()}"
        if each.hash != digest:
            yield Problem(each.path, None, f"empreinte {digest}, datapackage.json dit {each.hash}")


def _sources(root: Path) -> Iterator[Problem]:
    """What stands in data/ and datapackage.json is what the sources give, byte for byte, and keeps its promises."""
    project = checkout.read(root)
    told = "n'est pas ce que les sources donnent ; lancer « make extract »"
    for path in files.stale(root, project.outputs()):
        yield Problem(path.relative_to(root).as_posix(), None, told)
    yield from _promises(project)


def _promises(project: Checkout) -> Iterator[Problem]:
    """No column is added, removed, renamed or moved without a new major version."""
    last = project.promised
    champs = {schema.name: schema.columns for schema in project.package.schemas}
    new, old = project.package.version, last.version
    if champs != last.champs and int(new.partition(".")[0]) <= int(old.partition(".")[0]):
        tables = sorted(each for each in champs | last.champs if champs.get(each) != last.champs.get(each))
        told = f"les champs de {', '.join(tables)} ont changé : {new} doit être une version majeure"
        yield Problem(checkout.PACKAGE, None, told)
