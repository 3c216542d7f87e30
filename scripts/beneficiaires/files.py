"""Files of the project: read within a size limit and as UTF-8, written whole or not at all."""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import wording
from .errors import ProblemsFound

MAX_BYTES = 128 * 1024 * 1024
"""The largest file that any command reads."""

TEMPORARY_PREFIX = ".ecriture-"
"""How the name of a file that is being written begins; a killed command may leave one behind."""


def read_file(path: Path, name: str | None = None) -> bytes:
    """Return the bytes of a file of at most MAX_BYTES.

    `name` is how messages call it. Raises ProblemsFound when it cannot be read.
    """
    name = name or str(path)
    try:
        if path.exists() and not path.is_file():
            raise ProblemsFound.single(name, None, wording.not_a_file())
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ProblemsFound.single(name, None, wording.file_too_large(size, MAX_BYTES))
        return path.read_bytes()
    except OSError as error:
        raise ProblemsFound.single(name, None, wording.unreadable_file(error.errno)) from None
    except ValueError:  # a path that no system accepts, such as one with a null character
        raise ProblemsFound.single(name, None, wording.unreadable_file(None)) from None


def decode_utf8(data: bytes, name: str) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    Raises ProblemsFound at the line that is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # the object has no byte order mark
        raise ProblemsFound.single(name, line, wording.not_utf8()) from None


def read_text(path: Path, name: str | None = None) -> str:
    """Return the text of a UTF-8 file. Raises ProblemsFound."""
    name = name or str(path)
    return decode_utf8(read_file(path, name), name)


def parse_json(data: bytes, name: str) -> Any:
    """Return what a JSON file holds. Raises ProblemsFound at the line of the fault."""
    try:
        return json.loads(decode_utf8(data, name))
    except json.JSONDecodeError as error:
        raise ProblemsFound.single(name, error.lineno, wording.invalid_json(error.colno)) from None
    except (RecursionError, ValueError):
        raise ProblemsFound.single(name, None, wording.invalid_json(None)) from None


def format_json(value: Any) -> bytes:
    """Return a JSON file for people to read and edit."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def find_stale_files(folder: Path, outputs: Mapping[str, bytes]) -> list[str]:
    """Return the names of those outputs, by path from a folder, that the files on disk do not hold.

    Raises ProblemsFound for a file that cannot be read, or a folder in its place.
    """
    stale = []
    for name, data in outputs.items():
        path = folder / name
        if not os.path.lexists(path) or read_file(path, name) != data:
            stale.append(name)
    return stale


def write_files(
    folder: Path, outputs: Mapping[str, bytes], obsolete_names: Iterable[str] = ()
) -> int:
    """Write every output whose bytes differ from the file on disk. Return how many were written.

    The files of `obsolete_names` are removed once all that is new has been written somewhere.
    Called under `lock_folder`. All are first written in full under temporary names, then renamed
    one by one in the order given: whatever stops the process, each file is the old one or the new
    one; the next call removes the temporary files. Raises ProblemsFound when a file cannot be
    written: no file has changed, unless one of the renames itself failed, which the message says.
    """
    for parent in {(folder / name).parent for name in outputs}:
        _remove_leftovers(parent)
    stale = find_stale_files(folder, outputs)
    drafts: dict[str, Path] = {}
    try:
        for name in stale:
            drafts[name] = _write_draft(folder / name, name, outputs[name])
        for name in obsolete_names:
            (folder / name).unlink(missing_ok=True)
        for name, draft in drafts.items():
            _rename_draft(draft, folder / name, name)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return len(stale)


def _write_draft(path: Path, name: str, data: bytes) -> Path:
    """Write some bytes under a new temporary name beside a path. Return that name.

    Raises ProblemsFound.
    """
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft_name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
        draft = Path(draft_name)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(_file_mode(path))
    except BaseException as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            message = wording.unwritable_file(error.errno)
            raise ProblemsFound.single(name, None, message) from None
        raise
    return draft


def _rename_draft(draft: Path, path: Path, name: str) -> None:
    """Put a draft in the place of a file. Raises ProblemsFound."""
    try:
        draft.replace(path)
    except OSError as error:
        message = wording.unreplaceable_file(error.errno)
        raise ProblemsFound.single(name, None, message) from None


def _file_mode(path: Path) -> int:
    """Return the mode of the file at a path, or that of an ordinary new file."""
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files that a killed command left in a folder."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        with suppress(OSError):  # one that cannot be removed is no reason to stop
            path.unlink()


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Keep other commands from writing in a folder, made if need be, during the block.

    The lock is the system's: it ends with the process, however that ends. Raises ProblemsFound at
    once when another command has it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        message = wording.unwritable_file(error.errno)
        raise ProblemsFound.single(str(folder), None, message) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProblemsFound.single(str(folder), None, wording.folder_is_locked()) from None
        yield
    finally:
        os.close(descriptor)
