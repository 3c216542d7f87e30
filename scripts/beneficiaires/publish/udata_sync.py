"""What a portal should show, what has to be done for it, and doing it step by step.

What is ours on the portal is known by an extra, NAME:path, where NAME is the package's: the dataset
and each of its resources bear it. Nothing else on the portal is changed.
"""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import wording
from ..errors import ProblemsFound
from ..files import read_file
from ..source.models import Publication
from ..text import format_line, split_words
from .udata_client import UdataClient
from .udata_models import (
    DatasetState,
    PortalDataset,
    PortalResource,
    ResourceState,
    format_contact,
    format_dataset,
    format_resource,
)

MAX_OPERATIONS = 100
"""The most operations of one publication, which has some twenty resources."""


@dataclass(frozen=True)
class TargetResource:
    """One resource that the portal should show: a file to upload (`path`) or an address (`url`).

    `kind` is "main" or "documentation". `format` is a lower-case extension, such as "csv".
    `schema_url` is the address of the Table Schema of a CSV file.
    """

    kind: str
    title: str
    description: str
    format: str
    path: Path | None = None
    url: str | None = None
    schema_url: str | None = None

    @property
    def name(self) -> str:
        """The value of its extra: the name of the file, or the address."""
        return self.url if self.path is None else self.path.name

    @property
    def is_remote(self) -> bool:
        """Whether it is an address."""
        return self.path is None

    @property
    def metadata(self) -> PortalResource:
        """What the portal should say of it."""
        return PortalResource(
            title=self.title,
            description=self.description,
            kind=self.kind,
            schema_url=self.schema_url if self.format == "csv" else None,
            url=self.url,
            format=self.format if self.is_remote else None,
        )


@dataclass(frozen=True)
class TargetDataset:
    """The dataset that the portal should show.

    `mark` is the name of the extra that tells what is ours and `name` its value for the dataset.
    `identifier` is that of the dataset if the settings give one. `resources` are in the order to
    show, without `refused`, those whose type the portal does not accept. `checksums` are the SHA-1
    of the files by name.
    """

    mark: str
    name: str
    identifier: str | None
    metadata: PortalDataset
    contact_name: str
    contact_email: str
    resources: tuple[TargetResource, ...]
    refused: tuple[TargetResource, ...]
    checksums: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One field whose value on the portal is not the one to show."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Request:
    """A write to send to the API."""

    method: str
    path: str
    payload: Any = None


@dataclass(frozen=True)
class Operation:
    """One thing to do on the portal, or to leave as it is when `request` is None.

    `action` is a key of wording.PORTAL_OPERATIONS and `subject` the name or title of a resource. A
    `file` is uploaded by a POST before its payload is put; a `contact` is created before the
    payload of the dataset is sent with it.
    """

    action: str
    subject: str = ""
    changes: tuple[Change, ...] = ()
    request: Request | None = None
    file: Path | None = None
    contact: Mapping[str, Any] | None = None


def build_target(
    publication: Publication,
    *,
    name: str,
    title: str,
    keywords: Iterable[str],
    description: str,
    first_date: dt.date,
    contact_email: str,
    resources: Iterable[TargetResource],
    extensions: frozenset[str],
) -> TargetDataset:
    """Return the dataset that the portal should show.

    `name`, `title` and `keywords` are the package's, `description` is Markdown, `first_date` the
    day of the oldest snapshot, `extensions` those that the portal accepts. Raises ProblemsFound
    when a file cannot be read or no organisation publishes.
    """
    settings = publication.portal_settings
    if not settings.organisation:
        message = wording.portal_organisation_is_missing()
        raise ProblemsFound.single("source/publication.yml", None, message)
    accepted = []
    refused = []
    checksums = {}
    for resource in resources:
        if resource.path is None:
            accepted.append(resource)
        elif resource.path.suffix.removeprefix(".").lower() in extensions:
            accepted.append(resource)
            checksums[resource.name] = compute_sha1(read_file(resource.path))
        else:
            refused.append(resource)
    metadata = PortalDataset(
        title=title,
        description=description,
        organisation=settings.organisation,
        licence=settings.licence,
        frequency=publication.frequency,
        tags=tuple(sorted({make_tag(keyword) for keyword in keywords})),
        zones=tuple(sorted(settings.zones)),
        granularity=settings.granularity,
        first_date=first_date.isoformat(),
        last_date=None,
        is_private=False,
    )
    return TargetDataset(
        mark=f"{name}:path",
        name=name,
        identifier=settings.dataset or None,
        metadata=metadata,
        contact_name=settings.contact,
        contact_email=contact_email,
        resources=tuple(accepted),
        refused=tuple(refused),
        checksums=checksums,
    )


