"""What a portal that runs udata says and is told, as plain values; its own words are only here.

Every answer is checked while it is read, because a portal may answer anything. The API of udata is
described at https://www.data.gouv.fr/api/1/swagger.json .
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_IDENTIFIER = re.compile(r"[0-9A-Za-z-]{1,64}")


class MalformedAnswer(Exception):
    """An answer is not one of udata's. Printed, it gives the name of the field that is wrong."""


@dataclass(frozen=True)
class PortalDataset:
    """What a dataset says of itself. Dates are YYYY-MM-DD; tags and zones are sorted."""

    title: str
    description: str
    organisation: str | None
    licence: str | None
    frequency: str | None
    tags: tuple[str, ...]
    zones: tuple[str, ...]
    granularity: str | None
    first_date: str | None
    last_date: str | None
    is_private: bool


@dataclass(frozen=True)
class PortalResource:
    """What a resource says of itself. `url` and `format` are None for an uploaded file.

    `kind` is "main", "documentation" or another type of udata's.
    """

    title: str
    description: str
    kind: str
    schema_url: str | None
    url: str | None
    format: str | None


@dataclass(frozen=True)
class ResourceState:
    """A resource that the portal has. `sha1` is None where the portal gives no such checksum."""

    identifier: str
    metadata: PortalResource
    is_remote: bool
    sha1: str | None
    extras: Mapping[str, Any]


@dataclass(frozen=True)
class ContactState:
    """A contact of a dataset."""

    identifier: str
    email: str | None


@dataclass(frozen=True)
class DatasetState:
    """A dataset that the portal has. `deleted` is a day, `quality` goes from 0 to 1."""

    identifier: str
    deleted: str | None
    metadata: PortalDataset
    extras: Mapping[str, Any]
    contacts: tuple[ContactState, ...]
    resources: tuple[ResourceState, ...]
    quality: float


@dataclass(frozen=True)
class DatasetSummary:
    """A dataset in a list of datasets."""

    identifier: str
    is_deleted: bool
    extras: Mapping[str, Any]


@dataclass(frozen=True)
class DatasetPage:
    """One page of a list of datasets."""

    summaries: tuple[DatasetSummary, ...]
    has_next: bool


@dataclass(frozen=True)
class UploadAnswer:
    """What the portal answers to a file: its resource, and the address where anyone reads it."""

    identifier: str
    address: str


def read_dataset(answer: Any) -> DatasetState:
    """Return the dataset of an answer. Raises MalformedAnswer."""
    record = _read_record(answer, "dataset")
    contacts = _read_list(record, "contact_points")
    resources = _read_list(record, "resources")
    return DatasetState(
        identifier=_read_identifier(record),
        deleted=_read_optional_day(record, "deleted"),
        metadata=_read_portal_dataset(record),
        extras=_read_record(record.get("extras"), "extras"),
        contacts=tuple(_read_contact(contact) for contact in contacts),
        resources=tuple(_read_resource(resource) for resource in resources),
        quality=_read_quality(record),
    )


def read_dataset_page(answer: Any) -> DatasetPage:
    """Return one page of a list of datasets. Raises MalformedAnswer."""
    record = _read_record(answer, "page")
    datasets = _read_list(record, "data")
    return DatasetPage(
        summaries=tuple(_read_summary(dataset) for dataset in datasets),
        has_next=_read_optional_text(record, "next_page") is not None,
    )


def read_upload(answer: Any) -> UploadAnswer:
    """Return the answer to an uploaded file. Raises MalformedAnswer."""
    record = _read_record(answer, "resource")
    return UploadAnswer(_read_identifier(record), _read_text(record, "latest"))


def read_contact_identifier(answer: Any) -> str:
    """Return the identifier of a contact that was just created. Raises MalformedAnswer."""
    return _read_identifier(_read_record(answer, "contact"))


def read_extensions(answer: Any) -> frozenset[str]:
    """Return the extensions of the files that the portal accepts. Raises MalformedAnswer."""
    return frozenset(_read_texts({"extensions": answer}, "extensions"))


