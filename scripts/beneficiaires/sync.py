"""From what `make dist` built to what a portal shows: what is wanted, a plan, its requests, a look back.

What is ours on the portal is known by an extra, `NAME:path`: the dataset and each of its files bear it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct

from . import files
from .checkout import Checkout
from .datagouv import Json, Portal
from .problems import Invalid
from .sources import Datagouv

INDEX = "index.json"
MAX_ROUNDS = 8


class Item(Struct, frozen=True):
    """One file to publish; `about` is what its resource says of it, in the words of the API."""

    path: Path
    size: int
    sha1: str
    sha256: str
    about: Json


class Wanted(Struct, frozen=True):
    """The dataset as it should be, in the words of the API; `items` by name, `mark` is the extra of ours."""

    mark: str
    settings: Datagouv
    contact: Json
    dataset: Json
    items: dict[str, Item]


class Found(Struct, frozen=True):
    """What the portal has, in the words of its API; `extensions` are those of the files that it takes."""

    organization: Json
    extensions: list[str]
    dataset: Json | None


class Step(Struct, frozen=True):
    """One thing to do, or to leave when it has no method.

    Without `path` it waits for the ids that a step before it makes. With an item its file is sent there,
    then the `payload` to its resource; with a contact, that is made first and added to the `payload`.
    """

    sign: str
    what: str
    detail: str
    method: str = ""
    path: str = ""
    payload: Any = None
    item: Item | None = None
    contact: Json | None = None

    def __str__(self) -> str:
        return f"{self.sign} {self.what} : {self.detail}"


def wanted(project: Checkout, folder: Path) -> Wanted:
    """What the files of `folder`, built by `make dist`, and the project say. Raises Invalid."""
    index = _index(project, folder)
    settings, mark = project.publication.datagouv, f"{index['name']}:path"
    dataset = {
        "title": index["title"],
        "description": index["description"],
        "license": settings.licence,
        "frequency": project.publication.frequence,
        "tags": sorted({_tag(keyword) for keyword in project.package.descriptor["keywords"]}),
        "spatial": {"zones": settings.zones, "granularity": settings.granularite},
        "temporal_coverage": {"start": str(project.rows["versions"][0]["version"]), "end": None},
        "extras": {mark: index["name"]},
    }
    contact = {"name": settings.contact, "email": index["contact"], "role": "contact"}
    tables = {PurePosixPath(each["path"]).name for each in project.package.resources}
    schemas = {
        each["table"]: {"url": index["base"] + each["name"]}
        for each in index["files"]
        if each["type"] == "documentation"
    }
    items = {
        each["name"]: _item(
            each, folder, index["name"], schemas[each["table"]] if each["name"] in tables else None
        )
        for each in index["files"]
    }
    return Wanted(mark, settings, contact, dataset, items)


def _index(project: Checkout, folder: Path) -> Json:
    name = str(folder / INDEX)
    index = files.load_json(files.read(folder / INDEX, name), name)
    here = (project.package.version, project.version["sha256"])
    if not isinstance(index, dict) or (index.get("version"), index.get("page", {}).get("sha256")) != here:
        raise Invalid.because(name, None, "ce n'est pas celui de ces sources ; lancer « make dist »")
    return index


def _item(entry: Json, folder: Path, name: str, schema: Json | None) -> Item:
    path = folder / entry["name"]
    data = files.read(path)
    sha1, sha256 = hashlib.sha1(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest()
    if sha256 != entry["sha256"]:
        raise Invalid.because(str(path), None, f"ce n'est pas celui qu'{INDEX} décrit ; lancer « make dist »")
    about = {
        "title": entry["title"],
        "description": f"{entry['description']} {entry['for']}",
        "type": entry["type"],
        "schema": schema,
        "extras": {f"{name}:path": entry["name"], f"{name}:sha256": sha256},
    }
    return Item(path, len(data), sha1, sha256, about)


def _tag(keyword: str) -> str:
    """As udata writes it: ASCII letters and digits, in lower case, joined by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", keyword).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")


def plan(wanted: Wanted, found: Found, prune: bool) -> list[Step]:
    """What is to be done so that the portal shows what is wanted, and what is left; nothing is sent."""
    shown = found.dataset["resources"] if found.dataset else []
    place = f"datasets/{found.dataset['id']}/" if found.dataset else ""
    ours = _ours(wanted, shown)
    steps = [*_creation(wanted, found), *_sendings(wanted, found, ours, place)]
    waits = any(step.sign == "+" for step in steps)
    ranks = {ours[name]["id"]: rank for rank, name in enumerate(wanted.items) if name in ours}
    rest = [_surplus(wanted, each, place, prune) for each in shown if each["id"] not in ranks]
    removed = {step.path for step in rest}
    kept = [each for each in shown if f"{place}resources/{each['id']}/" not in removed]
    ordered = sorted(kept, key=lambda each: ranks.get(each["id"], len(wanted.items)))
    if waits or ordered != kept:
        path, ids = "" if waits else f"{place}resources/", [{"id": each["id"]} for each in ordered]
        rest.append(Step("↕", "ressources", "dans l'ordre de la distribution", "PUT", path, ids))
    return [*steps, *rest, *_description(wanted, found, "" if waits else place)]


def _ours(wanted: Wanted, shown: list[Json]) -> dict[str, Json]:
    """The resource of each file of ours, by its name: the marked one before a bare one, then the oldest.

    An upload cut before it was described has the file's name for title, its bytes, and no more.
    """
    ours: dict[str, Json] = {}
    for each in sorted(shown, key=lambda each: (wanted.mark not in each["extras"], each["created_at"])):
        item = wanted.items.get(each["title"])
        bare = item and not each["description"] and _holds(item, each)
        if name := each["extras"].get(wanted.mark, each["title"] if bare else ""):
            ours.setdefault(name, each)
    return ours


