"""The newest version of the page comes from the web, whatever the web answers."""

import contextlib
import http.server
import json
import threading
from dataclasses import dataclass, field

import pytest

from conftest import Checkout, page
from edition2 import arrivals

OLD = page("Le ministère de la Justice", "Sorbonne Université")
NEW = OLD.replace("- Sorbonne Université\n", "- Cour des comptes\n").encode()
SHA = "a" * 40
LAST = json.dumps(
    [{"sha": SHA, "commit": {"committer": {"date": "2024-05-06T23:59:59Z"}}}]
).encode()
Answer = tuple[int, dict[str, str], bytes]
BUSY, GONE = (500, {}, b""), (404, {}, b"")
PATH = "content/fr/utiliser/marches-logiciels-libres.md"
API = "/api/codegouvfr-website/commits?path="
AT_COMMIT = f"/raw/codegouvfr-website/{SHA}/{PATH}"
ON_BRANCH = f"/raw/codegouvfr-website/main/{PATH}"


@dataclass
class Server:
    """A server of this machine: by path, the answers to give in turn, the last one for ever; `waits` are not waited."""

    address: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


@pytest.fixture
def server(monkeypatch):
    told = Server()
    awake = threading.Event()
    monkeypatch.setattr("time.sleep", told.waits.append)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            told.asked.append(self.path)
            waiting = next(
                (each for start, each in told.answers.items() if self.path.startswith(start)),
                [GONE],
            )
            status, headers, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
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
def project(checkout, server) -> Checkout:
    """A checkout whose only version is a small page, and whose site is the server."""
    checkout.only(OLD, "2024-01-01")
    for site in (
        "https://api.github.com/repos/codegouvfr",
        "https://raw.githubusercontent.com/codegouvfr",
    ):
        checkout.replace(
            "source/pages.yml", site, f"{server.address}/{'api' if 'api' in site else 'raw'}"
        )
    return checkout


def newest(project: Checkout) -> tuple[str, str]:
    project.well()
    version = project.rows("versions")[-1]
    return version["version"], version["commit"]


def test_the_newest_page_is_read_at_its_last_commit_and_has_its_day(project, server):
    server.answers = {API: [(200, {}, LAST)], AT_COMMIT: [(200, {}, NEW)]}
    project.well("refresh")
    assert newest(project) == ("2024-05-06", SHA)
    assert server.asked[0].split("?")[1] == f"path={PATH.replace('/', '%2F')}&sha=main&per_page=1"
    assert project.text("source/pages/2024-05-06.md").encode() == NEW


@pytest.mark.parametrize(
    "answer", [BUSY, GONE, *((200, {}, said) for said in (b"<html>", b"[]", b"{}"))]
)
def test_without_an_answer_of_the_api_the_branch_is_read_and_the_day_is_today(
    project, server, answer
):
    server.answers = {API: [answer], ON_BRANCH: [(200, {}, NEW)]}
    assert "version de la page gardée, sans commit" in project.call("refresh").out
    assert newest(project) == (str(arrivals.today()), "")


def test_no_day_is_to_come_and_a_day_may_be_given(project, server):
    server.answers = {
        API: [(200, {}, LAST.replace(b"2024-05-06", b"2999-01-01"))],
        AT_COMMIT: [(200, {}, NEW)],
    }
    assert f"source/pages/{arrivals.today()}.md : " in project.call("refresh", "--dry-run").out
    assert project.call("refresh", "--date", "2024-02-03").status == 0
    assert newest(project) == ("2024-02-03", SHA)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (GONE, "réponse 404 ; réessayer plus tard, ou corriger les adresses de pages.yml"),
        (BUSY, "réponse 500 ; réessayer plus tard"),
        ((302, {"Location": "/x"}, b""), "réponse 302 /x ; réessayer plus tard"),
        ((200, {}, b"<!DOCTYPE html><p>"), "aucune liste : ce n'est pas le fichier de la page"),
        ((200, {}, b"- x\n" * 300_000), "plus de 1048576 octets"),
        ((200, {"Content-Length": "99999"}, NEW), "réponse impossible à lire"),
    ],
    ids=["404", "500", "redirection", "HTML", "too long", "cut"],
)
def test_a_bad_answer_is_one_clear_line_and_nothing_is_written(project, server, answer, words):
    server.answers = {API: [(200, {}, LAST)], AT_COMMIT: [answer]}
    (told,) = project.refused("refresh")
    assert told.startswith(f"{server.address}{AT_COMMIT}: ")
    assert words in told
    assert all(path.startswith((API, AT_COMMIT)) for path in server.asked), (
        "a redirection is not followed"
    )


def test_a_fault_that_passes_is_overcome_in_the_time_that_the_server_asks_for(project, server):
    slow, slower = (429, {"Retry-After": "7"}, b""), (503, {"Retry-After": "3600"}, b"")
    server.answers = {
        API: [BUSY, (200, {}, LAST)],
        AT_COMMIT: [slow, slower, (200, {"Content-Length": "9999"}, NEW), (200, {}, NEW)],
    }
    assert project.call("refresh").status == 0
    assert newest(project) == ("2024-05-06", SHA)
    assert server.waits == [2, 7, arrivals.LONGEST_WAIT, 8]


def test_a_server_that_says_nothing_is_given_up(project, server, monkeypatch):
    monkeypatch.setattr(arrivals, "PATIENCE", 0.05)
    server.answers = {API: [(200, {}, LAST)], AT_COMMIT: [(0, {}, b"")]}
    (told,) = project.refused("refresh")
    assert "pas de réponse en 0.05 s ; réessayer plus tard" in told


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://["])
def test_a_server_that_cannot_be_reached_is_told(project, server, address):
    project.edit("source/pages.yml", lambda text: text.replace(server.address, address))
    (told,) = project.refused("refresh")
    assert "réessayer plus tard" in told
