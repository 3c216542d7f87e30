"""Pages that come in, from the web, a file or a clone: which are new, and where they belong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from . import page
from .problems import Invalid, Problem, raise_if_any
from .provenance import Provenance, Version


class Arrival(NamedTuple):
    """The bytes that the page held on a day, and what its source says of them."""

    date: date
    data: bytes
    commit: str | None = None
    path: str | None = None
    etag: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def unknown(provenance: Provenance, arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Those that pages.yml does not list, oldest first.

    One is known when the version in force on its day, or the next one listed, has its bytes: bytes
    that come back after another version are a new version. A day has one version, the first kept.
    Raises Invalid for a second one on a day, unless it comes from a clone: it is then left aside.
    """
    listed = {version.date: version.sha256 for version in provenance.versions}
    pages = {arrival.date: arrival for arrival in arrivals}
    new: list[Arrival] = []
    days = sorted(listed | dict.fromkeys(pages))
    hashes = [listed.get(day) or pages[day].sha256 for day in days]
    for place, (day, sha256) in enumerate(zip(days, hashes, strict=True)):
        around = hashes[max(0, place - 1) : place] + [
            listed.get(next_day) for next_day in days[place + 1 : place + 2]
        ]
        if day not in listed and sha256 not in around:
            new.append(pages[day])
    raise_if_any(
        Problem(
            provenance.name, None, f"une autre page est déjà gardée au {day} ; donner une autre date (--date)"
        )
        for day, arrival in pages.items()
        if listed.get(day, arrival.sha256) != arrival.sha256 and not arrival.commit
    )
    return new


def version(arrival: Arrival, like: Version) -> Version:
    """The provenance of an arrival; what it does not say is as for the version `like`.

    Bytes that are no page are marked unreadable when they come from a clone, where nobody can
    mend them any more. Raises Invalid when they come from elsewhere.
    """
    path = arrival.path or like.path
    arrived = like._replace(
        date=arrival.date,
        raw=like.raw.removesuffix(like.path) + path if like.raw.endswith(like.path) else like.raw,
        path=path,
        commit=arrival.commit,
        sha256=arrival.sha256,
        etag=arrival.etag,
        corrections=(),
        confirmations=(),
        illisible=None,
    )
    try:
        page.read(arrival.data, arrived.place)
    except Invalid as error:
        if arrival.commit is None:
            raise
        return arrived._replace(illisible=str(error.problems[0].message))
    return arrived
