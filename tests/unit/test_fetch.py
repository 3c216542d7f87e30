"""The page is read from the web, a file or a clone, whatever these answer."""

import dataclasses
import datetime as dt
import gzip
import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.snapshots.fetch import (
    Candidate,
    TimeLimits,
    fetch_from_web,
    fetch_within,
    read_from_clone,
    read_from_file,
    today,
)
from beneficiaires.source.models import PageSource
from beneficiaires.source.page import MAX_PAGE_BYTES

PAGE = b"---\ntitle: Essai\n---\n\n- Cour des comptes\n"
PAGE_BLOB_ID = "a0b102867f41d9061c74a207ebc1094e2b281beb"
COMMIT = "a" * 40
BRANCH_PAGE = "/raw/main/content/page.md"
COMMIT_PAGE = f"/raw/{COMMIT}/content/page.md"
COMMITS = "/api/commits"
CONTENTS = "/api/contents"

LIMITS = TimeLimits(connection=5, silence=5, pause=0.01, unreachable=10, total=20)
"""Limits that no test reaches unless it means to."""

SILENCE = b"silence"
DRIP = b"drip"
"""Answers that never end: nothing at all; a header that comes byte by byte."""

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def make_answer(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> bytes:
    """Return an HTTP answer; `length` is the one that it announces."""
    announced = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {announced}", "Connection: close"]
    for name, value in headers.items():
        lines.append(f"{name.replace('_', '-')}: {value}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def make_commits_answer(
    sha: object = COMMIT, date: object = "2024-05-06T23:59:59Z", blanks: int = 0
) -> bytes:
    """Return the answer of the API for one commit, after some blanks."""
    entry = {"sha": sha, "commit": {"committer": {"date": date}}}
    return make_answer(b" " * blanks + json.dumps([entry]).encode())


GOOD_PAGE = make_answer(PAGE)
GOOD_COMMITS = make_commits_answer()
GOOD_CONTENTS = make_answer(json.dumps({"sha": PAGE_BLOB_ID}).encode())
NOT_FOUND = make_answer(b"", 404)


class Handler(socketserver.StreamRequestHandler):
    """Read one request, send the answer for its path as it is, and close the connection."""

    def handle(self) -> None:
        lines = []
        while line := self.rfile.readline().strip():
            lines.append(line.decode())
        self.server.requests.append("\n".join(lines))
        answer = self.server.choose_answer(lines[0].split()[1])
        if answer == SILENCE:
            self.server.closing.wait(20)
        elif answer == DRIP:
            self.drip()
        else:
            self.wfile.write(answer)

    def drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 X\r\nX: ")
        for _ in range(400):
            self.wfile.write(b"x")
            if self.server.closing.wait(0.05):
                return


class Server(socketserver.ThreadingTCPServer):
    """A server of this machine.

    `answers` has, for each beginning of a path, the answers to give in turn, the last one for ever.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, list[bytes]] = {}
        self.requests: list[str] = []
        self.connection_count = 0
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [request.split()[1] for request in self.requests]

    def choose_answer(self, path: str) -> bytes:
        for beginning, answers in self.answers.items():
            if path.startswith(beginning):
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return NOT_FOUND

    def get_request(self):
        self.connection_count += 1
        return super().get_request()

    def handle_error(self, request, client_address) -> None:
        """Say nothing of a client that has gone."""


def start_server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.closing.set()
        server.shutdown()


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    """A server that has the page, at a commit and on its branch."""
    for variable in PROXY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    for server in start_server():
        server.answers = {
            COMMITS: [GOOD_COMMITS],
            CONTENTS: [GOOD_CONTENTS],
            COMMIT_PAGE: [GOOD_PAGE],
            BRANCH_PAGE: [GOOD_PAGE],
        }
        yield server


@pytest.fixture
def other_server() -> Iterator[Server]:
    yield from start_server()


def make_source(address: str = "http://127.0.0.1:1", path: str = "content/page.md") -> PageSource:
    return PageSource(
        address="https://example.org/page/",
        repository="https://example.org/depot",
        api=f"{address}/api",
        raw=f"{address}/raw",
        branch="main",
        path=path,
        links=(),
    )


def fetch(server: Server, **changes: float) -> Candidate:
    limits = dataclasses.replace(LIMITS, **changes)
    page_source = make_source(server.address)
    return fetch_within(limits, page_source, None, None)


def read_problem(error: pytest.ExceptionInfo[ProblemsFound]) -> str:
    """Return the only line of an error."""
    (line,) = str(error.value).splitlines()
    return line


# The web: what is asked for and kept


def test_the_page_is_read_at_its_last_commit_and_has_its_day(server):
    candidate = fetch_from_web(make_source(server.address))
    assert candidate == Candidate(
        date=dt.date(2024, 5, 6),
        data=PAGE,
        name=f"{server.address}{COMMIT_PAGE}",
        commit=COMMIT,
    )
    assert server.paths == [
        "/api/commits?path=content%2Fpage.md&sha=main&per_page=1",
        COMMIT_PAGE,
        f"/api/contents/content/page.md?ref={COMMIT}",
    ]
    for request in server.requests:
        assert "Accept-Encoding: identity" in request


def test_a_requested_day_replaces_that_of_the_commit(server):
    date = dt.date(2024, 2, 3)
    candidate = fetch_from_web(make_source(server.address), date)
    assert (candidate.date, candidate.commit) == (date, COMMIT)


def test_a_commit_of_a_day_to_come_has_the_present_day(server):
    server.answers[COMMITS] = [make_commits_answer(date="2999-01-01T00:00:00Z")]
    day_before = today()
    assert fetch(server).date in (day_before, today())


def test_a_path_and_a_branch_with_odd_characters_are_quoted(server):
    server.answers[COMMITS] = [NOT_FOUND]
    server.answers["/raw/a%23b/caf%C3%A9%20%3F.md"] = [GOOD_PAGE]
    source = dataclasses.replace(make_source(server.address, "café ?.md"), branch="a#b")
    assert fetch_within(LIMITS, source, None, None).data == PAGE


# The web: the API


ODD_API_ANSWERS = {
    "error": make_answer(b"", 500),
    "not found": NOT_FOUND,
    "web page": make_answer(b"<html>"),
    "not UTF-8": make_answer(b'"\xff"'),
    "no commit": make_answer(b"[]"),
    "object": make_answer(b"{}"),
    "deep JSON": make_answer(b"[" * 200_000),
    "too large": make_commits_answer(blanks=2 * MAX_PAGE_BYTES),
    "commit is a list": make_commits_answer(sha=[COMMIT]),
    "commit is a surrogate": make_commits_answer(sha="\ud800" * 40),
    "commit is too short": make_commits_answer(sha="abc123"),
    "commit has an end": make_commits_answer(sha=f"{COMMIT}/.."),
    "date is not one": make_commits_answer(date="hier"),
    "date is a number": make_commits_answer(date=7),
    "redirected for ever": make_answer(b"", 301, Location="/api/commits"),
    "redirected nowhere": make_answer(b"", 301, Location="http://["),
}


@pytest.mark.parametrize("answer", ODD_API_ANSWERS.values(), ids=ODD_API_ANSWERS.keys())
def test_without_a_commit_the_branch_is_read_and_the_report_says_so(server, answer):
    server.answers[COMMITS] = [answer]
    day_before = today()
    candidate = fetch(server)
    assert (candidate.data, candidate.commit) == (PAGE, None)
    assert candidate.name == f"{server.address}{BRANCH_PAGE}"
    assert candidate.date in (day_before, today())
    assert candidate.note.startswith("commit inconnu, donc pas de lien vers les lignes de la page")
    assert f"lue sur la branche « main » et datée du {candidate.date}" in candidate.note


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_of_the_api_is_reported_with_the_remedy(server, status):
    server.answers[COMMITS] = [make_answer(b"{}", status)]
    assert f"limite de l'API (réponse {status}) ; définir GITHUB_TOKEN" in fetch(server).note
    assert len(server.requests) == 2, "a limit is not asked again"


def test_a_silent_api_is_given_up_and_the_branch_is_read_even_later_than_the_first_limit(server):
    server.answers[COMMITS] = [SILENCE]
    candidate = fetch(server, silence=1, unreachable=0.8)
    assert candidate.data == PAGE
    assert "le serveur ne répond pas" in candidate.note


def test_a_renamed_repository_keeps_its_commit(server):
    server.answers["/api/contents"] = [make_answer(b"", 301, Location="/repositories/7/contents")]
    server.answers["/api/commits"] = [make_answer(b"", 301, Location="/repositories/7/commits")]
    server.answers["/repositories/7/commits"] = [GOOD_COMMITS]
    server.answers["/repositories/7/contents"] = [GOOD_CONTENTS]
    candidate = fetch_within(LIMITS, make_source(server.address), None, "jeton")
    assert (candidate.commit, candidate.note) == (COMMIT, None)
    assert "Authorization: Bearer jeton" in server.requests[1], "the token goes to the same host"


def test_the_api_is_not_followed_to_another_host(server, other_server):
    other_server.answers["/"] = [GOOD_COMMITS]
    location = f"{other_server.address}/commits"
    server.answers[COMMITS] = [make_answer(b"", 301, Location=location)]
    candidate = fetch_within(LIMITS, make_source(server.address), None, "jeton")
    assert f"réponse 301 vers {location}" in candidate.note
    assert other_server.requests == []


def test_the_token_is_sent_to_the_api_alone(server):
    fetch_from_web(make_source(server.address), token=" jeton\n")
    token_paths = []
    for request in server.requests:
        if "Authorization: Bearer jeton" in request:
            token_paths.append(request.split()[1].split("?")[0])
    assert token_paths == ["/api/commits", "/api/contents/content/page.md"]


def test_the_token_is_not_sent_where_it_could_be_read_on_the_way(server):
    source = make_source(
        f"http://0.0.0.0:{server.port}"
    )  # this machine, by a name that is not loopback
    assert fetch_from_web(source, token="jeton").commit == COMMIT
    assert "jeton" not in "".join(server.requests)


def test_an_empty_token_is_none(server):
    fetch_from_web(make_source(server.address), token="")
    assert "Authorization" not in "".join(server.requests)


@pytest.mark.parametrize("token", ["deux mots", "jeton\nX: y", "jetôn"])
def test_a_token_that_no_request_can_hold_is_refused_and_not_shown(server, token):
    with pytest.raises(ProblemsFound) as error:
        fetch_from_web(make_source(server.address), token=token)
    line = read_problem(error)
    assert line.startswith("GITHUB_TOKEN: ce n'est pas un jeton")
    assert "jet" not in line.removeprefix("GITHUB_TOKEN: ce n'est pas un jeton")
    assert server.requests == []


# The web: the page


def test_bytes_that_are_not_those_of_the_commit_are_refused(server):
    server.answers[COMMIT_PAGE] = [make_answer(PAGE[:-20])]
    with pytest.raises(ProblemsFound) as error:
        fetch(server)
    assert "ce ne sont pas les octets du commit" in read_problem(error)


@pytest.mark.parametrize("contents", [NOT_FOUND, make_answer(b'{"sha": ["x"]}'), make_answer(b"7")])
def test_the_page_is_kept_when_the_api_does_not_give_its_hash(server, contents):
    server.answers[CONTENTS] = [contents]
    assert fetch(server).commit == COMMIT


CHUNKED = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n- Cou\r\n"
UNKNOWN_LENGTH = b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n" + PAGE
BAD_PAGE_ANSWERS = {
    "not found": (NOT_FOUND, "réponse 404 ; réessayer plus tard, ou corriger les adresses de"),
    "error": (make_answer(b"", 503), "réponse 503 ; réessayer plus tard"),
    "partial": (make_answer(PAGE, 206), "réponse 206"),
    "redirected": (make_answer(b"", 302, Location="/x"), "réponse 302 vers http://127.0.0.1"),
    "cut": (make_answer(PAGE, length=9999), "réponse coupée ou illisible"),
    "cut between two chunks": (CHUNKED, "réponse coupée ou illisible"),
    "without length": (UNKNOWN_LENGTH, "réponse sans longueur"),
    "too large": (make_answer(b"x" * (MAX_PAGE_BYTES + 1)), "plus de 1048576 octets"),
    "bomb": (
        make_answer(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"),
        "réponse compressée",
    ),
    "not HTTP": (b"bonjour\r\n\r\n", "réponse coupée ou illisible"),
}


@pytest.mark.parametrize(
    ("answer", "message"), BAD_PAGE_ANSWERS.values(), ids=BAD_PAGE_ANSWERS.keys()
)
def test_a_bad_answer_for_the_page_is_one_line(server, answer, message):
    server.answers[CONTENTS] = [NOT_FOUND]
    server.answers[COMMIT_PAGE] = [answer]
    with pytest.raises(ProblemsFound) as error:
        fetch(server)
    line = read_problem(error)
    assert line.startswith(f"{server.address}{COMMIT_PAGE}: {message}")
    assert BRANCH_PAGE not in server.paths, "nothing else is tried in its place"


def test_the_largest_page_is_kept(server):
    largest_page = b"x" * MAX_PAGE_BYTES
    server.answers[CONTENTS] = [NOT_FOUND]
    server.answers[COMMIT_PAGE] = [make_answer(largest_page)]
    assert fetch(server).data == largest_page


def test_an_answer_in_chunks_is_kept(server):
    chunks = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    server.answers[COMMIT_PAGE] = [chunks % (len(PAGE), PAGE)]
    assert fetch(server).data == PAGE


def test_faults_that_pass_are_overcome(server):
    server.answers[COMMITS] = [make_answer(b"", 500), make_answer(b"", 408), GOOD_COMMITS]
    server.answers[COMMIT_PAGE] = [make_answer(PAGE, length=9999), GOOD_PAGE]
    assert fetch(server).commit == COMMIT


def test_a_fault_that_lasts_is_tried_three_times(server):
    server.answers[COMMIT_PAGE] = [make_answer(b"", 502)]
    with pytest.raises(ProblemsFound):
        fetch(server)
    assert server.paths.count(COMMIT_PAGE) == 3


# The web: addresses, certificates and settings


@pytest.mark.parametrize(
    "address",
    [
        "ftp://127.0.0.1",
        "127.0.0.1",
        "http://127.0.0.1:port",
        f"http://{'a' * 70}.invalid",
        "http://127.0.0.1\n",
    ],
)
def test_an_unusable_address_is_one_line(server, address):
    with pytest.raises(ProblemsFound) as error:
        fetch_from_web(make_source(address))
    assert "adresse ou proxy inutilisable ; réessayer" in read_problem(error)


@pytest.fixture
def certificate(server, tmp_path) -> Path:
    """Make the server speak TLS with a certificate of its own for 0.0.0.0."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: apt-get install openssl")
    key = tmp_path / "key.pem"
    certificate = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-subj", "/CN=Essai"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-out", certificate]
    command += ["-addext", "subjectAltName=IP:0.0.0.0"]
    command += ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return certificate


