"""Candidates for new snapshots: the page from the web, a file, or a clone of the site's repository.

Nothing is written here; what cannot be read as a whole is never returned.
"""

import datetime as dt
import hashlib
import json
import os
import re
import subprocess
import threading
import time
from concurrent.futures import Future, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from .. import wording
from ..errors import ProblemsFound
from ..files import read_file
from ..source.models import PageSource
from ..source.page import MAX_PAGE_BYTES
from ..text import clip

_MAX_JSON_BYTES = 2 * MAX_PAGE_BYTES
"""The API gives the content of the page too, in base64, which takes 4/3 of its bytes."""

_ATTEMPTS = 3
_MAX_REDIRECTIONS = 3
_TRANSIENT_STATUSES = (408, 500, 502, 503, 504)
_LIMIT_STATUSES = (403, 429)
"""What the API answers above its rate limit (https://docs.github.com/rest, rate limits)."""

_LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
_OBJECT_ID = re.compile(r"[0-9a-f]{40}")
_TOKEN = re.compile(r"[!-~]+")

_GIT_SETTINGS = (
    f"diff.orderFile={os.devnull}",
    "diff.renameLimit=0",
    "log.showRoot=true",
    "log.showSignature=false",
)
"""The settings that would change what git prints below, whatever the configuration of the clone."""

_GIT_LOG = (
    *("log", "--follow", "--first-parent"),
    *("-z", "--name-only", "--diff-filter=d", "--format=%x00%H %ct"),
)


@dataclass(frozen=True)
class Candidate:
    """The page's bytes on a day (UTC), not yet checked.

    `name` is how messages call them. `commit` is the one that published them, None when it is not
    known; `path` is the page's path at that commit, None when it is the present one. `note` is a
    French sentence for the report.
    """

    date: dt.date
    data: bytes
    name: str
    commit: str | None = None
    path: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class TimeLimits:
    """How long a fetch may take, in seconds.

    `connection` is for one server to accept a connection, `silence` is between two pieces of an
    answer, `pause` is between two attempts. `unreachable` is for any server to have accepted a
    connection, `total` is for the whole fetch.
    """

    connection: float
    silence: float
    pause: float
    unreachable: float
    total: float


_LIMITS = TimeLimits(connection=4, silence=8, pause=1, unreachable=8, total=28)


@dataclass(frozen=True)
class WebSession:
    """What the requests of a fetch share; `connected` is set once a server has answered a call."""

    client: httpx.Client
    limits: TimeLimits
    token: str | None
    connected: threading.Event


@dataclass(frozen=True)
class PageChange:
    """A commit that changed the page: its day, and the page's path then in the bytes of git."""

    commit: str
    date: dt.date
    path: bytes


class FetchFault(Exception):
    """A request that gave nothing usable.

    `reason` is the beginning of a French sentence, `redirection` the address that the server
    proposes. Another attempt at a `transient` fault may succeed.
    """

    def __init__(
        self,
        reason: str,
        status: int | None = None,
        redirection: str | None = None,
        transient: bool = False,
    ) -> None:
        self.reason = reason
        self.status = status
        self.redirection = redirection
        self.transient = transient
        super().__init__(reason)


def today() -> dt.date:
    """Return the present day in UTC, as all days of snapshots are."""
    return dt.datetime.now(dt.UTC).date()


def read_from_file(path: Path, date: dt.date, commit: str | None = None) -> Candidate:
    """Return the page kept in a file. Raises ProblemsFound when it cannot be read."""
    note = None
    if commit is None:
        note = wording.unknown_commit_of_file()
    return Candidate(
        date=date,
        data=read_file(path),
        name=str(path),
        commit=commit,
        note=note,
    )


# From the web


def fetch_from_web(
    page_source: PageSource, date: dt.date | None = None, token: str | None = None
) -> Candidate:
    """Return the page at its last commit, or on its branch when the API does not give the commit.

    Its day is `date`, else that of the commit, else today. `token` is sent to the API alone. Takes
    28 seconds at most, 8 when no server can be reached: with its start, the command ends within 30
    and 10. Raises ProblemsFound.
    """
    return fetch_within(_LIMITS, page_source, date, token)


