"""Versions of the page that come in: from the web, a file, or a clone of the site's repository."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
from msgspec import Struct
from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt

from .problems import Invalid
from .sources import Pages, Version

MAX_BYTES = 1024 * 1024
PATIENCE, LONGEST_WAIT = 20.0, 60.0
"""Seconds before a request is given up, and at most between two."""


class Arrival(Struct, frozen=True):
    """The bytes of the page on a day, where they were read, their commit, and the page's path then if another."""

    day: date
    data: bytes
    name: str
    commit: str | None = None
    path: str | None = None

    @property
    def version(self) -> Version:
        """As pages.yml keeps it."""
        sha256 = hashlib.sha256(self.data).hexdigest()
        return Version(date=self.day, sha256=sha256, commit=self.commit, chemin=self.path)


def from_web(pages: Pages, day: date | None = None) -> Arrival:
    """The page at its last commit, of that day; on its branch, today, when the API is silent. Raises Invalid."""
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
    """The answer of an address, asked for a few times. Raises Invalid."""
    try:
        return _attempt(client, url, query)
    except httpx.HTTPStatusError as error:
        told = f"réponse {error.response.status_code} {error.response.headers.get('Location', '')}".rstrip()
    except httpx.TimeoutException:
        told = f"pas de réponse en {PATIENCE:g} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"réponse impossible à lire ({error or type(error).__name__})"
    raise Invalid.because(url, None, f"{told} ; réessayer plus tard, ou corriger les adresses de pages.yml")


def _wait(state: RetryCallState) -> float:
    """The seconds that the server asks for, else a little longer each time."""
    error = state.outcome.exception()
    asked = error.response.headers.get("Retry-After", "") if isinstance(error, httpx.HTTPStatusError) else ""
    return min(float(asked), LONGEST_WAIT) if asked.isdecimal() else 2.0**state.attempt_number


def _passing(error: BaseException) -> bool:
    """Whether a fault may be gone in a moment."""
    status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
    return isinstance(error, httpx.TransportError) or status in (408, 429) or status >= 500


@retry(retry=retry_if_exception(_passing), wait=_wait, stop=stop_after_attempt(4), reraise=True)
def _attempt(client: httpx.Client, url: str, query: dict[str, str] | None) -> bytes:
    content = bytearray()
    with client.stream("GET", url, params=query) as response:
        for piece in response.raise_for_status().iter_bytes():
            content += piece
            if len(content) > MAX_BYTES:
                raise Invalid.because(url, None, f"plus de {MAX_BYTES} octets, ce n'est pas la page")
    return bytes(content)


def today() -> date:
    """The day in UTC, as all days here."""
    return datetime.now(UTC).date()


def from_clone(clone: Path, pages: Pages) -> list[Arrival]:
    """The page at the end of each day (UTC, which never goes back) of its commits, oldest first. Raises Invalid."""
    if _git(clone, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise Invalid.because(str(clone), None, "clone partiel : lancer « git fetch --unshallow »")
    days: dict[date, Arrival] = {}
    last = date.min
    for commit, day, path in reversed([*_commits(clone, pages.chemin)]):
        last = max(last, min(day, today()))
        name = f"{commit}:{path}"
        own = path if path != pages.chemin else None
        days[last] = Arrival(last, _git(clone, "cat-file", "blob", name), name, commit, own)
    if not days:
        told = f"« {pages.chemin} » n'y est pas ; si la page a été renommée, le dire dans pages.yml"
        raise Invalid.because(str(clone), None, told)
    return list(days.values())


def _commits(clone: Path, path: str) -> Iterator[tuple[str, date, str]]:
    """The commit, day and path of each change that left the file there, newest first."""
    options = ("--follow", "--first-parent", "--diff-merges=first-parent", "--name-status", "--diff-filter=d")
    log = _git(clone, "log", "--no-show-signature", *options, "--format=%x00%H %ct", "HEAD", "--", path)
    for entry in log.decode().split("\0")[1:]:
        commit, seconds, *_ = entry.split()
        yield commit, datetime.fromtimestamp(int(seconds), UTC).date(), entry.rstrip("\n").rpartition("\t")[2]


def _git(clone: Path, *args: str) -> bytes:
    command = ["git", "-c", "core.quotePath=false", "-C", str(clone), *args]
    try:
        return subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", b"").decode(errors="replace") or str(error)
        raise Invalid.because(str(clone), None, f"git {args[0]} : {told.splitlines()[-1]}") from None