def test_a_refused_certificate_is_not_tried_again(server, certificate):
    with pytest.raises(ProblemsFound) as error:
        fetch_from_web(make_source(f"https://0.0.0.0:{server.port}"))
    assert "connexion chiffrée refusée (certificat inconnu ?" in read_problem(error)
    assert server.connection_count == 2, "one for the API, one for the page"


def test_the_token_is_sent_over_https(server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    source = make_source(f"https://0.0.0.0:{server.port}")
    assert fetch_from_web(source, token="jeton").commit == COMMIT
    assert "Authorization: Bearer jeton" in server.requests[0]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("HTTP_PROXY", "gopher://127.0.0.1:1"),
        ("HTTPS_PROXY", "http://127.0.0.1:port"),
        ("SSL_CERT_FILE", "/nonexistent/certificates.pem"),
        ("SSL_CERT_FILE", __file__),
    ],
)
def test_unusable_network_settings_are_one_line(server, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ProblemsFound) as error:
        fetch_from_web(make_source(server.address))
    assert "réglages du réseau inutilisables (adresse fausse," in read_problem(error)
    assert "HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE" in read_problem(error)


# The web: time


def test_a_server_that_is_not_there_is_one_line(server):
    with pytest.raises(ProblemsFound) as error:
        fetch_within(LIMITS, make_source("http://127.0.0.1:1"), None, None)
    assert "pas de connexion (réseau absent ou serveur introuvable) ; " in read_problem(error)