def fetch_within(
    limits: TimeLimits, page_source: PageSource, date: dt.date | None, token: str | None
) -> Candidate:
    """Return what `fetch_from_web` returns, within other limits of time. Raises ProblemsFound."""
    connected = threading.Event()
    outcome: Future[Candidate] = Future()
    usable_token = _clean_token(token)

    def run() -> None:
        try:
            with _open_client(limits, page_source) as client:
                session = WebSession(client, limits, usable_token, connected)
                outcome.set_result(_fetch_candidate(session, page_source, date))
        except Exception as error:
            outcome.set_exception(error)

    # The timeouts of httpx bound neither the resolution of a name nor an answer that drips. This
    # bounds everything: a thread that is late is left behind, and ends with the process.
    threading.Thread(target=run, daemon=True).start()
    wait([outcome], limits.unreachable)
    if connected.is_set():
        wait([outcome], limits.total - limits.unreachable)
    if outcome.done():
        return outcome.result()
    message = wording.no_server_reached(limits.unreachable)
    if connected.is_set():
        message = wording.fetch_too_slow(limits.total)
    raise ProblemsFound.single(page_source.raw, None, message)


def _clean_token(token: str | None) -> str | None:
    """Return a token without blanks around it, None when it is empty.

    Raises ProblemsFound, without its value, when a request cannot hold it.
    """
    stripped = "" if token is None else token.strip()
    if not stripped:
        return None
    if not _TOKEN.fullmatch(stripped):
        raise ProblemsFound.single("GITHUB_TOKEN", None, wording.unusable_token())
    return stripped


def _open_client(limits: TimeLimits, page_source: PageSource) -> httpx.Client:
    """Return a client that asks for uncompressed answers.

    Raises ProblemsFound when the proxy or the certificates of the environment cannot be used.
    """
    timeout = httpx.Timeout(limits.silence, connect=limits.connection)
    try:
        return httpx.Client(timeout=timeout, headers={"Accept-Encoding": "identity"})
    except (httpx.InvalidURL, ImportError, OSError, ValueError):
        message = wording.unusable_network_settings()
        raise ProblemsFound.single(page_source.raw, None, message) from None


def _fetch_candidate(
    session: WebSession, page_source: PageSource, date: dt.date | None
) -> Candidate:
    try:
        commit, commit_date = _fetch_last_commit(session, page_source)
    except FetchFault as fault:
        reason = fault.reason
        if fault.status in _LIMIT_STATUSES:
            reason = wording.api_limit(fault.status)
        return _fetch_from_branch(session, page_source, date or today(), reason)
    return _fetch_at_commit(session, page_source, date or commit_date, commit)


def _fetch_from_branch(
    session: WebSession, page_source: PageSource, date: dt.date, reason: str
) -> Candidate:
    """Return the page as its branch has it; `reason` says why its commit is not known."""
    branch = page_source.branch
    address = _page_address(page_source, branch)
    return Candidate(
        date=date,
        data=_fetch_page(session, address),
        name=address,
        note=wording.unknown_commit(reason, branch, str(date)),
    )


def _fetch_at_commit(
    session: WebSession, page_source: PageSource, date: dt.date, commit: str
) -> Candidate:
    """Return the page at a commit, its bytes checked against git's own hash where the API has it.

    Raises ProblemsFound when they differ.
    """
    address = _page_address(page_source, commit)
    data = _fetch_page(session, address)
    blob_id = _fetch_blob_id(session, page_source, commit)
    if blob_id is not None and blob_id != _hash_blob(data):
        message = wording.not_the_bytes_of_commit()
        raise ProblemsFound.single(address, None, message)
    return Candidate(
        date=date,
        data=data,
        name=address,
        commit=commit,
    )


def _page_address(page_source: PageSource, revision: str) -> str:
    """Return the address of the bytes of the page at a commit or on a branch."""
    return f"{page_source.raw}/{quote(revision)}/{quote(page_source.path)}"


def _fetch_page(session: WebSession, address: str) -> bytes:
    """Return the bytes of the page at an address. Raises ProblemsFound."""
    try:
        return _request(session, address, MAX_PAGE_BYTES)
    except FetchFault as fault:
        message = wording.page_not_fetched(fault.reason)
        raise ProblemsFound.single(address, None, message) from None


def _fetch_last_commit(session: WebSession, page_source: PageSource) -> tuple[str, dt.date]:
    """Return the last commit of the page and its day (committer date, UTC), today at the latest.

    Shape of the answer: https://docs.github.com/rest/commits/commits#list-commits. Raises
    FetchFault.
    """
    query = {
        "path": page_source.path,
        "sha": page_source.branch,
        "per_page": "1",
    }
    answer = _fetch_json(session, f"{page_source.api}/commits?{urlencode(query)}")
    try:
        entry = answer[0]
        commit = entry["sha"]
        committer = entry["commit"]["committer"]
        moment = dt.datetime.strptime(committer["date"], "%Y-%m-%dT%H:%M:%SZ")
    except (LookupError, TypeError, ValueError):
        raise FetchFault(wording.odd_answer()) from None
    if not _is_object_id(commit):
        raise FetchFault(wording.odd_answer())
    return commit, min(moment.date(), today())


