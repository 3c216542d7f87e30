"""The checks of a built package: what frictionless knows, then what only this project can know."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import frictionless

from . import wording
from .datapackage.descriptor import DESCRIPTOR_FILE, format_hash
from .datapackage.release_manifest import (
    CHANGELOG_FILE,
    find_smallest_version,
    find_unfinished_release,
    format_version,
    make_release_manifest,
    parse_version,
)
from .datapackage.tables import EMPTY_JSON_TABLE
from .errors import Problem, ProblemCollector, ProblemsFound
from .files import find_stale_files, parse_json, read_file, read_text
from .project import ORGANISATIONS_FILE, Project, load_project
from .text import format_line


def validate_package(descriptor_path: Path) -> dict[str, list[Problem]]:
    """Return the problems of a package by the French name of each check.

    The sources are checked too when the package stands in a project.
    """
    root = descriptor_path.parent
    name = descriptor_path.name
    problems = ProblemCollector()
    resources: list[Mapping[str, Any]] = []
    with problems.collect():
        resources = _read_resources(descriptor_path)
    if problems.problems:
        return {wording.CHECK_DESCRIPTOR: problems.problems}
    checks = {
        wording.CHECK_FRICTIONLESS: _check_with_frictionless(descriptor_path),
        wording.CHECK_HASHES: _check_hashes(root, name, resources),
    }
    if (root / ORGANISATIONS_FILE).is_file():
        checks[wording.CHECK_SOURCES] = _check_sources(root)
    return {check: _collect_problems(found) for check, found in checks.items()}


def _collect_problems(check: Iterator[Problem]) -> list[Problem]:
    """Return what a check yields and the problems that it raises."""
    problems = ProblemCollector()
    with problems.collect():
        problems.extend(check)
    return problems.problems


def _read_resources(descriptor_path: Path) -> list[Mapping[str, Any]]:
    """Return the resources of a descriptor that have a path. Raises ProblemsFound."""
    name = descriptor_path.name
    descriptor = parse_json(read_file(descriptor_path, name), name)
    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(resources, list) or not resources:
        raise ProblemsFound.single(name, None, wording.no_resources())
    for resource in resources:
        if not isinstance(resource, dict) or not isinstance(resource.get("path"), str):
            raise ProblemsFound.single(name, None, wording.resource_without_path())
    return resources


def _check_with_frictionless(descriptor_path: Path) -> Iterator[Problem]:
    """Yield the faults of types, constraints, keys, foreign keys and sizes."""
    name = descriptor_path.name
    try:
        report = frictionless.Package(str(descriptor_path)).validate()
    except frictionless.FrictionlessException as error:
        for part in error.to_errors():
            yield Problem(name, None, format_line(f"[{part.type}] {part.message}"))
        return
    except Exception as error:
        # It trips over malformed values that its own checks let through.
        yield Problem(name, None, wording.frictionless_failure(type(error).__name__))
        return
    for error in report.errors:
        yield Problem(name, None, format_line(f"[{error.type}] {error.message}"))
    for task in report.tasks:
        if _is_empty_json_table(descriptor_path.parent / task.place):
            continue
        for error in task.errors:
            line = getattr(error, "row_number", None)
            yield Problem(task.place, line, format_line(f"[{error.type}] {error.message}"))


def _is_empty_json_table(path: Path) -> bool:
    """Return whether a file is a JSON table without rows, which frictionless 5.21 cannot read."""
    return path.suffix == ".json" and path.is_file() and path.read_bytes() == EMPTY_JSON_TABLE


def _check_hashes(root: Path, name: str, resources: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield the resources whose file is not the one that was described.

    frictionless 5.21 looks at the hashes of CSV files only.
    """
    for resource in resources:
        path = resource["path"]
        if resource.get("hash") != format_hash(read_file(root / path, path)):
            yield Problem(path, None, wording.wrong_hash(name))


def _check_sources(root: Path) -> Iterator[Problem]:
    """Yield each generated file that is not, byte for byte, what the sources give."""
    project = load_project(root)
    for name in find_stale_files(root, project.build_outputs()):
        yield Problem(name, None, wording.stale_output())
    yield from _check_promises(project)
    changelog = read_text(root / CHANGELOG_FILE, CHANGELOG_FILE)
    unfinished_version = find_unfinished_release(changelog, project.sources.release)
    if unfinished_version is not None:
        yield Problem(CHANGELOG_FILE, None, wording.unfinished_release(unfinished_version))


def _check_promises(project: Project) -> Iterator[Problem]:
    """Yield a problem when users need a new major version and the package has none."""
    release = project.sources.release
    version = parse_version(project.package.version)
    snapshot_date = project.newest.date
    following = make_release_manifest(
        version,
        snapshot_date,
        snapshot_date,
        project.package.schemas,
        project.registry.by_slug,
    )
    smallest = find_smallest_version(release, following)
    is_major_change = smallest is not None and smallest[0] > release.version[0]
    if is_major_change and version < smallest:
        message = wording.major_version_needed(format_version(smallest))
        yield Problem(DESCRIPTOR_FILE, None, message)
