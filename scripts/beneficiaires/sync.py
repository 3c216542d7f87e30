"""From what `make dist` built to what a portal shows: what is wanted, a plan, its requests, a look back.

What is ours on the portal is known by an extra, `NAME:path`: the dataset and each of its files bear it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct

from . import catalog, files, labels
from .checkout import Checkout
from .datagouv import Json, Portal
from .problems import Invalid
from .sources import Datagouv

MAX_ROUNDS = 8


class Item(Struct, frozen=True):
    """One file to publish; `about` is what its resource says of it, in the words of the API."""

    path: Path
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
    index = catalog.read_index(project, folder)
    settings, mark = project.publication.datagouv, f"{index['name']}:path"
    dataset = {
        "title": index["title"],
        "description": index["description"],
        "license": settings.licence,
        "frequency": project.publication.frequence,
        "tags": sorted({"-".join(labels.words(each)) for each in project.package.descriptor["keywords"]}),
        "spatial": {"zones": settings.zones, "granularity": settings.granularite},
        "temporal_coverage": {"start": str(project.rows["versions"][0]["version"]), "end": None},
        "extras": {mark: index["name"]},
    }
    contact = {"name": settings.contact, "email": index["contact"], "role": "contact"}
    tables = {PurePosixPath(each["path"]).name for each in project.package.resources}
    schemas = {each["table"]: each["name"] for each in index["files"] if each["type"] == "documentation"}
    items = {}
    for each in index["files"]:
        schema = {"url": index["base"] + schemas[each["table"]]} if each["name"] in tables else None
        items[each["name"]] = _item(each, folder / each["name"], mark, schema)
    return Wanted(mark, settings, contact, dataset, items)


def _item(entry: Json, file: Path, mark: str, schema: Json | None) -> Item:
    data = files.read(file)
    sha1, sha256 = hashlib.sha1(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest()
    if sha256 != entry["sha256"]:
        raise Invalid.because(str(file), None, "ce n'est pas celui de index.json ; lancer « make dist »")
    about = {
        "title": entry["title"],
        "description": f"{entry['description']} {entry['for']}",
        "type": entry["type"],
        "schema": schema,
        "extras": {mark: entry["name"], mark.replace(":path", ":sha256"): sha256},
    }
    return Item(file, sha1, sha256, about)


def plan(wanted: Wanted, found: Found, prune: bool) -> list[Step]:
    """What is to be done so that the portal shows what is wanted, and what is left; nothing is sent."""
    shown = found.dataset["resources"] if found.dataset else []
    place = f"datasets/{found.dataset['id']}/" if found.dataset else ""
    ours = _ours(wanted, shown)
    steps = [*_sendings(wanted, found, ours, place)]
    if not found.dataset:
        payload = {**wanted.dataset, "organization": found.organization["id"], "private": True}
        steps.insert(0, Step("+", "jeu de données", "privé d'abord", "POST", "datasets/", payload))
    ranks = {ours[name]["id"]: rank for rank, name in enumerate(wanted.items) if name in ours}
    ordered = sorted(shown, key=lambda each: ranks.get(each["id"], len(wanted.items)))
    steps += [_surplus(wanted, each, place, prune) for each in ordered if each["id"] not in ranks]
    signs = {step.sign for step in steps}
    later = "" if signs & {"+", "-"} else place
    if "+" in signs or ordered != shown:
        ids, path = [{"id": each["id"]} for each in ordered], later and f"{place}resources/"
        steps.append(Step("↕", "ressources", "dans l'ordre de la distribution", "PUT", path, ids))
    return [*steps, *_description(wanted, found, later)]


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
    return (resource["checksum"] or {}).get("value") == item.sha1


def _sendings(wanted: Wanted, found: Found, ours: dict[str, Json], place: str) -> Iterator[Step]:
    for name, item in wanted.items.items():
        if item.path.suffix[1:] not in found.extensions:
            yield Step("laissé", name, f"le portail refuse les fichiers « {item.path.suffix} »")
        elif not (resource := ours.get(name)):
            yield Step("+", name, "nouveau fichier", "POST", place and f"{place}upload/", item.about, item)
        else:
            path, changes = f"{place}resources/{resource['id']}/", ", ".join(_changes(item.about, resource))
            payload = {**item.about, "extras": {**resource["extras"], **item.about["extras"]}}
            if not _holds(item, resource):
                yield Step("~", name, f"nouveau contenu, {changes}", "POST", f"{path}upload/", payload, item)
            elif changes:
                yield Step("~", name, changes, "PUT", path, payload)


def _surplus(wanted: Wanted, resource: Json, place: str, prune: bool) -> Step:
    if not (name := resource["extras"].get(wanted.mark)):
        return Step("laissé", f"« {resource['title']} »", "n'est pas de ce projet")
    told = "en double" if name in wanted.items else "n'est plus dans la distribution"
    if prune:
        return Step("-", name, told, "DELETE", f"{place}resources/{resource['id']}/")
    return Step("laissé", name, f"{told} ; --prune l'ôterait")


def _description(wanted: Wanted, found: Found, place: str) -> Iterator[Step]:
    """The payload holds all that udata takes: what a PUT leaves out may be emptied. Others' parts stay."""
    shown = found.dataset or {"tags": [], "contact_points": [], "extras": {}}
    dataset = {**wanted.dataset, "private": False}
    changes = [*_changes(dataset, {**shown, "tags": sorted(shown["tags"])})]
    contacts, contact = shown["contact_points"] or [], None
    if not any(wanted.contact.items() <= each.items() for each in contacts):
        changes.append(f"contact « {wanted.contact['email']} »")
        contact = {**wanted.contact, "organization": found.organization["id"]}
    payload = {
        **dataset,
        "organization": found.organization["id"],
        "contact_points": [each["id"] for each in contacts],
        "extras": {**shown["extras"], **dataset["extras"]},
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
        raise Invalid.because("source/publication.yml", None, "« organisation » est vide ; y mettre son id")
    organization = portal.organization(owner)
    if not shown and (marked := portal.marked(organization["id"], wanted.mark)):
        shown = portal.dataset(marked)
    extensions = portal.ask("liste des extensions", "GET", "datasets/extensions/", ("csv",))
    return Found(organization, extensions, shown)


def apply(portal: Portal, wanted: Wanted, prune: bool) -> Json:
    """Do what the plan says, look, plan anew, until nothing differs; the dataset that the portal then has.

    No write is sent again after a fault, as it may be done: look first. Raises Invalid, Transient.
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
    ask(step.what, step.method, step.path, json=payload)
