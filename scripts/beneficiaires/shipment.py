"""What is to be published: the files that `make dist` built, and what the site is to say of them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import files
from .edition import Edition
from .problems import Invalid
from .publication import INDEX
from .tables import load_json

Json = Mapping[str, Any]


class Item(NamedTuple):
    """One file to publish; `about` is what its resource says of it."""

    name: str
    path: Path
    format: str
    size: int
    sha1: str
    sha256: str
    about: Json


class Wanted(NamedTuple):
    """The dataset as it should be. `mark` is the extra that holds the name of each of our files."""

    mark: str
    contact: Json
    dataset: Json
    items: tuple[Item, ...]


def wanted(edition: Edition, folder: Path) -> Wanted:
    """What the files of `folder`, built by `make dist`, and the package say. Raises Invalid."""
    index = _index(folder, edition)
    settings, descriptor = edition.publication.datagouv, edition.package.descriptor
    mark = f"{edition.name}:path"
    schemas = _schemas(index, {Path(each["path"]).name for each in edition.package.resources})
    dataset = {
        "title": descriptor["title"],
        "description": descriptor["description"],
        "license": settings.license,
        "frequency": edition.publication.frequency,
        "tags": sorted({_tag(keyword) for keyword in descriptor["keywords"]}),
        "spatial": {"zones": list(settings.zones), "granularity": settings.granularity},
        "temporal_coverage": {"start": edition.provenance.versions[0].date.isoformat(), "end": None},
        "extras": {mark: edition.name},
    }
    contact = {"name": settings.contact, "email": edition.package.publisher["email"], "role": "contact"}
    return Wanted(mark, contact, dataset, tuple(_items(index["files"], folder, edition.name, schemas)))


def _index(folder: Path, edition: Edition) -> Json:
    name = str(folder / INDEX)
    if not (folder / INDEX).exists():
        raise Invalid.because(name, None, "fichier absent : lancer « make dist »")
    index = load_json(files.decode(files.read(folder / INDEX, name), name), name)
    if index["version"] != edition.package.descriptor["version"] or index["name"] != edition.name:
        raise Invalid.because(name, None, "fait d'une autre version du paquet : lancer « make dist »")
    return index


def _schemas(index: Json, canonical: Collection[str]) -> dict[str, str]:
    """Where the schema of each canonical file of a table is downloaded, by the name of the file."""
    entries = [each for each in index["files"] if each.get("table")]
    addresses = {
        each["table"]: f"{index['base']}{each['name']}" for each in entries if each["type"] == "documentation"
    }
    return {
        each["name"]: addresses[each["table"]]
        for each in entries
        if each["name"] in canonical and each["table"] in addresses
    }


def _items(entries: Sequence[Json], folder: Path, name: str, schemas: Mapping[str, str]) -> Iterator[Item]:
    for entry in entries:
        path = folder / entry["name"]
        data = files.read(path)
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise Invalid.because(
                str(path), None, f"ce n'est pas le fichier qu'{INDEX} décrit : « make dist »"
            )
        about = {
            "title": entry["title"],
            "description": f"{entry['description']} {entry['for']}",
            "type": entry["type"],
            "schema": {"url": schemas[entry["name"]]} if entry["name"] in schemas else None,
            "extras": {f"{name}:path": entry["name"], f"{name}:sha256": entry["sha256"]},
        }
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        yield Item(entry["name"], path, entry["format"], len(data), sha1, entry["sha256"], about)


def _tag(keyword: str) -> str:
    """As udata writes it: ASCII letters and digits, in lower case, joined by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", keyword).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
