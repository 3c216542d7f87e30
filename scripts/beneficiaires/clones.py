"""What a git clone of the site's repository remembers of the page."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from . import files
from .arrivals import Arrival
from .problems import Invalid

# Nothing in the clone may reach the network, wait for a person or rewrite what git shows.
_SETTINGS = ("--no-pager", "--literal-pathspecs", "-c", "protocol.allow=never")
_ENVIRONMENT = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
_LOG = (
    "log",
    "--follow",
    "--first-parent",
    "--diff-merges=first-parent",
    "-M",
    "--no-show-signature",
    "--raw",
    "--no-abbrev",
    "-z",
    "--format=%H%x00%cs",
)


def arrivals(clone: Path, path: str) -> list[Arrival]:
    """What the page was at the end of each day that changed it, oldest first, through its renames.

    `path` is the page's in the newest commit of the clone. Only the first parents are read: a
    change made on a branch was published by its merge, on the day of the merge. A day is the
    committer's own, and never goes back. Raises Invalid.
    """
    if _git(clone, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise Invalid.because(str(clone), None, "clone partiel : lancer « git fetch --unshallow »")
    if not _git(clone, "ls-tree", "-z", "HEAD", "--", path):
        message = f"« {path} » n'y est pas ; si la page a été renommée, voir « chemin » dans pages.yml"
        raise Invalid.because(str(clone), None, message)
    # Not git's own --reverse: it follows no rename.
    changes = [*_changes(_git(clone, *_LOG, "HEAD", "--", path))][::-1]
    contents = _contents(clone, [blob for *_, blob in changes])
    days: dict[date, Arrival] = {}
    last = date.min
    for (commit, day, name, _), data in zip(changes, contents, strict=True):
        last = max(last, day)
        days[last] = Arrival(last, data, commit, name)
    return list(days.values())


def _changes(log: bytes) -> Iterator[tuple[str, date, str, str]]:
    """The commit, day, path and blob of each change that left a file there."""
    words = iter(log.decode(errors="surrogateescape").split("\0"))
    commit, day = "", date.min
    for word in words:
        word = word.lstrip("\n")
        if word.startswith(":"):
            _, mode, _, blob, status = word.split(" ")
            path = next(words)
            if status[0] in "RC":
                path = next(words)
            if mode.startswith("100"):
                yield commit, day, path, blob
        elif word:
            commit, day = word, date.fromisoformat(next(words))


def _contents(clone: Path, blobs: list[str]) -> Iterator[bytes]:
    listed = "\n".join(blobs).encode() + b"\n"
    for line in _git(
        clone, "cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=listed
    ).splitlines():
        name, size = line.decode().split(" ", 1)
        if not size.isdigit() or int(size) > files.MAX_BYTES:
            raise Invalid.because(str(clone), None, f"objet git {name} absent ou trop gros")
    answer = _git(clone, "cat-file", "--batch=%(objectsize)", stdin=listed)
    start = 0
    for _ in blobs:
        head = answer.index(b"\n", start) + 1
        end = head + int(answer[start:head])
        yield answer[head:end]
        start = end + 1


def _git(clone: Path, *args: str, stdin: bytes = b"") -> bytes:
    ambient = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(clone), *_SETTINGS, *args],
            input=stdin,
            capture_output=True,
            env=ambient | _ENVIRONMENT,
        )
    except OSError as error:
        raise Invalid.because(str(clone), None, f"git ne se lance pas : {error.strerror}") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["?"]
        raise Invalid.because(str(clone), None, f"git {args[0]} : {reason[-1]}")
    return done.stdout
