"""Requests to the API of a portal that runs udata, as data.gouv.fr does.

Every fault is one line without the key and without control characters. The key goes to the portal
alone and follows no redirection. A request is sent once: `retry_transient` makes a whole function
begin again, so that a write is never sent twice without a look at what the first one did.
"""

import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import tenacity

from .. import wording
from ..errors import Problem, ProblemsFound
from ..text import format_line
from .udata_models import (
    DatasetState,
    MalformedAnswer,
    UploadAnswer,
    read_contact_identifier,
    read_dataset,
    read_dataset_page,
    read_extensions,
    read_upload,
)

KEY_VARIABLE = "DATAGOUV_API_KEY"
"""The environment variable that holds the key of the portal."""

MAX_ATTEMPTS = 5
MAX_WAIT_SECONDS = 120.0
MAX_REDIRECTS = 5

_SAFE_SITE = re.compile(r"https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?")
# Without quotes and backslashes, so that it is written in only one way in JSON and can be masked.
_KEY = re.compile(r"[A-Za-z0-9._~+/=-]*")

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How long the portal may take, in seconds, and how much it may answer."""

    request_seconds: float = 120.0
    total_seconds: float = 1800.0
    answer_bytes: int = 16 * 1024 * 1024
    page_count: int = 100


class TransientProblem(ProblemsFound):
    """A fault that may be gone in a moment.

    `retry_after` is the number of seconds that the portal asks to wait, None when it asks nothing.
    """

    def __init__(self, problems: Iterable[Problem], retry_after: float | None = None) -> None:
        super().__init__(problems)
        self.retry_after = retry_after


class AnswerTooLarge(Exception):
    """An answer has more bytes than it may have."""


@dataclass(frozen=True)
class Answer:
    """The answer to one request, read to its end."""

    status: int
    headers: httpx.Headers
    body: bytes


class UdataClient:
    """One portal, asked with one key, or with "" to read what is public.

    All methods raise ProblemsFound, or TransientProblem. `subject` is how messages name what a
    request is about.
    """

    def __init__(self, site: str, key: str, limits: Limits | None = None) -> None:
        if not _SAFE_SITE.fullmatch(site):
            raise ProblemsFound.single(site, None, wording.portal_needs_https())
        if not _KEY.fullmatch(key):
            raise ProblemsFound.single(KEY_VARIABLE, None, wording.portal_key_is_malformed())
        self.site = site
        self._key = key
        self._limits = limits or Limits()
        self._seconds_left = self._limits.total_seconds
        try:
            self._tls = httpx.create_ssl_context()
        except OSError as error:
            raise self.make_problem(wording.portal_certificates_are_missing(error)) from None

    def fetch_extensions(self) -> frozenset[str]:
        """Return the extensions of the files that the portal accepts."""
        subject = wording.portal_extensions()
        path = "datasets/extensions/"
        return self._fetch(subject, path, read_extensions)

    def fetch_dataset(self, identifier: str) -> DatasetState:
        """Return a dataset that is not deleted."""
        subject = wording.portal_dataset(identifier)
        path = f"datasets/{quote(identifier, safe='')}/"
        dataset = self._fetch(subject, path, read_dataset)
        if dataset.deleted is not None:
            message = wording.portal_dataset_is_deleted(subject, dataset.deleted)
            raise self.make_problem(message)
        return dataset

    def find_by_extra(self, organisation: str, extra: str) -> str | None:
        """Return the identifier of the first dataset of an organisation that has an extra."""
        subject = wording.portal_organisation(organisation)
        path = f"organizations/{quote(organisation, safe='')}/datasets/"
        # The address of the next page is not followed: pages are asked by number.
        for number in range(1, self._limits.page_count + 1):
            page = self._fetch(
                subject,
                path,
                read_dataset_page,
                params={"page": number, "page_size": 100},
                headers={"X-Fields": "data{id,deleted,extras},next_page"},
            )
            for summary in page.summaries:
                if extra in summary.extras and not summary.is_deleted:
                    return summary.identifier
            if not page.has_next:
                return None
        raise self.make_problem(wording.portal_has_too_many_pages(subject, self._limits.page_count))

    def write(self, subject: str, method: str, path: str, payload: Any = None) -> None:
        """Send a write. Its answer is not read: a look at the portal says more."""
        self._call_api(subject, method, path, json=payload)

    def create_contact(self, payload: Any) -> str:
        """Return the identifier of a contact. The portal creates it only if it is new."""
        subject = wording.portal_contact()
        answer = self._call_api(subject, "POST", "contacts/", json=payload)
        return self._read(subject, answer, read_contact_identifier)

    def upload(self, subject: str, path: str, name: str, data: bytes) -> UploadAnswer:
        """Send the bytes of a file under its name."""
        answer = self._call_api(subject, "POST", path, files={"file": (name, data)})
        return self._read(subject, answer, read_upload)

    def check_download(self, subject: str, address: str, data: bytes) -> None:
        """Download a file as anyone does, without the key, and raise unless it has these bytes.

        The file may lie on another host.
        """
        if not address.startswith(("https://", f"{self.site}/")):
            raise self.make_problem(wording.portal_answer_is_malformed(subject, "latest"))
        max_bytes = max(len(data), self._limits.answer_bytes)
        public = {"follow_redirects": True, "max_redirects": MAX_REDIRECTS}
        answer = self._exchange(subject, "GET", address, max_bytes, public, {})
        if answer.body != data:
            raise self._make_transient(wording.portal_file_differs(subject))

    def make_problem(self, message: str) -> ProblemsFound:
        """Return the exception for a lasting fault of the portal."""
        return ProblemsFound.single(self.site, None, self._clean(message))

    def _make_transient(self, message: str, retry_after: float | None = None) -> TransientProblem:
        return TransientProblem([Problem(self.site, None, self._clean(message))], retry_after)

    def _clean(self, message: str) -> str:
        return format_line(self._mask(message))

    def _mask(self, text: str) -> str:
        return text.replace(self._key, "…") if self._key else text

    def _fetch(self, subject: str, path: str, read: Callable[[Any], T], **options: Any) -> T:
        answer = self._call_api(subject, "GET", path, **options)
        return self._read(subject, answer, read)

    def _call_api(self, subject: str, method: str, path: str, **options: Any) -> Answer:
        address = f"{self.site}/api/1/{path}"
        settings = {"headers": {"X-API-KEY": self._key}} if self._key else {}
        max_bytes = self._limits.answer_bytes
        return self._exchange(subject, method, address, max_bytes, settings, options)

    def _read(self, subject: str, answer: Answer, read: Callable[[Any], T]) -> T:
        """Return what an answer says, read by a function of udata_models."""
        try:
            return read(self._parse(answer.body))
        except MalformedAnswer as error:
            message = wording.portal_answer_is_malformed(subject, str(error))
        except (RecursionError, ValueError):
            message = wording.portal_answer_is_malformed(subject, "JSON")
        raise self.make_problem(message)

    def _parse(self, body: bytes) -> Any:
        """Return a JSON body in which the key, if the portal repeats it, is masked.

        Masked here, it cannot be shown by anything that shows what the portal has.
        """
        value = json.loads(body)
        if not self._key:
            return value
        text = json.dumps(value, ensure_ascii=False)
        return json.loads(self._mask(text))

    def _exchange(
        self,
        subject: str,
        method: str,
        address: str,
        max_bytes: int,
        settings: dict[str, Any],
        options: dict[str, Any],
    ) -> Answer:
        """Return a successful answer to one request, within the limits.

        `settings` are those of the httpx.Client, `options` those of the request. What is given up
        is cut, because the block closes the client: a slow write never ends after it was given up.
        """
        seconds = min(self._limits.request_seconds, self._seconds_left)
        if seconds <= 0:
            limit = self._limits.total_seconds
            raise self.make_problem(wording.portal_time_is_up(subject, limit))
        start = time.monotonic()
        try:
            with httpx.Client(verify=self._tls, timeout=seconds, **settings) as client:
                answer = run_within(
                    seconds, lambda: receive(client, method, address, max_bytes, options)
                )
        except (TimeoutError, httpx.TimeoutException):
            raise self._make_transient(wording.portal_is_too_slow(subject, seconds)) from None
        except AnswerTooLarge:
            message = wording.portal_answer_is_too_large(subject, max_bytes)
            raise self.make_problem(message) from None
        except (httpx.HTTPError, httpx.InvalidURL, ImportError, ValueError) as error:
            if is_transient(error):
                message = wording.portal_does_not_answer(subject, type(error).__name__)
                raise self._make_transient(message) from None
            raise self.make_problem(wording.portal_cannot_be_asked(subject, error)) from None
        finally:
            self._seconds_left -= time.monotonic() - start
        self._check_status(subject, answer)
        return answer

    def _check_status(self, subject: str, answer: Answer) -> None:
        if 200 <= answer.status < 300:
            return
        detail = self._describe_refusal(answer)
        message = wording.portal_refuses(subject, answer.status, detail, KEY_VARIABLE)
        if is_transient_status(answer.status):
            raise self._make_transient(message, read_retry_after(answer.headers))
        raise self.make_problem(message)

    def _describe_refusal(self, answer: Answer) -> str:
        """Return what a refusal says in JSON, or where it redirects to."""
        try:
            return json.dumps(self._parse(answer.body), ensure_ascii=False)
        except (RecursionError, ValueError):
            return answer.headers.get("Location", "")


def retry_transient(
    function: Callable[..., T],
    *arguments: Any,
    report: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Return what a function returns, begun again after each transient fault, MAX_ATTEMPTS in all.

    `report` gets one line before each wait.
    """

    def choose_wait(state: tenacity.RetryCallState) -> float:
        asked = state.outcome.exception().retry_after
        return 2.0**state.attempt_number if asked is None else min(asked, MAX_WAIT_SECONDS)

    def report_wait(state: tenacity.RetryCallState) -> None:
        report(wording.portal_new_attempt(str(state.outcome.exception()), state.upcoming_sleep))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientProblem),
        wait=choose_wait,
        stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
        before_sleep=report_wait,
        sleep=sleep,
        reraise=True,
    )
    return retrying(function, *arguments)


