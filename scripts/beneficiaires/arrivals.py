"""Versions of the page that come in: from the web, a file, or a clone of the site's repository."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import tenacity
from msgspec import Struct

from .problems import Invalid
from .sources import Pages

MAX_BYTES = 1024 * 1024
ATTEMPTS = 4
PATIENCE = 20.0
"""Seconds before a request is given up."""
LONGEST_WAIT = 60.0
_BUSY = (408, 429, 500, 502, 503, 504)


class Arrival(Struct, frozen=True):
    """The bytes that the page held on a day, and what its source says of them.

    `name` is where they were read, for messages; `path` the page's place in the repository at `commit`.
    """

    day: date
    data: bytes
    name: str
    commit: str | None = None
    path: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def from_web(pages: Pages, day: date | None = None) -> Arrival:
    """The page as the site's repository publishes it now. Raises Invalid.

    Its commit and its day are those of the file's last commit; when the repository's API does not tell it,
    there is no commit and the day is today. `day` stands for either.
    """
    with httpx.Client(timeout=PATIENCE) as client:
        commit, published = _last_commit(client, pages)
        url = f"{pages.brut}/{commit or pages.branche}/{pages.chemin}"
        return Arrival(day or published, _get(client, url), url, commit)


def _last_commit(client: httpx.Client, pages: Pages) -> tuple[str | None, date]:
    """As https://docs.github.com/rest/commits/commits#list-commits tells it."""
    query = {"path": pages.chemin, "sha": pages.branche, "per_page": "1"}
    try:
        last = json.loads(_get(client, f"{pages.api}/commits", query))[0]
        return last["sha"], min(date.fromisoformat(last["commit"]["committer"]["date"][:10]), today())
    except (Invalid, ValueError, LookupError, TypeError):
        return None, today()


def _get(client: httpx.Client, url: str, query: dict[str, str] | None = None) -> bytes:
    """The answer of an address, whole, within MAX_BYTES; a passing fault is tried again. Raises Invalid."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_passes), wait=_wait, stop=tenacity.stop_after_attempt(ATTEMPTS), reraise=True
    )
    try:
        return retrying(_attempt, client, url, query)
    except httpx.TimeoutException:
        told = f"pas de réponse en {PATIENCE:g} s, {ATTEMPTS} fois"
    except httpx.HTTPStatusError as error:
        target = error.response.headers.get("Location")
        told = f"réponse {error.response.status_code}" + (f", vers {target}" if target else "")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"réponse impossible à lire ({error or type(error).__name__})"
    raise Invalid.because(url, None, f"{told} ; réessayer plus tard, ou corriger les adresses de pages.yml")


def _attempt(client: httpx.Client, url: str, query: dict[str, str] | None) -> bytes:
    with client.stream("GET", url, params=query) as response:
        response.raise_for_status()
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > MAX_BYTES:
                raise Invalid.because(url, None, f"plus de {MAX_BYTES} octets, ce n'est pas la page")
        return bytes(content)


def _passes(error: BaseException) -> bool:
    """Whether a fault may be gone in a moment."""
    status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
    return isinstance(error, httpx.TransportError) or status in _BUSY


def _wait(state: tenacity.RetryCallState) -> float:
    """The seconds that the server asks for, else a little longer each time."""
    error = state.outcome.exception()
    asked = error.response.headers.get("Retry-After", "") if isinstance(error, httpx.HTTPStatusError) else ""
    return min(float(asked), LONGEST_WAIT) if asked.isdecimal() else 2.0**state.attempt_number


def today() -> date:
    """The day in UTC, as all days here."""
    return datetime.now(UTC).date()


def from_clone(clone: Path, pages: Pages) -> list[Arrival]:
    """What the page was at the end of each day that changed it, oldest first, through its renames.

    A day is the committer's (UTC), never goes back and has come. Raises Invalid.
    """
    if _git(clone, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise Invalid.because(str(clone), None, "clone partiel : lancer « git fetch --unshallow »")
    days: dict[date, Arrival] = {}
    last = date.min
    for commit, day, path in reversed([*_commits(clone, pages.chemin)]):
        last = max(last, min(day, today()))
        name = f"{commit}:{path}"
        days[last] = Arrival(last, _git(clone, "cat-file", "blob", name), name, commit, path)
    if not days:
        told = f"« {pages.chemin} » n'y est pas ; si la page a été renommée, le dire dans pages.yml"
        raise Invalid.because(str(clone), None, told)
    return list(days.values())


def _commits(clone: Path, path: str) -> Iterator[tuple[str, date, str]]:
    """The commit, day and path of each change that left the file there, newest first."""
    options = ("--follow", "--first-parent", "--diff-merges=first-parent", "--name-status", "--no-show-signature")
    when = ("--format=%H %cd", "--date=format-local:%Y-%m-%d")
    lines = _git(clone, "log", *options, *when, "HEAD", "--", path).decode(errors="surrogateescape")
    commit, day = "", ""
    for line in filter(None, lines.splitlines()):
        status, *paths = line.split("\t")
        if not paths:
            commit, day = line.split(" ")
        elif status != "D":
            yield commit, date.fromisoformat(day), paths[-1]


def _git(clone: Path, *args: str) -> bytes:
    command = ["git", "-c", "core.quotePath=false", "-C", str(clone), *args]
    try:
        done = subprocess.run(command, capture_output=True, env={**os.environ, "TZ": "UTC"}, check=False)
    except OSError as error:
        raise Invalid.because(str(clone), None, f"git ne se lance pas : {error.strerror}") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["?"]
        raise Invalid.because(str(clone), None, f"git {args[0]} : {reason[-1]}")
    return done.stdout
