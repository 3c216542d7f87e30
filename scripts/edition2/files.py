"""Reading within a size limit and as UTF-8, and writing whole files or none."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from .problems import Invalid

MAX_BYTES = 128 * 1024 * 1024
_BYTE = re.compile(r"\(byte (\d+)\)")


def read(path: Path, name: str | None = None) -> bytes:
    """The bytes of a file of at most MAX_BYTES; `name` is how messages call it. Raises Invalid."""
    name = name or str(path)
    try:
        if path.exists() and not path.is_file():
            raise Invalid.because(name, None, "ce n'est pas un fichier")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise Invalid.because(name, None, f"fichier trop gros ({size} octets, {MAX_BYTES} au plus)")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise Invalid.because(name, None, f"lecture impossible : {getattr(error, 'strerror', error)}") from None


def decode(data: bytes, name: str) -> str:
    """The text of a UTF-8 file, with or without BOM. Raises Invalid at the line that is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid.because(name, line, "ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8") from None


def load_json(data: bytes, name: str) -> Any:
    """What a JSON file holds. Raises Invalid."""
    text = decode(data, name)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        place = _BYTE.search(str(error))
        line = place and text.encode().count(b"\n", 0, int(place[1])) + 1
        raise Invalid.because(name, line, f"JSON illisible : {error}") from None


def dump_json(value: Any) -> bytes:
    """A JSON file for people to read and edit."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def stale(folder: Path, outputs: Mapping[str, bytes]) -> dict[Path, bytes]:
    """Those of the outputs, by path from a folder, that the files on disk do not hold."""
    paths = {folder / name: data for name, data in outputs.items()}
    return {path: data for path, data in paths.items() if not path.is_file() or path.read_bytes() != data}


def write(folder: Path, outputs: Mapping[str, bytes]) -> str:
    """Write every file whose bytes differ, in the order given, and say how many. Raises Invalid.

    All are first written in full beside their targets, then renamed one by one: whatever stops
    the process, each target is the old file or the new one.
    """
    drafts: dict[Path, Path] = {}
    try:
        changed = stale(folder, outputs)
        for path, data in changed.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            drafts[path] = path.with_name(f".{path.name}.tmp")
            with drafts[path].open("wb") as draft:
                draft.write(data)
                draft.flush()
                os.fsync(draft.fileno())
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as error:
        name = str(error.filename or next(iter(drafts), ""))
        raise Invalid.because(name, None, f"écriture impossible : {error.strerror}") from None
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return f"fichiers écrits : {len(changed)} sur {len(outputs)}"