def format_dataset(metadata: PortalDataset, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request says of a dataset: all of it, as udata empties some absent fields."""
    return {
        "title": metadata.title,
        "description": metadata.description,
        "organization": format_organisation(metadata.organisation),
        "license": metadata.licence,
        "frequency": metadata.frequency,
        "tags": list(metadata.tags),
        "spatial": {"zones": list(metadata.zones), "granularity": metadata.granularity},
        "temporal_coverage": {"start": metadata.first_date, "end": metadata.last_date},
        "private": metadata.is_private,
        "extras": dict(extras),
    }


def format_resource(metadata: PortalResource, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request says of a resource."""
    payload = {
        "title": metadata.title,
        "description": metadata.description,
        "type": metadata.kind,
        "schema": None if metadata.schema_url is None else {"url": metadata.schema_url},
        "extras": dict(extras),
    }
    if metadata.url is not None:
        payload["filetype"] = "remote"
        payload["url"] = metadata.url
        payload["format"] = metadata.format
    return payload


def format_contact(name: str, email: str, organisation: str | None) -> dict[str, Any]:
    """Return what a request says of a contact of an organisation."""
    owner = format_organisation(organisation)
    return {"name": name, "email": email, "role": "contact", "organization": owner}


def format_organisation(identifier: str | None) -> dict[str, Any]:
    """Return how a request names an organisation."""
    return {"class": "Organization", "id": identifier}


def _read_portal_dataset(record: Mapping[str, Any]) -> PortalDataset:
    organisation = _read_optional_record(record, "organization")
    spatial = _read_optional_record(record, "spatial")
    period = _read_optional_record(record, "temporal_coverage")
    return PortalDataset(
        title=_read_text(record, "title"),
        description=_read_text(record, "description"),
        organisation=_read_optional_text(organisation, "id"),
        licence=_read_optional_text(record, "license"),
        frequency=_read_optional_text(record, "frequency"),
        tags=tuple(sorted(_read_texts(record, "tags"))),
        zones=tuple(sorted(_read_texts(spatial, "zones"))) if spatial else (),
        granularity=_read_optional_text(spatial, "granularity"),
        first_date=_read_optional_day(period, "start"),
        last_date=_read_optional_day(period, "end"),
        is_private=_read_boolean(record, "private"),
    )


def _read_resource(answer: Any) -> ResourceState:
    record = _read_record(answer, "resources")
    schema = _read_optional_record(record, "schema")
    checksum = _read_optional_record(record, "checksum")
    is_sha1 = _read_optional_text(checksum, "type") == "sha1"
    is_remote = _read_text(record, "filetype") == "remote"
    metadata = PortalResource(
        title=_read_text(record, "title"),
        description=_read_optional_text(record, "description") or "",
        kind=_read_text(record, "type"),
        schema_url=_read_optional_text(schema, "url"),
        url=_read_text(record, "url") if is_remote else None,
        format=_read_optional_text(record, "format") if is_remote else None,
    )
    return ResourceState(
        identifier=_read_identifier(record),
        metadata=metadata,
        is_remote=is_remote,
        sha1=_read_text(checksum, "value") if is_sha1 else None,
        extras=_read_record(record.get("extras"), "extras"),
    )


def _read_contact(answer: Any) -> ContactState:
    record = _read_record(answer, "contact_points")
    return ContactState(_read_identifier(record), _read_optional_text(record, "email"))


def _read_summary(answer: Any) -> DatasetSummary:
    record = _read_record(answer, "data")
    return DatasetSummary(
        identifier=_read_identifier(record),
        is_deleted=_read_optional_text(record, "deleted") is not None,
        extras=_read_record(record.get("extras"), "extras"),
    )


def _read_quality(record: Mapping[str, Any]) -> float:
    score = _read_record(record.get("quality"), "quality").get("score")
    if isinstance(score, int | float) and 0 <= score <= 1:
        return float(score)
    raise MalformedAnswer("quality")


def _read_record(value: Any, key: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise MalformedAnswer(key)


def _read_optional_record(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the record under a key, or an empty one where the portal has none."""
    value = record.get(key)
    return {} if value is None else _read_record(value, key)


def _read_list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    if isinstance(value, list):
        return value
    raise MalformedAnswer(key)


def _read_texts(record: Mapping[str, Any], key: str) -> list[str]:
    values = _read_list(record, key)
    for value in values:
        if not isinstance(value, str):
            raise MalformedAnswer(key)
    return values


def _read_text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if isinstance(value, str):
        return value
    raise MalformedAnswer(key)


def _read_optional_text(record: Mapping[str, Any], key: str) -> str | None:
    return None if record.get(key) is None else _read_text(record, key)


def _read_optional_day(record: Mapping[str, Any], key: str) -> str | None:
    """Return the day of a date or of a time, as YYYY-MM-DD."""
    text = _read_optional_text(record, key)
    return None if text is None else text[:10]


def _read_boolean(record: Mapping[str, Any], key: str) -> bool:
    value = record.get(key)
    if isinstance(value, bool):
        return value
    raise MalformedAnswer(key)


def _read_identifier(record: Mapping[str, Any]) -> str:
    """Return the identifier of a record, which is safe in the path of a request."""
    identifier = _read_text(record, "id")
    if _IDENTIFIER.fullmatch(identifier):
        return identifier
    raise MalformedAnswer("id")
