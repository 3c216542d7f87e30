"""What the files of the repository promise together: dependencies, hashes, licences."""

import ast
import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from helpers import ROOT

REQUIREMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("requirements*.txt", "tests/*/*.txt")
    for path in ROOT.glob(pattern)
)
RUN_AS_PROGRAMS = {"check-jsonschema", "pytest-xdist", "ruff", "zizmor"}


def read(name: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def normalise(requirement: str) -> str:
    """Return the normalised name of a requirement (PEP 503), without version or extras."""
    name = re.split(r"[\[=<>; ]", requirement)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def list_pinned(name: str) -> list[str]:
    """Return the normalised names that a requirements file pins."""
    return [normalise(pin) for pin in re.findall(r"^[A-Za-z0-9._-]+==", read(name), re.MULTILINE)]


def list_imported(folders: Iterable[str]) -> set[str]:
    """Return the normalised names of the distributions that the code in these folders imports."""
    modules: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            modules.update(list_modules(path))
    distributions = packages_distributions()
    names: set[str] = set()
    for module in modules:
        names.update(normalise(name) for name in distributions.get(module, []))
    return names


def list_modules(path: Path) -> set[str]:
    """Return the top-level modules that a file imports."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            modules.add(node.module.split(".")[0])
    return modules


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_hashed_and_no_file_names_where_it_comes_from(name):
    pins = re.split(r"\n(?=[A-Za-z0-9])", read(name).strip())

    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert re.search(r"https?:|file:|index-url|find-links|@ ", read(name)) is None


def test_what_the_commands_import_is_declared_and_nothing_else():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    core = {normalise(requirement) for requirement in project["dependencies"]}
    dist = {normalise(name) for name in project["optional-dependencies"]["dist"]}

    assert list_imported(["scripts"]) == core | dist


def test_the_requirements_files_pin_what_is_declared():
    content = tomllib.loads(read("pyproject.toml"))
    core = {normalise(requirement) for requirement in content["project"]["dependencies"]}
    extras = content["project"]["optional-dependencies"]["dist"]
    dist = core | {normalise(name) for name in extras}
    dev = dist | {normalise(name) for name in content["dependency-groups"]["dev"]}

    assert core - set(list_pinned("requirements.txt")) == set()
    assert dist - set(list_pinned("requirements-dist.txt")) == set()
    assert dev - set(list_pinned("requirements-dev.txt")) == set()


def test_every_development_dependency_is_imported_by_a_test_or_run_as_a_program():
    declared = tomllib.loads(read("pyproject.toml"))["dependency-groups"]["dev"]

    imported = list_imported(["tests", "bench"])

    assert {normalise(name) for name in declared} - imported - RUN_AS_PROGRAMS == set()


def test_the_run_time_licences_are_listed():
    table = read("docs/operations.md").partition("### Licences of the run-time set")[2]

    listed = []
    for row in re.findall(r"^\| \w[^|]* \| ([a-z0-9, -]+) \|$", table, re.MULTILINE):
        listed += row.split(", ")

    assert sorted(listed) == sorted(set(list_pinned("requirements-dist.txt")))
