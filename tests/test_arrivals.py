"""The newest version of the page comes from the web, whatever the web answers."""

import contextlib
import http.server
import json
import threading
from dataclasses import dataclass, field

import pytest

from beneficiaires import arrivals
from conftest import Checkout, page

OLD = page("Le ministère de la Justice", "Sorbonne Université")
NEW = OLD.replace("- Sorbonne Université\n", "- Cour des comptes\n").encode()
SHA = "a" * 40
LAST = json.dumps([{"sha": SHA, "commit": {"committer": {"date": "2024-05-06T23:59:59Z"}}}]).encode()
Answer = tuple[int, dict[str, str], bytes]
BUSY, GONE = (500, {}, b""), (404, {}, b"")


@dataclass
class Server:
    """A server of this machine: by path, the answers to give in turn, the last one for ever."""

    address: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def next(self, path: str) -> Answer:
        self.asked.append(path)
        waiting = next((each for start, each in self.answers.items() if path.startswith(start)), [GONE])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextlib.contextmanager
def serving():
    told = Server()
    awake = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = told.next(self.path)
            if status == 0:  # says nothing
                awake.wait(10)
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield told
        awake.set()
        server.shutdown()


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """The waits between requests: noted, not waited."""
    found: list[float] = []
    monkeypatch.setattr("time.sleep", found.append)
    return found


@pytest.fixture
def project(checkout, server, waits) -> Checkout:
    """A checkout whose only version is a small page, and whose site is the server."""
    checkout.only(OLD, "2024-01-01")
    for site in ("https://api.github.com/repos/codegouvfr", "https://raw.githubusercontent.com/codegouvfr"):
        checkout.replace("source/pages.yml", site, f"{server.address}/{'api' if 'api' in site else 'raw'}")
    return checkout


PATH = "content/fr/utiliser/marches-logiciels-libres.md"
API = "/api/codegouvfr-website/commits?path="
AT_COMMIT = f"/raw/codegouvfr-website/{SHA}/{PATH}"
ON_BRANCH = f"/raw/codegouvfr-website/main/{PATH}"


def newest(project: Checkout) -> tuple[str, str]:
    assert project.call("extract").status == 0
    version = project.rows("versions")[-1]
    return version["version"], version["commit"]


def test_the_newest_page_is_read_at_its_last_commit_and_has_its_day(project, server):
    server.answers = {API: [(200, {}, LAST)], AT_COMMIT: [(200, {}, NEW)]}
    result = project.call("refresh")
    assert (result.status, result.err) == (0, "")
    assert newest(project) == ("2024-05-06", SHA)
    assert server.asked[0].split("?")[1] == f"path={PATH.replace('/', '%2F')}&sha=main&per_page=1"
    assert project.text("source/pages/2024-05-06.md").encode() == NEW


def test_a_page_that_is_known_changes_nothing(project, server):
    server.answers = {API: [(200, {}, LAST)], AT_COMMIT: [(200, {}, OLD.encode())]}
    before = project.state()
    assert "Rien de nouveau" in project.call("refresh").out
    assert project.state() == before


LATER = LAST.replace(b"2024-05-06", b"2999-01-01")


@pytest.mark.parametrize(
    "answer",
    [BUSY, GONE, (403, {}, b"{}"), (301, {"Location": "/x"}, b""), *((200, {}, said) for said in (b"<html>", b"[]", b"{}", b'[{"sha": 1}]'))],
)  # fmt: skip
def test_without_an_answer_of_the_api_the_branch_is_read_and_the_day_is_today(project, server, answer):
    server.answers = {API: [answer], ON_BRANCH: [(200, {}, NEW)]}
    result = project.call("refresh")
    assert (result.status, result.err) == (0, "")
    assert "version de la page gardée, sans commit" in result.out
    assert newest(project) == (str(arrivals.today()), "")