def make_tag(keyword: str) -> str:
    """Return a keyword in the form of udata's tags: « Marchés publics » gives marches-publics."""
    return "-".join(split_words(keyword))


def compute_sha1(data: bytes) -> str:
    """Return the SHA-1 of some bytes in hexadecimal, which is the checksum that udata computes."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def find_dataset(
    client: UdataClient, target: TargetDataset, identifier: str | None = None
) -> DatasetState | None:
    """Return the dataset as the portal has it now, or None. Raises ProblemsFound.

    `identifier` is that of an earlier answer, if there was one.
    """
    identifier = identifier or target.identifier
    if identifier is None:
        identifier = client.find_by_extra(target.metadata.organisation, target.mark)
    return None if identifier is None else client.fetch_dataset(identifier)


def plan_operations(
    target: TargetDataset, state: DatasetState | None, prune: bool
) -> list[Operation]:
    """Return what has to be done so that the portal shows the target, and what is left as it is.

    `state` is None when the portal has no such dataset yet. With `prune`, resources that are ours
    and no more in the target are deleted. Nothing is sent.
    """
    leaves = [Operation("leave_refused", resource.name) for resource in target.refused]
    if state is None:
        operations = [_plan_creation(target)]
        for resource in target.resources:
            operations.append(_plan_new_resource(target, "", resource))
        return operations + leaves
    place = f"datasets/{state.identifier}/"
    ours = find_ours(target, state)
    operations = []
    for resource in target.resources:
        if resource.name not in ours:
            operations.append(_plan_new_resource(target, place, resource))
        else:
            operations += _plan_known_resource(target, place, resource, ours[resource.name])
    operations += leaves
    for resource in list_extra_resources(state, ours):
        operations.append(_plan_extra_resource(target, place, resource, prune))
    operations += _plan_order(place, state, ours)
    return operations + _plan_description(target, place, state)


def find_ours(target: TargetDataset, state: DatasetState) -> dict[str, ResourceState]:
    """Return the resources that the portal has of the target's, by name, in the target's order.

    Of two with one name it is the first.
    """
    by_name: dict[str, ResourceState] = {}
    for resource_state in state.resources:
        name = find_name(target, resource_state)
        if name is not None:
            by_name.setdefault(name, resource_state)
    ours = {}
    for resource in target.resources:
        resource_state = by_name.get(resource.name)
        # udata never makes a file of an address, nor the contrary.
        if resource_state is not None and resource_state.is_remote == resource.is_remote:
            ours[resource.name] = resource_state
    return ours


def list_extra_resources(
    state: DatasetState, ours: Mapping[str, ResourceState]
) -> list[ResourceState]:
    """Return the resources of the portal that the target does not have, in the portal's order."""
    known = [resource.identifier for resource in ours.values()]
    return [resource for resource in state.resources if resource.identifier not in known]


def has_contact(state: DatasetState, email: str) -> bool:
    """Return whether a contact of the dataset has an address."""
    return email in [contact.email for contact in state.contacts]


def find_name(target: TargetDataset, resource: ResourceState) -> str | None:
    """Return the name of ours that a resource of the portal has, or None.

    An upload that was cut has no extra yet: it is known by the name and the bytes of the file, and
    by the lack of a description, which a person would have written.
    """
    if target.mark in resource.extras:
        return str(resource.extras[target.mark])
    title = resource.metadata.title
    has_our_bytes = title in target.checksums and resource.sha1 == target.checksums[title]
    if has_our_bytes and not resource.metadata.description:
        return title
    return None


def list_changes(old: Any, new: Any) -> list[Change]:
    """Return the fields whose values differ between two metadata of the same type."""
    changes = []
    for field in dataclasses.fields(new):
        old_value = getattr(old, field.name)
        new_value = getattr(new, field.name)
        if old_value != new_value:
            changes.append(Change(field.name, old_value, new_value))
    return changes


def describe_operation(operation: Operation) -> str:
    """Return the line that tells an operation."""
    changes = []
    for change in operation.changes:
        changes.append(wording.portal_change(change.field, change.old, change.new))
    line = wording.portal_operation(operation.action, operation.subject, ", ".join(changes))
    return format_line(line)


def apply_operations(client: UdataClient, target: TargetDataset, prune: bool) -> DatasetState:
    """Make the portal show the target. Return the dataset that it shows then.

    The first operation of the plan is sent, then the portal is looked at and the plan made anew,
    until nothing is left to send. Raises ProblemsFound, also when the portal does not keep what it
    was sent, and TransientProblem: begun again, the function starts with a look.
    """
    applied: set[tuple[str, str, str]] = set()
    state = find_dataset(client, target)
    while True:
        operations = plan_operations(target, state, prune)
        pending = [operation for operation in operations if operation.request is not None]
        if not pending:
            return state
        operation = pending[0]
        key = (operation.action, operation.request.path, operation.subject)
        if key in applied or len(applied) == MAX_OPERATIONS:
            line = describe_operation(operation)
            raise client.make_problem(wording.portal_does_not_keep(line))
        apply_operation(client, operation)
        applied.add(key)
        state = find_dataset(client, target, None if state is None else state.identifier)