def test_a_silent_server_is_given_up(server):
    server.answers = {"/": [SILENCE]}
    with pytest.raises(ProblemsFound) as error:
        fetch(server, silence=0.2)
    assert "le serveur ne répond pas" in read_problem(error)
    assert len(server.requests) <= 2, "a silent server is not asked again"


def test_a_server_that_drips_is_given_up_at_the_limit_of_the_whole_fetch(server):
    server.answers[COMMITS] = [DRIP]
    with pytest.raises(ProblemsFound) as error:
        fetch(server, unreachable=1, total=1.2)
    assert read_problem(error).startswith(f"{server.address}/raw: page incomplète au bout de 1.2 s")


def test_a_network_that_swallows_everything_is_given_up_sooner(server):
    # A listener with a full queue drops what arrives, like a network that leads nowhere.
    with socketserver.TCPServer(("127.0.0.1", 0), None, bind_and_activate=False) as listener:
        listener.request_queue_size = 0
        listener.server_bind()
        listener.server_activate()
        address = f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        blockers = [open_connection(listener) for _ in range(3)]
        limits = dataclasses.replace(LIMITS, unreachable=0.3)
        with pytest.raises(ProblemsFound) as error:
            fetch_within(limits, make_source(address), None, None)
        for blocker in blockers:
            blocker.close()
    assert "aucun serveur joint en 0.3 s" in read_problem(error)


