"""From what `make dist` built to what a portal shows: what is wanted, a plan, its requests, a look back.

What is ours on the portal is known by an extra, `NAME:path`: the dataset and each of its files bear it.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from . import catalog, files, labels
from .checkout import Checkout
from .datagouv import Json, Portal
from .problems import Invalid

NEW = {"id": "", "resources": [], "tags": [], "contact_points": [], "extras": {}}  # not yet on the portal


class Wanted(Struct, frozen=True):
    """The dataset as it should be, in the words of the API, and where it is known; `resources` by file name."""

    folder: Path
    mark: str
    jeu: str
    dataset: Json
    contact: Json
    resources: dict[str, Json]
    refused: list[str]


class Step(Struct, frozen=True):
    """One thing to do, or to leave when it has no method. A file or a contact is sent before its payload."""

    told: str
    method: str = ""
    path: str = ""
    payload: Json | list[Json] | None = None
    file: Path | None = None
    contact: Json | None = None


def wanted(project: Checkout, folder: Path, portal: Portal) -> Wanted:
    """What the files of `folder`, built by `make dist`, and the project say. Raises Invalid, Transient."""
    index = catalog.read_index(project, folder)
    settings, mark = project.publication.datagouv, f"{index['name']}:path"
    if not settings.organisation:
        raise Invalid.because("source/publication.yml", None, "« organisation » est vide ; y mettre son id")
    owner = {"class": "Organization", "id": settings.organisation}
    dataset = {
        "title": index["title"],
        "description": index["description"],
        "organization": owner,
        "license": settings.licence,
        "frequency": project.publication.frequence,
        "tags": sorted({"-".join(labels.words(each)) for each in project.package.keywords}),
        "spatial": {"zones": settings.zones, "granularity": settings.granularite},
        "temporal_coverage": {"start": str(project.rows["versions"][0]["version"]), "end": None},
        "extras": {mark: index["name"]},
        "private": False,
    }
    contact = {"name": settings.contact, "email": index["contact"], "role": "contact", "organization": owner}
    extensions = portal.ask("liste des extensions", "GET", "datasets/extensions/", ("csv",))
    refused = [each["name"] for each in index["files"] if each["format"] not in extensions]
    taken = {each["name"]: each for each in index["files"] if each["format"] in extensions}
    resources = {name: _resource(each, folder / name, index["base"], mark) for name, each in taken.items()}
    return Wanted(folder, mark, settings.jeu, dataset, contact, resources, refused)


def _resource(entry: Json, file: Path, base: str, mark: str) -> Json:
    return {
        "title": entry["title"],
        "description": f"{entry['description']} {entry['for']}",
        "type": entry["type"],
        "schema": {"url": f"{base}schema-{file.stem}.json"} if file.stem == entry["table"] else None,
        "extras": {mark: file.name},
        "checksum": {"type": "sha1", "value": hashlib.sha1(files.read(file), usedforsecurity=False).hexdigest()},
    }


def look(portal: Portal, wanted: Wanted) -> Json:
    """The dataset that the portal has now, or NEW. Raises Invalid, Transient."""
    name = wanted.jeu or portal.marked(wanted.dataset["organization"]["id"], wanted.mark)
    return portal.dataset(name) if name else NEW


def plan(wanted: Wanted, shown: Json, prune: bool) -> Iterator[Step]:
    """What is to be done so that the portal shows what is wanted, and what is left; nothing is sent."""
    place, resources = f"datasets/{shown['id']}/", shown["resources"]
    ours = {_name(wanted, each): each for each in resources}
    ordered = [ours[name] for name in wanted.resources if name in ours]
    others = [each for each in resources if each not in ordered]
    if shown is NEW:
        yield Step("+ jeu de données : privé d'abord", "POST", "datasets/", {**wanted.dataset, "private": True})
    for name, about in wanted.resources.items():
        yield from _sending(place, wanted.folder / name, about, ours.get(name))
    yield from (Step(f"laissé {name} : le portail refuse ce type de fichier") for name in wanted.refused)
    for each in others:
        gone = prune and each["extras"].get(wanted.mark, "") not in ("", *wanted.refused)
        told = f"{'-' if gone else 'laissé'} « {each['title']} » : n'est pas dans la distribution"
        yield Step(told, "DELETE" if gone else "", f"{place}resources/{each['id']}/")
    if resources != ordered + others:
        ids = [{"id": each["id"]} for each in ordered + others]
        yield Step("↕ ressources : dans l'ordre de la distribution", "PUT", f"{place}resources/", ids)
    if shown is not NEW:
        yield from _description(place, wanted, shown)


def _name(wanted: Wanted, resource: Json) -> str:
    """The file of ours that a resource holds, or "". An upload that was cut has but the file's name and bytes."""
    title = resource["title"]
    whole = resource["checksum"] == wanted.resources.get(title, {}).get("checksum")
    return resource["extras"].get(wanted.mark, title if whole and not resource["description"] else "")


