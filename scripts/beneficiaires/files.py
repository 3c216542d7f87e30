"""Reading within a size limit and as UTF-8, and writing whole files or none."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .problems import Invalid

MAX_BYTES = 128 * 1024 * 1024


def read(path: Path, name: str | None = None) -> bytes:
    """The bytes of a regular file of at most MAX_BYTES, refused before it is read when larger.

    `name` is how messages call the file. Raises Invalid.
    """
    name = name or str(path)
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for ever.
        with open(path, "rb", opener=lambda p, flags: os.open(p, flags | os.O_NONBLOCK)) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Invalid.because(name, None, "ce n'est pas un fichier ordinaire")
            if status.st_size > MAX_BYTES:
                size = f"{status.st_size} octets, {MAX_BYTES} au plus"
                raise Invalid.because(name, None, f"fichier trop gros ({size})")
            return file.read()
    except (OSError, ValueError) as error:
        raise Invalid.because(name, None, f"lecture impossible : {_reason(error)}") from None


def decode(data: bytes, name: str) -> str:
    """The text of a UTF-8 file, with or without BOM. Raises Invalid at the line that is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid.because(name, line, "ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8") from None


def write(
    outputs: Mapping[Path, bytes], read: Mapping[Path, str] | None = None, *, durable: bool = True
) -> list[Path]:
    """Write every file whose bytes differ, in the order given, and return their paths.

    All are first written in full beside their targets, then renamed one by one: whoever
    stops the process, each target is the old file or the new one. Unless `durable`, that does not
    hold for a power cut: enough, and much faster, for what can be built again. `read`: the texts of
    the files that the outputs come from. Raises Invalid, before writing anything when one of those
    has another text by now.
    """
    read = read or {}
    changed = stale(outputs)
    if not changed:
        return []
    folders = list(dict.fromkeys(path.parent for path in (*outputs, *read)))
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as locks:
            for folder in sorted(folders):
                locks.enter_context(_locked(folder))
            changed = stale(outputs)
            for path in read if changed else ():
                if decode(path.read_bytes(), str(path)) != read[path]:
                    raise Invalid.because(str(path), None, "a changé depuis sa lecture ; relancer")
            _replace_all(changed, durable)
            for folder in folders if durable else ():
                _sync(folder)
    except OSError as error:
        name = str(error.filename or folders[0])
        raise Invalid.because(name, None, f"écriture impossible : {_reason(error)}") from None
    return list(changed)


def _replace_all(outputs: Mapping[Path, bytes], durable: bool) -> None:
    drafts = {path: path.with_name(f".{path.name}.tmp") for path in outputs}
    try:
        for path, data in outputs.items():
            drafts[path].write_bytes(data)
        # Once all are written, the first to be synced takes most of the others along.
        for draft in drafts.values() if durable else ():
            _sync(draft)
        for path, draft in drafts.items():
            draft.replace(path)
    except BaseException:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
        raise


def stale(outputs: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Those of the outputs that the files on disk do not hold."""
    return {path: data for path, data in outputs.items() if not _holds(path, data)}


def differences(outputs: Mapping[Path, bytes], root: Path) -> Iterator[str]:
    """The lines of a unified diff from the files on disk to these bytes; none when they are equal."""
    import difflib  # only a difference pays for it

    for path, data in stale(outputs).items():
        name = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
        old = path.read_bytes().decode(errors="replace") if path.is_file() else ""
        lines = old.splitlines(), data.decode().splitlines()
        yield from difflib.unified_diff(*lines, name, f"{name} (d'après les sources)", lineterm="")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two builds of one folder take turns: their drafts have the same names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
