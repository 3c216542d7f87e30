"""A checkout of the project: what people edit, read once; what the build makes of it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from . import coverage, files, labels, package, page, sources, tables, yamlfile
from .package import PACKAGE, Package
from .problems import Invalid, Problem, attempt, raise_if_any
from .reading import Reading
from .registry import Registry

PUBLISHED = "published.json"


class Sources(Struct, frozen=True):
    """What people edit, each part found readable; `documents` by name of its file in source/.

    `data` gives the bytes of a file of the project, or of its draft, by path from the root; it raises Invalid.
    What source/ holds stands last, in the order of sources.MODELS.
    """

    root: Path
    data: Callable[[str], bytes]
    documents: Mapping[str, yamlfile.Document]
    package: Package
    registry: Registry
    contracts: sources.Contracts
    pages: sources.Pages
    corrections: sources.Corrections
    publication: sources.Publication

    @property
    def promised(self) -> Any:
        """What was last published, which published.json keeps. Raises Invalid."""
        return package.read(self.data(PUBLISHED), PUBLISHED, package.PROMISE)

    def reading(self, version: sources.Version) -> Reading:
        """A version that is kept, read. Raises Invalid when its file is not the one that was kept."""
        data = self.data(version.file)
        if (sha256 := hashlib.sha256(data).hexdigest()) != version.sha256:
            told = f"sha256 {sha256}, pages.yml dit {version.sha256} ; une page gardée ne se modifie pas"
            raise Invalid.because(version.file, None, told)
        found = page.read(files.decode(data, version.file), version.file)
        return Reading(version, found, self.contracts, self.corrections, self.registry)

    def read_all(self) -> tuple[Reading, ...]:
        """Every version, oldest first. Raises Invalid with every page that cannot be read at all."""
        problems: list[Problem] = []
        found = [attempt(problems, self.reading, version) for version in self.pages.versions]
        raise_if_any(problems)
        return tuple(found)

    def problems(self, readings: Sequence[Reading]) -> list[Problem]:
        """All that forbids to publish these readings of every version."""
        used = frozenset().union(*(each.used for each in readings))
        unused = (
            self.documents["corrections"].problem("aucune version n'emploie cette correction ; la retirer", place)
            for place, correction in enumerate(self.corrections)
            if correction not in used
        )
        told = (problem for each in readings for problem in each.problems)
        return [*told, *unused, *self.registry.provisional, *self._vanished()]

    def _vanished(self) -> Iterator[Problem]:
        for slug in self.promised.organismes:
            if slug not in self.registry.by_slug:
                told = f"« {slug} » a été publié et n'y est plus ; le remettre, un slug est définitif"
                yield Problem(self.documents["organismes"].name, None, told)


class Checkout(Sources, frozen=True):
    """A project that is right: what people edit, the reading of every version, oldest first, and its tables."""

    readings: tuple[Reading, ...]
    rows: tables.Rows

    @property
    def version(self) -> dict[str, Any]:
        """The newest version of the page: a row of versions."""
        return self.rows["versions"][-1]

    @property
    def contact(self) -> str:
        """Whom to ask: the address that the newest version gives, else the publisher's."""
        return self.readings[-1].page.contact or self.package.publisher.email or ""

    def outputs(self) -> dict[str, bytes]:
        """The bytes of everything that is generated, by path from the root, datapackage.json last."""
        encoded = tables.encode(self.rows, self.package.schemas)
        descriptor = self.package.describe(encoded, self.readings[-1].version, self.contact)
        return {**encoded, "data/README.md": package.dictionary(self.package), PACKAGE: files.dump_json(descriptor)}


def read(root: Path, drafts: Mapping[str, bytes] | None = None) -> Checkout:
    """The project in `root`, or the drafts of it. Raises Invalid with every problem of what people edit."""
    found = sources_of(root, drafts)
    readings = found.read_all()
    raise_if_any(found.problems(readings))
    told = coverage.rows(readings, found.registry)
    rows = tables.build(readings, found.contracts, found.registry, found.pages, found.package.schemas, told)
    return Checkout(**structs.asdict(found), readings=readings, rows=rows)


def sources_of(root: Path, drafts: Mapping[str, bytes] | None = None) -> Sources:
    """What people edit in `root`, or in drafts that stand in for its files. Raises Invalid with every fault."""
    drafts, problems = drafts or {}, []

    def data(name: str) -> bytes:
        return drafts[name] if name in drafts else files.read(root / name, name)

    def text(name: str) -> str:
        return files.decode(data(name), name)

    def file(read: Callable[[str], Any], parse: Callable[..., Any], name: str, *args: Any) -> Any:
        return attempt(problems, parse, attempt(problems, read, name), name, *args)

    documents = {name: file(text, yamlfile.parse, f"source/{name}.yml") for name in sources.MODELS}
    models = {
        name: attempt(problems, yamlfile.Document.read, documents[name], model)
        for name, (model, _) in sources.MODELS.items()
    }
    registered = documents["organismes"] and documents["organismes"].problem
    models["organismes"] = attempt(problems, Registry, models["organismes"], registered)
    schemas = tuple(
        file(data, package.parse_schema, f"schemas/{path.name}") for path in sorted((root / "schemas").glob("*.json"))
    )
    described = file(data, package.parse, PACKAGE, schemas)
    problems += _faults(documents, models)
    raise_if_any(problems)
    return Sources(root, data, documents, described, *models.values())


def _faults(documents: Mapping[str, yamlfile.Document | None], models: Mapping[str, Any]) -> Iterator[Problem]:
    """What no model can say of pages, contracts and corrections."""
    pages, contracts, corrections = (documents[name] for name in ("pages", "marches", "corrections"))
    days = [version.date for version in models["pages"].versions] if models["pages"] else []
    for place, (above, day) in enumerate(pairwise([date.min, *days])):
        if day <= above:
            told = f"{day} après {above} : de la plus ancienne à la plus récente, un jour chacune"
            yield pages.problem(told, "versions", place)
        if day > datetime.now(UTC).date():
            yield pages.problem(f"{day} : un jour à venir", "versions", place)
    for place, correction in enumerate(models["corrections"] or ()):
        if [correction.joindre, correction.garder, correction.ignorer].count(None) != 2:
            yield corrections.problem("joindre, garder ou ignorer : un des trois", place)
    owners: dict[str, str] = {}
    for slug, contract in (models["marches"] or {}).items():
        for title in contract.titres:
            if (owner := owners.setdefault(labels.key(title), slug)) != slug:
                yield contracts.problem(f"« {title} » ouvre aussi la liste du marché {owner}", slug, "titres")