def apply_operation(client: UdataClient, operation: Operation) -> None:
    """Send one operation, and read a file back. Raises ProblemsFound, TransientProblem."""
    line = describe_operation(operation)
    request = operation.request
    if operation.file is not None:
        data = read_file(operation.file)
        answer = client.upload(line, request.path, operation.file.name, data)
        dataset_place = "/".join(request.path.split("/")[:2])
        resource_path = f"{dataset_place}/resources/{answer.identifier}/"
        client.write(line, "PUT", resource_path, request.payload)
        client.check_download(line, answer.address, data)
        return
    payload = request.payload
    if operation.contact is not None:
        contact = client.create_contact(operation.contact)
        payload = {**payload, "contact_points": [contact, *payload["contact_points"]]}
    client.write(line, request.method, request.path, payload)


def _plan_creation(target: TargetDataset) -> Operation:
    """Return the creation of the dataset, private until everything is sent."""
    metadata = dataclasses.replace(target.metadata, is_private=True)
    payload = format_dataset(metadata, {target.mark: target.name})
    return Operation("create", request=Request("POST", "datasets/", payload))


def _plan_new_resource(target: TargetDataset, place: str, resource: TargetResource) -> Operation:
    payload = format_resource(resource.metadata, {target.mark: resource.name})
    if resource.path is None:
        return Operation("link", resource.name, (), Request("POST", f"{place}resources/", payload))
    request = Request("POST", f"{place}upload/", payload)
    return Operation("upload", resource.name, (), request, file=resource.path)


def _plan_known_resource(
    target: TargetDataset, place: str, resource: TargetResource, state: ResourceState
) -> list[Operation]:
    """Return what has to be done with a resource that the portal has: one operation or none."""
    path = f"{place}resources/{state.identifier}/"
    extras = {**state.extras, target.mark: resource.name}
    payload = format_resource(resource.metadata, extras)
    if resource.path is not None and state.sha1 != target.checksums[resource.name]:
        request = Request("POST", f"{path}upload/", payload)
        return [Operation("replace", resource.name, (), request, file=resource.path)]
    changes = list_changes(state.metadata, resource.metadata)
    if state.extras != extras:
        changes.append(Change("mark", state.extras.get(target.mark), resource.name))
    if not changes:
        return []
    return [Operation("update", resource.name, tuple(changes), Request("PUT", path, payload))]


def _plan_extra_resource(
    target: TargetDataset, place: str, state: ResourceState, prune: bool
) -> Operation:
    """Return the deletion of a resource that is ours, or leave it.

    What the portal refuses now but has from earlier is left: it could not be sent again.
    """
    title = state.metadata.title
    if not prune or target.mark not in state.extras:
        return Operation("leave", title)
    for resource in target.refused:
        if state.extras[target.mark] == resource.name:
            return Operation("leave", title)
    request = Request("DELETE", f"{place}resources/{state.identifier}/")
    return Operation("delete", title, (), request)


def _plan_order(
    place: str, state: DatasetState, ours: Mapping[str, ResourceState]
) -> list[Operation]:
    """Return the request that puts the target's resources first: one operation or none."""
    wanted = [*ours.values(), *list_extra_resources(state, ours)]
    if wanted == list(state.resources):
        return []
    payload = [{"id": resource.identifier} for resource in wanted]
    return [Operation("order", request=Request("PUT", f"{place}resources/", payload))]


def _plan_description(target: TargetDataset, place: str, state: DatasetState) -> list[Operation]:
    """Return what has to be done with the metadata of the dataset: one operation or none.

    The contacts of the dataset are kept; ours is added before them.
    """
    extras = {**state.extras, target.mark: target.name}
    changes = list_changes(state.metadata, target.metadata)
    if state.extras != extras:
        changes.append(Change("mark", state.extras.get(target.mark), target.name))
    new_contact = None
    if not has_contact(state, target.contact_email):
        changes.append(Change("contact", None, target.contact_email))
        organisation = target.metadata.organisation
        new_contact = format_contact(target.contact_name, target.contact_email, organisation)
    if not changes:
        return []
    payload = format_dataset(target.metadata, extras)
    payload["contact_points"] = [contact.identifier for contact in state.contacts]
    request = Request("PUT", place, payload)
    return [Operation("describe", "", tuple(changes), request, contact=new_contact)]