def _fetch_blob_id(session: WebSession, page_source: PageSource, commit: str) -> str | None:
    """Return git's hash of the page at a commit, None when the API does not give it.

    Shape of the answer: https://docs.github.com/rest/repos/contents#get-repository-content.
    """
    address = f"{page_source.api}/contents/{quote(page_source.path)}?ref={commit}"
    try:
        blob_id = _fetch_json(session, address)["sha"]
    except (FetchFault, LookupError, TypeError):
        return None
    return blob_id if _is_object_id(blob_id) else None


def _is_object_id(value: Any) -> bool:
    return isinstance(value, str) and _OBJECT_ID.fullmatch(value) is not None


def _hash_blob(data: bytes) -> str:
    """Return the hash by which git names some bytes (git-scm.com/book, Git Objects)."""
    header = f"blob {len(data)}\0".encode()
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()


def _fetch_json(session: WebSession, address: str) -> Any:
    """Return what the API answers, with the token, following redirections on its own host.

    The API redirects when the repository was renamed. Raises FetchFault.
    """
    for _ in range(_MAX_REDIRECTIONS + 1):
        try:
            return json.loads(_request(session, address, _MAX_JSON_BYTES, session.token))
        except FetchFault as fault:
            target = fault.redirection
            if target is None or _find_origin(target) != _find_origin(address):
                raise
            address = target
        except (ValueError, RecursionError):
            raise FetchFault(wording.odd_answer()) from None
    raise FetchFault(wording.too_many_redirections())


def _find_origin(address: str) -> tuple[str, bytes]:
    """Return the scheme, and the host with its port, of an address."""
    url = httpx.URL(address)
    return url.scheme, url.netloc


def _request(session: WebSession, address: str, max_bytes: int, token: str | None = None) -> bytes:
    """Return the body of an answer, asked for again after a transient fault. Raises FetchFault."""
    retrying = Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_fixed(session.limits.pause),
        retry=retry_if_exception(_is_transient),
        reraise=True,
    )
    return retrying(_request_once, session, address, max_bytes, token)


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, FetchFault) and error.transient


def _request_once(session: WebSession, address: str, max_bytes: int, token: str | None) -> bytes:
    """Return the body of an answer. Raises FetchFault, whatever goes wrong."""
    try:
        request = _build_request(session, address, token)
        with closing(session.client.send(request, stream=True)) as response:
            _check_answer(response)
            return _read_body(response, max_bytes)
    except httpx.TimeoutException:
        raise FetchFault(wording.silent_server()) from None
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        raise _describe_network_fault(error) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        # UnicodeError: a host with a part that is too long, which httpx lets through.
        raise FetchFault(wording.unusable_address()) from None


def _describe_network_fault(error: httpx.TransportError) -> FetchFault:
    """Return the fault for a connection that fails, or ends before the answer does."""
    if "[SSL" in str(error):
        # A certificate or a protocol that is refused will be refused again.
        return FetchFault(wording.refused_encryption())
    reason = wording.broken_answer()
    if isinstance(error, httpx.ConnectError):
        reason = wording.no_connection()
    return FetchFault(reason, transient=True)


def _build_request(session: WebSession, address: str, token: str | None) -> httpx.Request:
    """Return a request that notes when a server accepts the connection."""

    def note_connection(event: str, _: object) -> None:
        if event == "connection.connect_tcp.complete":
            session.connected.set()

    request = session.client.build_request(
        "GET",
        address,
        extensions={"trace": note_connection},
    )
    if token is not None and _is_confidential(request.url):
        request.headers["Authorization"] = f"Bearer {token}"
    return request


def _is_confidential(url: httpx.URL) -> bool:
    """Return whether nobody on the way can read a request to an address."""
    return url.scheme == "https" or url.host in _LOOPBACK_HOSTS


def _check_answer(response: httpx.Response) -> None:
    """Raise FetchFault unless an answer has its body as it is, in full, with a way to see a cut."""
    if response.status_code != 200:
        raise _describe_status(response)
    headers = response.headers
    encoding = headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise FetchFault(wording.compressed_answer())
    if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        raise FetchFault(wording.answer_without_length())


