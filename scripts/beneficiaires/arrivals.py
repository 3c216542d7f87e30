"""Versions of the page that come in: from the web, or from a clone of the site's repository."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import tenacity
from msgspec import Struct

from . import files
from .problems import Invalid
from .sources import Pages

MAX_BYTES = 1024 * 1024
ATTEMPTS = 4
PATIENCE = 20.0
"""Seconds before a request is given up."""
LONGEST_WAIT = 60.0
_BUSY = (408, 429, 500, 502, 503, 504)


class Arrival(Struct, frozen=True):
    """The bytes that the page held on a day, and what its source says of them."""

    day: date
    data: bytes
    commit: str | None = None
    path: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class _Busy(Exception):
    """An answer that says to try again, after `wait` seconds where it says so."""

    def __init__(self, status: int, wait: str) -> None:
        super().__init__(f"réponse {status}")
        self.wait = min(float(wait), LONGEST_WAIT) if wait.isdecimal() else None


def from_web(pages: Pages, day: date | None = None) -> Arrival:
    """The page as the site's repository publishes it now.

    Its commit and its day are those of the file's last commit, as
    https://docs.github.com/rest/commits/commits#list-commits tells it; when that does not answer,
    the day is today (UTC) and there is no commit. `day` stands for either. Raises Invalid.
    """
    with httpx.Client(timeout=PATIENCE, follow_redirects=True) as client:
        try:
            commit, published = _last_commit(client, pages)
        except Invalid:
            commit, published = None, datetime.now(UTC).date()
        url = f"{pages.brut}/{commit or pages.branche}/{pages.chemin}"
        response = _get(client, url)
    html = "html" in response.headers.get("Content-Type", "")
    if html or response.content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise Invalid.because(url, None, "du HTML, ce n'est pas le fichier de la page ; voir pages.yml")
    return Arrival(day or published, response.content, commit)


def _last_commit(client: httpx.Client, pages: Pages) -> tuple[str, date]:
    query = {"path": pages.chemin, "sha": pages.branche, "per_page": "1"}
    url = f"{pages.api}/commits"
    try:
        last = _get(client, url, query).json()[0]
        return last["sha"], date.fromisoformat(last["commit"]["committer"]["date"][:10])
    except (ValueError, LookupError, TypeError):
        raise Invalid.because(url, None, "réponse illisible") from None


def _get(client: httpx.Client, url: str, query: dict[str, str] | None = None) -> httpx.Response:
    """The answer of an address, whole, from its own host and within MAX_BYTES. Raises Invalid."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((httpx.TransportError, _Busy)),
        wait=_wait,
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    try:
        return retrying(_attempt, client, url, query)
    except httpx.TimeoutException:
        reason = f"pas de réponse en {PATIENCE:g} s, {ATTEMPTS} fois ; réessayer plus tard"
    except (httpx.HTTPError, httpx.InvalidURL, _Busy) as error:
        reason = f"{error or type(error).__name__} ; réessayer plus tard, ou voir les adresses de pages.yml"
    raise Invalid.because(url, None, reason)


def _attempt(client: httpx.Client, url: str, query: dict[str, str] | None) -> httpx.Response:
    with client.stream("GET", url, params=query) as response:
        asked, given = httpx.URL(url), response.url
        if (asked.scheme, asked.host, asked.port) != (given.scheme, given.host, given.port):
            raise Invalid.because(
                url, None, f"mène ailleurs, à {given} ; si c'est voulu, le dire dans pages.yml"
            )
        if response.status_code in _BUSY:
            raise _Busy(response.status_code, response.headers.get("Retry-After", ""))
        if response.status_code != 200:
            told = f"réponse {response.status_code} ; si la page a changé de place, le dire dans pages.yml"
            raise Invalid.because(url, None, told)
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > MAX_BYTES:
                raise Invalid.because(url, None, f"plus de {MAX_BYTES} octets, ce n'est pas la page")
        return httpx.Response(200, headers=_plain(response.headers), content=bytes(content))


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """What the content says of itself once it is decoded."""
    return {"Content-Type": headers.get("Content-Type", "")}


def _wait(state: tenacity.RetryCallState) -> float:
    asked = getattr(state.outcome.exception(), "wait", None)
    return asked if asked is not None else float(2**state.attempt_number)


def from_file(path: Path, day: date, commit: str | None = None) -> Arrival:
    """The page from a file. Raises Invalid."""
    return Arrival(day, files.read(path), commit)


def from_clone(clone: Path, pages: Pages) -> list[Arrival]:
    """What the page was at the end of each day that changed it, oldest first, through its renames.

    A day is the committer's, and never goes back. Raises Invalid.
    """
    if _git(clone, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise Invalid.because(str(clone), None, "clone partiel : lancer « git fetch --unshallow »")
    days: dict[date, Arrival] = {}
    last = date.min
    for commit, day, path in reversed([*_commits(clone, pages.chemin)]):
        last = max(last, day)
        days[last] = Arrival(last, _git(clone, "cat-file", "blob", f"{commit}:{path}"), commit, path)
    if not days:
        told = f"« {pages.chemin} » n'y est pas ; si la page a été renommée, le dire dans pages.yml"
        raise Invalid.because(str(clone), None, told)
    return list(days.values())


def _commits(clone: Path, path: str) -> Iterator[tuple[str, date, str]]:
    """The commit, day and path of each change that left the file there, newest first."""
    options = ("--follow", "--first-parent", "--diff-merges=first-parent", "--name-status", "--format=%H %cs")
    lines = _git(clone, "log", *options, "HEAD", "--", path).decode(errors="surrogateescape").splitlines()
    commit, day = "", ""
    for line in filter(None, lines):
        status, *paths = line.split("\t")
        if not paths:
            commit, day = line.split(" ")
        elif status != "D":
            yield commit, date.fromisoformat(day), paths[-1]


def _git(clone: Path, *args: str) -> bytes:
    ambient = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "core.quotePath=false", "-C", str(clone), *args]
    try:
        done = subprocess.run(command, capture_output=True, env={**ambient, "LC_ALL": "C"}, check=False)
    except OSError as error:
        raise Invalid.because(str(clone), None, f"git ne se lance pas : {error.strerror}") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["?"]
        raise Invalid.because(str(clone), None, f"git {args[0]} : {reason[-1]}")
    return done.stdout