def _holds(item: Item, resource: Json) -> bool:
    """Whether the portal measured of its file what we measure of ours: it gives a SHA-1."""
    return ((resource["checksum"] or {}).get("value"), resource["filesize"]) == (item.sha1, item.size)


def _creation(wanted: Wanted, found: Found) -> Iterator[Step]:
    if not found.dataset:
        payload = {**wanted.dataset, "organization": found.organization["id"], "private": True}
        what = f"jeu de données « {wanted.dataset['title']} »"
        yield Step("+", what, "privé tant qu'il n'est pas entier", "POST", "datasets/", payload)


def _sendings(wanted: Wanted, found: Found, ours: dict[str, Json], place: str) -> Iterator[Step]:
    for name, item in wanted.items.items():
        if item.path.suffix[1:] not in found.extensions:
            told = f"le portail refuse les fichiers {item.path.suffix or 'sans extension'}"
            yield Step("laissé", name, told)
        elif not (resource := ours.get(name)):
            path = place and f"{place}upload/"
            yield Step("+", name, f"{item.size} octets", "POST", path, item.about, item)
        else:
            path, changes = f"{place}resources/{resource['id']}/", [*_changes(item.about, resource)]
            payload = {**item.about, "extras": {**resource["extras"], **item.about["extras"]}}
            if not _holds(item, resource):
                told = ", ".join(["nouveau contenu", *changes])
                yield Step("~", name, told, "POST", f"{path}upload/", payload, item)
            elif changes:
                yield Step("~", name, ", ".join(changes), "PUT", path, payload)


def _surplus(wanted: Wanted, resource: Json, place: str, prune: bool) -> Step:
    name = resource["extras"].get(wanted.mark)
    if not name:
        return Step("laissé", f"« {resource['title']} »", "n'est pas de ce projet")
    told = "en double" if name in wanted.items else "n'est plus dans la distribution"
    if prune:
        return Step("-", name, told, "DELETE", f"{place}resources/{resource['id']}/")
    return Step("laissé", name, f"{told} ; --prune l'ôterait")


def _description(wanted: Wanted, found: Found, place: str) -> Iterator[Step]:
    """The payload holds all that udata takes: what a PUT leaves out may be emptied. Others' parts stay."""
    shown = found.dataset or {"private": True, "tags": [], "contact_points": [], "extras": {}}
    changes = [*_changes({**wanted.dataset, "private": False}, {**shown, "tags": sorted(shown["tags"])})]
    contacts, contact = shown["contact_points"] or [], None
    if not any(wanted.contact.items() <= each.items() for each in contacts):
        changes.append(f"contact « {wanted.contact['name']} », {wanted.contact['email']}")
        contact = {**wanted.contact, "organization": found.organization["id"]}
    payload = {
        **wanted.dataset,
        "organization": found.organization["id"],
        "private": False,
        "contact_points": [each["id"] for each in contacts],
        "extras": {**shown["extras"], **wanted.dataset["extras"]},
    }
    if changes:
        told = ", ".join(changes) if found.dataset else "rendu public"
        yield Step("~", "jeu de données", told, "PUT", place, payload, contact=contact)


def _changes(wanted: Json, shown: Json | None) -> Iterator[str]:
    """What a portal shows that is not what is wanted, in words; what is not asked for is not looked at."""
    for key, value in wanted.items():
        old = (shown or {}).get(key)
        if isinstance(value, dict):
            yield from _changes(value, old)
        elif old != value:
            yield f"{key} « {old!s:.60} » → « {value!s:.60} »"


def look(portal: Portal, wanted: Wanted) -> Found:
    """What the portal has now. Raises Invalid, Transient."""
    shown = portal.dataset(wanted.settings.jeu) if wanted.settings.jeu else None
    owner = ((shown and shown["organization"]) or {}).get("id", wanted.settings.organisation)
    if not owner:
        told = "« organisation » est vide : y mettre l'identifiant de celle qui publie"
        raise Invalid.because("source/publication.yml", None, told)
    organization = portal.organization(owner)
    if not shown and (marked := portal.marked(organization["id"], wanted.mark)):
        shown = portal.dataset(marked)
    return Found(organization, portal.extensions(), shown)


def apply(portal: Portal, wanted: Wanted, prune: bool) -> Json:
    """Do what the plan says, look, plan anew, until nothing differs; the dataset that the portal then has.

    A write is sent once: after a fault the portal is looked at again, so that what was done in spite
    of it is not done twice. Raises Invalid, Transient.
    """
    before: list[Step] = []
    for _ in range(MAX_ROUNDS):
        found = look(portal, wanted)
        steps = [step for step in plan(wanted, found, prune) if step.method]
        if not steps:
            return found.dataset
        if steps == before:
            break
        before = steps
        for step in steps:
            if step.path:
                _take(portal, step)
    kept = " ; ".join(str(step) for step in before if step.path)
    raise portal.fault(f"le portail n'a pas gardé ce qui lui a été envoyé : {kept}")


def _take(portal: Portal, step: Step) -> None:
    ask, payload = portal.ask, step.payload
    if step.item:
        made, dataset = portal.send_file(step.what, step.path, step.item.path), step.path.split("/")[1]
        ask(step.what, "PUT", f"datasets/{dataset}/resources/{made['id']}/", json=payload)
        portal.read_back(step.what, made["latest"], step.item.sha256)
        return
    if step.contact:
        made = ask("contact", "POST", "contacts/", ("id",), json=step.contact)
        payload = {**payload, "contact_points": [made["id"], *payload["contact_points"]]}
    keys = ("id",) if step.method == "POST" else ()
    ask(step.what, step.method, step.path, keys, json=payload)