def _describe_status(response: httpx.Response) -> FetchFault:
    """Return the fault for an answer whose status is not 200."""
    status = response.status_code
    redirection = None
    reason = wording.http_status(status)
    if response.next_request is not None:
        redirection = str(response.next_request.url)
        reason = wording.http_redirection(status, clip(redirection))
    return FetchFault(
        reason,
        status=status,
        redirection=redirection,
        transient=status in _TRANSIENT_STATUSES,
    )


def _read_body(response: httpx.Response, max_bytes: int) -> bytes:
    content = bytearray()
    for piece in response.iter_raw():
        content += piece
        if len(content) > max_bytes:
            raise FetchFault(wording.answer_too_large(max_bytes))
    return bytes(content)


# From a clone


def read_from_clone(clone: Path, page_source: PageSource) -> list[Candidate]:
    """Return the page at its last commit of each day, oldest first.

    Days are those of the committer, in UTC; one never goes back, and none is to come. Follows the
    first parents and the renamings of the page. Raises ProblemsFound.
    """
    name = str(clone)
    if not clone.is_dir():
        raise ProblemsFound.single(name, None, wording.not_a_clone())
    is_shallow = _run_git(clone, "rev-parse", "--is-shallow-repository")
    if is_shallow.strip() == b"true":
        raise ProblemsFound.single(name, None, wording.shallow_clone())
    changes_by_date: dict[dt.date, PageChange] = {}
    date = dt.date.min
    for change in _list_changes(clone, page_source.path):
        date = max(date, change.date)
        changes_by_date[date] = change
    if not changes_by_date:
        message = wording.page_not_in_clone(page_source.path)
        raise ProblemsFound.single(name, None, message)
    candidates = []
    for date, change in changes_by_date.items():
        candidate = _read_change(clone, page_source, date, change)
        candidates.append(candidate)
    return candidates


def _list_changes(clone: Path, path: str) -> list[PageChange]:
    """Return the commits that changed the page and left it there, oldest first."""
    log = _run_git(clone, *_GIT_LOG, "HEAD", "--", path)
    now = int(time.time())
    changes = []
    for entry in log.strip(b"\0").split(b"\0\0"):
        header, _, file_name = entry.partition(b"\0")
        if not file_name:
            continue
        commit, _, committer_time = header.decode().partition(" ")
        # A damaged commit has no time: it falls on the day of the one before it.
        seconds = min(int(committer_time or 0), now)
        change = PageChange(
            commit=commit,
            date=dt.datetime.fromtimestamp(seconds, dt.UTC).date(),
            path=file_name.removeprefix(b"\n"),
        )
        changes.append(change)
    changes.reverse()
    return changes


def _read_change(
    clone: Path, page_source: PageSource, date: dt.date, change: PageChange
) -> Candidate:
    """Return the page at a commit, without the commit when no address can be made of its path."""
    revision = change.commit.encode() + b":" + change.path
    path: str | None = change.path.decode(errors="replace")
    name = f"{change.commit}:{path}"
    commit = change.commit
    note = None
    if not _is_utf8(change.path):
        path = None
        commit = None
        note = wording.path_not_utf8(name)
    elif path == page_source.path:
        path = None
    return Candidate(
        date=date,
        data=_run_git(clone, "cat-file", "blob", revision),
        name=name,
        commit=commit,
        path=path,
        note=note,
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _run_git(clone: Path, *arguments: str | bytes) -> bytes:
    """Return what a git command prints of a clone, and of no folder above it. Raises ProblemsFound.

    Neither the user's environment nor a configuration changes it; nothing is fetched.
    """
    command = ["git", "-C", str(clone), "--literal-pathspecs"]
    for setting in _GIT_SETTINGS:
        command += ["-c", setting]
    try:
        completed = subprocess.run(
            [*command, *arguments],
            env=_git_environment(clone),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        message = wording.git_not_runnable()
        raise ProblemsFound.single(str(clone), None, message) from None
    if completed.returncode != 0:
        complaint = completed.stderr.decode(errors="replace").strip()
        message = wording.git_failed(clip(complaint))
        raise ProblemsFound.single(str(clone), None, message)
    return completed.stdout


def _git_environment(clone: Path) -> dict[str, str]:
    environment = {}
    for variable, value in os.environ.items():
        if not variable.startswith("GIT_"):
            environment[variable] = value
    environment["GIT_ALLOW_PROTOCOL"] = "none"
    environment["GIT_CEILING_DIRECTORIES"] = str(clone.resolve().parent)
    environment["GIT_NO_REPLACE_OBJECTS"] = "1"
    return environment
