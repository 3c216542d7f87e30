"""One page from the web: whole, from the declared host, over https, within limits, or not at all."""

from __future__ import annotations

import re
import time
from datetime import date
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpx
import tenacity

from .arrivals import Arrival
from .problems import Invalid
from .provenance import Version

MAX_BYTES = 1024 * 1024
MAX_REDIRECTS = 5
ATTEMPTS = 3
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_FRONT_MATTER = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n")
_BUSY = (408, 429, 500, 502, 503, 504)


class Download(NamedTuple):
    """The bytes of a page, the server's day (UTC) and the ETag of the answer where it gives them."""

    data: bytes
    date: date | None
    etag: str | None


class _Later(Exception):
    """An answer that says to try again."""


def arrivals(newest: Version, day: date | None = None) -> list[Arrival]:
    """What the address of the newest version holds now, at that day or else at the server's.

    Empty when the server says that it holds the same. Raises Invalid, too, for a day before `newest`.
    """
    download = fetch(newest.raw, newest.etag)
    if download is None:
        return []
    day = day or download.date
    if day is None:
        raise _refused(newest.raw, "le serveur ne donne pas de date ; la donner (--date)")
    if day < newest.date:
        raise _refused(newest.raw, f"page du {day}, la dernière gardée est du {newest.date} ; donner sa date")
    return [Arrival(day, download.data, etag=download.etag)]


def fetch(url: str, etag: str | None = None, patience: float = 20.0, pause: float = 1.0) -> Download | None:
    """The page at an https address, or None when the server says that it still has this ETag.

    `patience`: seconds before an attempt is given up; `pause`: seconds before the second attempt,
    doubled each time. Redirects stay on the scheme, host and port of `url`. Raises Invalid.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((httpx.TransportError, _Later)),
        wait=tenacity.wait_exponential(multiplier=pause),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    try:
        with httpx.Client(timeout=patience) as client:
            return retrying(_attempt, client, url, etag, patience)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, _Later) as error:
        raise _refused(url, _reason(error, patience)) from None


def _attempt(client: httpx.Client, url: str, etag: str | None, patience: float) -> Download | None:
    deadline = time.monotonic() + patience
    # A page of a few kB gains nothing from compression, and what is not compressed is no bomb.
    headers = {"Accept-Encoding": "identity"}
    if etag and _ETAG.fullmatch(etag):
        headers["If-None-Match"] = etag
    request = client.build_request("GET", url, headers=headers)
    origin = ("https", request.url.host, request.url.port)
    for _ in range(MAX_REDIRECTS + 1):
        if (request.url.scheme, request.url.host, request.url.port) != origin:
            raise _refused(url, f"mène à {request.url}, hors de l'adresse https déclarée")
        response = client.send(request, stream=True)
        try:
            if response.next_request is None:
                return _download(response, url, deadline)
            request = response.next_request
        finally:
            response.close()
    raise _refused(url, f"plus de {MAX_REDIRECTS} redirections")


def _download(response: httpx.Response, url: str, deadline: float) -> Download | None:
    headers = response.headers
    if response.status_code in _BUSY:
        raise _Later(f"réponse {response.status_code}")
    if response.status_code == 304 and "If-None-Match" in response.request.headers:
        return None
    if response.status_code != 200:
        message = (
            f"réponse {response.status_code} ; si la page a changé d'adresse, voir « brut » dans pages.yml"
        )
        raise _refused(url, message)
    if headers.get("Content-Encoding", "identity") != "identity":
        raise _refused(url, "réponse compressée alors qu'une réponse simple était demandée")
    if "Content-Length" not in headers and "chunked" not in headers.get("Transfer-Encoding", ""):
        raise _refused(url, "réponse sans longueur : rien ne dirait qu'elle est coupée")
    data = _body(response, url, deadline)
    if "html" in headers.get("Content-Type", "") or not _FRONT_MATTER.match(data):
        raise _refused(url, "ce n'est pas la page : elle commence par « --- » et n'est pas du HTML")
    tag = headers.get("ETag", "")
    return Download(data, _day(headers.get("Date")), tag if _ETAG.fullmatch(tag) else None)


def _body(response: httpx.Response, url: str, deadline: float) -> bytes:
    data = bytearray()
    for piece in response.iter_raw():
        data += piece
        if len(data) > MAX_BYTES:
            raise _refused(url, f"plus de {MAX_BYTES} octets")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("too slow")
    return bytes(data)


def _day(header: str | None) -> date | None:
    try:
        return parsedate_to_datetime(header or "").date()
    except ValueError:
        return None


def _reason(error: Exception, patience: float) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"pas de réponse entière en {patience:g} s, {ATTEMPTS} fois ; réessayer plus tard"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"réponse coupée ou mal formée, {ATTEMPTS} fois : {error}"
    if isinstance(error, _Later):
        return f"{error}, {ATTEMPTS} fois ; réessayer plus tard"
    return f"lecture impossible : {error}"


def _refused(url: str, message: str) -> Invalid:
    return Invalid.because(url, None, message)