def open_connection(listener: socketserver.TCPServer) -> socket.socket:
    """Begin a connection that nobody accepts."""
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(listener.socket.getsockname())
    return connection


# A file


def test_a_page_is_read_from_a_file(tmp_path):
    path = tmp_path / "page.md"
    path.write_bytes(PAGE)
    date = dt.date(2024, 1, 2)
    candidate = read_from_file(path, date, COMMIT)
    assert candidate == Candidate(date=date, data=PAGE, name=str(path), commit=COMMIT)


def test_a_file_without_commit_is_noted(tmp_path):
    path = tmp_path / "page.md"
    path.write_bytes(PAGE)
    candidate = read_from_file(path, dt.date(2024, 1, 2))
    assert candidate.commit is None
    assert candidate.note.endswith("le donner avec --commit")


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(ProblemsFound) as error:
        read_from_file(tmp_path / "absent.md", dt.date(2024, 1, 2))
    assert "absent.md: lecture impossible" in read_problem(error)


# A clone


class Clone:
    """A repository of a test; commits have the committer dates that they are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str | bytes, date: str = "2024-01-01T12:00:00+00:00") -> str:
        """Run git as a person without configuration would. Return what it prints."""
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Essai",
            "GIT_AUTHOR_EMAIL": "essai@example.org",
            "GIT_AUTHOR_DATE": "2001-01-01T00:00:00+00:00",
            "GIT_COMMITTER_NAME": "Essai",
            "GIT_COMMITTER_EMAIL": "essai@example.org",
            "GIT_COMMITTER_DATE": date,
        }
        command = ["git", "-C", self.folder, *arguments]
        completed = subprocess.run(command, env=environment, capture_output=True, check=True)
        return completed.stdout.decode(errors="replace").strip()

    def commit(self, date: str = "2024-01-01T12:00:00+00:00") -> str:
        """Commit every file as it stands. Return the commit."""
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", "Essai", date=date)
        return self.git("rev-parse", "HEAD")

    def write(self, data: bytes, path: str | bytes = "content/page.md") -> None:
        file = self.folder / os.fsdecode(path)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)

    def commit_page(self, data: bytes, date: str = "2024-01-01T12:00:00+00:00") -> str:
        self.write(data)
        return self.commit(date)

    def read(self) -> list[Candidate]:
        return read_from_clone(self.folder, make_source())


@pytest.fixture
def clone(tmp_path) -> Clone:
    return Clone(tmp_path / "clone")


LONG_PAGE = PAGE + b"".join(b"- Organisme %d\n" % number for number in range(50))
"""A page that git recognises under another name even when a line changes."""


def test_the_last_commit_of_each_day_in_utc_is_read_oldest_first(clone):
    clone.commit_page(b"matin", "2024-01-01T08:00:00+00:00")
    evening = clone.commit_page(b"soir", "2024-01-02T00:30:00+01:00")
    next_day = clone.commit_page(b"lendemain", "2024-01-01T23:30:00-05:00")
    (clone.folder / "autre.md").write_bytes(b"x")
    clone.commit("2024-01-03T12:00:00+00:00")
    assert clone.read() == [
        Candidate(dt.date(2024, 1, 1), b"soir", f"{evening}:content/page.md", evening),
        Candidate(dt.date(2024, 1, 2), b"lendemain", f"{next_day}:content/page.md", next_day),
    ]


def test_a_day_never_goes_back_nor_is_to_come(clone):
    clone.commit_page(b"un", "2024-01-05T12:00:00+00:00")
    clone.commit_page(b"deux", "2024-01-03T12:00:00+00:00")
    clone.commit_page(b"trois", "@99999999999 +0000")
    day_before = today()
    second, third = clone.read()
    assert (second.date, second.data) == (dt.date(2024, 1, 5), b"deux")
    assert third.data == b"trois"
    assert third.date in (day_before, today())


def test_a_damaged_commit_falls_on_the_day_before_it(clone):
    clone.commit_page(b"un", "2024-01-05T12:00:00+00:00")
    clone.write(b"deux")
    clone.git("add", "--all")
    tree, parent = clone.git("write-tree"), clone.git("rev-parse", "HEAD")
    damaged_commit = clone.folder.parent / "commit"
    text = f"tree {tree}\nparent {parent}\nauthor A <a@b> 1 +0000\ncommitter A <a@b>\n\nEssai\n"
    damaged_commit.write_text(text)
    hash_object = ("hash-object", "-t", "commit", "-w", "--literally", str(damaged_commit))
    clone.git("update-ref", "HEAD", clone.git(*hash_object))
    (candidate,) = clone.read()
    assert (str(candidate.date), candidate.data) == ("2024-01-05", b"deux")


def test_only_first_parents_are_read(clone):
    clone.commit_page(b"un", "2024-01-01T12:00:00+00:00")
    clone.git("checkout", "-q", "-b", "branche")
    clone.commit_page(b"brouillon", "2024-01-02T12:00:00+00:00")
    clone.commit_page(b"fini", "2024-01-03T12:00:00+00:00")
    clone.git("checkout", "-q", "main")
    merge = ("merge", "-q", "--no-ff", "-m", "Essai", "branche")
    clone.git(*merge, date="2024-01-04T12:00:00+00:00")
    dates_and_data = [(str(candidate.date), candidate.data) for candidate in clone.read()]
    assert dates_and_data == [("2024-01-01", b"un"), ("2024-01-04", b"fini")]


@pytest.mark.parametrize(
    "old_path", ["old.md", 'a "b".md', "a\nb.md", "\n.md", "café.md", "a:b.md"]
)
def test_an_old_path_of_the_page_is_followed(clone, old_path):
    clone.write(LONG_PAGE, old_path)
    old_commit = clone.commit("2024-01-01T12:00:00+00:00")
    (clone.folder / old_path).unlink()
    new_commit = clone.commit_page(LONG_PAGE + b"- x\n", "2024-01-02T12:00:00+00:00")
    old, new = clone.read()
    assert (old.commit, old.path, old.data) == (old_commit, old_path, LONG_PAGE)
    assert (new.commit, new.path) == (new_commit, None)


def test_an_old_path_that_is_not_utf8_costs_its_commit_only(clone):
    clone.write(LONG_PAGE, b"caf\xe9.md")
    clone.commit("2024-01-01T12:00:00+00:00")
    (clone.folder / os.fsdecode(b"caf\xe9.md")).unlink()
    clone.commit_page(LONG_PAGE + b"- x\n", "2024-01-02T12:00:00+00:00")
    old, _ = clone.read()
    assert (old.data, old.commit, old.path) == (LONG_PAGE, None, None)
    assert "n'est pas de l'UTF-8 : gardée sans commit" in old.note
    assert "caf\ufffd.md" in old.note


def test_a_deletion_is_no_version_of_the_page(clone):
    clone.commit_page(b"un", "2024-01-01T12:00:00+00:00")
    (clone.folder / "content/page.md").unlink()
    clone.commit("2024-01-02T12:00:00+00:00")
    clone.commit_page(b"deux", "2024-01-03T12:00:00+00:00")
    assert [candidate.data for candidate in clone.read()] == [b"un", b"deux"]


def test_the_path_is_not_a_pattern(clone):
    clone.write(b"x", "pXge.md")
    clone.commit()
    with pytest.raises(ProblemsFound) as error:
        read_from_clone(clone.folder, make_source(path="p*ge.md"))
    assert "aucun commit n'y touche « p*ge.md »" in read_problem(error)


def test_a_shallow_clone_is_refused_with_advice(clone, tmp_path):
    clone.commit_page(b"un")
    clone.commit_page(b"deux")
    shallow_clone = tmp_path / "shallow"
    clone.git("clone", "-q", "--depth=1", f"file://{clone.folder}", str(shallow_clone))
    with pytest.raises(ProblemsFound) as error:
        read_from_clone(shallow_clone, make_source())
    assert read_problem(error).endswith("y lancer « git fetch --unshallow »")


def test_a_partial_clone_is_not_completed(clone, tmp_path):
    clone.commit_page(b"un")
    clone.commit_page(b"deux", "2024-01-02T12:00:00+00:00")
    clone.git("config", "uploadpack.allowFilter", "true")
    partial_clone = tmp_path / "partial"
    options = ("--bare", "--filter=blob:none")
    clone.git("clone", "-q", *options, f"file://{clone.folder}", str(partial_clone))
    before = read_all_files(partial_clone)
    with pytest.raises(ProblemsFound) as error:
        read_from_clone(partial_clone, make_source())
    assert read_problem(error).endswith("fait sans --depth ni --filter")
    assert read_all_files(partial_clone) == before


def read_all_files(folder: Path) -> dict[Path, bytes]:
    files = {}
    for path in folder.rglob("*"):
        if path.is_file():
            files[path] = path.read_bytes()
    return files


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_clone_that_is_no_folder_is_one_line(tmp_path, name):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ProblemsFound) as error:
        read_from_clone(tmp_path / name, make_source())
    assert read_problem(error).startswith(f"{tmp_path / name}: ce n'est pas un dossier")


@pytest.mark.parametrize("name", [".", "clone/content", "empty"])
def test_a_folder_that_git_cannot_read_is_one_line(clone, tmp_path, name):
    clone.commit_page(b"un")
    Clone(tmp_path / "empty")
    with pytest.raises(ProblemsFound) as error:
        read_from_clone(tmp_path / name, make_source())
    line = read_problem(error)
    assert line.startswith(f"{tmp_path / name}: git ne peut pas le lire (")
    assert "indiquer un clone complet du dépôt du site" in line


def test_a_missing_git_is_one_line(clone, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProblemsFound) as error:
        clone.read()
    assert "le programme git est introuvable" in read_problem(error)


def make_renamed_page(clone: Clone) -> list[Candidate]:
    """Commit a page that moves while other files change. Return it as read without settings."""
    clone.write(LONG_PAGE, "old.md")
    for number in range(5):
        clone.write(b"%d\n" % number * 60, f"other-{number}.md")
    clone.commit("2024-01-01T12:00:00+00:00")
    (clone.folder / "old.md").unlink()
    for number in range(5):
        clone.write(b"%d\n" % number * 61, f"other-{number}.md")
    clone.commit_page(LONG_PAGE + b"- x\n", "2024-01-02T12:00:00+00:00")
    candidates = clone.read()
    assert [candidate.path for candidate in candidates] == ["old.md", None]
    return candidates


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("color.ui", "always"),
        ("core.quotePath", "true"),
        ("diff.orderFile", "/nonexistent"),
        ("diff.renameLimit", "1"),
        ("diff.renames", "false"),
        ("log.showRoot", "false"),
    ],
)
def test_a_setting_of_the_clone_changes_nothing(clone, setting, value):
    candidates = make_renamed_page(clone)
    clone.git("config", setting, value)
    assert clone.read() == candidates


def test_a_signature_is_not_shown(clone, tmp_path):
    program = tmp_path / "gpg"
    program.write_text(
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signature\n"
    )
    program.chmod(0o755)
    clone.git("config", "gpg.program", str(program))
    clone.git("config", "commit.gpgSign", "true")
    clone.git("config", "log.showSignature", "true")
    clone.commit_page(b"un")
    assert [candidate.data for candidate in clone.read()] == [b"un"]


def test_the_environment_changes_nothing(clone, tmp_path, monkeypatch):
    candidates = make_renamed_page(clone)
    other_clone = Clone(tmp_path / "other")
    other_clone.commit_page(b"autre")
    monkeypatch.setenv("GIT_DIR", str(other_clone.folder / ".git"))
    monkeypatch.setenv("GIT_TRACE", "1")
    assert clone.read() == candidates


def test_a_replaced_object_is_read_as_it_was(clone):
    clone.commit_page(b"un")
    clone.write(b"deux", "other.md")
    clone.commit()
    clone.git("replace", "HEAD:content/page.md", "HEAD:other.md")
    assert [candidate.data for candidate in clone.read()] == [b"un"]


def test_nothing_is_written_in_the_clone(clone):
    clone.commit_page(b"un")
    clone.write(b"en cours")
    before = read_all_files(clone.folder)
    clone.read()
    assert read_all_files(clone.folder) == before
