"""Zip archives whose bytes depend on their contents alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date

_EPOCH = date(1980, 1, 1)  # the first day that the zip format can write


def pack(entries: Mapping[str, bytes], day: date) -> bytes:
    """A zip of these files, in this order, each dated of that day at midnight.

    Nothing is compressed: the output of deflate differs from one build of zlib to another.
    """
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, (*max(day, _EPOCH).timetuple()[:3], 0, 0, 0))
            info.create_system = 3  # Unix, whatever the machine
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return output.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a zip, in its order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