def _sending(place: str, file: Path, about: Json, resource: Json | None) -> Iterator[Step]:
    if not resource:
        yield Step(f"+ {file.name} : nouveau fichier", "POST", f"{place}upload/", about, file)
    elif changes := ", ".join(_changes(about, resource)):
        path, payload = f"{place}resources/{resource['id']}/", _merged(about, resource)
        if resource["checksum"] == about["checksum"]:
            yield Step(f"~ {file.name} : {changes}", "PUT", path, payload)
        else:
            yield Step(f"~ {file.name} : nouveau contenu", "POST", f"{path}upload/", payload, file)


def _description(place: str, wanted: Wanted, shown: Json) -> Iterator[Step]:
    """The payload holds all that udata takes: what a PUT leaves out may be emptied."""
    contacts, contact = shown["contact_points"], None
    changes = [*_changes(wanted.dataset, {**shown, "tags": sorted(shown["tags"])})]
    if wanted.contact["email"] not in [each["email"] for each in contacts]:
        changes.append(f"contact « {wanted.contact['email']} »")
        contact = wanted.contact
    if changes:
        payload = {**_merged(wanted.dataset, shown), "contact_points": [each["id"] for each in contacts]}
        yield Step(f"~ jeu de données : {', '.join(changes)}", "PUT", place, payload, contact=contact)


def _merged(wanted: Json, shown: Json) -> Json:
    """What is wanted, and the extras of others."""
    return {**wanted, "extras": {**shown["extras"], **wanted["extras"]}}


def _changes(wanted: Json, shown: Json | None) -> Iterator[str]:
    """What a portal shows that is not what is wanted, in words; what is not asked for is not looked at."""
    for key, value in wanted.items():
        old = (shown or {}).get(key)
        if isinstance(value, dict):
            yield from _changes(value, old)
        elif old != value:
            yield f"{key} « {old!s:.60} » → « {value!s:.60} »"


def apply(portal: Portal, wanted: Wanted, prune: bool) -> Json:
    """Take the first step of the plan, look and plan anew, until none is left: the dataset then shown."""
    # No write is sent again after a fault, as it may be done: `again` comes back here and looks.
    taken: list[Step] = []
    while True:
        shown = look(portal, wanted)
        step = next((step for step in plan(wanted, shown, prune) if step.method), None)
        if not step:
            return shown
        if step in taken:
            raise portal.fault(f"le portail n'a pas gardé ce qui lui a été envoyé : {step.told}")
        _take(portal, step, shown["id"])
        taken.append(step)


def _take(portal: Portal, step: Step, dataset: str) -> None:
    payload = step.payload
    if step.file:
        data = step.file.read_bytes()
        made = portal.ask(step.told, "POST", step.path, ("id", "latest"), files={"file": (step.file.name, data)})
        portal.ask(step.told, "PUT", f"datasets/{dataset}/resources/{made['id']}/", json=payload)
        portal.read_back(step.told, made["latest"], data)
        return
    if step.contact:
        made = portal.ask("contact", "POST", "contacts/", ("id",), json=step.contact)
        payload = {**payload, "contact_points": [made["id"], *payload["contact_points"]]}
    portal.ask(step.told, step.method, step.path, json=payload)