def run_within(seconds: float, function: Callable[[], T]) -> T:
    """Return what a function returns. Raise TimeoutError when it takes longer.

    httpx limits only the time between two bytes: a server that sends them one by one would be
    waited for without end. The function goes on in a thread that ends with the process at the
    latest.
    """
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return outcome.result(timeout=seconds)


def receive(
    client: httpx.Client, method: str, address: str, max_bytes: int, options: dict[str, Any]
) -> Answer:
    """Return the answer to one request. Raises AnswerTooLarge and what httpx raises."""
    body = bytearray()
    # A compressed answer would be larger than what is counted.
    client.headers["Accept-Encoding"] = "identity"
    with client.stream(method, address, **options) as response:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > max_bytes:
                raise AnswerTooLarge
        return Answer(response.status_code, response.headers, bytes(body))


def is_transient(error: Exception) -> bool:
    """Return whether a request that met an error of httpx is worth sending again.

    A certificate, a redirection without end or an address that cannot be asked stays as it is.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return False
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.UnsupportedProtocol):
        return False
    return isinstance(error, httpx.TransportError)


def is_transient_status(status: int) -> bool:
    """Return whether a request refused with a status of HTTP is worth sending again.

    408: the server was tired of waiting. 429: too many requests (RFC 9110 and 6585).
    """
    if status in (408, 429):
        return True
    return status >= 500


def read_retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds of a Retry-After header; None for a date, which is not waited for."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