def test_no_day_is_to_come_and_a_day_may_be_given(project, server):
    server.answers = {API: [(200, {}, LATER)], AT_COMMIT: [(200, {}, NEW)]}
    assert project.call("refresh", "--dry-run").out.splitlines()[-2].startswith(f"source/pages/{arrivals.today()}.md")
    assert project.call("refresh", "--date", "2024-02-03").status == 0
    assert newest(project) == ("2024-02-03", SHA)


LONG = b"- x\n" * 300_000


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (GONE, "réponse 404 ; réessayer plus tard, ou corriger les adresses de pages.yml"),
        (BUSY, "réponse 500 ; réessayer plus tard"),
        ((429, {"Retry-After": "3600"}, b""), "réponse 429 ; réessayer plus tard"),
        ((200, {}, b"<!DOCTYPE html><p>"), "aucune liste : ce n'est pas le fichier de la page"),
        ((200, {}, b"Bonjour"), "aucune liste : ce n'est pas le fichier de la page"),
        ((200, {}, LONG), "plus de 1048576 octets"),
        ((200, {"Transfer-Encoding": "chunked"}, b"100000;x\r\n" + LONG), "réessayer plus tard"),
        ((200, {"Content-Length": "99999"}, NEW), "réponse impossible à lire"),
        ((200, {"Content-Encoding": "gzip"}, NEW), "réponse impossible à lire"),
    ],
    ids=["404", "500", "429", "HTML", "no page", "too long", "endless", "cut", "no gzip"],
)
def test_a_bad_answer_is_one_clear_line_and_nothing_is_written(project, server, answer, words):
    server.answers = {API: [(200, {}, LAST)], AT_COMMIT: [answer]}
    before = project.state()
    result = project.call("refresh")
    assert (result.status, result.out, len(result.err.splitlines())) == (1, "", 1), result.err
    assert result.err.startswith(f"{server.address}{AT_COMMIT}: ")
    assert words in result.err
    assert project.state() == before


def test_a_redirection_is_told_and_never_followed(project, server):
    with serving() as other:
        server.answers = {AT_COMMIT: [(302, {"Location": f"{other.address}/x"}, b"")], API: [(200, {}, LAST)]}
        result = project.call("refresh")
    assert f"réponse 302 {other.address}/x ; réessayer" in result.err
    assert (result.status, other.asked) == (1, [])


def test_a_fault_that_passes_is_overcome_in_the_time_that_the_server_asks_for(project, server, waits):
    server.answers = {
        API: [BUSY, (200, {}, LAST)],
        AT_COMMIT: [(429, {"Retry-After": "7"}, b""), (503, {"Retry-After": "3600"}, b""), (200, {"Content-Length": "9999"}, NEW), (200, {}, NEW)],
    }  # fmt: skip
    assert project.call("refresh").status == 0
    assert newest(project) == ("2024-05-06", SHA)
    assert waits == [2, 7, arrivals.LONGEST_WAIT, 8]


def test_what_does_not_pass_is_asked_once(project, server, waits):
    server.answers = {API: [GONE], ON_BRANCH: [GONE]}
    assert project.call("refresh").status == 1
    assert (len(server.asked), waits) == (2, [])


def test_a_server_that_says_nothing_is_given_up(project, server, monkeypatch):
    monkeypatch.setattr(arrivals, "PATIENCE", 0.05)
    server.answers = {API: [(200, {}, LAST)], AT_COMMIT: [(0, {}, b"")]}
    result = project.call("refresh")
    assert (result.status, len(result.err.splitlines())) == (1, 1)
    assert "réponse impossible à lire (timed out) ; réessayer plus tard" in result.err


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://[", "x"])
def test_a_server_that_cannot_be_reached_is_told(project, server, address):
    project.edit("source/pages.yml", lambda text: text.replace(server.address, address))
    before = project.state()
    result = project.call("refresh")
    assert (result.status, len(result.err.splitlines())) == (1, 1), result.err
    assert "réessayer plus tard" in result.err
    assert project.state() == before
